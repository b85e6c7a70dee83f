"""The one box in the product: a floating overlay with its title in the top edge and its keys in the bottom edge.

Knows nothing of what stands in it; subclasses fill it, and dismiss it with their answer.
"""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.app.widgets.ink import BLANK, INKS, Inked, fit, ink, join

Answer = TypeVar("Answer")
Keys = Sequence[tuple[str, str]]


class Edge(Inked):
    """The top or bottom edge of an overlay, with words in it."""

    DEFAULT_CSS = "Edge { height: 1; width: 1fr; }"

    left: reactive[Content] = reactive(BLANK)
    right: reactive[Content] = reactive(BLANK)

    def __init__(self, ends: str) -> None:
        super().__init__()
        self._ends = ends

    def render(self) -> Content:
        """Draw `╭─ left ──── right ─╮`; what does not fit gives way, the right first."""
        width = self.size.width - 4
        left, right = self.left, self.right
        if left.cell_length + right.cell_length + 6 > width:
            right = BLANK
        left = fit(left, width - 2)
        parts = [ink(self._ends[0] + "─", "edge")]
        if left.cell_length:
            parts += [Content(" "), left, Content(" ")]
        used = (left.cell_length + 2) * bool(left) + (right.cell_length + 2) * bool(right)
        parts.append(ink("─" * (width - used), "edge"))
        if right.cell_length:
            parts += [Content(" "), right, Content(" ")]
        return Content.assemble(*parts, ink("─" + self._ends[1], "edge"))


class Overlay(ModalScreen[Answer]):
    """A box over the faded screen. Escape dismisses it with `None`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(INKS)
    CSS_PATH = "overlay.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]
    TITLE_TEXT = ""
    KEYS: ClassVar[Keys] = ()

    def __init__(self) -> None:
        super().__init__()
        self.top = Edge("╭╮")
        self.bottom = Edge("╰╯")

    def body(self) -> ComposeResult:
        """What stands in the box."""
        yield from ()

    def compose(self) -> ComposeResult:
        """The box, with its edges."""
        self.top.left = ink(self.TITLE_TEXT, "strong")
        self.show_keys(self.KEYS)
        with Vertical(id="box"):
            yield self.top
            with Vertical(id="body"):
                yield from self.body()
            yield self.bottom

    def show_keys(self, keys: Keys, close: str = "close") -> None:
        """Put the keys that act here into the bottom edge; they are `(key as printed, label)`."""
        shown = [join([ink(key, "key"), ink(label, "muted")]) for key, label in keys]
        self.bottom.left = join(shown, 3)
        self.bottom.right = join([ink("esc", "key"), ink(close, "muted")])

    def action_close(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


class Prompted(Horizontal):
    """The line of an overlay's field: `❯`, the field, and a word at the right."""

    DEFAULT_CSS = """
    Prompted {
        height: 1;
        & > Mark { width: 2; }
        & > Field { width: 1fr; }
        & > Aside { width: auto; min-width: 0; padding-left: 2; }
    }
    """

    def __init__(self, field: Widget) -> None:
        super().__init__()
        self.field = field
        self.aside = Aside()

    def compose(self) -> ComposeResult:
        """Mark, field, aside."""
        yield Mark()
        yield self.field
        yield self.aside


class Mark(Inked):
    """Where the keys go."""

    DEFAULT_CSS = "Mark { height: 1; width: 2; }"

    def render(self) -> Content:
        """Draw it."""
        return ink("❯", "key")


class Aside(Inked):
    """A word at the right end of a line."""

    DEFAULT_CSS = "Aside { height: 1; width: auto; }"

    content: reactive[Content] = reactive(BLANK, layout=True)

    def render(self) -> Content:
        """Draw it."""
        return self.content


class Line(Inked):
    """One line, or several, of an overlay."""

    DEFAULT_CSS = "Line { height: auto; }"

    content: reactive[Content] = reactive(BLANK, layout=True)

    def __init__(self, content: Content = BLANK, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Line.content, content)

    def render(self) -> Content:
        """Draw it."""
        return self.content
