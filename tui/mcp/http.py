"""Streamable HTTP: the SDK's transport on a client of ours, which bounds what comes and knows why nothing does.

Redirects are followed only within a server's origin, by the SDK. Addresses that a server names are fetched only to sign
in (OAuth's metadata, registration and tokens), and then only over TLS, or on loopback by a server that is there itself.
"""

import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
from mcp.client.auth import OAuthFlowError, OAuthRegistrationError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from tui.installed import how_to_get
from tui.mcp.allowance import Allowance
from tui.mcp.config import ServerConfig
from tui.mcp.connection_end import ConnectionEnd
from tui.mcp.problems import ServerError, flood, named, quoted, too_large
from tui.mcp.sizes import MOST_BYTES, MessageSize
from tui.mcp.well_formed import WellFormed
from tui.text import clean_line

HTTP_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, OAuthFlowError)
_CONNECT_S = 30.0
_LEAST_SILENCE_S = 300.0
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_EVENT_END = re.compile(rb"\r?\n\r?\n")
_STAND_INS = ("Server returned an error response", "Not Found", "Session terminated")
"""What the SDK says where a server gave a status and no JSON-RPC error."""


class HttpConnection:
    """What is known of the exchange with one server.

    Attributes:
        status: of the last response; 0 before the first.
        media_type: of that response.
    """

    def __init__(self, config: ServerConfig, allowance: Allowance, ending: ConnectionEnd) -> None:
        self._config = config
        self._allowance = allowance
        self._ending = ending
        self.status = 0
        self.media_type = ""

    @property
    def where(self) -> str:
        """The server's name and host, for a message; nothing of an address that could be secret."""
        return f"{named(self._config.name)} ({clean_line(_host(self._config.url), 60)})"

    @asynccontextmanager
    async def streams(self, auth: httpx2.Auth | None) -> AsyncIterator[tuple[Any, Any]]:
        """The two streams of a session, typed as the SDK's client takes them."""
        _check_headers(self._config)
        timeout = httpx2.Timeout(_CONNECT_S, read=max(_LEAST_SILENCE_S, self._config.timeout_s + _CONNECT_S))
        headers = {**self._config.headers, "accept-encoding": "identity"}
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [self._check_address], "response": [self._look_at]}
        is_near = _is_loopback(urlsplit(self._config.url).hostname or "")
        try:  # what is on this machine is not reached by a proxy
            client = httpx2.AsyncClient(
                headers=headers, timeout=timeout, auth=auth, event_hooks=hooks, trust_env=not is_near
            )
        except ImportError as error:
            raise ServerError(
                f"{self.where} is reached by a SOCKS proxy, which takes a package.",
                how_to_get("socks"),
                lasting=True,
            ) from error
        async with (
            client,
            streamable_http_client(self._config.url, http_client=client, max_sse_event_size=MOST_BYTES) as (
                incoming,
                outgoing,
            ),
        ):
            yield _Counted(incoming, self._config.name, self._allowance, self._ending), outgoing

    def status_problem(self, words: str) -> ServerError | None:
        """Our words for the last response, if what the SDK says of it (`words`) is not the server's own error."""
        if self.status >= 400 and (self.media_type != "application/json" or words in _STAND_INS):
            return self._refusal()
        if words.startswith("Redirect to "):
            where = words.removeprefix("Redirect to ").partition(" not followed")[0]
            return ServerError(
                f"{self.where} sends us to another address{quoted(where)}",
                "If that is right, put it into config.toml.",
                lasting=True,
            )
        if words.startswith("Unexpected content type"):
            page = "a web page" if "html" in self.media_type else "something"
            return ServerError(
                f"{self.where} answered with {page} that is not MCP.", "Look at its url in config.toml.", lasting=True
            )
        return None

    def _refusal(self) -> ServerError:
        where, status = self.where, self.status
        look = "Look at its url and headers in config.toml."
        if status == 401:
            return ServerError(f"{where} wants a sign-in (401).", "Give it a header Authorization.", lasting=True)
        if status == 403:
            return ServerError(f"{where} does not let us in (403).", look, lasting=True)
        if status in (404, 405, 410):
            return ServerError(f"{where} has no MCP server at that address ({status}).", look, lasting=True)
        if status == 429:
            return ServerError(f"{where} has had too many requests (429).")
        if status >= 500:
            return ServerError(f"{where} failed ({status}).")
        return ServerError(f"{where} refused ({status}).", look, lasting=True)

    def exception_problem(self, error: BaseException) -> ServerError | None:
        """Our words for what was raised below a session; None if it is no error of a network."""
        for one in _causes(error):
            if isinstance(one, ServerError):
                return one
            if (problem := self._known(one)) is not None:
                return problem
        if any(isinstance(one, (*HTTP_ERRORS, OSError)) for one in _causes(error)):
            return ServerError(f"The connection to {self.where} broke off.")
        return None

    def _known(self, error: BaseException) -> ServerError | None:
        where, look = self.where, "Look at its url in config.toml."
        match error:
            case ssl.SSLError():
                why = getattr(error, "verify_message", "") or error.reason or ""
                return ServerError(f"No secure connection to {where}{quoted(why)}", look, lasting=True)
            case ConnectionRefusedError():
                return ServerError(f"{where} takes no connections.", "Is it running?")
            case OSError() if error.__class__.__name__ == "gaierror":
                return ServerError(f"{where} was not found.", "Look at its url, and at the network.")
            case OAuthRegistrationError():
                return ServerError(
                    f"{where} wants a sign-in, and does not take programs that it does not know.",
                    "Give it a header Authorization.",
                    lasting=True,
                )
            case OAuthFlowError():
                return ServerError(
                    f"Signing in to {where} did not work.", "Try again, or look at its url.", lasting=True
                )
            case httpx2.InvalidURL() | httpx2.UnsupportedProtocol() | ValueError():
                return ServerError(f"{named(self._config.name)} has an address that is none.", look, lasting=True)
            case httpx2.TimeoutException():
                return ServerError(f"{where} sent nothing for a long time.")
            case httpx2.RemoteProtocolError():
                return ServerError(f"{where} answered with something that is not HTTP, or hung up.")
            case _:
                return None

    async def _check_address(self, request: httpx2.Request) -> None:
        asked, ours = request.url, urlsplit(self._config.url)
        is_ours = (asked.scheme, asked.host) == (ours.scheme, ours.hostname)
        is_safe = _is_loopback(ours.hostname or "") if _is_loopback(asked.host) else asked.scheme == "https"
        if not (is_ours or is_safe):
            where = f"{asked.scheme}://{asked.host}"
            raise ServerError(
                f"{self.where} wants a sign-in at an address that is not safe{quoted(where)}", lasting=True
            )

    async def _look_at(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):  # a small answer may unpack to one that fills the memory
            raise ServerError(f"{self.where} packs its answers, though it was asked not to.", lasting=True)
        in_events = self.media_type == "text/event-stream"
        response.stream = _Bounded(response.stream, self._config.name, self._ending, in_events=in_events)


class _Bounded(httpx2.AsyncByteStream):
    """A well-formed body, no larger than a message may be; one of events, as long as none of these is."""

    def __init__(self, body: Any, server: str, ending: ConnectionEnd, *, in_events: bool) -> None:
        self._body = body
        self._server = server
        self._ending = ending
        self._in_events = in_events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, text = MessageSize(), WellFormed()
        async for piece in self._body:
            *events, rest = _EVENT_END.split(piece) if self._in_events else [piece]
            for event in events:
                self._grow(size, event)
                size = MessageSize()
            self._grow(size, rest)
            yield text.feed(piece)
        yield text.feed(b"", last=True)

    def _grow(self, size: MessageSize, piece: bytes) -> None:
        if not size.grow(piece):
            problem = too_large(self._server)
            self._ending.end(problem)  # of a body of events the SDK swallows what is raised
            raise problem

    async def aclose(self) -> None:
        await self._body.aclose()


class _Counted:
    """A stream of messages that ends after too many; in all else the one that it stands for."""

    def __init__(self, stream: Any, server: str, allowance: Allowance, ending: ConnectionEnd) -> None:
        self._stream = stream
        self._server = server
        self._allowance = allowance
        self._ending = ending

    @property
    def last_context(self) -> Any:
        """The SDK's: the context of who sent the last message."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise anyio.EndOfStream from None

    async def aclose(self) -> None:
        """End."""
        await self._stream.aclose()

    def __aiter__(self) -> "_Counted":
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        while True:
            try:
                message: SessionMessage | Exception = await self._stream.__anext__()
            except StopAsyncIteration:
                self._ending.end()
                raise
            verdict = self._allowance.judge(message) if isinstance(message, SessionMessage) else "drop"
            if verdict == "stop":
                self._ending.end(flood(self._server))
                raise StopAsyncIteration
            if verdict == "pass":
                return message

    async def __aenter__(self) -> "_Counted":
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        await self._stream.aclose()
        return None


def _check_headers(config: ServerConfig) -> None:
    for name, value in config.headers.items():
        if not (_HEADER_NAME.fullmatch(name) and value.isascii() and value.isprintable()):
            raise ServerError(
                f"{named(config.name)}: the header {clean_line(name, 40)} cannot be sent.",
                "It may have printable ASCII characters only, and no line end.",
                lasting=True,
            )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.hostname or '?'}{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The innermost first: what a group holds, and what an error was raised from."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else (error.__cause__ or error.__context__,)
    for one in inner:
        if one is not None:
            yield from _causes(one)
    yield error
