"""Work in a thread that ctrl+c ends at its next step, with a line of progress when it takes longer than a second."""

import asyncio
import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from tui.commands.progress import ProgressLine

T = TypeVar("T")
Report = Callable[[str, int, int], None]

_PATIENCE_S = 1.0


async def stoppable(work: Callable[[Report], T]) -> T:
    """Run `work(report)`, which calls `report(what, done, total)` after each step; a total of 0 is not known.

    When the caller is cancelled `report` raises StoppedError, and the work ends with all that it has begun.
    """
    from tui.store.connection import StoppedError

    stopped, begun_s = Event(), time.monotonic()
    line, label = ProgressLine(""), ""

    def report(what: str, done: int, total: int) -> None:
        nonlocal line, label
        if stopped.is_set():
            raise StoppedError
        if time.monotonic() - begun_s < _PATIENCE_S:
            return
        if what != label:
            line, label = ProgressLine(what), what
        if total:
            line.show_percent(min(100 * done // total, 100))
        else:
            line.show_words("…")

    try:
        return await asyncio.to_thread(work, report)
    except asyncio.CancelledError:
        stopped.set()
        raise
    finally:
        line.end()
