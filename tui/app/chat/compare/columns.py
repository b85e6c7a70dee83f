"""The columns of a comparison beside each other, or one at a time; they scroll together until that is switched off."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from typing_extensions import override

from tui.app.chat.compare.column import ColumnTranscript, ColumnView
from tui.chat.comparison import Column


class Columns(Horizontal):
    """A view for each column.

    Attributes:
        views: from the left.
        together: what scrolls one of them scrolls all.
    """

    DEFAULT_CSS = """
    Columns {
        width: 100%;
        height: 1fr;
        & > ColumnView.-next { border-left: solid $foreground 20%; }
    }
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.views = [ColumnView(column) for column in columns]
        self.together = True

    @override
    def compose(self) -> ComposeResult:
        yield from self.views

    def view_of(self, column: Column) -> ColumnView:
        """The view of a column."""
        return next(view for view in self.views if view.column is column)

    async def show(self, columns: Sequence[Column]) -> None:
        """Have a view for each of these, and none else."""
        known = {view.column: view for view in self.views}
        gone = [view for view in self.views if view.column not in columns]
        self.views = [known.get(column) or ColumnView(column) for column in columns]
        for view in gone:
            await view.remove()
        if new := [view for view in self.views if view.column not in known]:
            await self.mount(*new)

    def sort(self, order: Sequence[Column]) -> None:
        """Let them stand in another order."""
        self.views.sort(key=lambda view: order.index(view.column))
        self.sort_children(key=lambda view: self.views.index(view) if isinstance(view, ColumnView) else 0)

    def show_one(self, index: int | None) -> None:
        """Show only the one at an index, or with None all of them."""
        for number, view in enumerate(self.views):
            view.set_class(number > 0 and index is None, "-next")
            view.display = index is None or number == index

    @on(ColumnTranscript.Scrolled)
    def _scroll_others(self, event: ColumnTranscript.Scrolled) -> None:
        event.stop()
        for view in self.views if self.together else ():
            if view.transcript is not event.transcript and event.at_end:
                view.transcript.place.go_to_end()
            elif view.transcript is not event.transcript:
                view.transcript.place.go_to(event.row)
