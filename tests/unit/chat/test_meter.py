"""The meter's figures: measured, marked as estimated, or unknown; never a made-up zero."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tui.agent.usage import Usage
from tui.chat.replies.extent import sent_part
from tui.chat.replies.meter import ReplyMeter, Terms, resting, total_price
from tui.chat.replies.sizes import HistorySize, history_size
from tui.chat.usage import StoredUsage, stored_usage
from tui.store.records import Message


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def estimate(request: int | None, response: int | None) -> Usage:
    return Usage(requests=1, request_tokens=request, response_tokens=response, estimated=True)


def reply(**fields: object) -> Message:
    values: dict[str, object] = {
        "id": "r", "conversation_id": "c", "parent_id": "p", "kind": "reply", "state": "done", "payload": b"[]",
        "text": "", "thinking": "", "model": "test:test", "settings": "", "usage": "", "price": None, "failure": "",
        "thinking_ms": None, "first_token_ms": None, "total_ms": None, "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Message(**(values | fields))  # type: ignore[arg-type]  # a builder for tests


def test_before_the_first_token_the_wait_counts_up_and_nothing_is_claimed() -> None:
    clock = Clock()
    meter = ReplyMeter(clock, Terms())
    clock.now += 1.5
    reading = meter.reading(Usage())
    assert reading.streaming
    assert reading.first_token_s == 1.5
    unknown = (reading.tokens_per_s, reading.usage.output, reading.context_tokens, reading.message_price)
    assert unknown == (None,) * 4


def test_figures_rise_as_estimates_and_then_snap_to_the_exact_one() -> None:
    clock, seen = Clock(), []
    meter = ReplyMeter(clock, Terms())
    for tokens in (10, 20, 30, 40):
        clock.now += 0.5
        usage = estimate(7, tokens)
        meter.arrived(usage)
        seen.append(meter.reading(usage))
    assert [reading.usage.output for reading in seen] == [10, 20, 30, 40]
    assert all(reading.output_estimated and reading.input_estimated for reading in seen)
    meter.ended()
    last = meter.reading(Usage(requests=1, request_tokens=9, response_tokens=38))
    assert (last.usage.output, last.output_estimated, last.streaming) == (38, False, False)
    assert last.context_tokens == 47


def test_the_rate_looks_back_two_seconds_and_falls_when_the_stream_stalls() -> None:
    clock = Clock()
    meter = ReplyMeter(clock, Terms())
    for index in range(1, 41):  # 4 s at 50 tokens/s
        clock.now += 0.1
        meter.arrived(estimate(None, index * 5))
    assert meter.reading(estimate(None, 200)).tokens_per_s == pytest.approx(50, rel=0.06)
    clock.now += 1
    assert meter.reading(estimate(None, 200)).tokens_per_s == pytest.approx(25, rel=0.06)
    clock.now += 2
    assert meter.reading(estimate(None, 200)).tokens_per_s == 0


def test_the_rate_is_unknown_at_first_and_the_average_at_the_end_without_the_wait() -> None:
    clock = Clock()
    meter = ReplyMeter(clock, Terms())
    clock.now += 10
    meter.arrived(estimate(None, 1))
    assert meter.reading(estimate(None, 1)).tokens_per_s is None
    clock.now += 2
    meter.arrived(estimate(None, 100))
    clock.now += 5
    meter.ended()
    reading = meter.reading(Usage(response_tokens=100))
    assert reading.tokens_per_s == 50
    assert (reading.first_token_s, reading.total_s) == (10, 17)


def test_an_estimate_corrected_downwards_never_gives_a_negative_rate() -> None:
    clock = Clock()
    meter = ReplyMeter(clock, Terms())
    for tokens in (100, 200, 120, 125):
        clock.now += 0.3
        meter.arrived(estimate(None, tokens))
    rate = meter.reading(estimate(None, 125)).tokens_per_s
    assert rate is not None
    assert rate > 0


def test_the_context_is_what_the_last_request_carried_not_the_sum_of_all() -> None:
    meter = ReplyMeter(Clock(), Terms(window=lambda: 1000))
    meter.requested(Usage())
    meter.requested(Usage(requests=1, request_tokens=100, response_tokens=20))
    reading = meter.reading(Usage(requests=2, request_tokens=240, response_tokens=50))
    assert reading.context_tokens == 140 + 30
    assert reading.window == 1000
    meter.requested(failed := Usage(requests=2, request_tokens=240, response_tokens=50))
    assert meter.reading(failed).context_tokens == 140 + 30, "a request that came to nothing has changed nothing"


def test_after_tool_calls_everyone_who_opens_the_chat_reads_the_size_of_the_last_request() -> None:
    """A sum over all requests makes a small chat "not fit" as soon as tools were called in it."""
    meter = ReplyMeter(Clock(), Terms())
    meter.requested(Usage())
    meter.requested(Usage(requests=1, request_tokens=100, response_tokens=20))
    stored = meter.stored(Usage(requests=2, request_tokens=240, response_tokens=50))
    assert StoredUsage.from_json(stored.to_json()) == stored
    rows = [reply(text="found", usage=stored.to_json())]
    sizes = (resting(rows, window=400, free=False).context_tokens, history_size(rows, sent_part(rows), "be brief", 90))
    assert sizes == (170, HistorySize(170, estimated=False, counted_by=rows[0]))
    before = [reply(text="found it all", usage=replace(stored, last=None).to_json())]
    reading = resting(before, window=400, free=False)
    assert (reading.context_tokens, reading.context_estimated) == (3, True), "a row without it is estimated"


def test_prices_add_up_over_what_is_known_and_free_is_not_unknown() -> None:
    def price(usage: StoredUsage) -> Decimal | None:
        return Decimal(usage.output) / 100 if usage.output is not None else None

    paid = ReplyMeter(Clock(), Terms(price=price, chat_before=Decimal("0.30"), today_before=None))
    reading = paid.reading(estimate(None, 5))
    assert (reading.message_price, reading.chat_price, reading.today_price) == (
        Decimal("0.05"),
        Decimal("0.35"),
        Decimal("0.05"),
    )
    assert reading.price_estimated
    unknown = ReplyMeter(Clock(), Terms(chat_before=Decimal("0.30"))).reading(estimate(None, 5))
    assert (unknown.message_price, unknown.chat_price, unknown.price_estimated) == (None, Decimal("0.30"), False)
    free = ReplyMeter(Clock(), Terms(free=True)).reading(estimate(None, 5))
    assert (free.message_price, free.free, free.price_estimated) == (Decimal(0), True, False)


def test_a_part_is_never_shown_larger_than_its_whole() -> None:
    usage = Usage(1, 10, 10, details={"reasoning_tokens": 11, "cache_read_tokens": 4, "cache_write_tokens": 40})
    assert stored_usage(usage) == StoredUsage(input=10, cached=4, cache_written=10, output=10, reasoning=10, requests=1)


def test_stored_usage_survives_the_disk_and_unknown_stays_unknown() -> None:
    usage = StoredUsage(input=0, output=12, reasoning=3, requests=1, estimated=True)
    assert StoredUsage.from_json(usage.to_json()) == usage
    assert StoredUsage().to_json() == ""
    assert StoredUsage.from_json("") == StoredUsage()
    assert StoredUsage.from_json('{"input": 1, "invented_later": 2}') == StoredUsage(input=1)


def test_an_opened_conversation_shows_its_last_replys_figures() -> None:
    first = reply(price=Decimal("0.1"), usage=StoredUsage(input=5, output=5).to_json())
    last = reply(
        price=Decimal("0.2"),
        usage=StoredUsage(input=90, output=10, estimated=True).to_json(),
        first_token_ms=500,
        total_ms=1500,
    )
    reading = resting([first, last], window=200, free=False, today=Decimal(1))
    assert (reading.context_tokens, reading.window, reading.chat_price) == (100, 200, Decimal("0.3"))
    assert (reading.tokens_per_s, reading.first_token_s, reading.total_s) == (10, 0.5, 1.5)
    assert reading.output_estimated
    assert reading.price_estimated
    assert not reading.streaming


def test_an_empty_conversation_claims_nothing() -> None:
    reading = resting([], window=None, free=False)
    unknown = (reading.context_tokens, reading.chat_price, reading.message_price, reading.tokens_per_s)
    assert unknown == (None,) * 4
    assert total_price([reply()]) is None


def test_a_free_answer_does_not_make_a_chat_of_unknown_price_free() -> None:
    free = ReplyMeter(Clock(), Terms(free=True, chat_before=None))
    assert free.reading(estimate(None, 5)).chat_price is None
    assert ReplyMeter(Clock(), Terms(free=True, chat_before=Decimal(0))).reading(estimate(None, 5)).chat_price == 0
    assert ReplyMeter(Clock(), Terms(chat_before=Decimal(0))).reading(estimate(None, 5)).chat_price is None
    assert total_price([reply(), reply(price=Decimal(0))]) is None
    assert total_price([reply(), reply(price=Decimal("0.2"))]) == Decimal("0.2")
    assert total_price([reply(price=Decimal(0)), reply(price=Decimal(0))]) == 0


def test_what_tools_and_the_person_take_is_no_time_of_the_model() -> None:
    now = [0.0]
    meter, usage = ReplyMeter(lambda: now[0]), Usage()
    now[0], usage.response_tokens = 1.0, 10
    meter.called(usage)
    now[0] = 61.0  # a minute at the card
    assert meter.reading(usage).total_s == 1.0
    meter.requested(usage)
    now[0], usage.response_tokens = 62.0, 30
    meter.arrived(usage)
    now[0], usage.response_tokens = 63.0, 70
    meter.arrived(usage)
    meter.ended()
    reading = meter.reading(usage)
    assert (reading.first_token_s, reading.total_s, reading.tokens_per_s) == (1.0, 3.0, 35.0)
