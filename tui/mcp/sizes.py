"""How large a message is that comes in pieces, before anybody reads it: its bytes, and how many values its JSON has.

A value costs a microsecond or more to read, on the event loop: a message of 16 MB may be a picture, which is read at
once, or millions of empty lists, which hold up the screen for seconds.
"""

MOST_BYTES = 16 << 20
"""An image of 12 MB."""
MOST_VALUES = 100_000
_SMALL_BYTES = 1 << 16
"""What is shorter cannot hold too many values."""

_BACKSLASH = ord("\\")
_BEFORE_VALUES = tuple(b",[{")


class MessageSize:
    """The size of one message so far."""

    def __init__(self) -> None:
        self._bytes = 0
        self._values = 0
        self._uncounted = bytearray()
        self._in_string = False
        self._escaped = False

    def grow(self, piece: bytes) -> bool:
        """Add a piece; False if the message is too large."""
        self._bytes += len(piece)
        if self._bytes <= _SMALL_BYTES:
            self._uncounted += piece
            return True
        if self._uncounted:
            piece, self._uncounted = bytes(self._uncounted) + piece, bytearray()
        self._count(piece)
        return self._bytes <= MOST_BYTES and self._values <= MOST_VALUES

    def _count(self, piece: bytes) -> None:
        at = 0
        while at < len(piece):
            if self._in_string:
                at = self._after_string(piece, at)
                continue
            quote = piece.find(b'"', at)
            end = len(piece) if quote < 0 else quote
            self._values += sum(piece.count(sign, at, end) for sign in _BEFORE_VALUES)
            self._in_string = quote >= 0
            at = end + 1

    def _after_string(self, piece: bytes, at: int) -> int:
        """Where it goes on after the string in which `at` is."""
        if self._escaped:
            self._escaped = False
            at += 1
        while (quote := piece.find(b'"', at)) >= 0:
            if not _escapes(piece, at, quote):
                self._in_string = False
                return quote + 1
            at = quote + 1
        self._escaped = _escapes(piece, at, len(piece))
        return len(piece)


def _escapes(piece: bytes, start: int, end: int) -> bool:
    """Whether what stands at `end` is escaped: an odd number of backslashes stands before it."""
    at = end
    while at > start and piece[at - 1] == _BACKSLASH:
        at -= 1
    return bool((end - at) % 2)
