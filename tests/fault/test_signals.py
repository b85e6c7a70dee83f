"""Whatever ends the app in the middle of an answer, the terminal is as it was and what had come is kept."""

import asyncio
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir, state_dir

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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_in_mid_answer_leaves_the_terminal_as_it_was_and_keeps_the_words(
    number: signal.Signals, code: int, _home: Path
) -> None:
    async with ProtocolServer(half_an_answer()) as server:
        configure(server)
        async with Terminal("-m", "mine:one", "Go on") as screen:
            await screen.sees(WORDS)
            screen.process.send_signal(number)
            assert await screen.gone() == code
            assert screen.left_behind() == []
            assert "Traceback" not in screen.printed()
    assert kept(_home) == [("prompt", "done", "Go on"), ("reply", "interrupted", WORDS)]


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


CRASH = """
import sys
from tui.app.dialogs.help import Help
def broken(*_):
    key = "sk-canary-in-a-local"
    raise ZeroDivisionError("with sk-canary-in-a-message")
Help.compose = broken
from tui.cli import main
sys.argv = ["chinwag", "--demo"]
sys.exit(main())
"""


async def test_a_bug_in_the_app_leaves_one_line_and_no_local_variables() -> None:
    async with Terminal(program=(sys.executable, "-c", CRASH)) as screen:
        await screen.sees("❯ Ask anything")
        screen.press("\x1bOP")
        assert await screen.gone() == 1
        assert screen.left_behind() == []
        after = screen.printed().rpartition("\x1b[?1049l")[2]
    assert "Chinwag stopped because of a bug in itself" in after
    assert "Traceback" not in after and "canary" not in screen.printed()
    (report,) = state_dir().glob("crash-*.log")
    assert "ZeroDivisionError" in report.read_text() and "canary" not in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
