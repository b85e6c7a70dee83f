"""By which names the server is called: a foreign name that leads here (DNS rebinding) is none of them."""

import socket
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from tui.dataclass import dataclass
from tui.errors import UsageError

_USUAL_PORTS = {"http": 80, "https": 443}
_EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and how it is reached.

    Attributes:
        host: what was asked for, such as "127.0.0.1" or "0.0.0.0".
        secure: it speaks TLS itself.
        public: the origin under which a proxy serves it, such as "https://chat.example.com"; "" for none.
    """

    host: str
    port: int
    secure: bool = False
    public: str = ""

    @property
    def scheme(self) -> str:
        """That of the server itself."""
        return "https" if self.secure else "http"

    @property
    def origin(self) -> str:
        """Where a browser is sent to."""
        if self.public:
            return self.public
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"{self.scheme}://{host}" + ("" if self.port == _USUAL_PORTS[self.scheme] else f":{self.port}")

    def origin_for(self, host: str) -> str:
        """The origin of the pages that a browser asks for by this `Host` header."""
        return self.origin if self.public or not self.is_ours(host) else f"{self.scheme}://{host}"

    @property
    def is_encrypted(self) -> bool:
        """Whether what goes to the browser can be read by nobody else on the way."""
        return self.origin.startswith("https:") or (is_loopback(self.host) and not self.public)

    def is_ours(self, host: str) -> bool:
        """Whether a `Host` header names this server.

        An address in figures cannot be rebound: where the server listens everywhere, each of them is ours.
        """
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if not name or parts.netloc != host or "@" in host:
            return False
        if self._is_public(host):
            return True
        if (port or _USUAL_PORTS[self.scheme]) != self.port:
            return False
        return name in self._names or (self.host in _EVERYWHERE and is_address(name))

    def _is_public(self, host: str) -> bool:
        """Whether it is the name of the proxy, which may leave out the port, as nginx does by its `$host`."""
        public = urlsplit(self.public)
        return bool(self.public) and host.lower() in (public.netloc, public.netloc.removesuffix(f":{public.port}"))

    @property
    def _names(self) -> set[str]:
        names = {self.host.lower()}
        if is_loopback(self.host) or self.host in _EVERYWHERE:
            names |= {"localhost", "127.0.0.1", "::1"}
        if self.host in _EVERYWHERE:
            names |= {socket.gethostname().lower(), f"{socket.gethostname().lower()}.local"}
        return names

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is ours; `host` is the `Host` header of its request, which is."""
        if self.public and (origin == self.public or self._is_public(host)):
            return origin == self.public
        return origin == f"{self.scheme}://{host}".lower()


def public_origin(url: str) -> str:
    """The origin of an address that was typed.

    Raises:
        UsageError: it is not an address of the web, or has a path, which the pages could not be found below.
    """
    parts = urlsplit(url)
    with suppress(ValueError):
        if parts.scheme in _USUAL_PORTS and parts.hostname and not parts.username and parts.path in ("", "/"):
            port = "" if parts.port in (None, _USUAL_PORTS[parts.scheme]) else f":{parts.port}"
            name = f"[{parts.hostname}]" if ":" in parts.hostname else _in_ascii(parts.hostname)
            return f"{parts.scheme}://{name}{port}"
    raise UsageError(f"--public-url {url} is no address of a server.", "Such as: https://chat.example.com")


def _in_ascii(name: str) -> str:
    """A name as browsers send it: by UTS 46, which keeps an "ß" that Python's own codec (RFC 3490) makes "ss" of.

    Raises:
        ValueError: no name is spelled so.
    """
    if name.isascii():
        return name
    import idna

    return idna.encode(name, uts46=True).decode()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether it is an address in figures."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
