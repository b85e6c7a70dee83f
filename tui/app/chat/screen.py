"""The chat screen: composes the layout, makes the parts, and routes.

What a widget posts goes to the part that knows what to do, and what a part changed is shown in the widgets.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widgets import TextArea
from textual.worker import Worker
from typing_extensions import override

from tui.app import workers
from tui.app.chat.changes import apply_changes
from tui.app.chat.following import FOLLOW_S
from tui.app.chat.layout import ChatLayout
from tui.app.chat.parts import ChatParts
from tui.app.commands import bindings
from tui.app.compositing import style_for
from tui.app.crash_notice import crash_notice
from tui.app.keymap.keymap import take_keys
from tui.app.styles import STYLE_CLASSES
from tui.app.transcript.view import Transcript
from tui.app.widgets.chat_list import ChatList
from tui.app.widgets.composer import Composer
from tui.app.widgets.header import Header
from tui.chat.prompt import Prompt
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.chat.actions import ChatActions
    from tui.app.chat.changes import Change
    from tui.app.chat.chat_commands import ChatCommands
    from tui.app.chat.dispatch import CommandDispatch
    from tui.app.chat.host import BrowserTab
    from tui.app.first_run.block import FoundModels
    from tui.app.widgets.model_pane import ModelPane
    from tui.app.widgets.question_card import QuestionCard
    from tui.app.widgets.queue_panel import QueuePanel
    from tui.app.widgets.settings_pane import SettingsPane
    from tui.app.workers import Work
    from tui.bootstrap import Services
    from tui.chat.replies.events import RepliesEvent
    from tui.store.records import Conversation

ChatListEvent = ChatList.Opened | ChatList.Searched | ChatList.Wanted | ChatList.TagsWanted | ChatList.Requested
PromptEvent = Composer.Sent | Composer.Stepped | Composer.Confirmed | Composer.PromptRequested
ComposerEvent = (
    Composer.AttachRequested
    | Composer.ResourceRequested
    | Composer.ImageRequested
    | Composer.ReadingCancelled
    | Composer.Pasted
    | Composer.AttachmentsChanged
)
TranscriptEvent = Transcript.CopyRequested | Transcript.LinkOpened | Transcript.OpenRequested | Transcript.ActionChosen


class ChatScreen(Screen[None]):
    """Shows one conversation at a time; replies of the others go on behind it.

    Args:
        services: what the program stands on.
        conversation: what to show first.
        remember, copy, choose_theme, lend, browser: what the app does for the screen; see `ChatParts`.
        notices: lines that stand above the messages from the start.
        prompt: what stands in the composer at the start.
        send: send `prompt` as soon as the conversation is shown.
        first_run: nothing was ever chosen: look what there is to chat with.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    AUTO_FOCUS = "PromptArea"

    title: Reactive[str | None] = Reactive(None, repaint=False)
    """That of the chat, for the window: nothing here draws it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat"), *bindings("found")]

    def __init__(
        self,
        services: "Services",
        conversation: "Conversation",
        *,
        remember: Callable[..., None],
        copy: Callable[[str, str], None],
        choose_theme: Callable[[str], Awaitable[str | None]],
        lend: Callable[[], AbstractContextManager[int | None]],
        browser: "BrowserTab",
        notices: Sequence[str],
        prompt: Prompt = Prompt(),  # noqa: B008  frozen
        send: bool = False,
        first_run: bool = False,
    ) -> None:
        super().__init__()
        self._library, self._replies, self._titles = services.library, services.replies, services.titles
        self._catalog, self._tools, self._sharing = services.catalog, services.tools, services.sharing
        self._remember, self._copy = remember, copy
        self._first, self._first_notices = conversation, notices
        self._resumed = False
        self.layout_view = ChatLayout(services.state)
        self.layout_view.welcome.shown = conversation.active_leaf is None
        parts = self._parts = ChatParts(
            self,
            services,
            self.layout_view,
            conversation,
            prompt,
            send=send,
            first_run=first_run,
            ask=self._ask,
            copy=copy,
            remember=remember,
            choose_theme=choose_theme,
            lend=lend,
            browser=browser,
            still=lambda: bool(getattr(self.app, "still", False)),
        )
        self.presenter, self.chats, self.first_choice = parts.presenter, parts.chats, parts.first_choice
        self._composing = parts.composing
        self.title = conversation.title
        parts.view_drawer.name_chat(conversation, self.presenter.info(conversation.model))  # before it is read

    @property
    def actions(self) -> "ChatActions":
        """What can be done with the chat."""
        return self._parts.actions

    @property
    def commands(self) -> "ChatCommands":
        """The commands of this screen."""
        return self._parts.commands

    @property
    def dispatch(self) -> "CommandDispatch":
        """Runs any command of the table."""
        return self._parts.dispatch

    def compose(self) -> ComposeResult:
        """Everything is in the layout."""
        # Each change of a class of the screen styles all that is on it anew, which is a tenth of the start: the classes
        # of its size come while it is still empty.
        self.update_classes(self.layout_view.fit(self), update=False)
        yield self.layout_view

    def on_mount(self) -> None:
        """Show the first conversation, and read the list."""
        take_keys(self)
        for text in self._first_notices:
            self.show_notice(text)
        self._replies.subscribe(self._show_event)
        self._replies.subscribe(self._titles.receive)
        self._titles.changed = self._parts.following.note_beside
        self._parts.pull_status.follow()
        if self._library.temporary:
            self.layout_view.composer.area.placeholder = "Ask anything; nothing of it is saved"
            self.layout_view.chat_list.invites = False
        else:  # what servers ask is asked once, by the screen that is always there
            self._parts.server_asks.follow()
        self.open_chat(self._first.id)
        self.call_after_refresh(self.first_choice.look_first)
        self.call_after_refresh(self._parts.search.build_index)
        self.read_list()
        self.watch(self.layout_view.composer.area, "attachments", self._parts.autosave.note, init=False)
        self.watch(self.app, "app_focus", self._parts.autosave.follow_focus, init=False)
        self.watch(self.app, "app_focus", self.layout_view.transcript.approvals.hidden, init=False)
        self.watch(self.app, "app_focus", self._parts.unread.note_seen, init=False)
        self.set_interval(FOLLOW_S, self.follow)

    def on_unmount(self) -> None:
        """Nobody answers servers any more."""
        self._parts.server_asks.end()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What lay over the messages is gone; the first time nothing did, and all was styled when it was mounted."""
        self._screen_resized(self.app.size)  # of another screen's time, which was told to nobody else
        event.refresh_styles, self._resumed = event.refresh_styles and self._resumed, True
        if not self.app._dom_ready:  # Textual draws the first frame, and then all of it again
            self.call_next(self._forget_repaint)
        self.layout_view.transcript.approvals.hidden()

    def _forget_repaint(self) -> None:
        if self.is_current:  # a dialog that has come meanwhile is drawn over what is to be repainted here
            self._repaint_required = False

    @override
    def _screen_resized(self, size: Size) -> None:
        if size != self._size:  # a start tells it three times, and each would be a layout
            style_for(self, self.layout_view.fit(self))  # before it is laid out: its panes are those of the new size
            super()._screen_resized(size)

    def follow(self) -> None:
        """Look whether another window on this library has written something, and show it."""
        self._parts.following.look()
        self._show_sharing()
        self._parts.figures_drawer.follow()

    def _show_sharing(self) -> None:
        self.layout_view.header.sharing = self._sharing.shown
        problem, lasting = self._sharing.news(monotonic())
        if lasting:
            self.show_notice(problem, "sharing")
        elif problem:
            self.toast("!", problem, "warning", seconds=8)
        if not self._sharing.refused:
            self.show_notice("", "sharing")

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        self.chats.open(conversation_id)

    def use_model(self, model: str) -> None:
        """Let a model answer from now on."""
        self.commands.use_model(model)

    async def save_drafts(self) -> None:
        """Have all that is written and not sent on disk."""
        self._parts.comparing.keep_written()
        await self._parts.autosave.save()

    def begin(self, work: "Work", group: str, *, exclusive: bool = False) -> Worker[None]:
        """Run something beside everything else."""
        return workers.begin(self, work, group, exclusive=exclusive)

    def _show_event(self, conversation_id: str, event: "RepliesEvent") -> None:
        self._parts.reply_events.receive(conversation_id, event)

    async def _ask(self, dialog: "Screen[object]") -> object:
        return await self.app.push_screen_wait(dialog)

    # What is shown.

    def show_view(self, changes: Sequence["Change"] = ()) -> None:
        """Draw changes of the transcript, and all that stands around it."""
        apply_changes(self.layout_view.transcript, changes)
        if changes and self.layout_view.transcript.pictures.wanted():
            self._show_pictures()
        self.presenter.offer_model(self.first_choice.offered)
        self.show_reading()
        view, layout = self.presenter.view(), self.layout_view
        if view is None:
            return
        self.title = view.conversation.title
        self._parts.view_drawer.draw(view)
        self._parts.questions.show()
        layout.transcript.can_undo = self.presenter.can_undo
        layout.escape_stops = self._can_stop
        self.first_choice.show(empty=not view.prompts)
        self._composing.use_model(view.model.id)
        self.refresh_bindings()
        layout.end_approving()
        if self.presenter.messages.notes_missing:
            self._note_switches()
        if self.app.app_focus:
            self._parts.unread.note_seen()

    @property
    def _can_stop(self) -> bool:
        """Whether a reply is under way here, or a prompt waits until it is known who answers."""
        return self.presenter.running or bool(self.first_choice.waiting)

    def show_reading(self) -> None:
        """Draw what the chat has used."""
        self._parts.figures_drawer.draw()

    def show_notice(self, text: str, about: str = "") -> None:
        """Let a line stand above the messages until it was read, or something else is to be said about the same."""
        if text or self.layout_view.notices_made:
            self.layout_view.notices.add(text, about=about)

    def show_problem(self, sentence: str) -> None:
        """Say why nothing came of something, until something else is done; what was typed for it comes back."""
        self.layout_view.notices.add(sentence, problem=True)
        self._parts.drafts.give_back_tried()

    def take_back_notice(self, text: str) -> None:
        """Let such a line go: it is so no longer."""
        if notices := self.layout_view.notices_made:
            notices.take_back(text)

    def toast(
        self,
        mark: str,
        text: str,
        severity: Literal["information", "warning"] = "information",
        *,
        seconds: float = 4,
    ) -> None:
        """Show a line for some seconds."""
        self.app.notify(f"{mark} {clean_line(text, 160)}", severity=severity, timeout=seconds, markup=False)

    def refuse(self, why_not: str) -> None:
        """Say in such a line why nothing is done; what was typed for it comes back."""
        self.toast("!", why_not, "warning")
        self._parts.drafts.give_back_tried()

    @work(group="pictures", exclusive=True, exit_on_error=False)
    async def _show_pictures(self) -> None:
        with suppress(ChinwagError):  # a picture is not worth a notice
            await self.actions.files.show_pictures(self.layout_view.transcript)

    @work(group="notes", exclusive=True, exit_on_error=False)
    async def _note_switches(self) -> None:
        async for change in self.presenter.switch_notes(self._tools.summary(self.presenter.settings).count):
            apply_changes(self.layout_view.transcript, [change])

    def read_list(self) -> None:
        """Read the list of chats, and draw it."""
        self._parts.list_reading.read()

    @on(Worker.StateChanged)
    def _report_crash(self, event: Worker.StateChanged) -> None:
        if text := crash_notice(event):
            self.show_notice(text)

    # Who answers in an empty chat.

    def on_found_models_filled(self, event: "FoundModels.Filled") -> None:
        """Show what was found, unless there are messages in its place."""
        event.stop()
        self.show_view()

    def on_found_models_offered(self, event: "FoundModels.Offered") -> None:
        """Name the model that answers now."""
        event.stop()
        self.show_view()

    def on_found_models_taken(self, event: "FoundModels.Taken") -> None:
        """Let the model answer."""
        event.stop()
        if not (event.found and self.first_choice.waiting):  # what waits looks itself for the best one
            self.commands.use_model(event.model, done=event.found)

    def on_found_models_key_requested(self, event: "FoundModels.KeyRequested") -> None:
        """Ask for a key."""
        event.stop()
        self._parts.runner.start(partial(self.actions.add_key, provider=event.provider))

    def on_found_models_requested(self, event: "FoundModels.Requested") -> None:
        """Do a command."""
        event.stop()
        self.action_command(event.command)

    # What the widgets post.

    @on(TextArea.Changed)
    def _note_text(self, event: TextArea.Changed) -> None:  # not stopped: the app warms up while one writes
        self.layout_view.note_writing(event.text_area.document.end != (0, 0))
        self.first_choice.follow_writing()
        self._parts.questions.follow_writing()
        self._tools.start(self.presenter.settings)
        self._parts.autosave.note()

    @on(Composer.Sent)
    @on(Composer.Stepped)
    @on(Composer.Confirmed)
    @on(Composer.PromptRequested)
    def _serve_prompt(self, event: PromptEvent) -> None:
        event.stop()
        match event:
            case Composer.Sent(prompt):
                self._parts.sender.send(prompt)
            case Composer.Stepped(rows):
                self.first_choice.mark(rows)
            case Composer.Confirmed():
                self.commands.confirm()
            case Composer.PromptRequested(name):
                self.commands.use_prompt(name)

    @on(Composer.Called)
    def _run_called(self, event: Composer.Called) -> None:
        event.stop()
        self.call_after_refresh(self.dispatch.run_typed, event.call)  # once it is seen that it was taken

    def on_queue_panel_requested(self, event: "QueuePanel.Requested") -> None:
        """Do something with a prompt that waits."""
        event.stop()
        self.commands.run_on_queue(event.command, event.id)

    def on_question_card_answered(self, event: "QuestionCard.Answered") -> None:
        """Do what was answered."""
        event.stop()
        self._parts.question_answers.answer(event.action)

    def on_question_card_left(self, event: "QuestionCard.Left") -> None:
        """Ask no more: something else is written."""
        event.stop()
        self._parts.questions.dismiss()
        self.layout_view.composer.area.insert_typed(event.typed)

    @on(Composer.Interrupted)
    @on(Composer.QuitRequested)
    async def _leave_composer(self, event: Composer.Interrupted | Composer.QuitRequested) -> None:
        event.stop()
        if isinstance(event, Composer.QuitRequested):
            await self.app.run_action("quit")
        elif self.get_selected_text():
            self.action_copy_text()
        elif self._can_stop:
            self._parts.sender.stop()
        elif self.layout_view.composer.prompt:
            self.layout_view.composer.clear()
            self.toast("✓", "Cleared · ↑ brings it back")

    @on(Composer.AttachRequested)
    @on(Composer.ResourceRequested)
    @on(Composer.ImageRequested)
    @on(Composer.ReadingCancelled)
    @on(Composer.Pasted)
    @on(Composer.AttachmentsChanged)
    def _serve_composer(self, event: ComposerEvent) -> None:
        event.stop()
        match event:
            case Composer.AttachRequested(source):
                self._composing.attach(source)
            case Composer.ResourceRequested(resource):
                self._parts.runner.start(partial(self._composing.attach_resource, resource))
            case Composer.ImageRequested():
                self._composing.paste_image(quietly=True)
            case Composer.ReadingCancelled(index):
                self._composing.cancel(index)
            case Composer.Pasted(text, shown, start):
                self._composing.look_at_paste(text, shown, start)
            case Composer.AttachmentsChanged(attachments):
                self._composing.describe(attachments)

    @on(ChatList.Opened)
    @on(ChatList.Searched)
    @on(ChatList.Wanted)
    @on(ChatList.TagsWanted)
    @on(ChatList.Requested)
    def _change_list(self, event: ChatListEvent) -> None:
        event.stop()
        match event:
            case ChatList.Opened(conversation_id, message_id, words) if message_id:
                self.chats.open_at(conversation_id, message_id, words)
            case ChatList.Opened(conversation_id):
                self.open_chat(conversation_id)
                self.layout_view.action_back()
            case ChatList.Searched(typed):
                self._parts.search.look_for(typed)
            case ChatList.Wanted("found"):
                self._parts.search.look_further()
            case ChatList.Wanted(stretch):
                self._parts.list_reading.read(stretch)
            case ChatList.TagsWanted():
                self._parts.list_reading.read_tags()
            case ChatList.Requested("new_chat"):
                self.chats.open_new()
            case ChatList.Requested(command, ids, typed):
                self._parts.runner.start(partial(self._parts.list_actions.run, command, ids, typed))

    @on(ChatLayout.PanesMoved)
    def _remember_panes(self, event: ChatLayout.PanesMoved) -> None:
        event.stop()
        self._remember(**event.changes)

    @on(Header.ModelClicked)
    def on_model_pane_clicked(self, event: "Header.ModelClicked | ModelPane.Clicked") -> None:
        """Choose another model."""
        event.stop()
        self.action_command("switch_model")

    def on_settings_pane_changed(self, event: "SettingsPane.Changed") -> None:
        """Save the settings."""
        event.stop()
        self._parts.runner.start(partial(self.actions.set_settings, event.settings))

    def on_settings_pane_system_prompt_requested(self, event: "SettingsPane.SystemPromptRequested") -> None:
        """Write the system prompt."""
        event.stop()
        self.action_command("system_prompt")

    def on_settings_pane_tools_requested(self, event: "SettingsPane.ToolsRequested") -> None:
        """Show the tools."""
        event.stop()
        self.action_command("tools")

    @on(Transcript.MessageFocused)
    def _show_focused(self, event: Transcript.MessageFocused) -> None:
        event.stop()
        self._parts.figures_drawer.focus(event.message_id)

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
                self._parts.runner.start(partial(self.actions.open_link, href))
            case Transcript.OpenRequested(openables):
                self._parts.runner.start(partial(self.actions.open, openables))
            case Transcript.ActionChosen(message_id, action):
                self.commands.run_on_message(message_id, action)

    @on(Transcript.ToolAnswered)
    def _answer_tool(self, event: Transcript.ToolAnswered) -> None:
        event.stop()
        self._parts.tool_answers.answer(event)

    # Commands.

    def on_key(self, event: events.Key) -> None:
        """Say why the key of the tools that wait does nothing: who presses it goes on with yes or no."""
        layout = self.layout_view
        if event.key in layout.keymap["layout.answer_tool"] and not layout.transcript.approvals:
            event.stop()
            self.toast("!", "No tool waits for you", "warning")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a command acts in this focus."""
        layout = self.layout_view
        ends_edit = bool(layout.composer.edited) and layout.composer.area.has_focus and not layout.covered
        if action == "command" and parameters == ("cancel_edit",):
            return ends_edit
        if action == "command" and parameters == ("stop",):
            return self._can_stop and not layout.covered and not ends_edit
        if action == "found":
            return self.first_choice.can_run(str(parameters[0]))
        return True

    def action_command(self, command: str, argument: str = "") -> None:
        """Do what a command of this screen says, with what was typed behind it; its id is that of the table."""
        self.commands.run(command, argument)

    def action_found(self, command: str) -> None:
        """Do what a command says that belongs to what was found."""
        self.first_choice.run(command)
        self.show_view()
