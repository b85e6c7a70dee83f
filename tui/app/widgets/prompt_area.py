"""The text area of the composer: keys, what was sent before, and the prompt as one value. Knows nothing around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea
from typing_extensions import override

from tui.app.commands import BY_ID, bindings
from tui.app.slash import SlashCall, slash_call
from tui.app.widgets.prompt_completion import PromptCompletion
from tui.chat.prompt import Prompt, PromptAttachment

if TYPE_CHECKING:
    from tui.app.completion.suggestions import Suggestions

_NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter", "shift+\r", "alt+enter", "alt+ctrl+j", "ctrl+shift+enter"})
"""`shift+\\r` is what Textual's own parser makes of `CSI 27;2;13~`, the Shift+Enter of modifyOtherKeys."""
_SEND_KEYS = frozenset({"enter", "ctrl+enter", "ctrl+\r", "f5"})
_REMEMBERED = 200


class PromptArea(TextArea):
    """The text area of the composer, with the files that go along. Posts its composer's messages.

    A prompt leaves as one value in the handler of its key: keys that are typed behind Enter belong to the next one.

    Attributes:
        attachments: files of the prompt that is being written.
        completion: what can be completed at the cursor.
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
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("completion"), *bindings("composer")]

    @dataclass
    class Sent(Message):
        """A prompt was written and sent; the composer is empty again."""

        prompt: Prompt

    class Interrupted(Message):
        """`ctrl+c` was pressed, and nothing is selected in the composer."""

    class QuitRequested(Message):
        """`ctrl+d` was pressed in an empty composer."""

    @dataclass
    class Paged(Message):
        """The messages are to be scrolled by so many pages; fewer than 0 are upwards."""

        pages: int

    @dataclass
    class AttachRequested(Message):
        """A file, a folder or a web page is to go along: `source` is its path or its address, as it was given."""

        source: str

    @dataclass
    class Called(Message):
        """A command was typed; if it can be done as it was typed, it has left the area."""

        call: SlashCall

    @dataclass
    class Completing(Message):
        """Other completions are to be listed, with the one of an index marked; None for no list."""

        found: "Suggestions | None"
        index: int

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content("Ask anything")
        )
        self.attachments: tuple[PromptAttachment, ...] = ()
        self.completion = PromptCompletion(self)
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
        if await self.completion.take(key):
            self._take(event)
        elif key in _NEWLINE_KEYS or (key in _SEND_KEYS and self._remove_backslash()):
            self._take(event)
            self.action_newline()
        elif key in _SEND_KEYS:
            self._take(event)
            self.action_send()
        elif key == "ctrl+d" and not self.text:
            self._take(event)
            self.post_message(self.QuitRequested())

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
            return
        if (call := slash_call(prompt.text)) is not None:
            self._call(call)
            return
        self.clear_prompt()
        self.post_message(self.Sent(prompt))

    def _call(self, call: SlashCall) -> None:
        """Hand over a command; its files wait for a prompt, and one that cannot be done stays to be mended."""
        if not call.problem:
            self.remember_call()
            self.text = ""
        self.post_message(self.Called(call))

    def action_attach(self, source: str = "") -> None:
        """Ask for a file or a page to go along; without one, begin to name it."""
        if source:
            self.post_message(self.AttachRequested(source))
        else:
            self.focus()
            before = self.document[self.cursor_location[0]][: self.cursor_location[1]]
            self.insert(" @" if before and not before[-1].isspace() else "@")

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
            self.post_message(self.Interrupted())

    @override
    def action_cursor_page_up(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(self.Paged(-1))

    @override
    def action_cursor_page_down(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(self.Paged(1))

    # Completions.

    def key_bindings(self, key: str) -> Sequence[Binding]:
        """What a key is bound to here, as a keymap has it."""
        return self._bindings.key_to_bindings.get(key, ())

    def show_completions(self, found: "Suggestions | None", index: int, *, moved: bool) -> None:
        """Ask for a list to be drawn; other keys act when it was opened or closed."""
        self.post_message(self.Completing(found, index))
        if moved:
            self.refresh_bindings()

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    @on(events.Focus)
    @on(events.Blur)
    def _look_again(self) -> None:
        self.completion.changed()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the list act while there is one; Enter sends unless it takes a row."""
        if f"completion.{action}" in BY_ID:
            return self.completion.is_open and (action != "accept" or self.completion.has_mark)
        return not (action == "send" and self.completion.has_mark)

    def action_accept(self) -> None:
        """Take what is marked in the list."""
        self.completion.act("accept")

    def action_complete(self) -> None:
        """Write out what is marked in the list."""
        self.completion.act("complete")

    def action_mark_next(self) -> None:
        """Mark the next row of the list."""
        self.completion.act("mark_next")

    def action_mark_previous(self) -> None:
        """Mark the row of the list before."""
        self.completion.act("mark_previous")

    def action_dismiss(self) -> None:
        """Close the list."""
        self.completion.act("dismiss")

    # What was sent before.

    def remember_call(self) -> None:
        """Keep what is written for the arrow up, if it is a command."""
        if self.text.startswith("/") and self.document.line_count == 1:
            self._remember(self.text)

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
        else:
            super().action_cursor_up(select)

    @override
    def action_cursor_down(self, select: bool = False) -> None:
        """Go down; from the last line, back to what was written last."""
        at_end = self.navigator.is_last_wrapped_line(self.cursor_location)
        if not select and at_end and self._place < len(self._past):
            self._recall(1)
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
