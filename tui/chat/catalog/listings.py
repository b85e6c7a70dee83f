"""What each provider offers: its last list of models, kept for a day, and how a new one is fetched.

Asks providers through the engine's own listing; knows no prices.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui.agent.providers import ListedModel
from tui.chat.catalog.listing_cache import CachedListing, ListingCache
from tui.chat.catalog.providers import STARTERS, ConfiguredProvider, same_server
from tui.chat.credentials.lookup import Key, KeyLookup
from tui.chat.loading import imported

if TYPE_CHECKING:
    from tui.agent.providers import Provider

DISCOVERY_S = 0.4
"""How long a server of this machine may take to accept a connection, before it counts as not running."""

ANSWER_S = 2.0
"""How long one that runs may take to say what it serves: Ollama is asked about each of its models."""

LIST_S = 20.0
"""How long a provider may take to list its models."""


class Listings:
    """The lists of all providers.

    Attributes:
        providers: all that can be asked, by name.
        keys: where their keys are found.
        problems: why a provider's list could not be had at the last refresh, one sentence each.
    """

    def __init__(self, providers: dict[str, ConfiguredProvider], keys: KeyLookup, cache: ListingCache) -> None:
        self.providers = providers
        self.keys = keys
        self.problems: dict[str, str] = {}
        self._cache = cache
        self._lists: dict[str, CachedListing | None] = {}
        self._clients: dict[str, Provider] = {}

    def listed(self) -> list[ConfiguredProvider]:
        """Providers whose models are shown: configured, with a key, or found on this machine."""
        return [provider for provider in self.providers.values() if self._is_listed(provider)]

    def models(self) -> list[tuple[ConfiguredProvider, ListedModel]]:
        """Every model of every provider that is shown."""
        return [(provider, model) for provider in self.listed() for model in self.models_of(provider)]

    def models_of(self, provider: ConfiguredProvider) -> list[ListedModel]:
        """The models of a provider, those of the configuration first; a vendor's best known one before it was asked."""
        cached = self._list(provider)
        known = {model.name: model for model in cached.models} if cached else {}
        configured = provider.configured.models if provider.configured else ()
        if not known and not configured and provider.name in STARTERS:
            configured = (STARTERS[provider.name],)
        first = {name: known.get(name, ListedModel(name)) for name in configured}
        return list((first | known).values())

    def key(self, provider: ConfiguredProvider) -> Key | None:
        """A provider's key, as far as it can be had without waiting."""
        return self.keys.find(provider.key_places)

    def may_have_key(self, provider: ConfiguredProvider) -> bool:
        """Whether a provider has a key, at hand or in the keyring."""
        return self.keys.may_have(provider.key_places)

    def key_problem(self, provider: ConfiguredProvider) -> str:
        """Why a provider has not what it is to send: there is something in the place of its key and no key in it, or a
        variable is not set; "" when there is a key, or nothing.
        """  # noqa: D205  one sentence
        no_key = "" if self.key(provider) is not None else self.keys.own_problem(provider.key_places.provider)
        return no_key or provider.unset

    def client(self, provider: ConfiguredProvider) -> "Provider":
        """The engine's provider to ask, with its key; always the same one."""
        if provider.name not in self._clients:
            self._clients[provider.name] = engine_provider(provider, self.key(provider))
        return self._clients[provider.name]

    async def refresh(self, *, force: bool, discover: bool) -> None:
        """Ask all providers at once; what goes wrong is in `problems`."""
        await imported("tui.agent.providers.listing")
        jobs = [self._renew(provider, force) for provider in self.shown() if not provider.to_discover]
        if discover:
            jobs += [self._discover(provider) for provider in self.unlisted_servers()]
        await asyncio.gather(*jobs)

    def shown(self) -> list[ConfiguredProvider]:
        """Those of the configuration, and the vendors that are offered to everybody."""
        return [provider for provider in self.providers.values() if provider.configured or provider.vendor.listed]

    def unlisted_servers(self) -> list[ConfiguredProvider]:
        """The usual servers of this machine, but for those that the configuration names already."""
        shown = self.shown()
        taken = [provider.base_url for provider in shown if provider.configured]
        return [provider for provider in shown if provider.to_discover and not same_server(provider.base_url, taken)]

    def forget(self, name: str) -> None:
        """A provider has another key or address: what was made with the old ones counts no more."""
        self._clients.pop(name, None)
        self._lists.pop(name, None)
        self.problems.pop(name, None)

    async def ready(self, provider: ConfiguredProvider) -> bool:
        """Whether a provider has what a request needs, after asking its key command or the keyring for the key."""
        key = await self.keys.fetch(provider.key_places)
        if key is not None and provider.name in self._clients and not self._clients[provider.name].has_key:
            del self._clients[provider.name]
        keyless = not provider.vendor.needs_key and not self.key_problem(provider)
        return bool(provider.base_url) and (key is not None or keyless)

    async def fetch(self, provider: ConfiguredProvider, timeout_s: float) -> tuple[ListedModel, ...]:
        """Ask a provider for its list, and keep it.

        Raises:
            AgentRunError: it could not be asked, or refused.
            TimeoutError: it took longer than `timeout_s`.
        """
        from tui.agent.providers.listing import list_models

        async with asyncio.timeout(timeout_s):
            models = tuple(await list_models(self.client(provider)))
        previous = self._lists.get(provider.name)
        self._lists[provider.name] = CachedListing(time.time(), models)
        if previous is None or previous.models != models or not previous.fresh:
            await asyncio.to_thread(self._cache.write, provider.name, " ".join(provider.base_urls), models)
        return models

    async def aclose(self) -> None:
        """Let go of connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    def _is_listed(self, provider: ConfiguredProvider) -> bool:
        if provider.configured:
            return True
        if provider.vendor.local:
            return self._lists.get(provider.name) is not None
        return provider.vendor.listed and bool(provider.base_url) and self.may_have_key(provider)

    def _list(self, provider: ConfiguredProvider) -> CachedListing | None:
        if provider.name not in self._lists and not provider.to_discover:
            self._lists[provider.name] = self._cache.read(provider.name, " ".join(provider.base_urls))
        return self._lists.get(provider.name)

    async def _renew(self, provider: ConfiguredProvider, force: bool) -> None:
        wait = provider.configured or self.may_have_key(provider)
        key = await self.keys.fetch(provider.key_places) if wait else None
        if problem := self.key_problem(provider):
            self.problems[provider.name] = problem
            return
        if not provider.base_url or (key is None and provider.vendor.needs_key):
            return
        cached = self._list(provider)
        if cached is None or not cached.fresh or force or provider.on_this_machine or len(provider.base_urls) > 1:
            await self._fetch(provider, LIST_S)

    async def _discover(self, provider: ConfiguredProvider) -> None:
        if not (await accepts_connections(provider.base_url) and await self._fetch(provider, ANSWER_S)):
            self._lists[provider.name] = None
            self.problems.pop(provider.name, None)

    async def _fetch(self, provider: ConfiguredProvider, timeout_s: float) -> bool:
        from tui.agent.exceptions import AgentRunError
        from tui.agent.providers import ServerPool

        self.problems.pop(provider.name, None)
        try:
            await self.fetch(provider, timeout_s)
            if isinstance(client := self.client(provider), ServerPool) and client.problems:
                self.problems[provider.name] = " ".join(client.problems)
                return True
        except AgentRunError as error:
            self.problems[provider.name] = error.message
        except TimeoutError:
            self.problems[provider.name] = f"{provider.vendor.label} did not list its models within {timeout_s:.0f} s."
        return provider.name not in self.problems


def engine_provider(provider: ConfiguredProvider, key: Key | None) -> "Provider":
    """The engine's provider for one that was configured, with what its table says of how it is reached."""
    from tui.agent.providers import Provider, Route, ServerPool

    table, given = provider.configured, dict[str, Any]()
    if table is not None:
        route = Route(
            table.ca_file, table.client_cert, table.client_key, table.resolved(table.proxy), source=table.place
        )
        headers = {name: table.resolved(value) for name, value in table.headers.items()}
        given = {"headers": headers, "route": route}
    secret = key.secret.reveal() if key else ""
    if len(provider.base_urls) > 1:
        return ServerPool(provider.vendor, provider.base_urls, api_key=secret, **given)
    return Provider(provider.vendor, base_url=provider.base_url, api_key=secret, **given)


async def accepts_connections(url: str, timeout_s: float = DISCOVERY_S) -> bool:
    """Whether a server of this machine takes connections; a port that nobody listens at says so in a millisecond."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()  # nothing was said: nothing to wait for
    return True


def model_names(provider: ConfiguredProvider, models: Sequence[ListedModel]) -> tuple[str, ...]:
    """The names of models, the one to begin with first."""
    names = [model.name for model in models]
    starter = STARTERS.get(provider.name, "")
    return (starter, *(name for name in names if name != starter)) if starter in names else tuple(names)


def count_of_others(models: tuple[str, ...]) -> str:
    """What follows the first model's name: " and 37 more"."""
    return f" and {len(models) - 1} more" if len(models) > 1 else ""


def server_place(url: str) -> str:
    """A server's address as people say it: "localhost:11434", or the host."""
    parts = urlsplit(url)
    host = "localhost" if parts.hostname in ("127.0.0.1", "::1") else parts.hostname or ""
    return f"{host}:{parts.port}" if parts.port else host
