"""One large file as it arrives: resumed where it broke off, redirected without its key, bounded in silence.

Knows HTTP, and nothing of what is in the file or where it goes. Source: RFC 9110, 14 (Range Requests).
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx

from tui.agent.wire.addresses import is_address, is_loopback, origin_of, without_password
from tui.agent.wire.client import cached_async_http_client, count_reply
from tui.agent.wire.errors import NETWORK_ERRORS, network_error
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.refusals import http_error
from tui.agent.wire.request_context import RequestContext

_POLICY = RequestPolicy(connect_s=15.0, silence_s=60.0, content_s=60.0, retries=0)
_MOST_REDIRECTS = 6
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERROR_BYTES = 8 << 10
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(slots=True)
class Download:
    """A file that is being sent.

    Attributes:
        start: the byte that comes first; 0 when the server cannot go on where it was asked to.
        size_bytes: of the whole file; None when the server does not say.
    """

    start: int
    size_bytes: int | None
    _response: httpx.Response = field(repr=False)
    _context: RequestContext = field(repr=False)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, in pieces as they come.

        Raises:
            ModelAPIError: it broke off, or nothing came for a minute; what came before is good.
        """
        try:
            async for piece in self._response.aiter_raw():
                yield piece
        except NETWORK_ERRORS as error:
            raise network_error(error, self._context, _POLICY, in_body=True) from error


@asynccontextmanager
async def opened_download(
    url: str, *, start: int = 0, headers: Mapping[str, str] | None = None, client: httpx.AsyncClient | None = None
) -> AsyncIterator[Download]:
    """Ask for a file; leaving the context ends the transfer at once.

    Args:
        url: of the file.
        start: how many bytes of it are there already.
        headers: with a key, perhaps; they go to the host of `url` only, and not where it redirects to.
        client: the shared one, if None.

    Raises:
        ModelAPIError: nobody answers, the server refuses, or what it sends is a page and no file.
    """
    client = client or cached_async_http_client()
    count_reply(client, +1)
    try:
        response, context = await _answered(client, url, start, dict(headers or {}))
        try:
            yield _download(response, context)
        finally:
            await response.aclose()
    finally:
        count_reply(client, -1)


async def _answered(
    client: httpx.AsyncClient, url: str, start: int, headers: dict[str, str]
) -> tuple[httpx.Response, RequestContext]:
    timeout = httpx.Timeout(_POLICY.silence_s, connect=_POLICY.connect_s)
    ranged = {"range": f"bytes={start}-"} if start else {}
    first = origin_of(url)
    for _ in range(_MOST_REDIRECTS):
        context = _context(url, headers)
        own = headers if origin_of(url) == first else {}
        try:
            request = client.build_request("GET", url, headers={**own, **ranged}, timeout=timeout)
            response = await client.send(request, stream=True)
        except NETWORK_ERRORS as error:
            raise network_error(error, context, _POLICY) from error
        if response.status_code in _REDIRECTS and "location" in response.headers:
            await response.aclose()
            url = urljoin(url, response.headers["location"])
            if not is_address(url):
                raise context.error("address", f"{context.label} redirects to what is no web address.", "Try again.")
            continue
        if response.status_code not in (200, 206):
            raise await _refusal(response, context)
        return response, context
    raise context.error("bad_request", f"{context.label} redirects in circles.", "Try again later.")


async def _refusal(response: httpx.Response, context: RequestContext) -> Exception:
    body = bytearray()
    try:
        async for piece in response.aiter_raw(_ERROR_BYTES):
            body += piece
            if len(body) >= _ERROR_BYTES:
                break
    except NETWORK_ERRORS:
        pass  # the status has said enough
    finally:
        await response.aclose()
    return http_error(context, response.status_code, response.headers, bytes(body[:_ERROR_BYTES]))


def _download(response: httpx.Response, context: RequestContext) -> Download:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        message = f"{context.label} sent a web page where a file was asked for."
        raise context.error("malformed", message, "Open the address in a browser: it may want a login.")
    found = _RANGE.match(response.headers.get("content-range", ""))
    if response.status_code == 206 and found:
        return Download(int(found[1]), int(found[2]) if found[2] != "*" else None, response, context)
    length = response.headers.get("content-length", "")
    return Download(0, int(length) if length.isdigit() else None, response, context)


def _context(url: str, headers: Mapping[str, str]) -> RequestContext:
    secrets = tuple(value.removeprefix("Bearer ") for name, value in headers.items() if name == "authorization")
    return RequestContext(
        "download",
        urlsplit(url).hostname or "The server",
        address=origin_of(url),
        base_url=without_password(url),
        local=is_loopback(url),
        secrets=secrets,
    )
