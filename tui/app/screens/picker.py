"""An overlay in which you type to find one of many, and choose it. Models, themes and commands are found this way."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.app.screens.overlay import Overlay, Prompted
from tui.app.widgets.field import Field
from tui.app.widgets.rows import Row, Rows

T = TypeVar("T")


class Picker(Overlay[str], Generic[T]):
    """A field, a list that follows it, and the key of what was chosen as the answer; None when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
    ]
    KEYS = (("↑↓", "move"), ("↵", "choose"))
    HINT = "type to find"

    def __init__(self, rows: Rows[T]) -> None:
        super().__init__()
        rows.add_class("-live")
        rows.can_focus = False
        self.rows = rows
        self.field = Field(placeholder=self.HINT)
        self.prompt = Prompted(self.field)

    def body(self) -> ComposeResult:
        """Field and list."""
        yield self.prompt
        yield self.rows

    def find(self, query: str) -> Sequence[Row[T]]:
        """The rows for what was typed."""
        raise NotImplementedError

    def start_at(self) -> str | None:
        """The key of the row on which the cursor stands at first."""
        return None

    def on_mount(self) -> None:
        """Show everything."""
        self.rows.show(self.find(""), at=self.start_at())
        self.field.focus()

    def refill(self) -> None:
        """Find again what is typed, such as after new rows came in; the cursor stays on its row."""
        self.rows.show(self.find(self.field.value))

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted:
            self.rows.show(self.find(event.value), at=None if event.value else self.start_at())
            if event.value:
                self.rows.action_move(-1_000_000)

    @on(Field.Submitted)
    def _submitted(self, event: Field.Submitted) -> None:
        event.stop()
        self.rows.action_choose()

    @on(Field.Left)
    def _left(self, event: Field.Left) -> None:
        event.stop()
        self.action_close()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_move(self, steps: int) -> None:
        """Move the cursor of the list; the field keeps the focus."""
        self.rows.action_move(steps)
