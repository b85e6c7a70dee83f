"""The main screen: what is written goes to the replies, what they report to the desk, what the desk shows to the panes.

Its layout and focus are the frame's, and what needs a question first is the wishes' part; it never draws.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import BindingType

from tui.app.commands import bindings
from tui.app.screens.desk import Desk
from tui.app.screens.errands import Errands
from tui.app.screens.wishes import Wishes
from tui.app.widgets.composer import Composer
from tui.chat.meter import MeterReading
from tui.errors import ChinwagError
from tui.store.records import Conversation
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog import Catalog
    from tui.chat.library import Library
    from tui.chat.replies import Replies
    from tui.config import State

LISTED = 1_000
"""Conversations in the list: the newest ones."""
Answer = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]
"""Starts a reply that outlives the screen: the conversation's id, and the work."""


class ChatScreen(Wishes):
    """Shows one conversation at a time; replies of the others go on behind it."""

    # A subclass's binding of a key replaces those of its base class: escape needs all three of its commands here.
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat"), *bindings("layout")]

    def __init__(
        self,
        library: "Library",
        replies: "Replies",
        catalog: "Catalog",
        state: "State",
        conversation: Conversation,
        *,
        answer: Answer,
        remember: Callable[..., None],
        notices: list[str],
        prompt: str = "",
        send: bool = False,
    ) -> None:
        super().__init__(state, remember)
        self.set_class(conversation.active_leaf is None, "-empty", update=False)
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._first = conversation
        self._answer = answer
        self._first_notices = notices
        self._first_prompt, self._send_first = prompt, send
        self._drafts: dict[str, str] = {}
        self._written_for = ""
        self._blank = "" if conversation.active_leaf else conversation.id
        self._sent: dict[str, str] = {}
        self._starting: set[str] = set()
        self.desk = Desk(library, replies, catalog, self.transcript, self)
        self.errands = Errands(self, self.desk, library, catalog, remember)

    def on_mount(self) -> None:
        """Show the first conversation, and read the list."""
        for text in self._first_notices:
            self.show_notice(text)
        self._drafts[self._first.id] = self._first_prompt
        self.open_chat(self._first.id)
        self.list_changed()

    # What desk and errands tell.

    def show_names(self) -> None:
        """Title, model, settings or whether something streams have changed."""
        conversation = self.desk.conversation
        if conversation is None:
            return
        info = self.desk.model_info()
        self.header.title = conversation.title or "New chat"
        self.header.model = info.name
        self.header.pending = self.desk.live_model not in ("", conversation.model)
        self.header.effort = self.desk.settings.effort or ""
        self.welcome.model, self.welcome.note = info.name, info.note
        self.set_class(not self.desk.prompts, "-empty")
        self.inspector.model = info
        self.inspector.settings = self.desk.settings
        self.history.current = conversation.id
        self.history.running = self._replies.running
        self.composer.area.can_send = not self._busy
        self.refresh_bindings()

    def show_reading(self, reading: MeterReading) -> None:
        """The figures have changed."""
        self.meter.reading = reading
        self.inspector.reading = reading

    def prompt_saved(self, conversation_id: str) -> None:
        """What was sent is on disk: it need not be kept here."""
        self._sent.pop(conversation_id, None)
        self._starting.discard(conversation_id)
        if conversation_id == self._blank:
            self._blank = ""

    def list_changed(self) -> None:
        """Read the list of chats again."""
        self._read_list()

    def switches_shown(self) -> None:
        """Lines of a switch are on screen: find out what they have to say, behind the frame."""
        self._note_switches()

    @work(group="notes", exclusive=True, exit_on_error=False)
    async def _note_switches(self) -> None:
        await self.desk.note_switches()

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _read_list(self) -> None:
        try:
            self.history.conversations = await self._library.conversations(limit=LISTED)
        except ChinwagError as error:
            self.show_notice(error.sentence)
        self.history.running = self._replies.running
        self.history.can_undo = self.errands.can_undo

    def reply_over(self, conversation_id: str) -> None:
        """A reply ended, here or in a chat behind; a prompt that was never taken comes back into the composer."""
        if not self.is_running:
            return
        self._starting.discard(conversation_id)
        if unsaved := self._sent.pop(conversation_id, ""):
            self._give_back(conversation_id, unsaved)
        if conversation_id != self.desk.id and (chat := self._conversation(conversation_id)):
            self.errands.say(f"“{clean_line(chat.title, 30)}” has its answer")
        self.show_names()
        self.list_changed()

    def chat_deleted(self, conversation_id: str) -> None:
        """A conversation is gone; if it was shown, an empty one is."""
        self._replies.stop(conversation_id)
        self._drafts.pop(conversation_id, None)
        if conversation_id == self._written_for:
            self.composer.text = ""
            self.open_chat(self._blank_chat())
        self.list_changed()

    @property
    def _busy(self) -> bool:
        """Whether a reply of the conversation that is shown is under way, or about to be."""
        return self.desk.streaming or self.desk.id in self._starting

    # Conversations.

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        if conversation_id != self._written_for:  # else it is shown, or about to be
            self._write_for(conversation_id)
            self._open(conversation_id)

    def _write_for(self, conversation_id: str) -> None:
        typed_ahead = "" if self._written_for else self.composer.text  # before there was a chat to write in
        if self._written_for:
            self._drafts[self._written_for] = self.composer.text
        self._written_for = conversation_id
        self.composer.text = self._drafts.pop(conversation_id, "") + typed_ahead

    def _give_back(self, conversation_id: str, text: str) -> None:
        """What could not be sent is a draft again, above what was written since."""
        if conversation_id == self._written_for:
            self.composer.text = _joined(text, self.composer.text)
        else:
            self._drafts[conversation_id] = _joined(text, self._drafts.get(conversation_id, ""))

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _open(self, conversation_id: str) -> None:
        try:
            await self.desk.open(conversation_id)
        except ChinwagError as error:
            self.show_notice(error.sentence)
            if self.desk.conversation is None:  # nothing can be shown yet: at least something can be asked
                self._written_for = ""
                self.open_chat(self._library.new(self._first.model).id)
            else:
                self._write_for(self.desk.id)  # what is shown is what is written in
            return
        self.composer.area.sent_texts = self.desk.prompts
        self.history.drafts = frozenset(id for id, text in self._drafts.items() if text.strip())
        if self._send_first:
            self._send_first = False
            self.composer.area.action_send()

    @on(Composer.Sent)
    def _send(self, event: Composer.Sent) -> None:
        event.stop()
        conversation = self.desk.conversation
        if conversation is None or conversation.id != self._written_for or self._busy:
            # The chat is still being opened: nothing goes to another one.
            self._give_back(self._written_for, event.prompt.text)
            return
        self._sent[conversation.id] = event.prompt.text
        self.transcript.scroll_end(animate=False)
        self._start(partial(self._replies.run, conversation, event.prompt.text))

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self.desk.conversation is not None:
            self._remember(last_model=self.desk.conversation.model)
        self._starting.add(self.desk.id)
        self._answer(self.desk.id, work)
        self.show_names()

    @on(Composer.Refused)
    def _refuse(self, event: Composer.Refused) -> None:
        event.stop()
        self.errands.decline("A reply is still coming · esc stops it")

    @on(Composer.Interrupted)
    def _interrupt(self, event: Composer.Interrupted) -> None:
        event.stop()
        if self.get_selected_text():
            self.action_copy_text()
        elif self.desk.streaming:
            self.action_stop()
        else:
            self.composer.clear()

    @on(Composer.QuitRequested)
    async def _quit(self, event: Composer.QuitRequested) -> None:
        event.stop()
        await self.app.run_action("quit")

    # Commands.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which commands act now."""
        if action == "stop":
            return self.desk.streaming and not self._panes.over
        if action in ("leave", "back") and self.desk.streaming and not self._panes.over:
            return False
        return super().check_action(action, parameters)

    def offers(self, action: str) -> bool | None:
        """Whether a command could be done now, wherever the focus is; for the menu."""
        if action == "retry":
            return bool(self.desk.prompts) and not self._busy
        if action in ("export", "delete_chat"):
            return bool(self.desk.prompts)
        return self.check_action(action, ())

    def action_stop(self) -> None:
        """Stop the reply of the conversation that is shown."""
        if self._replies.stop(self.desk.id):
            self.desk.mark_stopped()

    def action_retry(self) -> None:
        """Answer the last prompt again."""
        if self.desk.conversation and not self._busy:
            self._start(partial(self._replies.retry, self.desk.conversation))

    def action_new_chat(self) -> None:
        """An empty chat with the model of this one, or the one in which something was written and not sent."""
        if self.desk.prompts or self.desk.id not in ("", self._written_for):
            self.open_chat(self._blank_chat())
        self.action_back()

    def _blank_chat(self) -> str:
        """Id of an empty chat: a new one, unless there is one with a draft, which no list has."""
        if not self._drafts.get(self._blank, "").strip():
            self._blank = self._library.new((self.desk.conversation or self._first).model).id
        return self._blank


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)
