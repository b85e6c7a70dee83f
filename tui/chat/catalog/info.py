"""What is known of a model: its window, prices and abilities, from the provider's own list and from the price table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from tui.agent.providers import ListedModel
from tui.chat.catalog.prices import ListPrice, Prices
from tui.chat.catalog.providers import ConfiguredProvider
from tui.chat.usage import StoredUsage
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
        input_price, output_price: US dollars per million tokens.
        capabilities: some of "vision", "tools", "thinking".
        local: it runs on this machine.
        free: it costs nothing.
        note: a remark such as "guide, not a model".
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


class ModelFacts:
    """Puts together what the providers list and what the price table knows."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
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
        )
        if info.id not in self._known and self._prices.loaded:
            self._known[info.id] = self._prices.look_up(provider.seller, listed.name)
        if (price := self._known.get(info.id)) is None:
            return info
        return replace(
            info,
            window=info.window or price.window,
            input_price=price.input if price.input is not None else info.input_price,
            output_price=price.output if price.output is not None else info.output_price,
        )

    def price(self, provider: ConfiguredProvider, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        """US dollars for a reply's tokens at a moment, by the table or else by what the provider lists; else None."""
        listed = self._prices.price(provider.seller, info.name, usage, at)
        return listed if listed is not None else _by_list_price(info, usage)


def _by_list_price(info: ModelInfo, usage: StoredUsage) -> Decimal | None:
    """The price by what the provider itself lists; unknown when some tokens have a price of their own."""
    if info.input_price is None or info.output_price is None or usage.input is None or usage.output is None:
        return None
    if info.input_price == info.output_price == 0:
        return Decimal(0)
    if usage.cached or usage.cache_written:
        return None
    return (info.input_price * usage.input + info.output_price * usage.output) / 1_000_000
