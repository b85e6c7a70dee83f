"""What was used and spent, for people: sums by model, day and chat that agree with each other to the last digit.

All of it comes from the store's sums; nothing is estimated here. Knows no screen and no price table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from tui.figures import money
from tui.model_id import ModelId
from tui.store.conversations import add_side_call, was_asked_beside
from tui.store.database import Database
from tui.store.records import UsageFigures, UsageRow, UsageScope
from tui.store.usage import usage_figures

Period = Literal["chat", "today", "month", "all"]
PERIODS: tuple[Period, ...] = ("chat", "today", "month", "all")
By = Literal["model", "day", "chat"]
VIEWS: tuple[By, ...] = ("model", "day", "chat")


@dataclass(frozen=True, slots=True)
class Sums:
    """What several replies and side calls used together; what is unknown of all of them is None.

    Attributes:
        replies, side_calls: how many.
        input, cached, cache_written, output, reasoning: tokens as in `StoredUsage`, as far as known.
        price: US dollars, as far as known.
        unpriced: how many used tokens whose price is unknown.
        estimated: how many rest on estimated tokens.
        streamed, streaming_ms: output tokens of the replies whose time is known, and that time.
    """

    replies: int = 0
    side_calls: int = 0
    input: int | None = None
    cached: int | None = None
    cache_written: int | None = None
    output: int | None = None
    reasoning: int | None = None
    price: Decimal | None = None
    unpriced: int = 0
    estimated: int = 0
    streamed: int | None = None
    streaming_ms: int | None = None

    @classmethod
    def of(cls, found: Iterable[UsageRow]) -> "Sums":
        """The sums of rows."""
        total = cls()
        for row in found:
            total = total.plus(row)
        return total

    def plus(self, row: UsageRow) -> "Sums":
        """These sums with another row."""
        return Sums(
            self.replies + (0 if row.purpose else row.calls),
            self.side_calls + (row.calls if row.purpose else 0),
            _sum(self.input, row.input),
            _sum(self.cached, row.cached),
            _sum(self.cache_written, row.cache_written),
            _sum(self.output, row.output),
            _sum(self.reasoning, row.reasoning),
            row.price if self.price is None else self.price + (row.price or 0),
            self.unpriced + row.unpriced,
            self.estimated + row.estimated,
            _sum(self.streamed, row.streamed),
            _sum(self.streaming_ms, row.streaming_ms),
        )

    @property
    def cached_percent(self) -> int | None:
        """How much of the input came from the provider's cache; None where that is unknown."""
        return None if self.cached is None or not self.input else 100 * self.cached // self.input

    @property
    def tokens_per_s(self) -> float | None:
        """The average pace of the replies, without the wait for their first token."""
        return None if not self.streaming_ms or self.streamed is None else 1000 * self.streamed / self.streaming_ms

    @property
    def price_text(self) -> str:
        """The price for people: "free", "$0.31", "≈$0.31", "$0.31 + ?" where a part is unknown, or "—"."""
        if self.price is None:
            return money(None)
        known = "free" if self.price == 0 and not self.estimated else money(self.price, estimated=self.estimated > 0)
        return f"{known} + ?" if self.unpriced else known


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One line of a table: what it is about, and its sums.

    Attributes:
        key: the model's id, the day as "2026-11-29", the id of the chat, or a purpose.
        label: for people; raw.
    """

    key: str
    label: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The figures of one scope, as tables."""

    figures: UsageFigures = UsageFigures()  # noqa: RUF009  frozen

    @property
    def total(self) -> Sums:
        """Of everything."""
        return Sums.of(self.figures.rows)

    def lines(self, by: By) -> list[UsageLine]:
        """The table by model (dearest first), day (oldest first) or chat (dearest first)."""
        match by:
            case "model":
                return _by_price(_lines(self.figures.rows, lambda row: row.model, lambda key: ModelId.parse(key).label))
            case "day":
                days = _lines(self.figures.rows, lambda row: row.day.isoformat() if row.day else "", lambda key: key)
                return sorted(days, key=lambda line: line.key)
            case "chat":
                return _by_price(
                    _lines(
                        self.figures.chats,
                        lambda row: row.conversation_id,
                        lambda key: self.figures.titles.get(key, ""),
                    )
                )

    def purposes(self) -> list[UsageLine]:
        """What was asked beside the chats, by its purpose."""
        return _lines((row for row in self.figures.rows if row.purpose), lambda row: row.purpose, lambda key: key)

    @property
    def failed_side_calls(self) -> int:
        """How many calls beside the chats came to nothing."""
        return sum(row.failed for row in self.figures.rows)

    def per_day(self, most: int = 60) -> list[tuple[date, Decimal | None]]:
        """What each day cost, without a gap, oldest first: from the first day of use to the last, `most` at most."""
        spent = {date.fromisoformat(line.key): line.sums.price for line in self.lines("day") if line.key}
        if not spent:
            return []
        last = max(spent) if self.figures.scope.until is not None else max(*spent, datetime.now().astimezone().date())
        first = max(min(spent), last - timedelta(days=most - 1))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [(day, spent[day] if day in spent else Decimal(0)) for day in days]


class UsageReports:
    """Reads what was used, and keeps what was asked beside chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, scope: UsageScope) -> UsageReport:
        """Everything of a scope.

        Raises:
            StoreError: it cannot be read.
        """
        return UsageReport(await self._database.read(usage_figures, scope))

    async def add_side_call(
        self, conversation_id: str, purpose: str, *, model: str, usage: str, price: Decimal | None, problem: str = ""
    ) -> None:
        """Keep what was asked beside a chat; see `tui.store.conversations.add_side_call`. Raises StoreError."""
        at = datetime.now(UTC)
        await self._database.run(
            add_side_call, conversation_id, purpose, model=model, usage=usage, price=price, at=at, problem=problem
        )

    async def was_asked_beside(self, conversation_id: str, purpose: str) -> bool:
        """Whether something was asked beside a chat for this purpose before. Raises StoreError."""
        return await self._database.read(was_asked_beside, conversation_id, purpose)


def scope_of(period: Period, conversation_id: str, today: date) -> UsageScope:
    """The scope of a period: "chat" is this conversation at all, a month is that of the calendar."""
    match period:
        case "chat":
            return UsageScope(conversation_id=conversation_id)
        case "today":
            return day_scope(UsageScope(), today)
        case "month":
            first = today.replace(day=1)
            return UsageScope(since=_midnight(first), until=_midnight((first + timedelta(days=31)).replace(day=1)))
        case "all":
            return UsageScope()


def since(first: date | None) -> UsageScope:
    """Everything from a day on; None for all there is."""
    return UsageScope(since=None if first is None else _midnight(first))


def day_scope(scope: UsageScope, day: date) -> UsageScope:
    """A scope narrowed to one day of the local calendar."""
    return replace(scope, since=_midnight(day), until=_midnight(day + timedelta(days=1)))


# The pieces.


def _lines(
    found: Iterable[UsageRow], key_of: Callable[[UsageRow], str], label_of: Callable[[str], str]
) -> list[UsageLine]:
    grouped: dict[str, list[UsageRow]] = {}
    for row in found:
        grouped.setdefault(key_of(row), []).append(row)
    return [UsageLine(key, label_of(key), Sums.of(group)) for key, group in grouped.items()]


def _by_price(lines: list[UsageLine]) -> list[UsageLine]:
    def weight(line: UsageLine) -> tuple[Decimal, int]:
        return line.sums.price or Decimal(0), (line.sums.input or 0) + (line.sums.output or 0)

    return sorted(lines, key=weight, reverse=True)


def _sum(left: int | None, right: int | None) -> int | None:
    return right if left is None else left + (right or 0)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone()
