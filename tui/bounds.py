"""What comes from outside or from an old library, checked into the ranges that store, meter and exports can hold.

A value out of range is unknown, never an error. Pure; imports nothing of `tui`.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

LARGEST = 2**53 - 1
"""The largest integer on which all readers of JSON agree (RFC 8259, section 6)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_PLACES = 64
_DEEPEST = 200


def whole_number(value: object) -> int | None:
    """A count, such as of tokens or milliseconds, from 0 to `LARGEST`; None for all else, truth values included."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else None


def dollars(value: object) -> Decimal | None:
    """A price in US dollars, from 0 to `LARGEST`, of a number or its decimal text; None for all else.

    An amount of more than 64 decimal places is unknown too: written out, it would fill the screen.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    if not amount.is_finite() or not 0 <= amount <= LARGEST:
        return None
    if not amount:
        return Decimal(0)
    return amount if _places(amount) <= _MOST_PLACES else None


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def moment(microseconds: object) -> datetime | None:
    """A time as microseconds since 1970 in UTC, which is at most June 2255; None for all else."""
    if type(microseconds) is int and 0 <= microseconds <= LARGEST:
        return _EPOCH + microseconds * _MICROSECOND
    return None


def microseconds(moment: datetime) -> int:
    """The inverse of `moment`; an earlier or later time becomes the nearest that can be told."""
    return min(max((moment - _EPOCH) // _MICROSECOND, 0), LARGEST)


def json_value(text: str | bytes) -> Any:
    """JSON as values; what is no number (NaN, Infinity) is None.

    Raises:
        ValueError: no JSON, nested more than 200 deep, or with a number of thousands of digits.
    """
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def json_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object as values, as `json_value` reads it; {} when there is none."""
    try:
        value = json_value(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if isfinite(number) else None


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
