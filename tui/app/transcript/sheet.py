"""Turns drawn and scrolled: one Line API widget that keeps its place while heights, width and text change under it.

It knows neither streams nor what keys and clicks mean: `view` adds those.
"""

from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import ClassVar

from rich.segment import Segment
from textual.cache import LRUCache
from textual.events import Resize
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.app.transcript.chrome import YOURS
from tui.app.transcript.lines import Layout
from tui.app.transcript.palette import COMPONENTS, SIGN_CELLS, Ground, Palette, paint, select
from tui.app.transcript.reading import selected_text, word_at
from tui.app.transcript.rows import Row, Run

WIDEST_COLUMN = 100
_MARGIN = 2
SLICE_S = 0.006
_IDLE_PAUSE_S = 0.03
_NO_SIGN = Run("  ")
_PAGE = 0


class Sheet(ScrollView, can_focus=True):
    """Turns under each other, drawn where they are in view, following the end unless the reader scrolled up.

    Args:
        show_new: draw "↓ 3 new" in the last row while turns come in below; else the screen does, by `FollowChanged`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    Sheet {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .transcript--page { background: $background; }
        & > .transcript--tint { background: $surface; }
        & > .transcript--raised { background: $panel; }
        & > .transcript--muted { color: $foreground-muted; }
        & > .transcript--thought, & > .transcript--comment { color: $foreground-muted; text-style: italic; }
        & > .transcript--you { color: $text-primary; text-style: bold; }
        & > .transcript--key, & > .transcript--key-always { color: $footer-key-foreground; }
        & > .transcript--model { color: $text-secondary; text-style: bold; }
        & > .transcript--live, & > .transcript--bullet, & > .transcript--type { color: $text-secondary; }
        & > .transcript--heading { color: $text-accent; text-style: bold; }
        & > .transcript--code, & > .transcript--keyword { color: $text-accent; }
        & > .transcript--link { color: $text-accent; text-style: underline; }
        & > .transcript--good, & > .transcript--string { color: $text-success; }
        & > .transcript--care, & > .transcript--number { color: $text-warning; }
        & > .transcript--wrong { color: $text-error; }
        & > .transcript--rule, & > .transcript--faint { color: $foreground 20%; }
        & > .transcript--mark { color: $secondary; }
        & > .transcript--bar { color: $primary; }
        & > .transcript--bar-wrong { color: $error; }
        & > .transcript--bar-care { color: $warning; }
        &:ansi > .transcript--muted, &:ansi > .transcript--rule, &:ansi > .transcript--faint { text-style: dim; }
        &:ansi > .transcript--thought, &:ansi > .transcript--comment { text-style: dim italic; }
        &:ansi > .transcript--code, &:nocolor > .transcript--code { text-style: bold; }
    }
    """

    @dataclass
    class FollowChanged(Message):
        """The view follows the end, or does not any more; `new_count` turns have come below it since."""

        following: bool
        new_count: int

    def __init__(self, *, show_new: bool = True) -> None:
        super().__init__()
        self._show_new = show_new
        self.turns = Layout()
        self._following = True
        self._new: set[str] = set()
        self._focused: int | None = None
        self._palette: Palette | None = None
        self._strips: LRUCache[tuple[int, int, int, bool], tuple[Row, Strip]] = LRUCache(1_024)
        self._idle_timer: Timer | None = None
        self._placing = False
        self._pressed = Offset(0, 0)

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while text comes in."""
        return self._following

    @property
    def new_count(self) -> int:
        """How many turns have got text below the view since it stopped following."""
        return len(self._new)

    def _note_new(self, turn_id: str) -> None:
        if not self._following and turn_id not in self._new:
            self._new.add(turn_id)
            self._tell_following()

    def _refresh_rows(self, changed: list[Region]) -> None:
        width, height = self.size
        view = Region(0, 0, width, height)
        rows = [Region(0, part.y - self.scroll_offset.y, width, part.height).intersection(view) for part in changed]
        if regions := [part for part in rows if part]:
            self.refresh(*regions)

    # Place: heights, scrolling, following

    @property
    def _column_start(self) -> int:
        return max(_MARGIN, (self.outer_size.width - self.turns.column) // 2)

    def on_resize(self, event: Resize) -> None:
        """Wrap again for the new width; what is at the top of the view stays there."""
        column = max(8, min(WIDEST_COLUMN, self.outer_size.width - 2 * _MARGIN))
        layout = self.turns
        if column == layout.column:
            self._fit()
            self._focus_end()
            return
        index, inside = layout.locate(self.scroll_offset.y)
        share = inside / (layout.turns[index].height + 1) if index >= 0 else 0.0
        layout.resize(column)
        self._strips.clear()
        self.screen.clear_selection()
        top = 0 if index < 0 else layout.start(index) + round(share * (layout.turns[index].height + 1))
        self._fit(top)
        self._focus_end()

    def _fit(self, top: int | None = None, *, refresh: bool = True) -> None:
        """Draw what is in view, so that its heights are right, and go to where the view belongs.

        Args:
            top: the row at the top of the view, when it does not follow; None stays where it is.
            refresh: paint the whole view.
        """
        height = self.size.height
        if not height or not self.is_attached:
            return
        layout = self.turns
        if self._following:
            while layout.make_exact(layout.height - height, layout.height, 0)[1]:
                pass
            top = max(0, layout.height - height)
        else:
            top = self.scroll_offset.y if top is None else top
            top += self._settle(top, top, top + height, inf)[0]
        self._place(top)
        if refresh:
            self.refresh()
        if self._idle_timer is None:
            self._idle_timer = self.set_timer(_IDLE_PAUSE_S, self._draw_around)

    def _settle(self, top: int, first: int, last: int, deadline: float) -> tuple[int, bool]:
        """Draw the blocks from row `first` to `last`; how far `top` has moved, and whether some had to wait."""
        moved = 0
        while perf_counter() < deadline:
            shift, done = self.turns.make_exact(first + moved, last + moved, top + moved)
            if not done:
                return moved, False
            moved += shift
        return moved, True

    def _draw_around(self) -> None:
        """In a quiet moment draw two screens above and below the view, so that scrolling finds them ready."""
        self._idle_timer = None
        if not self.size.height or self.text_selection is not None:
            return
        top, height = self.scroll_offset.y, self.size.height
        before = self.turns.height
        moved, more = self._settle(top, top - 2 * height, top + 3 * height, perf_counter() + SLICE_S)
        if self.turns.height != before or moved:
            self._place(max(0, self.turns.height - height) if self._following else top + moved)
        if more:
            self._idle_timer = self.set_timer(_IDLE_PAUSE_S, self._draw_around)

    def _place(self, top: int) -> None:
        self._placing = True
        self.virtual_size = Size(self.size.width, self.turns.height)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self._placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end again when the reader has come there, and draw what has come into view."""
        super().watch_scroll_y(old_value, new_value)
        if self._placing or round(old_value) == round(new_value):
            return
        self._set_following(round(new_value) >= self.turns.height - self.size.height)
        self._fit()

    def _set_following(self, following: bool) -> None:
        if following == self._following and not (following and self._new):
            return
        self._following = following
        if following:
            self._new.clear()
        self._tell_following()

    def _tell_following(self) -> None:
        self.post_message(self.FollowChanged(self._following, len(self._new)))
        self.refresh()

    def _show_turn(self, index: int) -> None:
        """Scroll as little as needed to show a turn, or its start when it is higher than the view."""
        layout, height = self.turns, self.size.height
        start = layout.start(index)
        self._settle(start, start, start + height, inf)
        end = start + layout.turns[index].height
        top = self.scroll_offset.y
        if start < top or end - start >= height:
            self._scroll_to_row(start - 1 if index == 0 else start)
        elif end + 1 > top + height:
            self._scroll_to_row(end + 1 - height)

    def _scroll_to_row(self, row: int) -> None:
        last = max(0, self.turns.height - self.size.height)
        self._set_following(row >= last)
        self._fit(max(0, min(row, last)))

    # Drawing

    def notify_style_update(self) -> None:
        """The theme or the focus has changed: colours are looked up anew."""
        super().notify_style_update()
        self._palette = None
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        if self._palette is None:
            self._palette = Palette(self)
        number = self.scroll_offset.y + y
        strip = self._line(number, self._palette)
        if self.text_selection is not None and (span := self.text_selection.get_span(number)) is not None:
            strip = select(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        if y == self.size.height - 1 and self._new and self._show_new:
            strip = self._with_new(strip, self._palette)
        return strip.apply_offsets(0, number)

    def _line(self, number: int, palette: Palette) -> Strip:
        layout = self.turns
        index, row = layout.row(number)
        width, page = self.size.width, palette.style("", _PAGE)
        if row is None:
            return Strip.blank(width, page)
        lines = layout.turns[index]
        focused = self.has_focus and index == self._focused
        tinted = lines.turn.kind == "prompt" or row.ground == "card"
        ground = Ground(YOURS if lines.turn.kind == "prompt" else _NO_SIGN, tinted + focused, focused)
        gutter = focused and number == layout.start(index)
        key = (id(row), ground.level, id(ground.sign), gutter)
        known = self._strips.get(key)
        if known is not None:
            return known[1]
        margin = self._column_start
        before = [Segment(" " * margin, page)]
        if gutter:
            before = [
                Segment(" " * (margin - 2), page),
                Segment("❯", palette.style("you", _PAGE)),
                Segment(" ", page),
            ]
        strip = Strip([*before, *paint(row, ground, palette, layout.column)]).adjust_cell_length(width, page)
        self._strips[key] = (row, strip)
        return strip

    def _new_span(self) -> tuple[int, int]:
        """Where "↓ 3 new" stands in the last row: first cell, and the cell after it."""
        end = self._column_start + self.turns.column
        return end - len(f"  ↓ {len(self._new)} new  "), end

    def _with_new(self, strip: Strip, palette: Palette) -> Strip:
        start, end = self._new_span()
        raised = palette.style("", 2)
        pill = [
            Segment("  ", raised),
            Segment("↓", palette.style("key-always", 2)),
            Segment(f" {len(self._new)} new  ", raised),
        ]
        return Strip([*strip.crop(0, start), *pill, *strip.crop(end)], strip.cell_length)

    # Focus, as far as it is drawn

    def _focus_end(self) -> None:
        """Focus the last message that starts above the view's end, where the keys are here but no message has them."""
        if self.has_focus and self._focused is None:
            self._focus_last()

    def _focus_last(self) -> None:
        layout = self.turns
        index = layout.locate(self.scroll_offset.y + max(0, self.size.height - 2))[0] if layout.turns else -1
        while index > 0 and layout.turns[index].turn.kind == "switch":
            index -= 1
        self._focused = index if index >= 0 else None

    # Selecting text with the mouse

    def text_select_all(self) -> None:
        """A double click selects a word, not the whole conversation."""
        index, row = self.turns.row(self._pressed.y)
        margin = self._column_start + SIGN_CELLS
        span = word_at(row, self._pressed.x - margin) if row is not None and index >= 0 else None
        if span is not None:
            start, end = (Offset(margin + part, self._pressed.y) for part in span)
            self.screen.selections = {self: Selection(start, end)}

    def selection_updated(self, selection: Selection | None) -> None:
        """What is selected has changed."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text: without bars and indents, wrapped lines joined."""
        return selected_text(self.turns, selection, self._column_start + SIGN_CELLS), "\n"
