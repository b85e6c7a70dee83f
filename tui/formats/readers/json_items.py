"""The items of a JSON list one by one, of a file that is larger than memory: bytes in, the bytes of each item out.

Only brackets and quotes are looked at, so an item that is no JSON does not hide where the next one begins.
"""

import re
from collections.abc import Iterable, Iterator

MOST_ITEM_BYTES = 64 << 20
"""The longest item that is given out whole."""

_OUTSIDE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],]', re.DOTALL)
_INSIDE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"


class ItemTooLongError(ValueError):
    """Stands for an item of a list that is longer than `MOST_ITEM_BYTES`."""


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
            chunk = chunk.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
            if not chunk:
                return
            if not chunk.startswith(b"["):
                raise ValueError("it is no list")
            self._depth, chunk = 1, chunk[1:]
        start = at = 0
        while not self.ended:
            if self._in_string:
                at = self._string_end(chunk, at)
                if at < 0:
                    break
            found = _OUTSIDE.search(chunk, at)
            if found is None:
                break
            at = found.end()
            mark = chunk[found.start()]
            if mark == 0x22:  # a quote
                self._in_string = found.end() - found.start() == 1
            elif mark in b"{[":
                self._depth += 1
            elif mark in b"}]":
                self._depth -= 1
            if (mark == 0x2C and self._depth == 1) or not self._depth:
                self._keep(chunk[start : found.start()])
                yield from self._whole()
                start, self.ended = at, not self._depth
        self._keep(chunk[start:])

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
