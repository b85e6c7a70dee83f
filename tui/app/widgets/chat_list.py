"""The list of chats: grouped by age, filtered as you type, renamed in place. Set by attributes."""

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
from textual.widgets import Input
from typing_extensions import override

from tui.app.commands import BY_ID, bindings
from tui.app.keymap.keymap import Keymap
from tui.app.styles import StyledText, key_hint, spread, styled
from tui.app.widgets.chat_entries import ChatEntry, chat_entries
from tui.app.widgets.field import Field
from tui.app.widgets.found_chats import FoundChats, draw_snippet
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.resizable import ResizablePane
from tui.store.records import Conversation


class ChatRows(SelectList[ChatEntry]):
    """The rows of the list of chats, and the keys that act on the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat_list")]

    can_undo: reactive[bool] = reactive(False, repaint=False, bindings=True)

    @dataclass
    class RenameRequested(Message):
        """The row of this chat is to become a field."""

        conversation_id: str

    class FilterRequested(Message):
        """The keys are to go to the filter."""

    @override
    def draw(self, row: ListRow[ChatEntry], width: int, chosen: bool) -> Content:
        chat = row.value
        if chat.snippet:
            return Content.assemble("   ", draw_snippet(chat.snippet, width - 4))
        if chat.heading:
            return styled(f" {chat.title}", "muted")
        mark = styled(chat.mark or " ", "model" if chat.mark == "●" else "care")
        strong = chat.current or (chosen and self.has_focus)
        right = Content.assemble(styled(chat.age, "muted"), " ", mark, "  ")
        title = styled(chat.title, "strong" if strong else "text")
        return Content.assemble(" ", spread(title, right, width - 1, gap=1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have more found before the end of what was found comes into view."""
        super().watch_scroll_y(old_value, new_value)
        if len(self.lines) - self.scroll_offset.y < 2 * self.size.height:
            self.post_message(ChatList.MoreWanted())

    @override
    def _index_at(self, y: int) -> int:
        """What was found in a chat is a part of its row."""
        index = y + self.scroll_offset.y
        return super()._index_at(y - 1 if 0 <= index < len(self.lines) and self.lines[index].value.snippet else y)

    def action_rename(self) -> None:
        """Ask for another name."""
        self.post_message(self.RenameRequested(self.key))

    def action_delete(self) -> None:
        """Ask for the chat to be deleted."""
        self.post_message(ChatList.DeleteRequested(self.key))

    def action_undo_delete(self) -> None:
        """Ask for the chat that was deleted last."""
        self.post_message(ChatList.UndoRequested())

    def action_filter(self) -> None:
        """Ask for the filter."""
        self.post_message(self.FilterRequested())

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be done to a row where there is none."""
        if action == "undo_delete":
            return self.can_undo
        return bool(self.key) if action in ("choose", "rename", "delete") else True


class ChatListTitle(StyledText):
    """The product's name, and the way to a new chat."""

    DEFAULT_CSS = "ChatListTitle { height: 1; padding: 0 2; }"

    keymap: reactive[Keymap] = reactive(Keymap)

    @override
    def render(self) -> Content:
        new = key_hint(self.keymap.shown("chat.new_chat"), BY_ID["chat.new_chat"].label)
        return spread(styled("chinwag", "you"), new, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """The right half makes a new chat."""
        if event.x > self.size.width // 2:
            self.post_message(ChatList.NewRequested())


class ChatList(ResizablePane, Vertical):
    """The pane of chats.

    Attributes:
        conversations: those of the list, the newest first.
        current: id of the conversation that is shown.
        running: ids of those in which a reply comes in.
        drafts: ids of those in which something is written and not sent.
        asking: ids of those in which a tool waits for the person.
        can_undo: whether a chat was deleted and can come back.
        found: what a search in all that was said has come to.
    """

    DEFAULT_CSS = """
    ChatList {
        layers: base above;
        &:ansi, &:nocolor { border-right: solid $foreground 20%; }
        & > ChatListTitle { margin-bottom: 1; }
        & > Horizontal { height: 1; padding: 0 2; margin-bottom: 1; }
        & > Horizontal > Line { width: 2; }
        & > #rename { layer: above; position: absolute; background: $primary-muted; }
    }
    """

    conversations: reactive[Sequence[Conversation]] = reactive(())
    current: reactive[str] = reactive("")
    running: reactive[frozenset[str]] = reactive(frozenset())
    drafts: reactive[frozenset[str]] = reactive(frozenset())
    asking: reactive[frozenset[str]] = reactive(frozenset())
    can_undo: reactive[bool] = reactive(False)
    found: reactive[FoundChats] = reactive(FoundChats())
    keymap: reactive[Keymap] = reactive(Keymap)

    @dataclass
    class Opened(Message):
        """A chat was chosen, and is to be shown.

        Attributes:
            message_id: where something was found in it; "" for none.
            words: what was typed to find it there; raw.
        """

        conversation_id: str
        message_id: str = ""
        words: str = ""

    @dataclass
    class Searched(Message):
        """Something was typed that is to be found in all chats; `found` is to be set."""

        typed: str

    class MoreWanted(Message):
        """The end of what was found comes into view: `found` is to be set with more of it."""

    class NewRequested(Message):
        """An empty chat is to be shown."""

    @dataclass
    class Renamed(Message):
        """A chat was given another name, which is to be kept."""

        conversation_id: str
        title: str

    @dataclass
    class DeleteRequested(Message):
        """A chat is to be deleted; the person was not asked yet."""

        conversation_id: str

    class UndoRequested(Message):
        """The chat that was deleted last is to come back."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ChatRows()
        self._title = ChatListTitle()
        self.filter = Field(placeholder="filter chats", id="filter")
        self._renaming = ""

    @override
    def compose(self) -> ComposeResult:
        yield self._title
        with Horizontal():
            yield Line(styled("/", "key"))
            yield self.filter
        yield self.rows

    def on_mount(self) -> None:
        """Draw what was set before."""
        self._show(at=self._current_key)

    def focus_list(self) -> None:
        """Put the keys where a chat can be chosen."""
        self.rows.focus()

    def has(self, conversation_id: str) -> bool:
        """Whether a chat is in the list."""
        return any(chat.id == conversation_id for chat in self.conversations)

    # Drawing.

    def _watch_any(self) -> None:
        if self.is_mounted:
            # While the keys are elsewhere, the cursor stands on the chat that is shown.
            self._show(at=None if self.has_focus_within else self._current_key)

    watch_conversations = watch_running = watch_drafts = watch_asking = watch_current = watch_found = _watch_any

    def watch_can_undo(self, can_undo: bool) -> None:
        """Hand it on to where the key acts."""
        self.rows.can_undo = can_undo

    def watch_keymap(self, keymap: Keymap) -> None:
        """Hand it on to the title, which names a key."""
        self._title.keymap = keymap

    @property
    def _current_key(self) -> str:
        """The key of the row of the chat that is shown; "" for one that is too new to be in the list."""
        return self.current if self.has(self.current) else ""

    def _show(self, at: str | None = None) -> None:
        rows = chat_entries(
            self.conversations,
            datetime.now(UTC),
            query=self.filter.value,
            current=self.current,
            running=self.running,
            drafts=self.drafts,
            asking=self.asking,
            found=self._found_now,
        )
        self.rows.show(rows, at=at)

    @property
    def _found_now(self) -> FoundChats | None:
        """What was found of what is typed now; None while nothing is known of it."""
        return self.found if self.filter.value.strip() and self.found.typed == self.filter.value else None

    # Choosing, and the filter.

    @on(ChatRows.Chosen)
    def _choose(self, event: ChatRows.Chosen) -> None:
        event.stop()
        self._open(event.key)

    def _open(self, conversation_id: str) -> None:
        """Have a chat shown, at the message for which it is in the list."""
        named = {row.key for row in chat_entries(self.conversations, datetime.now(UTC), query=self.filter.value)}
        hit = self._found_now.hit(conversation_id) if self._found_now and conversation_id not in named else None
        if hit is None:
            self.post_message(self.Opened(conversation_id))
        else:
            self.post_message(self.Opened(conversation_id, hit.message_id, self.filter.value))

    @on(ChatRows.Moved)
    def _refresh_keys(self, event: ChatRows.Moved) -> None:
        event.stop()
        self.rows.refresh_bindings()

    @on(ChatRows.FilterRequested)
    def _focus_filter(self, event: ChatRows.FilterRequested) -> None:
        event.stop()
        self.filter.focus()

    @on(Field.Changed, "#filter")
    def _filter(self, event: Field.Changed) -> None:
        event.stop()
        self._show()
        self.post_message(self.Searched(event.value))

    @on(Field.Submitted, "#filter")
    def _open_first(self, event: Field.Submitted) -> None:
        event.stop()
        if self.rows.key:
            self._open(self.rows.key)
            self.filter.value = ""  # found: who looks again looks for something else

    @on(Field.Cancelled, "#filter")
    def _clear_filter(self, event: Field.Cancelled) -> None:
        event.stop()
        self.filter.value = ""
        self.rows.focus()

    def on_key(self, event: events.Key) -> None:
        """From the filter, down goes into the list."""
        if event.key == "down" and self.filter.has_focus:
            event.stop()
            self.rows.focus()

    # Renaming.

    @on(ChatRows.RenameRequested)
    def _rename_row(self, event: ChatRows.RenameRequested) -> None:
        event.stop()
        self.start_rename(event.conversation_id)

    def start_rename(self, conversation_id: str) -> None:
        """Turn the row of a chat into a field with its name; nothing happens for one that is not in the list."""
        index = next((n for n, line in enumerate(self.rows.lines) if line.key == conversation_id), -1)
        title = next((chat.title for chat in self.conversations if chat.id == conversation_id), None)
        if index < 0 or self._renaming or title is None:
            return
        self._renaming = conversation_id
        field = Field(title, id="rename", select=True, limit=200)
        field.styles.offset = (2, self.rows.region.y - self.region.y + index - self.rows.scroll_offset.y)
        field.styles.width = self.rows.size.width - 4
        self.mount(field)
        field.focus()

    @on(Field.Submitted, "#rename")
    async def _rename(self, event: Field.Submitted) -> None:
        event.stop()
        if title := event.value.strip():
            self.post_message(self.Renamed(self._renaming, title))
        await self._end_rename(event.input)

    @on(Field.Cancelled, "#rename")
    async def _keep_name(self, event: Field.Cancelled) -> None:
        event.stop()
        await self._end_rename(event.field)

    @on(Field.Blurred, "#rename")
    async def _abandon_rename(self, event: Field.Blurred) -> None:
        event.stop()
        if self._renaming:
            self._renaming = ""
            await event.input.remove()

    async def _end_rename(self, field: Input) -> None:
        self._renaming = ""
        self.rows.focus()
        await field.remove()
