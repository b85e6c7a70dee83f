"""An overlay for a longer text, such as the system prompt of a chat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import TextArea

from tui.app.screens.overlay import Overlay


class Words(Overlay[str]):
    """Dismissed with the text to keep, or None when it stays as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f5", "keep", show=False)]
    KEYS = (("^S", "keep"),)

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        self.TITLE_TEXT = title
        self._area = TextArea(
            text, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content(hint)
        )

    def body(self) -> ComposeResult:
        """The text."""
        yield self._area

    def on_mount(self) -> None:
        """Go on at the end of the text."""
        self._area.focus()
        self._area.move_cursor(self._area.document.end)

    def action_keep(self) -> None:
        """Take the text as it stands."""
        self.dismiss(self._area.text.strip())
