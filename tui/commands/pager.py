"""Long text on a terminal: page by page through `$PAGER`, or `less`; elsewhere it goes to standard output as it is."""

import os
import signal
import subprocess
import sys

from tui.programs import command_words
from tui.streams import print_note, print_output

_DEFAULT = "less -R"
_LESS = "FRX"
"""Where the person has set nothing: what fits the screen ends at once, colours pass, and the text stays there."""


def terminals() -> bool:
    """Whether a person reads standard output, and can type."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def colours_wanted() -> bool:
    """Whether somebody looks at a terminal that shows colours, and has not asked for none (no-color.org)."""
    return terminals() and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")


def print_paged(text: str) -> None:
    """Print text, on a terminal through the person's pager: an empty `PAGER`, or `cat`, is none.

    Raises:
        BrokenPipeError, OutputError: as `print_output`.
    """
    if not terminals():
        print_output(text)
        return
    try:
        command = command_words(os.environ.get("PAGER", _DEFAULT))
    except ValueError:
        print_note("PAGER makes no sense: a quotation mark in it is never closed.")
        command = []
    if not command or command == ["cat"] or not _paged(command, text):
        print_output(text)


def _paged(command: list[str], text: str) -> bool:
    """Have a pager show it; False when there is none of that name."""
    environment = {"LESS": _LESS, **os.environ}
    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError as error:
        if "PAGER" in os.environ:
            print_note(f"The pager {command[0]} could not be started: {error.strerror}.")
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the pager's, which goes on
    try:
        pager.communicate(text.encode(sys.stdout.encoding, sys.stdout.errors or "replace"))
    finally:
        signal.signal(signal.SIGINT, before)
    return True
