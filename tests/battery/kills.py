"""`kill -9` of the real program, five on one library, in mid-answer and in mid-writing; five that write at once."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from tests.battery.result import Result
from tests.support.forked import CHINWAG, Forked, ran
from tests.support.fronts import until
from tests.support.homes import home
from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir
from tui.store import conversations, unsent
from tui.store.database import Database

DESCRIPTION = (
    "kill -9 in mid-answer and in mid-writing, five programs on one library: no prompt lost, a second of words"
)
ROUNDS, SHORT = 200, 1

_AT_ONCE = 5
_LOST_S = 1.0
_UNSENT_LOST_S = 0.5
_ROOT = Path(__file__).parents[2]
_WORD = re.compile(r"r\d+w\d+")


def run(rounds: int, seed: int) -> Result:
    """Kill so many answers, in waves of five; type a quarter as often; write as many turns at once, five times."""
    result = Result()
    asyncio.run(_answers(rounds, seed, result))
    asyncio.run(_typing(max(1, rounds // 4), seed, result))
    _writing(max(10, rounds), result)
    _wrong_clocks(rounds // 20, seed, result)
    return result


def _slack_s() -> float:
    """For a machine that has other things to do."""
    return 0.5 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class _Talker(ProtocolServer):
    """Answers each prompt with words without end, and knows when it has sent them."""

    def __init__(self) -> None:
        super().__init__(respond=self._talk)
        self.sent: dict[str, list[float]] = {}

    def _talk(self, seen: Seen) -> Answer:
        if seen.method == "GET":
            return Answer([b'{"data": []}'], content_type="application/json")
        return Answer(self._words(self.sent.setdefault(seen.body["messages"][-1]["content"], [])))

    def _words(self, sent: list[float]) -> Iterator[Step]:
        while True:
            yield from sse({"choices": [{"delta": {"content": f"w{len(sent)} "}}]}, done=False)
            sent.append(time.monotonic())
            yield 0.01


async def _answers(rounds: int, seed: int, result: Result) -> None:
    """All waves have one library, in which all that came before has to stay."""
    prompts: set[str] = set()
    worst_s = 0.0
    with home() as folder:
        for wave in range(-(-rounds // _AT_ONCE)):
            async with _Talker() as server:
                config_dir().mkdir(parents=True, exist_ok=True)
                (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
                killed = await _wave(wave, Random(f"{seed} {wave}"), server)
            kept = await _kept(library_of(folder), result, wave)
            prompts |= set(killed)
            for prompt, at in killed.items():
                with result.trial("killed in mid-answer", prompt):
                    lost_s = _lost_s(kept[prompt], server.sent[prompt], at)
                    worst_s = max(worst_s, lost_s)
                    assert lost_s < _LOST_S + _slack_s(), f"{lost_s:.2f} s of words are lost"
            result.count("prompts kept", len(prompts), *(prompts - set(kept)))
    result.figure("killed in mid-answer", f"at most {worst_s:.2f} s of words lost")


async def _wave(wave: int, chance: Random, server: _Talker) -> dict[str, float]:
    """Start five programs, kill each some time after its first words; the prompts, and when it was."""
    killed: dict[str, float] = {}

    async def one(number: int) -> None:
        prompt = f"prompt {wave} {number}"
        arguments = ("-m", "mine:one", prompt)
        if number % 5 == 0:
            async with Terminal(*arguments) as screen:
                await _kill(screen.process, prompt)
        elif number % 5 == 1:
            async with Terminal("--plain", *arguments) as screen:
                await _kill(screen.process, prompt)
        else:
            with Forked[bytes](
                [*CHINWAG, "-p", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            ) as process:
                await _kill(process, prompt)

    async def _kill(process: "subprocess.Popen[bytes]", prompt: str) -> None:
        try:
            await until(lambda: server.sent.get(prompt))
            await asyncio.sleep(chance.uniform(0, 2.5))
        finally:
            process.send_signal(signal.SIGKILL)
            killed[prompt] = time.monotonic()

    await asyncio.gather(*map(one, range(_AT_ONCE)))
    return killed


def _lost_s(text: str, sent: list[float], killed: float) -> float:
    """How old the first word was that is not there; the words that are there are those that were sent."""
    words = text.split()
    assert words == [f"w{number}" for number in range(len(words))]
    return max(0.0, killed - sent[len(words)]) if len(words) < len(sent) else 0.0


async def _kept(path: Path, result: Result, wave: int) -> dict[str, str]:
    """The answer to each prompt, once the library was opened again."""
    database = Database(path)
    with result.trial("opened again, whole", f"wave {wave}"):
        await database.open()
        assert database.notice == "", database.notice
        assert not await database.read(conversations.streaming_owners)
    rows = [
        await database.read(conversations.branch, chat.id) for chat in await database.read(conversations.newest, 10_000)
    ]
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return {branch[0].text: branch[1].text for branch in rows}


class _Typist:
    """Types words that are each there once, and sends what is written now and then; `seen`: when each was shown."""

    def __init__(self, terminal: Terminal, number: int, chance: Random) -> None:
        self._terminal = terminal
        self._chance = chance
        self._number = number
        self.seen: dict[str, float] = {}

    async def type(self) -> None:
        for place in range(10_000):
            word = f"r{self._number}w{place}"
            self._terminal.press(f"{word} ")
            await self._terminal.sees(rf"\b{word}\b")
            self.seen[word] = time.monotonic()
            if self._chance.random() < 0.2:
                self._terminal.press("\r")
            await asyncio.sleep(self._chance.uniform(0, 0.08))


async def _typing(rounds: int, seed: int, result: Result) -> None:
    """Killed at any moment of writing, sending and queueing: what was shown half a second before is there, once."""
    must: set[str] = set()
    worst_s = 0.0
    with home() as folder:
        for number in range(rounds):
            chance = Random(f"{seed} {number}")
            with result.trial("killed in mid-writing", f"round {number}"):
                async with Terminal("-m", "demo:guide" if number % 2 else "test:test") as terminal:
                    await terminal.sees("F1 help")
                    typist = _Typist(terminal, number, chance)
                    typing = asyncio.create_task(typist.type())
                    await asyncio.wait({typing}, timeout=chance.uniform(0.2, 2.5))
                    assert not typing.done(), typing.exception()
                    terminal.process.kill()
                    killed = time.monotonic()
                    typing.cancel()
                    await asyncio.wait({typing})
                kept = await _written(library_of(folder))
                assert not [word for word, times in kept.items() if times > 1], "nothing comes twice"
                lost = {word: killed - at for word, at in typist.seen.items() if word not in kept}
                worst_s = max(worst_s, *lost.values(), 0.0)
                must |= {word for word in typist.seen if word in kept}
                assert max(lost.values(), default=0.0) < _UNSENT_LOST_S + _slack_s(), lost
                assert must <= set(kept), "what was there once stays"
    result.figure("killed in mid-writing", f"{len(must)} words; the oldest lost was {worst_s:.2f} s old")


async def _written(path: Path) -> Counter[str]:
    """Every word of what was sent and of what was not, with how often it is there."""
    database = Database(path)
    await database.open()
    assert database.notice == ""
    texts = [row.text for row in await database.read(unsent.everything)]
    for chat in await database.read(conversations.newest):
        texts += [row.text for row in await database.read(conversations.tree, chat.id) if row.kind == "prompt"]
    await database.close()
    return Counter(word for text in texts for word in _WORD.findall(text))


def _writing(turns: int, result: Result) -> None:
    """Five programs that start at once on a new home write to one chat, and each to one of its own."""
    shared, names = "00000000-0000-7000-8000-000000000000", "abcde"
    with home() as folder:
        path = library_of(folder)
        command = [sys.executable, "-m", "tests.support.store_child", "write", str(path)]
        programs = [
            Forked(
                [*command, name, str(turns), shared],
                cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for name in names
        ]  # fmt: skip
        try:
            said = [program.communicate("go\n", timeout=600)[0].split() for program in programs]
        finally:
            for program in programs:
                program.kill()
        result.count("programs that wrote", len(names), *(str(one) for one in said if one != ["ready", "done"]))
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = connection.execute("SELECT c.title, m.kind, m.state, m.text FROM messages m JOIN conversations c"
                                      " ON c.id = m.conversation_id").fetchall()  # fmt: skip
    found = Counter((title, text) for title, kind, _, text in rows if kind == "prompt")
    wanted = {(title, f"{name} {number}") for name in names for number in range(turns) for title in (name, "shared")}
    result.count("turns written at once", len(wanted), *(str(one) for one in wanted if found[one] != 1))
    assert {state for _, _, state, _ in rows} == {"done"}


def _wrong_clocks(rounds: int, seed: int, result: Result) -> None:
    """A chat of four turns between which the clock jumps by up to a year, to and fro: they stay in their order."""
    program = (sys.executable, "-m", "tests.support.clock_chinwag")
    for number in range(rounds):
        chance = Random(f"{seed} {number}")
        with result.trial("clock that jumps", f"round {number}"), home() as folder:
            prompts = [f"turn {turn}" for turn in range(4)]
            for turn, prompt in enumerate(prompts):
                off_s = -86_400.0 * 30 if turn == 1 else chance.uniform(-3e7, 3e7)
                chat = ("-c",) if turn else ()
                done = ran("-p", "-m", "test:test", *chat, prompt, program=program, more={"CLOCK_OFF": str(off_s)})
                assert done.returncode == 0 and done.stderr == "", done.stderr
            with closing(sqlite3.connect(library_of(folder))) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                parents = dict(connection.execute("SELECT id, parent_id FROM messages").fetchall())
                texts = dict(connection.execute("SELECT id, text FROM messages WHERE kind = 'prompt'").fetchall())
                (leaf,) = connection.execute("SELECT active_leaf FROM conversations").fetchone()
            branch = []
            while leaf is not None:
                branch.append(texts.get(leaf))
                leaf = parents[leaf]
            assert [text for text in branch[::-1] if text] == prompts, branch
