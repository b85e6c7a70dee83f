"""Models for this machine: what a name offers, those on their way, and those that are kept, with their sizes.

A pull goes on when the dialog is closed; deleting is up to the caller.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from typing_extensions import override

from tui.app.dialogs.base import Keys
from tui.app.dialogs.picker import Picker
from tui.app.styles import BLANK, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.pull_list import OfferedModel, PullRow, PullRows, details
from tui.chat.catalog.kept import KeptModel
from tui.chat.catalog.pulls import Offer, PullState
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.pulls import Pulls


class PullNote(Line):
    """What is known of the row under the cursor. A click on it is as good as "del"."""

    class RemoveRequested(Message):
        """A pull is to be stopped, or a model to be deleted."""

    def on_click(self) -> None:
        """Report it."""
        self.post_message(self.RemoveRequested())


class PullModel(Picker[PullRow]):
    """Dismissed with the id of a model, which is to be used, or deleted if `deletes`; or with None.

    Args:
        pulls: starts and stops them; they go on when this is closed.
        kept: the models that can be deleted, with their sizes.
        query: what is typed already, and asked about at once.

    Attributes:
        deletes: whether the model that this was dismissed with is to be deleted.
    """

    DEFAULT_CSS = """
    PullModel {
        & #box { width: 92; }
        & PullNote { height: 3; margin-top: 1; }
        &.-h8 PullNote { display: none; }
        &.-h14 PullNote { height: 2; margin-top: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "remove", show=False, priority=True)]
    TITLE = "Models for this machine"
    HINT = "hf:OWNER/REPO or ollama:NAME"

    def __init__(self, pulls: "Pulls", kept: Callable[[], Awaitable[list[KeptModel]]], query: str = "") -> None:
        super().__init__(PullRows(), query)
        self.deletes = False
        self._pulls = pulls
        self._read_kept = kept
        self._kept: list[KeptModel] | None = None  # they were not read yet
        self._offer: Offer | None = None
        self._offer_text = ""
        self._problem = ("", "")
        self._note = PullNote()
        self._unlisten: Callable[[], None] = lambda: None

    @override
    def compose_body(self) -> ComposeResult:
        yield self.field_line
        yield self.rows
        yield self._note

    def on_mount(self) -> None:
        """Follow the pulls, look what there is, and ask about what was typed."""
        self._unlisten = self._pulls.listen(self._follow)
        self._show_row()
        self._look()
        if query := self.field.value.strip():
            self._ask(query)

    def on_unmount(self) -> None:
        """Follow them no more."""
        self._unlisten()

    # What is shown.

    @override
    def find(self, query: str) -> list[ListRow[PullRow]]:
        """What a repository offers once it was asked; all that is here or on its way while nothing is typed."""
        query = query.strip()
        if not query:
            return self._home()
        if self._offer is None or query != self._offer_text:
            return [ListRow("", "↵ asks what there is.")]
        offer = self._offer
        memory = offer.memory_bytes
        return [
            ListRow(
                one.name, OfferedModel(one, one is offer.best, offer.needs[one.name], memory, offer.begun[one.name])
            )
            for one in offer.models
        ]

    def _home(self) -> list[ListRow[PullRow]]:
        rows: list[ListRow[PullRow]] = []
        kept = self._kept or []
        groups: list[tuple[str, list[ListRow[PullRow]]]] = [
            ("Pulls", [ListRow(f"pull {one.source}", one) for one in self._pulls.states()]),
            ("Kept on this machine", [ListRow(one.id, one) for one in kept if one.id.startswith("local:")]),
            ("Kept by Ollama", [ListRow(one.id, one) for one in kept if one.id.startswith("ollama:")]),
        ]
        for heading, members in groups:
            if members:
                rows += [ListRow("", "")] if rows else []
                rows += [ListRow("", heading), *members]
        nothing = "Nothing was pulled yet. Such as: hf:Qwen/Qwen3-4B-GGUF, or ollama:qwen3"
        return rows or [ListRow("", "Looking what there is…" if self._kept is None else nothing)]

    @property
    def _row(self) -> PullRow:
        """What the cursor stands on; "" for nothing."""
        return next((row.value for row in self.rows.lines if row.key and row.key == self.rows.key), "")

    def _follow(self, state: PullState) -> None:
        """A pull is further, or at its end."""
        if state.state == "done":
            self._look()
        if not self.field.value.strip():
            self.find_again()
            self._show_row()

    @on(SelectList.Moved)
    def _explain(self, event: SelectList.Moved) -> None:
        event.stop()
        self._show_row()

    def _show_row(self) -> None:
        """Tell of the row under the cursor, or what went wrong with the text that is there."""
        typed, row = self.field.value.strip(), self._row
        text, problem = self._problem
        if problem and text == typed:
            self._note.content = styled(f"✗ {clean_line(problem, 400)}", "wrong")
        else:
            self._note.content = details(row, max(self.rows.size.width - 4, 20))
        self.show_keys(_keys(row, typed=bool(typed)))

    @work(group="kept", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        try:
            self._kept = await self._read_kept()
        except ChinwagError as error:
            self._kept = self._kept or []
            self._problem = ("", error.sentence)
        if not self.field.value.strip():
            self.find_again()
            self._show_row()

    # What is done.

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def _ask(self, text: str) -> None:
        """Ask what a name offers; one that leaves no choice is pulled at once."""
        self.field_line.remark.content = styled("◷ asking…", "care")
        try:
            offer = await self._pulls.start(text)
        except ChinwagError as error:
            self._problem = (text, error.sentence)
            self._show_row()
            return
        finally:
            self.field_line.remark.content = BLANK
        if self.field.value.strip() != text:  # something else was typed meanwhile
            return
        if offer is None:
            self._go_home()
            return
        self._offer, self._offer_text = offer, text
        self.rows.show(self.find(text), at=offer.best.name if offer.best else None)
        self._show_row()

    def _go_home(self) -> None:
        self._offer = None
        self.field.value = ""

    @override
    def search(self, query: str) -> None:
        super().search(query)
        self._show_row()

    @override
    def submit(self) -> None:
        text = self.field.value.strip()
        if text and (self._offer is None or text != self._offer_text):
            self._ask(text)
        else:
            super().submit()

    @override
    def choose(self, key: str) -> None:
        row = self._row
        match row:
            case OfferedModel() if self._offer is not None:
                self._pulls.start_hub(self._offer.repository, row.model)
                self._go_home()
            case PullState(state="done"):
                self.dismiss(row.model_id)
            case PullState(state="stopped" | "failed"):
                self._pulls.again(row.source)
            case KeptModel():
                self.dismiss(row.id)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, delete is the field's."""
        return not self.field.value if action == "remove" else True

    @on(PullNote.RemoveRequested)
    def action_remove(self) -> None:
        """Stop a pull, take one that has ended off the list, or have a model deleted."""
        row = self._row
        if isinstance(row, PullState):
            self._pulls.stop(row.source)
        elif isinstance(row, KeptModel):
            self.deletes = True
            self.dismiss(row.id)


def _keys(row: PullRow, *, typed: bool) -> Keys:
    match row:
        case OfferedModel():
            return (("↵", "pull"), ("↑↓", "move"))
        case PullState(state="running"):
            return (("del", "stop"), ("↑↓", "move"))
        case PullState(state="done"):
            return (("↵", "use"), ("del", "off the list"))
        case PullState(state="failed"):
            return (("↵", "again"), ("del", "off the list"))
        case PullState():
            return (("↵", "go on"), ("del", "off the list"))
        case KeptModel():
            return (("↵", "use"), ("del", "delete"), ("↑↓", "move"))
        case _:
            return (("↵", "ask"),) if typed else ()
