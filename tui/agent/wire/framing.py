"""Bytes of a reply → events: server-sent events, NDJSON lines and AWS event-stream frames.

Pure: every reader is fed bytes and gives back what became complete. It knows neither HTTP nor what the events mean.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

EVENT_LIMIT_BYTES = 16 << 20
_BOM = b"\xef\xbb\xbf"
_SSE_LINE_END = re.compile(rb"\r\n|\n|\r")
_NDJSON_LINE_END = re.compile(rb"\n")


class FramingError(ValueError):
    """The bytes cannot be cut into events: one is too long, or a binary frame is damaged."""


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event as it came over the wire.

    Attributes:
        data: the payload, text that is usually JSON; never empty.
        name: the `event:` field of SSE, the `:event-type` of AWS, else "".
        is_exception: an AWS exception frame.
    """

    data: str
    name: str = ""
    is_exception: bool = False


class FrameReader(Protocol):
    """Cuts a byte stream into events."""

    def feed(self, chunk: bytes) -> Iterator[WireEvent]:
        """Take the next bytes, however they were cut, and give the events that they complete, all to be taken.

        Raises:
            FramingError: an event is too long or damaged; the events before it have been given.
        """
        ...

    def close(self) -> list[WireEvent]:
        """The stream has ended: give a last event that lacks its end mark."""
        ...


class _Lines:
    """Cuts bytes into lines, without their ends, in time linear in the bytes."""

    def __init__(self, line_end: re.Pattern[bytes], limit_bytes: int) -> None:
        self._line_end = line_end
        self._limit_bytes = limit_bytes
        self._held = bytearray()
        self._ended_on_cr = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if self._ended_on_cr and chunk.startswith(b"\n"):  # the other half of a \r\n that two chunks share
            chunk = chunk[1:]
            self._ended_on_cr = False
        if not chunk:
            return
        self._ended_on_cr = chunk.endswith(b"\r") and self._line_end is _SSE_LINE_END
        *lines, rest = self._line_end.split(chunk)
        if lines and self._held:
            lines[0] = bytes(self._held) + lines[0]
            self._held.clear()
        self._held += rest
        yield from lines
        if len(self._held) > self._limit_bytes:
            raise FramingError(f"one line of the reply is longer than {self._limit_bytes >> 20} MiB")

    def close(self) -> bytes:
        rest = bytes(self._held)
        self._held.clear()
        return rest


class SseReader:
    """Server-sent events, to the letter of WHATWG HTML 9.2.6, plus a last event without its blank line.

    A payload is UTF-8 text; several `data:` lines are joined by a newline; bytes that are not UTF-8 become U+FFFD.
    Lines are cut on bytes, because str.splitlines() would also cut at U+2028 and U+0085 inside JSON strings.
    """

    def __init__(self, limit_bytes: int = EVENT_LIMIT_BYTES) -> None:
        self._lines = _Lines(_SSE_LINE_END, limit_bytes)
        self._limit_bytes = limit_bytes
        self._at_start = True
        self._name = ""
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[WireEvent]:
        """Take the next bytes and give the events that they complete."""
        for line in self._lines.feed(chunk):
            if line or self._data or self._name:  # a blank line ends nothing here; millions of them must not cost much
                yield from self._take(line)

    def close(self) -> list[WireEvent]:
        """Give the last event if its blank line is missing."""
        return [*self._take(self._lines.close()), *self._take(b"")]

    def _take(self, line: bytes) -> Iterator[WireEvent]:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            yield from self._dispatch()
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._data_bytes += len(line)  # with the field's name: endless empty ones are an endless event too
            if self._data_bytes > self._limit_bytes:
                raise FramingError(f"one event of the reply is longer than {self._limit_bytes >> 20} MiB")
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")

    def _dispatch(self) -> Iterator[WireEvent]:
        data, name = b"\n".join(self._data).decode("utf-8", "replace"), self._name
        self._name, self._data, self._data_bytes = "", [], 0
        if data.strip():
            yield WireEvent(data, name)


class NdjsonReader:
    """One JSON value a line, as Ollama sends; blank lines are skipped."""

    def __init__(self, limit_bytes: int = EVENT_LIMIT_BYTES) -> None:
        self._lines = _Lines(_NDJSON_LINE_END, limit_bytes)
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterator[WireEvent]:
        """Take the next bytes and give the lines that they complete."""
        for line in self._lines.feed(chunk):
            if line:
                yield from self._event(line)

    def close(self) -> list[WireEvent]:
        """Give the last line if its newline is missing."""
        return self._event(self._lines.close())

    def _event(self, line: bytes) -> list[WireEvent]:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        text = line.decode("utf-8", "replace").strip()
        return [WireEvent(text)] if text else []


class AwsEventReader:
    """The binary frames of `application/vnd.amazon.eventstream`.

    A frame is: total length, headers length, CRC of those eight bytes, headers, payload, CRC of all before it.
    Source: smithy.io, "Amazon Event Stream Specification".
    """

    _PRELUDE_BYTES = 12

    def __init__(self, limit_bytes: int = EVENT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[WireEvent]:
        """Take the next bytes and give the frames that they complete."""
        self._buffer += chunk
        while len(self._buffer) >= self._PRELUDE_BYTES:
            total = int.from_bytes(self._buffer[:4], "big")
            self._check_prelude(total)
            if len(self._buffer) < total:
                break
            frame = bytes(self._buffer[:total])
            del self._buffer[:total]
            yield self._event(frame)

    def close(self) -> list[WireEvent]:
        """Nothing: half a frame has no meaning."""
        return []

    def _check_prelude(self, total: int) -> None:
        if zlib.crc32(self._buffer[:8]) != int.from_bytes(self._buffer[8:12], "big"):
            raise FramingError("a frame of the reply is damaged (prelude checksum)")
        if not self._PRELUDE_BYTES + 4 <= total <= self._limit_bytes:
            raise FramingError(f"a frame of the reply claims {total} bytes")

    def _event(self, frame: bytes) -> WireEvent:
        if zlib.crc32(frame[:-4]) != int.from_bytes(frame[-4:], "big"):
            raise FramingError("a frame of the reply is damaged (checksum)")
        headers_end = self._PRELUDE_BYTES + int.from_bytes(frame[4:8], "big")
        headers = _aws_headers(frame[self._PRELUDE_BYTES : headers_end])
        exception = headers.get(":exception-type") or headers.get(":error-code")
        name = exception or headers.get(":event-type", "")
        text = frame[headers_end:-4].decode("utf-8", "replace") or headers.get(":error-message", "") or "{}"
        return WireEvent(text, name, is_exception=bool(exception) or headers.get(":message-type") == "exception")


# Sizes in bytes of AWS header values by type; strings and byte arrays (6 and 7) carry a length of their own.
_AWS_SIZES: Mapping[int, int] = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


def _aws_headers(block: bytes) -> dict[str, str]:
    """The string headers of a frame; values of other types are passed over."""
    headers: dict[str, str] = {}
    at = 0
    try:
        while at < len(block):
            name_end = at + 1 + block[at]
            name = block[at + 1 : name_end].decode("ascii", "replace")
            kind = block[name_end]
            at = name_end + 1
            if kind in (6, 7):
                size = int.from_bytes(block[at : at + 2], "big")
                headers[name] = block[at + 2 : at + 2 + size].decode("utf-8", "replace")
                at += 2 + size
            else:
                at += _AWS_SIZES[kind]
    except (IndexError, KeyError) as error:
        raise FramingError("a frame of the reply has damaged headers") from error
    return headers
