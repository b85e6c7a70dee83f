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


async def opened(here: Running, words: str = "") -> SettingsDialog:
    """Open the screen by its key, and type words to find something."""
    await here.pilot.press("alt+comma")
    await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings")
    dialog = here.app.screen
    assert isinstance(dialog, SettingsDialog)
    if words:
        await here.type(words)
    return dialog


def configured(home: Path, text: str) -> Config:
    file = home / "config.toml"
    file.write_text(text)
    return load_config(file)


def line_of(here: Running, label: str, number: int = 0) -> str:
    """The row of a setting in the list; this chat's is the first, that of new chats the second."""
    rows = here.text_of(here.app.screen.query_one(SettingEntries))
    return [line for line in rows.splitlines() if f" {label} " in line][number]


async def test_all_is_found_at_80x24_and_the_mouse_changes_and_takes_back(tmp_path: Path) -> None:
    config = configured(tmp_path, '[providers.work]\nbase_url = "http://127.0.0.1:9/v1"')
    async with running(tmp_path, size=(80, 24), config=config) as here:
        dialog = await opened(here)
        assert all(
            text in here.screen() for text in ("This chat", "Every new chat", "one of off, minimal, low, medium")
        )
        row = next(index for index, line in enumerate(dialog.rows.lines) if line.key == "chat.effort")
        await here.pilot.click(dialog.rows, offset=(6, row))
        await here.until(lambda: here.library.defaults.effort == "off", "a step")
        await here.until(lambda: "del back to default" in here.text_of(dialog.query_one(SettingNote)), "the way back")
        await here.pilot.click(SettingNote, offset=(70, 2))
        await here.until(lambda: here.library.defaults.effort is None, "the default")
        await here.pilot.press("pagedown", "pagedown", "pagedown")
        await here.pilot.pause()
        assert "three quarters" in line_of(here, "memory") and "work" in line_of(here, "providers")
        assert dialog.rows.key == "providers"
        await here.pilot.press("right", "delete", "enter")
        await here.pilot.pause()
        assert "Written by hand, in config.toml." in here.screen()
        await here.type("zzzz")
        await here.pilot.press("enter", "right", "delete")
        assert "No setting has these words." in here.screen()


async def test_a_chats_own_setting_holds_for_it_alone_and_nonsense_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        dialog = await opened(here)
        await here.pilot.press("right", "right")
        await here.until(lambda: here.app.chat.presenter.settings.effort == "minimal", "the effort")
        await here.until(lambda: "this chat" in line_of(here, "effort"), "its origin")
        assert here.app.chat.layout_view.header.effort == "minimal", "what is behind the screen follows"
        assert here.library.defaults.effort is None
        await here.pilot.press("delete")
        await here.until(lambda: here.app.chat.presenter.settings.effort is None, "the default")
        assert not added_file(tmp_path / "config.toml").exists()
        await here.type("this chat temperature")
        await here.pilot.press("enter")
        await here.type("[b]9")
        await here.pilot.press("enter")
        await here.pilot.pause()
        assert "[b]9 is not a number from 0 to 2; the value stays." in here.screen()
        await here.pilot.press("escape")
        assert dialog.field.value == "this chat temperature" and here.app.screen is dialog
        assert here.app.chat.presenter.settings.temperature is None


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
        await opened(here, "every new effort")
        await here.pilot.press("right")
        await here.until(lambda: here.library.defaults.effort == "off", "the default")
        assert here.app.chat.presenter.settings.effort is None, "a chat with messages keeps its own"
        await here.pilot.press("escape", "ctrl+n")
        await here.until(lambda: not here.app.chat.presenter.prompts, "the new chat")
        await here.ask("Two")
        sent = [asked.settings or {} for asked in model.asked]
        assert [(one.get("temperature"), one.get("thinking")) for one in sent] == [(0.3, None), (0.3, "off")]
    written = added_file(tmp_path / "config.toml").read_text()
    assert "temperature = 0.3" in written and 'effort = "off"' in written


async def test_what_the_app_sets_wins_over_the_file_and_the_environment_and_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHINWAG_THEME", "gruvbox")
    config = configured(tmp_path, '\ntheme = "nord"')
    async with running(tmp_path, config=config, size=(100, 30)) as here:
        await opened(here, "theme")
        assert here.app.theme == "gruvbox" and "environment · CHINWAG_THEME" in here.screen()
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.type("dracula")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings again")
        await here.until(lambda: "config.local.toml:" in line_of(here, "theme"), "its origin")
        assert here.app.theme == "dracula"
        await here.pilot.press("delete")
        await here.until(lambda: here.app.theme == "nord", "that of the file")
        await here.until(lambda: "config.toml:2" in line_of(here, "theme"), "its origin")
        assert (tmp_path / "config.toml").read_text() == '\ntheme = "nord"', "which stays as it was written"


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


async def test_a_file_that_cannot_be_written_is_said_and_the_setting_holds(tmp_path: Path) -> None:
    async with running(tmp_path, config=Config(tmp_path / "file" / "config.toml"), size=(100, 30)) as here:
        (tmp_path / "file").write_text("")
        await opened(here, "preset")
        await here.pilot.press("right")
        await here.until(lambda: "cannot be" in " ".join(here.screen().split()), "the reason")
        assert "not saved" in line_of(here, "preset") and here.app.keymap["layout.back"] == ("escape", "i")


async def test_a_size_is_typed_with_its_unit_and_holds_for_the_next_model(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        dialog = await opened(here)
        await here.type("local.memory")
        await here.pilot.press("enter")
        await here.type("lots")
        await here.pilot.press("enter")
        assert 'is not a size such as "8 GB"' in here.screen()
        dialog.field.value = "6 GB"
        await here.pilot.press("enter")
        await here.until(lambda: "6 GB" in line_of(here, "memory"), "the value")
