"""What the engine's tests share: scripted models that can be held at a gate, and values that equal any moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui.agent.messages import ModelMessage
from tui.agent.models.function import AgentInfo, DeltaThinkingCalls, DeltaToolCalls, FunctionModel


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

    async def __call__(self, ctx: Any, events: Any) -> None:
        async for event in events:
            self.events.append(event)

    def kinds(self) -> list[str]:
        """The kinds of the events, without usage."""
        return [event.event_kind for event in self.events if event.event_kind != "usage"]
