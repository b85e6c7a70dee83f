"""Keys and passwords in a server's configuration: found by their look and by what they are called. Pure.

They belong among the stored keys: `parted` puts a reference in the place of each, `masked` a "…" for the screen.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePath

from tui.dataclass import dataclass
from tui.key_shapes import key_pattern
from tui.mcp.config import ServerConfig
from tui.mcp.references import references_in

_CALLED = r"(?:api[_-]?key|key|token|secret|password|passwd|passphrase|pwd|pat|authorization|auth|cookie|credentials?)"
_NAME = re.compile(
    rf"(?:.*[^a-z])?-*{_CALLED}|.*(?:apikey|token|secret|password|passphrase)", re.IGNORECASE | re.DOTALL
)
_PLAIN = re.compile(r"[./~].*|\d{1,6}|true|false|yes|no|on|off|none|", re.IGNORECASE | re.DOTALL)
"""Values that say nothing: paths, small numbers, flags."""
_RANDOM = re.compile(r"(?=(?:[^\d]*\d){3})(?=(?:[^A-Za-z]*[A-Za-z]){3})[A-Za-z0-9+/]{20,}={0,2}")
"""A word of letters and figures that is no word."""
_SCHEME = re.compile(r"(?:Bearer|Basic|Token)\s+", re.IGNORECASE)
_HEADER = re.compile(r"([A-Za-z][\w-]*):\s*(\S.*)", re.DOTALL)
_IN_ADDRESS = re.compile(
    rf"(?<=://)(?P<user>[^\s/:@]*:)(?P<password>[^\s/@]+)(?=@)|(?P<name>[?&][\w-]*{_CALLED}=)(?P<value>[^&\s#]+)",
    re.IGNORECASE,
)

_Put = Callable[[str, str], str]
"""What to write in the place of a secret: of the name of its field, and of its value."""


@dataclass(frozen=True, slots=True)
class PartedServer:
    """A server whose secrets stand elsewhere.

    Attributes:
        server: with references in their places.
        secrets: by the names that the references give.
    """

    server: ServerConfig
    secrets: Mapping[str, str]


def parted(server: ServerConfig, *, guess: bool = True) -> PartedServer:
    """Take the secrets out of a server; without a `guess` no header that only looks as if nobody could remember it."""
    secrets: dict[str, str] = {}

    def put(field: str, value: str) -> str:
        stem = f"mcp.{server.name}.{re.sub(r'[^A-Za-z0-9_.-]+', '-', field).strip('-.')[:80] or 'key'}"
        name, number = stem, 2
        while secrets.setdefault(name, value) != value:
            name, number = f"{stem}-{number}", number + 1
        return f"${{key:{name}}}"

    return PartedServer(_replaced(server, put, guess=guess), secrets)


def masked(server: ServerConfig) -> ServerConfig:
    """The server for the screen."""
    return _replaced(server, lambda field, value: "…")


def _replaced(server: ServerConfig, put: _Put, *, guess: bool = True) -> ServerConfig:
    in_header = _in_header if guess else _in_value
    return replace(
        server,
        command=_in_command(server.command, put),
        env={name: _in_value(name, value, put) for name, value in server.env.items()},
        url=_in_text("url", server.url, put),
        headers={name: in_header(name, value, put) for name, value in server.headers.items()},
    )


def _in_command(command: tuple[str, ...], put: _Put) -> tuple[str, ...]:
    """An option that is called like a secret has one behind "=", or in the next argument; so has a header."""
    done: list[str] = []
    before = ""
    for text in command:
        option, equals, value = text.partition("=")
        if equals and re.fullmatch(r"-+[\w-]+|[A-Z][A-Z0-9_]+", option):
            done.append(f"{option}={_in_value(option, value, put)}")
        elif before in ("-u", "--user") and ":" in text and PurePath(command[0]).stem == "curl":  # docker's is a group
            user, _, password = text.partition(":")
            done.append(f"{user}:{_in_value('password', password, put)}")
        elif (header := _HEADER.fullmatch(text)) and not text.startswith(header[1] + "://"):
            done.append(text[: header.start(2)] + _in_value(header[1], header[2], put))
        elif before.startswith("-") and not text.startswith("-"):
            done.append(_in_value(before, text, put))
        else:
            done.append(_in_text("argument", text, put))
        before = "" if equals else text
    return tuple(done)


def _in_value(name: str, value: str, put: _Put) -> str:
    """A value that has a name; one with a reference in it is somebody's pattern, and stays."""
    if _NAME.fullmatch(name) and not _PLAIN.fullmatch(value) and not _refers(value):
        scheme = match[0] if (match := _SCHEME.match(value)) else ""
        return scheme + put(name.lstrip("-"), value[len(scheme) :])
    return _in_text(name, value, put)


def _in_header(name: str, value: str, put: _Put) -> str:
    """A header may be called anything: what nobody could remember is a secret all the same."""
    return put(name, value) if _RANDOM.fullmatch(value) else _in_value(name, value, put)


def _in_text(field: str, text: str, put: _Put) -> str:
    def in_address(match: re.Match[str]) -> str:
        value = match["password"] or match["value"]
        return match[0] if _refers(value) else f"{match['user'] or match['name']}{put(field.lstrip('-'), value)}"

    def shaped(match: re.Match[str]) -> str:
        before = match["sep"] or ""
        return before + put(field.lstrip("-"), match[0][len(before) :])

    # What lies between references; a reference itself is no secret, whatever it is called.
    pieces = re.split(r"(\$\{[^{}]*\})", _IN_ADDRESS.sub(in_address, text))
    return "".join(piece if number % 2 else key_pattern().sub(shaped, piece) for number, piece in enumerate(pieces))


def _refers(value: str) -> bool:
    try:
        return bool(references_in(value))
    except ValueError:
        return True
