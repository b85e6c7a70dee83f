"""Where each provider's key comes from. Values stay inside `Secret`, and out of every repr, message and log.

Order: one that was given in this run, the environment, `config.toml` (the key itself, then a command that prints it),
`credentials.toml`, the system's keyring. Commands and the keyring are asked off the loop, once, and only when nothing
quicker has a key.
"""

import asyncio
import importlib
import importlib.util
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.agent.secret import Secret
from tui.config import ProviderConfig, others_can_read
from tui.errors import ChinwagError, ConfigError

COMMAND_TIMEOUT_S = 30.0
"""How long a key command may take: it may ask for a passphrase in a window of its own."""


KEYRING_SERVICE = "chinwag"
"""The name under which the keyring has our keys; the user name is the provider's."""

IN_KEYRING = "_keyring"
"""The line of `credentials.toml` that lists the providers whose key the keyring has, so that nobody need ask it."""

_KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and where it was found, such as "OPENAI_API_KEY" or "credentials.toml"."""

    secret: Secret
    source: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a key was kept.

    Attributes:
        file: the private file, mode 0600; None for the system's keyring.
        before: where another key of this provider comes first at the next start, such as "OPENAI_API_KEY"; or "".
    """

    file: Path | None
    before: str


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where a provider's key may be.

    Attributes:
        provider: the name in model ids; also the key's name in `credentials.toml` and in the keyring.
        variables: environment variables, the first that is set counts.
        configured: its table in `config.toml`, if it has one.
    """

    provider: str
    variables: tuple[str, ...]
    configured: ProviderConfig | None = None


class Keys:
    """Finds keys, and remembers those that took time to get.

    Args:
        credentials: the path of `credentials.toml`: lines such as `openai = "sk-…"`.
        environ: the environment; None for the process's own, as it is when asked.
    """

    def __init__(self, credentials: Path, environ: Mapping[str, str] | None = None) -> None:
        self._credentials = credentials
        self._environ = environ
        self._given: dict[str, Key] = {}
        self._fetched: dict[str, Key] = {}
        self._problems: dict[str, str] = {}

    def find(self, places: KeyPlaces) -> Key | None:
        """The key that is at hand without waiting: commands and keyring count only after `fetch`."""
        if given := self._given.get(places.provider):
            return given
        fetched = self._fetched.get(places.provider)
        if fetched is not None and fetched.source != _KEYRING:
            return self._at_hand(places) or fetched
        return self._at_hand(places) or self._stored(places.provider) or fetched

    async def fetch(self, places: KeyPlaces) -> Key | None:
        """The key, from a command or the keyring if need be. Never raises for what goes wrong there: see `problem`."""
        if self.find(places) is None or self._has_command(places):
            if self._has_command(places):
                key = await self._from_command(places)
            else:
                key = await asyncio.to_thread(_from_keyring, places.provider)
            if key is not None:
                self._fetched[places.provider] = key
        return self.find(places)

    def may_have(self, places: KeyPlaces) -> bool:
        """Whether there is a key, or the keyring is known to have one; asks nobody."""
        return self.find(places) is not None or places.provider in names_in_keyring(self._credentials)

    async def keep(self, places: KeyPlaces, secret: Secret) -> Kept:
        """Keep a key for this run and for all that come, in the keyring or else in `credentials.toml`.

        Raises:
            ConfigError: it could not be written down; nothing has changed then.
        """
        from tui.chat.keeping import keep_in_file, keep_in_keyring, note_in_keyring

        if await asyncio.to_thread(keep_in_keyring, places.provider, secret):
            await asyncio.to_thread(note_in_keyring, self._credentials, places.provider)
            key = Key(secret, _KEYRING)
        else:
            await asyncio.to_thread(keep_in_file, self._credentials, places.provider, secret)
            key = Key(secret, self._credentials.name)
        first = self._at_hand(places)
        self._given[places.provider] = key
        return Kept(None if key.source == _KEYRING else self._credentials, first.source if first else "")

    def _has_command(self, places: KeyPlaces) -> bool:
        """Whether a command is still to be asked, before anything that counts less."""
        waiting = places.provider not in self._fetched and self._at_hand(places) is None
        return waiting and places.configured is not None and bool(places.configured.key_command)

    def problem(self, provider: str) -> str:
        """Why a provider's key could not be had although there should be one; "" when nothing is wrong."""
        return self._problems.get(provider, "") or self._problems.get("", "")

    def _at_hand(self, places: KeyPlaces) -> Key | None:
        environ = os.environ if self._environ is None else self._environ
        configured = places.configured
        named = (configured.api_key_env,) if configured and configured.api_key_env else ()
        for variable in (*named, *places.variables):
            if value := environ.get(variable, "").strip():
                return Key(Secret(value), variable)
        return Key(configured.api_key, "config.toml") if configured and configured.api_key else None

    def _stored(self, provider: str) -> Key | None:
        self._problems.pop("", None)
        try:
            value = read_credentials(self._credentials).get(provider)
        except ConfigError as error:
            self._problems[""] = error.message
            return None
        return Key(Secret(value), self._credentials.name) if value else None

    async def _from_command(self, places: KeyPlaces) -> Key | None:
        command = places.configured.key_command if places.configured else ()
        self._problems.pop(places.provider, None)
        try:
            return Key(Secret(await _output_of(command)), f"key_command {command[0]}")
        except ChinwagError as error:
            self._problems[places.provider] = error.message
            return None


def read_credentials(path: Path) -> dict[str, str]:
    """The keys in `credentials.toml` by provider; {} when there is no such file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or others can read it. No message quotes its content.
    """
    try:
        if others_can_read(path):
            raise ConfigError(f"{path} is not used, because others can read it.", f"Run: chmod 600 {path}")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    except ValueError:  # TOML or UTF-8; the reason could quote a key
        raise ConfigError(f"{path} is not valid TOML.", 'Write lines such as: openai = "sk-…"') from None
    return {name: value.strip() for name, value in table.items() if isinstance(value, str) and value.strip()}


def names_in_keyring(path: Path) -> frozenset[str]:
    """The providers whose key the keyring has, as `credentials.toml` notes; none when the file cannot be used."""
    try:
        noted = tomllib.loads(path.read_text(encoding="utf-8")).get(IN_KEYRING)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(str, noted)) if isinstance(noted, list) else frozenset()


async def _output_of(command: tuple[str, ...]) -> str:
    """The first line that a program prints; no shell sees the command, and its output stands in no message."""
    name = Path(command[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise ChinwagError(f"The key command {name} cannot be run: {error.strerror}.") from error
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        raise ChinwagError(f"The key command {name} gave no key within {COMMAND_TIMEOUT_S:.0f} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = output.decode("utf-8", "replace").strip().splitlines()
    if process.returncode or not lines:
        raise ChinwagError(f"The key command {name} gave no key (exit code {process.returncode}).")
    return lines[0].strip()


def _from_keyring(provider: str) -> Key | None:
    """The key that `keyring set chinwag PROVIDER` stored, where the package is installed."""
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = importlib.import_module("keyring")
    errors = importlib.import_module("keyring.errors")
    try:
        value = keyring.get_password(KEYRING_SERVICE, provider)
    except errors.KeyringError:  # locked, or no service to ask: as good as no key
        return None
    return Key(Secret(value), _KEYRING) if value else None
