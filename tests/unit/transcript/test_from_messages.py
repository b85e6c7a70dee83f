"""Stored rows as the transcript shows them: figures, states and lines must be those of the rows."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.library import conversation, prompt, reply
from tui.agent.messages import ModelResponse, ToolCallPart
from tui.app.transcript.from_messages import (
    clock_text,
    price_text,
    switch_message,
    transcript_message,
)
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent
from tui.chat.replies.events import Waiting
from tui.chat.replies.messages import dump
from tui.chat.replies.meter import MeterReading
from tui.store.records import Message, MessageState

CHAT = conversation()
FIRST = prompt(CHAT)


@dataclass(frozen=True)
class Running:
    """A reply under way."""

    reply_id: str
    parts: tuple[MessageContent, ...] = (ThinkingContent("hm"), TextContent("so far"))
    reading: MeterReading = MeterReading(total_s=4.0)  # noqa: RUF009  frozen
    waiting: Waiting | None = None


def test_a_time_of_another_day_has_its_date() -> None:
    now = datetime.now(UTC)
    assert clock_text(now) == f"{now.astimezone():%H:%M}"
    assert clock_text(datetime(2019, 11, 9, 12, 5).astimezone()) == "9 Nov 2019 12:05"
    assert transcript_message(replace(FIRST, created_at=now - timedelta(days=400))).time.count(" ") == 3


def test_the_same_name_elsewhere_shows_the_provider() -> None:
    line = switch_message("s", "a:one", "c:one", "cache cold")
    assert (line.previous_model, line.model, line.note) == ("a:one", "c:one", "cache cold")


def test_a_row_that_another_window_is_writing_is_neither_shown_as_stopped_nor_clocked_as_ours() -> None:
    shown = transcript_message(reply(CHAT, FIRST))
    assert (shown.state, shown.started, shown.waiting) == ("streaming", None, None)


@pytest.mark.parametrize(("state", "shown"), [("streaming", "running"), ("interrupted", "interrupted")])
def test_a_call_without_a_result_runs_as_long_as_another_window_writes_its_reply(
    state: MessageState, shown: str
) -> None:
    called = dump([ModelResponse([ToolCallPart("files_edit", {"path": "a"}, "1")])])
    (call,) = transcript_message(replace(reply(CHAT, FIRST), state=state, payload=called)).parts
    assert isinstance(call, ToolCallContent) and call.state == shown, "it is not shown as stopped, which it is not"


def test_a_reply_under_way_shows_what_has_come_and_the_others_do_not() -> None:
    row = reply(CHAT, FIRST, model="a:one")
    shown = transcript_message(row, Running(row.id))
    assert (shown.state, shown.parts) == ("streaming", Running(row.id).parts)
    assert shown.started is not None
    assert transcript_message(FIRST).parts == (TextContent("Why?"),)
    assert transcript_message(row, None).parts == ()


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"state": "interrupted", "total_ms": 900}, "by you"),
        ({"state": "interrupted"}, ""),
        ({"finish_reason": "length"}, "at the longest answer allowed"),
        ({"finish_reason": "stop"}, ""),
    ],
)
def test_a_reply_that_is_not_whole_says_why(changes: dict[str, object], note: str) -> None:
    row: Message = replace(reply(CHAT, FIRST, "One."), **changes)  # type: ignore[arg-type]  # each is a field of the row
    assert transcript_message(row).note == note


def test_figures_are_those_of_the_row() -> None:
    usage = '{"input": 12, "output": 34, "estimated": true}'
    row = replace(reply(CHAT, FIRST, "One."), usage=usage, price=Decimal("0.05"), first_token_ms=600, total_ms=3_100)
    shown = transcript_message(row)
    assert (shown.input_tokens, shown.output_tokens, shown.estimated) == (12, 34, True)
    assert (shown.first_token_s, shown.total_s, shown.price_text) == (0.6, 3.1, "≈$0.05")


def test_an_unknown_price_is_not_free() -> None:
    assert (price_text(None), price_text(Decimal(0)), price_text(Decimal("0.06"))) == ("", "free", "$0.06")
