"""What a hub has of some cells, or of all, by hashes that the server itself makes: little goes over the wire."""

from collections.abc import Iterable, Iterator, Sequence
from typing import LiteralString, NamedTuple

from tui.store.sharing_records import Cell
from tui.store.sharing_rows import Digests, cell_hash, is_nothing
from tui.store.snapshot import MACHINE
from tui.sync.hub import Hub

_PAGE = 5_000
_HASH: LiteralString = (
    r"sha256(convert_to(kind, 'UTF8') || '\x00'::bytea || convert_to(key, 'UTF8') || '\x00'::bytea"
    r" || convert_to(field, 'UTF8') || '\x00'::bytea || convert_to(value, 'UTF8') || '\x00'::bytea"
    " || coalesce(payload, ''::bytea))"
)
"""As `sharing_rows.cell_hash` makes it."""
_SAYS_NOTHING = 20
"""Characters of a value within which it can be one that says nothing."""


class Version(NamedTuple):
    """What a hub has of a cell."""

    clock: int
    machine: str
    hash: bytes

    def is_older_than(self, cell: Cell) -> bool:
        """Whether a copy replaces it by a cell; of what only copies have written, the last one counts."""
        if self.clock != cell.clock or self.machine != MACHINE:
            return self.clock < cell.clock
        return self.hash != cell_hash(cell)


class HubCells(NamedTuple):
    """What a hub has of some cells.

    Attributes:
        versions: by their places; what is not there is missing.
        gone: kinds and keys of rows, or chats, that were deleted for good.
    """

    versions: dict[tuple[str, str, str], Version]
    gone: set[tuple[str, str]]

    def is_gone(self, cell: Cell) -> bool:
        """Whether a cell, or the chat that it is of, was deleted for good."""
        return (cell.kind, cell.key) in self.gone or ("conversation", cell.chat) in self.gone


def known(hub: Hub, cells: Sequence[Cell]) -> HubCells:
    """What a hub has of some cells."""
    kinds, keys, fields = zip(*(cell.place for cell in cells), strict=True)
    rows = hub.read(
        f"SELECT kind, key, field, clock, machine, {_HASH} FROM chinwag.cells"
        " WHERE (kind, key, field) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))",
        (list(kinds), list(keys), list(fields)),
    )
    versions = {(kind, key, field): Version(clock, by, bytes(hash)) for kind, key, field, clock, by, hash in rows}
    things = {(cell.kind, cell.key) for cell in cells} | {("conversation", cell.chat) for cell in cells if cell.chat}
    gone = hub.read(
        "SELECT kind, key FROM chinwag.cells AS gone WHERE field = 'gone' AND value = 'true'"
        " AND (kind, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
        # What is gone has no other cells: who imports it once more makes them anew.
        " AND NOT EXISTS (SELECT 1 FROM chinwag.cells AS back WHERE back.kind = gone.kind AND back.key = gone.key"
        " AND back.field IN ('created', 'row'))",
        ([kind for kind, _ in things], [key for _, key in things]),
    )
    return HubCells(versions, {(kind, key) for kind, key in gone})


def copied_before(hub: Hub) -> Iterator[tuple[tuple[str, str, str], Version]]:
    """What copies have written of fields that are told only where they say something: tags, pinned, trash."""
    after = ("", "", "")
    while True:
        rows = hub.read(
            f"SELECT kind, key, field, clock, machine, {_HASH} FROM chinwag.cells WHERE machine = %s"
            " AND (field IN ('pinned', 'archived', 'deleted_at') OR field LIKE 'tag:%%')"
            " AND (kind, key, field) > (%s, %s, %s) ORDER BY kind, key, field LIMIT %s",
            (MACHINE, *after, _PAGE),
        )
        for kind, key, field, clock, machine, hash in rows:
            yield (kind, key, field), Version(clock, machine, bytes(hash))
        if len(rows) < _PAGE:
            return
        after = rows[-1][:3]


def table_of(kind: str, field: str) -> str:
    """What people call a kind of cells."""
    match kind, field:
        case "conversation", "created":
            return "chats"
        case "conversation", _:
            return "tags" if field.startswith("tag:") else "about chats"
        case "message", "row":
            return "messages"
        case "message", _:
            return "about messages"
        case _:
            return {"side_call": "asked beside", "pick": "picks", "import": "imports"}.get(kind, kind)


def digests_of(cells: Iterable[Cell]) -> dict[str, tuple[int, str]]:
    """How many cells of each table there are, and a hash of them."""
    found = Digests()
    for cell in cells:
        if not is_nothing(cell):
            found.add(table_of(cell.kind, cell.field), cell_hash(cell))
    return found.found


def digests(hub: Hub) -> dict[str, tuple[int, str]]:
    """The same of all that a hub has."""
    found = Digests()
    for table, hash in _hashes(hub):
        found.add(table, hash)
    return found.found


def _hashes(hub: Hub) -> Iterator[tuple[str, bytes]]:
    after = ("", "", "")
    while True:
        rows = hub.read(
            f"SELECT kind, key, field, CASE WHEN length(value) <= {_SAYS_NOTHING} THEN value ELSE '' END, {_HASH}"
            " FROM chinwag.cells WHERE (kind, key, field) > (%s, %s, %s) ORDER BY kind, key, field LIMIT %s",
            (*after, _PAGE),
        )
        for kind, key, field, value, hash in rows:
            if not is_nothing(Cell(kind, key, field, "", 0, "", value)):
                yield table_of(kind, field), bytes(hash)
        if len(rows) < _PAGE:
            return
        after = rows[-1][:3]


def damaged_contents(hub: Hub) -> int:
    """How many files a hub has that are not what their hash says."""
    rows = hub.read("SELECT count(*) FROM chinwag.contents WHERE encode(sha256(data), 'hex') <> hash")
    return int(rows[0][0])
