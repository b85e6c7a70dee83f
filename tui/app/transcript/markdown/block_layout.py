"""Markdown tokens flowing into rows of a given width, behind the bars and indents of the quotes and lists around them.

Rows start at cell 2 of the reading column (see `row.Row`): text has two cells of air at the right, code is inset by
one cell and tinted to the column's end.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app.transcript.markdown.code import drawn_code, highlight, language_of, raw_code, source_index
from tui.app.transcript.markdown.inline import formula_spans, inline_spans
from tui.app.transcript.markdown.tables import (
    columns,
    head_lines,
    natural_widths,
    read_table,
    row_lines,
)
from tui.app.transcript.markdown.wrap import fold_offsets, split_spans, wrap_spans
from tui.app.transcript.row import BLANK, TEXT_START, Row, Span, fit, skip, width_of
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from markdown_it.token import Token

    from tui.app.transcript.markdown.code import CodeDisplay
    from tui.app.transcript.markdown.tables import (
        Table,
        TableColumns,
    )

_AIR = 2
_LEAST_WIDTH = 8
_ALL = 1 << 20
_LISTS = ("bullet_list_open", "ordered_list_open")
_LEAVES = (
    "paragraph_open",
    "heading_open",
    "fence",
    "code_block",
    "hr",
    "table_open",
    "blockquote_open",
    "math_block",
    *_LISTS,
)


@dataclass(frozen=True, slots=True)
class _Container:
    """A quote, list or item we are in.

    Attributes:
        rest: what stands before each of its rows, the containers around it included.
        before: type and last line of the block drawn last in it; None at its start.
    """

    kind: str
    rest: tuple[Span, ...] = ()
    style: str = ""
    before: tuple[str, int] | None = None
    number: int | None = None


class BlockLayout:
    """Rows in the making, with the quotes and lists that are open.

    Args:
        column: cells of the reading column.
        prefix: what stands before every row.
        style: of all the text, see `row.Span`.
        display: how code is shown.
    """

    def __init__(self, column: int, prefix: tuple[Span, ...], style: str, display: "CodeDisplay") -> None:
        self.rows: list[Row] = []
        self._column = column
        self._display = display
        self._containers = [_Container("page", prefix, style)]
        self._first: tuple[Span, ...] | None = None  # what stands before the next row only: an item's bullet
        self._codes = 0
        self._raw, self._above = "", 0

    @property
    def width(self) -> int:
        """Cells for text in the innermost container."""
        room = self._column - TEXT_START - _AIR
        return max(_LEAST_WIDTH, room - width_of(self._containers[-1].rest))

    # Tokens

    def draw(self, tokens: "Sequence[Token]", number: int | None = None, *, raw: str = "", above: int = 0) -> None:
        """Put a parsed text under the rows.

        Args:
            tokens: of the whole text.
            number: the first of its list, where the text's own is not right.
            raw: see `raw_code`.
            above: see `raw_code`.
        """
        self._raw, self._above = raw, above
        self._containers[0] = replace(self._containers[0], number=number)
        index = 0
        while index < len(tokens):
            index = self._token(tokens, index)

    def _token(self, tokens: "Sequence[Token]", index: int) -> int:
        token = tokens[index]
        if token.nesting >= 0 and token.type in _LEAVES and token.map:
            self._gap(token.type, token.map[0], token.map[1])
        match token.type:
            case "inline":
                self._inline(token, tokens[index - 1].type)
            case "fence" | "code_block" | "math_block" | "hr":
                self._leaf(token)
            case "table_open":
                end = _closing(tokens, index)
                self._table(read_table(tokens[index:end]))
                return end + 1
            case "blockquote_open":
                self._enter("quote", (Span("│ ", "faint"),), style="em")
            case "bullet_list_open" | "ordered_list_open":
                self._enter_list(token)
            case "list_item_open":
                self._enter_item(token, tokens[index + 1 : index + 3])
            case "blockquote_close" | "bullet_list_close" | "ordered_list_close" | "list_item_close":
                self._leave()
            case _:
                pass
        return index + 1

    def _leaf(self, token: "Token") -> None:
        match token.type:
            case "hr":
                self.emit([Span("─" * self.width, "rule")])
            case "math_block":
                self.text(formula_spans(token.content, self._container_style()))
            case _:
                self._code(token)

    def _gap(self, kind: str, start: int, end: int) -> None:
        """The empty row between two blocks of the innermost container, where one is due."""
        container = self._containers[-1]
        self._containers[-1] = replace(container, before=(kind, end))
        if container.before is None:
            return
        before, ended = container.before
        tight = kind in _LISTS and before == "paragraph_open" and start <= ended
        if before != "heading_open" and not tight:
            self.emit([])

    def _inline(self, token: "Token", kind: str) -> None:
        style = self._container_style()
        if kind == "heading_open":
            style = f"{style} heading".lstrip()
        spans = inline_spans(token.children or [], style)
        inside = self._containers[-1]
        first = inside.before is not None and inside.before[0] == "paragraph_open" and self._first is not None
        self.text(_task(spans) if inside.kind == "item" and first else spans)

    def _table(self, table: "Table") -> None:
        page = columns(table, natural_widths(table), self.width)
        self.table_head(table, page)
        for row, source in zip(table.rows, table.sources[2:], strict=True):
            self.table_row(row_lines(row, page), source)

    def _container_style(self) -> str:
        return " ".join([container.style for container in self._containers if container.style])

    def _code(self, token: "Token") -> None:
        source = token.content.removesuffix("\n")
        self.code_head(token.info, action=f"code:{self._codes}")
        self._codes += 1
        if source:
            self.code_lines(highlight(source, token.info), raw_code(token, self._raw, self._above))

    def _enter(
        self,
        kind: str,
        prefix: tuple[Span, ...],
        style: str = "",
        first: tuple[Span, ...] | None = None,
        number: int | None = None,
    ) -> None:
        outer = self._containers[-1].rest
        room = self._column - TEXT_START - _AIR - width_of(outer) - width_of(prefix)
        rest = (*outer, *prefix) if room >= _LEAST_WIDTH else outer
        if first is not None:
            self._first = (*(self._first if self._first is not None else outer), *first)
        elif self._first is not None:
            self._first = (*self._first, *prefix)
        self._containers.append(_Container(kind, rest, style, number=number))

    def _enter_list(self, token: "Token") -> None:
        number = None
        if token.type == "ordered_list_open":
            own = len(self._containers) == 1 and self._containers[0].number is not None
            number = self._containers[0].number if own else int(token.attrGet("start") or 1)
        self._containers.append(replace(self._containers[-1], kind="list", before=None, number=number, style=""))

    def _enter_item(self, token: "Token", inside: "Sequence[Token]") -> None:
        container = self._containers[-1]
        marker = "• " if container.number is None else f"{container.number}{token.markup} "
        if container.number is not None:
            self._containers[-1] = replace(container, number=container.number + 1)
        bullet = Span(marker, "bullet", "", "- " if container.number is None else "")
        self._enter("item", (Span(" " * len(marker)),), first=(bullet,))
        if inside and inside[0].type == "list_item_close":
            self.emit([])

    def _leave(self) -> None:
        self._containers.pop()

    # Rows

    def emit(
        self,
        spans: Sequence[Span],
        *,
        fill: str = "",
        join: str | None = None,
        decor: int = 0,
        source: str | None = None,
        cut: int = 0,
        table: str | None = None,
    ) -> None:
        """Put one row under the others, behind the bars and indents of the containers that are open."""
        rest = self._containers[-1].rest
        before = rest if self._first is None else self._first
        if self._first is None:
            decor += sum(len(span.text) for span in rest)
        self._first = None
        if spans or before:
            spans = (*before, *spans)
            self.rows.append(Row(spans, fill=fill, join=join, decor=decor, source=source, cut=cut, table=table))
        else:
            self.rows.append(BLANK)

    def text(self, spans: Sequence[Span]) -> None:
        """Wrapped text."""
        for line, join in wrap_spans(spans, self.width):
            self.emit(line, join=join)

    def table_head(self, table: "Table", page: "TableColumns") -> None:
        """A table's head and the line below it; nothing where there is no room for columns."""
        if lines := head_lines(page):
            self.table_row(lines[:-1], table.sources[0])
            self.table_row(lines[-1:], table.sources[1])

    def table_row(self, lines: list[list[Span]], source: str) -> None:
        """One row of a table, which fits already; `source` is its Markdown."""
        for number, line in enumerate(lines):
            self.emit(line, table="" if number else source)

    def code_head(self, info: str, *, closed: bool = True, action: str = "code", lines: str = "") -> None:
        """The tinted row above code: its language, and the copy button once it is complete.

        `lines` is what folds or opens it, such as "▾ 214 lines".
        """
        language = language_of(info)
        left = [Span(" ", "on-code edge"), *([Span(language, "on-code muted")] if language else [])]
        left += [Span(f"{'  ' if language else ''}{lines}", "on-code muted", "lines")] if lines else []
        right = [Span("c", "on-code key", action), Span(" copy", "on-code muted", action)] if closed else []
        if not closed:
            left.append(Span("  writing…", "on-code muted"))
        room = self._code_width() + 1
        space = room - width_of(left) - width_of(right) - 1
        if space < 1:
            left, space = fit(left, max(0, room - width_of(right) - 2)), 1
        self.emit([*left, Span(" " * space, "on-code"), *right], fill="on-code", decor=_ALL)

    def code_lines(self, lines: list[list[Span]], source: str) -> None:
        """The code's lines, of which `source` is as it came; what is too long goes on at the right, or is wrapped."""
        draw = self._wrapped_code if self._display.wrap else self._code_line
        for line, text in zip(lines, source.split("\n"), strict=True):
            draw(line, text)

    def _code_line(self, line: list[Span], source: str) -> None:
        room, left, cut = self._code_width() + 1, self._display.left, 0
        if left and line:
            rest = skip(line, left + 1)
            cut = sum([len(span.text) for span in line]) - sum([len(span.text) for span in rest]) - 1
            line = [Span("‹", "faint"), *rest]
        self._emit_code(fit(line, room, "›"), source=source, cut=cut)

    def _wrapped_code(self, line: list[Span], source: str) -> None:
        drawn = drawn_code(source)
        offsets = fold_offsets(drawn, self._code_width() + 1)
        ends = [source_index(source, offset) for offset in offsets]
        pieces = zip(split_spans(line, offsets), [0, *ends], [*ends, len(source)], strict=True)
        for number, (piece, start, end) in enumerate(pieces):
            self._emit_code(piece, source=source[start:end], mark="↳" if number else " ", goes_on=number < len(offsets))

    def _emit_code(
        self, line: list[Span], *, source: str, cut: int = 0, mark: str = " ", goes_on: bool = False
    ) -> None:
        edge = Span(mark, "on-code edge" if mark == " " else "on-code faint")
        spans = [edge, *[span._replace(style=f"on-code {span.style}".rstrip()) for span in line]]
        self.emit(spans, fill="on-code", join="" if goes_on else None, decor=1, source=source, cut=cut)

    def code_rest(self, count: int, source: str) -> None:
        """The row that stands for `count` lines that are folded away; copied, it is these."""
        spans = [
            Span(" ", "on-code edge"),
            Span(f"⋯ {count} lines more", "on-code muted", "lines"),
            Span(" ", "on-code"),
        ]
        self.emit([*spans, Span("· space", "on-code muted", "lines")], fill="on-code", source=source, decor=_ALL)

    def _code_width(self) -> int:
        """Cells for code besides its inset and the last cell, which is kept for "›"."""
        return max(_LEAST_WIDTH, self._column - TEXT_START - width_of(self._containers[-1].rest) - 2)


def _task(spans: list[Span]) -> list[Span]:
    """The box of a task list's item as a mark."""
    if spans and spans[0].text[:4] in ("[ ] ", "[x] ", "[X] "):
        done = spans[0].text[1] != " "
        mark = Span("✓ ", "good", "", "[x] ") if done else Span("○ ", "muted", "", "[ ] ")
        return [mark, spans[0]._replace(text=spans[0].text[4:]), *spans[1:]]
    return spans


def _closing(tokens: "Sequence[Token]", index: int) -> int:
    while tokens[index].type != "table_close":
        index += 1
    return index
