"""What the conversation that is shown has used and cost: the meter's reading, and what a reply's price is made of.

Reads from the library and from what the replies report; draws nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tui.chat.cost_split import CostSplit, cost_split
from tui.chat.rate_limits import still
from tui.chat.replies.meter import MeterReading, resting, with_context
from tui.chat.usage import StoredUsage
from tui.errors import StoreError
from tui.model_id import ModelId

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.library import Library
    from tui.chat.limits import Standing
    from tui.chat.rate_limits import RateLimits
    from tui.chat.replies.replies import Replies
    from tui.store.records import Message


class Spent(NamedTuple):
    """US dollars of today, and of the conversation with its other branches, as far as known; how much of each limit."""

    today: Decimal | None = None
    chat: Decimal | None = None
    standings: tuple["Standing", ...] = ()


class ChatFigures:
    """The figures of one conversation at a time.

    Args:
        info: what is known of a model, by its id.

    Attributes:
        reading: the meter's.
    """

    def __init__(
        self, library: "Library", replies: "Replies", catalog: "Catalog", info: "Callable[[str], ModelInfo]"
    ) -> None:
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._info = info
        self.reading = MeterReading()

    async def spent(self, conversation_id: str) -> Spent:
        """What was spent so far."""
        now = datetime.now(UTC)
        try:
            return Spent(
                await self._library.spent_today(),
                await self._library.spent_in(conversation_id),
                await self._library.budgets.standings(
                    conversation_id, now, lambda model, usage: self._catalog.price_of(model, usage, now)
                ),
            )
        except StoreError:  # a sum is not worth a chat
            return Spent()

    def rest(self, records: Sequence["Message"], model: str, spent: Spent) -> None:
        """Nothing streams in this branch, whose next turn `model` answers."""
        info = self._info(model)
        reading = resting(records, window=info.window, free=info.free, today=spent.today, chat=spent.chat)
        self.reading = replace(reading, rate_limits=self._rate_limits(model), standings=spent.standings)

    def switch(self, model: str) -> None:
        """Another model answers the next turn."""
        if not self.reading.streaming:
            info, limits = self._info(model), self._rate_limits(model)
            self.reading = replace(self.reading, window=info.window, free=info.free, rate_limits=limits)

    def measure(self, records: Sequence["Message"], sent_from: str) -> None:
        """Another part of the branch goes to the next turn: from this message on, see `sent_part`."""
        if not self.reading.streaming:
            self.reading = with_context(self.reading, records, sent_from)

    def count_beside(self, spent: Spent) -> None:
        """More was spent than the reading has, beside the conversation or before it; not while a reply is under way."""
        if not self.reading.streaming:
            today = self.reading.today_price if spent.today is None else spent.today
            chat = self.reading.chat_price if spent.chat is None else spent.chat
            self.reading = replace(self.reading, today_price=today, chat_price=chat, standings=spent.standings)

    def _rate_limits(self, model: str) -> "RateLimits | None":
        return still(self._replies.rate_limits.get(ModelId.parse(model).provider))

    def drop_what_is_over(self) -> bool:
        """Let go of rate limits that have begun anew; whether there were any."""
        held, self.reading = self.reading, replace(self.reading, rate_limits=still(self.reading.rate_limits))
        return held != self.reading

    def cost(self, records: Sequence["Message"], message_id: str = "") -> CostSplit:
        """What a reply's price is made of; if none of that id is shown, that of the last one."""
        replies = [record for record in records if record.kind == "reply"]
        reply = next((one for one in replies if one.id == message_id), replies[-1] if replies else None)
        if reply is None:
            return CostSplit()
        info, reading = self._info(reply.model), self.reading
        live = reading.streaming and reply is replies[-1]
        usage = reading.usage if live else StoredUsage.from_json(reply.usage)
        total = reading.message_price if live else reply.price
        return cost_split(usage, total, lambda tokens: self._catalog.price(info, tokens, reply.created_at))
