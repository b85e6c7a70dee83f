"""What a provider's refusal means: status, headers and body → one error with a kind, a cause and a hint.

Knows no HTTP library.
"""

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from html import unescape
from http import HTTPStatus
from typing import Any

from tui.agent.exceptions import ErrorKind, ModelAPIError, ModelHTTPError
from tui.agent.wire.json import decoded
from tui.agent.wire.request_context import RequestContext, without_controls

_USUAL = (200, 201, 203)  # frameworks say 201 to every POST, proxies 203
_LONGEST_WAIT_S = 366 * 86400.0
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id", "cf-ray")


def http_error(context: RequestContext, status: int, headers: Mapping[str, str], body: bytes) -> ModelHTTPError:
    """The error that an answer with a status of 300 or above stands for.

    Only a text that speaks of the model, or names it, blames the model: a 404 is the address otherwise.

    Args:
        context: who was asked.
        status: the HTTP status.
        headers: with lower-case names.
        body: the beginning of the body, as it came.
    """
    value, sentence = _read_body(context, body, headers.get("content-type", ""))
    kind = _kind_of(status, value, sentence, context.model)
    wait_s = retry_after_s(headers, value)
    verb = _verb(kind, context) if kind != "server" or status >= 500 else "answered with an error"  # 409 is none of its
    message = f"{context.label} {verb} ({status})"
    hint = context.hint(kind, wait_s)
    if 300 <= status < 400 and not headers.get("location"):
        kind = "malformed"
        message, hint = f"{context.label} answered with status {_named_status(status)}", context.hint(kind)
    elif 300 <= status < 400:
        target = context.quote(headers["location"], 200)
        message = f"{context.label} redirects to {target} ({status}); redirects are not followed, to keep the key safe"
        hint = "If you trust that address, set it as the base URL."
    return ModelHTTPError(
        status,
        context.model,
        value,
        message=f"{message}: {sentence}" if sentence and status >= 400 else f"{message}.",
        kind=kind,
        provider=context.provider,
        hint=hint,
        request_id=request_id_of(headers, value),
        retry_after_s=wait_s,
    )


def event_error(context: RequestContext, value: Any, http_status: int = 200) -> ModelAPIError:
    """The error that an error object inside an answer stands for, in any vendor's shape.

    One that names a status, or a type that a vendor's documentation gives a status, is a `ModelHTTPError` of that.

    Args:
        context: who was asked.
        value: the error object, or what holds it.
        http_status: of the answer; one that is no plain success is named.
    """
    sentence = context.quote(_error_text(value))
    status = _status_inside(value)
    kind = _kind_of(status, value, sentence, context.model)
    wait_s = retry_after_s({}, value)
    verb = "answered with an error" if kind == "server" and not status else _verb(kind, context)
    message = f"{context.label} {verb}{f' ({status})' if status else ''}{odd_status(http_status)}"
    message = f"{message}: {sentence}" if sentence else f"{message}."
    hint, request_id = context.hint(kind, wait_s), request_id_of({}, value)
    if not status:
        return context.error(kind, message, hint, request_id=request_id, retry_after_s=wait_s)
    return ModelHTTPError(
        status,
        context.model,
        decoded(context.masked(json.dumps(value))),
        message=message,
        kind=kind,
        provider=context.provider,
        hint=hint,
        request_id=request_id,
        retry_after_s=wait_s,
    )


def odd_status(status: int) -> str:
    """What to add to a message about an answer whose status is neither an error nor the usual: " with status 206 …"."""
    return "" if status in _USUAL else f" with status {_named_status(status)}"


def _named_status(status: int) -> str:
    """A status with its name, such as "206 (Partial Content)"."""
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def page_error(context: RequestContext, page: str) -> ModelAPIError:
    """The error for a web page where an answer should be: a captive portal, a company's proxy, or a wrong address."""
    title = context.quote(_page_title(page), 200)
    message = f"{context.label} sent a web page instead of an answer"
    return context.error("malformed", f"{message}: {title}" if title else f"{message}.")


def is_error(value: Any) -> bool:
    """Whether a JSON value is an error object and not an answer."""
    if isinstance(value, list):
        return bool(value) and is_error(value[0])
    return isinstance(value, dict) and (bool(value.get("error")) or value.get("type") == "error")


def request_id_of(headers: Mapping[str, str], value: Any = None) -> str:
    """The provider's id of the request, or ""."""
    found = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
    if not found and isinstance(value, dict):
        found = value.get("request_id") or ""
    return without_controls(str(found))[:100]


def retry_after_s(headers: Mapping[str, str], value: Any = None) -> float | None:
    """How long the server asks to wait, in seconds: by header (milliseconds, seconds, date) or Gemini's RetryInfo."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after", "")
    seconds = _number(after)
    if seconds is not None:
        return seconds
    if after:
        try:
            wait_s = email.utils.parsedate_to_datetime(after).timestamp() - time.time()
            return min(max(0.0, wait_s), _LONGEST_WAIT_S)
        except (ValueError, OverflowError):
            return None
    reset = _rate_reset_s(headers)
    return _retry_info_s(value) if reset is None else reset


_VERBS: dict[ErrorKind, str] = {
    "auth": "refused the key",
    "quota": "reports that the account has no credit left",
    "rate_limit": "is being asked too often",
    "overloaded": "is overloaded",
    "context_too_long": "cannot take a conversation this long",
    "refused": "declined to answer",
    "unsupported_input": "cannot take this kind of input",
    "model_not_found": "does not know the model",
    "bad_request": "did not accept the request",
    "server": "had an internal error",
    "proxy": "cannot be asked: the proxy before it wants a user and a password",
}


def _verb(kind: ErrorKind, context: RequestContext) -> str:
    if kind == "address":
        return f"knows no API at {context.base_url or context.address}"
    return _VERBS.get(kind, "answered with an error")


def _read_body(context: RequestContext, body: bytes, content_type: str) -> tuple[Any, str]:
    """The decoded body and what it says, in one line for people."""
    text = context.masked(body.decode("utf-8", "replace"))  # servers echo keys, and the error carries the body
    event = re.match(r"(?:event:[^\n]*\n)?data: ?([^\r\n]+)", text)
    if event:  # gateways that had begun a stream wrap what went wrong in an event
        text = event[1]
    try:
        value = decoded(text)
    except ValueError:
        is_page = "html" in content_type or text.lstrip()[:1] == "<"
        page = (_page_title(text) or "a web page instead of an answer") if is_page else ""
        return None, context.quote(page or text, 200)
    return value, context.quote(_error_text(value))


def _page_title(page: str) -> str:
    title = re.search(r"<(title|h1)[^>]*>(.*?)</\1", page[:20_000], re.IGNORECASE | re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", title.group(2))).strip() if title else ""


def _error_text(value: Any) -> str:
    """The sentence inside an error object, wherever this vendor puts it; "" when there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_error_text(item) for item in value[:3])))
    if not isinstance(value, dict):
        return ""
    raw = value["metadata"].get("raw") if isinstance(value.get("metadata"), dict) else None
    sentence = next(
        (
            found
            for key in ("error", "message", "Message", "msg", "detail", "errors")
            if (found := _error_text(value.get(key)))
        ),
        "",
    )
    if isinstance(raw, str) and raw and raw not in sentence:  # OpenRouter: what the vendor behind it wrote
        return f"{sentence}: {_error_text(_parsed(raw))}" if sentence else _error_text(_parsed(raw))
    return sentence


def _parsed(text: str) -> Any:
    try:
        return decoded(text)
    except ValueError:
        return text


def _inner(value: Any) -> dict[str, Any]:
    """The object that holds code and type: the one under "error", or the value itself."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return {}
    inner = value.get("error")
    return inner if isinstance(inner, dict) else value


_INTERNAL_ERROR = re.compile(
    r"(internal_)?server_error|internal(_error)?|api_error|Internal(Server|Failure)(Error|Exception)|modelStreamErrorException",
    re.IGNORECASE,
)
"""The types of errors that OpenAI, Anthropic, Google, AWS and vLLM document as their status 500."""


def _status_inside(value: Any) -> int:
    inner = _inner(value)
    found = [str(inner.get(key)) for key in ("status_code", "code", "status", "type")]
    numbers = (int(code) for code in found if re.fullmatch(r"[3-9]\d\d", code))
    return next(numbers, 500 if any(_INTERNAL_ERROR.fullmatch(code) for code in found) else 0)


_PATTERNS: tuple[tuple[ErrorKind, str], ...] = (
        ("quota", r"insufficient_quota|insufficient[ _]balance|billing|credit balance|out of credits"
                  r"|exceeded your current quota"),
        ("context_too_long", r"context_length_exceeded|exceed_context_size|maximum context length"
                             r"|context (window|size|length|limit)|(prompt|input) is too long|maximum prompt length"
                             r"|exceeds the maximum number of tokens|reduce the length of the messages"
                             r"|inputs` tokens"
                             r"|too many (input )?tokens|request_too_large"),
        ("auth", r"invalid_api_key|authentication_error|api[ _]key not valid|API_KEY_INVALID|UNAUTHENTICATED"
                 r"|unauthorized|UnrecognizedClient|ExpiredToken|permission_error"),
        ("rate_limit", r"rate_limit|too many requests|RESOURCE_EXHAUSTED|throttling"),
        ("overloaded", r"overloaded|UNAVAILABLE|ServiceUnavailable|ModelNotReady"),
        ("refused", r"content_filter|content_policy|moderation|flagged|safety"),
        ("unsupported_input", r"image input|(image|audio|file|pdf|document|vision|modalit\w+)[^.]{0,60}not support"
                              r"|not support[^.]{0,40}(image|audio|file|pdf|document|vision)"
                              r"|unsupported (image|media|file)"),
        ("model_not_found", r"model_not_found"
                            r"|model[^.]{0,120}(does not exist|not found|is not (available|supported))"
                            r"|no such model|invalid model name|unknown [\w ]{0,20}model|no endpoints found"
                            r"|models/\S+ is not found|have access to (the )?model"),
)  # fmt: skip

_STATUS_KINDS: dict[int, ErrorKind] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "address",
    405: "address",
    407: "proxy",
    408: "timeout",
    409: "server",
    413: "context_too_long",
    429: "rate_limit",
    503: "overloaded",
    504: "overloaded",
    501: "address",
    505: "bad_request",
    511: "malformed",
    529: "overloaded",
}
# What a body's text may mean under a status; a rate limit's text about "tokens" is still a rate limit.
_KINDS_IN_BODY: dict[int, frozenset[ErrorKind]] = {
    401: frozenset(),
    402: frozenset(),
    403: frozenset({"quota", "refused", "model_not_found", "unsupported_input"}),
    408: frozenset(),
    413: frozenset({"unsupported_input"}),
    429: frozenset({"quota", "overloaded"}),
    529: frozenset(),
}


_UNKNOWN_ADDRESS = re.compile(
    r"invalid url|unexpected endpoint|unrecognized request url|\bcannot (post|get)\b|no route"
    r"|(no such|unknown|invalid|unsupported) (api )?(path|endpoint|route|url|uri)"
    r"|(path|endpoint|route|url) (does not exist|(is )?not (found|supported|defined))|^((page|file) )?not found\W*$",
    re.IGNORECASE,
)
"""How servers word that they know no such address; OpenAI, LM Studio, llama.cpp, Express and their like."""

_PATH = re.compile(r"(?<![\w.])(?:https?:/)?/[^\s\"',;)]*")


def _kind_of(status: int, value: Any, sentence: str, model: str) -> ErrorKind:
    inner = _inner(value)
    code = " ".join(str(inner.get(key) or "") for key in ("code", "type", "status", "name"))
    sentence = _PATH.sub("", sentence).strip()  # a path such as /v1/models says nothing of a model
    allowed = _KINDS_IN_BODY.get(status)
    if status in (0, 400, 404, 405, 501) and _UNKNOWN_ADDRESS.search(sentence):
        return "address"
    for kind, pattern in _PATTERNS:
        if (allowed is None or kind in allowed) and re.search(pattern, f"{code} {sentence}", re.IGNORECASE):
            return kind
    if status == 404 or "not_found" in code:
        return "model_not_found" if model and _speaks_of(model, sentence) else "address"
    if status in _STATUS_KINDS:
        return _STATUS_KINDS[status]
    return (
        "bad_request"
        if 300 <= status < 500 or re.search(r"invalid_request|validation", f"{code} {sentence}")
        else "server"
    )


def _speaks_of(model: str, sentence: str) -> bool:
    return bool(re.search(rf"\bmodels?\b|\bdeployment\b|(?<!\w){re.escape(model)}(?!\w)", sentence, re.IGNORECASE))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return min(max(0.0, number), _LONGEST_WAIT_S) if math.isfinite(number) else None


_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def _rate_reset_s(headers: Mapping[str, str]) -> float | None:
    """When the limit that is used up begins anew: OpenAI and Groq write "6m0s" or "120ms"."""
    for limit in ("requests", "tokens"):
        reset = headers.get(f"x-ratelimit-reset-{limit}", "")
        if headers.get(f"x-ratelimit-remaining-{limit}") == "0" and re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", reset):
            return sum(
                float(number) * _UNITS_S[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|h|m|s)", reset)
            )
    return None


def _retry_info_s(value: Any) -> float | None:
    details = _inner(value).get("details")
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str):
            return _number(delay.removesuffix("s"))
    return None
