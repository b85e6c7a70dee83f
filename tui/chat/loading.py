"""What takes long, off the loop: half a second of importing must not stop keys and frames, a locked keyring no exit."""

import asyncio
import importlib
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def imported(*modules: str) -> None:
    """Import in a worker thread what is not there yet."""
    for module in modules:
        if module not in sys.modules:
            await asyncio.to_thread(importlib.import_module, module)


async def unattended(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a thread that the end of the program does not wait for: it may wait for a person, and for ever."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not result.done():  # cancelled meanwhile
            settled()

    def run() -> None:
        try:
            settled = partial(result.set_result, work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  it is raised where the result is awaited
            settled = partial(result.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, settled)

    threading.Thread(target=run, name="unattended", daemon=True).start()
    return await result
