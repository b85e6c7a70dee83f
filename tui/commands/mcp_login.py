"""`chinwag mcp login NAME`: the sign-in to an MCP server that wants one. The page is shown; the person opens it."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.bootstrap import open_servers, server_setup
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError, UsageError
from tui.figures import counted
from tui.streams import print_note

if TYPE_CHECKING:
    from tui.mcp.hooks import NoHooks

_PATIENCE_S = 900.0
"""Longer than the client waits for a sign-in, which then says so."""


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("name", metavar="SERVER", help="as chinwag mcp list has it")


async def run(arguments: Namespace) -> int:
    """Start it, show where to sign in, and wait until that is done."""
    from tui.config import load_config
    from tui.mcp.hooks import NoHooks

    class Shown(NoHooks):
        """Shows the address; all else is declined.

        Attributes:
            asked: whether the server wanted a sign-in.
        """

        asked = False

        async def authorize(self, server: str, url: str) -> None:
            self.asked = True
            print_note(f"Open this page, and sign in to {server}:\n{url}", prefix="")

    config = load_config(arguments.config)
    server = replace(server_setup(config).named(arguments.name), enabled=True)
    if server.kind != "http":
        raise UsageError(f"{server.name} is a program of this machine: there is no sign-in.")
    hooks = Shown()
    async with open_servers(replace(config, servers=(server,)), hooks) as servers:
        (status,) = await servers.ready([server.name], _PATIENCE_S)
    if status.state != "ready":
        raise ChinwagError(status.problem or f"{server.name} is not ready yet.", status.hint)
    done = f"Signed in to {server.name}" if hooks.asked else f"{server.name} needs no sign-in now"
    print_note(f"{done}: {counted(status.tools, 'tool')}.", prefix="")
    return ExitCode.OK


def sign_in_elsewhere() -> "NoHooks":
    """Who answers servers where nobody can sign in: it says how."""
    from tui.mcp.hooks import NoHooks
    from tui.mcp.values import McpError

    class SignInElsewhere(NoHooks):
        """Nobody is there: a sign-in names the command for it, all else is declined."""

        async def authorize(self, server: str, url: str) -> None:
            raise McpError(f"{server} wants a sign-in.", f"Run: chinwag mcp login {server}")

    return SignInElsewhere()
