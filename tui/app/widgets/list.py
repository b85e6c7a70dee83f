"""A list of one-line rows on the Line API: the one way to select something. Draws only what is in view.

Knows nothing of what the rows mean: a subclass draws them.
"""

from collections.abc import Collection, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.styles import paint, styled
from tui.dataclass import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListRow(Generic[T]):
    """One line of a list.

    Attributes:
        key: what a choice reports; "" for headings and gaps, which cannot be chosen.
        value: what the line shows.
    """

    key: str
    value: T


class SelectList(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """A scrolling list with a cursor that steps over headings and gaps.

    With the class `-live` it looks as if it had the focus: for a field beside it that has it.

    Attributes:
        when_empty: what stands there when there are no rows.
    """

    DEFAULT_CSS = """
    SelectList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: auto;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"select-list--cursor", "select-list--hover"}
    DRAWN_BY_LINE: ClassVar[bool] = False
    """Whether a row shows nothing but what is in its line: then `show` draws only those again that have another one."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list"),
    ]

    cursor: reactive[int] = reactive(-1, repaint=False)
    """Index of the row under the cursor; -1 for none."""
    _hovered: reactive[int] = reactive(-1, repaint=False)

    @dataclass
    class Chosen(Message):
        """A row was chosen, by key or click."""

        select_list: "SelectList[Any]"
        key: str

        @property
        def control(self) -> "SelectList[Any]":
            """The list, so that `@on` can select by it."""
            return self.select_list

    @dataclass
    class Moved(Message):
        """The cursor stands on another row; `key` is "" when it stands on none."""

        select_list: "SelectList[Any]"
        key: str

        @property
        def control(self) -> "SelectList[Any]":
            """The list, so that `@on` can select by it."""
            return self.select_list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: Sequence[ListRow[T]] = ()
        self.when_empty = ""

    @property
    def key(self) -> str:
        """The key of the row under the cursor, or "" when there is none."""
        return self.lines[self.cursor].key if 0 <= self.cursor < len(self.lines) else ""

    def show(self, lines: Sequence[ListRow[T]], *, at: str | None = None, still: bool = False) -> None:
        """Show other lines; the cursor goes to the row `at`, else stays with its row, else goes to the first one.

        With `at=""` there is no cursor until the list gets the focus. With `still` the lines are the same ones some of
        which came or went: what is in view stays where it is, and a cursor whose row is gone goes to the next one.
        """
        before, in_view = self.key, self._cursor_in_view
        shown = self.lines, self.cursor
        key = before if at is None else at
        left = self._next_left({line.key for line in lines}) if still and at is None else ""
        anchor = self._top_row() if still else None
        self.lines = lines
        self.virtual_size = Size(0, len(lines))
        places = self._places()
        first = places[0] if places and at != "" else -1
        index = next((index for index in places if lines[index].key == (left or key)), first)
        self.set_reactive(SelectList.cursor, index)
        if anchor is not None:
            self._keep_in_view(*anchor)
        if not still or in_view or self.key != before:
            self._reveal_cursor()
        self._refresh_changed(*shown)
        if self.key != before:
            self.post_message(self.Moved(self, self.key))

    def _refresh_changed(self, lines: Sequence[ListRow[T]], cursor: int) -> None:
        """Draw what is in view and was not shown by these lines and this cursor."""
        if not (self.DRAWN_BY_LINE and lines and self.lines):
            self.refresh()
            return
        first, after = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        in_view = zip_longest(lines[first:after], self.lines[first:after])
        rows = {index for index, (was, now) in enumerate(in_view, first) if was != now}
        self._refresh_rows(*rows, *({cursor, self.cursor} if self.cursor != cursor else ()))

    @property
    def _cursor_in_view(self) -> bool:
        return 0 <= self.cursor - self.scroll_offset.y < self.size.height

    def _next_left(self, keys: Collection[str]) -> str:
        """The key of the cursor's row, or of the next one below it, else above it, that is among `keys`."""
        below = (line.key for line in self.lines[max(self.cursor, 0) :])
        above = (line.key for line in reversed(self.lines[: max(self.cursor, 0)]))
        return next((key for key in (*below, *above) if key and key in keys), "")

    def _top_row(self) -> tuple[str, int] | None:
        """The key of the first row in view that has one, and how far down it is; None where the list has not moved."""
        top = self.scroll_offset.y
        view = enumerate(self.lines[top : top + self.size.height])
        return next(((line.key, row) for row, line in view if line.key), None) if top else None

    def _keep_in_view(self, key: str, row: int) -> None:
        index = next((index for index, line in enumerate(self.lines) if line.key == key), None)
        if index is not None:
            self.scroll_to(y=max(index - row, 0), animate=False, force=True, immediate=True)

    def draw(self, row: ListRow[T], width: int, chosen: bool) -> Content:
        """Draw one line, `width` cells from cell 1 on: cell 0 is the bar of the row under the cursor, if `chosen`."""
        raise NotImplementedError

    def _places(self) -> list[int]:
        """Indexes of the rows that can be chosen."""
        return [index for index, line in enumerate(self.lines) if line.key]

    # The cursor.

    def watch_cursor(self, before: int, after: int) -> None:
        """Draw the two rows concerned, bring the new one into view, and post the move."""
        self._refresh_rows(before, after)
        self._reveal_cursor()
        self.post_message(self.Moved(self, self.key))

    def _reveal_cursor(self) -> None:
        if self.cursor < 0 or not self.size.height:
            return
        top = 0 if self.cursor <= min(2, self.size.height - 1) else self.cursor  # with the headings above, if they fit
        self.scroll_to_region(Region(0, top, 1, self.cursor - top + 1), animate=False, force=True, immediate=True)

    def on_focus(self) -> None:
        """There is a cursor where there is the focus."""
        if self.cursor < 0:
            self.action_move(0)

    def on_resize(self) -> None:
        """Keep the cursor's row in view."""
        self._reveal_cursor()

    def action_move(self, steps: int) -> None:
        """Move the cursor over `steps` rows that can be chosen, stopping at the ends."""
        places = self._places()
        if places:
            here = self.cursor if self.cursor >= 0 else self.scroll_offset.y  # from none to what is in view
            now = next((n for n, index in enumerate(places) if index >= here), len(places) - 1)
            self.cursor = places[min(max(now + steps, 0), len(places) - 1)]

    def action_first(self) -> None:
        """Move the cursor to the first row that can be chosen."""
        self.action_move(-len(self.lines))

    def action_last(self) -> None:
        """Move the cursor to the last row that can be chosen."""
        self.action_move(len(self.lines))

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    # The mouse.

    def watch__hovered(self, before: int, after: int) -> None:
        """Draw the two rows concerned."""
        self._refresh_rows(before, after)

    def _index_at(self, y: int) -> int:
        """Index of the row at row `y` of the view, -1 where none can be chosen."""
        index = y + self.scroll_offset.y
        return index if 0 <= index < len(self.lines) and self.lines[index].key else -1

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which row a click would choose."""
        self._hovered = self._index_at(event.y)

    def on_leave(self) -> None:
        """No row is pointed at any more."""
        self._hovered = -1

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        index = self._index_at(event.y)
        if index >= 0 and 0 < event.x < self.size.width - 1:  # the outermost cells are for dragging
            self.cursor = index
            self.action_choose()

    # Drawing.

    def _refresh_rows(self, *indexes: int) -> None:
        for index in indexes:
            if index >= 0:
                self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))

    @override
    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        base = self.visual_style
        if not self.lines and y == 0 and self.when_empty:
            return paint(self, Content.assemble("  ", styled(self.when_empty, "muted")), width, base)
        if not 0 <= index < len(self.lines):
            return Strip.blank(width, base.rich_style)
        row, chosen = self.lines[index], index == self.cursor
        bar = Content(" ")
        if chosen:
            base = self.get_visual_style("select-list--cursor")
            if self.get_component_styles("select-list--cursor").text_style.reverse:  # which Textual 8.2.8 leaves out
                base += Style(reverse=True)
            bar = styled("▌", "bar-you" if self.has_focus or self.has_class("-live") else "bar-idle")
        elif index == self._hovered:
            base = self.get_visual_style("select-list--hover")
        strip = paint(self, Content.assemble(bar, self.draw(row, width - 1, chosen)), width, base)
        if base.reverse:  # a coloured blank would be a block of that colour
            plain = base.rich_style
            strip = Strip([part if part.text.strip() else Segment(part.text, plain) for part in strip], width)
        return strip
