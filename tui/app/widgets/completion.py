"""The list of completions above the composer: drawn from what the completer knows, and never with the focus."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from typing_extensions import override

from tui.app.completion.suggestions import Suggestion, Suggestions
from tui.app.styles import BLANK, fit, spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.dataclass import dataclass
from tui.text import clean_line

_MOST_ROWS = 8
_LONGEST_LABEL = 40
_MEASURED = 32
"""Rows whose labels say where the details begin."""
_INDENTED_FROM = 90
"""Columns from which on the list begins where the text does."""


class CompletionRows(SelectList[Suggestion]):
    """A suggestion, what it is, and its key."""

    DEFAULT_CSS = "CompletionRows { height: auto; }"
    can_focus = False

    def __init__(self) -> None:
        super().__init__(classes="-live")
        self._query = ""
        self._label_cells = 0

    def show_found(self, found: Suggestions, index: int) -> None:
        """Show what was found, with one row marked; -1 for none."""
        self._query = found.query
        widths = [_label(row).cell_length for row in found.rows[:_MEASURED]]
        self._label_cells = min(max(widths, default=0), _LONGEST_LABEL)
        self.styles.height = min(len(found.rows), _MOST_ROWS)
        self.show(
            [ListRow(str(number), row) for number, row in enumerate(found.rows)], at=str(index) if index >= 0 else ""
        )

    @override
    def draw(self, row: ListRow[Suggestion], width: int, chosen: bool) -> Content:
        label = fit(_label(row.value, self._query, "strong" if chosen else "text"), max(width - 2, 0))
        detail = styled(clean_line(row.value.detail, 120), "muted")
        gap = max(self._label_cells - label.cell_length, 0) + 3 if detail.cell_length else 0
        left = Content.assemble(label, " " * gap, detail)
        return Content.assemble(" ", spread(left, styled(clean_line(row.value.right, 20), "key"), width - 2), " ")


def _label(row: Suggestion, query: str = "", role: str = "text") -> Content:
    """A label with what was typed of it marked."""
    label = clean_line(row.label, 200)
    start = label.casefold().find(query.casefold()) if query else -1
    if start < 0:
        return styled(label, role)
    end = start + len(query)
    return Content.assemble(styled(label[:start], role), styled(label[start:end], "key"), styled(label[end:], role))


class CompletionList(Vertical):
    """Rows, and below them a line on what is missing. It lies over the messages, and moves nothing."""

    DEFAULT_CSS = """
    CompletionList {
        layer: above;
        dock: bottom;
        width: 84;
        max-width: 100%;
        height: auto;
        background: $panel;
        & > Line { padding: 0 2; height: 1; }
    }
    """

    @dataclass
    class Chosen(Message):
        """A row was clicked: its index."""

        index: int

    def __init__(self) -> None:
        super().__init__()
        self.rows = CompletionRows()
        self.note = Line()

    @override
    def compose(self) -> ComposeResult:
        yield self.rows
        yield self.note

    def place(self, below: Region) -> None:
        """Lie just above a region of the screen, with as many rows as there is room for."""
        self.styles.margin = (0, 0, below.height, 2 if below.width >= _INDENTED_FROM else 0)
        self.rows.styles.max_height = max(below.y - 1, 1)

    def show(self, found: Suggestions | None, index: int) -> None:
        """Show what was found, with one row marked; None hides the list."""
        if found is None:
            if self.display:
                self.display = False
                self.screen.refresh(layout=True, repaint=False)  # at once: what comes next waits for that
            return
        self.display = True
        self.rows.show_found(found, index)
        self.rows.display = bool(found.rows)
        self.note.content = styled(clean_line(found.note, 160), "muted") if found.note else BLANK
        self.note.display = bool(found.note)

    def on_select_list_chosen(self, event: SelectList.Chosen) -> None:
        """Report the row that was clicked."""
        event.stop()
        self.post_message(self.Chosen(int(event.key)))
