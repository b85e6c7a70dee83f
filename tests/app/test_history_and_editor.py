"""Earlier prompts are found by ctrl+r, and a prompt can be written on in another editor; what was written never goes.

`lent` stands for the terminal, which `tests/fault/test_editor_on_the_terminal.py` really lends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.widgets.field import Field
from tui.app.widgets.history_search import HistorySearch, PastPromptRows
from tui.config import Config, SettingValues, SetValue, load_config
from tui.errors import ConfigError


def found(here: Running) -> list[str]:
    return [row.value.text for row in here.app.screen.query_one(PastPromptRows).lines]


async def search(here: Running) -> None:
    await here.pilot.press("ctrl+r")
    await here.until(lambda: here.app.screen.query(HistorySearch), "the search")
    await here.until(lambda: isinstance(here.app.focused, Field), "its field")


async def test_an_earlier_prompt_of_any_chat_is_found_and_taken_and_undo_brings_the_draft_back(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for text in ("Why do cats purr?", "Explain retries", "Why do cats purr?"):
            await here.ask(text)
        await here.pilot.press("ctrl+n")
        await here.ask("Name a pelican")
        await here.type("my draft")
        await search(here)
        assert found(here) == ["Name a pelican", "Why do cats purr?", "Explain retries"]
        await here.type("retr")
        await here.until(lambda: found(here) == ["Explain retries"], "the match")
        assert here.composer.text == "my draft"
        await here.pilot.press("enter")
        await here.until(lambda: here.app.focused is here.composer.area, "the composer")
        assert here.composer.text == "Explain retries" and not here.app.screen.query(HistorySearch)
        await here.pilot.press("ctrl+z")
        assert here.composer.text == "my draft"


async def test_ctrl_z_goes_to_the_shell_from_an_empty_composer_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        went: list[str] = []

        async def go() -> None:
            went.append(here.composer.text)

        here.app.action_suspend = go  # type: ignore[method-assign]
        await here.pilot.press("ctrl+z")
        await here.until(lambda: went == [""], "the shell")
        await here.ask("Hello")
        await here.pilot.press("up")
        await here.until(lambda: here.composer.text == "Hello", "the prompt again")
        await here.pilot.press("ctrl+z")
        assert went == [""]


async def test_what_is_typed_right_behind_ctrl_r_is_searched_for(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Why do cats purr?")
        await here.ask("Explain retries")
        for key, letter in (("ctrl+r", None), ("c", "c"), ("a", "a"), ("t", "t"), ("enter", "\r")):
            here.app.post_message(events.Key(key, letter))
        await here.until(lambda: here.composer.text == "Why do cats purr?", "the prompt")


async def test_escape_leaves_what_was_written_and_nothing_found_is_said(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.type("my draft")
        await search(here)
        assert "Nothing like that was asked before." in here.screen()
        await here.pilot.press("escape")
        await here.until(lambda: here.app.focused is here.composer.area, "the composer")
        assert here.composer.text == "my draft" and not here.app.screen.query(HistorySearch)


async def test_ctrl_r_again_goes_to_the_one_before(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("One")
        await here.ask("Two")
        await search(here)
        await here.pilot.press("ctrl+r", "enter")
        await here.until(lambda: here.composer.text == "One", "the older one")


# Another editor.


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that appends a line, and says with which text it began."""
    file = tmp_path / "editor.sh"
    file.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\necho " and more" >> "$1"\n')
    file.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(file))
    monkeypatch.delenv("VISUAL", raising=False)
    return file


def does(editor: Path, body: str) -> None:
    """Let the editor do something else."""
    editor.write_text(f"#!/bin/sh\n{body}\n")


@contextmanager
def lent() -> Iterator[None]:
    yield None


async def edit(here: Running, key: str = "ctrl+o") -> None:
    here.app.chat._composing._lend = lent
    await here.pilot.press(key)
    await here.app.workers.wait_for_complete()
    await here.pilot.pause()


@pytest.mark.parametrize("key", ["ctrl+o", "alt+e"])
async def test_a_draft_is_written_on_in_another_editor_and_undo_brings_it_back(
    tmp_path: Path, editor: Path, key: str
) -> None:
    long = "\n".join("row" for _ in range(40))
    async with running(tmp_path) as here:
        here.app.post_message(events.Paste(long))
        await here.pilot.pause()
        await edit(here, key)
        assert (tmp_path / "seen").read_text() == long
        assert here.composer.text == f"{long} and more"
        await here.pilot.press("ctrl+z")
        assert here.composer.text == long


async def test_an_editor_that_fails_is_missing_or_leaves_nothing_leaves_the_draft(
    tmp_path: Path, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:
        await here.type("my draft")
        does(editor, "exit 1")
        await edit(here)
        await here.until(lambda: "editor.sh failed with exit code 1" in here.screen().replace("\n", ""), "that it did")
        does(editor, ': > "$1"')
        await edit(here)
        await here.until(lambda: "The editor left nothing" in here.screen(), "that it did")
        monkeypatch.setenv("EDITOR", "no-such-editor")
        await edit(here)
        await here.until(lambda: "“no-such-editor”, which is not there" in here.screen(), "that it is not")
        assert here.composer.text == "my draft"


async def test_a_terminal_that_cannot_be_lent_is_named(tmp_path: Path, editor: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("my draft")
        await here.pilot.press("ctrl+o")
        await here.until(lambda: "This terminal cannot be handed over" in here.screen(), "why not")
        assert here.composer.text == "my draft"


# Which key sends.


async def test_enter_breaks_the_line_where_that_was_configured(tmp_path: Path) -> None:
    model = ScriptedModel()
    chosen = SetValue("composer.enter", "newline", "config.toml")
    config = Config(tmp_path / "config.toml", settings=SettingValues((chosen,)))
    async with running(tmp_path, model, config=config) as here:
        await here.type("one")
        await here.pilot.press("enter")
        await here.type("two")
        assert here.composer.text == "one\ntwo" and not model.asked
        await here.pilot.press("f5")
        await here.settled()
        assert model.asked[0].prompts == ["one\ntwo"]


def test_the_setting_is_read_and_a_mistake_in_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[composer]\nenter = "newline"\n')
    assert load_config(file).settings.text("composer.enter") == "newline"
    file.write_text('[composer]\n\nenter = "return"\n')
    with pytest.raises(ConfigError, match=r':3: "enter" must be one of send, newline'):
        load_config(file)
