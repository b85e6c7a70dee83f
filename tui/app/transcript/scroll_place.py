"""Where the view stands: at the end, which it follows while text comes in, or at a row that stays where it is.

Heights are estimates until something is drawn, and messages come and go above: the place is kept through all of it.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.scroll_view import ScrollView

from tui.app.transcript.drag import shift_selection
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.part_rows import PartPlace, PartRows

SLICE_S = 0.006
"""Seconds that one piece of drawing may take before keys get their turn."""
_IDLE_PAUSE_S = 0.03
_FRAMES_S = 0.12  # of a stream more may come within: it pushes away what would be drawn around the view


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The row at the top of the view, by what it shows.

    Attributes:
        index: of the message; -1 above the first.
        message, part: in which it is; None where it is in neither.
        inside: the row's number in the message, or above the first one in the view.
        place: in the part.
    """

    index: int
    message: "MessageRows | None" = None
    part: "PartRows | None" = None
    inside: int = 0
    place: "PartPlace | None" = None


class ScrollPlace:
    """Scrolls a view over the rows of a layout.

    Attributes:
        following: the view stays at the end while text comes in.
        new: ids of the messages that got text below the view since it stopped following.
        moved: is called when other rows may be in view.
    """

    def __init__(self, view: ScrollView, layout: "TranscriptLayout") -> None:
        self.following = True
        self.new: set[str] = set()
        self._view = view
        self._layout = layout
        self._timer: asyncio.TimerHandle | None = None
        self._quiet_at = 0.0
        self._moving = False
        self.moved: Callable[[], object] = lambda: None

    @property
    def top(self) -> int:
        """The row at the top of the view."""
        return self._view.scroll_offset.y

    @property
    def height(self) -> int:
        """Rows of the view."""
        return self._view.size.height

    @property
    def idle(self) -> bool:
        """Whether no timer runs."""
        return self._timer is None

    def note_new(self, message_id: str) -> None:
        """A message got text: below the view, if it does not follow the end."""
        if not self.following and message_id not in self.new:
            self.new.add(message_id)
            self._view.refresh()

    def follow(self, following: bool) -> None:
        """Stay at the end from now on, or do not; `fit` goes there."""
        self.following = following
        if following and self.new:
            self.new.clear()
            self._view.refresh()

    def forget_selection(self) -> None:
        """Rows have other numbers from now on: what was selected by them no longer is."""
        if self._view.is_attached:
            self._view.screen.clear_selection()

    # What the reader looks at stays

    @contextmanager
    def kept(self, *, refresh: bool = True) -> Iterator[None]:
        """Whatever is changed inside, the row at the top of the view is the same after it, or the end is followed."""
        anchor = None if self.following else self._anchor()
        yield
        self.fit(None if anchor is None else self._row_of(anchor), refresh=refresh)

    @contextmanager
    def held(self) -> Iterator[None]:
        """As `kept`, also where the end was followed: what is unfolded there stays in view."""
        self.following = False
        with self.kept():
            yield
        self.follow(self.top >= self._layout.height - self.height)

    def _anchor(self) -> _Anchor:
        index, inside = self._layout.locate(self.top)
        if index < 0:
            return _Anchor(index, inside=self.top)
        message = self._layout.messages[index]
        part, number = message.part_at(inside)
        return _Anchor(index, message, part, inside, None if part is None else part.place_at(number))

    def _row_of(self, anchor: _Anchor) -> int:
        messages = self._layout.messages
        if anchor.message is None or not messages:
            return anchor.inside
        index = next((at for at, rows in enumerate(messages) if rows is anchor.message), None)
        if index is None:  # it was removed: what followed it moves up
            return self._layout.start(min(anchor.index, len(messages)))
        start = self._layout.start(index)
        if anchor.part is None or anchor.place is None:
            return start + min(anchor.inside, anchor.message.height)
        row = anchor.part.row_at(anchor.place)
        anchor.message.moved()
        self._layout.changed(index)
        part_start = anchor.message.start_of(anchor.part)
        return start if part_start is None else start + part_start + row

    def resize(self, column: int) -> None:
        """Wrap again for another width; what is at the top of the view stays there."""
        self.forget_selection()
        anchor = None if self.following else self._anchor()
        self._layout.resize(column)
        self.fit(None if anchor is None else self._row_of(anchor))

    # Going somewhere

    def go_to(self, row: int) -> None:
        """Bring a row to the top of the view, or the last rows into it."""
        last = max(0, self._layout.height - self.height)
        self.follow(row >= last)
        self.fit(max(0, min(row, last)))

    def go_to_end(self) -> None:
        """Bring the last rows into the view, and follow the end."""
        self.go_to(self._layout.height)

    def show(self, index: int) -> None:
        """Scroll as little as needed to show a message, or its start when it is higher than the view."""
        layout, height = self._layout, self.height
        start = layout.start(index)
        self._settle(start, start, start + height, inf)
        end = start + layout.messages[index].height
        if start < self.top or end - start >= height:
            self.go_to(start - 1 if index == 0 else start)
        elif end + 1 > self.top + height:
            self.go_to(end + 1 - height)

    def show_row(self, row: int, above: int = 1) -> None:
        """Scroll to a row unless it is in view, with as many rows `above` it."""
        if not self.top <= row < self.top + self.height - 1:
            self.go_to(row - above)

    def scrolled(self, before: float, now: float) -> bool:
        """The view was scrolled, by the reader or by Textual: follow again at the end, draw what has come into view.

        Returns:
            False where it was not the reader, but this, or Textual, as a view that became higher shows what is above.
        """
        if self._moving or round(before) == round(now):
            return False
        by_reader = round(before) <= self._view.max_scroll_y  # asked first: rows that are drawn now may be fewer
        self.follow(round(now) >= self._layout.height - self.height)
        self.fit()
        return by_reader

    def fit(self, top: int | None = None, *, refresh: bool = True) -> None:
        """Draw what is in view, so that its heights are right, and go to where the view belongs.

        Args:
            top: the row at the top of the view, when it does not follow; None stays where it is.
            refresh: paint the whole view; a frame of a stream does not.
        """
        height = self.height
        if not height or not self._view.is_attached:
            return
        layout = self._layout
        if self.following:
            while layout.make_exact(layout.height - height, layout.height, 0)[1]:
                pass
            top = max(0, layout.height - height)
        else:
            top = self.top if top is None else top
            moved = self._settle(top, top, top + height, inf)[0]
            if moved:
                shift_selection(self._view, top, moved)
            top += moved
        grown = top != self.top
        self._move(top)
        if refresh:
            self._view.refresh()
        if not refresh and self.following:
            if grown:  # not by a tick of its clock
                self._draw_around_in(_FRAMES_S)
        elif self._timer is None:
            self._draw_around_in(_IDLE_PAUSE_S)

    def _settle(self, top: int, first: int, last: int, deadline: float) -> tuple[int, bool]:
        """Draw the blocks from row `first` to `last`; how far `top` has moved, and whether some had to wait."""
        moved = 0
        while perf_counter() < deadline:
            shift, done = self._layout.make_exact(first + moved, last + moved, top + moved)
            if not done:
                return moved, False
            moved += shift
        return moved, True

    def _draw_around_in(self, pause: float) -> None:
        """Draw around the view in so many seconds from now on, whenever it was to be done before."""
        loop = asyncio.get_running_loop()
        self._quiet_at = loop.time() + pause
        if self._timer is None:
            # Not a timer of Textual 8.2.8: that is a task each time.
            self._timer = loop.call_at(self._quiet_at, self._view.call_next, self._draw_around)

    def _draw_around(self) -> None:
        """In a quiet moment draw two screens above and below the view, so that scrolling finds them ready."""
        self._timer = None
        if (early := self._quiet_at - asyncio.get_running_loop().time()) > 0:
            self._draw_around_in(early)
            return
        height = self.height
        if not height or self._view.text_selection is not None:
            return
        top, before = self.top, self._layout.height
        moved, more = self._settle(top, top - 2 * height, top + 3 * height, perf_counter() + SLICE_S)
        if self._layout.height != before or moved:
            self._move(max(0, self._layout.height - height) if self.following else top + moved)
        if more:
            self._draw_around_in(_IDLE_PAUSE_S)

    def _move(self, top: int) -> None:
        self._moving = True
        size = Size(self._view.size.width, self._layout.height)
        if size != self._view.virtual_size:
            # Set as usual, Textual would lay out the whole screen at each new row of a stream: only the bar changes.
            self._view.set_reactive(ScrollView.virtual_size, size)
            self._view._scroll_update(size)
        if top != self.top:
            self._view.scroll_to(y=top, animate=False, immediate=True, force=True)
        if top or self._view.show_vertical_scrollbar:
            # Textual tells it only while it is shown, which may be later than the view was scrolled.
            self._view.vertical_scrollbar.position = self.top
        self._moving = False
        self.moved()
