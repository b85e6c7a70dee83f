"""What a person has configured, and what the program remembers by itself. Must not know pydantic, Textual or any model.

`config.toml` is written by hand and only ever read here; each mistake in it is named with file and line. Servers added
in the app stand in `config.local.toml` beside it, which the program writes; what stands in `config.toml` wins.
`state.toml` is written by the program too (theme, last model, pane widths). Both are written atomically and for their
owner's eyes only; the state is never worth a failed start.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from tui.agent.secret import Secret
from tui.errors import ConfigError
from tui.files import read_regular, replace_file
from tui.key_text import read_key
from tui.paths import config_dir, state_dir
from tui.toml_source import TomlSource, parse_toml

EnterKey = Literal["send", "newline"]

_TOP_KEYS = ("model", "theme", "notifications", "open_last", "composer", "providers", "local")
_ENTER: tuple[EnterKey, ...] = ("send", "newline")
NOTIFICATIONS = ("auto", "osc9", "osc777", "bell", "off")
_PROVIDER_KEYS = ("label", "base_url", "api", "api_key", "api_key_env", "key_command", "models")


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One `[providers.NAME]` table: a known vendor with changes, or a server of the person's own.

    Attributes:
        name: the table's name, the part of a model id before the colon.
        base_url: such as "http://127.0.0.1:8000/v1", without a final slash; None for a known vendor's own address.
        api: which wire format it speaks; "" for the vendor's own, or OpenAI chat completions for a new name.
        api_key_env: the environment variable that holds the key.
        api_key: the key itself; accepted only from a file that nobody else can read.
        key_command: a program and its arguments that print the key; run without a shell.
        models: model names to list without asking the server.
        label: the name that people see; the table's name when it is not given.
    """

    name: str
    base_url: str | None = None
    api: str = ""
    api_key_env: str | None = None
    api_key: Secret | None = None
    key_command: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """`config.toml`, checked. `Config(path)` is what an absent file means.

    Attributes:
        path: the file that was read, or would have been.
        model: "provider:name" or a bare name for new conversations; None when not set.
        theme: a theme's name; None when not set. A theme chosen in the app (`State.theme`) is newer and wins.
        notifications: how the terminal is told of a long reply's end that nobody sees; one of `NOTIFICATIONS`.
        open_last: a start without a question opens the chat that was shown last.
        providers: in the order of the file.
        local_models: GGUF files or folders of them, absolute.
        enter: what the Enter key does in the composer.
    """

    path: Path
    model: str | None = None
    theme: str | None = None
    notifications: str = "auto"
    open_last: bool = False
    providers: tuple[ProviderConfig, ...] = ()
    local_models: tuple[Path, ...] = ()
    enter: EnterKey = "send"


@dataclass(frozen=True, slots=True)
class State:
    """What the program remembers between two starts; None means never set.

    Attributes:
        last_model: "provider:name" of the model that was used last.
        history_width, inspector_width: columns of the two side panes.
        show_history, show_inspector: whether the person pinned them open or shut.
        last_chat: id of the conversation that was shown at the end; None when it was an empty one.
        notice: why the remembered state could not be read, or ""; for the screen, never written.
    """

    theme: str | None = None
    last_model: str | None = None
    history_width: int | None = None
    inspector_width: int | None = None
    show_history: bool | None = None
    show_inspector: bool | None = None
    last_chat: str | None = None
    notice: str = field(default="", compare=False)


def load_config(path: Path | None = None) -> Config:
    """Read `config.toml`, the environment's `CHINWAG_MODEL` and `CHINWAG_THEME` over it.

    Args:
        path: a file named by hand, which must exist; None for the usual one, which need not.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key or a wrong value; the message starts with "FILE:LINE: ".
    """
    file = path if path is not None else config_dir() / "config.toml"
    data = _bytes_of(file)
    if data is None and path is not None:
        raise ConfigError(f"{file} does not exist.", "Check the path given to --config.")
    config = _config(*parse_toml(file, data or b""))
    added = tuple(provider for provider in _added(file) if provider.name not in {one.name for one in config.providers})
    return _with_environment(replace(config, providers=config.providers + added))


def added_file(config: Path) -> Path:
    """The file of what was added in the app: `config.local.toml` beside `config.toml`."""
    return config.with_name(f"{config.stem}.local.toml")


def add_provider(config: Path, provider: ProviderConfig) -> Path:
    """Write a server into the file of what was added in the app; one of the same name gives way.

    Returns:
        The file.

    Raises:
        ConfigError: the file holds a mistake, or cannot be written; it is untouched then.
    """
    import tomli_w

    file = added_file(config)
    others = [one for one in _added(config) if one.name != provider.name]
    tables = {one.name: _table(one) for one in (*others, provider)}
    note = f"# Written by Chinwag when a server is added in the app. What stands in {config.name} wins.\n\n"
    write_private(file, (note + tomli_w.dumps({"providers": tables})).encode())
    return file


def _bytes_of(file: Path) -> bytes | None:
    """What stands in a file; None when there is none."""
    try:
        return read_regular(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", "Check its permissions.") from error


def _added(config: Path) -> tuple[ProviderConfig, ...]:
    file = added_file(config)
    source, table = parse_toml(file, _bytes_of(file) or b"")
    source.reject_unknown((), table, ("providers",))
    providers = source.get(("providers",), table, dict) or {}
    return tuple(_provider(source, name, providers) for name in providers)


def _table(provider: ProviderConfig) -> dict[str, Any]:
    values = {
        "label": provider.label if provider.label != provider.name else "",
        "base_url": provider.base_url,
        "api": provider.api,
        "api_key_env": provider.api_key_env,
        "api_key": provider.api_key.reveal() if provider.api_key else "",
        "key_command": list(provider.key_command),
        "models": list(provider.models),
    }
    return {key: value for key, value in values.items() if value}


def _with_environment(config: Config) -> Config:
    model, theme = os.environ.get("CHINWAG_MODEL"), os.environ.get("CHINWAG_THEME")
    return replace(config, model=model or config.model, theme=theme or config.theme)


def _config(source: TomlSource, table: dict[str, Any]) -> Config:
    source.reject_unknown((), table, _TOP_KEYS)
    providers = source.get(("providers",), table, dict) or {}
    local = source.get(("local",), table, dict) or {}
    source.reject_unknown(("local",), local, ("models",))
    composer = source.get(("composer",), table, dict) or {}
    source.reject_unknown(("composer",), composer, ("enter",))
    return Config(
        path=source.path,
        model=source.get(("model",), table, str),
        theme=source.get(("theme",), table, str),
        notifications=_notifications(source, table),
        open_last=source.get(("open_last",), table, bool) or False,
        providers=tuple(_provider(source, name, providers) for name in providers),
        enter=_enter(source, composer),
        local_models=tuple(_file(source.path, name) for name in source.texts(("local", "models"), local)),
    )


def _enter(source: TomlSource, composer: dict[str, Any]) -> EnterKey:
    here = ("composer", "enter")
    text = source.get(here, composer, str) or "send"
    found = next((one for one in _ENTER if one == text), None)
    if found is None:
        raise source.error(here, f'"{text}" is nothing that Enter can do', 'Write "send" or "newline".')
    return found


def _notifications(source: TomlSource, table: dict[str, Any]) -> str:
    way = source.get(("notifications",), table, str) or "auto"
    if way not in NOTIFICATIONS:
        known = ", ".join(f'"{one}"' for one in NOTIFICATIONS)
        raise source.error(("notifications",), f'"{way}" is no kind of notification', f"Write one of {known}.")
    return way


def _file(config: Path, name: str) -> Path:
    return (config.parent / Path(name).expanduser()).absolute()


def _provider(source: TomlSource, name: str, providers: dict[str, Any]) -> ProviderConfig:
    here = ("providers", name)
    table = source.get(here, providers, dict) or {}
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise source.error(
            here, f'"{name}" is no name for a provider', "Use letters, digits, dot, dash and underscore."
        )
    source.reject_unknown(here, table, _PROVIDER_KEYS)
    _check_known(source, here, table)
    return ProviderConfig(
        name=name,
        base_url=_base_url(source, here, table),
        api=source.get((*here, "api"), table, str) or "",
        api_key_env=source.get((*here, "api_key_env"), table, str),
        api_key=_api_key(source, here, table),
        key_command=source.texts((*here, "key_command"), table),
        models=source.texts((*here, "models"), table),
        label=source.get((*here, "label"), table, str) or name,
    )


def _api_key(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> Secret | None:
    where = (*here, "api_key")
    text = source.get(where, table, str)
    if not text:
        return None
    if others_can_read(source.path):
        hint = f"Run: chmod 600 {source.path}   or name a variable: api_key_env."
        raise source.error(where, "this file holds a key, and others can read it", hint)
    found = read_key(text, '"api_key"')
    if found.problem:
        raise source.error(where, found.problem, "Write the key alone, on one line.")
    return Secret(found.key) if found.key else None


def _check_known(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> None:
    """Raise unless the table says whom to call, and in a dialect that the engine speaks."""
    from tui.agent.providers import custom_vendor, vendor_named

    if "base_url" not in table and vendor_named(here[1]) is None:
        hint = 'Say where it is, as in: base_url = "http://127.0.0.1:8000/v1".'
        raise source.error(here, f'"{here[1]}" is no vendor that Chinwag knows, and has no base_url', hint)
    try:
        custom_vendor(here[1], "http://127.0.0.1", api=source.get((*here, "api"), table, str) or "")
    except ValueError as error:
        raise source.error((*here, "api"), str(error)) from None


def _base_url(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> str | None:
    url = source.get((*here, "base_url"), table, str)
    if url is None:
        return None
    from tui.agent.providers import clean_base_url, is_address, without_password

    address = clean_base_url(url)
    if "://" not in url or not is_address(address):
        problem = f'"{without_password(url)}" is not a web address'
        raise source.error((*here, "base_url"), problem, 'Write it like "http://127.0.0.1:8000/v1".')
    return address


def others_can_read(path: Path) -> bool:
    """Whether the group or the world may read or write `path` (POSIX; elsewhere False)."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def load_state() -> State:
    """Read `state.toml`; a missing one is the defaults, a broken one too, with `State.notice` saying so."""
    file = state_dir() / "state.toml"
    try:
        source, table = parse_toml(file, read_regular(file))
        # A key that a newer version wrote is ignored: going back to an older one must not cost the rest.
        return State(
            theme=source.get(("theme",), table, str),
            last_model=source.get(("last_model",), table, str),
            history_width=source.get(("history_width",), table, int),
            inspector_width=source.get(("inspector_width",), table, int),
            show_history=source.get(("show_history",), table, bool),
            show_inspector=source.get(("show_inspector",), table, bool),
            last_chat=source.get(("last_chat",), table, str),
        )
    except FileNotFoundError:
        return State()
    except OSError as error:
        return State(notice=f"{file} cannot be read ({error.strerror}); starting with defaults.")
    except ConfigError as error:
        return State(notice=f"{error.message}; starting with defaults.")


def save_state(state: State) -> None:
    """Write `state.toml` atomically, readable by its owner only.

    Raises:
        ConfigError: the state folder cannot be written; the old file is untouched.
    """
    import tomli_w

    values = {key: value for key, value in asdict(state).items() if value is not None and key != "notice"}
    write_private(state_dir() / "state.toml", tomli_w.dumps(values).encode())


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step, mode 0600, in a folder of 0700 that is made if need be.

    Raises:
        ConfigError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        hint = "Check the folder's permissions and free space."
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", hint) from error
