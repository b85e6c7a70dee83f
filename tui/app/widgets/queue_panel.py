"""The list above the composer: prompts that wait, the next one first. Not there while none waits."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, join, key_hint, spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.dataclass import dataclass
from tui.figures import counted
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.unsent import QueuedPrompt

ROWS = 3
_END_CELLS = 3
"""The cross at the end of a row and what is around it."""
_LONGEST = 400


class QueuePanel(SelectList["QueuedPrompt"]):
    """The prompts of the chat that is shown, of which three can be seen at once.

    Attributes:
        prompts: those that wait, the next one first.
        model: id of the model that answers in this chat; another one is named.
        stuck: nothing sends them but the person: Enter in an empty composer does.
        writing: the composer is not empty: Enter sends what is there.
    """

    DEFAULT_CSS = "QueuePanel { display: none; background: $surface; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("queue")]

    prompts: "reactive[tuple[QueuedPrompt, ...]]" = reactive((), repaint=False)
    model: reactive[str] = reactive("")
    stuck: reactive[bool] = reactive(False)
    writing: reactive[bool] = reactive(False)
    keymap: reactive[Keymap] = reactive(Keymap)

    @dataclass
    class Requested(Message):
        """Something is to be done with a prompt that waits; `command` is the command's id, `id` the prompt's."""

        command: str
        id: str

    def watch_prompts(self) -> None:
        """Take as many rows as there are prompts, and none while nothing waits."""
        self.display = bool(self.prompts)
        self.styles.height = min(len(self.prompts), ROWS)
        rows = [ListRow(queued.id, queued) for queued in self.prompts]
        self.show(rows, at=None if self.has_focus else "")
        self.refresh_bindings()

    def on_blur(self) -> None:
        """There is a cursor only where there is the focus."""
        self.cursor = -1
        self.scroll_home(animate=False)

    # What can be done.

    def action_command(self, command: str) -> None:
        """Ask for what a command says."""
        self.post_message(self.Requested(command, self.key))

    @override
    def action_choose(self) -> None:
        """Ask for the prompt under the cursor to be written further."""
        self.action_command("edit_queued")

    @override
    def on_click(self, event: events.Click) -> None:
        """The cross drops a prompt, a click goes to it, a double click takes it into the composer."""
        event.prevent_default()  # the base class would choose at once
        index = self._index_at(event.y)
        if index < 0:
            return
        if event.x >= self.size.width - _END_CELLS:
            self.post_message(self.Requested("drop_queued", self.lines[index].key))
            return
        self.cursor = index
        if event.chain > 1:
            self.action_choose()

    # Drawing.

    @override
    def draw(self, row: "ListRow[QueuedPrompt]", width: int, chosen: bool) -> Content:
        queued = row.value
        place = next(index for index, line in enumerate(self.lines) if line.key == row.key)
        number = f"{len(self.lines)}"
        first = place == self.scroll_offset.y
        head = join([styled("◷", "care"), styled(number, "text"), styled("queued", "muted")])
        if not first:
            head = Content(" " * head.cell_length)
        text = styled(clean_line(queued.prompt.text[:_LONGEST], _LONGEST), "strong" if chosen else "text")
        left = join([head, text], 2)
        right = join([*self._facts(queued), self._beside(place, first), styled("✕", "muted")], 2)
        return Content.assemble(" ", spread(left, Content.assemble(right, " "), width - 1))

    def _facts(self, queued: "QueuedPrompt") -> list[Content]:
        """What goes along, and who is to answer if that is not who answers in this chat."""
        files = len(queued.prompt.attachments)
        other = queued.model != self.model
        return [
            styled(counted(files, "file"), "muted") if files else BLANK,
            styled(clean_line(ModelId.parse(queued.model).name, 30), "model") if other else BLANK,
        ]

    def _beside(self, place: int, first: bool) -> Content:
        """What the keys do, on the first row; how many more there are, on the last one."""
        if first and self.has_focus:
            return BLANK  # the line of keys says it
        if first:
            change = key_hint(self.keymap.shown("layout.queue"), "change")
            sends = self.stuck and not self.writing
            return join([key_hint("↵", "send"), styled("·", "muted"), change]) if sends else change
        below = len(self.lines) - place - 1
        at_end = place == self.scroll_offset.y + self.size.height - 1
        return styled(f"+{below} more", "muted") if at_end and below else BLANK
