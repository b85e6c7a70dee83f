"""Slash commands: their names, then what may stand behind one. All of it comes from the table of commands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from textual.message import Message

from tui.app.commands import Argument, Command
from tui.app.completion.arguments import FindArguments
from tui.app.completion.prompts import PromptSource
from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.fuzzy import fuzzy, fuzzy_name, is_part
from tui.app.slash import BY_SLASH, SlashCall


class CommandSource:
    """Finds commands at the very start of a prompt of one line, and their arguments.

    Args:
        usable: the commands that can be used now, in the order of the list.
        arguments: finds what can stand behind a command, by what its row in the table says of its argument.
        call: makes the message that runs a command.
        prompts: the prompts of the library, which are called by their names, too.
        key_of: the key that is printed beside a command; "" for none.
    """

    SIGN = "/"

    def __init__(
        self,
        usable: Callable[[], Iterable[Command]],
        arguments: Mapping[Argument, FindArguments],
        call: Callable[[SlashCall], Message],
        prompts: PromptSource | None = None,
        key_of: Callable[[Command], str] = lambda command: "",
    ) -> None:
        self._usable = usable
        self._arguments = arguments
        self._call = call
        self._prompts = prompts
        self._key_of = key_of

    def find(self, typed: Typed) -> Suggestions | None:
        """The commands for a name that was begun, or the arguments for one that stands there."""
        if not typed.alone or not typed.before.startswith("/"):
            return None
        name, space, argument = typed.before[1:].partition(" ")
        if not space:
            return self._names(name)
        command = BY_SLASH.get(name.casefold())
        find = self._arguments.get(command.argument) if command is not None else None
        return find(name, argument.lstrip()) if find is not None else None

    def _names(self, query: str) -> Suggestions | None:
        if not all(letter.isalnum() or letter in "-_" for letter in query):
            return None  # a path
        scored = [(_score(query, command), command) for command in self._usable() if command.slash]
        scored = [pair for pair in scored if pair[0]]
        meant = BY_SLASH.get(query.casefold())
        if meant is not None and meant not in [command for _, command in scored]:
            return None  # it has nothing to work on now, which Enter says; another must not run in its place
        if query:
            scored.sort(key=lambda pair: -pair[0])
        rows = [self._row(command, _name(query, command)) for _, command in scored]
        if self._prompts is None or query.casefold() in BY_SLASH:  # what is written out waits for no reading
            return Suggestions(0, rows, f"/{query}")
        found = self._prompts.suggest(query, "/", 0)
        return replace(found, rows=[*rows, *found.rows])

    def _row(self, command: Command, name: str) -> Suggestion:
        return Suggestion(
            f"/{name}",
            command.help,
            self._key_of(command),
            text=f"/{name} " if command.argument else f"/{name}",
            message=lambda: self._call(SlashCall(name, "", command)),
        )


def _name(query: str, command: Command) -> str:
    """The one of a command's names that was begun, else the first one."""
    return max(command.slash, key=lambda name: fuzzy_name(query, name)) if query else command.slash[0]


def _score(query: str, command: Command) -> float:
    """How well a command fits: its names first, then its label, or what it does by four letters in one piece."""
    if not query:
        return 1.0
    name = max(fuzzy_name(query, name) + 2 * name.startswith(query.casefold()) for name in command.slash)
    about = max(fuzzy(query, command.label), fuzzy(query, command.help))
    return max(name, about / 4 if is_part(about) and len(query) > 3 else 0.0)
