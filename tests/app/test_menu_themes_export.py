"""The menu, help, themes tried on, and export: everything by name, nothing overwritten unasked."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.commands import BY_ID, COMMANDS, key_text
from tui.app.dialogs.export import ExportDialog
from tui.app.dialogs.help import Help
from tui.app.dialogs.palette import CommandPalette
from tui.app.dialogs.themes import ThemePicker
from tui.app.theming import DARK
from tui.app.widgets.chat_rows import ON_TRASH
from tui.app.widgets.field import Field
from tui.chat.settings import ChatSettings
from tui.config import Config, SettingValues, SetValue, State, added_file, load_state


async def menu(here: Running, typed: str) -> None:
    """Choose a command in the menu by typing."""
    await here.pilot.press("ctrl+p")
    await here.until(lambda: isinstance(here.app.screen, CommandPalette), "the menu")
    await here.type(typed)
    await here.pilot.press("enter")
    await here.until(lambda: not isinstance(here.app.screen, CommandPalette), "no menu")


async def test_themes_are_tried_on_and_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await menu(here, "theme")
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.pilot.press("down", "down")  # from auto, over the dark one
        await here.until(lambda: here.app.theme == "chinwag-light", "light")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.theme == DARK, "dark again")
        await menu(here, "theme")
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.type("norx")
        await here.until(lambda: "Nothing matches" in here.screen(), "that nothing is found")
        await here.pilot.press("backspace")
        await here.type("d")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert here.app.theme.startswith("nord")
        own = added_file(tmp_path / "config.toml")
        await here.until(own.exists, "the file of ours")
        assert f'theme = "{here.app.theme}"' in own.read_text()


async def test_an_unknown_theme_is_said_and_the_app_starts(tmp_path: Path) -> None:
    async with running(tmp_path, state=State(last_model="fake:one", theme="[b]gone")) as here:
        assert here.app.theme == DARK
        assert "There is no theme “[b]gone”" in here.screen()


async def test_a_dark_a_light_and_a_terminals_theme_draw_the_same_in_other_colours(tmp_path: Path) -> None:
    async with running(tmp_path, size=(60, 20)) as here:
        await here.ask("Hi")
        shown, colours = set(), set()
        for name in ("nord", "chinwag-light", "chinwag-ansi"):
            here.app.theme = name
            await here.pilot.pause()
            shown.add(here.screen())
            colours.add(here.app.chat.background_colors[1].rgb)
        assert len(shown) == 1 and "Hi" in here.screen()
        assert len(colours) == 3


async def test_the_theme_of_the_configuration_is_worn_until_one_is_chosen(tmp_path: Path) -> None:
    chosen = SetValue("theme", "chinwag-light", "config.toml")
    config = Config(tmp_path / "config.toml", settings=SettingValues((chosen,)))
    async with running(tmp_path, config=config) as here:
        assert here.app.theme == "chinwag-light"


async def export_to(here: Running, path: Path) -> None:
    """Open the dialog and put a path into it."""
    await menu(here, "export")
    await here.until(lambda: isinstance(here.app.screen, ExportDialog), "the dialog")
    here.app.screen.query_one(Field).value = str(path)
    await here.pilot.pause()


async def test_a_chat_is_exported_and_what_is_there_is_asked_about(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The answer."])) as here:
        await here.ask("The question")
        target = tmp_path / "chat.md"
        await export_to(here, target)
        await here.pilot.press("enter")
        await here.until(target.exists, "the file")
        assert "The answer." in target.read_text()
        target.write_text("mine")
        await export_to(here, target)
        await here.pilot.press("enter")
        await here.until(lambda: "exists already" in here.screen(), "the question")
        assert target.read_text() == "mine"
        await here.pilot.press("enter")
        await here.until(lambda: "The answer." in target.read_text(), "the file")


async def test_the_name_that_is_typed_chooses_the_format(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The answer."])) as here:
        await here.ask("The question")
        await export_to(here, tmp_path / "chat.pdf")
        await here.pilot.press("enter")
        await here.until(lambda: "There is no format for .pdf files" in here.screen(), "why not")
        await here.pilot.press("end", "backspace", "backspace", "backspace", *"html")
        await here.until(lambda: "● HTML" in here.screen(), "the format")
        await here.pilot.press("enter")
        await here.until((tmp_path / "chat.html").exists, "the file")
        assert (tmp_path / "chat.html").read_text().startswith("<!DOCTYPE html>")
        assert not (tmp_path / "chat.pdf").exists()


async def test_keys_change_the_format_with_its_suffix_and_how_much_is_written_or_copied(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The answer."])) as here:
        await here.ask("The question")
        await here.library.set_settings(here.app.chat.presenter.id, ChatSettings(temperature=1.0))
        target = tmp_path / "chat.md"
        await export_to(here, target)
        assert "without the settings" in here.screen() and "this message" not in here.screen()
        await here.pilot.press("tab", "tab", "tab", "tab", "shift+tab")
        assert "without" not in here.screen()
        await here.pilot.press("enter")
        await here.until((tmp_path / "chat.json").exists, "the file")
        assert json.loads((tmp_path / "chat.json").read_text())
        assert not target.exists()
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.pilot.press("escape", "x")
        await here.until(lambda: isinstance(here.app.screen, ExportDialog), "the dialog")
        await here.pilot.press("alt+a")
        assert "this message only" in here.screen() and "Export this message" in here.screen()
        await here.pilot.press("alt+c")
        await here.until(lambda: "The answer." in here.app.clipboard, "the copy")
        assert "The question" not in here.app.clipboard.partition("## ")[2]


async def test_all_chats_are_exported_and_the_next_export_begins_where_the_last_one_went(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The **answer**."])) as here:
        await here.ask("The question")
        await here.pilot.press("escape", "x")
        await here.until(lambda: "# The question" in here.screen(), "the beginning of the file")
        await here.pilot.press("shift+tab", "shift+tab", "shift+tab", "shift+tab")
        await here.until(lambda: '"format": "chinwag"' in here.screen(), "the beginning of the JSON")
        await here.pilot.press("alt+a", "alt+a")
        await here.until(lambda: "all chats" in here.screen() and "1 chat, a file each" in here.screen(), "all chats")
        await here.pilot.press("alt+c")
        assert "too much for the clipboard" in here.screen()
        target = tmp_path / "out" / "chats"
        target.parent.mkdir()
        here.app.screen.query_one(Field).value = str(target)
        await here.pilot.press("enter")
        await here.until(lambda: "1 of 1 chat" in here.screen(), "the word of it")
        (written,) = target.glob("2*.json")
        assert json.loads(written.read_text())["format"] == "chinwag"
        written.write_text("mine")
        await here.library.rename(here.app.chat.presenter.id, "Another title")
        await export_to(here, target)
        await here.pilot.press("alt+a", "alt+a", "enter")
        await here.until(lambda: "writes over what is there" in flat(here), "the refusal")
        assert written.read_text() == "mine"
        await here.pilot.press("enter")
        await here.until(lambda: "1 of 1 chat" in here.screen(), "the word of it")
        assert "The question" in written.read_text()
    async with running(tmp_path, ScriptedModel(["The answer."]), state=load_state()) as here:
        await here.ask("Another question")
        await menu(here, "export")
        await here.until(lambda: isinstance(here.app.screen, ExportDialog), "the dialog")
        field = here.app.screen.query_one(Field)
        assert field.value.startswith(f"{target.parent}/another-question") and field.value.endswith(".json")


async def test_marked_chats_are_offered_first_and_an_export_can_be_stopped(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["One."])) as here:
        await here.ask("First")
        first = here.app.chat.presenter.id
        target = tmp_path / "chats"
        exports = here.app.chat.actions.exports
        here.app.run_worker(exports.export(ids=[first]))
        await here.until(
            lambda: "Export the marked chats" in here.screen() and "1 chat, a file each" in here.screen(), "marked"
        )
        here.app.screen.query_one(Field).value = str(target)
        dialog = here.app.screen
        assert isinstance(dialog, ExportDialog)
        begun, told = asyncio.Event(), []

        async def endless(choice: object, progress: Callable[[int, int], None]) -> str:
            progress(5, 20)
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                told.append("stopped")
            return ""

        write, dialog._write = dialog._write, endless
        await here.pilot.press("enter")
        await begun.wait()
        await here.until(lambda: "5 of 20 chats, 25%" in here.screen() and "stop" in here.screen(), "how far it is")
        await here.pilot.press("tab", "x", "escape")
        await here.until(lambda: "goes on with the others" in flat(here) and bool(told), "that it has stopped")
        dialog._write = write
        here.app.screen.query_one(Field).value = str(target)
        await here.pilot.press("enter")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert ["First" in path.read_text() for path in target.glob("*.md")] == [True]


def flat(here: Running) -> str:
    """The screen in one line: where a sentence wraps depends on the length of the test's own folder."""
    return " ".join(" ".join(line.strip(" │") for line in here.screen().splitlines()).split())


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("The question")
        await export_to(here, tmp_path / "nowhere" / "chat.md")
        await here.pilot.press("enter")
        await here.until(lambda: "does not exist" in flat(here), "the reason")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")


async def test_help_lists_the_keys(tmp_path: Path) -> None:
    async with running(tmp_path, size=(120, 240)) as here:
        await here.pilot.press("f1")
        await here.until(lambda: isinstance(here.app.screen, Help), "help")
        rows = here.text_of(here.app.screen.query_one("#body"))
        shown = " ".join(rows.replace("│", " ").split())  # a long sentence is wrapped
        for command in COMMANDS:
            if command.keys:
                assert command.help in shown
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")


async def test_the_footer_shows_only_keys_that_act_here(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        assert "send" in here.screen() and "p (un)pin" not in here.screen() and "stop" not in here.screen()
        await here.ask("Hi")
        await here.pilot.press("ctrl+s")
        await here.until(lambda: "p (un)pin" in here.screen(), "the keys of the list")
        assert "↵ send" not in here.screen()
        await here.pilot.press("escape", "escape")
        await here.until(lambda: "y copy" in here.screen(), "the keys of the messages")


async def test_a_click_on_a_key_of_the_footer_presses_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        row = here.screen().splitlines()[-1]
        await here.pilot.click(offset=(row.index("F1") + 1, 39))
        await here.until(lambda: isinstance(here.app.screen, Help), "help")


@pytest.mark.parametrize(
    ("key", "text"),
    [("ctrl+l", "^L"), ("f1", "F1"), ("alt+m", "alt+m"), ("enter", "↵"), ("alt+up", "alt+↑"), ("f", "f")],
)
def test_keys_are_printed_as_people_read_them(key: str, text: str) -> None:
    assert key_text(key) == text


def test_no_two_commands_of_one_place_have_the_same_key() -> None:
    states = {"escape"}  # stop, to the messages, back: each where the others do not act
    # The one before anything is sent, or picked; the other has it from then on.
    in_turns = {("compare", "remove", "d"), ("compare", "to_chat", "enter")}
    for scope in {command.scope for command in COMMANDS}:
        here = [one for one in COMMANDS if one.scope == scope and not (scope == "chat_list" and one.id in ON_TRASH)]
        pairs = [(command.id, key) for command in here for key in command.keys]
        keys = [key for id, key in pairs if key not in states and (scope, id, key) not in in_turns]
        assert len(keys) == len(set(keys)), scope
    assert len(BY_ID) == len(COMMANDS)


def test_keys_that_terminals_cannot_tell_apart_are_not_used() -> None:
    never = {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+left_square_bracket", "alt+enter", "alt+b", "alt+f"}
    assert not never & {key for command in COMMANDS for key in command.keys}
