"""Where the money of one reply went: parts that add up to what was paid, and say when they are a guess."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tui.chat.catalog.prices import Prices, Seller
from tui.chat.cost_split import CostSplit, cost_split
from tui.chat.usage import StoredUsage

USAGE = StoredUsage(input=1_000, cached=600, cache_written=100, output=200, reasoning=150, requests=1)


def listed(usage: StoredUsage) -> Decimal | None:
    """$10 a million tokens in, a tenth of it from the cache, $12.5 into it, $50 out; dearer above 5,000 tokens in."""
    if usage.input is None or usage.output is None:
        return None
    cached, written = usage.cached or 0, usage.cache_written or 0
    price = 10 * (usage.input - cached - written) + cached + Decimal("12.5") * written + 50 * usage.output
    return Decimal(price) / 1_000_000 * (2 if usage.input > 5_000 else 1)


def prices(split: CostSplit) -> dict[str, Decimal | None]:
    return {part.name: part.price for part in split.parts}


def test_the_parts_are_those_of_the_price_list_and_add_up() -> None:
    split = cost_split(USAGE, listed(USAGE), listed)
    assert prices(split) == {
        "fresh in": Decimal("0.003"), "cached": Decimal("0.0006"), "written": Decimal("0.00125"),
        "answer": Decimal("0.0025"), "reasoning": Decimal("0.0075"),
    }  # fmt: skip
    assert not split.parts_estimated and not split.unparted
    dear = StoredUsage(input=9_000, cached=4_000, output=10)
    assert prices(cost_split(dear, listed(dear), listed))["cached"] == Decimal("0.008"), "at the price of a long prompt"


def test_what_the_provider_charged_is_parted_as_the_list_would_and_says_so() -> None:
    split = cost_split(USAGE, Decimal("0.0297"), listed)  # twice the list
    assert sum(part.price or 0 for part in split.parts) == pytest.approx(Decimal("0.0297"))
    assert prices(split)["cached"] == pytest.approx(Decimal("0.0012"))
    assert split.parts_estimated and not split.price_estimated


def test_what_is_not_known_is_not_zero() -> None:
    untold = cost_split(StoredUsage(input=10, output=5), listed(StoredUsage(input=10, output=5)), listed)
    assert {part.name: part.tokens for part in untold.parts} == {
        "fresh in": 10, "cached": None, "written": None, "answer": 5, "reasoning": None
    }  # fmt: skip
    assert prices(untold)["cached"] is None and prices(untold)["fresh in"] == Decimal("0.0001")
    unpriced = cost_split(USAGE, None, listed)
    assert set(prices(unpriced).values()) == {None}, "a price that was never known is not made up later"
    unlisted = cost_split(USAGE, Decimal("0.5"), lambda usage: None)
    assert unlisted.unparted and set(prices(unlisted).values()) == {None} and unlisted.price == Decimal("0.5")
    assert [part.tokens for part in cost_split(StoredUsage(), None, listed).parts] == [None] * 5


def test_estimates_say_so() -> None:
    usage = StoredUsage(input=10, output=5, estimated=True)
    split = cost_split(usage, listed(usage), listed)
    assert split.input_estimated and split.output_estimated and split.price_estimated and split.parts_estimated
    free = cost_split(usage, Decimal(0), lambda usage: Decimal(0))
    assert not free.price_estimated and free.price == 0


async def test_the_real_price_list_is_split_to_the_last_digit() -> None:
    table = Prices()
    await table.load()
    for model in ("gpt-4o", "gpt-5"):

        def price(usage: StoredUsage, model: str = model) -> Decimal | None:
            return table.price(Seller("openai"), model, usage, datetime(2026, 11, 1, tzinfo=UTC))

        usage = StoredUsage(input=1_000, cached=600, output=200, reasoning=150)
        split = cost_split(usage, price(usage), price)
        assert split.price and sum(part.price or 0 for part in split.parts) == split.price
        assert not split.parts_estimated
