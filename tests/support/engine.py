"""What the engine's tests share: scripted models that can be held at a gate, and values that equal any moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui.agent.messages import (
    ModelMessage,
    ModelNoticeEvent,
    ModelResponse,
    ModelResponseStreamEvent,
    TextPart,
    ThinkingPart,
)
from tui.agent.models import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.function import AgentInfo, DeltaThinkingCalls, DeltaToolCalls, FunctionModel
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify


class AnyTime(datetime):
    """Equals every aware moment, so that messages can be compared literally."""

    def __new__(cls) -> "AnyTime":
        return super().__new__(cls, 2000, 1, 1, tzinfo=UTC)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and other.tzinfo is not None

    def __hash__(self) -> int:
        return 0


Item = str | DeltaToolCalls | DeltaThinkingCalls | asyncio.Event | Exception


@dataclass
class Script:
    """Responses that a model streams, item by item; an event in one is a gate that the stream waits at.

    Attributes:
        responses: what to stream, one list for each request.
        read: the items that were asked for, in order; what was not read is not in it.
        closed: how many streams have been closed, to their end or not.
        seen: the messages of each request.
        infos: what each request offered.
        asked: set when the first request has arrived.
    """

    responses: Sequence[Sequence[Item]]
    read: list[Item] = field(default_factory=list)
    closed: int = 0
    seen: list[list[ModelMessage]] = field(default_factory=list)
    infos: list[AgentInfo] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def _stream(
        self, messages: list[ModelMessage], info: AgentInfo
    ) -> AsyncIterator[str | DeltaToolCalls | DeltaThinkingCalls]:
        response = self.responses[len(self.seen)]
        self.seen.append(messages)
        self.asked.set()
        self.infos.append(info)
        try:
            for item in response:
                if isinstance(item, asyncio.Event):
                    await item.wait()
                    continue
                if isinstance(item, Exception):
                    raise item
                self.read.append(item)
                yield item
        finally:
            self.closed += 1

    def model(self) -> FunctionModel:
        """The model that streams the script."""
        return FunctionModel(stream_function=self._stream)


def scripted(*responses: Sequence[Item]) -> Script:
    """A script of these responses."""
    return Script(responses)


@dataclass
class Recorded:
    """An `event_stream_handler` that keeps what it sees."""

    events: list[Any] = field(default_factory=list)
    _seen: dict[str, asyncio.Event] = field(default_factory=dict)

    async def __call__(self, ctx: Any, events: Any) -> None:
        async for event in events:
            self.events.append(event)
            self._seen.setdefault(event.event_kind, asyncio.Event()).set()

    async def saw(self, kind: str) -> None:
        """Wait until an event of the kind has come."""
        await self._seen.setdefault(kind, asyncio.Event()).wait()

    def kinds(self) -> list[str]:
        """The kinds of the events, without usage."""
        return [event.event_kind for event in self.events if event.event_kind != "usage"]


@dataclass
class _LateResponse(StreamedResponse):
    pieces: Sequence[str | ThinkingPart | Usage | asyncio.Event]

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for number, piece in enumerate(self.pieces):
            if isinstance(piece, Usage):
                self._usage = piece
            elif isinstance(piece, asyncio.Event):
                await piece.wait()
            elif isinstance(piece, ThinkingPart):
                yield self._parts_manager.handle_thinking_delta(vendor_part_id=number, content=piece.content)
            else:
                yield self._parts_manager.handle_text_delta(vendor_part_id="text", content=piece)

    @property
    def model_name(self) -> str:
        return "late"

    @property
    def timestamp(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class LateModel(Model):
    """A model whose provider reports its usage when it says so in the script, the way real ones do at the end.

    Attributes:
        pieces: text, thoughts, reports and gates, in order.
        opening: raised instead of opening the stream.
        notice: given before the stream is opened.
    """

    pieces: Sequence[str | ThinkingPart | Usage | asyncio.Event] = ()
    opening: Exception | None = None
    notice: ModelNoticeEvent | None = None

    async def request(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> tuple[ModelResponse, Usage]:
        if self.notice is not None:
            notify(self.notice)
        text = "".join(piece for piece in self.pieces if isinstance(piece, str))
        return ModelResponse([TextPart(text)], "late"), Usage()

    @asynccontextmanager
    async def request_stream(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> AsyncIterator[StreamedResponse]:
        if self.notice is not None:
            notify(self.notice)
        if self.opening is not None:
            raise self.opening
        response = _LateResponse(self.pieces)
        try:
            yield response
        finally:
            await response.aclose()

    @property
    def model_name(self) -> str:
        return "late"

    @property
    def system(self) -> str:
        return "scripted"
