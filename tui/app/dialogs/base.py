"""The one box in the product: a dialog floats over the faded screen, its title in the top edge, its keys in the bottom.

Knows nothing of what stands in it; subclasses fill it, and dismiss it with their result.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen, ScreenResultType
from typing_extensions import override

from tui.app.closed_widgets import release_watchers
from tui.app.keymap.keymap import take_keys
from tui.app.styles import BLANK, STYLE_CLASSES, StyledText, fit, join, key_hint, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.notices import StandingNotice
from tui.app.widgets.secret_field import SecretField
from tui.dataclass import dataclass

Keys = Sequence[tuple[str, str]]
"""Each key as it is printed, and what it does: `("↵", "write")`."""


class DialogEdge(StyledText):
    """The top or bottom edge of a dialog, with text in it.

    Args:
        corners: the left and the right one, such as "╭╮".
    """

    DEFAULT_CSS = "DialogEdge { height: 1; width: 1fr; }"

    @dataclass
    class Clicked(Message):
        """The edge was clicked, so many cells from its left end."""

        edge: "DialogEdge"
        column: int

        @property
        def control(self) -> "DialogEdge":
            """The edge."""
            return self.edge

    # Always: contents of one text are equal, whatever their styles (Textual 8.2.8).
    left: reactive[Content] = reactive(BLANK, always_update=True)
    right: reactive[Content] = reactive(BLANK, always_update=True)

    def __init__(self, corners: str) -> None:
        super().__init__()
        self._corners = corners

    @override
    def render(self) -> Content:
        """Draw `╭─ left ──── right ─╮`; what does not fit gives way, the right first."""
        width = self.size.width - 4
        left, right = self.left, self.right
        if left.cell_length + right.cell_length + 6 > width:
            right = BLANK
        left, right = _padded(fit(left, width - 2)), _padded(right)
        rule = styled("─" * (width - left.cell_length - right.cell_length), "edge")
        first, last = styled(f"{self._corners[0]}─", "edge"), styled(f"─{self._corners[1]}", "edge")
        return Content.assemble(first, left, rule, right, last)

    def on_click(self, event: events.Click) -> None:
        """Report where."""
        self.post_message(self.Clicked(self, event.x))


def _padded(content: Content) -> Content:
    return Content.assemble(" ", content, " ") if content.cell_length else BLANK


class FieldLine(Horizontal):
    """The line of a dialog on which something is typed: `❯`, the field, and a remark at the right."""

    DEFAULT_CSS = """
    FieldLine {
        height: 1;
        & > .prompt { width: 2; }
        & > .remark { width: auto; height: 1; min-width: 0; padding-left: 2; }
    }
    """

    def __init__(self, field: Field | SecretField) -> None:
        super().__init__()
        self.field = field
        self.remark = Line(classes="remark")

    @override
    def compose(self) -> ComposeResult:
        yield Line(styled("❯", "key"), classes="prompt")
        yield self.field
        yield self.remark


class Dialog(ModalScreen[ScreenResultType]):
    """A box over the screen. Escape dismisses it with `None`."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        overflow: hidden;
        & #box { width: 84; max-width: 100%; height: auto; max-height: 100%; }
        & #body { height: auto; padding: 1 0; }
        &.-h14 #body { max-height: 85vh; overflow-y: auto; }
        &.-h8 #body { max-height: 80vh; overflow-y: auto; padding: 0; }
    }
    """
    CSS_PATH = "dialogs.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("ctrl+z", "app.suspend", show=False),
    ]
    KEYS: ClassVar[Keys] = ()
    """What the keys do here; escape is added."""

    def __init__(self) -> None:
        super().__init__()
        self.top = DialogEdge("╭╮")
        self.bottom = DialogEdge("╰╯")
        self.show_keys(self.KEYS)

    @override
    def compose(self) -> ComposeResult:
        self.top.left = styled(self.title or "", "strong")
        yield StandingNotice()
        with Vertical(id="box"):
            yield self.top
            with Vertical(id="body"):
                yield from self.compose_body()
            yield self.bottom

    def compose_body(self) -> ComposeResult:
        """The widgets between the edges."""
        raise NotImplementedError

    def show_keys(self, keys: Keys, close: str = "close") -> None:
        """Put the keys that act here into the bottom edge; `close` is what escape does."""
        self.bottom.left = join([key_hint(key, label) for key, label in keys], 3)
        self.bottom.right = key_hint("esc", close)

    def on_mount(self) -> None:
        """Take the keys that the person has chosen."""
        take_keys(self)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        release_watchers(self.app)

    def action_close(self) -> None:
        """Leave without a result."""
        self.dismiss(None)
