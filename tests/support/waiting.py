"""Waiting for an app until it has nothing left to do, which is seen from its loop, and not from the clock."""

import asyncio
from concurrent.futures.thread import _WorkItem
from typing import Any
from weakref import WeakKeyDictionary

from textual import app as textual_app
from textual import pilot as textual_pilot
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

from tui.app.terminal import GuardedApp

_LIMIT_S = 30.0
_ROUNDS = 5  # what is busy may hand on to others; something that streams is never done
_WORK_S = 1.0  # a loop that always has something to do is left to it then, as Textual does
_MOMENT_S = 0.02  # which is how long Textual's pilot sleeps
_JOB_S = 0.5  # a thread that waits for the test itself is not waited for

_jobs: WeakKeyDictionary[asyncio.AbstractEventLoop, set[int]] = WeakKeyDictionary()


def wait_until_at_rest() -> None:
    """Have `Pilot` go on as soon as an app is at rest, and not before. Safe to call twice.

    Textual sleeps twenty milliseconds, twice for a key, and then again until this process has used little of the CPU:
    three quarters of the time of a test of the app passed so, and beside others who use the CPU it looked too early.
    And it hands a callback to every widget, each of which then looks for something to draw as well: 4 ms of a pause.
    """
    if Pilot.press is _press:
        return
    Pilot._wait_for_screen = _wait_for_screen  # type: ignore[method-assign, assignment]  # of any app
    Pilot.press = _press  # type: ignore[method-assign, assignment]  # of any app
    Pilot.pause = _pause  # type: ignore[method-assign, assignment]  # of any app
    for module in (textual_app, textual_pilot):
        module.wait_for_idle = _wait_for_loop  # type: ignore[attr-defined]  # imported there
    _follow_threads()


async def _press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.app._press_keys([key])
        await _wait_for_rest(pilot)


async def _pause(pilot: Pilot[Any], delay: float | None = None) -> None:
    await _wait_for_rest(pilot)
    if delay is not None:
        await asyncio.sleep(delay)
        await _wait_for_rest(pilot)


async def _wait_for_rest(pilot: Pilot[Any]) -> None:
    """Wait until each has done what it had to do, and what is to be drawn and laid out anew is."""
    app = pilot.app
    for _ in range(_ROUNDS):
        await _wait_for_loop()
        if isinstance(app, GuardedApp) and (settles := app.typed_ahead._task) is not None:
            await asyncio.wait([settles], timeout=_JOB_S)  # until it would take the next key at once
        await pilot._wait_for_screen()
        if soon := _put_off(app):
            await asyncio.wait(soon, timeout=_JOB_S)
        elif app.screen._update_timer._active.is_set():
            app.screen._on_timer_update()
        else:
            break


def _put_off(app: App[Any]) -> list[asyncio.Task[Any]]:
    """The timers of work that is put off for a moment: of a resize, of a search, of the next slice of something."""
    timers = [timer for pump in _pumps(app) for timer in pump._timers if timer._repeat == 0]
    return [timer._task for timer in timers if timer._interval <= _MOMENT_S and timer._task and not timer._task.done()]


async def _wait_for_loop(_min_sleep: float = 0, _max_sleep: float = 0) -> None:
    """Wait until nothing is ready to run, and no thread does something for it."""
    loop: Any = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        await asyncio.sleep(0)
        waited_s = loop.time() - begun
        if loop._ready and waited_s < _WORK_S:
            continue
        if not _jobs.get(loop) or waited_s > _JOB_S:
            return
        await asyncio.sleep(0.001)


def _follow_threads() -> None:
    """Know of each loop what threads do for it: until its callbacks were called, which is after it is done."""
    begin, run = _WorkItem.__init__, _WorkItem.run

    def init_followed(item: Any, *args: Any, **kwargs: Any) -> None:
        begin(item, *args, **kwargs)
        loop = asyncio._get_running_loop()
        if loop is not None:
            jobs = _jobs.setdefault(loop, set())
            jobs.add(id(item))
            item.followed = jobs

    def run_followed(item: Any, *args: Any) -> None:
        jobs = getattr(item, "followed", None)
        try:
            run(item, *args)
        finally:
            if jobs is not None:
                jobs.discard(id(item))

    _WorkItem.__init__ = init_followed  # type: ignore[method-assign, assignment]  # of any result
    _WorkItem.run = run_followed  # type: ignore[method-assign, assignment]  # of any result


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
