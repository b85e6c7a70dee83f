"""One text on the page: its blocks, their heights, and the open tail of a stream. Knows no message, clock or colour.

Rows are drawn on demand and kept in a bounded cache; heights are kept for good, and estimated until they are drawn.
"""

from collections.abc import Callable
from math import inf
from time import perf_counter

from rich.cells import cell_len

from tui.app.transcript.block_heights import BlockHeights
from tui.app.transcript.code_folds import CodeFolds
from tui.app.transcript.markdown.code import FOLDED_LINES, TAB_CELLS, CodeDisplay
from tui.app.transcript.markdown.render import Renderer, code_sources, has_code
from tui.app.transcript.markdown.splitter import Block, Splitter
from tui.app.transcript.row import BLANK, TEXT_START, Row
from tui.app.transcript.row_cache import RowCache
from tui.dataclass import dataclass

_FEED_CHARS = 4_096  # taken in at once, so that a flood cannot hold the loop
LAZY_CHARS = 200_000
"""Longer texts are split in slices, although they came whole."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A row of a text.

    Attributes:
        block: in which it is.
        inside: how far below the block's start.
        height: of the block; 0 where it grows.
        page: the width and the wrapping for which that holds.
    """

    block: int
    inside: int
    height: int
    page: tuple[int, bool]


class MessageText:
    """One Markdown text on the page: its finished blocks with their heights, and the open tail below them.

    Args:
        column: cells of the reading column.
        plain: fences are all the Markdown that is drawn as such.
        folding: long code is folded at first.
    """

    _numbers = iter(range(1 << 62))

    def __init__(
        self,
        cache: RowCache,
        column: int,
        *,
        plain: bool = False,
        renderer: Renderer | None = None,
        folding: bool = False,
    ) -> None:
        self._number = next(self._numbers)
        self._cache = cache
        self._column = column
        self._splitter = Splitter(plain=plain)
        self._renderer = renderer or Renderer()
        self._queue: list[str] = []  # text that is not yet split
        self._chunks: list[str] = []
        self._lazy = False  # nothing but `make_exact` splits it
        self._closed = False  # no more text will come
        self._complete = False  # and all of it is in blocks
        self._blocks: list[Block] = []
        self._folds = CodeFolds(self._blocks, folding=folding)
        self._widest = 0, 0  # how many blocks were looked at, and the cells of their longest line of code
        self._heights = BlockHeights()
        self._tail: list[Row] = []
        self._tail_blocks: list[tuple[int, Block]] = []  # with the row of the tail where each starts
        self._estimate: tuple[int, int] | None = None  # characters and lines of the queue

    @property
    def text(self) -> str:
        """All the text that was given, raw."""
        if len(self._chunks) > 1:
            self._chunks = ["".join(self._chunks)]
        return self._chunks[0] if self._chunks else ""

    @property
    def has_text(self) -> bool:
        """Whether any text was given."""
        return bool(self._chunks)

    @property
    def pending(self) -> bool:
        """Whether something waits for `advance`."""
        return not self._lazy and self._waits

    @property
    def _waits(self) -> bool:
        return bool(self._queue) or (self._closed and not self._complete)

    def append(self, text: str) -> None:
        """Queue more text; costs nothing until `advance`."""
        if not text:
            return
        self._chunks.append(text)
        self._estimate = None
        if self._queue and len(self._queue[-1]) < _FEED_CHARS:
            text = self._queue.pop() + text
        self._queue += [text[start : start + _FEED_CHARS] for start in range(0, len(text), _FEED_CHARS)]

    def close(self, *, whole: bool = False) -> None:
        """No more text will come. What is drawn as a `whole` is split when it is looked at, unless it is very long."""
        self._closed = True
        self._lazy = whole and len(self.text) <= LAZY_CHARS

    def advance(self, deadline: float) -> None:
        """Split what is queued until `deadline` of `perf_counter`, and draw what is open below; the rest is `pending`.

        Finished blocks are not drawn: what a flood pushes out of view at once never needs to be.
        """
        if not self._waits:
            return
        known = len(self._splitter.references)
        done = 0
        while done < len(self._queue) and perf_counter() < deadline:
            self._splitter.feed(self._queue[done])
            done += 1
            self._extend(self._splitter.settle())
        del self._queue[:done]
        self._estimate = None
        if self._closed and not self._queue:
            self._complete = True
            self._extend(self._splitter.finish())
        if len(self._splitter.references) != known:
            self._redraw_links()
        self._draw_tail()

    def _draw_tail(self) -> None:
        """Draw what is open once more; costs a window of the text at most."""
        self._tail, self._tail_blocks = [], []
        if self._queue or self._complete:
            return
        for block in self._splitter.tail():
            if block.gap and (self._blocks or self._tail):
                self._tail.append(BLANK)
            self._tail_blocks.append((len(self._tail), block))
            self._tail += self._renderer.rows(block, self._column, self._splitter.references)

    def _split_all(self) -> None:
        """Split a whole text that was only estimated so far; its blocks are not drawn yet."""
        if self._waits:
            self.advance(inf)

    def _extend(self, blocks: list[Block]) -> None:
        for block in blocks:
            self._blocks.append(block)
            self._heights.append(self._estimated(len(self._blocks) - 1))

    def _estimated(self, index: int) -> int:
        block = self._blocks[index]
        if block.kind != "code":
            height = _estimate(len(block.source), block.source.count("\n"), self._column)
        elif self._folds.is_folded(index):
            height = 0 if block.joined else FOLDED_LINES + 2
        else:
            height = block.source.count("\n") + 1 + (not block.joined)
        return height + self._gap(index)

    def _redraw_links(self) -> None:
        """A link was defined: blocks that may use it are drawn again."""
        for index, block in enumerate(self._blocks):
            if block.kind != "code" and ("[" in block.source or "[" in block.head):
                self._heights.set(index, self._heights[index], exact=False)
                self._cache.discard((self._number, index))

    # Heights

    @property
    def height(self) -> int:
        """Rows, without an empty one below; estimated where nothing was drawn."""
        waiting = 0
        # What `advance` works off is not counted before: a view at the end would show empty rows until it is done.
        if self._lazy and self._queue:
            if self._estimate is None:
                self._estimate = sum(map(len, self._queue)), sum(part.count("\n") for part in self._queue)
            waiting = _estimate(*self._estimate, self._column)
        return self._heights.total + len(self._tail) + waiting

    @property
    def frozen(self) -> int:
        """Rows that no further text changes."""
        return self._heights.total

    def _gap(self, index: int) -> int:
        return 1 if index and self._blocks[index].gap else 0

    def _draw(self, index: int) -> list[Row]:
        fold = self._folds.fold_of(index)
        rows = self._renderer.rows(self._blocks[index], self._column, self._splitter.references, fold)
        if self._gap(index):
            rows.insert(0, BLANK)
        self._cache.put((self._number, index), rows)
        self._heights.set(index, len(rows), exact=True)
        return rows

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """Draw one block among the rows `first` to `last` whose height is only estimated.

        Returns:
            By how many rows the row `top` has moved down, and whether anything was done.
        """
        if self._lazy and self._waits:
            before = self.height
            self._split_all()
            return (self.height - before if top > 0 else 0), True
        if first >= self._heights.total or last < 0:
            return 0, False
        for index in range(max(0, self._heights.at(max(0, first))), len(self._blocks)):
            start = self._heights.start(index)
            if start > last:
                break
            if not self._heights.is_exact(index):
                before = self._heights[index]
                self._draw(index)
                return (self._heights[index] - before if start < top else 0), True
        return 0, False

    def row(self, number: int) -> Row:
        """One row, by its number from the top of the text."""
        total = self._heights.total
        if number >= total:
            return self._tail[number - total] if number - total < len(self._tail) else BLANK
        index = self._heights.at(number)
        rows = self.rows_of(index)
        offset = number - self._heights.start(index)
        return rows[offset] if offset < len(rows) else BLANK

    def place_at(self, number: int) -> TextPlace:
        """What stands in a row, so that it is found again however the rows above it change."""
        index = self._heights.at(number) if number < self.frozen else len(self._blocks)
        height = self._heights[index] if index < len(self._blocks) else 0
        return TextPlace(index, number - self._heights.start(index), height, self._page)

    @property
    def _page(self) -> tuple[int, bool]:
        """What decides how lines are wrapped."""
        return self._column, self._renderer.display.wrap

    def row_at(self, place: TextPlace) -> int:
        """The row where a place is now."""
        if place.block >= len(self._blocks):
            return self.frozen + min(place.inside, len(self._tail))
        if not self._heights.is_exact(place.block):
            self._draw(place.block)
        height, inside = self._heights[place.block], place.inside
        if place.height and self._page != place.page:
            inside = round(inside * height / place.height)
        return self._heights.start(place.block) + min(inside, max(0, height - 1))

    def resize(self, column: int) -> None:
        """Take over another width: all heights are estimates again, in proportion to what they were."""
        if column == self._column:
            return
        ratio = self._column / column
        self._column = column
        self._heights.scale(ratio)
        if self._tail:
            self._draw_tail()

    # Blocks, for a search

    def block_with(self, count: Callable[[str], int], number: int) -> tuple[int | None, int]:
        """The block with place `number` of those that `count` finds in a source, and its number there.

        Where a place is in no block, as in the info of a fence, it is the last one of the last block that has any.
        """
        self._split_all()
        found: tuple[int | None, int] = (None, 0)
        for index, block in enumerate(self._blocks):
            here = count(block.source if block.joined or not block.head else f"{block.head}\n{block.source}")
            if here:
                found = index, min(number, here - 1)
            if number < here:
                break
            number -= here
        return found

    def rows_of(self, block: int) -> list[Row]:
        """All rows of a block, with the empty one above it."""
        rows = self._cache.get((self._number, block))
        return self._draw(block) if rows is None else rows

    def start_of(self, block: int) -> int:
        """The row where a block starts."""
        return self._heights.start(block)

    def code_of(self, block: int) -> int | None:
        """The long code, as `fold` knows it, that a block belongs to."""
        return self._folds.first(block) if self._folds.is_long(block) else None

    # Code

    def set_display(self, display: CodeDisplay) -> None:
        """Show code in another way."""
        wrap = self._renderer.display.wrap != display.wrap
        self._renderer.display = display
        for index, block in enumerate(self._blocks):
            if has_code(block):
                self._redraw(index, moves=wrap)
        self._draw_tail()

    def _redraw(self, index: int, *, moves: bool) -> None:
        """Draw a block anew when it is looked at; `moves`: it may have another height then."""
        self._cache.discard((self._number, index))
        if moves:
            self._heights.set(index, self._estimated(index), exact=False)

    @property
    def hidden_cells(self) -> int:
        """How many cells of the longest line of code do not fit on the page, as if none stood in a list."""
        known, widest = self._widest
        for block in self._blocks[known:]:
            codes = [block.source] if block.kind == "code" else self._codes_in(block)
            lines = [line for code in codes for line in code.expandtabs(TAB_CELLS).split("\n")]
            widest = max(widest, *map(cell_len, lines), 0)
        self._widest = len(self._blocks), widest
        return widest - (self._column - TEXT_START - 1)

    def _codes_in(self, block: Block) -> list[str]:
        return code_sources(block, self._splitter.references) if has_code(block) else []

    @property
    def long_codes(self) -> list[int]:
        """Every code that can be folded, as `is_folded` and `fold` know it."""
        return self._folds.long_ones()

    def is_folded(self, code: int) -> bool:
        """Whether a long code is folded."""
        return self._folds.is_folded(code)

    def fold(self, code: int, *, folded: bool) -> None:
        """Fold a long code, or open it."""
        if self._folds.set(code, folded=folded):
            for index in self._folds.members(code):
                self._redraw(index, moves=True)

    def long_code_at(self, number: int) -> int | None:
        """The long code in a row."""
        if not self._blocks or number >= self.frozen:
            return None
        first = self._folds.first(self._heights.at(number))
        return first if self._folds.is_long(first) else None

    def code_at(self, number: int, action: str) -> str:
        """The source of the code whose button stands in a row; `action` is the button's, "code" or "code:<number>"."""
        below = number - self.frozen
        if below >= 0:
            block = next((one for start, one in reversed(self._tail_blocks) if start <= below), None)
            source = (block.raw or block.source) if block is not None else ""
        else:
            index = self._heights.at(number)
            block, source = self._blocks[index], self._folds.source(index)
        if block is None or action == "code":
            return source
        return code_sources(block, self._splitter.references)[int(action.removeprefix("code:"))]

    def codes(self) -> list[tuple[int, str]]:
        """Every code of the text with the row where it starts."""
        self._split_all()
        found: list[tuple[int, str]] = []
        for index, block in enumerate(self._blocks):
            row = self._heights.start(index)
            if block.kind == "code" and not block.joined:
                found.append((row, self._folds.source(index)))
            else:
                found += [(row, source) for source in code_sources(block, self._splitter.references)]
        return found


def estimated_rows(text: str, column: int) -> int:
    """How high a text may be that was not split yet."""
    return _estimate(len(text), text.count("\n"), column)


def _estimate(chars: int, line_ends: int, column: int) -> int:
    return line_ends + 1 + chars // max(8, column)
