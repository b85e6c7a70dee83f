"""Markdown as it streams in, cut into finished blocks and an open tail; knows nothing of width, rows or colours.

Where a block ends is decided by markdown-it (its top-level map), but it is only asked about a window of at most a few
thousand characters, and only complete lines decide: a block is finished once the next one has begun, which nothing
that follows can undo. So a text is cut in the same places however it arrives, in time proportional to its length:

- lists are cut item by item, tables by rows, fences by lines;
- what is longer than a window (a paragraph of 8,192 characters) is cut there, at the end of a line;
- a line longer than that is folded.
"""

import re
from collections import ChainMap
from copy import copy
from dataclasses import replace
from typing import Any, Literal

from tui.app.transcript.markdown.parser import Unit, item_above, parse_blocks, units_of
from tui.dataclass import dataclass
from tui.text import clean

WINDOW_CHARS = 8_192
ITEM_CHARS = 32_768  # an item holds whole sections, and what is cut off from it loses its indent
CODE_LINES = 128
TABLE_ROWS = 128
TABLE_CELLS = 1_200
_FEWEST_ROWS = 4
_LOOK_CHARS = 1_024
_LONGEST_LINE = WINDOW_CHARS + 1_024  # a window, and how far behind it a space is looked for

BlockKind = Literal["text", "item", "code", "table", "plain"]
_FENCE = re.compile(r"^( {0,3})(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*?)[ \t]*$")
_MARKDOWN = re.compile(r"\{?\.?(?:markdown|md|mdx)\b", re.IGNORECASE)
_ITEM = re.compile(r"^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
# A last line of marks alone may still become a rule, a heading's underline or an item: not drawn before it is decided.
_UNDECIDED = re.compile(r"^\s*(?:[-=*_+#>`~|:]+|\d{1,9}[.)])\s*$")
_UNDECIDED_CHARS = 80
_LINE_ENDS = re.compile("[\u2028\u2029]")  # cleaned, these end a line, too


@dataclass(frozen=True, slots=True)
class Block:
    r"""A piece of Markdown that is drawn by itself.

    Attributes:
        kind: "item" is one item of a list; "code" the lines of a fence; "text" anything else that is parsed;
            "plain" text that is shown as it was typed.
        source: clean lines joined by "\n"; of code without the fence lines, of a table without its head.
        gap: an empty row stands above it (unless it is the first).
        joined: it continues the code or table before it, and has no head of its own.
        closed: nothing can be added to it any more.
        info: a fence's language and what follows it.
        number: an ordered item's number.
        head: a table's head and delimiter row.
        lead: of a table that goes on, the rows that decided the columns' widths.
        raw: the lines of `source` as they came, for copies; "" where cleaning changed none of them.
    """

    kind: BlockKind
    source: str
    gap: bool = True
    joined: bool = False
    closed: bool = True
    info: str = ""
    number: int | None = None
    head: str = ""
    lead: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class _OpenFence:
    mark: str
    indent: int
    info: str
    gap: bool
    joined: bool = False
    inner: int = 0  # fences that are open inside it, at the start of the next line

    def close(self, lines: list[str]) -> tuple[int | None, int]:
        """The line that closes it, if it is among these; and the inner fences that are open behind the last of them.

        Models write whole pages into a fence of Markdown, with fences of the same length inside: there one with a
        language opens an inner fence, and one without closes the innermost.
        """
        closing = re.compile(rf"^ {{0,3}}{re.escape(self.mark)}{re.escape(self.mark[0])}*[ \t]*$")
        nested, inner = _MARKDOWN.match(self.info) is not None, self.inner
        for index, line in enumerate(lines):
            if closing.match(line):
                if not inner:
                    return index, 0
                inner -= 1
            elif nested and (opening := _FENCE.match(line)) and opening[2][0] == self.mark[0] and opening[3]:
                inner += len(opening[2]) >= len(self.mark)
        return None, inner


@dataclass(frozen=True, slots=True)
class _OpenTable:
    head: str
    gap: bool
    lead: str = ""
    joined: bool = False
    known: int = 0  # how many of the next lines are rows for certain


@dataclass(frozen=True, slots=True)
class _OpenList:
    marker: str
    number: int | None


class Splitter:
    """Cuts one Markdown text; `feed` it, then take finished blocks with `settle` and what is open with `tail`.

    It is always in one of four states, of which the three that go on with an open construct are values:

        no state ── a line opens a fence ───────> _OpenFence ── its closing line, or the end ──> no state
                 ── a table comes first ────────> _OpenTable ── a line that is no row ─────────> no state
                 ── an item has ended ──────────> _OpenList  ── the next block is none of its items ──> no state

    Args:
        plain: knows fences only: what a person typed is not restyled (`__init__`, `# comment`, indented lines).
    """

    def __init__(self, *, plain: bool = False) -> None:
        self._plain = plain
        self.references: dict[str, Any] = {}
        self._partial = ""  # the open line, raw
        self._lines: list[str] = []  # complete lines, clean, from `_at` on not yet in a block
        self._raw: dict[int, str] = {}  # those among them that cleaning has changed, as they came
        self._at = 0
        self._mode: _OpenFence | _OpenTable | _OpenList | None = None
        self._before = ""  # token type of the block before, "" at the start, "cut" inside an overlong block
        self._blank = True  # whether an empty line stood before the next block

    def feed(self, text: str) -> None:
        """Take in more of the text, cut anywhere."""
        *complete, self._partial = (self._partial + text).split("\n")
        for line in complete:
            self._add(line)
        while len(self._partial) > _LONGEST_LINE:
            cut = _fold_at(self._partial)
            self._take(self._partial[:cut])
            self._partial = self._partial[cut:]

    def _add(self, line: str) -> None:
        while len(line) > _LONGEST_LINE:
            cut = _fold_at(line)
            self._take(line[:cut])
            line = line[cut:]
        self._take(line)

    def _take(self, line: str) -> None:
        line = line.removesuffix("\r")
        cleaned = clean(line)
        if cleaned != line:
            for number, raw in enumerate(_LINE_ENDS.split(line), len(self._lines)):
                self._raw[number] = raw
        self._lines += cleaned.split("\n")

    def settle(self) -> list[Block]:
        """The blocks that are finished since the last call."""
        return self._cut(final=False)

    def finish(self) -> list[Block]:
        """End the text: all the blocks that are left."""
        if self._partial:
            self._add(self._partial)
            self._partial = ""
        return [block if block.closed else replace(block, closed=True) for block in self._cut(final=True)]

    def tail(self) -> list[Block]:
        """What is open, as if the text ended here. Costs a window, not the text."""
        fork = copy(self)
        fork._lines, fork._at = self._lines[self._at :], 0
        fork._raw = {number - self._at: raw for number, raw in self._raw.items()}
        fork.references = dict(self.references)
        if self._partial and (isinstance(self._mode, _OpenFence) or not _is_undecided(self._partial)):
            fork._add(self._partial)
        return fork._cut(final=True)

    def _cut(self, *, final: bool) -> list[Block]:
        blocks: list[Block] = []
        while self._at < len(self._lines) or (final and isinstance(self._mode, _OpenFence | _OpenTable)):
            found = self._step(final)
            if found is None:
                break
            blocks += found
        del self._lines[: self._at]
        if self._raw:
            self._raw = {number - self._at: raw for number, raw in self._raw.items() if number >= self._at}
        self._at = 0
        return blocks

    def _raw_source(self, start: int, count: int, indent: int = 0) -> str:
        """As `Block.raw`, of `count` lines from one on."""
        if not any(start <= number < start + count for number in self._raw):
            return ""
        lines = [self._raw.get(number, self._lines[number]) for number in range(start, start + count)]
        return "\n".join([_dedent(line, indent) for line in lines])

    def _step(self, final: bool) -> list[Block] | None:
        """Cut off a few blocks; None when more lines are needed."""
        match self._mode:
            case _OpenFence():
                return self._step_fence(self._mode, final)
            case _OpenTable():
                return self._step_table(self._mode, final)
            case _:
                return self._step_markdown(final)

    def _leave(self, before: str) -> None:
        self._mode, self._before, self._blank = None, before, False

    # Fences: no parser is asked before the closing line has come.

    def _step_fence(self, fence: _OpenFence, final: bool) -> list[Block] | None:
        start = self._at
        lines = self._lines[start : start + CODE_LINES]
        end, _ = fence.close(lines)
        closed = True
        if end is not None:
            self._at += end + 1
            self._leave("fence")
        elif len(lines) == CODE_LINES:
            end = _code_cut(lines)
            self._at += end
            self._mode = replace(fence, joined=True, inner=fence.close(lines[:end])[1])
        elif final:
            end, closed = len(lines), False
            self._at += end
            self._leave("fence")
        else:
            return None
        if fence.joined and not end:
            return []
        source = "\n".join([_dedent(line, fence.indent) for line in lines[:end]])
        raw = self._raw_source(start, end, fence.indent)
        gap = fence.gap and not fence.joined
        return [Block("code", source, gap=gap, joined=fence.joined, closed=closed, info=fence.info, raw=raw)]

    # Tables: a row is parsed together with the table's head, and with no other row.

    def _step_table(self, table: _OpenTable, final: bool) -> list[Block] | None:
        limit = max(
            _FEWEST_ROWS, min(TABLE_ROWS, TABLE_CELLS // (table.head.count("|", 0, table.head.index("\n")) + 1))
        )
        lines = self._lines[self._at : self._at + limit]
        units = units_of([*table.head.split("\n"), *lines[table.known :]], {})
        count = min(len(lines), table.known + max(0, units[0].end - 2)) if units else table.known
        ended = count < len(lines)
        if not ended and count < limit and not final:
            self._mode = replace(table, known=count)
            return None
        self._at += count
        source = "\n".join(lines[:count])
        if ended or count < limit:
            self._leave("table_open")
        else:
            self._mode = replace(table, joined=True, lead=table.lead or source, known=0)
        if table.joined and not count:
            return []
        gap = table.gap and not table.joined
        return [Block("table", source, gap=gap, joined=table.joined, head=table.head, lead=table.lead)]

    # All else

    def _step_markdown(self, final: bool) -> list[Block] | None:
        if not isinstance(self._mode, _OpenList):
            self._skip_blank()
        if self._at == len(self._lines):
            return []
        if opening := _FENCE.match(self._lines[self._at]):
            return self._open_fence(opening)
        if self._plain:
            return self._step_plain(final)
        # What is settled in a few lines is settled for good, so a small look comes first: it is cheaper.
        looked = self._look()
        if (blocks := self._try(looked, False, final and self._ends_with(looked))) is not None:
            return blocks
        window, full = self._window()
        return self._try(window, full, final and not full) if full or len(window) > len(looked) else None

    def _try(self, window: list[str], full: bool, final: bool) -> list[Block] | None:
        """Cut off the blocks that are finished in this window; a `full` one is cut through when there is none."""
        found: ChainMap[str, Any] = ChainMap({}, self.references)
        if isinstance(self._mode, _OpenList):
            units = units_of([item_above(window[0]), *window], found, above=1)[1:]
        else:
            units = units_of(window, found)
        blocks: list[Block] = []
        if units:
            blocks, position = self._settled(units, window, final)
            if not position and full:
                position = units[0].start or len(window)
                blocks = [] if units[0].start else [self._cut_through(units[0], window)]
        else:
            position = len(window) if final or full else 0
        if not position:
            return None
        if found.maps[0]:
            # Only where the text is settled: a definition may still turn out to be something else.
            parse_blocks(window[:position], self.references)
        self._at += position
        return blocks

    def _look(self) -> list[str]:
        """The next few lines, at most to where the next fence opens."""
        size = 0
        for index in range(self._at, len(self._lines)):
            size += len(self._lines[index]) + 1
            if size >= _LOOK_CHARS or _FENCE.match(self._lines[index]):
                return self._lines[self._at : index + 1]
        return self._lines[self._at :]

    def _ends_with(self, window: list[str]) -> bool:
        """Whether a window that starts here reaches to the end of the text and is not a full one."""
        return self._at + len(window) == len(self._lines) and _fits(window)

    def _step_plain(self, final: bool) -> list[Block] | None:
        window, full = self._window()
        end = next((index for index, line in enumerate(window) if _FENCE.match(line)), None)
        if end is None and not full and not final:
            return None
        lines = window[:end]
        self._at += len(lines)
        block = Block("plain", _source(lines), gap=self._gap("plain"))
        self._leave("plain" if end is not None or final else "cut")
        return [block]

    def _skip_blank(self) -> None:
        while self._at < len(self._lines) and not self._lines[self._at].strip():
            self._at += 1
            self._blank = True

    def _open_fence(self, opening: re.Match[str]) -> list[Block]:
        self._mode = _OpenFence(opening[2], len(opening[1]), opening[3], self._gap("fence"))
        self._at += 1
        return []

    def _window(self) -> tuple[list[str], bool]:
        """The next lines, as many as make a window, and whether they fill it."""
        limit, size = _window_chars(self._lines[self._at]), 0
        for index in range(self._at, len(self._lines)):
            size += len(self._lines[index]) + 1
            if size >= limit:
                return self._lines[self._at : index + 1], True
        return self._lines[self._at :], False

    def _settled(self, units: list[Unit], window: list[str], final: bool) -> tuple[list[Block], int]:
        """The finished blocks at the start of the window, and the line where the first unfinished one starts."""
        blocks: list[Block] = []
        position = 0
        self._blank = self._blank or units[0].start > 0  # lines that leave nothing stand apart like empty ones
        for index, unit in enumerate(units):
            if unit.kind in ("fence", "table_open"):
                return blocks, self._stop_before(unit, window, not blocks)
            proof = len(window) if final and unit.proof is None else unit.proof
            # Seen from its own start it may not fit into a window: then that is where it is looked at.
            if proof is None or (index and not _fits(window[unit.start : proof])):
                return blocks, unit.start if blocks else 0
            blocks.append(self._block(unit, window[unit.start : unit.end], self._at + unit.start))
            after = units[index + 1] if index + 1 < len(units) else None
            position = after.start if after else unit.end
            if after is None or after.marker != unit.marker:
                self._mode = None
            self._blank = position > unit.end or not window[position - 1].strip()
        return blocks, position

    def _stop_before(self, unit: Unit, window: list[str], first: bool) -> int:
        """Stop before a fence or a table; go into a table when it comes first. Returns the line to go on from."""
        if unit.kind == "fence" or not first:
            return unit.start
        head = "\n".join(window[unit.start : unit.start + 2])
        self._mode = _OpenTable(head, self._gap(unit.kind))
        return unit.start + 2

    def _block(self, unit: Unit, lines: list[str], start: int) -> Block:
        raw = self._raw_source(start, len(lines))
        if not unit.marker:
            block = Block("text", _source(lines), gap=self._gap(unit.kind), raw=raw)
            self._leave(unit.kind)
            return block
        before = self._mode if isinstance(self._mode, _OpenList) and self._mode.marker == unit.marker else None
        number = before.number if before else unit.number
        block = Block("item", _source(lines), gap=before is None and self._gap(unit.kind), number=number, raw=raw)
        self._leave(unit.kind)
        self._mode = _OpenList(unit.marker, None if number is None else number + 1)
        return block

    def _cut_through(self, unit: Unit, window: list[str]) -> Block:
        """Cut a block that is longer than a window; what follows is drawn right below it."""
        block = self._block(unit, window, self._at)
        self._leave("cut")
        return block

    def _gap(self, kind: str) -> bool:
        """Whether an empty row stands above the next block, of this token type."""
        if self._before in ("", "cut", "heading_open"):
            return False
        tight_list = kind in ("bullet_list_open", "ordered_list_open") and self._before == "paragraph_open"
        return self._blank or not tight_list


def _window_chars(first_line: str) -> int:
    return ITEM_CHARS if _ITEM.match(first_line) else WINDOW_CHARS


def _fits(lines: list[str]) -> bool:
    """Whether a block's lines fill less than the window that starts with them."""
    return sum(len(line) + 1 for line in lines) < _window_chars(lines[0])


def _source(lines: list[str]) -> str:
    end = len(lines)
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[:end])


def _dedent(line: str, indent: int) -> str:
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(indent, spaces) :]


def _code_cut(lines: list[str]) -> int:
    """Where to cut overlong code: before the last outer line after an empty one, so that highlighting can go on."""
    for index in range(len(lines) - 1, len(lines) // 2, -1):
        if not lines[index - 1].strip() and lines[index][:1].strip():
            return index
    return len(lines)


def _fold_at(line: str) -> int:
    """Where to cut an overlong line; what is cut off fills a window, so that it does not wait for as much again."""
    space = line.find(" ", WINDOW_CHARS - 1, _LONGEST_LINE)
    return WINDOW_CHARS if space < 0 else space + 1


def _is_undecided(partial: str) -> bool:
    return len(partial) < _UNDECIDED_CHARS and _UNDECIDED.match(partial) is not None
