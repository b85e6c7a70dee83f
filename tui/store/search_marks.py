"""What the index knows of a message besides its words: single words in a column of their own, and how they are asked.

They let FTS5 itself leave out what a filter does not want, without a look at a message. Pure; knows no SQL but the
expressions of FTS5.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tui.bounds import dollars

TRASH_MARK, PINNED_MARK, ARCHIVED_MARK = "bin", "pinned", "archived"
"""Of the title of a chat that lies in the trash, or that is so."""

_LEAST, _MOST = -12, 6
"""Powers of ten of US dollars that are told apart."""
_YEARS = range(1969, 2100)
_FIRST, _LAST = datetime(1969, 12, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def model_mark(number: int) -> str:
    """Of a model, by its number in `search_models`."""
    return f"model{number}"


def price_mark(price: object) -> str:
    """The power of ten of a price in US dollars; "" for none, or for nothing."""
    amount = dollars(price)
    return f"usd{_power(amount) - _LEAST}" if amount else ""


def time_marks(month: str) -> tuple[str, ...]:
    """Of a month as "202611": its year, and itself."""
    return (f"year{month[:4]}", f"month{month}") if month else ()


def prices_above(amount: Decimal) -> str:
    """An expression for all whose price may be higher."""
    least = _power(amount) if amount else _LEAST
    return asked(f"usd{power - _LEAST}" for power in range(least, _MOST + 1))


def months_between(after: datetime | None, before: datetime | None) -> str:
    """An expression for all months that have something of a time in them; `before` is not a part of it."""
    last = before - timedelta(microseconds=1) if before and before > _FIRST else before
    return asked(_months(_month_number(after or _FIRST), _month_number(last or _LAST)))


def asked(marks: Iterable[str]) -> str:
    """An expression for all that have one of some marks, of which there must be one."""
    return f"marks : ({' OR '.join(marks)})"


def _power(amount: Decimal) -> int:
    return min(max(amount.adjusted(), _LEAST), _MOST)


def _month_number(moment: datetime) -> int:
    within = min(max(moment, _FIRST), _LAST).astimezone(UTC)
    return within.year * 12 + within.month - 1


def _months(first: int, last: int) -> Iterator[str]:
    """Marks of the months from the first to the last, whole years as one."""
    nothing = True
    for year in _YEARS:
        months = [number for number in range(year * 12, year * 12 + 12) if first <= number <= last]
        if len(months) == 12:
            yield f"year{year}"
        else:
            yield from (f"month{year}{number % 12 + 1:02}" for number in months)
        nothing = nothing and not months
    if nothing:
        yield "never"
