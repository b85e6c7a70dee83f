"""Keys are found where people keep them, in one order, and their values are seen by nobody but the provider."""

import logging
import sys
import traceback
import types
from pathlib import Path

import pytest

from tests.support.places import NO_FILES, Make
from tui.agent.secret import Secret
from tui.chat.credentials.lookup import Key, KeyLookup, KeyPlaces
from tui.chat.credentials.store import read_credentials
from tui.config import ProviderConfig
from tui.errors import ConfigError

CANARY = "sk-canary-1234567890"
PLACES = KeyPlaces("acme", ("ACME_API_KEY", "ACME_KEY"))


def configured(**fields: object) -> KeyPlaces:
    return KeyPlaces("acme", ("ACME_API_KEY",), ProviderConfig("acme", **fields))  # type: ignore[arg-type]


def credentials(tmp_path: Path, text: str = f'acme = "{CANARY}"\n', mode: int = 0o600) -> Path:
    path = tmp_path / "credentials.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def found(key: Key | None) -> tuple[str, str] | None:
    return None if key is None else (key.secret.reveal(), key.source)


def printing(value: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({value!r})")


def test_the_environment_comes_first_and_the_variable_that_was_named_before_the_usual_ones(tmp_path: Path) -> None:
    keys = KeyLookup(credentials(tmp_path), {"ACME_KEY": " second ", "ACME_API_KEY": "", "MINE": "named"})
    assert found(keys.find(PLACES)) == ("second", "ACME_KEY")
    assert found(keys.find(configured(api_key_env="MINE"))) == ("named", "MINE")


def test_then_the_configuration_then_the_credentials_file(tmp_path: Path) -> None:
    keys = KeyLookup(credentials(tmp_path), {})
    assert found(keys.find(configured(api_key=Secret("inline")))) == ("inline", "config.toml")
    assert found(keys.find(PLACES)) == (CANARY, "credentials.toml")
    assert keys.find(KeyPlaces("other", ())) is None


async def test_a_command_is_run_once_without_a_shell_and_before_the_credentials_file(tmp_path: Path) -> None:
    keys = KeyLookup(credentials(tmp_path), {})
    mark = tmp_path / "ran"
    script = f"open({str(mark)!r}, 'a').write('x'); print('from-command $HOME'); print('second line')"
    places = configured(key_command=(sys.executable, "-c", script))
    assert found(await keys.fetch(places)) == ("from-command $HOME", f"key_command {sys.executable}")
    assert found(await keys.fetch(places)) == ("from-command $HOME", f"key_command {sys.executable}")
    assert found(keys.find(places)) == ("from-command $HOME", f"key_command {sys.executable}")
    assert mark.read_text() == "x"


@pytest.mark.parametrize(
    "command",
    [
        ("/nowhere/at/all",),
        (sys.executable, "-c", f"print('{CANARY}'); raise SystemExit(3)"),
        (sys.executable, "-c", "pass"),
    ],
)
async def test_a_command_that_fails_says_so_without_its_output_and_the_next_place_counts(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    keys = KeyLookup(credentials(tmp_path, 'acme = "stored"'), {})
    assert found(await keys.fetch(configured(key_command=command))) == ("stored", "credentials.toml")
    assert "key command" in keys.problem("acme")
    assert CANARY not in keys.problem("acme")


async def test_the_keyring_counts_last_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("keyring", None)
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]  # a stand-in module
    keyring.get_password = lambda service, name: f"{service}/{name}"  # type: ignore[attr-defined]  # likewise
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    keys = KeyLookup(tmp_path / "absent.toml", {})
    assert keys.find(PLACES) is None
    assert found(await keys.fetch(PLACES)) == ("chinwag/acme", "keyring")
    assert found(keys.find(PLACES)) == ("chinwag/acme", "keyring")


async def test_without_any_key_there_is_none_and_no_error(tmp_path: Path) -> None:
    keys = KeyLookup(tmp_path / "absent.toml", {})
    assert await keys.fetch(PLACES) is None
    assert keys.problem("acme") == ""


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_credentials_file_that_others_can_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = credentials(tmp_path, mode=mode)
    with pytest.raises(ConfigError) as caught:
        read_credentials(path)
    assert "others can read it" in caught.value.message
    assert caught.value.hint == f"Run: chmod 600 {path}"
    keys = KeyLookup(path, {})
    assert keys.find(PLACES) is None
    assert "others can read it" in keys.problem("acme")


@pytest.mark.parametrize("text", [f'acme = "{CANARY}', f"acme = {CANARY}", f'acme = "{CANARY}"\n[acme]\n'])
def test_a_broken_credentials_file_is_named_and_never_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_credentials(credentials(tmp_path, text))
    assert "credentials.toml" in caught.value.message
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_what_is_no_file_in_the_place_of_the_credentials_is_named_and_not_waited_for(
    make: Make, words: str, tmp_path: Path
) -> None:
    make(tmp_path / "credentials.toml")
    with pytest.raises(ConfigError) as caught:
        read_credentials(tmp_path / "credentials.toml")
    assert words in caught.value.message or "others can read it" in caught.value.message


async def test_no_repr_and_no_log_shows_a_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keys = KeyLookup(credentials(tmp_path), {"ACME_API_KEY": CANARY})
    key = keys.find(PLACES)
    places = configured(key_command=printing(CANARY))
    fetched = await KeyLookup(tmp_path / "absent.toml", {}).fetch(places)
    assert CANARY not in f"{key!r} {key} {fetched!r} {keys!r} {vars(keys).get('_fetched')!r}"
    assert CANARY not in caplog.text
