"""A dialog in which you type to find one of many, and choose it. Models, themes and commands are found this way."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.dialogs.base import Dialog, FieldLine, Keys
from tui.app.widgets.field import Field
from tui.app.widgets.list import ListRow, SelectList

T = TypeVar("T")


class Picker(Dialog[Any], Generic[T]):
    """A field and a list that follows it. Dismissed with the key of the chosen row, or None; see `choose`.

    Args:
        rows: the list, still empty; `find` fills it.
        query: what is typed already.
    """

    DEFAULT_CSS = """
    Picker {
        & #box { height: 80%; max-height: 34; }
        & #body { height: 1fr; }
        & #body > FieldLine { margin-bottom: 1; }
        &.-h8 #box, &.-h14 #box, &.-h20 #box { height: 90%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list"),
    ]
    KEYS: ClassVar[Keys] = (("↑↓", "move"), ("↵", "choose"))
    HINT = "type to find"

    def __init__(self, rows: SelectList[T], query: str = "") -> None:
        super().__init__()
        rows.add_class("-live")
        rows.can_focus = False
        rows.when_empty = "Nothing matches"
        self.rows = rows
        self.field = Field(query, placeholder=self.HINT)
        self.field_line = FieldLine(self.field)

    @override
    def compose_body(self) -> ComposeResult:
        yield self.field_line
        yield self.rows

    def find(self, query: str) -> Sequence[ListRow[T]]:
        """The rows for what was typed; all of them for ""."""
        raise NotImplementedError

    def initial_key(self) -> str | None:
        """The key of the row under the cursor while nothing is typed; None for the first one."""
        return None

    def on_mount(self) -> None:
        """Show everything, or what is found by what is typed already."""
        self.search(self.field.value)
        self.field.focus()
        self.field.action_end()

    def find_again(self) -> None:
        """Find what is typed among what is there now; the cursor stays on its row."""
        self.rows.show(self.find(self.field.value))

    @on(Field.Changed)
    def _find(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted:
            self.search(event.value)

    @on(Field.Submitted)
    def _choose(self, event: Field.Submitted) -> None:
        event.stop()
        self.submit()

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.cancel()

    @on(SelectList.Chosen)
    def _chosen(self, event: SelectList.Chosen) -> None:
        event.stop()
        self.choose(event.key)

    # What the keys of the field, and a choice, come to. Not the handlers: Textual calls those of every class in turn.

    def search(self, query: str) -> None:
        """Another text stands in the field."""
        self.rows.show(self.find(query), at=None if query else self.initial_key())
        if query:
            self.rows.action_first()

    def submit(self) -> None:
        """Enter was pressed in the field."""
        self.rows.action_choose()

    def cancel(self) -> None:
        """Escape was pressed in the field."""
        self.action_close()

    def choose(self, key: str) -> None:
        """A row was chosen."""
        self.dismiss(key)

    def action_move(self, steps: int) -> None:
        """Move the cursor of the list; the field keeps the focus."""
        self.rows.action_move(steps)

    def action_first(self) -> None:
        """Move the cursor of the list to its first row."""
        self.rows.action_first()

    def action_last(self) -> None:
        """Move the cursor of the list to its last row."""
        self.rows.action_last()
