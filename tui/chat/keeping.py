"""Where a key is kept that was typed into the app: the system's keyring, else `credentials.toml`, 0600.

A value stands in no message, repr or log. What a person wrote into the file by hand stays as it was.
"""

import importlib
import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tui.agent.secret import Secret
from tui.chat.keys import IN_KEYRING, KEYRING_SERVICE
from tui.config import others_can_read, write_private
from tui.errors import ConfigError


def keep_in_keyring(provider: str, secret: Secret) -> bool:
    """Give a key to the system's keyring; False where there is none, or where it does not give the key back.

    May wait for the person to unlock it: not for the event loop.
    """
    if importlib.util.find_spec("keyring") is None:
        return False
    keyring = importlib.import_module("keyring")
    errors = importlib.import_module("keyring.errors")
    try:
        keyring.set_password(KEYRING_SERVICE, provider, secret.reveal())
        # One of its back ends forgets everything.
        return bool(keyring.get_password(KEYRING_SERVICE, provider) == secret.reveal())
    except errors.KeyringError:
        return False


def note_in_keyring(path: Path, provider: str) -> None:
    """Write down that the keyring has a provider's key, and take an older one out of the file.

    Raises:
        ConfigError: the file cannot be used, or not written.
    """
    text, table = _read(path)
    noted = table.get(IN_KEYRING, [])
    names = [*(name for name in noted if name != provider), provider]
    text = _without(text, provider)
    _write(path, _with(text, IN_KEYRING, json.dumps(names)), {**table, IN_KEYRING: names}, without=provider)


def keep_in_file(path: Path, provider: str, secret: Secret) -> None:
    """Write a key into `credentials.toml`, readable by its owner only.

    Raises:
        ConfigError: the file cannot be used (others can read it, no TOML), or not written. It is untouched then.
    """
    text, table = _read(path)
    value = secret.reveal()
    table[provider] = value
    names = [name for name in table.get(IN_KEYRING, []) if name != provider]
    if IN_KEYRING in table:
        table[IN_KEYRING] = names
        text = _with(text, IN_KEYRING, json.dumps(names))
    _write(path, _with(text, provider, json.dumps(value)), table)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        if others_can_read(path):
            raise ConfigError(f"{path} is not used, because others can read it.", f"Run: chmod 600 {path}")
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        return "", {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    except ValueError:  # TOML or UTF-8; the reason could quote a key
        raise ConfigError(f"{path} is not valid TOML.", "Mend it, or move it away, and try again.") from None


def _line_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"""(?m)^[ \t]*(?:{re.escape(name)}|"{re.escape(name)}"|'{re.escape(name)}')[ \t]*=[^\n]*\n?""")


def _without(text: str, name: str) -> str:
    return _line_of(name).sub("", text, count=1)


def _with(text: str, name: str, value: str) -> str:
    """The text with `name = value`: in the place of the old line, else as the first one, above any table."""
    line = f"{name if re.fullmatch('[A-Za-z0-9_-]+', name) else json.dumps(name)} = {value}\n"
    found = _line_of(name).search(text)
    return text[: found.start()] + line + text[found.end() :] if found else line + text


def _write(path: Path, text: str, table: dict[str, Any], *, without: str = "") -> None:
    import tomli_w

    wanted = {name: value for name, value in table.items() if name != without}
    try:
        as_wanted = tomllib.loads(text) == wanted
    except ValueError:
        as_wanted = False
    # A file written in a way that lines cannot follow is written anew: a comment is worth less than a key.
    write_private(path, (text if as_wanted else tomli_w.dumps(wanted)).encode())
