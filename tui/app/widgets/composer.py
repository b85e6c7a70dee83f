"""Where you write: grows with what you write, sends on Enter, remembers what you sent, and never waits for a reply."""

from collections.abc import Sequence
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
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.keymap.keymap import Keymap, spellings_of
from tui.app.styles import StyledText, styled
from tui.chat.prompt import Prompt, PromptAttachment

_NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter", "shift+\r", "alt+enter", "alt+ctrl+j", "ctrl+shift+enter"})
"""`shift+\\r` is what Textual's own parser makes of `CSI 27;2;13~`, the Shift+Enter of modifyOtherKeys."""
_SEND_KEYS = frozenset({"enter", "ctrl+enter", "ctrl+\r", "f5"})
_REMEMBERED = 200


class PromptArea(TextArea):
    """The text area of the composer, with the files that go along. Posts its composer's messages.

    A prompt leaves as one value in the handler of its key: keys that are typed behind Enter belong to the next one.

    Attributes:
        attachments: files of the prompt that is being written.
        keymap: says which keys send, and which break the line.
    """

    DEFAULT_CSS = """
    PromptArea, PromptArea:focus {
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

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content("Ask anything")
        )
        self.attachments: tuple[PromptAttachment, ...] = ()
        self.keymap = Keymap()
        self._past: list[str] = []
        self._place = 0  # in `_past`; its length while none of it is shown
        self._unsent = ""

    @property
    def prompt(self) -> Prompt:
        """What is written and not sent."""
        return Prompt(self.text, self.attachments)

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.text = prompt.text
        self.attachments = prompt.attachments
        self.move_cursor(self.document.end)

    def remember_texts(self, texts: Sequence[str]) -> None:
        """Take the prompts of another chat, the oldest first, for the arrow up."""
        self._past = list(texts)[-_REMEMBERED:]
        self._place = len(self._past)

    # Keys.

    async def _on_key(self, event: events.Key) -> None:
        # What is not taken here goes to the base class: Textual calls the handlers of all classes in turn.
        key = event.key
        sends = key in spellings_of(self.keymap, "composer.send", _SEND_KEYS)
        if key in spellings_of(self.keymap, "composer.newline", _NEWLINE_KEYS) or (sends and self._remove_backslash()):
            self._take(event)
            self.action_newline()
        elif sends:
            self._take(event)
            self.action_send()
        elif key == "ctrl+d" and not self.text:
            self._take(event)
            self.post_message(Composer.QuitRequested())

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _remove_backslash(self) -> bool:
        """Take away the backslash before the cursor, which makes Enter a newline; False when there is none."""
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
        """Hand over what was written, and empty the area; a blank prompt stays."""
        prompt = self.prompt
        if not prompt:
            if not self.text:
                self.post_message(Composer.Confirmed())
            return
        self.clear_prompt()
        self.post_message(Composer.Sent(prompt))

    def clear_prompt(self) -> None:
        """Empty the area; the text can be had back with the arrow up."""
        self._remember(self.text)
        self.prompt = Prompt()

    @override
    def action_copy(self) -> None:
        """Copy what is selected here; without a selection, `ctrl+c` is for the screen to judge."""
        if self.selected_text:
            super().action_copy()
        else:
            self.post_message(Composer.Interrupted())

    @override
    def action_cursor_page_up(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(Composer.Paged(-1))

    @override
    def action_cursor_page_down(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(Composer.Paged(1))

    # What was sent before.

    def _remember(self, text: str) -> None:
        if text.strip() and (not self._past or self._past[-1] != text):
            self._past.append(text)
            del self._past[:-_REMEMBERED]
        self._place = len(self._past)
        self._unsent = ""

    @override
    def action_cursor_up(self, select: bool = False) -> None:
        """Go up; from the first line, to what was sent before."""
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location) and self._past:
            self._recall(-1)
        elif not self.text:
            self.post_message(Composer.Stepped(-1))
        else:
            super().action_cursor_up(select)

    @override
    def action_cursor_down(self, select: bool = False) -> None:
        """Go down; from the last line, back to what was written last."""
        at_end = self.navigator.is_last_wrapped_line(self.cursor_location)
        if not select and at_end and self._place < len(self._past):
            self._recall(1)
        elif not self.text:
            self.post_message(Composer.Stepped(1))
        else:
            super().action_cursor_down(select)

    def _recall(self, step: int) -> None:
        self._place = min(self._place, len(self._past))
        if self._place == len(self._past):
            self._unsent = self.text
        place = self._place + step
        if place < 0:
            return
        self._place = place
        self.text = self._past[place] if place < len(self._past) else self._unsent
        self.move_cursor(self.document.end)


class ComposerGutter(StyledText):
    """The bar that says "yours", and the sign that says whether the keys go here."""

    DEFAULT_CSS = "ComposerGutter { dock: left; width: 4; height: 100%; }"

    active: reactive[bool] = reactive(False)

    @override
    def render(self) -> Content:
        bar = styled("▌", "bar-you" if self.active else "bar-idle")
        first = Content.assemble(bar, " ", styled("❯", "key") if self.active else styled("›", "muted"))
        return Content("\n").join([first, *[bar] * (self.size.height - 1)])


class Composer(Horizontal):
    """Gutter and text area, on the surface that sent messages will have."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        & > PromptArea { margin-right: 2; }
    }
    """

    @dataclass
    class Sent(Message):
        """A prompt was written and sent; the composer is empty again."""

        prompt: Prompt

    class Confirmed(Message):
        """Enter was pressed in an empty composer."""

    @dataclass
    class Stepped(Message):
        """An arrow was pressed in an empty composer: so many rows down; fewer than 0 are up."""

        rows: int

    class Interrupted(Message):
        """`ctrl+c` was pressed, and nothing is selected in the composer."""

    class QuitRequested(Message):
        """`ctrl+d` was pressed in an empty composer."""

    @dataclass
    class Paged(Message):
        """The messages are to be scrolled by so many pages; fewer than 0 are upwards."""

        pages: int

    @dataclass
    class Resized(Message):
        """The composer has another height, in rows."""

        height: int

    def __init__(self) -> None:
        super().__init__()
        self.area = PromptArea()
        self._gutter = ComposerGutter()

    @override
    def compose(self) -> ComposeResult:
        yield self._gutter
        yield self.area

    @property
    def prompt(self) -> Prompt:
        """What is written and not sent; setting it puts the cursor at its end."""
        return self.area.prompt

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.area.prompt = prompt

    @property
    def text(self) -> str:
        """The text of the prompt alone; setting it leaves its files."""
        return self.area.text

    @text.setter
    def text(self, text: str) -> None:
        self.area.prompt = Prompt(text, self.area.attachments)

    def clear(self) -> None:
        """Empty the composer; the text can be had back with the arrow up."""
        self.area.clear_prompt()

    def set_rows(self, least: int, most: int) -> None:
        """How many rows the composer has when it is empty, and at most."""
        self.styles.min_height = least
        self.area.styles.max_height = most

    def on_resize(self, event: events.Resize) -> None:
        """Report the height."""
        self.post_message(self.Resized(event.size.height))

    def on_descendant_focus(self) -> None:
        """The keys come here."""
        self._gutter.active = True

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere."""
        self._gutter.active = False
