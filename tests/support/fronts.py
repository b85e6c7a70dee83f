"""One prompt from each of the three front ends, the real program each time, and what became of it.

Knows the server that is asked only by its address; what goes wrong there is not its business.
"""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.forked import CHINWAG, Forked
from tests.support.pty import Terminal, library_of

PROMPT = "What now?"
KEY = "sk-canary-of-the-key-0123456789"


def soon_s() -> float:
    """How soon a stop has to have happened: a second, on a machine that has nothing else to do."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass(frozen=True)
class Case:
    """What is asked, and where.

    Attributes:
        home: a folder of its own.
        url: the base URL of the server.
        api: its dialect.
        arguments: further ones of the command line.
    """

    home: Path
    url: str
    api: str
    model: str
    arguments: tuple[str, ...] = ()

    def environment(self) -> dict[str, Any]:
        folders = {
            f"CHINWAG_{name}_DIR": str(self.home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        return {"HOME": str(self.home), "BAD_KEY": KEY, **folders}

    def configure(self) -> list[str]:
        """Write the configuration; the arguments that ask the model."""
        table = f'base_url = "{self.url}"\napi = "{self.api}"\napi_key_env = "BAD_KEY"\nmodels = ["{self.model}"]\n'
        (self.home / "config").mkdir(parents=True)
        (self.home / "config" / "config.toml").write_text(f"[providers.bad]\n{table}")
        return [*self.arguments, "-m", f"bad:{self.model}"]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Kind, state, text and failure of every message that is on disk."""
        if not library_of(self.home).exists():
            return []
        with closing(sqlite3.connect(f"file:{library_of(self.home)}?mode=ro", uri=True, timeout=10)) as library:
            try:
                return library.execute("SELECT kind, state, text, failure FROM messages ORDER BY number").fetchall()
            except sqlite3.OperationalError:  # it is being made
                return []


@dataclass
class Outcome:
    """What became of a prompt.

    Attributes:
        state, text: of the reply.
        failure: the card, as it is stored; {} without one.
        prompts: that are on disk.
        printed: all that was written to the terminal or to both outputs.
        code: the exit code.
        peak_mb: the most memory that the process took.
        stopped_s: from the key or the signal to the moment at which the reply was stopped on disk.
        left: what was not as before at the terminal.
        sound: whether the library is whole.
    """

    state: str = ""
    text: str = ""
    failure: dict[str, Any] = field(default_factory=dict)
    prompts: list[str] = field(default_factory=list)
    printed: str = ""
    code: int = -1
    peak_mb: float = 0
    stopped_s: float = 0
    left: list[str] = field(default_factory=list)
    sound: bool = False


async def in_the_app(case: Case, stall: "Stalled | None") -> Outcome:
    """Ask in the app; afterwards it takes keys, and is left by one."""
    found = Outcome()
    async with Terminal(*case.configure(), PROMPT, **case.environment()) as screen, _watched(screen.process.pid, found):
        if stall:
            await stall.reached(case)
            found.stopped_s = await _stopped(case, lambda: screen.press("\x1b"))
        await _ended(case)
        for _, _, _, failure in case.rows():
            if failure:
                await screen.sees(f"✗ {json.loads(failure)['title']}")
        screen.press("typed since")
        await screen.sees("❯ typed since")
        screen.press("\x11")
        found.code = await screen.gone()
        found.left = screen.left_behind()
    found.printed = screen.printed()
    return _read(case, found)


async def line_by_line(case: Case, stall: "Stalled | None") -> Outcome:
    """Ask in the chat line by line; afterwards it is left by a command."""
    found = Outcome()
    async with (
        Terminal("--plain", *case.configure(), PROMPT, **case.environment()) as screen,
        _watched(screen.process.pid, found),
    ):
        if stall:
            await stall.reached(case)
            found.stopped_s = await _stopped(case, lambda: screen.process.send_signal(signal.SIGINT))
        await _ended(case)
        await screen.writes("\nYou: ")
        screen.press("/quit\r")
        found.code = await screen.gone()
        found.left = screen.left_behind()
    found.printed = screen.printed()
    return _read(case, found)


async def one_answer(case: Case, stall: "Stalled | None") -> Outcome:
    """Ask for one answer on standard output."""
    found, printed = Outcome(), bytearray()
    with Forked[bytes](
        [*CHINWAG, "-p", *case.configure(), PROMPT],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
        env={**os.environ, **case.environment()},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        reading = asyncio.create_task(asyncio.to_thread(_drain, process.stdout, printed))
        try:
            async with _watched(process.pid, found):
                if stall:
                    await stall.reached(case)
                    found.stopped_s = await _stopped(case, lambda: process.send_signal(signal.SIGINT))
                await until(lambda: process.poll() is not None)
        finally:
            process.kill()
            await reading
        found.code = process.returncode
    found.printed = printed.decode(errors="replace")
    return _read(case, found)


FRONTS = {"app": in_the_app, "-p": one_answer, "--plain": line_by_line}


@dataclass(frozen=True)
class Stalled:
    """When nothing but a stop can end the reply.

    Attributes:
        asked: whether the server has been asked.
        words: what has come by then, and is on disk.
    """

    asked: Callable[[], bool]
    words: str = ""

    async def reached(self, case: Case) -> None:
        await until(lambda: self.asked() and any(self.words in text for _, _, text, _ in case.rows()))
        await asyncio.sleep(0.2)  # that it goes on is what is to be tried


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Look again and again."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):  # it reads files
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)


async def _ended(case: Case) -> None:
    await until(lambda: any(kind == "reply" and state != "streaming" for kind, state, _, _ in case.rows()))


async def _stopped(case: Case, stop: Callable[[], object]) -> float:
    start = time.monotonic()
    stop()
    await _ended(case)
    return time.monotonic() - start


def _drain(pipe: Any, into: bytearray) -> None:
    while some := pipe.read(65536):
        into += some


def _peak_mb(pid: int) -> float:
    """The most memory that a process took so far; 0 for one that has ended."""
    try:
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(peak[1]) / 1024 if peak else 0.0


@asynccontextmanager
async def _watched(pid: int, found: Outcome) -> AsyncIterator[None]:
    """Follow the most memory that a process takes."""

    async def look() -> None:
        while True:
            found.peak_mb = max(found.peak_mb, _peak_mb(pid))
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


def _read(case: Case, found: Outcome) -> Outcome:
    rows = case.rows()
    found.prompts = [text for kind, _, text, _ in rows if kind == "prompt"]
    _, found.state, found.text, failure = next(row for row in rows if row[0] == "reply")
    found.failure = json.loads(failure) if failure else {}
    with closing(sqlite3.connect(library_of(case.home))) as library:
        found.sound = library.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return found
