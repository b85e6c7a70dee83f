"""What was used and spent, as one list that scrolls: figures, days, a table, the replies that stand out, the context.

Only lines that lead somewhere can be chosen; their keys say where to.
"""

from collections.abc import Callable

from textual.content import Content
from typing_extensions import override

from tui.app.widgets.list import ListRow, SelectList

Draw = Callable[[int, bool], Content]
"""Draws a line of so many cells, which the cursor stands on or not."""


class UsageList(SelectList[Draw]):
    """Lines that draw themselves."""

    DEFAULT_CSS = "UsageList { height: 1fr; }"

    @override
    def draw(self, row: ListRow[Draw], width: int, chosen: bool) -> Content:
        return Content.assemble(" ", row.value(width - 3, chosen))

    @override
    def _reveal_cursor(self) -> None:
        """Bring what stands above the first line that can be chosen into view with it: no key leads there."""
        places = self._places()
        if places and self.cursor == places[0] and self.cursor < self.size.height:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        else:
            super()._reveal_cursor()
