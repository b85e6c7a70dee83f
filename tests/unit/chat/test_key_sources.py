"""A key with notes below it, or with letters that no key has: none of it may be sent, shown or kept."""

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.catalog import listings_of
from tui.agent.secret import Secret
from tui.chat.credentials.lookup import KeyLookup, KeyPlaces
from tui.chat.setup import Setup
from tui.config import Config, ProviderConfig, load_config

GOOD = "sk-canary-one-1234567890"
NOTES = ("login: somebody", "recovery: canary-two")
Source = Callable[[Path, pytest.MonkeyPatch, str], tuple[KeyLookup, KeyPlaces]]


def from_environment(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[KeyLookup, KeyPlaces]:
    return KeyLookup(folder / "absent.toml", {"ACME_API_KEY": text}), KeyPlaces("acme", ("ACME_API_KEY",))


def from_named_variable(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[KeyLookup, KeyPlaces]:
    places = KeyPlaces("acme", (), ProviderConfig("acme", api_key_env="MINE"))
    return KeyLookup(folder / "absent.toml", {"MINE": text}), places


def from_file(name: str) -> Source:
    def source(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[KeyLookup, KeyPlaces]:
        file = folder / name
        escaped = "".join(f"\\U{ord(character):08x}" for character in text)
        file.write_text(f'acme = "{escaped}"\n')
        file.chmod(0o600)
        return KeyLookup(folder / "credentials.toml", {}), KeyPlaces("acme", ("ACME_API_KEY",))

    return source


def from_command(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[KeyLookup, KeyPlaces]:
    command = (sys.executable, "-c", f"import sys; sys.stdout.buffer.write({text.encode()!r})")
    return KeyLookup(folder / "absent.toml", {}), KeyPlaces("acme", (), ProviderConfig("acme", key_command=command))


def from_keyring(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[KeyLookup, KeyPlaces]:
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("keyring", None)
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]  # a stand-in module
    keyring.get_password = lambda service, name: text  # type: ignore[attr-defined]  # likewise
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return KeyLookup(folder / "absent.toml", {}), KeyPlaces("acme", ("ACME_API_KEY",))


SOURCES = {
    "environment": from_environment,
    "named variable": from_named_variable,
    "credentials.toml": from_file("credentials.toml"),
    "credentials.local.toml": from_file("credentials.local.toml"),
    "key_command": from_command,
    "keyring": from_keyring,
}
EVERY_SOURCE = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@EVERY_SOURCE
@pytest.mark.parametrize(
    "text",
    [
        "\n".join((GOOD, *NOTES)),
        f"\r\n \ufeff{GOOD}\u200b\r\n{NOTES[1]}\r\n",
        f"{GOOD}\u2028{NOTES[1]}",
        f"\ufeff {GOOD}\t",
        f"{GOOD}\x0b{NOTES[1]}\x85{NOTES[0]}",
    ],
    ids=["notes", "windows and invisibles", "line separator", "byte order mark", "odd line ends"],
)
async def test_the_first_line_is_the_key_and_the_rest_is_nowhere(
    source: Source, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, places = source(tmp_path, monkeypatch, text)
    key = await keys.fetch(places)
    assert key is not None and key.secret == Secret(GOOD)
    assert keys.problem("acme") == ""


@EVERY_SOURCE
@pytest.mark.parametrize("text", [f"{GOOD}ü", f"{GOOD[:9]}\x1b[31m{GOOD[9:]}", "“" + GOOD + "”", GOOD * 1000])
async def test_what_is_no_key_is_refused_by_the_name_of_its_source_and_never_quoted(
    source: Source, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, places = source(tmp_path, monkeypatch, text)
    assert await keys.fetch(places) is None
    problem = keys.problem("acme")
    assert "holds no key" in problem and "canary" not in problem
    assert any(
        name in problem for name in ("ACME_API_KEY", "MINE", "credentials", "keyring", Path(sys.executable).name)
    )
    assert "canary" not in f"{keys!r} {vars(keys) | {'_environ': None}!r}"


@EVERY_SOURCE
@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff\u200b"])
async def test_what_is_empty_is_no_key(
    source: Source, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, places = source(tmp_path, monkeypatch, text)
    assert await keys.fetch(places) is None


async def test_where_one_place_holds_no_key_the_next_one_counts(tmp_path: Path) -> None:
    keys = KeyLookup(tmp_path / "absent.toml", {"FIRST": "ключ", "SECOND": GOOD})
    key = await keys.fetch(KeyPlaces("acme", ("FIRST", "SECOND")))
    assert key is not None and (key.secret, key.source) == (Secret(GOOD), "SECOND")


def test_the_configuration_takes_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[providers.openai]\napi_key = """\n{GOOD}\n{NOTES[1]}\n"""\n')
    file.chmod(0o600)
    assert load_config(file).providers[0].api_key == Secret(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join((GOOD, *NOTES)),
        f"export OPENAI_API_KEY='{GOOD}'\n{NOTES[1]}",
        f"\ufeff{GOOD}\u200b",
        f"Bearer {GOOD}\r\n{NOTES[0]}",
    ],
)
def test_of_what_is_pasted_the_first_line_counts(text: str, tmp_path: Path) -> None:
    config = Config(tmp_path / "config.toml")
    pasted = Setup(listings_of(config, environ={}), config.path).parse_key(text)
    assert (pasted.secret, pasted.problem) == (Secret(GOOD), "")


@pytest.mark.parametrize("text", [f"“{GOOD}”", f"{GOOD} {NOTES[0]}", f"{GOOD}\x00x", "short"])
def test_a_paste_that_is_no_key_is_refused_without_quoting_it(text: str, tmp_path: Path) -> None:
    config = Config(tmp_path / "config.toml")
    pasted = Setup(listings_of(config, environ={}), config.path).parse_key(text)
    assert pasted.problem and "canary" not in pasted.problem and "somebody" not in pasted.problem
