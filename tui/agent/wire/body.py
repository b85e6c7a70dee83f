"""An answer that is waited for, read and closed so that who is stopped meanwhile leaves no connection half closed.

A connection that was would be busy for ever: what httpx closes says from the start that it is closed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import httpx

_T = TypeVar("_T")


async def apart(work: Coroutine[Any, Any, _T], close: Callable[[_T], Coroutine[Any, Any, None]] | None = None) -> _T:
    """Do it in a task of its own, to which its cancel scopes and time-outs belong; see `read_ahead`.

    Who is stopped waits for its end, and stops it once: a second time would cut short how it shuts its connection.

    Args:
        work: what to do.
        close: shuts what has come of it just as we are stopped, which nobody would get any more.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled() and task.exception() is None and close is not None:
            await close(task.result())
        raise
    return task.result()


def pieces_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """The bytes as they come. Unlike `aiter_raw` it leaves closing to the caller, also at the end."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return aiter(response.stream)


async def shut(response: httpx.Response) -> None:
    """Close an answer, also where we are stopped as we do."""
    await asyncio.shield(response.aclose())
