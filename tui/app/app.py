"""The application: themes, the one main screen, the workers in which replies run, and how it ends. No feature logic.

Everything it needs is built by `tui.bootstrap` and handed in.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.notifications import Notify
from textual.screen import Screen
from textual.widgets import TextArea
from textual.worker import Worker, WorkerError
from typing_extensions import override

from tui.app import workers
from tui.app.chat.screen import ChatScreen
from tui.app.closed_widgets import release_drawn_lines, release_styles
from tui.app.commands import bindings
from tui.app.compositing import draw_only_what_changed, lay_out_once
from tui.app.crash_notice import crash_notice
from tui.app.keymap.keymap import put_on
from tui.app.keymap.merging import merge_keys, notice_of
from tui.app.keymap.surroundings import surroundings
from tui.app.style_rules import hash_rules_fast, style_components_once
from tui.app.terminal import guard_output, leave
from tui.app.themed import LOOK_SETTINGS, ThemedApp
from tui.app.theming import theme_kinds
from tui.app.transcript.stream_drawer import FRAME_S
from tui.app.warmup import WarmUp
from tui.app.window import Window
from tui.chat.prompt import Prompt
from tui.collector import wake_collector
from tui.config import AUTO, load_state, save_state
from tui.errors import ConfigError
from tui.figures import counted
from tui.paths import state_dir
from tui.streams import tab_folder

if TYPE_CHECKING:
    from tui.app.dialogs.confirm import Confirm
    from tui.app.keymap.keymap import Keymap
    from tui.app.temporary_chats import TemporaryChats
    from tui.bootstrap import Services
    from tui.chat.prompt import PromptAttachment
    from tui.chat.replies.replies import Replies
    from tui.chat.settings import ChatSettings
    from tui.store.records import Conversation


MOST_TOASTS = 2
"""Of more than these the oldest gives way: what happened last is seen, and little of the screen is covered."""

BACK_UP_AFTER_S, BACK_UP_EVERY_S = 5.0, 3600.0
"""When it is first seen to the day's copy of the library, behind all that a start does, and how often after that."""
BACK_UP_REST_S = 2.0
"""For so long nothing is written in a composer before a copy begins."""

TEMPORARY_KEPT_S = 12 * 3600.0
"""How long temporary chats wait for a browser's tab to come again."""
SHARE_AFTER_S = 0.5
"""When sharing begins, behind the first frame."""

_COMES = "A reply is still coming in. It stops when you leave; what came so far is kept."
_CAME = "The reply has ended."
_NOT_SAVED = "Nothing new will be saved: the library cannot be written."


class ChatApp(ThemedApp):
    """Chinwag on a terminal.

    Args:
        conversation: what to show first; None starts an empty chat.
        banner: what the person must know from the start, such as that nothing can be saved; "" for nothing.
        prompt, attachments: what stands in the composer at the start.
        send: send `prompt` at once.
        first_run: nothing was ever chosen: look for keys and servers, and show them.
        warm_up: import what the first prompt needs while it is written.
        temporary: begin with a chat of which nothing is saved, with these settings, and the model of `conversation`.

    Attributes:
        standing_notice: a line that every screen that covers the chat shows, too; "" for none.
        keymap: the keys of every command, which a new screen takes.
    """

    TITLE = "chinwag"
    CSS_PATH: ClassVar[list[str | PurePath] | None] = [
        "app.tcss",
        "chat/chat.tcss",
    ]  # the default screen's own sheet is never loaded
    ENABLE_COMMAND_PALETTE = False
    # Textual annotates these two so that a type checker takes them for instance variables.
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-w0"), (40, "-w40"), (60, "-w60"), (100, "-w100"), (160, "-w160")]  # type: ignore[misc]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-h0"), (8, "-h8"), (14, "-h14"), (20, "-h20")]  # type: ignore[misc]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    def __init__(
        self,
        services: "Services",
        *,
        conversation: "Conversation | None" = None,
        banner: str = "",
        prompt: str = "",
        attachments: "tuple[PromptAttachment, ...]" = (),
        send: bool = False,
        first_run: bool = False,
        warm_up: bool = True,
        temporary: "ChatSettings | None" = None,
    ) -> None:
        guard_output()
        release_drawn_lines()
        release_styles()
        hash_rules_fast()
        style_components_once()
        draw_only_what_changed()
        lay_out_once()
        super().__init__(lambda: services.preferences.values, light=bool(services.state.light_terminal))
        self._services = services
        self._replies = services.replies
        self._state = state = services.state
        self._preferences = services.preferences
        self.standing_notice = "" if services.library.saves else _NOT_SAVED
        self._question: Confirm | None = None
        self._warm = WarmUp() if warm_up else None
        self._written_at = 0.0
        self.keymap, self._keys_notice = self._merged_keys()
        self._notices = [text for text in (banner, state.notice, self._keys_notice, *self.theme_problems) if text]
        library, catalog = services.library, services.catalog
        first = conversation or library.new(catalog.default(None, None, state.last_model))
        self._begun_temporary = None if temporary is None else (first.model, temporary)
        asked: Callable[..., ChatScreen] = partial(self._chat_screen, send=send, prompt=Prompt(prompt, attachments))
        self._make_temporary: Callable[..., ChatScreen] = self._chat_screen if temporary is None else asked
        make_saved = asked if temporary is None else self._chat_screen
        self._saved_chats = make_saved(services, first, notices=self._notices, first_run=first_run)
        self._temporary: TemporaryChats | None = None
        self._preferences.listen(self._apply)
        self._replies.run_with(self._run_reply, beat_s=FRAME_S)
        put_on(self, self.keymap)
        self._window = Window(
            self,
            self._preferences.values.text("notifications") or "",
            lambda: self.chat.presenter.id,
            lambda: any(one.running for one in self._all_replies),
        )

    def _chat_screen(
        self,
        services: "Services",
        conversation: "Conversation",
        *,
        notices: Sequence[str] = (),
        send: bool = False,
        prompt: Prompt = Prompt(),  # noqa: B008  frozen
        first_run: bool = False,
    ) -> ChatScreen:
        """A screen of chats, with what the app does for it."""
        screen = ChatScreen(
            services,
            conversation,
            remember=self.remember,
            copy=self.copy,
            choose_theme=self.choose_theme,
            lend=self.terminal_lent,
            browser=self,
            notices=notices,
            send=send,
            prompt=prompt,
            first_run=first_run,
        )
        screen.layout_view.keymap = self.keymap
        return screen

    def get_default_screen(self) -> Screen[Any]:
        """The screen of the chats that are saved is the one that always stays."""
        return self._saved_chats

    @property
    def chat(self) -> ChatScreen:
        """The screen of chats that is shown, or lies below a dialog."""
        temporary = self._temporary
        return temporary.screen if temporary and temporary.screen in self.screen_stack else self._saved_chats

    @property
    def _chat_screens(self) -> tuple[ChatScreen, ...]:
        return (self._saved_chats,) if self._temporary is None else (self._saved_chats, self._temporary.screen)

    @property
    def _all_replies(self) -> "tuple[Replies, ...]":
        return (self._replies,) if self._temporary is None else (self._replies, self._temporary.replies)

    def on_mount(self) -> None:
        """Be ready to be told to go, and begin what runs behind the first frame."""
        self.install_signals()
        self._replies.subscribe(self._window.receive)
        self.watch(self._saved_chats, "title", self._window.name_chat)
        self.typed_ahead.start(lambda: self.chat.chats.leave_unseen())
        if self._begun_temporary is not None:
            self.action_temporary()
        self.call_after_refresh(wake_collector)
        self.set_timer(BACK_UP_AFTER_S, self.begin_backup)
        self.set_interval(BACK_UP_EVERY_S, self.begin_backup)
        self.set_timer(SHARE_AFTER_S, self.begin_sharing)

    @on(TextArea.Changed)
    def _warm_up(self, event: TextArea.Changed) -> None:
        """Have everything there by the time a prompt is sent."""
        self._written_at = monotonic()
        if self._warm is not None and event.text_area.document.end != (0, 0):
            self._warm.start()

    def on_notify(self, event: Notify) -> None:
        """Make room for a toast: the same one goes, else the oldest."""
        standing = [*self._notifications]
        again = [one for one in standing if one.message == event.notification.message]
        for one in again or standing[: max(len(standing) + 1 - MOST_TOASTS, 0)]:
            self._unnotify(one, refresh=False)

    def begin_sharing(self) -> None:
        """Let the library be exchanged with other machines, where it is shared."""
        workers.begin(self, partial(self._services.sharing.start, self._saved_chats.follow), "sharing")

    def begin_backup(self) -> None:
        """Let the library have its copy of the day, behind everything else, what is being written before all."""
        if (rest_s := self._written_at + BACK_UP_REST_S - monotonic()) > 0:
            self.set_timer(rest_s, self.begin_backup)
            return
        workers.begin(self, self._back_up, "backup")

    async def _back_up(self) -> None:
        self._saved_chats.show_notice(await self._services.backups.see_to(date.today()), "backup")

    def remember(self, **changes: Any) -> None:
        """Keep something for the next start; a folder that cannot be written to costs no more than that."""
        state = replace(self._state, **changes)
        if state != self._state:
            self._state = state
            with suppress(ConfigError):  # what another window has remembered since the start stays
                save_state(replace(load_state(), **changes))

    def _run_reply(self, reply_id: str, work: "workers.Work") -> None:
        """Run a reply as a worker of the app, so that it outlives whatever is on screen."""
        workers.begin(self, work, f"reply-{reply_id}")

    @on(Worker.StateChanged)
    def _report(self, event: Worker.StateChanged) -> None:
        """Say it when one of the app's own workers broke down."""
        if text := crash_notice(event):
            self.chat.show_notice(text)

    def leave_if_idle(self, unseen_s: float) -> None:
        """Let replies come to their end first, and temporary chats wait longer: whoever serves the tab asks again."""
        workers.begin(self, partial(self._leave_if_idle, unseen_s), "leave")

    async def _leave_if_idle(self, unseen_s: float) -> None:
        temporary = self._temporary
        kept = temporary is not None and unseen_s < TEMPORARY_KEPT_S and await temporary.has_messages()
        if not kept and not any(one.running for one in self._all_replies):
            super().leave_if_idle(unseen_s)

    async def save_before_suspending(self) -> None:
        """Have the drafts on disk."""
        await self._saved_chats.save_drafts()

    async def save_before_exit(self) -> None:
        """Stop what is under way and wait until it is saved."""
        if self._warm is not None:
            self._warm.stop()
        saved = self._saved_chats
        saved.first_choice.give_back()
        shown = saved.presenter
        self.remember(last_chat=shown.id if shown.prompts else None)
        await saved.save_drafts()  # at once: the replies may use up all the time that a signal leaves
        for running in self._all_replies:
            running.stop_all()
        replies = [worker for worker in self.workers if worker.group.startswith("reply-")]
        if replies:  # for an empty list Textual waits for every worker
            with suppress(WorkerError):
                await self.workers.wait_for_complete(replies)
        await saved.save_drafts()
        await self._replies.queue.written()
        if self._temporary is not None:
            await self._temporary.aclose()

    # Chats of which nothing is saved.

    def action_temporary(self) -> None:
        """Go to the chats of which nothing is saved, or back."""
        if self.screen not in self._chat_screens:
            return
        if self._temporary is None:
            workers.begin(self, self._open_temporary, "action")
        elif self.screen is self._temporary.screen:
            self.action_saved_chats()
        else:
            self.push_screen(self._temporary.screen)

    def action_new_temporary(self) -> None:
        """Begin a chat of which nothing is saved, from wherever it is asked for."""
        temporary = self._temporary
        if temporary is None or self.screen is not temporary.screen:
            self.action_temporary()
        if temporary is not None:
            self.call_later(temporary.screen.chats.open_new)

    def action_saved_chats(self, conversation_id: str = "") -> None:
        """Go back to the chats that are saved, or to one of them."""
        if self._temporary is not None and self.screen is self._temporary.screen:
            self.pop_screen()
            self._saved_chats.read_list()
        if conversation_id:
            self._saved_chats.open_chat(conversation_id)

    async def _open_temporary(self) -> None:
        from tui.app.temporary_chats import TemporaryChats

        shown = self._saved_chats.presenter.model or self._services.catalog.default(None, None, self._state.last_model)
        model, settings = self._begun_temporary or (shown, None)
        self._temporary = await TemporaryChats.open(self._services, model, settings, self._make_temporary)
        self._temporary.replies.run_with(self._run_reply, beat_s=FRAME_S)
        self._temporary.replies.subscribe(self._window.receive)
        self.install_screen(self._temporary.screen, "temporary")
        await self.push_screen(self._temporary.screen)

    # Themes.

    @override
    def say(self, text: str) -> None:
        if self.is_running:
            self.chat.show_notice(text)

    @override
    def take_back(self, text: str) -> None:
        for screen in self._chat_screens if self.is_running else ():
            screen.take_back_notice(text)

    @override
    def remember_light(self, light: bool) -> None:
        if not tab_folder():  # a browser's colours say nothing of the terminal of the next start
            self.remember(light_terminal=light)

    def action_themes(self, wanted: str = "") -> None:
        """Try themes on, and keep one; one that is named is put on at once."""
        if wanted == AUTO or wanted in self.available_themes:
            workers.begin(self, partial(self._keep_theme, wanted), "action")
        else:
            self._choose_theme(wanted)

    async def _keep_theme(self, name: str) -> None:
        try:
            await self._preferences.change("theme", name)
        except ConfigError as error:
            self.chat.show_notice(error.sentence)

    @work(group="action", exit_on_error=False)
    async def _choose_theme(self, wanted: str) -> None:
        name = await self.choose_theme(query=wanted)
        if name is not None:
            await self._keep_theme(name)

    async def choose_theme(self, setting: str = "theme", query: str = "") -> str | None:
        """Ask for the theme of a setting, by trying themes on; None keeps the one before."""
        from tui.app.dialogs.themes import ThemePicker

        await self.find_own_themes()
        kinds = theme_kinds(self.available_themes, auto=setting == "theme")
        current = self._preferences.values.text(setting) or self.theme
        name: str | None = await self.push_screen_wait(ThemePicker(kinds, current, self.wear, query=query))
        if name is None:
            self.dress()
        return name

    def _apply(self, setting: str) -> None:
        """Let a setting that was just changed hold on the screen."""
        if setting == "theme":
            self.remember(theme=None)
        if setting in LOOK_SETTINGS:
            self.take_up(setting)
        elif setting == "notifications":
            self._window.notify_by(self._preferences.values.text("notifications") or "")
        elif setting.startswith("limits."):
            self.chat.presenter.behind = True
            self.chat.follow()
        elif setting in ("keys.preset", "composer.enter"):
            before = self._keys_notice
            self.keymap, self._keys_notice = self._merged_keys()
            for node in {self, *self.screen_stack, *self._chat_screens}:
                put_on(node, self.keymap)
            for screen in self._chat_screens:
                screen.layout_view.keymap = self.keymap
            self.refresh_bindings()
            if before and before != self._keys_notice:
                self.take_back(before)
            if self._keys_notice:
                self.chat.show_notice(self._keys_notice)

    # Keys.

    def _merged_keys(self) -> tuple["Keymap", str]:
        """The keys as they are configured now, and what is to be said about that."""
        values = self._preferences.values
        preset, breaks = values.text("keys.preset") or "", values.text("composer.enter") == "newline"
        config, around = self._services.config, surroundings(os.environ)
        keymap, problems = merge_keys(preset, config.keys, around, enter_breaks=breaks)
        return keymap, notice_of(problems)

    # Commands of the app.

    def action_help_quit(self) -> None:
        """Say what leaves: ctrl+c copies what is marked, and here nothing is."""
        self.chat.toast("→", f"{self.keymap.shown('app.quit')} quits")

    def action_palette(self) -> None:
        """Everything that can be done here, by name."""
        if self.screen is not self.chat:
            return
        from tui.app.dialogs.palette import CommandPalette

        usable = [id for id, command in self.chat.dispatch.usable() if command.palette]
        self.push_screen(CommandPalette(usable, self.keymap), self._run_command)

    async def _run_command(self, id: str | None) -> None:
        if id is not None:
            await self.chat.dispatch.run(id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The menu is for the chat; what covers all of that has keys of its own."""
        return action != "palette" or self.screen is self.chat or self.screen.is_modal

    def action_help(self) -> None:
        """What the keys do."""
        if not self.screen.is_modal:
            from tui.app.dialogs.help import Help

            self.push_screen(Help(self.keymap))

    async def action_quit(self) -> None:
        """Leave; ask first while a reply comes in or something could not be saved, and take a second press for yes."""
        if self._question is not None and self.screen is self._question:
            self._question.action_agree()
        elif self._temporary is not None and await self._temporary.has_messages():
            question = "What was said in temporary chats goes when you leave. /keep saves a chat."
            self._ask_to_quit(question, "quit", self._quit_if, at_once=False)
        elif self._reply_comes:
            self._ask_to_quit(_COMES, "quit", self._quit_if)
        else:
            await self._quit_if(True)

    @property
    def _reply_comes(self) -> bool:
        return any(replies.coming for replies in self._all_replies)

    @on(Worker.StateChanged)
    def _ask_otherwise(self, event: Worker.StateChanged) -> None:
        """Say in the question whether a reply still comes in, when one has begun or ended under it."""
        question = self._question
        if question is not None and question.question in (_COMES, _CAME) and event.worker.group.startswith("reply-"):
            question.ask(_COMES if self._reply_comes else _CAME)

    def _ask_to_quit(
        self, question: str, yes: str, answer: Callable[[bool | None], Awaitable[None]], *, at_once: bool = True
    ) -> None:
        from tui.app.dialogs.confirm import Confirm

        self._question = Confirm("Quit", question, yes, "stay", at_once=at_once)
        self.push_screen(self._question, answer)

    async def _quit_if(self, agreed: bool | None) -> None:
        if agreed:
            try:
                await leave(self.save_before_exit, lambda: None)
            finally:
                await self._leave_or_ask()

    async def _leave_or_ask(self) -> None:
        """Try once more to save what the disk has refused, and offer to write it elsewhere if it still does."""
        library = self._services.library
        if library.all_saved:
            self.exit()
            return
        from tui.chat.unsaved import in_memory_only, save_again

        await save_again(library)
        unsaved = await in_memory_only(library)
        if not unsaved:
            self.exit()
            return
        number = sum(len(one.messages) for one in unsaved)
        question = (
            f"{counted(number, 'message')} could not be saved: the library takes nothing."
            f" Leaving writes what is in memory to a file in {state_dir()}, and says its name."
        )
        self._ask_to_quit(question, "write the file, and quit", self._exit_if)

    async def _exit_if(self, agreed: bool | None) -> None:
        if agreed:
            self.exit()
