"""Tables as rows of spans: columns as wide as their content, narrower where the page is, and never wider than it."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.app.transcript.markdown.inline import inline_spans
from tui.app.transcript.markdown.wrap import wrap_spans
from tui.app.transcript.row import Span, width_of
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from markdown_it.token import Token

Cell = tuple[Span, ...]
Cells = tuple[Cell, ...]

_GAP = 3
_MARKS = {"left": "---", "right": "--:", "center": ":-:"}
_BAR = re.compile(r"(\\*)\|")
_NARROWEST = 4


@dataclass(frozen=True, slots=True)
class Table:
    """A table's content.

    Attributes:
        head: the head's cells.
        aligns: of each column: "left", "right" or "center".
        rows: the cells of each row.
        sources: the Markdown of the head, of the line below it, and of each row.
    """

    head: Cells
    aligns: tuple[str, ...]
    rows: tuple[Cells, ...]
    sources: tuple[str, ...] = ()


def read_table(tokens: "Sequence[Token]") -> Table:
    """The table that the tokens from `table_open` to `table_close` describe."""
    head: list[Cell] = []
    aligns: list[str] = []
    rows: list[Cells] = []
    row: list[Cell] = []
    sources: list[list[str]] = []
    for index, token in enumerate(tokens):
        if token.type == "th_open":
            style = str(token.attrGet("style") or "")
            aligns.append(style.removeprefix("text-align:") or "left")
            head.append(tuple(inline_spans(tokens[index + 1].children or [], "strong")))
            sources[-1].append(tokens[index + 1].content)
        elif token.type == "tr_open":
            row = []
            sources.append([])
        elif token.type == "td_open":
            sources[-1].append(tokens[index + 1].content)
            row.append(tuple(inline_spans(tokens[index + 1].children or [])))
        elif token.type == "tr_close" and row:
            rows.append(tuple(row))
    marks = [_MARKS.get(align, "---") for align in aligns]
    return Table(tuple(head), tuple(aligns), tuple(rows), tuple(map(_markdown, [*sources[:1], marks, *sources[1:]])))


def _markdown(cells: Sequence[str]) -> str:
    """A row as it is written in Markdown."""
    return f"| {' | '.join(_BAR.sub(_escaped, cell) for cell in cells)} |"


def _escaped(bar: re.Match[str]) -> str:
    return bar[0] if len(bar[1]) % 2 else f"{bar[1]}\\|"


def natural_widths(table: Table) -> list[int]:
    """The cells that each column's widest content takes."""
    widths = [_natural_width(cell) for cell in table.head]
    for row in table.rows:
        for index, cell in enumerate(row[: len(widths)]):
            widths[index] = max(widths[index], _natural_width(cell))
    return widths


def _natural_width(cell: Cell) -> int:
    """The cells of a cell's longest line."""
    longest = width = 0
    for span in cell:
        width = 0 if span.text == "\n" else width + width_of([span])
        longest = max(longest, width)
    return longest


@dataclass(frozen=True, slots=True)
class TableColumns:
    """How a table's columns stand on a page of `width` cells: their widths, or None when there are too many."""

    width: int
    widths: tuple[int, ...] | None
    aligns: tuple[str, ...]
    head: Cells


def columns(table: Table, naturals: Sequence[int], width: int) -> TableColumns:
    """Columns for a page, never wider than it; pieces of one table agree when they are given the same `naturals`."""
    return TableColumns(width, _fitted(naturals, width - _GAP * (len(naturals) - 1)), table.aligns, table.head)


def head_lines(page: TableColumns) -> list[list[Span]]:
    """The head and the line below it."""
    if page.widths is None:
        return []
    rule = Span("─" * (sum(page.widths) + _GAP * (len(page.widths) - 1)), "rule")
    return [*_row_lines(page.head, page.widths, page.aligns), [rule]]


def row_lines(row: Cells, page: TableColumns) -> list[list[Span]]:
    """One row; without room for columns a list of "head  value" and an empty line."""
    if page.widths is not None:
        return _row_lines(row, page.widths, page.aligns)
    pairs = zip(page.head, row, strict=False)
    lines = [spans for head, cell in pairs for spans, _ in wrap_spans([*head, Span("  "), *cell], page.width)]
    return [*lines, []]


def _fitted(naturals: Sequence[int], room: int) -> tuple[int, ...] | None:
    """Widths that fit: the widest columns give way first. None when not even narrow ones do."""
    naturals = [max(1, natural) for natural in naturals]
    if sum(naturals) <= room:
        return tuple(naturals)
    if sum(min(natural, _NARROWEST) for natural in naturals) > room:
        return None
    low, high = _NARROWEST, max(naturals)
    while low < high:
        cap = (low + high + 1) // 2
        if sum(min(natural, cap) for natural in naturals) <= room:
            low = cap
        else:
            high = cap - 1
    widths = [min(natural, low) for natural in naturals]
    for index, natural in enumerate(naturals):
        spare = room - sum(widths)
        widths[index] += max(0, min(spare, 1, natural - widths[index]))
    return tuple(widths)


def _row_lines(cells: Cells, widths: tuple[int, ...], aligns: tuple[str, ...]) -> list[list[Span]]:
    wrapped = [wrap_spans(cell, width) for cell, width in zip(cells, widths, strict=False)]
    lines: list[list[Span]] = []
    for index in range(max((len(cell) for cell in wrapped), default=0)):
        line: list[Span] = []
        for column, cell in enumerate(wrapped):
            spans = cell[index][0] if index < len(cell) else []
            line += _aligned(spans, widths[column], aligns[column])
            line.append(Span(" " * _GAP))
        lines.append(line[:-1])
    return lines


def _aligned(spans: list[Span], width: int, align: str) -> list[Span]:
    space = width - width_of(spans)
    left = {"right": space, "center": space // 2}.get(align, 0)
    before = [Span(" " * left)] if left > 0 else []
    after = [Span(" " * (space - left))] if space > left else []
    return [*before, *spans, *after]
