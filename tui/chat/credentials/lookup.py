"""Where each provider's key comes from. Values stay inside `Secret`, and out of every repr, message and log.

Order: one that was given in this run, the environment, `config.toml` (the key itself, then a command that prints it),
`credentials.local.toml`, `credentials.toml`, the system's keyring. Commands and the keyring are asked off the loop,
once, and only when nothing quicker has a key.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tui.agent.secret import Secret
from tui.chat.credentials.store import (
    CredentialsFile,
    forget,
    keys_in_keyring,
    own_file,
    read_credentials,
    store_in_file,
    store_in_keyring,
)
from tui.chat.loading import unattended
from tui.config import ProviderConfig
from tui.dataclass import dataclass
from tui.errors import ChinwagError, ConfigError
from tui.key_text import read_key
from tui.programs import MOST_BYTES, run_program

COMMAND_TIMEOUT_S = 30.0
"""How long a key command may take: it may ask for a passphrase in a window of its own."""


_KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and where it was found, such as "OPENAI_API_KEY" or "credentials.toml"."""

    secret: Secret
    source: str


@dataclass(frozen=True, slots=True)
class StoredKey:
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


class KeyLookup:
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
        self._asked_keyring: set[str] = set()

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
            if not self._has_command(places):
                await self._ask_keyring((places.provider,))
            elif (key := await self._from_command(places)) is not None:
                self._fetched[places.provider] = key
        return self.find(places)

    async def fetch_from_keyring(self, places: Iterable[KeyPlaces]) -> None:
        """Ask the keyring for all keys that are not at hand, in one go: a person unlocks it, or refuses to, once."""
        await self._ask_keyring(tuple(each.provider for each in places if self.find(each) is None))

    def may_have(self, places: KeyPlaces) -> bool:
        """Whether there is a key, or the keyring is known to have one; asks nobody."""
        return self.find(places) is not None or places.provider in self._own_file().in_keyring

    async def keep(self, places: KeyPlaces, secret: Secret) -> StoredKey:
        """Keep a key for this run and for all that come, in the keyring or else in `credentials.local.toml`.

        Raises:
            ConfigError: it could not be written down; nothing has changed then.
        """
        file: Path | None = None
        if not await asyncio.to_thread(store_in_keyring, self._credentials, places.provider, secret):
            file = await asyncio.to_thread(store_in_file, self._credentials, places.provider, secret)
        first = self._at_hand(places)
        self._given[places.provider] = Key(secret, file.name if file else _KEYRING)
        return StoredKey(file, first.source if first else "")

    async def stored(self, name: str) -> str | None:
        """A stored key that belongs to no provider of models, by its name; None when there is none.

        It is looked up each time: another window may have renewed it.
        """
        self._given.pop(name, None)
        self._fetched.pop(name, None)
        key = await self.fetch(KeyPlaces(name, ()))
        return key.secret.reveal() if key else None

    def stored_names(self) -> frozenset[str]:
        """What the app has stored keys for; asks nobody."""
        held = self._own_file()
        return frozenset(held.keys) | held.in_keyring

    async def forget(self, names: Iterable[str]) -> None:
        """Take stored keys away, in this run too. What stands in `credentials.toml` stays: a person wrote it.

        Raises:
            ConfigError: they could not be taken away.
        """
        gone = tuple(names)
        await asyncio.to_thread(forget, self._credentials, gone)
        for name in gone:
            self._given.pop(name, None)
            self._fetched.pop(name, None)

    def _has_command(self, places: KeyPlaces) -> bool:
        """Whether a command is still to be asked, before anything that counts less."""
        waiting = places.provider not in self._fetched and self._at_hand(places) is None
        return waiting and places.configured is not None and bool(places.configured.key_command)

    def problem(self, provider: str) -> str:
        """Why a provider's key could not be had although there should be one; "" when nothing is wrong."""
        return self._problems.get(provider, "") or self._problems.get("", "")

    def own_problem(self, provider: str) -> str:
        """The same without what concerns all providers: a file of keys that cannot be read."""
        return self._problems.get(provider, "")

    def _checked(self, provider: str, text: Secret, source: str, label: str = "") -> Key | None:
        """The key in a text; None when there is none, or it can be none, which is then the provider's problem."""
        if not text.reveal():
            return None
        found = read_key(text.reveal(), label or source)
        if found.problem:
            self._problems[provider] = found.problem
        return Key(Secret(found.key), source) if found.key else None

    def _at_hand(self, places: KeyPlaces) -> Key | None:
        environ = os.environ if self._environ is None else self._environ
        configured = places.configured
        named = (configured.api_key_env,) if configured and configured.api_key_env else ()
        for variable in (*named, *places.variables):
            if key := self._checked(places.provider, Secret(environ.get(variable, "")), variable):
                return key
        return Key(configured.api_key, "config.toml") if configured and configured.api_key else None

    def _stored(self, provider: str) -> Key | None:
        held, file = self._own_file(), own_file(self._credentials)
        # The keyring's key counts, and until it was asked nothing else does; one that has lost it is passed over.
        lost = provider in self._asked_keyring and provider not in self._fetched
        if provider not in held.keys and (provider not in held.in_keyring or lost):
            self._note_problem(provider, held)
            held, file = self._read(self._credentials), self._credentials
            self._note_problem(provider, held)
        secret = held.keys.get(provider)
        return Key(secret, file.name) if secret else None

    def _note_problem(self, provider: str, held: CredentialsFile) -> None:
        if provider in held.problems:
            self._problems.setdefault(provider, held.problems[provider])

    def _own_file(self) -> CredentialsFile:
        self._problems.pop("", None)
        return self._read(own_file(self._credentials))

    def _read(self, path: Path) -> CredentialsFile:
        try:
            return read_credentials(path)
        except ConfigError as error:
            self._problems[""] = error.message
            return CredentialsFile()

    async def _ask_keyring(self, providers: tuple[str, ...]) -> None:
        self._asked_keyring.update(providers)
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_S):  # it may ask for a passphrase, too
                secrets = await unattended(keys_in_keyring, providers)
        except TimeoutError:
            self._problems.update(
                dict.fromkeys(providers, f"The keyring gave no key within {COMMAND_TIMEOUT_S:.0f} s.")
            )
            return
        for provider, secret in secrets.items():
            if key := self._checked(provider, secret, _KEYRING, "The keyring"):
                self._fetched[provider] = key

    async def _from_command(self, places: KeyPlaces) -> Key | None:
        command = places.configured.key_command if places.configured else ()
        self._problems.pop(places.provider, None)
        name = Path(command[0]).name
        try:
            printed = await _output_of(command)
        except ChinwagError as error:
            self._problems[places.provider] = error.message
            return None
        key = self._checked(
            places.provider, Secret(printed), f"key_command {command[0]}", f"What the key command {name} printed"
        )
        if key is None:
            self._problems.setdefault(places.provider, f"The key command {name} printed no key.")
        return key


async def _output_of(command: tuple[str, ...]) -> str:
    """What a program prints; no shell sees the command, and its output stands in no message."""
    name = Path(command[0]).name
    try:
        result = await run_program(command, timeout_s=COMMAND_TIMEOUT_S)
    except TimeoutError:
        raise ChinwagError(f"The key command {name} gave no key within {COMMAND_TIMEOUT_S:.0f} s.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        reason = getattr(error, "strerror", None) or "it is no name of a program"
        raise ChinwagError(f"The key command {name} cannot be run: {reason}.") from error
    if result.cut:
        raise ChinwagError(f"The key command {name} printed more than a key: over {MOST_BYTES >> 10} kB.")
    if result.code:
        raise ChinwagError(f"The key command {name} gave no key (exit code {result.code}).")
    return result.output.decode("utf-8", "replace")
