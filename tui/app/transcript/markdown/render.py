"""A block of Markdown as rows of a given width; knows nothing of scrolling, messages or colours."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tui.app.transcript.markdown.block_layout import BlockLayout
from tui.app.transcript.markdown.code import FOLDED_LINES, CodeDisplay, LiveCode, highlight, raw_code
from tui.app.transcript.markdown.parser import References, parse, parse_item
from tui.app.transcript.markdown.splitter import Block
from tui.app.transcript.markdown.tables import (
    Cells,
    Table,
    TableColumns,
    columns,
    natural_widths,
    read_table,
    row_lines,
)
from tui.app.transcript.row import Row, Span
from tui.dataclass import dataclass

_TICKS = re.compile(r"`([^`]+)`")
_DEEPEST = 90  # levels that markdown-it still parses; what is deeper is shown as it was written
# markdown-it takes time in the square of open brackets: such a text is shown as it was written.
_DEEPEST_BRACKETS = 64
_MAY_BE_CODE = re.compile(r"`{3}|~{3}|^(?: {4}|\t)", re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]]")


@dataclass(frozen=True, slots=True)
class Fold:
    """A code so long that it can be folded.

    Attributes:
        lines: how many it has in all.
        folded: whether only the first are shown.
        rest: the others, as they came; "" where they are shown.
    """

    lines: int
    folded: bool
    rest: str = ""


class Renderer:
    """Draws the blocks of one text. It remembers what it needs to draw an open block again without starting over.

    Args:
        prefix: what stands before every row, such as the bar of a thought.
        style: of all the text, see `row.Span`.
        bar: the rows lie on a card, which has this at its left edge.

    Attributes:
        display: how code is shown.
    """

    def __init__(self, prefix: tuple[Span, ...] = (), style: str = "", *, bar: Span | None = None) -> None:
        self.display = CodeDisplay()
        self._prefix, self._style, self._bar = prefix, style, bar
        self._live_code = LiveCode()
        self._live_page = (0, self.display)
        self._live_rows: dict[int, tuple[list[Span], Row]] = {}
        self._read_before: dict[bool, _ReadTable] = {}
        self._laid: tuple[TableColumns | None, dict[int, tuple[Cells, list[list[Span]]]]] = (None, {})

    def rows(self, block: Block, column: int, references: References, fold: Fold | None = None) -> list[Row]:
        """The block's rows for a reading column of `column` cells, without the empty row above it."""
        page = BlockLayout(column, self._prefix, self._style, self.display)
        match block.kind:
            case "code":
                self._code(page, block, column, fold)
            case "table":
                self._table(page, block, references)
            case _:
                self._text(page, block, references)
        return page.rows if self._bar is None else [replace(row, sign=self._bar, ground="card") for row in page.rows]

    def _text(self, page: BlockLayout, block: Block, references: References) -> None:
        tokens = None
        if block.kind != "plain" and _bracket_depth(block.source) <= _DEEPEST_BRACKETS:
            tokens = (parse_item if block.kind == "item" else parse)(block.source, references)
        if tokens is None or any(token.level >= _DEEPEST for token in tokens):
            page.text(_plain_spans(block.source, self._style))
        else:
            page.draw(tokens, block.number, raw=block.raw, above=_lines_above(block))

    def _code(self, page: BlockLayout, block: Block, column: int, fold: Fold | None) -> None:
        if not block.joined:
            label = f"{'▸' if fold.folded else '▾'} {fold.lines} lines" if fold else ""
            page.code_head(block.info, closed=block.closed, lines=label)
        if fold is not None and fold.folded:
            self._folded_code(page, block, fold)
            return
        if not block.source and not block.joined:
            return
        if block.closed:
            page.code_lines(highlight(block.source, block.info), block.raw or block.source)
            return
        live: dict[int, tuple[list[Span], Row]] = {}
        lines = self._live_code.highlight(block.source, block.info)
        for spans, source in zip(lines, (block.raw or block.source).split("\n"), strict=True):
            known = self._live_rows.get(id(spans))
            if known is None or self._live_page != (column, self.display):
                page.code_lines([spans], source)
            else:
                page.rows.append(known[1])
            live[id(spans)] = (spans, page.rows[-1])
        self._live_rows, self._live_page = live, (column, self.display)

    def _folded_code(self, page: BlockLayout, block: Block, fold: Fold) -> None:
        if not block.joined:
            first = ["\n".join(text.split("\n")[:FOLDED_LINES]) for text in (block.source, block.raw or block.source)]
            page.code_lines(highlight(first[0], block.info), first[1])
            page.code_rest(fold.lines - FOLDED_LINES, fold.rest)

    def _table(self, page: BlockLayout, block: Block, references: References) -> None:
        table = self._read(block.head, block.source, references, lead=False)
        lead = self._read(block.head, block.lead, references, lead=True) if block.joined else table
        # A piece of a long table stands under the first one's columns, unless its own content needs more.
        naturals = [max(pair) for pair in zip(natural_widths(lead), natural_widths(table), strict=True)]
        fitted = columns(table, naturals, page.width)
        if not block.joined:
            page.table_head(table, fitted)
        before = self._laid[1] if self._laid[0] == fitted else {}
        laid = {id(row): before.get(id(row)) or (row, row_lines(row, fitted)) for row in table.rows}
        self._laid = (fitted, laid)
        for row, row_source in zip(table.rows, table.sources[2:], strict=True):
            page.table_row(laid[id(row)][1], row_source)

    def _read(self, head: str, source: str, references: References, *, lead: bool) -> Table:
        """The table of these rows. A row's cells depend on it and the head alone, so only new rows are parsed."""
        lines = tuple(source.split("\n")) if source else ()
        before = self._read_before.get(lead)
        kept = 0
        if before is not None and before.head == head and before.references == len(references):
            kept = _common(before.lines, lines)
        more = read_table(parse("\n".join([head, *lines[kept:]]), references))
        table = more
        if before and kept:
            rows = (*before.table.rows[:kept], *more.rows)
            table = replace(more, rows=rows, sources=(*before.table.sources[: kept + 2], *more.sources[2:]))
        self._read_before[lead] = _ReadTable(head, lines, len(references), table)
        return table


@dataclass(frozen=True, slots=True)
class _ReadTable:
    """A table as it was read last, from which rows can be taken over."""

    head: str
    lines: tuple[str, ...]
    references: int
    table: Table


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def _bracket_depth(source: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(source) if source.count("[") > _DEEPEST_BRACKETS else ():
        depth += 1 if bracket == "[" else -1 if depth else 0
        deepest = max(deepest, depth)
    return deepest


def _plain_spans(source: str, style: str) -> list[Span]:
    """Typed text: nothing is restyled but `code`; lines and indents stay."""
    spans: list[Span] = []
    for line in source.expandtabs(4).split("\n"):
        for index, part in enumerate(_TICKS.split(line)):
            if part:
                spans.append(Span(part, f"{style} code".strip() if index % 2 else style))
        spans.append(Span("\n"))
    return spans[:-1]


def has_code(block: Block) -> bool:
    """Whether there is, or may be, code in a block."""
    return block.kind == "code" or (block.kind in ("text", "item") and _MAY_BE_CODE.search(block.source) is not None)


def code_sources(block: Block, references: References) -> list[str]:
    """The code of each fence in a block that is no fence itself, in order, as it came."""
    if block.kind not in ("text", "item"):
        return []
    tokens = (parse_item if block.kind == "item" else parse)(block.source, references)
    codes = [token for token in tokens if token.type in ("fence", "code_block")]
    return [raw_code(token, block.raw, _lines_above(block)) for token in codes]


def _lines_above(block: Block) -> int:
    """Lines that `parse_item` puts before an item."""
    return int(block.kind == "item")
