"""Gets one page or file for a prompt: http and https only, bounded in time, in size and in redirects, without a key.

Failures are `ModelAPIError`s with the words of every other request; they name the host.
"""

import asyncio
import zlib
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from tui.agent.wire.addresses import is_address, is_loopback, origin_of, without_password
from tui.agent.wire.client import cached_async_http_client, count_reply
from tui.agent.wire.compression import Unpacker
from tui.agent.wire.errors import NETWORK_ERRORS, network_error
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.request_context import RequestContext

_POLICY = RequestPolicy(connect_s=10.0, silence_s=20.0, content_s=30.0, retries=0)
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
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
    url = _address(url)
    client = client or cached_async_http_client()
    count_reply(client, +1)
    try:
        async with asyncio.timeout(timeout_s):
            return await _followed(client, url, limit_bytes)
    except TimeoutError:
        context = _context(url)
        raise context.error("timeout", f"{context.label} took longer than {timeout_s:.0f} s.", "Try again.") from None
    finally:
        count_reply(client, -1)


def _address(url: str) -> str:
    url = url.strip()
    if "://" not in url:
        url = f"https://{url}"
    scheme, _, rest = url.partition("://")
    url = f"{scheme.lower()}://{rest}"
    context = RequestContext("web", "The address")
    if not is_address(url):
        raise context.error("address", f'"{context.quote(without_password(url), 100)}" is no web address.', _HINT)
    if "@" in urlsplit(url).netloc:
        raise context.error("address", "An address with a password in it is not fetched.", "Save the page, attach it.")
    return url


_HINT = "It should look like https://example.org/page."


async def _followed(client: httpx.AsyncClient, url: str, limit_bytes: int) -> Fetched:
    context = _context(url)
    for _ in range(_MOST_REDIRECTS + 1):
        context = _context(url)
        try:
            request = client.build_request("GET", url, headers=_HEADERS, timeout=_timeout())
            response = await client.send(request, stream=True)
        except NETWORK_ERRORS as error:
            raise network_error(error, context, _POLICY) from error
        try:
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return await _fetched(response, url, context, limit_bytes)
        finally:
            await response.aclose()
        url = await _next(url, response.headers["location"], context)
    raise context.error("bad_request", f"{context.label} redirects in circles.", "Check the address.")


async def _next(url: str, location: str, context: RequestContext) -> str:
    """Where a redirect leads, if it may lead there: a page out there does not choose what is read in here."""
    target = _address(urljoin(url, location))
    if await _is_inside(target) and not await _is_inside(url):
        message = f"{context.label} redirects to {_context(target).label}, an address inside your network."
        raise context.error("address", message, "Give that address itself, if you mean it.")
    return target


async def _is_inside(url: str) -> bool:
    """Whether an address is of this machine or of a private network, by any of the addresses that its name has."""
    if is_loopback(url):
        return True
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:  # it cannot be reached either
        return False
    return any(not ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)


async def _fetched(response: httpx.Response, url: str, context: RequestContext, limit_bytes: int) -> Fetched:
    if not response.is_success:
        reason = _REASONS.get(response.status_code, "answered with an error")
        message = f"{context.label} {reason} ({response.status_code})."
        raise context.error("bad_request", message, "Open it in a browser, save it, and attach the file.")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = await _body(response, context, limit_bytes)
    return Fetched(url, kind, response.charset_encoding or "", data)


async def _body(response: httpx.Response, context: RequestContext, limit_bytes: int) -> bytes:
    if response.is_stream_consumed:  # a client that plays an answer has it whole, and unpacked
        _check(len(response.content), context, limit_bytes)
        return response.content
    body, received = bytearray(), 0
    try:
        unpacker = Unpacker(response.headers.get("content-encoding", ""))
        async for some in response.aiter_raw():  # whose response the caller closes
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


def _timeout() -> httpx.Timeout:
    return httpx.Timeout(connect=_POLICY.connect_s, read=_POLICY.read_s, write=_POLICY.read_s, pool=_POLICY.connect_s)


def _context(url: str) -> RequestContext:
    host = urlsplit(url).hostname or "The server"
    return RequestContext("web", host, address=origin_of(url), base_url=without_password(url), local=is_loopback(url))
