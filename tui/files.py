"""Files read and written safely: nothing that is no file is waited for, nothing is left half-written or open to others.

Standard library only. What goes wrong is an `OSError` whose `strerror` can stand in a sentence.
"""

import errno
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 8 << 20
"""The longest file that is read whole: a configuration, a theme, a list of models."""

LOCK_WAIT_S = 20.0
"""How long a second Chinwag waits, such as while the first one opens, checks or migrates the library."""

_LONGEST_PREFIX = 60
"""Characters, of four bytes at most: with what makes it unique, a name has 255 bytes."""

_TRY_AGAIN_S = 0.02
_IN_USE_S = 1.0
_LOCKED_BYTE = 1 << 30
"""Far behind what stands in any file that is locked: Windows lets nobody else read a byte that is."""

if sys.platform == "win32":
    SAFELY = os.O_BINARY | os.O_NOINHERIT
else:
    SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Flags of `os.open` for a file of ours: no link is followed, a pipe is not waited for, programs do not inherit it, and
no line end is changed. Windows makes links only for those who may make any, and has no pipes among its files."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def expanded(text: str) -> Path:
    """A path as a person typed it, with `~` for a home; one of a user that there is not stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111  Path.expanduser raises for such a user


def regular_size(path: Path) -> int | None:
    """The bytes of a file, links followed; None when there is nothing of that name.

    Raises:
        OSError: it is a folder, a pipe, a device or a socket, or its links go round in circles.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    _require_regular(path, found)
    return found.st_size


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone (0700).

    `Path.mkdir` gives its mode to the last one only.

    Raises:
        OSError: as `Path.mkdir`.
    """
    for folder in reversed((path, *path.parents)):
        if folder == path or not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; False for a name that no file system takes, where `Path` raises."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Whether there is anything of that name; False for a name that no file system takes, where `Path` raises."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_regular(path: Path, limit_bytes: int = MOST_BYTES) -> bytes:
    """The content of a file, links followed.

    Raises:
        OSError: there is none (`FileNotFoundError`), it cannot be read, it is a folder, a pipe, a device or a socket,
            or it is longer than `limit_bytes`.
    """
    _require_regular(path, path.stat())  # before opening, which alone makes some devices act
    with open(path, "rb", opener=_without_waiting) as file:
        _require_regular(path, os.fstat(file.fileno()))
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {limit_bytes / 1e6:.0f} MB", str(path))
    return data


def _without_waiting(path: str, flags: int) -> int:
    if sys.platform == "win32":
        return os.open(path, flags)
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def create_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a new file that only its owner may read; without `sync` a loss of power may take it.

    Raises:
        OSError: there is something of that name (`FileExistsError`), or it cannot be written whole; no part is left.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | SAFELY, 0o600)
    try:
        _write(descriptor, data, sync=sync)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise


def replace_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file that only its owner may read; an old one, or a link, stays as it was until the new one is whole.

    Without `sync` that does not hold for a loss of power.

    Raises:
        OSError: what is there is no file, or it cannot be written; nothing has changed then.
    """
    regular_size(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST_PREFIX]}.", dir=path.parent)  # 0600
    part = Path(name)
    try:
        _write(descriptor, data, sync=sync)
        move_over(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


@contextmanager
def growing_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A file that is written piece by piece, and gets its name when it is whole; else nothing of it is left.

    Raises:
        OSError: there is something of that name (`FileExistsError`, unless `overwrite`), what is there is no file, or
            it cannot be written.
    """
    if os.path.lexists(path):
        if not overwrite:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        regular_size(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST_PREFIX]}.", dir=path.parent)  # 0600
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if not overwrite and os.path.lexists(path):  # since it was begun
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        move_over(part, path)
    finally:
        with suppress(OSError):
            part.unlink()


def move_over(part: Path, path: Path) -> None:
    """Give a file the name of another one, which is no more then.

    Raises:
        OSError: it cannot be done; on Windows also when another program has that one open for longer than a second.
    """
    until = time.monotonic() + _IN_USE_S
    while True:
        try:
            part.replace(path)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
        time.sleep(_TRY_AGAIN_S)


def _write(descriptor: int, data: bytes, *, sync: bool) -> None:
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_regular(path: Path, found: os.stat_result) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, f"it is {_KINDS.get(kind, 'something else')}, not a file", str(path))


def hold(descriptor: int) -> bool:
    """Lock a file until it is closed.

    Returns:
        Whether it is now ours; True also where the file system cannot lock, where no process can hold it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return sys.platform != "win32"  # where each is said to be one, and Wine gives no reason
    return True


@contextmanager
def alone(path: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Hold the lock file `path`, so that those who do it take turns, in one process or in several.

    Raises:
        TimeoutError: another process held it for longer than `wait_s`.
        OSError: the lock file cannot be created.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | SAFELY, 0o600)
    try:
        until = time.monotonic() + wait_s
        while not hold(descriptor):
            if time.monotonic() > until:
                raise TimeoutError(f"{path} is held by another process")
            time.sleep(_TRY_AGAIN_S)
        yield
    finally:
        os.close(descriptor)
