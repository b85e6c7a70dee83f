"""The shared HTTP client and the routes of its requests: directly, or through the proxy that the environment sets.

A route that the environment makes impossible is a `RouteError`, which names the variable and never quotes it.
"""

import asyncio
import os
import ssl
import weakref
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from tui.agent.wire.addresses import is_address, is_loopback

_LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=60.0)


class RouteError(Exception):
    """No connection can be tried, because of what a variable of the environment says.

    Attributes:
        kind: of the error that this becomes.
        message, hint: for people, in one sentence each.
    """

    def __init__(self, kind: Literal["proxy", "tls"], message: str, hint: str) -> None:
        super().__init__(message)
        self.kind: Literal["proxy", "tls"] = kind
        self.message = message
        self.hint = hint


class Proxy(NamedTuple):
    """The proxy for an address.

    Attributes:
        url: with a scheme, and perhaps with a password; "" for a direct connection.
        source: the variable that sets it, such as "HTTPS_PROXY".
    """

    url: str = ""
    source: str = ""


def proxy_for(url: str) -> Proxy:
    """The proxy that the environment sets for an address; none for every server on this machine."""
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return Proxy()
    proxies = getproxies()
    scheme = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), "")
    if not scheme:
        return Proxy()
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    source = next((name for name in names if os.environ.get(name)), "The system's proxy setting")
    proxy = proxies[scheme].strip()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    # Desktops write socks:// for what is SOCKS 5.
    return Proxy(f"socks5://{proxy.removeprefix('socks://')}" if proxy.startswith("socks://") else proxy, source)


class RoutingTransport(httpx.AsyncBaseTransport):
    """Sends every request on its route: one pool of connections for each proxy, encrypted or not, made when needed.

    Reading the certificates takes 40 ms; where nothing is encrypted, a context without any does as well.
    """

    def __init__(self) -> None:
        self._routes: dict[tuple[str, bool], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            RouteError: the environment names a proxy or certificates that cannot be used.
            httpx.HTTPError: as every transport.
        """
        proxy = proxy_for(str(request.url))
        encrypted = request.url.scheme == "https" or proxy.url.startswith("https:")
        route = self._routes.get((proxy.url, encrypted))
        if route is None:
            route = self._routes[proxy.url, encrypted] = _route(proxy, encrypted)
        return await route.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all routes."""
        for route in self._routes.values():
            await route.aclose()


def _route(proxy: Proxy, encrypted: bool) -> httpx.AsyncHTTPTransport:
    scheme, _, rest = proxy.url.partition("://")
    if proxy.url and scheme not in ("http", "https", "socks5", "socks5h"):
        hint = "Use a proxy whose address begins with http://, https:// or socks5://."
        raise RouteError("proxy", f"{proxy.source} names a kind of proxy that cannot be used: {scheme[:20]}.", hint)
    no_address = RouteError(
        "proxy", f"{proxy.source} is not the address of a proxy.", f"Correct or unset {proxy.source}."
    )
    if proxy.url and not is_address(f"http://{rest}"):
        raise no_address
    trust = _certificates() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.AsyncHTTPTransport(verify=trust, limits=_LIMITS, proxy=proxy.url or None)
    except ImportError:
        message = f"{proxy.source} names a SOCKS proxy, which needs a package that is not installed."
        raise RouteError("proxy", message, "Install it with: pip install 'chinwag[socks]'") from None
    except (ValueError, httpx.InvalidURL):  # both quote the address, which may hold a password
        raise no_address from None


def _certificates() -> ssl.SSLContext:
    folders = os.environ.get("SSL_CERT_DIR", "")
    read = folders and not os.environ.get("SSL_CERT_FILE")
    if read and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep)):  # OpenSSL would not say so
        raise _no_certificates("SSL_CERT_DIR", "Not a directory")
    try:
        return httpx.create_ssl_context()
    except ssl.SSLError:
        raise _no_certificates("SSL_CERT_FILE", "it holds no certificates") from None
    except OSError as error:
        # Only the log of TLS keys is opened by Python itself, which says for which file.
        variable = "SSLKEYLOGFILE" if error.filename else "SSL_CERT_FILE"
        raise _no_certificates(variable, error.strerror or "it cannot be read") from None


def _no_certificates(variable: str, reason: str) -> RouteError:
    return RouteError("tls", f"{variable} names a file that cannot be used: {reason}.", f"Correct or unset {variable}.")


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
