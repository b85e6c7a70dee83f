"""One program, for thousands of turns with servers that misbehave: what it holds stays as it was.

Files are counted without the HTTP connections that wait for the next request, which have a row of their own.
"""

import asyncio
import json
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import mean, median

from tests.battery.result import Result
from tests.support.fronts import until
from tests.support.homes import home
from tests.support.misbehaving.dialects import DIALECTS
from tests.support.misbehaving.fault import Fault
from tests.support.misbehaving.server import FAULTS, Misbehaving
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir

DESCRIPTION = (
    "thousands of turns, switches, comparisons, stops, resizes: memory, tasks, threads, files, children stay flat"
)
ROUNDS, SHORT = 3_000, 2

COUNTING = (sys.executable, "-m", "tests.support.counting_chinwag")
_LOOKS = 60
"""How often it is looked at."""
_MOST_GROWTH_MB = 10.0
"""That the second half may bring, by a line through its figures; a library that grows is part of it."""
_MOST_IDLE = 12
"""Connections that wait for the next request, for a minute: 8 of a server's list of models, the columns, a title."""
_TURNS_OF_A_CHAT = 8
_CALLS = "tool-calls-without-end"
"""Calls the calculator until it is stopped; after some calls it is asked whether to go on, and waits."""
_HEAVY = 50_000
"""Texts that are longer would make it a test of drawing."""


def _quick() -> dict[str, bool]:
    """The faults whose turn does not last, and whether they have to be stopped."""
    quick = {name: fault.ends == "stalled" for name, fault in FAULTS.items() if _is_quick(name, fault)}
    return {**quick, _CALLS: True}


def _is_quick(name: str, fault: Fault) -> bool:
    long = ("MB", "million", "second", "byte")
    waits = {"network", "limit"} & set(fault.kinds)
    return not waits and not any(word in name for word in long) and len(fault.text or "") < _HEAVY


def run(rounds: int, seed: int) -> Result:
    """So many turns."""
    result = Result()
    asyncio.run(_run(rounds, Random(seed), result))
    return result


async def _run(rounds: int, chance: Random, result: Result) -> None:
    with home() as folder:
        async with Misbehaving() as server:
            config_dir().mkdir(parents=True)
            (config_dir() / "config.toml").write_text('[chat]\ntools = "calculate=allow"\n' + "".join(
                f'[providers.{name}]\nbase_url = "{server.url}{dialect.base}"\napi = "{name}"\n'
                f"models = {json.dumps(list(_quick()))}\n" for name, dialect in DIALECTS.items()
            ))  # fmt: skip
            counts = folder / "counts"
            async with Terminal("-m", "ollama:plain", program=COUNTING, size=(120, 40), COUNTS=str(counts)) as screen:
                await screen.sees("Ask anything")
                use = _Use(screen, folder, chance)
                for number in range(rounds):
                    with result.trial("turns", f"turn {number}"):
                        await use.turn(number)
                    if number % max(1, rounds // _LOOKS) == 0:
                        await _look(screen, counts)
                screen.press("\x11")
                result.count("left by its key", 1, *([] if await screen.gone() == 0 else ["not by its key"]))
                result.count("terminal", 1, *screen.left_behind())
        with closing(sqlite3.connect(library_of(folder))) as library:
            whole = library.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            result.count("library", 1, *([] if whole else ["it is not whole"]))
        _judge(_counted(counts), rounds, result)


class _Use:
    """What somebody does with it."""

    def __init__(self, screen: Terminal, folder: Path, chance: Random) -> None:
        self._screen = screen
        self._folder = folder
        self._chance = chance
        self._faults = _quick()
        self._escaped = False
        self._extras: list[Callable[[], Awaitable[None]]] = [self._resize, self._look_around, self._compare, self._type]

    async def turn(self, number: int) -> None:
        """One prompt and its answer, and now and then something else."""
        try:
            await self._turn(number)
        except TimeoutError:
            shown = self._screen.text()
            self._screen.press("\x0e")  # a new chat, where the next turn begins
            raise AssertionError(f"nothing happens any more in:\n{shown}") from None

    async def _turn(self, number: int) -> None:
        await self._back()
        if number % _TURNS_OF_A_CHAT == 0:
            self._screen.press("/new\r")
            await self._screen.sees("New chat")
        name = self._chance.choice(list(self._faults))
        vendor = self._chance.choice(FAULTS[name].dialects)
        self._screen.press(f"@@{vendor}:{name} prompt {number}\r")
        await until(lambda: self._replies(f"prompt {number}"))
        if self._faults[name]:
            await asyncio.sleep(self._chance.uniform(0, 0.2))
            self._escape()
        await until(lambda: all(state != "streaming" for state in self._replies(f"prompt {number}")))
        await self._screen.sees_no_more("esc stop")  # what is on the disk the app knows a moment later
        if self._chance.random() < 0.2:
            await self._chance.choice(self._extras)()

    def _replies(self, prompt: str) -> list[str]:
        """The states of the answers to a prompt."""
        if not library_of(self._folder).exists():
            return []
        with closing(sqlite3.connect(f"file:{library_of(self._folder)}?mode=ro", uri=True, timeout=10)) as library:
            return [state for (state,) in library.execute(
                "SELECT r.state FROM messages p JOIN messages r ON r.parent_id = p.id WHERE p.text = ?", (prompt,)
            )]  # fmt: skip

    async def _back(self) -> None:
        """Go where one writes, from wherever it is, and see that the keys go there before any is pressed.

        An Esc that is not read yet would take the next key with it, or elsewhere: so one is tried, and taken back.
        """
        for _ in range(20):
            try:
                await self._screen.sees("[❯›] Ask anything", 1)
                if "› Ask anything" in self._screen.words():
                    self._screen.click("Ask anything")
                    await self._screen.sees("❯ Ask anything", 1)
                if self._escaped:
                    self._screen.press("j")
                    await self._screen.sees("❯ j", 1)
                    self._screen.press("\x7f")
                    await self._screen.sees("❯ Ask anything", 1)
            except AssertionError:
                self._escape()
            else:
                self._escaped = False
                return
        raise TimeoutError

    def _escape(self) -> None:
        self._screen.press("\x1b")
        self._escaped = True

    async def _resize(self) -> None:
        for size in ((1, 1), (200, 50), (40, 12), (120, 40)):
            self._screen.resize(*size)
            await asyncio.sleep(0.02)

    async def _look_around(self) -> None:
        for keys in ("\x1bOP", "\x0c", "\x1b[19~", "\x1bOR"):  # help, models, usage, chats
            self._screen.press(keys)
            await self._screen.sees_no_more("❯ Ask anything")
            await self._back()

    async def _type(self) -> None:
        self._screen.press("half a thought")
        await self._screen.sees("half a thought")
        self._screen.press("\x15" + "\x7f" * 20)
        await self._screen.sees_no_more("half a thought")

    async def _compare(self) -> None:
        prompt = f"compared {time.monotonic_ns()}"
        self._screen.press(f"/compare openai-chat:plain anthropic:status-400 ollama:closed-in-the-middle -- {prompt}\r")
        await until(lambda: len(self._replies(prompt)) == 3 and "streaming" not in self._replies(prompt))
        await self._screen.sees("Pick the answer")
        self._screen.press("\r")
        await self._screen.sees("↵ to the chat")
        self._screen.press("\r")
        await self._screen.sees("Ask anything")


async def _look(screen: Terminal, counts: Path) -> None:
    """Have it count what it holds, and add what the system knows."""
    before = len(_counted(counts))
    screen.process.send_signal(signal.SIGUSR1)
    await until(lambda: len(_counted(counts)) > before)
    _add(screen.process.pid, counts)


def _counted(counts: Path) -> list[dict[str, float]]:
    """Each count, by kind; one that is being written is not there yet."""
    text = counts.read_text() if counts.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def _add(pid: int, counts: Path) -> None:
    *lines, last = _counted(counts)
    size = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    last["memory, MB"] = int(size[1]) / 1024 if size else 0
    # A connection that waits for the next request goes after a minute; whether one is left over, "busy" tells.
    waiting = last["connections, idle"] + last["connections, left by the server"]
    last["files"] = len(list(Path(f"/proc/{pid}/fd").iterdir())) - waiting
    last["children"] = len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    counts.write_text("".join(f"{json.dumps(line)}\n" for line in [*lines, last]))


def _judge(looks: list[dict[str, float]], rounds: int, result: Result) -> None:
    """By a line through the second half: what it grew by, of each kind. A few turns say nothing of that.

    One connection that is never given back is no growth to speak of: of those at work there must be none now and then.
    """
    half = looks[len(looks) // 2 :]
    for kind in half[0]:
        figures = [look[kind] for look in half]
        grown = _slope(figures) * (len(figures) - 1)
        most = _MOST_GROWTH_MB if "MB" in kind else max(2.0, 0.1 * mean(figures))
        series = " ".join(f"{figure:.0f}" for figure in figures)
        wrong = (
            f"{grown:+.1f} in the second half of {rounds} turns: {series}"
            if grown > most and len(looks) >= _LOOKS
            else ""
        )
        if kind == "connections, busy" and len(looks) >= _LOOKS and min(figures[len(figures) // 2 :]):
            wrong = f"never none towards the end of {rounds} turns: {series}"
        if kind == "connections, idle":  # it goes up and down
            wrong = f"{max(figures):.0f} at once" if max(figures) > _MOST_IDLE else ""
        result.count(kind, 1, *([wrong] if wrong else []))
        seen = f"{looks[0][kind]:,.0f} at the start, {half[0][kind]:,.0f} halfway, {half[-1][kind]:,.0f} at the end"
        result.figure(kind, f"{seen}; {grown:+.1f} in the second half")


def _slope(figures: list[float]) -> float:
    """Of a line that no figure turns by itself, such as one taken while a dialog is shown: the median of all slopes."""
    return median([(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(figures), 2)] or [0.0])
