"""Time as servers are given it: time-outs and pauses on a clock that tests can script. Knows no server."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from tui.dataclass import dataclass


class Timer(Protocol):
    """A call that the clock is going to make."""

    def cancel(self) -> None:
        """Have it not made."""
        ...


class Clock(Protocol):
    """Tells the time, and calls back."""

    def now(self) -> float:
        """Seconds since some moment; never runs backwards."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Call back on the running event loop."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Call back on the running event loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback)


@dataclass(frozen=True, slots=True)
class ServerTimeouts:
    """How long servers are waited for.

    Attributes:
        stage_s: for each stage of a start: that it starts, answers, lists what it has.
        grace_s: for it to end by itself, then again after a SIGTERM, and then for what has left its group.
        longest_pause_s: between two starts; the first pause is a second, each further one twice as long.
        most_starts: in a row that came to nothing, before it is given up.
        steady_s: a server that was ready for so long begins anew with short pauses.
        relist_s: between two readings of a list that changed.
        resubscribe_s: before changes are asked for anew, when the line on which they come has broken off.
        sign_in_s: for the person to sign in to a server.
        longest_call: how many time-outs a call may take in all, however often it tells its progress.
    """

    stage_s: float = 30.0
    grace_s: float = 2.0
    longest_pause_s: float = 60.0
    most_starts: int = 8
    steady_s: float = 60.0
    relist_s: float = 1.0
    resubscribe_s: float = 30.0
    sign_in_s: float = 300.0
    longest_call: int = 10

    def pause_s(self, failed_starts: int) -> float:
        """How long to wait after so many starts that came to nothing."""
        return min(2.0 ** min(failed_starts - 1, 16), self.longest_pause_s)


class Deadline:
    """An `asyncio.timeout` that stands still while it is paused: raises `TimeoutError` once its time has run."""

    def __init__(self, clock: Clock, delay_s: float) -> None:
        self._clock = clock
        self._left_s = delay_s
        self._timeout = asyncio.timeout(None)
        self._timer: Timer | None = None
        self._pauses = 1  # until it is entered
        self._since = 0.0

    async def __aenter__(self) -> "Deadline":
        await self._timeout.__aenter__()
        self.resume()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pause()
        await self._timeout.__aexit__(kind, error, traceback)  # it swallows nothing

    @property
    def expired(self) -> bool:
        """Its time has run."""
        return self._timeout.expired()

    def extend(self, left_s: float) -> None:
        """Let it run for so long from now."""
        self.pause()
        self._left_s = left_s
        self.resume()

    def pause(self) -> None:
        """Stand still; as often as it is paused, it has to be resumed."""
        if not self._pauses and self._timer is not None:
            self._timer.cancel()
            self._left_s -= self._clock.now() - self._since
        self._pauses += 1

    def resume(self) -> None:
        """Let the time run on; the last one of as many pauses does."""
        self._pauses -= 1
        if not self._pauses:
            self._since = self._clock.now()
            self._timer = self._clock.call_later(max(self._left_s, 0.0), self._expire)

    def _expire(self) -> None:
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())


class Deadlines:
    """The deadlines of one server, which all stand still while a person is asked on its behalf."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: set[Deadline] = set()
        self._people = 0

    @property
    def waiting_on_a_person(self) -> bool:
        """A person is being asked."""
        return self._people > 0

    @contextmanager
    def open(self, delay_s: float) -> Iterator[Deadline]:
        """A deadline to enter in this block."""
        deadline = Deadline(self._clock, delay_s)
        for _ in range(self._people):
            deadline.pause()
        self._running.add(deadline)
        try:
            yield deadline
        finally:
            self._running.discard(deadline)

    @contextmanager
    def person(self) -> Iterator[None]:
        """In this block a person is asked."""
        self._people += 1
        for deadline in self._running:
            deadline.pause()
        try:
            yield
        finally:
            self._people -= 1
            for deadline in self._running:
                deadline.resume()


async def pause(clock: Clock, delay_s: float, *, unless: asyncio.Event) -> None:
    """Wait, but no longer than until an event is set."""
    over = asyncio.Event()
    timer = clock.call_later(delay_s, over.set)
    waiting = [asyncio.ensure_future(event.wait()) for event in (over, unless)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        for one in waiting:
            one.cancel()
