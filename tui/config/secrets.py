"""What in a configuration is secret: keys, passwords, and what looks like them. Knows no file's rights."""

import re
from collections.abc import Iterator
from typing import Any

from tui.config.providers import secret_headers
from tui.dataclass import dataclass
from tui.mcp.config import ServerConfig, servers_from
from tui.toml_source import TomlSource

PASSWORD = re.compile(r"""(?P<user>://[^\s/:@"'$]*):(?!\$\{)(?P<password>[^\s/@"']+)@""")
"""In an address; one that is a reference stays."""
_SHORTEST = 8
_NAMED = re.compile(r"(?:.*[-_.])?(?:key|secret|pat)(?:-\d+)?", re.IGNORECASE)
_PASSWORD = re.compile(r"(?:.*[-_.])?(?:passw(?:or)?d|passphrase|pwd)(?:-\d+)?", re.IGNORECASE)
_RANDOM = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9+/]{12}")
"""Of a program that prints a key: behind "--key" or "--secret" there may stand what that is called."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One of them.

    Attributes:
        where: the keys that lead to it, or to what holds it.
        reference: what could stand in its place, such as "${KEY_RACK_X_TOKEN}"; "" where nothing can.
    """

    where: tuple[str, ...]
    value: str
    reference: str = ""


def secrets_in(source: TomlSource, table: dict[str, Any]) -> Iterator[FoundSecret]:
    """All that stand in a file itself, and not in a variable or among the stored keys.

    Raises:
        ConfigError: a server of tools cannot be read.
    """
    for name, provider in _tables(table.get("providers")):
        here = ("providers", name)
        if isinstance(key := provider.get("api_key"), str) and key:
            yield FoundSecret((*here, "api_key"), key)
        for secret, reference in secret_headers(name, provider).items():
            yield FoundSecret((*here, "headers"), secret, reference)
        for field in ("base_url", "proxy"):
            several = provider.get(field)
            for address in several if isinstance(several, list) else [several]:
                for found in PASSWORD.finditer(str(address)):
                    yield FoundSecret((*here, field), found["password"])
        yield from _in_command((*here, "key_command"), provider)
    if isinstance(library := table.get("library"), dict):
        yield from _in_command(("library", "password_command"), library)
    for server in servers_from(source, table):
        from tui.mcp.secrets import parted

        for key, secret in parted(server).secrets.items():
            yield FoundSecret(("mcp", server.name), secret, f"${{key:{key}}}")


def _in_command(where: tuple[str, ...], table: dict[str, Any]) -> Iterator[FoundSecret]:
    """Those that a program which prints a key is given."""
    command = table.get(where[-1])
    if not isinstance(command, list):
        return
    from tui.mcp.secrets import parted

    texts = tuple(map(str, command))
    for name, secret in parted(ServerConfig("command", command=texts)).secrets.items():
        is_secret = len(secret) >= _SHORTEST and (_RANDOM.search(secret) or not _NAMED.fullmatch(name))
        if is_secret or _PASSWORD.fullmatch(name):
            yield FoundSecret(where, secret, "…")  # no program gets a reference resolved, nor an empty text


def _tables(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(one, dict):
            yield name, one
