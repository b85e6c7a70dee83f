"""The list of chats: grouped by age, filtered as you type, renamed in place. Told what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.app.commands import bindings, key_text
from tui.app.widgets.edge import Pane
from tui.app.widgets.field import Field
from tui.app.widgets.ink import BLANK, Inked, ink, join, spread
from tui.app.widgets.rows import Row, Rows
from tui.figures import age, age_group
from tui.store.records import Conversation
from tui.text import clean_line


@dataclass(frozen=True, slots=True)
class Chat:
    """What one row of the list shows; a heading has no conversation."""

    title: str
    age: str = ""
    mark: str = ""
    current: bool = False
    heading: bool = False


class ChatRows(Rows[Chat]):
    """The rows of the list of chats."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("history")]

    can_undo: reactive[bool] = reactive(False, repaint=False, bindings=True)

    @dataclass
    class Wanted(Message):
        """Something is to happen to a chat: "rename", "delete", "filter" or "undo"."""

        what: str
        key: str

    def draw(self, row: Row[Chat], width: int, chosen: bool) -> Content:
        """Draw a chat as name, age and mark, or a heading."""
        chat = row.value
        if chat.heading:
            return join([BLANK, ink(f" {chat.title}", "muted"), ink(chat.age, "muted")], 2)
        mark = ink(chat.mark or " ", "model" if chat.mark == "●" else "care")
        strong = chat.current or (chosen and self.has_focus)
        right = Content.assemble(ink(chat.age, "muted"), " ", mark, "  ")
        return Content.assemble(" ", spread(ink(chat.title, "strong" if strong else "text"), right, width - 1, gap=1))

    def action_rename(self) -> None:
        """Ask for another name."""
        self.post_message(self.Wanted("rename", self.key))

    def action_delete(self) -> None:
        """Ask for the chat to be deleted."""
        self.post_message(self.Wanted("delete", self.key))

    def action_filter(self) -> None:
        """Ask for the filter."""
        self.post_message(self.Wanted("filter", self.key))

    def action_undo_delete(self) -> None:
        """Ask for the chat that was deleted last."""
        self.post_message(self.Wanted("undo", ""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be done to a row where there is none."""
        if action == "undo_delete":
            return self.can_undo
        return bool(self.key) if action in ("choose", "rename", "delete") else True


class _Head(Inked):
    """The product's name and the way to a new chat."""

    def render(self) -> Content:
        new = join([ink(key_text("ctrl+n"), "key"), ink("new", "muted")])
        return spread(ink("chinwag", "you"), new, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """The right half makes a new chat."""
        if event.x > self.size.width // 2:
            self.post_message(History.NewWanted())


class History(Pane, Vertical):
    """The pane of chats."""

    DEFAULT_CSS = """
    History {
        layers: base above;
        &:ansi, &:nocolor { border-right: solid $foreground 20%; }
        & > _Head { height: 1; padding: 0 2; margin-bottom: 1; }
        & > Horizontal { height: 1; padding: 0 2; margin-bottom: 1; }
        & > Horizontal > Widget { width: 2; height: 1; }
        & > Horizontal > Field { width: 1fr; }
        & > #rename { layer: above; position: absolute; height: 1; background: $primary-muted; }
    }
    """

    conversations: reactive[Sequence[Conversation]] = reactive(())
    current: reactive[str] = reactive("")
    running: reactive[frozenset[str]] = reactive(frozenset())
    drafts: reactive[frozenset[str]] = reactive(frozenset())

    @dataclass
    class Opened(Message):
        """A chat is to be shown."""

        conversation_id: str

    class NewWanted(Message):
        """The words "new" were clicked."""

    @dataclass
    class Renamed(Message):
        """A chat has another name."""

        conversation_id: str
        title: str

    @dataclass
    class DeleteWanted(Message):
        """A chat is to be deleted; whoever hears it asks first."""

        conversation_id: str

    def __init__(self) -> None:
        super().__init__()
        self.rows = ChatRows()
        self.filter = Field(placeholder="filter chats", id="filter")
        self._renaming = ""

    def compose(self) -> ComposeResult:
        """Name, filter, list."""
        yield _Head()
        with Horizontal():
            yield _Slash()
            yield self.filter
        yield self.rows

    def _watch_any(self) -> None:
        if self.is_mounted:
            # Who is not in the list has the cursor on the chat that is shown.
            self._show(at=None if self.has_focus_within else self._current_key)

    watch_conversations = watch_running = watch_drafts = watch_current = _watch_any

    def on_mount(self) -> None:
        """Draw what was told before."""
        self._show(at=self._current_key)

    @property
    def _current_key(self) -> str:
        """The key of the row of the chat that is shown; "" for one that is too new to be in the list."""
        return self.current if any(chat.id == self.current for chat in self.conversations) else ""

    def _show(self, at: str | None = None) -> None:
        now = datetime.now(UTC)
        words = self.filter.value.casefold().split()
        lines: list[Row[Chat]] = []
        group = ""
        for conversation in self.conversations:
            title = clean_line(conversation.title) or "New chat"
            if not all(word in title.casefold() for word in words):
                continue
            heading = age_group(conversation.updated_at, now)
            if heading != group:
                lines += [Row("", Chat("", heading=True))] if group else []
                lines.append(Row("", Chat(heading, heading=True)))
                group = heading
            lines.append(Row(conversation.id, self._chat(conversation, title, now)))
        if not lines:
            lines = [Row("", Chat("No chat has that name" if words else "No chats yet", heading=True))]
        self.rows.show(lines, at=at)

    def _chat(self, conversation: Conversation, title: str, now: datetime) -> Chat:
        mark = "●" if conversation.id in self.running else "✎" if conversation.id in self.drafts else ""
        return Chat(title, age(conversation.updated_at, now), mark, conversation.id == self.current)

    def focus_list(self) -> None:
        """Put the keys where a chat can be chosen."""
        self.rows.focus()

    def start_rename(self, conversation_id: str) -> None:
        """Turn the row of a chat into a field with its name."""
        index = next((n for n, line in enumerate(self.rows.lines) if line.key == conversation_id), -1)
        if index < 0 or self._renaming:
            return
        self._renaming = conversation_id
        title = next(chat.title for chat in self.conversations if chat.id == conversation_id)
        field = Field(title, id="rename", select=True, limit=200)
        field.styles.offset = (2, self.rows.region.y - self.region.y + index - self.rows.scroll_offset.y)
        field.styles.width = self.rows.size.width - 4
        self.mount(field)
        field.focus()

    @on(Field.Changed, "#filter")
    def _filter(self, event: Field.Changed) -> None:
        event.stop()
        self._show()

    @on(Field.Submitted, "#filter")
    def _open_first(self, event: Field.Submitted) -> None:
        event.stop()
        self.rows.action_choose()

    @on(Field.Left, "#filter")
    def _clear_filter(self, event: Field.Left) -> None:
        event.stop()
        self.filter.value = ""
        self.rows.focus()

    @on(Field.Submitted, "#rename")
    async def _rename(self, event: Field.Submitted) -> None:
        event.stop()
        if title := event.value.strip():
            self.post_message(self.Renamed(self._renaming, title))
        await self._end_rename(event.input)

    @on(Field.Left, "#rename")
    async def _keep_name(self, event: Field.Left) -> None:
        event.stop()
        await self._end_rename(event.field)

    @on(Field.Blurred, "#rename")
    async def _drop_rename(self, event: Field.Blurred) -> None:
        event.stop()
        if self._renaming:
            self._renaming = ""
            await event.input.remove()

    async def _end_rename(self, field: Widget) -> None:
        self._renaming = ""
        self.rows.focus()
        await field.remove()

    @on(ChatRows.Chosen)
    def _choose(self, event: ChatRows.Chosen) -> None:
        event.stop()
        self.post_message(self.Opened(event.key))

    @on(ChatRows.Moved)
    def _moved(self, event: ChatRows.Moved) -> None:
        event.stop()
        self.rows.refresh_bindings()

    @on(ChatRows.Wanted)
    def _act(self, event: ChatRows.Wanted) -> None:
        if event.what == "undo":
            return  # the screen knows what was deleted
        event.stop()
        if event.what == "rename":
            self.start_rename(event.key)
        elif event.what == "delete":
            self.post_message(self.DeleteWanted(event.key))
        else:
            self.filter.focus()

    def on_key(self, event: events.Key) -> None:
        """From the filter, down goes into the list."""
        if event.key == "down" and self.filter.has_focus:
            event.stop()
            self.rows.focus()


class _Slash(Inked):
    """The key before the filter."""

    def render(self) -> Content:
        return ink("/", "key")
