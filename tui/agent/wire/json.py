"""JSON from outside: decoded into values that can be stored, and read so that a wrong type is nothing.

Knows no dialect.
"""

import json
from math import isfinite
from typing import Any

from tui.agent.usage import Usage

_MOST_TOKENS = 10**12  # beyond it, a server counts something else
_LARGEST = 2**53 - 1  # the largest integer on which all readers of JSON agree (RFC 8259, section 6)
_DEEPEST = 200


def decoded(text: str) -> Any:
    """JSON as values; what is no number (NaN, Infinity, 1e999) is None.

    Raises:
        ValueError: no JSON, nested more than 200 deep, or with a number of thousands of digits.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > _DEEPEST and _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if isfinite(number) else None


_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def size_of(value: Any) -> int:
    """How much a JSON value keeps, in characters: its texts, and a flat rate for each value in it."""
    size, values = 0, [value]
    while values:
        one = values.pop()
        size += 16
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, dict):
            size += sum(map(len, one))
            values += one.values()
        elif isinstance(one, list):
            values += one
    return size


def storable(value: Any) -> Any:
    """A JSON value without the numbers that readers of JSON disagree on; they become None."""
    if isinstance(value, dict):
        return {name: storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    if isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
        return None
    return value


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one: servers send null and worse where an object belongs."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """The value if it is text, else ""."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int | None:
    """The value if it is a count of tokens, else None."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 0 <= value < _MOST_TOKENS else None


def as_dollars(value: Any) -> float | None:
    """The value if it is a price in US dollars, as a number or its decimal text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if 0 <= amount <= _LARGEST else None


def as_slot(value: Any) -> int | str | None:
    """The value if it can say which part an event belongs to: a number or an id."""
    return value if isinstance(value, int | str) else None


def usage_of(
    sent: int | None,
    generated: int | None,
    *,
    cache_read: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
) -> Usage:
    """One response's tokens in our terms; what the provider did not say stays unknown.

    No prompt is empty: servers that count 0 tokens in it do not count, or not yet.
    """
    if not sent:
        sent, generated = None, generated or None
    details = {"cache_read_tokens": cache_read, "cache_write_tokens": cache_write, "reasoning_tokens": reasoning}
    known = {name: number for name, number in details.items() if number is not None}
    total = None if sent is None or generated is None else sent + generated
    return Usage(0, sent, generated, total, known or None)
