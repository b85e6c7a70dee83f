"""Waiting for a screen asks only the widgets that have something to do, not every one of them twice per key."""

import asyncio
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

_LIMIT_S = 30.0
_ROUNDS = 5  # what is busy may hand on to others; something that streams is never done


def wait_for_the_busy_only() -> None:
    """Have `Pilot` hand its callback only to those that are not at rest already, and to those that they set to work.

    It hands one to every widget, each of which then looks for something to draw as well: 4 ms of a pause, three times
    for a key. One that waits for its next message has none left.
    """
    Pilot._wait_for_screen = _wait_for_screen  # type: ignore[method-assign, assignment]  # of any app


async def _wait_for_screen(pilot: Pilot[Any]) -> bool:
    for _ in range(_ROUNDS):
        busy = [pump for pump in _pumps(pilot.app) if not _at_rest(pump)]
        if not busy:
            break
        if not await _all_answer(pilot.app, busy):
            return False
    return True


def _pumps(app: App[Any]) -> list[MessagePump]:
    return [app, *app.screen.walk_children(with_self=True)]


def _at_rest(pump: MessagePump) -> bool:
    ready: Any = pump._message_queue.ready_event
    return bool(ready._waiters) and not ready.is_set() and not pump._next_callbacks


async def _all_answer(app: App[Any], pumps: list[MessagePump]) -> bool:
    """Wait until each has done what it had to do so far; false when the app breaks down meanwhile."""
    done = asyncio.Event()
    left = 0

    def one_less() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    for pump in pumps:
        left += pump.call_later(one_less)
    if left:
        waits = [asyncio.ensure_future(event.wait()) for event in (done, app._exception_event)]
        _, pending = await asyncio.wait(waits, timeout=_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        if len(pending) == len(waits):
            raise WaitForScreenTimeout("A widget did not come to rest.")
    return not left
