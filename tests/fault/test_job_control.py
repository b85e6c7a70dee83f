"""Whenever the terminal was somebody else's, all of it is drawn again, and its modes are set again."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.pty import MODES, Terminal

SHELL = """
import fcntl, os, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
"""


def state_of(pid: int) -> str:
    """The letter for what a process does (proc_pid_stat(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def stopped(pid: int) -> None:
    """Wait until a process stands still."""
    end = time.monotonic() + 20
    while state_of(pid) != "T":
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def modes_on(screen: Terminal) -> set[str]:
    """What is switched on at the terminal; no test's terminal knows how to resize in band."""
    return {name for name, mode in MODES.items() if screen.is_on(mode)} - {"resize in band"}


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
async def test_after_a_stop_the_whole_screen_is_drawn_again_and_typing_goes_on(number: signal.Signals) -> None:
    async with Terminal("-m", "test:test", "hello", size=(100, 24)) as screen:
        await screen.sees("success .no tool calls.")
        await screen.sees("hello now (?!●)")  # the reply has ended
        modes = modes_on(screen)
        before = screen.text().splitlines()
        screen.process.send_signal(number)
        await stopped(screen.process.pid)
        screen.blank()
        screen.process.send_signal(signal.SIGCONT)
        await screen.sees("success .no tool calls. .*❯ Ask anything")
        assert screen.text().splitlines()[:17] == before[:17]  # a toast may stand below, and go
        assert modes_on(screen) == modes
        screen.press("still here")
        await screen.sees("❯ still here")
        screen.press("\x11")
        assert await screen.gone() == 0
        assert screen.left_behind() == []


async def test_ctrl_z_goes_to_the_shell_and_fg_comes_back() -> None:
    async with Terminal(program=(sys.executable, "-c", SHELL), PS1="shell> ") as screen:
        await screen.sees("shell>")
        screen.press(f"{sys.executable} -m tui --demo\r")
        await screen.sees("❯ Ask anything")
        screen.press("\x1a")  # nothing was written yet
        await screen.sees("Stopped .*shell>")
        screen.blank()
        screen.press("fg\r")
        await screen.sees("❯ Ask anything .*menu")
        screen.press("one two")
        await screen.sees("❯ one two")
        screen.press("\x1a")  # what was written it takes back
        await screen.sees("❯ (Ask anything|one )")
        screen.press("\x1bOR")  # the list of chats
        await screen.sees("› ")
        screen.press("\x1a")
        await screen.sees("Stopped .*shell>")
        assert not screen.is_on(MODES["alternate screen"])
        away = screen.printed()
        assert away.rfind("\x1b[23;0t") > away.rfind("\x1b[22;0t")
        screen.blank()
        screen.press("fg\r")
        await screen.sees("› .*menu")
        back = screen.printed()[len(away) :]
        assert back.index("\x1b[22;0t") < back.index("\x1b]0;Chinwag\x1b\\")
        screen.press("\x10suspend\r")
        await screen.sees("Stopped .*shell>")
        screen.blank()
        screen.press("fg\r")
        await screen.sees("› .*menu")
        screen.blank()
        screen.press("\x11")
        await screen.sees("shell>")


async def test_without_a_shell_ctrl_z_says_so_and_stops_nothing() -> None:
    async with Terminal("--demo") as screen:
        await screen.sees("❯ Ask anything")
        screen.press("\x1bOR\x1a")
        await screen.sees("There is no shell behind Chinwag")
        screen.press("\x11")
        assert await screen.gone() == 0


# All that a demo shows at its start; the list of chats comes last, as it waits for the library.
STARTED = "answers next .*No chats yet .*F1 help .*❯ Ask anything .*chat free .*menu"

LENDING = """
import os, sys
from tui.app.app import ChatApp
def lend(self):
    with self.suspend():
        os.system("clear; echo This is the pager; read line")
ChatApp.action_help = lend
from tui.cli import main
sys.argv = ["chinwag", "--demo"]
sys.exit(main())
"""


async def test_what_was_lent_to_a_pager_is_drawn_again() -> None:
    async with Terminal(program=(sys.executable, "-c", LENDING)) as screen:
        await screen.sees(STARTED)
        screen.press("one two")
        await screen.sees("❯ one two .*tokens")
        before = screen.text()
        screen.press("\x1bOP")
        await screen.sees("This is the pager")
        screen.press("\r")
        await screen.until(lambda: screen.text() == before, "the screen as it was")
        screen.press("\x11")
        assert await screen.gone() == 0
        assert screen.left_behind() == []


async def test_what_a_window_lost_that_was_smaller_for_a_moment_is_drawn_again() -> None:
    """A tiling window manager does that to every window: no size is told that differs from the last one."""
    async with Terminal("--demo", size=(100, 24)) as screen:
        await screen.sees(STARTED)
        before = screen.text()
        screen.resize(30, 6)
        screen.resize(100, 24)
        assert screen.text() != before
        await screen.until(lambda: screen.text() == before, "the screen as it was")


async def test_what_another_program_wrote_over_is_drawn_again_when_it_is_asked_for() -> None:
    async with Terminal("--demo", size=(100, 24)) as screen:
        await screen.sees(STARTED)
        before = screen.text()
        screen.blank()
        screen.press("/redraw\r")
        await screen.until(lambda: screen.text() == before, "the screen as it was")
