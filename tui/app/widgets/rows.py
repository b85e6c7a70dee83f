"""A list of one-line rows on the Line API: the one way to select something. Draws only what is in view.

Knows nothing of what the rows mean: a subclass draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.app.widgets.ink import ink, paint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One line of a list.

    Attributes:
        key: what a choice reports; "" for headings and gaps, which cannot be chosen.
        value: what the line shows.
    """

    key: str
    value: T


class Rows(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """A scrolling list with a cursor that steps over headings and gaps."""

    DEFAULT_CSS = """
    Rows {
        height: 1fr;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: auto;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--hover"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    cursor: reactive[int] = reactive(-1, repaint=False)
    _hovered: reactive[int] = reactive(-1, repaint=False)

    @dataclass
    class Chosen(Message):
        """A row was chosen, by key or click."""

        rows: "Rows[object]"
        key: str

        @property
        def control(self) -> "Rows[object]":
            """The list, so that `@on` can select by it."""
            return self.rows

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

        rows: "Rows[object]"
        key: str

        @property
        def control(self) -> "Rows[object]":
            """The list, so that `@on` can select by it."""
            return self.rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: Sequence[Row[T]] = ()

    @property
    def key(self) -> str:
        """The key of the row under the cursor, or "" when there is none."""
        return self.lines[self.cursor].key if 0 <= self.cursor < len(self.lines) else ""

    def show(self, lines: Sequence[Row[T]], *, at: str | None = None) -> None:
        """Show other lines; the cursor goes to the row `at`, else stays with its row, else goes to the first one.

        With `at=""` there is no cursor until the list gets the focus.
        """
        before = self.key
        wanted = before if at is None else at
        self.lines = lines
        self.virtual_size = Size(0, len(lines))
        places = [index for index, line in enumerate(lines) if line.key]
        first = places[0] if places and at != "" else -1
        place = next((index for index in places if lines[index].key == wanted), first)
        self.set_reactive(Rows.cursor, place)
        self._reveal()
        self.refresh()
        if self.key != before:
            self._tell()

    def draw(self, row: Row[T], width: int, chosen: bool) -> Content:
        """Draw one line, `width` cells from cell 1 on (cell 0 is the bar of the selected row)."""
        raise NotImplementedError

    def watch_cursor(self, before: int, after: int) -> None:
        """Draw the two rows concerned, and tell."""
        for index in (before, after):
            self._refresh_row(index)
        self._reveal()
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.Moved(self, self.key))  # type: ignore[arg-type]  # Rows is invariant in T

    def watch__hovered(self, before: int, after: int) -> None:
        """Draw the two rows concerned."""
        for index in (before, after):
            self._refresh_row(index)

    def _refresh_row(self, index: int) -> None:
        if index >= 0:
            self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))

    def _reveal(self) -> None:
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
        self._reveal()

    def action_move(self, steps: int) -> None:
        """Move the cursor over `steps` rows that can be chosen, stopping at the ends."""
        places = [index for index, line in enumerate(self.lines) if line.key]
        if places:
            now = next((n for n, index in enumerate(places) if index >= self.cursor), 0)
            self.cursor = places[min(max(now + steps, 0), len(places) - 1)]

    def action_choose(self) -> None:
        """Report the row under the cursor."""
        if self.key:
            self.post_message(self.Chosen(self, self.key))  # type: ignore[arg-type]  # Rows is invariant in T

    def _line_at(self, y: int) -> int:
        index = y + self.scroll_offset.y
        return index if 0 <= index < len(self.lines) and self.lines[index].key else -1

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which row a click would choose."""
        self._hovered = self._line_at(event.y)

    def on_leave(self) -> None:
        """No row is pointed at any more."""
        self._hovered = -1

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        index = self._line_at(event.y)
        if index >= 0 and 0 < event.x < self.size.width - 1:  # the outermost cells are for dragging
            self.cursor = index
            self.action_choose()

    def render_line(self, y: int) -> Strip:
        """Draw the line at row `y` of the view."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if not 0 <= index < len(self.lines):
            return Strip.blank(width, self.visual_style.rich_style)
        row, chosen = self.lines[index], index == self.cursor
        base = self.visual_style
        if chosen:
            base = self.get_visual_style("rows--cursor")
        elif index == self._hovered:
            base = self.get_visual_style("rows--hover")
        bar = (
            ink("▌", "bar-you" if self.has_focus or self.has_class("-live") else "bar-idle") if chosen else Content(" ")
        )
        return paint(self, Content.assemble(bar, self.draw(row, width - 1, chosen)), width, base)
