"""The chat screen: composes the layout, and routes.

What a widget posts goes to an action or to the replies, what the replies report goes through the presenter to the
widget concerned. It never draws.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker

from tui.app.chat.actions import ChatActions
from tui.app.chat.changes import Change, apply_changes
from tui.app.chat.drafts import Drafts
from tui.app.chat.layout import ChatLayout
from tui.app.chat.outcome import Outcome
from tui.app.chat.presenter import ChatPresenter
from tui.app.commands import bindings
from tui.app.crash_notice import crash_notice
from tui.app.styles import STYLE_CLASSES
from tui.app.transcript.view import Transcript
from tui.app.widgets.chat_list import ChatList
from tui.app.widgets.composer import Composer
from tui.app.widgets.header import Header
from tui.app.widgets.model_pane import ModelPane
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
from tui.errors import ChinwagError
from tui.store.records import Conversation
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services

ChatListEvent = (
    ChatList.Opened | ChatList.NewRequested | ChatList.Renamed | ChatList.DeleteRequested | ChatList.UndoRequested
)
ChatSettingEvent = SettingsPane.Changed | SettingsPane.SystemPromptRequested | Header.ModelClicked | ModelPane.Clicked
TranscriptEvent = Transcript.CopyRequested | Transcript.LinkOpened | Transcript.ActionChosen

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
        notices: lines that stand above the messages from the start.
        prompt: what stands in the composer at the start.
        send: send `prompt` as soon as the conversation is shown.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    AUTO_FOCUS = "PromptArea"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat")]

    def __init__(
        self,
        services: "Services",
        conversation: Conversation,
        *,
        remember: Callable[..., None],
        copy: Callable[[str, str], None],
        notices: list[str],
        prompt: Prompt = Prompt(),  # noqa: B008  frozen
        send: bool = False,
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
        self._drafts = Drafts(self.layout_view.composer)
        self._drafts.put(conversation.id, prompt)
        self.presenter = ChatPresenter(services.library, services.replies, services.catalog)
        self.actions = ChatActions(self.presenter, services, self._ask)

    def compose(self) -> ComposeResult:
        """Everything is in the layout."""
        # Each change of a class of the screen styles all that is on it anew, which is a tenth of the start: the classes
        # of its size come while it is still empty.
        self.update_classes(self.layout_view.classes_for(self.app), update=False)
        yield self.layout_view

    def on_mount(self) -> None:
        """Show the first conversation, and read the list."""
        for text in self._first_notices:
            self.show_notice(text)
        self._replies.subscribe(self._receive)
        self.open_chat(self._first.id)
        self._read_list()
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
        self._show_reading()
        view, layout = self.presenter.view(), self.layout_view
        if view is None:
            return
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
        layout.chat_list.drafts = self._drafts.waiting
        layout.queue_line.prompts = tuple(queued.prompt.text for queued in view.queued)
        layout.escape_stops = view.running
        self.refresh_bindings()
        if self.presenter.notes_missing:
            self._note_switches()

    def _show_reading(self) -> None:
        self.layout_view.meter.reading = self.presenter.reading
        self.layout_view.inspector.reading = self.presenter.reading

    def show_notice(self, text: str) -> None:
        """Let a line stand above the messages until it was read."""
        self.layout_view.notices.add(text)

    def _toast(self, mark: str, text: str, severity: Literal["information", "warning"] = "information") -> None:
        self.app.notify(f"{mark} {clean_line(text, 160)}", severity=severity, timeout=4, markup=False)

    @work(group="notes", exclusive=True, exit_on_error=False)
    async def _note_switches(self) -> None:
        async for change in self.presenter.switch_notes():
            apply_changes(self.layout_view.transcript, [change])

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _read_list(self) -> None:
        chat_list = self.layout_view.chat_list
        try:
            chat_list.conversations = await self._library.conversations(limit=LISTED)
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
            case PromptReturned(prompt=prompt, message=message):
                self._drafts.give_back(conversation_id, prompt or Prompt())
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
            self._toast("✓", f"{title} has its answer")
        elif isinstance(event, ReplyFailed):
            self._toast("!", f"{title} could not be answered", "warning")

    # Chats and their drafts.

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        if conversation_id != self._drafts.written_for:  # else it is shown, or about to be
            self._drafts.write_for(conversation_id)
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
            return
        self._show_view(changes)
        self.layout_view.composer.area.remember_texts(self.presenter.prompts)
        if self._send_first:
            self._send_first = False
            self.layout_view.composer.area.action_send()
        with suppress(ChinwagError):
            await self._report_branches()

    def _blank_chat(self) -> str:
        """Id of an empty chat: a new one, unless there is one with a draft, which no list has."""
        if self._blank not in self._drafts.waiting:
            self._blank = self._library.new((self.presenter.conversation or self._first).model).id
        return self._blank

    def _forget_chat(self, conversation_id: str) -> None:
        """A conversation is gone; if it was shown, an empty one is."""
        self._replies.stop(conversation_id)
        self._drafts.discard(conversation_id)
        if conversation_id == self._drafts.written_for:
            self.open_chat(self._blank_chat())

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
        self._remember(last_model=conversation.model)
        self.layout_view.transcript.scroll_end(animate=False)
        self._replies.send(conversation, event.prompt)
        self._show_view()

    @on(Composer.Interrupted)
    @on(Composer.QuitRequested)
    async def _leave_composer(self, event: Composer.Interrupted | Composer.QuitRequested) -> None:
        event.stop()
        if isinstance(event, Composer.QuitRequested):
            await self.app.run_action("quit")
        elif self.get_selected_text():
            self.action_copy_text()
        elif self.presenter.running:
            self._stop()
        else:
            self.layout_view.composer.clear()

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
    @on(Transcript.ActionChosen)
    def _act_on_message(self, event: TranscriptEvent) -> None:
        event.stop()
        match event:
            case Transcript.CopyRequested(text, what):
                self._copy(text, what)
            case Transcript.LinkOpened(href):
                self._perform(partial(self.actions.open_link, href))
            case Transcript.ActionChosen(message_id, "retry") if not self.presenter.is_last(message_id):
                self._toast("!", "Only the last prompt can be asked again", "warning")
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
            return self.presenter.running and not self.layout_view.covered
        return True

    def can_run(self, command: str) -> bool:
        """Whether a command could be done now, wherever the focus is; for the menu."""
        match command:
            case "stop":
                return self.presenter.running
            case "retry":
                return bool(self.presenter.prompts) and not self.presenter.running
            case "export" | "delete_chat":
                return bool(self.presenter.prompts)
            case _:
                return True

    def action_command(self, command: str) -> None:
        """Do what a command of this screen says; its id is that of the table of commands."""
        match command:
            case "stop":
                self._stop()
            case "new_chat":
                self._new_chat()
            case "retry":
                self._answer_again()
            case "rename_chat":
                self.layout_view.show_list()
                self.call_after_refresh(self.layout_view.chat_list.start_rename, self.presenter.id)
            case "prompts":
                self._perform(partial(self.actions.use_prompt, self.layout_view.composer.prompt))
            case "delete_chat" if not self.presenter.prompts:
                pass  # one in which nothing was asked yet is nowhere to be deleted from
            case _:
                self._perform(partial(self.actions.run, command))

    def use_model(self, model: str) -> None:
        """Let a model answer from now on."""
        self._perform(partial(self.actions.use_model, model))

    def _stop(self) -> None:
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
        if outcome.conversation is not None:
            self._show_view(self.presenter.changed(outcome.conversation))
        if outcome.used_model:
            self._remember(last_model=outcome.used_model)
        if outcome.deleted:
            self._forget_chat(outcome.deleted)
        if outcome.list_changed:
            self._read_list()
        if outcome.prompt is not None:
            self.layout_view.composer.prompt = outcome.prompt
        if outcome.link:
            self.app.open_url(outcome.link)
        if outcome.done:
            self._toast("✓", outcome.done)
        if outcome.notice:
            self.show_notice(outcome.notice)
        if outcome.answer_again:
            self._answer_again()
