"""`chinwag mcp remove NAME`: an MCP server that is not wanted any more, with its stored keys and its sign-in."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import server_setup
from tui.commands.exit_code import ExitCode
from tui.commands.server_lines import target
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("names", nargs="+", metavar="SERVER", help="as chinwag mcp list has it")


async def run(arguments: Namespace) -> int:
    """Take each out of `config.local.toml`."""
    from tui.config import load_config

    setup = server_setup(load_config(arguments.config))
    for name in arguments.names:
        setup.named(name)  # all or none
    for name in dict.fromkeys(arguments.names):
        print_note(f"Removed: {name}  {target(await setup.remove(name))}", prefix="")
    return ExitCode.OK
