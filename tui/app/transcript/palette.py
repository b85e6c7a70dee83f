"""Style words as colours of the current theme, and rows as strips. The only place of the transcript that knows colours.

Colours come from the widget's component classes, one per word; surfaces are the backgrounds of other such classes.
"""

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.css.styles import RenderStyles
from textual.strip import Strip
from textual.widget import Widget

from tui.app.transcript.rows import Row, Run

CLASS = "transcript--"

# Words that colour text.
WORDS = (
    "muted", "thought", "you", "key", "key-always", "model", "live", "bullet", "heading", "code", "link",
    "good", "care", "wrong", "rule", "faint", "mark", "bar", "bar-wrong", "bar-care",
    "keyword", "string", "number", "type", "comment",
)  # fmt: skip
# Surfaces, from low to high; a focused turn's rise by one.
GROUNDS = ("page", "tint", "raised")
COMPONENTS = frozenset(f"{CLASS}{name}" for name in (*WORDS, *GROUNDS))

_ATTRIBUTES = {"strong": Style(bold=True), "em": Style(italic=True), "strike": Style(strike=True)}

SIGN_CELLS = 2


class Palette:
    """The rich styles of style words, for one theme; made anew when the theme changes.

    Args:
        widget: has a component class for each of `WORDS` and `GROUNDS`.
    """

    def __init__(self, widget: Widget) -> None:
        self._components: dict[str, RenderStyles] = {
            name: widget.get_component_styles(CLASS + name) for name in (*WORDS, *GROUNDS)
        }
        page = self._components["page"].background
        # A surface may be see-through: in a theme of the terminal's own colours all are one.
        backgrounds = [self._components[name].background for name in GROUNDS]
        self._grounds = [page if ground.a == 0 else page + ground if ground.a < 1 else ground for ground in backgrounds]
        self._text = widget.styles.color
        self._styles: dict[tuple[str, int], Style] = {}
        # Where surfaces may not show, an edge is drawn in a cell that is kept for it.
        self.edges = widget.app.native_ansi_color or widget.app.no_color

    def style(self, words: str, level: int) -> Style:
        """The style of text on a surface.

        Args:
            words: of `rows.Run.style`.
            level: surface below the text: 0 the page, 1 tinted, 2 raised.
        """
        found = self._styles.get((words, level))
        if found is None:
            found = self._styles[words, level] = self._make(words.split(), level)
        return found

    def _make(self, words: list[str], level: int) -> Style:
        ground = self._grounds[min(level + ("on-code" in words) + ("code" in words), 2)]
        color = self._text
        attributes = Style()
        for word in words:
            if word in _ATTRIBUTES:
                attributes += _ATTRIBUTES[word]
            elif styles := self._components.get(word):
                if styles.has_rule("color"):
                    color = styles.color
                attributes += styles.text_style
        if color.a < 1 and color.ansi is None:
            color = ground + color
        return Style(color=color.rich_color, bgcolor=ground.rich_color) + attributes


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a row is drawn.

    Attributes:
        sign: the turn's own two cells at the column's start.
        level: surface below the row: 0 the page, 1 tinted, 2 raised.
        focused: the turn is focused, so its keys work.
    """

    sign: Run
    level: int
    focused: bool


def paint(row: Row, ground: Ground, palette: Palette, column: int) -> list[Segment]:
    """A row as segments that fill the reading column of `column` cells."""
    start, level = row.sign or ground.sign, ground.level
    segments = [Segment(start.text, palette.style(start.style, level))]
    for run in row.runs:
        text, words = run.text, run.style
        if words.endswith(" edge") and palette.edges:
            text, words = "│", "on-code faint"
        elif not ground.focused and words.endswith("key"):
            words = words.removesuffix("key") + "muted"
        segments.append(Segment(text, palette.style(words, level)))
    used = Segment.get_line_length(segments)
    if used < column:
        segments.append(Segment(" " * (column - used), palette.style(row.fill, level)))
    return segments


def select(strip: Strip, start: int, end: int, style: Style) -> Strip:
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
