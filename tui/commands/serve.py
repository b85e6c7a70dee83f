"""`chinwag serve`: the app in a browser, for this machine, or for others that have the token."""

import os
import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from tui.commands.arguments import CommandParser, file_path
from tui.commands.exit_code import ExitCode
from tui.errors import ConfigError, UsageError
from tui.files import read_regular
from tui.installed import how_to_get
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.web.address import Address

_VARIABLE = "CHINWAG_SERVE_TOKEN"
_SHORTEST, _LONGEST = 16, 1000
_MOST_TABS = 100


def add_arguments(parser: CommandParser) -> None:
    """Where, for whom, and what the app is told."""
    add = parser.add_argument
    add(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1, this machine only)"
    )
    add("--port", type=int, default=8000, metavar="N", help="at which port (default: 8000; 0 for any that is free)")
    token = f"a private file with the token, instead of {_VARIABLE} or a new one each time"
    add("--token-file", type=file_path, metavar="FILE", help=token)
    add("--public-url", default="", metavar="URL", help="how a proxy is reached that serves it with TLS")
    add("--cert", type=file_path, metavar="FILE", help="a certificate with its chain (PEM), to speak TLS here")
    add("--key", type=file_path, metavar="FILE", help="the certificate's key, if it is a file of its own")
    add("--tabs", type=int, default=8, metavar="N", help="how many tabs there may be at once (default: 8)")
    parser.usage = "chinwag serve [OPTIONS] [-- OPTION …]"
    parser.add_rest("OPTION …", "options of the app in each tab, such as: -m MODEL")


async def run(arguments: Namespace) -> int:
    """Serve until ctrl+c."""
    if sys.platform == "win32":
        raise UsageError("The app in a browser does not run on Windows yet.", "It does in WSL.")
    if not (find_spec("aiohttp") and find_spec("textual_serve")):
        raise UsageError("The app in a browser needs a package.", how_to_get("web"))
    from tui.web.address import Address, is_loopback, public_origin
    from tui.web.server import Serving, serve

    if not 0 <= arguments.port <= 65535 or not 1 <= arguments.tabs <= _MOST_TABS:
        raise UsageError(f"--port is a number up to 65535, --tabs one from 1 to {_MOST_TABS}.")
    if arguments.key and not arguments.cert:
        raise UsageError("--key belongs to a certificate.", "Name that, too: --cert FILE")
    public = public_origin(arguments.public_url) if arguments.public_url else ""
    address = Address(arguments.host, arguments.port, bool(arguments.cert), public)
    given = _given_token(arguments.token_file)
    if not given and not sys.stdout.isatty():
        hint = f"Set {_VARIABLE}, or name a private file: --token-file FILE"
        raise UsageError("There is no terminal to print a link with a new token to.", hint)
    token = given or token_urlsafe(32)
    config = ["--config", str(arguments.config)] if arguments.config else []
    serving = Serving(
        address,
        token,
        options=(*config, *arguments.rest),
        most_tabs=arguments.tabs,
        certificate=tuple(filter(None, (arguments.cert, arguments.key))),
    )

    def tell(listening: "Address") -> None:
        print_output(f"{listening.origin}/{'' if given else f'#token={token}'}\n")
        print_note(_told(listening, new=not given, far=not is_loopback(listening.host)), prefix="")

    await serve(serving, tell)
    return ExitCode.OK


def _told(address: "Address", *, new: bool, far: bool) -> str:
    lines = ["Open this link in a browser; who has it has your chats and keys at hand." if new else ""]
    if far and not address.is_encrypted:
        lines.append("Nothing here is encrypted: others on the network can read along. See: chinwag serve --help")
    return "\n".join(filter(None, [*lines, "Ctrl+c ends it, and all that runs in its tabs; every message is saved."]))


def _given_token(file: Path | None) -> str:
    """The token of a file or the environment, from which it is taken away; "" for none.

    Raises:
        ConfigError: others can read the file, or it cannot be read.
        UsageError: it could be guessed.
    """
    given = os.environ.pop(_VARIABLE, "")
    if file is not None:
        from tui.config.private import others_can_read

        try:
            if others_can_read(file):
                raise ConfigError(f"Others can read {file}.", f"chmod 600 {file}")
            given = read_regular(file).decode(errors="replace")
        except OSError as error:
            raise ConfigError(f"{file} cannot be read: {error.strerror}.", "It is to hold the token.") from error
    given = given.strip()
    if (file or given) and not _SHORTEST <= len(given.encode(errors="replace")) <= _LONGEST:
        hint = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' makes one."
        raise UsageError(f"A token has {_SHORTEST} to {_LONGEST} characters.", hint)
    return given
