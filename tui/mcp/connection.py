"""One life of a server: started or reached, spoken to, ended for sure. Whatever ends it is told as a `ServerError`."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import anyio._backends._asyncio  # noqa: F401  # anyio loads it with the first stream, on the event loop: 100 ms
import mcp_types as sdk
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from tui.mcp.allowance import Allowance
from tui.mcp.clock import Clock, Deadlines, Patience
from tui.mcp.config import ServerConfig, mistakes_in_values
from tui.mcp.fate import Fate
from tui.mcp.hooks import Hooks
from tui.mcp.http import HttpConnection
from tui.mcp.problems import ConnectionEndedError, ServerError, ended, named, quoted, too_slow, unknown_form
from tui.mcp.process import ServerProcess
from tui.mcp.references import FindKey, resolved
from tui.mcp.session import Session
from tui.mcp.sign_in import sign_in
from tui.mcp.stdio import stdio_streams
from tui.mcp.tokens import TokenStore
from tui.mcp.values import McpError

Attend = Callable[[Session, Fate], Awaitable[None]]
_Streams = AbstractAsyncContextManager[tuple[Any, Any]]


class Connection:
    """What one server needs to be spoken to, again and again."""

    def __init__(
        self,
        config: ServerConfig,
        hooks: Hooks,
        tokens: TokenStore | None,
        deadlines: Deadlines,
        clock: Clock,
        patience: Patience,
        find_key: FindKey | None = None,
    ) -> None:
        self._config = config
        self._find_key = find_key
        self._hooks = hooks
        self._tokens = tokens
        self._deadlines = deadlines
        self._clock = clock
        self._patience = patience

    async def live(self, attend: Attend) -> ServerError:
        """Start or reach the server, shake hands, and let `attend` work with it; nothing is left of it afterwards.

        Args:
            attend: works until the server has ended (`Fate`), or raises a `ServerError` that ends it.

        Returns:
            Why it ended.
        """
        try:
            config = await self._resolved()
            return await (self._live_http if config.kind == "http" else self._live_stdio)(config, attend)
        except ServerError as error:
            return error

    async def _resolved(self) -> ServerConfig:
        """The server with what its references stand for, looked up for each of its lives."""
        try:
            config = await resolved(self._config, self._find_key)
        except McpError as error:
            raise ServerError(error.message, error.hint, lasting=True) from None
        for mistake in mistakes_in_values(config):
            raise ServerError(f"{named(config.name)}: {mistake.text} ({mistake.key}).", mistake.hint, lasting=True)
        return config

    async def _live_stdio(self, config: ServerConfig, attend: Attend) -> ServerError:
        name, fate = config.name, Fate()
        process = await self._start(config)
        try:
            streams = stdio_streams(name, process, Allowance(self._clock), fate)
            problem = await self._hold(streams, fate, None, attend)
        finally:
            fate.end()
            await process.close()
        if problem is None or (problem.is_slow and process.problem):
            return fate.problem or process.problem or ended(name, process.code, process.last_words)
        return problem.after(process.last_words) if problem.is_slow else problem

    async def _start(self, config: ServerConfig) -> ServerProcess:
        with self._deadlines.open(self._patience.stage_s) as deadline:
            try:
                async with deadline:
                    return await ServerProcess.start(config, self._patience.grace_s)
            except TimeoutError:
                raise too_slow(config.name, "start", self._patience.stage_s) from None

    async def _live_http(self, config: ServerConfig, attend: Attend) -> ServerError:
        fate = Fate()
        http = HttpConnection(config, Allowance(self._clock), fate)
        auth = None
        if self._tokens is not None and not any(name.lower() == "authorization" for name in config.headers):
            auth = await sign_in(
                config, self._hooks, self._tokens, self._deadlines, self._patience.sign_in_s, self._clock
            )
        try:
            problem = await self._hold(http.streams(auth), fate, http, attend)
        finally:
            fate.end()
        return fate.problem or problem or ServerError(f"The connection to {http.where} broke off.")

    async def _hold(
        self, streams: _Streams, fate: Fate, http: HttpConnection | None, attend: Attend
    ) -> ServerError | None:
        """Why the session ended, if that can be told from what the SDK raised."""
        session = Session(self._config.name, self._hooks, self._deadlines, streams, fate, http)
        with self._deadlines.open(self._patience.stage_s) as deadline:
            try:
                async with AsyncExitStack() as stack:
                    async with deadline:
                        await stack.enter_async_context(session.open())
                    await attend(session, fate)
            except TimeoutError:
                if deadline.expired:
                    return too_slow(self._config.name, "answer", self._patience.stage_s)
                raise
            except (MCPError, ValidationError, RuntimeError, BaseExceptionGroup, ServerError) as error:
                return self._problem(error, http)
        return None

    def _problem(self, error: BaseException, http: HttpConnection | None) -> ServerError | None:
        inner, name = _innermost(error), named(self._config.name)
        match inner:
            case ServerError():
                return inner
            case ConnectionEndedError():
                return None
            case MCPError() if inner.code == sdk.CONNECTION_CLOSED and http is None:
                return None
            case MCPError():
                refusal = ServerError(f"{name} refused the handshake{quoted(inner.message)}", lasting=True)
                return (http and http.status_problem(inner.message)) or refusal
            case ValidationError():
                return unknown_form(self._config.name)
            case RuntimeError() if "protocol version" in str(inner):
                version = str(inner).rpartition(": ")[2]
                return ServerError(
                    f"{name} speaks a version of MCP that is not known here{quoted(version)}",
                    "Is there a newer version of it, or of Chinwag?",
                    lasting=True,
                )
            case _ if http is not None:
                return http.exception_problem(error)
            case _:
                raise error


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
