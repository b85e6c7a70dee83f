"""Frames of an answer → JSON events. Pure: it is fed bytes, and knows neither HTTP nor what the events mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tui.agent.wire.framing import FrameReader, FramingError, WireEvent
from tui.agent.wire.json import decoded

_BAD_EVENTS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class JsonEvent:
    """One decoded event of an answer.

    Attributes:
        value: the JSON value; None at the end.
        name: the event's name in the framing, or "".
        is_exception: the framing itself calls it an error.
        is_end: `data: [DONE]`, after which nothing counts.
        is_whole: not an event of a stream but a whole answer, sent in reply to a stream request or asked for.
    """

    value: Any
    name: str = ""
    is_exception: bool = False
    is_end: bool = False
    is_whole: bool = False


class EventError(ValueError):
    """What came is no stream of JSON events. The text is the end of a sentence that begins with the sender's name.

    Attributes:
        body: what came instead, or "".
    """

    def __init__(self, message: str, body: str = "") -> None:
        super().__init__(message)
        self.body = body


class EventDecoder:
    """Decodes the events of one answer. A single one that is not JSON is passed over.

    Attributes:
        skipped: how many were passed over.
    """

    def __init__(self, reader: FrameReader) -> None:
        self.skipped = 0
        self._reader = reader
        self._any = False
        self._bad_in_a_row = 0

    def feed(self, chunk: bytes) -> Iterator[JsonEvent]:
        """Take the next bytes and give the events that they complete, all to be taken.

        Raises:
            EventError: the framing is broken, or several events in a row are not JSON.
        """
        try:
            for frame in self._reader.feed(chunk):
                event = _decoded(frame)
                if event is None:
                    self._skip(frame)
                    continue
                self._any, self._bad_in_a_row = True, 0
                yield event
        except FramingError as error:
            raise EventError(f"sent a broken stream: {error}") from error

    def close(self) -> Iterator[JsonEvent]:
        """The stream has ended: give a last event that lacks its end mark, unless it was cut off.

        Raises:
            EventError: there was not one event.
        """
        for frame in self._reader.close():
            event = _decoded(frame)
            if event is not None:
                self._any = True
                yield event
        if not self._any:
            raise EventError("sent no readable event" if self.skipped else "sent an empty answer")

    def _skip(self, frame: WireEvent) -> None:
        self.skipped += 1
        self._bad_in_a_row += 1
        if self._bad_in_a_row >= _BAD_EVENTS_IN_A_ROW:
            raise EventError("sent events that are not JSON", frame.data)


def _decoded(frame: WireEvent) -> JsonEvent | None:
    if frame.data.strip() == "[DONE]":
        return JsonEvent(None, frame.name, is_end=True)
    try:
        return JsonEvent(decoded(frame.data), frame.name, frame.is_exception)
    except ValueError:
        return None
