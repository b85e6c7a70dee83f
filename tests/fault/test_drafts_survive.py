"""kill -9 at any moment of writing, sending and queueing: what was on the screen half a second before is not lost.

`pytest tests/fault/test_drafts_survive.py --rounds 50 -s --timeout 0` is the long battery; it prints the worst loss.
"""

import asyncio
import re
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.support.pty import Terminal, library_of
from tui.store import conversations, unsent
from tui.store.database import Database

LOST_S = 0.5
SLACK_S = 0.5
"""For a machine that has other things to do."""
QUIT = "\x11"
_WORD = re.compile(r"r\d+w\d+")


class Typist:
    """Types words that are each there once, and sends what is written now and then; `seen`: when each was shown."""

    def __init__(self, terminal: Terminal, number: int) -> None:
        self._terminal = terminal
        self._random = Random(number)
        self._number = number
        self.seen: dict[str, float] = {}

    async def type(self) -> None:
        for place in range(10_000):
            word = f"r{self._number}w{place}"
            self._terminal.press(f"{word} ")
            await self._terminal.sees(rf"\b{word}\b")
            self.seen[word] = time.monotonic()
            if self._random.random() < 0.2:
                self._terminal.press("\r")
            await asyncio.sleep(self._random.uniform(0, 0.08))


async def kept_words(path: Path) -> Counter[str]:
    """Every word of what was sent and of what was not, with how often it is there."""
    database = Database(path)
    await database.open()
    assert database.notice == ""
    texts = [row.text for row in await database.read(unsent.everything)]
    for chat in await database.read(conversations.newest):
        texts += [row.text for row in await database.read(conversations.tree, chat.id) if row.kind == "prompt"]
    await database.close()
    return Counter(word for text in texts for word in _WORD.findall(text))


async def test_killed_at_any_moment_of_writing_at_most_the_last_half_second_is_lost(_home: Path, rounds: int) -> None:
    must: set[str] = set()
    worst_s = 0.0
    for number in range(rounds):
        async with Terminal("-m", "demo:guide" if number % 2 else "test:test") as terminal:
            await terminal.sees("F1 help")
            typist = Typist(terminal, number)
            typing = asyncio.create_task(typist.type())
            await asyncio.wait({typing}, timeout=Random(-number).uniform(0.2, 2.5))
            assert not typing.done(), typing.exception()
            terminal.process.kill()
            killed = time.monotonic()
            typing.cancel()
            await asyncio.wait({typing})
        kept = await kept_words(library_of(_home))
        assert not [word for word, times in kept.items() if times > 1], "nothing comes twice"
        lost = {word: killed - at for word, at in typist.seen.items() if word not in kept}
        worst_s = max(worst_s, *lost.values(), 0.0)
        must |= {word for word in typist.seen if word in kept}
        assert max(lost.values(), default=0.0) < LOST_S + SLACK_S, lost
        assert must <= set(kept), "what was there once stays"
    print(f"{rounds} rounds, {len(must)} words kept; the oldest that was lost was {worst_s * 1000:.0f} ms old")


async def test_the_next_start_has_it_in_the_composer_and_one_for_another_model_leaves_it_there() -> None:
    async with Terminal("-m", "test:test") as terminal:
        await terminal.sees("Ask anything")
        terminal.press("half a thought")
        await terminal.sees("half a thought")
        terminal.press(QUIT)
        assert await terminal.gone() == 0, "nothing is asked"
    async with Terminal("-m", "demo:guide") as terminal:
        await terminal.sees("✎")
        assert "Ask anything" in terminal.text()
    async with Terminal() as terminal:
        await terminal.sees(r"❯ half a thought")
