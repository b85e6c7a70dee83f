"""One bad figure in a stored reply must not stop a start, a list, a sum, a drawing, an export, or the next question."""

import asyncio
import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.messages import ModelResponse, TextPart
from tui.agent.usage import Usage
from tui.app.chat.changes import LoadMessages
from tui.app.chat.presenter import ChatPresenter
from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.row_cache import RowCache
from tui.app.widgets.meter import context_percent, meter_line
from tui.chat.export import export_text
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyDone
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.messages import charged_for, history_of
from tui.chat.replies.meter import MeterReading, ReplyMeter, Terms
from tui.chat.replies.replies import Replies
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.chat.usage import StoredUsage, stored_usage
from tui.config import EFFORTS
from tui.formats import FORMATS
from tui.store import conversations
from tui.store.database import Database

FIGURES: tuple[Any, ...] = (
    math.nan, math.inf, -math.inf, 1e308, -1e308, -1, 0, 1, 1.5, True, False, 2**53, 2**200, 10**400, "1e308", "NaN",
    "", "1", None, [], [1], {}, {"a": {}},
)  # fmt: skip
"""What a provider, a proxy or an old version may give where a number belongs."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(FIGURES)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner))
KEYS = (
    "input", "output", "cached", "cache_written", "reasoning", "requests", "estimated",
    "kind", "title", "message", "hint", "provider", "model", "code", "request_id", "retry_after_s",
    "temperature", "max_tokens", "top_p", "effort", "system_prompt",
)  # fmt: skip
RECORDS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6)
TEXTS = st.text(max_size=40) | (RECORDS | JSON).map(json.dumps) | st.sampled_from(["[" * 20_000, '{"a":' * 9999])
PART = st.dictionaries(
    st.sampled_from(["part_kind", "content", "tool_name", "args", "tool_call_id", "outcome", "timestamp"]),
    JSON | st.sampled_from(["text", "thinking", "tool-call", "tool-return", "user-prompt", "retry-prompt"]),
)
MESSAGE = st.fixed_dictionaries(
    {"kind": st.sampled_from(["request", "response"]), "parts": JSON | st.lists(PART, max_size=3)},
    optional={"usage": JSON, "vendor_details": JSON | st.fixed_dictionaries({"cost": JSON}), "timestamp": JSON},
)
PAYLOADS = st.binary(max_size=40) | (st.lists(MESSAGE, max_size=3) | JSON).map(json.dumps).map(str.encode)


@dataclass
class Shown:
    """What the screen and the shell would show of a library."""

    reading: MeterReading
    exported: str


async def used(database: Database, conversation_id: str) -> Shown:
    """Open, sum, draw, export a conversation, make the engine's history of it, and go on with it."""
    library = Library(database)
    catalog = ScriptedCatalog({"openai:gpt-5.6": ScriptedModel(["More."])}, window=1000, token_price=Decimal("0.001"))
    presenter = ChatPresenter(library, Replies(library, catalog), catalog)
    (loaded,) = await presenter.open(conversation_id)
    assert isinstance(loaded, LoadMessages) and presenter.view() is not None
    for width in (60, 80, 100, 120, 160, 200):
        meter_line(presenter.reading, width, width)
    context_percent(presenter.reading)
    for message in loaded.messages:
        rows = MessageRows(message, RowCache(), 80, 0.0)
        [rows.row(number) for number in range(rows.height)]
    exported = "".join([await export_text(library, conversation_id, name) for name in FORMATS])
    opened = await library.open(conversation_id)
    await history_of(opened.messages)
    events = [event async for event in Turn(opened.conversation, library, catalog, Prompt("And?")).events()]
    assert isinstance(events[-1], ReplyDone)
    await presenter.open(conversation_id)
    return Shown(presenter.reading, exported)


async def poisoned(**columns: Any) -> Shown:
    """A conversation of one turn whose reply has these values; past the checks of `message_values` if need be."""
    database = Database(None)
    await database.open()
    try:
        chat = conversation()
        asked = prompt(chat)
        answer = reply(chat, asked)
        now = datetime.now(UTC)
        await database.run(conversations.start_turn, chat, asked, answer, database.owner)
        done = replace(answer, state="done", text="Because.", created_at=now)
        await database.run(conversations.finish_reply, done, now)

        def write(connection: Any) -> None:
            for column, value in columns.items():
                connection.execute(f"UPDATE messages SET {column} = ? WHERE id = ?", (value, answer.id))
                if column == "settings":
                    connection.execute("UPDATE conversations SET settings = ?", (value,))

        await database.run(write)
        return await used(database, chat.id)
    finally:
        await database.close()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    usage=TEXTS,
    failure=TEXTS,
    chat_settings=TEXTS,
    payload=PAYLOADS,
    state=st.sampled_from(["done", "failed", "interrupted"]),
)
def test_nothing_that_a_reply_may_hold_stops_anything(
    usage: str, failure: str, chat_settings: str, payload: bytes, state: str
) -> None:
    columns = {"usage": usage, "failure": failure, "settings": chat_settings, "payload": payload, "state": state}
    texts = {name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
             for name, value in columns.items()}  # fmt: skip
    shown = asyncio.run(poisoned(**texts))
    assert "Because." in shown.exported and shown.reading.usage.output


@pytest.mark.parametrize("value", [math.nan, 1e308, -1.0, math.inf, "NaN", "1e308", "true", 2**62, b"\xff", -5])
async def test_a_price_out_of_range_is_unknown_and_the_sums_go_on(value: Any) -> None:
    shown = await poisoned(price=value, total_ms=value, first_token_ms=value, thinking_ms=value)
    assert shown.reading.message_price is not None
    assert shown.reading.chat_price == shown.reading.today_price == shown.reading.message_price


@pytest.mark.parametrize("cost", FIGURES, ids=repr)
def test_what_a_provider_charged_counts_only_if_it_is_a_price(cost: Any) -> None:
    response = ModelResponse([TextPart("x")], vendor_details={"cost": cost})
    charged = charged_for([response])
    expected = (
        cost not in (2**53, 2**200, 10**400, 1e308) and cost == cost and cost not in (math.inf, "1e308", "NaN", "")
    )
    sound = isinstance(cost, int | float | str) and not isinstance(cost, bool) and expected and float(cost) >= 0
    assert charged == (Decimal(str(cost)) if sound else None)
    good = ModelResponse([TextPart("x")], vendor_details={"cost": 0.25})
    assert charged_for([good, response]) == (None if charged is None else charged + Decimal("0.25"))


def test_charges_that_are_too_much_together_are_unknown() -> None:
    half = ModelResponse([TextPart("x")], vendor_details={"cost": 2**52})
    assert charged_for([half, half]) is None


@pytest.mark.parametrize("count", FIGURES, ids=repr)
def test_counts_of_tokens_out_of_range_are_unknown_while_it_streams_and_when_it_is_stored(count: Any) -> None:
    names = (
        "requests",
        "request_tokens",
        "response_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
    )
    usage: Usage = SimpleNamespace(**dict.fromkeys(names, count), estimated=False)  # type: ignore[assignment]
    meter = ReplyMeter(iter(float(number) for number in range(1000)).__next__, Terms(window=lambda: 100))
    meter.requested(usage)
    meter.arrived(usage)
    meter.arrived(usage)
    streaming = meter.reading(usage)
    meter.ended()
    for reading in (streaming, meter.reading(usage)):
        for width in (60, 80, 120, 200):
            meter_line(reading, width, width)
    stored = stored_usage(usage)
    assert StoredUsage.from_json(stored.to_json()) == (stored if stored.input is not None else StoredUsage())


@pytest.mark.parametrize("price", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal(-1), Decimal("1e308")])
def test_a_price_list_that_makes_no_sense_leaves_the_sums_alone(price: Decimal) -> None:
    terms = Terms(price=lambda usage: price, chat_before=Decimal(1), today_before=Decimal(2))
    meter = ReplyMeter(lambda: 0.0, terms)
    reading = meter.reading(Usage(requests=1, request_tokens=1, response_tokens=1, total_tokens=2))
    assert (reading.message_price, reading.chat_price, reading.today_price) == (None, Decimal(1), Decimal(2))
    meter_line(reading, 200, 200)


@given(TEXTS)
@example('{"temperature": 2.5, "top_p": 2, "max_tokens": 0}')
def test_settings_are_in_their_ranges_whatever_stands_there(text: str) -> None:
    found = ChatSettings.from_json(text)
    assert found.temperature is None or 0 <= found.temperature <= 2
    assert found.top_p is None or 0 <= found.top_p <= 1
    assert found.max_tokens is None or 1 <= found.max_tokens < 2**53
    assert found.effort is None or found.effort in EFFORTS
    assert isinstance(found.system_prompt, str)
    assert ChatSettings.from_json(found.to_json()) == found


@given(TEXTS)
def test_a_failure_has_words_whatever_stands_there(text: str) -> None:
    found = failure_from_json(text)
    if found is not None:
        words = (found.kind, found.title, found.message, found.hint, found.provider, found.model, found.request_id)
        assert all(isinstance(word, str) for word in words)
        assert found.code is None or found.code >= 0
