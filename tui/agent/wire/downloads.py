"""One large file as it arrives: resumed where it broke off, redirected without its key, bounded in silence.

Knows HTTP, and nothing of what is in the file or where it goes. Source: RFC 9110, 14 (Range Requests).
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from tui.agent.wire.addresses import is_loopback, origin_of, without_password
from tui.agent.wire.body import pieces_of
from tui.agent.wire.client import cached_async_http_client
from tui.agent.wire.errors import NETWORK_ERRORS, hiding_proxy, network_error
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.read_ahead import read_ahead
from tui.agent.wire.redirects import Found, checked_address, followed
from tui.agent.wire.refusals import http_error
from tui.agent.wire.request_context import RequestContext

_POLICY = RequestPolicy(connect_s=15.0, silence_s=60.0, content_s=60.0, retries=0)
_ERROR_BYTES = 8 << 10
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_NOTHING_THERE = 416
_WHOLE = re.compile(r"bytes \*/(\d+)")
"""What says how long a file is of which nothing was left to be sent. RFC 9110, 14.4."""


@dataclass(slots=True)
class Download:
    """A file that is being sent.

    Attributes:
        start: the byte that comes first; 0 when the server cannot go on where it was asked to.
        size_bytes: of the whole file; None when the server does not say.
    """

    start: int
    size_bytes: int | None
    _response: httpx.Response | None = field(repr=False)
    _context: RequestContext = field(repr=False)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, in pieces as they come.

        Raises:
            ModelAPIError: it broke off, or nothing came for a minute; what came before is good.
        """
        if self._response is None:  # all of it was there
            return
        try:
            async with aclosing(read_ahead(pieces_of(self._response))) as pieces:
                async for piece, _ in pieces:
                    yield piece
        except NETWORK_ERRORS as error:
            raise network_error(error, self._context, _POLICY, in_body=True) from error


@asynccontextmanager
async def opened_download(
    url: str, context: RequestContext, *, start: int = 0, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Download]:
    """Ask for a file; leaving the context ends the transfer at once.

    Of one that is there already nothing more comes; one that is shorter than what is there comes anew.

    Args:
        url: of the file.
        context: who is asked there; others, to whom it may redirect, are named by their host.
        start: how many bytes of it are there already.
        headers: with a key, perhaps; they go to the host of `url` only, and not where it redirects to.

    Raises:
        ModelAPIError: nobody answers, the server refuses, or what it sends is a page and no file.
    """
    ranged = {"range": f"bytes={start}-"} if start else {}
    first = origin_of(url)

    def context_of(target: str) -> RequestContext:
        return context if origin_of(target) == first else _context(target)

    def headers_for(target: str) -> dict[str, str]:
        return {**(headers or {}), **ranged} if origin_of(target) == first else ranged

    client = cached_async_http_client()
    async with followed(checked_address(url), client, _POLICY, context_of, headers_for) as found:
        status = found.response.status_code
        if start and status == _NOTHING_THERE:
            if (whole := _WHOLE.match(found.response.headers.get("content-range", ""))) and int(whole[1]) == start:
                yield Download(start, start, None, found.context)
                return
        elif status not in (200, 206):
            raise await _refusal(found)
        else:
            yield _download(found.response, found.context)
            return
    async with opened_download(url, context, headers=headers) as download:
        yield download


async def _refusal(found: Found) -> Exception:
    response = found.response
    body = bytearray()
    try:
        async with aclosing(read_ahead(pieces_of(response))) as pieces:
            async for piece, _ in pieces:
                body += piece
                if len(body) >= _ERROR_BYTES:
                    break
    except NETWORK_ERRORS:
        pass  # the status has said enough
    return http_error(hiding_proxy(found.context), response.status_code, response.headers, bytes(body[:_ERROR_BYTES]))


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


def _context(url: str) -> RequestContext:
    host = urlsplit(url).hostname or "The server"
    address = origin_of(url)
    return RequestContext("download", host, address=address, base_url=without_password(url), local=is_loopback(url))
