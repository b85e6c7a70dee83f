"""The application: themes, the one main screen, the workers in which replies run, and how it ends. No feature logic.

Everything it needs is built by `tui.bootstrap` and handed in.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import InvalidThemeError
from textual.binding import BindingType
from textual.color import ColorParseError
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from tui.app.chat.screen import ChatScreen
from tui.app.closed_widgets import release_drawn_lines
from tui.app.commands import BY_ID, bindings
from tui.app.crash_notice import crash_notice
from tui.app.terminal import GuardedApp, guard_output, leave
from tui.app.theming import DARK, install_themes, tuned
from tui.app.warmup import WarmUp
from tui.chat.prompt import Prompt, PromptAttachment
from tui.config import save_state
from tui.errors import ConfigError
from tui.figures import counted
from tui.model_id import ModelId
from tui.paths import state_dir
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.dialogs.confirm import Confirm
    from tui.bootstrap import Services
    from tui.store.records import Conversation


_NOT_SAVED = "Nothing new will be saved: the library cannot be written."


class ChatApp(GuardedApp):
    """Chinwag on a terminal.

    Args:
        conversation: what to show first; None starts an empty chat.
        banner: what the person must know from the start, such as that nothing can be saved; "" for nothing.
        prompt, attachments: what stands in the composer at the start.
        send: send `prompt` at once.
        first_run: nothing was ever chosen: look for keys and servers, and ask.
        warm_up: import what the first prompt needs once the first frame stands.

    Attributes:
        standing_notice: a line that every screen that covers the chat shows, too; "" for none.
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
    ) -> None:
        super().__init__()
        guard_output()
        release_drawn_lines()
        self._services = services
        self._replies = services.replies
        self._state = state = services.state
        self._first_run = first_run
        self.standing_notice = "" if services.library.saves else _NOT_SAVED
        self._question: Confirm | None = None
        self._warm = WarmUp() if warm_up else None
        self._notices = [text for text in (banner, state.notice, *install_themes(self)) if text]
        library, catalog = services.library, services.catalog
        first = conversation or library.new(catalog.default(None, None, state.last_model))
        self.chat = ChatScreen(
            services,
            first,
            remember=self.remember,
            copy=self.copy,
            notices=self._notices,
            send=send,
            prompt=Prompt(prompt, attachments),
        )
        self._replies.run_with(self._run_reply)
        self._put_on(state.theme or services.config.theme or DARK)

    def get_default_screen(self) -> Screen[Any]:
        """The main screen is the only one that stays."""
        return self.chat

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What Textual's own sheets refer to and an ANSI theme does not derive."""
        return {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, made readable."""
        variables = super().get_css_variables()
        if self.current_theme.ansi:
            return variables
        try:
            return tuned(variables)
        except ColorParseError:
            return variables

    def on_mount(self) -> None:
        """Be ready to be told to go, and warm up behind the first frame."""
        self.install_signals()
        self.typed_ahead.start()
        if self._warm is not None:
            self.call_after_refresh(self._warm.start)
        if self._first_run:
            self.call_after_refresh(self._meet)

    # The very first start.

    @work(group="meet", exit_on_error=False)
    async def _meet(self) -> None:
        """Show what there is to chat with, unless it is one model only, or the person writes already."""
        from tui.app.first_run.screen import meet

        meeting = await meet(self._services.catalog, self._services.discovery)
        if meeting.choose and not self.chat.layout_view.composer.text:
            self._choose_first()
        elif meeting.choose:
            self.notify("Found keys or servers · ^L switches the model", timeout=6, markup=False)
            await self._leave_the_guide()
        elif meeting.model:
            self.chat.use_model(meeting.model)
            self.notify(meeting.message, timeout=6, markup=False)

    def action_find_models(self) -> None:
        """Look again for keys and servers."""
        self._choose_first(chosen=True)

    @work(group="action", exit_on_error=False)
    async def _choose_first(self, *, chosen: bool = False) -> None:
        from tui.app.first_run.screen import FirstRun

        model = await self.push_screen_wait(FirstRun(self._services, chosen=chosen))
        if model:
            self.chat.use_model(model)
        elif not chosen:
            await self._leave_the_guide()

    async def _leave_the_guide(self) -> None:
        """Let the best model that answers take the guide's place, unless the person has begun with it meanwhile."""
        from tui.chat.catalog.discovery import best_of
        from tui.chat.catalog.info import DEMO

        presenter = self.chat.presenter
        if presenter.model != DEMO:
            return
        async with aclosing(self._services.discovery.look()) as findings:
            found = {finding.provider: finding async for finding in findings}
        best = best_of(found.values())
        if best is None or best.state != "found" or presenter.model != DEMO or presenter.prompts:
            return
        self.chat.use_model(best.model)
        name = clean_line(ModelId.parse(best.model).name, 60)
        self.notify(f"Found {clean_line(best.label, 40)}: chatting with {name}", timeout=6, markup=False)

    def remember(self, **changes: Any) -> None:
        """Keep something for the next start; a folder that cannot be written to costs no more than that."""
        state = replace(self._state, **changes)
        if state != self._state:
            self._state = state
            with suppress(ConfigError):
                save_state(state)

    def _run_reply(self, reply_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Run a reply as a worker of the app, so that it outlives whatever is on screen."""
        self.run_worker(work, group=f"reply-{reply_id}", exit_on_error=False)

    @on(Worker.StateChanged)
    def _report(self, event: Worker.StateChanged) -> None:
        """Say it when one of the app's own workers broke down."""
        if text := crash_notice(event):
            self.chat.show_notice(text)

    async def save_before_exit(self) -> None:
        """Stop what is under way and wait until it is saved."""
        if self._warm is not None:
            self._warm.stop()
        self._replies.stop_all()
        replies = [worker for worker in self.workers if worker.group.startswith("reply-")]
        if replies:  # for an empty list Textual waits for every worker
            with suppress(WorkerError):
                await self.workers.wait_for_complete(replies)

    # Themes.

    def _put_on(self, name: str) -> None:
        try:
            self.theme = name
        except InvalidThemeError:
            self._notices.append(f"There is no theme “{name}”; this is {DARK}. Choose another in the menu.")
            self.theme = DARK

    def action_themes(self) -> None:
        """Try themes on, and keep one."""
        self._choose_theme()

    @work(group="action", exit_on_error=False)
    async def _choose_theme(self) -> None:
        from tui.app.dialogs.themes import ThemePicker

        kinds = [
            (name, "terminal" if theme.ansi else "dark" if theme.dark else "light")
            for name, theme in self.available_themes.items()
        ]
        kinds.sort(key=lambda pair: (not pair[0].startswith("chinwag"), pair[1], pair[0]))
        name = await self.push_screen_wait(ThemePicker(kinds, self.theme, self._put_on))
        if name is not None:
            self._put_on(name)
            self.remember(theme=name)

    # Commands of the app.

    def action_palette(self) -> None:
        """Everything that can be done here, by name."""
        if self.screen is not self.chat:
            return
        from tui.app.dialogs.palette import CommandPalette

        usable = [id for id, command in BY_ID.items() if command.palette and self._usable(id)]
        self.push_screen(CommandPalette(usable), self._run_command)

    def _usable(self, id: str) -> bool:
        scope, _, action = id.partition(".")
        if scope == "app":
            return True
        if scope in ("chat", "transcript"):
            return self.chat.can_run(action)
        return scope == "layout" and bool(self.chat.layout_view.check_action(action, ()))

    async def _run_command(self, id: str | None) -> None:
        if id is not None:
            scope, _, action = id.partition(".")
            if scope in ("chat", "transcript"):
                self.chat.action_command(action)
            else:
                await self.run_action(action, self if scope == "app" else self.chat.layout_view)

    def action_help(self) -> None:
        """What the keys do."""
        if self.screen is self.chat:
            from tui.app.dialogs.help import Help

            self.push_screen(Help())

    async def action_quit(self) -> None:
        """Leave; ask first while a reply comes in or something could not be saved, and take a second press for yes."""
        if self._question is not None and self.screen is self._question:
            self._question.action_agree()
        elif self._replies.coming:
            question = "A reply is still coming in. It stops when you leave; what came so far is kept."
            self._ask_to_quit(question, "quit", self._quit_if)
        else:
            await self._quit_if(True)

    def _ask_to_quit(self, question: str, yes: str, answer: Callable[[bool | None], Awaitable[None]]) -> None:
        from tui.app.dialogs.confirm import Confirm

        self._question = Confirm("Quit", question, yes, "stay")
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
        if library.unsaved:
            from tui.chat.unsaved import save_again

            await save_again(library)
        unsaved = await library.in_memory_only()
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
