"""Who is let in: by a name of ours, from a page of ours, and with the token. Stands before every route.

The token is told once, and gets a browser two things: a cookie, which scripts cannot read, and a key, which other ports
of the same name cannot read, where cookies know no ports. Both are made anew at each start, so that the token is the
only thing that can be guessed at, and that is bounded.
"""

import asyncio
import hmac
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from secrets import token_urlsafe

from aiohttp import hdrs, web

from tui.web.address import Address, is_address, is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROTOCOL = "chinwag"
"""The sub-protocol of the socket; the page names its key beside it."""
KEY_HEADER = "X-Chinwag-Key"
_LONGEST_TOKEN = 1024
_TRIES, _TRIES_S, _ADDRESSES = 10, 60.0, 1000
_READING = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self' {socket}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    "Server": "Chinwag",
}


class WrongTokens:
    """How many wrong tokens have come of late, by the address from which they came."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[str, deque[float]] = {}

    def wait_s(self, address: str) -> int:
        """Seconds until another one is looked at from there; 0 for now."""
        now = self._clock()
        for known, tries in list(self._tries.items()):
            while tries and now - tries[0] >= _TRIES_S:
                tries.popleft()
            if not tries:
                del self._tries[known]
        tries = self._tries.get(address, deque())
        if len(tries) >= _TRIES or (not tries and len(self._tries) >= _ADDRESSES):
            return math.ceil(_TRIES_S - (now - tries[0] if tries else 0.0))
        return 0

    def note(self, address: str) -> None:
        """Count a wrong token from an address."""
        self._tries.setdefault(address, deque()).append(self._clock())


class Access:
    """Lets requests in, or answers them itself.

    Args:
        open_paths: what is given also to who has no token: what asks for it.
    """

    def __init__(self, token: str, address: Address, open_paths: frozenset[str]) -> None:
        self._token = token.encode()
        self._address = address
        self._open_paths = open_paths
        self._cookie, self._key = token_urlsafe(32), token_urlsafe(32)
        self._wrong = WrongTokens()

    @property
    def _cookie_name(self) -> str:
        return f"chinwag-{self._address.port}"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look at a request before any route does."""
        if refusal := self._foreign(request):
            raise web.HTTPForbidden(text=f"{refusal}\n")
        if request.path in self._open_paths:
            return await handler(request)
        if not self.is_signed_in(request):
            raise web.HTTPUnauthorized(text="Open the link that chinwag serve has printed.\n")
        return await handler(request)

    def _foreign(self, request: web.Request) -> str:
        """Why a request is not one of our own pages', in words; "" when it may be."""
        hosts = request.headers.getall(hdrs.HOST, [])
        if len(hosts) != 1 or not self._address.is_ours(hosts[0]):
            return "This server is not called so. Behind a proxy: chinwag serve --public-url"
        origins = request.headers.getall(hdrs.ORIGIN, [])
        if any(not self._address.is_own_origin(origin, hosts[0]) for origin in origins):
            return "This page is not one of ours."
        if not origins and (request.method not in _READING or hdrs.UPGRADE in request.headers):
            return "A request that does something says which page it comes from."
        # Without an origin come pictures and scripts in other pages, also those of another port of this machine.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in ("none", "same-origin") and request.headers.get("Sec-Fetch-Mode") != "navigate":
            return "This page is not one of ours."
        return ""

    def is_signed_in(self, request: web.Request) -> bool:
        """Whether a browser has shown the token before."""
        return _same(request.cookies.get(self._cookie_name, ""), self._cookie)

    def has_key(self, request: web.Request) -> bool:
        """Whether it is a page of ours that asks, not one of another port of the same name."""
        named = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")
        key = request.headers.get(KEY_HEADER) or (named[1].strip() if len(named) == 2 else "")
        return _same(key, self._key)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Take a token, and give cookie and key for it."""
        given = await _beginning(
            request
        )  # nothing is waited for between the look at the tries and the note of one more
        address = self._asker(request)
        if wait_s := self._wrong.wait_s(address):
            text = f"Too many wrong tokens. Try again in {wait_s} seconds.\n"
            return web.Response(status=429, text=text, headers={"Retry-After": str(wait_s)})
        if not hmac.compare_digest(given.strip(), self._token):
            self._wrong.note(address)
            return web.Response(status=401, text="This is not the token.\n")
        response = web.Response(text=self._key)
        response.set_cookie(
            self._cookie_name, self._cookie, httponly=True, samesite="Strict", path="/",
            secure=self._address.origin.startswith("https:"),
        )  # fmt: skip
        return response

    def _asker(self, request: web.Request) -> str:
        """From where wrong tokens are counted: behind a proxy on this machine by what that says.

        The last of the addresses is the proxy's own word. One that adds none lets everybody choose, which at most
        multiplies the tries by the addresses that are counted.
        """
        remote = request.remote or ""
        told = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, [])).rpartition(",")[2].strip()
        return f"proxied {told}" if self._address.public and is_loopback(remote) and is_address(told) else remote

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """What holds for every answer: nothing from elsewhere, in no other page, no address told, nothing kept."""
        response.headers.update(_HEADERS)
        origin = self._address.origin_for(request.headers.get(hdrs.HOST, ""))
        response.headers["Content-Security-Policy"] = _POLICY.format(socket=origin.replace("http", "ws", 1))
        response.headers.setdefault("Cache-Control", "no-store")


async def _beginning(request: web.Request) -> bytes:
    """As much of what a request brings as a token may have, in however many pieces it comes."""
    try:
        return await request.content.readexactly(_LONGEST_TOKEN)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
