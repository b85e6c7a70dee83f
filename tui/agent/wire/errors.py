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

Once the answer has begun, its time-outs stay what they are, and everything else means that it broke off: stream_cut.
What a library says of our own request quotes its headers and address, so nothing of that is shown.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import httpx

from tui.agent.exceptions import ErrorKind, ModelAPIError
from tui.agent.wire.addresses import secrets_in, without_password
from tui.agent.wire.client import RouteError, proxy_for
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
_RETRY = "Retry, or choose another model."
_PROXY = _Translation("proxy", "The proxy {proxy} does not let through{detail}", "Check {variable}.")
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
_BROKEN_OFF = _Translation("stream_cut", "The connection to {label} broke off in the middle of the answer{detail}")


def hiding_proxy(context: RequestContext) -> RequestContext:
    """The same, which masks the password of the proxy on the way, too: who answers may quote what was sent."""
    secrets = secrets_in(proxy_for(context.address).url)
    return replace(context, secrets=(*context.secrets, *secrets)) if secrets else context


def network_error(
    error: Exception, context: RequestContext, policy: RequestPolicy, *, in_body: bool = False, request_id: str = ""
) -> ModelAPIError:
    """Our error for one of `NETWORK_ERRORS`.

    Args:
        error: what was raised.
        context: who was asked.
        policy: how long was waited.
        in_body: the answer had begun.
        request_id: of the answer.
    """
    if isinstance(error, RouteError):
        return context.error(error.kind, error.message, error.hint)
    proxy = proxy_for(context.address)
    detail = hiding_proxy(context).quote(str(error), 200)
    ours = _translated(error, detail, in_body=in_body, through_proxy=bool(proxy.url))
    message = ours.message.format(
        label=context.label,
        of_label="" if context.label in context.address else f" of {context.label}",
        address=context.address,
        base_url=context.base_url or context.address,
        proxy=without_password(proxy.url) or "set in the environment",
        detail=f": {detail}" if detail else ".",
        connect_s=policy.connect_s,
        silence_s=policy.read_s,
    )
    return context.error(
        ours.kind,
        message,
        ours.hint.format(label=context.label, variable=proxy.source.replace("The ", "the ") or _PROXY_VARIABLES),
        request_id=request_id,
    )


def _translated(error: Exception, detail: str, *, in_body: bool, through_proxy: bool) -> _Translation:
    if in_body:
        return _row(_READING, [error]) or _BROKEN_OFF
    if through_proxy and isinstance(error, httpx.ConnectError):
        return _PROXY
    if isinstance(error, httpx.RemoteProtocolError) and "status line" in detail:  # h11 quotes the bytes, as Python
        return _NOT_HTTP
    causes = [] if isinstance(error, httpx.ProxyError) else [*_causes(error)]
    return _row(_BY_CAUSE, causes) or _row(_CONNECTING, [error]) or _row(_READING, [error]) or _UNREACHABLE


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
        yield one
        stack += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        stack += [cause for cause in (one.__cause__, one.__context__) if cause is not None]
