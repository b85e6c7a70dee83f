"""Puts another file in the place of the library, when nobody has it open; the old one is kept, and nothing is between.

Knows files, locks and the connection that closes the library's log.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from tui.errors import StoreError
from tui.files import alone, make_private_folder, move_over, regular_size
from tui.store.backups import KEPT, BackupKind, Step, drop_oldest, flush, new_file, part_of, require_room, unused
from tui.store.connection import connect, watched
from tui.store.faults import is_damage, reason_and_hint
from tui.store.instances import Instance
from tui.store.integrity import beside

_SPARED = timedelta(days=7)
"""Who puts back one copy after the other, to find the best, finds the library from before the first of them, too."""


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Let no Chinwag open the library meanwhile.

    Raises:
        StoreError: one has it open.
        OSError: its folder cannot be made or written.
    """
    make_private_folder(path.parent)
    try:
        with alone(beside(path, ".lock")):
            if Instance(path.with_name("running")).others()[0]:
                raise _in_use(path, "another Chinwag")
            yield
    except TimeoutError as error:
        reason, hint = reason_and_hint(error)
        raise StoreError(f"The library {path} cannot be changed: {reason}.", hint) from None


def _in_use(path: Path, by: str) -> StoreError:
    return StoreError(f"The library {path} is open in {by}. Nothing was changed.", "Close that, then do it again.")


def settle(path: Path) -> None:
    """Bring what stands in the log into the file, so that the file is all there is of the library.

    Raises:
        StoreError: another program has it open.
        sqlite3.Error: it cannot be read or written.
    """
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise _in_use(path, "another program") from None
    for suffix in ("-wal", "-shm", "-journal"):  # nobody has them open, and they hold nothing
        beside(path, suffix).unlink(missing_ok=True)


def replace_library(path: Path, new: Path, kind: BackupKind) -> Path | None:
    """Put the file `new` in the place of the library, while `alone_with` holds.

    Returns:
        Where the library before is kept; None when there was none.

    Raises:
        StoreError: another program has it open.
        OSError, sqlite3.Error: it stays as it was.
    """
    kept = _keep(path, kind)
    os.utime(new)  # it is newer than the copy of what was there, which must not be taken for a copy of it
    move_over(new, path)
    flush(path.parent)
    drop_oldest(path, kind, KEPT, _SPARED)
    return kept


def _keep(path: Path, kind: BackupKind) -> Path | None:
    there = regular_size(path) is not None
    kept = unused(path, "backup", kind)
    try:
        if there:
            settle(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        kept = unused(path, "corrupt")
    for suffix in ("-wal", "-journal", "-shm"):  # of one that is damaged or gone: SQLite would play it into the new one
        if beside(path, suffix).exists():
            beside(path, suffix).rename(beside(kept, suffix))
    if not there:
        return None
    try:  # under both names until the new one takes its own: no moment is without a library
        os.link(path, kept)
    except OSError:  # such as FAT
        shutil.copyfile(path, new_file(beside(kept, ".part")))
        beside(kept, ".part").rename(kept)
    return kept


def vacuum(path: Path, step: Step = lambda done, total: None) -> tuple[int, int]:
    """Write the library anew without the room that deleted chats have left, while `alone_with` holds.

    Args:
        path: the library's file.
        step: is told how many bytes of about how many are written; may raise StoppedError, and nothing has changed.

    Returns:
        Its bytes before and after.

    Raises:
        StoreError: there is no room, or another program has it open.
        OSError, sqlite3.Error: it stays as it was.
    """
    settle(path)
    before = path.stat().st_size
    require_room(path.parent, before)
    part = new_file(part_of(path, "vacuum"))
    try:
        _write_anew(path, part, step)
        flush(part)
        move_over(part, path)
    finally:
        for file in (part, beside(part, "-journal")):
            file.unlink(missing_ok=True)
    flush(path.parent)
    return before, path.stat().st_size


def _write_anew(path: Path, part: Path, step: Step) -> None:
    total = path.stat().st_size
    with (
        closing(connect(path)) as connection,
        watched(connection, lambda: step(min(part.stat().st_size, total), total)),
    ):
        connection.execute("VACUUM INTO ?", (str(part),))
