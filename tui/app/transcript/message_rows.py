"""One message as rows: its head, its parts in the order in which they came, and what is below them.

Knows the message's clocks, which the caller reads for it, but neither the messages around it nor the widget.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import replace

from tui.app.transcript.cards import card_of
from tui.app.transcript.headers import (
    Timings,
    folded_rows,
    left_out_rows,
    prompt_head,
    reply_head,
    switch_rows,
    with_cursor,
)
from tui.app.transcript.markdown.code import CodeDisplay
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.part_head import clock_runs, files_of
from tui.app.transcript.part_rows import PartRows
from tui.app.transcript.row import BLANK, Row
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.unmade import gap_above, height_unmade, sources_unmade
from tui.chat.branches import ALONE
from tui.chat.message_parts import AttachmentContent, MessageContent, TextContent, ThinkingContent, ToolCallContent

_STILL = Timings()


class MessageRows:
    """A message's head, parts and foot. Where it can be, they are made when they are looked at: most never are.

    Args:
        column: cells of the reading column.
        now: monotonic time, here and in all methods.
    """

    def __init__(self, message: TranscriptMessage, cache: RowCache, column: int, now: float) -> None:
        self.message = message
        self._cache = cache
        self._column = column
        self._display = CodeDisplay()
        self._made: list[PartRows] | None = None  # None until they are looked at
        self._unmade_height = 0
        self._unmade_sources: tuple[TranscriptMessage, list[str]] | None = None  # calls take time to lay out
        self._complete = not self.streaming  # shown as it was stored: nothing is added to it any more
        self._head: list[Row] = []
        self._foot: list[Row] = []
        self._starts: list[int] | None = None  # of each part and of the foot; None when they may have moved
        self._ends_with_text = False
        self._outdated = False  # a part was begun, and the rows around it do not show it yet
        self._waiting_since = now
        self._data_at: float | None = None  # when something came last
        self._plan(now)

    def _plan(self, now: float) -> None:
        """Make the parts, unless it is known without them how high the message is."""
        height = height_unmade(self.message, self._column)
        if height is None:
            self._make(now)
        else:
            self._unmade_height = height

    def _make(self, now: float) -> list[PartRows]:
        growing = self.streaming
        self._made = parts = [self._new_part(content, now, growing=growing) for content in self.message.parts]
        self.refresh(now)
        return parts

    # Content

    @property
    def made(self) -> bool:
        """Whether there are rows of it."""
        return self._made is not None

    @property
    def parts(self) -> list[PartRows]:
        """The message's parts as rows; they have no clock that runs where they were not made at once."""
        return self._make(self._waiting_since) if self._made is None else self._made

    @property
    def streaming(self) -> bool:
        """Whether more may come."""
        return self.message.state == "streaming"

    @property
    def files(self) -> list[AttachmentContent]:
        """All files in it, also those that a tool returned."""
        return [file for part in self._made or () for file in files_of(part.content)]  # what has one is made at once

    @property
    def source(self) -> str:
        """Its texts as raw Markdown, an empty line between them; "" when it has none."""
        if self._made is None:
            texts = [part.text for part in self.message.parts if isinstance(part, TextContent)]
        else:
            texts = [part.text for part in self._made if isinstance(part.content, TextContent)]
        return "\n\n".join([text for text in texts if text])

    @property
    def sources(self) -> list[str]:
        """The Markdown of all its texts, also of those that are folded away."""
        if self._made is None:
            if self._unmade_sources is None or self._unmade_sources[0] is not self.message:
                sources = [source for content in self.message.parts for source in sources_unmade(content)]
                self._unmade_sources = self.message, sources
            return self._unmade_sources[1]
        return [source for part in self._made for source in part.sources]

    @property
    def raw(self) -> str:
        """Everything that it is made of, uncleaned, in no form that could be shown."""
        names = [
            part.content.name for part in self.parts if isinstance(part.content, AttachmentContent | ToolCallContent)
        ]
        return "\n".join([self.message.model, *names, *self.sources])

    @property
    def open_sources(self) -> list[str]:
        """The Markdown of all its texts that are not folded away."""
        return [source for part in self.parts for source in part.open_sources]

    def show(self, message: TranscriptMessage, now: float) -> None:
        """Take over a message with all its parts; what the reader has unfolded stays open."""
        growing = message.state == "streaming"
        self._complete = not growing
        if self._made is None:
            self.message = message
            self._plan(now)
            return
        earlier: dict[type[MessageContent], deque[PartRows]] = {}
        for part in self.parts:
            if part.visible:
                earlier.setdefault(type(part.content), deque()).append(part)
        self._made = []
        for content in message.parts:
            if known := earlier.get(type(content)):
                self.parts.append(known.popleft())
                self.parts[-1].show(content, growing=growing)
            else:
                self.parts.append(self._new_part(content, now, growing=growing))
        self.update(message, now)

    def update(self, message: TranscriptMessage, now: float) -> None:
        """Take over all but the parts of a message."""
        if self._made is None:
            self.show(replace(message, parts=self.message.parts), now)
            return
        if message.waiting != self.message.waiting:
            self._waiting_since = self._data_at = now
        if self.parts and self.streaming and message.state != "streaming":
            self.parts[-1].end(now)
        self.message = message
        self.refresh(now)

    def append(self, index: int, content: TextContent | ThinkingContent, now: float) -> None:
        """Queue more text for a part, or begin it; it is drawn by `advance`."""
        if self._complete:
            return
        self._data_at = now
        self._starts = None
        if index == len(self.parts):
            self._begin(content, now)
        else:
            self.parts[index].append(content.text)

    def put(self, index: int, content: MessageContent, now: float) -> None:
        """Add a part that does not stream, or its next state, or one of another kind in its place."""
        if self._complete:
            return
        self._data_at = now
        if index == len(self.parts):
            self._begin(content, now)
        elif type(content) is type(self.parts[index].content):
            self.parts[index].show(content)
        else:
            self.parts[index] = self._new_part(content, now, growing=False)
        self.refresh(now)

    def _begin(self, content: MessageContent, now: float) -> None:
        if self.parts:
            self.parts[-1].end(now)
        self.parts.append(self._new_part(content, now, growing=True))
        self._outdated = True

    def _new_part(self, content: MessageContent, now: float, *, growing: bool) -> PartRows:
        plain = self.message.kind == "prompt"
        part = PartRows(content, self._cache, self._column, now, plain=plain, growing=growing)
        part.display = self._display
        return part

    @property
    def folds(self) -> bool:
        """Whether there is something in it that can be folded away."""
        return any(part.folds or part.long_codes for part in self.parts)

    def toggle(self, part: PartRows | None, now: float) -> None:
        """Fold or open a part; without one open all that folds, long code too, or when something is open, fold it."""
        wanted = [one for one in self.parts if one.folds and part in (None, one)]
        codes = [code for one in self.parts for code in one.long_codes] if part is None else []
        folded = all(one.folded for one in wanted) and all(text.is_folded(code) for text, code in codes)
        for one in wanted:
            if one.folded == folded:
                one.toggle()
        for text, code in codes:
            text.fold(code, folded=not folded)
        self.refresh(now)

    def show_whole_at(self, number: int) -> None:
        """Show all of the long output in a row."""
        part, _ = self.part_at(number)
        if part is not None and part.show_whole():
            self._starts = None

    def toggle_code_at(self, number: int) -> None:
        """Fold or open the long code in a row."""
        part, inside = self.part_at(number)
        if part is not None and (found := part.long_code_at(inside)):
            text, code = found
            text.fold(code, folded=not text.is_folded(code))
            self._starts = None

    def show_code(self, *, left: int | None = None, wrap: bool | None = None) -> bool:
        """Scroll code sideways to a cell, or wrap it, or not; whether that changes anything."""
        before, hidden = self._display, max((part.hidden_cells for part in self.parts), default=0)
        wraps = before.wrap if wrap is None else wrap
        wanted = 0 if wraps else before.left if left is None else max(0, min(left, hidden))
        self._display = CodeDisplay(wraps, wanted)
        if self._display == before:
            return False
        for part in self.parts:
            part.display = self._display
        self._starts = None
        return True

    @property
    def display(self) -> CodeDisplay:
        """How its code is shown."""
        return self._display

    @property
    def wide_code(self) -> bool:
        """Whether some line of code is longer than the page."""
        return any(part.hidden_cells > 0 for part in self.parts)

    def resize(self, column: int, now: float) -> None:
        """Take over another width."""
        if column != self._column:
            self._column = column
            if self._made is None:
                self._plan(now)
                return
            for part in self._made:
                part.resize(column)
            self.refresh(now)

    # Streaming

    @property
    def pending(self) -> bool:
        """Whether text has come that is not drawn yet."""
        return self._made is not None and any(part.pending for part in self._made)

    def advance(self, deadline: float, now: float) -> None:
        """Split and draw new text until `deadline` of `perf_counter`, and let the clocks go on."""
        for part in self.parts:
            if part.pending:
                part.advance(deadline)
            if self._outdated or self._runs(part):
                part.refresh_head(now, running=self._runs(part))
        self._refresh_ends(now)

    @property
    def rests(self) -> bool:
        """Whether nothing more comes before the person has answered."""
        calls = [part for part in self.parts if self._runs(part) and isinstance(part.content, ToolCallContent)]
        return any(part.question for part in calls) and all(part.question for part in calls) and not self.pending

    def _runs(self, part: PartRows) -> bool:
        """Whether a part's clock runs: thoughts end with what follows them, tools run side by side."""
        return (
            self.streaming
            and clock_runs(part.content)
            and (part is self.parts[-1] or isinstance(part.content, ToolCallContent))
        )

    # Head and foot

    def refresh(self, now: float) -> None:
        """Make all rows around the texts anew."""
        if self._made is None:
            return
        for part in self._made:
            if not isinstance(part.content, TextContent):  # most are texts, which have no head
                part.refresh_head(now, running=self._runs(part))
        self._refresh_ends(now)

    def _refresh_ends(self, now: float) -> None:
        self._starts, self._outdated = None, False
        self._head, self._foot = [], []
        match self.message.kind:
            case "switch":
                self._head = switch_rows(self.message, self._column)
            case "left_out":
                self._head = left_out_rows(self.message, self._column)
            case "folded":
                self._head = folded_rows(self.message, self._column)
            case "prompt":
                self._head = prompt_head(self.message, self._column)
            case "reply":
                self._refresh_reply(self._timings(now))

    def _refresh_reply(self, timings: Timings) -> None:
        message, column = self.message, self._column
        visible = [part for part in self.parts if part.visible]
        partial = any(isinstance(part.content, TextContent) for part in visible)
        card = card_of(message, column, timings, partial=partial)
        # A card stands where the answer would be: without any part there is nothing to head.
        if visible or not card or message.state == "interrupted" or message.branch != ALONE:
            self._head = [] if message.headless else reply_head(message, column, timings)
            self._foot = [BLANK, *card] if card else []
        else:
            self._head = card
        last = visible[-1] if visible else None
        if self.streaming and not card and not (last and (isinstance(last.content, TextContent) or self._runs(last))):
            cursor = with_cursor(BLANK)
            self._foot = [BLANK, cursor] if self._head or visible else [cursor]

    def _timings(self, now: float) -> Timings:
        message = self.message
        if not self.streaming:
            return _STILL
        elapsed = None if message.started is None else max(0.0, now - message.started)
        data_at = message.started if self._data_at is None else self._data_at
        called = any(self._runs(part) and isinstance(part.content, ToolCallContent) for part in self.parts)
        silent = 0.0 if data_at is None or message.waiting is not None or called else now - data_at
        return Timings(elapsed, now - self._waiting_since, silent, self.rests)

    # Rows

    def _part_starts(self) -> list[int]:
        if self._starts is None:
            parts = self.parts  # made first: the head is
            self._starts = []
            row = len(self._head)
            before: PartRows | None = None
            for part in parts:
                if height := part.height:
                    row += self._gap(before, part)
                    before = part
                self._starts.append(row)
                row += height
            self._starts.append(row)
            self._ends_with_text = before is not None and isinstance(before.content, TextContent)
        return self._starts

    def _gap(self, before: PartRows | None, part: PartRows) -> int:
        if before is None and not self._head:
            return 0
        if part.question is not None or (before is not None and before.question is not None):
            return int(before is not None)
        return gap_above(self.message, None if before is None else before.content, part.content)

    @property
    def height(self) -> int:
        """Rows, without the empty one below the message."""
        return self._unmade_height if self._made is None else self._part_starts()[-1] + len(self._foot)

    @property
    def head_height(self) -> int:
        """Rows above the parts, which change with the clock."""
        return len(self._head)

    @property
    def growing_from(self) -> int:
        """The first row below the head that further text, or the clock, may change."""
        starts = self._part_starts()
        for part, start in zip(self.parts, starts, strict=False):
            if part.pending or part is self.parts[-1] or self._runs(part):
                return start + part.frozen
        return starts[-1]

    def row(self, number: int) -> Row:
        """One row, by its number from the message's top."""
        end = self._part_starts()[-1]
        if number < len(self._head):
            return self._head[number]
        if number >= end:
            return self._foot[number - end] if number - end < len(self._foot) else BLANK
        part, inside = self.part_at(number)
        row = part.row(inside) if part is not None else BLANK
        return with_cursor(row) if number == end - 1 and self._ends_with_text and self.streaming else row

    def moved(self) -> None:
        """Something was drawn that was only estimated: parts may stand elsewhere."""
        self._starts = None

    def part_at(self, number: int) -> tuple[PartRows | None, int]:
        """The part at a row, or above an empty one, and the row's number in it; None above and below the parts."""
        starts = self._part_starts()
        index = bisect_right(starts, number, 0, len(self.parts)) - 1
        if index < 0 or number >= starts[-1]:
            return None, number
        return self.parts[index], number - starts[index]

    def start_of(self, part: PartRows) -> int | None:
        """The row where a part starts; None when the message does not have it any more."""
        found = next((index for index, one in enumerate(self.parts) if one is part), None)
        return None if found is None else self._part_starts()[found]

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """As `MessageText.make_exact`, for the message's rows."""
        for part, start in zip(self.parts, self._part_starts(), strict=False):
            if start > last:
                break
            if start + part.height > first:
                found = part.make_exact(first - start, last - start, top - start)
                if found[1]:
                    self._starts = None
                    return found
        return 0, False

    def code_at(self, number: int, action: str) -> str:
        """The code whose button stands in a row."""
        part, inside = self.part_at(number)
        return part.code_at(inside, action) if part is not None else ""

    def codes(self) -> list[tuple[int, str]]:
        """Every code that is not folded away, with its row."""
        codes: list[tuple[int, str]] = []
        for part in self.parts:
            found = part.codes()
            self._starts = None  # what was only estimated is split now
            start = self.start_of(part) or 0
            codes += [(start + row, source) for row, source in found]
        return codes
