"""Help: what the keys do, made from the table of commands, and a few sentences around them."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from typing_extensions import override

from tui.app.commands import BY_ID, Command, Scope, key_text
from tui.app.dialogs.base import Dialog
from tui.app.keymap.keymap import Keymap
from tui.app.slash import HINTS
from tui.app.styles import BLANK, join, styled
from tui.app.widgets.line import Line
from tui.chat.slash_line import RULE

_TITLES: dict[Scope, str] = {
    "composer": "Writing",
    "completion": "In the list above it (/ commands, @ files)",
    "chat": "Everywhere in a chat",
    "layout": "Getting around",
    "queue": "In the queue above the composer (alt+q, or a click)",
    "question": "Where a line asks before it sends",
    "approval": "Where a tool waits for your yes or no (alt+w, or a click)",
    "transcript": "In the messages (esc, or a click)",
    "list": "In every list",
    "chat_list": "In the list of chats",
    "settings": "In the settings",
    "compare": "In a comparison (/compare, or the menu)",
    "found": "Where models are found (menu: find models), while nothing is written",
    "app": "The app",
}
_INTRODUCTION = (
    "Write, and press Enter. The model's answer comes in above; you can go on writing meanwhile. "
    "Everything is saved as it arrives. Switch to any other model at any time: it gets the whole conversation."
)
_FILES = (
    "@ and a few letters attach a file, a folder or an address. @src/ goes into a folder, @~/, @/ and @../ elsewhere, "
    "@. shows what is hidden."
)
_MARKS = (
    "Beside a chat of the list: ? a tool waits for you, ● a reply comes in, ✎ something is written and not sent, ◆ an "
    "answer has come that you have not seen; ✓ before it: it is marked for the next key. ★ heads the pinned ones."
)
_FIGURES = "In the meter, ≈ marks an estimate and — a figure that nobody has told."
_KEYS_CELLS = 24


class Help(Dialog[None]):
    """The keys of every place, and what the signs of the meter mean.

    Args:
        keymap: the keys.
    """

    DEFAULT_CSS = """
    Help {
        & #box { width: 92; height: 90%; }
        & #body { height: 1fr; }
        & Line { padding-right: 2; }
    }
    """
    TITLE = "Help"
    KEYS = (("↑↓", "scroll"),)

    def __init__(self, keymap: Keymap = Keymap()) -> None:  # noqa: B008  frozen
        super().__init__()
        self._keymap = keymap
        self._page = VerticalScroll()

    @override
    def compose_body(self) -> ComposeResult:
        with self._page:
            yield Line(styled(_INTRODUCTION, "text"))
            for scope, title in _TITLES.items():
                ids = [id for id, command in BY_ID.items() if command.scope == scope and self._keymap[id]]
                rows = [_row(self._keymap[id], BY_ID[id].help) for id in ids]
                rows += [styled(_MARKS, "text")] if scope == "chat_list" else []
                yield Line(Content("\n").join([BLANK, styled(title, "markup-strong"), *rows]))
            commands = [_slash_row(command) for command in BY_ID.values() if command.slash]
            heading = styled("Commands, by name", "markup-strong")
            yield Line(Content("\n").join([BLANK, heading, styled(RULE, "text"), *commands]))
            yield Line(Content("\n").join([BLANK, styled(_FILES, "text"), BLANK, styled(_FIGURES, "muted")]))

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self._page.focus()


def _slash_row(command: Command) -> Content:
    name, hint = f"/{command.slash[0]}", HINTS.get(command.argument, "")
    left = join([styled(name, "key"), styled(hint, "muted")])
    return Content.assemble(left, " " * max(_KEYS_CELLS - left.cell_length, 2), styled(command.help, "text"))


def _row(keys: Sequence[str], help: str) -> Content:
    drawn = join([styled(key_text(key), "key") for key in keys], 2)
    return Content.assemble(drawn, " " * max(_KEYS_CELLS - drawn.cell_length, 2), styled(help, "text"))
