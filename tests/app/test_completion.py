"""The list above the composer, and slash commands in the app: fast keys do what slow ones do, nothing typed is lost."""

import asyncio
import json
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.app import Running, burst, running
from tests.support.scripted import ScriptedModel
from tests.unit.chat.test_folder_scan import tree
from tui.app.dialogs.export import ExportDialog
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.themes import ThemePicker
from tui.app.widgets.completion import CompletionList, CompletionRows
from tui.app.widgets.composer import Composer
from tui.app.widgets.field import Field
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.settings import ChatSettings
from tui.config import added_file, load_state
from tui.paths import config_dir

BESIDE = ("paths", "completion")
CAT = PromptAttachment("cat.png", "image/png", b"\x89PNG")


def listed(here: Running) -> str:
    """What the list shows; "" while there is none."""
    shown = [one for one in here.app.chat.query(CompletionList) if one.display]
    return here.text_of(shown[0]) if shown else ""


async def typed(here: Running, keys: Iterable[str]) -> None:
    """Press keys slowly: letters, and each other key when the list for what is before it stands."""
    area = here.composer.area
    for _, group in groupby(keys, key=lambda key: len(key) > 1 and key):
        await burst(here, group)
        await here.until(lambda: area._list_timer is None, "the list")
        await here.until(lambda: not any(one.group in BESIDE for one in here.app.workers), "what is read")


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


async def test_commands_are_listed_over_the_messages_while_they_match_and_chosen_by_key_and_mouse(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        before = here.transcript.region
        await here.type("hi")
        assert not here.app.chat.query(CompletionList)
        here.composer.text = ""
        await here.type("/th")
        await lists(here, "/theme")
        assert "/think" in listed(here) and here.transcript.region == before
        await here.until(lambda: "tab complete" in here.screen(), "its keys")
        assert "↵ choose" in here.screen() and "esc close list" in here.screen() and "↵ send" not in here.screen()
        rows = here.app.chat.query_one(CompletionRows)
        await here.pilot.press("up")
        await here.until(lambda: rows.cursor == len(rows.lines) - 1, "the last row")
        await here.pilot.press("down", "down")
        await here.until(lambda: rows.cursor == 1, "the second row")
        assert here.composer.text == "/th"
        await here.pilot.press("escape")
        await here.until(lambda: not listed(here), "no list")
        assert here.composer.text == "/th" and here.app.focused is here.composer.area and "↵ send" in here.screen()
        await here.type("e")
        await here.pilot.press("up")
        assert here.composer.text == "First" and not listed(here)
        here.composer.text = ""
        await burst(here, [*"/mod", "escape", *["backspace"] * 4, *"/mod"])
        await lists(here, "/model")
        await here.type("/")
        await here.until(lambda: not listed(here), "no list")
        await here.pilot.press("backspace")
        await lists(here, "/model")
        await here.pilot.press("alt+up")
        await here.until(lambda: not listed(here), "no list while the keys are elsewhere")
        await here.pilot.press("escape")
        await lists(here, "/model")
        here.composer.text = ""
        await here.type("/the")
        await lists(here, "/theme")
        await here.pilot.click(CompletionRows, offset=(6, 0))
        await here.until(lambda: isinstance(here.app.screen, ThemePicker), "the themes")
        await here.pilot.press("escape")
        assert here.composer.text == "" and here.app.focused is here.composer.area


async def test_it_fits_above_the_composer_at_any_size(tmp_path: Path) -> None:
    async with running(tmp_path, size=(40, 12)) as here:
        await burst(here, ["/", *["down"] * 12])
        await lists(here, "▌ ")
        rows = here.app.chat.query_one(CompletionRows)
        for size in ((40, 12), (80, 24), (200, 50)):
            await here.pilot.resize_terminal(*size)
            await here.pilot.press("down")
            await here.until(lambda: f"▌ {rows.lines[rows.cursor].value.label}" in listed(here), "the mark")
            region = here.app.chat.query_one(CompletionList).region
            assert region.bottom == here.app.chat.query_one("#dock").region.y
            assert region.y >= 1 and 3 <= region.height <= 8 and region.right <= size[0]


# Fast keys.


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
async def test_keys_do_the_same_however_fast_they_come(
    fast: bool, tmp_path: Path, work: Path, asked: list[str]
) -> None:
    press = burst if fast else typed
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await press(here, [*"/mod", "tab", *"two", "enter", *"hello"])
        await here.until(lambda: model_of(here) == "fake:two", "the model")
        assert here.composer.text == "hello" and not here.app.chat.presenter.prompts
        here.composer.text = ""
        await press(here, [*"/think ", "down", "down", "enter"])
        await here.until(lambda: settings_of(here).effort == "off", "the effort")
        await press(here, [*"@sr", "tab", *"scr", "enter", *"now"])
        assert asked == ["src/chat/screen.py"] and here.composer.text == "now"
        here.composer.prompt = Prompt()
        await press(here, [*"/model", "enter", *"nginx", "enter"])
        screen = here.app.screen
        assert isinstance(screen, ModelSwitcher) and screen.field.value == "nginx"
        await press(here, ["escape", *"@notes", "escape", "enter"])
        await here.until(lambda: here.app.chat.presenter.prompts == ("@notes",), "the prompt, as it was typed")
        assert len(asked) == 1


# Commands.


async def run(here: Running, line: str) -> None:
    """Type a command and press Enter, all at once."""
    await burst(here, [*line, "enter"])


async def said(here: Running, words: str) -> None:
    """Wait until something is on the screen."""
    await here.until(lambda: words in here.screen(), words)


async def test_every_command_that_can_be_used_runs_and_none_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        usable = [command for _, command in here.app.chat.dispatch.usable() if command.slash]
        elsewhere = {"quit", "suspend", "find_models", "editor"}  # these leave the screen or look for servers
        assert {"switch_model", "new_chat", "themes", "help", "attach", "chats"} <= {command.id for command in usable}
        for command in usable:
            if command.id in elsewhere:
                continue
            await run(here, f"/{command.slash[0]}")
            if here.app.screen is not here.app.chat:
                await here.pilot.press("escape")
            here.app.chat.layout_view.action_back()
            here.composer.text = ""
        assert not model.asked and here.app.is_running and not here.app.chat.presenter.prompts
        await run(here, "/quit")
        assert here.app.return_code == 0


async def test_arguments_do_what_a_dialog_would_ask_for_and_are_looked_for_there_when_they_fit_nothing(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await run(here, "/model fake:two")
        await here.until(lambda: model_of(here) == "fake:two", "the model")
        assert load_state().last_model == "fake:two"
        await run(here, "/think high")
        await here.until(lambda: settings_of(here).effort == "high", "the effort")
        await run(here, "/effort default")
        await here.until(lambda: settings_of(here).effort is None, "no effort")
        await run(here, "/think a lot")
        await here.until(lambda: "There is no effort “a lot”" in here.screen(), "what there is")
        await run(here, "/theme nord-light")
        await here.until(lambda: here.app.theme == "nord-light", "the theme")
        await here.until(added_file(tmp_path / "config.toml").exists, "the file of ours")
        await run(here, "/system You are terse.")
        await here.until(lambda: settings_of(here).system_prompt == "You are terse.", "the system prompt")
        await run(here, "/rename Plans for [b]Oslo[/b]")
        await here.until(lambda: "Plans for [b]Oslo[/b]" in here.screen(), "the name")
        await here.ask("Hi")
        assert (await here.library.conversations())[0].title == "Plans for [b]Oslo[/b]"
        await run(here, "/model qqq")
        screen = here.app.screen
        assert isinstance(screen, ModelSwitcher) and screen.field.value == "qqq"
        await burst(here, ["escape", *"/theme zzz", "enter"])
        themes = here.app.screen
        assert isinstance(themes, ThemePicker) and themes.field.value == "zzz"


async def test_chats_are_found_exported_and_copied_by_one_line(tmp_path: Path, work: Path) -> None:
    async with running(tmp_path, ScriptedModel(["The **answer**."])) as here:
        await here.ask("First")
        first = here.app.chat.presenter.id
        await run(here, "/rename Trip to Oslo")
        await run(here, "/copy")
        await here.until(lambda: here.app.clipboard == "The **answer**.", "the copy")
        await here.until(lambda: here.app.focused is here.composer.area, "the composer")
        await run(here, "/find answer")
        await here.until(lambda: "1/1" in here.screen(), "the place")
        await here.pilot.press("escape")
        await run(here, "/export json out.json")
        await here.until((work / "out.json").exists, "the file")
        assert "The **answer**." in json.dumps(json.loads((work / "out.json").read_text()))
        await run(here, "/export notes.txt")
        dialog = here.app.screen
        assert isinstance(dialog, ExportDialog) and dialog.query_one(Field).value == "notes.txt"
        assert (work / "notes.txt").read_text() == ""  # nothing is written over
        await burst(here, ["escape", *"/export all json", "enter"])
        await here.until(lambda: "Export all chats" in here.screen() and "1 chat, a file each" in here.screen(), "all")
        await burst(here, ["escape", *"/new", "enter"])
        await here.until(lambda: here.app.chat.presenter.id != first, "another chat")
        await run(here, "/export all")
        await here.until(lambda: "Export all chats" in here.screen(), "all of them, from an empty chat, too")
        await here.pilot.press("escape")
        await here.type("/chats oslo")
        await lists(here, "Trip to Oslo")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await run(here, "/chats nowhere")
        await here.until(lambda: "No chat is called “nowhere”" in here.screen(), "a word about it")


async def test_what_cannot_be_done_is_said_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        here.composer.prompt = Prompt("", (CAT,))
        await run(here, "/stop")
        await here.until(lambda: "/stop has nothing to work on now" in here.screen(), "a word about it")
        await here.pilot.press("up")
        assert here.composer.text == "/stop"
        here.composer.text = ""
        nothing = "Nothing was asked in this chat yet"
        for line, why in (
            ("/find jitter", nothing),
            ("/tag x", nothing),
            ("/export md out", f"{nothing}. /export all writes all chats."),
            ("/think a lot", "There is no effort “a lot”"),
            ("/attach nowhere.txt", "There is no file nowhere.txt"),
            ("/new chat", "/new begins a chat"),
            ("/chats nowhere", "No chat is called “nowhere”"),
        ):
            here.app.clear_notifications()
            await run(here, line)
            await said(here, why)
            assert here.composer.text == line, "it is there to be mended"
            assert here.composer.area.selected_text == line, "what is typed without a look is no part of it"
        await run(here, "/export")
        await here.until(lambda: f"{nothing}. /export all" in here.screen() and not here.composer.text, "why not")
        assert not here.app.chat.layout_view.chat_list.listed.chats
        await here.pilot.press("alt+w")
        await here.until(lambda: "No tool waits for you" in here.screen(), "why the key does nothing")
        for text, counted in (("Why?", True), ("/export", False)):
            here.composer.prompt = Prompt(text)
            here.composer._estimate()
            assert bool(here.composer.foot.estimate) == counted, "a command is not sent, and takes no tokens"
        here.composer.prompt = Prompt("", (CAT,))
        await run(here, "/mdoel one")
        await here.until(lambda: "Did you mean /model?" in here.screen(), "the nearest one")
        await run(here, " please")
        assert here.composer.text == "/mdoel one please"
        here.composer.text = ""
        await run(here, "/help me")
        assert here.composer.text == "/help me" and here.app.screen is here.app.chat
        assert not model.asked and here.composer.prompt.attachments == (CAT,)


async def test_what_only_looks_like_a_command_is_sent_and_stop_stops_the_reply(tmp_path: Path) -> None:
    texts = (" /mdoel", "/usr/bin/foo is missing", "/model\ntwo lines", " /quit")
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(*(["Fine."] for _ in texts), ["one", gate, "two"])) as here:
        for text in texts:
            await here.ask(text)
        assert here.app.chat.presenter.prompts == texts
        await here.send("Hi")
        await here.until(lambda: here.replies.running, "the reply")
        await run(here, "/sto")
        await here.until(lambda: not here.replies.running, "the stop")


# Files and prompts.


async def test_files_and_folders_are_attached(tmp_path: Path, work: Path, asked: list[str]) -> None:
    tree(work, "[b]bold", "evil\x1b[2Jname", "two\nlines", "rtl\u202egnp.exe")
    async with running(tmp_path) as here:
        await here.type("all of @")
        await lists(here, "[b]bold")
        shown = listed(here)
        assert "evil␛[2Jname" in shown and "two lines" in shown and "\u202e" not in shown and "[b]" in shown
        await burst(here, [*"sr", "tab"])
        assert here.composer.text == "all of @src/"
        await lists(here, "this folder, with what is in it")
        assert "chat/" in listed(here) and "main.py" in listed(here)
        await here.pilot.press("enter")
        assert here.composer.text == "all of "
        here.composer.text = ""
        await run(here, "/attach ma")
        await run(here, "/attach https://example.invalid/x")
        assert asked == ["src/", "src/main.py", "https://example.invalid/x"] and here.composer.text == ""
        await here.type("@/no/such/place/")
        await lists(here, "/no/such/place/ cannot be read: No such file or directory.")


async def test_without_pathspec_the_list_says_how_to_get_it(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / ".gitignore").write_text("*.txt\n")
    monkeypatch.setitem(sys.modules, "pathspec", None)
    async with running(tmp_path) as here:
        await here.type("@")
        await lists(here, "notes.txt")
        assert "pip install 'chinwag[files]'" in listed(here)


async def test_prompts_of_the_library_are_called_by_their_names(tmp_path: Path) -> None:
    folder = config_dir() / "prompts"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text("Review this: {{input}}")
    async with running(tmp_path) as here:
        await burst(here, [*"my words #rev", "enter"])
        await here.until(lambda: here.composer.text == "Review this: my words ", "the prompt")
        here.composer.text = ""
        await here.type("/revi")
        await lists(here, "/review")
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.text or here.app.screen is not here.app.chat, "the form")
        assert not here.app.chat.presenter.prompts
