"""Reads what can still be read of a damaged library into a new one. Knows tables, neither files nor records."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from tui.store.consistency import make_consistent
from tui.store.migrations import MIGRATIONS, migrate, version_of

_KEYS = {
    "conversations": ("rowid",),
    "conversation_tags": ("conversation_id", "tag"),
    "messages": ("number",),
    "contents": ("rowid",),
    "attachments": ("message_id", "position"),
    "unsent": ("rowid",),
    "unsent_files": ("prompt_id", "position"),
    "shown_leaves": ("message_id",),
    "side_calls": ("number",),
    "picks": ("number",),
    "imported": ("source", "source_id"),
}
"""Each table, with what its rows are sorted by in the file."""


def salvage(damaged: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Fill the empty database `target` with the rows of `damaged` that can be read; returns how many messages.

    A row is lost when it lies in a damaged place or, mostly, between two of them. What is left is consistent: every
    reference leads somewhere.
    """
    try:
        damaged.text_factory = _legible
        # The name misleads: SQLite then reads a file that is shorter than its header says, instead of refusing it.
        damaged.execute("PRAGMA writable_schema = ON")
        version = version_of(damaged)
    except sqlite3.DatabaseError:
        return 0
    if version <= 0:
        return 0
    migrate(target, MIGRATIONS[:version])
    target.execute("PRAGMA foreign_keys = OFF")
    target.execute("BEGIN")
    for table, key in _KEYS.items():
        _copy_rows(damaged, target, table, key)
    make_consistent(target)
    target.execute("COMMIT")
    return int(target.execute("SELECT count(*) FROM messages").fetchone()[0])


def _legible(data: bytes) -> str:
    """Text as far as it can be read; where the end of its page is missing SQLite gives zeros, which we never store."""
    return data.decode("utf-8", "replace").rstrip("\0")


def _copy_rows(damaged: sqlite3.Connection, target: sqlite3.Connection, table: str, key: tuple[str, ...]) -> None:
    columns = ", ".join(row[1] for row in target.execute(f"PRAGMA table_info({table})"))
    if not columns:  # the library is older than this table
        return
    marks = ", ".join("?" * (columns.count(",") + 1))
    where = " AND ".join(f"{name} = ?" for name in key)
    for values in _keys(damaged, table, key):
        with suppress(sqlite3.DatabaseError):
            rows = damaged.execute(f"SELECT {columns} FROM {table} NOT INDEXED WHERE {where}", values).fetchall()
            target.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", rows)


def _keys(damaged: sqlite3.Connection, table: str, key: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """The keys of all rows that can be found, from both ends up to where the damage is, each of them once.

    One statement for each: a cursor of Python's reads ahead, and an error there takes the row before it away.
    """
    names = ", ".join(key)
    found: set[tuple[object, ...]] = set()
    for sign, direction in ((">", "ASC"), ("<", "DESC")):
        order = ", ".join(f"{name} {direction}" for name in key)
        where = ""
        last: tuple[object, ...] = ()
        while True:
            query = f"SELECT {names} FROM {table} NOT INDEXED {where} ORDER BY {order} LIMIT 1"
            try:
                row = damaged.execute(query, last).fetchone()
            except sqlite3.DatabaseError:
                break
            if row is None:
                return
            if row in found:  # the two ends meet, or what is left of a page leads round in circles
                break
            found.add(row)
            yield row
            where, last = f"WHERE ({names}) {sign} ({', '.join('?' * len(key))})", row
