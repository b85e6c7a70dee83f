"""The text area of the composer: keys, pastes, what was sent before, and the prompt as one value.

Knows nothing around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.keymap.keymap import Keymap, spellings_of
from tui.app.widgets.folding_area import FoldingArea
from tui.app.widgets.prompt_history import PromptHistory
from tui.chat.prompt import Prompt
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.prompt import PromptAttachment

_NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter", "shift+\r", "alt+enter", "alt+ctrl+j", "ctrl+shift+enter"})
"""`shift+\\r` is what Textual's own parser makes of `CSI 27;2;13~`, the Shift+Enter of modifyOtherKeys."""
_SEND_KEYS = frozenset({"enter", "ctrl+enter", "ctrl+\r", "f5"})


class PromptArea(FoldingArea):
    """The text area of the composer, with the files that go along.

    A prompt leaves as one value in the handler of its key: keys that are typed behind Enter belong to the next one.

    Attributes:
        keymap: says which keys send, and which break the line.
        attachments: files of the prompt that is being written.
        reading: how many more are being read: a prompt that is sent meanwhile waits for them.
        send_wanted: it was sent, and waits.
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

    attachments: reactive[tuple["PromptAttachment", ...]] = reactive((), repaint=False)
    reading: reactive[int] = reactive(0, repaint=False)
    send_wanted: reactive[bool] = reactive(False, repaint=False)

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
    class AttachRequested(Message):
        """A file, a folder or a web page is to go along: `source` is its path or its address, as it was given."""

        source: str

    @dataclass
    class ReadingCancelled(Message):
        """A file that is being read is not wanted any more: `index` says which, None all of them."""

        index: int | None = None

    class ChipsRequested(Message):
        """The keys are to go to the files below the text."""

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content("Ask anything")
        )
        self.keymap = Keymap()
        self._history = PromptHistory()
        self._removed: list[PromptAttachment] = []  # since the text was changed last

    # The prompt.

    @property
    def prompt(self) -> Prompt:
        """What is written and not sent."""
        return Prompt(self.full_text, self.attachments)

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self._removed.clear()
        self.send_wanted = False
        self.attachments = prompt.attachments
        self.full_text = prompt.text

    @property
    def draft(self) -> Prompt:
        """What is to be kept: while an earlier prompt is looked at, what was being written before."""
        unsent = self._history.unsent_below(self.full_text)
        return self.prompt if unsent is None else Prompt(unsent, self.attachments)

    def take(self, text: str) -> None:
        """Take another text in the place of what is written, which undo brings back."""
        folded = self._pastes.fold_again(text)
        self.move_cursor(self.replace(folded, (0, 0), self.document.end, maintain_selection_offset=False).end_location)

    def remember_texts(self, texts: Sequence[str]) -> None:
        """Take the prompts of another chat, the oldest first, for the arrow up."""
        self._history.load(texts)

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all stands here: a look at one line, not at the whole text."""
        return self.document.end == (0, 0)

    # Keys.

    @property
    def _newline_keys(self) -> frozenset[str]:
        return spellings_of(self.keymap, "composer.newline", _NEWLINE_KEYS)

    @property
    def _send_keys(self) -> frozenset[str]:
        return spellings_of(self.keymap, "composer.send", _SEND_KEYS)

    async def _on_key(self, event: events.Key) -> None:
        # What is not taken here goes to the base class: Textual calls the handlers of all classes in turn.
        key = event.key
        if key in self._newline_keys | self._send_keys and self.open_selected_paste():
            self._take(event)
        elif key in self._newline_keys or (key in self._send_keys and self._remove_backslash()):
            self._take(event)
            self.action_newline()
        elif key in self._send_keys:
            self._take(event)
            self.action_send()
        elif key == "escape" and (self.send_wanted or self.reading):
            self._take(event)
            self._cancel()
        elif key == "ctrl+d" and not self.text:
            self._take(event)
            self.post_message(self.QuitRequested())
        elif event.is_printable:
            self.leave_paste()

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _cancel(self) -> None:
        """Not to be sent yet; if it was not to be sent, what is being read is not wanted."""
        if self.send_wanted:
            self.send_wanted = False
        else:
            self.post_message(self.ReadingCancelled())

    def _remove_backslash(self) -> bool:
        """Take away the backslash before the cursor, which makes Enter a newline; False when there is none."""
        row, column = self.cursor_location
        if self.selection.is_empty and column and self.document[row][column - 1] == "\\":
            self.delete((row, column - 1), (row, column))
            return True
        return False

    def insert_typed(self, text: str) -> None:
        """Insert a text as if it had been typed here."""
        self.leave_paste()
        self.replace(text, *self.selection, maintain_selection_offset=False)

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self.insert_typed("\n")

    def action_send(self) -> None:
        """Hand over what was written."""
        self.send_prompt()

    def send_prompt(self) -> None:
        """Hand over the prompt, and empty the area; a blank one stays, and one whose files are being read."""
        if self.reading:
            self.send_wanted = True
            return
        prompt = self.prompt
        if not prompt:
            if self.is_blank:
                self.post_message(self.Confirmed())
            return
        self.clear_prompt()
        self.post_message(self.Sent(prompt))

    def watch_reading(self, reading: int) -> None:
        """Send what waits for the last file."""
        if not reading and self.send_wanted:
            self.send_wanted = False
            self.action_send()

    def clear_prompt(self) -> None:
        """Empty the area; the text can be had back with the arrow up."""
        self._history.add(self.full_text)
        self.prompt = Prompt()

    def discard_prompt(self) -> None:
        """Empty the area; the arrow up brings the text back, and undo the files."""
        files = self.attachments
        self.clear_prompt()
        self._removed.extend(reversed(files))

    @override
    def action_cursor_page_up(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(self.Paged(-1))

    @override
    def action_cursor_page_down(self) -> None:
        """Page through the messages, not through ten rows of a prompt."""
        self.post_message(self.Paged(1))

    @override
    def action_copy(self) -> None:
        """Copy what is selected here; without a selection, `ctrl+c` is for the screen to judge."""
        if self.selected_text:
            super().action_copy()
        else:
            self.post_message(self.Interrupted())

    @override
    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit: a prompt that waits for its files is not to be sent any more."""
        self.send_wanted = False
        self._removed.clear()
        return super().edit(edit)

    @override
    def action_cursor_left(self, select: bool = False) -> None:
        """Go left: from the start of the text to the files."""
        at_start = self.cursor_location == (0, 0) and self.selection.is_empty
        if at_start and self.attachments and not select:
            self.post_message(self.ChipsRequested())
        else:
            super().action_cursor_left(select)

    # Files.

    def remove_file(self, index: int) -> None:
        """Let a file not go along; undo brings it back until the text is changed."""
        if 0 <= index < len(self.attachments):
            self._removed.append(self.attachments[index])
            self.attachments = self.attachments[:index] + self.attachments[index + 1 :]

    @override
    def action_delete_left(self) -> None:
        """Delete to the left; where nothing is written the last file goes."""
        if self.is_blank and self.attachments:
            self.remove_file(len(self.attachments) - 1)
        else:
            super().action_delete_left()

    @override
    def action_undo(self) -> None:
        """Undo the last edit, or bring back the file removed since; where nothing was written, the key is the app's."""
        if self._removed:
            self.attachments = (*self.attachments, self._removed.pop())
        elif self.is_blank and not (self.history.undo_stack or self.history.redo_stack):
            raise SkipAction
        else:
            super().action_undo()

    # What was sent before.

    @override
    def action_cursor_up(self, select: bool = False) -> None:
        """Go up; from the first line, to what was sent before."""
        at_start = self.navigator.is_first_wrapped_line(self.cursor_location)
        if not select and at_start and self._history.has_earlier:
            self._recall(-1)
        elif self.is_blank:
            self.post_message(self.Stepped(-1))
        else:
            super().action_cursor_up(select)

    @override
    def action_cursor_down(self, select: bool = False) -> None:
        """Go down; from the last line, back to what was written last."""
        at_end = self.navigator.is_last_wrapped_line(self.cursor_location)
        if not select and at_end and self._history.has_later:
            self._recall(1)
        elif self.is_blank:
            self.post_message(self.Stepped(1))
        else:
            super().action_cursor_down(select)

    def _recall(self, step: int) -> None:
        text = self._history.step(step, self.full_text)
        if text is not None:
            self.full_text = text
