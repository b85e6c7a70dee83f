"""The screen of a comparison, as its parts see it: what each may ask of it, and no more."""

from typing import TYPE_CHECKING, Any, Protocol

from tui.app.chat.compare.column import ColumnView
from tui.app.chat.compare.dock import CompareDock
from tui.chat.comparison import Column, Comparison
from tui.errors import ChinwagError
from tui.store.records import ModelTally

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.workers import Work


class CompareHost(Protocol):
    """A screen that shows a comparison.

    Attributes:
        comparison: what is shown.
        dock: what stands below the columns.
    """

    comparison: Comparison
    dock: CompareDock

    @property
    def views(self) -> list[ColumnView]:
        """The columns, from the left."""

    @property
    def number(self) -> int:
        """Index of the column that the keys are for."""

    @property
    def view(self) -> ColumnView:
        """The column that the keys are for."""

    def view_of(self, column: Column) -> ColumnView:
        """The view of a column."""

    def compared_with(self, column: Column) -> Column | None:
        """Whose words are shown beside those of a column; None while there are none, or it has none itself."""

    def toggle_together(self) -> None:
        """Scroll all columns at once, or each alone."""

    def show_column(self, index: int) -> None:
        """Go to a column."""

    async def show_columns(self) -> None:
        """Have a view for each column, and none else."""

    def show_all(self) -> None:
        """Draw everything that stands around the messages."""

    def reveal(self) -> None:
        """Hide no names any more."""

    def write(self) -> None:
        """Go to where one writes."""

    def show_tally(self, tally: tuple[ModelTally, ...]) -> None:
        """An answer was picked: say who it was, and how often it won."""

    def refuse(self, error: ChinwagError) -> None:
        """Say why something could not be done."""

    def begin(self, work: "Work", group: str) -> object:
        """Run something beside everything else."""

    async def ask(self, dialog: "Screen[Any]") -> Any:
        """Open a dialog, and wait for what it is dismissed with."""

    def leave(self) -> None:
        """Back to the chat."""
