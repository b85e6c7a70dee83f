"""Find in the messages of a layout: counts all places in slices, goes from one to the next, and marks what is in view.

It searches the source of messages, also of those that were never drawn, and draws only what it goes to. What was folded
around a place is opened while the reader is there, and folded again behind them.
"""

from bisect import bisect_right
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from textual.scroll_view import ScrollView
from textual.timer import Timer

from tui.app.transcript.events import Found, Searched
from tui.app.transcript.query import Query
from tui.app.transcript.row import TEXT_START
from tui.app.transcript.scroll_place import SLICE_S
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.focus import MessageFocus
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.message_text import MessageText
    from tui.app.transcript.part_rows import PartRows
    from tui.app.transcript.query import Sought
    from tui.app.transcript.row import Row
    from tui.app.transcript.scroll_place import ScrollPlace

_PAUSE_S = 0.01
_AGAIN_S = 0.3  # after a change of the messages
_LONGEST_LINE_ROWS = 64
_SEEN_CHARS = 8  # how many of a place's characters are in view at least, and the mark behind them


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with places in it: the one with this number of a part."""

    rows: "MessageRows"
    part: "PartRows"
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class _Here:
    """The place where the reader is: a row of a text's block, and the first character of it in that row."""

    text: _Text
    block: int
    inside: int
    start: int


class Finder:
    """One search over a layout, and the place in it where the reader is. The view posts how far it has come."""

    def __init__(
        self,
        view: ScrollView,
        layout: "TranscriptLayout",
        place: "ScrollPlace",
        focus: "MessageFocus",
        refresh_keys: Callable[[], None],
    ) -> None:
        self._view = view
        self._layout = layout
        self._place = place
        self._focus = focus
        self._refresh_keys = refresh_keys
        self._query: Sought | None = None
        self._timer: Timer | None = None
        self._known: dict[int, tuple[MessageRows, tuple[object, ...], list[_Text]]] = {}
        self._next = 0  # the message that is searched next
        self._texts: list[_Text] = []
        self._ends: list[int] = []  # of each text, how many places there are up to its end
        self._current = -1
        self._here: _Here | None = None
        self._opened: list[Callable[[], None]] = []  # folds again what was opened for the place
        self._from = 0  # the message from which on the first place is looked for
        self._goes = False  # to the first place, as soon as all is searched

    @property
    def active(self) -> bool:
        """Whether something is looked for."""
        return self._query is not None

    @property
    def rows(self) -> "MessageRows | None":
        """The message in which the reader is at a place."""
        return self._here.text.rows if self._here is not None else None

    def look_for(self, typed: str, sought: "Sought | None" = None) -> None:
        """Look for other words, from what was in view at first on; for none while `typed` is empty.

        `sought` is what is looked for where that is not the text itself that is typed.
        """
        if self._query is None and self._here is None:
            self._from = max(0, self._layout.locate(self._place.top)[0])
        self._known.clear()
        self._query = (sought or Query(typed)) if typed.strip() else None
        self._current, self._goes = -1, True
        self._leave_folded()
        self._restart(0.0)
        if self._query is None:
            self._texts, self._ends = [], []
            self._tell()
        self._view.refresh()

    def end(self) -> None:
        """Look for nothing more; what is open around the place stays open."""
        self._opened.clear()
        self.look_for("")

    def messages_changed(self) -> None:
        """Other messages are there, or one has more text: count again, soon."""
        if self._query is not None and self._timer is None:
            self._restart(_AGAIN_S)

    def messages_replaced(self) -> None:
        """Another conversation is shown: look there for the same."""
        self._opened.clear()
        self._known.clear()
        self._here, self._current, self._from = None, -1, 0
        if self._query is not None:
            self._restart(0.0)

    def step(self, step: int) -> None:
        """Go to the next place, or with -1 to the one before."""
        if self._texts:
            self._goes = False
            self._go((self._current + step) % self._ends[-1] if self._current >= 0 else 0)

    # Counting

    def _restart(self, pause: float) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._next = 0
        if self._query is not None and self._view.is_attached:
            self._timer = self._view.set_timer(max(pause, _PAUSE_S), self._search)

    def _search(self) -> None:
        """Search a slice of the messages, and come back for the next."""
        self._timer = None
        if self._next == 0:
            self._texts, self._ends = [], []
        deadline = perf_counter() + SLICE_S
        messages = self._layout.messages
        while self._next < len(messages) and perf_counter() < deadline:
            for text in self._in_message(messages[self._next]):
                self._texts.append(text)
                self._ends.append((self._ends[-1] if self._ends else 0) + text.count)
            self._next += 1
        if self._next < len(messages):
            self._timer = self._view.set_timer(_PAUSE_S, self._search)
        elif self._goes:
            self._goes = False
            self._go(self._first())
        self._tell()

    def _in_message(self, rows: "MessageRows") -> list[_Text]:
        if rows.made:
            return self._in_parts(rows)
        known, state = self._known.get(id(rows)), (rows.message,)
        if known is None or known[1] != state:
            if self._query and any(map(self._query.count, rows.sources)):
                return self._in_parts(rows)  # which makes them: most messages have nothing of what is looked for
            known = self._known[id(rows)] = (rows, state, [])
        return known[2]

    def _in_parts(self, rows: "MessageRows") -> list[_Text]:
        sources = [(part, number, source) for part in rows.parts for number, source in enumerate(part.sources)]
        state = tuple([(id(part), len(source)) for part, _, source in sources])
        known = self._known.get(id(rows))
        if known is None or known[1] != state:
            query = self._query
            counts = [query.count(source) if query else 0 for _, _, source in sources]
            texts = [_Text(rows, part, number, count) for (part, number, _), count in zip(sources, counts, strict=True)]
            known = self._known[id(rows)] = (rows, state, [text for text in texts if text.count])
        return known[2]

    def _first(self) -> int:
        """The first place from what was in view on, or the last one above; -1 when there is none."""
        before = 0
        for text, end in zip(self._texts, self._ends, strict=True):
            if (self._layout.find(text.rows.message.id) or 0) >= self._from:
                return before
            before = end
        return before - 1

    def _tell(self) -> None:
        """Tell how far the search is; the message keys act on the message where it stands."""
        total = self._ends[-1] if self._ends else 0
        if self._timer is None:  # while it counts, the place may lie among what is not counted yet
            self._current = min(self._current, total - 1)
        if self.rows is not None and (index := self._layout.find(self.rows.message.id)) is not None:
            self._focus.set(index)
        self._refresh_keys()
        self._view.post_message(Searched(Found(self._current + 1, total, self._timer is None)))

    # Going to a place

    def _go(self, number: int) -> None:
        self._current = number
        self._leave_folded()
        if number < 0 or self._query is None:
            return
        text, inside = self._at(number)
        index = self._layout.find(text.rows.message.id)
        if index is None:
            return
        with self._place.held():
            self._open(text)
            self._here = self._find(self._query, text, inside)
            self._layout.changed(index)
        row = self._row_of_here()
        if row is not None:
            self._place.show_row(row, above=self._place.height // 3)
        self._tell()
        self._view.refresh()

    def _at(self, number: int) -> tuple[_Text, int]:
        """The text with a place, and the place's number there."""
        at = bisect_right(self._ends, number)
        return self._texts[at], number - (self._ends[at - 1] if at else 0)

    def resized(self) -> None:
        """Lines are wrapped elsewhere: the place is in another row of its block."""
        if self._query is not None and self._here is not None and 0 <= self._current < self._ends[-1]:
            self._here = self._find(self._query, *self._at(self._current))

    def _leave_folded(self) -> None:
        """Fold again what was opened for the place before, where the reader left it open."""
        self._here = None
        if self._opened:
            with self._place.held():
                for fold in reversed(self._opened):
                    fold()
                self._layout.all_changed()
            self._opened.clear()

    def _open(self, text: _Text) -> None:
        part, rows = text.part, text.rows
        if part.folded:
            part.toggle()
            rows.refresh(monotonic())
            rows.moved()

            def fold() -> None:
                if not part.folded:
                    part.toggle()
                    rows.refresh(monotonic())

            self._opened.append(fold)
        if part.show_whole():
            rows.moved()

    def _find(self, query: "Sought", text: _Text, number: int) -> _Here | None:
        """The row where place `number` of a text is drawn; None when it is not, as in the target of a link."""
        shown = text.part.text_number(text.number)
        if shown is None:
            return None
        block, number = shown.block_with(query.count, number)
        if block is None:
            return None
        self._unfold_code(text, shown, block)
        found = _drawn_places(query, shown.rows_of(block))
        text.rows.moved()
        if not found:
            return _Here(text, block, 0, -1)
        inside, start = found[min(number, len(found) - 1)]
        row = shown.rows_of(block)[inside]
        room = self._layout.column - TEXT_START - row.decor - 1
        if row.source is not None and row.join is None and not row.cut < start < row.cut + room - _SEEN_CHARS:
            text.rows.show_code(left=start - room // 2 if start > room - _SEEN_CHARS else 0)
            row = shown.rows_of(block)[inside]
        return _Here(text, block, inside, start - row.cut)

    def _unfold_code(self, text: _Text, shown: "MessageText", block: int) -> None:
        code = shown.code_of(block)
        if code is not None and shown.is_folded(code):
            shown.fold(code, folded=False)

            def fold() -> None:
                shown.fold(code, folded=True)
                text.rows.moved()

            self._opened.append(fold)

    def _row_of_here(self) -> int | None:
        """The row of all rows where the reader is."""
        here = self._here
        if here is None or (index := self._layout.find(here.text.rows.message.id)) is None:
            return None
        part_start = here.text.rows.start_of(here.text.part)
        inside = here.text.part.row_in_text(here.text.number, here.block, here.inside)
        return None if part_start is None or inside is None else self._layout.start(index) + part_start + inside

    # Marking

    def marks(self, number: int, row: "Row") -> list[tuple[int, int, bool]]:
        """The places in a row in view: first character, end, and whether the reader is there."""
        if self._query is None or not row.text or not self._in_text(number):
            return []
        first, last, end = number, number, row
        while number - first < _LONGEST_LINE_ROWS and (above := self._layout.row(first - 1)[1]) and _goes_on(above):
            first -= 1
        while last - number < _LONGEST_LINE_ROWS and _goes_on(end) and (below := self._layout.row(last + 1)[1]):
            last, end = last + 1, below
        texts = [_line_text(self._layout.row(one)[1] or row) for one in range(first, last + 1)]
        before, own = sum(map(len, texts[: number - first])), len(texts[number - first])
        here = self._here.start if self._here is not None and self._row_of_here() == number else -1
        return [
            (max(start - before, 0) + row.decor, min(end - before, own) + row.decor, start - before == here)
            for start, end in self._query.spans("".join(texts))
            if end > before and start < before + own
        ]

    def _in_text(self, number: int) -> bool:
        """Whether a row belongs to what is searched, and not to a head or a foot."""
        index, inside = self._layout.locate(number)
        part, at = self._layout.messages[index].part_at(inside) if index >= 0 else (None, 0)
        return part is not None and part.in_text(at)


def _goes_on(row: "Row") -> bool:
    return row.join is not None


def _line_text(row: "Row") -> str:
    """What a row adds to its line."""
    return row.text[row.decor :] + (row.join or "")


def _drawn_places(query: "Sought", rows: list["Row"]) -> list[tuple[int, int]]:
    """Every place in a block's rows: the row, and the first character in its text, without decoration and uncut."""
    from tui.app.transcript.markdown.code import drawn_code

    found: list[tuple[int, int]] = []
    starts: list[tuple[int, int]] = []  # of each row of the line: its offset and its number
    line = ""
    for number, row in enumerate(rows):
        starts.append((len(line), number))
        if row.source is not None and row.join is None and not line and row.decor < len(row.text) + 1:
            line = drawn_code(row.source)
        else:
            line += _line_text(row)
        if row.join is None:
            for start, _ in query.spans(line):
                offset, at = starts[bisect_right(starts, (start, len(rows))) - 1]
                found.append((at, start - offset))
            starts, line = [], ""
    return found
