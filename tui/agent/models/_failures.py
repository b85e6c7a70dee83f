"""What a provider's refusal means: status, headers and body → one error with a kind, a cause and a next step in words.

Knows no HTTP library. Text from a server is cut, cleaned of control characters and freed of keys before it becomes part
of a message.
"""

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from tui.agent.exceptions import ErrorKind, ModelAPIError, ModelHTTPError

_LONGEST_QUOTE = 300
_LONGEST_WAIT_S = 366 * 86400.0
_KEY_PATTERN = re.compile(r"\b(sk-|sk_|gsk_|hf_|xai-|pplx-|AIza|csk-|fw_|tgp_|AKIA|Bearer )[\w.*\-]{4,}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked for what, so that an error can say so.

    Attributes:
        provider: the vendor's short name, such as "openai".
        label: its name for people.
        model: the model's name, or "" when the request is not about one.
        address: scheme, host and port, for errors of the network.
        key_hint: where its key comes from, such as "OPENAI_API_KEY", or "".
        local: it runs on the user's machine.
        secrets: values that must not stand in any message.
    """

    provider: str
    label: str
    model: str = ""
    address: str = ""
    key_hint: str = ""
    local: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def quote(self, text: str, limit: int = _LONGEST_QUOTE) -> str:
        """Foreign text on one line, cut, cleaned, without keys."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        text = _KEY_PATTERN.sub(r"\1…", _CONTROLS.sub(" ", text[: limit * 20]))
        text = " ".join(text.split())
        return text if len(text) <= limit else f"{text[: limit - 1]}…"

    def failed(
        self,
        kind: ErrorKind,
        message: str,
        hint: str = "",
        *,
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> ModelAPIError:
        """An error without an HTTP status."""
        return ModelAPIError(
            self.model,
            message,
            kind=kind,
            provider=self.provider,
            hint=hint or _hint(kind, self),
            request_id=request_id,
            retry_after_s=retry_after_s,
        )


def http_failure(asked: Asked, status: int, headers: Mapping[str, str], body: bytes) -> ModelHTTPError:
    """The error that an answer with a status of 300 or above stands for.

    Args:
        asked: who was asked.
        status: the HTTP status.
        headers: with lower-case names.
        body: the beginning of the body, as it came.
    """
    value, said = _read_body(asked, body, headers.get("content-type", ""))
    kind = _kind_of(status, value, said)
    if status == 404 and kind == "bad_request" and asked.model and isinstance(value, dict) and "error" in value:
        kind = "model_not_found"  # whoever answers in an API's own shape knows the address, so it is the model
    wait_s = retry_after_s(headers, value)
    message = f"{asked.label} {_VERBS.get(kind, 'answered with an error')} ({status})"
    hint = _hint(kind, asked, wait_s)
    if status == 404 and kind == "bad_request":
        message, hint = f"{asked.label} knows no such address (404)", f"Check the base URL {asked.address}."
    if 300 <= status < 400:
        target = asked.quote(headers.get("location", "nowhere"), 200)
        message = f"{asked.label} redirects to {target} ({status}); redirects are not followed, to keep the key safe"
        hint = "If you trust that address, set it as the base URL."
    return ModelHTTPError(
        status,
        asked.model,
        value,
        message=f"{message}: {said}" if said and status >= 400 else f"{message}.",
        kind=kind,
        provider=asked.provider,
        hint=hint,
        request_id=request_id_of(headers, value),
        retry_after_s=wait_s,
    )


def event_failure(asked: Asked, value: Any) -> ModelAPIError:
    """The error that an error object inside an answer of status 200 stands for, in any vendor's shape."""
    said = asked.quote(_said(value))
    status = _status_inside(value)
    kind = _kind_of(status, value, said)
    wait_s = retry_after_s({}, value)
    message = f"{asked.label} {_VERBS.get(kind, 'broke off with an error')}"
    return asked.failed(
        kind,
        f"{message}: {said}" if said else f"{message}.",
        _hint(kind, asked, wait_s),
        request_id=request_id_of({}, value),
        retry_after_s=wait_s,
    )


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
    return _CONTROLS.sub("", str(found))[:100]


def retry_after_s(headers: Mapping[str, str], value: Any = None) -> float | None:
    """How long the server asks to wait, in seconds: by header (milliseconds, seconds, date) or Gemini's RetryInfo."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after", "")
    seconds = _number(said)
    if seconds is not None:
        return seconds
    if said:
        try:
            wait_s = email.utils.parsedate_to_datetime(said).timestamp() - time.time()
            return min(max(0.0, wait_s), _LONGEST_WAIT_S)
        except (ValueError, OverflowError):
            return None
    reset = _rate_reset_s(headers)
    return _retry_info_s(value) if reset is None else reset


def words_for_wait(seconds: float) -> str:
    """A waiting time for people: "40 s", "12 min", "3 h", and the time of day when it is long."""
    if seconds < 120:
        return f"{round(seconds)} s"
    at = time.strftime("%H:%M", time.localtime(time.time() + seconds))
    words = f"{round(seconds / 60)} min" if seconds < 2 * 3600 else f"{round(seconds / 3600)} h"
    return f"{words} (until {at})" if seconds < 86400 else words


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
}


def _hint(kind: ErrorKind, asked: Asked, wait_s: float | None = None) -> str:
    wait = f"Try again in {words_for_wait(wait_s)}." if wait_s else ""
    hints: dict[ErrorKind, str] = {
        "auth": f"Check the key in {asked.key_hint}." if asked.key_hint else f"Check the key for {asked.label}.",
        "quota": f"Add credit to the {asked.label} account, or choose another model.",
        "rate_limit": wait or "Wait a moment, then retry, or choose another model.",
        "overloaded": wait or "Wait a moment, then retry, or choose another model.",
        "context_too_long": "Shorten the conversation, or choose a model with a larger context window.",
        "refused": "Rephrase the prompt, or choose another model.",
        "unsupported_input": "Remove the attachment, or choose a model that can read it.",
        "model_not_found": f"Choose a model that {asked.label} offers.",
        "bad_request": "Change the settings or choose another model, then retry.",
        "network": f"Start the server at {asked.address}." if asked.local else "Check the connection, then retry.",
        "dns": f"Check the address {asked.address} and the connection.",
        "tls": "The connection is not private. Check the clock, a company's proxy, or SSL_CERT_FILE.",
        "proxy": "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.",
        "stream_cut": "What arrived is kept. Retry to get a whole answer.",
        "limit": "What arrived is kept.",
        "malformed": f"Check that {asked.address or asked.label} is the address of a model's API.",
    }
    return hints.get(kind, wait or "Retry, or choose another model.")


def _read_body(asked: Asked, body: bytes, content_type: str) -> tuple[Any, str]:
    """The decoded body and what it says, in one line for people."""
    text = body.decode("utf-8", "replace")
    for secret in asked.secrets:  # whoever looks into the error finds no key that the server echoed
        text = text.replace(secret, "…")
    event = re.match(r"(?:event:[^\n]*\n)?data: ?([^\r\n]+)", text)
    if event:  # gateways that had begun a stream wrap what went wrong in an event
        text = event[1]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        is_page = "html" in content_type or text.lstrip()[:1] == "<"
        return None, asked.quote(_page_title(text) if is_page else text, 200)
    return value, asked.quote(_said(value))


def _page_title(page: str) -> str:
    title = re.search(r"<(title|h1)[^>]*>(.*?)</\1", page[:20_000], re.IGNORECASE | re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", title.group(2))) if title else "a web page instead of an answer"


def _said(value: Any) -> str:
    """The sentence inside an error object, wherever this vendor puts it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_said(item) for item in value[:3])))
    if not isinstance(value, dict):
        return ""
    raw = value["metadata"].get("raw") if isinstance(value.get("metadata"), dict) else None
    said = next(
        (
            found
            for key in ("error", "message", "Message", "msg", "detail", "errors")
            if (found := _said(value.get(key)))
        ),
        "",
    )
    if isinstance(raw, str) and raw and raw not in said:  # OpenRouter: what the vendor behind it said
        return f"{said}: {_said(_parsed(raw))}" if said else _said(_parsed(raw))
    return said


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _inner(value: Any) -> dict[str, Any]:
    """The object that holds code and type: the one under "error", or the value itself."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return {}
    inner = value.get("error")
    return inner if isinstance(inner, dict) else value


def _status_inside(value: Any) -> int:
    inner = _inner(value)
    found = (str(inner.get(key)) for key in ("status_code", "code", "status"))
    return next((int(code) for code in found if code.isdecimal() and len(code) == 3 and code >= "300"), 0)


_WORDS: tuple[tuple[ErrorKind, str], ...] = (
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
        ("model_not_found", r"model_not_found|not_found_error"
                            r"|model[^.]{0,120}(does not exist|not found|is not (available|supported))"
                            r"|no such model|invalid model name|unknown [\w ]{0,20}model|no endpoints found"
                            r"|models/\S+ is not found|have access to (the )?model"),
)  # fmt: skip

_STATUS_KINDS: dict[int, ErrorKind] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "bad_request",
    408: "timeout",
    409: "server",
    413: "context_too_long",
    429: "rate_limit",
    503: "overloaded",
    504: "overloaded",
    529: "overloaded",
}
# What the words of a body may mean under a status; a rate limit's text about "tokens" is still a rate limit.
_WORDS_THAT_COUNT: dict[int, frozenset[ErrorKind]] = {
    401: frozenset(),
    402: frozenset(),
    403: frozenset({"quota", "refused", "model_not_found", "unsupported_input"}),
    408: frozenset(),
    413: frozenset({"unsupported_input"}),
    429: frozenset({"quota", "overloaded"}),
    529: frozenset(),
}


def _kind_of(status: int, value: Any, said: str) -> ErrorKind:
    inner = _inner(value)
    words = " ".join(str(inner.get(key) or "") for key in ("code", "type", "status", "name")) + " " + said
    allowed = _WORDS_THAT_COUNT.get(status)
    for kind, pattern in _WORDS:
        if (allowed is None or kind in allowed) and re.search(pattern, words, re.IGNORECASE):
            return kind
    if status in _STATUS_KINDS:
        return _STATUS_KINDS[status]
    return "bad_request" if 300 <= status < 500 or re.search(r"invalid_request|validation", words) else "server"


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
        told = headers.get(f"x-ratelimit-reset-{limit}", "")
        if headers.get(f"x-ratelimit-remaining-{limit}") == "0" and re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", told):
            return sum(
                float(number) * _UNITS_S[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|h|m|s)", told)
            )
    return None


def _retry_info_s(value: Any) -> float | None:
    details = _inner(value).get("details")
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str):
            return _number(delay.removesuffix("s"))
    return None
