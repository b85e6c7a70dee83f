"""Where you write: grows with what you write, sends on Enter, remembers what you sent, and never waits for a stream."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea

from tui.app.commands import bindings
from tui.app.widgets.ink import Inked, ink

_NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter", "shift+\r", "ctrl+enter+shift"})
"""`shift+\\r` is what xterm, Ghostty and tmux with modifyOtherKeys make of Shift+Enter (`CSI 27;2;13~`)."""
_SEND_KEYS = frozenset({"enter", "ctrl+enter", "ctrl+\r", "f5"})
_REMEMBERED = 200


class Draft(TextArea):
    """The text area of the composer."""

    DEFAULT_CSS = """
    Draft, Draft:focus {
        height: auto;
        min-height: 1;
        border: none;
        padding: 0;
        background: transparent;
        background-tint: transparent;
        scrollbar-size-vertical: 1;
        & .text-area--placeholder { color: $foreground-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("composer")]

    can_send: reactive[bool] = reactive(True, repaint=False, bindings=True)

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content("Ask anything")
        )
        self.past: list[str] = []
        self._place = 0
        self._unsent = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be sent while a reply is under way."""
        return self.can_send if action == "send" else True

    async def _on_key(self, event: events.Key) -> None:
        # What is not taken here goes to the base class: Textual calls the handlers of all classes in turn.
        key = event.key
        if key in _NEWLINE_KEYS or (key in _SEND_KEYS and self._escaped()):
            self._take(event)
            self.action_newline()
        elif key in _SEND_KEYS:
            self._take(event)
            self.action_send()
        elif key == "ctrl+d" and not self.text:
            self._take(event)
            self.post_message(Composer.QuitWanted())

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _escaped(self) -> bool:
        """Whether a backslash stands before the cursor: then Enter is a newline; the backslash goes."""
        row, column = self.cursor_location
        if self.selection.is_empty and column and self.document[row][column - 1] == "\\":
            self.delete((row, column - 1), (row, column))
            return True
        return False

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = event.text.replace("\r\n", "\n").replace("\r", "\n")  # then the base class inserts it

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self.replace("\n", *self.selection, maintain_selection_offset=False)

    def action_send(self) -> None:
        """Hand over what was written, and empty the field; a blank draft stays."""
        text = self.text
        if not text.strip():
            return
        if not self.can_send:
            self.post_message(Composer.Refused())
            return
        self.remember(text)
        self.text = ""
        self.post_message(Composer.Sent(text))

    def remember(self, text: str) -> None:
        """Keep a text for the arrow up."""
        if text.strip() and (not self.past or self.past[-1] != text):
            self.past.append(text)
            del self.past[:-_REMEMBERED]
        self._place = len(self.past)
        self._unsent = ""

    def action_copy(self) -> None:
        """Copy what is selected here; without a selection, `ctrl+c` is for the screen to judge."""
        if self.selected_text:
            super().action_copy()
        else:
            self.post_message(Composer.Interrupted())

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up; from the first line, to what was sent before."""
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location) and self.past:
            self._recall(-1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down; from the last line, back to what was written last."""
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location) and self._place < len(self.past):
            self._recall(1)
        else:
            super().action_cursor_down(select)

    def _recall(self, step: int) -> None:
        self._place = min(self._place, len(self.past))
        if self._place == len(self.past):
            self._unsent = self.text
        place = self._place + step
        if place < 0:
            return
        self._place = place
        self.text = self.past[place] if place < len(self.past) else self._unsent
        self.move_cursor(self.document.end)

    def action_cursor_page_up(self) -> None:
        """Page through the messages, not through ten rows of draft."""
        self.post_message(Composer.Paged(-1))

    def action_cursor_page_down(self) -> None:
        """Page through the messages, not through ten rows of draft."""
        self.post_message(Composer.Paged(1))


class _Gutter(Inked):
    """The bar that says "yours", and where the keys go."""

    DEFAULT_CSS = "_Gutter { dock: left; width: 4; height: 100%; }"

    active: reactive[bool] = reactive(False)

    def render(self) -> Content:
        bar = ink("▌", "bar-you" if self.active else "bar-idle")
        first = Content.assemble(bar, " ", ink("❯", "key") if self.active else ink("›", "muted"))
        return Content("\n").join([first, *[bar] * (self.size.height - 1)])


class Composer(Horizontal):
    """The composer: gutter and draft, on the surface that sent messages will have."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        & > Draft { margin-right: 2; }
    }
    """

    @dataclass
    class Sent(Message):
        """A prompt was written and sent; the field is empty again."""

        text: str

    class Refused(Message):
        """Enter was pressed while nothing can be sent; the draft stays."""

    class Interrupted(Message):
        """`ctrl+c` was pressed and nothing is selected in the draft."""

    class QuitWanted(Message):
        """`ctrl+d` was pressed in an empty draft."""

    @dataclass
    class Paged(Message):
        """The messages are to be scrolled by so many pages."""

        pages: int

    @dataclass
    class Resized(Message):
        """The composer has another height, in rows."""

        height: int

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft()
        self._gutter = _Gutter()

    def compose(self) -> ComposeResult:
        """Gutter and draft."""
        yield self._gutter
        yield self.draft

    @property
    def text(self) -> str:
        """What is written and not sent."""
        return self.draft.text

    @text.setter
    def text(self, text: str) -> None:
        self.draft.text = text
        self.draft.move_cursor(self.draft.document.end)

    def on_resize(self, event: events.Resize) -> None:
        """Tell how high it is."""
        self.post_message(self.Resized(event.size.height))

    def on_descendant_focus(self) -> None:
        """The keys come here."""
        self._gutter.active = True

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere."""
        self._gutter.active = False

    def set_rows(self, least: int, most: int) -> None:
        """How many rows the composer has when it is empty, and at most."""
        self.styles.min_height = least
        self.draft.styles.max_height = most

    def clear(self) -> None:
        """Empty the field; what stood there can be had back with the arrow up."""
        self.draft.remember(self.text)
        self.draft.text = ""
