"""Writes what other machines have told into the library. Plain SQL functions; they run in one transaction.

Of two versions of a cell the later one counts, on every machine alike: the hub has kept the latest of those it was
told, and what waits here is compared with it by its clock. What was deleted for good stays deleted, unless somebody
had written there whom the deletion did not know of: then it comes back, wherever that is found out.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tui.store import contents, sharing
from tui.store.imports import free_number, place_of
from tui.store.rows import SqliteRow, as_text
from tui.store.search_index import index_changes, reach_down
from tui.store.sharing_records import ELSEWHERE, FINAL, Applied, Cell
from tui.store.sharing_rows import (
    CHAT_FIELDS,
    IMPORT_FIELDS,
    MESSAGE_FIELDS,
    PICK_FIELDS,
    SIDE_CALL_FIELDS,
    shared_settings,
    side_call_row,
    with_own_settings,
)
from tui.store.sharing_wanted import is_news, parent_of

_CHUNK = 500
"""Of ids that one statement names."""


def apply(
    connection: sqlite3.Connection,
    cells: Sequence[Cell],
    fetched: Sequence[Cell],
    data: Mapping[str, bytes],
    cursor: int,
) -> Applied:
    """Write cells, in one transaction with how far the hub is known.

    Args:
        connection: one that writes.
        cells: in the order of the hub.
        fetched: those that were asked for beside them; they count whatever was deleted here.
        data: contents of the files that were missing.
        cursor: of the last of `cells`.
    """
    machine, clock = connection.execute("SELECT machine, clock FROM sync_state").fetchone()
    clock = max([clock, *(cell.clock & (FINAL - 1) for cell in (*cells, *fetched))])
    connection.execute("UPDATE sync_state SET applying = 1, clock = ?, cursor = max(cursor, ?)", (clock, cursor))
    work = _Applying(connection, as_text(machine), data)
    work.write(cells, fetched)
    connection.execute("UPDATE sync_state SET applying = 0")
    sharing.note(connection, work.again)
    return work.applied


class _Applying:
    """One transaction.

    Attributes:
        again: cells that the others have to be told once more.
    """

    def __init__(self, connection: sqlite3.Connection, machine: str, data: Mapping[str, bytes]) -> None:
        self._connection = connection
        self._machine = machine
        self._data = data
        self._back: set[str] = set()
        self._dropped: list[str] = []
        (self._waiting,) = connection.execute("SELECT EXISTS (SELECT 1 FROM sync_pending)").fetchone()
        self.applied = Applied()
        self.again: list[tuple[str, str, str]] = []

    def write(self, cells: Sequence[Cell], fetched: Sequence[Cell]) -> None:
        self._back = {cell.key for cell in fetched if cell.field in ("created", "row")}
        latest = {cell.place: cell for cell in (*cells, *fetched)}
        new = [cell for cell in latest.values() if self._counts(cell)] if self._waiting else [*latest.values()]
        for cell in new:
            if cell.is_gone:
                self._delete(cell)
        for cell in new:
            if cell.field == "created":
                self._add_chat(cell)
        for cell in _parents_first([cell for cell in new if cell.kind == "message" and cell.field == "row"]):
            self._put_message(cell)
        for cell in new:
            if cell.field not in ("gone", "created") and (cell.kind, cell.field) != ("message", "row"):
                self._put(cell)
        for at in range(0, len(self._dropped), _CHUNK):  # not sooner: what came may name them
            contents.drop_unused(self._connection, self._dropped[at : at + _CHUNK])
        self.applied.changed += len(new)

    def _counts(self, cell: Cell) -> bool:
        """Whether a cell is later than what waits here of the same, which gives way then."""
        row = self._connection.execute(
            "SELECT number, clock FROM sync_pending WHERE kind = ? AND key = ? AND field = ?", cell.place
        ).fetchone()
        if row is not None:
            if (cell.clock, cell.machine) < (row[1], self._machine):
                return False
            self._connection.execute("DELETE FROM sync_pending WHERE number = ?", (row[0],))
        return not cell.chat or cell.field == "gone" or self._undeleted(cell)

    def _undeleted(self, cell: Cell) -> bool:
        """Whether a cell belongs to something that was not deleted here; it is news if it comes back by it."""
        for kind, key in (("conversation", cell.chat), (cell.kind, cell.key)):
            waits = self._connection.execute(
                "SELECT number FROM sync_pending WHERE kind = ? AND key = ? AND field = 'gone'", (kind, key)
            ).fetchone()
            if waits is None or self._is_there(kind, key):
                continue
            if key not in self._back and not is_news(cell, self._machine):
                return False
            self._connection.execute("DELETE FROM sync_pending WHERE number = ?", waits)
        return True

    def _is_there(self, kind: str, key: str) -> bool:
        table = {"conversation": "conversations", "message": "messages"}.get(kind)
        if table is None:
            return side_call_row(self._connection, key) is not None
        return self._connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (key,)).fetchone() is not None

    # What is gone.

    def _delete(self, cell: Cell) -> None:
        match cell.kind:
            case "conversation":
                self._delete_chat(cell)
            case "message":
                self._delete_message(cell)
            case _:
                row = side_call_row(self._connection, cell.key)
                if row is not None:
                    self._connection.execute("DELETE FROM side_calls WHERE number = ?", (row[0],))

    def _delete_chat(self, cell: Cell) -> None:
        if self._waits("SELECT id FROM messages WHERE conversation_id = ?", cell.key) or self._restored(cell.key):
            self.applied.kept.append(cell.key)
            self._tell_chat(cell.key)
            return
        self._drop("DELETE FROM conversations WHERE id = ?", "conversation_id = ?", cell.key)
        self._connection.execute("DELETE FROM sync_pending WHERE kind = 'conversation' AND key = ?", (cell.key,))

    def _delete_message(self, cell: Cell) -> None:
        below = (
            "WITH RECURSIVE below (id) AS (SELECT id FROM messages WHERE id = ? UNION"
            " SELECT child.id FROM messages AS child JOIN below ON child.parent_id = below.id) SELECT id FROM below"
        )
        if self._waits(below, cell.key):
            self.applied.kept.append(cell.key)
            self.again += [("message", cell.key, field) for field in ("row", "deleted_at", "gone")]
            return
        self._drop("DELETE FROM messages WHERE id = ?", f"messages.id IN ({below})", cell.key)

    def _waits(self, ids: str, key: str) -> bool:
        """Whether a message was written here, among those of a query, that the others have not heard of."""
        row = self._connection.execute(
            f"SELECT 1 FROM sync_pending WHERE kind = 'message' AND field = 'row' AND seed = 0 AND key IN ({ids})",
            (key,),
        ).fetchone()
        return row is not None

    def _restored(self, id: str) -> bool:
        """Whether a chat was taken out of the trash here, of which the others have not heard."""
        row = self._connection.execute(
            "SELECT 1 FROM sync_pending JOIN conversations ON id = key WHERE kind = 'conversation' AND key = ?"
            " AND field = 'deleted_at' AND seed = 0 AND deleted_at IS NULL",
            (id,),
        ).fetchone()
        return row is not None

    def _tell_chat(self, id: str) -> None:
        """Have all of a chat told again, as the hub has forgotten it."""
        messages = [as_text(row[0]) for row in self._connection.execute(
            "SELECT id FROM messages WHERE conversation_id = ? ORDER BY number", (id,))]  # fmt: skip
        tags = self._connection.execute("SELECT tag FROM conversation_tags WHERE conversation_id = ?", (id,)).fetchall()
        self._connection.execute(
            "DELETE FROM sync_pending WHERE kind = 'message' AND key IN"
            " (SELECT id FROM messages WHERE conversation_id = ?)",
            (id,),
        )  # to stand behind those above them
        self.again += [("conversation", id, field) for field in ("gone", *CHAT_FIELDS)]
        self.again += [("conversation", id, f"tag:{as_text(tag)}") for (tag,) in tags]
        self.again += [("message", message, "row") for message in messages]
        self.again += [("message", message, "deleted_at") for message in messages]

    def _drop(self, statement: str, of: str, key: str) -> None:
        """Delete rows, with what the index has of them and the files that nobody has any more."""
        hashes = self._connection.execute(
            f"SELECT DISTINCT hash FROM attachments JOIN messages ON messages.id = message_id WHERE {of}", (key,)
        ).fetchall()
        if self._connection.execute(statement, (key,)).rowcount < 1:
            return
        index_changes(self._connection, limit=-1)  # while the texts of the files are there, which are taken out of it
        self._dropped += [as_text(hash) for (hash,) in hashes]

    # What is new.

    def _add_chat(self, cell: Cell) -> None:
        (created,) = cell.data
        self._connection.execute(
            "INSERT INTO conversations (id, title, title_by, model, settings, active_leaf, created_at, updated_at)"
            " VALUES (:id, '', 'prompt', '', '{}', NULL, :at, :at) ON CONFLICT (id) DO NOTHING",
            {"id": cell.key, "at": created},
        )

    def _put_message(self, cell: Cell) -> None:
        row = cell.data
        known = self._connection.execute(
            "SELECT state, owner, parent_id FROM messages WHERE id = ?", (cell.key,)
        ).fetchone()
        if known is not None and known[0] == "streaming" and _is_own(known[1]) and cell.clock < FINAL:
            self.again.append(("message", cell.key, "row"))  # whoever streams it knows better
            return
        if not self._is_there("conversation", row["conversation_id"]):
            return
        parent = row["parent_id"]
        if parent is not None and (parent == cell.key or not self._is_there("message", parent)):
            row["parent_id"] = None
        owner = ELSEWHERE + cell.machine if row["state"] == "streaming" else ""
        row["settings"] = shared_settings(row["settings"])
        values = [*(row[name] for name in MESSAGE_FIELDS), cell.payload or b"", owner]
        columns = (*MESSAGE_FIELDS, "payload", "owner")
        if known is None:
            number = self._number(cell.key, row)
            self._connection.execute(
                f"INSERT INTO messages (number, id, {', '.join(columns)}) VALUES (?, ?, {_marks(columns)})",
                (number, cell.key, *values),
            )
        else:
            self._connection.execute(
                f"UPDATE messages SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?",
                (*values, cell.key),
            )
        self._put_files(cell.key, row["files"])

    def _number(self, id: str, row: Mapping[str, Any]) -> int | None:
        """The number of a message that was imported, by its time; None for the next one."""
        if not row.get("imported") or not isinstance(row["created_at"], int):
            (only_imported,) = self._connection.execute("SELECT max(number) < 1 FROM messages").fetchone()
            return 1 if only_imported else None
        least = place_of(row["created_at"])
        if row["parent_id"] is not None:
            (above,) = self._connection.execute(
                "SELECT number FROM messages WHERE id = ?", (row["parent_id"],)
            ).fetchone()
            least = max(least, above + 1)
        number = free_number(self._connection, least, id)
        reach_down(self._connection, number)
        return number

    def _put_files(self, id: str, files: Sequence[Sequence[str]]) -> None:
        have = self._connection.execute(
            "SELECT hash, name, media_type FROM attachments WHERE message_id = ? ORDER BY position", (id,)
        ).fetchall()
        if [*map(list, have)] == [*map(list, files)]:
            return
        for table in ("attachments", "sync_missing"):
            self._connection.execute(f"DELETE FROM {table} WHERE message_id = ?", (id,))
        for position, (hash, name, media_type) in enumerate(files):
            table = "attachments" if self._has_content(hash) else "sync_missing"
            self._connection.execute(
                f"INSERT INTO {table} (message_id, position, hash, name, media_type) VALUES (?, ?, ?, ?, ?)",
                (id, position, hash, name, media_type),
            )

    def _has_content(self, hash: str) -> bool:
        """Whether a file is here, or has come just now; the messages that have waited for it get it, too."""
        if self._connection.execute("SELECT 1 FROM contents WHERE hash = ?", (hash,)).fetchone():
            return True
        if hash not in self._data:
            return False
        self._connection.execute("INSERT INTO contents (hash, data) VALUES (?, ?)", (hash, self._data[hash]))
        self._connection.execute(
            "INSERT OR IGNORE INTO attachments (message_id, position, hash, name, media_type)"
            " SELECT message_id, position, hash, name, media_type FROM sync_missing WHERE hash = ?", (hash,),
        )  # fmt: skip
        self._connection.execute("DELETE FROM sync_missing WHERE hash = ?", (hash,))
        return True

    def _put(self, cell: Cell) -> None:
        values = cell.data
        match cell.kind:
            case "conversation":
                self._put_field(cell.key, cell.field, values)
            case "message" if cell.field == "shown":
                self._connection.execute(
                    "INSERT INTO shown_leaves (message_id, leaf_id) SELECT one.id, leaf.id FROM messages AS one,"
                    " messages AS leaf WHERE one.id = ? AND leaf.id = ?"
                    " ON CONFLICT (message_id) DO UPDATE SET leaf_id = excluded.leaf_id",
                    (cell.key, *values),
                )
            case "message":
                self._connection.execute("UPDATE messages SET deleted_at = ? WHERE id = ?", (*values, cell.key))
            case "side_call":
                self._put_side_call(cell.key, values)
            case "pick":
                _upsert(self._connection, "picks", PICK_FIELDS, ("prompt_id",), values)
            case "import":
                if values[2] is not None and not self._is_there("conversation", values[2]):
                    values[2] = None
                _upsert(self._connection, "imported", IMPORT_FIELDS, ("source", "source_id"), values)

    def _put_field(self, id: str, field: str, values: Any) -> None:
        if field.startswith("tag:"):
            self._put_tag(id, field[4:], there=bool(values))
            return
        change = ", ".join(f"{name} = ?" for name in CHAT_FIELDS[field])
        if field == "updated_at":
            change = "updated_at = max(updated_at, ?)"
        elif field == "settings":
            row = self._connection.execute("SELECT settings FROM conversations WHERE id = ?", (id,)).fetchone()
            values = [with_own_settings(str(values[0]), as_text(row[0]) if row else "")]
        elif field == "title":
            values = [values[0], "user" if values[1] == "user" else "prompt"]
        self._connection.execute(f"UPDATE conversations SET {change} WHERE id = ?", (*values, id))

    def _put_tag(self, id: str, tag: str, *, there: bool) -> None:
        if not there:
            self._connection.execute("DELETE FROM conversation_tags WHERE conversation_id = ? AND tag = ?", (id, tag))
        elif self._is_there("conversation", id):
            self._connection.execute(
                "INSERT INTO conversation_tags (conversation_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING", (id, tag)
            )

    def _put_side_call(self, key: str, values: Sequence[Any]) -> None:
        row = side_call_row(self._connection, key)
        if row is None:
            self._connection.execute(
                f"INSERT INTO side_calls ({', '.join(SIDE_CALL_FIELDS)}) VALUES ({_marks(SIDE_CALL_FIELDS)})", values
            )
        else:
            self._connection.execute(
                f"UPDATE side_calls SET {', '.join(f'{name} = ?' for name in SIDE_CALL_FIELDS)} WHERE number = ?",
                (*values, row[0]),
            )


def interrupt(connection: sqlite3.Connection, alive: Collection[str]) -> int:
    """Show the replies that other machines stream as interrupted, but for those of these machines; returns how many.

    That is what this machine makes of it: it tells nobody, and what the other one writes later takes its place.
    """
    owners = connection.execute("SELECT DISTINCT owner FROM messages WHERE state = 'streaming'").fetchall()
    dead = [owner for (owner,) in owners if not _is_own(owner) and as_text(owner)[len(ELSEWHERE) :] not in alive]
    if not dead:
        return 0
    connection.execute("UPDATE sync_state SET applying = 1")
    changed = connection.execute(
        "UPDATE messages SET state = 'interrupted', owner = ''"
        f" WHERE state = 'streaming' AND owner IN ({_marks(dead)})",
        dead,
    ).rowcount
    connection.execute("UPDATE sync_state SET applying = 0")
    return changed


def streams_elsewhere(connection: sqlite3.Connection) -> bool:
    """Whether another machine is writing a reply, as far as is known here."""
    owners: list[SqliteRow] = connection.execute(
        "SELECT DISTINCT owner FROM messages WHERE state = 'streaming'"
    ).fetchall()
    return any(not _is_own(owner) for (owner,) in owners)


def _is_own(owner: object) -> bool:
    return not as_text(owner).startswith(ELSEWHERE)


def _upsert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], key: Sequence[str], values: Sequence[Any]
) -> None:
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({_marks(columns)})"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}",
        values,
    )


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _parents_first(cells: Sequence[Cell]) -> list[Cell]:
    """Rows of messages, each behind the one above it; of a circle each once."""
    by_key = {cell.key: cell for cell in cells}
    above: dict[str, str | None] = {cell.key: parent_of(cell) for cell in cells}
    done: dict[str, Cell] = {}
    for cell in cells:
        way: dict[str, Cell] = {}
        key: str | None = cell.key
        while key is not None and key in by_key and key not in done and key not in way:
            way[key] = by_key[key]
            key = above[key]
        done.update(reversed(way.items()))
    return list(done.values())
