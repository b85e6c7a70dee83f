"""Finds out in which state the library's file is, and makes it usable, before anything is written to it.

A file of a newer Chinwag or of another program is refused untouched. A damaged one is moved aside, never overwritten.
Nothing here opens an existing database file except through SQLite: closing such a file would drop SQLite's own locks.
"""

import math
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from tui.errors import StoreError
from tui.files import regular_size
from tui.store.backups import backups, copy, flush, new_file, part_of, unused
from tui.store.connection import connect
from tui.store.faults import forbids_writing, is_damage
from tui.store.integrity import beside, fault_of, has_log
from tui.store.migrations import APPLICATION_ID, OLDEST_READABLE, VERSION, read_as_newest, version_of

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs", "vboxsf"}
)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a library of ours where nothing can be written, not even the shared memory beside it.

    Raises:
        StoreError: the file belongs to another Chinwag, newer or older, or to another program.
        sqlite3.Error: it cannot be read, as when its rollback journal cannot be played back there.
    """
    connection = connect(path, mode="ro")
    try:
        if not _is_readable(connection):
            connection.close()
            connection = _connect_alone(path)
        _refuse_foreign(path, connection)
        if version_of(connection) < OLDEST_READABLE:
            raise StoreError(
                f"The library {path} was written by an older Chinwag, and its format cannot be changed there.",
                "Set CHINWAG_DATA_DIR to a folder with a copy of it.",
            )
        read_as_newest(connection)
    except (StoreError, sqlite3.Error):
        connection.close()
        raise
    return connection


def _is_readable(connection: sqlite3.Connection) -> bool:
    try:
        version_of(connection)
    except sqlite3.OperationalError as error:
        if not forbids_writing(error):
            raise
        return False
    return True


def _connect_alone(path: Path) -> sqlite3.Connection:
    """Open a file that has no shared memory beside it, and where none can be made: no other program has it open.

    Source: sqlite.org/wal.html, "Use of WAL Without Shared-Memory" for a log that was left; the file alone can be
    taken for one that never changes.
    """
    if not has_log(path):
        return connect(path, mode="ro&immutable=1")
    connection = connect(path, mode=f"ro&vfs={'win32' if os.name == 'nt' else 'unix'}-none")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def ready(path: Path, *, check_s: float) -> str:
    """Make sure that `path` is a library of ours that can be opened for writing, or an empty file.

    Call it while no other process opens the library. `check_s` is how long to look for damage, see `fault_of`.

    Returns:
        A sentence for a banner when a damaged library was moved aside, else "".

    Raises:
        StoreError: the file belongs to a newer Chinwag or to another program; it is left as it is.
        OSError, sqlite3.Error: it is no file, or cannot be read or made.
    """
    damage = _damage(path, check_s)
    notice = rescue(path, damage) if damage else ""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return notice


def _damage(path: Path, check_s: float) -> str:
    """Why the file cannot be a library ("" when it can)."""
    size_bytes = regular_size(path)
    if not size_bytes:
        # SQLite takes an empty file for an empty database: a lost history would look like a first start.
        had_more = beside(path, "-wal").exists() or (size_bytes is not None and backups(path))
        return "the file is empty, but there is more beside it" if had_more else ""
    try:
        with closing(connect(path, mode="ro")) as connection:
            _refuse_foreign(path, connection)
            return fault_of(path, connection, check_s)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        if "readonly" in str(error):  # a hot rollback journal: only a writer can play it back
            return ""
        raise


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    version = version_of(connection)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreError(
            f"{path} is a database of another program. It was not touched.",
            "Move it away, or set CHINWAG_DATA_DIR to another folder.",
        )
    if version > VERSION:
        raise StoreError(
            f"The library {path} was written by a newer Chinwag: its format is {version},"
            f" this one reads up to {VERSION}. It was not touched.",
            "Update Chinwag, or set CHINWAG_DATA_DIR to another folder.",
        )


def rescue(path: Path, damage: str) -> str:
    """Put what can be read of a damaged library in its place, or else the newest good backup; it is moved aside.

    It stays where it is until what follows it is whole: a full disk or a kill in between must not look like a first
    start the next time.

    Raises:
        OSError, sqlite3.Error: nothing has changed.
    """
    aside, successor = unused(path, "corrupt"), part_of(path, "rescue")
    try:
        came = _make_successor(path, successor)
    except BaseException:
        for file in (successor, beside(successor, "-journal")):
            file.unlink(missing_ok=True)
        raise
    for suffix in ("", "-wal", "-journal"):
        file = beside(path, suffix)
        if file.exists() and (not suffix or file.stat().st_size):
            file.rename(beside(aside, suffix))
    _sweep(path)
    if successor.exists():
        successor.rename(path)
    return f"The library was damaged ({damage}). It was kept as {aside}; {came}"


def _make_successor(path: Path, successor: Path) -> str:
    """Make the file that takes the place of a damaged library, if there can be one; says what it is."""
    made = backups(path)
    if saved := read_damaged(path, successor):
        more = f" If too much is missing: chinwag restore {made[-1].path}" if made else ""
        return f"{saved} messages could be read and are here.{more}"
    for backup in reversed(made):
        with suppress(sqlite3.DatabaseError):
            _take_copy(backup.path, successor)
            return f"the backup {backup.path.name} was opened instead."
    none = "none of the backups is whole" if made else "there is no backup"
    return (
        f"nothing in it could be read and {none}, so that a new one was started."
        " If you have a copy of your own: chinwag restore FILE; what else there is to do says: chinwag doctor"
    )


def read_damaged(damaged: Path, successor: Path) -> int:
    """Make a library of what can be read of a damaged one; returns how many messages (none: there is no file)."""
    if not regular_size(damaged) and has_log(damaged):
        # All of it may stand in the log, which SQLite deletes beside an empty file: it takes one byte for none, too.
        damaged.write_bytes(bytes(512))
    if not damaged.exists():
        return 0
    from tui.store.salvage import salvage

    with closing(connect(damaged, mode="ro")) as source, closing(connect(new_file(successor))) as target:
        saved = salvage(source, target)
    if saved:
        flush(successor)
    else:
        successor.unlink()
    return saved


def _sweep(path: Path) -> None:
    """Remove the side files that hold nothing: a reader makes them, and cannot take them away again."""
    wal = beside(path, "-wal")
    if not wal.exists() or not wal.stat().st_size:
        wal.unlink(missing_ok=True)
        beside(path, "-shm").unlink(missing_ok=True)


def _take_copy(backup: Path, successor: Path) -> None:
    """Copy a backup that is whole. Raises sqlite3.DatabaseError when it is not."""
    with closing(connect(backup, mode="ro")) as connection:
        if fault := fault_of(backup, connection, math.inf):
            raise sqlite3.DatabaseError(fault)
        copy(connection, successor)


def on_network(path: Path, mounts: str | None = None) -> bool:
    """Whether the file lies on a network file system, where WAL's shared memory does not work.

    `mounts` is the text of /proc/self/mounts; None reads it. Without /proc the answer is False.
    Source: sqlite.org/wal.html, "all processes using a database must be on the same host computer".
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
    kinds = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        kinds[Path(point.replace("\\040", " "))] = kind
    for folder in path.resolve().parents:
        if folder in kinds:
            return kinds[folder] in _NETWORK or kinds[folder].startswith("fuse.")
    return False
