"""Rows as strips that fill the widget: the reading column in the middle of it, the focus sign, the "↓ 3 new" pill.

It draws what it is asked for and keeps it; it never scrolls, and knows no keys.
"""

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from tui.app.transcript.line_styles import PAGE, RAISED, LineStyles, RowSurface, mark_selected, paint
from tui.app.transcript.row import PROMPT_SIGN, TEXT_START, Row, Span

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message_rows import MessageRows

WIDEST_COLUMN = 100
_MARGIN = 2
_LEAST_COLUMN = 8
_NO_SIGN = Span("  ")
_BETWEEN = Row()
"""The empty row between messages; a value of its own, as rows are known by their id."""
_GROUND = RowSurface(_NO_SIGN, PAGE, focused=False)
_KEPT_STRIPS = 1_024


class Canvas:
    """The drawn lines of a widget that shows a layout."""

    def __init__(self, widget: Widget, layout: "TranscriptLayout") -> None:
        self._widget = widget
        self._layout = layout
        self._known_styles: LineStyles | None = None
        # The row is kept beside its strip, so that its id stays its own.
        self._strips: LRUCache[tuple[int | bool, ...], tuple[Row, Strip]] = LRUCache(_KEPT_STRIPS)

    def clear(self) -> None:
        """Forget what was drawn: the width or all messages are others."""
        self._strips.clear()

    def restyle(self) -> None:
        """Look colours up anew: the theme or the focus has changed."""
        self._known_styles = None
        self.clear()

    @property
    def _styles(self) -> LineStyles:
        if self._known_styles is None:
            self._known_styles = LineStyles(self._widget)
        return self._known_styles

    @property
    def column(self) -> int:
        """Cells of the reading column that the widget has room for."""
        return max(_LEAST_COLUMN, min(WIDEST_COLUMN, self._widget.outer_size.width - 2 * _MARGIN))

    @property
    def column_start(self) -> int:
        """Cells in front of the reading column."""
        return max(_MARGIN, (self._widget.outer_size.width - self._layout.column) // 2)

    @property
    def text_start(self) -> int:
        """Cells in front of the text."""
        return self.column_start + TEXT_START

    def lines(
        self, numbers: range, focused: int | None, coming: int | None = None, sign_row: int | None = None
    ) -> list[Strip]:
        """Lines, by their rows. What shows the same as before is the same strip, whatever is around it.

        Args:
            numbers: of the rows.
            focused: index of the message that has the focus; None for none.
            coming: index of that which gets it when the keys come here; None while they are here.
            sign_row: where the focus sign stands; None for that message's first row.
        """
        layout, width = self._layout, self._widget.size.width
        strips = []
        for number in numbers:
            index, row = layout.row(number)
            if row is None:
                row, surface, first = _BETWEEN, _GROUND, False
            else:
                surface = _surface(layout.messages[index], row, focused=index == focused, coming=index == coming)
                first = surface.focused and number == (layout.start(index) if sign_row is None else sign_row)
            key = (id(row), number, width, surface.level, id(surface.sign), first, surface.coming)
            known = self._strips.get(key)
            if known is None:
                known = self._strips[key] = row, self._line(row, surface, width, first=first).apply_offsets(0, number)
            strips.append(known[1])
        return strips

    def _line(self, row: Row, surface: RowSurface, width: int, *, first: bool) -> Strip:
        page = self._styles.style("", PAGE)
        if row is _BETWEEN:
            return Strip.blank(width, page)
        segments = [*self._margin(first), *paint(row, surface, self._styles, self._layout.column)]
        return Strip(segments).adjust_cell_length(width, page)

    def _margin(self, first: bool) -> list[Segment]:
        """The cells in front of the column; in front of a focused message's first row with the focus sign."""
        page = self._styles.style("", PAGE)
        if not first:
            return [Segment(" " * self.column_start, page)]
        return [
            Segment(" " * (self.column_start - 2), page),
            Segment("❯", self._styles.style("you", PAGE)),
            Segment(" ", page),
        ]

    def selected(self, strip: Strip, start: int, end: int) -> Strip:
        """A line with the characters from `start` to `end` (-1: its end) marked as selected."""
        return mark_selected(strip, start, end, self._widget.screen.get_component_rich_style("screen--selection"))

    def with_found(self, strip: Strip, places: list[tuple[int, int, bool]]) -> Strip:
        """A line with places of a search marked: first character of the row's text, end, whether it is the current."""
        for start, end, here in places:
            style = self._widget.get_component_rich_style("transcript--found-here" if here else "transcript--found")
            strip = mark_selected(strip, self.text_start + start, self.text_start + end, style)
        return strip

    # What came in below

    def pill_cells(self, count: int) -> range:
        """The cells of the last line where "↓ 3 new" stands."""
        end = self.column_start + self._layout.column
        return range(end - len(f"  ↓ {count} new  "), end)

    def with_pill(self, strip: Strip, count: int) -> Strip:
        """The last line with how many messages got text below it."""
        cells, raised = self.pill_cells(count), self._styles.style("", RAISED)
        pill = [
            Segment("  ", raised),
            Segment("↓", self._styles.style("key-always", RAISED)),
            Segment(f" {count} new  ", raised),
        ]
        return Strip([*strip.crop(0, cells.start), *pill, *strip.crop(cells.stop)], strip.cell_length)


def _surface(rows: "MessageRows", row: Row, *, focused: bool, coming: bool) -> RowSurface:
    prompt = rows.message.kind == "prompt"
    tinted = prompt or row.ground == "card"
    return RowSurface(PROMPT_SIGN if prompt else _NO_SIGN, tinted + focused, focused, coming)
