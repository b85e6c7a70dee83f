"""Whom a person can ask: the providers of `config.toml`, the vendors known by name, the usual servers of this machine.

Knows names and addresses; keys are the matter of `credentials`, and nothing here goes to the network.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tui.agent.providers import VENDORS, Vendor, base_url_of, custom_vendor, is_loopback, vendor_named
from tui.chat.catalog.prices import Seller
from tui.chat.credentials.lookup import KeyPlaces
from tui.config import Config, ProviderConfig
from tui.dataclass import dataclass
from tui.errors import ConfigError

STARTERS = {
    "openai": "gpt-5.6",
    "anthropic": "claude-sonnet-5-5",
    "google-gla": "gemini-3.8-flash",
    "openrouter": "anthropic/claude-sonnet-5.5",
    "groq": "openai/gpt-oss-120b",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-medium-latest",
    "xai": "grok-4.7",
    "together": "openai/gpt-oss-120b",
    "cohere": "command-a-03-2025",
    "fireworks": "accounts/fireworks/models/gpt-oss-120b",
    "cerebras": "gpt-oss-120b",
    "perplexity": "sonar",
    "huggingface": "openai/gpt-oss-120b",
    "zai": "glm-5.3",
}
"""A vendor's model for the very first conversation, when nobody has chosen one and its list is not known yet."""

_MORE_SERVERS = (("jan", "Jan", "http://127.0.0.1:1337/v1"), ("koboldcpp", "KoboldCpp", "http://127.0.0.1:5001/v1"))


@dataclass(frozen=True, slots=True)
class ConfiguredProvider:
    """One provider that can be asked.

    Attributes:
        vendor: who it is, and which dialect it speaks; its name is the part of model ids before the colon.
        configured: its table in `config.toml`; None for a vendor that is only known by name.
    """

    vendor: Vendor
    configured: ProviderConfig | None = None

    @property
    def name(self) -> str:
        """The part of model ids before the colon."""
        return self.vendor.name

    @property
    def base_url(self) -> str:
        """Where it is; "" when that is still to be said."""
        return base_url_of(self.vendor)

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All of its servers, best first; () when that is still to be said."""
        more = self.configured.more_urls if self.configured else ()
        return (self.base_url, *more) if self.base_url else ()

    @property
    def unset(self) -> str:
        """Which variables its table needs that are not set, as a sentence; "" for none."""
        missing = self.configured.unset_variables() if self.configured else ()
        return f"{self.vendor.label} needs {' and '.join(missing)}, not set in the environment." if missing else ""

    @property
    def key_places(self) -> KeyPlaces:
        """Where its key may be; a second way to the same models has the key of the first."""
        shared = (one.name for one in VENDORS.values() if one.listed and one.key_env == self.vendor.key_env)
        owner = self.name if self.configured or self.vendor.listed else next(shared, self.name)
        return KeyPlaces(owner, self.vendor.key_env, self.configured)

    @property
    def seller(self) -> Seller:
        """Where its prices stand: a vendor's name when it is asked at home, else the address."""
        known = VENDORS.get(self.name)
        at_home = (
            known is not None and not known.local and self.base_url == base_url_of(replace(known, base_url_env=""))
        )
        return Seller(self.name) if at_home else Seller(None, self.base_url or None)

    @property
    def on_this_machine(self) -> bool:
        """Whether it runs here."""
        return bool(self.base_url) and all(map(is_loopback, self.base_urls))

    @property
    def free(self) -> bool:
        """Whether its models certainly cost nothing; a gateway on this machine may well bill for those behind it."""
        return self.name in VENDORS and self.vendor.local and self.name != "litellm" and self.on_this_machine

    @property
    def to_discover(self) -> bool:
        """Whether it is listed only while its server answers."""
        return self.configured is None and self.vendor.local and self.on_this_machine


def configured_providers(config: Config) -> dict[str, ConfiguredProvider]:
    """Everybody who can be asked, by name, those of `config.toml` first.

    Raises:
        ConfigError: a table of `config.toml` has neither a known name nor an address, or an unknown `api`.
    """
    sources = {provider.name: configured_provider(config.path, provider) for provider in config.providers}
    extra = (custom_vendor(name, url, label=label) for name, label, url in _MORE_SERVERS)
    for vendor in (*VENDORS.values(), *extra):
        sources.setdefault(vendor.name, ConfiguredProvider(vendor))
    return sources


def configured_provider(config: Path, provider: ProviderConfig) -> ConfiguredProvider:
    """The source of one table of the configuration.

    Raises:
        ConfigError: it has neither a known name nor an address, or an unknown `api`.
    """
    return ConfiguredProvider(_vendor_of(config, provider), provider)


def provider_named(sources: dict[str, ConfiguredProvider], name: str) -> ConfiguredProvider | None:
    """A source by its name, or by another name of a known vendor."""
    if name in sources:
        return sources[name]
    vendor = vendor_named(name)
    return sources.get(vendor.name) if vendor is not None else None


def same_server(url: str, others: Iterable[str]) -> bool:
    """Whether a server of this machine is one of `others` under another spelling."""
    return any(is_loopback(other) and urlsplit(other).port == urlsplit(url).port for other in others)


def _vendor_of(config: Path, provider: ProviderConfig) -> Vendor:
    known = vendor_named(provider.name)
    url = provider.base_url or (base_url_of(known) if known is not None else "")
    variables = (provider.api_key_env,) if provider.api_key_env else ()
    label = provider.label if provider.label != provider.name else ""
    if not url:
        hint = 'Say where it is, as in: base_url = "http://127.0.0.1:8000/v1".'
        raise ConfigError(f"{config}: [providers.{provider.name}] has no base_url.", hint)
    if provider.base_url is None and known is not None and not provider.api:
        row = replace(known, name=provider.name, listed=True, label=label or known.label)
        return replace(row, key_env=variables) if variables else row
    try:
        local = all(map(is_loopback, (url, *provider.more_urls)))
        return custom_vendor(provider.name, url, api=provider.api, key_env=variables, label=label, local=local)
    except ValueError as error:
        raise ConfigError(f"{config}: [providers.{provider.name}] has an {error}.") from error
