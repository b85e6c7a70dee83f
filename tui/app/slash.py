"""A prompt that is a command: "/model gpt". Which commands there are, and how they are called, says the table. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tui.app.commands import COMMANDS, Argument, Command

RULE = (
    "A line that begins with / and a name is a command, and never sent. A path such as /usr/bin/x, a text of several "
    "lines, and a line with a space in front are sent as they are."
)
HINTS: Mapping[Argument, str] = {
    "model": "name", "models": "model model prompt", "effort": "level", "chat": "name", "theme": "name",
    "export": "format path", "path": "path or address", "import": "path", "text": "text",
    "new": "temp",
}  # fmt: skip
"""What may stand behind a command, in a word or two."""

BY_SLASH: dict[str, Command] = {name: command for command in COMMANDS for name in command.slash}

_SLASH_CALL = re.compile(r"/([^\W\d_][\w-]*)(?:[ \t]+(.*))?")


@dataclass(frozen=True, slots=True)
class SlashCall:
    """A command as it was typed: "/model gpt" has the name "model" and the argument "gpt".

    Attributes:
        command: None when no command has that name.
    """

    name: str
    argument: str
    command: Command | None

    @property
    def problem(self) -> str:
        """Why it cannot be done as it was typed, and what to do, in a sentence or two; "" when it can."""
        literally = "With a space in front it is sent as it is."
        if self.command is None:
            from difflib import get_close_matches

            near = get_close_matches(self.name.casefold(), BY_SLASH, 1)
            instead = f"Did you mean /{near[0]}?" if near else "/help lists them."
            return f"There is no command /{self.name}. {instead} {literally}"
        if self.argument and not self.command.argument:
            return f"/{self.name} takes nothing behind it. {literally}"
        return ""


def slash_call(text: str) -> SlashCall | None:
    """A prompt read as a command; None when it is to be sent.

    A command is one line of which the first word is "/" and a name. A path such as "/usr/bin/x", a text of several
    lines, and all that begins with a space are prompts.
    """
    match = _SLASH_CALL.fullmatch(text.rstrip())
    return SlashCall(match[1], (match[2] or "").strip(), BY_SLASH.get(match[1].casefold())) if match else None
