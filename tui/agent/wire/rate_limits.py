"""What a provider says is left of its rate limits, in the headers of any answer: one table for all vendors' spellings.

OpenAI and those like it write `x-ratelimit-remaining-requests`, some of them with a period behind it or without a unit,
Anthropic `anthropic-ratelimit-requests-remaining`, the draft of the IETF `ratelimit-remaining`.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from tui.agent.rate_limit import RateLimit, RateLimitUnit

_UNIT = "requests|tokens|input-tokens|output-tokens"
_NAMES = (
    re.compile(rf"(?:x-)?ratelimit-(?P<what>limit|remaining|reset)(?:-(?P<unit>{_UNIT}))?(?:-(?P<period>minute|hour|day))?"),
    re.compile(rf"anthropic-ratelimit-(?P<unit>{_UNIT})-(?P<what>limit|remaining|reset)(?P<period>)"),
)  # fmt: skip
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+")
_STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_UNITS_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_UNITS: dict[str, RateLimitUnit] = {
    "requests": "requests", "tokens": "tokens", "input-tokens": "input tokens", "output-tokens": "output tokens",
}  # fmt: skip
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
"""Smaller numbers are seconds to wait, larger ones moments since 1970: in seconds, and in milliseconds."""

_LONGEST_S = 31 * 86_400.0
_MOST = 10**15

Receiver = Callable[[tuple[RateLimit, ...]], None]

_receiver: ContextVar[Receiver | None] = ContextVar("_receiver", default=None)


@contextmanager
def receive_rate_limits(receive: Receiver) -> Iterator[None]:
    """Call `receive` with the limits of each answer inside the `with` block, of this task or one that it starts."""
    token = _receiver.set(receive)
    try:
        yield
    finally:
        _receiver.reset(token)


def tell_rate_limits(headers: Mapping[str, str]) -> None:
    """Tell the run of this task, if there is one, what an answer's headers say of the provider's limits."""
    receive = _receiver.get()
    if receive is not None and (limits := rate_limits(headers)):
        receive(limits)


def rate_limits(headers: Mapping[str, str]) -> tuple[RateLimit, ...]:
    """The limits that headers tell of, in their order; what cannot be read is left out."""
    found: dict[tuple[RateLimitUnit, str], dict[str, str]] = {}
    for name, value in headers.items():
        for pattern in _NAMES:
            if match := pattern.fullmatch(name.lower()):
                unit = _UNITS[match["unit"] or "requests"]
                found.setdefault((unit, match["period"] or ""), {})[match["what"]] = value.strip()
    return tuple(
        RateLimit(unit, remaining, _count(told.get("limit", "")), _seconds_to(told.get("reset", "")), period)
        for (unit, period), told in found.items()
        if (remaining := _count(told.get("remaining", ""))) is not None
    )


def _count(text: str) -> int | None:
    """A count, also one with a period behind it ("100, 100;w=60"); a negative one is 0."""
    match = re.match(r"(-?\d{1,16})(?:\.\d*)?(?:$|[,;\s])", text)
    return None if match is None else min(max(int(match[1]), 0), _MOST)


def _seconds_to(text: str) -> float | None:
    """Seconds until a moment that is written as a duration, a number or a date; None where it makes no sense."""
    if _DURATION.fullmatch(text):
        seconds = sum(float(number) * _UNITS_S[unit] for number, unit in _STEP.findall(text))
    else:
        try:
            number = float(text)
            at = number / 1000 if number >= _EPOCH_MS else number
            seconds = at - time.time() if number >= _EPOCH_S else number
        except ValueError:
            seconds = _until(text)
    return seconds if 0 <= seconds <= _LONGEST_S else 0.0 if -_LONGEST_S < seconds < 0 else None


def _until(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return float("nan")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp() - time.time()
