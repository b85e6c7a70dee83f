"""A disk that fails at a write of SQLite's: the process dies there, before it or in the middle, or the disk is full.

SQLite on Unix lets what it calls be replaced (`xSetSystemCall` of its VFS), for exactly that: nothing above the system
is simulated. Where Python has SQLite in itself, or the system has another VFS, there is none (`can_fail`).
"""

import _sqlite3
import ctypes
import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A folder in memory, where there is one: what a process has written outlives it there as well, and nothing waits."""

Failure = Literal["kill", "torn", "full"]
_WRITES = ("write", "pwrite", "pwrite64")
_CHANGES = ("ftruncate", "unlink")
_SHAPES: dict[str, Any] = {
    "write": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t),
    "pwrite": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64),
    "pwrite64": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64),
    "ftruncate": (ctypes.c_int, ctypes.c_int, ctypes.c_int64),
    "unlink": (ctypes.c_int, ctypes.c_char_p),
}


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, as far as it is needed; sqlite.org/c3ref/vfs.html."""

    _fields_ = (
        ("version", ctypes.c_int), ("file_bytes", ctypes.c_int), ("longest", ctypes.c_int), ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("calls", ctypes.c_void_p * 13),
        ("set_call", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)),
        ("get_call", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)),
    )  # fmt: skip


def _vfs() -> Any:
    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    find = library.sqlite3_vfs_find
    find.restype = ctypes.POINTER(_Vfs)
    return find(None)


def can_fail() -> bool:
    """Whether SQLite can be made to fail here."""
    try:
        return bool(_vfs().contents.version >= 3 and _vfs().contents.name == b"unix")
    except (AttributeError, OSError):
        return False


class Disk:
    """Counts what SQLite of this process writes, and fails at one of the writes.

    Args:
        at: the number of the write, from 1; 0 for none.
        failure: the process is killed before it, or after half of it, or that write and all that follow are refused.

    Attributes:
        writes: how many there were.
    """

    def __init__(self, at: int, failure: Failure) -> None:
        self.writes = 0
        self._at = at
        self._failure = failure
        self._kept: list[Any] = []  # what C calls must not be collected
        vfs = _vfs()
        for name in (*_WRITES, *_CHANGES):
            address = vfs.contents.get_call(vfs, name.encode())
            if address:
                shape = ctypes.CFUNCTYPE(*_SHAPES[name], use_errno=True)
                replacement = shape(self._failing(shape(address), is_write=name in _WRITES))
                self._kept.append(replacement)
                vfs.contents.set_call(vfs, name.encode(), ctypes.cast(replacement, ctypes.c_void_p))

    def heal(self) -> None:
        """Nothing fails any more."""
        self._at = 0

    def _failing(self, real: Callable[..., int], *, is_write: bool) -> Callable[..., int]:
        def call(*given: Any) -> int:
            self.writes += 1
            if self._at and self.writes >= self._at:
                if self._failure == "full":
                    if is_write:
                        ctypes.set_errno(errno.ENOSPC)
                        return -1
                else:
                    if self._failure == "torn" and is_write:
                        file, data, size, *place = given
                        real(file, data, size // 2, *place)
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*given)

        return call
