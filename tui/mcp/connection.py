"""One life of a server: started or reached, spoken to, ended for sure. Whatever ends it is told as a `ServerError`."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Literal

import anyio._backends._asyncio  # noqa: F401  # anyio loads it with the first stream, on the event loop: 100 ms
import mcp_types as sdk
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from tui.errors import ChinwagError
from tui.mcp.allowance import Allowance
from tui.mcp.clock import Clock, Deadlines, ServerTimeouts
from tui.mcp.config import ServerConfig
from tui.mcp.connection_end import ConnectionEnd
from tui.mcp.hooks import Hooks
from tui.mcp.http import HTTP_ERRORS, HttpConnection
from tui.mcp.problems import ConnectionEndedError, ServerError, ended, named, quoted, too_slow, unknown_form
from tui.mcp.process import ServerProcess
from tui.mcp.resolving import FindKey, resolved
from tui.mcp.session import Session
from tui.mcp.sign_in import sign_in
from tui.mcp.stdio import stdio_streams
from tui.mcp.tokens import TokenStore
from tui.mcp.values import McpError

Attend = Callable[[Session, ConnectionEnd], Awaitable[None]]
_EXPECTED = (MCPError, ServerError, BaseExceptionGroup, RuntimeError, ValueError, OSError, *HTTP_ERRORS)
"""What the SDK and what it stands on raise; below a group of tasks it comes in a group."""
_SHORTEST_SECRET = 8
_IN_ADDRESS = re.compile(r"(?<=:)[^/@:]+(?=@)|(?<=\?).+")
_BETWEEN_WORDS = re.compile(r"[\s=&]+")
_Streams = AbstractAsyncContextManager[tuple[Any, Any]]


class Connection:
    """What one server needs to be spoken to, again and again.

    Attributes:
        secrets: what it was given, and no message or line of its log may repeat, though it may.
    """

    def __init__(
        self,
        config: ServerConfig,
        hooks: Hooks,
        tokens: TokenStore | None,
        deadlines: Deadlines,
        clock: Clock,
        timeouts: ServerTimeouts,
        find_key: FindKey | None = None,
    ) -> None:
        self._config = config
        self._find_key = find_key
        self._hooks = hooks
        self._tokens = tokens
        self._deadlines = deadlines
        self._clock = clock
        self._timeouts = timeouts
        self._mode: Literal["auto", "legacy"] = "auto"
        self.secrets: tuple[str, ...] = ()

    async def live(self, attend: Attend) -> ServerError:
        """Start or reach the server, shake hands, and let `attend` work with it; nothing is left of it afterwards.

        Args:
            attend: works until the server has ended (`ConnectionEnd`), or raises a `ServerError` that ends it.

        Returns:
            Why it ended.
        """
        try:
            config = await self._resolved()
            self.secrets = _given(self._config, config)
            if config.kind == "http":
                return await self._live_http(config, attend)
            problem, has_answered = await self._live_stdio(config, attend)
            if has_answered or problem.lasting or problem.is_slow or self._mode == "legacy":
                return problem
            self._mode = "legacy"  # some servers end when they are asked for the protocol of 2026
            return (await self._live_stdio(config, attend))[0]
        except ServerError as error:
            return error
        except ChinwagError as error:  # of who keeps tokens
            return ServerError(error.message, error.hint, lasting=True)

    async def _resolved(self) -> ServerConfig:
        """The server with what its references stand for, looked up for each of its lives."""
        try:
            return await resolved(self._config, self._find_key)
        except McpError as error:
            raise ServerError(error.message, error.hint, lasting=True) from None

    async def _live_stdio(self, config: ServerConfig, attend: Attend) -> tuple[ServerError, bool]:
        """Why it ended, and whether it had answered the handshake."""
        name, ending = config.name, ConnectionEnd()
        process = await self._start(config)
        try:
            streams = stdio_streams(name, process, Allowance(self._clock), ending)
            problem = await self._hold(streams, ending, None, attend)
        finally:
            ending.end()
            await process.close()
        if problem is None:
            problem = ending.problem or process.problem or ended(name, process.code, process.last_words)
        elif problem.is_slow:
            problem = problem.after(process.last_words)
        return problem, ending.has_answered

    async def _start(self, config: ServerConfig) -> ServerProcess:
        with self._deadlines.open(self._timeouts.stage_s) as deadline:
            try:
                async with deadline:
                    return await ServerProcess.start(config, self._timeouts.grace_s)
            except TimeoutError:
                raise too_slow(config.name, "start", self._timeouts.stage_s) from None

    async def _live_http(self, config: ServerConfig, attend: Attend) -> ServerError:
        ending = ConnectionEnd()
        http = HttpConnection(config, Allowance(self._clock), ending)
        auth = None
        if self._tokens is not None and not any(name.lower() == "authorization" for name in config.headers):
            auth = await sign_in(
                config, self._hooks, self._tokens, self._deadlines, self._timeouts.sign_in_s, self._clock
            )
        try:
            problem = await self._hold(http.streams(auth), ending, http, attend)
        finally:
            ending.end()
        return ending.problem or problem or ServerError(f"The connection to {http.where} broke off.")

    async def _hold(
        self, streams: _Streams, ending: ConnectionEnd, http: HttpConnection | None, attend: Attend
    ) -> ServerError | None:
        """Why the session ended, if that can be told from what the SDK raised."""
        session = Session(
            self._config.name, self._hooks, self._deadlines, streams, ending, http, self._mode, self.secrets
        )
        with self._deadlines.open(self._timeouts.stage_s) as deadline:
            try:
                async with AsyncExitStack() as stack:
                    async with deadline:
                        await stack.enter_async_context(session.open())
                    ending.has_answered = True
                    await attend(session, ending)
            except _EXPECTED as error:
                if isinstance(error, TimeoutError) and deadline.expired:
                    return too_slow(self._config.name, "answer", self._timeouts.stage_s)
                return self._problem(error, http)
        return None

    def _problem(self, error: BaseException, http: HttpConnection | None) -> ServerError | None:
        inner, name = _innermost(error), named(self._config.name)
        match inner:
            case ServerError():
                return inner
            case ChinwagError():  # of a hook, or of who keeps tokens
                return ServerError(inner.message, inner.hint, lasting=True)
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
            case _ if http is not None and (problem := http.exception_problem(error)) is not None:
                return problem
            case _:
                raise error


def _given(config: ServerConfig, resolved: ServerConfig) -> tuple[str, ...]:
    """The values of a server's environment and headers, what its address holds, and what references stood for."""
    found = [*resolved.env.values(), *resolved.headers.values(), *_IN_ADDRESS.findall(resolved.url)]
    found += [word for word, before in zip(resolved.command, config.command, strict=True) if word != before]
    words = (word for text in found for word in (text, *_BETWEEN_WORDS.split(text)))
    return tuple(dict.fromkeys(word for word in words if len(word) >= _SHORTEST_SECRET))


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
