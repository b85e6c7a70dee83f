"""Starts of Python programs that have imported the whole of Chinwag: `python -m tests.support.fork_server SOCKET`.

Each start is a fork of this process, so that the imports, most of the time of a start, are done once.
`tests.support.forked` asks for them.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import sys
import time
from types import ModuleType
from typing import Any

LONGEST_BYTES = 100_000
"""Of a request: a datagram of JSON."""
_NO_PARTS = ("__main__", "windows_")
"""How those are called that do more than define something when they are imported, or that only Windows can import."""


def main() -> None:
    """Fork until nobody can ask any more; a fork runs what was asked for, and ends as Python ends."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    kept: list[Any] = []
    atexit.register(_leave_standing, kept)  # the first of them, which runs last
    _import_all(kept)
    gc.collect()
    gc.freeze()  # no collection of a fork has to look at it, nor to copy its pages
    while request := _received(requests):
        start, files = request
        if fork := _forked():
            for file in files:
                os.close(file)
            requests.send(str(fork).encode())
        else:
            requests.close()
            _take_over(start, files)
            return _run(start["program"])
    return None


def _import_all(kept: list[Any]) -> None:
    """Import Chinwag; the modules that this took are put into a list."""
    import tui

    before = set(sys.modules)
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.rpartition(".")[2].startswith(_NO_PARTS):
            importlib.import_module(module.name)
    kept += [module for name, module in sys.modules.items() if name not in before]
    kept.append(kept)  # so that nothing of it ever goes


def _leave_standing(kept: list[Any]) -> None:
    """Spare a fork that ends the taking apart of modules: it would copy their memory first, half the cost of a fork."""
    names = {id(module): name for name, module in sys.modules.items()}
    for name in [names[id(module)] for module in kept if id(module) in names]:
        del sys.modules[name]


def _received(requests: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    text, files, _, _ = socket.recv_fds(requests, LONGEST_BYTES, 3)
    return (json.loads(text), files) if text else None


def _forked() -> int:
    """Fork twice: the process between ends before its child begins, which then is a child of who asked.

    Returns:
        The process id of the fork; in the fork, 0.
    """
    ours, theirs = os.pipe()
    gate, opener = os.pipe()
    if between := os.fork():
        os.close(theirs)
        os.close(gate)
        os.waitpid(between, 0)
        os.close(opener)
        with os.fdopen(ours) as told:
            return int(told.read())
    os.close(ours)
    os.close(opener)
    if fork := os.fork():
        os.write(theirs, str(fork).encode())
        os._exit(0)
    os.close(theirs)
    os.read(gate, 1)
    os.close(gate)
    return 0


def _take_over(start: dict[str, Any], files: list[int]) -> None:
    """Become a process of its own: session, folder, environment, and what it reads and writes."""
    if start["session"]:
        os.setsid()
    os.chdir(start["folder"])
    os.environ.clear()
    os.environ.update(start["environment"])
    time.tzset()
    for number in range(3):
        os.close(number)
    for number, file in zip(start["open"], files, strict=True):
        os.dup2(file, number)
        os.close(file)
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        was, stream = getattr(sys, name), None
        if number in start["open"]:
            by_line = 1 if name == "stderr" else -1
            stream = os.fdopen(number, mode, by_line, was.encoding, was.errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(program: list[str]) -> None:
    """Run what stands after `python`: `-m MODULE ...` or `-c TEXT ...`."""
    kind, what, *arguments = program
    sys.argv = [kind, *arguments]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = module = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), vars(module))


if __name__ == "__main__":
    main()
