"""Text that drives a terminal, hides something or starts an action, and what of it may not arrive at a terminal."""

import re
import unicodedata

SEQUENCES = {
    "title": "\x1b]0;PWNED\x07",
    "title, C1": "\x9d0;PWNED\x9c",
    "clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "clipboard, C1": "\x9d52;c;UFdORUQ=\x9c",
    "link": "\x1b]8;;http://evil.example/\x1b\\PWNED\x1b]8;;\x1b\\",
    "notification": "\x1b]9;PWNED\x1b\\",
    "font": "\x1b]50;PWNED\x07",
    "colour": "\x1b[31mPWNED",
    "colour, C1": "\x9b31mPWNED",
    "questions": "\x1b[6n\x1b[c\x1b[21t\x05",
    "keys": "\x1b[>1u\x1b[?1003h\x1b[?2004l",
    "device control": "\x1bP+q544e\x1b\\",
    "device control, C1": "\x90+q544e\x9c",
    "graphics": "\x1b_Gi=1;AAAA\x1b\\",
    "privacy message": "\x1b^PWNED\x1b\\",
    "reset": "\x1bcPWNED\x1b[!p",
    "another screen": "\x1b[?1049l\x1b[2J\x1b[H",
    "another character set": "\x0ePWNED\x1b(0\x1b%@",
    "over what was there": "good\rPWNED\x08\x08\x0b\x0c\x7f",
    "nothing": "\x00PWNED\x1a\x04",
    "backwards": "\u202egnp.exe\u2066\u2069\u202c",
    "not seen": "\U000e0041\U000e0042\u2063\u3164",
    "half a letter": "\ud800PWNED\udfff",
    "marks": "Z" + "\u0301" * 200,
    "lines": "one\u2028two\u2029three\x85four",
}
"""By what they would do; "C1" are the same in one letter each."""

MARKUP = {
    "a button": "[@click=app.quit]CLICK[/]",
    "a button of a screen": "[@click=screen.dismiss('yes')]CLICK[/]",
    "no such end": "[/nope]",
    "an end of nothing": "[/]",
    "a wrong link": "[link=http://evil.example/]L[/link]",
    "half of it": "[@click=app.quit(]",
    "a style": "[bold $primary on red]S[/]",
    "a name": ":smiley: [0] [\"a\", {'b': [1]}]",
}
"""What Textual or Rich would parse, and break down at or obey."""

PAYLOADS = {**SEQUENCES, **MARKUP}
MARK = "ZQX"
"""Stands in each hostile text, so that it can be known again wherever it goes."""


def hostile(number: int) -> tuple[str, str]:
    """The name of what is tried in a round, and the text: all payloads at once for 0, one for each other number."""
    names = list(PAYLOADS)
    index = number % (len(names) + 1)
    if not index:
        return "everything at once", MARK + "".join(PAYLOADS.values())
    return names[index - 1], MARK + PAYLOADS[names[index - 1]]


_STARTS = (
    "\x1b]5", "\x1b]8;", "\x1b]9", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1bc", "\x1b(", "\x1b)", "\x1b%", "\x1b[!p",
    "\x1b[6n", "\x1b[21t", "\x1b[31mP", "\x1b[?1049l\x1b[2J", "\x1b]0;PWNED", "\x1b[>1u\x1b[?1003h", "\u0301" * 9,
)  # fmt: skip
"""Beginnings of sequences that no run of ours writes: those of a text may be cut where its line ends."""
_POINTER = re.compile("\x1b]22;[a-z]*\x07")
"""The shape of the mouse pointer, as Textual writes it."""
_NEEDED = frozenset("\x1b\r\n\t\u200c\u200d")
_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0")


def printable(text: str) -> str:
    """What of a text a name may hold that is taken only if all of it can be printed."""
    return "".join(character for character in text if character.isprintable())


def arrived(written: bytes | str, *, allowed: str = "") -> list[str]:
    """What of the payloads reached a terminal, or a file that may be shown on one, as it was.

    Args:
        written: all that was written, with the sequences of the program itself.
        allowed: further characters of the program's own, as readline writes.
    """
    text = written if isinstance(written, str) else written.decode(errors="surrogateescape")
    text = _POINTER.sub("", text)
    found = [repr(start) for start in _STARTS if start in text]
    for character in sorted(set(text) - _NEEDED - set(allowed)):
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _UNSEEN:
            found.append(f"U+{ord(character):04X}")
    return found
