"""Reads a body in a task of its own, a little ahead of who takes it. Knows no HTTP.

Cancel scopes and time-outs of the transport belong to the task that reads. Who takes the pieces may turn to something
else while it waits for one (`tui.agent._run.pausable`), and a time-out that ended then would cancel that.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

AHEAD = 16
"""How many pieces may lie ready; then nothing more is taken from the network."""


async def read_ahead(pieces: AsyncIterator[bytes]) -> AsyncGenerator[tuple[bytes, float], None]:
    """Yield each piece with the moment of its arrival: `time.monotonic` without the time in which nothing was taken.

    Raises:
        BaseException: whatever reading raises, after the pieces that came before.
    """
    ready: deque[tuple[bytes, float]] = deque()
    news, room = asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(_read(pieces, ready, news, room), name="reading a body")
    reading.add_done_callback(lambda _: news.set())
    try:
        while True:
            while ready:
                yield ready.popleft()
            if reading.done():
                await reading
                return
            news.clear()
            room.set()
            await news.wait()
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        if not reading.cancelled():
            reading.exception()  # nobody asks for it any more


async def _read(
    pieces: AsyncIterator[bytes], ready: deque[tuple[bytes, float]], news: asyncio.Event, room: asyncio.Event
) -> None:
    waited_s = 0.0
    async for piece in pieces:
        ready.append((piece, time.monotonic() - waited_s))
        news.set()
        if len(ready) >= AHEAD:
            full_at = time.monotonic()
            room.clear()
            await room.wait()
            waited_s += time.monotonic() - full_at
