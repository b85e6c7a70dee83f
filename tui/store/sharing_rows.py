"""Rows of the library as cells: what is told of each. Plain SQL functions; `sharing` says which have changed.

Values are JSON with a fixed order of keys, so that the same row is the same text on every machine. What is this
machine's own is not told: the number of a row, drafts and queues, what is unread, agreements to tools, the index.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from math import isfinite

from tui.bounds import json_object
from tui.store.rows import SqliteRow, as_bytes, as_text, message_kind_of, message_state_of
from tui.store.sharing_records import LONGEST_PLACE_BYTES, Cell, CellKind

Place = tuple[str, str, str]
"""Kind, key and field of a cell."""
Told = tuple[str, str, bytes | None, tuple[tuple[str, int], ...]]
"""Chat, value, payload and files of a cell."""

MESSAGE_FIELDS = (
    "conversation_id", "parent_id", "kind", "state", "text", "thinking", "model", "settings", "usage", "price",
    "failure", "thinking_ms", "first_token_ms", "total_ms", "created_at", "finish_reason", "origin",
)  # fmt: skip
"""Columns of a message that are told as they are; its payload goes beside them."""
_TEXTS = ("text", "thinking", "model", "settings", "usage", "failure", "finish_reason", "origin")
OWN_SETTINGS = frozenset({"tools", "folder"})
"""Of a chat's settings: what models may do on this machine, which nobody else grants them."""
SIDE_CALL_FIELDS = ("conversation_id", "purpose", "model", "usage", "price", "problem", "created_at")
PICK_FIELDS = ("prompt_id", "winner", "others", "blind", "created_at")
IMPORT_FIELDS = ("source", "source_id", "conversation_id", "digest", "imported_at")
CHAT_FIELDS = {
    "created": ("created_at",),
    "title": ("title", "title_by"),
    "model": ("model",),
    "settings": ("settings",),
    "active_leaf": ("active_leaf",),
    "updated_at": ("updated_at",),
    "pinned": ("pinned",),
    "archived": ("archived",),
    "deleted_at": ("deleted_at",),
}
"""Columns of a conversation by the field that they are told as."""

_NOTHING = {"pinned": "[0]", "archived": "[0]", "deleted_at": "[null]", "active_leaf": "[null]"}


def told(connection: sqlite3.Connection, place: Place) -> Told | None:
    """What is told of a cell now; None where its row is not there."""
    kind, key, field = place
    if field == "gone":
        return _gone(connection, kind, key)
    return _READERS[kind](connection, key, field)


def can_be_told(place: Place) -> bool:
    """Whether a server can keep a cell by its name; foreign files and damage may have made others, which stay here."""
    named = "".join(place)
    short = len(named.encode("utf-8", "replace")) <= LONGEST_PLACE_BYTES
    return place[0] in _READERS and "\0" not in named and short


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says what holds anyway as long as nobody says otherwise, or is a matter of the screen alone."""
    if cell.field in ("gone", "shown"):
        return True
    return cell.value == _NOTHING.get(cell.field) or (cell.field.startswith("tag:") and cell.value == "false")


def _gone(connection: sqlite3.Connection, kind: str, key: str) -> Told:
    row: SqliteRow | None
    if kind == "conversation":
        row = connection.execute("SELECT id FROM conversations WHERE id = ?", (key,)).fetchone()
        return key, _json(row is None), None, ()
    if kind == "message":
        row = connection.execute("SELECT conversation_id FROM messages WHERE id = ?", (key,)).fetchone()
        return (as_text(row[0]) if row else ""), _json(row is None), None, ()
    return "", _json(side_call_row(connection, key) is None), None, ()


def _chat(connection: sqlite3.Connection, key: str, field: str) -> Told | None:
    if field.startswith("tag:"):
        row = connection.execute(
            "SELECT 1 FROM conversation_tags WHERE conversation_id = ? AND tag = ?", (key, field[4:])
        ).fetchone()
        return key, _json(row is not None), None, ()
    row = connection.execute(
        f"SELECT {', '.join(CHAT_FIELDS[field])} FROM conversations WHERE id = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    values = [*map(_plain, row)]
    return key, _json([shared_settings(as_text(values[0]))] if field == "settings" else values), None, ()


def shared_settings(text: str) -> str:
    """The settings of a chat or a reply without those that are this machine's own."""
    if not any(name in text for name in OWN_SETTINGS) and "\\" not in text:
        return text
    values = json_object(text)
    if not OWN_SETTINGS & values.keys():
        return text
    return json.dumps({name: value for name, value in values.items() if name not in OWN_SETTINGS})


def with_own_settings(came: str, own: str) -> str:
    """Settings that came from another machine, with those that are this machine's own."""
    kept = {name: value for name, value in json_object(own).items() if name in OWN_SETTINGS}
    shared = shared_settings(came)
    return json.dumps(json_object(shared) | kept) if kept else shared


def _message(connection: sqlite3.Connection, key: str, field: str) -> Told | None:
    row = connection.execute(
        f"SELECT number, payload, deleted_at, {', '.join(MESSAGE_FIELDS)} FROM messages WHERE id = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    number, payload, deleted_at, *values = row
    chat = as_text(values[0])
    if field == "deleted_at":
        return chat, _json([_plain(deleted_at)]), None, ()
    if field == "shown":
        leaf = connection.execute("SELECT leaf_id FROM shown_leaves WHERE message_id = ?", (key,)).fetchone()
        return None if leaf is None else (chat, _json([as_text(leaf[0])]), None, ())
    files = connection.execute(
        "SELECT attachments.hash, name, media_type, length(data), position FROM attachments"
        " JOIN contents ON contents.hash = attachments.hash WHERE message_id = ? ORDER BY position",
        (key,),
    ).fetchall()
    named = [*files, *_missing(connection, key)]
    found = dict(zip(MESSAGE_FIELDS, map(_plain, values), strict=True))
    found |= {name: as_text(found[name]) for name in _TEXTS}
    found["kind"] = kind = message_kind_of(found["kind"], found["model"])
    found["state"] = message_state_of(found["state"], kind)
    found["settings"] = shared_settings(str(found["settings"]))
    found["files"] = [[*map(as_text, one[:3])] for one in sorted(named, key=lambda one: one[4])]
    if number < 0:
        found["imported"] = True  # its number goes by its time
    return chat, _json(found), as_bytes(payload), tuple((as_text(one[0]), one[3]) for one in files)


def keeps_missing(connection: sqlite3.Connection) -> bool:
    """Whether a library has noted which files never came; one that was not shared lately has not."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sync_missing'").fetchone() is not None


def _missing(connection: sqlite3.Connection, message_id: str) -> list[SqliteRow]:
    """The files of a message that never came: nobody else is to lose them by what is told from here."""
    if not keeps_missing(connection):
        return []
    return connection.execute(
        "SELECT hash, name, media_type, 0, position FROM sync_missing WHERE message_id = ?", (message_id,)
    ).fetchall()


def side_call_row(connection: sqlite3.Connection, key: str) -> SqliteRow | None:
    """What was asked beside a chat, by conversation, purpose and time: the number of its row and its fields."""
    chat, purpose, created_at = (*key.rsplit("/", 2), "", "")[:3]
    found: SqliteRow | None = connection.execute(
        f"SELECT number, {', '.join(SIDE_CALL_FIELDS)} FROM side_calls"
        " WHERE conversation_id = ? AND purpose = ? AND CAST(created_at AS TEXT) = ?",
        (chat, purpose, created_at),
    ).fetchone()
    return found


def _side_call(connection: sqlite3.Connection, key: str, field: str) -> Told | None:
    row = side_call_row(connection, key)
    return None if row is None else ("", _json([*map(_plain, row[1:])]), None, ())


def _pick(connection: sqlite3.Connection, key: str, field: str) -> Told | None:
    row = connection.execute(f"SELECT {', '.join(PICK_FIELDS)} FROM picks WHERE prompt_id = ?", (key,)).fetchone()
    return None if row is None else ("", _json([*map(_plain, row)]), None, ())


def _import(connection: sqlite3.Connection, key: str, field: str) -> Told | None:
    source, _, id = key.partition(":")
    row = connection.execute(
        f"SELECT {', '.join(IMPORT_FIELDS)} FROM imported WHERE source = ? AND source_id = ?", (source, id)
    ).fetchone()
    return None if row is None else ("", _json([*map(_plain, row)]), None, ())


_READERS: dict[str, Callable[[sqlite3.Connection, str, str], Told | None]] = {
    "conversation": _chat, "message": _message, "side_call": _side_call, "pick": _pick, "import": _import,
}  # fmt: skip


def all_places(connection: sqlite3.Connection) -> Iterator[Place]:
    """Every cell that the library has, in no order that would mean anything."""
    queries: tuple[tuple[CellKind, str], ...] = (
        *(("conversation", f"SELECT id, '{field}' FROM conversations") for field in CHAT_FIELDS),
        ("conversation", "SELECT conversation_id, 'tag:' || tag FROM conversation_tags"),
        ("message", "SELECT id, 'row' FROM messages"),
        ("message", "SELECT id, 'deleted_at' FROM messages WHERE deleted_at IS NOT NULL"),
        ("message", "SELECT message_id, 'shown' FROM shown_leaves"),
        ("side_call", "SELECT conversation_id || '/' || purpose || '/' || created_at, 'row' FROM side_calls"),
        ("pick", "SELECT prompt_id, 'row' FROM picks"),
        ("import", "SELECT source || ':' || source_id, 'row' FROM imported"),
    )
    for kind, query in queries:
        for key, field in connection.execute(query):
            if can_be_told(place := (kind, as_text(key), as_text(field))):
                yield place


def all_cells(connection: sqlite3.Connection) -> Iterator[Cell]:
    """Every cell as it is now; their clocks are 0."""
    for place in all_places(connection):
        if (found := told(connection, place)) is not None:
            chat, value, payload, files = found
            yield Cell(place[0], place[1], place[2], chat, 0, "", value, payload, files)  # type: ignore[arg-type]


class Digests:
    """Counts and hashes of many cells, by kind, whatever their order, clocks and machines."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._sums: dict[str, int] = {}

    def add(self, kind: str, hash: bytes) -> None:
        """Take in a cell by its `cell_hash`."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._sums[kind] = (self._sums.get(kind, 0) + int.from_bytes(hash, "big")) % (1 << 256)

    @property
    def found(self) -> dict[str, tuple[int, str]]:
        """How many there are of each kind, and their hash."""
        return {kind: (self._counts[kind], f"{self._sums[kind]:064x}") for kind in sorted(self._counts)}


def cell_hash(cell: Cell) -> bytes:
    """What a cell says, in 32 bytes."""
    text = "\0".join((cell.kind, cell.key, cell.field, cell.value))
    return sha256(text.encode("utf-8", "replace") + b"\0" + (cell.payload or b"")).digest()


def digests(cells: Iterable[Cell]) -> dict[str, tuple[int, str]]:
    """How many cells of each kind there are and a hash of them; without those that say nothing."""
    all_of_them = Digests()
    for cell in cells:
        if not is_nothing(cell):
            all_of_them.add(cell.kind, cell_hash(cell))
    return all_of_them.found


def _plain(value: object) -> object:
    """A value of a column as JSON has it: damaged ones, too."""
    if isinstance(value, float) and not isfinite(value):
        return None
    return as_text(value) if isinstance(value, bytes) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
