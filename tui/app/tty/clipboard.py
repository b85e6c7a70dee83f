"""Copies text to where it can be pasted from, by the first programs of the desktop that take it. Knows no Textual."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

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
    if environment.get("WSL_DISTRO_NAME"):
        yield _WINDOWS


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
    """Run a program in a process group of its own, which is killed when it takes too long.

    What keeps the selection stays behind as a process (wl-copy, xclip, xsel): its output goes nowhere, so that nothing
    waits for it.
    """
    nowhere = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=nowhere,
            stderr=nowhere,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await process.communicate(data)
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return process.returncode == 0
