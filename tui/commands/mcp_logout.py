"""`chinwag mcp logout NAME`: the sign-in to an MCP server, forgotten here; the server may know of it until it ends."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import server_setup
from tui.commands.exit_code import ExitCode
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("name", metavar="SERVER", help="as chinwag mcp list has it")


async def run(arguments: Namespace) -> int:
    """Forget its tokens."""
    from tui.config import load_config

    was = await server_setup(load_config(arguments.config)).sign_out(arguments.name)
    name = arguments.name
    print_note(f"The sign-in to {name} is forgotten." if was else f"There was no sign-in to {name}.", prefix="")
    return ExitCode.OK
