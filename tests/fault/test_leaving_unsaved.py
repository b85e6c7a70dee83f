"""What a full disk has refused must not be gone when the program ends: not by a key, a signal, or the end of `-p`."""

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.forked import ran
from tests.support.places import small_disk, unwritable
from tests.support.pty import Terminal
from tui.paths import state_dir

QUIT, ESCAPE = "\x11", "\x1b"
ANSWER = "success (no tool calls)"
DONE = rf"◆ test \d\d:\d\d .*{re.escape(ANSWER)}"
"""The answer, and the sign that it is whole: before that, leaving asks about the reply."""


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@dataclass
class FullDisk:
    """The app, in which a question was answered while the disk of its library was full."""

    terminal: Terminal
    ballast: Path


@asynccontextmanager
async def answered_on_a_full_disk(home: Path, state: str = "state") -> AsyncIterator[FullDisk]:
    folder = home / "data"
    folder.mkdir()
    with small_disk(folder, 1 << 20):
        async with Terminal("-m", "test:test", CHINWAG_STATE_DIR=str(home / state)) as terminal:
            await terminal.sees("Ask anything")
            fill(folder / "ballast")
            terminal.press("The question\r")
            await terminal.sees("disk is full")
            await terminal.sees(DONE)
            yield FullDisk(terminal, folder / "ballast")


def written() -> list[Path]:
    return sorted(state_dir().glob("unsaved-*.json"))


def texts(file: Path) -> list[str]:
    return [message["text"] for message in json.loads(file.read_text())["messages"]]


def stored() -> str:
    return ran("export", "last", "-o", "-").stdout


async def test_the_key_that_quits_asks_and_says_where_it_went(_home: Path) -> None:
    async with answered_on_a_full_disk(_home) as full:
        full.terminal.press(QUIT)
        await full.terminal.sees("2 messages could not be saved")
        full.terminal.press("\r")
        assert await full.terminal.gone() == 0
        assert full.terminal.left_behind() == []
        (file,) = written()
        assert str(file) in full.terminal.printed().rpartition("\x1b[?1049l")[2]  # after the screen was given back
    assert texts(file) == ["The question", ANSWER]


async def test_who_stays_and_frees_some_space_leaves_with_everything_saved(_home: Path) -> None:
    async with answered_on_a_full_disk(_home) as full:
        full.terminal.press(QUIT)
        await full.terminal.sees("2 messages could not be saved")
        full.terminal.press(ESCAPE)
        full.ballast.unlink()
        await full.terminal.sees_no_more("2 messages could not be saved")  # a key too soon would be one with escape
        full.terminal.press(QUIT)
        assert await full.terminal.gone() == 0
        assert written() == []
        assert "The question" in await asyncio.to_thread(stored)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_writes_it_to_the_state_folder(number: signal.Signals, code: int, _home: Path) -> None:
    async with answered_on_a_full_disk(_home) as full:
        full.terminal.process.send_signal(number)
        assert await full.terminal.gone() == code
        assert full.terminal.left_behind() == []
        (file,) = written()
        assert str(file) in full.terminal.printed()
    assert texts(file) == ["The question", ANSWER]


async def test_where_no_file_can_be_written_the_words_stand_in_the_terminal(_home: Path) -> None:
    async with answered_on_a_full_disk(_home, "data/state") as full:
        full.terminal.process.send_signal(signal.SIGTERM)
        assert await full.terminal.gone() == 143
        assert full.terminal.left_behind() == []
        after = full.terminal.printed().rpartition("\x1b[?1049l")[2]
        assert "The question" in after and ANSWER in after


def one_shot() -> subprocess.CompletedProcess[str]:
    return ran("-p", "-m", "test:test", "The question")


def test_an_answer_of_the_command_line_goes_to_the_state_folder(_home: Path) -> None:
    assert one_shot().returncode == 0
    with unwritable(_home / "data"):
        done = one_shot()
    assert (done.returncode, done.stdout) == (0, f"{ANSWER}\n")
    (file,) = written()
    assert str(file) in done.stderr and texts(file) == ["The question", ANSWER]


def test_with_no_place_at_all_it_is_printed(_home: Path) -> None:
    assert one_shot().returncode == 0
    with unwritable(_home):
        done = one_shot()
    assert done.stdout == f"{ANSWER}\n"
    assert "The question" in done.stderr


async def test_a_library_that_is_only_in_memory_is_written_to_a_file(_home: Path) -> None:
    (_home / "data").write_text("a file where the folder should be")
    async with Terminal("-m", "test:test", "The question") as terminal:
        await terminal.sees(DONE)
        terminal.press(QUIT)
        await terminal.sees("2 messages could not be saved")
        terminal.press(QUIT)  # a second press is a yes
        assert await terminal.gone() == 0
    (file,) = written()
    assert texts(file) == ["The question", ANSWER]
