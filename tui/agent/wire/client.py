"""The shared HTTP client and the routes of its requests: directly or through a proxy, with which certificates.

A route that the environment or the configuration makes impossible is a `RouteError`.
"""

import asyncio
import os
import ssl
import weakref
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from tui.agent.wire.addresses import is_address, is_loopback
from tui.agent.wire.certificates import RouteError, certificates_for
from tui.agent.wire.route import Route

_LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=60.0)


class Proxy(NamedTuple):
    """The proxy for an address.

    Attributes:
        url: with a scheme, and perhaps with a password; "" for a direct connection.
        source: what sets it, such as "HTTPS_PROXY".
    """

    url: str = ""
    source: str = ""


def proxy_for(url: str, route: Route = Route()) -> Proxy:  # noqa: B008  frozen
    """The proxy of a route, or the one that the environment sets for an address: none for those of this machine."""
    if route.proxy:
        return Proxy() if route.proxy == "none" else Proxy(_proxy_url(route.proxy), f"proxy of {route.source}")
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return Proxy()
    proxies = getproxies()
    scheme = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), "")
    if not scheme:
        return Proxy()
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    source = next((name for name in names if os.environ.get(name)), "The system's proxy setting")
    return Proxy(_proxy_url(proxies[scheme]), source)


def _proxy_url(text: str) -> str:
    text = text.strip()
    url = text if "://" in text else f"http://{text}"
    # Desktops write socks:// for what is SOCKS 5.
    return f"socks5://{url.removeprefix('socks://')}" if url.startswith("socks://") else url


class RoutingTransport(httpx.AsyncBaseTransport):
    """Sends every request on its route: one pool of connections for each, made when it is needed.

    Reading the certificates takes 40 ms; where nothing is encrypted, a context without any does as well. A request has
    the `Route` of its provider among its extensions, under "route".
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[object, ...], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            RouteError: the route has a proxy or certificates that cannot be used.
            httpx.HTTPError: as every transport.
        """
        route = request.extensions.get("route") or Route()
        proxy = proxy_for(str(request.url), route)
        encrypted = request.url.scheme == "https" or proxy.url.startswith("https:")
        files = (route.ca_file, route.client_cert, route.client_key) if encrypted else ()
        key = (proxy.url, encrypted, *((file, _changed_at(file)) for file in files if file))
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = _pool(proxy, encrypted, route)
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all routes."""
        for pool in self._pools.values():
            await pool.aclose()


def _changed_at(file: str) -> int:
    """When a file was last written: certificates are renewed, some every day, while a chat is open."""
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


def _pool(proxy: Proxy, encrypted: bool, route: Route) -> httpx.AsyncHTTPTransport:
    scheme, _, rest = proxy.url.partition("://")
    if proxy.url and scheme not in ("http", "https", "socks5", "socks5h"):
        hint = "Use a proxy whose address begins with http://, https:// or socks5://."
        raise RouteError("proxy", f"{proxy.source} names a kind of proxy that cannot be used: {scheme[:20]}.", hint)
    no_address = RouteError(
        "proxy", f"{proxy.source} is not the address of a proxy.", f"Correct or unset {proxy.source}."
    )
    if proxy.url and not is_address(f"http://{rest}"):
        raise no_address
    trust = certificates_for(route) if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # A proxy that is spoken to in private is not shown the certificate that is meant for the server.
        its_trust = certificates_for(Route()) if scheme == "https" else None
        through = httpx.Proxy(proxy.url, ssl_context=its_trust) if proxy.url else None
        return httpx.AsyncHTTPTransport(verify=trust, limits=_LIMITS, proxy=through)
    except ImportError:
        message = f"{proxy.source} names a SOCKS proxy, which needs a package that is not installed."
        raise RouteError("proxy", message, "chinwag doctor says how to get the extra socks.") from None
    except (ValueError, httpx.InvalidURL):  # both quote the address, which may hold a password
        raise no_address from None


# One client for each event loop, because its connections belong to the loop that opened them.
_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = weakref.WeakKeyDictionary()
_open_replies: "weakref.WeakKeyDictionary[httpx.AsyncClient, int]" = weakref.WeakKeyDictionary()


def cached_async_http_client() -> httpx.AsyncClient:
    """The client of the running event loop, shared by all models; made when needed, and anew once it is closed.

    It follows no redirect, so that a key goes nowhere else, and keeps no cookie: a page leaves nothing for a provider.
    """
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None or client.is_closed:
        client = _clients[loop] = httpx.AsyncClient(
            transport=RoutingTransport(),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
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
