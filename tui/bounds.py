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
_NOTHING, _MOST = Decimal(0), Decimal(LARGEST)
_SMALLEST, _LONGEST = -64, 100
_AMOUNTS = (str, Decimal, float, int)
_DEEPEST = 200


def whole_number(value: object) -> int | None:
    """A count, such as of tokens or milliseconds, from 0 to `LARGEST`; None for all else, truth values included."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= LARGEST else None


def number(value: object, *, most: int = LARGEST) -> float | None:
    """A measure, such as of seconds or a temperature, from 0 to `most`; None for all else, truth values included."""
    return value if type(value) in (int, float) and 0 <= value <= most else None  # type: ignore[operator,return-value]


def dollars(value: object) -> Decimal | None:
    """A price in US dollars, from 0 to `LARGEST`, of a number or its decimal text; None for all else.

    An amount below 10⁻⁶⁴ or of more than 100 digits is unknown too: written out, it would fill the screen.
    """
    if not isinstance(value, _AMOUNTS) or isinstance(value, bool):
        return None
    try:
        text = value if isinstance(value, str) else str(value)
        amount = value if isinstance(value, Decimal) else Decimal(text)
        if len(text) > _LONGEST or not _NOTHING <= amount <= _MOST:
            return None
    except (InvalidOperation, ValueError):  # no number, NaN, or an integer too long to be written
        return None
    if not amount:
        return _NOTHING
    return amount if amount.adjusted() >= _SMALLEST else None


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
