"""Which of the things in a message to open: its links, code, tables and formulas, one a line."""

from collections.abc import Sequence

from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.picker import Picker
from tui.app.styles import fit, spread, styled
from tui.app.transcript.openables import Openable
from tui.app.widgets.list import ListRow, SelectList
from tui.figures import counted
from tui.text import clean_line


class OpenableRows(SelectList[Openable]):
    """What it is, how it begins, and how long it is."""

    @override
    def draw(self, row: ListRow[Openable], width: int, chosen: bool) -> Content:
        shown = row.value
        lines = shown.source.count("\n") + 1
        has_lines = shown.kind not in ("link", "file")
        facts = [clean_line(shown.info, 20)] if shown.info and has_lines else []
        facts += [counted(lines, "line")] if has_lines else []
        text = shown.info if shown.kind == "file" else shown.source
        lined = text.splitlines() if shown.kind in ("code", "file") else [text]
        begin = next((line for line in lined if line.strip()), "")
        left = Content.assemble(
            styled(f"{shown.kind:<9}", "muted"), styled(clean_line(begin), "strong" if chosen else "text")
        )
        right = styled(" · ".join(facts), "muted")
        left = fit(left, max(8, width - 6 - right.cell_length))
        return Content.assemble("  ", spread(left, right, width - 4), "  ")


class OpenablePicker(Picker[Openable]):
    """Dismissed with the number of the chosen one in the list, as text, or None."""

    TITLE = "Open"
    KEYS = (("↵", "open"), ("↑↓", "move"))

    def __init__(self, shown: Sequence[Openable]) -> None:
        super().__init__(OpenableRows())
        self._shown = shown

    @override
    def find(self, query: str) -> list[ListRow[Openable]]:
        wanted = query.strip().casefold()
        return [
            ListRow(str(number), shown)
            for number, shown in enumerate(self._shown)
            if wanted in f"{shown.kind} {shown.info} {shown.source}".casefold()
        ]
