"""Rows of text as aligned lines, in which everything is cleaned, and data as JSON, in which nothing is."""

import json
from collections.abc import Iterable, Sequence

from tui.text import clean_line

_LONGEST_CELL = 120


def table(rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """Rows as lines with aligned columns, two spaces between them; `right` names the columns that are flush right."""
    lines = [[clean_line(cell, _LONGEST_CELL) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    flush_right = set(right)
    shown = []
    for line in lines:
        cells = [
            cell.rjust(width) if number in flush_right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
    return "".join(f"{line}\n" for line in shown)


def json_text(value: object) -> str:
    """Data for programs, in ASCII alone: controls and tricks of a text are spelt out, and nothing is lost."""
    return json.dumps(value, indent=2).replace("\x7f", "\\u007f") + "\n"
