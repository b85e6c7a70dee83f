"""What every line that is drawn passes, where the terminal is to get no colours, or nothing but ASCII for signs."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from typing_extensions import override

from tui.glyphs import spelled


class AsciiSigns(LineFilter):
    """The program's own signs in ASCII. Works on whole cells, so that no line changes its width."""

    @override
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(spelled(segment.text), segment.style, segment.control)
            for segment in segments
        ]


class NoColours(LineFilter):
    """No colour at all (no-color.org): bold, dim, underlined and reversed text stay.

    Textual 8.2.8 has greys for it, or sets the colours to the default.
    """

    @override
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else _colourless(style), control) for text, style, control in segments
        ]


@lru_cache(1024)
def _colourless(style: Style) -> Style:
    return style.without_color + Style.from_meta(style.meta) if style.meta else style.without_color
