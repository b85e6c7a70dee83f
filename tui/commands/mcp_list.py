"""`chinwag mcp list`: the MCP servers that are configured; none is started."""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.commands.server_lines import state, target
from tui.commands.table import table
from tui.installed import how_to_get
from tui.paths import shortened
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.mcp.config import ServerConfig


def add_arguments(parser: ArgumentParser) -> None:
    """As what."""
    parser.add_argument("--json", action="store_true", help="for programs; values of env and headers are left out")


async def run(arguments: Namespace) -> int:
    """Print a line for each: its name, what is started or asked, and what it lacks."""
    from tui.config import load_config
    from tui.mcp.readiness import sdk_installed

    servers = load_config(arguments.config).servers
    if arguments.json:
        print_output(json.dumps([_facts(server) for server in servers], indent=2) + "\n")
        return ExitCode.OK
    if servers:
        print_output(table([(one.name, target(one, 100), _state(one), shortened(one.place)) for one in servers]))
        if not sdk_installed():
            print_note(f"They need a package: {how_to_get('mcp')}")
    else:
        lines = ("There are no MCP servers yet.", "Add one: chinwag mcp add time -- uvx mcp-server-time")
        print_note("\n".join((*lines, "Or take over those of other programs: chinwag mcp import")), prefix="")
    return ExitCode.OK


def _state(server: "ServerConfig") -> str:
    return " · ".join(filter(None, (state(server), "trusted" if server.trusted else "")))


def _facts(server: "ServerConfig") -> dict[str, object]:
    from tui.mcp.readiness import lacking
    from tui.mcp.secrets import masked

    shown = masked(server)
    return {
        "name": server.name,
        "kind": server.kind,
        "command": list(shown.command),
        "cwd": server.folder,
        "env": list(server.env),
        "url": shown.url,
        "headers": list(server.headers),
        "enabled": server.enabled,
        "trusted": server.trusted,
        "timeout": server.timeout_s,
        "lacking": lacking(server),
        "place": server.place,
    }
