"""A selection while the rows under it move: it keeps the text where it began, and goes on to the mouse.

Textual 8.2.8 knows a selection by the numbers of its rows. While it scrolls at the edge for a mouse that rests there,
it leaves the end where the mouse moved last; and it does not know that rows get other numbers when those above are
drawn for the first time.
"""

from textual.geometry import Offset
from textual.selection import SelectEnd, Selection
from textual.widget import Widget


def follow_mouse(view: Widget) -> None:
    """The view was scrolled: a selection that is being dragged goes on to what is under the mouse now."""
    screen = view.screen
    state = screen._select_state
    if not screen._selecting or state is None or state.end is None or state.start.content_widget is not view:
        return
    widget, offset = screen.get_widget_and_offset_at(*state.screen_offset)
    end = state.end
    if widget is view and offset is not None and offset != end.content_offset:
        screen._select_state = state.update_end(state.screen_offset, SelectEnd(end.container, view, offset))


def shift_selection(view: Widget, top: int, rows: int) -> None:
    """What stood at row `top` and below stands `rows` further down from now on."""
    screen = view.screen
    state = screen._select_state
    if screen._selecting and state is not None:
        begin = state.start.content_offset
        if state.start.content_widget is view and begin is not None:
            screen._select_state = state._replace(start=state.start._replace(content_offset=_moved(begin, top, rows)))
    elif selection := view.text_selection:
        start, end = (point and _moved(point, top, rows) for point in (selection.start, selection.end))
        screen.selections = {**screen.selections, view: Selection(start, end)}


def _moved(point: Offset, top: int, rows: int) -> Offset:
    return Offset(point.x, point.y + rows) if point.y >= top else point
