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

    def gone() -> None:
        loop.remove_reader(number)
        act()

    loop = asyncio.get_running_loop()
    try:
        number = stream.fileno()
        watched = stat.S_ISFIFO(os.fstat(number).st_mode)
        if watched:
            loop.add_reader(number, gone)
    except (OSError, ValueError, NotImplementedError):  # closed, or replaced by something without a descriptor
        watched = False
    try:
        yield
    finally:
        if watched:
            loop.remove_reader(number)
