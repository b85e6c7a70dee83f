"""The rows of the first screen: what was found, and what can be added. Knows nothing of how it was found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from tui.app.widgets.ink import BLANK, fit, ink, join, spread
from tui.app.widgets.rows import Row, Rows
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.discovery import Finding

_MARKS = {"checking": ("◷", "muted"), "found": ("✓", "good"), "refused": ("✗", "wrong"), "unknown": ("?", "care")}
_NARROW, _WIDE = 60, 88
_LONGEST_OFFER = 21


@dataclass(frozen=True, slots=True)
class Offer:
    """A line below what was found: the key to press, what it does, a remark."""

    key: str
    label: str
    remark: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, the first of a section with the section's name."""

    heading: str = ""
    item: "Finding | Offer | None" = None


class FoundRows(Rows[Entry]):
    """Findings and offers."""

    def __init__(self) -> None:
        super().__init__()
        self.label_cells = 10
        self.place_cells = 14

    def fill(self, findings: "list[Finding]", offers: tuple[Offer, ...], *, at: str | None) -> None:
        """Show them; the cursor goes to the row `at`, or stays with its row."""
        self.label_cells = max([10, *(len(clean_line(one.label, 16)) for one in findings)])
        self.place_cells = max([14, *(len(clean_line(one.place, 22)) for one in findings)])
        rows = [
            Row(f"found:{one.provider}", Entry("" if number else "Found", one)) for number, one in enumerate(findings)
        ]
        if rows:
            rows.append(Row("", Entry()))
        rows += [Row(f"add:{one.key}", Entry("" if number else "Add", one)) for number, one in enumerate(offers)]
        self.show(rows, at=at)

    def draw(self, row: Row[Entry], width: int, chosen: bool) -> Content:
        """Draw one line."""
        entry = row.value
        if entry.item is None:
            return BLANK
        head = "" if width < _NARROW else f" {entry.heading:<9}" if width >= _WIDE else f" {entry.heading:<6}"
        room = width - len(head) - 1
        item = entry.item
        line = self._offer(item, room, chosen) if isinstance(item, Offer) else self._finding(item, room, chosen)
        return Content.assemble(ink(head, "muted"), line, " ")

    def _offer(self, offer: Offer, room: int, chosen: bool) -> Content:
        name = Content.assemble(ink(offer.key, "key"), " ", ink(offer.label, "strong"))
        if room < _NARROW - 8:
            return fit(name, room)
        column = 2 + self.label_cells + 2 + self.place_cells + 2 if room >= _WIDE - 12 else name.cell_length + 2
        column = max(column, 2 + _LONGEST_OFFER + 2)
        remark = ink(offer.remark, "text" if chosen else "muted")
        return fit(Content.assemble(name, " " * max(column - name.cell_length, 2), remark), room)

    def _finding(self, one: "Finding", room: int, chosen: bool) -> Content:
        mark, role = _MARKS[one.state]
        parts = [ink(f"{mark} ", role), ink(clean_line(one.label, 16).ljust(self.label_cells + 2), "strong")]
        if room >= _NARROW - 8:
            parts.append(ink(clean_line(one.place, 22).ljust(self.place_cells + 2), "text" if chosen else "muted"))
        words = {"refused": "wrong", "found": "text"}.get(one.state, "text" if chosen else "muted")
        said = "checking…" if one.state == "checking" else one.words
        return spread(Content.assemble(*parts, ink(clean_line(said), words)), self._end(one), room)

    @staticmethod
    def _end(one: "Finding") -> Content:
        if one.state == "found":
            return ink(f"{one.took_ms} ms", "muted") if one.took_ms is not None else BLANK
        if one.state == "checking":
            return BLANK
        key, label = ("f", "fix") if one.state == "refused" else ("r", "again")
        return join([ink(key, "key"), ink(label, "muted")])
