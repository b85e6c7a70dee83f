"""The journal of a shared library: which cells have changed since they were last told to the others.

Tables and triggers are made when sharing begins, and have a version of their own: a library that is never shared pays
nothing. Triggers note what changes, whoever writes it, in the same transaction; the values are read when they are told.
`sync_note` is where all of them write to: a cell that waits already keeps its place and gets the newer clock. The clock
is a hybrid one: the time of the day, but always later than all that this machine has written or seen. What is taken
over from the others is written while `applying` is 1, which only the transaction itself can see, and is not noted.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from tui.bounds import microseconds
from tui.errors import StoreError
from tui.store.rows import as_text
from tui.store.sharing_records import FINAL, SharingState
from tui.store.sharing_rows import keeps_missing

VERSION = 1

_NOW = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"

_TABLES = f"""
CREATE TABLE sync_state (
    version INTEGER NOT NULL,
    machine TEXT NOT NULL,
    place TEXT NOT NULL,
    hub TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    clock INTEGER NOT NULL,
    applying INTEGER NOT NULL,
    seed_step INTEGER,
    seed_after INTEGER NOT NULL,
    seen_at INTEGER,
    problem TEXT NOT NULL
);
CREATE TABLE sync_pending (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    field TEXT NOT NULL,
    clock INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    UNIQUE (kind, key, field)
);
CREATE INDEX sync_deleted ON sync_pending (key) WHERE field = 'gone';
CREATE VIEW sync_note AS SELECT kind, key, field, clock AS at, 0 AS final FROM sync_pending;
CREATE TRIGGER sync_noted INSTEAD OF INSERT ON sync_note WHEN (SELECT applying FROM sync_state) = 0 BEGIN
    UPDATE sync_state SET clock = max(clock + 1, {_NOW});
    UPDATE sync_pending SET clock = max(clock, coalesce(NEW.at, (SELECT clock FROM sync_state)) + NEW.final), seed = 0
    WHERE kind = NEW.kind AND key = NEW.key AND field = NEW.field;
    INSERT INTO sync_pending (kind, key, field, clock, seed)
    SELECT NEW.kind, NEW.key, NEW.field, coalesce(NEW.at, clock) + NEW.final, 0 FROM sync_state
    WHERE NOT EXISTS (SELECT 1 FROM sync_pending WHERE kind = NEW.kind AND key = NEW.key AND field = NEW.field);
END"""

MISSING = """
CREATE TABLE IF NOT EXISTS sync_missing (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (message_id, position)
) WITHOUT ROWID"""
"""Files of messages that came without them: they are told again with the message, and taken once they come."""

_FINAL_ROW = f"CASE WHEN kind = 'prompt' OR state IN ('done', 'failed') OR total_ms IS NOT NULL THEN {FINAL} ELSE 0 END"


def _final_row(message: str) -> str:
    """What is added to the clock of a message, by an expression for its id."""
    return f"(SELECT {_FINAL_ROW} FROM messages WHERE id = {message})"


def _note(kind: str, key: str, field: str, at: str = "NULL", final: str = "0", where: str = "") -> str:
    """A statement of a trigger; field is an expression, too."""
    values = f"'{kind}', {key}, {field}, {at}, {final}"
    return f"INSERT INTO sync_note (kind, key, field, at, final) SELECT {values}{f' WHERE {where}' if where else ''};"


def _on(name: str, event: str, statements: str, when: str = "") -> str:
    return f"CREATE TRIGGER sync_{name} AFTER {event} {f'WHEN {when} ' if when else ''}BEGIN {statements} END"


def _side_key(row: str) -> str:
    return f"{row}.conversation_id || '/' || {row}.purpose || '/' || {row}.created_at"


_BY_HAND = f"CASE WHEN NEW.title_by = 'user' THEN {FINAL} ELSE 0 END"
_RENAMED = f"CASE WHEN NEW.title_by = 'user' OR OLD.title_by = 'user' THEN {FINAL} ELSE 0 END"
_CHAT_IS_THERE = "EXISTS (SELECT 1 FROM conversations WHERE id = OLD.conversation_id)"
_FIELDS = ("model", "settings", "active_leaf", "pinned", "archived", "deleted_at")
_CONTENTS = (
    "conversation_id, parent_id, kind, state, payload, text, thinking, model, settings, usage, price, failure,"
    " thinking_ms, first_token_ms, total_ms, created_at, finish_reason, origin"
)


def _triggers() -> tuple[str, ...]:
    chat, message = "NEW.id", "NEW.id"
    begun = "".join(
        (
            _note("conversation", chat, "'created'"),
            _note("conversation", chat, "'title'", final=_BY_HAND),
            _note("conversation", chat, "'updated_at'", at="NEW.updated_at"),
            *(_note("conversation", chat, f"'{field}'") for field in ("model", "settings", "active_leaf")),
            *(_note("conversation", chat, f"'{field}'", where=f"NEW.{field} <> 0") for field in ("pinned", "archived")),
            _note("conversation", chat, "'deleted_at'", where="NEW.deleted_at IS NOT NULL"),
        )
    )
    of_tag = ("conversation", "{0}.conversation_id", "'tag:' || {0}.tag")
    return (
        _on("chat_added", "INSERT ON conversations", begun),
        *(
            _on(f"chat_{field}", f"UPDATE OF {field} ON conversations",
                _note("conversation", chat, f"'{field}'"), f"OLD.{field} IS NOT NEW.{field}")
            for field in _FIELDS
        ),
        _on("chat_title", "UPDATE OF title, title_by ON conversations",
            _note("conversation", chat, "'title'", final=_RENAMED),
            "OLD.title IS NOT NEW.title OR OLD.title_by IS NOT NEW.title_by"),
        _on("chat_updated_at", "UPDATE OF updated_at ON conversations",
            _note("conversation", chat, "'updated_at'", at="NEW.updated_at"), "NEW.updated_at > OLD.updated_at"),
        _on("chat_gone", "DELETE ON conversations",
            "DELETE FROM sync_pending WHERE kind = 'conversation' AND key = OLD.id;"
            + _note("conversation", "OLD.id", "'gone'")),
        _on("tag_added", "INSERT ON conversation_tags", _note(*(one.format("NEW") for one in of_tag))),
        _on("tag_gone", "DELETE ON conversation_tags", _note(*(one.format("OLD") for one in of_tag)), _CHAT_IS_THERE),
        _on("message_added", "INSERT ON messages", _note("message", message, "'row'", final=_final_row("NEW.id"))),
        _on("message_changed", f"UPDATE OF {_CONTENTS} ON messages",
            _note("message", message, "'row'", final=_final_row("NEW.id"))),
        _on("message_deleted_at", "UPDATE OF deleted_at ON messages", _note("message", message, "'deleted_at'"),
            "OLD.deleted_at IS NOT NEW.deleted_at"),
        _on("message_gone", "DELETE ON messages",
            "DELETE FROM sync_pending WHERE kind = 'message' AND key = OLD.id;"
            + _note("message", "OLD.id", "'gone'", where=_CHAT_IS_THERE)),
        _on("file_added", "INSERT ON attachments",
            _note("message", "NEW.message_id", "'row'", final=_final_row("NEW.message_id"))),
        _on("file_gone", "DELETE ON attachments",
            _note("message", "OLD.message_id", "'row'", final=_final_row("OLD.message_id")),
            "EXISTS (SELECT 1 FROM messages WHERE id = OLD.message_id)"),
        _on("shown", "INSERT ON shown_leaves", _note("message", "NEW.message_id", "'shown'")),
        _on("shown_changed", "UPDATE ON shown_leaves", _note("message", "NEW.message_id", "'shown'"),
            "OLD.leaf_id IS NOT NEW.leaf_id"),
        _on("side_call_added", "INSERT ON side_calls", _note("side_call", _side_key("NEW"), "'row'")),
        _on("side_call_changed", "UPDATE ON side_calls", _note("side_call", _side_key("NEW"), "'row'")),
        _on("side_call_gone", "DELETE ON side_calls", _note("side_call", _side_key("OLD"), "'gone'")),
        _on("pick_added", "INSERT ON picks", _note("pick", "NEW.prompt_id", "'row'")),
        _on("pick_changed", "UPDATE ON picks", _note("pick", "NEW.prompt_id", "'row'")),
        _on("import_added", "INSERT ON imported", _note("import", "NEW.source || ':' || NEW.source_id", "'row'")),
        _on("import_changed", "UPDATE ON imported", _note("import", "NEW.source || ':' || NEW.source_id", "'row'")),
    )  # fmt: skip


# What was there before, a slice at a time: a select of kind, key, field, clock and the place in its table. The clock is
# the time of the row itself, so that of two copies of a library the one that was used last counts.
def _time(column: str) -> str:
    return f"min(max(CAST({column} AS INTEGER), 0), {1 << 53})"


SEEDS = (
    f"""SELECT 'conversation', id, field, {_time("updated_at")}
        + CASE WHEN field = 'title' AND title_by = 'user' THEN {FINAL} ELSE 0 END, chat.rowid
    FROM (SELECT rowid, * FROM conversations WHERE rowid > :after ORDER BY rowid LIMIT :size) AS chat JOIN (
        SELECT 0 AS place, 'created' AS field UNION ALL SELECT 1, 'title' UNION ALL SELECT 2, 'model' UNION ALL
        SELECT 3, 'settings' UNION ALL SELECT 4, 'active_leaf' UNION ALL SELECT 5, 'updated_at' UNION ALL
        SELECT 6, 'pinned' UNION ALL SELECT 7, 'archived' UNION ALL SELECT 8, 'deleted_at')
    WHERE NOT (field = 'pinned' AND pinned = 0 OR field = 'archived' AND archived = 0
        OR field = 'deleted_at' AND deleted_at IS NULL) ORDER BY chat.rowid, place""",
    f"""SELECT 'message', id, 'row', {_time("created_at")} + {_FINAL_ROW}, number
    FROM messages WHERE number > :after ORDER BY number LIMIT :size""",
    f"""SELECT 'message', id, 'deleted_at', {_time("deleted_at")}, number
    FROM messages WHERE number > :after AND deleted_at IS NOT NULL ORDER BY number LIMIT :size""",
    f"""SELECT 'side_call', {_side_key("side_calls")}, 'row', {_time("created_at")}, number
    FROM side_calls WHERE number > :after ORDER BY number LIMIT :size""",
    f"""SELECT 'pick', prompt_id, 'row', {_time("created_at")}, number
    FROM picks WHERE number > :after ORDER BY number LIMIT :size""",
    f"""SELECT 'conversation', conversation_id, 'tag:' || tag, {_time("updated_at")}, NULL
    FROM conversation_tags JOIN conversations ON conversations.id = conversation_id WHERE :after < :size""",
    f"""SELECT 'message', message_id, 'shown', {_time("created_at")}, NULL
    FROM shown_leaves JOIN messages ON messages.id = message_id WHERE :after < :size""",
    f"""SELECT 'import', source || ':' || source_id, 'row', {_time("imported_at")}, NULL
    FROM imported WHERE :after < :size""",
)
LOWEST = -(1 << 62)
"""Before all places of a table."""
_SLICE = 5_000
"""Rows that one transaction notes; some hundredths of a second."""


def is_shared(connection: sqlite3.Connection) -> bool:
    """Whether a library has a journal."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sync_state'").fetchone() is not None


def begin(connection: sqlite3.Connection, place: str) -> None:
    """Note from now on what changes, and have all that is there noted by `seed`; one that is shared already stays so.

    `place` is where the library is: a copy of it somewhere else is another machine.

    Raises:
        StoreError: its journal is one of a newer Chinwag.
    """
    machine = uuid4().hex[:16]
    connection.execute(MISSING)
    if is_shared(connection):
        (version,) = connection.execute("SELECT version FROM sync_state").fetchone()
        if version > VERSION:
            raise StoreError("A newer Chinwag shares this library.", "Update Chinwag on this machine, too.")
        connection.execute("UPDATE sync_state SET machine = ?, place = ? WHERE place <> ?", (machine, place, place))
        return
    for statement in _TABLES.split(";\nCREATE"):
        connection.execute(statement if statement.lstrip().startswith("CREATE") else f"CREATE{statement}")
    for statement in _triggers():
        connection.execute(statement)
    connection.execute(
        "INSERT INTO sync_state (version, machine, place, hub, cursor, clock, applying, seed_step, seed_after, problem)"
        " VALUES (?, ?, ?, '', 0, 0, 0, 0, ?, '')",
        (VERSION, machine, place, LOWEST),
    )


def end(connection: sqlite3.Connection) -> None:
    """Note nothing any more, and forget what was not told yet. What is in the library stays.

    So do the names of files that never came: a server that is named again is told their messages with them.
    """
    kinds = {"trigger": 0, "view": 1, "table": 2}
    found = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE name LIKE 'sync\\_%' ESCAPE '\\' AND type IN"
        " ('trigger', 'view', 'table')"
    ).fetchall()
    kept = keeps_missing(connection) and connection.execute("SELECT 1 FROM sync_missing").fetchone() is not None
    for kind, name in sorted(found, key=lambda one: kinds[one[0]]):
        if kept and name == "sync_missing":
            continue
        connection.execute(f"DROP {kind} IF EXISTS {name}")


def start_over(connection: sqlite3.Connection, hub: str) -> None:
    """Hear everything, and tell everything once more: the hub is another one, or the first, or has lost something."""
    connection.execute(
        "UPDATE sync_state SET hub = :hub, cursor = 0, seen_at = NULL,"
        " seed_step = CASE hub WHEN '' THEN seed_step ELSE 0 END,"
        " seed_after = CASE hub WHEN '' THEN seed_after ELSE :lowest END",
        {"hub": hub, "lowest": LOWEST},
    )


def seed(connection: sqlite3.Connection) -> bool:
    """Note a slice of what was there before; False when all of it is noted."""
    step, after = connection.execute("SELECT seed_step, seed_after FROM sync_state").fetchone()
    if step is None:
        return False
    rows = connection.execute(SEEDS[step], {"after": after, "size": _SLICE}).fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO sync_pending (kind, key, field, clock, seed) VALUES (?, ?, ?, ?, 1)",
        [row[:4] for row in rows if isinstance(row[1], str)],
    )
    if rows and rows[-1][4] is not None:
        after = rows[-1][4]
    else:
        step, after = (step + 1 if step + 1 < len(SEEDS) else None), LOWEST
    connection.execute("UPDATE sync_state SET seed_step = ?, seed_after = ?", (step, after))
    return step is not None


def cursor(connection: sqlite3.Connection) -> int:
    """Up to which change of the hub everything is here."""
    (found,) = connection.execute("SELECT cursor FROM sync_state").fetchone()
    return int(found)


def state(connection: sqlite3.Connection) -> SharingState | None:
    """How far it has come; None for a library that was never shared."""
    if not is_shared(connection):
        return None
    machine, hub, cursor, step, seen_at, problem = connection.execute(
        "SELECT machine, hub, cursor, seed_step, seen_at, problem FROM sync_state"
    ).fetchone()
    (pending,) = connection.execute("SELECT count(*) FROM sync_pending").fetchone()
    return SharingState(as_text(machine), as_text(hub), cursor, pending, step is None, seen_at, as_text(problem))


def note_seen(connection: sqlite3.Connection, problem: str = "") -> None:
    """Keep that an exchange went well just now, or why it did not."""
    if problem:
        connection.execute("UPDATE sync_state SET problem = ? WHERE problem <> ?", (problem, problem))
    else:
        connection.execute("UPDATE sync_state SET seen_at = ?, problem = ''", (microseconds(datetime.now(UTC)),))


def note(connection: sqlite3.Connection, cells: Iterable[tuple[str, str, str]]) -> None:
    """Note that cells (kind, key, field) are to be told again."""
    connection.executemany(
        "INSERT INTO sync_note (kind, key, field, at, final) VALUES (:kind, :key, :field, NULL, CASE"
        f" WHEN :kind = 'message' AND :field = 'row' THEN coalesce({_final_row(':key')}, 0) ELSE 0 END)",
        ({"kind": kind, "key": key, "field": field} for kind, key, field in cells),
    )


def forget_pending(connection: sqlite3.Connection, told: Sequence[tuple[int, int]], cursor: int) -> None:
    """Drop what was told, by number and clock, but not what has changed since; the hub is known up to `cursor`."""
    connection.executemany("DELETE FROM sync_pending WHERE number = ? AND clock = ?", told)
    connection.execute("UPDATE sync_state SET cursor = max(cursor, ?)", (cursor,))
