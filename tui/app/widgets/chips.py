"""The files of a prompt as chips on one or two lines: what each says, and how they wrap. Pure; knows no widget."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from tui.app.styles import fit, join, styled
from tui.dataclass import dataclass
from tui.figures import size, tokens
from tui.text import clean_line

GAP = 3
REMOVE = "✕"
_SHORTEST_NAME = 8


@dataclass(frozen=True, slots=True)
class AttachmentFacts:
    """What was found out about a file.

    Attributes:
        tokens: what it may take of the window; None while that is not known.
        care: what the model at hand gets instead of it, such as "as text"; "" when it reads it as it is.
        detail: the same as a sentence, with the reason.
    """

    tokens: int | None = None
    care: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One file below the text.

    Attributes:
        name: as the person knows it; cleaned when it is drawn.
        size_bytes: None while it is being read.
        tokens: what it may take of the window; None when unknown.
        care, detail: what becomes of it when the model at hand does not read it as it is; else "".
    """

    name: str
    size_bytes: int | None = None
    tokens: int | None = None
    care: str = ""
    detail: str = ""


class PlacedChip(NamedTuple):
    """A chip by its number, and where it stands: its cells from the start of its row, the last of which is the ✕."""

    number: int
    row: int
    start: int
    end: int
    content: Content


class ChipRows(NamedTuple):
    """Chips on their rows; `more` says how many of them have no room."""

    placed: tuple[PlacedChip, ...]
    more: int
    rows: int


def draw_chip(chip: Chip, width: int, *, chosen: bool = False) -> Content:
    """A chip of at most `width` cells: name, size, tokens, what becomes of it, ✕; the name is cut first."""
    if chip.size_bytes is None:
        facts = [styled("reading…", "muted")]
    else:
        facts = [styled(size(chip.size_bytes), "muted")]
        if chip.tokens is not None:
            facts.append(styled(tokens(chip.tokens, estimated=True), "muted"))
        if chip.care:
            facts.append(styled(f"! {chip.care}", "care"))
    cross = styled(REMOVE, "key" if chosen else "muted")
    tail = join([*facts, cross])
    name = styled(clean_line(chip.name, 80) or "file", "strong" if chosen else "text")
    room = max(width - tail.cell_length - 1, _SHORTEST_NAME)
    if name.cell_length > room and room == _SHORTEST_NAME:
        tail = join([facts[-1] if chip.care else facts[0], cross])
        room = max(width - tail.cell_length - 1, _SHORTEST_NAME)
    return join([fit(name, room), tail])


def place_chips(
    chips: Sequence[Chip], width: int, most_rows: int, last_room: int, *, first: int = 0, chosen: int = -1
) -> ChipRows:
    """Place chips one after the other, and where the last row is full say how many there are more.

    Args:
        chips: all of them, in their order.
        width: cells of a row.
        most_rows: rows that they may take.
        last_room: cells of the last of these rows, beside which something else stands.
        first: the first chip that is shown; those before it count as having no room.
        chosen: the one under the cursor.
    """
    placed: list[PlacedChip] = []
    row = column = 0
    for number in range(first, len(chips)):
        others = len(chips) - number - 1 + first
        start = column + GAP if column else 0
        content = draw_chip(chips[number], width, chosen=number == chosen)
        if start + content.cell_length > _room(row, most_rows, width, last_room, others):
            row, start = row + bool(column), 0
            room = _room(row, most_rows, width, last_room, others)
            content = draw_chip(chips[number], room, chosen=number == chosen)
            if placed and (row >= most_rows or content.cell_length > room):
                row -= 1
                break
        column = start + content.cell_length
        placed.append(PlacedChip(number, row, start, column, content))
    if column > last_room and row < most_rows - 1:
        row += 1  # for what stands at the end
    return ChipRows(tuple(placed), len(chips) - len(placed), row + 1)


def _room(row: int, most_rows: int, width: int, last_room: int, others: int) -> int:
    """The cells of a row for chips; the last one keeps some for the number of those without room."""
    if row < most_rows - 1:
        return width
    return last_room - (len(more_text(others)) + GAP if others else 0)


def more_text(count: int) -> str:
    """The word for chips that have no room."""
    return f"+{count}"
