"""The editor has the terminal to itself, and afterwards it is as it was: modes, keys, screen, and a reply goes on."""

import sys
from pathlib import Path

from tests.fault.test_job_control import modes_on
from tests.support.pty import Terminal

EDITOR = """#!{python}
import os, sys, termios
flags = termios.tcgetattr(0)
print("EDITOR HERE", "cooked" if flags[3] & termios.ICANON else "raw", flush=True)
line = sys.stdin.readline()
open(sys.argv[1], "a").write(" " + line)
"""

OWNER = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tui.cli import main
sys.exit(main())
"""
"""Its keys interrupt only where it is somebody's terminal."""


async def test_the_terminal_is_lent_to_the_editor_and_taken_back(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR.format(python=sys.executable))
    editor.chmod(0o700)
    async with Terminal("--demo", program=(sys.executable, "-c", OWNER), EDITOR=str(editor), VISUAL="") as screen:
        await screen.sees("❯ Ask anything")
        modes = modes_on(screen)
        screen.press("draft")
        await screen.sees("❯ draft")
        screen.press("\x0f")
        await screen.sees("EDITOR HERE cooked")
        assert not modes_on(screen), "no mouse, no alternate screen: they are the editor's"
        screen.blank()
        screen.press("\x03")  # nobody but the editor hears it, and this one dies of it
        await screen.sees("editor was ended by signal 2.*❯ draft")
        screen.press("\x0f")
        await screen.sees("EDITOR HERE cooked")
        screen.press("written elsewhere\r")
        await screen.sees("❯ draft written elsewhere")
        assert modes_on(screen) == modes
        screen.press("\x11")
        assert await screen.gone() == 0
        assert screen.left_behind() == []
