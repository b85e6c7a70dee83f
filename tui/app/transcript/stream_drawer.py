"""What streams in: queued as it comes, drawn as soon as may be, in short slices, and after the keys.

It has no beat of its own: words come in that of the replies (`FRAME_S`), and each frame says when the next may be.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.scroll_view import ScrollView

from tui.app.transcript.scroll_place import SLICE_S

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.scroll_place import ScrollPlace
    from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent

FRAME_S = 1 / 20
"""Seconds between two frames of a stream: scrolling repaints the whole pane, so more often costs more than it shows."""
_STILL_FRAME_S = 1 / 4  # where little is to move, or each change goes over a long line
_CLOCK_S = 1 / 12  # while no words come: for the clocks
_BACKLOG_PAUSE_S = 0.01
_REST_OF_PAGE = 1_000_000


def _goes_on(rows: "MessageRows") -> bool:
    """Whether something is to be drawn: not while all waits for the person."""
    return (rows.streaming and not rows.rests) or rows.pending


class StreamDrawer:
    """Takes the changes of messages that stream, and draws them; also what is too long to be drawn at once."""

    def __init__(self, view: ScrollView, layout: "TranscriptLayout", place: "ScrollPlace") -> None:
        self._view = view
        self._layout = layout
        self._place = place
        self._live: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # not drawn before, so that there is time for everything else
        self._rests_s = (0.0, 0.0)  # that each of the last two frames asks for

    @property
    def idle(self) -> bool:
        """Whether nothing is to be drawn later."""
        return self._timer is None

    def update(self, message: "TranscriptMessage") -> None:
        """Take over everything of a message but its parts."""
        index = self._layout.find(message.id)
        if index is not None:
            with self._changing(index) as rows:
                rows.update(message, monotonic())

    def append(self, message_id: str, part: int, content: "TextContent | ThinkingContent") -> None:
        """Queue more text of a part."""
        index = self._layout.find(message_id)
        if index is not None:
            rows = self._layout.messages[index]
            rows.append(part, content, monotonic())
            self._layout.changed(index)
            self._place.note_new(message_id)
            self.watch(rows)
            self._draw_at_once()

    def put(self, message_id: str, part: int, content: "MessageContent") -> None:
        """Add or replace a part that does not stream."""
        index = self._layout.find(message_id)
        if index is not None:
            with self._changing(index) as rows:
                rows.put(part, content, monotonic())
            self._place.note_new(message_id)

    @contextmanager
    def _changing(self, index: int) -> Iterator["MessageRows"]:
        rows = self._layout.messages[index]
        with self._place.kept():
            yield rows
            self._layout.changed(index)
        self.watch(rows)

    def watch(self, *messages: "MessageRows") -> None:
        """Draw these messages from now on until they have ended, those that stream or are not all drawn."""
        self._live.update([rows.message.id for rows in messages if rows.streaming or rows.pending])
        self._wake(0)

    def clear(self) -> None:
        """Other messages are shown."""
        self._live.clear()

    def _busy(self) -> list[int]:
        """Messages that stream, or whose text is not all drawn."""
        messages = self._layout.messages
        busy = []
        for message_id in list(self._live):
            index = self._layout.find(message_id)
            if index is not None and _goes_on(messages[index]):
                busy.append(index)
            else:
                self._live.discard(message_id)
        return busy

    def _wake(self, pause: float) -> None:
        """Draw in so many seconds, or as soon as may be after that."""
        if not self._live or not self._view.is_attached:
            return
        loop = asyncio.get_running_loop()
        at = max(self._due, loop.time() + pause)
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        # Not a timer of Textual 8.2.8: that is a task each time, and never fires when it was late to begin.
        self._timer = loop.call_at(at, self._view.call_next, self._tick)

    def _draw_at_once(self) -> None:
        """Draw now if that may be: what else changes with the words, as the meter does, goes into the same frame."""
        if self._timer is not None and self._due <= asyncio.get_running_loop().time():
            self._tick()

    def _tick(self) -> None:
        if self._timer is not None:  # of words that were drawn at once while this waited for its turn, it is a new one
            self._timer.cancel()
            self._timer = None
        if self._view.app.message_queue_size or asyncio.get_running_loop().time() < self._due:
            self._wake(_BACKLOG_PAUSE_S)  # keys come first, and what was drawn just now is not drawn again
        else:
            self.draw()

    def draw(self) -> None:
        """Draw what has come in since the last time, and come back if there is more."""
        began = perf_counter()
        busy = self._busy()
        if not busy:
            return
        backlog = self._draw(busy, began + SLICE_S)
        took = perf_counter() - began
        self._view.call_after_refresh(self._note_painted, began, took)
        if backlog:
            pause = max(_BACKLOG_PAUSE_S, took)
        else:
            least = _STILL_FRAME_S if getattr(self._view.app, "still", False) else FRAME_S / 2
            pause = max(least, min(self._rests_s))
        self._due = asyncio.get_running_loop().time() + pause
        self._wake(pause if backlog else _CLOCK_S)

    def _note_painted(self, began: float, took: float) -> None:
        """All views are on the screen: the longer it takes, the later is the next time. One alone says nothing."""
        self._rests_s = self._rests_s[1], max(3 * took, 2 * (perf_counter() - began))

    def _draw(self, busy: list[int], deadline: float) -> bool:
        """Draw the messages' new text; True when some had to wait."""
        layout, now = self._layout, monotonic()
        top, moved = self._place.top, False
        changed: list[Region] = []
        with self._place.kept(refresh=False):
            for index in busy:
                rows, start = layout.messages[index], layout.start(index)
                height = rows.height
                changed.append(Region(0, start, 1, rows.head_height))
                changed.append(Region(0, start + rows.growing_from, 1, _REST_OF_PAGE))
                rows.advance(deadline, now)
                layout.changed(index)
                moved |= rows.height != height
        if moved or self._place.top != top:
            self._view.refresh()
        else:
            self._refresh_rows(changed)
        return any(layout.messages[index].pending for index in busy)

    def _refresh_rows(self, changed: list[Region]) -> None:
        width, height = self._view.size
        view = Region(0, 0, width, height)
        rows = [Region(0, part.y - self._place.top, width, part.height).intersection(view) for part in changed]
        if regions := [part for part in rows if part]:
            self._view.refresh(*regions)
