"""A compressed tar archive, written and read as a stream: regular files one after the other, and nothing else.

Python's own reader takes memory for what a header claims, and makes links, devices and paths out of it; this one knows
plain headers only, which is all that ours have. Pure.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from tui.errors import ForeignFileError

_BLOCK = 512
_CHUNK_BYTES = 1 << 18
_LEVEL = 3
"""Of a library 6 takes twice as long, for a twentieth less."""
_GZIP = 31  # as zlib counts
_LAST_RECORD_BYTES = 1 << 20
_LONGEST_PLAIN = 0o77777777777
_KINDS = {
    tarfile.LNKTYPE: "a link", tarfile.SYMTYPE: "a link", tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device",
    tarfile.DIRTYPE: "a folder", tarfile.FIFOTYPE: "a pipe",
}  # fmt: skip


class TarWriter:
    """Writes members to `file`; `close` ends the archive, and leaves the file open."""

    def __init__(self, file: BinaryIO, moment_s: float) -> None:
        self._moment_s = int(moment_s)
        self._file = file
        self._packer = zlib.compressobj(_LEVEL, wbits=_GZIP)  # GzipFile would still write when it is thrown away

    def add(self, name: str, size_bytes: int, chunks: Iterator[bytes]) -> None:
        """Write one file, whose chunks have `size_bytes` together.

        Raises:
            ValueError: the name is too long for a plain header, or what came was longer or shorter.
            OSError: it cannot be written.
        """
        self._write(_header(name, size_bytes, self._moment_s))
        written = 0
        for chunk in chunks:
            written += len(chunk)
            self._write(chunk)
        if written != size_bytes:
            raise ValueError(f"{name} has changed while it was read")
        self._write(bytes(-written % _BLOCK))

    def close(self) -> None:
        """Write the end."""
        self._write(bytes(2 * _BLOCK))
        self._file.write(self._packer.flush())

    def _write(self, data: bytes) -> None:
        self._file.write(self._packer.compress(data))


def fits(name: str) -> bool:
    """Whether a name has room in a plain header."""
    try:
        _header(name, 0, 0)
    except ValueError:
        return False
    return True


def _header(name: str, size_bytes: int, moment_s: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size_bytes, moment_s, 0o600
    if size_bytes > _LONGEST_PLAIN:  # 8 GB
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


class Member(NamedTuple):
    """A file of an archive: take its chunks before the next member, all of them."""

    name: str
    size_bytes: int
    chunks: Iterator[bytes]


def read_tar(file: BinaryIO) -> Iterator[Member]:
    """The members of an archive, in its order.

    Raises:
        ForeignFileError: it is no such archive, is cut short or damaged, or holds something else than files.
        OSError: it cannot be read.
    """
    with gzip.GzipFile(fileobj=file, mode="rb") as packed:
        while True:
            block = _exactly(packed, _BLOCK)
            if not any(block):
                _require_end(packed)
                return
            try:
                info = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
            except tarfile.HeaderError:
                raise ForeignFileError("it is damaged, or no archive of Chinwag's") from None
            if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.size < 0:
                raise ForeignFileError(f"it holds {_KINDS.get(info.type, 'something')} that is no file")
            yield Member(info.name, info.size, _chunks(packed, info.size))
            _exactly(packed, -info.size % _BLOCK)


def _chunks(packed: gzip.GzipFile, size_bytes: int) -> Iterator[bytes]:
    left = size_bytes
    while left:
        chunk = _exactly(packed, min(left, _CHUNK_BYTES))
        left -= len(chunk)
        yield chunk


def _require_end(packed: gzip.GzipFile) -> None:
    """Read what fills the archive's last record, and with it the sum over all."""
    if any(_read(packed, _LAST_RECORD_BYTES)) or _read(packed, 1):
        raise ForeignFileError("it goes on behind its end")


def _exactly(packed: gzip.GzipFile, size_bytes: int) -> bytes:
    data = _read(packed, size_bytes)
    if len(data) < size_bytes:
        raise ForeignFileError("it is cut short")
    return data


def _read(packed: gzip.GzipFile, size_bytes: int) -> bytes:
    try:
        return packed.read(size_bytes)
    except gzip.BadGzipFile:
        raise ForeignFileError("it is damaged, or no archive of Chinwag's") from None
    except (EOFError, zlib.error):
        raise ForeignFileError("it is cut short or damaged") from None
