"""A limit that is read as another amount than the person meant costs money, or stops work that was allowed."""

from decimal import Decimal
from pathlib import Path

import pytest

from tui.chat.limits import Limits
from tui.config import SETTINGS, load_config
from tui.config.amounts import Amount, read_amount


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("$5", Amount(Decimal(5))),
        (5, Amount(Decimal(5))),
        (0.5, Amount(Decimal("0.5"))),
        ("2,50", Amount(Decimal("2.50"))),
        ("$1,000", Amount(Decimal(1000))),
        ("12.5 USD", Amount(Decimal("12.5"))),
        ("200k tokens", Amount(tokens=200_000)),
        ("1.5M tok", Amount(tokens=1_500_000)),
        ("750 tokens", Amount(tokens=750)),
        (0, Amount(Decimal(0))),
        ("$0.00", Amount(Decimal(0))),
        ("0 tokens", Amount(tokens=0)),
        ("off", None),
        ("none", None),
    ],
)
def test_an_amount_is_read_as_it_was_meant(written: object, amount: Amount | None) -> None:
    assert read_amount(written) == amount
    if amount is not None:
        assert read_amount(amount.written) == amount


@pytest.mark.parametrize(
    "written",
    [-1, -0.5, "-1", "-$1", "0.2 tokens", "-1 tokens", "200k", "five", "", True, float("nan"), float("inf"),
     "1e9", "$", "1.2.3", "9" * 200, "\x1b[31m5", "99999999999999999999 tokens"],
)  # fmt: skip
def test_what_is_no_amount_is_said_and_never_taken_for_one(written: object) -> None:
    with pytest.raises(ValueError, match="is not an amount such as") as caught:
        read_amount(written)
    assert "\x1b" not in str(caught.value)


def test_a_limit_that_makes_no_sense_lets_nothing_be_spent_and_is_one_line_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[limits]\nday = 0\nmonth = -1\nchat = "lots"\nwarn_day = "$2"\nwarn_month = -1\n')
    limits = Limits.of(load_config(file).settings)
    assert dict(limits.stop) == dict.fromkeys(("chat", "day", "month"), Amount(Decimal(0)))
    assert dict(limits.warn) == {"day": Amount(Decimal(2))}
    rule, shut = "must be an amount such as $5 or 200k tokens, or off", "until it is, nothing is paid for."
    assert [problem.replace(str(tmp_path), "") for problem in limits.problems] == [
        f"/config.toml:4: \"chat\" {rule}, not 'lots'; {shut}",
        f'/config.toml:3: "month" {rule}, not -1; {shut}',
        f'/config.toml:6: "warn_month" {rule}, not -1; until it is, nothing warns.',
    ]


def test_what_is_typed_is_checked_before_it_is_kept() -> None:
    setting = SETTINGS["limits.day"]
    assert (setting.read("5"), setting.read("200000 tokens"), setting.read("off")) == ("$5", "200k tokens", "off")
    assert setting.read("0") == "$0"
    assert setting.read("") is None
    assert (setting.write("$5.00"), setting.write(5), setting.write("off"), setting.write(None)) == (
        "$5.00", "$5", "none", "none",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"-1 is not an amount such as .*; the value stays\."):
        setting.read("-1")
