"""Signals beside an event loop: which ones ask a program to leave, what is called when one comes, or a reader is gone.

Standard library only. On Windows, where asyncio takes none, the interpreter's own handlers call into the loop. A
console that is closed there ends its programs before they can do anything more: what must last is on disk by then.
"""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

if sys.platform == "win32":
    LEAVING = (signal.SIGTERM, signal.SIGBREAK)
else:
    LEAVING = (signal.SIGTERM, signal.SIGHUP)
"""What asks a program to go; the last one comes when its terminal is gone."""


def on_signal(number: signal.Signals, act: Callable[..., object], *arguments: object) -> None:
    """Have `act` called in the running loop for each signal of this number.

    Raises:
        RuntimeError, ValueError: this is not the main thread.
    """
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(number, act, *arguments)
    except NotImplementedError:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act, *arguments))


def by_default(number: signal.Signals) -> None:
    """Have a signal do what it does where nobody minds it. Raises as `on_signal`."""
    try:
        asyncio.get_running_loop().remove_signal_handler(number)
    except NotImplementedError:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@contextmanager
def on_reader_gone(stream: TextIO, act: Callable[[], None]) -> Iterator[None]:
    """Have `act` called in the running loop when what reads a pipe is gone, which else shows at the next write alone.

    A system tells it to whom waits to read from the end that is written to; Windows does not.
    """
    loop, end = asyncio.get_running_loop(), _writing_end(stream)

    def gone() -> None:
        loop.remove_reader(end)
        act()

    if end < 0:
        yield
        return
    try:
        loop.add_reader(end, gone)
        yield
    finally:
        loop.remove_reader(end)
        os.close(end)


def _writing_end(stream: TextIO) -> int:
    """A descriptor of our own for the pipe that a stream writes into; -1 if it is none.

    Of our own: where the stream's is pointed elsewhere, the loop could not let go of it any more.
    """
    if sys.platform == "win32":
        return -1
    import fcntl

    try:
        number = stream.fileno()
        is_pipe = stat.S_ISFIFO(os.fstat(number).st_mode)
        only_written = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
        return os.dup(number) if is_pipe and only_written else -1
    except (OSError, ValueError):  # closed, or replaced by something without a descriptor
        return -1
