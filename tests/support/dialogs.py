"""Every dialog of the app, built with nothing behind it, and with words of the asker in each place that takes some."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.servers import PlayedServer, PlayedServers
from tui.app.commands import BY_ID
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.add_server import AddServer
from tui.app.dialogs.base import Dialog
from tui.app.dialogs.chat_settings import ChatSettingsDialog
from tui.app.dialogs.compare_texts import CompareTexts
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.deny_call import DenyCall
from tui.app.dialogs.export import ExportChoice, ExportDialog, ExportPlace
from tui.app.dialogs.file_picker import FilePicker
from tui.app.dialogs.help import Help
from tui.app.dialogs.imports import ImportDialog
from tui.app.dialogs.model_details import ModelDetails
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.openables import OpenablePicker
from tui.app.dialogs.palette import CommandPalette
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker, PromptReview
from tui.app.dialogs.pull_model import PullModel
from tui.app.dialogs.server_asks import SampleReview, VisitPage
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


def source(words: str) -> Openable:
    return Openable("code", f"{words}\n\treturn '{words * 2}'\n" * 45, words if words != LONG else "python")


def catalog(*more: str) -> ScriptedCatalog:
    names = [*(f"fake:model-{number}" for number in range(60)), *more]
    return ScriptedCatalog({name: ScriptedModel() for name in names}, window=10_000)


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


def template(words: str = LONG) -> PromptTemplate:
    blanks = " ".join(f"{{{{blank{number}=a|b}}}} {{{{text{number}}}}}" for number in range(10))
    return read_template(Path("long.md"), f"{words * 20}{blanks}".encode("utf-8", "replace"))


def replies(words: str) -> list[Message]:
    chat = conversation("chat")
    asked = prompt(chat, words)
    return [asked, *(reply(chat, asked, f"{words} {number}\n" * 30, model=f"fake:{words}") for number in range(40))]


def tools(words: str) -> Tools:
    many = tuple(McpTool("server", f"tool_{number}", words, description=words) for number in range(60))
    servers = PlayedServers(PlayedServer("server", many), PlayedServer(words, becomes="failed", problem=words))
    return Tools(None, servers)  # type: ignore[arg-type]  # nothing reads the library


def form(words: str) -> FormRequest:
    kinds: tuple[FieldKind, ...] = get_args(FieldKind)
    options = tuple((f"value{number}", f"Title {number} {words}") for number in range(5))
    fields = tuple(FormField(kind, kind, options=options, description=words) for kind in kinds)
    return FormRequest("server", words, fields)


async def no_cost() -> SampleCost:
    return SampleCost(1_000, 2_000, None)


def sample(words: str) -> SampleRequest:
    return SampleRequest("server", (McpContent("text", words * 30, role="user"),), words)


async def unsaved(settings: ChatSettings) -> None:
    return None


async def nothing_imported(paths: Sequence[Path], progress: Progress, cancelled: Callable[[], bool]) -> ImportReport:
    return ImportReport()


async def kept(words: str) -> list[KeptModel]:
    return [KeptModel(f"ollama:{words}", 1_000_000, words)] if words != LONG else []


def export_dialog(folder: Path, put: Callable[[ExportChoice], object] = lambda choice: None) -> ExportDialog:
    """One of which all that is chosen is put somewhere."""

    async def write(choice: ExportChoice, progress: object) -> str:
        put(choice)
        return "done"

    return ExportDialog(
        lambda format, scope: ExportPlace(str(folder / "chat") + FORMATS[format].suffix), FORMATS, write
    )


def dialogs(words: str = LONG) -> dict[type[Dialog[Any]], Callable[[], Dialog[Any]]]:
    """What builds each of them, with `words` in it wherever words of others may stand."""
    code = source(words)
    model = replace(catalog().models()[0], note=words, tags=(words,))
    return {
        AddKey: lambda: AddKey(setup()),
        AddServer: lambda: AddServer(setup()),
        ChatSettingsDialog: lambda: ChatSettingsDialog(
            "Settings of a model", ChatSettings(system_prompt=words), lambda settings: None, tools(words)
        ),
        CommandPalette: lambda: CommandPalette(list(BY_ID)),
        CompareTexts: lambda: CompareTexts(*replies(words)[1:3]),
        Confirm: lambda: Confirm("Delete chat", words, "delete"),
        FilePicker: lambda: FilePicker(Path.home()),
        DenyCall: lambda: DenyCall(words),
        ExportDialog: lambda: export_dialog(Path("/tmp")),
        Help: Help,
        ImportDialog: lambda: ImportDialog(nothing_imported, nothing_imported, words),
        ModelDetails: lambda: ModelDetails(model, {"window": words}, None, listed=True),
        ModelSwitcher: lambda: ModelSwitcher(
            catalog(f"fake:{words}"), "fake:model-7", remembered(), forecast(), streaming=True
        ),
        OpenablePicker: lambda: OpenablePicker([Openable("link", "https://example.org/" + "x" * 200), code]),
        SourceView: lambda: SourceView(code, lambda text, what: None),
        PullModel: lambda: PullModel(Pulls(catalog(), Path("/tmp")), lambda: kept(words)),
        PromptForm: lambda: PromptForm(template(words), {}),
        PromptPicker: lambda: PromptPicker(PromptListing((template(words),), (words,)), "system", "/tmp"),
        PromptReview: lambda: PromptReview(template(words)),
        SettingsDialog: lambda: SettingsDialog(lambda: ENTRIES, unchanged),
        SampleReview: lambda: SampleReview(sample(words), "model", SampleGrant("fake:one", "chat"), no_cost),
        ServerForm: lambda: ServerForm(form(words)),
        VisitPage: lambda: VisitPage("server", words, f"https://example.org/{'x' * 300}", lambda text, what: None),
        ToolsDialog: lambda: ToolsDialog("Tools of this chat", tools(words), ChatSettings(tools="server:*"), unsaved),
        TextEditor: lambda: TextEditor("System prompt", words * 20, "Such as: You are terse."),
        TreeDialog: lambda: TreeDialog(outline_of(replies(words), 200), None, "", can_undo=True),
        UsageDialog: lambda: UsageDialog(no_usage, "chat", no_context, no_prices),
        ThemePicker: lambda: ThemePicker(
            [("nord-light", "light"), ("nord", "dark"), (words, "dark")], "nord", lambda name: None
        ),
    }
