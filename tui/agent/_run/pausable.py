"""An async generator whose next item may be waited for in several goes, all in the caller's own task.

A deadline on `anext` would cancel it, and that ends the generator. A task of its own would be another one than that in
which the generator has entered its context managers: cancel scopes and time-outs belong to the task that enters them.
Knows no run.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any, Generic, TypeVar

__all__ = ["PausableGenerator"]

_T = TypeVar("_T")
_Future = asyncio.Future[Any]


class _Handed:
    """Hands a future to the event loop as the coroutine has done that waits for it; None is its next turn."""

    def __init__(self, future: _Future | None) -> None:
        self._future = future

    def __await__(self) -> Generator[_Future | None, None, None]:
        if self._future is not None:
            self._future._asyncio_future_blocking = True  # the protocol between futures and tasks, see asyncio.futures
        yield self._future


class PausableGenerator(Generic[_T]):
    """A generator that can be left while it waits for something, and gone on with later.

    Attributes:
        waiting: the step towards the next item, while it was left; else None.
    """

    def __init__(self, items: AsyncGenerator[_T, None]) -> None:
        self._items = items
        self.waiting: Generator[Any, None, _T] | None = None
        self._awaited: _Future | None = None  # what that step waits for; None for its next turn
        self._cancelled: asyncio.CancelledError | None = None

    async def next(self, deadline: float | None = None) -> _T | None:
        """The next item; None when it has not come at a moment of the loop's clock.

        Raises:
            StopAsyncIteration: there are no more items.
            BaseException: whatever the generator raises.
        """
        error: BaseException | None = None
        step, self.waiting = self.waiting, None
        if step is None:
            step = self._items.__anext__().__await__()
        elif deadline is None or await self._due(deadline):
            error = await self._turn()
        else:
            self.waiting = step
            return None
        while True:
            try:
                self._awaited = step.send(None) if error is None else step.throw(error)
            except StopIteration as end:
                item: _T = end.value
                return item
            if deadline is not None and not await self._due(deadline):
                self.waiting = step
                return None
            error = await self._turn()

    async def aclose(self) -> None:
        """End what it waits for, as `Task.cancel` would, and close it.

        Raises:
            BaseException: whatever the generator raises, but for the cancellation.
        """
        if self.waiting is not None:
            self._cancel(asyncio.CancelledError())
            task = asyncio.current_task()
            cancelling = task.cancelling() if task is not None else 0
            try:
                await self.next()
            except StopAsyncIteration:
                pass
            except asyncio.CancelledError:
                if task is not None and task.cancelling() > cancelling:
                    raise
        await self._items.aclose()

    def _cancel(self, error: asyncio.CancelledError) -> None:
        """Cancel what it waits for, with the same message: by that, anyio's scopes know their own cancellations."""
        if self._awaited is None or not self._awaited.cancel(*error.args):
            self._cancelled = error

    async def _turn(self) -> BaseException | None:
        """Wait for what the step waits for; what is to be raised in it then."""
        if self._cancelled is not None:
            error, self._cancelled = self._cancelled, None
            return error
        if self._awaited is None or not self._awaited.done():
            try:
                await _Handed(self._awaited)
            except BaseException as error:  # noqa: BLE001 (raised where the generator waits)
                return error
        return None

    async def _due(self, deadline: float) -> bool:
        """Whether the step can go on before the deadline, or because this task was cancelled."""
        future = self._awaited
        if future is None or future.done():
            return True
        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def wake(_: object) -> None:
            if not woken.done():
                woken.set_result(None)

        timer = loop.call_at(deadline, wake, None)
        future.add_done_callback(wake)
        try:
            await woken
        except asyncio.CancelledError as error:
            self._cancel(error)
            return True
        finally:
            timer.cancel()
            future.remove_done_callback(wake)
        return future.done()
