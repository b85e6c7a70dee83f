"""What may be spent in a chat, on a day and in a month, and what of it is: soft and hard limits, in dollars or tokens.

A day and a month are those of the local calendar, and all windows on one library share them. A price that is not known
counts as unknown, and is said beside the sum. Knows no screen and no engine.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Literal, get_args

from tui.bounds import dollars
from tui.chat.usage import StoredUsage
from tui.config import SettingValues
from tui.config.amounts import RULE, Amount, read_amount
from tui.errors import LimitReachedError, StoreError
from tui.figures import counted, money, tokens
from tui.store import spending
from tui.store.database import Database
from tui.store.records import Message
from tui.store.spending import Spending
from tui.text import clean_line

Period = Literal["chat", "day", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)
_NAMES: dict[Period, str] = {"chat": "this chat", "day": "today", "month": "this month"}

ModelPrice = Callable[[str, StoredUsage], Decimal | None]
"""US dollars of a usage by the model of that id, at this moment; None when unknown, 0 when it costs nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set.

    Attributes:
        stop: nothing is sent above these, and a reply that comes to them ends.
        warn: from these on the meter warns.
        problems: a line for each value that is no amount, and therefore no limit.
    """

    stop: Mapping[Period, Amount] = field(default_factory=dict)
    warn: Mapping[Period, Amount] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: SettingValues) -> "Limits":
        """Those of the settings."""
        problems: list[str] = []

        def amount(name: str) -> Amount | None:
            holding = values.holding(f"limits.{name}")
            try:
                return None if holding is None else read_amount(holding.value)
            except ValueError:
                shown = clean_line(repr(holding.value), 40) if holding else ""
                where = f"{holding.place}: " if holding and holding.place else ""
                problems.append(f'{where}"{name}" must be {RULE}, not {shown}; there is no such limit now.')
                return None

        stop = {period: found for period in PERIODS if (found := amount(period))}
        warn = {period: found for period in PERIODS if (found := amount(f"warn_{period}"))}
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
    def words(self) -> str:
        """Such as "$1.20 of $5.00 today", with what is not known of it."""
        amount = self.stop or self.warn
        assert amount is not None
        name = "in this chat" if self.period == "chat" else _NAMES[self.period]
        unknown = f", and {counted(self.spent.unpriced, 'answer')} of unknown price" if self.unknown else ""
        spent = self.spent_as(amount)
        return f"{spent} of {amount.shown} {name}{unknown}" if self.stop else f"{spent} {name}{unknown}"

    @property
    def unknown(self) -> bool:
        """Whether it is a limit in dollars, and more was spent than is known."""
        amount = self.stop or self.warn
        return amount is not None and amount.tokens is None and bool(self.spent.unpriced)

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


def costs_nothing(price: ModelPrice, model: str) -> bool:
    """Whether a model is free whatever is asked."""
    return price(model, StoredUsage(input=_PROBE, output=_PROBE)) == 0


def stands_in_the_way(standings: Sequence[Standing], *, free: bool) -> Standing | None:
    """The limit above which nothing is sent; to a model that costs nothing only one in tokens."""
    return next((one for one in standings if one.over and one.stop and (one.stop.tokens or not free)), None)


class Budgets:
    """The limits over one library, and what is spent.

    Args:
        database: where it was written down.
        unsaved: messages that the disk has refused.

    Attributes:
        limits: those that hold now.
    """

    def __init__(self, database: Database, unsaved: Callable[[], Sequence[Message]]) -> None:
        self._database = database
        self._unsaved = unsaved
        self.limits = Limits()

    async def standings(
        self, conversation_id: str, at: datetime, price: ModelPrice, without: str = ""
    ) -> tuple[Standing, ...]:
        """How much of each limit is spent; () where there is none.

        Args:
            conversation_id: its chat.
            at: a moment of its day and its month.
            price: gives replies under way, of any window, the price that they have come to.
            without: id of a reply that is not counted.

        Raises:
            StoreError: the library cannot be read.
        """
        found = []
        for period in self.limits.periods:
            spent = await self._spent(period, conversation_id, at.astimezone().date(), without)
            prices = [price(model, StoredUsage.from_json(usage)) for model, usage in spent.streaming]
            spent = replace(
                spent,
                dollars=spent.dollars + sum((one for one in prices if one is not None), Decimal()),
                unpriced=spent.unpriced + sum(one is None for one in prices),
            )
            found.append(Standing(period, spent, self.limits.warn.get(period), self.limits.stop.get(period)))
        return tuple(found)

    async def _spent(self, period: Period, conversation_id: str, day: date, without: str) -> Spending:
        start, end = _month(day) if period == "month" else (day, day + timedelta(days=1))
        begin, finish = _midnight(start), _midnight(end)
        replies = [message for message in self._unsaved() if message.kind == "reply" and message.id != without]
        if period == "chat":
            unsaved = [message for message in replies if message.conversation_id == conversation_id]
        else:
            unsaved = [message for message in replies if begin <= message.created_at < finish]
        others = [message.id for message in unsaved] + ([without] if without else [])
        if period == "chat":
            stored = await self._database.read(spending.spent_in, conversation_id, others)
        else:
            stored = await self._database.read(spending.spent_between, begin, finish, others)
        return _with_unsaved(stored, unsaved)


class ReplyBudget:
    """The limits over one reply under way: whether it may begin, and how many tokens it may still get.

    Args:
        reply: its row.
        price: prices now, which know this reply's model, too.
        lifted: the person wants it all the same, this once.

    Attributes:
        standings: how much of each limit was spent without it, when `look` looked last.
    """

    def __init__(self, budgets: Budgets, reply: Message, price: ModelPrice, *, lifted: bool) -> None:
        self._budgets = budgets
        self._reply = reply
        self._price = price
        self._lifted = lifted
        self._looking: asyncio.Task[None] | None = None
        self.standings: tuple[Standing, ...] = ()

    async def __aenter__(self) -> "ReplyBudget":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for a look that is under way."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    def look_beside(self) -> None:
        """Begin to `look`, unless one is under way or there is nothing to look for."""
        if self._budgets.limits.periods and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self.look(), name="spending")

    async def look(self) -> None:
        """See what was spent meanwhile, here and in other windows; what cannot be read is as it was."""
        reply = self._reply
        with suppress(StoreError):  # sums are not worth a turn
            self.standings = await self._budgets.standings(
                reply.conversation_id, reply.created_at, self._price, reply.id
            )

    def check_start(self) -> None:
        """Call before the request.

        Raises:
            LimitReachedError: a limit is reached already.
        """
        free = costs_nothing(self._price, self._reply.model)
        if not self._lifted and (standing := stands_in_the_way(self.standings, free=free)):
            raise LimitReachedError(f"Nothing was sent: {standing.words}.", _HINT)

    def now(self, usage: StoredUsage, price: Decimal | None) -> tuple[Standing, ...]:
        """How much of each limit is spent, this reply included."""
        return tuple(standing.with_reply(usage, price) for standing in self.standings)

    def output_limit(self, usage: StoredUsage) -> int | None:
        """How many tokens the reply may have at most, thoughts included; None without a limit that it could reach."""
        limits = [] if self._lifted else [self._output_limit(standing, usage) for standing in self.standings]
        return min((limit for limit in limits if limit is not None), default=None)

    def stopped_by(self, usage: StoredUsage) -> LimitReachedError:
        """What ended the reply, in words."""
        limits = [(self._output_limit(standing, usage), number) for number, standing in enumerate(self.standings)]
        _, number = min((limit, number) for limit, number in limits if limit is not None)
        return LimitReachedError(f"Stopped at {self.standings[number].limit_words}.", _HINT)

    def _output_limit(self, standing: Standing, usage: StoredUsage) -> int | None:
        stop = standing.stop
        if stop is None:
            return None
        usage = replace(usage, input=usage.input or 0, output=usage.output or 0)
        assert usage.input is not None and usage.output is not None
        if stop.tokens is not None:
            return max(0, stop.tokens - standing.spent.tokens - usage.input)
        model, more = self._reply.model, replace(usage, output=usage.output + _PROBE)
        spent, longer = self._price(model, usage), self._price(model, more)
        if spent is None or longer is None or longer <= spent or stop.dollars is None:
            return None
        left = stop.dollars - standing.spent.dollars - spent
        return max(0, usage.output + int(left * _PROBE / (longer - spent)))


_PROBE = 1_000
"""Tokens by which the price of one more is measured."""

_HINT = "Send it once all the same, or raise the limit in the settings."


def _with_unsaved(stored: Spending, unsaved: Collection[Message]) -> Spending:
    usages = [StoredUsage.from_json(message.usage) for message in unsaved]
    return replace(
        stored,
        dollars=stored.dollars + sum((dollars(message.price) or 0 for message in unsaved), Decimal()),
        tokens=stored.tokens + sum((usage.input or 0) + (usage.output or 0) for usage in usages),
        unpriced=stored.unpriced + sum(message.price is None and bool(message.usage) for message in unsaved),
    )


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone()
