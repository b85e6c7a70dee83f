"""The shared HTTP client and the routes of its requests: directly, or through the proxy that the environment sets."""

import asyncio
import ssl
import weakref
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from tui.agent.wire.addresses import is_loopback

_LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=60.0)


def proxy_for(url: str) -> str:
    """The URL of the proxy that the environment sets for an address; "" for none, and for every server on this machine.

    It may hold a password: show `without_password` of it.
    """
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"


def without_password(url: str) -> str:
    """Host and port of a URL."""
    return urlsplit(url).netloc.rpartition("@")[2] or url


class RoutingTransport(httpx.AsyncBaseTransport):
    """Sends every request on its route: one pool of connections for each proxy, encrypted or not, made when needed.

    Reading the certificates takes 40 ms; where nothing is encrypted, a context without any does as well.
    """

    def __init__(self) -> None:
        self._routes: dict[tuple[str, bool], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.ProxyError: the environment sets a proxy of a kind that cannot be used.
            httpx.HTTPError: as every transport.
        """
        proxy = proxy_for(str(request.url))
        encrypted = request.url.scheme == "https" or proxy.startswith("https:")
        route = self._routes.get((proxy, encrypted))
        if route is None:
            route = self._routes[proxy, encrypted] = _route(proxy, encrypted)
        return await route.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all routes."""
        for route in self._routes.values():
            await route.aclose()


def _route(proxy: str, encrypted: bool) -> httpx.AsyncHTTPTransport:
    trust = True if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.AsyncHTTPTransport(verify=trust, limits=_LIMITS, proxy=proxy or None)
    except (ValueError, ImportError) as error:  # an unknown scheme; SOCKS without its package
        raise httpx.ProxyError(str(error)) from error


# One client for each event loop, because its connections belong to the loop that opened them.
_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = weakref.WeakKeyDictionary()
_open_replies: "weakref.WeakKeyDictionary[httpx.AsyncClient, int]" = weakref.WeakKeyDictionary()


def cached_async_http_client() -> httpx.AsyncClient:
    """The client of the running event loop, shared by all models; made when needed, and anew once it is closed.

    It follows no redirect, so that a key goes nowhere else.
    """
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None or client.is_closed:
        client = _clients[loop] = httpx.AsyncClient(
            transport=RoutingTransport(),
            follow_redirects=False,
            headers={"user-agent": "chinwag", "accept-encoding": "identity"},
        )
    return client


def count_reply(client: httpx.AsyncClient, change: int) -> None:
    """Note that a reply through this client was opened (+1) or closed (-1)."""
    _open_replies[client] = _open_replies.get(client, 0) + change


async def release_client() -> None:
    """Close the shared client of this loop, unless an answer is still being read through it."""
    client = _clients.get(asyncio.get_running_loop())
    if client is not None and not _open_replies.get(client):
        await client.aclose()
