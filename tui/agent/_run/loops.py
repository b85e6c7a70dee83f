"""The event loop that `run_sync` waits on: one for each thread, kept between runs. Knows no agent."""

import asyncio
import threading
import warnings
import weakref

__all__ = ["idle_loop"]


class _ThreadLoop:
    """An event loop that is kept between runs, as open HTTP connections belong to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._closing = weakref.finalize(self, loop.close)  # with its thread, or with the program

    def give_back(self) -> None:
        """Leave it open: the program has set another one, and may still want this one."""
        self._closing.detach()


_kept = threading.local()


def idle_loop() -> asyncio.AbstractEventLoop:
    """The event loop of this thread, made and set if there is none.

    Raises:
        RuntimeError: it is running.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("This event loop is already running; in a coroutine, await `agent.run(...)` instead")
    kept: _ThreadLoop | None = getattr(_kept, "loop", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about a loop being made, as it should be
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop() if kept is None else kept.loop
    if loop.is_closed():
        loop = asyncio.new_event_loop()
    if kept is None or kept.loop is not loop:
        if kept is not None:
            kept.give_back()
        _kept.loop = _ThreadLoop(loop)
    asyncio.set_event_loop(loop)
    return loop
