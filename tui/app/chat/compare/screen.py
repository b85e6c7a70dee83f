"""The screen of a comparison: a prompt above, its answers side by side or behind tabs, and what can be done with them.

It shows what the replies report and says what is wanted; the comparison itself is `tui.chat.comparison`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea
from textual.worker import Worker
from typing_extensions import override

from tui.app import workers
from tui.app.chat.changes import Change, apply_changes
from tui.app.chat.compare.actions import CompareActions
from tui.app.chat.compare.asked import AskedPrompt
from tui.app.chat.compare.column import ColumnTabs, ColumnView
from tui.app.chat.compare.columns import Columns
from tui.app.chat.compare.dock import CompareDock
from tui.app.chat.compare.heads import head_of, pick_line, tally_line, top_line
from tui.app.chat.compare.tasks import CompareTasks
from tui.app.closed_widgets import release_watchers
from tui.app.commands import BY_ID, Command, bindings, key_text
from tui.app.crash_notice import crash_notice
from tui.app.keymap.keymap import take_keys
from tui.app.styles import STYLE_CLASSES, join, key_hint, styled
from tui.app.transcript.events import ActionChosen, CopyRequested, LinkOpened, OpenRequested
from tui.app.widgets.footer import Footer
from tui.app.widgets.line import Line
from tui.app.widgets.notices import Notices
from tui.app.widgets.prompt_area import PromptArea
from tui.chat.compared_models import FEWEST
from tui.chat.comparison import Column, Comparison
from tui.chat.message_parts import MessageContent
from tui.chat.prompt import Prompt
from tui.chat.replies.events import PromptHeld, PromptReturned, PromptSaved, RepliesEvent, Waiting
from tui.errors import ChinwagError, UsageError
from tui.model_id import ModelId
from tui.store.records import ModelTally

if TYPE_CHECKING:
    from tui.app.keymap.keymap import Keymap
    from tui.app.transcript.openables import Openable
    from tui.app.workers import Work
    from tui.bootstrap import Services
    from tui.chat.catalog.remembered import RememberedModels

SIDE_BY_SIDE, LEAST_COLUMN = 160, 36
"""Cells of the screen, and of each column, from which on all of them are seen at once."""
_WRITE_S = 0.4
"""How long after the last key the chat's draft gets what was typed: at each key it would cost more than the key."""


class CompareScreen(Screen["events.Key | Literal['send'] | None"]):
    """Dismissed with a key that is to act in the chat, or "send" for what is written, if either.

    What became of it is in the comparison and the library.

    Args:
        services: what the program stands on.
        comparison: who is asked.
        prompt: what is written already.
        models: favourites and recent ones.
        send: send it at once.
        write: keeps what is written here, and not sent, as the draft of the chat.
        copy: copies a text, whose second argument names it.
        open_found: opens what was found in a message.
        add_key: asks for a key of a provider.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]
    DEFAULT_CSS = """
    CompareScreen {
        layout: vertical;
        & > #top { height: 1; padding: 0 2; background: $surface; }
        & > AskedPrompt { max-height: 5; margin: 1 2; background: $surface; }
        & > Notices { background: $panel; padding: 0 2 0 1; border-left: outer $warning; }
        &.-tabs {
            & > ColumnTabs { display: block; }
            & > AskedPrompt { max-height: 2; margin: 0 2; }
        }
        &.-h0, &.-h8 {
            & > #top, & > AskedPrompt { display: none; }
        }
        &.-h0 Footer, &.-h8 Footer, &.-h14 Footer { display: none; }
    }
    """

    index: var[int] = var(0)

    def __init__(
        self,
        services: "Services",
        comparison: Comparison,
        prompt: Prompt,
        models: "RememberedModels",
        *,
        send: bool,
        write: Callable[[Prompt], None],
        copy: Callable[[str, str], None],
        open_found: "Callable[[Sequence[Openable]], object]",
        add_key: Callable[[str], object],
    ) -> None:
        super().__init__()
        self.comparison = comparison
        self._tasks = CompareTasks(self, services, models)
        self._actions = CompareActions(self, self._tasks)
        self._replies = services.replies
        self._first, self._send_first = prompt, send
        self._write, self._copy, self._open_found, self._add_key = write, copy, open_found, add_key
        self._writing: Timer | None = None
        self._leave_replies: Callable[[], None] = lambda: None
        self._came_from = 0
        self._tally: tuple[ModelTally, ...] = ()
        self.top = Line(id="top")
        self.asked = AskedPrompt()
        self.notices = Notices()
        self.tabs = ColumnTabs()
        self.columns = Columns(comparison.columns)
        self.dock = CompareDock()

    @override
    def compose(self) -> ComposeResult:
        yield self.top
        yield self.notices
        yield self.asked
        yield self.tabs
        yield self.columns
        yield self.dock

    def on_mount(self) -> None:
        """Follow the replies, and send or let the prompt be written."""
        take_keys(self)
        if (keymap := getattr(self.app, "keymap", None)) is not None:
            self.dock.footer.keymap = self.dock.writer.area.keymap = keymap
        self._leave_replies = self._replies.subscribe(self._receive)
        self.dock.writer.area.prompt = self._first
        self._lay_out()
        self._tasks.look_what_is_sent(self._first)
        if self._send_first:
            self.dock.writer.area.send_prompt()
        elif len(self.comparison.columns) < FEWEST:
            self._tasks.add()
        else:
            self.dock.writer.area.focus()

    def on_unmount(self) -> None:
        """Follow nothing any more."""
        self._leave_replies()
        release_watchers(self.app)

    @on(Worker.StateChanged)
    def _report_crash(self, event: Worker.StateChanged) -> None:
        if text := crash_notice(event):
            self.notices.add(text)

    # What is shown.

    @property
    def views(self) -> list[ColumnView]:
        """The columns, from the left."""
        return self.columns.views

    @property
    def number(self) -> int:
        """Index of the column that the keys are for."""
        return min(self.index, len(self.views) - 1)

    @property
    def view(self) -> ColumnView:
        """The column that the keys are for."""
        return self.views[self.number]

    async def show_columns(self) -> None:
        """Have a view for each column, and none else."""
        await self.columns.show(self.comparison.columns)
        take_keys(self)
        self.index = min(self.index, len(self.views) - 1)
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Show side by side what there is room for."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.app.size.width
        tabs = width < SIDE_BY_SIDE or width // max(1, len(self.views)) < LEAST_COLUMN
        self.set_class(tabs, "-tabs")
        self.columns.show_one(self.index if tabs else None)
        self.show_all()

    def show_all(self) -> None:
        """Draw everything that stands around the messages."""
        comparison = self.comparison
        for view in self.views:
            view.head.set_class(view.transcript.has_focus, "-here")
            self._show_head(view)
        self.dock.writer.display = not comparison.turns or self.dock.writer.display
        switches = [("scroll together", self.columns.together), ("blind", comparison.blind)]
        title, room = comparison.conversation.title, max(0, self.app.size.width - 4)
        self.top.content = top_line(title, len(self.views), switches, room)
        self._say()
        self.refresh_bindings()

    def _show_head(self, view: ColumnView) -> None:
        comparison, number = self.comparison, self.views.index(view) + 1
        view.presenter.hidden = comparison.hidden
        view.head.head = head_of(
            view.column,
            number,
            comparison.conversation.settings,
            view.note,
            hidden=comparison.hidden,
            picked=comparison.picked is view.column,
            waits=view.presenter.waits,
        )
        if self.has_class("-tabs"):
            self.tabs.heads, self.tabs.current = tuple(one.head.head for one in self.views), self.index

    def _say(self) -> None:
        comparison, room = self.comparison, self.dock.room
        if comparison.picked is not None:
            name = self.view_of(comparison.picked).head.head.name
            writes = not self.dock.writer.area.is_empty
            self.dock.say(tally_line(name, comparison.columns, self._tally, room, comparison.uncounted, writes=writes))
        elif comparison.turns:
            self.dock.say(pick_line(comparison.columns, hidden=comparison.hidden, width=room))
        elif self.dock.writer.area.has_focus:
            send, columns = key_hint("↵", "send to all"), key_hint("tab", "the columns: models, settings")
            self.dock.say(join([send, columns, key_hint("esc", "back")], 3))
        else:
            self.dock.say(styled("Each model gets the same prompt and the same history.", "muted"))

    def view_of(self, column: Column) -> ColumnView:
        """The view of a column."""
        return self.columns.view_of(column)

    def show_tally(self, tally: tuple[ModelTally, ...]) -> None:
        """An answer was picked: say who it was, and how often it won; what is typed now is for the chat."""
        self._tally = tally
        self.dock.writer.area.picked = True
        self.reveal()
        self.write()

    def write(self) -> None:
        """Go to where one writes."""
        self.dock.writer.display = True
        self.dock.writer.area.focus()

    def reveal(self) -> None:
        """Hide no names any more."""
        for view in self.views:
            apply_changes(view.transcript, view.presenter.reveal())
        self.show_all()

    # What the replies report.

    def _receive(self, _: str, event: RepliesEvent) -> None:
        column = self.comparison.receive(event)
        if column is None:
            return
        view = self.view_of(column)
        changes: list[Change] = view.presenter.receive(event, self._begun(event))
        apply_changes(view.transcript, changes)
        match event:
            case PromptSaved(prompt=prompt):
                if self.asked.prompt is None:
                    self.asked.prompt = prompt
                if column is self.comparison.columns[0]:
                    self.keep_written()
                self.show_all()
            case PromptReturned() | PromptHeld():
                self._take_returned(column)
                self.show_all()
            case _ if hasattr(event, "conversation"):
                self.show_all()
            case _ if hasattr(event, "reading") or isinstance(event, Waiting):
                self._show_head(view)

    def _begun(self, event: RepliesEvent) -> Sequence[MessageContent]:
        """What the reply begins with that an event tells of: it may go on with another one."""
        if not isinstance(event, PromptSaved):
            return ()
        found = (one for one in self._replies.live(event.conversation.id) if one.reply_id == event.reply.id)
        return next((one.parts for one in found), ())

    def _take_returned(self, column: Column) -> None:
        if (returned := self.comparison.returned) is not None:
            area = self.dock.writer.area
            area.prompt, self.comparison.returned = returned.joined(area.prompt), None
            self.dock.writer.display = True
            area.focus()
            if column.problem:
                self.notices.add("It could not be sent." if self.comparison.hidden else column.problem)

    # What is written.

    @on(PromptArea.Sent)
    def _send(self, event: PromptArea.Sent) -> None:
        event.stop()
        area = self.dock.writer.area
        if area.picked:
            area.prompt = event.prompt
            self.leave("send")
            return
        try:
            if self.comparison.running:
                raise UsageError("Some still answer.", "Wait for them, or stop them with esc in their columns.")
            self.comparison.send(event.prompt)
        except UsageError as error:
            area.prompt = event.prompt
            self.notices.add(error.sentence)
            return
        self.columns.sort(self.comparison.columns)
        self.notices.clear()
        self.dock.writer.display = False
        self.show_column(self.index)
        self.show_all()

    @on(PromptArea.Confirmed)
    def _go_to_chat(self, event: PromptArea.Confirmed) -> None:
        event.stop()
        if self.dock.writer.area.picked:
            self.leave()

    @on(PromptArea.Paged)
    def _page(self, event: PromptArea.Paged) -> None:
        event.stop()
        self.view.transcript.action_scroll_by(0, event.pages)

    @on(TextArea.Changed)
    def _note_text(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._writing is not None:
            self._writing.stop()
        self._writing = self.set_timer(_WRITE_S, self.keep_written)
        if self.dock.writer.area.picked:
            self._say()
            self.refresh_bindings()

    def keep_written(self) -> None:
        """Let the chat's draft be what is written here."""
        if not (self.comparison.turns == 1 and self.comparison.columns[0].state == "waiting"):  # on its way to the disk
            self._write(self.dock.writer.area.prompt)

    @on(PromptArea.Interrupted)
    def _interrupt(self, event: PromptArea.Interrupted) -> None:
        event.stop()
        self.dock.writer.area.discard_prompt()

    # Where the keys go.

    def compared_with(self, column: Column) -> Column | None:
        """The column from which the keys came to this one, or else the next one, of those that have an answer."""
        columns = self.comparison.columns
        place = columns.index(column)
        before = self.views[min(self._came_from, len(self.views) - 1)].column
        others = [before, *columns[place + 1 :], *columns[:place]]
        return next((one for one in others if one is not column and _has_text(one) and _has_text(column)), None)

    def toggle_together(self) -> None:
        """Scroll all columns at once, or each alone."""
        self.columns.together = not self.columns.together

    def watch_index(self, before: int, after: int) -> None:
        """The keys went to another column."""
        self._came_from = before

    def show_column(self, index: int) -> None:
        """Go to a column."""
        self.index = max(0, min(index, len(self.views) - 1))
        self._lay_out()
        self.view.transcript.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A column that was clicked is the one that the keys are for."""
        for number, view in enumerate(self.views):
            if view.transcript.has_focus and number != self.index:
                self.index = number
        self.show_all()

    @on(ColumnTabs.Chosen)
    def _choose_tab(self, event: ColumnTabs.Chosen) -> None:
        event.stop()
        self.show_column(event.index)

    @on(Footer.Clicked)
    async def _run_clicked(self, event: Footer.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.action, event.node)

    # Commands.

    def on_key(self, event: events.Key) -> None:
        """Act on a key of the chat there, once an answer is picked; before, say so, or why none leads back."""
        keymap = self.dock.footer.keymap
        column = self.view.column
        others = self.comparison.running and not column.running and not self.dock.writer.area.has_focus
        if event.key in keymap["compare.leave"]:
            if others:
                self._say_others_answer("compare.leave", "leads back")
        elif event.key in keymap["compare.pick"] and others and column.reply is not None:
            event.stop()
            self._say_others_answer("compare.pick", "picks this one")
        elif event.key not in self.active_bindings and (command := _of_the_chat(event.key, keymap)):
            event.stop()
            self.notices.clear_problems()
            if command.id == "close_notices":
                return
            if self.comparison.picked is not None:
                self.leave(event)
                return
            where = f"{key_text(event.key)} ({command.label}) acts in the chat, not here."
            self.notices.add(f"{where} {self._way('compare.leave', 'leads back')}", problem=True)

    def _way(self, command: str, does: str) -> str:
        """What the key of a command does, and what comes before that while there are answers under way."""
        shown = self.dock.footer.keymap.shown
        stop = f"{shown('compare.stop_all')} stops the answers, then " if self.comparison.running else ""
        return f"{stop}{shown(command)} {does}."

    def _say_others_answer(self, command: str, does: str) -> None:
        """Say how the others are stopped, and that the key of a command does something then."""
        self.notices.add(f"Others still answer. {self._way(command, does)}", problem=True)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._actions.can_run(str(parameters[0])) if action == "compare" else True

    def action_compare(self, command: str) -> None:
        """Do what a command says; its id is that of the table."""
        self.notices.clear_problems()
        self._actions.run(command)

    def begin(self, work: "Work", group: str) -> object:
        """Run something beside everything else."""
        return workers.begin(self, work, group)

    async def ask(self, dialog: Screen[Any]) -> Any:
        """Open a dialog, and wait for what it is dismissed with."""
        return await self.app.push_screen_wait(dialog)

    def leave(self, then: events.Key | Literal["send"] | None = None) -> None:
        """Back to the chat, where a key is to act, or what is written to go out."""
        self.keep_written()
        self.dismiss(then)

    # What is wanted of a message.

    @on(CopyRequested)
    def _copy_text(self, event: CopyRequested) -> None:
        event.stop()
        self._copy(event.text, event.what)

    @on(OpenRequested)
    def _open(self, event: OpenRequested) -> None:
        event.stop()
        self._open_found(event.openables)

    @on(LinkOpened)
    def _open_link(self, event: LinkOpened) -> None:
        event.stop()
        from tui.app.transcript.openables import Openable

        self._open_found([Openable("link", event.href)])

    @on(ActionChosen)
    def _act_on_message(self, event: ActionChosen) -> None:
        event.stop()
        column = self.view.column
        match event.action:
            case "retry" | "continue_reply" if self._actions.can_run(event.action):
                self._actions.run(event.action)
            case "model" if self._actions.can_run("retry"):
                self._tasks.change_model(column)
            case "key":
                self._add_key(ModelId.parse(column.model).provider)

    def refuse(self, error: ChinwagError) -> None:
        """Say why something could not be done."""
        self.notices.add(error.sentence)


def _of_the_chat(key: str, keymap: "Keymap") -> Command | None:
    """The command that a key has in the chat around the comparison."""
    found = (one for id, one in BY_ID.items() if one.scope in ("chat", "layout") and key in keymap[id])
    return next(found, None)


def _has_text(column: Column) -> bool:
    return not column.running and column.reply is not None and bool(column.reply.text.strip())
