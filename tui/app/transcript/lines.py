"""Turns as rows under each other: which row of the transcript belongs to which turn. Knows no widget and no colour."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from tui.app.transcript import chrome
from tui.app.transcript.body import Body, RowCache
from tui.app.transcript.render import Renderer
from tui.app.transcript.rows import BLANK, Row, Run
from tui.app.transcript.turn import Turn

_WHOLE_CHARS = 200_000  # longer texts are drawn in slices, although they came whole


@dataclass(slots=True)
class Clock:
    """Monotonic times of a streaming turn, None when they have not come."""

    thinking_since: float | None = None
    thinking_until: float | None = None
    waiting_since: float | None = None
    heard: float | None = None


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
            self.clock.heard = now
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
            card = chrome.waiting_rows(turn.waiting, turn.model, column, moment)
        elif turn.state == "interrupted":
            card = chrome.stopped_rows(turn)
        elif turn.note:
            card = chrome.cut_rows(turn)
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
        heard = self.turn.started if clock.heard is None else clock.heard
        silent = 0.0 if heard is None or self.turn.waiting is not None else now - heard
        return chrome.Moment(elapsed, thinking, waited, self._thought_s, silent)

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
