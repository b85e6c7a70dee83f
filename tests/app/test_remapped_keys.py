"""Keys of a person's own, from the configuration to the screen: they act, they are shown, and none is a trap."""

import asyncio
from pathlib import Path

from tests.support.app import Running, burst, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.help import Help
from tui.app.dialogs.palette import CommandPalette
from tui.app.keymap.keymap import Keymap
from tui.app.widgets.footer import Footer
from tui.config import Config, load_config


def configured(home: Path, text: str) -> Config:
    file = home / "config.toml"
    file.write_text(text)
    return load_config(file)


async def press(here: Running, *keys: str) -> None:
    await here.pilot.press(*keys)
    await here.pilot.pause()


async def test_the_keys_of_the_list_of_completions_can_be_moved_and_leave_those_of_the_text(tmp_path: Path) -> None:
    config = configured(tmp_path, '[keys.completion]\nmark_next = "f10"\ncomplete = "f11"\n')
    async with running(tmp_path, config=config) as here:
        await here.ask("One")
        await burst(here, [*"/th", "f10", "f11"])
        assert here.composer.text == "/theme "
        await burst(here, [*["backspace"] * 7, "up"])
        assert here.composer.text == "One", "the arrow is the text's again"


async def test_a_moved_key_acts_and_is_shown_wherever_keys_are_shown(tmp_path: Path) -> None:
    config = configured(tmp_path, '[keys]\nchat.new_chat = "f10"\nchat.add_key = "f12"\n"app.help" = "f1, ?"\n')
    async with running(tmp_path, config=config, size=(200, 50)) as here:
        assert "F10 new" in here.text_of(here.app.chat.query_one(Footer)) and "F10 new" in here.screen().splitlines()[0]
        assert "config.toml" not in here.screen(), "nothing is wrong with it"
        await here.ask("One")
        await press(here, "ctrl+n")
        assert here.app.chat.presenter.prompts, "the key of before does nothing"
        await press(here, "question_mark", "x")
        assert here.composer.text == "?x", "a sign is text where one writes, also when its command has other keys, too"
        here.composer.clear()
        await press(here, "f10")
        await here.until(lambda: not here.app.chat.presenter.prompts, "the new chat")
        await press(here, "f1")
        await here.until(lambda: isinstance(here.app.screen, Help), "the help")
        assert any("F10" in line and "Start an empty chat" in line for line in here.screen().splitlines())
        assert any("F12" in line and "Paste an API key" in line for line in here.screen().splitlines())
        await press(here, "escape", "ctrl+p")
        await here.until(lambda: isinstance(here.app.screen, CommandPalette), "the menu")
        await here.type("new")
        row = next(line for line in here.screen().splitlines() if "Start an empty chat" in line)
        assert row.split("│")[1].rstrip().endswith("F10"), "beside the menu one sees the settings"


async def test_a_table_full_of_mistakes_is_one_notice_and_the_app_starts_and_ends(tmp_path: Path) -> None:
    text = '[keys]\npreset = "dvorak"\nchat.newchat = "f10"\napp.quit = "none"\nchat.effort = "ctrl+foo"\n'
    async with running(tmp_path, config=configured(tmp_path, text), size=(200, 50)) as here:
        screen = " ".join(here.text_of(here.app.chat.layout_view.notices).replace("▌", "").split())
        assert f"{tmp_path}/config.toml:2: “keys.preset” must be one of default, vim" in screen
        assert "line 3: there is no command “chat.newchat”; did you mean “chat.new_chat”?" in screen
        assert "1 more. Try them: chinwag doctor keys" in screen
        assert here.app.keymap == Keymap()
        await press(here, "ctrl+q")
        await here.until(lambda: not here.app.is_running, "the end")


async def test_sending_and_breaking_the_line_can_change_places(tmp_path: Path) -> None:
    model = ScriptedModel()
    config = configured(tmp_path, '[keys.composer]\nsend = "f5"\nnewline = ["enter", "ctrl+j"]\n')
    async with running(tmp_path, model, config=config) as here:
        await here.type("a")
        await press(here, "enter")
        await here.type("b")
        assert here.composer.text == "a\nb" and "F5 send" in here.screen()
        await press(here, "f5")
        await here.settled()
        assert model.asked[0].prompts == ["a\nb"]


async def test_a_preset_holds_at_once_on_every_screen(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("One")
        await here.app._services.preferences.change("keys.preset", "emacs")
        here.composer.text = "first\nsecond"
        await press(here, "ctrl+p", "ctrl+b")
        assert here.composer.area.cursor_location == (0, 4)
        await press(here, "ctrl+n", "ctrl+f")
        assert here.composer.area.cursor_location == (1, 5)
        await press(here, "alt+x")
        await here.until(lambda: isinstance(here.app.screen, CommandPalette), "M-x")
        menu = here.app.screen
        assert isinstance(menu, CommandPalette)
        first = menu.rows.key
        await press(here, "ctrl+n")
        assert menu.rows.key != first
        await press(here, "ctrl+p")
        assert menu.rows.key == first
        await press(here, "escape")
        await here.app._services.preferences.change("keys.preset", "vim")
        await press(here, "escape")
        assert here.transcript.has_focus
        await press(here, "i", "i")
        assert here.composer.area.has_focus and here.composer.text == "first\nseconid"
        await here.app._services.preferences.change("keys.preset", None)
        assert here.app.keymap == Keymap()
        await press(here, "ctrl+p")
        await here.until(lambda: isinstance(here.app.screen, CommandPalette), "the menu by its usual key")


async def test_a_card_names_the_key_that_acts(tmp_path: Path) -> None:
    config = configured(tmp_path, '[keys.transcript]\nretry = "f10"\n')
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["Half", gate], ["Whole."]), config=config) as here:
        await here.send("One")
        await here.until(lambda: "Half" in here.screen(), "the half")
        await press(here, "escape")
        await here.until(lambda: "F10 retry   m other model" in here.screen(), "the card")
        await here.settled()
        await press(here, "escape", "f10")
        await here.until(lambda: "Whole." in here.screen(), "another answer")
