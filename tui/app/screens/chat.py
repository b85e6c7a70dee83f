"""The main screen: what is written goes to the replies, what is wished to the errands, what is shown to the desk.

Its layout and focus are the frame's; it calls `tui.chat`, and never draws.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec

from textual import on, work
from textual.binding import BindingType

from tui.app.commands import bindings
from tui.app.screens.desk import Desk
from tui.app.screens.errands import Errands
from tui.app.screens.frame import Frame
from tui.app.transcript.view import Transcript
from tui.app.widgets.composer import Composer
from tui.app.widgets.history import ChatRows, History
from tui.app.widgets.model_pane import ModelPane
from tui.app.widgets.settings_pane import SettingsPane, next_effort
from tui.app.widgets.status import Header
from tui.chat.meter import MeterReading
from tui.errors import ChinwagError
from tui.store.records import Conversation

if TYPE_CHECKING:
    from tui.chat.catalog import Catalog
    from tui.chat.library import Library
    from tui.chat.replies import Replies
    from tui.config import State

P = ParamSpec("P")
Answer = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]
"""Starts a reply that outlives the screen: the conversation's id, and the work."""


class ChatScreen(Frame):
    """Shows one conversation at a time; replies of the others go on behind it."""

    # A subclass's binding of a key replaces those of its base class: escape needs all three of its commands here.
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat"), *bindings("frame")]

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
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._first = conversation
        self._answer = answer
        self._first_notices = notices
        self._first_prompt, self._send_first = prompt, send
        self._drafts: dict[str, str] = {}
        self._written_for = ""
        self._sent: dict[str, str] = {}
        self._starting: set[str] = set()
        self.desk = Desk(library, replies, catalog, self.transcript, self)
        self._errands = Errands(self, self.desk, library, catalog, remember)

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
        self.composer.draft.can_send = not self._busy
        self.refresh_bindings()

    def show_reading(self, reading: MeterReading) -> None:
        """The figures have changed."""
        self.meter.reading = reading
        self.inspector.reading = reading

    def show_notice(self, text: str) -> None:
        """Let a line stand above the messages until it was read."""
        self.notices.add(text)

    def prompt_saved(self, conversation_id: str) -> None:
        """What was sent is on disk: it need not be kept here."""
        self._sent.pop(conversation_id, None)
        self._starting.discard(conversation_id)

    def list_changed(self) -> None:
        """Read the list of chats again."""
        self._read_list()

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _read_list(self) -> None:
        try:
            self.history.conversations = await self._library.conversations()
        except ChinwagError as error:
            self.show_notice(f"{error.message} {error.hint}")
        self.history.running = self._replies.running
        self.history.rows.can_undo = self._errands.can_undo

    def reply_over(self, conversation_id: str) -> None:
        """A reply ended, here or in a chat behind; a prompt that was never taken comes back into the composer."""
        if not self.is_running:
            return
        self._starting.discard(conversation_id)
        unsaved = self._sent.pop(conversation_id, "")
        if unsaved and conversation_id == self.desk.id and not self.composer.text:
            self.composer.text = unsaved
        elif unsaved:
            self._drafts[conversation_id] = unsaved
        self.show_names()
        self.list_changed()

    def chat_deleted(self, conversation_id: str) -> None:
        """A conversation is gone; if it was shown, an empty one is."""
        self._replies.stop(conversation_id)
        self._drafts.pop(conversation_id, None)
        if conversation_id == self.desk.id:
            self.composer.text = ""
            self.action_new_chat()
        self.list_changed()

    @property
    def _busy(self) -> bool:
        """Whether a reply of the conversation that is shown is under way, or about to be."""
        return self.desk.streaming or self.desk.id in self._starting

    # Conversations.

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        typed_ahead = "" if self._written_for else self.composer.text  # before there was a chat to write in
        if self._written_for:
            self._drafts[self._written_for] = self.composer.text
        self._written_for = conversation_id
        self.composer.text = self._drafts.pop(conversation_id, "") + typed_ahead
        self._open(conversation_id)

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _open(self, conversation_id: str) -> None:
        try:
            await self.desk.open(conversation_id)
        except ChinwagError as error:
            self.show_notice(f"{error.message} {error.hint}")
            return
        self.composer.draft.past = self.desk.prompts
        self.history.drafts = frozenset(id for id, text in self._drafts.items() if text.strip())
        if self._send_first:
            self._send_first = False
            self.composer.draft.action_send()

    def _run_errand(self, errand: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs) -> None:
        self._run(partial(errand, *args, **kwargs))

    @work(group="errand", exit_on_error=False)
    async def _run(self, errand: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await errand()
        except ChinwagError as error:
            self.show_notice(f"{error.message} {error.hint}")

    def _conversation(self, conversation_id: str) -> Conversation | None:
        if self.desk.conversation and conversation_id == self.desk.id:
            return self.desk.conversation
        return next((chat for chat in self.history.conversations if chat.id == conversation_id), None)

    @on(Composer.Sent)
    def _send(self, event: Composer.Sent) -> None:
        event.stop()
        conversation = self.desk.conversation
        if conversation is None or conversation.id != self._written_for or self._busy:
            self.composer.text = event.text  # the chat is still being opened: nothing goes to another one
            return
        self._sent[conversation.id] = event.text
        self.transcript.scroll_end(animate=False)
        self._start(partial(self._replies.run, conversation, event.text))

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._starting.add(self.desk.id)
        self._answer(self.desk.id, work)
        self.show_names()

    @on(Composer.Refused)
    def _refuse(self, event: Composer.Refused) -> None:
        event.stop()
        self._errands.say("A reply is still coming · esc stops it")

    @on(Composer.Interrupted)
    def _interrupt(self, event: Composer.Interrupted) -> None:
        event.stop()
        if self.get_selected_text():
            self.action_copy_text()
        elif self.desk.streaming:
            self.action_stop()
        else:
            self.composer.clear()

    @on(Composer.QuitWanted)
    async def _quit(self, event: Composer.QuitWanted) -> None:
        event.stop()
        await self.app.run_action("quit")

    @on(History.Opened)
    def _opened(self, event: History.Opened) -> None:
        event.stop()
        if event.conversation_id != self.desk.id:
            self.open_chat(event.conversation_id)
        self.action_back()

    @on(History.NewWanted)
    def _new_wanted(self, event: History.NewWanted) -> None:
        event.stop()
        self.action_new_chat()

    @on(History.Renamed)
    def _renamed(self, event: History.Renamed) -> None:
        event.stop()
        self._run_errand(self._errands.rename, event.conversation_id, event.title)

    @on(History.DeleteWanted)
    def _delete_wanted(self, event: History.DeleteWanted) -> None:
        event.stop()
        if conversation := self._conversation(event.conversation_id):
            self._run_errand(self._errands.delete, conversation)

    @on(ChatRows.Wanted)
    def _undo_wanted(self, event: ChatRows.Wanted) -> None:
        event.stop()
        self._run_errand(self._errands.undo_delete)

    @on(SettingsPane.Changed)
    def _settings_changed(self, event: SettingsPane.Changed) -> None:
        event.stop()
        self._run_errand(self._errands.set_settings, event.settings)

    @on(SettingsPane.PromptWanted)
    def _prompt_wanted(self, event: SettingsPane.PromptWanted) -> None:
        event.stop()
        self.action_system_prompt()

    @on(Header.ModelClicked)
    @on(ModelPane.Clicked)
    def _model_clicked(self) -> None:
        self.action_switch_model()

    @on(Transcript.CopyRequested)
    def _copy(self, event: Transcript.CopyRequested) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self._errands.say(f"Copied the {event.what}")

    @on(Transcript.LinkOpened)
    def _link(self, event: Transcript.LinkOpened) -> None:
        event.stop()
        self._run_errand(self._errands.open_link, event.href)

    @on(Transcript.ActionChosen)
    def _act(self, event: Transcript.ActionChosen) -> None:
        event.stop()
        if event.action == "retry" and not self.desk.is_last(event.turn_id):
            self._errands.say("Only the last prompt can be asked again")
        elif event.action == "retry":
            self.action_retry()
        elif event.action == "model":
            self.action_switch_model()
        elif event.action == "export":
            self.action_export()

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
        if action == "export":
            return bool(self.desk.prompts)
        if action == "copy":
            return False
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
        """An empty chat with the model and settings of this one."""
        now = self.desk.conversation or self._first
        settings = replace(self.desk.settings, system_prompt="")
        self.open_chat(self._library.new(now.model, settings).id)
        self.action_back()

    def action_switch_model(self) -> None:
        """Choose the model of the next turn."""
        self._run_errand(self._errands.switch_model)

    def action_effort(self) -> None:
        """The next reasoning effort."""
        settings = self.desk.settings
        self._run_errand(self._errands.set_settings, replace(settings, effort=next_effort(settings.effort)))

    def action_system_prompt(self) -> None:
        """Edit the standing instructions."""
        self._run_errand(self._errands.system_prompt)

    def action_export(self) -> None:
        """Write this chat to a file."""
        self._run_errand(self._errands.export)

    def action_rename_chat(self) -> None:
        """Rename this chat, in the list."""
        self._panes.show_list(True)
        self._lay_out()
        self.call_after_refresh(self.history.start_rename, self.desk.id)

    def action_delete_chat(self) -> None:
        """Delete this chat, after asking."""
        if self.desk.conversation:
            self._run_errand(self._errands.delete, self.desk.conversation)
