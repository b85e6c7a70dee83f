"""Work in threads that leaves nothing behind where the caller is cancelled, however often, or the loop ends meanwhile.

Standard library only. `asyncio.to_thread` returns to a cancelled caller at once, while the thread goes on; and where it
waits in a task of its own, the loop's end cancels that one, too.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


async def made(make: Callable[[], T], give_up: Callable[[T], object]) -> T:
    """Make something in a thread, such as an open file or a program.

    Where the caller is cancelled it is given up: at once, or in the thread as soon as it is there.
    """
    lock, given_up, found = Lock(), False, list[T]()

    def work() -> T:
        result = make()
        with lock:
            if not given_up:
                found.append(result)
                return result
        give_up(result)
        return result

    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.wait({running})
    except asyncio.CancelledError:
        running.add_done_callback(_ask_for_error)
        with lock:
            given_up = True
        for one in found:
            give_up(one)
        raise
    return running.result()


def _ask_for_error(running: "asyncio.Future[Any]") -> None:
    """Or asyncio would complain that nobody has."""
    if not running.cancelled():
        running.exception()


async def to_its_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a piece of work in a thread, and return with its end, also where the caller is cancelled meanwhile."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs))
    cancelled = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # asked for, or asyncio would complain
        raise cancelled
    return running.result()
