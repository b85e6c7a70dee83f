"""Keys that arrive at once, behind one that opens something: each goes to what the key before it opened."""

import asyncio
from pathlib import Path

import pytest
from textual.events import Key, MouseDown, MouseUp, Paste

from tests.support.app import Running, burst, running
from tests.support.scripted import ScriptedModel
from tests.support.vendors import played
from tui.app.dialogs.help import Help
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.palette import CommandPalette
from tui.app.tty import typed_ahead
from tui.config import State


def field_of(here: Running) -> str:
    screen = here.app.screen
    assert isinstance(screen, (ModelSwitcher, CommandPalette))
    return screen.field.value


async def test_words_behind_the_key_of_the_switcher_find_a_model_and_are_not_sent(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await burst(here, ["ctrl+l", *"two", "enter"])
        await here.until(lambda: here.app.screen is here.app.chat, "the choice")
        conversation = here.app.chat.presenter.conversation
        assert conversation is not None and conversation.model == "fake:two"
        assert here.composer.text == "" and not here.app.chat.presenter.prompts


async def back(here: Running) -> None:
    """Leave what is open, and the words that stand in it."""
    while here.app.screen is not here.app.chat:
        here.app.pop_screen()
        await here.pilot.pause()


async def test_words_that_find_nothing_are_sent_to_no_model(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for key in ("ctrl+l", "f2", "alt+m"):
            await burst(here, [key, *"nginx", "enter"])
            assert field_of(here) == "nginx", key
            assert here.composer.text == "" and not here.app.chat.presenter.prompts and not here.replies.running, key
            await back(here)


async def test_the_prompt_behind_a_switch_is_answered_by_the_new_model(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await burst(here, ["ctrl+l", *"two", "enter", *"hello", "enter"])
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        prompt, reply = await here.messages()
        assert (prompt.text, reply.model) == ("hello", "fake:two")


async def test_words_behind_the_key_of_the_menu_filter_it_and_go_to_the_dialog_it_opens(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        for key in ("ctrl+p", "alt+x"):
            await burst(here, [key, *"theme"])
            assert isinstance(here.app.screen, CommandPalette) and field_of(here) == "theme", key
            await back(here)
        await burst(here, ["ctrl+p", *"model", "enter", *"two"])
        assert isinstance(here.app.screen, ModelSwitcher) and field_of(here) == "two"


@pytest.mark.parametrize("width", [120, 80])
async def test_the_filter_of_the_list_gets_all_of_its_letters(width: int, tmp_path: Path) -> None:
    async with running(tmp_path, size=(width, 30)) as here:
        for key in ("f3", "ctrl+s", "alt+s"):
            await burst(here, [key, "/", *"nginx"])
            assert getattr(here.app.focused, "value", "") == "nginx" and here.composer.text == "", key
            await here.pilot.press("escape", "escape")  # the filter, and the list
            await here.until(lambda: here.app.focused is here.composer.area, "the composer")
        # Where the list has the keys already.
        await burst(here, ["f3"])
        await burst(here, ["/", *"nginx"])
        assert getattr(here.app.focused, "value", "") == "nginx"


async def test_letters_behind_a_move_of_the_focus_are_not_written(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Go")  # where there are no messages, escape stays in the composer
        for key in ("escape", "f3", "f4"):
            await burst(here, [key, *"wvb", "enter"])
            assert here.composer.text == "" and not here.replies.running, key
            assert here.app.chat.presenter.prompts == ("Go",), key
            await back(here)
            here.composer.area.focus()
            await here.pilot.pause()


@pytest.mark.parametrize("width", [120, 80])
async def test_letters_behind_a_click_into_the_composer_are_written_there(width: int, tmp_path: Path) -> None:
    async with running(tmp_path, size=(width, 30)) as here:
        area = here.composer.area
        x, y = area.region.x + 3, area.region.y
        here.app.post_message(Key("f3", None))
        for kind in (MouseDown, MouseUp):
            here.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))
        await burst(here, [*"hello"])
        assert here.app.focused is area and here.composer.text == "hello"


async def test_keys_behind_help_are_its_own_and_those_behind_the_way_back_are_written(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await burst(here, ["f1", "escape", "f3", "escape", *"hello"])
        assert here.app.screen is here.app.chat and here.composer.text == "hello"
        await burst(here, ["f1", "down", "x", "enter"])
        assert isinstance(here.app.screen, Help) and here.composer.text == "hello"


async def test_a_paste_behind_the_key_goes_where_the_key_leads(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.app.post_message(Key("ctrl+l", None))
        here.app.post_message(Paste("nginx\n"))
        await burst(here, ["!"])
        assert field_of(here) == "nginx!" and here.composer.text == ""


async def test_a_prompt_is_sent_before_the_key_behind_it_opens_something(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await burst(here, [*"first", "enter", "ctrl+l", *"tw"])
        await here.until(lambda: here.app.chat.presenter.prompts == ("first",), "the prompt")
        assert field_of(here) == "tw" and here.composer.text == ""


async def test_what_was_found_comes_in_and_takes_no_letter(tmp_path: Path) -> None:
    async with running(tmp_path, catalog=played(tmp_path, {}).catalog, state=State()) as here:
        here.app.chat.action_command("find_models")
        await burst(here, [*"Tell me about sea urchins, a key and a URL"])
        await here.until(lambda: here.app.chat.layout_view.found_shown, "what was found")
        await burst(here, [*" and d"])
        assert here.composer.text == "Tell me about sea urchins, a key and a URL and d"
        assert here.app.screen is here.app.chat


async def test_ordinary_typing_never_waits(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await burst(here, [])
        assert all(here.app.typed_ahead.admit(Key(letter, letter)) for letter in "asfastasamacrotypesit" * 50)


async def test_an_action_that_never_ends_keeps_the_keys_only_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_ahead, "_OPENING_S", 0.05)
    async with running(tmp_path) as here:
        here.app.run_worker(asyncio.Event().wait(), group="action")
        await burst(here, ["down", *"all of it"])
        assert here.composer.text == "all of it"
