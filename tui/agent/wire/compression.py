"""Compressed bodies, unpacked in pieces, so that a few received bytes never become gigabytes at once. Pure."""

import zlib
from collections.abc import Iterator

PIECE_BYTES = 64 << 10

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # as zlib counts; 16 more is gzip's header


class Unpacker:
    """Unpacks one body.

    Args:
        encoding: the `content-encoding` header.

    Raises:
        ValueError: the body is compressed in another way, or twice.
    """

    def __init__(self, encoding: str) -> None:
        encoding = encoding.strip().lower()
        self._unpacking = None
        if encoding not in ("", "identity"):
            if encoding not in _WINDOW_BITS:
                raise ValueError(f"compressed its answer ({encoding}), which it was asked not to do")
            self._unpacking = zlib.decompressobj(_WINDOW_BITS[encoding])

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Take the next bytes and give what they stand for, in pieces of `PIECE_BYTES` at most unless as received.

        Raises:
            zlib.error: the bytes are damaged.
        """
        if self._unpacking is None:
            yield received
            return
        while not self._unpacking.eof:
            piece = self._unpacking.decompress(received, PIECE_BYTES)
            if piece:
                yield piece
            received = self._unpacking.unconsumed_tail
            if not received and len(piece) < PIECE_BYTES:
                return
