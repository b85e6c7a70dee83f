"""Small pictures of images as rows: a half block a cell, its upper pixel in front, its lower one behind."""

from itertools import groupby
from typing import TYPE_CHECKING

from tui.app.transcript.row import Row, Span

if TYPE_CHECKING:
    from tui.chat.attachments.thumbnails import Thumbnail

PIXELS = "pixels:"
"""Begins the style of a cell: `pixels:RRGGBB:RRGGBB`, see `line_styles`."""

_INDENT = Span("  ")


def picture_rows(thumbnail: "Thumbnail") -> list[Row]:
    """The picture's rows; nothing of them is copied."""
    rows = []
    for cells in thumbnail:
        styles = [f"{PIXELS}{bytes(upper).hex()}:{bytes(lower).hex()}" for upper, lower in cells]
        spans = [Span("▀" * len(list(same)), style) for style, same in groupby(styles)]
        rows.append(Row((_INDENT, *spans), decor=len(cells) + len(_INDENT.text)))
    return rows
