"""Whom an encrypted connection trusts, and as whom it shows itself: certificates read for one route.

A file that cannot be used is a `RouteError`, which names where it was set and never quotes it.
"""

import os
import ssl
import sys
from pathlib import Path
from typing import Literal, NoReturn

import httpx

from tui.agent.wire.route import Route


class RouteError(Exception):
    """No connection can be tried, because of what the environment or the configuration says.

    Attributes:
        kind: of the error that this becomes.
        message, hint: for people, in one sentence each.
    """

    def __init__(self, kind: Literal["proxy", "tls"], message: str, hint: str) -> None:
        super().__init__(message)
        self.kind: Literal["proxy", "tls"] = kind
        self.message = message
        self.hint = hint


def certificates_for(route: Route) -> ssl.SSLContext:
    """The context for a route: its own authorities or the usual ones, and its own certificate.

    Raises:
        RouteError: a file cannot be used.
    """
    context = _authorities_of(route) if route.ca_file else _usual_authorities()
    if route.client_cert:
        _show(context, route)
    return context


def _usual_authorities() -> ssl.SSLContext:
    """Those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name; else those of certifi and of the system."""
    folders = os.environ.get("SSL_CERT_DIR", "")
    named = folders or os.environ.get("SSL_CERT_FILE")
    read = folders and not os.environ.get("SSL_CERT_FILE")
    if read and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep)):  # OpenSSL would not say so
        _refuse("SSL_CERT_DIR", "Not a directory")
    if not named and sys.platform in ("darwin", "win32"):
        return _of_the_system()
    try:
        context = httpx.create_ssl_context()
    except ssl.SSLError:
        _refuse("SSL_CERT_FILE", "it holds no certificates")
    except OSError as error:
        # Only the log of TLS keys is opened by Python itself, which says for which file.
        variable = "SSLKEYLOGFILE" if error.filename else "SSL_CERT_FILE"
        _refuse(variable, error.strerror or "it cannot be read")
    if not named:
        context.set_default_verify_paths()  # what a company has installed there is meant for every program
    return context


def _of_the_system() -> ssl.SSLContext:
    """The context that has the system itself verify: only it knows what was installed in its store."""
    try:
        import truststore
    except ImportError:
        return httpx.create_ssl_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _authorities_of(route: Route) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=route.ca_file)
    except ssl.SSLError:
        _refuse(f"ca_file of {route.source}", "it holds no certificates")
    except OSError as error:
        _refuse(f"ca_file of {route.source}", error.strerror or "it cannot be read")


def _show(context: ssl.SSLContext, route: Route) -> None:
    """Have a context show the route's certificate; a passphrase is asked for by nobody, OpenSSL would on the screen."""
    for name, file in (("client_cert", route.client_cert), ("client_key", route.client_key)):
        try:
            if file:
                Path(file).read_bytes()
        except OSError as error:
            _refuse(f"{name} of {route.source}", error.strerror or "it cannot be read")
    try:
        context.load_cert_chain(route.client_cert, route.client_key or None, password=lambda: b"")
    except ssl.SSLError as error:
        fits = "the certificate and the key do not belong together"
        reason = fits if error.reason == "KEY_VALUES_MISMATCH" else _UNREADABLE
        _refuse(f"{'client_key' if route.client_key else 'client_cert'} of {route.source}", reason)


_UNREADABLE = "it has to be a PEM file with a key that no passphrase protects"


def _refuse(place: str, reason: str) -> NoReturn:
    hint = f"Correct {place}." if " of " in place else f"Correct or unset {place}."
    raise RouteError("tls", f"{place} names a file that cannot be used: {reason}.", hint) from None
