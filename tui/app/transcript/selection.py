"""What a reader points at or has selected, found in the rows; knows neither the widget nor the mouse."""

import re

from rich.cells import cell_len
from textual.selection import Selection

from tui.app.transcript.layout import TranscriptLayout
from tui.app.transcript.row import Row
from tui.text import portable

_WORD = re.compile(r"[\w'’\-./:@#%&?=+~]+")


def action_at(row: Row, cell: int) -> str:
    """What a click does at a cell of the row's text, see `Span.action`; "" for nothing."""
    position = 0
    for span in row.spans:
        position += cell_len(span.text)
        if cell < position:
            return span.action if cell >= position - cell_len(span.text) else ""
    return ""


def word_at(row: Row, cell: int) -> tuple[int, int] | None:
    """The characters of the row's text that make the word at a cell."""
    text = row.text
    index = next((at for at in range(len(text)) if cell_len(text[: at + 1]) > cell), len(text))
    return next((match.span() for match in _WORD.finditer(text) if match.start() <= index < match.end()), None)


def selected_text(layout: TranscriptLayout, selection: Selection, margin: int) -> str:
    """The text of a selection, whose columns count characters of drawn lines; `margin` of them come before the text."""
    if selection.start is None and selection.end is None:
        return portable("\n\n".join([rows.source for rows in layout.messages if rows.source]))
    first = 0 if selection.start is None else max(0, selection.start.y)
    last = layout.height - 1 if selection.end is None else min(layout.height - 1, selection.end.y)
    parts: list[str] = []
    for number in range(first, last + 1):
        span = selection.get_span(number)
        row = layout.row(number)[1]
        if span is None or row is None:
            parts.append("\n")
            continue
        start, end = span
        end = len(row.text) if end < 0 else max(0, end - margin)
        parts.append(row.text[max(row.decor, start - margin) : end].rstrip())
        parts.append("\n" if row.join is None else row.join)
    return "".join(parts).strip("\n")
