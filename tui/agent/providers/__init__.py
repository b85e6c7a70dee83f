"""Whom to call: address, key and headers of a vendor, its list of models, and whether a key is good.

What goes over the wire is the business of `tui.agent.models`. Importing this loads neither httpx nor pydantic, because
the list of models is on screen before they are needed. A new OpenAI-compatible vendor is one row of `vendors.py`.
"""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from tui.agent.exceptions import ModelAPIError, ModelHTTPError, UserError
from tui.agent.providers.vendors import (
    ALIASES,
    VENDORS,
    Api,
    Quirks,
    Vendor,
    base_url_of,
    clean_base_url,
    custom_vendor,
    is_loopback,
    key_of,
    vendor_at,
    vendor_named,
)
from tui.agent.secret import Secret

if TYPE_CHECKING:
    import httpx

    from tui.agent.models import Model
    from tui.agent.models._failures import Asked
    from tui.agent.models._retries import Patience

__all__ = [
    "ALIASES",
    "VENDORS",
    "Api",
    "KeyCheck",
    "ListedModel",
    "Provider",
    "Quirks",
    "Vendor",
    "base_url_of",
    "custom_vendor",
    "is_loopback",
    "key_of",
    "provider_for",
    "vendor_at",
    "vendor_named",
]


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model as its provider lists it. None is unknown, and never shown as 0.

    Attributes:
        name: the model's id with this provider.
        label: its name for people; the id when there is no other.
        window: context window, in tokens.
        max_output: longest answer, in tokens.
        input_price, output_price: USD for a million tokens.
        capabilities: some of "vision", "audio", "documents", "tools", "thinking".
    """

    name: str
    label: str = ""
    window: int | None = None
    max_output: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    capabilities: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a free call said about a key.

    Attributes:
        state: "unknown" when the call could not tell, for instance without a network; that is not "invalid".
        message: one sentence.
    """

    state: Literal["valid", "invalid", "unknown"]
    message: str


class Provider:
    """One vendor at one address with one key."""

    def __init__(
        self,
        vendor: Vendor,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        client: "httpx.AsyncClient | None" = None,
        patience: "Patience | None" = None,
    ) -> None:
        """Look up in the environment what is not given.

        Args:
            vendor: a row of `VENDORS`, or one made by `custom_vendor`.
            base_url: where its API begins, if not where the vendor says.
            api_key: the key; None takes the one in the environment.
            client: the HTTP client to use instead of the shared one; closing it is the caller's business.
            patience: how long to wait for what; None for the usual times, longer ones for servers on this machine.
        """
        self.vendor = vendor
        self.client = client
        self._base_url = clean_base_url(base_url) if base_url else base_url_of(vendor)
        self._key = Secret((key_of(vendor) if api_key is None else api_key).strip())
        self._patience = patience

    def __repr__(self) -> str:
        return f"Provider({self.name!r}, {self._address!r})"

    @property
    def name(self) -> str:
        """The vendor's short name, the part of a model id before its colon."""
        return self.vendor.name

    @property
    def base_url(self) -> str:
        """Where the API begins, without a final slash."""
        return self._base_url

    @property
    def root_url(self) -> str:
        """The base URL without a version that the dialect's own paths bring along."""
        endings = {"anthropic": ("/v1",), "gemini": ("/v1beta",), "ollama": ("/v1", "/api")}
        root = self._base_url
        for ending in endings.get(self.vendor.api, ()):
            root = root.removesuffix(ending)
        return root

    @property
    def has_key(self) -> bool:
        """Whether there is a key to send."""
        return bool(self._key.reveal())

    @property
    def patience(self) -> "Patience":
        """How long to wait. A server on this machine may load weights and read a long prompt before its first byte."""
        from tui.agent.models._retries import Patience

        if self._patience is None:
            local = self.vendor.local or is_loopback(self.base_url)
            self._patience = Patience(silence_s=600.0, content_s=600.0) if local else Patience()
        return self._patience

    def headers(self) -> dict[str, str]:
        """The headers of every request, with the key. Never to be shown."""
        key, quirks = self._key.reveal(), self.vendor.quirks
        headers = dict(quirks.headers)
        headers |= {header: value for header, name in quirks.header_env if (value := os.environ.get(name, "").strip())}
        if self.vendor.api == "anthropic":
            headers["anthropic-version"] = "2023-06-01"
        if not key:
            return headers
        if self.vendor.api == "anthropic" and not key.startswith("sk-ant-oat"):
            headers["x-api-key"] = key
        elif self.vendor.api == "gemini" and self.name != "google-vertex":
            headers["x-goog-api-key"] = key
        elif quirks.key_header != "Authorization":
            headers[quirks.key_header] = key
        else:
            headers["authorization"] = f"Bearer {key}"
        return headers

    @property
    def _address(self) -> str:
        """Scheme, host and port: a base URL may hold a password, and a path says nothing to a reader."""
        parts = urlsplit(self._base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def asked(self, model: str = "") -> "Asked":
        """Who is asked, for the texts of errors."""
        from tui.agent.models._failures import Asked

        key = self._key.reveal()
        return Asked(
            self.name,
            self.vendor.label,
            model,
            self._address,
            key_hint=self.vendor.key_env[0] if self.vendor.key_env else "",
            local=self.vendor.local,
            secrets=(key,) if len(key) >= 4 else (),
        )

    def model(self, name: str) -> "Model":
        """A model of this provider, by its id there.

        Raises:
            UserError: the key or the address is missing.
        """
        self.check_ready()
        match self.vendor.api:
            case "openai-chat":
                from tui.agent.models.openai import OpenAIModel

                return OpenAIModel(name, provider=self)
            case "openai-responses":
                from tui.agent.models.responses import OpenAIResponsesModel

                return OpenAIResponsesModel(name, provider=self)
            case "anthropic":
                from tui.agent.models.anthropic import AnthropicModel

                return AnthropicModel(name, provider=self)
            case "gemini":
                from tui.agent.models.gemini import GeminiModel

                return GeminiModel(name, provider=self)
            case "ollama":
                from tui.agent.models.ollama import OllamaModel

                return OllamaModel(name, provider=self)
            case "bedrock":
                from tui.agent.models.bedrock import BedrockConverseModel

                return BedrockConverseModel(name, provider=self)

    def check_ready(self) -> None:
        """Whether a request can be made at all.

        Raises:
            UserError: the key or the address is missing; the message says what to set.
        """
        if not self.base_url:
            raise UserError(f"Set the `{self.vendor.base_url_env}` environment variable to use {self.vendor.label}.")
        if self.vendor.needs_key and not self.has_key:
            names = " or ".join(f"`{name}`" for name in self.vendor.key_env) or "a key"
            raise UserError(f"Set the {names} environment variable to use {self.vendor.label}.")

    async def list_models(self) -> list[ListedModel]:
        """What the provider offers now.

        Raises:
            ModelAPIError: the provider could not be asked, or refused.
        """
        from tui.agent.providers.listing import list_models

        return await list_models(self)

    async def check_key(self) -> KeyCheck:
        """Find out by a free call whether the key is good. Never raises for what a network or a server does."""
        from tui.agent.providers.listing import ask_about_key

        label = self.vendor.label
        if not self.has_key:
            return KeyCheck("unknown", f"There is no key for {label}.")
        try:
            asked = await ask_about_key(self)
        except ModelAPIError as error:
            refused = error.kind == "auth" and (not isinstance(error, ModelHTTPError) or error.status_code != 403)
            return KeyCheck("invalid" if refused else "unknown", error.message)
        return (
            KeyCheck("valid", f"{label} accepts the key.")
            if asked
            else KeyCheck("unknown", f"{label} has no free call that would tell.")
        )

    async def aclose(self) -> None:
        """Let go of connections; the provider can be used again."""
        if self.client is None:
            from tui.agent.models._http import release_client

            await release_client()


def provider_for(name: str) -> Provider:
    """The provider of a vendor's name, with key and address from the environment.

    Raises:
        LookupError: no vendor has this name.
    """
    vendor = vendor_named(name)
    if vendor is None:
        raise LookupError(f"Unknown provider: {name}")
    return Provider(vendor)


def provider_of(provider: "str | Provider") -> Provider:
    """A provider by its name, ready to be used; a provider passes through.

    Raises:
        UserError: no vendor has this name, or the key is missing.
    """
    if isinstance(provider, Provider):
        return provider
    try:
        found = provider_for(provider)
    except LookupError as error:
        raise UserError(str(error)) from error
    found.check_ready()
    return found
