"""JSON whose texts are Unicode, from JSON that a server has cut anywhere: a half of an emoji, half a letter of UTF-8.

Servers shorten texts by UTF-16 units or by bytes; readers of JSON refuse the whole message then.
"""

import re
from codecs import getincrementaldecoder

_ESCAPE = rb"(?<!\\)(?P<before>(?:\\\\)*)"
_FIRST = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_SECOND = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_START = rb"\\(?:u[0-9a-fA-F]{0,3})?"
_HALVES = re.compile(_ESCAPE + rb"(?P<half>" + _FIRST + rb"(?P<rest>" + _SECOND + rb")?|" + _SECOND + rb")")
_CUT = re.compile(_ESCAPE + rb"(?P<held>" + _FIRST + rb"(?:" + _START + rb")?|" + _START + rb")\Z")
_LONGEST_CUT = 11
_SUSPECT = re.compile(rb"\\u[dD][89a-fA-F]")
"""Finds nothing in most pieces, which are done then after one look."""


def well_formed(message: bytes) -> bytes:
    """A whole message, with U+FFFD for each half and for bytes that are no UTF-8."""
    return WellFormed().feed(message, last=True)


class WellFormed:
    """The same for what comes in pieces, which may end anywhere."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._held = b""

    def feed(self, piece: bytes, *, last: bool = False) -> bytes:
        """What can be passed on now; part of a letter or of an escape waits for the rest of it."""
        if not piece.isascii() or self._decoder.getstate()[0]:
            piece = self._decoder.decode(piece, last).encode()
        piece, self._held = self._held + piece, b""
        if not last and b"\\" in piece[-_LONGEST_CUT:] and (cut := _CUT.search(piece)):
            piece, self._held = piece[: cut.start("held")], cut["held"]
        return _HALVES.sub(_replaced, piece) if _SUSPECT.search(piece) else piece


def _replaced(found: re.Match[bytes]) -> bytes:
    return found[0] if found["rest"] else found["before"] + rb"\ufffd"
