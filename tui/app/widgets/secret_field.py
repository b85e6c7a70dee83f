"""The field for an API key: shows how much was pasted, never what. Nothing can be selected in it or copied from it."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, styled

_LONGEST = 4096
_DOTS = 24


class SecretField(StyledText, can_focus=True):
    """Takes a pasted or typed secret. Backspace takes back the last character, ctrl+u all of them.

    An `Input` would post the value in its messages, and has a selection and a clipboard.
    """

    DEFAULT_CSS = "SecretField { height: 1; width: 1fr; }"

    length: reactive[int] = reactive(0)
    """How many characters stand in the field."""

    class Changed(Message):
        """There is more in the field, or less."""

    class Submitted(Message):
        """Enter was pressed."""

    class Cancelled(Message):
        """Escape was pressed."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self._placeholder = placeholder
        self._characters: list[str] = []

    def reveal(self) -> str:
        """The secret itself, for the caller to wrap at once."""
        return "".join(self._characters)

    def clear(self) -> None:
        """Forget what was typed."""
        self._characters.clear()
        self._changed()

    @override
    def render(self) -> Content:
        cursor = styled("▏", "key") if self.has_focus else BLANK
        if not self.length:
            return Content.assemble(cursor, styled(self._placeholder, "muted"))
        dots = Content.assemble(styled("•" * min(self.length, _DOTS), "text"), cursor)
        return join([dots, styled(f"{self.length} characters", "muted")], 2)

    def _changed(self) -> None:
        self.length = len(self._characters)
        self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        """Take characters and the few keys that act here; any other key is for the dialog."""
        match event.key:
            case "enter":
                self.post_message(self.Submitted())
            case "escape":
                self.post_message(self.Cancelled())
            case "backspace":
                del self._characters[-1:]
                self._changed()
            case "ctrl+u" | "ctrl+w":
                self.clear()
            case _ if event.is_printable and event.character and len(self._characters) < _LONGEST:
                self._characters.append(event.character)
                self._changed()
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Add what was pasted, as far as there is room."""
        event.stop()
        self._characters += event.text[: _LONGEST - len(self._characters)]
        self._changed()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()
