"""All settings: found by typing, explained, with value and origin, and changed in place; each change holds at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from tui.app.dialogs.picker import Picker
from tui.app.fuzzy import fuzzy
from tui.app.styles import BLANK, fit, key_hint, spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.config import Setting, Value
from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.text import clean_line

_LABEL_CELLS, _ORIGIN_CELLS = 16, 26


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """One setting in one place: for this chat, or for all that come.

    Attributes:
        key: what the dialog is dismissed with, such as "this chat.effort".
        group: the heading above it.
        shown: what it comes to, where that is not its value; "" else.
        origin: where it was set; "" for the default.
        ours: whether the app has set it, and can take it back.
    """

    key: str
    group: str
    setting: Setting
    value: Value | None
    shown: str = ""
    origin: str = ""
    ours: bool = False

    @property
    def text(self) -> str:
        """What it comes to, on one line."""
        return clean_line(self.shown or self.setting.write(self.value), 60)


class SettingEntries(SelectList[SettingEntry | str]):
    """Settings as name, value and origin; a text is a heading."""

    @override
    def draw(self, row: ListRow[SettingEntry | str], width: int, chosen: bool) -> Content:
        entry = row.value
        if isinstance(entry, str):
            return styled(f" {entry}", "muted")
        value = styled(entry.text, "strong" if entry.origin else "muted")
        if chosen and entry.setting.steps:
            value = Content.assemble(styled("◂ ", "key"), value, styled(" ▸", "key"))
        label = styled(f"{entry.setting.label:<{_LABEL_CELLS}}", "text" if chosen else "muted")
        place = entry.origin.rpartition(" · ")[2].rpartition("/")[2]
        origin = fit(styled(place, "muted"), _ORIGIN_CELLS)
        return Content.assemble("  ", spread(Content.assemble(label, value), origin, width - 4), "  ")


class SettingNote(Line):
    """What the setting under the cursor does, may be, and where it was set. A click on the last line takes it back."""

    class ResetRequested(Message):
        """The setting is to have its default again."""

    def on_click(self) -> None:
        """Report it."""
        self.post_message(self.ResetRequested())


class SettingsDialog(Picker["SettingEntry | str"]):
    """Dismissed with the key of a setting that takes a dialog of its own, or None when nothing is left to do.

    Args:
        entries: all settings as they are now.
        change: sets one, or takes it back (None), and returns what must be known about that; may raise ChinwagError.
        at: the key of the one under the cursor at first.
    """

    DEFAULT_CSS = """
    SettingsDialog {
        & #box { width: 92; }
        & SettingNote { height: 3; margin-top: 1; }
        &.-h8 SettingNote, &.-h14 SettingNote { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False, priority=True),
        Binding("right", "step(1)", show=False, priority=True),
        Binding("delete", "reset", show=False, priority=True),
    ]
    TITLE = "Settings"
    KEYS = (("↵", "edit"), ("← →", "change"), ("del", "default"))
    HINT = "type what you want to set"

    def __init__(
        self,
        entries: Callable[[], Sequence[SettingEntry]],
        change: Callable[[SettingEntry, Value | None], Awaitable[str]],
        at: str = "",
    ) -> None:
        super().__init__(SettingEntries())
        self._entries = entries
        self._change = change
        self._at = at
        self._editing: SettingEntry | None = None
        self._query = ""
        self._changing = asyncio.Lock()
        self._note = SettingNote()

    @override
    def compose_body(self) -> ComposeResult:
        yield self.field_line
        yield self.rows
        yield self._note

    # Finding.

    @override
    def find(self, query: str) -> list[ListRow["SettingEntry | str"]]:
        """The settings for what was typed, under their headings: some of a chat and of new chats have the same name."""
        query = query.strip()
        entries = [one for one in self._entries() if not query or _score(query, one)]
        if not entries:
            return [ListRow("", "No setting has these words.")]
        rows: list[ListRow[SettingEntry | str]] = []
        for number, entry in enumerate(entries):
            if number == 0 or entries[number - 1].group != entry.group:
                rows.append(ListRow("", entry.group))
            rows.append(ListRow(entry.key, entry))
        return rows

    @override
    def initial_key(self) -> str | None:
        return self._at or None

    @property
    def _entry(self) -> SettingEntry | None:
        """The setting under the cursor."""
        return next((one for one in self._entries() if one.key == self.rows.key), None)

    @on(SelectList.Moved)
    def _explain(self, event: SelectList.Moved) -> None:
        event.stop()
        self._show_note()

    def _show_note(self, remark: Content = BLANK) -> None:
        entry = self._editing or self._entry
        if entry is None:
            self._note.content = remark
            return
        setting = entry.setting
        width = self.rows.size.width - 4
        lines = [remark]
        if not remark.cell_length:
            origin = styled(clean_line(entry.origin or "not set anywhere", 120), "text")
            reset = key_hint("del", f"back to {setting.write(None)}") if entry.ours else BLANK
            rule = fit(styled("" if setting.kind in ("text", "by hand") else setting.rule, "muted"), width)
            lines = [fit(styled(setting.help, "text"), width), rule, spread(origin, reset, width)]
        self._note.content = Content("\n").join(lines)

    # Changing.

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a value is typed, the arrows and delete are the field's."""
        return self._editing is None if action in ("step", "reset", "move", "first", "last") else True

    def action_step(self, step: int) -> None:
        """The value before, or the next one."""
        if (entry := self._entry) and entry.setting.steps:
            self._set(entry.key, lambda now: now.setting.stepped(now.value, step))

    @on(SettingNote.ResetRequested)
    def action_reset(self) -> None:
        """Take back what the app has set."""
        if (entry := self._entry) and entry.ours:
            self._set(entry.key, lambda now: None)

    @override
    def choose(self, key: str) -> None:
        entry = self._entry
        if entry is None or self._editing is not None:
            return
        match entry.setting.kind:
            case "choice" | "flag":
                self.action_step(1)
            case "text":
                self.dismiss(entry.key)
            case "by hand":
                self._show_note(styled("Written by hand, in config.toml.", "care"))
            case "number" | "whole" | "size" | "amount":
                self._start_typing(entry)

    @work(group="set", exit_on_error=False)
    async def _set(self, key: str, value: Callable[[SettingEntry], Value | None]) -> None:
        """Change a setting, counting from what the change before has saved."""
        async with self._changing:
            entry = next(one for one in self._entries() if one.key == key)
            try:
                remark = styled(await self._change(entry, value(entry)), "care")
            except ChinwagError as error:
                remark = styled(f"✗ {clean_line(error.sentence, 200)}", "wrong")
        self.find_again()
        self._show_note(remark)

    # Typing a value.

    def _start_typing(self, entry: SettingEntry) -> None:
        self._query, self._editing = self.field.value, entry
        self.field.value = "" if entry.value is None else entry.setting.write(entry.value)
        self.field.placeholder = entry.setting.unset
        self.field.action_select_all()
        self.show_keys((("↵", "keep"),), "leave it")

    def _end_typing(self) -> None:
        self._editing = None
        self.field.value, self.field.placeholder = self._query, self.HINT
        self.show_keys(self.KEYS)

    @override
    def search(self, query: str) -> None:
        if self._editing is None:
            super().search(query)

    @override
    def submit(self) -> None:
        entry = self._editing
        if entry is None:
            super().submit()
            return
        try:
            typed = entry.setting.read(self.field.value)
        except ValueError as problem:
            self._show_note(styled(f"✗ {problem}", "wrong"))
            return
        self._end_typing()
        self._set(entry.key, lambda now: typed)

    @override
    def cancel(self) -> None:
        if self._editing is None:
            super().cancel()
        else:
            self._end_typing()
            self._show_note()


def _score(query: str, entry: SettingEntry) -> float:
    """How well a setting fits what was typed: each word by the letters of its name, or as it stands in its words."""
    setting, total = entry.setting, 1.0
    words = f"{entry.group} {setting.key} {setting.help} {entry.text}".casefold()
    for word in query.casefold().split():
        score = max(fuzzy(word, setting.label), float(word in words))
        if not score:
            return 0.0
        total += score
    return total
