"""Prices that were not known when a model answered, and are now: by a newer table, or by the configuration."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.figures import counted, money
from tui.store.records import UnpricedCall
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library

_MOST_NAMED = 5
_SLICE = 20
"""Calls that are priced before a key has its turn, 0.3 ms each."""
_WRITTEN = 400
"""Prices that are written at once."""


@dataclass(frozen=True, slots=True)
class Repriced:
    """What became of the calls whose price was not known.

    Attributes:
        priced: how many have one now.
        dollars: what these cost together.
        unknown: how many are still without, by the model that answered.
    """

    priced: int = 0
    dollars: Decimal = Decimal()
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        left = self.unknown.total()
        if not self.priced and not left:
            return "Every answer has its price."
        models = ", ".join(clean_line(model, 60) for model, _ in self.unknown.most_common(_MOST_NAMED))
        more = ", …" if len(self.unknown) > _MOST_NAMED else ""
        still = f"{counted(left, 'answer')} of unknown price: {models}{more}." if left else ""
        added = "No price became known"
        if self.priced:
            added = f"{counted(self.priced, 'answer')} got a price: {money(self.dollars)} more in the sum"
        return f"{added}. {still}".rstrip()


async def load_prices_of(catalog: "Catalog", calls: Iterable[UnpricedCall]) -> None:
    """Load the table of prices if any of the calls may stand in it: those of this machine's own models do not."""

    def may_be_listed(model: str) -> bool:
        try:
            return catalog.find(model).may_have_list_price
        except UsageError:  # it is not known any more, and has no price
            return False

    if any(may_be_listed(model) for model in {call.model for call in calls}):
        await catalog.load_prices()


def known_prices(catalog: "Catalog", calls: Iterable[UnpricedCall]) -> list[tuple[UnpricedCall, Decimal]]:
    """The calls whose price is known, with what each cost at its time, once their prices are loaded."""
    found = []
    for call in calls:
        price = catalog.price_of(call.model, StoredUsage.from_json(call.usage), call.created_at)
        if price is not None:
            found.append((call, price))
    return found


async def reprice(
    library: "Library", catalog: "Catalog", progress: Callable[[int, int], None] = lambda done, total: None
) -> Repriced:
    """Give every call without a price the one that its model had at its time; a price that is known stays.

    The table of prices is loaded only if any may stand in it. Written in parts: when cancelled, what is written stays.

    Args:
        library: where they are; the prices of one that can only be read are not looked for.
        catalog: knows the prices.
        progress: is told how many are done, and of how many.

    Raises:
        StoreError: the library cannot be read or written.
    """
    calls = await library.usage.unpriced() if library.saves else ()
    await load_prices_of(catalog, calls)
    known, dollars, unknown = list[tuple[UnpricedCall, Decimal]](), Decimal(), Counter[str]()
    priced = 0
    for end in range(_SLICE, len(calls) + _SLICE, _SLICE):
        some = calls[end - _SLICE : end]
        found = known_prices(catalog, some)
        known += found
        unknown.update(call.model for call in some)
        unknown.subtract(call.model for call, _ in found)
        if known and (len(known) >= _WRITTEN or end >= len(calls)):
            priced += await library.usage.set_prices(known)
            dollars += sum((price for _, price in known), Decimal())
            known = []
        progress(min(end, len(calls)), len(calls))
        await asyncio.sleep(0)
    return Repriced(priced, dollars, +unknown)
