"""What was used and spent, for people: sums by model, day and chat that agree with each other to the last digit.

Only those by tag do not: a chat counts for each of its tags. All of it comes from the store's sums; nothing is
estimated here. Knows no screen and no price table.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, get_args

from tui.dataclass import dataclass
from tui.figures import money
from tui.model_id import ModelId
from tui.store.conversations import add_side_call, was_asked_beside
from tui.store.database import Database
from tui.store.records import UnpricedCall, UsageFigures, UsageRow, UsageScope
from tui.store.spending import killed, set_prices, unpriced
from tui.store.usage import usage_figures

Period = Literal["chat", "today", "month", "all"]
PERIODS: tuple[Period, ...] = ("chat", "today", "month", "all")
By = Literal["model", "provider", "day", "month", "tag", "chat"]
VIEWS: tuple[By, ...] = get_args(By)
OF_CHATS: frozenset[By] = frozenset({"tag", "chat"})
"""Those that need what each chat has used."""
SEVERAL_TAGS = "A chat with several tags counts for each of them, and once in the sum."


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
            total = total.joined(cls._of_row(row))
        return total

    @classmethod
    def _of_row(cls, row: UsageRow) -> "Sums":
        return cls(
            0 if row.purpose else row.calls,
            row.calls if row.purpose else 0,
            row.input, row.cached, row.cache_written, row.output, row.reasoning,
            row.price, row.unpriced, row.estimated, row.streamed, row.streaming_ms,
        )  # fmt: skip

    def joined(self, other: "Sums") -> "Sums":
        """These sums and others together."""
        price = self.price
        if other.price is not None:
            price = other.price if price is None else price + other.price
        return Sums(
            self.replies + other.replies,
            self.side_calls + other.side_calls,
            _sum(self.input, other.input),
            _sum(self.cached, other.cached),
            _sum(self.cache_written, other.cache_written),
            _sum(self.output, other.output),
            _sum(self.reasoning, other.reasoning),
            price,
            self.unpriced + other.unpriced,
            self.estimated + other.estimated,
            _sum(self.streamed, other.streamed),
            _sum(self.streaming_ms, other.streaming_ms),
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
        known = "free" if self.price == 0 else money(self.price, estimated=self.estimated > 0)
        return f"{known} + ?" if self.unpriced else known


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One line of a table: what it is about, and its sums.

    Attributes:
        key: the model's id, the provider, the day as "2026-11-29", the month as "2026-11", the tag ("" for what has
            none), the id of the chat, or a purpose.
        label: for people; raw.
    """

    key: str
    label: str
    sums: Sums


def purpose_noun(line: UsageLine) -> str:
    """What a line of `UsageReport.purposes` counts, raw: "title", "titles", "deleted replies"."""
    if line.key in ("temporary", "deleted"):  # the replies that are in no chat on the disk
        return f"{line.key} {'reply' if line.sums.side_calls == 1 else 'replies'}"
    return line.key if line.sums.side_calls == 1 else f"{line.key}s"


@dataclass(frozen=True, slots=True)
class DaySum:
    """One day: what it cost, as far as known, and the tokens that came out."""

    day: date
    price: Decimal | None
    output: int


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The figures of one scope, as tables."""

    figures: UsageFigures = UsageFigures()

    @property
    def total(self) -> Sums:
        """The sums of all that is in the scope."""
        return Sums.of(self.figures.rows)

    def lines(self, by: By) -> list[UsageLine]:
        """The table by day or month (oldest first), or by model, provider, tag or chat (dearest first)."""
        rows = self.figures.rows
        match by:
            case "model":
                return _by_price(_lines(rows, lambda row: row.model, lambda key: ModelId.parse(key).label))
            case "provider":
                return _by_price(_lines(rows, lambda row: ModelId.parse(row.model).provider, lambda key: key))
            case "day" | "month":
                letters = 7 if by == "month" else 10
                times = _lines(rows, lambda row: row.day.isoformat()[:letters] if row.day else "", lambda key: key)
                return sorted(times, key=lambda line: line.key)
            case "tag":
                return _by_price(_lines(self._tagged(), lambda row: row.tag, lambda key: key or "(no tag)"))
            case "chat":
                titles = self.figures.titles
                return _by_price(
                    _lines(self.figures.chats, lambda row: row.conversation_id, lambda key: titles.get(key, ""))
                )

    def _tagged(self) -> list[UsageRow]:
        """The rows of the chats, once for each tag of theirs."""
        tags = self.figures.tags
        return [replace(row, tag=tag) for row in self.figures.chats for tag in tags.get(row.conversation_id, ("",))]

    @property
    def counted_twice(self) -> int:
        """How many chats have more than one tag, so that the lines by tag are more than the sum of all."""
        chats = {row.conversation_id for row in self.figures.chats}
        return sum(id in chats and len(tags) > 1 for id, tags in self.figures.tags.items())

    def purposes(self) -> list[UsageLine]:
        """What was asked beside the chats, by its purpose, and what is no more in one."""
        return _lines((row for row in self.figures.rows if row.purpose), lambda row: row.purpose, lambda key: key)

    @property
    def failed_side_calls(self) -> int:
        """How many calls beside the chats came to nothing."""
        return sum(row.failed for row in self.figures.rows)

    @property
    def problem(self) -> str:
        """Why one of them did, raw: that of the last day on which one did; "" where none did."""
        return next((row.problem for row in sorted(self.figures.rows, key=_day, reverse=True) if row.problem), "")

    def per_day(self, most: int = 60) -> list[DaySum]:
        """The last days up to today, at most so many, oldest first and without a gap, from the first day of use on."""
        sums = {line.key: line.sums for line in self.lines("day") if line.key}
        if not sums:
            return []
        today = datetime.now().astimezone().date()
        first = max(date.fromisoformat(min(sums)), today - timedelta(days=most - 1))
        days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        found = [(day, sums.get(day.isoformat(), Sums())) for day in days]
        return [DaySum(day, one.price, one.output or 0) for day, one in found]


class UsageReports:
    """Reads what was used, and keeps what was asked beside chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, scope: UsageScope, *, chats: bool = True) -> UsageReport:
        """Everything of a scope; without `chats` its table by chat is empty, and a large library is read faster.

        Raises:
            StoreError: it cannot be read.
        """
        return UsageReport(await self._database.read(usage_figures, scope, chats=chats))

    async def add_side_call(
        self, conversation_id: str, purpose: str, *, model: str, usage: str, price: Decimal | None, problem: str = ""
    ) -> None:
        """Keep what was asked beside a chat; see `tui.store.conversations.add_side_call`. Raises StoreError."""
        at = datetime.now(UTC)
        await self._database.run(
            add_side_call, conversation_id, purpose, model=model, usage=usage, price=price, at=at, problem=problem
        )

    async def killed_replies(self) -> tuple[UnpricedCall, ...]:
        """The replies whose program ended before it wrote down their price. Raises StoreError."""
        return await self._database.read(killed)

    async def unpriced(self) -> tuple[UnpricedCall, ...]:
        """All that used tokens whose price is not known. Raises StoreError."""
        return await self._database.read(unpriced)

    async def set_prices(self, prices: Sequence[tuple[UnpricedCall, Decimal]]) -> int:
        """Write down what those cost; returns of how many it was not known yet. Raises StoreError."""
        return await self._database.run(set_prices, prices)

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
            return month_scope(UsageScope(), today.replace(day=1))
        case "all":
            return UsageScope()


def since(first: date | None) -> UsageScope:
    """Everything from a day on; None for all there is."""
    return UsageScope(since=None if first is None else _midnight(first))


def month_scope(scope: UsageScope, first: date) -> UsageScope:
    """A scope narrowed to the month of the calendar that begins on a day."""
    return replace(scope, since=_midnight(first), until=_midnight((first + timedelta(days=31)).replace(day=1)))


def day_scope(scope: UsageScope, day: date) -> UsageScope:
    """A scope narrowed to one day of the local calendar."""
    return replace(scope, since=_midnight(day), until=_midnight(day + timedelta(days=1)))


# The pieces.


def _day(row: UsageRow) -> date:
    return row.day or date.min


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
