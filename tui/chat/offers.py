"""What each provider offers: its last list of models, kept for a day, and how a new one is fetched.

Asks providers through the engine's own listing; knows no prices and no ids of models.
"""

import asyncio
import time
from urllib.parse import urlsplit

from tui.agent.providers import ListedModel, Provider
from tui.chat.keys import Key, Keys
from tui.chat.lists import CachedList, Lists
from tui.chat.loading import imported
from tui.chat.sources import STARTERS, Source, same_server

DISCOVERY_S = 0.4
"""How long a server of this machine may take to accept a connection, before it counts as not running."""

ANSWER_S = 2.0
"""How long one that runs may take to say what it serves: Ollama is asked about each of its models."""

LIST_S = 20.0
"""How long a provider may take to list its models."""


class Offers:
    """The lists of all providers.

    Attributes:
        sources: everybody who can be asked, by name.
        problems: why a provider's list could not be had at the last refresh, one sentence each.
    """

    def __init__(self, sources: dict[str, Source], keys: Keys, cache: Lists) -> None:
        self.sources = sources
        self.problems: dict[str, str] = {}
        self._keys = keys
        self._cache = cache
        self._lists: dict[str, CachedList | None] = {}
        self._providers: dict[str, Provider] = {}

    def listed(self) -> list[Source]:
        """Providers whose models are shown: configured, with a key, or found on this machine."""
        return [source for source in self.sources.values() if self._is_listed(source)]

    def names(self, source: Source) -> list[ListedModel]:
        """The models of a provider, those of the configuration first; a vendor's best known one before it was asked."""
        cached = self._list(source)
        known = {model.name: model for model in cached.models} if cached else {}
        configured = source.configured.models if source.configured else ()
        if not known and not configured and source.name in STARTERS:
            configured = (STARTERS[source.name],)
        first = {name: known.get(name, ListedModel(name)) for name in configured}
        return list((first | known).values())

    def key(self, source: Source) -> Key | None:
        """A provider's key, as far as it can be had without waiting."""
        return self._keys.find(source.key_places)

    def may_have_key(self, source: Source) -> bool:
        """Whether a provider has a key, at hand or in the keyring."""
        return self._keys.may_have(source.key_places)

    def provider(self, source: Source) -> Provider:
        """The provider to ask, with its key; always the same one."""
        if source.name not in self._providers:
            key = self.key(source)
            self._providers[source.name] = Provider(
                source.vendor, base_url=source.base_url, api_key=key.secret.reveal() if key else ""
            )
        return self._providers[source.name]

    async def refresh(self, *, force: bool, discover: bool) -> None:
        """Ask all providers at once; what goes wrong is in `problems`."""
        await imported("tui.agent.providers.listing")
        shown = [source for source in self.sources.values() if source.configured or source.vendor.listed]
        jobs = [self._renew(source, force) for source in shown if not source.to_discover]
        if discover:
            jobs += [self._discover(source) for source in self.strangers()]
        await asyncio.gather(*jobs)

    def strangers(self) -> list[Source]:
        """The usual servers of this machine, but for those that the configuration names already."""
        shown = [source for source in self.sources.values() if source.configured or source.vendor.listed]
        taken = [source.base_url for source in shown if source.configured]
        return [source for source in shown if source.to_discover and not same_server(source.base_url, taken)]

    def forget(self, name: str) -> None:
        """A provider has another key or address: what was made with the old ones counts no more."""
        self._providers.pop(name, None)
        self._lists.pop(name, None)
        self.problems.pop(name, None)

    async def ready(self, source: Source) -> bool:
        """Whether a provider has what a request needs, after asking its key command or the keyring for the key."""
        key = await self._keys.fetch(source.key_places)
        if key is not None and source.name in self._providers and not self._providers[source.name].has_key:
            del self._providers[source.name]
        return bool(source.base_url) and (key is not None or not source.vendor.needs_key)

    async def fetch(self, source: Source, timeout_s: float) -> tuple[ListedModel, ...]:
        """Ask a provider for its list, and keep it.

        Raises:
            AgentRunError: it could not be asked, or refused.
            TimeoutError: it took longer than `timeout_s`.
        """
        from tui.agent.providers.listing import list_models

        async with asyncio.timeout(timeout_s):
            models = tuple(await list_models(self.provider(source)))
        previous = self._lists.get(source.name)
        self._lists[source.name] = CachedList(time.time(), models)
        if previous is None or previous.models != models or not previous.fresh:
            await asyncio.to_thread(self._cache.write, source.name, source.base_url, models)
        return models

    async def aclose(self) -> None:
        """Let go of connections."""
        providers, self._providers = list(self._providers.values()), {}
        for provider in providers:
            await provider.aclose()

    def _is_listed(self, source: Source) -> bool:
        if source.configured:
            return True
        if source.vendor.local:
            return self._lists.get(source.name) is not None
        return source.vendor.listed and bool(source.base_url) and self.may_have_key(source)

    def _list(self, source: Source) -> CachedList | None:
        if source.name not in self._lists and not source.to_discover:
            self._lists[source.name] = self._cache.read(source.name, source.base_url)
        return self._lists.get(source.name)

    async def _renew(self, source: Source, force: bool) -> None:
        wait = source.configured or self.may_have_key(source)
        key = await self._keys.fetch(source.key_places) if wait else None
        if not source.base_url or (key is None and source.vendor.needs_key):
            return
        cached = self._list(source)
        if cached is None or not cached.fresh or force or source.on_this_machine:
            await self._fetch(source, LIST_S)

    async def _discover(self, source: Source) -> None:
        if not (await accepts(source.base_url) and await self._fetch(source, ANSWER_S)):
            self._lists[source.name] = None
            self.problems.pop(source.name, None)

    async def _fetch(self, source: Source, timeout_s: float) -> bool:
        from tui.agent.exceptions import AgentRunError

        self.problems.pop(source.name, None)
        try:
            await self.fetch(source, timeout_s)
        except AgentRunError as error:
            self.problems[source.name] = error.message
        except TimeoutError:
            self.problems[source.name] = f"{source.vendor.label} did not list its models within {timeout_s:.0f} s."
        return source.name not in self.problems


async def accepts(url: str, timeout_s: float = DISCOVERY_S) -> bool:
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
