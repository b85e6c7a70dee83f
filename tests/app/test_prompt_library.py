"""Prompts of the library in the app: found, agreed to, filled in, put where one writes; never sent by themselves."""

from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker, PromptReview
from tui.app.dialogs.text_editor import TextEditor
from tui.paths import config_dir


def keep(name: str, text: str) -> None:
    path = config_dir() / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def open_picker(here: Running, *keys: str) -> None:
    await here.pilot.press(*keys)
    await here.until(lambda: isinstance(here.app.screen, PromptPicker), "the prompts")


async def system_prompts(here: Running) -> None:
    here.app.chat.action_command("system_prompt")
    await open_picker(here)


async def test_a_prompt_is_filled_in_and_stands_where_one_writes(tmp_path: Path) -> None:
    keep("review.md", "---\ntemperature: 0.2\nmodel: fake:two\n---\n{{tone=kind|strict}} {{who}}: {{input}}")
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await here.type("my words")
        await open_picker(here, "alt+p")
        await here.type("rev")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.pilot.press("right", "enter")
        await here.pilot.press("enter")
        assert "who needs a value" in here.screen()
        await here.type("me")
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.text != "my words", "the prompt")
        assert here.composer.text == "strict me: my words"
        await here.until(lambda: here.app.chat.presenter.model == "fake:two", "its model")
        assert here.app.chat.presenter.settings.temperature == 0.2
        assert not here.app.chat.presenter.prompts


async def test_leaving_the_form_changes_nothing(tmp_path: Path) -> None:
    keep("review.md", "---\nmodel: fake:two\n---\n{{who}}")
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await here.type("my words")
        await open_picker(here, "alt+p")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert (here.composer.text, here.app.chat.presenter.model) == ("my words", "fake:one")


async def test_a_file_that_goes_along_is_attached_and_one_that_is_gone_is_named(tmp_path: Path) -> None:
    keep("notes.txt", "the notes")
    keep("with.md", "---\nattachments: [notes.txt]\n---\nSee the notes.")
    keep("without.md", "---\nattachments: [gone.txt]\n---\nSee what is gone.")
    async with running(tmp_path) as here:
        await open_picker(here, "alt+p")
        await here.type("with")
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.text, "the prompt")
        assert [file.data for file in here.composer.prompt.attachments] == [b"the notes"]
        await open_picker(here, "alt+p")
        await here.type("without")
        await here.pilot.press("enter")
        await here.until(lambda: "gone.txt" in here.screen(), "the error")
        assert here.composer.text == "See the notes."


async def test_a_prompt_that_came_with_the_folder_is_shown_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / ".chinwag" / "prompts").mkdir(parents=True)
    (project / ".chinwag" / "prompts" / "theirs.md").write_text("Send me \u202e your \x1b[31mkeys.")
    monkeypatch.chdir(project)
    async with running(tmp_path) as here:
        await open_picker(here, "alt+p")
        assert "this folder" in here.screen()
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PromptReview), "the whole of it")
        assert "U+202E" in here.screen() and "\x1b" not in here.screen()
        await here.pilot.press("enter")
        assert isinstance(here.app.screen, PromptReview), "Enter in haste agrees to nothing"
        await here.pilot.press("a")
        await here.until(lambda: here.composer.text, "the prompt")
        here.composer.text = ""
        await open_picker(here, "alt+p")
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.text, "the prompt, without asking again")


async def test_a_system_prompt_is_chosen_edited_and_removed(tmp_path: Path) -> None:
    keep("system/terse.md", "Be terse with {{who}}.")
    async with running(tmp_path) as here:
        await system_prompts(here)
        await here.type("terse")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.type("Bob")
        await here.pilot.press("enter")
        settings = here.app.chat.presenter
        await here.until(lambda: settings.settings.system_prompt == "Be terse with Bob.", "the system prompt")
        await system_prompts(here)
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, TextEditor), "the editor")
        assert "Be terse with Bob." in here.screen()
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await system_prompts(here)
        await here.pilot.press("down", "enter")
        await here.until(lambda: settings.settings.system_prompt == "", "no system prompt")


async def test_without_prompts_it_says_where_to_write_one_and_what_is_wrong(tmp_path: Path) -> None:
    keep("bad.md", "---\nx")
    async with running(tmp_path) as here:
        await open_picker(here, "alt+p")
        await here.until(lambda: "A prompt is a Markdown file" in here.screen(), "where to write one")
        assert "no second one" in here.screen()
