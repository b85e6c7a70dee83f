"""Standard input, output and error as the command line meets them: piped, closed, redirected, or a terminal.

Standard library only; must not know chats or models.
"""

import errno
import locale
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from tui import glyphs
from tui.errors import OutputError, UsageError
from tui.text import clean

TERMINAL = "CONIN$" if sys.platform == "win32" else "/dev/tty"
"""The terminal that a program was started on, whatever its standard input is."""

_MOST_PIPED_BYTES = 4 << 20
TAB_FOLDER = "CHINWAG_TAB_FOLDER"
_LINES_ONLY = frozenset({"dumb", "unknown", "emacs", "network", "dialup"})
"""Values of TERM that say that a cursor cannot be moved."""


def tab_folder() -> str:
    """The folder of the browser's tab that shows the app (`tui.web`), for what goes up and down; "" in a terminal."""
    return os.environ.get(TAB_FOLDER, "")


def is_shown() -> bool:
    """Whether somebody sees standard output: it is a terminal, or a tab."""
    return sys.stdout.isatty() or bool(tab_folder())


def open_closed_streams() -> None:
    """Put an empty file that cannot be written in the place of each standard stream that is closed.

    Python has None there, and the next file that is opened, such as the library, would be given the stream's number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.open(os.devnull, os.O_RDONLY), mode, encoding="utf-8")  # noqa: PTH123, SIM115  a number
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def print_output(text: str) -> None:
    """Write to standard output, at once.

    Raises:
        BrokenPipeError: what read it is gone.
        OutputError: it is closed, or its disk is full. Nothing more gets there.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output(sys.stdout)
        raise OutputError(output_problem(error)) from error


def output_problem(error: OSError) -> str:
    """Why standard output took nothing, as a sentence."""
    reason = "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)
    return f"Standard output could not be written: {reason}."


def read_piped() -> str:
    """What was piped in, or "" when standard input is a terminal or nothing."""
    if tab_folder():  # what comes there are the keys
        return ""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something without a descriptor
        return ""
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)):
        return ""
    data = sys.stdin.buffer.read(_MOST_PIPED_BYTES + 1)
    if len(data) > _MOST_PIPED_BYTES:
        raise UsageError("What is piped in is longer than 4 MB.", "No model can read that much; send a part of it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError("What is piped in is not text.", "Only UTF-8 text can be sent along.")
    return text


def require_terminal() -> None:
    """Make sure that there is a terminal to draw on and to read keys from.

    Textual draws on standard error. When text was piped in, keys are read from the terminal behind it.

    Raises:
        UsageError: there is none.
    """
    hint = 'For an answer without a screen: chinwag -p "…"'
    if tab_folder():
        return
    if not sys.stderr.isatty():
        raise UsageError("Chinwag needs a terminal, and standard error, on which it draws, is not one.", hint)
    if not sys.stdin.isatty():
        try:
            terminal = os.open(TERMINAL, os.O_RDWR)
        except OSError:
            raise UsageError("Chinwag needs a terminal to read keys from.", hint) from None
        os.dup2(terminal, 0)
        os.close(terminal)


def is_lines_only() -> bool:
    """Whether the terminal says of itself that its cursor cannot be moved."""
    return os.environ.get("TERM", "") in _LINES_ONLY


def require_line_terminal() -> None:
    """Make sure that lines can be read from a person, and written to one.

    Raises:
        UsageError: standard input or output is no terminal.
    """
    for stream, name in ((sys.stdin, "standard input"), (sys.stdout, "standard output")):
        if not stream.isatty():
            raise UsageError(f"A chat needs a terminal, and {name} is not one.", 'For one answer: chinwag -p "…"')


def print_note(text: str, *, prefix: str = "chinwag: ", stream: TextIO | None = None) -> None:
    """Write lines to standard error, or to `stream`; a blank text writes nothing.

    A stream that cannot be written is no reason to fail.
    """
    shown = clean(text).strip()
    stream = stream or sys.stderr
    if not shown or stream is None:  # None: standard error is closed
        return
    try:
        stream.write(f"{prefix}{shown}\n")
        stream.flush()
    except OSError:
        discard_output(stream)


def discard_output(stream: TextIO) -> None:
    """Point a stream that cannot be written at nothing, so that the interpreter does not fail when it flushes it."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def knows_utf8(stream: TextIO) -> bool:
    """Whether what reads a stream takes UTF-8, by the locale and by what Python makes of it; a browser's tab does."""
    if tab_folder():
        return True
    encodings = (locale.getencoding(), getattr(stream, "encoding", None) or "utf-8")
    return all(name.lower().replace("_", "-") in ("utf-8", "utf8", glyphs.ENCODING) for name in encodings)


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of a line, where each change on the screen takes its time."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def replace_unencodable(stream: TextIO) -> None:
    """Let a standard stream whose encoding lacks something print that in ASCII, or "?", instead of failing.

    What Windows writes into a file or a pipe is UTF-8 instead, as it is read.
    """
    with suppress(AttributeError):  # closed, or replaced by something that is no file
        if sys.platform == "win32" and not stream.isatty():
            stream.reconfigure(encoding="utf-8")  # type: ignore[attr-defined]  # as below
        stream.reconfigure(errors=glyphs.ERRORS)  # type: ignore[attr-defined]  # TextIOWrapper's, not TextIO's


def print_signs_in_ascii(stream: TextIO) -> None:
    """Let a standard stream print the program's own signs in ASCII, and letters as they are."""
    if (getattr(stream, "encoding", None) or "").lower() in ("utf-8", "utf8"):
        stream.reconfigure(encoding=glyphs.ENCODING, errors=glyphs.ERRORS)  # type: ignore[attr-defined]
