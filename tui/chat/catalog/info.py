"""What is known of a model: its window, prices and abilities.

From what a person has written down, from the provider's own list and from the price table; each fact knows its source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from tui.agent.providers import ListedModel
from tui.chat.catalog.prices import ListPrice, Prices
from tui.chat.catalog.providers import ConfiguredProvider
from tui.chat.usage import StoredUsage
from tui.config import ModelOverride
from tui.dataclass import dataclass
from tui.model_id import ModelId

DEMO = "demo:guide"
TEST = "test:test"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model; None is unknown and never shown as 0.

    Attributes:
        id: "provider:name".
        provider_label: the provider's name for people.
        window: context window in tokens.
        input_price, output_price, cached_price, written_price: US dollars per million tokens: read, written by the
            model, read from the provider's cache, put into it.
        capabilities: some of "vision", "audio", "documents", "tools", "thinking".
        local: it runs on this machine.
        free: it costs nothing.
        note: a remark such as "guide, not a model".
        max_output: the longest answer, in tokens.
        tags: other words that it is found by: its name for people, its aliases.
        priced_by_hand: a price of its own stands in the configuration, and goes over every table.
    """

    id: str
    name: str
    provider: str
    provider_label: str
    window: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    capabilities: frozenset[str] | None = None
    local: bool = False
    free: bool = False
    note: str = ""
    max_output: int | None = None
    cached_price: Decimal | None = None
    written_price: Decimal | None = None
    tags: tuple[str, ...] = ()
    priced_by_hand: bool = False

    @property
    def takes_tools(self) -> bool:
        """Whether tools can be offered to it; what nobody tells is assumed."""
        return self.capabilities is None or "tools" in self.capabilities

    @property
    def may_have_list_price(self) -> bool:
        """Whether the price table, which takes a while to load, may know it: a server on this machine is in none."""
        return not (self.free or self.local)

    @classmethod
    def unknown(cls, model_id: str) -> "ModelInfo":
        """A model of which nothing but its id is known, such as that of a provider that is not configured any more."""
        parsed = ModelId.parse(model_id)
        return cls(model_id, parsed.label, parsed.provider, parsed.provider, note="not configured")


DEMO_INFO = ModelInfo(
    DEMO, "guide", "demo", "Chinwag", capabilities=frozenset({"thinking"}), local=True, free=True,
    note="guide, not a model",
)  # fmt: skip
TEST_INFO = ModelInfo(TEST, "test", "test", "Chinwag", local=True, free=True, note="answers without a model, for tests")

_HAND = {
    "window": "window", "max_output": "max_output", "input_price": "input", "output_price": "output",
    "cached_price": "cached", "written_price": "cache_written", "capabilities": "capabilities",
}  # fmt: skip
"""The facts that a person can write down: by the field of `ModelInfo`, that of `ModelOverride`."""
_LIST = ("window", "max_output", "capabilities")
_PRICES = ("input_price", "output_price", "cached_price", "written_price")


class ModelFacts:
    """Puts together what a person, the providers and the price table know.

    Args:
        prices: the price table.
        overrides: what a person has written down, by model id.
        aliases: names of a person's own, each with the id that it stands for.
    """

    def __init__(
        self, prices: Prices, overrides: Mapping[str, ModelOverride] = {}, aliases: Mapping[str, str] = {}
    ) -> None:
        self._prices = prices
        self._overrides = overrides
        self._tags: dict[str, tuple[str, ...]] = {}
        for alias, id in aliases.items():
            self._tags[id] = (*self._tags.get(id, ()), alias)
        self._known: dict[str, ListPrice | None] = {}

    async def load(self) -> None:
        """Load the price table in a worker thread, once."""
        await self._prices.load()

    def look_up(self, models: Iterable[tuple[ConfiguredProvider, ListedModel]]) -> None:
        """Find all of these in the price table at once: thousands of names, so not on the loop."""
        self._known = {
            f"{provider.name}:{listed.name}": self._prices.look_up(provider.seller, listed.name)
            for provider, listed in models
        }

    def info(self, provider: ConfiguredProvider, listed: ListedModel) -> ModelInfo:
        """What is known of one model of a provider."""
        info = ModelInfo(
            id=f"{provider.name}:{listed.name}",
            name=listed.name,
            provider=provider.name,
            provider_label=provider.vendor.label,
            window=listed.window,
            input_price=listed.input_price,
            output_price=listed.output_price,
            capabilities=listed.capabilities,
            local=provider.on_this_machine,
            free=provider.free and not listed.name.endswith(("-cloud", ":cloud")),
            max_output=listed.max_output,
            tags=(listed.label,) if listed.label not in ("", listed.name) else (),
        )
        if (price := self._listed_price(provider, info)) is not None:
            info = replace(
                info,
                window=info.window or price.window,
                input_price=price.input if price.input is not None else info.input_price,
                output_price=price.output if price.output is not None else info.output_price,
                cached_price=price.cached,
                written_price=price.cache_written,
            )
        return self.by_hand(info)

    def by_hand(self, info: ModelInfo) -> ModelInfo:
        """With what a person has written down of a model, and what they call it."""
        if tags := self._tags.get(info.id, ()):
            info = replace(info, tags=(*info.tags, *tags))
        written = self._overrides.get(info.id)
        if written is None:
            return info
        values: dict[str, Any] = {field: getattr(written, name) for field, name in _HAND.items()}
        known = {field: value for field, value in values.items() if value is not None}
        return replace(info, **known, priced_by_hand=any(field in known for field in _PRICES))

    def sources(
        self, provider: ConfiguredProvider | None, listed: ListedModel | None, info: ModelInfo
    ) -> dict[str, str]:
        """Where each known fact of a model comes from, in words, by the field of `ModelInfo`.

        Args:
            provider: None for a model that no provider has: of this machine, or built in.
            listed: as its list has it; None when no list does.
            info: what is known of it all in all.
        """
        price = None if provider is None else self._listed_price(provider, info)
        in_table = {} if price is None else {
            "window": price.window, "input_price": price.input, "output_price": price.output,
            "cached_price": price.cached, "written_price": price.cache_written,
        }  # fmt: skip
        written = self._overrides.get(info.id)
        found: dict[str, str] = {}
        for field, name in _HAND.items():
            if getattr(info, field) is None:
                continue
            own = getattr(listed, field, None) is not None
            if written is not None and getattr(written, name) is not None:
                found[field] = PurePath(written.place).name
            elif own and (field in _LIST or in_table.get(field) is None):
                found[field] = "its provider's list"
            elif in_table.get(field) is not None:
                found[field] = "bundled price table"
            else:
                found[field] = "built in"
        return found

    def _listed_price(self, provider: ConfiguredProvider, info: ModelInfo) -> ListPrice | None:
        if info.id not in self._known and self._prices.loaded:
            self._known[info.id] = self._prices.look_up(provider.seller, info.name)
        return self._known.get(info.id)

    def price(
        self, provider: ConfiguredProvider | None, info: ModelInfo, usage: StoredUsage, at: datetime
    ) -> Decimal | None:
        """US dollars for a reply's tokens at a moment: by hand, by the table, or else by what the provider lists."""
        if not info.priced_by_hand and provider is not None:
            in_table = self._prices.price(provider.seller, info.name, usage, at)
            if in_table is not None:
                return in_table
        return _by_list_price(info, usage)


def _by_list_price(info: ModelInfo, usage: StoredUsage) -> Decimal | None:
    """The price by prices for a million tokens; unknown where some tokens have one of their own that is not known."""
    if info.input_price is None or info.output_price is None or usage.input is None or usage.output is None:
        return None
    if info.input_price == info.output_price == 0:
        return Decimal(0)
    cached, written = usage.cached or 0, usage.cache_written or 0
    if (cached and info.cached_price is None) or (written and info.written_price is None):
        return None
    if (fresh := usage.input - cached - written) < 0:
        return None
    parts = (
        (info.input_price, fresh), (info.cached_price, cached), (info.written_price, written),
        (info.output_price, usage.output),
    )  # fmt: skip
    return sum((price * count for price, count in parts if price is not None), Decimal(0)) / 1_000_000
