"""A program in a terminal of its own, of which every byte is kept with its time; Linux only, for what /proc tells.

While the program runs nothing is drawn, but to see when it can be typed into: what was on the screen when is found out
afterwards, by `moments`.
"""

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pyte

from tests.support.pty import NOT_FOR_PYTE

Size = tuple[int, int]
"""Columns and rows."""
_QUERY = re.compile(
    rb"\x1b\[6n|\x1b\[0?c|\x1b\[>0?c|\x1b\[5n|\x1b\](1[01]);\?(?:\x07|\x1b\\)|\x1b\[\?(\d+)\$p|\x1b\[1[468]t"
)
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class ScreenText:
    """What a terminal shows."""

    def __init__(self, size: Size) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def draw(self, data: bytes) -> list[str]:
        """Take in what was written; returns the rows that it changed."""
        self._stream.feed(NOT_FOR_PYTE.sub(b"", data))
        changed = [self._row(number) for number in sorted(self._screen.dirty)]
        self._screen.dirty.clear()
        return changed

    def _row(self, number: int) -> str:
        cells = self._screen.buffer[number]
        return "".join(cells[column].data for column in range(self._screen.columns))

    def text(self) -> str:
        """All rows, without the blanks at their ends."""
        return "\n".join(self._row(number).rstrip() for number in range(self._screen.lines))


@dataclass(frozen=True, slots=True)
class Line:
    """What lies between the program and who looks at it: how fast it is, and how late what comes through."""

    bytes_per_s: float = float("inf")
    delay_s: float = 0.0


class Terminal:
    """The program, until `close`.

    Args:
        echo: let the kernel echo what is typed, for programs that read lines.

    Attributes:
        recording: what was written, with the time at which it was there to be seen.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path,
        *, size: Size, line: Line, echo: bool = False,
    ) -> None:  # fmt: skip
        self.recording: list[tuple[float, bytes]] = []
        self.arrived = threading.Event()
        self._size, self._line = size, line
        self._screen, self._drawn = ScreenText(size), 0
        self._ours, theirs = os.openpty()
        columns, rows = size
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 8, rows * 16))
        if not echo:
            settings = termios.tcgetattr(theirs)
            settings[3] &= ~termios.ECHO
            termios.tcsetattr(theirs, termios.TCSANOW, settings)
        self.began = monotonic()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment), cwd=folder,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        through = 0.0
        with suppress(OSError):  # the program is gone
            while data := os.read(self._ours, 4096 if self._line.delay_s else 1 << 18):
                through = max(through, monotonic()) + len(data) / self._line.bytes_per_s
                self.recording.append((through + self._line.delay_s, data))
                self.arrived.set()
                for query in _QUERY.finditer(data):
                    os.write(self._ours, _answer(query, self._size))
                if (early := through - monotonic()) > 0:
                    time.sleep(early)

    def type(self, text: str, apart_s: float = 0.0) -> float:
        """Press keys; returns when the last one was pressed."""
        at = monotonic()
        for letter in text if apart_s else [text]:
            at = monotonic()
            os.write(self._ours, letter.encode())
            time.sleep(apart_s)
        return at

    def shows(self, pattern: str) -> re.Match[str] | None:
        """Whether a pattern is on the screen now: for ways there, not for times."""
        for at in range(self._drawn, count := len(self.recording)):
            self._screen.draw(self.recording[at][1])
        self._drawn = count
        return re.search(pattern, self._screen.text())

    def wait(self, pattern: str, seconds: float = 60.0) -> None:
        """Until a pattern is on the screen."""
        self.until(lambda: self.shows(pattern), repr(pattern), seconds)

    def until(
        self, condition: Callable[[], object], what: str, seconds: float, each: Callable[[], object] = int
    ) -> None:
        """Until something is so, doing something `each` time that it is not yet."""
        end = monotonic() + seconds
        while not condition():
            if monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f"never saw {what} on:\n{self._screen.text()}")
            each()
            self.arrived.clear()
            self.arrived.wait(0.02)

    def click(self, pattern: str) -> None:
        """Click the first letter of what is on the screen."""
        self.wait(pattern, 20)
        found = self.shows(pattern)
        assert found is not None
        above = found.string[: found.start()]
        place = f"{found.start() - above.rfind(chr(10)) + 1};{above.count(chr(10)) + 1}"
        self.type(f"\x1b[<0;{place}M\x1b[<0;{place}m")

    def settle(self, longest_s: float = 8.0) -> None:
        """Until the program has taken no CPU and written nothing to speak of for half a second."""
        end = monotonic() + longest_s
        while monotonic() < end:
            cpu, count = self.cpu_s(), len(self.recording)
            time.sleep(0.5)
            if self.cpu_s() - cpu < 0.05 and sum(len(data) for _, data in self.recording[count:]) < 2_000:
                return

    def cpu_s(self) -> float:
        """CPU that the program took so far, with its children."""
        stats = [_proc(pid, "stat").rpartition(")")[2].split() for pid in self._pids()]
        return sum(int(ticks) for stat in stats for ticks in stat[11:15]) * _TICK_S

    def memory_mb(self) -> float:
        """Resident memory of the program and its children."""
        found = [re.search(r"VmRSS:\s+(\d+)", _proc(pid, "status")) for pid in self._pids()]
        return sum(int(one[1]) for one in found if one) / 1024

    def _pids(self) -> list[int]:
        pids = [self._process.pid]
        for pid in pids:  # grows as it goes
            tasks = Path(f"/proc/{pid}/task")
            with suppress(OSError):
                pids += [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
        return pids

    def close(self) -> None:
        """End the program and all that it started."""
        for pid in reversed(self._pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)


def _proc(pid: int, name: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""


def _answer(query: re.Match[bytes], size: Size) -> bytes:
    """What a terminal says that has true colour, a dark background and synchronized output."""
    columns, rows = size
    fixed = {
        b"\x1b[6n": b"\x1b[1;1R", b"\x1b[5n": b"\x1b[0n", b"\x1b[c": b"\x1b[?62;22c", b"\x1b[0c": b"\x1b[?62;22c",
        b"\x1b[14t": b"\x1b[4;%d;%dt" % (rows * 16, columns * 8), b"\x1b[16t": b"\x1b[6;16;8t",
        b"\x1b[18t": b"\x1b[8;%d;%dt" % (rows, columns),
    }  # fmt: skip
    if query[1]:
        colour = b"rgb:cccc/cccc/cccc" if query[1] == b"10" else b"rgb:1010/1010/1010"
        return b"\x1b]%s;%s\x1b\\" % (query[1], colour)
    if query[2]:
        return b"\x1b[?%s;%d$y" % (query[2], 2 if query[2] in (b"2026", b"2004", b"1006", b"1003") else 0)
    return fixed.get(query[0], b"\x1b[>1;4000;0c")


@dataclass
class Typed:
    """Letters that were typed, each at its time."""

    text: str
    at: list[float]
    seen: list[float] = field(default_factory=list)
    """When the first so many letters stood on the screen together."""

    def look(self, row: str, at: float) -> None:
        """Note which letters stand in a row; a narrow field shows only the last ones."""
        while (count := len(self.seen)) < len(self.at) and at >= self.at[count]:
            if self.text[max(0, count - 7) : count + 1] not in row:
                break
            self.seen.append(at)

    def delays_ms(self, skipped: int = 4) -> list[float]:
        """From each key to its letter, without the first ones, which may stand elsewhere on the screen, too."""
        return [(seen - at) * 1000 for at, seen in list(zip(self.at, self.seen, strict=False))[skipped:]]


def moments(
    recording: Sequence[tuple[float, bytes]], size: Size, marks: re.Pattern[str], typed: Sequence[Typed]
) -> dict[str, float]:
    """When each mark was first on the screen, and "" for anything at all; fills in when the keys were seen."""
    screen = ScreenText(size)
    found: dict[str, float] = {}
    for at, data in recording:
        for row in screen.draw(data):
            if "" not in found and row.strip():
                found[""] = at
            for mark in marks.findall(row):
                found.setdefault(mark, at)
            for keys in typed:
                keys.look(row, at)
    return found
