"""A terminal that stops reading, or goes away: what comes is kept, and the program can be ended and does not spin."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Step, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir

LINES = 200
"""So many that all of them drawn are far more than a terminal has room for."""


def line_of(number: int) -> list[Step]:
    return sse({"choices": [{"delta": {"content": f"Line {number} of it.\n\n"}}]}, done=False)


@asynccontextmanager
async def long_answer() -> AsyncIterator[tuple[ProtocolServer, Callable[[], "asyncio.Task[None]"]]]:
    """A server whose answer is a first line, then, once told to go on, all the others, and no end."""
    gates = [asyncio.Event() for _ in range(LINES)]
    steps: list[Step] = [*line_of(0)]
    for number, gate in enumerate(gates, 1):
        steps += [gate, *line_of(number)]

    async def open_all() -> None:
        for gate in gates:
            gate.set()
            await asyncio.sleep(0.01)  # each is drawn by itself

    async with ProtocolServer(Answer([*steps, asyncio.Event()])) as server:
        config_dir().mkdir(parents=True)
        (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
        yield server, lambda: asyncio.create_task(open_all())


def reply(home: Path) -> Sequence[str]:
    """State and text of the reply in the library."""
    with closing(sqlite3.connect(f"file:{library_of(home)}?mode=ro", uri=True)) as library:
        row = library.execute("SELECT state, text FROM messages WHERE kind = 'reply'").fetchone()
    return row or ("", "")


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_what_comes_while_the_terminal_is_frozen_is_kept_and_a_signal_ends_the_program(
    number: signal.Signals, code: int, _home: Path
) -> None:
    async with long_answer() as (_, go_on), Terminal("-m", "mine:one", "Go on") as screen:
        await screen.sees("Line 0 of it")
        screen.freeze()
        await go_on()
        await until(lambda: f"Line {LINES} of it" in reply(_home)[1])
        screen.process.send_signal(number)
        assert await asyncio.to_thread(screen.process.wait, 20) == code
        screen.thaw()
        await screen.gone()
        assert screen.left_behind() == []
        assert "Traceback" not in screen.printed()
    assert reply(_home)[0] == "interrupted"


async def test_a_terminal_that_reads_again_shows_all_that_it_missed(_home: Path) -> None:
    async with long_answer() as (_, go_on), Terminal("-m", "mine:one", "Go on") as screen:
        await screen.sees("Line 0 of it")
        screen.freeze()
        await go_on()
        await until(lambda: f"Line {LINES} of it" in reply(_home)[1])
        screen.thaw()
        await screen.sees(f"Line {LINES - 1} of it. Line {LINES} of it.*❯ Ask anything")
        screen.press("still here")
        await screen.sees("❯ still here")


async def test_a_closed_window_ends_the_program_and_the_next_start_takes_its_reply_over(_home: Path) -> None:
    async with long_answer() as (_, go_on):
        async with Terminal("-m", "mine:one", "Go on") as screen:
            await screen.sees("Line 0 of it")
            screen.freeze()
            await go_on()
            screen.hang_up()  # this terminal is no controlling one, so that no signal tells of it
            assert await asyncio.to_thread(screen.process.wait, 20) == 129
        assert reply(_home)[0] == "interrupted"
        async with Terminal("-c") as screen:
            await screen.sees("Line 19[0-9] of it.*tokens kept")
