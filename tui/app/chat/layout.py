"""Three panes over a dock: what of them is seen at which size, and where the keys go.

Knows nothing of conversations; the chat screen fills its widgets.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import clamp
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tui.app.chat.dock import Dock
from tui.app.chat.panes import Panes, composer_rows
from tui.app.commands import bindings
from tui.app.compositing import breakpoint_classes
from tui.app.keymap.keymap import Keymap
from tui.app.transcript.view import Transcript
from tui.app.widgets.chat_list import ChatList
from tui.app.widgets.composer import Composer
from tui.app.widgets.footer import Footer
from tui.app.widgets.header import Header
from tui.app.widgets.resizable import ResizablePane
from tui.app.widgets.welcome import Welcome

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.first_run.block import FoundModels
    from tui.app.transcript.query import Sought
    from tui.app.widgets.completion import CompletionList
    from tui.app.widgets.inspector import Inspector
    from tui.app.widgets.notices import Notices
    from tui.app.widgets.question_card import QuestionCard
    from tui.app.widgets.queue_panel import QueuePanel
    from tui.chat.questions import SendingQuestion
    from tui.chat.unsent import QueuedPrompt
    from tui.config import State

_LIST_WIDTHS, _INSPECTOR_WIDTHS = (20, 60), (36, 80)


class ChatLayout(Widget):
    """Panes, dock, and the focus. What has nothing to show in an empty chat is made and mounted on first use.

    Attributes:
        escape_stops: escape is for stopping a reply now, and does not move the focus.
        keymap: the keys that the widgets name.
        found: what there is to chat with; None unless it was asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("layout")]
    DEFAULT_CSS = "ChatLayout { layout: vertical; layers: base above; height: 1fr; }"

    escape_stops: reactive[bool] = reactive(False, repaint=False, bindings=True)
    keymap: reactive[Keymap] = reactive(Keymap, repaint=False)

    class PanesMoved(Message):
        """The person showed, hid or resized a pane; `changes` are the fields of `State` that have new values."""

        def __init__(self, **changes: bool | int | None) -> None:
            super().__init__()
            self.changes = changes

    def __init__(self, state: "State") -> None:
        super().__init__()
        self._panes = Panes(list_pinned=state.show_history, inspector_pinned=state.show_inspector)
        self._list_width, self._inspector_width = state.history_width, state.inspector_width
        self.chat_list = ChatList()
        self.header = Header()
        self.welcome = Welcome()
        self.transcript = Transcript()
        self._dock = Dock(self.transcript, self)
        self.composer, self.meter = self._dock.composer, self._dock.meter
        self._inspected: dict[str, object] = {}
        self.found: FoundModels | None = None
        self.found_shown = False
        self._was_covered = False
        self._widths: tuple[int | None, int | None] = (None, None)

    def compose(self) -> ComposeResult:
        """Three panes over a dock."""
        with Horizontal(id="body"):
            yield self.chat_list
            with Vertical(id="column"):
                yield self.header
                yield self.welcome
                yield self.transcript
            if self.inspector_made is not None:
                yield self.inspector
        yield self._dock
        yield Static(Content("Chinwag needs 40 × 8 cells. Make the window larger; the answer goes on."), id="small")

    # What is made on first use.

    @cached_property
    def notices(self) -> "Notices":
        """The lines above the messages."""
        from tui.app.widgets.notices import Notices

        notices = Notices()
        self.query_one("#column").mount(notices, after=self.header)
        return notices

    @property
    def notices_made(self) -> "Notices | None":
        """The same, once there was one."""
        return vars(self).get("notices")

    @cached_property
    def inspector(self) -> "Inspector":
        """The model, its settings and the figures."""
        from tui.app.widgets.inspector import Inspector

        inspector = Inspector()
        inspector.keymap = self.keymap
        inspector.styles.width = self._widths[1]
        for name, value in self._inspected.items():
            setattr(inspector, name, value)
        if body := self.query("#body"):  # else it comes when all is composed
            body.first().mount(inspector)
        return inspector

    @property
    def inspector_made(self) -> "Inspector | None":
        """The same, once it was shown."""
        return vars(self).get("inspector")

    def inspect(self, **shown: object) -> None:
        """Let the inspector show these, by the names of its attributes; until it is there, they wait here."""
        self._inspected |= shown
        if self.inspector_made is not None:
            for name, value in shown.items():
                setattr(self.inspector, name, value)

    @property
    def queue_panel(self) -> "QueuePanel":
        """The prompts that wait."""
        return self._dock.queue_panel

    @property
    def question_card(self) -> "QuestionCard":
        """The question about a prompt."""
        return self._dock.question_card

    @property
    def question(self) -> "SendingQuestion | None":
        """What is asked about a prompt."""
        card = self._dock.card_made
        return None if card is None else card.question

    # Sizes.

    def fit(self, screen: "Screen[Any]") -> dict[str, bool]:
        """Take the size of the terminal before anything is laid out, so that nothing moves behind its first frame.

        Returns:
            The screen's classes at that size.
        """
        size = screen.app.size
        self._take_size(*size)
        self._size_panes()
        return breakpoint_classes(screen, size) | self._pane_classes()

    def _take_size(self, width: int, height: int) -> None:
        self._panes.width = width
        self.composer.set_rows(*composer_rows(height))

    def _size_panes(self) -> None:
        panes = self._panes
        if panes.inspector_shown:
            self.inspector.fill()
        self.header.alone = not panes.list_shown
        widths = (
            self._list_width if panes.list_docks else None,
            self._inspector_width if panes.inspector_docks else None,
        )
        if widths != self._widths:  # each is laid out anew, even where nothing changes
            self._widths = widths
            self.chat_list.styles.width = widths[0]
            if self.inspector_made is not None:
                self.inspector.styles.width = widths[1]

    def _pane_classes(self) -> dict[str, bool]:
        return {"-list": self._panes.list_shown, "-inspect": self._panes.inspector_shown}

    def on_resize(self, event: events.Resize) -> None:
        """Show what there is room for."""
        self._take_size(*event.size)
        self._lay_out()

    def _lay_out(self) -> None:
        panes = self._panes
        self.screen.update_classes(self._pane_classes())
        self._size_panes()
        if (self.chat_list.has_focus_within and not panes.list_shown) or (
            self._in_inspector and not panes.inspector_shown
        ):
            self.composer.area.focus()
        if self._was_covered and not self.covered:
            self.transcript.approvals.hidden()
        self._was_covered = self.covered
        self.call_after_refresh(self._keep_focus)
        self.refresh_bindings()

    def _keep_focus(self) -> None:
        """A window that was too small for anything has taken the focus away."""
        if self.screen.focused is None:
            self.composer.area.focus()

    def _focus_pane(self, focus: Callable[[], None], *, shown_before: bool) -> None:
        """Put the keys into a pane: at once if it can be seen, else as soon as it is laid out."""
        if shown_before:
            focus()
        else:
            self.call_after_refresh(focus)

    @on(ResizablePane.Dragged)
    def _resize_pane(self, event: ResizablePane.Dragged) -> None:
        event.stop()
        if event.pane is self.chat_list and self._panes.list_docks:
            self._list_width = clamp(event.width, *_LIST_WIDTHS)
        elif event.pane is self.inspector_made and self._panes.inspector_docks:
            self._inspector_width = clamp(event.width, *_INSPECTOR_WIDTHS)
        self._lay_out()
        if event.done:
            self.post_message(self.PanesMoved(history_width=self._list_width, inspector_width=self._inspector_width))

    @on(Composer.Paged)
    def _page(self, event: Composer.Paged) -> None:
        event.stop()
        if event.pages < 0:
            self.transcript.scroll_page_up(animate=False)
        else:
            self.transcript.scroll_page_down(animate=False)

    def on_completion_list_chosen(self, event: "CompletionList.Chosen") -> None:
        """Take the row of the list that was clicked."""
        event.stop()
        self.composer.area.act_later("accept", event.index)

    @on(Footer.Clicked)
    async def _run_clicked(self, event: Footer.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.action, event.node)

    def watch_keymap(self, keymap: Keymap) -> None:
        """Hand the keys on to all that name or take some."""
        for widget in (
            self.chat_list,
            self.welcome,
            self._dock,
        ):
            widget.keymap = keymap
        if self.inspector_made is not None:
            self.inspector.keymap = keymap
        self.composer.area.keymap = keymap
        self.transcript.approvals.keymap = keymap
        self.transcript.name_keys(keymap)
        if self.found is not None:
            self.found.rows.keymap = keymap

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted where nothing takes it is written."""
        event.stop()
        if not self.composer.area.has_focus:
            self.composer.area.focus()
            self.composer.area.post_message(events.Paste(event.text))

    def on_descendant_focus(self) -> None:
        """Other keys act in another focus."""
        self._show_reach()
        self.refresh_bindings()

    def watch_escape_stops(self) -> None:
        """Escape does something else."""
        self._show_reach()

    def _show_reach(self) -> None:
        """Let the messages say whether escape goes to them."""
        self.transcript.escape_comes = bool(self.check_action("leave", ()))

    # Find in the chat.

    @on(Transcript.FindRequested)
    async def _find(self, event: Transcript.FindRequested) -> None:
        event.stop()
        await self.action_find()

    async def action_find(self, wanted: str = "", sought: "Sought | None" = None) -> None:
        """Look for something in this chat; `wanted` is typed already, and stands for `sought`."""
        await self._dock.find(wanted, sought)

    @on(Transcript.Searched)
    def _show_found(self, event: Transcript.Searched) -> None:
        event.stop()
        self._dock.show_found(event.found)

    # What there is to chat with.

    def put_found(self, found: "FoundModels | None") -> None:
        """Have what there is to chat with at hand, or not any more; `show_found` shows it."""
        if self.found is not None:
            self.found.remove()
        self.found = found
        if found is not None:
            found.rows.keymap = self.keymap
            self.query_one("#column").mount(found, before=self.welcome)

    def show_found(self, shown: bool) -> None:
        """Show it in the messages' place."""
        if shown != self.found_shown:
            self.found_shown = shown
            self.query_one("#column").set_class(shown, "-found")
            self.refresh_bindings()

    # Where the keys go.

    @property
    def _in_inspector(self) -> bool:
        return self.inspector_made is not None and self.inspector.has_focus_within

    @property
    def covered(self) -> bool:
        """Whether a pane hides a part of the column."""
        return self._panes.over

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which of the layout's commands act in this focus."""
        writing = self.composer.area.has_focus
        if action in ("leave", "back") and self.escape_stops and not self.covered:
            return False
        if action in ("leave", "previous_message", "next_message") and self.found_shown:
            return False
        if action == "leave" and self.composer.edited:
            return False
        if action == "leave":
            return writing and not self.covered and not self.welcome.shown
        if action == "back":
            return not writing or self.covered
        if action == "answer_tool":
            return bool(self.transcript.approvals) and self.transcript.approvals.here is None
        if action == "queue":
            panel = self._dock.queue_made
            return panel is not None and bool(panel.prompts) and not panel.has_focus
        return True

    def show_list(self) -> None:
        """Bring the list of chats into view."""
        self._panes.show_list(True)
        self._lay_out()

    def show_queue(self, prompts: "tuple[QueuedPrompt, ...]", *, model: str, stuck: bool) -> None:
        """Show the prompts that wait; see `QueuePanel`."""
        if not prompts and self._dock.queue_made is None:
            return
        panel = self.queue_panel
        panel.model, panel.stuck = model, stuck
        if panel.has_focus and not prompts:
            self.composer.area.focus()
        panel.prompts = prompts

    def note_writing(self, writing: bool) -> None:
        """Let the list of prompts that wait know whether something is written."""
        if self._dock.queue_made is not None:
            self.queue_panel.writing = writing

    def forget_problems(self) -> None:
        """Let go of what was said of an action that came to nothing."""
        if self.notices_made is not None:
            self.notices.clear_problems()

    def show_question(self, question: "SendingQuestion | None", *, take_keys: bool = False) -> None:
        """Ask something above the composer, or nothing any more.

        The keys go there from where one writes, and with `take_keys` from the messages, too.
        """
        if question is None and self._dock.card_made is None:
            return
        card, area = self.question_card, self.composer.area
        taking = area.has_focus or (take_keys and self.transcript.has_focus)
        answering = card.has_focus
        card.question = question
        if question is not None and taking:
            self.screen.set_focus(card)  # at once: the next key is for it
        elif question is None and answering:
            self.screen.set_focus(area)

    def action_queue(self) -> None:
        """To the prompts that wait."""
        self.queue_panel.focus()

    def action_answer_tool(self) -> None:
        """To a tool that waits for the person."""
        writing = self.composer.area.has_focus
        self._panes.slide_back()
        self._lay_out()
        self.transcript.approvals.take(writing=writing)

    def end_approving(self) -> None:
        """Give the keys back to where one writes when no tool waits any more."""
        approvals = self.transcript.approvals
        if not approvals and approvals.taken:
            approvals.taken = False
            self.composer.area.focus()

    def action_leave(self) -> None:
        """From the composer to the messages."""
        self.transcript.focus()

    def go_to_message(self, message_id: str) -> None:
        """To one message, by its id."""
        self._panes.slide_back()
        self._lay_out()
        self.transcript.focus()
        self.transcript.go_to_message(message_id)

    def action_back(self) -> None:
        """From anywhere to the composer; what hides the column goes; a search ends first."""
        if self._dock.finding:
            self._dock.end_find()
            return
        self._panes.slide_back()
        self._lay_out()
        (self.composer.area if self.question is None else self.question_card).focus()

    def action_chats(self) -> None:
        """To the list of chats; from there back to the composer."""
        if self.chat_list.has_focus_within:
            self.action_back()
            return
        shown = self._panes.list_shown
        self.show_list()
        self._focus_pane(self.chat_list.focus_list, shown_before=shown)

    def action_toggle_list(self) -> None:
        """Show or hide the list."""
        self._panes.show_list(not self._panes.list_shown)
        self._lay_out()
        if self._panes.list_docks:
            self.post_message(self.PanesMoved(show_history=self._panes.list_pinned))
        elif self._panes.list_shown:
            self._focus_pane(self.chat_list.focus_list, shown_before=False)

    def action_inspector(self) -> None:
        """To the settings; from there back to the composer, and hide them."""
        shown = self._panes.inspector_shown
        hide = shown and self._in_inspector
        self._panes.show_inspector(not hide)
        self._lay_out()
        if self._panes.inspector_docks:
            self.post_message(self.PanesMoved(show_inspector=self._panes.inspector_pinned))
        if hide:
            self.composer.area.focus()
        else:
            self._focus_pane(self.inspector.focus_settings, shown_before=shown)

    def action_previous_message(self) -> None:
        """Focus the messages, and go one up."""
        self._step_message(-1)

    def action_next_message(self) -> None:
        """Focus the messages, and go one down."""
        self._step_message(1)

    def _step_message(self, step: int) -> None:
        self.transcript.focus()
        self.transcript.action_move(step)
