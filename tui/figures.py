"""How numbers are written wherever people read them: tokens, money, times, sizes, counts. Pure.

An unknown figure is "—", never 0.
"""

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

UNKNOWN = "—"
_MOST_DOLLARS = Decimal(10**12)
"""No price is as high; a figure from outside that is says nothing."""


def tokens(count: int | None, *, estimated: bool = False) -> str:
    """A count of tokens: "412", "1.2k", "78.4k", "400k", "1.2M"; with "≈" before an estimate."""
    if count is None:
        return UNKNOWN
    return f"{'≈' if estimated else ''}{_scaled(count)}"


def money(dollars: Decimal | None, *, estimated: bool = False) -> str:
    """US dollars: "$0.31", "$12.40", "$0.004"; with "≈" before an estimate."""
    if dollars is None or not _is_price(dollars):
        return UNKNOWN
    mark = "≈" if estimated else ""
    if dollars == 0 or dollars >= Decimal("0.00995"):
        return f"{mark}${dollars.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    if dollars < Decimal("0.0001"):
        return "<$0.0001"
    places = Decimal("0.001") if dollars >= Decimal("0.001") else Decimal("0.0001")
    return f"{mark}${dollars.quantize(places, ROUND_HALF_UP)}"


def unit_price(dollars: Decimal | None) -> str:
    """A price per million tokens without its sign: "3", "0.25", "120"."""
    if dollars is None or not _is_price(dollars):
        return UNKNOWN
    if dollars == dollars.to_integral():
        return f"{dollars.quantize(Decimal(1))}"
    return f"{dollars.quantize(Decimal('0.01'), ROUND_HALF_UP)}" if dollars >= Decimal("0.01") else f"{dollars:f}"


def seconds(duration_s: float | None) -> str:
    """A duration: "0.6s", "12.4s", "1m 20s"."""
    if duration_s is None:
        return UNKNOWN
    if duration_s < 60:
        return f"{duration_s:.1f}s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes}m {rest:02}s"


def time_left(duration_s: float) -> str:
    """How long something will take, as roughly as it is known: "40 s", "12 min", "3 h"."""
    if duration_s < 90:
        return f"{duration_s:.0f} s"
    return f"{duration_s / 60:.0f} min" if duration_s < 5400 else f"{min(duration_s / 3600, 999):.0f} h"


def progress_words(done_bytes: int, size_bytes: int | None, bytes_per_s: float | None) -> list[str]:
    """How far something large is: "42 %", "1.1 GB of 2.5 GB", "12 MB/s", "2 min left"; without what is not known."""
    if not size_bytes:
        return [size(done_bytes)]
    words = [f"{min(done_bytes * 100 // size_bytes, 100)} %", f"{size(done_bytes)} of {size(size_bytes)}"]
    if bytes_per_s:
        words.append(f"{size(round(bytes_per_s))}/s")
        if size_bytes > done_bytes:
            words.append(f"{time_left((size_bytes - done_bytes) / bytes_per_s)} left")
    return words


def age(then: datetime, now: datetime) -> str:
    """How long ago, in at most four cells: "now", "5m", "3h", "2d", "6w", "2y"."""
    elapsed_s = max((now - then).total_seconds(), 0)
    for size_s, unit in ((365 * 86_400, "y"), (7 * 86_400 * 2, "w"), (86_400, "d"), (3_600, "h"), (60, "m")):
        if elapsed_s >= size_s:
            per_s = 7 * 86_400 if unit == "w" else size_s
            return f"{int(elapsed_s // per_s)}{unit}"
    return "now"


def age_group(then: datetime, now: datetime) -> str:
    """The heading under which a chat of that (local) time stands: today, yesterday, this week or earlier."""
    days = (now.astimezone().date() - then.astimezone().date()).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "This week" if days < 7 else "Earlier"


def local_midnight(moment: datetime) -> datetime:
    """When the (local) day of a moment begins."""
    return datetime.combine(moment.astimezone().date(), time()).astimezone()


def local_time(moment: datetime) -> str:
    """Date and time of day in the local zone: "2026-11-22 14:03"."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def day_text(day: date) -> str:
    """A day of the calendar: "9 Nov", with its year where that is not this one's."""
    text = _day_and_month(day)
    return text if day.year == date.today().year else f"{text} {day.year}"


@lru_cache(maxsize=256)  # the messages of a chat are of a few days
def _day_and_month(day: date) -> str:
    return f"{day.day} {day:%b}"


def rate(tokens_per_s: float | None) -> str:
    """Tokens a second without their unit: "74", "3.2"."""
    if tokens_per_s is None:
        return UNKNOWN
    return f"{tokens_per_s:.0f}" if tokens_per_s >= 9.95 else f"{tokens_per_s:.1f}"


def size(size_bytes: int) -> str:
    """A size in decimal units: "512 B", "8.2 kB", "24 MB"."""
    return f"{_scaled(size_bytes, gap=' ')}B"


def size_of(text: str) -> int | None:
    """The bytes that a written size means, such as "8 GB", "1.5G", "800 MB" or "2 GiB"; None when it is none.

    A number needs its unit; a letter alone is one of a thousand's powers.
    """
    found = re.fullmatch(r"(\d{1,6}(?:[.,]\d{1,3})?) ?([kmgt])(i?)b?", text.strip().lower())
    if found is None:
        return None
    power = "kmgt".index(found[2]) + 1
    return round(float(found[1].replace(",", ".")) * (1024 if found[3] else 1000) ** power) or None


def counted(number: int, noun: str, plural: str = "") -> str:
    """A count of things: "1 message", "3,000 messages"; `plural` is for a noun whose plural does not end in "s"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _is_price(dollars: Decimal) -> bool:
    return dollars.is_finite() and 0 <= dollars < _MOST_DOLLARS


def _scaled(count: int, *, gap: str = "") -> str:
    """At most three digits, a gap, and the letter of the power of a thousand; no letter below a thousand."""
    if count < 1_000:
        return f"{count}{gap}"
    for scale, letter in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        if count < scale * 999.5 or letter == "G":
            value = count / scale
            digits = f"{value:.0f}" if value >= 99.95 else f"{value:.1f}".removesuffix(".0")
            return f"{digits}{gap}{letter}"
    raise AssertionError("unreachable: the last unit takes everything")
