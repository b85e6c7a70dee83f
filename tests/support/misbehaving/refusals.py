"""Answers that are errors: by their status, or inside of what looks like an answer."""

import json
from functools import partial

from tests.support.misbehaving.fault import WORDS, Asked, Fault
from tests.support.protocol_server import Answer

_STATUSES: dict[int, tuple[str, int]] = {
    400: ("bad_request", 1), 401: ("auth", 1), 402: ("quota", 1), 403: ("auth", 1), 404: ("model_not_found", 1),
    408: ("timeout", 4), 409: ("server", 4), 413: ("context_too_long", 1), 422: ("bad_request", 1),
    429: ("rate_limit", 4), 500: ("server", 4), 502: ("server", 4), 503: ("overloaded", 4), 504: ("overloaded", 4),
    529: ("overloaded", 4),
}  # fmt: skip
"""The cause that is named, and how often is asked."""

_HOSTILE = "broken \x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[31m \x9b31m [@click=app.quit]quit[/] [/none]"
_PAGE = (
    b"<html><head><title>Sign in \x1b]0;title\x07</title></head><body>[/none]<script>alert(1)</script></body></html>"
)
ELSEWHERE = "/elsewhere"
"""Where redirects lead; nobody should ever ask there."""


def refusals() -> dict[str, Fault]:
    """All of them; servers that ask for a time let us wait for none."""
    kinds = {
        f"status {status}": Fault(partial(_status, status), "failed", kinds=(kind,), requests=requests)
        for status, (kind, requests) in _STATUSES.items()
    }
    return {
        **kinds,
        "refused for a second": Fault(_a_second, "whole", WORDS, requests=2),
        "refused until a date": Fault(_a_date, "whole", WORDS, requests=2),
        "refused for a day": Fault(_a_day, "failed", kinds=("rate_limit",)),
        "refused for half a minute": Fault(_half_a_minute, "stalled"),
        "three errors, then an answer": Fault(_three_errors, "whole", WORDS, requests=4),
        "hostile error": Fault(_hostile, "failed", kinds=("server",), requests=4),
        "page with an error": Fault(_page(500), "failed", kinds=("server",), requests=4),
        "page instead of an answer": Fault(_page(200), "failed", kinds=("malformed",)),
        "error of 50 MB": Fault(_huge, "failed", kinds=("server",), requests=4),
        "error without end": Fault(_endless, "failed", kinds=("bad_request",)),
        "error of status 200": Fault(_in_success, "failed", kinds=("bad_request", "server")),
        "error in the middle": Fault(
            lambda asked: asked.unended(*asked.words(), asked.dialect.problem("out of order")),
            "failed",
            WORDS,
            ("server",),
        ),
        "redirect to another host": Fault(_redirect("http://localhost:{port}"), "failed", kinds=("bad_request",)),
        "redirect to itself": Fault(_redirect(""), "failed", kinds=("bad_request",)),
        "redirect to a file": Fault(_redirect("file:///etc/passwd?"), "failed", kinds=("bad_request",)),
    }


def _status(status: int, asked: Asked) -> Answer:
    sentence = "no such model" if status == 404 else f"Refused, says the server; your key was sk-canary-{status}."
    return asked.refusal(status, sentence, "error", retry_after="0")


def _a_second(asked: Asked) -> Answer:
    return asked.stream(*asked.words()) if asked.before else asked.refusal(429, "slow", retry_after="1")


def _a_date(asked: Asked) -> Answer:
    long_ago = "Wed, 21 Oct 2015 07:28:00 GMT"
    return asked.stream(*asked.words()) if asked.before else asked.refusal(429, "slow", retry_after=long_ago)


def _a_day(asked: Asked) -> Answer:
    return asked.refusal(429, "slow", retry_after="86400")


def _half_a_minute(asked: Asked) -> Answer:
    return asked.refusal(429, "slow", retry_after="30")


def _three_errors(asked: Asked) -> Answer:
    return asked.stream(*asked.words()) if asked.before > 2 else asked.refusal(500, "down", retry_after="0")


def _hostile(asked: Asked) -> Answer:
    return asked.refusal(500, _HOSTILE, retry_after="0")


def _page(status: int) -> "partial[Answer]":
    return partial(_paged, status)


def _paged(status: int, asked: Asked) -> Answer:
    return Answer([_PAGE], status, "text/html", {"retry-after": "0"})


def _huge(asked: Asked) -> Answer:
    return Answer([b"E" * 1_000_000] * 50, 500, "text/plain", {"retry-after": "0"})


def _endless(asked: Asked) -> Answer:
    return Answer([b"E", 3600.0], 400, "text/plain")


def _in_success(asked: Asked) -> Answer:
    body = json.dumps(asked.dialect.refusal("wrong, though it says 200", "invalid_request_error")).encode()
    return Answer([body], 200, "application/json")


def _redirect(to: str) -> "partial[Answer]":
    return partial(_redirected, to)


def _redirected(to: str, asked: Asked) -> Answer:
    target = to.format(port=asked.host.rpartition(":")[2]) + ELSEWHERE
    return Answer([], 307, "text/plain", {"location": target})
