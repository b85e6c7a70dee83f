"""What models cost and how much they can read, from genai-prices' bundled table; no network.

The table takes about half a second to load, so it is loaded in a worker thread, once and only when somebody needs a
price. What it does not know is None, never 0.
"""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, Provider, TieredPrices

# Our vendors' names where the table has others.
_TABLE_NAMES = {
    "bedrock": "aws",
    "gemini": "google",
    "google-gla": "google",
    "google-vertex": "google",
    "moonshot": "moonshotai",
    "vertex": "google",
    "xai": "x-ai",
    "z.ai": "zai",
}


@dataclass(frozen=True, slots=True)
class Seller:
    """Where a model is sold: the vendor's name, or for a server of the person's own only its address."""

    vendor: str | None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What the table says about a model.

    Attributes:
        window: context window in tokens.
        input, output, cached, cache_written: US dollars per million tokens, for short prompts.
    """

    window: int | None
    input: Decimal | None
    output: Decimal | None
    cached: Decimal | None = None
    cache_written: Decimal | None = None


class Prices:
    """The price table; knows nothing until `load` was awaited."""

    def __init__(self) -> None:
        self._snapshot: DataSnapshot | None = None
        self._loading: asyncio.Task[DataSnapshot] | None = None

    @property
    def loaded(self) -> bool:
        """Whether questions can be answered."""
        return self._snapshot is not None

    async def load(self) -> None:
        """Load the table in a worker thread; later calls wait for the first."""
        if self._snapshot is not None:
            return
        if self._loading is None or self._loading.get_loop() is not asyncio.get_running_loop():
            self._loading = asyncio.create_task(asyncio.to_thread(_load))
        self._snapshot = await asyncio.shield(self._loading)

    def look_up(self, place: Seller, model: str) -> ListPrice | None:
        """Window and list prices of a model; None when the table is not loaded or does not know it."""
        if (found := self._find(place, model)) is None:
            return None
        from genai_prices import Usage

        provider, info = found
        prices = info.calc_price(Usage(input_tokens=0), provider).model_price
        return ListPrice(
            info.context_window,
            _base(prices.input_mtok),
            _base(prices.output_mtok),
            _base(prices.cache_read_mtok),
            _base(prices.cache_write_mtok),
        )

    def price(self, place: Seller, model: str, usage: StoredUsage, at: datetime) -> Decimal | None:
        """US dollars for one reply's tokens at a moment; None when not loaded, not known or nothing is reported.

        Cached tokens have prices of their own. Takes about 0.1 ms.
        """
        if usage.input is None or usage.output is None or (found := self._find(place, model)) is None:
            return None
        from genai_prices import Usage

        provider, info = found
        tokens = Usage(
            input_tokens=usage.input,
            output_tokens=usage.output,
            cache_read_tokens=usage.cached,
            cache_write_tokens=usage.cache_written,
        )
        try:
            found_price = info.calc_price(tokens, provider, genai_request_timestamp=at)
        except ValueError:  # the counts contradict each other: better no price than a wrong one
            return None
        listed = found_price.model_price
        # The table has models without prices, and adds them up to 0.
        return None if listed.input_mtok is None or listed.output_mtok is None else found_price.total_price

    def _find(self, place: Seller, model: str) -> "tuple[Provider, ModelInfo] | None":
        if self._snapshot is None or (place.vendor is None and place.base_url is None):
            return None
        vendor = None if place.vendor is None else _TABLE_NAMES.get(place.vendor, place.vendor)
        url = place.base_url if vendor is None else None
        try:
            return self._snapshot.find_provider_model(model, None, vendor, url)
        except LookupError:
            return None


def _load() -> "DataSnapshot":
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot()


def _base(price: "Decimal | TieredPrices | None") -> Decimal | None:
    return price if price is None or isinstance(price, Decimal) else price.base
