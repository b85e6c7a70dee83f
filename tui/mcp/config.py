"""How a server is configured: the `[mcp.NAME]` tables of `config.toml`, read, checked, and written again.

Values may refer to variables of the environment and to stored keys (`references`); here a reference stays one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal
from urllib.parse import urlsplit

from tui.bounds import number
from tui.dataclass import dataclass
from tui.mcp.references import references_in
from tui.pattern import pattern
from tui.toml_source import TomlSource

NAME_RULE = "1 to 40 of a-z, 0-9, dash and underscore"
OWN_NAME = "chinwag"
"""Whose the tools are that come with the program: a server of that name would pass for them."""
LONGEST_TIMEOUT_S = 3600

_NAME = pattern(r"[a-z0-9_-]{1,40}")
_KEYS = ("command", "args", "env", "cwd", "url", "headers", "enabled", "timeout", "trusted")
_HEADER_NAME = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNSENDABLE = pattern(r"[^\t -~\x80-\xff]")
_UNPASSABLE = pattern(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One MCP server: a program that is started, or an address.

    Attributes:
        command: the program and its arguments.
        env: what stands in its environment besides the minimum.
        folder: where it is started; empty for a folder of its own.
        url: the address of a server that speaks streamable HTTP.
        headers: what is sent to it with every request.
        timeout_s: how long a call may take without a sign of progress.
        trusted: the person vouches for it: it sends nothing on, and what it returns was written by nobody else.
        place: "FILE:LINE" of its table; empty for one that stands in no file.
    """

    name: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    enabled: bool = True
    timeout_s: float = 60.0
    trusted: bool = False
    place: str = field(default="", compare=False)

    @property
    def kind(self) -> Literal["stdio", "http"]:
        """How it is spoken to."""
        return "http" if self.url else "stdio"

    @property
    def fingerprint(self) -> str:
        """Changes with what is started or where requests go, not with the values of secrets."""
        import hashlib

        facts = "\0".join((*self.command, "", *sorted(self.env), "", self.url))
        return hashlib.sha256(facts.encode()).hexdigest()


def servers_from(source: TomlSource, table: Mapping[str, Any]) -> tuple[ServerConfig, ...]:
    """The servers of a file, in its order; `table` is the whole of it.

    Raises:
        ConfigError: a mistake in one, with file, line and key.
    """
    servers = source.get(("mcp",), table, dict) or {}
    return tuple(_server(source, name, servers) for name in servers)


def _server(source: TomlSource, name: str, servers: dict[str, Any]) -> ServerConfig:
    here = ("mcp", name)
    table = source.get(here, servers, dict) or {}
    source.reject_unknown(here, table, _KEYS)
    program = source.get((*here, "command"), table, str)
    arguments = source.get((*here, "args"), table, list) or []
    if not all(isinstance(one, str) for one in arguments):
        raise source.error((*here, "args"), '"args" must be a list of texts')
    timeout = table.get("timeout", 60)
    if not number(timeout, most=LONGEST_TIMEOUT_S):
        raise source.error(
            (*here, "timeout"), f'"timeout" must be seconds: a number above 0, at most {LONGEST_TIMEOUT_S}'
        )
    enabled = source.get((*here, "enabled"), table, bool)
    server = ServerConfig(
        name=name,
        command=(program, *arguments) if program else tuple(arguments),
        env=_texts(source, (*here, "env"), table),
        folder=source.get((*here, "cwd"), table, str) or "",
        url=source.get((*here, "url"), table, str) or "",
        headers=_texts(source, (*here, "headers"), table),
        enabled=enabled is not False,
        timeout_s=timeout,
        trusted=source.get((*here, "trusted"), table, bool) or False,
        place=source.place(here),
    )
    if "args" in table and not program:
        raise source.error(here, 'there is no "command" that takes the "args"', 'Write command = "PROGRAM".')
    for mistake in mistakes_in(server):
        raise source.error((*here, mistake.key) if mistake.key else here, mistake.text, mistake.hint)
    return server


def _texts(source: TomlSource, where: tuple[str, ...], table: Mapping[str, Any]) -> dict[str, str]:
    inner = source.get(where, table, dict) or {}
    for key in inner:
        source.get((*where, key), inner, str)
    return inner


@dataclass(frozen=True, slots=True)
class ServerMistake:
    """Why a server cannot be one.

    Attributes:
        key: where in its table; empty for the table itself.
        text: half a sentence, which quotes no value.
    """

    key: str
    text: str
    hint: str = ""


def mistakes_in(server: ServerConfig) -> Iterator[ServerMistake]:
    """What cannot be so, wherever the server comes from."""
    if not _NAME.fullmatch(server.name):
        yield ServerMistake("", f"that is no name for a server: {NAME_RULE}")
    if server.name == OWN_NAME:
        yield ServerMistake("", f'"{OWN_NAME}" is the name of what comes with the program', "Take another one.")
    if bool(server.command) == bool(server.url):
        what = "has a command or an address, not both" if server.url else "needs a command or an address"
        yield ServerMistake("", f"a server {what}", 'Write command = "PROGRAM" or url = "https://…".')
    if server.url:
        for key, given in (("env", server.env), ("cwd", server.folder)):
            if given:
                yield ServerMistake(key, f'a server with an address has no "{key}"', "Only a program has one.")
    elif server.headers:
        yield ServerMistake("headers", 'a program has no "headers"', "Only a server with an address has some.")
    if server.url:
        yield from _mistakes_in_address(server.url)
    yield from _mistakes_in_names(server)
    for key, text in _all_texts(server):
        yield from _mistakes_in_text(key, text)


def _mistakes_in_address(url: str) -> Iterator[ServerMistake]:
    hint = 'Write it like "https://example.com/mcp".'
    if "${" in url:
        return  # looked at when it is known
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\x00-\x1f]", url):
        yield ServerMistake("url", "that is no web address", hint)
    elif "@" in parts.netloc:
        yield ServerMistake("url", "an address holds no user and password", "Put them into headers.")


def _mistakes_in_names(server: ServerConfig) -> Iterator[ServerMistake]:
    for name in server.env:
        if not name or "=" in name or _UNPASSABLE.search(name):
            yield ServerMistake("env", "that is no name of a variable")
    for name, value in server.headers.items():
        if not _HEADER_NAME.fullmatch(name):
            yield ServerMistake("headers", "that is no name of a header")
        if _UNSENDABLE.search(value):
            yield ServerMistake("headers", "a header is one line of plain letters")


def _mistakes_in_text(key: str, text: str) -> Iterator[ServerMistake]:
    if _UNPASSABLE.search(text):
        yield ServerMistake(key, "it has a character that no program can be given")
    try:
        references_in(text)
    except ValueError as error:
        yield ServerMistake(key, str(error), "Write ${VARIABLE}, or $${…} for the text itself.")


def _all_texts(server: ServerConfig) -> Iterator[tuple[str, str]]:
    for index, text in enumerate(server.command):
        yield ("args" if index else "command"), text
    yield from (("env", text) for text in server.env.values())
    yield from (("headers", text) for text in server.headers.values())
    yield from (("cwd", server.folder), ("url", server.url))


def server_table(server: ServerConfig) -> dict[str, Any]:
    """The table that reads as this server."""
    values: dict[str, Any] = {
        "command": server.command[0] if server.command else "",
        "args": list(server.command[1:]),
        "cwd": server.folder,
        "url": server.url,
        "enabled": None if server.enabled else False,
        "trusted": server.trusted or None,
        "timeout": server.timeout_s if server.timeout_s != 60 else None,
        "env": dict(server.env),
        "headers": dict(server.headers),
    }
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
