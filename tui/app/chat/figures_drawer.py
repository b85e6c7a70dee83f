"""Draws what the chat that is shown has used and cost: in the meter, and in the pane for the message in focus.

The figures themselves are those of `ChatFigures`.
"""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.budget_alarm import BudgetAlarm
    from tui.app.chat.host import Host
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.catalog.catalog import Catalog

STILL_S = 1.0
"""How often figures change while a reply comes in, where little is to move."""


class FiguresDrawer:
    """Draws the figures when they change, and knows which message they are wanted for.

    Args:
        still: whether little is to move.
    """

    def __init__(
        self,
        host: "Host",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        catalog: "Catalog",
        alarm: "BudgetAlarm",
        still: Callable[[], bool],
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._catalog = catalog
        self._alarm = alarm
        self._still = still
        self._focused, self._prices_asked, self._drawn_at = "", False, 0.0

    def draw(self) -> None:
        """Draw what the chat has used."""
        presenter, now = self._presenter, monotonic()
        reading = presenter.reading
        self._alarm.note(presenter.id, reading)
        if reading.streaming and self._still() and now - self._drawn_at < STILL_S:
            return
        self._drawn_at = now
        self._layout.meter.reading = reading
        cost = presenter.figures.cost(presenter.records, self._focused)
        cost_focused = bool(presenter.branch.model_of(self._focused))
        self._layout.inspect(reading=reading, cost=cost, cost_focused=cost_focused)

    def focus(self, message_id: str) -> None:
        """Draw what a message has cost, or "" for the last one."""
        self._focused = message_id
        self.draw()

    def follow(self) -> None:
        """Draw what changes with the time, and have the price list read where it is looked for."""
        if self._presenter.figures.drop_what_is_over():
            self.draw()
        pane = self._layout.inspector_made
        if pane is None or not pane.display or self._prices_asked:
            return
        if pane.cost is not None and pane.cost.unparted:
            self._prices_asked = True
            self._host.begin(self._load_prices, "prices")

    async def _load_prices(self) -> None:
        """Have the price list at hand, which is not needed before something that was paid for is looked at."""
        await self._catalog.load_prices()
        self._presenter.figures.switch(self._presenter.model)  # the list knows its window, too
        self.draw()
