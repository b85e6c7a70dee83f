"""How Textual 8.2.8 draws what has changed, made cheaper."""

from functools import lru_cache
from itertools import pairwise
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget


def draw_only_what_changed() -> None:
    """Draw a widget anew only where something has changed, and nothing that lies over it. Safe to call twice.

    Textual draws all widgets in the smallest rectangle around what has changed, which in a chat is the whole screen as
    soon as a figure at its end goes on while text comes in: sixteen widgets instead of two. And a scroll bar is made
    of few cells that look differently, of which Textual makes each row anew: a tenth of the CPU of a reply.
    """
    Compositor.render_partial_update = _render_changes  # type: ignore[method-assign, assignment]
    ScrollBar.render_lines = _render_bar  # type: ignore[method-assign, assignment]


def lay_out_once() -> None:
    """Have a screen of another size styled for it before it is laid out. Safe to call twice.

    Textual lays it out, draws that, and only then gives it the classes of its breakpoints, which are styled and drawn
    later: for a moment the panes of one size stood in another one. And what lies below a dialog never gets them.
    """
    Screen._screen_resized = _take_size  # type: ignore[method-assign, assignment]


def _take_size(screen: Screen[Any], size: Size) -> None:
    if screen.stack_updates and screen.is_attached:
        style_for(screen, breakpoint_classes(screen, size))
        screen._refresh_layout(size)


def breakpoint_classes(screen: Screen[Any], size: Size) -> dict[str, bool]:
    """The classes of a screen's breakpoints, and which of them it has at a size."""
    app, classes = screen.app, {}
    for cells, own, common in (
        (size.width, screen.HORIZONTAL_BREAKPOINTS, app.HORIZONTAL_BREAKPOINTS),
        (size.height, screen.VERTICAL_BREAKPOINTS, app.VERTICAL_BREAKPOINTS),
    ):
        breakpoints = (common if own is None else own) or []
        here = screen._get_breakpoint_classes(cells, breakpoints)
        classes.update({name: name in here for _, name in breakpoints})
    return classes


def style_for(screen: Screen[Any], classes: dict[str, bool]) -> None:
    """Give a screen classes, and style it at once if these are others."""
    before = screen.classes
    screen.update_classes(classes, update=False)
    if screen.classes != before:
        screen.app.stylesheet.update(screen)


def _render_bar(bar: ScrollBar, crop: Region) -> list[Strip]:
    """The cells of an upright bar, of which those that look the same are the same strip, also in the next frame."""
    drawn = bar.render() if bar.vertical and crop.width == bar.thickness else None
    if not isinstance(drawn, ScrollBarRender):
        return Widget.render_lines(bar, crop)
    style = bar.app.console.get_style(drawn.style)
    made = drawn.render_bar(
        size=bar.size.height,
        virtual_size=drawn.virtual_size,
        window_size=drawn.window_size,
        position=drawn.position,
        thickness=drawn.thickness,
        back_color=style.bgcolor or Color.default(),
        bar_color=style.color or Color.default(),
    )
    base = bar.visual_style.rich_style
    strips = [_bar_cell(segment.text, base, segment.style) for segment in made.segments[crop.y : crop.bottom]]
    background = bar.background_colors[1]
    for line_filter in bar.get_line_filters():
        strips = [strip.apply_filter(line_filter, background) for strip in strips]
    return strips


@lru_cache(256)
def _bar_cell(text: str, base: Style, style: Style | None) -> Strip:
    return Strip([Segment(text, base + style)], len(text))


def _render_changes(compositor: Compositor) -> ChopsUpdate | None:
    regions = compositor._dirty_regions.copy()
    compositor._dirty_regions.clear()
    if not regions:
        return None
    whole = compositor.size.region
    spans = list(compositor._regions_to_spans([part for one in regions if (part := one.intersection(whole))]))
    if not spans:
        return None
    chops: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for cuts in compositor.cuts]
    missing = _missing(compositor.cuts, spans)
    for widget, (region, clip) in compositor.visible_widgets.items():  # from the front to the back
        shown = region.intersection(clip)
        rows = [y for y in range(shown.y, shown.bottom) if y in missing and _has(missing[y], shown)]
        if not rows:
            continue
        part = Region(shown.x - region.x, rows[0] - region.y, shown.width, rows[-1] + 1 - rows[0])
        strips = widget.render_lines(part)
        for y in rows:
            cuts = [cut for cut in compositor.cuts[y] if shown.x <= cut <= shown.right]
            strip = strips[y - rows[0]]
            pieces = [strip] if len(cuts) == 2 else strip.divide([cut - shown.x for cut in cuts[1:]])
            for cut, piece in zip(cuts, pieces, strict=False):
                if chops[y][cut] is None:
                    chops[y][cut] = piece
            missing[y].difference_update(cuts[:-1])
            if not missing[y]:
                del missing[y]
        if not missing:
            break
    return ChopsUpdate(chops, spans, [cuts[1:] for cuts in compositor.cuts])


def _missing(cuts: list[list[int]], spans: list[tuple[int, int, int]]) -> dict[int, set[int]]:
    """By row, where the pieces begin that have something of the spans."""
    missing: dict[int, set[int]] = {}
    for y, start, end in spans:
        pieces = pairwise(cuts[y])
        missing.setdefault(y, set()).update(first for first, last in pieces if first < end and last > start)
    return missing


def _has(starts: set[int], region: Region) -> bool:
    return any(region.x <= start < region.right for start in starts)
