"""What tests of tool servers share: a clock that they move, hooks that they script, servers that they play."""

import asyncio
import heapq
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tui.mcp.clock import ServerTimeouts, Timer
from tui.mcp.config import ServerConfig
from tui.mcp.hooks import ElicitAnswer, ElicitRequest, Hooks, SampleAnswer, SampleRefusal, SampleRequest
from tui.mcp.resolving import FindKey
from tui.mcp.servers import McpServers

PROGRAM = Path(__file__).with_name("played_mcp_server.py")
QUICK = ServerTimeouts(grace_s=0.2)
"""Little grace for what will not go: it costs the test's time."""


@dataclass
class _ScriptedTimer:
    callback: Callable[[], object] | None

    def cancel(self) -> None:
        self.callback = None


class ScriptedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self._now_s = 1000.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, _ScriptedTimer]] = []

    def now(self) -> float:
        return self._now_s

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        timer = _ScriptedTimer(callback)
        heapq.heappush(self._timers, (self._now_s + delay_s, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move on, and call whoever wanted to be called by then."""
        until = self._now_s + seconds
        while self._timers and self._timers[0][0] <= until:
            self._now_s, _, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                timer.callback()
        self._now_s = until


@dataclass
class ScriptedHooks:
    """Answers as it was told, and remembers what it was asked."""

    answers: list[ElicitAnswer] = field(default_factory=list)
    samples: list[SampleAnswer | SampleRefusal] = field(default_factory=list)
    asked: list[ElicitRequest | SampleRequest] = field(default_factory=list)
    logged: list[tuple[str, str, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    asking: asyncio.Event = field(default_factory=asyncio.Event)
    taken_back: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def elicit(self, request: ElicitRequest) -> ElicitAnswer:
        self.asked.append(request)
        self.asking.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.taken_back.set()
            raise
        return self.answers.pop(0) if self.answers else ElicitAnswer("cancel")

    async def sample(self, request: SampleRequest) -> SampleAnswer | SampleRefusal:
        self.asked.append(request)
        return self.samples.pop(0) if self.samples else SampleRefusal("no")

    async def authorize(self, server: str, url: str) -> None:
        self.addresses.append(url)

    def log(self, server: str, level: str, text: str) -> None:
        self.logged.append((server, level, text))


def played(folder: Path, *modes: str, name: str = "played", timeout_s: float = 60.0) -> ServerConfig:
    """A server that misbehaves in these ways."""
    return ServerConfig(name, (sys.executable, "-S", str(PROGRAM), str(folder), *modes), timeout_s=timeout_s)


@asynccontextmanager
async def running(
    configs: Iterable[ServerConfig],
    *,
    hooks: Hooks | None = None,
    clock: ScriptedClock | None = None,
    timeouts: ServerTimeouts = QUICK,
    find_key: FindKey | None = None,
) -> AsyncIterator[McpServers]:
    """Servers for one test, which are ended with it. Without a clock of its own, time stands still for them."""
    clock = clock or ScriptedClock()
    servers = McpServers(configs, hooks or ScriptedHooks(), clock=clock, timeouts=timeouts, find_key=find_key)
    try:
        yield servers
    finally:
        await servers.aclose()


async def state(servers: McpServers, *wanted: str, name: str = "played") -> None:
    """Return when a server is in one of these states."""
    changed = asyncio.Event()
    stop = servers.listen(lambda _: changed.set())
    try:
        while servers.status(name).state not in wanted:
            await changed.wait()
            changed.clear()
    finally:
        stop()


async def told(folder: Path, name: str) -> str:
    """What a played server has left in its folder, once it is there."""

    def wait() -> str:
        while not (folder / name).exists():
            time.sleep(0.01)
        return (folder / name).read_text()

    return await asyncio.to_thread(wait)


async def until(condition: Callable[[], object]) -> None:
    """Return when something holds that nobody tells of."""
    while not condition():  # noqa: ASYNC110  # there is no event for it
        await asyncio.sleep(0.005)
