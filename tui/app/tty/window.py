"""What a terminal's window is told beside what is drawn in it: its title, and that something has happened.

Sequences only. Nothing that was not cleaned gets into one: a title is text from outside, and a character that ends the
sequence would let the rest of it command the terminal.
"""

from collections.abc import Mapping
from typing import Literal

from tui.text import clean_line

Notification = Literal["osc9", "osc777", "bell", "off"]

_END = "\x1b\\"
PUSH_TITLE, POP_TITLE, NO_TITLE = "\x1b[22;0t", "\x1b[23;0t", f"\x1b]0;{_END}"
"""Keep the title that is there, give it back (XTerm Control Sequences, "Window manipulation"), and have none: in a
terminal that keeps no titles ours would stay, and it makes one of its own instead of none."""

_NO_WINDOW = ("linux", "dumb", "")
_LONGEST = 120
_KNOWN: dict[str, Notification] = {
    "iTerm.app": "osc9",
    "WezTerm": "osc777",
    "ghostty": "osc777",
    "WarpTerminal": "osc9",
}
"""By TERM_PROGRAM, from what their manuals say; the others get the bell."""
_KNOWN_TERMS: dict[str, Notification] = {
    "xterm-kitty": "osc9",
    "xterm-ghostty": "osc777",
    "foot": "osc777",
    "foot-extra": "osc777",
    "contour": "osc777",
    "rxvt-unicode-256color": "osc777",
    "rxvt-unicode": "osc777",
}


def title_sequence(text: str, environ: Mapping[str, str]) -> str:
    """Call the window, and its tab or icon, by this text; "" on a terminal without windows."""
    return "" if environ.get("TERM", "") in _NO_WINDOW else f"\x1b]0;{_plain(text)}{_END}"


def has_background(environ: Mapping[str, str]) -> bool:
    """Whether this terminal can be asked for the colour behind the text; a console may print the question."""
    return environ.get("TERM", "") not in _NO_WINDOW


def notification_way(setting: str, environ: Mapping[str, str]) -> Notification:
    """How this terminal is told that somebody should look.

    A multiplexer passes a notification on only where it was told to, and the bell always.

    Args:
        setting: a way, or "auto" for the one that this terminal is known to understand.
        environ: the variables in which terminals and multiplexers name themselves.
    """
    match setting:
        case "osc9" | "osc777" | "bell" | "off":
            return setting
    if multiplexer(environ):
        return "bell"
    known = _KNOWN.get(environ.get("TERM_PROGRAM", "")) or _KNOWN_TERMS.get(environ.get("TERM", ""))
    return known or "bell"


def notification_sequence(way: Notification, title: str, text: str, environ: Mapping[str, str]) -> str:
    """Tell a terminal that something has happened; "" for the way "off"."""
    title, text = _plain(title).replace(";", ","), _plain(text)
    match way:
        case "osc9":
            return _passed_on(f"\x1b]9;{title}: {text}{_END}", environ)
        case "osc777":
            return _passed_on(f"\x1b]777;notify;{title};{text}{_END}", environ)
        case "bell":
            return "\a"
        case "off":
            return ""


def multiplexer(environ: Mapping[str, str]) -> str:
    """Which program stands between the app and the terminal: "tmux", "screen", "zellij", or "" for none."""
    if environ.get("TMUX"):
        return "tmux"
    if environ.get("STY"):
        return "screen"
    return "zellij" if environ.get("ZELLIJ") else ""


def _passed_on(sequence: str, environ: Mapping[str, str]) -> str:
    """A sequence wrapped so that a multiplexer hands it to the terminal (tmux(1), "allow-passthrough")."""
    match multiplexer(environ):
        case "tmux":
            doubled = sequence.replace("\x1b", "\x1b\x1b")
            return f"\x1bPtmux;{doubled}{_END}"
        case "screen":  # its own string would end at the terminator, so the bell ends the sequence
            return f"\x1bP{sequence.removesuffix(_END)}\a{_END}"
        case _:
            return sequence


def _plain(text: str) -> str:
    return "".join(character for character in clean_line(text, _LONGEST) if character.isprintable())
