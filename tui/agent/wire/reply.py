"""Sends one request and reads the body of its answer: JSON events as they arrive, or one whole value.

Knows httpx, and no dialect.
"""

import asyncio
import contextlib
import json
import re
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from tui.agent.exceptions import ErrorKind, ModelAPIError
from tui.agent.wire.client import cached_async_http_client, count_reply
from tui.agent.wire.compression import Unpacker
from tui.agent.wire.errors import NETWORK_ERRORS, hiding_proxy, network_error
from tui.agent.wire.events import EventDecoder, EventError, JsonEvent
from tui.agent.wire.framing import AwsEventReader, FrameReader, NdjsonReader, SseReader
from tui.agent.wire.json import decoded
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.rate_limits import tell_rate_limits
from tui.agent.wire.read_ahead import read_ahead
from tui.agent.wire.refusals import event_error, http_error, is_error, odd_status, page_error, request_id_of
from tui.agent.wire.request import Framing, HttpRequest
from tui.agent.wire.request_context import RequestContext

_T = TypeVar("_T")

ERROR_BODY_S = 5.0
"""How long to wait for the body of an error; the status has said enough to go without."""

_ERROR_BODY_LIMIT_BYTES = 64 << 10
_WHOLE_BODY_LIMIT_BYTES = 16 << 20
_DRAIN_S = 0.05
_SLICE_BYTES = 8 << 10
_SLICE_S = 0.003
"""How long what has come may be read in one go: a key takes some ten turns of the loop to reach the screen."""

_BOM = b"\xef\xbb\xbf"
_READERS: Mapping[Framing, Callable[[], FrameReader]] = {
    "sse": SseReader,
    "ndjson": NdjsonReader,
    "aws": AwsEventReader,
}
_FRAMINGS: Mapping[str, Framing] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
    "application/vnd.amazon.eventstream": "aws",
}


async def send(
    request: HttpRequest,
    context: RequestContext,
    policy: RequestPolicy | None = None,
    client: httpx.AsyncClient | None = None,
) -> "Reply":
    """Send one request and wait for the status and the headers of its answer.

    Raises:
        ModelAPIError: there was no answer.
        ModelHTTPError: the status is 300 or above; a redirect is never followed.
    """
    _check_headers(request, context)
    policy = policy or RequestPolicy()
    timeout = httpx.Timeout(connect=policy.connect_s, read=policy.read_s, write=policy.read_s, pool=policy.connect_s)
    try:
        client = client or cached_async_http_client()
        built = client.build_request(
            request.method,
            request.url,
            headers=request.all_headers(),
            content=None if request.body is None else json.dumps(request.body).encode(),
            timeout=timeout,
            extensions={"route": context.route},
        )
        sending = asyncio.create_task(_sent(client, built, policy.content_s))
        try:
            response = await sending
        except asyncio.CancelledError:
            await _close_late(sending)
            raise
    except NETWORK_ERRORS as error:
        raise network_error(error, context, policy) from error
    tell_rate_limits(response.headers)
    reply = Reply(response, client, request.framing, context, policy)
    if response.status_code >= 300:
        raise await _apart(_refusal(reply, response))
    return reply


async def _sent(client: httpx.AsyncClient, request: httpx.Request, timeout_s: float) -> httpx.Response:
    async with asyncio.timeout(timeout_s):
        return await client.send(request, stream=True)


async def _close_late(sending: "asyncio.Task[httpx.Response]") -> None:
    """Close an answer that came in the moment in which nobody waited for it any more."""
    if sending.done() and not sending.cancelled() and sending.exception() is None:
        await sending.result().aclose()


async def _apart(work: Coroutine[Any, Any, _T]) -> _T:
    """Do it in a task of its own, to which its cancel scopes and time-outs belong; see `read_ahead`."""
    return await asyncio.create_task(work)


def _check_headers(request: HttpRequest, context: RequestContext) -> None:
    """Refuse what no header can hold before a library does, which would quote it: line ends, or what is not ASCII."""
    for name, value in request.all_headers().items():
        if re.fullmatch(r"[!-~]+", name) and re.fullmatch(r"[\t -~]*", value):
            continue
        if any(secret in value for secret in context.secrets):
            place = f"in {context.key_hint}" if context.key_hint else f"for {context.label}"
            raise context.error("auth", f"The key {place} has more than one line, or characters that no key has.")
        message = f"The header {context.quote(name, 40)} for {context.label} has characters that no header has."
        raise context.error("bad_request", message, "Change it, then retry.")


async def get_json(
    request: HttpRequest,
    context: RequestContext,
    policy: RequestPolicy | None = None,
    client: httpx.AsyncClient | None = None,
) -> Any:
    """Send one request, and give its whole answer as a JSON value.

    Raises:
        ModelAPIError: there was no answer, or it is an error, or not JSON.
        ModelHTTPError: the status is 300 or above.
    """
    reply = await send(request, context, policy, client)
    try:
        value = await reply.json()
    finally:
        await reply.aclose()
    if is_error(value):
        raise event_error(context, value, reply.status)
    return value


async def _refusal(reply: "Reply", response: httpx.Response) -> ModelAPIError:
    try:
        async with asyncio.timeout(ERROR_BODY_S):
            body = await reply.read(_ERROR_BODY_LIMIT_BYTES, cut=True)
    except (ModelAPIError, TimeoutError):
        body = b""
    finally:
        await reply.aclose()
    return http_error(hiding_proxy(reply.context), response.status_code, response.headers, body)


class Reply:
    """An answer whose body has not been read yet. Its owner closes it; closing early ends the transfer at once.

    Attributes:
        context: who answers.
        policy: how long to wait for what.
        status: the HTTP status, below 300.
        request_id: the provider's id of the request, or "".
    """

    def __init__(
        self,
        response: httpx.Response,
        client: httpx.AsyncClient,
        framing: Framing,
        context: RequestContext,
        policy: RequestPolicy,
    ) -> None:
        self.context = context
        self.policy = policy
        self.status = response.status_code
        self.request_id = request_id_of(response.headers)
        self._decoder: EventDecoder | None = None
        self._response = response
        self._client = client
        self._expected = framing
        self._others_ran = time.monotonic()
        self._arrived = self._last_content = (
            self._others_ran
        )  # moments of arrival: the time of who reads is not in them
        self._open = True
        self._is_read = False
        self._wordless = False
        count_reply(client, +1)

    @property
    def skipped_events(self) -> int:
        """How many events were not JSON."""
        return 0 if self._decoder is None else self._decoder.skipped

    async def aclose(self) -> None:
        """Close the answer; the server stops sending."""
        if self._open:
            self._open = False
            count_reply(self._client, -1)
            await asyncio.shield(self._response.aclose())  # half closed, its connection would be busy for ever

    def finish(self) -> None:
        """The reader has all it needs: `events` ends, and leaves the connection fit for the next request if it can."""
        self._is_read = True

    def words_awaited(self) -> None:
        """What is read is an answer in words, of which none has come: so it is said where it breaks off."""
        self._wordless = True

    def content_arrived(self) -> None:
        """The reader got something for the user: the time without content begins anew."""
        self._last_content = self._arrived
        self._wordless = False

    async def json(self) -> Any:
        """The whole body as one JSON value.

        Raises:
            ModelAPIError: the body is cut off, too long, or not JSON.
        """
        return self._parsed(await self.read(_WHOLE_BODY_LIMIT_BYTES))

    async def read(self, limit_bytes: int, *, cut: bool = False) -> bytes:
        """The body; when it is longer than the limit, its beginning (`cut`) or an error."""
        async with contextlib.aclosing(self._chunks()) as chunks:
            return await self._collected(b"", chunks, limit_bytes, cut=cut)

    async def events(self) -> AsyncGenerator[JsonEvent, None]:
        """The events of the answer, as they arrive; nothing follows the one that `is_end`.

        A single event that is not JSON is passed over and counted in `skipped_events`.

        Raises:
            ModelAPIError: the connection broke, was silent for too long, or what came is too large or no answer.
        """
        async with contextlib.aclosing(self._chunks()) as chunks:
            first = await self._first_bytes(chunks)
            framing = self._framing(first)
            if framing == "json":
                body = await self._collected(first, chunks, _WHOLE_BODY_LIMIT_BYTES)
                yield JsonEvent(self._parsed(body), is_whole=True)
                return
            decoder = self._decoder = EventDecoder(_READERS[framing]())
            chunk: bytes | None = first
            try:
                while chunk is not None:
                    for event in decoder.feed(chunk):
                        yield event
                        if event.is_end or self._is_read:
                            await _apart(_drain(chunks))
                            return
                        if time.monotonic() - self._others_ran > _SLICE_S:
                            await self._give_way()
                    chunk = await anext(chunks, None)
                for event in decoder.close():
                    yield event
            except EventError as error:
                raise self._malformed(str(error), error.body) from error

    def not_an_answer(self, value: Any) -> ModelAPIError:
        """The error for JSON that is neither an answer nor an error in any vendor's shape; it quotes what came."""
        return self._malformed("sent something that is no answer", json.dumps(value))

    async def _first_bytes(self, chunks: AsyncIterator[bytes]) -> bytes:
        first = b""
        async for chunk in chunks:
            first = (first + chunk).removeprefix(_BOM).lstrip()
            if first:
                break
        return first

    def _framing(self, first: bytes) -> Framing:
        """How the body is framed: by its type, and where the type says nothing, by its first character."""
        kind = self._response.headers.get("content-type", "").partition(";")[0].strip().lower()
        begin = first[:1]
        if kind == "text/html" or begin == b"<":
            raise page_error(self.context, first.decode("utf-8", "replace"))
        framing = _FRAMINGS.get(kind, self._expected)
        if self._expected == "ndjson" and begin == b"{":
            return "ndjson"
        return "json" if framing == "sse" and begin in (b"{", b"[") else framing

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, unpacked. An error ends it once it is too large, or gives nothing for the user for too long."""
        try:
            unpacker = Unpacker(self._response.headers.get("content-encoding", ""))
        except ValueError as error:
            raise self._malformed(self.context.quote(str(error))) from None
        received = unpacked = 0
        try:
            async with contextlib.aclosing(self._received()) as packed:
                async for some in packed:
                    received += len(some)
                    for chunk in unpacker.feed(some):
                        unpacked += len(chunk)
                        self._check_limits(max(received, unpacked))
                        for start in range(0, len(chunk), _SLICE_BYTES):
                            yield chunk[start : start + _SLICE_BYTES]
                            if time.monotonic() - self._others_ran > _SLICE_S:
                                await self._give_way()
        except zlib.error as error:
            raise self._malformed("sent bytes that cannot be unpacked") from error
        except NETWORK_ERRORS as error:
            raise network_error(
                error, self.context, self.policy, in_body=True, wordless=self._wordless, request_id=self.request_id
            ) from error

    async def _received(self) -> AsyncGenerator[bytes, None]:
        if self._response.is_stream_consumed:  # a client that plays an answer has it whole, and unpacked
            yield self._response.content
            return
        # Not `aiter_raw`, which at its end closes the answer itself: whoever stops reading just then would cancel that
        # half done, and the connection would be busy for ever.
        stream = self._response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        async with contextlib.aclosing(read_ahead(aiter(stream))) as pieces:
            async for some, self._arrived in pieces:
                yield some

    async def _give_way(self) -> None:
        """Let others have their turn, such as keys and frames, when what has come keeps us busy for some time."""
        await asyncio.sleep(0)
        self._others_ran = time.monotonic()

    def _check_limits(self, size_bytes: int) -> None:
        limit = self.policy.response_limit_bytes
        if size_bytes > limit:
            raise self._error("limit", f"sent more than {limit >> 20} MiB and was stopped.")
        if self._arrived - self._last_content > self.policy.content_s:
            raise self._error("timeout", f"has sent no text for {self.policy.content_s:.0f} s.")

    async def _collected(
        self, first: bytes, chunks: AsyncIterator[bytes], limit_bytes: int, *, cut: bool = False
    ) -> bytes:
        body = bytearray(first)
        async for chunk in chunks:
            body += chunk
            if len(body) > limit_bytes:
                if cut:
                    break
                raise self._error("limit", f"sent more than {limit_bytes >> 20} MiB and was stopped.")
        return bytes(body[:limit_bytes])

    def _parsed(self, body: bytes) -> Any:
        text = body.decode("utf-8-sig", "replace")
        if not text.strip():
            raise self._malformed("sent an empty answer")
        try:
            return decoded(text)
        except ValueError as error:
            if text.lstrip().startswith("<"):
                raise page_error(self.context, text) from error
            raise self._malformed("sent an answer that is not JSON", text) from error

    def _malformed(self, what: str, body: str = "") -> ModelAPIError:
        quote, what = self.context.quote(body, 200), what + odd_status(self.status)
        return self._error("malformed", f"{what}: {quote}" if quote else f"{what}.")

    def _error(self, kind: ErrorKind, what: str) -> ModelAPIError:
        return self.context.error(kind, f"{self.context.label} {what}", request_id=self.request_id)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Read what follows an answer's last event, which is next to nothing: then the connection can be used again."""
    rest = 0
    with contextlib.suppress(TimeoutError, ModelAPIError):
        async with asyncio.timeout(_DRAIN_S):
            async for chunk in chunks:
                rest += len(chunk)
                if rest > _ERROR_BODY_LIMIT_BYTES:
                    return
