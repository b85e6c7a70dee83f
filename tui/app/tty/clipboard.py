"""Copies text to where it can be pasted from, by the first programs of the desktop that take it. Knows no Textual."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence

from tui.dataclass import dataclass
from tui.programs import run_program

_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class ClipboardProgram:
    """A program that takes text on its standard input.

    Attributes:
        name: as a person knows it.
        commands: each with its arguments; the next one is tried when one fails.
        encoding: of its input.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    encoding: str = "utf-8"


# -w (since tmux 3.2) also hands it on to the terminal around tmux, if that one takes it.
_TMUX = ClipboardProgram("tmux", (("tmux", "load-buffer", "-w", "-"), ("tmux", "load-buffer", "-")))
_WAYLAND = ClipboardProgram("wl-copy", (("wl-copy", "--type", "text/plain"),))
_X11 = (
    ClipboardProgram("xclip", (("xclip", "-selection", "clipboard", "-in"),)),
    ClipboardProgram("xsel", (("xsel", "--clipboard", "--input"),)),
)
_MACOS = ClipboardProgram("pbcopy", (("pbcopy",),))
_WINDOWS = ClipboardProgram("clip.exe", (("clip.exe",),), "utf-16")


def _desktop(environment: Mapping[str, str], platform: str) -> Iterator[ClipboardProgram]:
    if environment.get("WAYLAND_DISPLAY"):
        yield _WAYLAND
    if environment.get("DISPLAY"):
        yield from _X11
    if platform == "darwin":
        yield _MACOS
    if platform == "win32" or environment.get("WSL_DISTRO_NAME"):
        yield _WINDOWS


def programs_here(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """Names of the programs of the desktop that would be asked, those that are installed."""
    asked = _desktop(environment, platform)
    return [one.name for one in asked if shutil.which(one.commands[0][0], path=environment.get("PATH"))]


async def copy_by_programs(
    text: str, environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> list[str]:
    """Give text to the multiplexer, if there is one, and to the first way to the desktop that works.

    Returns:
        Names of the programs that took it; empty if none did.
    """
    took = []
    if environment.get("TMUX") and await _give(_TMUX, text, environment):
        took.append(_TMUX.name)
    for program in _desktop(environment, platform):
        if await _give(program, text, environment):
            return [*took, program.name]
    return took


async def _give(program: ClipboardProgram, text: str, environment: Mapping[str, str]) -> bool:
    path = shutil.which(program.commands[0][0], path=environment.get("PATH"))
    if path is None:
        return False
    data = text.encode(program.encoding, errors="replace")
    for _, *arguments in program.commands:
        if await _run([path, *arguments], data, environment):
            return True
    return False


async def _run(command: Sequence[str], data: bytes, environment: Mapping[str, str]) -> bool:
    """Let a program take it.

    What keeps the selection stays behind as a process (wl-copy, xclip, xsel): its output goes nowhere, so that nothing
    waits for it.
    """
    try:
        result = await run_program(
            command, timeout_s=_PATIENCE_S, sent=data, keep_children=True, environment=environment
        )
    except OSError:  # TimeoutError, too
        return False
    return result.code == 0
