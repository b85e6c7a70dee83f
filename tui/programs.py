"""Other programs that are started and ended here: bounded in time and output, and gone with their children.

Standard library only. Python's own `asyncio.subprocess` is not used: its `wait` waits for all who hold the pipes, also
for children that a killed program left behind.
"""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import IO, Any
from weakref import WeakKeyDictionary

from tui.dataclass import dataclass

MOST_BYTES = 64 << 10
_PIECE = 1 << 16

if sys.platform == "win32":
    from tui.windows_jobs import Job

    _JOBS: WeakKeyDictionary[subprocess.Popen[bytes], Job] = WeakKeyDictionary()
_LAST_PIECE_S = 0.2


def command_words(text: str) -> list[str]:
    """A command as a person writes it, in words: quotes hold words together, and so does a backslash, but on Windows.

    Raises:
        ValueError: a quotation mark is never closed.
    """
    words = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters = True, ""
    if sys.platform == "win32":  # where it stands in paths
        words.escape = ""
    return list(words)


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended.

    Attributes:
        code: its exit code; -n when signal n ended it.
        output: what it wrote to standard output, at most `most_bytes`; it stands in no repr.
        cut: it wrote more than that, and was killed.
    """

    code: int
    output: bytes = field(repr=False)
    cut: bool = False


async def run_program(
    command: Sequence[str],
    *,
    timeout_s: float,
    most_bytes: int = MOST_BYTES,
    sent: bytes = b"",
    keep_children: bool = False,
    environment: Mapping[str, str] | None = None,
) -> ProgramResult:
    """Run a program without a shell and without a terminal, in a session of its own, until it ends.

    What it leaves running in its process group is killed, whoever holds its output by then. A cancelled caller, or one
    whose time is up, waits for nothing: all of the group is killed at once.

    Args:
        command: the program and its arguments.
        timeout_s: how long it may take.
        most_bytes: how much it may write to standard output; standard error is thrown away.
        sent: its standard input.
        keep_children: let its children live when it ends by itself, such as one that serves the clipboard.
        environment: all that it finds there; None for what we find.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it took longer than `timeout_s`.
    """
    process = _start(command, subprocess.PIPE if sent else subprocess.DEVNULL, environment)
    reading = _Reading(process, most_bytes)
    writing = _Writing(process, sent)
    # Never cancelled with us: where no thread was free for it yet, nobody would wait for the program.
    ended = asyncio.get_running_loop().run_in_executor(None, _wait, process, keep_children)
    try:
        async with asyncio.timeout(timeout_s):
            awaited: set[asyncio.Future[Any]] = {ended, reading.cut}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                kill_group(process)
            await asyncio.wait({ended})
        return ProgramResult(ended.result(), reading.finish(), reading.cut.done())
    finally:
        if not ended.done():
            kill_group(process)
        reading.close()
        writing.close()


async def start_program(command: Sequence[str], *, patience_s: float = 1.0) -> int:
    """Start a program that lives on without us, such as a viewer: no terminal, no output, a session of its own.

    Returns:
        Its exit code if it has ended within `patience_s`, else 0.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.to_thread(_start_apart, command, patience_s)


def _start_apart(command: Sequence[str], patience_s: float) -> int:
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    ended = threading.Thread(target=process.wait, daemon=True)  # so that it leaves no zombie
    ended.start()
    ended.join(patience_s)
    return process.returncode or 0


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program that leads a process group, or has a job, and all in that, also those that outlived it."""
    if sys.platform == "win32":
        if (job := _JOBS.get(process)) is not None:
            job.end()
    else:
        with suppress(OSError):  # there is none of it left
            os.killpg(process.pid, signal.SIGKILL)


def keep_together(process: "subprocess.Popen[bytes]", *, ends_with_us: bool = False) -> None:
    """Have `kill_group` find a program's children on Windows, where no process group keeps them together.

    Args:
        process: the program, just started.
        ends_with_us: the system kills them all when this process ends.
    """
    if sys.platform == "win32":
        _JOBS[process] = Job(process, ends_with_us=ends_with_us)


def _start(
    command: Sequence[str], stdin: int, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # its own group; and a program that asks on the terminal would draw over the screen
    )
    keep_together(process)
    return process


def _wait(process: "subprocess.Popen[bytes]", keep_children: bool) -> int:
    """Wait in a thread for the end of a program, and end what it left; returns its exit code."""
    if sys.platform == "linux":
        # As long as it was not reaped, no other process can have its number, or its group's.
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        if not keep_children:
            kill_group(process)
        return process.wait()
    code = process.wait()
    if not keep_children:
        kill_group(process)
    return code


if sys.platform == "win32":

    class _Writing:
        """Hands a program its standard input, in a thread: no pipe of Windows can be asked whether it takes more."""

        def __init__(self, process: "subprocess.Popen[bytes]", data: bytes) -> None:
            if (pipe := process.stdin) is not None:
                threading.Thread(target=self._write, args=(pipe, data), daemon=True).start()

        def close(self) -> None:
            """Nothing: what is killed takes no more, and the thread ends by that."""

        def _write(self, pipe: IO[bytes], data: bytes) -> None:
            with suppress(OSError), pipe:  # OSError: it does not read any more
                pipe.write(data)

    class _Reading:
        """Collects what a program writes, in a thread, which ends with the last of those that hold the pipe.

        Attributes:
            cut: done as soon as there is more than there may be.
        """

        def __init__(self, process: "subprocess.Popen[bytes]", most_bytes: int) -> None:
            assert process.stdout is not None
            self._most_bytes = most_bytes
            self._collected = bytearray()
            self._loop = asyncio.get_running_loop()
            self.cut: asyncio.Future[None] = self._loop.create_future()
            self._thread = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
            self._thread.start()

        def finish(self) -> bytes:
            """All of it; a child that holds the other end is not waited for."""
            self._thread.join(_LAST_PIECE_S)
            return bytes(self._collected[: self._most_bytes])

        def close(self) -> None:
            """Read no more."""
            self.cut.cancel()

        def _read(self, pipe: IO[bytes]) -> None:
            with suppress(OSError), pipe:
                while piece := os.read(pipe.fileno(), _PIECE):
                    self._collected += piece
                    if len(self._collected) > self._most_bytes:
                        with suppress(RuntimeError):  # the loop is closed
                            self._loop.call_soon_threadsafe(self._end)
                        return

        def _end(self) -> None:
            if not self.cut.done():
                self.cut.set_result(None)

else:

    class _Writing:
        """Hands a program its standard input, as fast as it takes it; one that takes no more gets no more."""

        def __init__(self, process: "subprocess.Popen[bytes]", data: bytes) -> None:
            self._pipe = process.stdin
            self._rest = memoryview(data)
            self._loop = asyncio.get_running_loop()
            if self._pipe is not None:
                os.set_blocking(self._pipe.fileno(), False)
                self._loop.add_writer(self._pipe.fileno(), self._write)

        def close(self) -> None:
            """Write no more."""
            if self._pipe is not None and not self._pipe.closed:
                self._loop.remove_writer(self._pipe.fileno())
                self._pipe.close()

        def _write(self) -> None:
            assert self._pipe is not None
            try:
                self._rest = self._rest[os.write(self._pipe.fileno(), self._rest) :]
            except BlockingIOError:
                return
            except OSError:  # it does not read any more
                self._rest = self._rest[:0]
            if not self._rest:
                self.close()

    class _Reading:
        """Collects what a program writes, as it comes.

        Attributes:
            cut: done as soon as there is more than there may be.
        """

        def __init__(self, process: "subprocess.Popen[bytes]", most_bytes: int) -> None:
            assert process.stdout is not None
            self._pipe = process.stdout
            self._most_bytes = most_bytes
            self._collected = bytearray()
            self._loop = asyncio.get_running_loop()
            self.cut: asyncio.Future[None] = self._loop.create_future()
            os.set_blocking(self._pipe.fileno(), False)
            self._loop.add_reader(self._pipe.fileno(), self._read)

        def finish(self) -> bytes:
            """All of it, with what still stands in the pipe; a child that holds the other end is not waited for."""
            while self._read():
                pass
            return bytes(self._collected[: self._most_bytes])

        def close(self) -> None:
            """Read no more."""
            if not self._pipe.closed:
                self._loop.remove_reader(self._pipe.fileno())
                self._pipe.close()
            self.cut.cancel()

        def _read(self) -> bool:
            """Take a piece; False when there is none now, or there is too much already."""
            if self.cut.done():
                return False
            try:
                piece = os.read(self._pipe.fileno(), _PIECE)
            except BlockingIOError:
                return False
            if not piece:
                self._loop.remove_reader(self._pipe.fileno())
                return False
            self._collected += piece
            if len(self._collected) > self._most_bytes:
                self._loop.remove_reader(self._pipe.fileno())
                self.cut.set_result(None)
            return True
