"""MCP servers added, taken over from other programs, and removed: where they and their secrets are written.

Servers go into `config.local.toml`, their secrets among the stored keys. `config.toml` belongs to the person: what
stands there is never changed, and wins.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tui.chat.credentials.server_keys import ServerKeys
from tui.config import Config, save_servers
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.mcp.config import ServerConfig, mistakes_in
from tui.mcp.imports import FoundServer, LeftOut
from tui.mcp.resolving import all_references
from tui.mcp.secrets import parted


@dataclass(frozen=True, slots=True)
class SavedServer:
    """A server as it was written down.

    Attributes:
        stored: names of the keys that were stored.
        keys_file: where they are; None for the keyring.
    """

    server: ServerConfig
    file: Path
    stored: tuple[str, ...] = ()
    keys_file: Path | None = None


class ServerSetup:
    """Changes the servers of one configuration, which stays as it was read.

    Args:
        config: as it was read; its servers are those that are known.
    """

    def __init__(self, config: Config, keys: ServerKeys) -> None:
        self._config = config
        self._keys = keys
        self._servers = {server.name: server for server in config.servers}

    def named(self, name: str) -> ServerConfig:
        """A server by its name.

        Raises:
            UsageError: there is none of that name; the hint has the nearest one.
        """
        if server := self._servers.get(name):
            return server
        import difflib

        near = difflib.get_close_matches(name, self._servers, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else "See: chinwag mcp list"
        raise UsageError(f'There is no MCP server "{name}".', hint)

    def obstacle(self, server: ServerConfig, *, replace: bool = False) -> str:
        """Why a server cannot be written, one sentence; "" when it can."""
        known = self._servers.get(server.name)
        if known is None:
            return ""
        if self._is_by_hand(known):
            return f"{known.place} has a server of that name; change it there."
        return "" if replace else "There is a server of that name."

    def is_known(self, server: ServerConfig) -> bool:
        """Whether the same program or address is configured under that name."""
        known = self._servers.get(server.name)
        return known is not None and known.fingerprint == parted(server).server.fingerprint

    async def add(self, server: ServerConfig, *, replace: bool = False) -> SavedServer:
        """Write a server down, its secrets among the stored keys.

        Raises:
            UsageError: it makes no sense, or there is one of its name.
            ConfigError: nothing could be written.
        """
        for mistake in mistakes_in(server):
            raise UsageError(f"{server.name or 'The server'}: {mistake.text}.", mistake.hint)
        if obstacle := self.obstacle(server, replace=replace):
            raise UsageError(f"{server.name} was not added. {obstacle}", "" if replace else "Write over one: --replace")
        apart = parted(server)
        stored = await self._keys.keep(apart.secrets) if apart.secrets else None
        file = await asyncio.to_thread(save_servers, self._config.path, [apart.server])
        self._servers[server.name] = apart.server
        used = {one.name: "" for one in all_references(apart.server) if one.kind == "key"}
        await self._keys.forget(server.name, but=used)
        return SavedServer(apart.server, file, tuple(apart.secrets), stored)

    async def remove(self, name: str) -> ServerConfig:
        """Take a server away, with its keys and tokens.

        Raises:
            UsageError: there is none of that name, or it stands in `config.toml`.
            ConfigError: the file could not be written.
        """
        server = self.named(name)
        if self._is_by_hand(server):
            raise UsageError(f"{name} is written by hand, and stays.", f"Take its table out of {server.place}.")
        await asyncio.to_thread(save_servers, self._config.path, [], gone=[name])
        await self._keys.forget(name)
        del self._servers[name]
        return server

    async def sign_out(self, name: str) -> bool:
        """Forget the sign-in to a server.

        Returns:
            Whether there was one.

        Raises:
            UsageError: there is no server of that name.
            ConfigError: the file could not be written.
        """
        server = self.named(name)
        signed_in = await self._keys.get(server.name) is not None
        await self._keys.set(server.name, "")
        return signed_in

    def _is_by_hand(self, server: ServerConfig) -> bool:
        return server.place.startswith(f"{self._config.path}:")


def sorted_out(
    setup: ServerSetup, found: Iterable[FoundServer | LeftOut], *, replace: bool = False
) -> list[FoundServer | LeftOut]:
    """What can be added of what was found: a server that is known, or was found before, is left out with the reason."""
    before: dict[str, FoundServer] = {}
    sorted_: list[FoundServer | LeftOut] = []
    for one in found:
        if isinstance(one, FoundServer):
            first = before.setdefault(one.config.name, one)
            if first is not one:
                same = first.config.fingerprint == one.config.fingerprint
                reason = "the same stands in" if same else "another one of that name stands in"
                one = LeftOut(one.called, one.source, f"{reason} {first.source}", needs=not same)
            elif setup.is_known(one.config) and not replace:
                one = LeftOut(one.called, one.source, "it is there already", needs=False)
            elif obstacle := setup.obstacle(one.config, replace=replace):
                one = LeftOut(one.called, one.source, f"{obstacle[0].lower()}{obstacle[1:].rstrip('.')}")
        sorted_.append(one)
    return sorted_
