"""Pulls the events of a run, one by one or in groups with a deadline, in the caller's own task. Knows only `Run`.

An async generator must never be left to the garbage collector, nor be closed while somebody waits for it; here is the
one place that takes care of both.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from tui.agent._run.pausable import PausableGenerator
from tui.agent._run.run import ModelResponseEvent, Run, RunEvent
from tui.agent._run.state import cancellations
from tui.agent._run.texts import StreamedTexts
from tui.agent.exceptions import UserError
from tui.agent.messages import ModelRequestEvent

__all__ = ["EventReader"]


class EventReader:
    """The events of a run, read once, by however many views, in the task of whoever reads.

    What a group's deadline interrupts goes on waiting where it is, and the next pull goes on with it.

    Attributes:
        run: the run.
        texts: what the events so far have brought.
    """

    def __init__(self, run: Run, *, step_by_step: bool = False) -> None:
        """Prepare to read.

        Args:
            run: not begun yet.
            step_by_step: groups end where a request or a response does, so that nothing is pulled that comes after.
        """
        self.run = run
        self.texts = StreamedTexts()
        self._step_by_step = step_by_step
        self._events: AsyncGenerator[RunEvent, None] = run.events()
        self._paused = PausableGenerator(self._events)
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
        return self._ended and self._failure is None

    @property
    def failed(self) -> bool:
        """Whether a failure has ended the run, and was raised."""
        return self._failure_told

    async def next(self) -> RunEvent | None:
        """The next event, or None when there are no more.

        Raises:
            BaseException: what ended the run; again at each call.
        """
        if (self._failure is not None or self._stopping or self._ended) and not await self._goes_on():
            return None
        return await self._pull()

    async def group(self, debounce_by: float | None, *, begun: bool = False) -> list[RunEvent]:
        """The events of the next group; [] when there are no more, or when none came in the time of a begun group.

        A failure that comes after something else is raised by the next pull.

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
        if debounce_by is None or (events and self._ends_group(events[0])) or not await self._goes_on():
            return events
        try:
            await self._pull(events, asyncio.get_running_loop().time() + debounce_by)
        except Exception as error:
            if error is not self._failure:
                raise
            self._failure_told = False
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

        It is closed by the task that waits for an event, or else by the one that calls this. Who calls it while another
        task does already waits for that one.
        """
        self._stopping = True
        if self._pulling is not None and self._pulling is not asyncio.current_task():
            self._pulling.cancel()
            await self._idle.wait()
        async with self._closing:
            try:
                await self._paused.aclose()
            except Exception as error:  # noqa: BLE001 (raised by the next pull)
                self._failure, self._failure_told = error, False
            finally:
                self._ended = True

    async def _goes_on(self) -> bool:
        """Whether there may be more events; raises what has ended the run."""
        if self._failure is not None:
            self._failure_told = True
            raise self._failure
        if self._stopping:
            async with self._closing:  # the history is whole when the end is told
                self._ended = True
        return not self._ended

    def _ends_group(self, event: RunEvent) -> bool:
        return self._step_by_step and isinstance(event, ModelRequestEvent | ModelResponseEvent)

    async def _pull(self, group: list[RunEvent] | None = None, deadline: float = 0.0) -> RunEvent | None:
        """Pull an event, or into a group all that come until a moment of the loop's clock; None at the end."""
        if self._pulling is not None:
            raise UserError("A run can be read by one task at a time; an `event_stream_handler` can watch it beside")
        self._pulling = asyncio.current_task()
        cancelled = cancellations()
        self._idle.clear()
        try:
            if group is not None:
                await self._collect(group, deadline)
                return None
            event = await (anext(self._events) if self._paused.waiting is None else self._paused.next())
            self.texts.add(event)
            return event
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

    async def _collect(self, group: list[RunEvent], deadline: float) -> None:
        clock = asyncio.get_running_loop().time
        while clock() < deadline:
            event = await self._paused.next(deadline)
            if event is None:
                return
            self.texts.add(event)
            group.append(event)
            if self._step_by_step and self._ends_group(event):
                return

    def _was_stopped(self, cancelled_before: int) -> bool:
        """Whether the cancellation was the one of `stop`, and no other; takes it back."""
        task = self._pulling
        return self._stopping and task is not None and task.uncancel() <= cancelled_before
