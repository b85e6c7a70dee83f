"""What has to be known beside cells that came before they can be written. Plain SQL functions; they only read."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from tui.store.rows import as_text
from tui.store.sharing_records import Cell, Wanted

_CHUNK = 500
"""Of ids that one statement names."""


def wanted(connection: sqlite3.Connection, cells: Sequence[Cell]) -> Wanted:
    """What has to be there before some cells can be written, and is not among them."""
    machine = as_text(connection.execute("SELECT machine FROM sync_state").fetchone()[0])
    rows = {cell.key for cell in cells if cell.kind == "message" and cell.field == "row"}
    created = {cell.key for cell in cells if cell.kind == "conversation" and cell.field == "created"}
    gone = {cell.key for cell in cells if cell.is_gone}
    deleted = _deleted(connection)
    chats = {cell.chat for cell in cells if cell.chat} - gone
    missing = chats - (created - deleted) - _there(connection, "conversations", chats)
    back = {cell.chat for cell in cells if cell.chat in missing and is_news(cell, machine)}
    left_out = gone | (missing - back)
    named: set[str] = set()
    for cell in cells:
        if cell.chat not in left_out and cell.key not in gone:
            trivial = cell.field != "row" and not is_news(cell, machine)
            named.update(id for id in _named(cell) if not (trivial and id in deleted))
    messages = named - rows - gone - _there(connection, "messages", named)
    new = created - missing - _there(connection, "conversations", created)
    return Wanted(tuple(back), tuple(new), tuple(messages))


def _deleted(connection: sqlite3.Connection) -> set[str]:
    """What was deleted for good here, of which the others have not heard."""
    return {as_text(key) for (key,) in connection.execute("SELECT key FROM sync_pending WHERE field = 'gone'")}


def is_news(cell: Cell, machine: str) -> bool:
    """Whether somebody else has written something, or taken it out of the trash: it was not to be deleted then."""
    if cell.machine == machine:
        return False
    return cell.field == "row" or (cell.field == "deleted_at" and cell.value == "[null]")


def _named(cell: Cell) -> Iterable[str]:
    """Messages that must be there for a cell."""
    if cell.kind != "message" or cell.field == "gone":
        return ()
    if cell.field == "row":
        parent = parent_of(cell)
        return () if parent is None else (parent,)
    return (cell.key, *(cell.data if cell.field == "shown" else ()))


def parent_of(cell: Cell) -> str | None:
    """Id of the message above a message, by its row."""
    parent: str | None = cell.data["parent_id"]
    return parent


def _there(connection: sqlite3.Connection, table: str, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    left = list(ids)
    while left:
        some, left = left[:_CHUNK], left[_CHUNK:]
        marks = ", ".join("?" * len(some))
        found.update(as_text(id) for (id,) in connection.execute(f"SELECT id FROM {table} WHERE id IN ({marks})", some))
    return found


def missing_contents(connection: sqlite3.Connection, cells: Iterable[Cell]) -> set[str]:
    """Hashes of files that cells name, and that are not here."""
    hashes = {hash for cell in cells for hash, _ in cell.files}
    return {hash for hash in hashes if not connection.execute(
        "SELECT 1 FROM contents WHERE hash = ?", (hash,)).fetchone()}  # fmt: skip
