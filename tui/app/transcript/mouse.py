"""What the mouse does to the rows of a view: scrolls code sideways, does what was clicked on, selects a word."""

from typing import TYPE_CHECKING

from textual.events import Click, MouseDown, MouseEvent, MouseScrollLeft, MouseScrollRight, MouseScrollUp
from textual.geometry import Offset
from textual.selection import Selection
from textual.widget import Widget

from tui.app.transcript.events import ActionChosen, CopyRequested, LinkOpened, OpenRequested
from tui.app.transcript.openables import Openable
from tui.app.transcript.selection import action_at, word_at

if TYPE_CHECKING:
    from tui.app.transcript.approvals import Approvals
    from tui.app.transcript.canvas import Canvas
    from tui.app.transcript.focus import MessageFocus
    from tui.app.transcript.focused_message import FocusedMessage
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.scroll_place import ScrollPlace


class TranscriptMouse:
    """The mouse over the drawn lines of a layout; what it does not do itself is posted by the view."""

    def __init__(
        self,
        view: Widget,
        layout: "TranscriptLayout",
        canvas: "Canvas",
        place: "ScrollPlace",
        focus: "MessageFocus",
        keys: "FocusedMessage",
        approvals: "Approvals",
    ) -> None:
        self._view = view
        self._layout = layout
        self._canvas = canvas
        self._place = place
        self._focus = focus
        self._keys = keys
        self._approvals = approvals
        self._pressed = Offset(0, 0)

    def scroll(self, event: MouseEvent) -> None:
        """Sideways, or with shift, scroll the code under the mouse; anything else is left to the view."""
        if event.shift or isinstance(event, MouseScrollLeft | MouseScrollRight):
            event.stop().prevent_default()
            steps = -1 if isinstance(event, MouseScrollLeft | MouseScrollUp) else +1
            self._keys.scroll_code(self._layout.locate(self._place.top + event.y)[0], steps)

    def press(self, event: MouseDown) -> None:
        """Remember where a double click would select a word."""
        self._pressed = Offset(event.x, event.y + self._place.top)

    def select_word(self) -> None:
        """Select the word where the mouse was pressed last."""
        row = self._layout.row(self._pressed.y)[1]
        margin = self._canvas.text_start
        span = word_at(row, self._pressed.x - margin) if row is not None else None
        if span is not None:
            start, end = (Offset(margin + part, self._pressed.y) for part in span)
            self._view.screen.selections = {self._view: Selection(start, end)}

    def click(self, event: Click) -> None:
        """Do what the reader clicked on, or focus the message."""
        if self._view.text_selection is not None or event.chain > 1:
            return
        if self._is_on_pill(event):
            self._place.go_to_end()
            return
        number = self._place.top + event.y
        index, row = self._layout.row(number)
        if row is not None:
            self._focus.set(index)
            self._act(index, number, action_at(row, event.x - self._canvas.text_start))
            self._keys.refresh()
            self._view.refresh()

    def _is_on_pill(self, event: Click) -> bool:
        new = len(self._place.new)
        return bool(new) and event.y == self._view.size.height - 1 and event.x in self._canvas.pill_cells(new)

    def _act(self, index: int, number: int, action: str) -> None:
        """Do what a click does at a row of a message, see `Span.action`."""
        rows, inside = self._layout.messages[index], number - self._layout.start(index)
        kind, _, target = action.partition(":")
        match kind:
            case "link":
                self._view.post_message(LinkOpened(target))
            case "file":
                found = [Openable("file", file.hash, file.name) for file in rows.files if file.hash == target]
                self._view.post_message(OpenRequested(found[:1]))
            case "fold" | "whole" | "lines":
                self._unfold(index, inside, kind)
            case "answer":
                self._approvals.click(rows.part_at(inside)[0], target)
            case "code":
                self._view.post_message(CopyRequested(rows.code_at(inside, action), "code"))
            case "do" if target == "copy":
                if copied := self._keys.copied():
                    self._view.post_message(CopyRequested(*copied))
            case "do":
                self._view.post_message(ActionChosen(rows.message.id, target))
            case _:
                pass

    def _unfold(self, index: int, inside: int, what: str) -> None:
        """Open or fold a part, all of a long output, or long code, in a row of a message."""
        if what == "fold":
            self._keys.toggle(index, self._layout.messages[index].part_at(inside)[0])
        elif what == "whole":
            self._keys.show_whole(index, inside)
        else:
            self._keys.toggle_code(index, inside)
