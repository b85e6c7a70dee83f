"""A dialog for a longer text, such as the system prompt of a chat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import TextArea
from typing_extensions import override

from tui.app.dialogs.base import Dialog


class TextEditor(Dialog[str]):
    """Dismissed with the text to keep, or None when it stays as it was.

    Args:
        hint: an example, shown while there is no text.
    """

    DEFAULT_CSS = """
    TextEditor {
        & #box { width: 92; height: 70%; }
        & #body { height: 1fr; }
        & TextArea, & TextArea:focus { border: none; background: transparent; height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f5", "keep", show=False)]
    KEYS = (("^S", "keep"),)

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        self.title = title
        self._area = TextArea(
            text, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=Content(hint)
        )

    @override
    def compose_body(self) -> ComposeResult:
        yield self._area

    def on_mount(self) -> None:
        """Go on at the end of the text."""
        self._area.focus()
        self._area.move_cursor(self._area.document.end)

    def action_keep(self) -> None:
        """Take the text as it stands, without the space around it."""
        self.dismiss(self._area.text.strip())
