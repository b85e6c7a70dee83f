"""Keys and tokens of MCP servers among the stored keys, as `mcp.SERVER.NAME`. Knows no server but by its name."""

from collections.abc import Mapping
from pathlib import Path

from tui.agent.secret import Secret
from tui.chat.credentials.lookup import KeyLookup, KeyPlaces
from tui.errors import ConfigError
from tui.key_text import read_key

_TOKENS = "@oauth"
"""No reference can name it."""


class ServerKeys:
    """Reads, keeps and forgets them.

    Args:
        keys: which also knows the keys of providers of models; no server is given one of those.
    """

    def __init__(self, keys: KeyLookup) -> None:
        self._keys = keys

    async def find(self, name: str) -> str | None:
        """What a reference `${key:mcp.…}` stands for; None when nothing is stored under that name."""
        return await self._keys.stored(name) if name.startswith("mcp.") else None

    async def keep(self, secrets: Mapping[str, str]) -> Path | None:
        """Keep secrets by their names.

        Returns:
            The private file in which the last one stands; None for the system's keyring.

        Raises:
            ConfigError: one cannot be stored as it is, which is found before any is; or nothing can be written.
        """
        for name, value in secrets.items():
            if read_key(value, name).key != value:
                raise ConfigError(f"{name} is not one line of plain letters, and cannot be stored.", "Name a variable.")
        file: Path | None = None
        for name, value in secrets.items():
            file = (await self._keys.keep(KeyPlaces(name, ()), Secret(value))).file
        return file

    async def forget(self, server: str, *, but: Mapping[str, str] | None = None) -> None:
        """Forget all that is stored for a server, its tokens too, but for some names.

        Raises:
            ConfigError: the file cannot be written.
        """
        names = {name for name in self._keys.stored_names() if name.startswith(f"mcp.{server}.")}
        await self._keys.forget(names - set(but or ()))

    # Tokens of a sign-in: what `tui.mcp.servers.TokenStore` wants.

    async def get(self, server: str) -> str | None:
        """The tokens of a server, as JSON."""
        return await self._keys.stored(f"mcp.{server}.{_TOKENS}")

    async def set(self, server: str, value: str) -> None:
        """Keep them; an empty value forgets.

        Raises:
            ConfigError: they cannot be written down.
        """
        name = f"mcp.{server}.{_TOKENS}"
        if value:
            await self.keep({name: value})
        else:
            await self._keys.forget([name])
