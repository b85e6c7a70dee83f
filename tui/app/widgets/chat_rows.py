"""The rows of the list of chats, how one is drawn, and the keys that act on them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.styles import BLANK, join, spread, styled
from tui.app.widgets.chat_entries import ChatEntry
from tui.app.widgets.found_chats import draw_snippet
from tui.app.widgets.list import SelectList
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.widgets.list import ListRow
    from tui.store.records import ChatFolder

COST_FROM, MODEL_FROM = 42, 56
"""Cells of a row from which on it has a column of costs, and one of models."""

_COST_CELLS, _MODEL_CELLS = 7, 16

_MARKS = {"●": "model", "◆": "model"}

ON_TRASH = frozenset({"restore", "look", "delete_for_good", "empty_trash"})
"""Ids of the commands that are for chats in the trash."""

_ANYWHERE = frozenset({"filter", "view", "mark"})
_OF_FILTER = frozenset({"filter", "unfilter"})
_BEGINS_TEXT = frozenset({"rename", "tag"})
"""Ids of the commands behind which something is typed."""


class ChatRows(SelectList[ChatEntry]):
    """The rows of the list of chats, and the keys that act on those that are marked, or on the one under the cursor.

    Attributes:
        can_undo: whether something was done that can be undone.
        folder: whose chats they are.
        marks: how many chats are marked.
        filtered: whether something is typed that narrows them.
        more: whether there are chats above and below what is here.
        jumps: whether an end that is not here can be had at once.
        expecting: what rows are on their way, for which all keys wait that come until `arrived`: those of one end of
            the list, or of another one; "" for none.
    """

    DRAWN_BY_LINE: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat_list")]

    can_undo: reactive[bool] = reactive(False, repaint=False, bindings=True)
    folder: reactive["ChatFolder"] = reactive("chats", repaint=False, bindings=True)
    marks: reactive[int] = reactive(0, repaint=False, bindings=True)
    filtered: reactive[bool] = reactive(False, repaint=False, bindings=True)

    @dataclass
    class Called(Message):
        """A command of the list, by its id, for the chats that are marked or the one under the cursor."""

        command: str

    @dataclass
    class EdgeReached(Message):
        """What is read of the list comes to its end on one side; `jump`: its very end is to be shown."""

        down: bool
        jump: bool = False

    def __init__(self) -> None:
        super().__init__()
        self.more = (False, False)
        self.jumps = True
        self.expecting: Literal["", "first", "last", "other"] = ""
        self._waiting: list[Callable[[], None]] = []
        self._text_begun = False  # with what waits last

    @override
    def draw(self, row: "ListRow[ChatEntry]", width: int, chosen: bool) -> Content:
        chat = row.value
        if chat.snippet:
            return Content.assemble("   ", draw_snippet(chat.snippet, width - 4))
        if chat.heading:
            return styled(f" {chat.title}", "muted")
        strong = chat.current or chat.mark == "◆" or (chosen and self.has_focus)
        title = styled(chat.title, "strong" if strong else "text")
        lead = styled("✓", "you") if chat.marked else Content(" ")
        right, room = columns(chat, width), width - 1
        if chat.tags and title.cell_length + cell_len(chat.tags) + right.cell_length + 4 <= room:
            title = join([title, styled(chat.tags, "muted")], 2)
        return Content.assemble(lead, spread(title, right, room, gap=1))

    @override
    def _index_at(self, y: int) -> int:
        """What was found in a chat is a part of its row."""
        index = y + self.scroll_offset.y
        return super()._index_at(y - 1 if 0 <= index < len(self.lines) and self.lines[index].value.snippet else y)

    # What is beyond the rows.

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have more read before the end of what is here comes into view."""
        super().watch_scroll_y(old_value, new_value)
        self.look_ahead()

    def look_ahead(self) -> None:
        """Ask for more rows where fewer than two screens are left."""
        above, below = self.more
        left, reach = len(self.lines) - self.scroll_offset.y - self.size.height, 2 * self.size.height
        if below and left < reach:
            self.post_message(self.EdgeReached(down=True))
        elif above and self.scroll_offset.y < reach:
            self.post_message(self.EdgeReached(down=False))

    def arrived(self) -> None:
        """The rows that were expected are here: do what the keys said that came meanwhile."""
        self.expecting, self._text_begun = "", False
        while self._waiting and not self.expecting:
            self._waiting.pop(0)()

    def _wait(self, action: Callable[[], None], *, begins_text: bool = False) -> None:
        """Do something once the rows are there; letters of a text that has begun by then are no commands."""
        if not self._text_begun:
            self._waiting.append(action)
            self._text_begun = begins_text

    @override
    def action_first(self) -> None:
        if self.expecting:
            self._wait(self.action_first)
        elif self.more[0] and self.jumps:
            self._jump(down=False)
        else:
            super().action_first()

    @override
    def action_last(self) -> None:
        if self.expecting:
            self._wait(self.action_last)
        elif self.more[1] and self.jumps:
            self._jump(down=True)
        else:
            super().action_last()

    def forsake(self) -> None:
        """The rows that were expected do not come: neither is done what the keys said."""
        self.expecting, self._text_begun = "", False
        self._waiting.clear()

    def _jump(self, *, down: bool) -> None:
        self.expecting = "last" if down else "first"
        self.post_message(self.EdgeReached(down, jump=True))

    # Keys.

    @override
    def action_move(self, steps: int) -> None:
        if self.expecting:
            self._wait(partial(self.action_move, steps))
        else:
            super().action_move(steps)

    def action_act(self, command: str) -> None:
        """Have a command of the list done, by its id."""
        if self.expecting and command not in _OF_FILTER:  # for which the rows do not matter
            self._wait(partial(self._act_if_it_can, command), begins_text=command in _BEGINS_TEXT)
        elif command == "choose":
            self.action_choose()
        else:
            self.post_message(self.Called(command))

    def _act_if_it_can(self, command: str) -> None:
        """Have a command done that was called for other rows."""
        if self.check_action("act", (command,)):
            self.action_act(command)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be done to a row where there is none, and in the trash only what is for the trash."""
        if action != "act":
            return True
        command = str(parameters[0])
        alone: dict[str, Callable[[], bool]] = {
            "undo": lambda: self.can_undo and self.folder != "trash",
            "unmark": lambda: bool(self.marks),
            "unfilter": lambda: self.filtered and not self.marks,
            "empty_trash": lambda: self.folder == "trash" and bool(self.lines) and bool(self._places()),
            "mark": lambda: bool(self.key),
        }
        if command in alone:
            return alone[command]()
        if command in _ANYWHERE:
            return True
        return bool(self.key or self.marks) and (command in ON_TRASH) == (self.folder == "trash")


def columns(chat: ChatEntry, width: int) -> Content:
    """What stands at the right end: model and cost where there is room for a column of them, age, mark."""
    parts: list[Content] = []
    if width >= MODEL_FROM:
        parts.append(_cut(clean_line(ModelId.parse(chat.model).name), _MODEL_CELLS))
    if width >= COST_FROM:
        parts.append(styled(chat.cost.rjust(_COST_CELLS), "muted"))
    mark = styled(chat.mark or " ", _MARKS.get(chat.mark, "care"))
    age = styled(chat.age.rjust(4 if parts else 0), "muted")
    return Content.assemble(*(Content.assemble(part, " ") for part in parts), age, " ", mark, "  ")


def _cut(text: str, cells: int) -> Content:
    """Text of exactly so many cells."""
    return spread(styled(text, "muted"), BLANK, cells)


def marked_or_here(marked: Sequence[str], here: str) -> tuple[str, ...]:
    """The chats that a key is for: those that are marked, else the one under the cursor."""
    return tuple(marked) or ((here,) if here else ())
