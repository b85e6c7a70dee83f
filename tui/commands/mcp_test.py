"""`chinwag mcp test NAME …`: MCP servers started for real, side by side: what each offers, and how long it took.

Nothing is called and no model is asked. What a server says of itself is drawn, and not believed.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from tui.bootstrap import open_servers, server_setup
from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.figures import counted, seconds
from tui.streams import print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.mcp.servers import McpServers
    from tui.mcp.values import McpTool, ServerStatus

_START_S = 100.0
"""Three stages may take half a minute each."""
_MOST_ROWS = 200


def add_arguments(parser: ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("names", nargs="+", metavar="SERVER", help="as chinwag mcp list has it; also one that is off")


async def run(arguments: Namespace) -> int:
    """Print what each offers; exit code 1 when one is not ready."""
    from tui.commands.mcp_login import sign_in_elsewhere
    from tui.config import load_config

    config = load_config(arguments.config)
    setup = server_setup(config)
    names = list(dict.fromkeys(arguments.names))
    chosen = tuple(replace(setup.named(name), enabled=True) for name in names)
    took: dict[str, float] = {}
    async with open_servers(replace(config, servers=chosen), sign_in_elsewhere()) as servers:
        begun = monotonic()

        def note(name: str) -> None:
            if servers.status(name).state != "starting":
                took.setdefault(name, monotonic() - begun)

        servers.listen(note)
        statuses = await servers.ready(names, _START_S)
        for status in statuses:
            print_output("".join(f"{line}\n" for line in _lines(servers, status, took.get(status.name))))
    return ExitCode.OK if all(status.state == "ready" for status in statuses) else ExitCode.FAILED


def _lines(servers: "McpServers", status: "ServerStatus", took_s: float | None) -> Iterator[str]:
    if status.state != "ready":
        problem = status.problem or f"{status.name} is not ready yet."
        words = f"{problem}{'' if problem.endswith(('.', '!', '?', '…')) else '.'} {status.hint}".rstrip()
        yield f"✗ {clean_line(words, 400)}"
        return
    offers = (
        counted(count, noun)
        for count, noun in ((status.tools, "tool"), (status.resources, "resource"), (status.prompts, "prompt"))
    )
    facts = (clean_line(status.version, 60), f"MCP {clean_line(status.protocol, 20)}", *offers, seconds(took_s))
    yield f"✓ {status.name}  {' · '.join(fact for fact in facts if fact)}"
    if status.problem:
        yield f"  ! {clean_line(status.problem, 200)}"
    rows = [("tool", tool.name, _hints(tool), tool.description or tool.title) for tool in servers.tools(status.name)]
    rows += [
        (
            "template" if one.is_template else "resource",
            one.uri,
            one.media_type,
            one.title or one.description or one.name,
        )
        for one in servers.resources(status.name)
    ]
    for prompt in servers.prompts(status.name):
        wanted = " ".join(one.name if one.required else f"[{one.name}]" for one in prompt.arguments)
        rows.append(("prompt", prompt.name, wanted, prompt.description or prompt.title))
    if rows:
        cells = [
            (kind, clean_line(name, 60), clean_line(note, 40), clean_line(text, 100)) for kind, name, note, text in rows
        ]
        yield from (f"  {line}" for line in table(cells[:_MOST_ROWS]).splitlines())
    if len(rows) > _MOST_ROWS:
        yield f"  … and {len(rows) - _MOST_ROWS} more"


def _hints(tool: "McpTool") -> str:
    """What it says of itself, of which nothing need be true."""
    hints = ["says it only reads"] if tool.read_only else ["may destroy"] if tool.destructive else []
    return ", ".join([*hints, *(["goes outside"] if tool.open_world else [])])
