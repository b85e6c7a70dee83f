"""Opens a database file, and ends long statements. Knows no table."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typing_extensions import override

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's transaction."""

_STEPS = 20_000
"""Instructions of SQLite's virtual machine between two looks at who waits, about a millisecond."""


class StoppedError(Exception):
    """Whoever wanted something that takes long does not want it any more."""


class FileConnection(sqlite3.Connection):
    """A connection to a file that may be damaged.

    What SQLite says of a damaged schema quotes its bytes, of which Python's module cannot make a text: instead of the
    error it raises a UnicodeDecodeError.
    """

    @override
    def execute(self, *args: Any, **kwargs: Any) -> sqlite3.Cursor:
        try:
            return super().execute(*args, **kwargs)
        except UnicodeDecodeError:
            error = sqlite3.DatabaseError("the file is damaged, and what is wrong with it is no text")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error from None


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Open an existing file, in autocommit mode. `mode` is "rw" or "ro", and may have more parameters behind it."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        factory=FileConnection,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def watched(connection: sqlite3.Connection, look: Callable[[], None]) -> Iterator[None]:
    """Call `look` while statements run; a StoppedError of it ends the statement, and is raised in its place.

    SQLite itself passes on no exception of those that it calls.
    """
    stopped: list[StoppedError] = []

    def ask() -> bool:
        try:
            look()
        except StoppedError as error:
            stopped.append(error)
        return bool(stopped)

    connection.set_progress_handler(ask, _STEPS)
    try:
        yield
    except sqlite3.OperationalError:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
