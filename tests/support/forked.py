"""Programs that a test starts without waiting for their imports: forks of a process that has done them already.

They are processes like others: their own signals, exit codes, files and memory, children of the test. Only who tests
the start itself (what is imported, options of Python and variables that it reads) has to start `subprocess.Popen`.
"""

import atexit
import ctypes
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, AnyStr

from typing_extensions import override

from tests.support.fork_server import LONGEST_BYTES

CHINWAG = (sys.executable, "-m", "tui")
QUICK_CHINWAG = (sys.executable, "-m", "tests.support.quick_chinwag")
CLOSED = -4
"""For standard input, output or errors: it is not open at all. Beside -1 to -3, PIPE, STDOUT and DEVNULL."""
_PR_SET_CHILD_SUBREAPER = 36
_LOCK = threading.Lock()


class Forked(subprocess.Popen[AnyStr]):
    """What `subprocess.Popen` is, for `python -m MODULE ...` and `python -c TEXT ...`.

    A test that fails inside of its block ends it, rather than waiting for it.
    """

    _child_created: bool
    _close_pipe_fds: Callable[..., None]

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        super().__exit__(kind, error, trace)

    def _execute_child(self, *given: Any) -> None:
        # By name: the place of some has changed between versions of Python.
        asked = inspect.signature(vars(subprocess.Popen)["_execute_child"]).bind(self, *given).arguments
        assert asked["args"][0] == sys.executable and not asked["shell"] and asked["preexec_fn"] is None
        ends = {0: asked["p2cread"], 1: asked["c2pwrite"], 2: asked["errwrite"]}
        files = {number: number if end == -1 else end for number, end in ends.items() if end != CLOSED}
        start = {
            "program": [os.fspath(argument) for argument in asked["args"][1:]],
            "environment": dict(os.environ if asked["env"] is None else asked["env"]),
            "folder": os.fspath(asked["cwd"] or Path.cwd()),
            "session": asked["start_new_session"],
            "open": list(files),
        }
        self.pid = _fork(json.dumps(start).encode(), list(files.values()))
        self._child_created = True
        self._close_pipe_fds(*(asked[name] for name in inspect.signature(self._close_pipe_fds).parameters))


def ran(
    *arguments: str,
    program: Sequence[str] = CHINWAG,
    piped: str = "",
    stdin: int = subprocess.PIPE,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end.

    Args:
        arguments: what stands after `program`.
        program: Python, `-m` or `-c`, and what follows.
        piped: what stands in standard input, unless that is something else than a pipe.
        stdin: as for `subprocess.Popen`, or CLOSED.
        stdout: likewise.
        stderr: likewise.
        more: environment variables beside those of the test.
    """
    environment = {**os.environ, **(more or {})}
    command = [*program, *arguments]
    with Forked(command, stdin=stdin, stdout=stdout, stderr=stderr, text=True, env=environment) as process:
        try:
            out, err = process.communicate(piped if stdin == subprocess.PIPE else None, timeout=60)
        finally:
            process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _fork(start: bytes, files: list[int]) -> int:
    """Let a start happen; its process id. It is given to us as a child while we take the orphans of our children."""
    assert len(start) < LONGEST_BYTES
    with _LOCK:
        server = _server()
        _take_orphans(True)
        try:
            socket.send_fds(server, [start], files)
            return int(server.recv(100))
        finally:
            _take_orphans(False)


def _take_orphans(take: bool) -> None:
    assert ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(take), 0, 0, 0) == 0


@cache
def _server() -> socket.socket:
    """Where starts are asked for; started for the first of them."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours
