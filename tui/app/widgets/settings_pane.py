"""The settings of one conversation as rows that are changed in place: each change is posted at once, bad ones refused.

Set by its `settings`; knows neither the store nor the replies.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.styles import BLANK, key_hint, spread, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.chat.catalog.offers import SettingOffer
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.chat.tools.summary import ToolsOn
from tui.dataclass import dataclass
from tui.figures import tokens
from tui.text import clean_line

_LABEL_CELLS = 13


_OPENED = {"system_prompt": "edit", "tools": "choose"}
"""Rows that have a dialog of their own, and what it is for."""
_HELP = {"tools": "What the model may call, and what is asked first."}


@dataclass(frozen=True, slots=True)
class ToolsShown:
    """The tools of the chat in few words.

    Attributes:
        on: those that are on.
        taken: tools can be offered to the model.
    """

    on: ToolsOn = ToolsOn()
    taken: bool = True


class SettingRows(SelectList[ChatSettings]):
    """One row per setting.

    Attributes:
        unused: those that are set, and that the model does not take.
        tools: what of the tools is on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("settings")]
    unused: frozenset[str] = frozenset()
    tools: ToolsShown = ToolsShown()

    @dataclass
    class Stepped(Message):
        """A value is to go one step up or down; 0 resets it."""

        name: str
        step: int

    @override
    def draw(self, row: ListRow[ChatSettings], width: int, chosen: bool) -> Content:
        """Draw a setting as name and value; the one under the cursor with the signs of what the keys do."""
        name = row.key
        value = _shown(row.value, name) if name != "tools" else self._tools(row.value)
        if name in self.unused:
            value = styled(f"{value.plain} · not used", "muted")
        active = chosen and self.has_focus
        if active and name in _OPENED:
            value = spread(value, key_hint("↵", _OPENED[name]), width - _LABEL_CELLS - 4)
        elif active:
            value = Content.assemble(styled("◂ ", "key"), value, styled(" ▸", "key"))
        label = styled(f"{CHAT_SETTINGS[name].label:<{_LABEL_CELLS}}", "text" if active else "muted")
        return Content.assemble(" ", spread(Content.assemble(label, value), BLANK, width - 3), "  ")

    def _tools(self, settings: ChatSettings) -> Content:
        on = self.tools.on
        folder = styled(clean_line(settings.folder, 30), "muted") if settings.folder else BLANK
        if not on.count:
            return styled("some, not known yet", "muted") if on.missing else styled("none", "muted")
        if not self.tools.taken:
            return styled(f"{on.count:,} on · not taken by this model", "care")
        cost = styled(f"{tokens(on.tokens, estimated=True)} tok", "muted")
        return Content(" · ").join(
            [part for part in (styled(f"{on.count:,} on", "strong"), cost, folder) if part.cell_length]
        )

    def action_less(self) -> None:
        """Move the value under the cursor down."""
        self.post_message(self.Stepped(self.key, -1))

    def action_more(self) -> None:
        """Move the value under the cursor up."""
        self.post_message(self.Stepped(self.key, 1))

    def action_reset(self) -> None:
        """Give the value under the cursor back to the provider."""
        self.post_message(self.Stepped(self.key, 0))


def _shown(settings: ChatSettings, name: str) -> Content:
    setting, value = CHAT_SETTINGS[name], settings.value(name)
    if setting.kind == "flag":
        return styled("on", "strong") if value else styled("off", "muted")
    if value is None:
        return styled(setting.unset, "muted")
    if setting.kind == "text":
        return styled(f"“{clean_line(setting.write(value), 60)}”", "text")
    return styled(setting.write(value), "strong")


class SettingsPane(Vertical):
    """The settings of the conversation that is shown."""

    DEFAULT_CSS = """
    SettingsPane {
        height: auto;
        layers: base above;
        & > SettingRows { height: auto; }
        & > Line { padding: 0 2; }
        & > #value { layer: above; position: absolute; width: 24; background: $primary-muted; }
    }
    """

    settings: reactive[ChatSettings] = reactive(ChatSettings())
    offer: reactive[SettingOffer] = reactive(SettingOffer())
    tools: reactive[ToolsShown] = reactive(ToolsShown())

    @dataclass
    class Changed(Message):
        """The person changed a setting; these are all of them now."""

        settings: ChatSettings

    class SystemPromptRequested(Message):
        """The system prompt is to be edited, which takes more than a row."""

    class ToolsRequested(Message):
        """The tools are to be shown, and switched."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = SettingRows()
        self._help = Line()
        self._editing = ""

    @override
    def compose(self) -> ComposeResult:
        yield self.rows
        yield self._help

    def on_mount(self) -> None:
        """Draw what was set before."""
        self._show()

    def watch_settings(self) -> None:
        """Draw the values."""
        if self.is_mounted:
            self._show()

    def watch_tools(self) -> None:
        """Draw what of the tools is on."""
        if self.is_mounted:
            self._show()

    def watch_offer(self) -> None:
        """Draw what the model takes."""
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        self.rows.unused, self.rows.tools = self.offer.unused(self.settings), self.tools
        shown = (*(name for name in CHAT_SETTINGS if name not in ("tools", "folder")), "tools")  # which have the folder
        names = [name for name in shown if self.offer.shows(name, self.settings)]
        self.rows.styles.height = len(names)
        self.rows.show([ListRow(name, self.settings) for name in names])
        self._show_help()

    def _show_help(self) -> None:
        name = self.rows.key
        unused = f"Not used by {self.offer.label} with this model." if name in self.rows.unused else ""
        self._help.content = styled(unused or _HELP.get(name) or CHAT_SETTINGS[name].help, "muted")

    # Changing a value.

    def _change(self, settings: ChatSettings) -> None:
        if settings != self.settings:
            self.settings = settings
            self.post_message(self.Changed(settings))

    @on(SettingRows.Moved)
    def _explain(self, event: SettingRows.Moved) -> None:
        event.stop()
        self._show_help()

    @on(SettingRows.Stepped)
    def _step(self, event: SettingRows.Stepped) -> None:
        event.stop()
        if event.step and event.name == "tools":
            self._open(event.name)
        elif event.step:
            self._move(event.name, event.step)
        else:
            self._change(self.settings.with_value(event.name, None))

    def _open(self, name: str) -> None:
        self.post_message(self.ToolsRequested() if name == "tools" else self.SystemPromptRequested())

    def _move(self, name: str, step: int) -> None:
        value = self.offer.setting(name).stepped(self.settings.value(name), step)
        self._change(self.settings.with_value(name, value))

    @on(SettingRows.Chosen)
    def _edit(self, event: SettingRows.Chosen) -> None:
        event.stop()
        match self.rows.key:
            case name if name in _OPENED:
                self._open(name)
            case name if CHAT_SETTINGS[name].kind in ("choice", "flag"):
                self._move(name, 1)
            case name if not self._editing:
                self._start_typing(name)

    # Typing a value.

    def _start_typing(self, name: str) -> None:
        self._editing = name
        value = self.settings.value(name)
        text = "" if value is None else CHAT_SETTINGS[name].write(value)
        field = Field(text, placeholder="default", id="value", select=True, limit=20)
        field.styles.offset = (_LABEL_CELLS + 2, self.rows.cursor)
        self.mount(field)
        field.focus()

    @on(Field.Submitted, "#value")
    async def _take_value(self, event: Field.Submitted) -> None:
        event.stop()
        if not self._editing:
            return
        try:
            value = CHAT_SETTINGS[self._editing].read(event.value)
        except ValueError as problem:
            self._help.content = styled(f"✗ {problem}", "wrong")
            return
        settings = self.settings.with_value(self._editing, value)
        await self._end_typing()
        self._change(settings)

    @on(Field.Cancelled, "#value")
    async def _keep_value(self, event: Field.Cancelled) -> None:
        event.stop()
        await self._end_typing()

    @on(Field.Blurred, "#value")
    async def _abandon_value(self, event: Field.Blurred) -> None:
        event.stop()
        if self._editing:
            self._editing = ""
            await event.input.remove()

    async def _end_typing(self) -> None:
        self._editing = ""
        self.rows.focus()
        self._show_help()
        await self.query("#value").remove()
