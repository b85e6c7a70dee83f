"""What stands below the panes: queue, question, composer, meter and footer, and the bar for a search in the chat.

The list of completions belongs to it too, and lies on the panes just above.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widget import Widget

from tui.app.keymap.keymap import Keymap
from tui.app.widgets.composer import Composer
from tui.app.widgets.footer import Footer
from tui.app.widgets.meter import Meter

if TYPE_CHECKING:
    from tui.app.transcript.events import Found
    from tui.app.transcript.query import Sought
    from tui.app.transcript.view import Transcript
    from tui.app.widgets.completion import CompletionList
    from tui.app.widgets.find_bar import FindBar
    from tui.app.widgets.question_card import QuestionCard
    from tui.app.widgets.queue_panel import QueuePanel


class Dock(Vertical):
    """The dock. All but composer, meter and footer is made when it is first wanted.

    Args:
        transcript: what is searched.
        layout: what the list of completions lies on.

    Attributes:
        keymap: the keys that are named here.
    """

    keymap: reactive[Keymap] = reactive(Keymap, repaint=False)

    def __init__(self, transcript: "Transcript", layout: Widget) -> None:
        super().__init__(id="dock")
        self._transcript = transcript
        self._layout = layout
        self.composer = Composer()
        self.meter = Meter()
        self.footer = Footer()
        self._completions: CompletionList | None = None
        self._find_bar: FindBar | None = None
        self._found_from: Widget | None = None  # what had the focus before the search
        self._sought: dict[str, Sought | None] = {}  # what a text in the bar stands for

    def compose(self) -> ComposeResult:
        """What is written, what it costs, which keys there are."""
        yield self.composer
        yield self.meter
        yield self.footer

    def watch_keymap(self, keymap: Keymap) -> None:
        """Hand the keys on to those that are there."""
        for widget in (self.footer, self.queue_made, self.card_made):
            if widget is not None:
                widget.keymap = keymap

    # What waits, and what is asked.

    @cached_property
    def queue_panel(self) -> "QueuePanel":
        """The prompts that wait."""
        from tui.app.widgets.queue_panel import QueuePanel

        panel = QueuePanel()
        panel.keymap, panel.writing = self.keymap, not self.composer.area.is_blank
        self.mount(panel, before=self.card_made or self.composer)
        return panel

    @property
    def queue_made(self) -> "QueuePanel | None":
        """The same, once a prompt has waited."""
        return vars(self).get("queue_panel")

    @cached_property
    def question_card(self) -> "QuestionCard":
        """The question about a prompt."""
        from tui.app.widgets.question_card import QuestionCard

        card = QuestionCard()
        card.keymap = self.keymap
        self.mount(card, before=self.composer)
        return card

    @property
    def card_made(self) -> "QuestionCard | None":
        """The same, once something was asked."""
        return vars(self).get("question_card")

    # What lies above it.

    def on_resize(self) -> None:
        """Keep toasts and completions just above the dock, whatever height that has."""
        for rack in self.screen.query("ToastRack"):
            rack.styles.margin = (0, 0, self.size.height, 0)  # never over the composer
        self.call_after_refresh(self._place_completions)

    @on(Composer.Completing)
    async def _list_completions(self, event: Composer.Completing) -> None:
        event.stop()
        if self._completions is None:
            if event.found is None:
                return
            from tui.app.widgets.completion import CompletionList

            self._completions = CompletionList()
            await self._layout.mount(self._completions)
        self._completions.show(event.found, event.index)
        self._place_completions()

    def _place_completions(self) -> None:
        if self._completions is not None:
            self._completions.place(self.region)

    # Find in the chat.

    @property
    def finding(self) -> bool:
        """Whether the bar is there."""
        return self._find_bar is not None and self._find_bar.display

    async def find(self, wanted: str = "", sought: "Sought | None" = None) -> None:
        """Look for something in this chat; `wanted` is typed already, and stands for `sought` while it is there."""
        if self._find_bar is None:
            from tui.app.widgets.find_bar import FindBar

            self._find_bar = FindBar()
            await self.mount(self._find_bar, before=0)
        bar = self._find_bar
        if not bar.display or not bar.field.has_focus:
            self._found_from = self.screen.focused
        bar.display = True
        self._sought = {wanted: sought}
        if wanted:
            bar.field.value = wanted
        bar.field.focus()
        self._look_for(bar.field.value)

    def _look_for(self, typed: str) -> None:
        self._transcript.finder.look_for(typed, self._sought.get(typed))

    def show_found(self, found: "Found") -> None:
        """Show how far the search has come."""
        if self._find_bar is not None:
            self._find_bar.show(found)

    def end_find(self) -> None:
        """Search no more; the bar goes."""
        if self._find_bar is not None:
            self._find_bar.display = False
        self._transcript.finder.end()

    def on_find_bar_changed(self, event: "FindBar.Changed") -> None:
        """Look for what is typed."""
        event.stop()
        self._look_for(event.typed)

    def on_find_bar_stepped(self, event: "FindBar.Stepped") -> None:
        """Go to the next place, or the one before."""
        event.stop()
        self._transcript.finder.step(event.step)

    def on_find_bar_closed(self, event: "FindBar.Closed") -> None:
        """Stay where the search has led, and go on where one was."""
        event.stop()
        self.end_find()
        (self._found_from or self.composer.area).focus(scroll_visible=False)
