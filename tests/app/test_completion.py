"""The list above the composer, and slash commands in the app: fast keys do what slow ones do, nothing typed is lost."""

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.app import Running, burst, running
from tests.support.scripted import ScriptedModel
from tests.unit.chat.test_folder_scan import tree
from tui.app.dialogs.export import ExportDialog
from tui.app.dialogs.help import Help
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.text_editor import TextEditor
from tui.app.dialogs.themes import ThemePicker
from tui.app.widgets.completion import CompletionList, CompletionRows
from tui.app.widgets.composer import Composer
from tui.app.widgets.field import Field
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.settings import ChatSettings
from tui.config import load_state

CAT = PromptAttachment("cat.png", "image/png", b"\x89PNG")


def listed(here: Running) -> str:
    """What the list shows; "" while there is none."""
    shown = [one for one in here.app.chat.query(CompletionList) if one.display]
    return here.text_of(shown[0]) if shown else ""


async def typed(here: Running, keys: Iterable[str]) -> None:
    """Press keys one by one, each when what the one before did is on screen."""
    for key in keys:
        await burst(here, [key])


async def lists(here: Running, text: str) -> None:
    await here.until(lambda: text in listed(here), f"“{text}” in the list, which is:\n{listed(here)}\n")


def model_of(here: Running) -> str:
    return here.app.chat.presenter.model


def settings_of(here: Running) -> ChatSettings:
    return here.app.chat.presenter.settings


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked to go along, in the order of it."""
    sources: list[str] = []
    made = Composer.AttachRequested.__init__

    def noted(message: Composer.AttachRequested, source: str) -> None:
        sources.append(source)
        made(message, source)

    monkeypatch.setattr(Composer.AttachRequested, "__init__", noted)
    return sources


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder."""
    folder = tree(tmp_path / "work", "src/main.py", "src/chat/screen.py", "README.md", "notes.txt")
    monkeypatch.chdir(folder)
    return folder


# The list.


async def test_it_lists_commands_and_closes_with_the_text_in_place(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        before = here.transcript.region
        await typed(here, "/th")
        await lists(here, "/theme")
        assert "/think" in listed(here) and here.transcript.region == before
        await typed(here, ["escape"])
        assert listed(here) == "" and here.composer.text == "/th" and here.app.focused is here.composer.area
        await typed(here, "e")
        assert listed(here) == ""
        await typed(here, ["backspace"] * 4 + ["/"])
        await lists(here, "/model")


async def test_it_is_not_there_for_a_text_and_goes_when_nothing_matches(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await typed(here, "hi")
        assert not here.app.chat.query(CompletionList)
        await typed(here, ["backspace", "backspace", *"/mod"])
        await lists(here, "/model")
        await typed(here, "/")
        assert listed(here) == ""


async def test_the_arrows_move_the_mark_round_and_leave_history_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        await typed(here, "/th")
        rows = here.app.chat.query_one(CompletionRows)
        await lists(here, "/theme")
        await typed(here, ["down"])
        assert rows.cursor == 1
        await typed(here, ["up", "up"])
        assert rows.cursor == len(rows.lines) - 1 and here.composer.text == "/th"
        await typed(here, ["escape", "up"])
        assert here.composer.text == "First"


async def test_the_footer_says_what_the_keys_do_while_it_is_there(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await typed(here, "/")
        await here.until(lambda: "tab complete" in here.screen(), "its keys")
        assert "↵ choose" in here.screen() and "esc close list" in here.screen() and "↵ send" not in here.screen()
        await typed(here, ["escape"])
        assert "↵ send" in here.screen() and "tab complete" not in here.screen()


async def test_a_row_is_chosen_with_the_mouse(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await typed(here, "/the")
        await lists(here, "/theme")
        await here.pilot.click(CompletionRows, offset=(6, 0))
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.pilot.press("escape")
        assert here.composer.text == "" and here.app.focused is here.composer.area


async def test_it_goes_when_the_keys_go_elsewhere_and_comes_back_with_them(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Hi")
        await typed(here, "/th")
        await lists(here, "/think")
        await here.pilot.press("alt+up")
        await here.until(lambda: listed(here) == "", "no list")
        await here.pilot.press("escape")
        await lists(here, "/think")


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_it_fits_above_the_composer_at_any_size(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(tmp_path, size=size) as here:
        await typed(here, "/")
        await lists(here, "/model")
        region = here.app.chat.query_one(CompletionList).region
        assert region.bottom == here.app.chat.query_one("#dock").region.y
        assert region.y >= 1 and 3 <= region.height <= 8 and region.right <= size[0]
        await typed(here, ["down"] * 12)
        mark = here.app.chat.query_one(CompletionRows)
        assert mark.key == "12" and f"▌ {'/' + mark.lines[12].value.label[1:]}" in listed(here)


# Fast keys.


@pytest.mark.parametrize("fast", [True, False])
async def test_a_model_is_chosen_by_a_few_letters_however_fast(fast: bool, tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await (burst if fast else typed)(here, [*"/mod", "tab", *"two", "enter", *"hello"])
        await here.until(lambda: model_of(here) == "fake:two", "the model")
        assert here.composer.text == "hello" and not here.app.chat.presenter.prompts


@pytest.mark.parametrize("fast", [True, False])
async def test_the_second_row_is_taken_however_fast(fast: bool, tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await (burst if fast else typed)(here, [*"/think ", "down", "down", "enter"])
        await here.until(lambda: settings_of(here).effort == "off", "the effort")


@pytest.mark.parametrize("fast", [True, False])
async def test_a_file_is_attached_however_fast(fast: bool, tmp_path: Path, work: Path, asked: list[str]) -> None:
    async with running(tmp_path) as here:
        await (burst if fast else typed)(here, [*"see @screen", "enter", *"now"])
        assert asked == ["src/chat/screen.py"] and here.composer.text == "see now"


@pytest.mark.parametrize("fast", [True, False])
async def test_what_a_command_opens_gets_the_keys_behind_it(fast: bool, tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await (burst if fast else typed)(here, [*"/model", "enter", *"nginx", "enter"])
        screen = here.app.screen
        assert isinstance(screen, ModelSwitcher) and screen.field.value == "nginx"
        assert here.composer.text == "" and not here.app.chat.presenter.prompts


@pytest.mark.parametrize("fast", [True, False])
async def test_a_closed_list_takes_no_key_however_fast(
    fast: bool, tmp_path: Path, work: Path, asked: list[str]
) -> None:
    async with running(tmp_path) as here:
        await (burst if fast else typed)(here, [*"@notes", "escape", "enter"])
        await here.until(lambda: here.app.chat.presenter.prompts == ("@notes",), "the prompt, as it was typed")
        assert not asked


# Commands.


async def run(here: Running, line: str) -> None:
    """Type a command and press Enter, all at once."""
    await burst(here, [*line, "enter"])


async def test_every_command_that_can_be_used_runs_and_none_is_sent(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        usable = [command for _, command in here.app.chat.dispatch.usable() if command.slash]
        ends = {"quit", "suspend", "find_models"}  # that one looks for servers
        assert {"switch_model", "new_chat", "themes", "help", "attach", "chats"} <= {command.id for command in usable}
        for command in usable:
            if command.id in ends:
                continue
            await run(here, f"/{command.slash[0]}")
            for _ in range(3):
                if here.app.screen is not here.app.chat:
                    await here.pilot.press("escape")
            here.app.chat.layout_view.action_back()
            here.composer.text = ""
            await here.pilot.pause()
        assert not model.asked and here.app.is_running and not here.app.chat.presenter.prompts
        await run(here, "/quit")
        assert here.app.return_code == 0


async def test_a_model_by_its_name_or_the_switcher_with_what_was_typed(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await run(here, "/model fake:two")
        await here.until(lambda: model_of(here) == "fake:two", "the model")
        assert load_state().last_model == "fake:two"
        await run(here, "/model qqq")
        screen = here.app.screen
        assert isinstance(screen, ModelSwitcher) and screen.field.value == "qqq"


async def test_efforts_themes_and_system_prompts_by_name(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await run(here, "/think high")
        await here.until(lambda: settings_of(here).effort == "high", "the effort")
        await run(here, "/effort default")
        await here.until(lambda: settings_of(here).effort is None, "no effort")
        await run(here, "/think a lot")
        await here.until(lambda: "There is no effort “a lot”" in here.screen(), "what there is")
        await run(here, "/theme nord-light")
        await here.until(lambda: here.app.theme == "nord-light", "the theme")
        assert load_state().theme == "nord-light"
        await run(here, "/system You are terse.")
        await here.until(lambda: settings_of(here).system_prompt == "You are terse.", "the system prompt")
        await run(here, "/system")
        assert isinstance(here.app.screen, TextEditor)


async def test_a_theme_that_is_not_there_is_looked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await burst(here, [*"/theme zzz", "enter"])
        screen = here.app.screen
        assert isinstance(screen, ThemePicker) and screen.field.value == "zzz"


async def test_a_chat_is_renamed_and_found_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        first = here.app.chat.presenter.id
        await run(here, "/rename Trip to [b]Oslo[/b]")
        await here.until(lambda: "Trip to [b]Oslo[/b]" in here.screen(), "the name")
        await run(here, "/new")
        await here.until(lambda: here.app.chat.presenter.id != first, "another chat")
        await typed(here, "/chats oslo")
        await lists(here, "Trip to [b]Oslo[/b]")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await run(here, "/chats nowhere")
        await here.until(lambda: "No chat is called “nowhere”" in here.screen(), "a word about it")


async def test_an_empty_chat_can_be_named_before_anything_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await run(here, "/rename Plans")
        await here.until(lambda: "Plans" in here.screen(), "the name")
        await here.ask("Hi")
        assert (await here.library.conversations())[0].title == "Plans"


async def test_a_chat_is_exported_by_one_line_and_nothing_is_written_over(tmp_path: Path, work: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The answer."])) as here:
        await here.ask("Hi")
        await run(here, "/export json out.json")
        await here.until((work / "out.json").exists, "the file")
        assert "The answer." in json.dumps(json.loads((work / "out.json").read_text()))
        await run(here, "/export notes.txt")
        dialog = here.app.screen
        assert isinstance(dialog, ExportDialog) and dialog.query_one(Field).value == "notes.txt"
        assert (work / "notes.txt").read_text() == ""
        await here.pilot.press("escape")
        await run(here, "/export md src")
        await here.until(lambda: list((work / "src").glob("*.md")), "a file in the folder")


async def test_the_last_answer_is_copied_and_one_goes_on_writing(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The **answer**."])) as here:
        await here.ask("Hi")
        await run(here, "/copy")
        await here.until(lambda: here.app.clipboard == "The **answer**.", "the copy")
        await here.until(lambda: here.app.focused is here.composer.area, "the composer")


async def test_a_command_that_has_nothing_to_do_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await run(here, "/stop")
        await here.until(lambda: "/stop has nothing to work on now" in here.screen(), "a word about it")
        await here.pilot.press("up")
        assert here.composer.text == "/stop"


async def test_an_unknown_command_stays_to_be_mended(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await run(here, "/mdoel one")
        await here.until(lambda: "Did you mean /model?" in here.screen(), "the nearest one")
        assert here.composer.text == "/mdoel one"
        await run(here, " please")
        assert here.composer.text == "/mdoel one please" and not model.asked


@pytest.mark.parametrize("text", [" /mdoel", "/usr/bin/foo is missing", "/model\ntwo lines", " /quit"])
async def test_what_only_looks_like_a_command_is_sent(text: str, tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask(text)
        assert here.app.chat.presenter.prompts == (text,)


async def test_files_wait_while_a_command_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.composer.prompt = Prompt("", (CAT,))
        await burst(here, [*"/help", "enter"])
        assert isinstance(here.app.screen, Help)
        await here.pilot.press("escape")
        assert here.composer.prompt == Prompt("", (CAT,))


async def test_stop_stops_the_reply_that_streams(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["one", gate, "two"])) as here:
        await here.send("Hi")
        await here.until(lambda: here.replies.running, "the reply")
        await typed(here, "/sto")
        await lists(here, "/stop")
        await here.pilot.press("enter")
        await here.until(lambda: not here.replies.running, "the stop")


# Files.


async def test_attach_without_a_path_begins_to_name_one(tmp_path: Path, work: Path, asked: list[str]) -> None:
    async with running(tmp_path) as here:
        await run(here, "/attach")
        await lists(here, "README.md")
        assert here.composer.text == "@"
        here.composer.text = ""
        await burst(here, [*"/attach ma", "enter"])
        assert asked == ["src/main.py"] and here.composer.text == ""
        await burst(here, [*"/attach https://example.org/x", "enter"])
        assert asked[1:] == ["https://example.org/x"]


async def test_folders_are_gone_into_and_attached_as_a_whole(tmp_path: Path, work: Path, asked: list[str]) -> None:
    async with running(tmp_path) as here:
        await typed(here, [*"all of @sr", "tab"])
        assert here.composer.text == "all of @src/"
        await lists(here, "this folder, with what is in it")
        assert "chat/" in listed(here) and "main.py" in listed(here)
        await typed(here, ["enter"])
        assert asked == ["src/"] and here.composer.text == "all of "


async def test_hostile_names_are_drawn_and_do_nothing(tmp_path: Path, work: Path) -> None:
    tree(work, "[b]bold", "evil\x1b[2Jname", "two\nlines", "rtl\u202egnp.exe")
    async with running(tmp_path) as here:
        await typed(here, "@")
        await lists(here, "[b]bold")
        shown = listed(here)
        assert "evil␛[2Jname" in shown and "two lines" in shown and "\u202e" not in shown


async def test_a_folder_that_is_not_there_is_said_and_enter_sends(tmp_path: Path, work: Path) -> None:
    async with running(tmp_path) as here:
        await typed(here, "@/no/such/place/")
        await lists(here, "/no/such/place/ cannot be read: No such file or directory.")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.prompts == ("@/no/such/place/",), "the prompt")


async def test_without_pathspec_the_list_says_how_to_get_it(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / ".gitignore").write_text("*.txt\n")
    async with running(tmp_path) as here:
        await typed(here, "@")
        await lists(here, "README.md")
        assert "notes.txt" not in listed(here) and "chinwag[files]" not in listed(here)
        monkeypatch.setitem(sys.modules, "pathspec", None)
    async with running(tmp_path) as here:
        await typed(here, "@")
        await lists(here, "notes.txt")
        assert "pip install 'chinwag[files]'" in listed(here)
