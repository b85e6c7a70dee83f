"""The program that stands between us and one server: it starts it, and ends it with all its children when we are gone.

It is run as a file, not imported, in a session of its own: `guardian.py DESCRIPTOR GRACE_S PROGRAM ARGUMENT...`. The
server inherits its standard input, output and error, which it then closes itself: nothing passes through here. The
descriptor is a socket to us:

- when our end closes, however we ended, the server has `GRACE_S` to end by itself (its standard input has ended, too),
  then `GRACE_S` after a SIGTERM; then everything below is killed, this program with it: on Linux also what has left the
  process group for a session of its own, which has `GRACE_S` after a SIGTERM, too, elsewhere what is in the group;
- it writes one line, then ends in the same way: `exit CODE` when the server has ended (-n: by signal n), or
  `error TEXT` when it could not be started.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress

assert sys.platform != "win32"  # there it is `windows_guard`

_ADOPT = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2): who has lost its parent is ours from then on, rather than the system's."""
_KILLING_S = 1.0
"""For what forks as fast as it is killed, or may not be killed by us, or hangs in the system."""


def main() -> None:
    """Start the server, wait for its end or ours, and leave nothing behind."""
    line, grace_s, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.set_inheritable(line, False)
    wake = _wake_on_ended_child()
    _adopt()
    child = os.fork()
    if not child:
        _become(command, line)
    _let_go_of_pipes()
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # it is sent to the group, and we are the last in it
        signal.signal(ignored, lambda *_: None)
    code = _code_after(wake, line, child)
    if code is None:
        code = _end(wake, child, grace_s)
    if code is not None:
        _write(line, f"exit {code}\n")
    _end_all_below(wake, grace_s)
    os.killpg(0, signal.SIGKILL)


def _adopt() -> None:
    """Have all that come from the server stay below this program, whatever session they begin."""
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(_ADOPT, 1, 0, 0, 0)
        except (ImportError, OSError, AttributeError):  # a Python or a C library without it: the group has to do
            return


def _end_all_below(wake: int, grace_s: float) -> None:
    """Kill our children until there are none: those of one that was killed are ours next.

    Each that has left the group, which no SIGTERM has reached, gets one, and the grace.
    """
    asked: set[int] = set()
    kill_all = time.monotonic() + grace_s
    until = kill_all + _KILLING_S
    while (children := _children()) and (now := time.monotonic()) < until:
        apart = {pid for pid in children if _has_left(pid)} if now < kill_all else set()
        for pid in apart - asked:
            _send(pid, signal.SIGTERM)
        asked |= apart
        killed = [pid for pid in children if pid not in apart]
        for pid in killed:
            _send(pid, signal.SIGKILL)
        if select.select([wake], [], [], 0.05 if killed else kill_all - now)[0]:
            os.read(wake, 512)
        _reap()


def _has_left(pid: int) -> bool:
    try:
        return os.getpgid(pid) != os.getpgrp()
    except OSError:  # it has gone
        return False


def _send(pid: int, number: int) -> None:
    with suppress(OSError):  # it has gone, or become somebody else's
        os.kill(pid, number)


def _children() -> list[int]:
    """Those of this program, also ended ones; none where the system does not say."""
    try:
        with open("/proc/thread-self/children", "rb") as file:  # noqa: PTH123  pathlib is slow to load
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _wake_on_ended_child() -> int:
    """A descriptor that can be read as soon as a child has ended."""
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    return wake


def _become(command: list[str], line: int) -> None:
    """Be the server; says why if it cannot be."""
    for ours in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a program inherits what is ignored
        signal.signal(ours, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        _write(line, f"error {error.strerror}\n")
    os._exit(127)


def _let_go_of_pipes() -> None:
    """Hold no end of the server's pipes, so that their ends are seen."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _code_after(wake: int, line: int, child: int) -> int | None:
    """The server's exit code once it has ended, or None once we are gone."""
    while (code := _code(child)) is None:
        readable = select.select([wake, line], [], [])[0]
        if wake in readable:
            os.read(wake, 512)
        if line in readable and not _read(line):
            return None
    return code


def _end(wake: int, child: int, grace_s: float) -> int | None:
    code = _code_within(wake, child, grace_s)
    if code is None:
        os.killpg(0, signal.SIGTERM)
        code = _code_within(wake, child, grace_s)
    return code


def _code_within(wake: int, child: int, grace_s: float) -> int | None:
    until = time.monotonic() + grace_s
    while (code := _code(child)) is None and (left_s := until - time.monotonic()) > 0:
        if select.select([wake], [], [], left_s)[0]:
            os.read(wake, 512)
    return code


def _code(child: int) -> int | None:
    return _reap().get(child)


def _reap() -> dict[int, int]:
    """The exit codes of all children, adopted ones too, that have ended since."""
    codes: dict[int, int] = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            codes[found[0]] = os.waitstatus_to_exitcode(found[1])
    except ChildProcessError:  # that was the last
        pass
    return codes


def _read(line: int) -> bytes:
    try:
        return os.read(line, 512)
    except OSError:  # our end was torn down
        return b""


def _write(line: int, text: str) -> None:
    try:
        os.write(line, text.encode(errors="replace"))
    except OSError:  # nobody is there to read it
        return


if __name__ == "__main__":
    main()
