"""What arrives when a key is pressed, byte by byte and as the app reads it. Knows no command by itself."""

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from textual import events

from tui.app.keymap.arrivals import by_its_name
from tui.app.tty.keys import KeyParser, as_word_key
from tui.text import clean_line

assert sys.platform != "win32"

_IDLE_S, _ANSWER_S = 10.0, 0.5
_CELLS = 22
_PATIENCE_S = 0.1
"""How long the rest of a sequence may take, as Textual has it."""
_PROTOCOL_ON, _PROTOCOL_OFF = "\x1b[>1u", "\x1b[<u"
"""The level of the Kitty protocol at which the app runs, and the one before."""
_QUESTIONS = "\x1b[?u\x1b[c"
"""Which level of the Kitty protocol is on, and which terminal it is (primary device attributes)."""


def watch_keys(commands: Callable[[str], tuple[str, ...]]) -> None:
    """Print a line for each key that is pressed, until ctrl+q, escape twice, or 10 s without one.

    Args:
        commands: the full ids of the commands that have a key.
    """
    pressed: list[str] = []
    with _raw_terminal():
        os.write(sys.stdout.fileno(), _PROTOCOL_ON.encode())
        try:
            for sent in _sequences(_IDLE_S):
                names = read_names(sent)
                for name in names or [""]:
                    _print(_as_text(sent), name or "nothing", ", ".join(commands(name)) or "-")
                pressed += names or [""]
                if "ctrl+q" in names or pressed[-2:] == ["escape", "escape"]:
                    return
        finally:
            os.write(sys.stdout.fileno(), _PROTOCOL_OFF.encode())


def speaks_protocol() -> bool:
    """Ask the terminal whether it speaks the Kitty protocol; one that does not answer does not.

    The second question is one that every terminal answers, so that nobody waits for those that ignore the first.
    """
    with _raw_terminal():
        os.write(sys.stdout.fileno(), _QUESTIONS.encode())
        answers = ""
        for sent in _sequences(_ANSWER_S):
            answers += sent
            if re.search(r"\x1b\[\?[\d;]*c", answers):
                break
    return re.search(r"\x1b\[\?\d+u", answers) is not None


def read_names(sent: str) -> list[str]:
    """The keys that the app reads in what a terminal has sent at once."""
    if set(sent) == {"\x1b"}:
        return ["escape"] * len(sent)  # with nothing behind it for a tenth of a second
    found = [one for one in KeyParser().feed(sent) if isinstance(one, events.Key)]
    return [by_its_name(as_word_key(key).key) for key in found]


def _sequences(idle_s: float) -> Iterator[str]:
    """What arrives at once: a key, a paste, or an answer of the terminal; until nothing does for so long."""
    descriptor, until = sys.stdin.fileno(), monotonic() + idle_s
    while select.select([descriptor], [], [], max(until - monotonic(), 0))[0]:
        data = os.read(descriptor, 1024)
        while data[-1:] == b"\x1b" and select.select([descriptor], [], [], _PATIENCE_S)[0]:
            data += os.read(descriptor, 1024)
        if not data:
            return
        until = monotonic() + idle_s
        yield data.decode(errors="replace")


@contextmanager
def _raw_terminal() -> Iterator[None]:
    """The terminal as the app has it: no echo, no line by line, ctrl+c and ctrl+s are keys."""
    before = termios.tcgetattr(sys.stdin.fileno())
    try:
        tty.setraw(sys.stdin.fileno())
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


def _as_text(sent: str) -> str:
    """Bytes as a program would have them, escaped."""
    return sent.encode("unicode_escape").decode()


def _print(*cells: str) -> None:
    line = "  ".join(f"{clean_line(cell, 200):<{_CELLS}}" for cell in cells)
    os.write(sys.stdout.fileno(), f"{line.rstrip()}\r\n".encode())
