"""The field for an API key: shows how much was pasted, never what. Nothing can be selected in it or copied from it."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from tui.app.widgets.ink import Inked, ink, join

_LONGEST = 4096
_DOTS = 24


class KeyField(Inked, can_focus=True):
    """Takes a pasted or typed key. Backspace takes the last one back, ctrl+u all of it.

    An `Input` would post the value in its messages, and has a selection and a clipboard.
    """

    DEFAULT_CSS = "KeyField { height: 1; width: 1fr; }"

    length: reactive[int] = reactive(0)

    class Changed(Message):
        """There is more in the field, or less."""

    class Submitted(Message):
        """Enter was pressed."""

    class Left(Message):
        """Escape was pressed."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self._placeholder = placeholder
        self._signs: list[str] = []

    def take(self) -> str:
        """What stands in the field; the caller wraps it at once."""
        return "".join(self._signs)

    def forget(self) -> None:
        """Empty the field."""
        self._signs.clear()
        self._changed()

    def render(self) -> Content:
        """Draw dots and a count."""
        cursor = ink("▏", "key") if self.has_focus else Content("")
        if not self.length:
            return Content.assemble(cursor, ink(self._placeholder, "muted"))
        dots = Content.assemble(ink("•" * min(self.length, _DOTS), "text"), cursor)
        return join([dots, ink(f"{self.length} characters", "muted")], 2)

    def _changed(self) -> None:
        self.length = len(self._signs)
        self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        """Take characters and the few keys that act here."""
        match event.key:
            case "enter":
                self.post_message(self.Submitted())
            case "escape":
                self.post_message(self.Left())
            case "backspace":
                del self._signs[-1:]
                self._changed()
            case "ctrl+u" | "ctrl+w":
                self.forget()
            case _ if event.is_printable and event.character and len(self._signs) < _LONGEST:
                self._signs.append(event.character)
                self._changed()
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Take what was pasted."""
        event.stop()
        self._signs += event.text[: _LONGEST - len(self._signs)]
        self._changed()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Show none."""
        self.refresh()
