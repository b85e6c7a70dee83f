"""Another system, as far as its names go: `python -m tests.support.elsewhere SYSTEM TEST...` runs tests as if there.

What only this system has is taken out of the standard library, and what the other one has besides is played. First all
of the program is loaded. The real thing it is not: paths, files and processes stay those of this system.
"""

import asyncio
import ctypes
import fcntl
import importlib
import io
import os
import pkgutil
import re
import select
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.request
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house.test_platforms import CALLS, MODULES, NAMES

_LINUX = {"waitid", "splice", "posix_fadvise", "O_PATH"}
_NEEDED = {"sched_getaffinity"}
"""What the standard library itself asks for, having found it when it was loaded."""
_kill_group = os.killpg


class _Kernel:
    """`kernel32` as far as jobs go: the id of the process, which leads a group, is its handle."""

    def __init__(self, *_: object, **__: object) -> None:
        self._processes: dict[int, int] = {}

    def AssignProcessToJobObject(self, job: Any, process: Any) -> int:  # noqa: N802  Windows' name
        self._processes[id(self)] = process.value
        return 1

    def TerminateJobObject(self, job: Any, code: Any) -> int:  # noqa: N802  Windows' name
        try:
            _kill_group(self._processes[id(self)], 9)
        except ProcessLookupError:
            return 0
        return 1

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        played = _Function()
        setattr(self, name, played)
        return played


class _Function:
    restype: Any = None

    def __call__(self, *_: object) -> Any:
        return 1

    def __getattr__(self, name: str) -> "_Function":
        return _Function()


def _refuse(self: object, *_: object) -> None:
    raise NotImplementedError


def _locking(descriptor: int, mode: int, size: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error


def as_if_on_windows() -> None:
    """Be Windows, to those who ask for the system by its names."""
    played = ModuleType("msvcrt")
    vars(played).update(locking=_locking, LK_NBLCK=2, get_osfhandle=int, kbhit=lambda: False, getwch=str)
    sys.modules["msvcrt"] = played
    for name in ("_winapi", "_overlapped", "pywintypes", "win32api", "win32con", "win32job"):
        sys.modules[name] = ModuleType(name)
    sys.modules["_winapi"].__dict__.update(CloseHandle=int)
    ours = set(NAMES["os"].split()) - {"O_BINARY", "O_NOINHERIT", "startfile"} - _NEEDED
    _without(os, ours)
    vars(os).update(O_BINARY=0, O_NOINHERIT=0)
    _without(signal, set(NAMES["signal"].split()) - {"SIGBREAK", "CTRL_C_EVENT"})
    vars(signal).update(SIGBREAK=signal.SIGTERM)
    vars(ctypes).update(WinDLL=_Kernel, windll=_Kernel(), WINFUNCTYPE=lambda *_: _Function(), get_last_error=int)
    subprocess.Popen._handle = property(lambda self: self.pid)  # type: ignore[attr-defined]
    vars(ssl).update(enum_certificates=lambda store: ())
    vars(io).update(_WindowsConsoleIO=_Function)
    vars(shutil).update(_use_fd_functions=False)
    for name in CALLS:
        setattr(asyncio.SelectorEventLoop, name, _refuse)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in ("epoll", "poll"):
        _without(select, {name})
    vars(ssl)["enum_certificates"] = lambda store: []  # of the system's store, which aiohttp reads at once
    sys.platform = "win32"
    platformdirs = importlib.import_module("platformdirs.windows")
    vars(platformdirs).update(_RESOLVE_WIN_FOLDER=platformdirs.get_win_folder_from_env_vars)
    home = Path.home()
    os.environ.update(LOCALAPPDATA=str(home / "Local"), APPDATA=str(home / "Roaming"), USERPROFILE=str(home))


def as_if_on_macos() -> None:
    """Be macOS, as `as_if_on_windows`."""
    _without(os, _LINUX)
    sys.platform = "darwin"


def _without(module: ModuleType, names: set[str]) -> None:
    for name in names & vars(module).keys():
        delattr(module, name)


def load_everything() -> int:
    """Import every module but those that say that they are for other systems; returns how many."""
    import tui

    count = 0
    for found in pkgutil.walk_packages(tui.__path__, "tui."):
        spec = importlib.util.find_spec(found.name)
        assert spec is not None and spec.origin is not None
        says = re.search(r'^assert sys\.platform (==|!=) "(\w+)"', Path(spec.origin).read_text(encoding="utf-8"), re.M)
        if found.name != "tui.__main__" and (says is None or (sys.platform == says[2]) == (says[1] == "==")):
            importlib.import_module(found.name)
            count += 1
    return count


assert zoneinfo and urllib.request  # ask, when they are loaded, how this Python was built
SYSTEMS: dict[str, Callable[[], None]] = {"win32": as_if_on_windows, "darwin": as_if_on_macos}


def main() -> int:
    """Be another system, load everything, and run the tests."""
    system, *tests = sys.argv[1:]
    SYSTEMS[system]()
    print(f"{load_everything()} modules as if on {system}")
    late = "ignore::pytest.PytestAssertRewriteWarning"  # plugins that are loaded already
    return int(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", late, *tests]))


if __name__ == "__main__":
    sys.exit(main())
