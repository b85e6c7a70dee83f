"""Why a tool may not run, in a word to the model. Enter denies it, with or without a word; escape goes back."""

from textual import on
from textual.app import ComposeResult
from typing_extensions import override

from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.text import clean_line


class DenyCall(Dialog[str]):
    """Dismissed with the word, which may be "", or None where the call waits on.

    Args:
        tool: its name; cleaned here.
    """

    DEFAULT_CSS = """
    DenyCall {
        & #box { width: 76; }
        & #who { margin: 0 0 1 0; }
    }
    """
    TITLE = "Deny"
    KEYS = (("↵", "deny"),)

    def __init__(self, tool: str) -> None:
        super().__init__()
        self._tool = clean_line(tool, 100)
        self.field = Field(placeholder="a word to the model, or nothing", limit=1_000)
        self.show_keys(self.KEYS, "back")

    @override
    def compose_body(self) -> ComposeResult:
        yield Line(styled(f"{self._tool} does not run. The model goes on, and reads why:", "muted"), id="who")
        yield FieldLine(self.field)

    def on_mount(self) -> None:
        """Let the word be typed."""
        self.field.focus()

    @on(Field.Submitted)
    def _deny(self, event: Field.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())

    @on(Field.Cancelled)
    def _go_back(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()
