"""The real program in a terminal of its own: every byte that it writes is kept, and the screen rebuilt from them.

It runs beside the test's event loop, so that a test can play the program's provider on the same loop
(`protocol_server`). It knows terminals and processes, and nothing of Chinwag but how to start it.
"""

import asyncio
import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

from tests.support.forked import CHINWAG, Forked

MODES = {
    "alternate screen": 1049, "mouse": 1000, "mouse moves": 1003, "mouse in SGR": 1006, "focus": 1004, "paste": 2004,
    "resize in band": 2048, "changes of the background": 2031,
}  # fmt: skip
"""Private modes that a program must take back when it goes; each is on after "h" and off after "l"."""

NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b[P_^][^\x1b]*\x1b\\")
"""Sequences that it would show as letters."""


class Terminal:
    """A program in a terminal.

    Args:
        arguments: what stands after `chinwag`.
        size: columns and rows.
        program: what to run instead of `chinwag`: Python, `-m` or `-c`, and what follows.
        more: environment variables beside those of the test.

    Attributes:
        start: `subprocess.Popen` where the start reads what a fork has from its parent, such as the locale.
    """

    start: type[subprocess.Popen[bytes]] = Forked

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (100, 30),
        program: Sequence[str] = CHINWAG,
        **more: str,
    ) -> None:
        self.written = bytearray()
        self._command = [*program, *arguments]
        self._environment = {**os.environ, "TERM": "xterm-256color", **more}
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._drawn = 0
        self._arrived = asyncio.Event()
        self._ours, self._theirs = os.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._before = self.line_settings()
        self.process: subprocess.Popen[bytes]

    async def __aenter__(self) -> Self:
        os.set_blocking(self._ours, False)
        asyncio.get_running_loop().add_reader(self._ours, self._read)
        self.process = self.start(
            self._command, stdin=self._theirs, stdout=self._theirs, stderr=self._theirs,
            env=self._environment, start_new_session=True,
        )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        if self._ours >= 0:
            self.hang_up()
        os.close(self._theirs)

    def _read(self) -> None:
        self.written += os.read(self._ours, 65536)
        self._arrived.set()

    def _draw(self) -> None:
        """Bring the screen up to date: only when it is looked at, as a long answer takes many times what it took us."""
        self._stream.feed(NOT_FOR_PYTE.sub(b"", self.written[self._drawn :]))
        self._drawn = len(self.written)

    def text(self) -> str:
        """What is on the screen."""
        self._draw()
        rows, width = self._screen.buffer, range(self._screen.columns)
        # Not its `display`, which takes half of a wide letter, as a narrower window leaves it, for a bug.
        return "\n".join("".join(rows[y][x].data for x in width).rstrip() for y in range(self._screen.lines))

    def words(self) -> str:
        """What is on the screen as one line, without bars and line ends: wrapped sentences are whole again."""
        return " ".join(re.sub(r"[▌│]", " ", self.text()).split())

    def printed(self) -> str:
        """Everything that was written so far, as text."""
        return bytes(self.written).decode(errors="replace")

    async def sees(self, pattern: str, seconds: float = 30) -> None:
        """Wait until a pattern stands on the screen; words that were wrapped count as one line."""
        await self.until(lambda: re.search(pattern, self.words()), repr(pattern), seconds)

    async def sees_no_more(self, pattern: str, seconds: float = 30) -> None:
        """Wait until a pattern is gone from the screen."""
        await self.until(lambda: not re.search(pattern, self.words()), f"the end of {pattern!r}", seconds)

    async def is_called(self, pattern: str, seconds: float = 30) -> None:
        """Wait until the window has a title."""
        await self.until(lambda: re.search(pattern, self.title()), f"title {pattern!r}", seconds)

    def title(self) -> str:
        """What the window was called last; pyte takes every sequence that begins with "2" for a title."""
        before, _, last = self.printed().rpartition("\x1b]0;")
        return last.partition("\x1b\\")[0] if before else ""

    async def writes(self, text: str, seconds: float = 30) -> None:
        """Wait until some bytes were written."""
        await self.until(lambda: text.encode() in self.written, repr(text), seconds)

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 30) -> None:
        """Wait until something is so of what was written."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            raise AssertionError(f"never saw {what}; title {self.title()!r}, in:\n{self.text()}") from None

    def press(self, keys: str) -> None:
        """Send the bytes of keys."""
        os.write(self._ours, keys.encode())

    def freeze(self) -> None:
        """Read nothing any more, as a terminal whose line is dead."""
        asyncio.get_running_loop().remove_reader(self._ours)

    def thaw(self) -> None:
        """Read on."""
        asyncio.get_running_loop().add_reader(self._ours, self._read)

    def hang_up(self) -> None:
        """Close the window; nothing can be seen or pressed any more."""
        self.freeze()
        os.close(self._ours)
        self._ours = -1

    def resize(self, columns: int, rows: int) -> None:
        """Let the window have another size; the kernel tells only who has it as its controlling terminal."""
        self._draw()
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def blank(self) -> None:
        """Let another program have cleared the screen."""
        self._draw()
        self._screen.reset()

    def click(self, words: str) -> None:
        """Click where some words stand on the screen."""
        row, line = next((row, line) for row, line in enumerate(self.text().splitlines(), 1) if words in line)
        column = line.index(words) + 2
        self.press(f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")

    async def gone(self, seconds: float = 15) -> int:
        """The exit code, once the program has ended and all that it wrote has been read."""
        async with asyncio.timeout(seconds):
            code = await asyncio.to_thread(self.process.wait)
        while await self._more():
            pass
        return code

    async def _more(self) -> bool:
        self._arrived.clear()
        try:
            await asyncio.wait_for(self._arrived.wait(), 0.1)
        except TimeoutError:
            return False
        return True

    def line_settings(self) -> list[Any]:
        """What the terminal's line discipline does now: echo, line by line, signals."""
        return termios.tcgetattr(self._theirs)

    def left_behind(self) -> list[str]:
        """What the program changed at the terminal and did not change back; ask when it is gone."""
        left = [name for name, mode in MODES.items() if self.is_on(mode)]
        left += ["cursor"] if self._last("?25l") > self._last("?25h") else []
        left += ["window title"] if self._last("22;0t") > self._last("23;0t") else []
        left += ["keyboard protocol"] if self._last(">1u") > self._last("<u") else []
        left += ["line settings"] if self.line_settings() != self._before else []
        return left

    def is_on(self, mode: int) -> bool:
        """Whether a private mode was switched on, and not off since."""
        return self._last(f"?{mode}h") > self._last(f"?{mode}l")

    def _last(self, sequence: str) -> int:
        return self.written.rfind(f"\x1b[{sequence}".encode())


def library_of(home: Path) -> Path:
    """Where the library lies in the home of a test."""
    return home / "data" / "chats.db"
