"""What there is to chat with, in the messages' place of an empty chat; the composer has the keys meanwhile.

Searches by itself, as a dialog does: what it asks goes to the providers whose keys were found, one free call each, and
to servers of this machine. What is to be done is for the screen.
"""

from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.first_run.banner import Banner
from tui.app.first_run.found_list import ADD_CHATS, ADD_DEMO, ADD_KEY, ADD_SERVER, AddOption, FoundList
from tui.app.first_run.search import Findings
from tui.app.first_run.start_bar import StartBar
from tui.app.styles import styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import SelectList
from tui.chat.catalog.info import DEMO
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.discovery import Discovery, Finding


class FoundModels(Vertical):
    """Found, add, start.

    Args:
        current: id of the chat's model, which is marked where it is found; "" for the best one.
        first: nothing was ever chosen: show nothing until there is something to choose from, and let the best model
            that is found answer what is sent without choosing.

    Attributes:
        wanted: it is to be seen.
        writing: something stands in the composer.
    """

    DEFAULT_CSS = """
    FoundModels {
        height: 1fr;
        align: center middle;
        & > #paper { width: 96; max-width: 100%; height: auto; max-height: 100%; }
        & Banner { margin: 1 0 1 0; }
        & #added { margin: 1 2 0 2; display: none; }
        & StartBar { margin: 1 0 0 0; padding: 0 2; background: $panel; border-left: outer $primary; }
        &.-tall Banner { margin: 0 0 3 0; }
        &.-tall StartBar { margin: 2 0 0 0; padding: 1 2; }
        &.-low Banner { display: none; }
        &.-flat StartBar { margin: 0; }
    }
    """

    writing: reactive[bool] = reactive(False, init=False)

    class Filled(Message):
        """There is something to choose from now: it wants to be seen."""

    class Offered(Message):
        """Another model answers what is sent now."""

    @dataclass
    class Taken(Message):
        """A model is to answer from now on; `found` says whose it is, if nobody has chosen it."""

        model: str
        found: str = ""

    @dataclass
    class KeyRequested(Message):
        """A key is to be asked for; of `provider`, or of any if that is ""."""

        provider: str = ""

    @dataclass
    class Requested(Message):
        """A command of the chat is to be done, such as "import"."""

        command: str

    def __init__(self, catalog: "Catalog", discovery: "Discovery", current: str, *, first: bool) -> None:
        super().__init__()
        self._catalog = catalog
        self._search = Findings(discovery, current)
        self._skipped = self._moved = False
        self._offered = ""
        self.first = first
        self.wanted = not first
        self.rows = FoundList()
        self._added = Line(id="added")
        self._start_bar = StartBar()

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="paper"):
            yield Banner()
            yield self.rows
            yield self._added
            yield self._start_bar

    def on_mount(self) -> None:
        """Begin to look."""
        self._fill()
        self.look()

    def on_unmount(self) -> None:
        """Let nobody wait for what is not looked for any more."""
        self._search.end()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the air out where there is no room for it, then the name."""
        rows = event.size.height
        self.set_class(rows >= 24, "-tall")
        self.set_class(rows < len(self.rows.lines) + 7, "-low")
        self.set_class(rows < 8, "-flat")
        self.rows.styles.max_height = max(1, rows - (1 if rows < 8 else 2))

    # What is found.

    @work(group="look", exclusive=True, exit_on_error=False)
    async def look(self) -> None:
        """Look around, once more if need be."""
        async for _ in self._search.look():
            self._fill()
        self._end_look()
        await self._catalog.load_prices()  # only now: it takes the processor from those who are asked
        self._show_start()

    def _fill(self) -> None:
        at = None if self._moved and self.rows.key else (self._search.to_mark or ADD_DEMO)
        self.rows.fill(self._search.findings, at=at)
        self._show_start()
        if not (self.wanted or self._skipped) and self._search.offers_choice:
            self.wanted = True
            self.post_message(self.Filled())

    def _end_look(self) -> None:
        """With nothing to choose, or nobody who wants to, the best model is taken."""
        self._fill()
        if not self.wanted and (taken := self._best_taken):
            self.post_message(taken)

    def look_for_added(self, message: str) -> None:
        """Say what was added, and look what it has."""
        self._added.content = Content.assemble(styled("✓ ", "good"), styled(clean_line(message, 300), "text"))
        self._added.display = True
        self._moved = False
        self.look()

    async def settled(self) -> None:
        """Wait until it is known who is to answer, or nobody will tell; not at all where a model was chosen before."""
        if self.first and not self._moved:
            await self._search.settled()

    # What is marked.

    @property
    def _finding(self) -> "Finding | None":
        """What was found on the row that is marked; None on one that adds something."""
        item = self.rows.item
        return None if isinstance(item, AddOption) else item

    @property
    def _model(self) -> str:
        """Id of the model for which the marked row stands; "" for none."""
        if self.rows.item == ADD_DEMO:
            return DEMO
        return self._finding.model if self._finding else ""

    @property
    def choice(self) -> "FoundModels.Taken | None":
        """Who answers what is sent now: the model that was marked by hand, else the best one; None for the chat's."""
        if self._moved and self._model:
            return self.Taken(self._model)
        return self._best_taken if self.first else None

    @property
    def _best_taken(self) -> "FoundModels.Taken | None":
        best = self._search.answering
        if best is None:
            return None
        name = clean_line(ModelId.parse(best.model).name, 60)
        return self.Taken(best.model, f"Found {clean_line(best.label, 40)}: chatting with {name}")

    @on(SelectList.Moved)
    def _follow_cursor(self, event: SelectList.Moved) -> None:
        event.stop()
        self._show_start()

    def watch_writing(self) -> None:
        """Enter does something else now."""
        self._show_start()

    def _show_start(self) -> None:
        taken = self.choice
        if self._offered != (offered := taken.model if taken else ""):
            self._offered = offered
            self.post_message(self.Offered())
        if self.writing:
            self._start_bar.show_sending(self._catalog.find(taken.model) if taken else None)
        else:
            self._start_bar.show(self.rows.item, self._catalog.find(self._model) if self._model else None)
        self.refresh_bindings()

    def move(self, rows: int) -> None:
        """Mark another row; from now on the mark stays where the person put it."""
        self._moved = True
        self.rows.action_move(rows)

    # What can be done.

    @on(SelectList.Chosen)
    def _choose_row(self, event: SelectList.Chosen) -> None:
        event.stop()
        self._moved = True
        self.run("start")

    def can_run(self, command: str) -> bool:
        """Whether a command of the table makes sense with what was found."""
        states = {one.state for one in self._search.findings}
        return {"fix": "refused" in states, "again": self._search.over or "unknown" in states}.get(command, True)

    def run(self, command: str) -> None:
        """Do what a command of the scope "found" says."""
        match command:
            case "start":
                self._start()
            case "skip":
                self._skip()
            case "add_key":
                self.post_message(self.KeyRequested())
            case "add_server" | "import":
                self.post_message(self.Requested(command))
            case "demo":
                self.post_message(self.Taken(DEMO))
            case "fix":
                self._fix()
            case "again":
                self.look()
            case _:
                raise AssertionError(f"no such command: {command}")

    def _start(self) -> None:
        """Do what the bar says."""
        finding = self._finding
        if self.rows.item in (ADD_KEY, ADD_SERVER, ADD_CHATS):
            self.run(self.rows.item.command)
        elif finding is not None and finding.state == "refused":
            self._fix()
        elif self._model:
            self.post_message(self.Taken(self._model))
        elif finding is not None and finding.state == "unknown":
            self.look()

    def _skip(self) -> None:
        """Go; the best model is kept, also one that is found later, unless one was chosen before."""
        self.wanted, self._skipped = False, True
        if self.first and (taken := self._best_taken):
            self.post_message(taken)

    def _fix(self) -> None:
        """Ask for another key of the provider that refused the one it was shown, the marked one first."""
        refused = [one.provider for one in self._search.findings if one.state == "refused"]
        marked = self._finding.provider if self._finding else ""
        if refused:
            self.post_message(self.KeyRequested(marked if marked in refused else refused[0]))
