"""Tells whether a library's file is whole, and whether it is still as it was when it was last closed.

The content of a database is read through SQLite only: closing such a file by hand would drop SQLite's own locks.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tui.files import SAFELY, read_regular, regular_size

BRIEF_S = 1.0
"""How long a start may look for damage in a file that something has changed; 150 MB take an eighth of it."""

_STEPS = 10_000
"""Instructions of SQLite's virtual machine between two looks at the clock, some tenths of a millisecond."""


def beside(path: Path, suffix: str) -> Path:
    """A file beside the library, such as "chats.db-wal"."""
    return path.with_name(path.name + suffix)


def has_log(path: Path) -> bool:
    """Whether changes stand in a write-ahead log beside the file and not in it yet."""
    return bool(regular_size(beside(path, "-wal")))


def fault_of(
    path: Path, connection: sqlite3.Connection, check_s: float, stopped: Callable[[], bool] = lambda: False
) -> str:
    """What is wrong with an open library, as SQLite or we put it; "" when nothing was found.

    Args:
        path: the file.
        connection: it, open for reading.
        check_s: seconds for a look at every page, `math.inf` for as long as it takes, 0 for none. A file whose end is
            missing is found in any case.
        stopped: asked now and then during that look, which ends when it says so.
    """
    # SQLite itself refuses a file that lacks whole pages, and takes for zeros what is missing of the last one.
    pages, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if not has_log(path) and path.stat().st_size < pages * page_bytes:
        return "its end is missing"
    return _checked(connection, check_s, stopped) if check_s else ""


def _checked(connection: sqlite3.Connection, check_s: float, stopped: Callable[[], bool]) -> str:
    until = time.monotonic() + check_s
    connection.set_progress_handler(lambda: time.monotonic() > until or stopped(), _STEPS)
    try:
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        return ""
    finally:
        connection.set_progress_handler(None, 0)
    return "" if found == "ok" else found.splitlines()[-1]


def record_close(path: Path, note: Path) -> None:
    """Write down in the file `note` how a library looked when it was closed; not worth an error."""
    with suppress(OSError):
        # Always of one length, never cut first: ext4 writes a cut file to the disk when it is closed, and waits for it.
        descriptor = os.open(note, os.O_WRONLY | SAFELY)
        try:
            os.write(descriptor, _looks(path))
        finally:
            os.close(descriptor)


def changed_since_close(path: Path, note: Path) -> bool:
    """Whether a file is not as `record_close` found it, or has a log: a copy, a repair or a failing disk was there."""
    with suppress(OSError):
        return has_log(path) or read_regular(note, 1000) != _looks(path)
    return True


def _looks(path: Path) -> bytes:
    found = path.stat()
    return f"{found.st_size:20} {found.st_mtime_ns:20}".encode()
