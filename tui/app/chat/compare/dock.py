"""What stands below the columns: what can be done now in a line, where a prompt is written, the keys."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from typing_extensions import override

from tui.app.styles import BLANK, styled
from tui.app.widgets.composer import ComposerGutter
from tui.app.widgets.footer import Footer
from tui.app.widgets.line import Line
from tui.app.widgets.prompt_area import PromptArea

MOST_ROWS = 6


class WriterArea(PromptArea):
    """The text of it.

    Attributes:
        picked: an answer was picked: what is written goes out in the chat, to which Enter leads where nothing is.
    """

    picked = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.prompt

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        leads_back = action == "send" and self.picked and self.is_empty
        return not leads_back and super().check_action(action, parameters)


class Writer(Horizontal):
    """Where the prompt is written that goes to all."""

    DEFAULT_CSS = f"""
    Writer {{
        height: auto;
        background: $panel;
        & > PromptArea {{ max-height: {MOST_ROWS}; margin-right: 2; }}
    }}
    """

    def __init__(self) -> None:
        super().__init__()
        self.area = WriterArea()
        self._gutter = ComposerGutter()

    @override
    def compose(self) -> ComposeResult:
        yield self._gutter
        yield self.area

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The keys come here."""
        self._gutter.active = True

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """They go elsewhere."""
        self._gutter.active = False


class CompareDock(Vertical):
    """The line, the writer and the footer."""

    DEFAULT_CSS = """
    CompareDock {
        height: auto;
        background: $surface;
        & > #said { height: 1; background: $panel; padding: 0 2 0 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = Line(id="said")
        self.writer = Writer()
        self.footer = Footer()

    @override
    def compose(self) -> ComposeResult:
        yield self._said
        yield self.writer
        yield self.footer

    @property
    def room(self) -> int:
        """Cells for what is said."""
        return max(0, self.size.width - 4)

    def say(self, content: Content) -> None:
        """Say what can be done now, or what was done."""
        bar = styled("▌ ", "bar-you") if content.cell_length else BLANK
        self._said.content = Content.assemble(bar, content)
