"""The `[library]` table: where the library is shared with other machines. Knows no server and no driver."""

from typing import TYPE_CHECKING, Any

from tui.config.providers import ProviderConfig
from tui.dataclass import dataclass
from tui.toml_source import TomlSource

if TYPE_CHECKING:
    from tui.sync.address import SharedAddress

_KEYS = ("url", "password_env", "password_command")


@dataclass(frozen=True, slots=True)
class LibraryConfig:
    """Where the library is shared.

    Attributes:
        address: of the hub.
        password: where its password may be, in the words of a provider's key.
    """

    address: "SharedAddress"
    password: ProviderConfig


def read_library(source: TomlSource, table: dict[str, Any]) -> LibraryConfig | None:
    """The table, checked; None where the library is not shared.

    Raises:
        ConfigError: a mistake in it, with file and line.
    """
    here = source.get(("library",), table, dict)
    if here is None:
        return None
    source.reject_unknown(("library",), here, _KEYS)
    url = source.get(("library", "url"), here, str)
    if not url:
        return None
    from tui.sync.address import AddressError, read_address

    try:
        address = read_address(url)
    except AddressError as error:  # quotes nothing of it: there may be a password in it
        raise source.error(("library", "url"), f"this {error.problem}", error.hint) from None
    return LibraryConfig(
        address,
        ProviderConfig(
            "library",
            api_key_env=source.get(("library", "password_env"), here, str),
            key_command=source.texts(("library", "password_command"), here),
        ),
    )
