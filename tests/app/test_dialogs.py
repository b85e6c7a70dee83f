"""Every dialog: it can be left with escape, changes nothing then, and fits the terminals that people have."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from tests.support.app import Running, running
from tests.support.memory import Held
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.stage import on_stage
from tui.app import dialogs
from tui.app.commands import BY_ID
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.add_server import AddServer
from tui.app.dialogs.base import Dialog
from tui.app.dialogs.chat_settings import ChatSettingsDialog
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.export import ExportChoice, ExportDialog
from tui.app.dialogs.file_picker import FilePicker
from tui.app.dialogs.help import Help
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.openables import OpenablePicker
from tui.app.dialogs.palette import CommandPalette
from tui.app.dialogs.picker import Picker
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker, PromptReview
from tui.app.dialogs.settings import SettingEntry, SettingsDialog
from tui.app.dialogs.source_view import SourceView
from tui.app.dialogs.text_editor import TextEditor
from tui.app.dialogs.themes import ThemePicker
from tui.app.transcript.openables import Openable
from tui.chat.prompt_library.folders import PromptListing
from tui.chat.prompt_library.template import PromptTemplate, read_template
from tui.chat.settings import ChatSettings
from tui.chat.setup import Setup
from tui.config import SETTINGS, Value
from tui.formats import FORMATS

LONG = "A question that is long enough to be wrapped on every screen, " * 4

SOURCE = Openable("code", "def f():\n\treturn '" + "long " * 80 + "'\n" * 90, "python")


def catalog() -> ScriptedCatalog:
    return ScriptedCatalog({f"fake:model-{number}": ScriptedModel() for number in range(60)}, window=10_000)


def setup() -> Setup:
    return Setup(catalog().listings, Path("config.toml"))


ENTRIES = [SettingEntry(key, setting.group, setting, None) for key, setting in SETTINGS.items()]


async def unchanged(entry: SettingEntry, value: Value | None) -> str:
    return ""


def template() -> PromptTemplate:
    blanks = " ".join(f"{{{{blank{number}=a|b}}}} {{{{text{number}}}}}" for number in range(10))
    return read_template(Path("long.md"), f"{LONG * 20}{blanks}".encode())


DIALOGS: dict[type[Dialog[Any]], Callable[[], Dialog[Any]]] = {
    AddKey: lambda: AddKey(setup()),
    AddServer: lambda: AddServer(setup()),
    ChatSettingsDialog: lambda: ChatSettingsDialog("Settings of a model", ChatSettings(), lambda settings: None),
    CommandPalette: lambda: CommandPalette(list(BY_ID)),
    Confirm: lambda: Confirm("Delete chat", LONG, "delete"),
    FilePicker: lambda: FilePicker(Path("/tmp")),
    ExportDialog: lambda: ExportDialog("chat", Path("/tmp"), FORMATS),
    Help: Help,
    ModelSwitcher: lambda: ModelSwitcher(catalog(), "fake:model-7", 1_200, streaming=True),
    OpenablePicker: lambda: OpenablePicker([Openable("link", "https://example.org/" + "x" * 200), SOURCE]),
    SourceView: lambda: SourceView(SOURCE, lambda text, what: None),
    PromptForm: lambda: PromptForm(template(), {}),
    PromptPicker: lambda: PromptPicker(PromptListing((template(),), (LONG,)), "system", "/tmp"),
    PromptReview: lambda: PromptReview(template()),
    SettingsDialog: lambda: SettingsDialog(lambda: ENTRIES, unchanged),
    TextEditor: lambda: TextEditor("System prompt", LONG * 20, "Such as: You are terse."),
    ThemePicker: lambda: ThemePicker([("nord-light", "light"), ("nord", "dark")], "nord", lambda name: None),
}


def test_no_dialog_is_forgotten_here() -> None:
    modules = [import_module(f"{dialogs.__name__}.{module.name}") for module in iter_modules(dialogs.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    assert {one for one in classes if issubclass(one, Dialog)} - {Dialog, Picker} == set(DIALOGS)


@pytest.mark.parametrize("size", [(40, 8), (40, 14), (80, 24), (200, 50)])
@pytest.mark.parametrize("build", DIALOGS.values(), ids=[one.__name__ for one in DIALOGS])
async def test_it_fits_the_terminal_names_its_keys_and_escape_leaves_it(
    build: Callable[[], Dialog[Any]], size: tuple[int, int]
) -> None:
    results: list[object] = []
    async with on_stage(size=size) as stage:
        dialog = build()
        stage.app.push_screen(dialog, results.append)
        await stage.pilot.pause()
        assert str(dialog.title) in dialog.top.render().plain
        assert "esc" in dialog.bottom.render().plain or size[0] < 80
        for widget in (dialog.top, dialog.bottom, *([dialog.focused] if dialog.focused else [])):
            assert widget.region.size and dialog.region.contains_region(widget.region), widget
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert results == [None] and stage.app.screen is not dialog


@pytest.mark.parametrize("build", DIALOGS.values(), ids=[one.__name__ for one in DIALOGS])
async def test_nothing_of_it_is_kept_once_it_is_closed(build: Callable[[], Dialog[Any]], tmp_path: Path) -> None:
    """An app that is open for weeks would grow with every look at it; for the help it was 0.8 MB each time."""
    async with running(tmp_path) as here:
        held = await opened(here, build())
        here.app.pop_screen()
        await here.until(lambda: not held.left(), "the end of all that it was")


async def opened(here: Running, dialog: Dialog[Any]) -> Held:
    """Show a dialog, and press a few keys in it."""
    here.app.push_screen(dialog)
    await here.until(lambda: here.app.screen is dialog and str(dialog.title) in here.screen(), "the dialog")
    await here.pilot.press("down", "x", "tab")
    return Held(dialog)


@pytest.mark.parametrize(("key", "result"), [("enter", True), ("y", True), ("n", None), ("x", "open")])
async def test_only_the_named_keys_answer_a_question(key: str, result: object) -> None:
    results: list[object] = []
    async with on_stage() as stage:
        stage.app.push_screen(Confirm("Delete chat", "Delete it?", "delete"), results.append)
        await stage.pilot.pause()
        await stage.pilot.press(key)
        assert results == ([] if result == "open" else [result])


async def test_a_theme_is_worn_under_the_cursor_and_the_old_one_again_when_the_dialog_is_left() -> None:
    worn: list[str] = []
    async with on_stage() as stage:
        themes = [("latte", "light"), ("nord", "dark"), ("zenburn", "dark")]
        stage.app.push_screen(ThemePicker(themes, "nord", worn.append))
        await stage.pilot.pause()
        await stage.pilot.press("down", "l", "i", "g", "h", "t")
        await stage.pilot.pause()
        assert worn[-2:] == ["zenburn", "latte"]
        await stage.pilot.press("escape")
        assert worn[-1] == "nord"


async def test_a_file_that_is_there_is_written_over_only_after_a_second_enter_on_the_same_path(tmp_path: Path) -> None:
    (tmp_path / "chat.md").write_text("mine")
    results: list[ExportChoice | None] = []
    async with on_stage() as stage:
        stage.app.push_screen(ExportDialog("chat", tmp_path, FORMATS), results.append)
        await stage.pilot.pause()
        await stage.pilot.press("enter", "2", "backspace", "enter")
        assert results == [], "another path, or the same one anew, is asked about again"
        await stage.pilot.press("enter")
        assert results == [ExportChoice("md", tmp_path / "chat.md", replace=True)]
