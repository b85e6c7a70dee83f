"""Signals, job control, bugs in every layer and a terminal of any size, in mid-answer, in each of the front ends."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from random import Random

from tests.battery.result import Result
from tests.support.forked import CHINWAG, Forked
from tests.support.fronts import until
from tests.support.homes import home
from tests.support.processes import alive
from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir
from tui.store.database import Database

DESCRIPTION = (
    "signals, bugs in every layer, 1x1: the terminal is as it was, the words are on disk, nothing secret is told"
)
ROUNDS, SHORT = 540, 2

PROMPT = "Go on"
FIRST = "The first words of it"
_SAVED_S = 2.0
_RESIZES = 25
"""In a round."""
BUGGY = (sys.executable, "-m", "tests.support.crashing_chinwag")
_SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
_LONG = 100
"""Words of an answer that comes to an end."""
LAYERS = {
    "agent": "tui.agent.models.openai_stream:OpenAIStream.read:5",
    "wire": "tui.agent.wire.framing:SseReader.feed:5",
    "store, in mid-answer": "tui.store.conversations:checkpoint:1",
    "store, at the start": "tui.store.conversations:start_turn:1",
    "chat": "tui.chat.replies.buffer:ReplyBuffer.add_text:3",
    "meter": "tui.chat.replies.meter:ReplyMeter.reading:6",
    "widget that is drawn": "tui.app.transcript.view:Transcript.render_lines:15",
    "widget that gets words": "tui.app.transcript.view:Transcript.append:3",
    "screen": "tui.app.chat.reply_events:ReplyEvents.receive:5",
    "worker": "tui.app.chat.list_reading:ListReading._read:1",
    "thread": "tui.app.warmup:WarmUp._run:1",
}
"""Where a bug is put, by the layer; `tests.support.crashing_chinwag` reads them."""


Trial = Callable[[Path, Random], Awaitable[str]]
"""In a home of its own; returns a figure, or ""."""


def _trials() -> dict[str, Trial]:
    """All there are, by what they are called."""
    found: dict[str, Trial] = {"stopped and continued": _stopped_and_continued, "resized": _resized}
    for sent, code in _SIGNALS.items():
        for front in ("app", "--plain", "-p"):
            if (front, sent) != ("--plain", signal.SIGINT):  # which stops the reply, and no more
                as_expected = 0 if (front, sent) == ("app", signal.SIGINT) else code  # as if by its key
                found[f"{sent.name}, {front}"] = partial(_ended, front, sent, as_expected)
    for layer, place in LAYERS.items():
        for front in ("app", "-p"):
            if front == "app" or "tui.app" not in place:
                found[f"bug in {layer}, {front}"] = partial(_broken, front, place)
    return found


def run(rounds: int, seed: int) -> Result:
    """So many of the trials, each once before any comes twice."""
    result, chance = Result(), Random(seed)
    every = list(_trials())
    chance.shuffle(every)
    asyncio.run(_run([every[number % len(every)] for number in range(rounds)], chance, result))
    return result


async def _run(chosen: Sequence[str], chance: Random, result: Result) -> None:
    figures: dict[str, list[str]] = {}
    for number, name in enumerate(chosen):
        with result.trial(name, f"round {number}"), home() as folder:
            if figure := await _trials()[name](folder, chance):
                figures.setdefault(name, []).append(figure)
    for name, found in figures.items():
        result.figure(name, f"at most {max(found)}")


class _Talker(ProtocolServer):
    """Says its first words, and goes on a word at a time, up to `most`."""

    def __init__(self, most: int) -> None:
        super().__init__(respond=self._talk)
        self.said = 0
        self._most = most

    def _talk(self, seen: Seen) -> Answer:
        return Answer(self._words())

    def _words(self) -> Iterator[Step]:
        yield from sse({"choices": [{"delta": {"content": FIRST}}]}, done=False)
        while self.said < self._most:
            self.said += 1
            yield from sse({"choices": [{"delta": {"content": f" {self.said}"}}]}, done=False)
            yield 0.02
        yield from sse({"choices": [{"delta": {}, "finish_reason": "stop"}]})


@asynccontextmanager
async def _server(most: int = 1_000_000) -> AsyncIterator[_Talker]:
    async with _Talker(most) as server:
        config_dir().mkdir(parents=True)
        (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
        yield server


def kept(folder: Path) -> list[tuple[str, str, str]]:
    """Kind, state and text of what is on disk."""
    if not library_of(folder).exists():
        return []
    with closing(sqlite3.connect(f"file:{library_of(folder)}?mode=ro", uri=True, timeout=10)) as library:
        try:
            return library.execute("SELECT kind, state, text FROM messages ORDER BY number").fetchall()
        except sqlite3.OperationalError:  # it is being made
            return []


def has_words(folder: Path) -> bool:
    return any(FIRST in text for _, _, text in kept(folder))


def _check_kept(folder: Path, states: Sequence[str] = ("interrupted",)) -> None:
    prompt, reply = kept(folder)
    assert prompt[2] == PROMPT
    assert reply[1] in states and reply[2].startswith(FIRST), reply


async def _ended(front: str, sent: signal.Signals, code: int, folder: Path, chance: Random) -> str:
    """Send a signal in mid-answer; how long it took until the program was gone."""
    arguments = ("-m", "mine:one", PROMPT)
    async with _server():
        if front == "-p":
            command = [*CHINWAG, "-p", *arguments]
            with Forked[bytes](
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as one:
                try:
                    await until(lambda: has_words(folder))
                    await asyncio.sleep(chance.uniform(0, 0.5))
                    start = time.monotonic()
                    one.send_signal(sent)
                    out, err = await asyncio.to_thread(one.communicate, timeout=20)
                finally:
                    one.kill()
            assert one.returncode == code and err == b"", (one.returncode, err)
            assert out.decode().startswith(FIRST)
        else:
            async with Terminal(*(["--plain"] if front == "--plain" else []), *arguments) as screen:
                await until(lambda: has_words(folder))
                await asyncio.sleep(chance.uniform(0, 0.5))
                start = time.monotonic()
                screen.process.send_signal(sent)
                found = await screen.gone()
                assert found == code, found
                assert screen.left_behind() == []
                assert "Traceback" not in screen.printed()
        took_s = time.monotonic() - start
    _check_kept(folder)
    assert took_s < _SAVED_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), f"{took_s:.2f} s"
    return f"{took_s:.2f} s"


async def _leave(screen: Terminal) -> None:
    """Stop the reply, and quit."""
    screen.press("\x1b")
    await screen.sees("Stopped by you")
    screen.press("\x11")
    assert await screen.gone() == 0


async def _stopped_and_continued(folder: Path, chance: Random) -> str:
    """Stopped in mid-answer; what came meanwhile is shown, and typing goes on."""
    async with _server() as server, Terminal("-m", "mine:one", PROMPT) as screen:
        await screen.sees(FIRST)
        screen.process.send_signal(signal.SIGTSTP)
        await until(lambda: Path(f"/proc/{screen.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        said = server.said
        await asyncio.sleep(0.3)
        screen.blank()
        screen.process.send_signal(signal.SIGCONT)
        await screen.sees(rf"\b{said}\b")
        screen.press("still here")
        await screen.sees("❯ still here")
        await _leave(screen)
        assert screen.left_behind() == []
    _check_kept(folder)
    return ""


async def _resized(folder: Path, chance: Random) -> str:
    """To and from 1x1 while words come; then all of it is drawn as it should be."""
    async with _server() as server, Terminal("-m", "mine:one", PROMPT, size=(100, 30)) as screen:
        await screen.sees(FIRST)
        for number in range(_RESIZES):
            size = (1, 1) if number % 2 else (chance.randrange(1, 250), chance.randrange(1, 80))
            screen.resize(*size)
            await asyncio.sleep(chance.choice((0, 0.01, 0.05)))
            assert alive(screen.process.pid), screen.printed()[-2000:]
        screen.resize(100, 30)
        said = server.said
        await screen.sees(rf"\b{said + 5}\b.*❯ Ask anything")
        screen.press("still here")
        await screen.sees("❯ still here")
        await _leave(screen)
        assert screen.left_behind() == []
        assert "Traceback" not in screen.printed()
    return f"{_RESIZES} times a round"


async def _broken(front: str, place: str, folder: Path, chance: Random) -> str:
    """A bug ends no more than it must; the words are kept, the terminal is as it was, and no secret is told."""
    async with _server(_LONG):
        printed = await (_printed(place) if front == "-p" else _shown(place, folder))
    assert "Traceback" not in printed and "canary" not in printed, printed[-2000:]
    logs = list((folder / "state").glob("*.log"))
    assert any("ZeroDivisionError" in file.read_text() for file in logs), f"nothing broke down: {printed[-2000:]}"
    for file in logs:
        assert "canary" not in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    database = Database(library_of(folder))
    await database.open()
    assert database.notice == ""
    await database.close()
    rows = kept(folder)
    if not rows:  # what the library did not take is in a file
        (unsaved,) = (folder / "state").glob("unsaved-*")
        assert PROMPT in unsaved.read_text()
        return ""
    assert rows[0][2] == PROMPT and {state for _, state, _ in rows} <= {"done", "interrupted", "failed"}, rows
    if FIRST in printed:
        assert rows[1][2].startswith(FIRST), rows
    return ""


async def _printed(place: str) -> str:
    """What `-p` prints; a bug beside the answer goes to the log, and no further."""
    with Forked[bytes](
        [*BUGGY, "-p", "-m", "mine:one", PROMPT], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "CRASH": place},
    ) as one:  # fmt: skip
        try:
            out, err = await asyncio.to_thread(one.communicate, timeout=60)
        finally:
            one.kill()
    assert (one.returncode == 1 and b"bug" in err and len(err.strip().splitlines()) <= 2) or (
        one.returncode == 0 and err == b"" and f" {_LONG}" in out.decode()
    ), (one.returncode, err)
    return (out + err).decode()


async def _shown(place: str, folder: Path) -> str:
    """What the app writes; it ends by itself, or is left once it has told of the bug or the answer is there."""
    async with Terminal("-m", "mine:one", PROMPT, program=BUGGY, CRASH=place) as screen:
        went = asyncio.create_task(screen.gone(60))
        told = asyncio.create_task(screen.sees("Something went wrong inside Chinwag", 60))
        done = asyncio.create_task(until(lambda: any(row[:2] == ("reply", "done") for row in kept(folder))))
        await asyncio.wait({went, told, done}, return_when=asyncio.FIRST_COMPLETED)
        while not went.done():  # a reply under way is asked about
            screen.press("\x11")
            await asyncio.wait({went}, timeout=1)
        for task in (told, done):
            task.cancel()
        await asyncio.wait({told, done})
        code, printed = await went, screen.printed()
        assert screen.left_behind() == []
        assert code == 0 or (code == 1 and "Chinwag stopped because of a bug in itself" in printed), code
        return printed
