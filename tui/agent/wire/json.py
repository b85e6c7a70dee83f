"""Checked readings of JSON from outside: a value of the wrong type reads as nothing, and raises nothing.

Knows no dialect.
"""

from typing import Any

from tui.agent.usage import Usage

_MOST_TOKENS = 10**12  # beyond it, a server counts something else


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
