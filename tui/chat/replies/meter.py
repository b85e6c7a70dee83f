"""The live meter's figures. A figure that is not known is None, never 0; one that is estimated says so.

Pure: it is given the run's own usage and a clock, and knows neither what runs nor the screen.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from tui.bounds import dollars, whole_number
from tui.chat.limits import Standing
from tui.chat.rate_limits import RateLimits
from tui.chat.usage import StoredUsage, stored_usage
from tui.dataclass import dataclass
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.agent.usage import Usage

RATE_WINDOW_S = 2.0
SHORTEST_RATE_S = 0.25


@dataclass(frozen=True, slots=True)
class MeterReading:
    """Everything that the meter's line can show, for one conversation at one moment.

    Attributes:
        usage: tokens of the reply under way, or of the last one.
        input_estimated, output_estimated: draw "≈" before that figure.
        tokens_per_s: of a sliding 2 s while streaming, the average afterwards, without the wait for the first token.
        first_token_s: wait for the first token; counts up until it came.
        total_s: since the request went out.
        context_tokens: what the next request would carry at least: the last input plus the last output.
        context_estimated: nobody has counted that: messages were summed up or left out since.
        left_out: how many messages are not sent any more.
        window: the model's context window in tokens.
        message_price, chat_price, today_price: US dollars; `free` means the model costs nothing (local, demo).
        price_estimated: `message_price` rests on estimated tokens.
        streaming: True while the reply is under way.
        rate_limits: what the provider has said last is left of them; None for nothing that still holds.
        standings: how much of each limit is spent, the reply under way included.
    """

    usage: StoredUsage = StoredUsage()
    input_estimated: bool = False
    output_estimated: bool = False
    tokens_per_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    context_tokens: int | None = None
    context_estimated: bool = False
    left_out: int = 0
    window: int | None = None
    message_price: Decimal | None = None
    price_estimated: bool = False
    chat_price: Decimal | None = None
    today_price: Decimal | None = None
    free: bool = False
    streaming: bool = False
    rate_limits: RateLimits | None = None
    standings: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What one reply is measured against: the model's window and prices, and what was spent before.

    Attributes:
        window: gives the model's context window in tokens; asked each time, it may become known on the way.
        free: the model costs nothing (local, demo).
        price: gives US dollars of a usage, None when unknown.
        chat_before: price of the conversation's earlier replies, as far as known; 0 when there are none.
        today_before: price of all of today's earlier replies, as far as known.
        standings: gives how much of each limit is spent with this reply, by its usage and its price.
    """

    window: Callable[[], int | None] = lambda: None
    free: bool = False
    price: Callable[[StoredUsage], Decimal | None] = lambda usage: None
    chat_before: Decimal | None = None
    today_before: Decimal | None = None
    standings: Callable[[StoredUsage, Decimal | None], tuple[Standing, ...]] = lambda usage, price: ()


class ReplyMeter:
    """Turns one reply's growing usage and a clock into readings.

    Args:
        clock: seconds that only grow, such as `time.monotonic`.

    Attributes:
        rate_limits: what the provider has said of them; None when it has not.
    """

    def __init__(self, clock: Callable[[], float], terms: Terms = Terms()) -> None:  # noqa: B008  frozen
        self.rate_limits: RateLimits | None = None
        self._clock = clock
        self._terms = terms
        self._started = clock()
        self._first: float | None = None
        self._last: float | None = None
        self._ended: float | None = None
        self._called_at: float | None = None  # while tools run, and the person is asked about them
        self._away_s = 0.0  # that it took so far
        self._charged: Decimal | None = None
        self._before_request = (0, 0)
        self._context_before: int | None = None
        self._samples: deque[tuple[float, int]] = deque()

    def restart(self, terms: Terms) -> None:
        """The request goes out now, on these terms; what came before was preparation."""
        self._terms = terms
        self._started = self._now()

    def _now(self) -> float:
        now = self._clock() if self._called_at is None else self._called_at
        return now - self._away_s

    @property
    def first_token_s(self) -> float | None:
        """Seconds from the start to the first thought or word; None while there is none."""
        return None if self._first is None else self._first - self._started

    @property
    def total_s(self) -> float:
        """Seconds since the start, to the end if it has come."""
        return (self._ended if self._ended is not None else self._now()) - self._started

    def called(self, usage: "Usage") -> None:
        """The model has called tools: what those take, and the person who is asked, is no time of the model's."""
        self.arrived(usage)
        if self._called_at is None:
            self._called_at = self._clock()

    def requested(self, usage: "Usage") -> None:
        """Another request goes out; what was used so far is not part of it."""
        if self._called_at is not None:
            self._away_s += self._clock() - self._called_at
            self._called_at = None
        self._context_before = self._context(usage)
        self._before_request = (whole_number(usage.request_tokens) or 0, whole_number(usage.response_tokens) or 0)

    def arrived(self, usage: "Usage") -> None:
        """A piece of the answer came, and `usage` counts it."""
        now, output = self._now(), whole_number(usage.response_tokens) or 0
        if self._first is None:
            self._first = now
            self._samples.append((now, 0))
        self._last = now
        if output < self._samples[-1][1]:  # an estimate was corrected downwards: rates start anew
            self._samples.clear()
        if not self._samples or now - self._samples[-1][0] >= SHORTEST_RATE_S / 5:
            self._samples.append((now, output))

    def ended(self, charged: Decimal | None = None) -> None:
        """The reply is over: clocks stand still, the rate becomes the average.

        Args:
            charged: the price in US dollars by the provider's own word, which counts more than a price list.
        """
        self._ended = self._now()
        self._charged = charged

    def stored(self, usage: "Usage") -> StoredUsage:
        """What is stored of a usage of several requests, of which the last one has filled the context."""
        stored = stored_usage(usage)
        return replace(stored, last=self._context(usage)) if stored.requests > 1 else stored

    def reading(self, usage: "Usage | None") -> MeterReading:
        """The figures at this moment; `usage` is None when nothing was asked yet."""
        stored = StoredUsage() if usage is None else self.stored(usage)
        terms = self._terms
        message_price = Decimal(0) if terms.free else self._charged
        if message_price is None:
            message_price = dollars(terms.price(stored))
        streaming = self._ended is None
        return MeterReading(
            usage=stored,
            input_estimated=stored.estimated and stored.input is not None,
            output_estimated=stored.estimated and stored.output is not None,
            tokens_per_s=self._rate_now() if streaming else self._average_rate(stored.output),
            first_token_s=self.total_s if self._first is None and streaming else self.first_token_s,
            total_s=self.total_s,
            context_tokens=None if usage is None else self._context(usage),
            window=terms.window(),
            message_price=message_price,
            price_estimated=stored.estimated and bool(message_price) and self._charged is None,
            chat_price=_sum(terms.chat_before, message_price),
            today_price=terms.today_before if message_price is None else (terms.today_before or 0) + message_price,
            free=terms.free,
            streaming=streaming,
            rate_limits=self.rate_limits,
            standings=terms.standings(stored, message_price),
        )

    def _rate_now(self) -> float | None:
        samples, now = self._samples, self._now()
        while len(samples) > 1 and samples[1][0] <= now - RATE_WINDOW_S:
            samples.popleft()
        if not samples or now - samples[0][0] < SHORTEST_RATE_S:
            return None
        span = now - samples[0][0]
        if span > RATE_WINDOW_S + SHORTEST_RATE_S:  # the oldest sample lies before a pause, which is no longer in sight
            span = RATE_WINDOW_S
        return (samples[-1][1] - samples[0][1]) / span

    def _average_rate(self, output: int | None) -> float | None:
        if output is None or self._first is None or self._last is None or self._last - self._first < SHORTEST_RATE_S:
            return None
        return output / (self._last - self._first)

    def _context(self, usage: "Usage") -> int | None:
        input, output = whole_number(usage.request_tokens), whole_number(usage.response_tokens)
        if input is None and output is None:
            return None
        before_input, before_output = self._before_request
        context = max(0, (input or 0) - before_input) + max(0, (output or 0) - before_output)
        return context or self._context_before  # a request that came to nothing has changed nothing


def resting(
    messages: Sequence[Message],
    *,
    window: int | None,
    free: bool,
    today: Decimal | None = None,
    chat: Decimal | None = None,
) -> MeterReading:
    """The reading of a conversation in which nothing streams: its last reply's figures, as stored.

    Args:
        messages: the branch that is shown, oldest first.
        window: the context window of the model that answers next.
        free: that model costs nothing.
        today: what all of today's replies cost, as far as known.
        chat: the same of this conversation with its other branches, and what was asked beside it.
    """
    replies = [message for message in messages if message.kind == "reply" and message.state != "streaming"]
    if not replies:
        return MeterReading(window=window, free=free, today_price=today)
    last = replies[-1]
    usage = StoredUsage.from_json(last.usage)
    shown = total_price(messages)
    reading = MeterReading(
        usage=usage,
        input_estimated=usage.estimated and usage.input is not None,
        output_estimated=usage.estimated and usage.output is not None,
        tokens_per_s=_stored_rate(last, usage.output),
        first_token_s=_seconds(last.first_token_ms),
        total_s=_seconds(last.total_ms),
        context_tokens=usage.context,
        window=window,
        message_price=last.price,
        price_estimated=usage.estimated and bool(last.price),
        chat_price=shown if chat is None else chat,
        today_price=today,
        free=free,
    )
    return with_context(reading, messages)


def with_context(reading: MeterReading, branch: Sequence[Message], sent_from: str = "") -> MeterReading:
    """A reading with what the next request carries where that is not all of a branch any more, or all of it again.

    `sent_from` is as for `sent_part`.
    """
    from tui.chat.replies.extent import sent_part
    from tui.chat.replies.sizes import history_size

    extent = sent_part(branch, sent_from)
    counted = reading.context_tokens is not None or reading.usage.input is None
    if counted and extent.summary is None and not extent.left_out and not sent_from:
        return replace(reading, left_out=0)
    size = history_size(branch, extent)
    estimated = size.counted_by is None
    return replace(reading, context_tokens=size.tokens, context_estimated=estimated, left_out=extent.left_out)


def total_price(messages: Sequence[Message]) -> Decimal | None:
    """What replies cost together, as far as known; None when of none of them is known. Copies were paid elsewhere."""
    own = [one for one in messages if one.kind == "reply" and not StoredUsage.from_json(one.usage).copied]
    prices = [message.price for message in own]
    return reduce(_sum, prices) if prices else None


def _stored_rate(reply: Message, output: int | None) -> float | None:
    if output is None or reply.first_token_ms is None or reply.total_ms is None:
        return None
    duration_s = (reply.total_ms - reply.first_token_ms) / 1000
    return output / duration_s if duration_s >= SHORTEST_RATE_S else None


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _sum(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """What both cost, as far as known; what is free makes what is unknown neither known nor free."""
    total = (left or Decimal(0)) + (right or Decimal(0))
    return total if total or (left is not None and right is not None) else None
