"""Whoever does not know where a value comes from cannot change it."""

from pathlib import Path

import pytest

from tui.chat.library import Library
from tui.chat.preferences import Preferences
from tui.chat.settings import ChatSettings
from tui.config import State, load_config
from tui.errors import ConfigError
from tui.store.database import Database


def preferences(home: Path, text: str, state: State = State()) -> tuple[Preferences, Library]:  # noqa: B008  frozen
    (home / "config.toml").write_text(text)
    library = Library(Database(None))
    return Preferences(load_config(home / "config.toml"), library, state), library


def test_the_origin_of_every_kind_of_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHINWAG_THEME", "nord")
    (tmp_path / "config.local.toml").write_text('[chat]\neffort = "low"\n')
    found, library = preferences(tmp_path, "[chat]\ntemperature = 1\ntop_p = 0.5\n")
    found.override("model", "demo:guide", "--demo")
    assert {key: found.origin(key) for key in ("theme", "chat.effort", "chat.top_p", "model", "keys.preset")} == {
        "theme": "environment · CHINWAG_THEME",
        "chat.effort": "set in the app · ~/config.local.toml:2",
        "chat.top_p": "~/config.toml:3",
        "model": "command line · --demo",
        "keys.preset": "",
    }
    assert library.defaults == ChatSettings(temperature=1, top_p=0.5, effort="low")
    assert library.new("a:b").settings == library.defaults.to_json()
    assert ChatSettings.from_json(library.new("a:b", ChatSettings(temperature=0.0)).settings).temperature == 0.0


async def test_a_change_holds_at_once_and_says_what_the_next_start_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHINWAG_THEME", "nord")
    found, _ = preferences(tmp_path, "")
    told: list[str] = []
    found.listen(told.append)
    assert await found.change("theme", "dracula") == "CHINWAG_THEME sets it again at the next start."
    assert (found.values.text("theme"), found.is_ours("theme"), told) == ("dracula", True, ["theme"])
    assert await found.change("theme", None) == ""
    assert (found.values.text("theme"), found.is_ours("theme")) == ("auto", False)


async def test_a_change_that_cannot_be_saved_holds_for_this_run(tmp_path: Path) -> None:
    found, library = preferences(tmp_path, "")
    (tmp_path / "config.local.toml").mkdir()
    with pytest.raises(ConfigError, match="it is a folder"):
        await found.change("chat.effort", "high")
    assert library.defaults.effort == "high" and found.origin("chat.effort") == "set in the app · not saved"
