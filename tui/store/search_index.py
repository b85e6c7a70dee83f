"""Keeps the full-text index true: what was written goes into it in the same transaction, what is older in slices.

Plain functions whose first argument is the connection; they open no transaction. Triggers of the schema note what has
changed (`search_changes`, `search_title_changes`), whoever wrote it.
"""

import sqlite3
from collections.abc import Iterable

from tui.dataclass import dataclass
from tui.store.faults import is_damage
from tui.store.rows import SqliteRow, as_bytes, as_text
from tui.store.search_marks import ARCHIVED_MARK, PINNED_MARK, TRASH_MARK, model_mark, price_mark, time_marks
from tui.store.search_text import VERSION, has_code, in_pairs, tool_text

AT_ONCE = 200
"""Changes that one transaction takes with it; an import's others are left to the slices behind it."""

_OF_IMPORTED = 20
"""Messages that an imported chat has, about; only for how far the index has come."""

FILE_LIMIT_BYTES = 200_000
"""Of the text of an attached file so much is indexed."""

_MERGED_PAGES = 200
"""What one transaction merges, some hundredths of a second."""
_UNCHANGED = 2
"""Changes that two tables count where nothing was merged: sqlite.org/fts5.html#the_merge_command."""

_COLUMNS = "prompt, reply, thinking, tools, files, marks"
_INSERT = f"INSERT INTO search_index (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DELETE = f"INSERT INTO search_index (search_index, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)"
_TITLES = (
    "SELECT id, title, strftime('%Y%m', updated_at / 1000000, 'unixepoch'), deleted_at IS NOT NULL, pinned, archived"
    " FROM conversations"
)
_SOURCE = "number, kind, state, text, thinking, payload, files, models, price, month, forked"


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the index has come.

    Attributes:
        done: messages that are in it, about.
        total: messages of the library, about.
        complete: whether all messages and titles are in it.
    """

    done: int
    total: int
    complete: bool

    @property
    def percent(self) -> int:
        """Whole percent; 100 only for all of it."""
        return 100 if self.complete else min(99, self.done * 100 // max(self.total, 1))


def progress(connection: sqlite3.Connection) -> IndexProgress:
    """How far the index has come; by the numbers of messages, not by counting them."""
    version, start, titles_to = _state(connection)
    (newest,) = connection.execute("SELECT max(number) FROM messages").fetchone()
    (oldest,) = connection.execute("SELECT min(number) FROM messages").fetchone()
    if newest is None:
        newest, oldest, start = 0, 1, 1
    said = max(0, newest - max(1, oldest) + 1)
    (chats,) = connection.execute("SELECT count(*) FROM imported").fetchone() if oldest < 0 else (0,)
    total = said + chats * _OF_IMPORTED
    if version != VERSION:
        return IndexProgress(0, total, False)
    (waiting,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM search_changes) OR EXISTS (SELECT 1 FROM search_title_changes)"
    ).fetchone()
    done = min(said, max(0, newest - max(1, start) + 1))
    if start < 0 and oldest < 0:  # what was imported lies below 0, by its time
        top = min(newest, -1)
        done += chats * _OF_IMPORTED * max(0, top - max(start, oldest) + 1) // (top - oldest + 1)
    return IndexProgress(done, total, start <= oldest and titles_to is None and not waiting)


def reach_down(connection: sqlite3.Connection, number: int) -> None:
    """Let the triggers note all messages from `number` on, unless there are some below that the index has not got."""
    connection.execute(
        "UPDATE search_progress SET messages_from = min(messages_from, ?)"
        " WHERE messages_from <= (SELECT coalesce(min(number), messages_from) FROM messages)",
        (number,),
    )


def index_changes(connection: sqlite3.Connection, limit: int = AT_ONCE) -> int:
    """Bring the index up to date with the last changes, the newest first; returns how many were taken in.

    A damaged index never costs what is being written: it is left to be built anew. `limit` -1 takes all.
    """
    rows = connection.execute("SELECT * FROM search_changes ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
    ids = connection.execute("SELECT id FROM search_title_changes LIMIT ?", (limit,)).fetchall()
    if not (rows or ids) or _state(connection)[0] != VERSION:
        return 0
    connection.execute("SAVEPOINT indexing")
    try:
        for row in rows:
            _index_change(connection, row)
        for (id,) in ids:
            _take_out_title(connection, id)
            _add_titles(connection, connection.execute(f"{_TITLES} WHERE id = ?", (id,)).fetchall())
            connection.execute("DELETE FROM search_title_changes WHERE id = ?", (id,))
        connection.execute("SAVEPOINT indexed")  # which is when FTS5 writes
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        connection.execute("ROLLBACK TO indexing")
        connection.execute("UPDATE search_progress SET version = -1")
    connection.execute("RELEASE indexing")
    return len(rows) + len(ids)


def _index_change(connection: sqlite3.Connection, change: SqliteRow) -> None:
    """Take out what was there, which has a kind, and take in what is there now."""
    number, *before = change
    if before[0] is not None:
        connection.execute(_DELETE, (number, *_columns(connection, _Models(connection), *before)))
    current = f"SELECT {_SOURCE} FROM search_source WHERE number = ? AND state <> 'streaming'"
    _add(connection, connection.execute(current, (number,)).fetchall())
    connection.execute("DELETE FROM search_changes WHERE number = ?", (number,))


def index_slice(connection: sqlite3.Connection, size: int) -> IndexProgress:
    """Take in at most about `size` more messages or titles: changes, then titles, then messages from the newest down.

    An index that another version has made is emptied first. Call it until the progress is complete.
    """
    version, start, titles_to = _state(connection)
    if version != VERSION:
        start_over(connection)
        version, start, titles_to = _state(connection)
    if not index_changes(connection, size):
        if titles_to is not None:
            _index_titles(connection, titles_to, size)
        else:
            _index_messages(connection, start, size)
    return progress(connection)


def merge(connection: sqlite3.Connection) -> bool:
    """Merge some of the parts that were written to the index one by one; returns whether there is more to be merged."""
    before = connection.total_changes
    for table in ("search_index", "search_titles"):
        connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (_MERGED_PAGES,))
    return connection.total_changes - before > _UNCHANGED


def start_over(connection: sqlite3.Connection) -> None:
    """Empty the index, to be built anew in slices."""
    for table in ("search_index", "search_titles"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    for table in ("search_chats", "search_changes", "search_title_changes"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute(
        "UPDATE search_progress SET version = ?, titles_to = '',"
        " messages_from = 1 + coalesce((SELECT max(number) FROM messages), 0)",
        (VERSION,),
    )


def _state(connection: sqlite3.Connection) -> tuple[int, int, str | None]:
    row = connection.execute("SELECT version, messages_from, titles_to FROM search_progress").fetchone()
    return row or (0, 0, "")


def _index_titles(connection: sqlite3.Connection, titles_to: str, size: int) -> None:
    rows = connection.execute(f"{_TITLES} WHERE id > ? ORDER BY id LIMIT ?", (titles_to, size)).fetchall()
    for id, *_ in rows:
        _take_out_title(connection, id)
    _add_titles(connection, rows)
    connection.execute("UPDATE search_progress SET titles_to = ?", (rows[-1][0] if len(rows) == size else None,))


def _index_messages(connection: sqlite3.Connection, start: int, size: int) -> None:
    (down_to,) = connection.execute(
        "SELECT min(number) FROM (SELECT number FROM messages WHERE number < ? ORDER BY number DESC LIMIT ?)",
        (start, size),
    ).fetchone()
    if down_to is None:
        return
    # In rising order: FTS5 takes rows fastest that way.
    _add(
        connection,
        connection.execute(
            f"SELECT {_SOURCE} FROM search_source WHERE number >= ? AND number < ? AND state <> 'streaming'"
            " ORDER BY number",
            (down_to, start),
        ).fetchall(),
    )
    connection.execute("UPDATE search_progress SET messages_from = ?", (down_to,))


def _add(connection: sqlite3.Connection, rows: Iterable[SqliteRow]) -> None:
    known = _Models(connection)
    connection.executemany(_INSERT, ((row[0], *_columns(connection, known, *row[1:])) for row in rows))


class _Models:
    """The numbers of the models, by their names; one that was not met before gets the next."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT name, number FROM search_models")
        self._numbers = {as_text(name): int(number) for name, number in rows}

    def marks(self, names: str) -> list[str]:
        """The marks of models, a line each; always in the same order."""
        return [model_mark(self._number(name)) for name in sorted({*filter(None, names.split("\n"))})]

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            added = self._connection.execute("INSERT INTO search_models (name) VALUES (?)", (name,))
            self._numbers[name] = added.lastrowid or 0
        return self._numbers[name]


def _columns(
    connection: sqlite3.Connection,
    known: _Models,
    kind: object,
    state: object,
    text: object,
    thinking: object,
    payload: object,
    files: object,
    models: object,
    price: object,
    month: object,
    forked: object,
) -> tuple[str, ...]:
    """What the index gets of a message; always the same of the same, or it could not be taken out again."""
    said = as_text(text)
    is_reply = kind == "reply"
    tools = tool_text(as_bytes(payload)) if is_reply else ""
    names, kinds = _file_text(connection, as_text(files)) if files else ("", [])
    having = {
        "thinking": thinking,
        "tool": tools,
        "code": has_code(said),
        "branch": forked,
        "interrupted": state == "interrupted",
    }
    marks = [as_text(kind), *(mark for mark, there in having.items() if there), *kinds, *time_marks(as_text(month))]
    marks += [price_mark(price), *known.marks(as_text(models))]
    return (
        "" if is_reply else in_pairs(said), in_pairs(said) if is_reply else "", in_pairs(as_text(thinking)),
        in_pairs(tools), in_pairs(names), " ".join(filter(None, marks)),
    )  # fmt: skip


def _file_text(connection: sqlite3.Connection, files: str) -> tuple[str, list[str]]:
    """The names of files, what those say that are texts, and what kinds of files they are.

    `files` has a line for each: hash/family/kind/name.
    """
    found: list[str] = []
    kinds = []
    for line in files.split("\n"):
        hash, _, rest = line.partition("/")
        family, _, rest = rest.partition("/")
        found.append(rest.partition("/")[2] or line)
        kinds.append("image" if family == "image" else "file")
        if family == "text":
            row = connection.execute("SELECT data FROM contents WHERE hash = ?", (hash,)).fetchone()
            found.append(as_bytes(row[0])[:FILE_LIMIT_BYTES].decode("utf-8", "replace") if row else "")
    return "\n".join(found), kinds


def _take_out_title(connection: sqlite3.Connection, id: str) -> None:
    known = connection.execute("SELECT number, title, marks FROM search_chats WHERE id = ?", (id,)).fetchone()
    if known is None:
        return
    number, title, marks = known
    connection.execute(
        "INSERT INTO search_titles (search_titles, rowid, title, marks) VALUES ('delete', ?, ?, ?)",
        (number, in_pairs(as_text(title)), marks),
    )
    connection.execute("DELETE FROM search_chats WHERE number = ?", (number,))


def _add_titles(connection: sqlite3.Connection, rows: Iterable[SqliteRow]) -> None:
    for id, title, month, *flags in rows:
        is_so = zip((TRASH_MARK, PINNED_MARK, ARCHIVED_MARK), flags, strict=True)
        marks = " ".join([*time_marks(as_text(month)), *(mark for mark, there in is_so if there)])
        added = connection.execute("INSERT INTO search_chats (id, title, marks) VALUES (?, ?, ?)", (id, title, marks))
        connection.execute(
            "INSERT INTO search_titles (rowid, title, marks) VALUES (?, ?, ?)",
            (added.lastrowid, in_pairs(as_text(title)), marks),
        )
