"""Databases of other programs, read and never written: neither the file nor anything beside it changes.

What stands in one may be hostile: only real tables are looked at, by names that are there, and nothing of the file's
own (views, triggers, functions) runs.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tui.errors import ForeignFileError
from tui.files import regular_size

_MOST_VALUE_BYTES = 256 << 20
_DAMAGED = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: SQLite's words for it quote the file, and are not always text."""


class ForeignDatabase:
    """An open database of another program.

    Attributes:
        columns: the names of the columns of each table.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        names = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        self.columns: dict[str, frozenset[str]] = {
            name: frozenset(str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})"))
            for name, sql in names
            if isinstance(name, str) and not str(sql).lstrip()[:14].upper().startswith("CREATE VIRTUAL")
        }

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is a table with all of these columns."""
        return table in self.columns and set(columns) <= self.columns[table]

    def rows(
        self, table: str, order: tuple[str, ...] = (), where: Mapping[str, object] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The rows of a table, by column; none where there is no such table.

        Args:
            table: its name.
            order: columns to sort by; those that are missing do not count.
            where: values that columns have; one that is missing fits no row.

        Raises:
            ForeignFileError: the file is damaged.
        """
        known = self.columns.get(table, frozenset())
        if not known or not set(where or ()) <= known:
            return
        asked = " AND ".join(f"{_quoted(name)} IS ?" for name in where or ())
        by = ", ".join(_quoted(name) for name in order if name in known or name == "rowid")
        statement = (
            f"SELECT * FROM {_quoted(table)}{f' WHERE {asked}' if asked else ''}{f' ORDER BY {by}' if by else ''}"
        )
        try:
            cursor = self._connection.execute(statement, tuple((where or {}).values()))
            names = [str(column[0]) for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except (*_DAMAGED, OverflowError) as error:
            raise ForeignFileError(f"its table {table} cannot be read: {error}") from error


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another program is writing to it; try again when that has ended"
    return f"the database is damaged: {error}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_foreign(path: Path) -> Iterator[ForeignDatabase]:
    """Open a database of another program, which may be in use by it.

    One that writes ahead (WAL), or whose last change is not finished, is copied first: reading it would write beside
    it. May be used in one thread at a time, whichever.

    Raises:
        ForeignFileError: it cannot be read.
    """
    connection: sqlite3.Connection | None = None
    folder: str | None = None
    try:
        try:
            if _needs_copy(path):
                folder = tempfile.mkdtemp(prefix="chinwag-import-")
                path = _copied(path, Path(folder))
            mode = "ro" if folder is None else "rw"
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
            )
            database = _prepared(connection)
        except (*_DAMAGED, OSError) as error:
            raise ForeignFileError(_why(error)) from error
        yield database
    finally:
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _prepared(connection: sqlite3.Connection) -> ForeignDatabase:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_VALUE_BYTES)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return ForeignDatabase(connection)


def _needs_copy(path: Path) -> bool:
    regular_size(path)
    with path.open("rb") as file:
        head = file.read(20)
    return head[18:20] != b"\x01\x01" or any(_beside(path, end).exists() for end in ("-wal", "-journal"))


def _copied(path: Path, folder: Path) -> Path:
    copy = folder / "copy.db"
    for end in ("-journal", "-wal", ""):  # the database last: a log without its changes is only older
        if _beside(path, end).is_file():
            shutil.copyfile(_beside(path, end), _beside(copy, end))
    return copy


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
