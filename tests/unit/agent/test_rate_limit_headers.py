"""What a provider says is left is only of use if it is read right, whoever says it, and never breaks an answer."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tui.agent.rate_limit import RateLimit
from tui.agent.wire.rate_limits import rate_limits, receive_rate_limits, tell_rate_limits

SOON = datetime.now(UTC) + timedelta(seconds=3_600)


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        (  # OpenAI, Groq, Azure
            {
                "X-RateLimit-Limit-Requests": "5000", "x-ratelimit-remaining-requests": "4999",
                "x-ratelimit-reset-requests": "12ms", "x-ratelimit-limit-tokens": "40000",
                "x-ratelimit-remaining-tokens": "39000", "x-ratelimit-reset-tokens": "6m1.5s",
            },
            [RateLimit("requests", 4999, 5000, 0.012), RateLimit("tokens", 39000, 40000, 361.5)],
        ),
        (  # Cerebras: a limit for each period, and plain seconds
            {
                "x-ratelimit-remaining-requests-day": "14000", "x-ratelimit-limit-requests-day": "14400",
                "x-ratelimit-reset-requests-day": "33011.38", "x-ratelimit-remaining-tokens-minute": "0",
            },
            [RateLimit("requests", 14000, 14400, 33011.38, "day"), RateLimit("tokens", 0, None, None, "minute")],
        ),
        ({"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "7", "ratelimit-reset": "30"},
         [RateLimit("requests", 7, 100, 30.0)]),
        ({"x-ratelimit-remaining-tokens": "-3"}, [RateLimit("tokens", 0)]),
        ({"x-ratelimit-remaining-tokens": "12.0"}, [RateLimit("tokens", 12)]),
        # What says nothing, or no sense, is left out, and breaks nothing.
        ({}, []),
        ({"x-ratelimit-limit-requests": "5000"}, []),
        ({"x-ratelimit-remaining-requests": "many"}, []),
        ({"x-ratelimit-remaining-requests": "\x1b[31m9"}, []),
        ({"x-ratelimit-remaining-requests": "9" * 40}, []),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "soon"}, [RateLimit("requests", 1)]),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "nan"}, [RateLimit("requests", 1)]),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "9" * 400}, [RateLimit("requests", 1)]),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "99999d"}, [RateLimit("requests", 1)]),
        ({"x-ratelimit-remaining-bananas": "1"}, []),
    ],
)  # fmt: skip
def test_headers_as_vendors_write_them(headers: dict[str, str], limits: list[RateLimit]) -> None:
    assert list(rate_limits(headers)) == limits


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("requests", "requests"), ("tokens", "tokens"), ("input tokens", "input-tokens"),
        ("output tokens", "output-tokens"),
    ],
)  # fmt: skip
def test_anthropic_says_when_by_the_clock(unit: str, name: str) -> None:
    head = f"anthropic-ratelimit-{name}"
    told = {f"{head}-limit": "50", f"{head}-remaining": "49", f"{head}-reset": SOON.strftime("%Y-%m-%dT%H:%M:%SZ")}
    (limit,) = rate_limits(told)
    assert (limit.unit, limit.remaining, limit.limit) == (unit, 49, 50)
    assert limit.reset_s is not None and time.time() + limit.reset_s == pytest.approx(SOON.timestamp(), abs=5)


@pytest.mark.parametrize(
    "text",
    [f"{SOON.timestamp():.0f}", f"{SOON.timestamp() * 1000:.0f}", SOON.isoformat()],
    ids=["seconds", "milliseconds", "date"],
)
def test_a_moment_is_a_moment_in_any_spelling(text: str) -> None:
    (limit,) = rate_limits({"x-ratelimit-remaining": "3", "x-ratelimit-reset": text})
    assert limit.reset_s is not None and time.time() + limit.reset_s == pytest.approx(SOON.timestamp(), abs=5)


def test_a_moment_that_is_over_is_now() -> None:
    (limit,) = rate_limits({"x-ratelimit-remaining": "3", "x-ratelimit-reset": f"{time.time() - 60:.0f}"})
    assert limit.reset_s == 0
    (limit,) = rate_limits({"x-ratelimit-remaining": "3", "x-ratelimit-reset": format_datetime(SOON)})
    assert limit.reset_s is None


def test_who_does_not_ask_is_not_told() -> None:
    told: list[tuple[RateLimit, ...]] = []
    with receive_rate_limits(told.append):
        tell_rate_limits({"x-ratelimit-remaining": "3"})
        tell_rate_limits({"content-type": "text/plain"})
    tell_rate_limits({"x-ratelimit-remaining": "2"})
    assert told == [(RateLimit("requests", 3),)]
