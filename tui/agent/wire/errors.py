"""What goes wrong below an answer, translated once: errors of httpx and of the sockets under it → `ModelAPIError`.

httpx.HTTPError
├── TransportError
│   ├── TimeoutException     ConnectTimeout and PoolTimeout: network · ReadTimeout and WriteTimeout: timeout
│   ├── NetworkError         ConnectError: tls, dns or proxy by its cause, else network · ReadError, WriteError: network
│   ├── ProtocolError        LocalProtocolError: bad_request · RemoteProtocolError: network, malformed if it is not HTTP
│   ├── ProxyError           proxy
│   └── UnsupportedProtocol  bad_request
└── DecodingError            malformed
httpx.InvalidURL, ValueError bad_request
RouteError                   proxy or tls, as it says
ssl.SSLError                 tls, by the number of what is wrong with a certificate, or by what the server said of ours

Once the answer has begun, its time-outs stay what they are, and everything else means that it broke off: stream_cut.
What a library says of our own request quotes its headers and address, so nothing of that is shown.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import httpx

from tui.agent.exceptions import ErrorKind, ModelAPIError
from tui.agent.wire.addresses import secrets_in, without_password
from tui.agent.wire.certificates import RouteError
from tui.agent.wire.client import proxy_for
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.request_context import RequestContext

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RouteError, OSError, ValueError)
"""Everything that sending a request, or reading its answer, raises."""


class _Translation(NamedTuple):
    """Our error: a kind, a sentence and a hint, with the places that `network_error` fills in."""

    kind: ErrorKind
    message: str
    hint: str = ""


_BY_CAUSE: Mapping[type[Exception], _Translation] = {
    ssl.SSLError: _Translation("tls", "No secure connection to {address}{detail}"),
    socket.gaierror: _Translation("dns", "The address {address}{of_label} cannot be found."),
}
_NOT_TRUSTED = _Translation(
    "tls",
    "The certificate of {address} is signed by nobody who is trusted here{detail}",
    "If it is your own server or a company's proxy, name its authority: {ca_place}.",
)
_WANTS_CERTIFICATE = _Translation(
    "tls",
    "{label} at {address} wants a client certificate, and was shown {certificate}{detail}",
    "Name one that it takes: client_cert and client_key in {source}.",
)
_BY_VERIFY_CODE: Mapping[int, _Translation] = {
    9: _Translation("tls", "The certificate of {address} is not valid yet.", "Check the clock of both machines."),
    10: _Translation(
        "tls", "The certificate of {address} has expired.", "It has to be renewed there; check the clock."
    ),
    18: _NOT_TRUSTED,
    19: _NOT_TRUSTED,
    20: _NOT_TRUSTED,
    21: _NOT_TRUSTED,
    62: _Translation("tls", "The certificate of {address} is for another host{detail}", "Check the base URL."),
    64: _Translation("tls", "The certificate of {address} is for another host{detail}", "Check the base URL."),
}
"""By OpenSSL's number of what is wrong (x509_vfy.h)."""
_BY_REASON: Mapping[str, _Translation] = {
    "WRONG_VERSION_NUMBER": _Translation(
        "tls", "{address} does not speak TLS.", "If it is meant to be unencrypted, write http:// in its base URL."
    ),
    "HANDSHAKE_FAILURE": _Translation(
        "tls",
        "{label} at {address} breaks off before a secure connection is there{detail}",
        "It may want a client certificate: client_cert and client_key in {source}; or it is too old.",
    ),
    "CERTIFICATE_REQUIRED": _WANTS_CERTIFICATE,
    "UNKNOWN_CA": _WANTS_CERTIFICATE,
    "BAD_CERTIFICATE": _WANTS_CERTIFICATE,
    "CERTIFICATE_EXPIRED": _WANTS_CERTIFICATE,
    "CERTIFICATE_REVOKED": _WANTS_CERTIFICATE,
    "CERTIFICATE_UNKNOWN": _WANTS_CERTIFICATE,
    "UNSUPPORTED_CERTIFICATE": _WANTS_CERTIFICATE,
}
"""By the end of OpenSSL's word: an alert is what the server says of us, after the handshake in TLS 1.3."""
_RETRY = "Retry, or choose another model."
_WANTS_PASSWORD = _Translation(
    "proxy",
    "The proxy {proxy} wants a user and a password{detail}",
    "Put them into {variable}: http://USER:PASSWORD@HOST:PORT.",
)
_PROXY = _Translation("proxy", "The proxy {proxy} does not let through{detail}", "Check {variable}.")
_NO_PROXY = _Translation("proxy", "The proxy {proxy} cannot be reached{detail}", "Check {variable}.")
_PROXY_VARIABLES = "HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
_UNREACHABLE = _Translation("network", "{label} cannot be reached at {address}.")
_NO_CALL = _Translation("network", "{label} did not take the call within {connect_s:.0f} s.")
_CLOSED = _Translation("network", "{label} closed the connection without an answer{detail}", _RETRY)
_NO_ADDRESS = _Translation("bad_request", "No request can be sent to {base_url}.", "Check the base URL of {label}.")
_UNSENDABLE = _Translation("bad_request", "The request to {label} cannot be sent: it is no valid HTTP.")
_CONNECTING: Mapping[type[Exception], _Translation] = {
    httpx.ProxyError: _PROXY,
    httpx.ConnectTimeout: _NO_CALL,
    httpx.PoolTimeout: _NO_CALL,
    httpx.ConnectError: _UNREACHABLE,
    httpx.InvalidURL: _NO_ADDRESS,
    httpx.UnsupportedProtocol: _NO_ADDRESS,
    httpx.LocalProtocolError: _UNSENDABLE,
    ValueError: _UNSENDABLE,
    httpx.RemoteProtocolError: _CLOSED,
    httpx.ReadError: _CLOSED,
    httpx.WriteError: _CLOSED,
}
_NOT_HTTP = _Translation("malformed", "{label} answered with something that is not HTTP.")
_SILENT = _Translation("timeout", "{label} sent nothing for {silence_s:.0f} s.", _RETRY)
_READING: Mapping[type[Exception], _Translation] = {
    httpx.TimeoutException: _SILENT,
    TimeoutError: _SILENT,
    httpx.DecodingError: _Translation("malformed", "{label} sent bytes that cannot be unpacked{detail}"),
}
_BROKEN_OFF = _Translation("stream_cut", "The connection to {label} broke off {where}{detail}")


_PASSWORD_WANTED = re.compile(r"\b407\b|username|password|authentication", re.IGNORECASE)


def hiding_proxy(context: RequestContext) -> RequestContext:
    """The same, which masks the password of the proxy on the way, too: who answers may quote what was sent."""
    secrets = secrets_in(proxy_for(context.address, context.route).url)
    return replace(context, secrets=(*context.secrets, *secrets)) if secrets else context


def network_error(
    error: Exception,
    context: RequestContext,
    policy: RequestPolicy,
    *,
    in_body: bool = False,
    wordless: bool = False,
    request_id: str = "",
) -> ModelAPIError:
    """Our error for one of `NETWORK_ERRORS`.

    Args:
        error: what was raised.
        context: who was asked.
        policy: how long was waited.
        in_body: the answer had begun.
        wordless: nothing had come of it that anybody reads.
        request_id: of the answer.
    """
    if isinstance(error, RouteError):
        return context.error(error.kind, error.message, error.hint)
    proxy = proxy_for(context.address, context.route)
    detail = hiding_proxy(context).quote(_said_of_tls(error) or str(error), 200)
    ours = _translated(error, detail, in_body=in_body, through_proxy=bool(proxy.url))
    source = context.route.source or f"[providers.{context.provider}]"
    message = ours.message.format(
        label=context.label,
        certificate="one that it refuses" if context.route.client_cert else "none",
        of_label="" if context.label in context.address else f" of {context.label}",
        address=context.address,
        base_url=context.base_url or context.address,
        proxy=without_password(proxy.url) or "set in the environment",
        detail=f": {detail}" if detail else ".",
        connect_s=policy.connect_s,
        silence_s=policy.read_s,
        where="before the first word" if wordless else "in the middle of the answer",
    )
    return context.error(
        ours.kind,
        message,
        ours.hint.format(
            label=context.label,
            variable=proxy.source.replace("The ", "the ") or _PROXY_VARIABLES,
            source=source,
            ca_place=f"ca_file in {source}" if context.route.source else f"ca_file in {source}, or SSL_CERT_FILE",
        ),
        request_id=request_id,
    )


def _translated(error: Exception, detail: str, *, in_body: bool, through_proxy: bool) -> _Translation:
    if in_body:
        return _row(_READING, [error]) or _BROKEN_OFF
    if (of_tls := _tls_translation(error)) is not None:
        return of_tls
    if isinstance(error, httpx.ProxyError) and _PASSWORD_WANTED.search(detail):
        return _WANTS_PASSWORD
    if through_proxy and isinstance(error, httpx.ConnectError):
        return _NO_PROXY
    if isinstance(error, httpx.RemoteProtocolError) and "status line" in detail:  # h11 quotes the bytes, as Python
        return _NOT_HTTP
    causes = [] if isinstance(error, httpx.ProxyError) else [*_causes(error)]
    return _row(_BY_CAUSE, causes) or _row(_CONNECTING, [error]) or _row(_READING, [error]) or _UNREACHABLE


def _tls_error(error: Exception) -> ssl.SSLError | None:
    return next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)


def _said_of_tls(error: Exception) -> str:
    """What OpenSSL says, without its names of functions and lines; "" where it says nothing."""
    found = _tls_error(error)
    return str(getattr(found, "verify_message", "") or (getattr(found, "reason", "") or "").replace("_", " ").lower())


def _tls_translation(error: Exception) -> _Translation | None:
    """What is known to be wrong about a certificate, on either side; None for anything else."""
    found = _tls_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        return _BY_VERIFY_CODE.get(getattr(found, "verify_code", 0))
    reason = (found.reason or "") if found is not None else ""
    return next((ours for word, ours in _BY_REASON.items() if reason.endswith(word)), None)


def _row(table: Mapping[type[Exception], _Translation], errors: list[BaseException]) -> _Translation | None:
    found = (ours for theirs, ours in table.items() if any(isinstance(error, theirs) for error in errors))
    return next(found, None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that it was raised from."""
    seen: set[int] = set()
    stack: list[BaseException] = [error]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if not isinstance(one, ssl.SSLWantReadError | ssl.SSLWantWriteError):  # no failure: how waiting is spelled
            yield one
        stack += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        stack += [cause for cause in (one.__cause__, one.__context__) if cause is not None]
