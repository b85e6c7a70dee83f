"""New keys and servers: whose a key is, whether it is good, what a server offers, and where both are kept.

What is asked goes to the one provider that is concerned, in free calls. Knows no screen; values of keys stay in
`Secret`.
"""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tui.agent.providers import vendor_of_key
from tui.agent.secret import Secret
from tui.chat.catalog.listings import (
    ANSWER_S,
    LIST_S,
    Listings,
    count_of_others,
    engine_provider,
    model_names,
)
from tui.chat.catalog.providers import ConfiguredProvider, configured_provider, provider_named, same_server
from tui.chat.credentials.lookup import Key, StoredKey
from tui.chat.loading import imported
from tui.config import ProviderConfig, add_provider
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.key_text import read_key
from tui.pattern import pattern
from tui.text import clean_line, redact

_ASSIGNED = pattern(r"""(?:export\s+|set\s+)?([A-Za-z_]\w*)\s*=\s*(["']?)(.+)\2""")

SHORTEST_KEY = 8


@dataclass(frozen=True, slots=True)
class PastedKey:
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
class KeyOwner:
    """A provider that takes keys.

    Attributes:
        variable: the environment variable that would hold its key, or "".
    """

    name: str
    label: str
    variable: str


@dataclass(frozen=True, slots=True)
class ProviderCheck:
    """What a provider said when it was asked.

    Attributes:
        state: "unknown" when it could not be asked, or its answer tells nothing; that is not "refused".
        message: one sentence, in the provider's own words where it has some.
        models: names of its models; empty unless "found".
    """

    state: Literal["found", "refused", "unknown"]
    message: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerCandidate:
    """A server that is to be added, and what it said.

    Attributes:
        name: the part of its model ids before the colon.
        base_url: the address that answered; the one given when none did.
    """

    name: str
    label: str
    base_url: str
    check: ProviderCheck


class Setup:
    """Adds keys and servers to what one catalogue can ask.

    Args:
        listings: those that can be asked; a new server joins them.
        config: the path of `config.toml`, beside which new servers are written.
    """

    def __init__(self, listings: Listings, config: Path) -> None:
        self._listings = listings
        self._config = config

    # Keys.

    def key_owners(self) -> list[KeyOwner]:
        """Providers to whom a key can belong, in the order in which they are shown."""
        found = [
            configured
            for configured in self._listings.providers.values()
            if (configured.configured or configured.vendor.listed)
            and (configured.vendor.needs_key or configured.configured)
        ]
        return [KeyOwner(one.name, one.vendor.label, next(iter(one.key_places.variables), "")) for one in found]

    def key_owner(self, provider: str) -> str:
        """The name under which a provider of this or another name takes its key; "" when it takes none."""
        configured = provider_named(self._listings.providers, provider)
        name = configured.key_places.provider if configured else ""
        return name if any(owner.name == name for owner in self.key_owners()) else ""

    def parse_key(self, text: str) -> PastedKey:
        """Make out the key in what was pasted: alone, in quotes, or as `export NAME=…`."""
        pasted, variable = read_key(text, "What was pasted"), ""
        value = pasted.key
        if assigned := _ASSIGNED.fullmatch(value):
            variable, value = assigned[1], assigned[3].strip()
        value = value.strip("\"'").removeprefix("Bearer ").strip()
        problem = pasted.problem
        if " " in value:
            problem = "A key has no spaces."
        elif not problem and len(value) < SHORTEST_KEY:
            problem = "That is too short for a key."
        named = (owner.name for owner in self.key_owners() if variable and self._reads(owner.name, variable))
        by_shape = vendor_of_key(value)
        return PastedKey(Secret(value), next(named, by_shape.name if by_shape else ""), problem)

    def _reads(self, provider: str, variable: str) -> bool:
        return variable in self._listings.providers[provider].key_places.variables

    async def check(self, provider: str, secret: Secret) -> ProviderCheck:
        """Ask a provider by a free call whether it takes a key. Never raises for what a network or a server does."""
        await imported("tui.agent.providers.listing")
        from tui.agent.providers.listing import check_key

        configured = self._listings.providers[provider]
        if not configured.base_url:
            return ProviderCheck(
                "unknown", f"{configured.vendor.label} has no address yet: set {configured.vendor.base_url_env}."
            )
        asked = engine_provider(configured, Key(secret, ""))
        said = await check_key(asked)
        state: Literal["found", "refused", "unknown"] = (
            "found" if said.state == "valid" else "refused" if said.state == "invalid" else "unknown"
        )
        return ProviderCheck(state, clean_line(redact(said.message, [secret.reveal()]), 300))

    async def keep(self, provider: str, secret: Secret) -> StoredKey:
        """Keep a key, and use it from now on; the provider's models are listed if it can be asked.

        Raises:
            ConfigError: it could not be written down; nothing has changed then.
        """
        configured = self._listings.providers[provider]
        kept = await self._listings.keys.keep(configured.key_places, secret)
        for other in self._listings.providers.values():
            if other.key_places.provider == configured.key_places.provider:
                self._listings.forget(other.name)  # it would go on with the old key
        await self.list_models(provider)
        return kept

    async def list_models(self, provider: str) -> tuple[str, ...]:
        """Names of a provider's models, the one to begin with first; () when it cannot be asked."""
        from tui.agent.exceptions import AgentRunError

        configured = self._listings.providers[provider]
        if not configured.base_url:
            return ()
        try:
            return model_names(configured, await self._listings.fetch(configured, LIST_S))
        except (AgentRunError, TimeoutError):
            return ()

    # Servers.

    async def probe_server(self, url: str, secret: Secret | None = None) -> ServerCandidate:
        """Ask an OpenAI-compatible server what it offers.

        Raises:
            UsageError: it is no web address.
        """
        await imported("tui.agent.providers.listing")
        base_url = _web_address(url)
        name, label = self._name_for(base_url)
        found, checked = await self._ask(name, label, base_url, secret)
        return ServerCandidate(name, label, found, checked)

    async def add(self, server: ServerCandidate, secret: Secret | None = None) -> StoredKey | None:
        """Write a server down, use it from now on, and keep its key if there is one.

        Raises:
            ConfigError: a file could not be written.
        """
        label = (
            ""
            if server.name in self._listings.providers and not self._listings.providers[server.name].configured
            else server.label
        )
        provider = ProviderConfig(server.name, base_url=server.base_url, label=label or server.name)
        configured = configured_provider(self._config, provider)
        add_provider(self._config, provider)
        self._listings.providers[server.name] = configured
        self._listings.forget(server.name)
        if secret is not None:
            return await self.keep(server.name, secret)
        await self.list_models(server.name)
        return None

    async def _ask(self, name: str, label: str, base_url: str, secret: Secret | None) -> tuple[str, ProviderCheck]:
        """The address that answered, which may be one below `base_url`, and the answer."""
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
                models = model_names(ConfiguredProvider(vendor), await list_models(provider))
        except AgentRunError as error:
            refused = isinstance(error, ModelAPIError) and error.kind == "auth"
            message = clean_line(redact(error.message, [value]), 300)
            checked = ProviderCheck("refused" if refused else "unknown", message)
        except TimeoutError:
            checked = ProviderCheck("unknown", f"No answer in {timeout_s:.0f} s.")
        else:
            checked = (
                ProviderCheck("found", f"{models[0]}{count_of_others(models)}", models)
                if models
                else ProviderCheck("unknown", "It answers, but lists no models.")
            )
        return provider.base_url, checked

    def _name_for(self, base_url: str) -> tuple[str, str]:
        """A name that is free, or the name of who is usually found at that address; and a label."""
        from tui.agent.providers import is_loopback, vendor_at

        if vendor := vendor_at(base_url):
            return vendor.name, vendor.label
        host, port = urlsplit(base_url).hostname or "", urlsplit(base_url).port
        if is_loopback(base_url):
            for configured in self._listings.providers.values():
                if configured.base_url and same_server(base_url, [configured.base_url]):
                    return configured.name, configured.vendor.label
        words = [word for word in host.split(".") if word]
        plain = len(words) > 1 and not words[-1].isdigit()
        stem = f"local-{port}" if is_loopback(base_url) else words[-2] if plain else host.replace(":", "-")
        stem = re.sub(r"[^\w.-]+", "-", stem).strip("-._") or "server"
        name, number = stem, 2
        while (taken := self._listings.providers.get(name)) is not None and taken.base_url != base_url:
            name, number = f"{stem}-{number}", number + 1
        return name, f"{host}:{port}" if port else host


def storage_text(kept: StoredKey, home: Path) -> str:
    """Where a key was kept, for people: the keyring, or the file with its permission."""
    if kept.file is None:
        return "the system's keyring"
    path = f"~/{kept.file.relative_to(home)}" if kept.file.is_relative_to(home) else str(kept.file)
    return f"{path} (0600: only you can read it)"


def _web_address(url: str) -> str:
    from tui.agent.providers import clean_base_url, is_address

    address = clean_base_url(clean_line(url, 400))
    if not is_address(address):
        raise UsageError("That is no web address.", "Such as http://localhost:8000/v1")
    if "@" in urlsplit(address).netloc or "?" in url:
        raise UsageError("An address holds no password and no “?…”.", "The key is asked for if the server wants one.")
    return address
