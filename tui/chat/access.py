"""New keys and servers: whose a key is, whether it is good, what a server offers, and where both are kept.

What is asked goes to the one provider that is concerned, in free calls. Knows no screen; values of keys stay in
`Secret`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from tui.chat.keys import Kept, Keys
from tui.chat.loading import imported
from tui.chat.offers import ANSWER_S, LIST_S, Offers
from tui.chat.sources import STARTERS, Source, same_server, source_named, source_of
from tui.config import ProviderConfig, Secret, add_provider
from tui.errors import UsageError
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.agent.providers import ListedModel

_ASSIGNED = re.compile(r"""(?:export\s+|set\s+)?([A-Za-z_]\w*)\s*=\s*(["']?)(.+)\2""")

SHORTEST_KEY = 8


@dataclass(frozen=True, slots=True)
class Pasted:
    """What somebody pasted where a key belongs.

    Attributes:
        secret: the key alone, without the variable, quotes and spaces around it.
        provider: whose key it seems to be; "" when nothing tells.
        problem: why it cannot be a key, one sentence; "" when it can.
    """

    secret: Secret
    provider: str
    problem: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A provider that takes keys.

    Attributes:
        variable: the environment variable that would hold its key, or "".
    """

    name: str
    label: str
    variable: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a provider said when it was asked.

    Attributes:
        state: "unknown" when it could not be asked, or its answer tells nothing; that is not "refused".
        words: one sentence, in the provider's own words where it has some.
        models: names of its models; empty unless "found".
    """

    state: Literal["found", "refused", "unknown"]
    words: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is to be added, and what it said.

    Attributes:
        name: the part of its model ids before the colon.
        base_url: the address that answered; the one given when none did.
    """

    name: str
    label: str
    base_url: str
    checked: Checked


class Access:
    """Adds keys and servers to what one catalogue can ask.

    Args:
        sources: everybody who can be asked, by name; a new server is added to it.
        config: the path of `config.toml`, beside which new servers are written.
    """

    def __init__(self, sources: dict[str, Source], keys: Keys, offers: Offers, config: Path) -> None:
        self._sources = sources
        self._keys = keys
        self._offers = offers
        self._config = config

    # Keys.

    def owners(self) -> list[Owner]:
        """Providers to whom a key can belong, in the order in which they are shown."""
        found = [
            source
            for source in self._sources.values()
            if (source.configured or source.vendor.listed) and (source.vendor.needs_key or source.configured)
        ]
        return [Owner(one.name, one.vendor.label, next(iter(one.key_places.variables), "")) for one in found]

    def owner_of(self, provider: str) -> str:
        """The name under which a provider of this or another name takes its key; "" when it takes none."""
        source = source_named(self._sources, provider)
        name = source.key_places.provider if source else ""
        return name if any(owner.name == name for owner in self.owners()) else ""

    def read(self, text: str) -> Pasted:
        """Make out the key in what was pasted: alone, in quotes, or as `export NAME=…`."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        value, variable = (lines[0] if lines else ""), ""
        if assigned := _ASSIGNED.fullmatch(value):
            variable, value = assigned[1], assigned[3].strip()
        value = value.strip("\"'").removeprefix("Bearer ").strip()
        problem = ""
        if not value.isascii() or not value.isprintable() or " " in value:
            problem = "A key has neither spaces nor signs like these."
        elif len(value) < SHORTEST_KEY:
            problem = "That is too short for a key."
        named = (owner.name for owner in self.owners() if variable and self._reads(owner.name, variable))
        return Pasted(Secret(value), next(named, "") or _owner_by_shape(value), problem)

    def _reads(self, provider: str, variable: str) -> bool:
        return variable in self._sources[provider].key_places.variables

    async def check(self, provider: str, secret: Secret) -> Checked:
        """Ask a provider by a free call whether it takes a key. Never raises for what a network or a server does."""
        await imported("tui.agent.providers.listing")
        from tui.agent.providers import Provider
        from tui.agent.providers.listing import check_key

        source = self._sources[provider]
        if not source.base_url:
            return Checked("unknown", f"{source.vendor.label} has no address yet: set {source.vendor.base_url_env}.")
        asked = Provider(source.vendor, base_url=source.base_url, api_key=secret.reveal())
        said = await check_key(asked)
        state: Literal["found", "refused", "unknown"] = (
            "found" if said.state == "valid" else "refused" if said.state == "invalid" else "unknown"
        )
        return Checked(state, clean_line(redact(said.message, [secret.reveal()]), 300))

    async def keep(self, provider: str, secret: Secret) -> Kept:
        """Keep a key, and use it from now on; the provider's models are listed if it can be asked.

        Raises:
            ConfigError: it could not be written down; nothing has changed then.
        """
        source = self._sources[provider]
        kept = await self._keys.keep(source.key_places, secret)
        for other in self._sources.values():
            if other.key_places.provider == source.key_places.provider:
                self._offers.forget(other.name)  # it would go on with the old key
        await self.list_models(provider)
        return kept

    async def list_models(self, provider: str) -> tuple[str, ...]:
        """Names of a provider's models, the one to begin with first; () when it cannot be asked."""
        from tui.agent.exceptions import AgentRunError

        source = self._sources[provider]
        if not source.base_url:
            return ()
        try:
            return names_of(source, await self._offers.fetch(source, LIST_S))
        except (AgentRunError, TimeoutError):
            return ()

    # Servers.

    async def look_at(self, url: str, secret: Secret | None = None) -> Server:
        """Ask an OpenAI-compatible server what it offers, at the address given or below it.

        Raises:
            UsageError: it is no web address.
        """
        await imported("tui.agent.providers.listing")
        base_url = _web_address(url)
        name, label = self._name_for(base_url)
        server = Server(name, label, base_url, Checked("unknown", ""))
        for candidate in _candidates(base_url):
            checked = await self._ask(name, label, candidate, secret)
            if checked.state != "unknown":
                return Server(name, label, candidate, checked)
            if not server.checked.words:
                server = Server(name, label, base_url, checked)
        return server

    async def add(self, server: Server, secret: Secret | None = None) -> Kept | None:
        """Write a server down, use it from now on, and keep its key if there is one.

        Raises:
            ConfigError: a file could not be written.
        """
        label = "" if server.name in self._sources and not self._sources[server.name].configured else server.label
        provider = ProviderConfig(server.name, base_url=server.base_url, label=label or server.name)
        source = source_of(self._config, provider)
        add_provider(self._config, provider)
        self._sources[server.name] = source
        self._offers.forget(server.name)
        if secret is not None:
            return await self.keep(server.name, secret)
        await self.list_models(server.name)
        return None

    async def _ask(self, name: str, label: str, base_url: str, secret: Secret | None) -> Checked:
        import asyncio

        from tui.agent.exceptions import AgentRunError, ModelAPIError
        from tui.agent.providers import Provider, custom_vendor, is_loopback
        from tui.agent.providers.listing import list_models

        vendor = custom_vendor(name, base_url, label=label)
        value = secret.reveal() if secret else ""
        provider = Provider(vendor, base_url=base_url, api_key=value)
        timeout_s = ANSWER_S if is_loopback(base_url) else LIST_S
        try:
            async with asyncio.timeout(timeout_s):
                models = names_of(Source(vendor), await list_models(provider))
        except AgentRunError as error:
            refused = isinstance(error, ModelAPIError) and error.kind == "auth"
            return Checked("refused" if refused else "unknown", clean_line(redact(error.message, [value]), 300))
        except TimeoutError:
            return Checked("unknown", f"No answer in {timeout_s:.0f} s.")
        if not models:
            return Checked("unknown", "It answers, but lists no models.")
        return Checked("found", f"{models[0]}{more_of(models)}", models)

    def _name_for(self, base_url: str) -> tuple[str, str]:
        """A name that is free, or the name of who is usually found at that address; and a label."""
        from tui.agent.providers import is_loopback, vendor_at

        if vendor := vendor_at(base_url):
            return vendor.name, vendor.label
        host, port = urlsplit(base_url).hostname or "", urlsplit(base_url).port
        if is_loopback(base_url):
            for source in self._sources.values():
                if source.base_url and same_server(base_url, [source.base_url]):
                    return source.name, source.vendor.label
        words = [word for word in host.split(".") if word]
        plain = len(words) > 1 and not words[-1].isdigit()
        stem = f"local-{port}" if is_loopback(base_url) else words[-2] if plain else host.replace(":", "-")
        stem = re.sub(r"[^\w.-]+", "-", stem).strip("-._") or "server"
        name, number = stem, 2
        while (taken := self._sources.get(name)) is not None and taken.base_url != base_url:
            name, number = f"{stem}-{number}", number + 1
        return name, f"{host}:{port}" if port else host


def names_of(source: Source, models: "tuple[ListedModel, ...] | list[ListedModel]") -> tuple[str, ...]:
    """The names of models, the one to begin with first."""
    names = [model.name for model in models]
    starter = STARTERS.get(source.name, "")
    return (starter, *(name for name in names if name != starter)) if starter in names else tuple(names)


def more_of(models: tuple[str, ...]) -> str:
    """What follows the first model's name: " and 37 more"."""
    return f" and {len(models) - 1} more" if len(models) > 1 else ""


def place_of(url: str) -> str:
    """A server's address as people say it: "localhost:11434", or the host."""
    parts = urlsplit(url)
    host = "localhost" if parts.hostname in ("127.0.0.1", "::1") else parts.hostname or ""
    return f"{host}:{parts.port}" if parts.port else host


def kept_where(kept: Kept, home: Path) -> str:
    """Where a key was kept, for people: the keyring, or the file with its permission."""
    if kept.file is None:
        return "the system's keyring"
    path = f"~/{kept.file.relative_to(home)}" if kept.file.is_relative_to(home) else str(kept.file)
    return f"{path} (0600: only you can read it)"


def _owner_by_shape(value: str) -> str:
    from tui.agent.providers import vendor_of_key

    vendor = vendor_of_key(value)
    return vendor.name if vendor else ""


def _web_address(url: str) -> str:
    from tui.agent.providers import clean_base_url

    try:
        address = clean_base_url(clean_line(url, 400))
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or " " in address:
        raise UsageError("That is no web address.", "Such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query:
        raise UsageError("An address holds no password and no “?…”.", "The key is asked for if the server wants one.")
    return address.removesuffix("/chat/completions")


def _candidates(base_url: str) -> tuple[str, ...]:
    """The addresses below which an API may begin: the one given, and that of a version of it."""
    if re.search(r"/(?:v\d\w*|openai|openai/v1|api)$", base_url):
        return (base_url,)
    return base_url, f"{base_url}/v1"
