"""The only place where HTTP happens: the client, time-outs, and errors of the network turned into ours.

It sends one request and gives back JSON values as they arrive; which dialect they speak, it must not know.
"""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from tui.agent.exceptions import ModelAPIError
from tui.agent.models._failures import Asked, http_failure, request_id_of
from tui.agent.models._framing import AwsEventReader, FramingError, NdjsonReader, Reader, SseReader, WireEvent
from tui.agent.models._retries import Patience
from tui.agent.providers.vendors import is_loopback

Framing = Literal["sse", "ndjson", "aws", "json"]
_ERROR_BODY_LIMIT_BYTES = 64 << 10
_WHOLE_BODY_LIMIT_BYTES = 64 << 20
_BAD_EVENTS_IN_A_ROW = 3
_DRAIN_S = 0.05
_ERROR_BODY_S = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to be sent.

    Attributes:
        url: the whole address.
        body: what is sent as JSON; None makes it a GET.
        headers: with the key; so they are never shown.
        framing: how a stream of answers is framed; "json" asks for one whole answer.
    """

    url: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    framing: Framing = "json"


class _Done:
    """The type of `DONE`."""

    def __repr__(self) -> str:
        return "DONE"


DONE: Final = _Done()
"""Stands for `data: [DONE]`, after which nothing counts."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One decoded event.

    Attributes:
        value: the JSON value, or `DONE`.
        name: the event's name in the framing, or "".
        is_exception: the framing itself calls it an error.
        whole: not an event of a stream but a whole answer, sent in reply to a stream request or asked for.
    """

    value: Any
    name: str = ""
    is_exception: bool = False
    whole: bool = False


# One client for each event loop, because its connections belong to the loop that opened them.
_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = weakref.WeakKeyDictionary()
_plain_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = weakref.WeakKeyDictionary()
_direct_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = weakref.WeakKeyDictionary()
_replies_open: "weakref.WeakKeyDictionary[httpx.AsyncClient, int]" = weakref.WeakKeyDictionary()


def cached_async_http_client(url: str = "") -> httpx.AsyncClient:
    """The client of the running event loop, shared by all models; made when needed, and anew once it is closed.

    Args:
        url: what it is for. A server on this machine has a client that knows no proxy, whatever the environment says.
    """
    loop, direct = asyncio.get_running_loop(), is_loopback(url)
    plain = direct and urlsplit(url).scheme == "http"
    clients = _plain_clients if plain else _direct_clients if direct else _clients
    client = clients.get(loop)
    if client is None or client.is_closed:
        client = clients[loop] = _new_client(direct=direct, plain=plain)
    return client


def _new_client(*, direct: bool = False, plain: bool = False) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=100, keepalive_expiry=60.0)
    # Reading the certificates takes 40 ms; where nothing is encrypted, a context that trusts nobody does as well.
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
    return httpx.AsyncClient(
        follow_redirects=False,
        # Who brings a transport gets no proxy of the environment, but still its certificates.
        transport=httpx.AsyncHTTPTransport(verify=trust, limits=limits) if direct else None,
        headers={"user-agent": "chinwag", "accept-encoding": "identity"},
        limits=limits,
    )


async def release_client() -> None:
    """Close the shared client of this loop, unless an answer is still being read through it."""
    loop = asyncio.get_running_loop()
    for client in (_clients.get(loop), _plain_clients.get(loop), _direct_clients.get(loop)):
        if client is not None and not _replies_open.get(client):
            await client.aclose()


async def send(
    call: Call, asked: Asked, patience: Patience | None = None, client: httpx.AsyncClient | None = None
) -> "Reply":
    """Send one request and wait for the status and the headers of its answer.

    Raises:
        ModelAPIError: nobody answered.
        ModelHTTPError: the status is 300 or above; a redirect is never followed.
    """
    patience = patience or Patience()
    read_s = min(patience.silence_s, patience.content_s)
    timeout = httpx.Timeout(connect=patience.connect_s, read=read_s, write=read_s, pool=patience.connect_s)
    try:
        client = client or cached_async_http_client(call.url)
        request = client.build_request(
            "GET" if call.body is None else "POST",
            call.url,
            headers=_headers(call),
            content=None if call.body is None else json.dumps(call.body).encode(),
            timeout=timeout,
        )
        async with asyncio.timeout(patience.content_s):
            response = await client.send(request, stream=True)
    except _TROUBLE as error:
        raise _trouble(error, asked, patience) from error
    reply = Reply(response, client, call, asked, patience)
    if response.status_code >= 300:
        try:
            async with asyncio.timeout(_ERROR_BODY_S):  # the status has said enough to go without
                body = await reply.read(_ERROR_BODY_LIMIT_BYTES, cut=True)
        except (ModelAPIError, TimeoutError):
            body = b""
        finally:
            await reply.aclose()
        raise http_failure(asked, response.status_code, response.headers, body)
    return reply


async def get_json(
    call: Call, asked: Asked, patience: Patience | None = None, client: httpx.AsyncClient | None = None
) -> Any:
    """Send one request, and give its whole answer as a JSON value.

    Raises:
        ModelAPIError: nobody answered, or the answer is no JSON.
        ModelHTTPError: the status is 300 or above.
    """
    reply = await send(call, asked, patience, client)
    try:
        return await reply.json()
    finally:
        await reply.aclose()


class Reply:
    """An answer whose body has not been read yet. Who has one closes it; closing early ends the transfer at once."""

    def __init__(
        self, response: httpx.Response, client: httpx.AsyncClient, call: Call, asked: Asked, patience: Patience
    ) -> None:
        self._response = response
        self._client = client
        self._call = call
        self._asked = asked
        self._patience = patience
        self._last_content = time.monotonic()
        self._open = True
        self._is_read = False
        self.skipped_events = 0
        self.request_id = request_id_of(response.headers)
        _replies_open[client] = _replies_open.get(client, 0) + 1

    async def aclose(self) -> None:
        """Close the answer; the server stops sending."""
        if self._open:
            self._open = False
            _replies_open[self._client] -= 1
            await self._response.aclose()

    def finish(self) -> None:
        """The reader has all it wants: `values` ends, and leaves the connection fit for the next request if it can."""
        self._is_read = True

    def content_arrived(self) -> None:
        """The reader got something for the user: the time without content begins anew."""
        self._last_content = time.monotonic()

    async def json(self) -> Any:
        """The whole body as one JSON value.

        Raises:
            ModelAPIError: the body is cut off, too long, or no JSON.
        """
        return self._parsed(await self.read(_WHOLE_BODY_LIMIT_BYTES))

    async def read(self, limit_bytes: int, *, cut: bool = False) -> bytes:
        """The body; when it is longer than the limit, its beginning (`cut`) or an error."""
        body = bytearray()
        async with contextlib.aclosing(self._chunks()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > limit_bytes:
                    if cut:
                        break
                    raise self._asked.failed("limit", f"{self._asked.label} sent more than {limit_bytes >> 20} MiB.")
        return bytes(body[:limit_bytes])

    async def values(self) -> AsyncGenerator[Arrived, None]:
        """The JSON values of the answer, as they arrive; after `DONE` nothing follows.

        A single event that is no JSON is passed over and counted in `skipped_events`.

        Raises:
            ModelAPIError: the connection broke, was silent for too long, or what came is no answer of a model.
        """
        async with contextlib.aclosing(self._chunks()) as chunks:
            first = await self._first_bytes(chunks)
            framing = self._framing(first)
            if framing == "json":
                yield Arrived(await self._whole(first, chunks), whole=True)
                return
            good, bad_in_a_row = 0, 0
            async for event in self._events(_READERS[framing](), first, chunks):
                arrived = _decoded(event)
                if arrived is None:
                    self.skipped_events += 1
                    bad_in_a_row += 1
                    if bad_in_a_row >= _BAD_EVENTS_IN_A_ROW:
                        raise self._malformed("sent events that are not JSON", event.data)
                    continue
                good, bad_in_a_row = good + 1, 0
                yield arrived
                if arrived.value is DONE or self._is_read:
                    await _drained(chunks)
                    return
            if not good:
                raise self._malformed("sent an empty answer" if not self.skipped_events else "sent no readable event")

    async def _first_bytes(self, chunks: AsyncIterator[bytes]) -> bytes:
        first = b""
        async for chunk in chunks:
            first += chunk
            if first.removeprefix(b"\xef\xbb\xbf").strip():
                break
        return first

    def _framing(self, first: bytes) -> Framing:
        """How the body is framed: by its type, and where the type says nothing, by its first character."""
        kind = self._response.headers.get("content-type", "").partition(";")[0].strip().lower()
        begin = first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if kind == "text/html" or begin == b"<":
            page = first.decode("utf-8", "replace")
            raise http_page_failure(self._asked, page)
        framing = _FRAMINGS.get(kind, self._call.framing)
        if self._call.framing == "ndjson" and begin == b"{":
            return "ndjson"
        return "json" if framing == "sse" and begin in (b"{", b"[") else framing

    async def _whole(self, first: bytes, chunks: AsyncIterator[bytes]) -> Any:
        body = bytearray(first)
        async for chunk in chunks:
            body += chunk
            if len(body) > _WHOLE_BODY_LIMIT_BYTES:
                raise self._asked.failed("limit", f"{self._asked.label} sent more than 64 MiB.")
        return self._parsed(bytes(body))

    def _parsed(self, body: bytes) -> Any:
        text = body.decode("utf-8-sig", "replace")
        if not text.strip():
            raise self._malformed("sent an empty answer")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            if text.lstrip().startswith("<"):
                raise http_page_failure(self._asked, text) from error
            raise self._malformed("sent an answer that is not JSON", text) from error

    async def _events(self, reader: Reader, first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[WireEvent]:
        try:
            for event in reader.feed(first):
                yield event
            async for chunk in chunks:
                for event in reader.feed(chunk):
                    yield event
        except FramingError as error:
            raise self._malformed(f"sent a broken stream: {error}") from error
        for event in reader.close():
            if _decoded(event) is not None:  # a last event that was cut off is no event
                yield event

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        encoding = self._response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "") and self._call.framing != "json":
            raise self._malformed(f"compressed the stream ({encoding}), which it was asked not to do")
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
                if time.monotonic() - self._last_content > self._patience.content_s:
                    raise self._timed_out(f"has sent no text for {self._patience.content_s:.0f} s")
        except _TROUBLE as error:
            raise _trouble(error, self._asked, self._patience, in_body=True, request_id=self.request_id) from error

    def is_no_answer(self, value: Any) -> ModelAPIError:
        """The error for JSON that is neither an answer nor an error in any vendor's shape; it quotes what came."""
        return self._malformed("sent something that is no answer", json.dumps(value))

    def _malformed(self, what: str, body: str = "") -> ModelAPIError:
        quote = self._asked.quote(body, 200)
        message = f"{self._asked.label} {what}"
        return self._asked.failed(
            "malformed", f"{message}: {quote}" if quote else f"{message}.", request_id=self.request_id
        )

    def _timed_out(self, what: str) -> ModelAPIError:
        return self._asked.failed(
            "timeout", f"{self._asked.label} {what}.", "Retry, or choose another model.", request_id=self.request_id
        )


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    """Read what follows an answer's last event, which is next to nothing: then the connection can be used again."""
    rest = 0
    with contextlib.suppress(TimeoutError, ModelAPIError):
        async with asyncio.timeout(_DRAIN_S):
            async for chunk in chunks:
                rest += len(chunk)
                if rest > _ERROR_BODY_LIMIT_BYTES:
                    return


def http_page_failure(asked: Asked, page: str) -> ModelAPIError:
    """The error for a web page where an answer should be: a captive portal, a company's proxy, or a wrong address."""
    told = http_failure(asked, 500, {"content-type": "text/html"}, page.encode("utf-8", "replace")).message
    title = told.partition(": ")[2]
    return asked.failed("malformed", f"{asked.label} sent a web page instead of an answer: {title}")


_READERS: dict[Framing, Callable[[], Reader]] = {"sse": SseReader, "ndjson": NdjsonReader, "aws": AwsEventReader}
_FRAMINGS: dict[str, Framing] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
    "application/vnd.amazon.eventstream": "aws",
}


def _headers(call: Call) -> dict[str, str]:
    accept = {"sse": "text/event-stream", "ndjson": "application/x-ndjson", "aws": "application/vnd.amazon.eventstream"}
    headers = {"accept": accept.get(call.framing, "application/json")}
    if call.body is not None:
        headers["content-type"] = "application/json"
    return headers | dict(call.headers)


def _decoded(event: WireEvent) -> Arrived | None:
    if event.data.strip() == "[DONE]":
        return Arrived(DONE, event.name)
    try:
        return Arrived(json.loads(event.data), event.name, event.is_exception)
    except (ValueError, RecursionError):
        return None


# What httpx, or the socket below it, raises; a key that is no ASCII fails as UnicodeError, a wrong proxy as ValueError.
_TROUBLE = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError, ValueError, ImportError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    stack: list[BaseException] = [error]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        stack += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        stack += [cause for cause in (one.__cause__, one.__context__) if cause is not None]


def _trouble(
    error: Exception, asked: Asked, patience: Patience, *, in_body: bool = False, request_id: str = ""
) -> ModelAPIError:
    """The error of the network in our words."""
    found = _connection_trouble(error, asked, patience) if not in_body else None
    if found is None:
        found = _body_trouble(error, asked, patience)
    found.request_id = request_id
    return found


def _connection_trouble(error: Exception, asked: Asked, patience: Patience) -> ModelAPIError | None:
    causes = list(_causes(error))
    quoted = asked.quote(str(error), 200)
    proxy = _proxy_for(asked.address)
    if isinstance(error, httpx.ProxyError | ImportError) or (proxy and isinstance(error, httpx.ConnectError)):
        return asked.failed("proxy", f"The proxy {proxy or 'set in the environment'} does not let through: {quoted}")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return asked.failed("tls", f"No secure connection to {asked.address}: {quoted}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return asked.failed("dns", f"The address {asked.address} of {asked.label} cannot be found.")
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return asked.failed("network", f"{asked.label} did not take the call within {patience.connect_s:.0f} s.")
    if isinstance(error, httpx.ConnectError):
        return asked.failed("network", f"{asked.label} cannot be reached at {asked.address}.")
    if isinstance(error, UnicodeEncodeError):
        return asked.failed("auth", f"The key for {asked.label} has characters that no key has.")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError | ValueError):
        return asked.failed(
            "bad_request", f"The request to {asked.label} cannot be sent: {quoted}", "Check the base URL."
        )
    if isinstance(error, httpx.RemoteProtocolError) and "status line" in quoted:  # h11 quotes the bytes, as Python
        return asked.failed("malformed", f"{asked.label} answered with something that is not HTTP.")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        why = f": {quoted}" if quoted else "."
        return asked.failed("network", f"{asked.label} closed the connection without an answer{why}")
    return None


def _body_trouble(error: Exception, asked: Asked, patience: Patience) -> ModelAPIError:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        silence = f"{min(patience.silence_s, patience.content_s):.0f} s"
        return asked.failed("timeout", f"{asked.label} sent nothing for {silence}.", "Retry, or choose another model.")
    quoted = asked.quote(str(error), 200)
    if isinstance(error, httpx.DecodingError):
        return asked.failed("malformed", f"{asked.label} sent bytes that cannot be unpacked: {quoted}")
    why = f": {quoted}" if quoted else "."
    return asked.failed("stream_cut", f"The connection to {asked.label} broke off in the middle of the answer{why}")


def _proxy_for(address: str) -> str:
    """Host and port of the proxy that the environment sets for an address, without a password; "" if none."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if is_loopback(address):
        return ""
    proxies = getproxies()
    exempt = [name.strip().lstrip(".") for name in os.environ.get("NO_PROXY", proxies.get("no", "")).split(",")]
    if any(name and (name == "*" or host == name or host.endswith(f".{name}")) for name in exempt):
        return ""
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return urlsplit(proxy).netloc.rpartition("@")[2] or proxy
