"""Any command of the table, run from anywhere: for the menu and for slash commands.

Knows who owns which scope; what a command does, its owner knows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from tui.app.commands import BY_ID, Command, Scope

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.app.chat.layout import ChatLayout


class CommandScreen(Protocol):
    """The screen, as far as running a command needs it."""

    layout_view: "ChatLayout"

    def can_run(self, command: str) -> bool:
        """Whether a command of the screen could be done now."""

    def action_command(self, command: str, argument: str = "") -> None:
        """Do what a command of the screen says."""

    def open_named(self, wanted: str) -> None:
        """Show the chat that is meant."""


class CommandDispatch:
    """Runs the commands of one chat screen."""

    def __init__(self, screen: CommandScreen) -> None:
        self._screen = screen

    def usable(self) -> Iterator[tuple[str, Command]]:
        """The commands that can be run now, with their full ids, in the order of the table."""
        return ((id, command) for id, command in BY_ID.items() if self.is_usable(id))

    def is_usable(self, id: str) -> bool:
        """Whether a command can be run now, wherever the focus is."""
        command = BY_ID[id]
        match command.scope:
            case "app" | "composer":
                return True
            case "layout":
                return bool(self._screen.layout_view.check_action(command.id, ()))
            case "chat" | "transcript" | "chat_list" | "queue":
                return self._screen.can_run(command.id)
            case _:
                return False

    async def run(self, id: str, argument: str = "") -> None:
        """Run a command, with what was typed behind it; the action of one that takes an argument has one parameter.

        What the menu has of the messages concerns the whole chat; the rest is done to a message.
        """
        command, screen = BY_ID[id], self._screen
        if command.scope in ("chat", "queue") or (command.scope == "transcript" and command.palette):
            screen.action_command(command.id, argument)
        elif id == "layout.chats" and argument:
            screen.open_named(argument)
        elif command.scope == "transcript":
            transcript = screen.layout_view.transcript
            transcript.screen.set_focus(transcript)
            transcript.call_after_refresh(self._run_for_message, command)
        else:
            await self._run_action(command, self._owner(command.scope), argument)

    def _owner(self, scope: Scope) -> "DOMNode":
        layout = self._screen.layout_view
        owners: dict[Scope, DOMNode] = {
            "app": layout.app,
            "layout": layout,
            "composer": layout.composer.area,
            "transcript": layout.transcript,
            "chat_list": layout.chat_list.rows,
        }
        return owners[scope]

    async def _run_action(self, command: Command, owner: "DOMNode", argument: str = "") -> None:
        await self._screen.layout_view.app.run_action(("", command.id, (argument,) if argument else ()), owner)

    async def _run_for_message(self, command: Command) -> None:
        """Run a command of a message for the one that has the focus, and go on writing."""
        transcript = self._screen.layout_view.transcript
        await self._run_action(command, transcript)
        if transcript.has_focus:
            transcript.screen.set_focus(self._screen.layout_view.composer.area)
