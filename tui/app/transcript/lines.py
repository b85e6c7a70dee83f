"""Which row of the transcript stands where: the heights of blocks and turns, estimated until they are drawn.

Rows are drawn on demand and kept in a bounded cache; heights are kept for good. Knows no widget, no clock, no colour.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from time import perf_counter

from tui.app.transcript import chrome
from tui.app.transcript.blocks import Block, Splitter
from tui.app.transcript.render import Renderer, code_sources
from tui.app.transcript.rows import BLANK, Row, Run
from tui.app.transcript.turn import Turn

_WHOLE_CHARS = 200_000  # longer texts are drawn in slices, although they came whole
_FEED_CHARS = 4_096  # taken in at once, so that a flood cannot hold the loop


class RowCache:
    """The drawn rows of the blocks that were shown last, bounded by their number."""

    def __init__(self, limit_rows: int = 8_000) -> None:
        self._limit = limit_rows
        self._count = 0
        self._blocks: OrderedDict[tuple[int, int], list[Row]] = OrderedDict()

    def get(self, key: tuple[int, int]) -> list[Row] | None:
        """The rows of a block, by its text's and its own number; None when they must be drawn."""
        rows = self._blocks.get(key)
        if rows is not None:
            self._blocks.move_to_end(key)
        return rows

    def put(self, key: tuple[int, int], rows: list[Row]) -> None:
        """Keep a block's rows, and forget those that were not looked at for longest."""
        self.discard(key)
        self._blocks[key] = rows
        self._count += len(rows) + 1
        while self._count > self._limit and len(self._blocks) > 1:
            _, old = self._blocks.popitem(last=False)
            self._count -= len(old) + 1

    def discard(self, key: tuple[int, int]) -> None:
        """Forget a block's rows."""
        old = self._blocks.pop(key, None)
        if old is not None:
            self._count -= len(old) + 1

    def clear(self) -> None:
        """Forget everything: the width has changed."""
        self._blocks.clear()
        self._count = 0


class Body:
    """One Markdown text on the page: its finished blocks with their heights, and the open tail below them."""

    _numbers = iter(range(1 << 62))

    def __init__(self, cache: RowCache, column: int, *, plain: bool = False, renderer: Renderer | None = None) -> None:
        self._number = next(self._numbers)
        self._cache = cache
        self._column = column
        self._splitter = Splitter(plain=plain)
        self._renderer = renderer or Renderer()
        self._queue: list[str] = []  # text that is not yet split
        self._chunks: list[str] = []
        self.lazy = False  # nothing but `make_exact` splits it: a text that was whole when it came
        self._finished = False  # no more text will come
        self._sealed = False  # and all of it is in blocks
        self._blocks: list[Block] = []
        self._heights: list[int] = []  # with the gap above
        self._exact: list[bool] = []
        self._starts: list[int] = [0]  # of each block, as far as they are up to date
        self._tail: list[Row] = []
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
        return bool(self._queue) or (self._finished and not self._sealed)

    def append(self, text: str) -> None:
        """Queue more text; costs nothing until `advance`."""
        if not text:
            return
        self._chunks.append(text)
        self._estimate = None
        if self._queue and len(self._queue[-1]) < _FEED_CHARS:
            text = self._queue.pop() + text
        self._queue += [text[start : start + _FEED_CHARS] for start in range(0, len(text), _FEED_CHARS)]

    def close(self) -> None:
        """No more text will come."""
        self._finished = True

    def advance(self, deadline: float, *, draw: bool = True) -> None:
        """Split what is queued, and draw it, until `deadline` of `perf_counter`; the rest stays `pending`."""
        known = len(self._splitter.references)
        done = 0
        while done < len(self._queue) and perf_counter() < deadline:
            self._splitter.feed(self._queue[done])
            done += 1
            self._extend(self._splitter.settle(), deadline, draw)
        del self._queue[:done]
        self._estimate = None
        if self._finished and not self._queue and not self._sealed:
            self._sealed, self._tail = True, []
            self._extend(self._splitter.finish(), deadline, draw)
        if len(self._splitter.references) != known:
            self._redraw_links()

    def draw_tail(self) -> None:
        """Draw what is open once more; costs a window of the text at most."""
        self._tail = []
        if self._queue:
            return
        for block in self._splitter.tail():
            if block.gap and (self._blocks or self._tail):
                self._tail.append(BLANK)
            self._tail += self._renderer.rows(block, self._column, self._splitter.references)

    def prepare(self) -> None:
        """Split a whole text that was only estimated so far; its blocks are not drawn yet."""
        if self.pending:
            self.advance(inf, draw=False)

    def _extend(self, blocks: list[Block], deadline: float, draw: bool) -> None:
        for block in blocks:
            index = len(self._blocks)
            self._blocks.append(block)
            self._heights.append(
                _estimate(len(block.source), block.source.count("\n"), self._column) + self._gap(index)
            )
            self._exact.append(False)
            if draw and perf_counter() < deadline:
                self._draw(index)

    def _redraw_links(self) -> None:
        """A link was defined: blocks that may use it are drawn again."""
        for index, block in enumerate(self._blocks):
            if block.kind != "code" and ("[" in block.source or "[" in block.head):
                self._exact[index] = False
                self._cache.discard((self._number, index))

    # Heights

    @property
    def height(self) -> int:
        """Rows, without an empty one below; estimated where nothing was drawn."""
        waiting = 0
        if self._queue:
            if self._estimate is None:
                self._estimate = sum(map(len, self._queue)), sum(part.count("\n") for part in self._queue)
            waiting = _estimate(*self._estimate, self._column)
        return self._start(len(self._blocks)) + len(self._tail) + waiting

    @property
    def frozen(self) -> int:
        """Rows that no further text changes."""
        return self._start(len(self._blocks))

    def _gap(self, index: int) -> int:
        return 1 if index and self._blocks[index].gap else 0

    def _start(self, index: int) -> int:
        if len(self._starts) <= index:
            known = len(self._starts) - 1
            more = accumulate(self._heights[known:index], initial=self._starts[-1])
            next(more)
            self._starts += more
        return self._starts[index]

    def _draw(self, index: int) -> list[Row]:
        rows = self._renderer.rows(self._blocks[index], self._column, self._splitter.references)
        if self._gap(index):
            rows.insert(0, BLANK)
        self._cache.put((self._number, index), rows)
        self._exact[index] = True
        if self._heights[index] != len(rows):
            self._heights[index] = len(rows)
            del self._starts[index + 1 :]
        return rows

    def _block_at(self, row: int) -> int:
        self._start(len(self._blocks))
        return bisect_right(self._starts, row, 0, len(self._blocks)) - 1

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """Draw one block among the rows `first` to `last` whose height is only estimated.

        Returns:
            By how many rows the row `top` has moved down, and whether anything was done.
        """
        if self.lazy and self.pending:
            before = self.height
            self.prepare()
            return (self.height - before if top > 0 else 0), True
        if first >= self._start(len(self._blocks)) or last < 0:
            return 0, False
        for index in range(max(0, self._block_at(max(0, first))), len(self._blocks)):
            start = self._start(index)
            if start > last:
                break
            if not self._exact[index]:
                before = self._heights[index]
                self._draw(index)
                return (self._heights[index] - before if start < top else 0), True
        return 0, False

    def row(self, number: int) -> Row:
        """One row, by its number from the top of the body."""
        total = self._start(len(self._blocks))
        if number >= total:
            return self._tail[number - total] if number - total < len(self._tail) else BLANK
        index = self._block_at(number)
        rows = self._cache.get((self._number, index)) or self._draw(index)
        offset = number - self._start(index)
        return rows[offset] if offset < len(rows) else BLANK

    def resize(self, column: int) -> None:
        """Take over another width: all heights are estimates again, in proportion to what they were."""
        if column == self._column:
            return
        ratio = self._column / column
        self._column = column
        self._exact = [False] * len(self._blocks)
        self._heights = [max(1, round(height * ratio)) if height > 2 else height for height in self._heights]
        self._starts = [0]
        if self._tail:
            self.draw_tail()

    # Code

    def code_at(self, number: int, act: str) -> str:
        """The source of the code whose button stands in this row; `act` is the button's ("code" or "code:<n>")."""
        index = self._block_at(number)
        if index < 0:
            return ""
        if act == "code":
            return self._fence(index)
        return code_sources(self._blocks[index], self._splitter.references)[int(act.removeprefix("code:"))]

    def codes(self) -> list[tuple[int, str]]:
        """Every code of the text with the row where it starts."""
        self.prepare()
        found: list[tuple[int, str]] = []
        for index, block in enumerate(self._blocks):
            row = self._start(index)
            if block.kind == "code" and not block.joined:
                found.append((row, self._fence(index)))
            else:
                found += [(row, source) for source in code_sources(block, self._splitter.references)]
        return found

    def _fence(self, index: int) -> str:
        parts = [self._blocks[index].source]
        for block in self._blocks[index + 1 :]:
            if not (block.kind == "code" and block.joined):
                break
            parts.append(block.source)
        return "\n".join(parts)


def _estimate(chars: int, line_ends: int, column: int) -> int:
    return line_ends + 1 + chars // max(8, column)


@dataclass(slots=True)
class Clock:
    """Monotonic times of a streaming turn, None when they have not come."""

    thinking_since: float | None = None
    thinking_until: float | None = None
    waiting_since: float | None = None


class TurnLines:
    """One turn as rows: what stands above its text, its thoughts, the text, and what stands below."""

    def __init__(self, turn: Turn, cache: RowCache, column: int) -> None:
        self.turn = turn
        self.folded = True
        self.clock = Clock()
        self._cache = cache
        self._column = column
        self._head: list[Row] = []
        self._foot: list[Row] = []
        self._now: float | None = None
        self.body = self._new_body(turn.text)
        self.thoughts = self._new_thoughts(turn.thinking)
        self.furnish(None)

    def _new_body(self, text: str) -> Body:
        return self._filled(Body(self._cache, self._column, plain=self.turn.kind == "prompt"), text)

    def _new_thoughts(self, text: str) -> Body:
        renderer = Renderer((Run("│ ", "faint"),), "thought")
        return self._filled(Body(self._cache, self._column, renderer=renderer), text)

    def _filled(self, body: Body, text: str) -> Body:
        body.append(text)
        if not self.streaming:
            body.close()
            body.lazy = len(text) <= _WHOLE_CHARS
        return body

    @property
    def streaming(self) -> bool:
        """Whether more text may come."""
        return self.turn.state == "streaming"

    @property
    def backlog(self) -> bool:
        """Whether text has come in that is not drawn yet."""
        return any(text.pending and not text.lazy for text in (self.body, self.thoughts))

    def replace(self, turn: Turn, now: float) -> None:
        """Take over all but the text of a turn."""
        if turn.waiting != self.turn.waiting:
            self.clock.waiting_since = now if turn.waiting else None
        self.turn = turn
        self.furnish(now)

    def finish(self, turn: Turn) -> None:
        """Take over a turn that is complete; its text is what is shown from now on."""
        self.turn = turn
        if self.body.text == turn.text:
            self.body.close()
        else:
            self.body = self._new_body(turn.text)
        if self.thoughts.text == turn.thinking:
            self.thoughts.close()
        else:
            self.thoughts = self._new_thoughts(turn.thinking)

    def resize(self, column: int) -> None:
        """Take over another width."""
        if column != self._column:
            self._column = column
            self.body.resize(column)
            self.thoughts.resize(column)
            self.furnish(self._now)

    def furnish(self, now: float | None) -> None:
        """Make the rows above and below the text anew; `now` is monotonic, None leaves the clock as it was."""
        self._now = now if now is not None else self._now
        turn, column = self.turn, self._column
        moment = self._moment()
        self._head, self._foot = [], []
        if turn.kind == "switch":
            self._head = chrome.switch_rows(turn, column)
        elif turn.kind == "prompt":
            self._head = chrome.prompt_head(turn, column)
        else:
            self._furnish_reply(moment)

    def _furnish_reply(self, moment: chrome.Moment) -> None:
        turn, column = self.turn, self._column
        has_text = self.body.has_text or self.thoughts.has_text
        card: list[Row] = []
        if turn.failure is not None:
            card = chrome.failure_rows(turn.failure, column, partial=has_text)
        elif turn.waiting is not None:
            card = chrome.waiting_rows(turn.waiting, column, moment)
        elif turn.state == "interrupted":
            card = chrome.stopped_rows(turn)
        # A card stands where the answer would be: without any text there is nothing to head.
        if has_text or not card or turn.state == "interrupted":
            self._head = chrome.reply_head(turn, column, moment)
            if self.thoughts.has_text:
                self._head += chrome.thought_head(
                    turn, self.thoughts.text, folded=self.folded, moment=moment, column=column
                )
            self._foot = [BLANK, *card] if card else []
        else:
            self._head = card
        if self.streaming and not card and not self.body.has_text:
            self._foot = [] if moment.thinking_s is not None else [BLANK, chrome.with_cursor(BLANK)]

    def _moment(self) -> chrome.Moment:
        now, clock = self._now, self.clock
        if now is None or not self.streaming:
            return chrome.Moment(thought_s=self._thought_s)
        elapsed = None if self.turn.started is None else max(0.0, now - self.turn.started)
        thinking = None
        if clock.thinking_since is not None and clock.thinking_until is None:
            thinking = now - clock.thinking_since
        waited = now - clock.waiting_since if clock.waiting_since is not None else 0.0
        return chrome.Moment(elapsed, thinking, waited, self._thought_s)

    @property
    def _thought_s(self) -> float | None:
        since, until = self.clock.thinking_since, self.clock.thinking_until
        if self.turn.thinking_s is None and since is not None and until is not None:
            return until - since
        return self.turn.thinking_s

    # Rows: head, open thoughts, an empty row, the text, foot

    @property
    def _thoughts_height(self) -> int:
        return 0 if self.folded or not self.thoughts.has_text else self.thoughts.height

    @property
    def _body_start(self) -> int:
        gap = 1 if self.turn.kind == "reply" and self.body.has_text else 0
        return len(self._head) + self._thoughts_height + gap

    @property
    def frozen(self) -> int:
        """The first row that further text may change."""
        return self._body_start + (max(0, self.body.frozen - 1) if self.body.has_text else 0)

    @property
    def head_height(self) -> int:
        """Rows above the thoughts and the text, which change with the clock."""
        return len(self._head)

    @property
    def height(self) -> int:
        """Rows, without the empty one below the turn."""
        body = self.body.height if self.body.has_text else 0
        return self._body_start + body + len(self._foot)

    def row(self, number: int) -> Row:
        """One row, by its number from the turn's top."""
        if number < len(self._head):
            return self._head[number]
        start = self._body_start
        if number < start:
            inside = number - len(self._head)
            return self.thoughts.row(inside) if inside < self._thoughts_height else BLANK
        end = self.height - len(self._foot)
        if number < end:
            row = self.body.row(number - start)
            return chrome.with_cursor(row) if self.streaming and number == end - 1 else row
        return self._foot[number - end] if number - end < len(self._foot) else BLANK

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """As `Body.make_exact`, for the turn's rows."""
        start = len(self._head)
        if self._thoughts_height and first < start + self._thoughts_height:
            found = self.thoughts.make_exact(first - start, last - start, top - start)
            if found[1]:
                return found
        if self.body.has_text:
            start = self._body_start
            return self.body.make_exact(first - start, last - start, top - start)
        return 0, False

    def code_at(self, number: int, act: str) -> str:
        """The code whose button stands in a row."""
        if number >= self._body_start:
            return self.body.code_at(number - self._body_start, act)
        return self.thoughts.code_at(number - len(self._head), act)

    def codes(self) -> list[tuple[int, str]]:
        """Every code of the answer with its row."""
        return [(row + self._body_start, source) for row, source in self.body.codes()] if self.body.has_text else []


class Layout:
    """All turns under each other: one empty row above the first and below each."""

    def __init__(self) -> None:
        self.cache = RowCache()
        self.turns: list[TurnLines] = []
        self._index: dict[str, int] = {}
        self._starts: list[int] = [1]
        self._column = 76

    @property
    def column(self) -> int:
        """Cells of the reading column."""
        return self._column

    def load(self, turns: Iterable[Turn]) -> None:
        """Show other turns."""
        self.cache.clear()
        self.turns = [TurnLines(turn, self.cache, self._column) for turn in turns]
        self._index = {lines.turn.id: index for index, lines in enumerate(self.turns)}
        self._starts = [1]

    def add(self, turn: Turn) -> int:
        """Show one more turn; returns its index."""
        self.turns.append(TurnLines(turn, self.cache, self._column))
        self._index[turn.id] = len(self.turns) - 1
        return len(self.turns) - 1

    def find(self, turn_id: str) -> int | None:
        """The index of a turn, None when it is not shown."""
        return self._index.get(turn_id)

    def resize(self, column: int) -> None:
        """Take over another width."""
        if column != self._column:
            self._column = column
            self.cache.clear()
            for lines in self.turns:
                lines.resize(column)
            self._starts = [1]

    def changed(self, index: int) -> None:
        """A turn's height may have changed: those below it have moved."""
        del self._starts[index + 1 :]

    def start(self, index: int) -> int:
        """The row where a turn starts; for the number of turns, where the next one would."""
        if len(self._starts) <= index:
            known = len(self._starts) - 1
            heights = [lines.height + 1 for lines in self.turns[known:index]]
            more = accumulate(heights, initial=self._starts[-1])
            next(more)
            self._starts += more
        return self._starts[index]

    @property
    def height(self) -> int:
        """All rows."""
        return self.start(len(self.turns)) if self.turns else 0

    def locate(self, row: int) -> tuple[int, int]:
        """The turn at a row, and the row's number in it; (-1, 0) above the first."""
        self.start(len(self.turns))
        index = bisect_right(self._starts, row, 0, len(self.turns)) - 1
        return (index, row - self._starts[index]) if index >= 0 else (-1, 0)

    def row(self, number: int) -> tuple[int, Row | None]:
        """The turn at a row, and what it shows there; None on the empty rows between turns."""
        index, inside = self.locate(number)
        if index < 0 or inside >= self.turns[index].height:
            return index, None
        return index, self.turns[index].row(inside)

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """Draw one block among the rows `first` to `last` whose height is only estimated.

        Returns:
            By how many rows the row `top` has moved down, and whether anything was done.
        """
        for index in range(max(0, self.locate(max(1, first))[0]), len(self.turns)):
            start = self.start(index)
            if start > last:
                break
            moved, done = self.turns[index].make_exact(first - start, last - start, top - start)
            if done:
                self.changed(index)
                return moved, True
        return 0, False
