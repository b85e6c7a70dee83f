"""What may be spent in a chat, on a day and in a month: the limits that are set, and how much of each is spent. Pure.

Soft and hard ones, in dollars or tokens. A price that is not known counts as unknown, and is said beside the sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Literal, get_args

from tui.chat.questions import Choice, SendingEstimate, SendingQuestion
from tui.chat.usage import StoredUsage
from tui.config import SettingValues
from tui.config.amounts import RULE, Amount, read_amount
from tui.dataclass import dataclass
from tui.figures import counted, money, tokens
from tui.store.records import Spending
from tui.text import clean_line

Period = Literal["chat", "day", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)
_NAMES: dict[Period, str] = {"chat": "this chat", "day": "today", "month": "this month"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set.

    Attributes:
        stop: nothing is sent above these, and a reply that comes to them ends.
        warn: from these on the meter warns.
        problems: a line for each value that is no amount. As nobody knows what was meant to be spent, nothing is.
    """

    stop: Mapping[Period, Amount] = field(default_factory=dict)
    warn: Mapping[Period, Amount] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: SettingValues) -> "Limits":
        """Those of the settings."""
        problems: list[str] = []

        def amount(name: str, instead: Amount | None, then: str) -> Amount | None:
            holding = values.holding(f"limits.{name}")
            try:
                return None if holding is None else read_amount(holding.value)
            except ValueError:
                shown = clean_line(repr(holding.value), 40) if holding else ""
                where = f"{holding.place}: " if holding and holding.place else ""
                problems.append(f'{where}"{name}" must be {RULE}, not {shown}; {then}.')
                return instead

        nothing = Amount(Decimal(0))
        stop = {one: found for one in PERIODS if (found := amount(one, nothing, "until it is, nothing is paid for"))}
        warn = {one: found for one in PERIODS if (found := amount(f"warn_{one}", None, "until it is, nothing warns"))}
        return cls(stop, warn, tuple(problems))

    @property
    def periods(self) -> tuple[Period, ...]:
        """Those that have any limit."""
        return tuple(period for period in PERIODS if period in self.stop or period in self.warn)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of the limits of one period is spent.

    Attributes:
        warn, stop: its limits.
    """

    period: Period
    spent: Spending
    warn: Amount | None = None
    stop: Amount | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more may be spent."""
        return self._reached(self.stop)

    @property
    def warns(self) -> bool:
        """Whether it is time to look at it."""
        return self._reached(self.warn) or self.over

    def _reached(self, amount: Amount | None) -> bool:
        if amount is None:
            return False
        if amount.tokens is not None:
            return self.spent.tokens >= amount.tokens
        return amount.dollars is not None and self.spent.dollars >= amount.dollars

    def spent_as(self, amount: Amount) -> str:
        """What was spent, in the unit of an amount: "$1.20", "78k"."""
        return money(self.spent.dollars) if amount.tokens is None else tokens(self.spent.tokens)

    @property
    def amount(self) -> Amount | None:
        """What it is measured by: the hard limit, or else the soft one."""
        return self.stop or self.warn

    @property
    def label(self) -> str:
        """Its name in a field: "chat", "today", "month"."""
        return "today" if self.period == "day" else self.period

    @property
    def short_words(self) -> str:
        """Such as "$1.20 of $5.00 today"; "$1.20 today" with a soft limit only."""
        name = "in this chat" if self.period == "chat" else _NAMES[self.period]
        spent = "" if self.amount is None else self.spent_as(self.amount)
        return f"{spent} of {self.stop.shown} {name}" if self.stop else f"{spent} {name}"

    @property
    def words(self) -> str:
        """The same with what is not known of it: "…, and 2 answers of unknown price"."""
        return f"{self.short_words}{f', and {self.unknown}' if self.unknown else ''}"

    @property
    def unknown(self) -> str:
        """What a limit in dollars does not count, such as "2 answers of unknown price"; "" for nothing."""
        in_dollars = self.amount is not None and self.amount.tokens is None
        return (
            f"{counted(self.spent.unpriced, 'answer')} of unknown price" if in_dollars and self.spent.unpriced else ""
        )

    @property
    def limit_words(self) -> str:
        """Such as "your limit of $5.00 for today"."""
        assert self.stop is not None
        return f"your limit of {self.stop.shown} for {_NAMES[self.period]}"

    def with_reply(self, usage: StoredUsage, price: Decimal | None) -> "Standing":
        """With a reply that is not counted yet."""
        taken = (usage.input or 0) + (usage.output or 0)
        spent = replace(
            self.spent,
            dollars=self.spent.dollars + (price or 0),
            tokens=self.spent.tokens + taken,
            unpriced=self.spent.unpriced + (1 if price is None and taken else 0),
        )
        return replace(self, spent=spent)


def limit_question(standings: Sequence[Standing], turn: SendingEstimate) -> SendingQuestion | None:
    """What is to be asked where a turn would begin above a limit, or what goes in alone would come to it."""
    sent, price = turn.all_tokens, turn.all_sent_price
    free = all(one.price == 0 for one in turn.all)
    if reached := stands_in_the_way(standings, free=free):
        text = f"limit reached: {reached.words}"
    else:
        begun = [standing.with_reply(StoredUsage(input=sent), price) for standing in standings]
        standing = stands_in_the_way(begun, free=free)
        if standing is None or standing.stop is None:
            return None
        cost = money(price, estimated=True) if standing.stop.tokens is None else f"≈ {tokens(sent)} tokens"
        now = next(one for one in standings if one.period == standing.period)
        text = f"what is sent takes {cost}, and that is more than is left: {now.words}"
    return SendingQuestion("limit", text, (Choice("send", "send this once"),))


def stands_in_the_way(standings: Sequence[Standing], *, free: bool) -> Standing | None:
    """The limit above which nothing is sent; to a model that costs nothing only one in tokens."""
    return next((one for one in standings if one.over and one.stop and (one.stop.dollars is None or not free)), None)
