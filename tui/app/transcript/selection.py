"""What a reader points at or has selected, found in the rows; knows neither the widget nor the mouse."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.selection import Selection

from tui.characters import RUN
from tui.pattern import pattern
from tui.text import clean, portable

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.row import Row

_WORD = pattern(r"[\w'’\-./:@#%&?=+~]+")


def action_at(row: "Row", cell: int) -> str:
    """What a click does at a cell of the row's text, see `Span.action`; "" for nothing."""
    position = 0
    for span in row.spans:
        position += cell_len(span.text)
        if cell < position:
            return span.action if cell >= position - cell_len(span.text) else ""
    return ""


def word_at(row: "Row", cell: int) -> tuple[int, int] | None:
    """The characters of the row's text that make the word at a cell."""
    text = row.text
    index = next((at for at in range(len(text)) if cell_len(text[: at + 1]) > cell), len(text))
    return next((match.span() for match in _WORD.finditer(text) if match.start() <= index < match.end()), None)


def selected_text(layout: "TranscriptLayout", selection: Selection, margin: int) -> str:
    """The text of a selection, whose columns count characters of drawn lines; `margin` of them come before the text.

    Messages that are selected as a whole are copied as they were written. Of others, wrapped lines are joined, and
    code, tables and formulas are their source; what hides something is copied as it came.
    """
    if selection.start is None and selection.end is None:
        return _joined([rows.source for rows in layout.messages])
    first = 0 if selection.start is None else max(0, selection.start.y)
    last = layout.height - 1 if selection.end is None else min(layout.height - 1, selection.end.y)
    parts: list[str] = []
    for index in range(max(0, layout.locate(first)[0]), layout.locate(last)[0] + 1):
        rows, start = layout.messages[index], layout.start(index)
        top, bottom = max(first, start), min(last, start + rows.height - 1)
        lines = [
            _Line(rows.row(number - start), selection.get_span(number), margin) for number in range(top, bottom + 1)
        ]
        whole = len(lines) == rows.height and lines[0].from_start and lines[-1].to_end
        parts.append(rows.source if whole and rows.source else restored(_text_of(lines), rows.raw))
    return _joined(parts)


def text_of_rows(rows: Sequence["Row"], selection: Selection, margin: int) -> str:
    """The text of a selection of rows that are numbered from 0; `margin` characters come before each one's text."""
    first = 0 if selection.start is None else max(0, selection.start.y)
    last = len(rows) - 1 if selection.end is None else min(len(rows) - 1, selection.end.y)
    numbers = range(first, last + 1)
    return _text_of([_Line(rows[number], selection.get_span(number), margin) for number in numbers])


def restored(text: str, source: str) -> str:
    """Drawn text with what was drawn in the place of invisible characters of its source put back."""
    for hidden in {character for run in RUN.findall(source) for character in run}:
        form = clean(hidden)
        if len(form.strip()) > 0 and form != hidden and form not in source:
            text = text.replace(form, hidden)
    return text


def _joined(parts: list[str]) -> str:
    return portable("\n\n".join([part.strip("\n") for part in parts if part]).strip("\n"))


class _Line:
    """A row, and which characters of its text are selected."""

    def __init__(self, row: "Row", span: tuple[int, int] | None, margin: int) -> None:
        start, end = span or (0, 0)
        self.row = row
        self.start = max(row.decor, start - margin)
        self.end = len(row.text) if end < 0 else max(0, end - margin)

    @property
    def from_start(self) -> bool:
        """Whether the row is selected from its start on."""
        return self.start == self.row.decor

    @property
    def to_end(self) -> bool:
        """Whether the row is selected to its end."""
        return self.end >= len(self.row.text)

    @property
    def code(self) -> str:
        """The source of what is selected of a line of code: it has tabs, and is not cut where the screen ends."""
        from tui.app.transcript.markdown.code import source_index

        source, shift = self.row.source or "", self.row.cut - self.row.decor
        start = 0 if self.from_start else source_index(source, self.start + shift)
        return source[start : len(source) if self.to_end else source_index(source, self.end + shift)]


def _text_of(lines: list[_Line]) -> str:
    parts: list[str] = []
    # Of the row before: its line end, and the source of the formula at its end. A formula is known by the identity of
    # that string: the next one may read the same.
    end = formula = ""
    for line in lines:
        row = line.row
        if row.table is not None and len(lines) > 1:
            text, goes_on = row.table, False
            row = replace(row, join=None if row.table else "")
        elif row.source is not None:
            text, goes_on = line.code, False
        else:
            text, goes_on = _with_sources(line, formula)
        parts += ["" if goes_on else end, text]
        end = "\n" if row.join is None else row.join
        formula = row.spans[-1].source if row.spans else ""
    return "".join(parts)


def _with_sources(line: _Line, formula: str) -> tuple[str, bool]:
    """What is selected of a row, with a formula as its source; and whether it begins inside `formula`."""
    parts: list[str] = []
    position = 0
    goes_on = False
    for number, span in enumerate(line.row.spans):
        first, last = max(line.start - position, 0), min(line.end - position, len(span.text))
        position += len(span.text)
        if number == 0 and formula and span.source is formula:
            goes_on = True
        elif first < last:
            parts.append(span.source or span.text[first:last])
    return "".join(parts).rstrip(), goes_on
