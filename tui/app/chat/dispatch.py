"""Any command of the table, run from anywhere: for the menu and for slash commands.

Knows who owns which scope; what a command does, its owner knows.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tui.app.commands import BY_ID

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.app.chat.chat_commands import ChatCommands
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.host import Host
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.opening import ChatOpener
    from tui.app.commands import Command, Scope
    from tui.app.slash import SlashCall


class CommandDispatch:
    """Runs the commands of one chat screen."""

    def __init__(
        self, host: "Host", layout: "ChatLayout", commands: "ChatCommands", chats: "ChatOpener", drafts: "Drafts"
    ) -> None:
        self._host = host
        self._layout = layout
        self._commands = commands
        self._chats = chats
        self._drafts = drafts

    def usable(self) -> Iterator[tuple[str, "Command"]]:
        """The commands that can be run now, with their full ids, in the order of the table."""
        return ((id, command) for id, command in BY_ID.items() if self.is_usable(id))

    def is_usable(self, id: str) -> bool:
        """Whether a command can be run now, wherever the focus is."""
        command = BY_ID[id]
        match command.scope:
            case "app" | "composer":
                return True
            case "layout" if command.id != "find":
                return bool(self._layout.check_action(command.id, ()))
            case "layout" | "chat" | "transcript" | "chat_list" | "queue":
                return self._commands.can_run(command.id)
            case _:
                return False

    async def run(self, id: str, argument: str = "") -> None:
        """Run a command, with what was typed behind it; the action of one that takes an argument has one parameter.

        What the menu has of the messages concerns the whole chat; the rest is done to a message.
        """
        command = BY_ID[id]
        if command.scope in ("chat", "queue") or (command.scope == "transcript" and command.palette):
            self._commands.run(command.id, argument)
        elif id == "layout.chats" and argument:
            self._chats.open_named(argument)
        elif command.scope == "transcript":
            transcript = self._layout.transcript
            transcript.screen.set_focus(transcript)
            transcript.call_after_refresh(self._run_for_message, command)
        elif command.scope == "chat_list":
            self._layout.chat_list.rows.action_act(command.id)
        else:
            await self._run_action(command, self._owner(command.scope), argument)

    async def run_typed(self, call: "SlashCall") -> None:
        """Run a command that was typed behind "/", or say why not; one with an argument comes back to be mended."""
        command = call.command
        if call.problem or command is None:
            self._host.refuse(call.problem)
            return
        id = f"{command.scope}.{command.id}"
        with self._drafts.trying(f"/{call.name} {call.argument}") if call.argument else nullcontext():
            if self.is_usable(id):
                await self.run(id, call.argument)
            else:
                self._host.refuse(self._commands.why_not(command.id) or f"/{call.name} has nothing to work on now")

    def _owner(self, scope: "Scope") -> "DOMNode":
        layout = self._layout
        owners: dict[Scope, DOMNode] = {
            "app": layout.app,
            "layout": layout,
            "composer": layout.composer.area,
            "transcript": layout.transcript,
        }
        return owners[scope]

    async def _run_action(self, command: "Command", owner: "DOMNode", argument: str = "") -> None:
        await self._layout.app.run_action(("", command.id, (argument,) if argument else ()), owner)

    async def _run_for_message(self, command: "Command") -> None:
        """Run a command of a message for the one that has the focus, and go on writing."""
        transcript = self._layout.transcript
        await self._run_action(command, transcript)
        if transcript.has_focus:
            transcript.screen.set_focus(self._layout.composer.area)
