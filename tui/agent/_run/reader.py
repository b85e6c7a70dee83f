"""Pulls the events of a run: one by one in the caller's own task, or in groups with a deadline. Knows only `Run`.

An async generator must never be left to the garbage collector, nor be closed while somebody waits for it; here is the
one place that takes care of both.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

from tui.agent._run.run import ModelResponseEvent, Run, RunEvent
from tui.agent._run.state import cancellations
from tui.agent.exceptions import UserError
from tui.agent.messages import ModelRequestEvent

__all__ = ["EventReader"]


class EventReader:
    """The events of a run, read once, by however many views.

    A group with a deadline is collected by one task, which pulls until the deadline has passed. What it waits for then
    is not cancelled, that would end the run: the next pull waits for the same task.
    """

    def __init__(self, run: Run, *, step_by_step: bool = False) -> None:
        """Prepare to read.

        Args:
            run: not begun yet.
            step_by_step: groups end where a request or a response does, so that nothing is pulled that comes after.
        """
        self.run = run
        self._step_by_step = step_by_step
        self._events: AsyncGenerator[RunEvent, None] = run.events()
        self._ready: deque[RunEvent] = deque()
        self._collecting: asyncio.Task[None] | None = None
        self._pulling: asyncio.Task[Any] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = asyncio.Lock()
        self._stopping = False
        self._failure: Exception | None = None
        self._failure_told = False
        self._ended = False

    @property
    def exhausted(self) -> bool:
        """Whether nothing more will come."""
        return self._ended and self._collecting is None and not self._ready and self._failure is None

    @property
    def failed(self) -> bool:
        """Whether a failure has ended the run, and was raised."""
        return self._failure_told

    async def next(self) -> RunEvent | None:
        """The next event, or None when there are no more.

        Raises:
            BaseException: what ended the run; again at each call.
        """
        if self._collecting is not None:
            await self._wait_for_collector(self._collecting, None)
        if self._ready:
            return self._ready.popleft()
        if self._failure is not None:
            self._failure_told = True
            raise self._failure
        if self._stopping:
            async with self._closing:  # the history is whole when the end is told
                self._ended = True
        return None if self._ended else await self._pull()

    async def group(self, debounce_by: float | None, *, begun: bool = False) -> list[RunEvent]:
        """The events of the next group; [] when there are no more, or when none came in the time of a begun group.

        Args:
            debounce_by: seconds from the group's first event, in which others join it; None for groups of one.
            begun: there is something that belongs into the group already, so its time runs from now.
        """
        events: list[RunEvent] = []
        if not begun or debounce_by is None:
            event = await self.next()
            if event is None:
                return []
            events.append(event)
        if debounce_by is None or (events and self._ends_group(events[0])):
            return events
        if self._collecting is None and not (self._ended or self._stopping or self._failure):
            deadline = asyncio.get_running_loop().time() + debounce_by
            self._collecting = asyncio.create_task(self._collect(deadline), name="collect events")
        if self._collecting is not None:
            await self._wait_for_collector(self._collecting, debounce_by)
        events += self._ready
        self._ready.clear()
        return events

    async def drain(self) -> None:
        """Read what is left, so that it is counted and checked. A failure that was raised already is not raised again.

        Raises:
            AgentRunError: the run cannot go on, or a limit was reached.
        """
        while not self._failure_told and await self.next() is not None:
            pass

    async def stop(self) -> None:
        """End the run now, from whatever task: the stream is closed, and who waits for an event gets the end.

        Who calls it while another task does already waits for that one.
        """
        self._stopping = True
        if self._collecting is not None:
            await self._end_collector(self._collecting)
        if self._pulling is not None and self._pulling is not asyncio.current_task():
            self._pulling.cancel()
            await self._idle.wait()
        async with self._closing:
            try:
                await self._events.aclose()
            finally:
                self._ended = True

    def _ends_group(self, event: RunEvent) -> bool:
        return self._step_by_step and isinstance(event, ModelRequestEvent | ModelResponseEvent)

    async def _pull(self) -> RunEvent | None:
        if self._pulling is not None:
            raise UserError("A run can be read by one task at a time; an `event_stream_handler` can watch it beside")
        self._pulling = asyncio.current_task()
        cancelled = cancellations()
        self._idle.clear()
        try:
            return await anext(self._events)
        except StopAsyncIteration:
            self._ended = True
            return None
        except BaseException as error:
            self._ended = True
            if isinstance(error, asyncio.CancelledError) and self._was_stopped(cancelled):
                return None
            if isinstance(error, Exception):
                self._failure, self._failure_told = error, True
            raise
        finally:
            self._pulling = None
            self._idle.set()

    def _was_stopped(self, cancelled_before: int) -> bool:
        """Whether the cancellation was the one of `stop`, and no other; takes it back."""
        task = self._pulling
        return self._stopping and task is not None and task.uncancel() <= cancelled_before

    async def _collect(self, deadline: float) -> None:
        """Pull until the deadline, or the end; a failure is raised by the next pull."""
        clock = asyncio.get_running_loop().time
        try:
            while clock() < deadline:
                event = await self._pull()
                if event is None:
                    return
                self._ready.append(event)
                if self._ends_group(event):
                    return
        except Exception as error:  # noqa: BLE001 (raised by the next pull)
            self._failure, self._failure_told = error, False

    async def _wait_for_collector(self, task: "asyncio.Task[None]", timeout_s: float | None) -> None:
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
        if done:
            self._collecting = None

    async def _end_collector(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.wait({task})
        self._collecting = None
