"""A window is called by the chat while the app has it, and as before afterwards; who looks elsewhere is told."""

import sys
from pathlib import Path

from tests.support.pty import Terminal
from tui.paths import config_dir

QUICK = """
import sys
from functools import partial
from tui.agent.models import demo
from tui.app import window
demo.DemoModel = partial(demo.DemoModel, words_per_s=300)
window.UNSEEN_S = 0
from tui.cli import main
sys.exit(main())
"""


async def test_the_title_follows_the_chat_and_the_next_start_opens_it_again(_home: Path) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text("open_last = true\n")
    async with Terminal("--demo") as screen:
        await screen.sees("❯ Ask anything")
        await screen.is_called("^Chinwag$")
        screen.press("hello there\r")
        await screen.is_called("^● hello there · Chinwag$")
        screen.press("\x1b")
        await screen.is_called("^hello there · Chinwag$")
        screen.press("\x11")
        assert await screen.gone() == 0
        assert screen.left_behind() == []
    async with Terminal() as screen:
        await screen.sees("hello there .*Stopped by you")
        await screen.is_called("^hello there · Chinwag$")
        screen.press("\x11")
        assert await screen.gone() == 0


async def test_who_has_gone_to_another_window_is_told_of_the_answer() -> None:
    program = (sys.executable, "-c", QUICK)
    async with Terminal("--demo", program=program, TERM_PROGRAM="ghostty", TMUX="", STY="", ZELLIJ="") as screen:
        await screen.sees("❯ Ask anything")
        screen.press("hello\r")
        await screen.is_called("^● hello")
        screen.press("\x1b[O")
        await screen.writes("\x1b]777;notify;Chinwag;“hello” has its answer\x1b\\")
        screen.press("\x1b[I\x11")
        assert await screen.gone() == 0
