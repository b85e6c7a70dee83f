"""A source on a page that scrolls both ways: code with its colours, a table, a formula. Knows no message."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from tui.app.transcript.line_styles import COMPONENT_CSS, COMPONENTS, PAGE, LineStyles, RowSurface, mark_selected, paint
from tui.app.transcript.markdown.code import highlight, source_index
from tui.app.transcript.markdown.render import Renderer
from tui.app.transcript.markdown.splitter import Splitter
from tui.app.transcript.markdown.wrap import fold_offsets, split_spans, wrap_offsets
from tui.app.transcript.row import TEXT_START, Row, Span, width_of
from tui.app.transcript.selection import restored, text_of_rows
from tui.text import clean

_COLOURED_LINES = 2_000  # longer code stays plain: all of it is read before the first line is drawn
_WIDEST = 10_000
_AIR = Span(" " * TEXT_START)


def code_rows(source: str, info: str) -> list[Row]:
    """The lines of a code, uncut."""
    raw = source.split("\n")
    lines = highlight(clean(source), info if len(raw) <= _COLOURED_LINES else "")
    if len(lines) != len(raw):  # a line separator inside, which is drawn as a line's end
        raw = clean(source).split("\n")
    return [Row(tuple(spans), source=line) for spans, line in zip(lines, raw, strict=True)]


def table_rows(source: str) -> list[Row]:
    """A table of Markdown with all its columns as wide as their content."""
    splitter, renderer = Splitter(), Renderer()
    splitter.feed(source)
    return [row for block in splitter.finish() for row in renderer.rows(block, _WIDEST, splitter.references)]


class SourcePage(ScrollView, can_focus=True):
    """Shows rows; what is wider than the page is scrolled to, or wrapped.

    Args:
        rows: all of it.
        source: what they show, as it came.
        words: it is prose as often as code: wrapped at first, and words stay whole.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = f"""
SourcePage {{
    background: $background;
    color: $foreground;
    height: 1fr;
    overflow: auto auto;
    scrollbar-size: 1 1;
    {COMPONENT_CSS}
}}
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "sideways(-8)", show=False),
        Binding("right,l", "sideways(8)", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("j", "scroll_down", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
        Binding("space", "page_down", show=False),
    ]

    def __init__(self, rows: Sequence[Row], source: str, *, words: bool = False) -> None:
        super().__init__()
        self._all = self._rows = list(rows)
        self._source = source
        self._wraps = words
        self._offsets = wrap_offsets if words else fold_offsets
        self._styles: LineStyles | None = None

    def on_resize(self) -> None:
        """Lay out for this size."""
        self._lay_out()

    def action_sideways(self, cells: int) -> None:
        """Scroll by cells, without sliding."""
        self.scroll_to(x=self.scroll_offset.x + cells, animate=False)

    def action_wrap(self) -> None:
        """Wrap what is wider than the page, or not."""
        self._wraps = not self._wraps
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width - 2 * TEXT_START
        if self._wraps and width > 0:
            self._rows = [piece for row in self._all for piece in _wrapped(row, self._offsets(row.text, width))]
            self.virtual_size = Size(0, len(self._rows))
        else:
            self._rows = self._all
            widest = max((width_of(row.spans) for row in self._rows), default=0)
            self.virtual_size = Size(widest + 2 * TEXT_START, len(self._rows))
        self.refresh()

    @override
    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = None
        self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        if self._styles is None:
            self._styles = LineStyles(self)
        left, top = self.scroll_offset
        width, number = self.scrollable_content_region.width, top + y
        if number >= len(self._rows):
            return Strip.blank(width, self._styles.style("", PAGE))
        row = self._rows[number]
        strip = Strip(paint(row, RowSurface(_AIR, PAGE, focused=True), self._styles, left + width))
        if self.text_selection is not None and (span := self.text_selection.get_span(number)) is not None:
            strip = mark_selected(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        hidden = len(strip.crop(0, left).text)
        return strip.crop(left, left + width).apply_offsets(hidden, number)

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The source of what is selected."""
        if selection.start is None and selection.end is None:
            return self._source, "\n"
        return restored(text_of_rows(self._rows, selection, TEXT_START), self._source), "\n"


def _wrapped(row: Row, offsets: Sequence[int]) -> list[Row]:
    if not offsets:
        return [row]
    pieces = split_spans(row.spans, offsets)
    if row.source is None:
        return [Row(tuple(piece), table="" if number else row.table) for number, piece in enumerate(pieces)]
    ends = [source_index(row.source, offset) for offset in offsets]
    parts = [row.source[start:end] for start, end in zip([0, *ends], [*ends, len(row.source)], strict=True)]
    joins = [""] * len(offsets) + [None]
    return [Row(tuple(piece), join=join, source=part) for piece, join, part in zip(pieces, joins, parts, strict=True)]
