"""Whom to call: one vendor at one address with one key. Knows neither dialects nor lists of models.

Importing this loads neither httpx nor pydantic, because the list of providers is on screen before they are needed.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from tui.agent.exceptions import ErrorKind, ModelAPIError, UserError
from tui.agent.providers.vendor import Vendor, base_url_at, base_url_of, key_of, trimmed_key
from tui.agent.providers.vendors import key_pattern, vendor_named
from tui.agent.secret import Secret
from tui.agent.wire.addresses import (
    is_address,
    is_loopback,
    origin_of,
    possible_base_urls,
    secrets_in,
    without_password,
)
from tui.agent.wire.route import Route

if TYPE_CHECKING:
    import httpx

    from tui.agent.wire.policy import RequestPolicy
    from tui.agent.wire.request_context import RequestContext

_T = TypeVar("_T")
_ROOT_ENDINGS = {"anthropic": ("/v1",), "gemini": ("/v1beta", "/v1"), "ollama": ("/v1", "/api")}


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
        headers: Mapping[str, str] | None = None,
        route: Route = Route(),  # noqa: B008  frozen
    ) -> None:
        """Look up in the environment what is not given.

        Args:
            vendor: a row of `VENDORS`, or one made by `custom_vendor`.
            base_url: where its API begins, if not where the vendor says; as people write it.
            api_key: the key; None takes the one in the environment.
            client: the HTTP client to use instead of the shared one; closing it is the caller's business.
            policy: how long to wait for what; None for the usual times, longer ones for servers on this machine.
            headers: what a person has sent with every request, which goes over what is sent anyway; never shown.
            route: how the server is reached.
        """
        self.vendor = vendor
        self.client = client
        self._base_url = base_url_at(vendor, base_url) if base_url else base_url_of(vendor)
        from_environment = os.environ.get(vendor.base_url_env) and self._base_url == base_url_of(vendor)
        self._base_url_env = vendor.base_url_env if from_environment else ""
        self._key = Secret(key_of(vendor) if api_key is None else trimmed_key(api_key))
        self._policy = policy
        self._headers = {name: Secret(value) for name, value in (headers or {}).items() if value}
        self._route = route

    def __repr__(self) -> str:
        return f"Provider({self.name!r}, {origin_of(self._base_url)!r})"

    @property
    def name(self) -> str:
        """The vendor's short name, the part of a model id before its colon."""
        return self.vendor.name

    @property
    def place(self) -> str:
        """Its host and port, for people."""
        return origin_of(self._base_url).partition("://")[2]

    @property
    def base_url(self) -> str:
        """Where the API begins, without a final slash. It changes once, if the server has it below another path."""
        return self._base_url

    @property
    def root_url(self) -> str:
        """The base URL without a version that the dialect's own paths bring along."""
        root = self._base_url
        if self.name != "google-vertex":
            for ending in _ROOT_ENDINGS.get(self.vendor.api, ()):
                root = root.removesuffix(ending)
        return root

    async def at_base_url(self, ask: Callable[[], Awaitable[_T]], *wrong: ErrorKind) -> _T:
        """Ask at the base URL, and below the others that it may stand for if the server knows no such address.

        The one that answers is the base URL from then on.

        Args:
            ask: makes a request to `base_url`.
            wrong: further kinds of errors that tell of a wrong address.

        Raises:
            ModelAPIError: what the server said first, if none of them is right.
        """
        given, first = self._base_url, None
        for url in (given, *(url for url in self._possible_base_urls if url != given)):
            self._base_url = url
            try:
                return await ask()
            except ModelAPIError as error:
                if error.kind not in ("address", *wrong):
                    raise
                first = first or error
        self._base_url = given
        assert first is not None
        raise first

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
        if key:
            headers |= self._key_header(key)
        theirs = {name.lower() for name in self._headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in theirs}
        return headers | {name: value.reveal() for name, value in self._headers.items()}

    def _key_header(self, key: str) -> dict[str, str]:
        if self.vendor.api == "anthropic" and not key.startswith("sk-ant-oat"):
            return {"x-api-key": key}
        if self.vendor.api == "gemini" and self.name != "google-vertex":
            return {"x-goog-api-key": key}
        header = self.vendor.quirks.key_header
        return {header: key} if header != "Authorization" else {"authorization": f"Bearer {key}"}

    @property
    def _possible_base_urls(self) -> tuple[str, ...]:
        return possible_base_urls(self._base_url) if self.vendor.api.startswith("openai-") else ()

    def request_context(self, model: str = "") -> "RequestContext":
        """Who is asked for what, for the texts of errors.

        Args:
            model: its name, or "" when the request is not about one.
        """
        from tui.agent.wire.request_context import RequestContext

        secrets = [*self._key.reveal().splitlines(), *secrets_in(self._base_url), *secrets_in(self._route.proxy)]
        for value in (secret.reveal() for secret in self._headers.values()):
            secrets += [text for text in (value, value.rpartition(" ")[2]) if len(text) >= 8]  # "true" is no token
        return RequestContext(
            self.name,
            self.vendor.label,
            model,
            origin_of(self._base_url),
            key_hint=self.vendor.key_env[0] if self.vendor.key_env else "",
            local=self.vendor.local,
            base_url=without_password(self._base_url),
            base_url_env=self._base_url_env,
            secrets=tuple(secret for secret in secrets if len(secret) >= 4),
            key_pattern=key_pattern(),
            route=self._route,
        )

    def check_ready(self) -> None:
        """Whether a request can be made at all.

        Raises:
            UserError: the key or the address is missing; the message says what to set.
        """
        if self.base_url and not is_address(self.base_url):
            raise UserError(f"The base URL of {self.vendor.label} is no address: {without_password(self.base_url)}")
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
