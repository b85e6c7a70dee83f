"""The app on a terminal that answers, or takes less: its background, its mouse, its encoding, and no colours."""

import os
import subprocess
from functools import partial

import pytest

from tests.support.pty import Terminal
from tui.paths import config_dir

ON_DARK, ON_LIGHT = "48;2;20;22;27", "48;2;252;250;246"
"""The backgrounds of our two themes."""


async def test_the_app_goes_with_the_terminals_background_and_no_answer_is_typed() -> None:
    async with Terminal("--demo", COLORTERM="truecolor") as screen:
        await screen.writes("\x1b]11;?\x1b\\")
        screen.press("typed \x1b]11;rgb:fcfc/fa")  # an answer in two pieces, between keys
        await screen.sees("Ask anything|typed")
        screen.press("fa/f6f6\x1b\\on")
        await screen.writes(ON_LIGHT)
        await screen.sees("❯ typed on")
        before = len(screen.written)
        screen.press("\x1b[?997;1n")
        await screen.until(lambda: ON_DARK.encode() in screen.written[before:], "the dark theme")
        screen.press("\x1b[?997;2n")
        before = len(screen.written)
        await screen.until(lambda: ON_LIGHT.encode() in screen.written[before:], "the light theme")
        screen.press("\x11")
        assert await screen.gone() == 0
        assert screen.left_behind() == []
    async with Terminal("--demo", COLORTERM="truecolor") as screen:
        await screen.sees("typed on")
        assert ON_DARK not in screen.printed(), "what it was last time is known from the first frame on"


async def test_without_the_mouse_nothing_is_told_of_it_and_without_colours_none_is_written() -> None:
    async with Terminal("--no-mouse", "--demo", NO_COLOR="1", COLORTERM="truecolor", TERM="xterm-256color") as screen:
        await screen.sees("Ask anything")
        assert "\x1b[?100" not in screen.printed().replace("\x1b[?1004h", "")
        assert "38;2;" not in screen.printed() and "48;2;" not in screen.printed()
        screen.press("\x11")
        assert await screen.gone() == 0


class Started(Terminal):
    start: type[subprocess.Popen[bytes]] = subprocess.Popen


@pytest.mark.parametrize("way", ["app", "plain", "printed"])
async def test_outside_utf_8_every_byte_is_one_of_the_terminals(way: str) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text('[aliases]\nx = "test:test"\n')
    arguments = {"app": ["-m", "test:test"], "plain": ["--plain", "-m", "test:test"], "printed": ["doctor"]}[way]
    latin = partial(Started, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="latin-1")
    async with latin(*arguments) as screen:
        if way == "app":
            await screen.sees("enter send")
            os.write(screen._ours, "caf\xe9 and more".encode("latin-1"))
            await screen.sees("> caf. and more")
            screen.press("\x11")
        elif way == "plain":
            await screen.writes("You: ")
            screen.press("/help\r")
            await screen.writes("/quit")
            screen.press("/quit\r")
        await screen.gone()
        assert not {byte for byte in screen.written if byte > 0x7E} - {0xE9, 0xB7}, screen.written
        assert b"\xc3" not in screen.written
