"""Every dialog: it can be left with escape, changes nothing then, and fits the terminals that people have."""

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args

import pytest

from tests.support.app import Running, running
from tests.support.library import conversation, prompt, reply
from tests.support.memory import Held
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.servers import PlayedServer, PlayedServers
from tests.support.stage import on_stage
from tui.app import dialogs
from tui.app.commands import BY_ID
from tui.app.dialogs import cautious
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.add_server import AddServer
from tui.app.dialogs.base import Dialog
from tui.app.dialogs.cautious import CautiousDialog
from tui.app.dialogs.chat_settings import ChatSettingsDialog
from tui.app.dialogs.compare_texts import CompareTexts
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.deny_call import DenyCall
from tui.app.dialogs.export import ExportChoice, ExportDialog, Place
from tui.app.dialogs.file_picker import FilePicker
from tui.app.dialogs.help import Help
from tui.app.dialogs.imports import ImportDialog
from tui.app.dialogs.model_details import ModelDetails
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.openables import OpenablePicker
from tui.app.dialogs.palette import CommandPalette
from tui.app.dialogs.picker import Picker
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker, PromptReview
from tui.app.dialogs.pull_model import PullModel
from tui.app.dialogs.server_asks import SampleReview, ServerDialog, VisitPage
from tui.app.dialogs.server_form import ServerForm
from tui.app.dialogs.settings import SettingEntry, SettingsDialog
from tui.app.dialogs.source_view import SourceView
from tui.app.dialogs.text_editor import TextEditor
from tui.app.dialogs.themes import ThemePicker
from tui.app.dialogs.tools import ToolsDialog
from tui.app.dialogs.tree import TreeDialog
from tui.app.dialogs.usage import UsageDialog
from tui.app.transcript.openables import Openable
from tui.chat.catalog.kept import KeptModel
from tui.chat.catalog.pulls import Pulls
from tui.chat.catalog.remembered import RememberedModels
from tui.chat.context_parts import ContextParts
from tui.chat.importing import ImportReport, Progress
from tui.chat.prompt_library.folders import PromptListing
from tui.chat.prompt_library.template import PromptTemplate, read_template
from tui.chat.replies.next_turn import Forecast
from tui.chat.server_requests import SampleCost, SampleGrant
from tui.chat.settings import ChatSettings
from tui.chat.setup import Setup
from tui.chat.tools.tools import Tools
from tui.chat.usage_report import UsageReport
from tui.config import SETTINGS, State, Value
from tui.formats import FORMATS
from tui.mcp.hooks import FieldKind, FormField, FormRequest, SampleRequest
from tui.mcp.values import McpContent, McpTool
from tui.store.records import Message, UsageScope, outline_of

LONG = "A question that is long enough to be wrapped on every screen, " * 4

SOURCE = Openable("code", "def f():\n\treturn '" + "long " * 80 + "'\n" * 90, "python")


def catalog() -> ScriptedCatalog:
    return ScriptedCatalog({f"fake:model-{number}": ScriptedModel() for number in range(60)}, window=10_000)


def setup() -> Setup:
    return Setup(catalog().listings, Path("config.toml"))


def remembered() -> RememberedModels:
    return RememberedModels(State(favourites=("fake:model-3", "gone:away")), lambda **changes: None)


def forecast() -> Forecast:
    return Forecast(catalog(), (), no_files, 1_200)


async def no_files(hashes: Collection[str]) -> dict[str, bytes]:
    return {}


ENTRIES = [SettingEntry(key, setting.group, setting, None) for key, setting in SETTINGS.items()]


async def unchanged(entry: SettingEntry, value: Value | None) -> str:
    return ""


async def no_prices() -> str:
    return ""


async def no_usage(scope: UsageScope, chats: bool) -> UsageReport:
    return UsageReport()


async def no_context() -> ContextParts:
    return ContextParts(system=10, history=2_000, window=10_000)


def template() -> PromptTemplate:
    blanks = " ".join(f"{{{{blank{number}=a|b}}}} {{{{text{number}}}}}" for number in range(10))
    return read_template(Path("long.md"), f"{LONG * 20}{blanks}".encode())


def replies() -> list[Message]:
    chat = conversation("chat")
    asked = prompt(chat, LONG)
    return [asked, *(reply(chat, asked, f"{LONG} {number}\n" * 30) for number in range(40))]


def tools() -> Tools:
    many = tuple(McpTool("server", f"tool_{number}", description=LONG) for number in range(60))
    servers = PlayedServers(PlayedServer("server", many), PlayedServer(LONG, becomes="failed", problem=LONG))
    return Tools(None, servers)  # type: ignore[arg-type]  # nothing reads the library


def form() -> FormRequest:
    kinds: tuple[FieldKind, ...] = get_args(FieldKind)
    options = tuple((f"value{number}", f"Title {number}") for number in range(5))
    return FormRequest(
        "server", LONG, tuple(FormField(kind, kind, options=options, description=LONG) for kind in kinds)
    )


async def no_cost() -> SampleCost:
    return SampleCost(1_000, 2_000, None)


SAMPLE = SampleRequest("server", (McpContent("text", LONG * 30, role="user"),), LONG)


async def unsaved(settings: ChatSettings) -> None:
    return None


async def nothing_imported(paths: Sequence[Path], progress: Progress, cancelled: Callable[[], bool]) -> ImportReport:
    return ImportReport()


async def nothing_kept() -> list[KeptModel]:
    return []


def export_dialog(folder: Path, put: Callable[[ExportChoice], object] = lambda choice: None) -> ExportDialog:
    """One of which all that is chosen is put somewhere."""

    async def write(choice: ExportChoice, progress: object) -> str:
        put(choice)
        return "done"

    return ExportDialog(lambda format, scope: Place(str(folder / "chat") + FORMATS[format].suffix), FORMATS, write)


DIALOGS: dict[type[Dialog[Any]], Callable[[], Dialog[Any]]] = {
    AddKey: lambda: AddKey(setup()),
    AddServer: lambda: AddServer(setup()),
    ChatSettingsDialog: lambda: ChatSettingsDialog(
        "Settings of a model", ChatSettings(), lambda settings: None, tools()
    ),
    CommandPalette: lambda: CommandPalette(list(BY_ID)),
    CompareTexts: lambda: CompareTexts(*replies()[1:3]),
    Confirm: lambda: Confirm("Delete chat", LONG, "delete"),
    FilePicker: lambda: FilePicker(Path("/tmp")),
    DenyCall: lambda: DenyCall(LONG),
    ExportDialog: lambda: export_dialog(Path("/tmp")),
    Help: Help,
    ImportDialog: lambda: ImportDialog(nothing_imported, nothing_imported, LONG),
    ModelDetails: lambda: ModelDetails(replace(catalog().models()[0], note=LONG), {"window": LONG}, None, listed=True),
    ModelSwitcher: lambda: ModelSwitcher(catalog(), "fake:model-7", remembered(), forecast(), streaming=True),
    OpenablePicker: lambda: OpenablePicker([Openable("link", "https://example.org/" + "x" * 200), SOURCE]),
    SourceView: lambda: SourceView(SOURCE, lambda text, what: None),
    PullModel: lambda: PullModel(Pulls(catalog(), Path("/tmp")), nothing_kept),
    PromptForm: lambda: PromptForm(template(), {}),
    PromptPicker: lambda: PromptPicker(PromptListing((template(),), (LONG,)), "system", "/tmp"),
    PromptReview: lambda: PromptReview(template()),
    SettingsDialog: lambda: SettingsDialog(lambda: ENTRIES, unchanged),
    SampleReview: lambda: SampleReview(SAMPLE, "model", SampleGrant("fake:one", "chat"), no_cost),
    ServerForm: lambda: ServerForm(form()),
    VisitPage: lambda: VisitPage("server", LONG, f"https://example.org/{'x' * 300}", lambda text, what: None),
    ToolsDialog: lambda: ToolsDialog("Tools of this chat", tools(), ChatSettings(tools="server:*"), unsaved),
    TextEditor: lambda: TextEditor("System prompt", LONG * 20, "Such as: You are terse."),
    TreeDialog: lambda: TreeDialog(outline_of(replies(), 200), None, "", can_undo=True),
    UsageDialog: lambda: UsageDialog(no_usage, "chat", no_context, no_prices),
    ThemePicker: lambda: ThemePicker([("nord-light", "light"), ("nord", "dark")], "nord", lambda name: None),
}


def test_no_dialog_is_forgotten_here() -> None:
    modules = [import_module(f"{dialogs.__name__}.{module.name}") for module in iter_modules(dialogs.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    assert {one for one in classes if issubclass(one, Dialog)} - {Dialog, Picker, CautiousDialog, ServerDialog} == set(
        DIALOGS
    )


@pytest.mark.parametrize("size", [(40, 8), (40, 14), (80, 24), (200, 50)])
async def test_it_fits_the_terminal_names_its_keys_and_escape_leaves_it(size: tuple[int, int]) -> None:
    async with on_stage(size=size) as stage:
        for build in DIALOGS.values():
            results: list[object] = []
            dialog = build()
            stage.app.push_screen(dialog, results.append)
            await stage.pilot.pause()
            assert str(dialog.title) in dialog.top.render().plain and stage.screen().strip()
            assert "esc" in dialog.bottom.render().plain or size[0] < 80, dialog
            for widget in (dialog.top, dialog.bottom, *([dialog.focused] if dialog.focused else [])):
                assert widget.region.size and dialog.region.contains_region(widget.region), (dialog, widget)
            await stage.pilot.press("escape")
            await stage.pilot.pause()
            assert results == [None] and stage.app.screen is not dialog, dialog


async def test_nothing_of_it_is_kept_once_it_is_closed(tmp_path: Path) -> None:
    """An app that is open for weeks would grow with every look at it; for the help it was 0.8 MB each time."""
    async with running(tmp_path, size=(80, 24)) as here:
        held = Held()
        for build in DIALOGS.values():
            dialog = build()
            here.app.push_screen(dialog)
            await here.until(functools.partial(shown, here, dialog), "the dialog")
            await here.pilot.press("down", "x", "tab")
            here.screen()
            held.follow(dialog)
            here.app.pop_screen()
        del dialog
        await here.until(lambda: not held.left(), "the end of all that they were")


def shown(here: Running, dialog: Dialog[Any]) -> bool:
    return here.app.screen is dialog and str(dialog.title) in here.screen()


async def test_no_key_says_yes_to_a_question_before_it_can_have_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[object] = []
    monkeypatch.setattr(cautious, "DEAF_S", 3600.0)
    monkeypatch.setattr(cautious, "UNDRAWN", float("inf"))
    async with on_stage() as stage:
        stage.app.push_screen(Confirm("Delete", "Nothing brings it back.", "delete"), results.append)
        await stage.pilot.pause()
        await stage.pilot.press("enter", "y")
        assert results == []
        await stage.pilot.press("escape")
        assert results == [None]
        stage.app.push_screen(Confirm("Quit", "What came is kept.", "quit", at_once=True), results.append)
        await stage.pilot.pause()
        await stage.pilot.press("enter")
        assert results == [None, True], "where nothing is lost it may be typed ahead"


async def test_only_the_named_keys_answer_a_question() -> None:
    results: list[object] = []
    async with on_stage() as stage:
        for key in ("enter", "y", "n"):
            stage.app.push_screen(Confirm("Delete chat", "Delete it?", "delete"), results.append)
            await stage.pilot.pause()
            asked = len(results)
            await stage.pilot.press("x")
            assert len(results) == asked, "another key"
            await stage.pilot.press(key)
        assert results == [True, True, None]


async def test_a_theme_is_worn_under_the_cursor_and_none_is_kept_when_the_dialog_is_left() -> None:
    worn: list[str] = []
    kept: list[str | None] = []
    async with on_stage() as stage:
        themes = [("latte", "light"), ("nord", "dark"), ("zenburn", "dark")]
        stage.app.push_screen(ThemePicker(themes, "nord", worn.append), kept.append)
        await stage.pilot.pause()
        await stage.pilot.press("down", "l", "i", "g", "h", "t")
        await stage.pilot.pause()
        assert worn[-2:] == ["zenburn", "latte"]
        await stage.pilot.press("escape")
        assert kept == [None], "who has asked wears what is set again"


async def test_a_file_that_is_there_is_written_over_only_after_a_second_enter_on_the_same_path(tmp_path: Path) -> None:
    (tmp_path / "chat.md").write_text("mine")
    results: list[ExportChoice] = []
    async with on_stage() as stage:
        stage.app.push_screen(export_dialog(tmp_path, results.append))
        await stage.pilot.pause()
        await stage.pilot.press("enter", "2", "backspace", "enter")
        assert results == [], "another path, or the same one anew, is asked about again"
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert results == [ExportChoice("md", tmp_path / "chat.md", replace=True)]
