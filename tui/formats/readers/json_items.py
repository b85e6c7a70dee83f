"""The items of a JSON list one by one, of a file that is larger than memory: bytes in, the bytes of each item out.

Only brackets and quotes are looked at, so an item that is no JSON does not hide where the next one begins.
"""

import re
from collections.abc import Iterable, Iterator

MOST_ITEM_BYTES = 64 << 20
"""The longest item that is given out whole."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*"'
_LEAF = rb'[{\[](?:[^"{}\[\]]++|%s)*[}\]]' % _STRING
_PLAIN = re.compile(rb'(?:[^"{}\[\],]++|%s)*' % _STRING, re.DOTALL)
"""What stands between the borders of items."""
_DEEP = re.compile(rb'(?:[^"{}\[\]]++|%s|%s)*' % (_STRING, _LEAF), re.DOTALL)
"""What changes nothing inside an item: most of it, so that few steps are taken here."""
_INSIDE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"
_QUOTE, _COMMA = b'",'


class TruncatedError(ValueError):
    """The list does not end where the file does."""


def list_items(chunks: Iterable[bytes], limit_bytes: int = MOST_ITEM_BYTES) -> Iterator[bytes | None]:
    """The bytes of each item of the list that a file consists of; None for one that is too long.

    Raises:
        TruncatedError: the file ends inside the list; what was whole has been given out.
        ValueError: it is no list.
    """
    splitter = _Splitter(limit_bytes)
    for chunk in chunks:
        yield from splitter.feed(chunk)
        if splitter.ended:
            return
    if not splitter.ended:
        raise TruncatedError("it ends in the middle of its list")


class _Splitter:
    """Where in the file we are.

    Attributes:
        ended: the list's own bracket has been closed.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.ended = False
        self._limit = limit_bytes
        self._depth = 0
        self._in_string = self._escaped = False
        self._parts: list[bytes] = []
        self._length = 0
        self._too_long = False

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """Read on; yields what has become whole."""
        if not self._depth:
            chunk = chunk.lstrip(b"\xef\xbb\xbf" + _SPACE)
            if not chunk:
                return
            if not chunk.startswith(b"["):
                raise ValueError("it is no list")
            self._depth, chunk = 1, chunk[1:]
        start = at = 0
        while not self.ended and (at := self._next_border(chunk, at)) >= 0:
            self._keep(chunk[start : at - 1])
            yield from self._whole()
            start, self.ended = at, not self._depth
        self._keep(chunk[start:])

    def _next_border(self, chunk: bytes, at: int) -> int:
        """The place behind the comma or bracket that ends an item; -1 when there is none in this chunk."""
        while True:
            if self._in_string:
                at = self._string_end(chunk, at)
                if at < 0:
                    return -1
            found = (_PLAIN if self._depth == 1 else _DEEP).match(chunk, at)
            at = len(chunk) if found is None else found.end()
            if at >= len(chunk):
                return -1
            mark = chunk[at]
            at += 1
            if mark == _QUOTE:
                self._in_string = True
            elif mark == _COMMA:
                return at
            else:
                self._depth += 1 if mark in b"{[" else -1
                if not self._depth:
                    return at

    def _string_end(self, chunk: bytes, at: int) -> int:
        """The place behind the quote that ends a string; -1 when it goes on in the next chunk."""
        if self._escaped:
            self._escaped, at = False, at + 1
        while (found := _INSIDE.search(chunk, at)) is not None:
            at = found.end()
            if found[0] == b'"':
                self._in_string = False
                return at
            if at >= len(chunk):
                self._escaped = True
                return -1
            at += 1
        return -1

    def _keep(self, part: bytes) -> None:
        self._length += len(part)
        if self._length > self._limit:
            self._too_long = True
            self._parts.clear()
        else:
            self._parts.append(part)

    def _whole(self) -> Iterator[bytes | None]:
        item = b"".join(self._parts).strip(_SPACE)
        if self._too_long:
            yield None
        elif item:
            yield item
        self._parts, self._length, self._too_long = [], 0, False
