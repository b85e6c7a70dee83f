"""The text roles of the screen as component classes, and how lines are made of them. Knows no widget by name."""

from collections.abc import Iterable
from functools import lru_cache

from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions
from textual.widget import Widget

STYLE_CLASSES = frozenset(
    f"style--{role}"
    for role in (
        "text", "strong", "muted", "thought", "you", "key", "model", "model-name", "markup", "markup-strong", "good",
        "care", "wrong", "bar-you", "bar-idle", "bar-model", "bar-good", "bar-care", "bar-wrong", "rule", "edge",
    )
)  # fmt: skip
"""Component classes of the roles; `app.tcss` gives each its theme variable.

The screens have them, on behalf of all that is drawn on them: a class of its own for each role and widget would make
each restyling several times as long.
"""

BLANK = Content("")

_spelled: dict[str, str] = {}
_keys_spelled: dict[str, str] = {}
"""Signs that are written out before a line is laid out, anywhere and as keys: one cell of ASCII would say nothing, or
be the name of another key."""


def spell_keys(*, in_words: bool) -> None:
    """Write out what one cell of ASCII cannot say: some keys, and that keys do not go here; or no more."""
    _spelled.clear()
    _keys_spelled.clear()
    key_hint.cache_clear()
    if in_words:
        _spelled.update({"↵": "enter", "⌫": "backspace", "›": "-"})
        _keys_spelled.update({"↑↓": "up/down", "← →": "left/right", "◂▸": "left/right"})
        _keys_spelled.update({"↑": "up", "↓": "down", "←": "left", "→": "right"})


def only_ascii() -> bool:
    """Whether signs are drawn in ASCII."""
    return bool(_spelled)


class StyledText(Widget):
    """A widget whose lines are drawn in the text roles of its screen."""

    _drawn_by: object = None

    def notify_style_update(self) -> None:
        """Draw anew after sheets were parsed anew, as for another theme: the screen's roles may have changed.

        Each focus and each dialog that closes restyles widgets as well; Textual redraws those whose own style changed.
        """
        super().notify_style_update()
        rules = self.app.stylesheet.rules
        if rules is not self._drawn_by:
            self._drawn_by = rules
            self.refresh()


def styled(text: str, role: str) -> Content:
    """Text in one role; never parsed as markup. The caller has cleaned it."""
    for sign, words in (_spelled | _keys_spelled if role == "key" else _spelled).items():
        text = text.replace(sign, words)
    return Content.styled(text, f".style--{role}")


def join(parts: list[Content], gap: int = 1) -> Content:
    """Parts side by side with `gap` spaces between them; empty ones take no room."""
    return Content(" " * gap).join([part for part in parts if part.cell_length])


def tabs(labels: Iterable[str], chosen: str, *, gap: int, role: str = "key") -> Content:
    """Labels side by side, the chosen one in brackets; each has a cell for them on both sides, which `gap` counts."""
    drawn = [styled(f"[{label}]", role) if label == chosen else styled(f" {label} ", "muted") for label in labels]
    return join(drawn, gap - 2)


@lru_cache(512)
def key_hint(key: str, label: str) -> Content:
    """A key as it is printed, such as "^L", and what it does."""
    return join([styled(key, "key"), styled(label, "muted")])


def spread(left: Content, right: Content, width: int, *, gap: int = 2) -> Content:
    """One line of `width` cells: `left` cut to fit, `right` whole at the end if it leaves room, else gone."""
    if right.cell_length + gap > width:
        right = BLANK
    room = width - (right.cell_length + gap if right.cell_length else 0)
    left = fit(left, room)
    return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)


def fit(content: Content, width: int) -> Content:
    """Content of at most `width` cells, cut with "…"."""
    return content if content.cell_length <= width else content.truncate(max(width, 0), ellipsis=True)


def paint(widget: Widget, content: Content, width: int, base: Style) -> Strip:
    """One line of a Line API widget: `content` over `base`, filled to `width` cells."""

    def style(name: str | Style) -> Style:
        if isinstance(name, Style):
            return name
        return widget.screen.get_visual_style(name.removeprefix("."), partial=True)

    content = content.pad_right(max(width - content.cell_length, 0))
    strips = content.render_strips(width, 1, base, RenderOptions(style, {})) if width else []
    strip = strips[0] if strips else Strip([])
    return strip.adjust_cell_length(width, base.rich_style)
