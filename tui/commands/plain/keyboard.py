"""The terminal that lines are typed on: edited by readline where the terminal can, else by the terminal itself.

Runs in the main thread, which gets the signals. What is typed while nothing is read is not echoed into what is written
then, waits in the terminal, and is the next prompt; it is never the answer to a question.
"""

import os
import re
import select
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import import_module
from importlib.util import find_spec
from locale import getencoding
from typing import Any, TextIO

from tui.commands.plain.line_mode import LineMode

_PASTE_GAP_S = 0.05
"""What follows a line sooner than this was pasted with it; slow serial lines need a few milliseconds."""
_HISTORY = 500
_CTRL_D = re.compile(rb"[\x00\x04]")
"""As it comes when it was typed before, or while, lines are read as they come."""
_CURSOR_KEYS = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])")


class InterruptedLineError(Exception):
    """The person has pressed ctrl+c instead of ending the line."""


Completes = Callable[[str], list[str]]
"""Gives the whole lines that one that is begun may be meant to be."""


class Keyboard:
    """Reads lines, as they are typed or pasted.

    Args:
        descriptor: of the terminal.
        out: gets the prompts.
        edits: the terminal can move its cursor, so that readline edits lines there.
    """

    def __init__(self, descriptor: int, out: TextIO, *, edits: bool) -> None:
        self._descriptor = descriptor
        self._out = out
        self._waiting: list[str] = []
        self._rest = ""  # of a line that was typed ahead and has not ended
        self._ended = False
        self._mode = LineMode(descriptor)
        self._readline = _Readline() if edits and _Readline.is_there() else None

    def remember(self, prompts: Iterable[str]) -> None:
        """Let earlier prompts, the newest last, be found with the arrow keys."""
        if self._readline is not None:
            self._readline.remember(prompts)

    def complete_by(self, completes: Completes) -> None:
        """Let Tab complete a line."""
        if self._readline is not None:
            self._readline.complete_by(completes)

    def taken(self) -> AbstractContextManager[None]:
        """Have the terminal show nothing that is typed but while a line is read; in the end it is as it was."""
        return self._mode.taken()

    def read(self, prompt: str, *, answer: bool = False) -> list[str]:
        """The lines that are typed next: one, and those that were pasted with it.

        Args:
            prompt: what stands in front.
            answer: it is the answer to a question: what was typed before waits for the next prompt.

        Raises:
            InterruptedLineError: ctrl+c, or a signal whose handler raises KeyboardInterrupt.
            EOFError: ctrl+d, or the terminal is gone.
        """
        # Readline reads keys as they come, too: by lines in between, the kernel would take a ctrl+d for itself.
        with self._mode.as_it_comes() if self._readline is not None else nullcontext():
            return self._read(prompt, answer=answer)

    def _read(self, prompt: str, *, answer: bool) -> list[str]:
        self._waiting += self._read_lines(0)
        if not answer and self._waiting:
            lines, self._waiting = self._waiting, []
            for line in lines:
                self._write(f"{prompt}{line}\n")
            return lines
        try:
            if answer:
                return [self._line(prompt, "")]
            lines = [self._line(prompt, self._take_rest()), *self._read_lines(_PASTE_GAP_S)]
            if self._rest:  # a last line that was pasted without its end is for the person to end
                lines.append(self._line("", self._take_rest()))
        except KeyboardInterrupt:
            self._write("\n")
            raise InterruptedLineError from None
        except (EOFError, OSError):
            self._write("\n")
            raise EOFError from None
        if self._readline is not None and any(lines):
            self._readline.remember(["\n".join(lines)])
        if len(lines) > 1:
            self._write(f"({len(lines)} lines)\n")
        return lines

    def _take_rest(self) -> str:
        rest, self._rest = self._rest, ""
        return rest

    def _line(self, prompt: str, begun: str) -> str:
        if self._ended:
            raise EOFError
        with self._mode.showing():
            if self._readline is not None:
                return self._readline.read(prompt, begun)
            self._write(f"{prompt}{begun}")
            data = bytearray()
            while not data.endswith(b"\n"):
                more = os.read(self._descriptor, 65536)
                data += more
                if not data or _CTRL_D.match(data):  # it came just before lines were read again
                    raise EOFError
        return begun + _typed(data).rstrip("\n")

    def _read_lines(self, gap_s: float) -> list[str]:
        """Whole lines that are there, or come within a time behind each other; what has no end waits as `_rest`."""
        data = bytearray()
        with self._mode.as_it_comes():
            while self._waits(gap_s):
                try:
                    more = os.read(self._descriptor, 65536)
                except OSError:  # the terminal is gone
                    more = b""
                data += more
                if not more:
                    self._ended = True
                    break
        if _CTRL_D.search(data):
            self._ended = True
        *lines, self._rest = (self._rest + _typed(data)).split("\n")
        return lines

    def _waits(self, gap_s: float) -> bool:
        """Whether something is there, or comes within a time; never where this cannot be asked, as on Windows."""
        try:
            return bool(select.select([self._descriptor], [], [], gap_s)[0])
        except OSError:
            return False

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._out.write(text)
            self._out.flush()


def _typed(data: bytes | bytearray) -> str:
    """What was typed, from its bytes: without the escapes of cursor keys, which a terminal without a cursor sends."""
    text = _CTRL_D.sub(b"", data).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CURSOR_KEYS.sub("", text)


def _given(text: str) -> str:
    """A text as readline takes it, which writes UTF-8 also where the locale knows only ASCII."""
    try:
        text.encode(getencoding())
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("ascii", "surrogateescape")
    return text


class _Readline:
    """GNU readline or libedit, with nothing on that a terminal would have to be told."""

    def __init__(self) -> None:
        readline: Any = import_module("readline")
        self._module = readline
        readline.set_auto_history(False)
        readline.set_completer_delims("")
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
            return
        # Pasted lines are told by their time: a terminal that marks them would have to be switched to that.
        off, on = ("enable-bracketed-paste", "enable-meta-key", "convert-meta"), ("input-meta", "output-meta")
        for line in (*(f"set {name} off" for name in off), *(f"set {name} on" for name in on), "tab: complete"):
            readline.parse_and_bind(line)

    @staticmethod
    def is_there() -> bool:
        """Whether this Python has one; what there is of that name on Windows is something else."""
        return sys.platform != "win32" and find_spec("readline") is not None

    def read(self, prompt: str, begun: str) -> str:
        if begun:
            self._module.set_startup_hook(lambda: self._module.insert_text(_given(begun)))
        try:
            typed = input(prompt)
        finally:
            self._module.set_startup_hook(None)
        return typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def remember(self, prompts: Iterable[str]) -> None:
        for prompt in list(prompts)[-_HISTORY:]:
            self._module.add_history(_given(prompt.replace("\0", "")))

    def complete_by(self, completes: Completes) -> None:
        found: list[str] = []

        def complete(line: str, number: int) -> str | None:
            if number == 0:
                found[:] = completes(line)
            return _given(found[number]) if number < len(found) else None

        self._module.set_completer(complete)
