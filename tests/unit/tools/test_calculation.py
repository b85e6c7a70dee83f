"""A model that is told a wrong sum tells it to a person; one that asks for too much must not hold the program up."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.tools.calculation import LONGEST, CalculationError, calculate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("0.1 + 0.2", "0.3"),
        ("1.10 * 3", "3.3"),
        ("10 / 4", "2.5"),
        ("1 / 3", "1/3 ≈ 0.33333333333333333333"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("2 ** 200", str(2**200)),
        ("2^10", "1024"),
        ("(1 + 2) × 4 ÷ 6 − 1", "1"),
        ("1e3 + 0x10 + 1_000", "2016"),
        ("12345678901234567890 * 98765432109876543210", str(12345678901234567890 * 98765432109876543210)),
        ("2 ** -2", "0.25"),
        ("round(2.675, 2) + abs(-1) + floor(2.9) + ceil(0.1)", "6.68"),
        ("max(1, 2.5) - min(3, 0.5)", "2"),
        ("sqrt(16/9) * 3", "4"),
        ("gcd(12, 18) + factorial(5) + sum(1, 2)", "129"),
        ("(100 +\n 25)", "125"),
        ("0.1 ** 30", f"0.{'0' * 29}1"),
    ],
)
def test_a_value_is_exact(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "1 to"),
        ("1" * (LONGEST + 1), "1 to"),
        ("1 +", "no arithmetic"),
        ("1 / 0", "divided by 0"),
        ("0 ** -1", "divided by 0"),
        ("9 ** 9 ** 9", "too large"),
        ("2 ** 1000000", "too large"),
        ("1e99999999", "too large"),
        ("1e-99999999", "too large"),
        ("round(1.5, 99999999)", "does not take"),
        ("gcd(1.5, 3)", "does not take"),
        ("factorial(100000)", "whole number up to"),
        ("sqrt(2)", "≈ 1.41421356237309504880"),
        ("sqrt(-1)", "negative"),
        ("2 ** 0.5", "whole exponent"),
        ("__import__('os')", "Only numbers"),
        ("(1).__class__", "Only numbers"),
        ("'a' * 9", "Only numbers"),
        ("[1] * 9", "Only numbers"),
        ("True + 1", "Only numbers"),
        ("abs()", "does not take"),
        ("sqrt(1, 2)", "does not take"),
        ("round(1, 2, x=3)", "Only numbers"),
        ("(" * 200 + "1" + ")" * 200, ""),
        ("-" * 200 + "1", "too deeply"),
        ("\0", "no arithmetic"),
        ("1" + "0" * 400 + " ** 90", "too large"),
    ],
)
def test_what_is_no_arithmetic_or_too_much_is_refused_in_words(expression: str, reason: str) -> None:
    if not reason:  # the parser may take it, or not
        with suppress(CalculationError):
            assert calculate(expression) == "1"
        return
    with pytest.raises(CalculationError, match=reason.replace("(", r"\(").replace("*", r"\*")):
        calculate(expression)


@given(st.integers(-(10**40), 10**40), st.integers(-(10**40), 10**40), st.integers(0, 30))
def test_whole_numbers_of_any_size_are_exact(left: int, right: int, exponent: int) -> None:
    assert calculate(f"({left}) * ({right}) + ({left}) ** {exponent}") == str(left * right + left**exponent)


@given(st.text(alphabet="0123456789.+-*/%() ,abcdefgilmnoqrstux", max_size=40))
def test_no_text_breaks_it(expression: str) -> None:
    with suppress(CalculationError):
        assert calculate(expression)
