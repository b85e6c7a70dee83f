"""Style names as colours of the current theme, and rows as segments. The only module of the transcript with colours.

Colours come from the widget's component classes, one per name; surfaces are the backgrounds of other such classes.
"""

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.css.styles import RenderStyles
from textual.strip import Strip
from textual.widget import Widget

from tui.app.transcript.pictures import PIXELS
from tui.app.transcript.row import COMING
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.row import Row, Span

_CLASS = "transcript--"

# Names that colour text.
_COLORS = (
    "muted", "branch", "thought", "you", "key", "key-always", "model", "live", "bullet", "heading", "code", "link",
    "good", "care", "wrong", "rule", "faint", "mark", "bar", "bar-wrong", "bar-care",
    "keyword", "string", "number", "type", "comment", "found", "found-here",
)  # fmt: skip
# Surfaces, from low to high; a focused message's rise by one.
_SURFACES = ("page", "tint", "raised")
PAGE, RAISED = 0, 2
"""The lowest and the highest surface, as levels."""
COMPONENTS = frozenset(f"{_CLASS}{name}" for name in (*_COLORS, *_SURFACES))

COMPONENT_CSS = """
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
    & > .transcript--branch { color: $text-accent; }
    & > .transcript--link { color: $text-accent; text-style: underline; }
    & > .transcript--good, & > .transcript--string { color: $text-success; }
    & > .transcript--care, & > .transcript--number { color: $text-warning; }
    & > .transcript--wrong { color: $text-error; }
    & > .transcript--rule, & > .transcript--faint { color: $foreground 20%; }
    & > .transcript--mark { color: $secondary; }
    & > .transcript--bar { color: $primary; }
    & > .transcript--bar-wrong { color: $error; }
    & > .transcript--bar-care { color: $warning; }
    & > .transcript--found { background: $warning-muted; color: $foreground; }
    & > .transcript--found-here { background: $text-warning; color: $background; text-style: bold; }
    &:ansi > .transcript--found, &:ansi > .transcript--found-here { background: transparent; color: $foreground; }
    &:ansi > .transcript--found, &:nocolor > .transcript--found { text-style: underline; }
    &:ansi > .transcript--found-here, &:nocolor > .transcript--found-here { text-style: reverse; }
    &:ansi > .transcript--muted, &:ansi > .transcript--rule, &:ansi > .transcript--faint { text-style: dim; }
    &:ansi > .transcript--thought, &:ansi > .transcript--comment { text-style: dim italic; }
    &:ansi > .transcript--code, &:nocolor > .transcript--code { text-style: bold; }
"""
"""What the names look like, as the inside of the widget's rule."""

_ATTRIBUTES = {"strong": Style(bold=True), "em": Style(italic=True), "strike": Style(strike=True)}


class LineStyles:
    """The rich styles of style names, for one theme; made anew when the theme changes.

    Args:
        widget: has the `COMPONENTS`.

    Attributes:
        edges: surfaces may not show, so an edge is drawn in a cell that is kept for it.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._components: dict[str, RenderStyles] = {}  # an empty chat needs few of them
        # A surface may be see-through: in a theme of the terminal's own colours all are one.
        backgrounds = [self._component(name).background for name in _SURFACES]
        page = backgrounds[PAGE]
        self._surfaces = [page if color.a == 0 else page + color if color.a < 1 else color for color in backgrounds]
        self._text = widget.styles.color
        self._styles: dict[tuple[str, int], Style] = {}
        self.edges = widget.app.native_ansi_color or widget.app.no_color

    def style(self, names: str, level: int) -> Style:
        """The style of text on a surface.

        Args:
            names: as in `Span.style`.
            level: surface below the text: 0 the page, 1 tinted, 2 raised.
        """
        if names.startswith(PIXELS):  # as many as there are colours: not worth keeping
            upper, lower = names.removeprefix(PIXELS).split(":")
            return Style(color=f"#{upper}", bgcolor=f"#{lower}")
        found = self._styles.get((names, level))
        if found is None:
            found = self._styles[names, level] = self._make(names.split(), level)
        return found

    def _component(self, name: str) -> RenderStyles:
        if name not in self._components:
            self._components[name] = self._widget.get_component_styles(_CLASS + name)
        return self._components[name]

    def _make(self, names: list[str], level: int) -> Style:
        surface = self._surfaces[min(level + ("on-code" in names) + ("code" in names), RAISED)]
        color = self._text
        attributes = Style()
        for name in names:
            if name in _ATTRIBUTES:
                attributes += _ATTRIBUTES[name]
            elif _CLASS + name in COMPONENTS:
                styles = self._component(name)
                if styles.has_rule("color"):
                    color = styles.color
                attributes += styles.text_style
        if color.a < 1 and color.ansi is None:
            color = surface + color
        return Style(color=color.rich_color, bgcolor=surface.rich_color) + attributes


@dataclass(frozen=True, slots=True)
class RowSurface:
    """What a row is drawn on.

    Attributes:
        sign: the message's own two cells at the column's start.
        level: surface below the row: 0 the page, 1 tinted, 2 raised.
        focused: the message is focused, so its keys work.
        coming: it is as soon as the keys come to the messages.
    """

    sign: "Span"
    level: int
    focused: bool
    coming: bool = False


def paint(row: "Row", surface: RowSurface, styles: LineStyles, column: int) -> list[Segment]:
    """A row as segments that fill the reading column of `column` cells."""
    start, level = row.sign or surface.sign, surface.level
    segments = [Segment(start.text, styles.style(start.style, level))]
    for span in row.spans:
        text, names = span.text, span.style
        if names.endswith(" edge") and styles.edges:
            text, names = "│", "on-code faint"
        elif not surface.focused and names.endswith("key"):
            names = names.removesuffix("key") + "muted"
        elif names == COMING:
            text, names = text if surface.coming else " " * len(text), "muted"
        segments.append(Segment(text, styles.style(names, level)))
    used = Segment.get_line_length(segments)
    if used < column:
        segments.append(Segment(" " * (column - used), styles.style(row.fill, level)))
    return segments


def mark_selected(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """The strip with the characters from `start` to `end` (-1: its end) marked as selected."""
    segments: list[Segment] = []
    position = 0
    end = len(strip.text) if end < 0 else end
    for segment in strip:
        text, base = segment.text, segment.style or Style.null()
        first = min(max(0, start - position), len(text))
        last = min(max(first, end - position), len(text))
        for part, look in ((text[:first], base), (text[first:last], base + style), (text[last:], base)):
            if part:
                segments.append(Segment(part, look))
        position += len(text)
    return Strip(segments, strip.cell_length)
