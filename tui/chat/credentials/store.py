"""The files and the keyring that hold API keys. A value stands in no message, repr or log.

`credentials.toml` is written by hand and never by the app; keys that are typed into the app go into the system's
keyring, or else into `credentials.local.toml` beside it, a file of the app's own (0600).
"""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from types import ModuleType
from typing import Any

from tui.agent.secret import Secret
from tui.config import changing, others_can_read, write_private
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular
from tui.key_text import read_key
from tui.toml_source import load_toml

KEYRING_SERVICE = "chinwag"
"""The name under which the keyring has our keys; the user name is the provider's."""

_IN_KEYRING = "_keyring"
"""The entry that lists the providers whose key the keyring has, so that it is asked for no other."""


@dataclass(frozen=True, slots=True)
class CredentialsFile:
    """What one file holds.

    Attributes:
        keys: by provider.
        problems: why what stands there for a provider is no key, by provider.
        in_keyring: providers whose key the keyring has.
    """

    keys: dict[str, Secret] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    in_keyring: frozenset[str] = frozenset()


def own_file(credentials: Path) -> Path:
    """The app's own file beside the hand-written one: `credentials.local.toml`."""
    return credentials.with_name(f"{credentials.stem}.local{credentials.suffix}")


def read_credentials(path: Path) -> CredentialsFile:
    """The keys in a file; none when there is no such file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or others can read it. No message quotes its content.
    """
    try:
        if others_can_read(path):
            raise ConfigError(f"{path} is not used, because others can read it.", f"Run: chmod 600 {path}")
        table = load_toml(read_regular(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return CredentialsFile()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    except ValueError:  # TOML or UTF-8; the reason could quote a key
        raise ConfigError(f"{path} is not valid TOML.", 'Write lines such as: openai = "sk-…"') from None
    listed = table.pop(_IN_KEYRING, [])
    texts = dict(_texts(table))
    checks = {name: read_key(text, f'"{name}" in {path.name}') for name, text in texts.items()}
    return CredentialsFile(
        keys={name: Secret(check.key) for name, check in checks.items() if check.key},
        problems={name: check.problem for name, check in checks.items() if check.problem},
        in_keyring=frozenset(map(str, listed)) if isinstance(listed, list) else frozenset(),
    )


def _texts(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a table and of those in it, whose names have dots then, as if they were in quotes."""
    for name, value in table.items():
        if isinstance(value, str):
            yield above + name, value
        elif isinstance(value, dict):
            yield from _texts(value, f"{above}{name}.")


def store_in_file(credentials: Path, provider: str, secret: Secret) -> Path:
    """Write a key into the app's own file; returns the file.

    Raises:
        ConfigError: the file cannot be used (others can read it, no TOML), or not written. It is untouched then.
    """
    return _change(credentials, {provider}, keys={provider: secret})


def store_in_keyring(credentials: Path, provider: str, secret: Secret) -> bool:
    """Give a key to the system's keyring and note it in the app's own file; False where no keyring keeps it.

    May wait for the person to unlock it: not for the event loop.

    Raises:
        ConfigError: the file cannot be used, or not written.
    """
    if (keyring := _keyring()) is None:
        return False
    read_credentials(own_file(credentials))  # what cannot be noted is not given away
    try:
        keyring.set_password(KEYRING_SERVICE, provider, secret.reveal())
        # One of its back ends forgets everything.
        if keyring.get_password(KEYRING_SERVICE, provider) != secret.reveal():
            return False
    except importlib.import_module("keyring.errors").KeyringError:
        return False
    _change(credentials, {provider}, in_keyring={provider})
    return True


def forget(credentials: Path, providers: Iterable[str]) -> None:
    """Take keys out of the app's own file and of the keyring; those that are not there are gone already.

    May wait for the person to unlock the keyring: not for the event loop.

    Raises:
        ConfigError: the file cannot be used, or not written.
    """
    held, names = read_credentials(own_file(credentials)), set(providers)
    if (keyring := _keyring()) is not None:
        for name in names & held.in_keyring:
            with suppress(importlib.import_module("keyring.errors").KeyringError):
                keyring.delete_password(KEYRING_SERVICE, name)
    if names & (held.keys.keys() | held.in_keyring):
        _change(credentials, names)


def keys_in_keyring(providers: Iterable[str]) -> dict[str, Secret]:
    """The keys that the app, or `keyring set chinwag PROVIDER`, stored, by provider.

    May wait for the person to unlock it. Once it refuses, as when it stays locked, it is asked for no further one.
    """
    if (keyring := _keyring()) is None:
        return {}
    found = {}
    try:
        for provider in providers:
            if value := keyring.get_password(KEYRING_SERVICE, provider):
                found[provider] = Secret(value)
    except importlib.import_module("keyring.errors").KeyringError:
        pass
    return found


def _keyring() -> ModuleType | None:
    return importlib.import_module("keyring") if importlib.util.find_spec("keyring") is not None else None


def _change(
    credentials: Path, names: Set[str], *, keys: Mapping[str, Secret] | None = None, in_keyring: Set[str] = frozenset()
) -> Path:
    """Put other things in the place of what the file has by some names; whatever else it has by now stays."""
    import tomli_w

    path = own_file(credentials)
    with changing(path):
        held = read_credentials(path)
        kept = {name: key for name, key in held.keys.items() if name not in names}
        table: dict[str, str | list[str]] = {name: key.reveal() for name, key in {**kept, **(keys or {})}.items()}
        if listed := (held.in_keyring - names) | in_keyring:
            table[_IN_KEYRING] = sorted(listed)
        note = f"# Written by Chinwag when a key is added in the app. Write by hand into {credentials.name} instead."
        write_private(path, f"{note}\n\n{tomli_w.dumps(table)}".encode())
    return path
