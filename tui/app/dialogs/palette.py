"""The command palette: everything that can be done here, by name, with its key."""

from collections.abc import Sequence

from textual.content import Content
from typing_extensions import override

from tui.app.commands import BY_ID, Command
from tui.app.dialogs.picker import Picker
from tui.app.fuzzy import fuzzy
from tui.app.keymap.keymap import Keymap
from tui.app.styles import spread, styled
from tui.app.widgets.list import ListRow, SelectList


class CommandRows(SelectList[Command]):
    """A command, what it does, and its key."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    @override
    def draw(self, row: ListRow[Command], width: int, chosen: bool) -> Content:
        command = row.value
        name = styled(f"{command.label.capitalize():<16}", "strong" if chosen else "text")
        key = styled(self._keymap.shown(row.key), "key")
        left = Content.assemble(name, "  ", styled(command.help, "muted"))
        return Content.assemble("  ", spread(left, key, width - 4), "  ")


class CommandPalette(Picker[Command]):
    """Dismissed with the full id of the command that was chosen, such as "chat.new_chat".

    Args:
        usable: full ids of the commands that can be used now.
        keymap: the keys that stand beside them.
    """

    TITLE = "Menu"
    KEYS = (("↵", "do it"), ("↑↓", "move"))
    HINT = "type what you want to do"

    def __init__(self, usable: Sequence[str], keymap: Keymap = Keymap()) -> None:  # noqa: B008  frozen
        super().__init__(CommandRows(keymap))
        self._commands = {id: command for id, command in BY_ID.items() if id in usable}

    @override
    def find(self, query: str) -> list[ListRow[Command]]:
        """The commands for what was typed, the best first."""
        query = query.strip()
        scored = [(self._score(query, command), ListRow(id, command)) for id, command in self._commands.items()]
        return [row for score, row in sorted(scored, key=lambda pair: -pair[0]) if score]

    @staticmethod
    def _score(query: str, command: Command) -> float:
        return max(fuzzy(query, command.label), fuzzy(query, command.help) / 2) if query else 1.0
