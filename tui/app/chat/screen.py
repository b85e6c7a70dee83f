"""The chat screen: composes the layout, and routes.

What a widget posts goes to an action or to the replies, what the replies report goes through the presenter to the
widget concerned. It never draws.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import TextArea
from textual.worker import Worker

from tui.app.chat.actions import ChatActions
from tui.app.chat.changes import Change, apply_changes
from tui.app.chat.composing import COMPOSING_COMMANDS, Composing
from tui.app.chat.dispatch import CommandDispatch
from tui.app.chat.drafts import SAVE_S, Drafts
from tui.app.chat.first_choice import FirstChoice
from tui.app.chat.layout import ChatLayout
from tui.app.chat.message_files import MOST_PICTURES
from tui.app.chat.outcome import Outcome
from tui.app.chat.presenter import ChatPresenter
from tui.app.chat.queue import QUEUE_COMMANDS, QueueActions
from tui.app.commands import bindings
from tui.app.crash_notice import crash_notice
from tui.app.fuzzy import fuzzy
from tui.app.keymap.keymap import take_keys
from tui.app.styles import STYLE_CLASSES
from tui.app.transcript.view import Transcript
from tui.app.widgets.chat_list import ChatList
from tui.app.widgets.composer import Composer
from tui.app.widgets.header import Header
from tui.app.widgets.model_pane import ModelPane
from tui.app.widgets.queue_panel import QueuePanel
from tui.app.widgets.settings_pane import SettingsPane
from tui.chat.prompt import Prompt
from tui.chat.replies.events import (
    NotSaved,
    PromptReturned,
    PromptSaved,
    QueueChanged,
    RepliesEvent,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
)
from tui.chat.unsent import QueuedPrompt
from tui.errors import ChinwagError
from tui.store.records import Conversation
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.completion.completer import Completer
    from tui.app.first_run.block import FoundModels
    from tui.bootstrap import Services

ChatListEvent = (
    ChatList.Opened | ChatList.NewRequested | ChatList.Renamed | ChatList.DeleteRequested | ChatList.UndoRequested
)
ComposerEvent = (
    Composer.AttachRequested
    | Composer.ImageRequested
    | Composer.ReadingCancelled
    | Composer.Pasted
    | Composer.AttachmentsChanged
)
ChatSettingEvent = SettingsPane.Changed | SettingsPane.SystemPromptRequested | Header.ModelClicked | ModelPane.Clicked
TranscriptEvent = Transcript.CopyRequested | Transcript.LinkOpened | Transcript.OpenRequested | Transcript.ActionChosen

FOLLOW_S = 1.0
"""How often to look whether another window has written; a look takes some 0.1 ms."""

LISTED = 1_000
"""Conversations in the list: the newest ones."""


class ChatScreen(Screen[None]):
    """Shows one conversation at a time; replies of the others go on behind it.

    Args:
        services: what the program stands on.
        conversation: what to show first.
        remember: keeps fields of `State` for the next start.
        copy: copies a text, whose second argument names it, and says how.
        choose_theme: asks for a theme, by its name.
        lend: hands the terminal over to another program, and takes it back.
        notices: lines that stand above the messages from the start.
        prompt: what stands in the composer at the start.
        send: send `prompt` as soon as the conversation is shown.
        first_run: nothing was ever chosen: look what there is to chat with.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    AUTO_FOCUS = "PromptArea"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat"), *bindings("found")]

    def __init__(
        self,
        services: "Services",
        conversation: Conversation,
        *,
        remember: Callable[..., None],
        copy: Callable[[str, str], None],
        choose_theme: Callable[[], Awaitable[str | None]],
        lend: Callable[[], AbstractContextManager[int | None]],
        notices: list[str],
        prompt: Prompt = Prompt(),  # noqa: B008  frozen
        send: bool = False,
        first_run: bool = False,
    ) -> None:
        super().__init__()
        self.set_class(conversation.active_leaf is None, "-empty", update=False)
        self._library = services.library
        self._replies = services.replies
        self._remember = remember
        self._copy = copy
        self._first = conversation
        self._first_notices = notices
        self._send_first = send
        self._following = False
        self._blank = "" if conversation.active_leaf else conversation.id
        self.layout_view = ChatLayout(services.state)
        unsent = services.library.unsent_prompts
        self._drafts = Drafts(self.layout_view.composer, services.library.put_draft, unsent.remove)
        self._drafts.put(conversation.id, prompt)
        self.first_choice = FirstChoice(services, self.layout_view, self._drafts, first_run=first_run)
        self._saving = self._drafts_refused = False
        self._queue = QueueActions(services.replies, self._drafts)
        self.presenter = ChatPresenter(services.library, services.replies, services.catalog)
        self.actions = ChatActions(self.presenter, services, self._ask, copy, self._show_changed, choose_theme)
        composer = self.layout_view.composer
        self._composing = Composing(self, composer, self._drafts, self.presenter, services, self._ask, lend)
        self.dispatch = CommandDispatch(self)
        composer.area.make_completer = partial(self._make_completer, services)

    def _make_completer(self, services: "Services") -> "Completer":
        from tui.app.chat.completions import make_completer

        return make_completer(services, self.dispatch, self.presenter, self.layout_view, self.begin)

    def compose(self) -> ComposeResult:
        """Everything is in the layout."""
        # Each change of a class of the screen styles all that is on it anew, which is a tenth of the start: the classes
        # of its size come while it is still empty.
        self.update_classes(self.layout_view.classes_for(self.app), update=False)
        yield self.layout_view

    def on_mount(self) -> None:
        """Show the first conversation, and read the list."""
        take_keys(self)
        for text in self._first_notices:
            self.show_notice(text)
        self._replies.subscribe(self._receive)
        self.open_chat(self._first.id)
        self.call_after_refresh(self.first_choice.look_first)
        self._read_list()
        self.watch(self.layout_view.composer.area, "attachments", self._note_draft, init=False)
        self.watch(self.app, "app_focus", self._leave_window, init=False)
        self.set_interval(FOLLOW_S, self.follow)

    # What other windows write.

    def follow(self) -> None:
        """Look whether another window on this library has written something, and show it."""
        if not self._following:
            self._following = True
            self._follow_library()

    @work(group="follow", exit_on_error=False)
    async def _follow_library(self) -> None:
        presenter = self.presenter
        try:
            if await self._library.changed_elsewhere() or (
                presenter.written_elsewhere and await self._library.end_orphans()
            ):
                presenter.behind = True
                self._read_list()
            if presenter.behind:
                self._show_view(await presenter.refresh())
                await self._report_branches()
        except ChinwagError:  # it is tried again in a second
            return
        finally:
            self._following = False

    async def _report_branches(self) -> None:
        conversation = self.presenter.conversation
        if conversation is None or conversation.active_leaf is None:
            return
        number = await self._library.other_branches(conversation.id, self.presenter.shown_ids)
        if number:
            title = clean_line(conversation.title, 40) or "New chat"
            branches = "1 branch" if number == 1 else f"{number} branches"
            self.show_notice(
                f"“{title}” has {branches} more, with prompts that are not shown here: two windows wrote in it at the"
                " same time. An export as JSON holds everything."
            )

    # What is shown.

    def _show_view(self, changes: list[Change] = []) -> None:  # noqa: B006  never changed
        """Draw changes of the transcript, and all that stands around it."""
        apply_changes(self.layout_view.transcript, changes)
        if changes and self.layout_view.transcript.pictures.wanted(MOST_PICTURES):
            self._show_pictures()
        self._show_reading()
        view, layout = self.presenter.view(), self.layout_view
        if view is None:
            return
        self.title = view.conversation.title
        layout.header.title = view.conversation.title or "New chat"
        layout.header.model = view.model.name
        layout.header.pending = view.live_model not in ("", view.conversation.model)
        layout.header.effort = view.settings.effort or ""
        layout.welcome.model, layout.welcome.note = view.model.name, view.model.note
        self.set_class(not view.prompts, "-empty")
        layout.inspector.model = view.model
        layout.inspector.settings = view.settings
        layout.chat_list.current = view.conversation.id
        layout.chat_list.running = self._replies.running
        layout.chat_list.drafts = self._drafts.waiting | (self._replies.queue.conversations - {view.conversation.id})
        waiting, stuck = (*self.first_choice.waiting, *view.queued), self._queue.is_stuck(view.conversation.id)
        layout.show_queue(waiting, model=view.conversation.model, stuck=stuck)
        layout.escape_stops = view.running or bool(self.first_choice.waiting)
        self.first_choice.show(empty=not view.prompts)
        self._composing.use_model(view.model.id)
        self.refresh_bindings()
        if self.presenter.notes_missing:
            self._note_switches()

    def _show_reading(self) -> None:
        self.layout_view.meter.reading = self.presenter.reading
        self.layout_view.inspector.reading = self.presenter.reading

    def show_notice(self, text: str) -> None:
        """Let a line stand above the messages until it was read."""
        self.layout_view.notices.add(text)

    def toast(self, mark: str, text: str, severity: Literal["information", "warning"] = "information") -> None:
        """Show a line for a moment."""
        self.app.notify(f"{mark} {clean_line(text, 160)}", severity=severity, timeout=4, markup=False)

    @work(group="pictures", exclusive=True, exit_on_error=False)
    async def _show_pictures(self) -> None:
        with suppress(ChinwagError):  # a picture is not worth a notice
            await self.actions.files.show_pictures(self.layout_view.transcript)

    @work(group="notes", exclusive=True, exit_on_error=False)
    async def _note_switches(self) -> None:
        async for change in self.presenter.switch_notes():
            apply_changes(self.layout_view.transcript, [change])

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _read_list(self) -> None:
        chat_list = self.layout_view.chat_list
        try:
            stored = await self._library.conversations(limit=LISTED)
            self._drafts.kept_elsewhere = await self._library.unsent_prompts.chats()
            chats = [*stored, *await self._library.blank_chats()]
            chat_list.conversations = sorted(chats, key=lambda chat: chat.updated_at, reverse=True)
            chat_list.drafts = self._drafts.waiting | (self._replies.queue.conversations - {self.presenter.id})
        except ChinwagError as error:
            self.show_notice(error.sentence)
        chat_list.running = self._replies.running
        chat_list.can_undo = self.actions.can_undo

    @on(Worker.StateChanged)
    def _report_crash(self, event: Worker.StateChanged) -> None:
        if text := crash_notice(event):
            self.show_notice(text)

    # What the replies report.

    def _receive(self, conversation_id: str, event: RepliesEvent) -> None:
        shown = conversation_id == self.presenter.id
        match event:
            case PromptReturned(prompt=prompt, message=message, prompt_id=prompt_id):
                self._drafts.give_back(conversation_id, prompt or Prompt(), prompt_id)
                self._save_drafts()
                if message:
                    self.show_notice(message)
                self._show_view()
            case QueueChanged():
                self._show_view()
            case NotSaved(message=message):
                self.show_notice(message)
            case PromptSaved():
                if conversation_id == self._blank:
                    self._blank = ""
                self._show_view(self.presenter.receive(event) if shown else [])
                self._read_list()
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self._end(conversation_id, event)
            case _ if shown:
                apply_changes(self.layout_view.transcript, self.presenter.receive(event))
                self._show_reading()

    def _end(self, conversation_id: str, event: ReplyDone | ReplyStopped | ReplyFailed) -> None:
        """A reply ended, here or in a chat behind."""
        if conversation_id == self.presenter.id:
            self._show_view(self.presenter.receive(event))
        else:
            self._report_end(event)
            self._show_view()
        self._read_list()

    def _report_end(self, event: ReplyDone | ReplyStopped | ReplyFailed) -> None:
        """Say what became of a reply in a chat behind; that it was stopped, its stopper knows."""
        title = f"“{clean_line(event.conversation.title, 30)}”"
        if isinstance(event, ReplyDone):
            self.toast("✓", f"{title} has its answer")
        elif isinstance(event, ReplyFailed):
            self.toast("!", f"{title} could not be answered", "warning")

    # Chats and their drafts.

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        if conversation_id != self._drafts.written_for:  # else it is shown, or about to be
            self.first_choice.give_back()
            self._drafts.write_for(conversation_id)
            self._composing.show()
            self._save_drafts()
            self._open(conversation_id)

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _open(self, conversation_id: str) -> None:
        try:
            changes = await self.presenter.open(conversation_id)
        except ChinwagError as error:
            self.show_notice(error.sentence)
            if self.presenter.conversation is None:  # no chat can be shown yet: at least something can be asked
                self._drafts.written_for = ""
                self.open_chat(self._library.new(self._first.model).id)
            else:
                self._drafts.write_for(self.presenter.id)  # what is shown is what is written in
                self._composing.show()
            return
        self._show_view(changes)
        self.layout_view.composer.area.remember_texts(self.presenter.prompts)
        if self._send_first:
            self._send_first = False
            self.layout_view.composer.area.action_send()
        await self._adopt_unsent()
        with suppress(ChinwagError):
            await self._report_branches()

    def open_named(self, wanted: str) -> None:
        """Show the chat of the list that is meant: by its id, or by a name that fits it best."""
        chats = self.layout_view.chat_list.conversations
        found = max(chats, key=lambda chat: 9.0 if chat.id == wanted else fuzzy(wanted, chat.title), default=None)
        if found is None or not (found.id == wanted or fuzzy(wanted, found.title)):
            self.toast("!", f"No chat is called “{clean_line(wanted, 60)}”", "warning")
            return
        self.open_chat(found.id)

    async def _adopt_unsent(self) -> None:
        """Take over what was written in the chat that is shown by a window that has ended, such as in a crash."""
        conversation = self.presenter.conversation
        if conversation is None:
            return
        first = {queued.id for queued in self.first_choice.waiting}
        known = self._drafts.ids | self._replies.prompt_ids | first
        try:
            drafts, queued = await self._library.unsent_prompts.adopt(conversation, known)
        except ChinwagError as error:
            self.show_notice(error.sentence)
            return
        self._drafts.adopt(conversation.id, drafts)
        self._replies.queue.adopt(queued)

    def _note_draft(self) -> None:
        """Something was typed: it is to be on disk soon. A key costs no more than this."""
        if not self._saving:
            self._saving = True
            self.set_timer(SAVE_S, self._save_drafts)

    @on(TextArea.Changed)
    def _note_text(self, event: TextArea.Changed) -> None:
        event.stop()
        self.layout_view.queue_panel.writing = event.text_area.document.end != (0, 0)
        self.first_choice.follow_writing()
        self._note_draft()

    def _leave_window(self, focused: bool) -> None:
        if not focused:
            self._save_drafts()

    @work(group="drafts", exit_on_error=False)
    async def _save_drafts(self) -> None:
        await self.save_drafts()

    async def save_drafts(self) -> None:
        """Have all that is written and not sent on disk."""
        self._saving = False
        refused = self._drafts_refused
        self._drafts_refused = not await self._drafts.save()
        if self._drafts_refused and not refused and self._library.saves:
            self.show_notice(f"What you write is not saved for now. {self._library.unsent_prompts.problem}")
        if self._blank in self._drafts.waiting and not self.layout_view.chat_list.has(self._blank):
            self._read_list()

    def _blank_chat(self) -> str:
        """Id of an empty chat: a new one, unless there is one with a draft, which no list has."""
        if self._blank not in self._drafts.waiting:
            self._blank = self._library.new((self.presenter.conversation or self._first).model).id
        return self._blank

    def _forget_chat(self, conversation_id: str, *, for_good: bool) -> None:
        """A conversation is gone; if it was shown, an empty one is."""
        self._replies.stop(conversation_id)
        self._drafts.discard(conversation_id, for_good=for_good)
        if conversation_id == self._drafts.written_for:
            self.open_chat(self._blank_chat())

    # Who answers in an empty chat.

    def on_found_models_filled(self, event: "FoundModels.Filled") -> None:
        """Show what was found, unless there are messages in its place."""
        event.stop()
        self._show_view()

    def on_found_models_taken(self, event: "FoundModels.Taken") -> None:
        """Let the model answer."""
        event.stop()
        if not (event.found and self.first_choice.waiting):  # what waits looks itself for the best one
            self._perform(partial(self.actions.use_model, event.model, done=event.found))

    def on_found_models_key_requested(self, event: "FoundModels.KeyRequested") -> None:
        """Ask for a key."""
        event.stop()
        self._perform(partial(self.actions.add_key, provider=event.provider))

    def on_found_models_server_requested(self, event: "FoundModels.ServerRequested") -> None:
        """Ask for the address of a server."""
        event.stop()
        self.action_command("add_server")

    @on(Composer.Stepped)
    def _mark_found(self, event: Composer.Stepped) -> None:
        event.stop()
        self.first_choice.mark(event.rows)

    @on(Composer.Confirmed)
    def _confirm(self, event: Composer.Confirmed) -> None:
        """Enter in an empty composer: what waits is sent, or the marked model is taken."""
        event.stop()
        if self._queue.is_stuck(self.presenter.id):
            self.action_command("release_queue")
        else:
            self.first_choice.run("start")

    def action_found(self, command: str) -> None:
        """Do what a command says that belongs to what was found."""
        self.first_choice.run(command)
        self._show_view()

    def _hold(self, conversation: Conversation, prompt: Prompt) -> None:
        if not self.first_choice.waiting:
            self._send_waiting()
        prompt_id = self._drafts.id_of(conversation.id)
        self._drafts.sent(conversation.id, prompt, queued=False)
        self._save_drafts()
        self.first_choice.hold(QueuedPrompt(prompt_id, conversation, prompt, conversation.model))
        self._show_view()

    @work(group="first", exit_on_error=False)
    async def _send_waiting(self) -> None:
        """Send first prompts as soon as it is known who answers them."""
        if taken := await self.first_choice.settled():
            self._show_outcome(await self.actions.use_model(taken.model, done=taken.found))
        prompts, conversation = self.first_choice.take_waiting(), self.presenter.conversation
        if prompts and conversation is not None:
            self.first_choice.made()
            for queued in prompts:
                self._replies.send(conversation, queued.prompt, prompt_id=queued.id)
            self._remember(last_model=conversation.model)
            self._show_view()

    # What the widgets post.

    @on(Composer.Sent)
    def _send(self, event: Composer.Sent) -> None:
        event.stop()
        conversation = self.presenter.conversation
        if conversation is None or conversation.id != self._drafts.written_for:
            self._drafts.give_back(
                self._drafts.written_for, event.prompt
            )  # the chat is still being opened: another must not get it
            return
        if self.first_choice.open and not self.presenter.prompts:
            self._hold(conversation, event.prompt)
        else:
            self._start_reply(conversation, event.prompt)

    def _start_reply(self, conversation: Conversation, prompt: Prompt) -> None:
        self._remember(last_model=conversation.model)
        self.layout_view.transcript.scroll_end(animate=False)
        prompt_id = self._drafts.id_of(conversation.id)
        started = self._replies.send(conversation, prompt, prompt_id=prompt_id)
        self._drafts.sent(conversation.id, prompt, queued=not started)
        self._save_drafts()
        self._show_view()

    @on(Composer.Called)
    async def _run_called(self, event: Composer.Called) -> None:
        event.stop()
        call = event.call
        command = call.command
        if call.problem or command is None:
            self.toast("!", call.problem, "warning")
        elif not self.dispatch.is_usable(id := f"{command.scope}.{command.id}"):
            self.toast("!", f"/{call.name} has nothing to work on now", "warning")
        else:
            await self.dispatch.run(id, call.argument)

    @on(QueuePanel.Requested)
    def _change_queue(self, event: QueuePanel.Requested) -> None:
        event.stop()
        self._run_on_queue(event.command, event.id)

    def _run_on_queue(self, command: str, id: str = "") -> None:
        if done := self._queue.run(command, self.presenter.id, id):
            self.toast("✓", done)
        if command == "edit_queued":
            self.layout_view.action_back()
            self._save_drafts()

    @on(Composer.PromptRequested)
    def _use_named_prompt(self, event: Composer.PromptRequested) -> None:
        event.stop()
        self._use_prompt(event.name)

    @on(Composer.Interrupted)
    @on(Composer.QuitRequested)
    async def _leave_composer(self, event: Composer.Interrupted | Composer.QuitRequested) -> None:
        event.stop()
        if isinstance(event, Composer.QuitRequested):
            await self.app.run_action("quit")
        elif self.get_selected_text():
            self.action_copy_text()
        elif self.can_run("stop"):
            self._stop()
        else:
            self.layout_view.composer.clear()

    @on(Composer.AttachRequested)
    @on(Composer.ImageRequested)
    @on(Composer.ReadingCancelled)
    @on(Composer.Pasted)
    @on(Composer.AttachmentsChanged)
    def _serve_composer(self, event: ComposerEvent) -> None:
        event.stop()
        match event:
            case Composer.AttachRequested(source):
                self._composing.attach(source)
            case Composer.ImageRequested():
                self._composing.paste_image(quietly=True)
            case Composer.ReadingCancelled(index):
                self._composing.cancel(index)
            case Composer.Pasted(text, shown, start):
                self._composing.look_at_paste(text, shown, start)
            case Composer.AttachmentsChanged(attachments):
                self._composing.describe(attachments)

    @on(ChatList.Opened)
    @on(ChatList.NewRequested)
    @on(ChatList.Renamed)
    @on(ChatList.DeleteRequested)
    @on(ChatList.UndoRequested)
    def _change_list(self, event: ChatListEvent) -> None:
        event.stop()
        match event:
            case ChatList.Opened(conversation_id):
                self.open_chat(conversation_id)
                self.layout_view.action_back()
            case ChatList.NewRequested():
                self._new_chat()
            case ChatList.Renamed(conversation_id, title):
                self._perform(partial(self.actions.rename, conversation_id, title))
            case ChatList.DeleteRequested(conversation_id):
                chats = self.layout_view.chat_list.conversations
                if chat := next((chat for chat in chats if chat.id == conversation_id), None):
                    self._perform(partial(self.actions.delete, chat))
            case ChatList.UndoRequested():
                self._perform(self.actions.undo_delete)

    @on(ChatLayout.PanesMoved)
    def _remember_panes(self, event: ChatLayout.PanesMoved) -> None:
        event.stop()
        self._remember(**event.changes)

    @on(SettingsPane.Changed)
    @on(SettingsPane.SystemPromptRequested)
    @on(Header.ModelClicked)
    @on(ModelPane.Clicked)
    def _change_chat(self, event: ChatSettingEvent) -> None:
        event.stop()
        match event:
            case SettingsPane.Changed(settings):
                self._perform(partial(self.actions.set_settings, settings))
            case SettingsPane.SystemPromptRequested():
                self.action_command("system_prompt")
            case Header.ModelClicked() | ModelPane.Clicked():
                self.action_command("switch_model")

    @on(Transcript.CopyRequested)
    @on(Transcript.LinkOpened)
    @on(Transcript.OpenRequested)
    @on(Transcript.ActionChosen)
    def _act_on_message(self, event: TranscriptEvent) -> None:
        event.stop()
        match event:
            case Transcript.CopyRequested(text, what):
                self._copy(text, what)
            case Transcript.LinkOpened(href):
                self._perform(partial(self.actions.open_link, href))
            case Transcript.OpenRequested(openables):
                self._perform(partial(self.actions.open, openables))
            case Transcript.ActionChosen(message_id, "retry") if not self.presenter.is_last(message_id):
                self.toast("!", "Only the last prompt can be asked again", "warning")
            case Transcript.ActionChosen(message_id, "model"):
                self._perform(partial(self.actions.switch_model, message_id))
            case Transcript.ActionChosen(message_id, "key"):
                self._perform(partial(self.actions.add_key, message_id))
            case Transcript.ActionChosen(_, command):
                self.action_command(command)

    # Commands.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a command acts in this focus."""
        if action == "command" and parameters == ("stop",):
            return self.can_run("stop") and not self.layout_view.covered
        if action == "found":
            return self.first_choice.can_run(str(parameters[0]))
        if action == "command" and parameters == ("clear_queue",):
            layout = self.layout_view
            return layout.escape_clears and layout.composer.area.has_focus and not layout.covered
        return True

    def can_run(self, command: str) -> bool:
        """Whether a command could be done now, wherever the focus is; for the menu."""
        match command:
            case "stop":
                return self.presenter.running or bool(self.first_choice.waiting)
            case "retry":
                return bool(self.presenter.prompts) and not self.presenter.running
            case "export" | "delete_chat" | "copy" | "copy_code" | "copy_chat" | "fold" | "open" | "wrap_code":
                return bool(self.presenter.prompts)
            case "undo_delete":
                return self.actions.can_undo
            case _ if command in QUEUE_COMMANDS:
                return self._queue.can_run(command, self.presenter.id)
            case _:
                return True

    def action_command(self, command: str, argument: str = "") -> None:
        """Do what a command of this screen says, with what was typed behind it; its id is that of the table."""
        plain: dict[str, Callable[[], object]] = {
            "stop": self._stop,
            "new_chat": self._new_chat,
            "retry": self._answer_again,
            "find_models": self._look_again,
            "prompts": self._use_prompt,
        }
        if command in plain:
            plain[command]()
        elif command in COMPOSING_COMMANDS:
            self._perform(partial(self._composing.run, command, argument))
        elif command in QUEUE_COMMANDS:
            self._run_on_queue(command, self.layout_view.queue_panel.key)
        elif command == "rename_chat":
            self._rename(argument)
        elif command != "delete_chat" or self.presenter.prompts:  # an empty one is nowhere to be deleted from
            self._perform(partial(self.actions.run, command, argument))

    def _look_again(self) -> None:
        self._new_chat()
        self.first_choice.look_again()
        self._show_view()

    def _use_prompt(self, name: str = "") -> None:
        self._perform(partial(self.actions.use_prompt, self.layout_view.composer.prompt, name))

    def _rename(self, title: str) -> None:
        """Give this chat a name, or let one be typed in the list."""
        if title:
            self._perform(partial(self.actions.rename, self.presenter.id, title))
        else:
            self.layout_view.show_list()
            self.call_after_refresh(self.layout_view.chat_list.start_rename, self.presenter.id)

    def use_model(self, model: str) -> None:
        """Let a model answer from now on."""
        self._perform(partial(self.actions.use_model, model))

    def _stop(self) -> None:
        if self.first_choice.waiting:
            self.first_choice.give_back()
            self._show_view()
        if self._replies.stop(self.presenter.id):
            apply_changes(self.layout_view.transcript, self.presenter.stopped())

    def _answer_again(self) -> None:
        if self.presenter.conversation is not None and not self.presenter.running:
            self._replies.answer_again(self.presenter.conversation)
            self._show_view()

    def _new_chat(self) -> None:
        """An empty chat with the model of this one, or the one in which something was written and not sent."""
        shown = self.presenter
        if shown.prompts or shown.running or shown.id not in ("", self._drafts.written_for):
            self.open_chat(self._blank_chat())
        self.layout_view.action_back()

    def _show_changed(self, conversation: Conversation) -> None:
        self._show_view(self.presenter.changed(conversation))

    def begin(
        self, work: Callable[[], Coroutine[Any, Any, None]], group: str, *, exclusive: bool = False
    ) -> Worker[None]:
        """Run something beside everything else."""
        return self.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)

    async def _ask(self, dialog: "Screen[object]") -> object:
        return await self.app.push_screen_wait(dialog)

    @work(group="action", exit_on_error=False)
    async def _perform(self, action: Callable[[], Awaitable[Outcome]]) -> None:
        """Run an action beside everything else, so that it can wait for a dialog, and show what came of it."""
        try:
            self._show_outcome(await action())
        except ChinwagError as error:
            self.show_notice(error.sentence)

    def _show_outcome(self, outcome: Outcome) -> None:
        if outcome.models_added and self.first_choice.tell_added(f"{outcome.done}. {outcome.notice}"):
            return
        if outcome.conversation is not None or outcome.used_model:
            self._show_change(outcome)
        if outcome.deleted:
            self._forget_chat(outcome.deleted, for_good=outcome.for_good)
        if outcome.list_changed:
            self._read_list()
        if outcome.prompt is not None:
            self.layout_view.composer.prompt = outcome.prompt
        if outcome.link:
            self.app.open_url(outcome.link)
        if outcome.done:
            self.toast("✓", outcome.done)
        if outcome.notice:
            self.show_notice(outcome.notice)
        if outcome.answer_again:
            self._answer_again()

    def _show_change(self, outcome: Outcome) -> None:
        if outcome.used_model:
            self._remember(last_model=outcome.used_model)
            self.first_choice.made()
        self._show_view(self.presenter.changed(outcome.conversation) if outcome.conversation else [])
