"""`chinwag mcp add NAME`: one more MCP server, written into `config.local.toml`; its secrets go to the stored keys."""

from argparse import ArgumentTypeError, Namespace

from tui.bootstrap import server_setup
from tui.commands.arguments import CommandParser
from tui.commands.exit_code import ExitCode
from tui.commands.server_lines import state, target
from tui.errors import UsageError
from tui.paths import shortened
from tui.streams import print_note, print_output


def add_arguments(parser: CommandParser) -> None:
    """Its name, and what to start or whom to ask."""
    add = parser.add_argument
    add("name", metavar="NAME", help="what to call it: small letters, digits, dash, underscore")
    add("--url", default="", metavar="URL", help="the address of a server that speaks streamable HTTP")
    add(
        "--header",
        action="append",
        default=[],
        type=_header,
        metavar="'NAME: VALUE'",
        help="sent to it; may be given again",
    )
    env = "for its environment; without a value, that of the variable when it starts; may be given again"
    add("--env", action="append", default=[], type=_variable, metavar="K[=V]", help=env)
    add("--cwd", default="", metavar="DIR", help="where to start it (default: a folder of its own)")
    add(
        "--timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a call may take without progress (default: 60)",
    )
    add("--off", action="store_true", help="do not switch it on")
    add(
        "--trusted",
        action="store_true",
        help="you vouch for it: it sends nothing on, and nobody else wrote what it says",
    )
    add("--replace", action="store_true", help="write over one of the same name")
    parser.add_rest("COMMAND [ARGUMENT …]", "the program to start; ${VARIABLE} is replaced when it starts")


async def run(arguments: Namespace) -> int:
    """Write it down, and say where, and how to try it."""
    from tui.config import load_config
    from tui.files import expanded
    from tui.mcp.config import LONGEST_TIMEOUT_S, ServerConfig

    if not 0 < arguments.timeout <= LONGEST_TIMEOUT_S:
        raise UsageError(f"--timeout is a number of seconds above 0, at most {LONGEST_TIMEOUT_S}.")
    if not arguments.rest and not arguments.url:
        raise UsageError("What is to be started?", f"chinwag mcp add {arguments.name} -- COMMAND ARGUMENT …")
    server = ServerConfig(
        arguments.name,
        command=tuple(arguments.rest),
        env=dict(arguments.env),
        folder=str(expanded(arguments.cwd).absolute()) if arguments.cwd else "",
        url=arguments.url,
        headers=dict(arguments.header),
        enabled=not arguments.off,
        timeout_s=arguments.timeout,
        trusted=arguments.trusted,
    )
    saved = await server_setup(load_config(arguments.config)).add(server, replace=arguments.replace)
    print_output(f"{saved.server.name}  {target(saved.server)}\n")
    lines = [f"Written into {shortened(saved.file)}"]
    if saved.stored:
        where = shortened(saved.keys_file) if saved.keys_file else "the system's keyring"
        lines.append(f"Its secrets went into {where}: {', '.join(saved.stored)}")
    if (missing := state(saved.server)) and missing != "off":
        lines.append(f"Not ready yet: {missing}")
    print_note("\n".join([*lines, f"Try it: chinwag mcp test {saved.server.name}"]), prefix="")
    return ExitCode.OK


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError("a header is written 'NAME: VALUE'")
    return name.strip(), value.strip()


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    return name, value if equals else f"${{{name}}}"
