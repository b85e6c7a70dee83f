"""The command palette: everything that can be done here, by name, with its key."""

from collections.abc import Sequence

from textual.content import Content

from tui.app.commands import COMMANDS, Command, key_text
from tui.app.screens.picker import Picker
from tui.app.widgets.ink import ink, spread
from tui.app.widgets.model_list import fuzzy
from tui.app.widgets.rows import Row, Rows


class CommandRows(Rows[Command]):
    """A command, what it does, and its key."""

    def draw(self, row: Row[Command], width: int, chosen: bool) -> Content:
        """Draw one command."""
        command = row.value
        name = ink(f"{command.label.capitalize():<16}", "strong" if chosen else "text")
        keys = ink(key_text(command.keys[0]) if command.keys else "", "key")
        left = Content.assemble(name, "  ", ink(command.help, "muted"))
        return Content.assemble("  ", spread(left, keys, width - 4), "  ")


class Palette(Picker[Command]):
    """Dismissed with the full id of the command that was chosen."""

    TITLE_TEXT = "Menu"
    KEYS = (("↵", "do it"), ("↑↓", "move"))
    HINT = "type what you want to do"

    def __init__(self, usable: Sequence[str]) -> None:
        super().__init__(CommandRows())
        self._commands = [command for command in COMMANDS if f"{command.scope}.{command.id}" in usable]

    def find(self, query: str) -> list[Row[Command]]:
        """The commands for what was typed, the best first."""
        query = query.strip()
        scored = [
            (max(fuzzy(query, command.label), fuzzy(query, command.help) / 2) if query else 1.0, command)
            for command in self._commands
        ]
        found = [command for score, command in sorted(scored, key=lambda pair: -pair[0]) if score]
        return [Row(f"{command.scope}.{command.id}", command) for command in found]
