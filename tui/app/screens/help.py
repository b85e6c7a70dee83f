"""Help: what the keys do, made from the table of commands, and a few words around them."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui.app.commands import COMMANDS, Command, Scope, key_text
from tui.app.screens.overlay import Line, Overlay
from tui.app.widgets.ink import ink, join

_TITLES: dict[Scope, str] = {
    "composer": "Writing",
    "chat": "Everywhere in a chat",
    "frame": "Getting around",
    "transcript": "In the messages (esc, or a click)",
    "history": "In the list of chats",
    "settings": "In the settings",
    "first": "Where models are found (menu: find models)",
    "app": "The app",
}
_WORDS = (
    "Write, and press Enter. The model's answer comes in above; you can go on writing meanwhile. "
    "Everything is saved as it arrives. Switch to any other model at any time: it gets the whole conversation."
)
_FIGURES = "In the meter, ≈ marks an estimate and — a figure that nobody has told."


class Help(Overlay[None]):
    """The keys of every place, and what the signs mean."""

    TITLE_TEXT = "Help"
    KEYS = (("↑↓", "scroll"),)

    def __init__(self) -> None:
        super().__init__()
        self._page = VerticalScroll()

    def body(self) -> ComposeResult:
        """All of it, to scroll."""
        with self._page:
            yield Line(ink(_WORDS, "text"))
            for scope, title in _TITLES.items():
                lines = [_line(command) for command in COMMANDS if command.scope == scope and command.keys]
                yield Line(Content("\n").join([Content(""), ink(title, "markup-strong"), *lines]))
            yield Line(Content("\n").join([Content(""), ink(_FIGURES, "muted")]))

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self._page.focus()


def _line(command: Command) -> Content:
    keys = [ink(key_text(key), "key") for key in command.keys]
    width = sum(key.cell_length for key in keys) + 2 * (len(keys) - 1)
    return Content.assemble(join(keys, 2), " " * max(24 - width, 2), ink(command.help, "text"))
