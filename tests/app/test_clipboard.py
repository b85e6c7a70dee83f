"""What is called copied can be pasted: a program took it, and is named; what only went to the terminal says so."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from tests.support.app import running
from tui.app.tty import clipboard
from tui.app.tty.clipboard import copy_by_programs

TEXT = "Grüße — “two”\nlines 👍🏽"


class Desktop:
    """Programs of a desktop in a folder of the test; each is a shell script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": str(folder)}

    def install(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\ncd {self.folder}\n{script}\n")
        path.chmod(0o755)

    def took(self, name: str) -> bytes:
        path = self.folder / f"{name}.out"
        return path.read_bytes() if path.exists() else b""


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    folder = tmp_path / "bin"
    folder.mkdir()
    return Desktop(folder)


@pytest.mark.parametrize(
    ("variable", "program", "name", "platform", "encoding"),
    [
        ("TMUX", "tmux", "tmux", "linux", "utf-8"),
        ("WAYLAND_DISPLAY", "wl-copy", "wl-copy", "linux", "utf-8"),
        ("DISPLAY", "xclip", "xclip", "linux", "utf-8"),
        ("DISPLAY", "xsel", "xsel", "linux", "utf-8"),
        ("HOME", "pbcopy", "pbcopy", "darwin", "utf-8"),
        ("WSL_DISTRO_NAME", "clip.exe", "clip.exe", "linux", "utf-16"),
    ],
)
async def test_each_program_takes_the_text_where_it_applies(
    desktop: Desktop, variable: str, program: str, name: str, platform: str, encoding: str
) -> None:
    desktop.install(program, f"cat > {program}.out")
    assert await copy_by_programs(TEXT, desktop.environment, "linux") == []
    environment = {**desktop.environment, variable: "some"}
    assert await copy_by_programs(TEXT, environment, platform) == [name]
    assert desktop.took(program).decode(encoding) == TEXT


async def test_the_next_one_is_asked_where_one_fails(desktop: Desktop) -> None:
    desktop.install("wl-copy", "exit 1")
    desktop.install("xclip", "cat > /dev/null; exit 1")
    desktop.install("xsel", "cat > xsel.out")
    environment = {**desktop.environment, "DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}
    assert await copy_by_programs(TEXT, environment, "linux") == ["xsel"]
    assert desktop.took("xsel").decode() == TEXT


async def test_inside_tmux_the_desktop_gets_it_too(desktop: Desktop) -> None:
    desktop.install("tmux", "cat > tmux.out")
    desktop.install("wl-copy", "cat > wl-copy.out")
    environment = {**desktop.environment, "TMUX": "/tmp/t,1,0", "WAYLAND_DISPLAY": "wayland-0"}
    assert await copy_by_programs(TEXT, environment, "linux") == ["tmux", "wl-copy"]
    assert desktop.took("tmux") == desktop.took("wl-copy") == TEXT.encode()


async def test_an_old_tmux_that_hands_nothing_on_still_keeps_it(desktop: Desktop) -> None:
    desktop.install("tmux", '[ "$2" = "-w" ] && exit 1; cat > tmux.out')
    environment = {**desktop.environment, "TMUX": "/tmp/t,1,0"}
    assert await copy_by_programs(TEXT, environment, "linux") == ["tmux"]
    assert desktop.took("tmux").decode() == TEXT


async def test_one_that_stays_behind_to_hold_the_selection_is_not_waited_for(desktop: Desktop) -> None:
    desktop.install("wl-copy", "cat > wl-copy.out; (sleep 300) & echo $! > pid")
    environment = {**desktop.environment, "WAYLAND_DISPLAY": "wayland-0"}
    assert await copy_by_programs(TEXT, environment, "linux") == ["wl-copy"]
    pid = int((desktop.folder / "pid").read_text())
    os.kill(pid, 9)  # it lives on: that is how a selection is held


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_one_that_never_ends_is_killed_with_all_that_it_started(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "_PATIENCE_S", 0.5)
    desktop.install("xclip", "trap '' TERM; sleep 300 & echo $! > pid; sleep 300")
    environment = {**desktop.environment, "DISPLAY": ":0"}
    assert await copy_by_programs(TEXT, environment, "linux") == []
    child = int((desktop.folder / "pid").read_text())
    end = time.monotonic() + 20
    while alive(child):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_one_that_does_not_read_all_of_a_long_text_holds_nothing_up(desktop: Desktop) -> None:
    desktop.install("xclip", "exit 0")
    environment = {**desktop.environment, "DISPLAY": ":0"}
    await copy_by_programs("long " * 200_000, environment, "linux")


async def test_the_toast_names_the_program(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop.install("tmux", "cat > tmux.out")
    monkeypatch.setenv("PATH", str(desktop.folder))
    monkeypatch.setenv("TMUX", "/tmp/t,1,0")
    async with running(tmp_path) as here:
        await here.ask("hello")
        await here.pilot.press("escape", "y")
        await here.until(lambda: "Copied the message · tmux" in here.screen(), "the toast")
    assert desktop.took("tmux")


async def test_without_any_it_says_that_it_was_sent_to_the_terminal(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("hello")
        await here.pilot.press("escape", "y")
        await here.until(lambda: "Sent the message to the terminal" in here.screen(), "the toast")
        assert "Copied" not in here.screen()


async def test_a_copy_in_the_composer_takes_the_same_way(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.install("xsel", "cat > xsel.out")
    monkeypatch.setenv("PATH", str(desktop.folder))
    monkeypatch.setenv("DISPLAY", ":0")
    async with running(tmp_path) as here:
        here.composer.text = "one two"
        await here.pilot.press("f7", "ctrl+c")
        await here.until(lambda: "Copied the selection · xsel" in here.screen(), "the toast")
        assert here.app.clipboard == "one two"
    assert desktop.took("xsel") == b"one two"


async def test_a_half_character_does_not_end_the_app(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.app.copy_to_clipboard("one \ud83d two")
        await here.until(lambda: "Sent the selection" in here.screen(), "the toast")
