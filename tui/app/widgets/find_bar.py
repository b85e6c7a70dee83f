"""The one row in which one types what to find in the chat, with how much of it there is. Searches nothing."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message

from tui.app.styles import join, key_hint, styled
from tui.app.transcript.events import Found
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.dataclass import dataclass


class FindBar(Horizontal):
    """What is looked for, and where the reader is among it."""

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        padding: 0 2;
        background: $panel;
        & > Line { width: auto; height: 1; }
        & > .count { padding: 0 2; }
    }
    .-w0 FindBar > .keys, .-w40 FindBar > .keys { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down,ctrl+g,f3", "step(1)", show=False),
        Binding("shift+enter,up,shift+f3", "step(-1)", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Something else is looked for."""

        typed: str

    @dataclass
    class Stepped(Message):
        """The reader wants to go on, or with -1 back."""

        step: int

    @dataclass
    class Closed(Message):
        """The reader is done."""

    def __init__(self) -> None:
        super().__init__()
        self.field = Field(placeholder="find in this chat", select=True)
        self.count = Line(classes="count")

    def compose(self) -> ComposeResult:
        """The field, the count, the keys."""
        yield Line(styled("/ ", "key"))
        yield self.field
        yield self.count
        yield Line(
            join([key_hint("↵", "next"), key_hint("↑", "previous"), key_hint("esc", "close")], 3), classes="keys"
        )

    def show(self, found: Found) -> None:
        """Show how far the search is."""
        if not self.field.value.strip():
            self.count.content = styled("", "muted")
        elif not found.total and found.done:
            self.count.content = styled("nothing found", "care")
        else:
            more = "" if found.done else "…"
            self.count.content = styled(f"{found.current:,}/{found.total:,}{more}", "text")

    @on(Field.Changed)
    def _change(self, event: Field.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        self.action_step(1)

    @on(Field.Cancelled)
    def _close(self, event: Field.Cancelled) -> None:
        event.stop()
        self.post_message(self.Closed())

    def action_step(self, step: int) -> None:
        """Go on, or with -1 back."""
        self.post_message(self.Stepped(step))
