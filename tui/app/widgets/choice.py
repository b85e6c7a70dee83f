"""One of a few values on one line: left and right, space or a click go through them."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import StyledText, styled
from tui.dataclass import dataclass
from tui.text import clean_line


class Choice(StyledText, can_focus=True):
    """Shows the value that is chosen, between the signs of its keys while it has the focus.

    Args:
        values: at least one; raw, drawn cleaned.
    """

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
    ]

    index: reactive[int] = reactive(0)

    @dataclass
    class Changed(Message):
        """Another value is chosen."""

        value: str

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__()
        self._values = tuple(values)

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._values[self.index]

    @override
    def render(self) -> Content:
        value = styled(clean_line(self.value, 60), "strong")
        count = styled(f"  {self.index + 1}/{len(self._values)}", "muted")
        if not self.has_focus:
            return Content.assemble(value, count)
        return Content.assemble(styled("◂ ", "key"), value, styled(" ▸", "key"), count)

    def watch_index(self) -> None:
        """Report the value."""
        if self.is_mounted:
            self.post_message(self.Changed(self.value))

    def action_step(self, by: int) -> None:
        """Choose the next value, or the one before; behind the last comes the first."""
        self.index = (self.index + by) % len(self._values)

    def on_click(self) -> None:
        """Choose the next value."""
        self.action_step(1)

    def on_focus(self) -> None:
        """Show the signs."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the signs."""
        self.refresh()
