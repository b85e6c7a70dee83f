"""The limits over one library: what of them is spent, and how much of them a reply under way may still take.

A day and a month are those of the local calendar, and all windows on one library share them. Knows no screen and no
engine.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import floor, inf
from types import TracebackType

from tui.bounds import dollars
from tui.chat.limits import Limits, Period, Standing, stands_in_the_way
from tui.chat.usage import StoredUsage
from tui.errors import LimitReachedError, StoreError
from tui.store import spending
from tui.store.database import Database
from tui.store.records import Message, Spending

ModelPrice = Callable[[str, StoredUsage], Decimal | None]
"""US dollars of a usage by the model of that id, at this moment; None when unknown, 0 when it costs nothing."""


def costs_nothing(price: ModelPrice, model: str) -> bool:
    """Whether a model is free whatever is asked."""
    return price(model, StoredUsage(input=_PROBE, output=_PROBE)) == 0


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
            spent = await self.spent(period, conversation_id, at.astimezone().date(), without)
            prices = [price(model, StoredUsage.from_json(usage)) for model, usage in spent.streaming]
            spent = replace(
                spent,
                dollars=spent.dollars + sum((one for one in prices if one is not None), Decimal()),
                unpriced=spent.unpriced + sum(one is None for one in prices),
            )
            found.append(Standing(period, spent, self.limits.warn.get(period), self.limits.stop.get(period)))
        return tuple(found)

    async def spent(self, period: Period, conversation_id: str, day: date, without: str = "") -> Spending:
        """What was spent in a chat, on a day, or in its month, with what the disk has refused.

        Raises:
            StoreError: the library cannot be read.
        """
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
        cached: tokens of its history that the provider may read from its cache; None when nobody knows.

    Attributes:
        standings: how much of each limit was spent without it, when `look` looked last.
    """

    def __init__(
        self, budgets: Budgets, reply: Message, price: ModelPrice, *, lifted: bool, cached: int | None = None
    ) -> None:
        self._budgets = budgets
        self._reply = reply
        self._price = price
        self._lifted = lifted
        self._cached = cached
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
            hint = "Retry asks whether to send it all the same; the limit is in the settings."
            raise LimitReachedError(f"Nothing was sent: {standing.words}.", hint)

    def now(self, usage: StoredUsage, price: Decimal | None) -> tuple[Standing, ...]:
        """How much of each limit is spent, this reply included."""
        return tuple(standing.with_reply(usage, price) for standing in self.standings)

    def output_limit(self, usage: StoredUsage) -> int | None:
        """How many tokens the reply may have at most, thoughts included; None without a limit that it could reach."""
        limits = [] if self._lifted else [self._output_limit(standing, usage) for standing in self.standings]
        return min((limit for limit in limits if limit is not None), default=None)

    def stopped_by(self, usage: StoredUsage) -> LimitReachedError:
        """What ended the reply, in words."""
        hard = [standing for standing in self.standings if standing.stop is not None]
        limits = [self._output_limit(standing, usage) for standing in hard]
        known = [inf if limit is None else limit for limit in limits]
        reached = hard[known.index(min(known))]
        return LimitReachedError(f"Stopped at {reached.limit_words}.", "Raise it, or go on this once.")

    def _output_limit(self, standing: Standing, usage: StoredUsage) -> int | None:
        stop = standing.stop
        if stop is None:
            return None
        usage = replace(usage, input=usage.input or 0, output=usage.output or 0)
        assert usage.input is not None and usage.output is not None
        if stop.tokens is not None:
            return max(0, stop.tokens - standing.spent.tokens - usage.input)
        spent, longer = self._cost(usage), self._cost(replace(usage, output=usage.output + _PROBE))
        if spent is None or longer is None or longer <= spent or stop.dollars is None:
            return None
        left = stop.dollars - standing.spent.dollars - spent
        return max(0, usage.output + floor(left * _PROBE / (longer - spent)))

    def _cost(self, usage: StoredUsage) -> Decimal | None:
        """US dollars of a usage; until the provider has reported, with the part that is likely to be cached."""
        if self._cached and usage.estimated and usage.cached is None:
            likely = self._price(self._reply.model, replace(usage, cached=min(self._cached, usage.input or 0)))
            if likely is not None:
                return likely
        return self._price(self._reply.model, usage)


_PROBE = 1_000
"""Tokens by which the price of one more is measured."""


def _with_unsaved(stored: Spending, unsaved: Collection[Message]) -> Spending:
    usages = [StoredUsage.from_json(message.usage) for message in unsaved]
    prices = [price for message in unsaved if (price := dollars(message.price)) is not None]
    return replace(
        stored,
        dollars=stored.dollars + sum(prices, Decimal()),
        priced=stored.priced + len(prices),
        tokens=stored.tokens + sum((usage.input or 0) + (usage.output or 0) for usage in usages),
        unpriced=stored.unpriced + sum(message.price is None and bool(message.usage) for message in unsaved),
    )


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone()
