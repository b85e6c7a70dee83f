"""The settings of one conversation as rows that are changed in place: each change is posted at once, bad ones refused.

Set by its `settings`; knows neither the store nor the replies.
"""

from dataclasses import dataclass
from typing import ClassVar, cast

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
from tui.app.widgets.setting_values import SETTING_NAMES, SettingName, read_value, stepped, with_value
from tui.chat.settings import ChatSettings
from tui.text import clean_line

_LABELS: dict[SettingName, str] = {
    "effort": "effort",
    "temperature": "temperature",
    "top_p": "top-p",
    "max_tokens": "max tokens",
    "system_prompt": "system",
}
_HELP: dict[SettingName, str] = {
    "effort": "How long a reasoning model may think.",
    "temperature": "0 is strict, 2 is wild.",
    "top_p": "The share of likely words to pick from, 0 to 1.",
    "max_tokens": "The longest answer, in tokens.",
    "system_prompt": "Standing instructions, sent with every turn.",
}
_LABEL_CELLS = 13


class SettingRows(SelectList[ChatSettings]):
    """One row per setting."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("settings")]

    @dataclass
    class Stepped(Message):
        """A value is to go one step up or down; 0 resets it."""

        name: SettingName
        step: int

    @property
    def name_at_cursor(self) -> SettingName:
        """The setting under the cursor."""
        return cast(SettingName, self.key)  # the rows' keys are SETTING_NAMES, and there is always a row

    @override
    def draw(self, row: ListRow[ChatSettings], width: int, chosen: bool) -> Content:
        """Draw a setting as name and value; the one under the cursor with the signs of what the keys do."""
        name = cast(SettingName, row.key)
        value = _shown(row.value, name)
        active = chosen and self.has_focus
        if active and name == "system_prompt":
            value = spread(value, key_hint("↵", "edit"), width - _LABEL_CELLS - 4)
        elif active:
            value = Content.assemble(styled("◂ ", "key"), value, styled(" ▸", "key"))
        label = styled(f"{_LABELS[name]:<{_LABEL_CELLS}}", "text" if active else "muted")
        return Content.assemble(" ", spread(Content.assemble(label, value), BLANK, width - 3), "  ")

    def action_less(self) -> None:
        """Move the value under the cursor down."""
        self.post_message(self.Stepped(self.name_at_cursor, -1))

    def action_more(self) -> None:
        """Move the value under the cursor up."""
        self.post_message(self.Stepped(self.name_at_cursor, 1))

    def action_reset(self) -> None:
        """Give the value under the cursor back to the provider."""
        self.post_message(self.Stepped(self.name_at_cursor, 0))


def _shown(settings: ChatSettings, name: SettingName) -> Content:
    if name == "system_prompt":
        prompt = settings.system_prompt
        return styled(f"“{clean_line(prompt, 60)}”", "text") if prompt else styled("none", "muted")
    value = getattr(settings, name)
    if value is None:
        return styled("default", "muted")
    return styled(f"{value:g}" if isinstance(value, float) else str(value), "strong")


class SettingsPane(Vertical):
    """The settings of the conversation that is shown."""

    DEFAULT_CSS = """
    SettingsPane {
        height: auto;
        layers: base above;
        & > SettingRows { height: 5; }
        & > Line { padding: 0 2; }
        & > #value { layer: above; position: absolute; width: 24; background: $primary-muted; }
    }
    """

    settings: reactive[ChatSettings] = reactive(ChatSettings())

    @dataclass
    class Changed(Message):
        """The person changed a setting; these are all of them now."""

        settings: ChatSettings

    class SystemPromptRequested(Message):
        """The system prompt is to be edited, which takes more than a row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = SettingRows()
        self._help = Line()
        self._editing: SettingName | None = None

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

    def _show(self) -> None:
        self.rows.show([ListRow(name, self.settings) for name in SETTING_NAMES])
        self._show_help()

    def _show_help(self) -> None:
        self._help.content = styled(_HELP[self.rows.name_at_cursor], "muted")

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
        if event.step:
            self._change(stepped(self.settings, event.name, event.step))
        else:
            self._change(with_value(self.settings, event.name, "" if event.name == "system_prompt" else None))

    @on(SettingRows.Chosen)
    def _edit(self, event: SettingRows.Chosen) -> None:
        event.stop()
        match self.rows.name_at_cursor:
            case "system_prompt":
                self.post_message(self.SystemPromptRequested())
            case "effort":
                self._change(stepped(self.settings, "effort", 1))
            case name if self._editing is None:
                self._start_typing(name)

    # Typing a value.

    def _start_typing(self, name: SettingName) -> None:
        self._editing = name
        value = getattr(self.settings, name)
        field = Field("" if value is None else f"{value:g}", placeholder="default", id="value", select=True, limit=20)
        field.styles.offset = (_LABEL_CELLS + 2, SETTING_NAMES.index(name))
        self.mount(field)
        field.focus()

    @on(Field.Submitted, "#value")
    async def _take_value(self, event: Field.Submitted) -> None:
        event.stop()
        if self._editing is None:
            return
        try:
            value = read_value(self._editing, event.value)
        except ValueError as problem:
            self._help.content = styled(f"✗ {problem}", "wrong")
            return
        settings = with_value(self.settings, self._editing, value)
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
            self._editing = None
            await event.input.remove()

    async def _end_typing(self) -> None:
        self._editing = None
        self.rows.focus()
        self._show_help()
        await self.query("#value").remove()
