"""One column of a comparison: who answers, with its figures, and the messages below, drawn as in any chat."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.chat.branch_actions import BRANCH_COMMANDS
from tui.app.chat.compare.column_presenter import ColumnPresenter
from tui.app.chat.compare.heads import ColumnHead, head_lines, tab_line
from tui.app.commands import bindings
from tui.app.styles import StyledText
from tui.app.transcript.view import Transcript
from tui.chat.comparison import Column
from tui.dataclass import dataclass

_REFUSED = frozenset({"find", "step_found", "export", "copy_chat"}) | (BRANCH_COMMANDS - {"retry"})
"""What concerns the whole chat, which is there again once this is closed."""


class ColumnTranscript(Transcript):
    """The messages of a column; the keys of the comparison go before those of the messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]

    @dataclass
    class Scrolled(Message):
        """The reader has scrolled: this row is at the top now; `at_end` where they went to the end by its key."""

        transcript: "ColumnTranscript"
        row: int
        at_end: bool = False

    @override
    def reader_moved(self) -> None:
        super().reader_moved()
        self.post_message(self.Scrolled(self, self.place.top))

    @override
    def action_go_to(self, where: str) -> None:
        super().action_go_to(where)
        if where == "end":
            self.post_message(self.Scrolled(self, self.place.top, at_end=True))

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        name = str(parameters[0]) if action == "choose" else action
        return False if name in _REFUSED else super().check_action(action, parameters)


class HeadLine(StyledText):
    """The head of a column."""

    DEFAULT_CSS = "HeadLine { width: 1fr; height: auto; min-height: 2; max-height: 3; padding: 0 1 0 0; }"

    head: reactive[ColumnHead] = reactive(ColumnHead(1, ""))

    def watch_head(self, before: ColumnHead, after: ColumnHead) -> None:
        """A remark takes a row of its own."""
        if bool(before.note or before.problem) != bool(after.note or after.problem):
            self.refresh(layout=True)

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return 3 if self.head.note or self.head.problem else 2

    @override
    def render(self) -> Content:
        return head_lines(self.head, self.content_size.width)


class ColumnView(Vertical):
    """A head and messages.

    Attributes:
        column: what has come of its model.
        presenter: what of it is drawn.
        note: what its model cannot take.
    """

    DEFAULT_CSS = """
    ColumnView {
        width: 1fr;
        height: 1fr;
        & > HeadLine { background: $surface; }
        & > Transcript { height: 1fr; }
        & > HeadLine.-here { background: $panel; }
    }
    """

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column
        self.presenter = ColumnPresenter()
        self.note = ""
        self.head = HeadLine()
        self.transcript = ColumnTranscript()

    @override
    def compose(self) -> ComposeResult:
        yield self.head
        yield self.transcript

    def on_click(self, event: events.Click) -> None:
        """A click on the head goes to the column."""
        self.transcript.focus()


class ColumnTabs(StyledText):
    """The columns in one line, where there is no room for them side by side."""

    DEFAULT_CSS = "ColumnTabs { width: 1fr; height: 1; padding: 0 1; background: $surface; display: none; }"

    heads: reactive[tuple[ColumnHead, ...]] = reactive(())
    current: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """The tab at this index was clicked."""

        index: int

    def _line(self) -> tuple[Content, list[int]]:
        return tab_line(self.heads, self.current, self.content_size.width)

    @override
    def render(self) -> Content:
        return self._line()[0]

    def on_click(self, event: events.Click) -> None:
        """Report which tab was clicked."""
        x = event.x - self.gutter.left
        found = next((index for index, end in enumerate(self._line()[1]) if x < end), None)
        if found is not None:
            self.post_message(self.Chosen(found))
