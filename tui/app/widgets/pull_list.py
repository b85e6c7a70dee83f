"""Models on their way, models that are kept, and what a repository offers, as rows to choose from."""

from typing import TYPE_CHECKING

from textual.content import Content
from typing_extensions import override

from tui.app.styles import BLANK, fit, join, spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.chat.catalog.kept import KeptModel
from tui.chat.catalog.pulls import PullState
from tui.dataclass import dataclass
from tui.figures import UNKNOWN, progress_words, size
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.quantisations import Quantisation

_BAR_CELLS = 24
_NOTE_FROM = 50
"""Columns from which on the note on a quantisation has room."""


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """One quantisation of a repository.

    Attributes:
        best: it is the one to take where nobody says which.
        needs_bytes: about how much memory it takes; None when its size is unknown.
        memory_bytes: how much there is for it; None when that is unknown.
        begun_bytes: how much of it came already.
    """

    model: "Quantisation"
    best: bool
    needs_bytes: int | None
    memory_bytes: int | None
    begun_bytes: int

    @property
    def fits(self) -> bool | None:
        """Whether the memory holds it; None when that is not known."""
        if self.needs_bytes is None or self.memory_bytes is None:
            return None
        return self.needs_bytes <= self.memory_bytes


PullRow = PullState | KeptModel | OfferedModel | str
"""What a line shows; a text is a heading, or says that there is nothing."""


class PullRows(SelectList[PullRow]):
    """The list of the dialog in which models are pulled."""

    @override
    def draw(self, row: ListRow[PullRow], width: int, chosen: bool) -> Content:
        value = row.value
        role = "strong" if chosen else "text"
        match value:
            case str():
                return styled(f" {clean_line(value, 200)}", "muted")
            case PullState():
                name, right = styled(clean_line(value.source, 200), role), _state(value)
            case KeptModel():
                name, right = styled(clean_line(value.id, 200), role), styled(size(value.size_bytes), "text")
            case OfferedModel():
                name, right = styled(clean_line(value.model.name, 100), role), _offer(value, width)
        return Content.assemble("  ", spread(name, right, width - 4), "  ")


def _state(pull: PullState) -> Content:
    match pull.state:
        case "done":
            return styled("✓ it is here", "good")
        case "failed":
            return styled("✗ failed", "wrong")
        case "stopped":
            return styled("stopped", "care")
        case "running":
            if pull.progress is None:
                return styled("◷ asking…", "care")
            return styled(pull.progress.note or _words(pull)[0], "text")


def _offer(offered: OfferedModel, width: int) -> Content:
    size_bytes = offered.model.size_bytes
    figure = styled(f"{UNKNOWN if size_bytes is None else size(size_bytes):>8}", "text" if size_bytes else "muted")
    if width < _NOTE_FROM:
        return figure
    note = styled("a good choice", "good") if offered.best else BLANK
    if offered.fits is not None:
        note = note if offered.best else styled("fits", "muted") if offered.fits else styled("too large", "care")
    return Content.assemble(figure, "   ", spread(note, BLANK, 13))


def _words(pull: PullState) -> list[str]:
    progress = pull.progress
    return [] if progress is None else progress_words(progress.done_bytes, progress.size_bytes, progress.bytes_per_s)


def details(row: PullRow, width: int) -> Content:
    """What is known of a row, for the lines below the list."""
    match row:
        case PullState(state="failed"):
            return styled(row.problem, "wrong")
        case PullState(state="done"):
            return styled(f"It can be picked as {clean_line(row.model_id, 100)}.", "text")
        case PullState():
            return _bar(row, width)
        case KeptModel():
            return fit(styled(clean_line(row.place, 300), "muted"), width)
        case OfferedModel():
            return _about(row)
        case _:
            return BLANK


def _bar(pull: PullState, width: int) -> Content:
    progress, words = pull.progress, _words(pull)
    if progress is None:
        return BLANK
    parts = [styled(word, "text") for word in words] + [styled(progress.note, "muted")]
    if progress.size_bytes:
        cells = _BAR_CELLS if width >= 60 else _BAR_CELLS // 2
        filled = min(round(progress.done_bytes / progress.size_bytes * cells), cells)
        parts.insert(0, Content.assemble(styled("━" * filled, "model"), styled("─" * (cells - filled), "rule")))
    while (line := join(parts, 3 if width > 80 else 2)).cell_length > width and len(parts) > 1:
        parts.pop()  # what does not fit is gone, and not cut
    return line


def _about(offered: OfferedModel) -> Content:
    parts = []
    if offered.needs_bytes is not None:
        there = "" if offered.memory_bytes is None else f" of {size(offered.memory_bytes)}"
        parts.append(f"Takes ≈ {size(offered.needs_bytes)}{there} of memory.")
    if len(offered.model.files) > 1:
        parts.append(f"{len(offered.model.files)} files.")
    if offered.begun_bytes:
        parts.append(f"{size(offered.begun_bytes)} of it came already; it goes on from there.")
    return styled(" ".join(parts), "care" if offered.fits is False else "muted")
