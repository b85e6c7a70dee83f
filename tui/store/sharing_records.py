"""What several machines tell each other of a library, as frozen values: one cell is the smallest thing that changes.

Pure; knows neither SQL nor a server.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from tui.dataclass import dataclass

CellKind = Literal["conversation", "message", "side_call", "pick", "import"]

FINAL = 1 << 60
"""Added to the clock of what nothing replaces that is not so, too: a reply that has ended, a title given by hand."""

LONGEST_PLACE_BYTES = 2_000
"""Of what names a cell: a server keeps it in an index, whose rows have an end."""

ELSEWHERE = "@"
"""Begins the owner of a reply that another machine streams; its id follows."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one row, as a machine wrote it at some time.

    Attributes:
        key: the row's id on every machine.
        field: "row" for all of it, "gone" for whether it was deleted for good, else what of it.
        chat: the conversation with which it goes; "" for what outlives it.
        clock: microseconds since 1970 that only grow, whatever the machine's clock does; see `FINAL`.
        machine: who wrote it; of two equal clocks the greater id counts.
        value: JSON.
        payload: of a message, else None.
        files: of a message: hash, size in bytes; 0 where it is not known, or they need not come.
        number: its place in the journal of this machine; 0 for one that came from another.
        data: what the value says, of one that came from another: read and checked by `sharing_checks`.
    """

    kind: CellKind
    key: str
    field: str
    chat: str
    clock: int
    machine: str
    value: str
    payload: bytes | None = None
    files: tuple[tuple[str, int], ...] = ()
    number: int = 0
    data: Any = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is a version of."""
        return self.kind, self.key, self.field

    @property
    def size_bytes(self) -> int:
        """How much of memory and wire it takes with its files, about."""
        return 200 + len(self.value) + len(self.payload or b"") + sum(size for _, size in self.files)

    @property
    def is_gone(self) -> bool:
        """Whether it says that its row was deleted for good."""
        return self.field == "gone" and self.value == "true"


def pieces(cells: Sequence[Cell], most: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Where to divide cells, so that each piece has so many at most, and so many bytes but for a single one."""
    start, size = 0, 0
    for end, cell in enumerate(cells):
        size += cell.size_bytes
        if end > start and (size > most_bytes or end - start >= most):
            yield start, end
            start, size = end, cell.size_bytes
    if start < len(cells):
        yield start, len(cells)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be asked for beside some cells, so that they can be written.

    Attributes:
        chats: conversations of which everything is missing.
        conversations: those of which all fields are wanted.
        messages: rows that others refer to.
    """

    chats: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.chats or self.conversations or self.messages)


@dataclass(frozen=True, slots=True)
class SharingState:
    """How far a library has come.

    Attributes:
        machine: this library's id among the others.
        hub: id of the server's schema; "" before the first meeting.
        cursor: up to which change of the hub everything is here.
        pending: how many cells wait to be told.
        seeded: whether all that was there before is among what waits, or told.
        seen_at: microseconds since 1970, of the last exchange that went well; None before the first.
        problem: why the last one did not, a sentence; "" when it did.
    """

    machine: str
    hub: str
    cursor: int
    pending: int
    seeded: bool
    seen_at: int | None
    problem: str = ""


@dataclass(slots=True)
class Applied:
    """What became of cells that came.

    Attributes:
        changed: how many changed the library.
        kept: rows that stay although they were deleted elsewhere, as they were written to since.
    """

    changed: int = 0
    kept: list[str] = dataclasses.field(default_factory=list)
