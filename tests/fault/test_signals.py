"""The app killed in mid-answer shows it at the next start; for signals there is the battery `signals`."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.support.protocol_server import Answer, ProtocolServer, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir

WORDS = "The first words of an answer."


def half_an_answer() -> Answer:
    """Some words, and then nothing for ever."""
    words = sse({"choices": [{"delta": {"content": WORDS}}]}, done=False)
    return Answer([*words, asyncio.Event()])


def configure(server: ProtocolServer) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')


def kept(home: Path) -> list[tuple[str, str, str]]:
    """Kind, state and text of every message in the library."""
    if not library_of(home).exists():
        return []
    with closing(sqlite3.connect(f"file:{library_of(home)}?mode=ro", uri=True)) as library:
        return library.execute("SELECT kind, state, text FROM messages ORDER BY number").fetchall()


def wait_until_kept(home: Path) -> None:
    """Wait for the checkpoint; it comes twice a second."""
    until = time.monotonic() + 20
    while not any(text == WORDS for _, _, text in kept(home)):
        assert time.monotonic() < until, kept(home)
        time.sleep(0.05)


async def test_a_kill_in_mid_answer_loses_neither_question_nor_words(_home: Path) -> None:
    async with ProtocolServer(half_an_answer()) as server:
        configure(server)
        async with Terminal("-m", "mine:one", "Go on") as screen:
            await screen.sees(WORDS)
            await asyncio.to_thread(wait_until_kept, _home)
            screen.process.kill()
            await screen.gone()
        async with Terminal("-c") as screen:
            await screen.sees(f"Go on .*{WORDS} ! Interrupted")
            screen.press("still here")
            await screen.sees("❯ still here")
            screen.press("\x11")
            assert await screen.gone() == 0
    assert kept(_home)[1][1] == "interrupted"
