"""`config.toml`, checked: servers, settings, keys; and the environment over it. Only ever read here."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.config.library import LibraryConfig, read_library
from tui.config.models import ModelNames, read_models
from tui.config.own_file import file_bytes, read_own
from tui.config.private import others_can_read
from tui.config.providers import ProviderConfig, read_provider
from tui.config.settings import SETTINGS
from tui.config.values import SettingValues, SetValue, read_values
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.mcp.config import ServerConfig, servers_from
from tui.paths import config_dir
from tui.text import clean_line
from tui.toml_source import TomlSource, parse_toml

_PRESET = SETTINGS["keys.preset"]


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One line of the `[keys]` table, not yet checked against the commands.

    Attributes:
        command: the full id, such as "chat.switch_model".
        keys: the keys as they were written, with commas between them; "none" for none at all.
        place: "FILE:LINE".
        problem: why it can be no choice of keys, half a sentence; "" when it may be one.
    """

    command: str
    keys: str
    place: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """`config.toml` and what is added to it. `Config(path)` is what an absent file means.

    Attributes:
        path: the file that was read, or would have been.
        providers: in the order of the file, then those that were added in the app.
        local_models: GGUF files or folders of them, absolute.
        settings: the values of `SETTINGS`, from every place.
        keys: what the `[keys]` table gives to commands, in its order; a mistake in it never stops the start.
        models: names and facts of models, from `[aliases]` and `[models]`; nor does one in these.
        servers: of MCP, in the order of the file, then those that were added by the program.
        library: where the library is shared with other machines; None where it is not.
        exposed: that others can read a key or a password in the file, and what to do, for a person; "" for nothing.
    """

    path: Path
    providers: tuple[ProviderConfig, ...] = ()
    local_models: tuple[Path, ...] = ()
    settings: SettingValues = SettingValues()
    keys: tuple[KeyChoice, ...] = ()
    models: ModelNames = ModelNames({}, {})
    servers: tuple[ServerConfig, ...] = ()
    library: LibraryConfig | None = None
    exposed: str = ""

    @property
    def model(self) -> str | None:
        """The id or bare name of the model for new conversations; None when not set."""
        return self.settings.text("model")


def load_config(path: Path | None = None) -> Config:
    """Read `config.toml`, what was set and added in the app, and the environment.

    Args:
        path: a file named by hand, which must exist; None for the usual one, which need not.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key or a wrong value, in the environment too; the message starts
            with "FILE:LINE: " or the variable.
    """
    source, table = _parsed(path)
    file = source.path
    keys = tuple(_keys(source, table.get("keys", {})))
    _reject_unknown(source, table)
    providers = source.get(("providers",), table, dict) or {}
    local = source.get(("local",), table, dict) or {}
    own = tuple(read_provider(source, name, providers) for name in providers)
    servers = servers_from(source, table)
    added = read_own(file)
    return Config(
        path=file,
        providers=own + tuple(one for one in added.providers if one.name not in providers),
        local_models=tuple(_file(file, name) for name in source.texts(("local", "models"), local)),
        settings=_settings(source, table, added.values),
        keys=keys,
        models=read_models(source, table),
        servers=servers + tuple(one for one in added.servers if one.name not in {each.name for each in servers}),
        library=read_library(source, table),
        exposed=_exposed(source, table) if providers or servers or "library" in table else "",
    )


def load_settings(path: Path | None = None) -> SettingValues:
    """Only the settings of `load_config`: what else stands in the file is not looked at."""
    source, table = _parsed(path)
    return _settings(source, table, read_own(source.path).values)


def _parsed(path: Path | None) -> tuple[TomlSource, dict[str, Any]]:
    file = path if path is not None else config_dir() / "config.toml"
    data = file_bytes(file)
    if data is None and path is not None:
        raise ConfigError(f"{file} does not exist.", "Check the path given to --config.")
    return parse_toml(file, data or b"")


def _settings(source: TomlSource, table: dict[str, Any], added: tuple[SetValue, ...]) -> SettingValues:
    in_file = [one for one in SETTINGS.values() if one is not _PRESET and one.kind != "by hand"]
    read = read_values(source, table, in_file, "config.toml")
    return SettingValues((*_environment(), *added, *_preset(source, table), *read))


def _exposed(source: TomlSource, table: dict[str, Any]) -> str:
    if not others_can_read(source.path):
        return ""
    from tui.config.secrets import secrets_in

    found = next(secrets_in(source, table), None)
    place = "" if found is None else source.place(found.where)
    return place and f"{place} holds a key or a password, and others can read it. Run: chmod 600 {source.path}"


def _reject_unknown(source: TomlSource, table: dict[str, Any]) -> None:
    source.reject_unknown((), table, dict.fromkeys(setting.path[0] for setting in SETTINGS.values()))
    for top in {setting.path[0] for setting in SETTINGS.values() if len(setting.path) > 1} - {"keys"}:
        inner = source.get((top,), table, dict) or {}
        source.reject_unknown((top,), inner, (one.name for one in SETTINGS.values() if one.path[0] == top))


def _environment() -> Iterator[SetValue]:
    for setting in SETTINGS.values():
        if value := os.environ.get(setting.variable, "") if setting.variable else "":
            if not setting.accepts(value):
                problem = f"{setting.variable} must be {setting.rule}, not {clean_line(repr(value), 40)}."
                raise ConfigError(problem, "Set it anew, or unset it.")
            yield SetValue(setting.key, value, "environment", setting.variable)


def _file(config: Path, name: str) -> Path:
    return (config.parent / Path(name).expanduser()).absolute()


# Keys. A mistake here is told by the app, which has all other keys by then: nobody is locked out by a typing error.


def _preset(source: TomlSource, table: dict[str, Any]) -> tuple[SetValue, ...]:
    keys = table.get("keys")
    value = keys.get("preset") if isinstance(keys, dict) else None
    if not _PRESET.accepts(value):
        return ()
    return (SetValue(_PRESET.key, value, "config.toml", source.place(_PRESET.path)),)


def _keys(source: TomlSource, table: object, where: tuple[str, ...] = ("keys",)) -> Iterator[KeyChoice]:
    """What the table gives to which command: `chat.new_chat = "f6"`, quoted or not, or in a table of its own."""
    command = ".".join(where[1:])
    if isinstance(table, dict):
        for name, value in table.items():
            yield from _keys(source, value, (*where, name))
    elif command == "preset":
        if not _PRESET.accepts(table):
            shown = clean_line(repr(table), 40)
            yield KeyChoice(_PRESET.key, "", source.place(where), f"must be {_PRESET.rule}, not {shown}")
    elif isinstance(table, list) and all(isinstance(key, str) for key in table):
        yield KeyChoice(command, ", ".join(table), source.place(where))
    elif isinstance(table, str):
        yield KeyChoice(command, table, source.place(where))
    else:
        yield KeyChoice(command or "keys", "", source.place(where), 'must be text, such as "ctrl+l, f2", or "none"')
