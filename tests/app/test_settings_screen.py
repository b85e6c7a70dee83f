"""The settings screen: what is set there holds at once and after a restart, and says where everything comes from."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.settings import SettingEntries, SettingNote, SettingsDialog
from tui.app.dialogs.text_editor import TextEditor
from tui.app.dialogs.themes import ThemePicker
from tui.config import Config, State, added_file, load_config


async def opened(here: Running, *words: str) -> SettingsDialog:
    """Open the screen by its key, and type words to find something."""
    await here.pilot.press("alt+comma")
    await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings")
    dialog = here.app.screen
    assert isinstance(dialog, SettingsDialog)
    if words:
        await here.type(" ".join(words))
    return dialog


def configured(home: Path, text: str) -> Config:
    file = home / "config.toml"
    file.write_text(text)
    return load_config(file)


def line_of(here: Running, label: str, number: int = 0) -> str:
    """The row of a setting in the list; this chat's is the first, that of new chats the second."""
    rows = here.text_of(here.app.screen.query_one(SettingEntries))
    return [line for line in rows.splitlines() if f" {label} " in line][number]


async def test_everything_is_there_with_its_value_under_its_heading_at_80x24(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        dialog = await opened(here)
        for heading in ("This chat", "Every new chat"):
            assert heading in here.screen()
        assert "one of off, minimal, low, medium, high, max" in here.screen()
        await here.pilot.press("pagedown", "pagedown")
        await here.pilot.pause()
        assert "chinwag-dark" in here.screen() and "By hand" in here.screen()
        assert dialog.rows.key == "providers"


async def test_a_chats_own_setting_holds_for_it_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await opened(here)
        await here.pilot.press("right", "right")
        await here.until(lambda: here.app.chat.presenter.settings.effort == "minimal", "the effort")
        await here.until(lambda: "this chat" in line_of(here, "effort"), "its origin")
        assert here.app.chat.layout_view.header.effort == "minimal", "what is behind the screen follows"
        assert here.library.defaults.effort is None
        await here.pilot.press("delete")
        await here.until(lambda: here.app.chat.presenter.settings.effort is None, "the default")
        assert not added_file(tmp_path / "config.toml").exists()


async def test_what_is_set_for_new_chats_is_sent_by_them_and_by_the_empty_one_on_the_screen(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await opened(here, "every new temperature")
        await here.pilot.press("enter")
        await here.type("0.3")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.settings.temperature == 0.3, "the empty chat")
        await here.until(lambda: "set in the app" in here.screen(), "its origin")
        await here.pilot.press("escape")
        await here.ask("One")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: not here.app.chat.presenter.prompts, "the new chat")
        await here.ask("Two")
        assert [(asked.settings or {}).get("temperature") for asked in model.asked] == [0.3, 0.3]
    assert "temperature = 0.3" in added_file(tmp_path / "config.toml").read_text()


async def test_a_chat_with_messages_keeps_its_settings_when_those_of_new_ones_change(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("One")
        await opened(here, "every new effort")
        await here.pilot.press("right")
        await here.until(lambda: here.library.defaults.effort == "off", "the default")
        assert here.app.chat.presenter.settings.effort is None


async def test_a_value_that_makes_no_sense_is_refused_in_words_and_can_be_left(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        dialog = await opened(here, "this chat temperature")
        await here.pilot.press("enter")
        await here.type("[b]9")
        await here.pilot.press("enter")
        await here.pilot.pause()
        assert "[b]9 is not a number from 0 to 2; the value stays." in here.screen()
        await here.pilot.press("escape")
        assert dialog.field.value == "this chat temperature" and here.app.screen is dialog
        assert here.app.chat.presenter.settings.temperature is None


@pytest.mark.parametrize(
    ("text", "variable", "shown"),
    [
        ("", "", "default"),
        ('\ntheme = "nord"', "", "config.toml:2"),
        ('theme = "nord"', "gruvbox", "environment · CHINWAG_THEME"),
    ],
)
async def test_the_origin_of_a_value_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, variable: str, shown: str
) -> None:
    if variable:
        monkeypatch.setenv("CHINWAG_THEME", variable)
    async with running(tmp_path, config=configured(tmp_path, text)) as here:
        await opened(here, "theme")
        await here.until(lambda: shown in here.screen(), "the origin")


async def test_an_option_of_the_command_line_is_named(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.app._services.preferences.override("model", "fake:one", "-m")
        await opened(here, "who answers")
        await here.until(lambda: "command line · -m" in here.screen(), "the origin")


async def test_what_the_app_sets_wins_over_the_file_and_the_environment_and_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHINWAG_THEME", "gruvbox")
    config = configured(tmp_path, 'theme = "nord"')
    async with running(tmp_path, config=config, size=(100, 30)) as here:
        assert here.app.theme == "gruvbox"
        await opened(here, "theme")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.type("dracula")
        await here.pilot.press("enter")
        await here.until(lambda: "config.local.toml" in line_of(here, "theme"), "its origin")
        assert here.app.theme == "dracula"
        await here.pilot.press("delete")
        await here.until(lambda: here.app.theme == "nord", "that of the file")
        assert (tmp_path / "config.toml").read_text() == 'theme = "nord"', "which stays as it was written"
    monkeypatch.delenv("CHINWAG_THEME")
    assert load_config(tmp_path / "config.toml").settings.text("theme") == "nord"


async def test_a_theme_of_before_there_was_a_file_holds_until_another_is_set(tmp_path: Path) -> None:
    state = State(theme="nord", last_model="fake:one")
    async with running(tmp_path, state=state) as here:
        assert here.app.theme == "nord"
        await opened(here, "theme")
        await here.pilot.press("delete")
        await here.until(lambda: here.app.theme == "chinwag-dark", "the default")
        assert here.app._state == replace(state, theme=None)


async def test_the_system_prompt_and_the_model_have_dialogs_of_their_own_and_one_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await opened(here, "every new system")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, TextEditor), "the editor")
        await here.type("Be terse.")
        await here.pilot.press("ctrl+s")
        await here.until(lambda: here.library.defaults.system_prompt == "Be terse.", "the prompt")
        await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings again")
        assert "Be terse." in here.screen()
        await here.type("answers in")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the models")
        await here.type("two")
        await here.pilot.press("enter")
        await here.until(lambda: "fake:two" in here.screen(), "the model")
        await here.pilot.press("escape")
        assert here.app.chat.presenter.model == "fake:one", "it is for the first chat of a start"


async def test_the_mouse_changes_and_takes_back(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        dialog = await opened(here)
        row = next(index for index, line in enumerate(dialog.rows.lines) if line.key == "chat.effort")
        await here.pilot.click(dialog.rows, offset=(6, row))
        await here.until(lambda: here.library.defaults.effort == "off", "a step")
        await here.until(lambda: "del back to default" in here.text_of(dialog.query_one(SettingNote)), "the way back")
        await here.pilot.click(SettingNote, offset=(70, 3))
        await here.until(lambda: here.library.defaults.effort is None, "the default")


async def test_a_file_that_cannot_be_written_is_said_and_the_setting_holds(tmp_path: Path) -> None:
    async with running(tmp_path, config=Config(tmp_path / "file" / "config.toml"), size=(100, 30)) as here:
        (tmp_path / "file").write_text("")
        await opened(here, "keys")
        await here.pilot.press("right")
        await here.until(lambda: "cannot be" in here.screen(), "the reason")
        assert here.app.keymap["layout.back"] == ("escape", "i")


async def test_what_is_written_by_hand_is_shown_and_says_so(tmp_path: Path) -> None:
    config = configured(tmp_path, '[providers.work]\nbase_url = "http://127.0.0.1:9/v1"')
    async with running(tmp_path, config=config) as here:
        await opened(here, "servers of your own")
        assert "work" in line_of(here, "providers")
        await here.pilot.press("right", "delete", "enter")
        await here.pilot.pause()
        assert "Written by hand, in config.toml." in here.screen()


async def test_words_that_no_setting_has_are_said(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await opened(here, "zzzz")
        await here.pilot.press("enter", "right", "delete")
        assert "No setting has these words." in here.screen()
