"""One server: started, kept, started again after it has died, and ended. Needs the SDK only when it starts.

All of it happens in one task, as the SDK wants; what others ask waits until that task has a session.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from tui.mcp.clock import Clock, Deadline, Deadlines, ServerTimeouts, pause
from tui.mcp.config import ServerConfig
from tui.mcp.connection_end import ConnectionEnd
from tui.mcp.hooks import Hooks
from tui.mcp.problems import ConnectionEndedError, ServerError, missing_package, named, too_slow
from tui.mcp.resolving import FindKey
from tui.mcp.tokens import TokenStore
from tui.mcp.values import McpError, McpProgress, McpPrompt, McpResource, McpResult, McpTool, ServerStatus
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.mcp.connection import Connection
    from tui.mcp.session import ListKind, Session

T = TypeVar("T")
_FAREWELL_S = 2.0
_KINDS: "tuple[ListKind, ...]" = ("tools", "resources", "prompts")


class Server:
    """A configured server, whether it runs or not.

    Attributes:
        status: how it is now.
        tools: what it offers; kept while it is started anew. So are `resources` and `prompts`.
    """

    def __init__(
        self,
        config: ServerConfig,
        hooks: Hooks,
        tokens: TokenStore | None,
        clock: Clock,
        timeouts: ServerTimeouts,
        on_change: Callable[[str], None],
        load: Callable[[], Awaitable[None]],
        find_key: FindKey | None = None,
    ) -> None:
        self.config = config
        self._hooks = hooks
        self._tokens = tokens
        self._clock = clock
        self._timeouts = timeouts
        self._on_change = on_change
        self._find_key = find_key
        self._load = load
        self._deadlines = Deadlines(clock)
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._verdict: asyncio.Future[ServerError] | None = None
        self._ready_at: float | None = None
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self.status = ServerStatus(config.name)
        self.tools: tuple[McpTool, ...] = ()
        self.resources: tuple[McpResource, ...] = ()
        self.prompts: tuple[McpPrompt, ...] = ()

    def start(self) -> None:
        """Start it; one that waits for its next start is started now, one that runs is left alone."""
        if not self.config.enabled:
            return
        if self.status.state == "waiting":
            self._starting()
            self._wake.set()
        elif self.status.state in ("off", "failed"):
            self._starting()
            self._task = asyncio.create_task(self._run(), name=f"mcp {self.config.name}")
            self._task.add_done_callback(self._look_at_end)

    async def settled(self) -> None:
        """Wait until it is ready, or is not for now."""
        while self.status.state == "starting":
            await self._changed.wait()

    async def stop(self) -> None:
        """End it, and wait until it is gone."""
        task, self._task = self._task, None
        while task is not None and not task.done():
            task.cancel()  # once more if it takes long: a farewell to a remote server may hang
            await asyncio.wait((task,), timeout=_FAREWELL_S + self._timeouts.grace_s * 3)
        self._set(ServerStatus(self.config.name))

    async def use(self, ask: "Callable[[Session, Deadline], Awaitable[T]]", what: str) -> T:
        """Ask its session something, as soon as it has one; starts it if nobody has.

        Args:
            ask: what to ask.
            what: how that is called in a message.

        Raises:
            McpError: it has no session, ends before it answers, or takes longer than its time-out.
        """
        session, verdict = await self._session_in_time()
        with self._deadlines.open(self.config.timeout_s) as deadline:
            try:
                async with deadline:
                    return await ask(session, deadline)
            except TimeoutError:
                if not deadline.expired:
                    raise
                raise McpError(
                    f"{named(self.config.name)} took longer than {self.config.timeout_s:g} s for {what}.",
                    "Ask again, or give the server a larger timeout in config.toml.",
                ) from None
            except McpError as error:
                raise self._without_secrets(error) from error
            except ConnectionEndedError:
                pass
        try:
            problem = await asyncio.shield(verdict)
        except asyncio.CancelledError:
            if not verdict.cancelled():
                raise
            raise McpError(f"{named(self.config.name)} was stopped before it had answered.") from None
        raise self._without_secrets(problem)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], on_progress: Callable[[McpProgress], None] | None
    ) -> McpResult:
        """Call a tool; each sign of progress gives it its whole time again, though not for ever."""
        timeout_s = self.config.timeout_s
        until = self._clock.now() + timeout_s * (self._timeouts.longest_call - 1)

        async def ask(session: "Session", deadline: Deadline) -> McpResult:
            def tell(progress: McpProgress) -> None:
                if self._clock.now() < until:
                    deadline.extend(timeout_s)
                if on_progress is not None:
                    on_progress(progress)

            return await session.call(tool, arguments, tell)

        return await self.use(ask, clean_line(tool, 60))

    async def _session_in_time(self) -> "tuple[Session, asyncio.Future[ServerError]]":
        name = named(self.config.name)
        if not self.config.enabled:
            raise McpError(f"{name} is switched off.", "Set enabled = true in config.toml.")
        if self.status.state in ("off", "failed"):
            self.start()
        with self._deadlines.open(self._timeouts.stage_s) as deadline, suppress(TimeoutError):
            async with deadline:
                while self.status.state in ("starting", "waiting"):
                    await self._changed.wait()
        if self._session is None or self._verdict is None:
            problem = self.status.problem or f"{name} is not ready yet."
            raise McpError(problem, self.status.hint)
        return self._session, self._verdict

    async def _run(self) -> None:
        """Live, and live again, until that is given up."""
        failures = 0
        try:
            connection = await self._new_connection()
        except ServerError as error:
            self._set(replace(self.status, state="failed", problem=error.message, hint=error.hint))
            return
        self._connection = connection
        while True:
            problem = await self._live(connection)
            if self._ready_at is not None and self._clock.now() - self._ready_at >= self._timeouts.steady_s:
                failures = 0
            self._ready_at = None
            failures += 1
            status = replace(self.status, problem=self._without_secrets(problem).message, hint=problem.hint)
            if problem.lasting or failures >= self._timeouts.most_starts:
                self._set(replace(status, state="failed"))
                return
            delay_s = self._timeouts.pause_s(failures)
            self._wake.clear()
            self._set(replace(status, state="waiting", retry_at=self._clock.now() + delay_s))
            await pause(self._clock, delay_s, unless=self._wake)
            self._starting()

    def _look_at_end(self, task: "asyncio.Task[None]") -> None:
        """Nobody waits for a server that a fault of ours has ended; the fault itself goes where the loop's go."""
        if not task.cancelled() and (error := task.exception()) is not None:
            fault = f"{named(self.config.name)} was ended by a fault of Chinwag's own: {type(error).__name__}."
            self._set(replace(self.status, state="failed", problem=fault, hint="The log has more."))
            asyncio.get_running_loop().call_exception_handler({"message": fault, "exception": error, "task": task})

    async def _new_connection(self) -> "Connection":
        """What speaks with it, once the SDK is loaded.

        Raises:
            ServerError: the SDK is not installed.
        """
        try:
            await self._load()
        except ImportError as error:
            if (error.name or "").startswith("tui"):
                raise
            raise missing_package() from error
        from tui.mcp.connection import Connection

        return Connection(
            self.config, self._hooks, self._tokens, self._deadlines, self._clock, self._timeouts, self._find_key
        )

    async def _live(self, connection: "Connection") -> ServerError:
        verdict: asyncio.Future[ServerError] = asyncio.get_running_loop().create_future()
        self._verdict = verdict
        try:
            problem = await connection.live(self._attend)
            verdict.set_result(problem)
            return problem
        finally:
            self._session = None
            verdict.cancel()

    async def _attend(self, session: "Session", ending: ConnectionEnd) -> None:
        """Read its lists, then be there for it until it ends."""
        try:
            notes = await self._list(session, _KINDS, first=True)
            self._ready_at = self._clock.now()
            self._session = session
            self._set(self._ready(session, notes))
            following = asyncio.ensure_future(self._subscribe(session, ending))
            try:
                await self._follow(session, ending, notes)
            finally:
                following.cancel()
        except ConnectionEndedError:
            return

    async def _subscribe(self, session: "Session", ending: ConnectionEnd) -> None:
        """Be told of changes; what changed while nobody could tell is read again."""
        while await session.follow_changes() and not ending.ended.is_set():
            await pause(self._clock, self._timeouts.resubscribe_s, unless=ending.ended)
            session.changed.update(_KINDS)
            ending.news.set()

    async def _follow(self, session: "Session", ending: ConnectionEnd, notes: "dict[ListKind, str]") -> None:
        while True:
            await ending.news.wait()
            if ending.ended.is_set():
                return
            ending.news.clear()
            kinds = tuple(kind for kind in _KINDS if kind in session.changed)
            session.changed.clear()
            notes |= await self._list(session, kinds, first=False)
            self._set(self._ready(session, notes))
            await pause(self._clock, self._timeouts.relist_s, unless=ending.ended)

    async def _list(self, session: "Session", kinds: "tuple[ListKind, ...]", *, first: bool) -> "dict[ListKind, str]":
        """Read lists side by side; what is amiss with each.

        Raises:
            ServerError: it should have tools, and does not say which.
        """
        kinds = tuple(kind for kind in kinds if session.offers(kind))
        problems = dict(
            zip(kinds, await asyncio.gather(*(self._list_kind(session, kind) for kind in kinds)), strict=True)
        )
        tools = problems.get("tools")
        if first and isinstance(tools, McpError):
            slow = isinstance(tools, ServerError) and tools.is_slow
            raise ServerError(tools.message, tools.hint, is_slow=slow)
        return {kind: note.message if isinstance(note, McpError) else note for kind, note in problems.items()}

    async def _list_kind(self, session: "Session", kind: "ListKind") -> McpError | str:
        try:
            with self._deadlines.open(self._timeouts.stage_s) as deadline:
                async with deadline:
                    match kind:
                        case "tools":
                            self.tools, note = await session.list_tools()
                        case "resources":
                            self.resources, note = await session.list_resources()
                        case "prompts":
                            self.prompts, note = await session.list_prompts()
        except TimeoutError:
            return too_slow(self.config.name, f"list its {kind}", self._timeouts.stage_s)
        except McpError as error:
            return error
        return f"{named(self.config.name)}: {note}." if note else ""

    def _ready(self, session: "Session", notes: "dict[ListKind, str]") -> ServerStatus:
        return ServerStatus(
            name=self.config.name,
            state="ready",
            problem=self._redacted(next((note for note in notes.values() if note), "")),
            tools=len(self.tools),
            resources=len(self.resources),
            prompts=len(self.prompts),
            version=session.version,
            protocol=session.protocol,
            instructions=session.instructions[:20_000],
        )

    def _without_secrets(self, error: McpError) -> McpError:
        return McpError(self._redacted(error.message), error.hint)

    def _redacted(self, text: str) -> str:
        return redact(text, () if self._connection is None else self._connection.secrets)

    def _starting(self) -> None:
        if self.status.state != "starting":
            self._set(replace(self.status, state="starting", problem="", hint="", retry_at=None))

    def _set(self, status: ServerStatus) -> None:
        self.status = status
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        self._on_change(self.config.name)
