"""A size, a date or a count that reads differently in two places looks like two different things."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tui.figures import UNKNOWN, counted, local_time, money, progress_words, rate, size, size_of, unit_price


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (8_200, "8.2 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (24_040_000, "24 MB"),
        (1_500_000_000_000, "1500 GB"),
    ],
)
def test_sizes_have_at_most_three_digits_and_a_unit(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("8 GB", 8_000_000_000), ("1,5g", 1_500_000_000), ("800 MB", 800_000_000), ("2GiB", 2 << 30), ("8", None),
        ("0 GB", None), ("-8 GB", None), ("nan GB", None), ("8 GBit", None), ("", None), ("9" * 40 + " GB", None),
    ],
)  # fmt: skip
def test_a_written_size_is_understood_with_its_unit_only(text: str, size_bytes: int | None) -> None:
    assert size_of(text) == size_bytes


@pytest.mark.parametrize(
    ("done", "size_bytes", "per_s", "words"),
    [
        (1_100_000_000, 2_600_000_000, 12_000_000.0, ["42 %", "1.1 GB of 2.6 GB", "12 MB/s", "2 min left"]),
        (2_600_000_000, 2_600_000_000, 12_000_000.0, ["100 %", "2.6 GB of 2.6 GB", "12 MB/s"]),
        (500, 1_000, None, ["50 %", "500 B of 1 kB"]),
        (500, None, 10.0, ["500 B"]),
        (0, 40_000_000_000, 1_000_000.0, ["0 %", "0 B of 40 GB", "1 MB/s", "11 h left"]),
        (0, 1_000, 20.0, ["0 %", "0 B of 1 kB", "20 B/s", "50 s left"]),
    ],
)
def test_progress_says_what_is_known_and_no_more(
    done: int, size_bytes: int | None, per_s: float | None, words: list[str]
) -> None:
    assert progress_words(done, size_bytes, per_s) == words


def test_a_time_is_the_local_one() -> None:
    moment = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
    assert local_time(moment) == f"{moment.astimezone():%Y-%m-%d %H:%M}"
    assert local_time(moment.astimezone()) == local_time(moment)


@pytest.mark.parametrize(("per_s", "text"), [(None, UNKNOWN), (73.6, "74"), (9.96, "10"), (9.9, "9.9"), (0.04, "0.0")])
def test_a_slow_model_has_a_decimal_and_an_unknown_speed_is_never_zero(per_s: float | None, text: str) -> None:
    assert rate(per_s) == text


def test_one_thing_is_singular() -> None:
    assert [counted(number, "message") for number in (0, 1, 2)] == ["0 messages", "1 message", "2 messages"]


@pytest.mark.parametrize("figure", ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "1e308"])
def test_a_price_that_is_none_is_unknown_and_stops_nothing(figure: str) -> None:
    assert money(Decimal(figure)) == unit_price(Decimal(figure)) == UNKNOWN
