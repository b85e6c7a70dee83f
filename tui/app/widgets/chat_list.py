"""The list of chats: grouped by age, filtered as you type, changed in place. Set by attributes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.keymap.keymap import Keymap
from tui.app.styles import styled
from tui.app.widgets.chat_entries import ChatSigns, chat_entries, is_named
from tui.app.widgets.chat_list_title import ChatListTitle
from tui.app.widgets.chat_rows import COST_FROM, ChatRows, marked_or_here
from tui.app.widgets.field import Field
from tui.app.widgets.found_chats import FoundChats
from tui.app.widgets.line import Line
from tui.app.widgets.list_filter import TYPED, next_folder, read_filter
from tui.app.widgets.resizable import ResizablePane
from tui.app.widgets.row_field import RowEditor
from tui.chat.chat_pages import ListedChats
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.widgets.list_filter import ListFilter
    from tui.store.records import ChatFolder, Conversation

Stretch = Literal["again", "up", "down", "first", "last", "found"]
"""What is to be read: the list as it is now, a page more on one side, one of the ends, to go there, or more finds."""


class ChatList(ResizablePane, Vertical):
    """The pane of chats.

    Attributes:
        listed: what is read of the folder that is listed.
        current: id of the conversation that is shown.
        running: ids of those in which a reply comes in.
        drafts: ids of those in which something is written and not sent.
        asking: ids of those in which a tool waits for the person.
        costs: US dollars of chats by their ids, as far as known.
        marked: ids of those that the next key is for, in the order in which they were marked.
        can_undo: whether something was done that can be undone.
        found: what a search in all that was said has come to.
        recent: the newest chats, whatever is listed now.
        invites: where there are no chats at all, it is said how some come in.
    """

    DEFAULT_CSS = """
    ChatList {
        layers: base above;
        &:ansi, &:nocolor { border-right: solid $foreground 20%; }
        & > ChatListTitle { margin-bottom: 1; }
        & > Horizontal { height: 1; padding: 0 2; margin-bottom: 1; }
        & > Horizontal > Line { width: 2; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]

    listed: reactive[ListedChats] = reactive(ListedChats(read=False), always_update=True, repaint=False)
    current: reactive[str] = reactive("", repaint=False)
    running: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)
    drafts: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)
    asking: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)
    costs: reactive[Mapping[str, Decimal]] = reactive(dict, repaint=False)
    marked: reactive[tuple[str, ...]] = reactive((), repaint=False)
    can_undo: reactive[bool] = reactive(False, repaint=False)
    found: reactive[FoundChats] = reactive(FoundChats(), repaint=False)
    keymap: reactive[Keymap] = reactive(Keymap, repaint=False)

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

    @dataclass
    class Wanted(Message):
        """Chats are to be read, of which `listed` is to be set; `typed` says of what folder."""

        stretch: Stretch

    class TagsWanted(Message):
        """Tags are being typed: those that there are are to be offered, by `offer_tags`."""

    @dataclass
    class Requested(Message):
        """A command of the table is to be done with chats.

        Attributes:
            command: its id.
            ids: the chats; () where it is for none of them.
            typed: what was typed for it: a name, or tags.
        """

        command: str
        ids: tuple[str, ...] = ()
        typed: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ChatRows()
        self._title = ChatListTitle()
        self.filter = Field(placeholder="filter chats", id="filter")
        self.recent: Sequence[Conversation] = ()
        self.invites = True
        self._asked: Stretch | Literal[""] = ""  # what is being read
        self._editor = RowEditor(self, self.rows)
        self._waits = False  # to open the first chat that is found

    @override
    def compose(self) -> ComposeResult:
        yield self._title
        with Horizontal():
            yield Line(styled("/", "key"))
            yield self.filter
        yield self.rows

    def on_mount(self) -> None:
        """Draw what was set before."""
        self._show(follow=True)

    def fail(self) -> None:
        """What was wanted could not be read."""
        self._asked = self.filter.value = ""
        self.rows.forsake()

    def focus_list(self) -> None:
        """Put the keys where a chat can be chosen."""
        self.rows.focus()

    def has(self, conversation_id: str) -> bool:
        """Whether a chat is in the list."""
        return self._chat(conversation_id) is not None

    def _chat(self, conversation_id: str) -> "Conversation | None":
        chats = (*self.listed.pinned, *self.listed.chats, *self.listed.drafts)
        return next((chat for chat in chats if chat.id == conversation_id), None)

    def list_folder(self, folder: "ChatFolder") -> None:
        """List a folder; what is looked for there is no more."""
        self.rows.expecting = "other" if folder != self.listed.folder else ""
        self.filter.value = TYPED[folder]
        self.filter.action_end()

    # Drawing.

    def _watch_any(self) -> None:
        if self.is_mounted:
            # While the keys are elsewhere, the cursor stands on the chat that is shown.
            self._show(follow=not (self.has_focus_within or self._asked), still=True)

    watch_running = watch_drafts = watch_asking = watch_current = watch_costs = _watch_any

    def watch_found(self) -> None:
        """Draw it, and open the first chat for who has pressed Enter already."""
        self._watch_any()
        if self._waits and self._found_now is not None:
            self._open_found()
            self._waits = self._elsewhere

    def watch_listed(self, before: ListedChats, listed: ListedChats) -> None:
        """Draw what was read, and go to the end that was asked for."""
        self._asked = ""
        if listed.folder == "chats" and not (listed.tag or listed.above):
            self.recent = tuple({chat.id: chat for chat in (*listed.chats, *listed.pinned, *listed.drafts)}.values())
        self._title.folder = self.rows.folder = listed.folder
        if not self.is_mounted:
            return
        if (before.folder, before.tag) != (listed.folder, listed.tag):
            self._show()
        else:
            self._watch_any()
        self._arrive(listed)
        self.rows.look_ahead()
        if self._waits:
            self._open_found()

    def _arrive(self, listed: ListedChats) -> None:
        """Go to where the keys wanted to, or have that read once more: something else was read instead."""
        rows, expecting = self.rows, self.rows.expecting
        if self._elsewhere:
            self._want("again")
        elif (listed.above and expecting == "first") or (listed.below and expecting == "last"):
            self._want("first" if expecting == "first" else "last")
        elif expecting:
            rows.expecting = ""
            if expecting != "other":
                (rows.action_first if expecting == "first" else rows.action_last)()
            rows.arrived()

    def watch_marked(self, marked: tuple[str, ...]) -> None:
        """Say how many there are."""
        self._title.marks = self.rows.marks = len(marked)
        self._watch_any()

    def watch_can_undo(self, can_undo: bool) -> None:
        """Hand it on to where the key acts."""
        self.rows.can_undo = can_undo

    def watch_keymap(self, keymap: Keymap) -> None:
        """Hand it on to the title, which names a key."""
        self._title.keymap = keymap

    def _show(self, *, follow: bool = False, still: bool = False) -> None:
        """Draw the rows; the cursor is to `follow` to the chat that is shown, and is nowhere if that has no row."""
        words = self.typed.words
        listed = ListedChats() if words and self._elsewhere else self.listed  # those of another folder are not meant
        signs = ChatSigns(self.current, self.running, self.drafts, self.asking, frozenset(self.marked), self.costs)
        found = self._found_now
        self.rows.more = (False, found is not None and found.more) if words else (listed.above, listed.below)
        self.rows.jumps = not words
        lines = chat_entries(listed, datetime.now(UTC), signs, words=words, found=found, invites=self.invites)
        keys = {line.key for line in lines}
        here = self.current if self.current in keys else ""
        lost = not (words or still) and self.rows.key not in keys  # another folder: from its first chat, or that one
        self.rows.show(lines, at=here if follow else (here or None) if lost else None, still=still)

    @property
    def typed(self) -> "ListFilter":
        """What stands in the filter."""
        return read_filter(self.filter.value)

    @property
    def _elsewhere(self) -> bool:
        """Whether what is typed is to be found in another folder than the one that is listed still."""
        return (self.typed.folder, self.typed.tag) != (self.listed.folder, self.listed.tag)

    @property
    def _found_now(self) -> FoundChats | None:
        """What was found of what is typed now; None while nothing is known of it."""
        return self.found if self.typed.words and self.found.typed == self.filter.value else None

    # What is read.

    @property
    def shows_costs(self) -> bool:
        """Whether there is room for what the chats have cost."""
        return self.size.width > COST_FROM

    def on_resize(self) -> None:
        """Have what is shown now read, which had no room before."""
        if self.shows_costs and not self.costs and self.listed.chats:
            self._want("again")

    @on(ChatRows.EdgeReached)
    def _read_on(self, event: ChatRows.EdgeReached) -> None:
        event.stop()
        if self.typed.words:
            self.post_message(self.Wanted("found"))
        elif event.jump:
            self._want("last" if event.down else "first")
        elif not self._asked:
            self._want("down" if event.down else "up")

    def _want(self, stretch: Stretch) -> None:
        self._asked = stretch
        self.post_message(self.Wanted(stretch))

    # Choosing, and the filter.

    @on(ChatListTitle.NewWanted)
    def _ask_for_new(self) -> None:
        self.post_message(self.Requested("new_chat"))

    @on(ChatRows.Chosen)
    def _choose(self, event: ChatRows.Chosen) -> None:
        event.stop()
        self._open(event.key)

    def _open(self, conversation_id: str) -> None:
        """Have a chat shown, at the message for which it is in the list."""
        listed = self._chat(conversation_id)
        named = listed is not None and is_named(listed, self.typed.words.casefold().split())
        hit = self._found_now.hit(conversation_id) if self._found_now and not named else None
        at = (hit.message_id, self.filter.value) if hit is not None else ()
        self.post_message(self.Opened(conversation_id, *at))

    @on(ChatRows.Moved)
    def _refresh_keys(self, event: ChatRows.Moved) -> None:
        event.stop()
        self.rows.refresh_bindings()

    @on(Field.Changed, "#filter")
    def _filter(self, event: Field.Changed) -> None:
        event.stop()
        self._waits = False
        self.rows.filtered = bool(event.value)
        if self._elsewhere:
            self.marked = ()
            self.rows.expecting = "other"
            self._want("again")
        elif self.typed.words and self.listed.above:  # what is found does not depend on what was looked at
            self._want("first")
        self._show()
        if self.typed.words:
            self.post_message(self.Searched(event.value))

    @on(Field.Submitted, "#filter")
    def _open_first(self, event: Field.Submitted) -> None:
        event.stop()
        if self.typed.words:
            self._waits = self._found_now is None or self._elsewhere
            self._open_found()
        else:
            self.rows.focus()

    def _open_found(self) -> None:
        if self.rows.key and not self._elsewhere:
            self._open(self.rows.key)
            self.filter.value = ""  # found: who looks again looks for something else

    @on(Field.Cancelled, "#filter")
    def _clear_filter(self, event: Field.Cancelled) -> None:
        event.stop()
        self.filter.value = ""
        self.rows.focus()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the list act from its filter, too."""
        return self.filter.has_focus if action in ("move", "first", "last") else True

    def action_move(self, steps: int) -> None:
        """From the filter, one down goes into the list; by pages the list moves, and the filter keeps the keys."""
        if steps == 1:
            self.rows.focus()
        else:
            self.rows.action_move(steps)

    def action_first(self) -> None:
        """To the first chat."""
        self.rows.action_first()

    def action_last(self) -> None:
        """To the last chat."""
        self.rows.action_last()

    # Keys of the rows.

    @on(ChatRows.Called)
    def _act(self, event: ChatRows.Called) -> None:
        event.stop()
        ids = marked_or_here(self.marked, self.rows.key)
        match event.command:
            case "filter":
                self.filter.focus()
                if self.filter.value and not self.filter.value.endswith(" "):
                    self.filter.value += " "  # what is typed now is another word than that of the folder
                    self.filter.action_end()
            case "view" | "unfilter":
                self.list_folder(next_folder(self.listed.folder) if event.command == "view" else "chats")
            case "mark":
                self._mark(self.rows.key)
            case "unmark":
                self.marked = ()
            case "look":
                self.rows.action_choose()
            case "rename":
                self.start_rename(self.rows.key)
            case "tag":
                if self._editor.open("tag", ids):
                    self.post_message(self.TagsWanted())
            case command:
                self.marked = ()
                self.post_message(self.Requested(command, ids))

    def _mark(self, key: str) -> None:
        self.marked = tuple(id for id in self.marked if id != key) if key in self.marked else (*self.marked, key)
        self.rows.action_move(1)

    # Changing in place.

    def start_rename(self, conversation_id: str) -> bool:
        """Turn the row of a chat into a field with its name; False for one that is not in the list."""
        hit = self.found.hit(conversation_id) if self._found_now else None
        known = self._chat(conversation_id) or hit
        return known is not None and self._editor.open("rename", (conversation_id,), known.title)

    def offer_tags(self, tags: Collection[str]) -> None:
        """Complete these from now on, where tags are typed."""
        self._editor.offer_tags(tags)

    @on(Field.Submitted, "RowField")
    async def _end_field(self, event: Field.Submitted) -> None:
        event.stop()
        field = self._editor.field
        if field is not None and (typed := event.value.strip()):
            self.marked = ()
            self.post_message(self.Requested(field.id or "", field.ids, typed))
        await self._editor.close()

    @on(Field.Cancelled, "RowField")
    async def _leave_field(self, event: Field.Cancelled) -> None:
        event.stop()
        await self._editor.close()

    @on(Field.Blurred, "RowField")
    async def _abandon_field(self, event: Field.Blurred) -> None:
        event.stop()
        if self.app.app_focus:  # else the whole terminal has lost it, and gets it back
            await self._editor.close(back=False)
