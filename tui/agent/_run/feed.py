"""Hands the events of a run to its `event_stream_handler`, which runs beside it as one task that the run owns.

The run pushes, the handler reads; a handler that falls far behind slows the run down instead of filling memory. Knows
nothing of models, tools or limits.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any

from tui.agent.context import RunContext
from tui.agent.messages import AgentStreamEvent

__all__ = ["EventFeed", "EventStreamHandler"]

EventStreamHandler = Callable[[RunContext[Any], AsyncIterator[AgentStreamEvent]], Awaitable[None]]
"""`async def handler(ctx, events)`: reads the events of a run as they happen, and may stop reading at any time."""

ROOM = 256
"""Events that may wait for the handler before the run waits for it."""

GRACE_S = 0.25
"""How long a handler may take for the events that it has not read yet when its run is stopped."""


class EventFeed(AsyncIterator[AgentStreamEvent]):
    """One run's events on their way to one handler; without a handler, events are dropped.

    A context manager: entering starts the handler's task; leaving ends its events and waits for it, shortly when the
    run was stopped. An exception of the handler ends the run.
    """

    def __init__(self, handler: EventStreamHandler | None, context: RunContext[Any]) -> None:
        self._handler = handler
        self._context = context
        self._waiting: deque[AgentStreamEvent] = deque()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "EventFeed":
        if self._handler is not None:
            self._task = asyncio.create_task(self._handle(self._handler), name="event_stream_handler")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._changed.set()
        if self._task is None:
            return
        if self._task is asyncio.current_task():
            raise asyncio.CancelledError  # the handler has stopped its own run, and cannot be waited for here
        try:
            stopped = error is not None and not isinstance(error, Exception)
            await asyncio.wait({self._task}, timeout=GRACE_S if stopped else None)
        finally:
            self._task.cancel()
            await asyncio.wait({self._task})
            failure = None if self._task.cancelled() else self._task.exception()
        if error is None and failure is not None:
            raise failure

    @property
    def has_handler(self) -> bool:
        """Whether there is a handler to read."""
        return self._task is not None

    def push_now(self, event: AgentStreamEvent) -> None:
        """Queue an event from a place that cannot wait."""
        if self._task is not None:
            self._waiting.append(event)
            self._changed.set()

    async def push(self, event: AgentStreamEvent) -> None:
        """Queue an event; wait while the handler is far behind.

        Raises:
            Exception: whatever the handler has raised.
        """
        if self._task is None:
            return
        if self._task.done():
            if not self._task.cancelled() and (failure := self._task.exception()) is not None:
                raise failure
            return
        self._waiting.append(event)
        self._changed.set()
        while len(self._waiting) > ROOM and not self._task.done():
            self._room.clear()
            await self._room.wait()

    async def __anext__(self) -> AgentStreamEvent:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        event = self._waiting.popleft()
        if len(self._waiting) <= ROOM:
            self._room.set()
        return event

    async def _handle(self, handler: EventStreamHandler) -> None:
        try:
            await handler(self._context, self)
        finally:
            self._room.set()
