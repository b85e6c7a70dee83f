"""Gets one page or file for a prompt: http and https only, bounded in time, in size and in redirects, without a key.

Failures are `ModelAPIError`s with the words of every other request; they name the host.
"""

import asyncio
import zlib
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from tui.agent.wire.addresses import is_loopback, origin_of, without_password
from tui.agent.wire.body import pieces_of
from tui.agent.wire.client import cached_async_http_client
from tui.agent.wire.compression import Unpacker
from tui.agent.wire.errors import NETWORK_ERRORS, network_error
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.read_ahead import read_ahead
from tui.agent.wire.redirects import Found, checked_address, followed
from tui.agent.wire.request_context import RequestContext

_POLICY = RequestPolicy(connect_s=10.0, silence_s=20.0, content_s=30.0, retries=0)
_HEADERS = {
    "accept": "text/html,text/plain;q=0.9,application/pdf;q=0.9,image/*;q=0.8,*/*;q=0.5",
    "accept-encoding": "gzip, deflate",
    "connection": "close",
}
_REASONS = {
    401: "wants a login",
    402: "wants to be paid",
    403: "does not let programs in",
    404: "has no such page",
    410: "has this page no more",
    429: "asks to wait",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at an address.

    Attributes:
        url: where it was found, after all redirects.
        media_type: as the server says, in lower case, or "".
        charset: as the server says, or "".
    """

    url: str
    media_type: str
    charset: str
    data: bytes


async def fetch(
    url: str, *, limit_bytes: int, timeout_s: float = 30.0, client: httpx.AsyncClient | None = None
) -> Fetched:
    """Get what stands at an address.

    Args:
        url: a whole one; a bare host gets https.
        limit_bytes: as it was received and, if it is compressed, as it was unpacked.
        timeout_s: for everything.
        client: the shared one, if None.

    Raises:
        ModelAPIError: it is no such address, nobody answers, the server refuses, or what it sends is too large.
    """
    url = url.strip()
    url = checked_address(url if "://" in url else f"https://{url}")
    client = client or cached_async_http_client()
    try:
        async with (
            asyncio.timeout(timeout_s),
            followed(url, client, _POLICY, _context, lambda _: _HEADERS) as found,
        ):
            return await _fetched(found, limit_bytes)
    except TimeoutError:
        context = _context(url)
        raise context.error("timeout", f"{context.label} took longer than {timeout_s:.0f} s.", "Try again.") from None


async def _fetched(found: Found, limit_bytes: int) -> Fetched:
    response, context = found.response, found.context
    if not response.is_success:
        reason = _REASONS.get(response.status_code, "answered with an error")
        message = f"{context.label} {reason} ({response.status_code})."
        raise context.error("bad_request", message, "Open it in a browser, save it, and attach the file.")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = await _body(response, context, limit_bytes)
    return Fetched(found.url, kind, response.charset_encoding or "", data)


async def _body(response: httpx.Response, context: RequestContext, limit_bytes: int) -> bytes:
    if response.is_stream_consumed:  # a client that plays an answer has it whole, and unpacked
        _check(len(response.content), context, limit_bytes)
        return response.content
    body, received = bytearray(), 0
    try:
        unpacker = Unpacker(response.headers.get("content-encoding", ""))
        async with aclosing(read_ahead(pieces_of(response))) as packed:
            async for some, _ in packed:
                received += len(some)
                for piece in unpacker.feed(some):
                    body += piece
                    _check(max(len(body), received), context, limit_bytes)
    except (ValueError, zlib.error) as error:
        raise context.error(
            "malformed", f"{context.label} sent bytes that cannot be unpacked.", "Try again."
        ) from error
    except NETWORK_ERRORS as error:
        raise network_error(error, context, _POLICY, in_body=True) from error
    return bytes(body)


def _check(size_bytes: int, context: RequestContext, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        message = f"{context.label} sent more than {limit_bytes / 1e6:.0f} MB and was stopped."
        raise context.error("limit", message, "Save a part of it, and attach that.")


def _context(url: str) -> RequestContext:
    host = urlsplit(url).hostname or "The server"
    return RequestContext("web", host, address=origin_of(url), base_url=without_password(url), local=is_loopback(url))
