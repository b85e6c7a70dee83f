"""Copies of the library beside it: made while it is in use, kept by what they were made for, and listed.

A copy is made by SQLite's online backup, in small steps, and gets its name when it is whole and was found sound: one
that a crash or a full disk cut short is never taken for a backup. Knows files and connections, and no table.
"""

import math
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Literal, get_args

from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.figures import size
from tui.files import SAFELY, hold
from tui.pattern import pattern
from tui.store.connection import StoppedError, connect
from tui.store.integrity import beside, fault_of

BackupKind = Literal["daily", "migration", "import", "restore", "repair"]
"""What a copy was made for: the day, or what was about to change the library."""

KINDS: tuple[BackupKind, ...] = get_args(BackupKind)
KEPT = 3
"""How many of each kind are kept, but for those of days, whose number is a setting."""

RESERVE_BYTES = 64 << 20
"""So much is left of a disk beside a copy: the library itself must grow."""

Step = Callable[[int, int], None]
"""Told after each step how many pages are copied, and of how many; may raise StoppedError."""

_STEP_PAGES = 256
_NAME = pattern(rf"\.backup-(\d{{8}}T\d{{12}}Z)(?:-({'|'.join(KINDS)}))?")
_MOMENT = "%Y%m%dT%H%M%S%fZ"
_ABANDONED_S = 86_400
_LONGEST_REST_S = 0.25
_SAME_S = 1.0
"""File systems give times of a coarser clock than ours."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy of the library; `made` is when it was begun."""

    path: Path
    kind: BackupKind
    made: datetime
    size_bytes: int


class Pace:
    """A `Step` that lets others have the disk and a core, and ends the copy when it is told to.

    Args:
        rest: how long to rest after each step, in times of what it took.
        report: is told how far it is.
    """

    def __init__(self, rest: float = 0.0, report: Step = lambda done, total: None) -> None:
        self._rest = rest
        self._report = report
        self._stopped = Event()
        self._began_s = time.perf_counter()

    def stop(self) -> None:
        """End the copy at its next step; from any thread."""
        self._stopped.set()

    def __call__(self, done: int, total: int) -> None:
        """Rest. Raises StoppedError."""
        self._report(done, total)
        took_s = min(time.perf_counter() - self._began_s, _LONGEST_REST_S)
        if self._stopped.wait(took_s * self._rest):
            raise StoppedError
        self._began_s = time.perf_counter()


def backups(path: Path) -> list[Backup]:
    """The copies beside a library, the oldest first."""
    found = []
    for file in path.parent.glob(f"{path.name}.backup-*"):
        if match := _NAME.fullmatch(file.name.removeprefix(path.name)):
            with suppress(OSError, ValueError):
                made = datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC)
                kind: BackupKind = next((kind for kind in KINDS if kind == match[2]), "migration")
                found.append(Backup(file, kind, made, file.stat().st_size))
    return sorted(found, key=lambda one: (one.made, one.path.name))


def unused(path: Path, word: str, kind: str = "") -> Path:
    """A name beside a library that says when, such as "chats.db.corrupt-20261129T214203123456Z"."""
    moment = datetime.now(UTC).strftime(_MOMENT)
    return beside(path, f".{word}-{moment}{f'-{kind}' if kind else ''}")


def part_of(path: Path, word: str) -> Path:
    """A name for what is being made beside a library, and is swept away when a killed process has left it."""
    return beside(unused(path, word), ".part")


def back_up(path: Path, connection: sqlite3.Connection, kind: BackupKind, *, kept: int = KEPT) -> Backup:
    """Copy an open library beside it, however long it takes, and drop all but the newest copies of this kind.

    Raises:
        OSError, sqlite3.Error: there is no copy.
    """
    target = unused(path, "backup", kind)
    copy(connection, target)
    made = next(one for one in backups(path) if one.path == target)
    drop_oldest(path, kind, kept)
    return made


def back_up_in_use(path: Path, kind: BackupKind, *, kept: int = KEPT, step: Step = lambda done, total: None) -> Backup:
    """The same of a library that is in use, on a connection of its own, with a look at what it holds.

    When nothing has changed since the newest copy, that one is returned.

    Raises:
        StoreError: the library is damaged, or there is no room; the copies that there are stay.
        OSError, sqlite3.Error: there is no copy.
    """
    if newest := unchanged_since(path):
        return newest
    sweep_parts(path)
    require_room(path.parent, path.stat().st_size)
    target = unused(path, "backup", kind)
    copy_in_use(path, target, step)
    made = next(one for one in backups(path) if one.path == target)
    drop_oldest(path, kind, kept)
    return made


def unchanged_since(path: Path) -> Backup | None:
    """The newest copy, when the library was not written to since; one of the future tells nothing."""
    now = datetime.now(UTC)
    made = [one for one in backups(path) if one.made <= now]
    if not made:
        return None
    newest = made[-1]
    changed_s = max(file.stat().st_mtime for file in (path, beside(path, "-wal")) if file.exists())
    return newest if changed_s < newest.made.timestamp() - _SAME_S else None


def due(path: Path, today: date) -> bool:
    """Whether there is no copy of this (local) day yet."""
    # Not the newest one alone: a clock that was wrong once may have left one of the future.
    return not any(one.kind == "daily" and one.made.astimezone().date() == today for one in backups(path))


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Whether this is the one that makes a copy now, of all windows; it stays so until the end."""
    lock = beside(path, ".copying")
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | SAFELY, 0o600)
    ours = hold(descriptor)
    try:
        yield ours
    finally:
        os.close(descriptor)
        if ours:  # who has opened it by now looks again whether there is a copy, and finds one
            with suppress(OSError):
                lock.unlink()


def drop_oldest(path: Path, kind: BackupKind, kept: int, spared: timedelta = timedelta()) -> None:
    """Remove all copies of a kind but the newest, and but those that are not older than `spared`."""
    of_kind = [one for one in backups(path) if one.kind == kind]
    for old in of_kind[: max(len(of_kind) - kept, 0)]:
        if old.made <= datetime.now(UTC) - spared:
            old.path.unlink(missing_ok=True)  # another window may have been faster


def sweep_parts(path: Path) -> None:
    """Remove what a killed process has left half-written."""
    for part in path.parent.glob(f"{path.name}.*.part*"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED_S:
                part.unlink()


def require_room(folder: Path, size_bytes: int) -> None:
    """Raise StoreError when a disk has no room for so much, and some to spare."""
    if (free := shutil.disk_usage(folder).free) < size_bytes + RESERVE_BYTES:
        raise StoreError(
            f"There is no room in {folder} for a copy of the library: {size(size_bytes)} are needed,"
            f" with {size(RESERVE_BYTES)} to spare, and {size(free)} are free.",
            "Free some space on that disk.",
        )


def copy_in_use(path: Path, target: Path, step: Step = lambda done, total: None) -> None:
    """Copy a library as it is at one moment, while others write to it.

    Raises:
        StoreError: it is damaged.
        OSError, sqlite3.Error: there is no copy.
    """
    with closing(connect(path, mode="ro")) as source:
        if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            # What is read in one transaction stays as it is, and a copy of it never begins anew; writers go on.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            pages = _STEP_PAGES
        else:  # writers wait for a reader: the shortest way is at once
            pages = -1
        copy(source, target, pages=pages, step=step, check=True)


def copy(
    source: sqlite3.Connection,
    target: Path,
    *,
    pages: int = -1,
    step: Step = lambda done, total: None,
    check: bool = False,
) -> None:
    """Copy an open library to a file, which gets its name when it is whole.

    Args:
        source: an open connection.
        target: there must be nothing of that name.
        pages: how many are copied at a step; -1 for all.
        step: is told how far it is; also asked, with the whole of it, while the copy is looked at.
        check: look at every page of the copy.

    Raises:
        StoreError: it was found to be damaged.
        OSError, sqlite3.Error: it could not be read or written.
    """
    part = new_file(beside(target, ".part"))
    try:
        with closing(connect(part)) as copied:
            copied.execute("PRAGMA synchronous = OFF")  # the file is flushed as a whole below
            source.backup(copied, pages=pages, progress=lambda _, left, total: step(total - left, total))
            copied.execute("PRAGMA journal_mode = DELETE")
            if check:
                _require_sound(part, copied, step)
        flush(part)
        part.rename(target)
    except BaseException:
        for file in (part, beside(part, "-journal")):
            file.unlink(missing_ok=True)
        raise
    flush(target.parent)


def _require_sound(part: Path, copied: sqlite3.Connection, step: Step) -> None:
    total = copied.execute("PRAGMA page_count").fetchone()[0]
    raised: list[StoppedError] = []

    def stopped() -> bool:  # SQLite passes on no exception of its callbacks
        try:
            step(total, total)
        except StoppedError as error:
            raised.append(error)
        return bool(raised)

    fault = fault_of(part, copied, math.inf, stopped)
    if raised:
        raise raised[0]
    if fault:
        raise StoreError(
            f"The library is damaged ({fault}), so no copy of it was kept. The copies made before are untouched.",
            "Run: chinwag doctor --repair",
        )


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk; where a folder cannot be flushed, nothing is done."""
    if sys.platform == "win32":
        if path.is_dir():  # no program can: NTFS has its names in a journal
            return
        descriptor = os.open(path, os.O_RDWR | SAFELY)  # one that only reads flushes nothing there
    else:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def new_file(path: Path) -> Path:
    """An empty file that only its owner may read."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path
