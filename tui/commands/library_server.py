"""A server that has, or is to have, a library: its address, its password, and a connection to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from tui.dataclass import dataclass
from tui.errors import ConfigError, UsageError
from tui.paths import config_dir

if TYPE_CHECKING:
    from tui.sync.address import SharedAddress
    from tui.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and what opens it; "" where libpq finds that by itself, or nothing is asked for."""

    address: "SharedAddress"
    password: str = field(repr=False)

    @contextmanager
    def connected(self) -> "Iterator[Hub]":
        """A connection, for one thread.

        Raises:
            SharingError: the driver is not installed, or the server refuses.
        """
        from tui.sync.hub import Hub

        hub = Hub.connect(self.address, self.password)
        try:
            yield hub
        finally:
            hub.close()


async def shared_server(config: Path | None) -> Server:
    """The one that the configuration names.

    Raises:
        ConfigError: it names none.
    """
    server = await configured_server(config)
    if server is None:
        raise ConfigError(
            "The library is not shared.", 'Name a server in config.toml: [library] url = "postgresql://…"'
        )
    return server


async def configured_server(config: Path | None) -> Server | None:
    """The one that the configuration names; None where the library is not shared."""
    from tui.chat.credentials.lookup import KeyLookup
    from tui.chat.sharing import library_password
    from tui.config import load_config

    library = load_config(config).library
    if library is None:
        return None
    keys = KeyLookup(config_dir() / "credentials.toml")
    return Server(library.address, await library_password(keys, library.password))


async def server_at(url: str, config: Path | None) -> Server:
    """One that was typed. A command for the password is run for the server that it was configured for, and no other.

    Raises:
        UsageError: it is no address, or holds a password.
    """
    from tui.chat.credentials.lookup import KeyLookup
    from tui.chat.sharing import library_password
    from tui.config import load_config
    from tui.sync.address import AddressError, read_address

    try:
        address = read_address(url)
    except AddressError as error:
        raise UsageError(f"The address {error.problem}.", error.hint) from None
    library = load_config(config).library
    same = library is not None and (library.address.host, library.address.port) == (address.host, address.port)
    keys = KeyLookup(config_dir() / "credentials.toml")
    return Server(address, await library_password(keys, library.password if library is not None and same else None))
