"""Prices for replies that ended with their program: what they took until then was saved, what that cost was not."""

from typing import TYPE_CHECKING

from tui.chat.repricing import known_prices, load_prices_of

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library


async def price_killed(library: "Library", catalog: "Catalog") -> bool:
    """Give each the price of the usage that is known of it, which is an estimate where that is one.

    The table of prices is loaded only if any may stand in it. What nobody knows now is looked for the next time.

    Returns:
        Whether any got one.

    Raises:
        StoreError: the library cannot be read or written.
    """
    if not library.saves or not (found := await library.usage.killed_replies()):
        return False
    await load_prices_of(catalog, found)
    known = known_prices(catalog, found)
    return bool(known) and await library.usage.set_prices(known) > 0
