"""What a reply's price is made of: input read anew, from the cache and into it, the answer, and the thoughts. Pure."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass

Part = Literal["fresh in", "cached", "written", "answer", "reasoning"]


@dataclass(frozen=True, slots=True)
class CostPart:
    """One part of a reply: its tokens and its price in US dollars, each None when unknown."""

    name: Part
    tokens: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CostSplit:
    """A reply's price and its parts, which add up to it where all of them are known.

    Attributes:
        parts: always all five, in the order of `Part`.
        price: of the whole, as it was stored; None when unknown.
        input_estimated, output_estimated: those tokens are estimates.
        price_estimated: so is the price.
        parts_estimated: the parts are in the proportions of today's price list only: the provider charged something
            else, or prices have changed.
    """

    parts: tuple[CostPart, ...] = ()
    price: Decimal | None = None
    input_estimated: bool = False
    output_estimated: bool = False
    price_estimated: bool = False
    parts_estimated: bool = False

    @property
    def unparted(self) -> bool:
        """Whether it cost something, and nobody knows for what."""
        return bool(self.price) and all(part.price is None for part in self.parts)


def cost_split(
    usage: StoredUsage, total: Decimal | None, price_of: Callable[[StoredUsage], Decimal | None]
) -> CostSplit:
    """Split what a reply cost.

    Args:
        usage: its tokens.
        total: what it cost, by whoever has said so.
        price_of: the price of any tokens of the same model at the same time; None when unknown.
    """
    known = usage.input is not None or usage.output is not None
    parts = _priced(usage, price_of) if known else _parts(usage)
    listed = [part.price for part in parts if part.tokens]
    whole = None if not listed or None in listed else sum((price for price in listed if price is not None), Decimal(0))
    differs = total is not None and whole is not None and abs(whole - total) > Decimal("0.0000005")
    if differs and whole and total is not None:
        scale = total / whole
        parts = tuple(replace(part, price=None if part.price is None else part.price * scale) for part in parts)
    return CostSplit(
        parts if total is not None else tuple(replace(part, price=None) for part in parts),
        total,
        input_estimated=usage.estimated and usage.input is not None,
        output_estimated=usage.estimated and usage.output is not None,
        price_estimated=usage.estimated and bool(total),
        parts_estimated=differs or (usage.estimated and bool(total)),
    )


def _parts(usage: StoredUsage) -> tuple[CostPart, ...]:
    beside = (usage.cached or 0) + (usage.cache_written or 0)
    fresh = None if usage.input is None else max(0, usage.input - beside)
    answer = None if usage.output is None else max(0, usage.output - (usage.reasoning or 0))
    return (
        CostPart("fresh in", fresh),
        CostPart("cached", usage.cached),
        CostPart("written", usage.cache_written),
        CostPart("answer", answer),
        CostPart("reasoning", usage.reasoning),
    )


def _priced(usage: StoredUsage, price_of: Callable[[StoredUsage], Decimal | None]) -> tuple[CostPart, ...]:
    """The parts by the price list; as a price may depend on the prompt's length, each is asked for at that length."""
    input, output = usage.input or 0, usage.output or 0
    prompt = StoredUsage(input=input, output=0)
    prompt_price = price_of(prompt)
    with_output = price_of(replace(prompt, output=output))
    output_price = None if with_output is None or prompt_price is None else with_output - prompt_price
    whole = {
        "fresh in": (prompt_price, input),
        "cached": (price_of(replace(prompt, cached=input)), input),
        "written": (price_of(replace(prompt, cache_written=input)), input),
        "answer": (output_price, output),
        "reasoning": (output_price, output),
    }

    def priced(part: CostPart) -> CostPart:
        price, tokens = whole[part.name]
        if part.tokens is None:
            return part
        share = Decimal(0) if not part.tokens else None if price is None else price * part.tokens / tokens
        return replace(part, price=share)

    return tuple(map(priced, _parts(usage)))
