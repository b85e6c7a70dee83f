"""Whom to call: one vendor at one address with one key. Knows neither dialects nor lists of models.

Importing this loads neither httpx nor pydantic, because the list of providers is on screen before they are needed.
"""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.agent.exceptions import UserError
from tui.agent.providers.vendor import Vendor, base_url_of, key_of
from tui.agent.providers.vendors import key_pattern, vendor_named
from tui.agent.secret import Secret
from tui.agent.wire.addresses import clean_base_url, is_loopback

if TYPE_CHECKING:
    import httpx

    from tui.agent.wire.policy import RequestPolicy
    from tui.agent.wire.request_context import RequestContext


class Provider:
    """One vendor at one address with one key."""

    def __init__(
        self,
        vendor: Vendor,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        client: "httpx.AsyncClient | None" = None,
        policy: "RequestPolicy | None" = None,
    ) -> None:
        """Look up in the environment what is not given.

        Args:
            vendor: a row of `VENDORS`, or one made by `custom_vendor`.
            base_url: where its API begins, if not where the vendor says.
            api_key: the key; None takes the one in the environment.
            client: the HTTP client to use instead of the shared one; closing it is the caller's business.
            policy: how long to wait for what; None for the usual times, longer ones for servers on this machine.
        """
        self.vendor = vendor
        self.client = client
        self._base_url = clean_base_url(base_url) if base_url else base_url_of(vendor)
        self._key = Secret((key_of(vendor) if api_key is None else api_key).strip())
        self._policy = policy

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
    def policy(self) -> "RequestPolicy":
        """How long to wait. A server on this machine may load weights and read a long prompt before its first byte."""
        from tui.agent.wire.policy import RequestPolicy

        if self._policy is None:
            local = self.vendor.local or is_loopback(self.base_url)
            self._policy = RequestPolicy(silence_s=600.0, content_s=600.0) if local else RequestPolicy()
        return self._policy

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

    def request_context(self, model: str = "") -> "RequestContext":
        """Who is asked for what, for the texts of errors.

        Args:
            model: its name, or "" when the request is not about one.
        """
        from tui.agent.wire.request_context import RequestContext

        key = self._key.reveal()
        return RequestContext(
            self.name,
            self.vendor.label,
            model,
            self._address,
            key_hint=self.vendor.key_env[0] if self.vendor.key_env else "",
            local=self.vendor.local,
            secrets=(key,) if len(key) >= 4 else (),
            key_pattern=key_pattern(),
        )

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

    async def aclose(self) -> None:
        """Let go of connections; the provider can be used again."""
        if self.client is None:
            from tui.agent.wire.client import release_client

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
