"""The settings of one conversation as rows that are changed in place: each change is told at once, bad ones refused.

Told the settings and the model; knows neither the store nor the session.
"""

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from tui.app.commands import bindings
from tui.app.widgets.field import Field
from tui.app.widgets.ink import ink, spread
from tui.app.widgets.rows import Row, Rows
from tui.chat.settings import EFFORTS, ChatSettings, Effort
from tui.text import clean_line

Name = Literal["effort", "temperature", "top_p", "max_tokens", "system_prompt"]
NAMES: tuple[Name, ...] = get_args(Name)

_LABELS: dict[Name, str] = {
    "effort": "effort",
    "temperature": "temperature",
    "top_p": "top-p",
    "max_tokens": "max tokens",
    "system_prompt": "system",
}
_HELP: dict[Name, str] = {
    "effort": "How long a reasoning model may think.",
    "temperature": "0 is strict, 2 is wild.",
    "top_p": "The share of likely words to pick from, 0 to 1.",
    "max_tokens": "The longest answer, in tokens.",
    "system_prompt": "Standing instructions, sent with every turn.",
}
_LONGEST_ANSWER = 10_000_000


def read_value(name: Name, text: str) -> float | int | None:
    """What a person typed for a number; "" and "default" mean the provider's default.

    Raises:
        ValueError: in words for that person.
    """
    text = text.strip().casefold().replace(",", ".")
    if text in ("", "default"):
        return None
    if name == "max_tokens":
        return _whole(text)
    top = 2 if name == "temperature" else 1
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= top:
        raise ValueError(f"{clean_line(text, 20)} is not a number from 0 to {top}; the value stays.")
    return round(value, 3)


def _whole(text: str) -> int:
    factor = 1_000 if text.endswith("k") else 1
    try:
        value = float(text.removesuffix("k")) * factor
    except ValueError:
        value = math.nan
    if not 1 <= value <= _LONGEST_ANSWER or value != int(value):
        raise ValueError(f"{clean_line(text, 20)} is not a whole number above 0; the value stays.")
    return int(value)


def with_value(settings: ChatSettings, name: Name, value: float | int | str | None) -> ChatSettings:
    """The settings with one value changed."""
    return replace(settings, **{name: value})  # type: ignore[arg-type]  # the callers check the value against the name


def next_effort(effort: Effort | None, step: int = 1) -> Effort | None:
    """The effort after this one; the provider's default stands between "max" and "off"."""
    choices: list[Effort | None] = [None, *EFFORTS]
    return choices[(choices.index(effort) + step) % len(choices)]


def stepped(settings: ChatSettings, name: Name, step: int) -> ChatSettings:
    """The settings with one value moved by one step up or down; ends stay ends."""
    if name == "effort":
        return replace(settings, effort=next_effort(settings.effort, step))
    if name == "temperature":
        value = 1.0 if settings.temperature is None else settings.temperature + step / 10
        return replace(settings, temperature=round(min(max(value, 0.0), 2.0), 3))
    if name == "top_p":
        value = 1.0 if settings.top_p is None else settings.top_p + step / 20
        return replace(settings, top_p=round(min(max(value, 0.0), 1.0), 3))
    if name == "max_tokens":
        now = settings.max_tokens or 2048
        return replace(settings, max_tokens=min(max(now * 2 if step > 0 else now // 2, 1), _LONGEST_ANSWER))
    return settings


class SettingRows(Rows[ChatSettings]):
    """One row per setting."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("settings")]

    @dataclass
    class Stepped(Message):
        """A value is to go one step up or down; 0 resets it."""

        name: str
        step: int

    def draw(self, row: Row[ChatSettings], width: int, chosen: bool) -> Content:
        """Draw a setting as name and value, with the signs of choice beside the selected one."""
        name: Name = row.key  # type: ignore[assignment]  # the keys are NAMES
        value = getattr(row.value, name)
        if name == "system_prompt":
            shown = ink(f"“{clean_line(value, 60)}”", "text") if value else ink("none", "muted")
        else:
            shown = ink("default" if value is None else f"{value:g}" if isinstance(value, float) else str(value),
                        "muted" if value is None else "strong")  # fmt: skip
        label = ink(f"{_LABELS[name]:<13}", "muted")
        if chosen and self.has_focus:
            label = ink(f"{_LABELS[name]:<13}", "text")
            if name != "system_prompt":
                shown = Content.assemble(ink("◂ ", "key"), shown, ink(" ▸", "key"))
            else:
                shown = spread(shown, Content.assemble(ink("↵ ", "key"), ink("edit", "muted")), width - 17)
        return Content.assemble(" ", spread(Content.assemble(label, shown), Content(""), width - 3), "  ")

    def action_less(self) -> None:
        """Move the value under the cursor down."""
        self.post_message(self.Stepped(self.key, -1))

    def action_more(self) -> None:
        """Move the value under the cursor up."""
        self.post_message(self.Stepped(self.key, 1))

    def action_reset(self) -> None:
        """Give the value under the cursor back to the provider."""
        self.post_message(self.Stepped(self.key, 0))


class SettingsPane(Vertical):
    """The settings of the conversation that is shown."""

    DEFAULT_CSS = """
    SettingsPane {
        height: auto;
        layers: base above;
        & > SettingRows { height: 5; }
        & > Static { height: auto; padding: 0 2; color: $foreground-muted; }
        & > Static.-wrong { color: $text-error; }
        & > #value { layer: above; position: absolute; width: 24; background: $primary-muted; }
    }
    """

    settings: reactive[ChatSettings] = reactive(ChatSettings())

    @dataclass
    class Changed(Message):
        """The person changed a setting; these are all of them now."""

        settings: ChatSettings

    class PromptWanted(Message):
        """The system prompt is to be edited, which takes more than a row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = SettingRows()
        self._help = Static(markup=False)
        self._editing: Name | None = None

    def compose(self) -> ComposeResult:
        """The rows, and a line that says what the selected one does."""
        yield self.rows
        yield self._help

    def on_mount(self) -> None:
        """Draw what was told before."""
        self._show()

    def watch_settings(self) -> None:
        """Draw the values."""
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        self.rows.show([Row(name, self.settings) for name in NAMES])
        self._explain()

    def _explain(self, problem: str = "") -> None:
        self._help.set_class(bool(problem), "-wrong")
        name: Name = self.rows.key  # type: ignore[assignment]  # the keys are NAMES
        words = f"✗ {problem}" if problem else _HELP.get(name, "")
        self._help.update(Content(words))

    def _change(self, settings: ChatSettings) -> None:
        if settings != self.settings:
            self.settings = settings
            self.post_message(self.Changed(settings))

    @on(SettingRows.Moved)
    def _moved(self, event: SettingRows.Moved) -> None:
        event.stop()
        self._explain()

    @on(SettingRows.Stepped)
    def _step(self, event: SettingRows.Stepped) -> None:
        event.stop()
        name: Name = event.name  # type: ignore[assignment]  # the keys are NAMES
        if event.step:
            self._change(stepped(self.settings, name, event.step))
        else:
            self._change(with_value(self.settings, name, "" if name == "system_prompt" else None))

    @on(SettingRows.Chosen)
    def _edit(self, event: SettingRows.Chosen) -> None:
        event.stop()
        name: Name = event.key  # type: ignore[assignment]  # the keys are NAMES
        if name == "system_prompt":
            self.post_message(self.PromptWanted())
        elif name == "effort":
            self._change(stepped(self.settings, name, 1))
        elif self._editing is None:
            self._editing = name
            value = getattr(self.settings, name)
            field = Field(
                "" if value is None else f"{value:g}", placeholder="default", id="value", select=True, limit=20
            )
            field.styles.offset = (15, NAMES.index(name))
            self.mount(field)
            field.focus()

    @on(Field.Submitted, "#value")
    async def _take(self, event: Field.Submitted) -> None:
        event.stop()
        if self._editing is None:
            return
        try:
            value = read_value(self._editing, event.value)
        except ValueError as problem:
            self._explain(str(problem))
            return
        settings = with_value(self.settings, self._editing, value)
        await self._end_edit()
        self._change(settings)

    @on(Field.Left, "#value")
    async def _keep(self, event: Field.Left) -> None:
        event.stop()
        await self._end_edit()

    @on(Field.Blurred, "#value")
    async def _dropped(self, event: Field.Blurred) -> None:
        event.stop()
        if self._editing:
            self._editing = None
            await event.input.remove()

    async def _end_edit(self) -> None:
        self._editing = None
        self.rows.focus()
        self._explain()
        await self.query("#value").remove()
