"""Waiting for a screen asks only the widgets that have something to do, not every one of them twice per key."""

import asyncio
from typing import Any

from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

_LIMIT_S = 30.0


def wait_for_the_busy_only() -> None:
    """Have `Pilot` hand its callback only to those that are not at rest already.

    It hands one to every widget, each of which then looks for something to draw as well: 4 ms of a pause, three times
    for a key. One that waits for its next message has none left.
    """
    Pilot._wait_for_screen = _wait_for_screen  # type: ignore[method-assign, assignment]  # of any app


def _at_rest(pump: MessagePump) -> bool:
    ready: Any = pump._message_queue.ready_event
    return bool(ready._waiters) and not ready.is_set() and not pump._next_callbacks


async def _wait_for_screen(pilot: Pilot[Any]) -> bool:
    app, done = pilot.app, asyncio.Event()
    waited_for = 0

    def one_less() -> None:
        nonlocal waited_for
        waited_for -= 1
        if not waited_for:
            done.set()

    for pump in (app, *app.screen.walk_children(with_self=True)):
        if not _at_rest(pump):
            waited_for += pump.call_later(one_less)
    if waited_for:
        waits = [asyncio.ensure_future(event.wait()) for event in (done, app._exception_event)]
        _, pending = await asyncio.wait(waits, timeout=_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        if len(pending) == len(waits):
            raise WaitForScreenTimeout("A widget did not come to rest.")
    return not waited_for
