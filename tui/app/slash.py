"""A prompt that is a command: "/model gpt". Which commands there are, and how they are called, says the table. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.app.commands import COMMANDS
from tui.chat.slash_line import slash_line, takes_nothing, unknown_command
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.commands import Argument, Command

HINTS: Mapping["Argument", str] = {
    "model": "name", "models": "model model prompt", "effort": "level", "chat": "name", "theme": "name",
    "export": "format path", "path": "path or address", "import": "path", "address": "URL", "text": "text",
    "new": "temp",
}  # fmt: skip
"""What may stand behind a command, in a word or two."""

BY_SLASH: dict[str, "Command"] = {name: command for command in COMMANDS for name in command.slash}


@dataclass(frozen=True, slots=True)
class SlashCall:
    """A command as it was typed: "/model gpt" has the name "model" and the argument "gpt".

    Attributes:
        command: None when no command has that name.
    """

    name: str
    argument: str
    command: "Command | None"

    @property
    def problem(self) -> str:
        """Why it cannot be done as it was typed, and what to do, in a sentence or two; "" when it can."""
        if self.command is None:
            return unknown_command(self.name, BY_SLASH)
        if self.argument and not self.command.argument:
            return takes_nothing(self.name)
        return ""


def slash_call(text: str) -> SlashCall | None:
    """A prompt read as a command, see `slash_line`; None when it is to be sent."""
    read = slash_line(text)
    return SlashCall(*read, BY_SLASH.get(read[0].casefold())) if read else None
