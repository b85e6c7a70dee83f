"""The terminal that lines are typed on: edited by readline where the terminal can, else by the terminal itself.

Runs in the main thread, which gets the signals. What is typed while nothing is read is not echoed into what is written
then, waits in the terminal, and is the next prompt; it is never the answer to a question.
"""

import os
import re
import select
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol, TextIO

from tui.text import storable

_PASTE_GAP_S = 0.05
"""What follows a line sooner than this was pasted with it; slow serial lines need a few milliseconds."""
_HISTORY = 500
_CURSOR_KEYS = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])")


class InterruptedLineError(Exception):
    """The person has pressed ctrl+c instead of ending the line."""


class Completes(Protocol):
    """What can stand in the place of a line that is begun."""

    def __call__(self, line: str) -> list[str]:
        """Whole lines."""


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
        self._echoes = 0
        self._readline = _Readline() if edits and _Readline.is_there() else None

    def remember(self, prompts: Iterable[str]) -> None:
        """Let earlier prompts, the newest last, be found with the arrow keys."""
        if self._readline is not None:
            self._readline.remember(prompts)

    def complete_by(self, completes: Completes) -> None:
        """Let Tab complete a line."""
        if self._readline is not None:
            self._readline.complete_by(completes)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the terminal echo nothing but while a line is read; in the end it is as it was."""
        with suppress(ImportError):
            import termios

            before = termios.tcgetattr(self._descriptor)
            self._echoes = before[3] & termios.ECHO  # an Emacs shell shows by itself what is typed
            try:
                self._echo(False)
                yield
            finally:
                with suppress(termios.error):  # it is gone
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)
            return
        yield

    def read(self, prompt: str, *, answer: bool = False) -> list[str]:
        """The lines that are typed next: one, and those that were pasted with it.

        Args:
            prompt: what stands in front.
            answer: it is the answer to a question: what was typed before waits for the next prompt.

        Raises:
            InterruptedLineError: ctrl+c, or a signal whose handler raises KeyboardInterrupt.
            EOFError: ctrl+d, or the terminal is gone.
        """
        self._take_waiting()
        if not answer and self._waiting:
            lines, self._waiting = self._waiting, []
            for line in lines:
                self._write(f"{prompt}{line}\n")
            return lines
        try:
            lines = [self._typed_line(prompt)]
            if not answer:
                lines += self._read_lines(_PASTE_GAP_S)
                if self._rest:  # a last line that was pasted without its end is for the person to end
                    lines.append(self._typed_line(""))
        except KeyboardInterrupt:
            self._write("\n")
            raise InterruptedLineError from None
        except (EOFError, OSError):
            self._write("\n")
            raise EOFError from None
        if not answer and self._readline is not None and any(lines):
            self._readline.remember(["\n".join(lines)])
        if len(lines) > 1:
            self._write(f"({len(lines)} lines)\n")
        return lines

    def _typed_line(self, prompt: str) -> str:
        if self._ended:
            raise EOFError
        self._echo(True)
        try:
            return self._line(prompt)
        finally:
            self._echo(False)

    def _line(self, prompt: str) -> str:
        if self._readline is not None:
            begun, self._rest = self._rest, ""
            return storable(self._readline.read(prompt, begun))
        self._write(f"{prompt}{self._rest}")
        data = bytearray()
        while not data.endswith(b"\n"):
            more = os.read(self._descriptor, 65536)
            if not more and not data:
                raise EOFError
            data += more
        begun, self._rest = self._rest, ""
        return _CURSOR_KEYS.sub("", begun + data.decode("utf-8", "replace").rstrip("\r\n"))

    def _take_waiting(self) -> None:
        """Take what was typed while nothing was read."""
        self._waiting += self._read_lines(0)

    def _read_lines(self, gap_s: float) -> list[str]:
        """Whole lines that are there, or come within a time behind each other; what has no end waits as `_rest`."""
        data = bytearray()
        while self._waits(gap_s):
            try:
                more = os.read(self._descriptor, 65536)
            except OSError:  # the terminal is gone
                more = b""
            if not more:
                self._ended = True
                break
            data += more
        if not data:
            return []
        text = storable(self._rest + data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
        *lines, self._rest = (_CURSOR_KEYS.sub("", line) for line in text.split("\n"))
        return lines

    def _waits(self, gap_s: float) -> bool:
        """Whether something is there, or comes within a time; never where this cannot be asked, as on Windows."""
        try:
            return bool(select.select([self._descriptor], [], [], gap_s)[0])
        except OSError:
            return False

    def _echo(self, on: bool) -> None:
        """Let the terminal show what is typed; or not, and let ctrl+c then leave what was typed where it waits."""
        with suppress(ImportError):
            import termios

            with suppress(termios.error):  # it is gone
                mode = termios.tcgetattr(self._descriptor)
                mode[3] = mode[3] & ~termios.NOFLSH | self._echoes if on else mode[3] & ~termios.ECHO | termios.NOFLSH
                termios.tcsetattr(self._descriptor, termios.TCSANOW, mode)

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._out.write(text)
            self._out.flush()


class _Readline:
    """GNU readline or libedit, with nothing on that a terminal would have to be told."""

    def __init__(self) -> None:
        import readline

        self._module = readline
        readline.set_auto_history(False)
        readline.set_completer_delims("")
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
            return
        # Pasted lines are told by their time: a terminal that marks them would have to be switched to that.
        for line in ("set enable-bracketed-paste off", "set enable-meta-key off", "tab: complete"):
            readline.parse_and_bind(line)

    @staticmethod
    def is_there() -> bool:
        """Whether this Python has one."""
        from importlib.util import find_spec

        return find_spec("readline") is not None

    def read(self, prompt: str, begun: str) -> str:
        if begun:
            self._module.set_startup_hook(lambda: self._module.insert_text(begun))
        try:
            return input(prompt)
        finally:
            self._module.set_startup_hook(None)

    def remember(self, prompts: Iterable[str]) -> None:
        for prompt in list(prompts)[-_HISTORY:]:
            self._module.add_history(prompt.replace("\0", ""))

    def complete_by(self, completes: Completes) -> None:
        found: list[str] = []

        def complete(line: str, number: int) -> str | None:
            if number == 0:
                found[:] = completes(line)
            return found[number] if number < len(found) else None

        self._module.set_completer(complete)
