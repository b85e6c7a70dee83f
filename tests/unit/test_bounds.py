"""A figure from a provider or an old library that no meter can show must not end a start, a sum or an export."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import bounds

NO_COUNTS: list[Any] = [
    None, True, False, -1, -0.5, 1.5, 2**53, 10**400, float("nan"), float("inf"), "12", "", b"1", [], [3], {},
    Decimal(3),
]  # fmt: skip
NO_PRICES: list[Any] = [
    None, True, False, -5, -0.01, "-5", "NaN", "sNaN", "Infinity", "-Infinity", float("nan"), float("inf"),
    1e308, "1e308",
    "1e999999999", "1e-999999", 2**53, "", "free", "$1", b"1", [], {}, "9" * 5000, "1\x002", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_what_is_no_count_is_unknown(value: Any) -> None:
    assert bounds.whole_number(value) is None


@pytest.mark.parametrize(("value", "count"), [(0, 0), (12, 12), (12.0, 12), (2**53 - 1, 2**53 - 1)])
def test_a_count_is_kept(value: float, count: int) -> None:
    assert bounds.whole_number(value) == count


@pytest.mark.parametrize("value", [*NO_COUNTS[1:5], 2**60, float("nan"), float("inf"), "1", None, []], ids=repr)
def test_what_is_no_measure_is_unknown(value: Any) -> None:
    assert bounds.number(value) is None


def test_a_measure_is_kept_with_its_type() -> None:
    for value in (0, 0.0, 1.5, 2**53 - 1):
        assert (bounds.number(value), type(bounds.number(value))) == (value, type(value))


@pytest.mark.parametrize("value", NO_PRICES, ids=lambda value: ascii(value)[:20])
def test_what_is_no_price_is_unknown(value: Any) -> None:
    assert bounds.dollars(value) is None


def test_an_integer_too_long_to_be_written_is_unknown() -> None:
    assert bounds.dollars(10**5000) is None


@pytest.mark.parametrize(
    ("value", "price"),
    [
        (0, "0"), (3, "3"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e-7, "0.0000001"), ("0.0012", "0.0012"),
        (Decimal("12.5"), "12.5"), (str(Decimal(1) / Decimal(3_000_000)), str(Decimal(1) / Decimal(3_000_000))),
    ],
)  # fmt: skip
def test_a_price_is_kept_exactly(value: Any, price: str) -> None:
    assert bounds.dollars(value) == Decimal(price)


def test_nothing_is_nothing_however_it_is_written() -> None:
    for zero in ("-0", "0E+999999", "0E-999999", "-0.000", 0.0, -0.0):
        assert str(bounds.dollars(zero)) == "0"


def test_times_are_told_between_1970_and_2255() -> None:
    noon = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
    assert bounds.moment(bounds.microseconds(noon)) == noon
    for garbage in (-1, 2**53, 10**30, "yesterday", b"\xff", None, True, 0.5, float("nan")):
        assert bounds.moment(garbage) is None
    for extreme in (datetime.min, datetime.max):
        told = bounds.moment(bounds.microseconds(extreme.replace(tzinfo=UTC)))
        assert told is not None and 1970 <= told.year <= 2255


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", "null", "1", '"text"', "nonsense", "\x00", "[" * 100_000, '{"a":' * 100_000, b"\xff\xfe", b"",
     '{"a": ' + "[" * 300 + "]" * 300 + "}", f'{{"a": {"1" * 5000}}}'],
)  # fmt: skip
def test_what_is_no_object_of_sane_depth_reads_as_an_empty_one(text: str | bytes) -> None:
    assert bounds.json_object(text) == {}


def test_numbers_that_json_does_not_have_are_unknown() -> None:
    read = bounds.json_object('{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": 1.5, "f": 2}')
    assert read == {"a": None, "b": None, "c": None, "d": None, "e": 1.5, "f": 2}
    json.dumps(read, allow_nan=False)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_whatever_a_value_is_what_comes_out_can_be_shown(value: Any) -> None:
    count, price, moment = bounds.whole_number(value), bounds.dollars(value), bounds.moment(value)
    assert count is None or 0 <= count < 2**53
    assert moment is None or moment.astimezone().year < 2300
    if price is not None:
        assert 0 <= price.quantize(Decimal("0.01")) < 2**53
        assert len(f"{price:f}") < 200


@given(st.text() | st.binary())
def test_no_text_at_all_is_an_error(text: str | bytes) -> None:
    assert isinstance(bounds.json_object(text), dict)
