"""The list of what was found, and of what can be added. Knows nothing of how it was found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, fit, key_hint, spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.discovery import Finding

_MARKS = {"checking": ("◷", "muted"), "found": ("✓", "good"), "refused": ("✗", "wrong"), "unknown": ("?", "care")}
_KINDS = ("key", "server", "local")
_NARROW, _WIDE = 60, 94
_MARK_CELLS, _KEY_CELLS, _GAP = 2, 6, 2


@dataclass(frozen=True, slots=True)
class AddOption:
    """A line below what was found: the command that adds something, what it adds, a remark."""

    command: str
    label: str
    remark: str


ADD_KEY = AddOption("add_key", "API key", "kept in your keyring, or in a private file")
ADD_SERVER = AddOption("add_server", "OpenAI-compatible URL", "vLLM, llama.cpp, LiteLLM, a gateway at work")
ADD_DEMO = AddOption("demo", "Demo model", "answers offline, so that you can try it all")
ADD_CHATS = AddOption("import", "Your chats", "from ChatGPT, Claude.ai, llm and others")
_OPTIONS = (ADD_KEY, ADD_SERVER, ADD_DEMO, ADD_CHATS)
_LONGEST_OPTION = max(len(option.label) for option in _OPTIONS)


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One line of the list; the first of a section has the section's name, a gap has no item."""

    heading: str = ""
    item: "Finding | AddOption | None" = None


class FoundList(SelectList[FoundEntry], can_focus=False):
    """Findings, and below them the options to add something. The keys stay with the composer, which moves the mark."""

    keymap: reactive[Keymap] = reactive(Keymap)

    def __init__(self) -> None:
        super().__init__(classes="-live")
        self._label_cells = 8
        self._place_cells = 14

    @property
    def item(self) -> "Finding | AddOption | None":
        """What is marked."""
        return self.lines[self.cursor].value.item if self.key else None

    def fill(self, findings: "Sequence[Finding]", *, at: "Finding | AddOption | None") -> None:
        """Show what was found; the mark goes to the row of `at`, or stays with its row."""
        ordered = sorted(findings, key=lambda finding: _KINDS.index(finding.kind))
        self._label_cells = max([8, *(len(clean_line(finding.label, 16)) for finding in ordered)])
        self._place_cells = max([14, *(len(clean_line(finding.place, 22)) for finding in ordered)])
        lines = [
            *_section("Found", ordered),
            *([ListRow("", FoundEntry())] if ordered else []),
            *_section("Add", _OPTIONS),
        ]
        self.styles.height = len(lines)
        self.show(lines, at=_row_key(at) if at else None)

    @override
    def draw(self, row: ListRow[FoundEntry], width: int, chosen: bool) -> Content:
        entry = row.value
        if entry.item is None:
            return BLANK
        head = "" if width < _NARROW else f" {entry.heading:<9}" if width >= _WIDE else f" {entry.heading:<6}"
        room = width - len(head) - 1
        if isinstance(entry.item, AddOption):
            line = self._draw_option(entry.item, room, chosen)
        else:
            line = self._draw_finding(entry.item, room, chosen)
        return Content.assemble(styled(head, "muted"), line, " ")

    def _draw_option(self, option: AddOption, room: int, chosen: bool) -> Content:
        name = Content.assemble(
            styled(self.keymap.shown(f"found.{option.command}").ljust(_KEY_CELLS), "key"),
            styled(option.label, "strong"),
        )
        if room < _NARROW - 8:
            return fit(name, room)
        column = _KEY_CELLS + _LONGEST_OPTION + _GAP
        if room >= _WIDE - 14:
            column = max(column, _MARK_CELLS + self._label_cells + _GAP + self._place_cells + _GAP)
        remark = styled(option.remark, "text" if chosen else "muted")
        return fit(Content.assemble(name, " " * (column - name.cell_length), remark), room)

    def _draw_finding(self, finding: "Finding", room: int, chosen: bool) -> Content:
        mark, role = _MARKS[finding.state]
        label = clean_line(finding.label, 16).ljust(self._label_cells + _GAP)
        parts = [styled(f"{mark} ", role), styled(label, "strong")]
        if room >= _NARROW - 8:
            place = clean_line(finding.place, 22).ljust(self._place_cells + _GAP)
            parts.append(styled(place, "text" if chosen else "muted"))
        result = "checking…" if finding.state == "checking" else clean_line(finding.message)
        role = {"refused": "wrong", "found": "text"}.get(finding.state, "text" if chosen else "muted")
        head, aside = Content.assemble(*parts), _aside(finding, self.keymap)
        if head.cell_length + cell_len(result) + _GAP + aside.cell_length > room:
            aside = _aside(finding, self.keymap, short=True)
        if finding.state == "found":
            result = _short_result(finding, result, room - head.cell_length)
        return spread(Content.assemble(head, styled(result, role)), aside, room, gap=_GAP)


def _short_result(finding: "Finding", result: str, room: int) -> str:
    """What was found in so many cells: of a name that is too long goes who made it, then its middle.

    Its end says which size and form of the model it is, and how many more there are.
    """
    if cell_len(result) > room:
        result = result[result.rfind("/", 0, len(clean_line(ModelId.parse(finding.model).name))) + 1 :]
    if (over := cell_len(result) - room) <= 0 or room < 9:
        return result
    kept = (len(result) - over - 1) // 2
    return f"{result[:kept]}…{result[kept + over + 1 :]}"


def _row_key(item: "Finding | AddOption") -> str:
    return f"add:{item.command}" if isinstance(item, AddOption) else f"found:{item.provider}"


def _section(heading: str, items: "Sequence[Finding | AddOption]") -> list[ListRow[FoundEntry]]:
    return [ListRow(_row_key(item), FoundEntry("" if n else heading, item)) for n, item in enumerate(items)]


def _aside(finding: "Finding", keymap: Keymap, *, short: bool = False) -> Content:
    """The right end of a finding's line: how long its answer took, or the key that mends it, and what that does.

    A short one is the key alone: what was found says more than how long it took.
    """
    match finding.state:
        case "found":
            return BLANK if short or finding.took_ms is None else styled(f"{finding.took_ms} ms", "muted")
        case "checking":
            return BLANK
        case "refused":
            return key_hint(keymap.shown("found.fix"), "" if short else "fix")
        case "unknown":
            return key_hint(keymap.shown("found.again"), "" if short else "again")
