"""How Textual 8.2.8 draws what has changed, made cheaper."""

from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


def draw_only_what_changed() -> None:
    """Draw a widget anew only where something has changed, and nothing that lies over it. Safe to call twice.

    Textual draws all widgets in the smallest rectangle around what has changed, which in a chat is the whole screen as
    soon as a figure at its end goes on while text comes in: sixteen widgets instead of two.
    """
    Compositor.render_partial_update = _render_changes  # type: ignore[method-assign, assignment]


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
            pieces = strips[y - rows[0]].divide([cut - shown.x for cut in cuts[1:]])
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
