"""`config.local.toml` beside `config.toml`: what was set and added by the program. It writes only this one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tui.config.private import changing, write_private
from tui.config.providers import ProviderConfig, provider_table, read_provider
from tui.config.settings import SETTINGS, Value
from tui.config.values import SetValue, read_values
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular
from tui.mcp.config import ServerConfig, server_table, servers_from
from tui.toml_source import TomlSource, parse_toml

_WRITTEN = [setting for setting in SETTINGS.values() if setting.kind != "by hand"]


def added_file(config: Path) -> Path:
    """The file of what was set and added in the app: `config.local.toml` beside `config.toml`."""
    return config.with_name(f"{config.stem}.local.toml")


@dataclass(frozen=True, slots=True)
class OwnFile:
    """What the file holds; a setting that only a newer version knows is passed over."""

    providers: tuple[ProviderConfig, ...]
    values: tuple[SetValue, ...]
    servers: tuple[ServerConfig, ...]


def read_own(config: Path) -> OwnFile:
    """Read the file; one that is not there holds nothing.

    Raises:
        ConfigError: the file holds a mistake, or cannot be read.
    """
    source, table = _read(config)
    providers = source.get(("providers",), table, dict) or {}
    return OwnFile(
        tuple(read_provider(source, name, providers) for name in providers),
        read_values(source, table, _WRITTEN, "app"),
        servers_from(source, table),
    )


def add_provider(config: Path, provider: ProviderConfig) -> Path:
    """Write a server into the file; one of the same name gives way.

    Returns:
        The file.

    Raises:
        ConfigError: the file holds a mistake, or cannot be written; it is untouched then.
    """
    with changing(added_file(config)):
        own = read_own(config)
        return _write(config, [*(one for one in own.providers if one.name != provider.name), provider], own.values)


def save_setting(config: Path, key: str, value: Value | None) -> SetValue | None:
    """Write a setting into the file; None takes it out.

    Returns:
        It, with its line.

    Raises:
        ConfigError: the file holds a mistake, or cannot be written; it is untouched then.
    """
    with changing(added_file(config)):
        own = read_own(config)
        others = [one for one in own.values if one.key != key]
        _write(config, own.providers, others if value is None else [*others, SetValue(key, value, "app")])
    return next((one for one in read_own(config).values if one.key == key), None)


def save_servers(config: Path, servers: Iterable[ServerConfig], *, gone: Iterable[str] = ()) -> Path:
    """Write MCP servers into the file, each in the place of one of the same name, and take others out.

    Returns:
        The file.

    Raises:
        ConfigError: the file holds a mistake, or cannot be written; it is untouched then.
    """
    with changing(added_file(config)):
        kept = {one.name: one for one in read_own(config).servers} | {one.name: one for one in servers}
        table = _read(config)[1]
        table["mcp"] = {name: server_table(one) for name, one in kept.items() if name not in set(gone)}
        return _write_table(config, table)


def _read(config: Path) -> tuple[TomlSource, dict[str, Any]]:
    file = added_file(config)
    return parse_toml(file, file_bytes(file) or b"")


def file_bytes(file: Path) -> bytes | None:
    """What stands in a file; None when there is none.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return read_regular(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", "Check its permissions.") from error


def _write(config: Path, providers: Iterable[ProviderConfig], values: Iterable[SetValue]) -> Path:
    table = _read(config)[1]  # with what only a newer version knows
    table.pop("providers", None)
    for setting in _WRITTEN:
        inner = table.get(setting.path[0]) if len(setting.path) > 1 else table
        if isinstance(inner, dict):
            inner.pop(setting.name, None)
    for one in values:
        path = SETTINGS[one.key].path
        inner = table
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = one.value
    if servers := {one.name: provider_table(one) for one in providers}:
        table["providers"] = servers
    return _write_table(config, table)


def _write_table(config: Path, table: dict[str, Any]) -> Path:
    import tomli_w

    table = {key: value for key, value in table.items() if value != {}}
    note = (
        "# Written by Chinwag. Settings from the app win over those of"
        f" {config.name}; of two servers of one name, its own does.\n\n"
    )
    file = added_file(config)
    write_private(file, (note + tomli_w.dumps(table)).encode())
    return file
