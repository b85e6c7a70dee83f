"""What an error of SQLite or of the system means for the library: damage, a disk that takes nothing, and why."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.errors import StoreError

READ_ONLY = ("it may only be read", "Check the permissions of the file and of its folder.")

_DAMAGED = ("the file is damaged", "Start Chinwag again: it keeps the file and starts a new one.")
_REASONS = {
    sqlite3.SQLITE_BUSY: ("another program has been writing to it for too long", "Close that program, then try again."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space on it; what is on the screen stays there."),
    sqlite3.SQLITE_IOERR: (
        "the disk refused it, as a full or a failing one does",
        "Check the disk's space and health.",
    ),
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened or made", "Check the permissions of its folder."),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNWRITABLE = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
)
_UNWRITABLE_ERRNO = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT})


def is_damage(error: OSError | sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is broken."""
    return _code(error) in _DAMAGE


def forbids_writing(error: OSError | sqlite3.Error) -> bool:
    """Whether a library that gave this error may still be read: a full disk, or rights that allow no more."""
    return error.errno in _UNWRITABLE_ERRNO if isinstance(error, OSError) else _code(error) in _UNWRITABLE


def reason_and_hint(error: OSError | sqlite3.Error) -> tuple[str, str]:
    """Why the library cannot be used, as the end of a sentence, and one that says what to do about it."""
    if isinstance(error, sqlite3.Error):
        return _REASONS.get(_code(error), (str(error), ""))
    if isinstance(error, TimeoutError):
        return "another Chinwag is still opening it", "Try again when it has started."
    return error.strerror or str(error), "Check its folder, or set CHINWAG_DATA_DIR to another one."


@contextmanager
def in_words(path: Path, doing: str) -> Iterator[None]:
    """Raise StoreError in the place of SQLite's errors: the library `path` could not be what `doing` says, and why."""
    try:
        yield
    except sqlite3.Error as error:
        reason, hint = reason_and_hint(error)
        raise StoreError(f"The library {path} could not be {doing}: {reason}.", hint) from error


def _code(error: OSError | sqlite3.Error) -> int:
    """SQLite's result code without its extension, which stands above the low byte; 0 for errors of Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
