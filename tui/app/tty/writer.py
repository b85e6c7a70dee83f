"""Writes to the terminal in a thread of its own. Giving it text never waits, whatever the terminal does."""

import os
import select
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from tui.glyphs import ERRORS

assert sys.platform != "win32"

_CHUNK = 4096
_POLL_S = 0.1
_PAUSE_S = 0.002
_BEHIND = 32 * 1024


class TerminalWriter(threading.Thread):
    """One terminal, from when it is taken until it is given back.

    Textual 8.2.8 queues 30 writes and then lets the event loop wait: with a frozen ssh nothing is saved any more, and
    no signal is heard.

    Args:
        fileno: of the terminal.
        caught_up: called in this thread when everything was written after the terminal had been behind.
        encoding: of the terminal; what it lacks is written as in `tui.glyphs`.
    """

    def __init__(self, fileno: int, caught_up: Callable[[], None], encoding: str = "utf-8") -> None:
        super().__init__(name="terminal-writer", daemon=True)
        self._fileno = fileno
        self._own = _open_without_waiting(fileno)
        self._caught_up = caught_up
        self._encoding = encoding
        self._texts: deque[bytes] = deque()
        self._pending = 0
        self._was_behind = False
        self._closing = False
        self._gone = False
        self._changed = threading.Condition()

    @property
    def behind(self) -> bool:
        """Whether so much waits to be written that another frame would only make the terminal later still."""
        with self._changed:  # it may be written in this moment: who is told so is told of the end, too
            late = self._pending >= _BEHIND
            self._was_behind |= late
        return late

    def write(self, text: str) -> None:
        """Have text written after what was given before; returns at once. Is lost once the terminal is gone."""
        self.write_bytes(text.encode(self._encoding, errors=ERRORS))

    def write_bytes(self, data: bytes) -> None:
        """The same for bytes, which are written whole or not at all while the terminal is there."""
        with self._changed:
            if not self._gone:
                self._texts.append(data)
                self._pending += len(data)
                self._changed.notify()

    def run(self) -> None:
        """Write until told to stop."""
        while (data := self._next()) is not None:
            try:
                self._write(data)
            except OSError:  # hung up
                self._give_up()
            self._count(len(data))

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._texts or self._closing)
            return self._texts.popleft() if self._texts else None

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and not self._gone:
            try:
                view = view[os.write(self._own, view[:_CHUNK]) :]
            except BlockingIOError:
                select.select([], [self._own], [], _POLL_S)
                time.sleep(_PAUSE_S)  # there may be room for one byte, and a line end be two

    def _count(self, written: int) -> None:
        with self._changed:
            self._pending = max(0, self._pending - written)
            caught_up = self._was_behind and not self._pending and not self._gone
            if caught_up:
                self._was_behind = False
        if caught_up:
            self._caught_up()

    def _give_up(self) -> None:
        with self._changed:
            self._gone = True
            self._texts.clear()
            self._pending = 0

    def stop(self, patience: float) -> bool:
        """Write what is left, and end.

        Args:
            patience: how long the terminal may take, in seconds. Then what it has not read is discarded.

        Returns:
            Whether everything was written.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self.join(patience)
        if self.is_alive():
            self._give_up()
            with suppress(termios.error):
                termios.tcflush(self._fileno, termios.TCOFLUSH)
            self.join(2 * _POLL_S)
        if self._own != self._fileno and not self.is_alive():
            os.close(self._own)
        return not self._gone


def _open_without_waiting(fileno: int) -> int:
    """Open a terminal once more, so that writes to it return at once; the mode would else be all its programs'.

    Returns:
        The file descriptor, or the one that was given where that cannot be had (another user's terminal, after su).
    """
    try:
        return os.open(os.ttyname(fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return fileno
