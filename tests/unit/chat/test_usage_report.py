"""Sums that a person pays by: they agree with each other, say what is unknown, and leave the program whole."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection

import pytest

from tests.support.library import conversation, prompt, reply
from tui.chat.context_parts import context_parts
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.usage_files import USAGE_FORMATS, export_usage, write_csv, write_json
from tui.chat.usage_report import VIEWS, Sums, UsageReport, day_scope, month_scope, scope_of, since
from tui.errors import ExportError
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Attachment, UsageScope

HOSTILE = '=HYPERLINK("http://x")\x1b[31m\n'


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    database = Database(None)
    await database.open()
    await database.run(fill)
    yield Library(database)
    await database.close()


def fill(connection: Connection) -> None:
    """Today: 0.10 and a title of 0.001 in one chat; yesterday: a free and an unknown reply in another."""
    now = datetime.now().astimezone()
    rows = (
        ("One", "a:dear", "0.10", '{"input": 100, "cached": 25, "output": 40, "reasoning": 30}', now),
        (HOSTILE, "b:free", "0", '{"input": 7, "output": 1, "estimated": true}', now - timedelta(days=1)),
        (HOSTILE, "c:unknown", None, '{"input": 7, "output": 1}', now - timedelta(days=1)),
    )
    for title, model, price, usage, at in rows:
        chat = conversation(title)
        asked = prompt(chat)
        answer = replace(
            reply(chat, asked, "because", model=model),
            usage=usage, price=Decimal(price) if price else None, created_at=at, first_token_ms=500, total_ms=1_500,
        )  # fmt: skip
        conversations.save_conversation(connection, chat)
        conversations.append(connection, [asked, answer])
        if title == "One":
            conversations.add_side_call(
                connection, chat.id, "title", model="b:small", usage='{"input": 3}', price=Decimal("0.001"), at=at
            )


async def test_every_table_comes_to_the_same_sum_and_to_that_of_the_meter(library: Library) -> None:
    report = await library.usage.read(UsageScope())
    for by in VIEWS:
        assert sum((line.sums.price or 0 for line in report.lines(by)), Decimal(0)) == Decimal("0.101"), by
        assert sum(line.sums.replies for line in report.lines(by)) == 3
    today = await library.usage.read(scope_of("today", "", date.today()))
    assert today.total.price == await library.spent_today() == Decimal("0.101")
    for chat in report.lines("chat"):
        alone = await library.usage.read(scope_of("chat", chat.key, date.today()))
        assert alone.total == chat.sums
        assert (alone.total.price or 0) == (await library.spent_in(chat.key) or 0)


async def test_a_chat_counts_for_each_of_its_tags_and_once_in_the_sum(library: Library) -> None:
    (chat,) = [line.key for line in (await library.usage.read(UsageScope())).lines("chat") if line.label == "One"]
    await library.folders.tag([chat], ["trip", "work"])
    report = await library.usage.read(UsageScope())
    prices = {line.key: line.sums.price for line in report.lines("tag")}
    assert prices == {"": 0, "trip": Decimal("0.101"), "work": Decimal("0.101")}
    assert (report.total.price, report.counted_twice) == (Decimal("0.101"), 1)
    for scope in (UsageScope(tag="trip"), UsageScope(tag="trip", conversation_id=chat)):
        assert (await library.usage.read(scope)).total.price == Decimal("0.101")
    assert (await library.usage.read(UsageScope(tag="nope"))).total == Sums()


async def test_a_provider_is_all_of_its_models_and_no_other(library: Library) -> None:
    report = await library.usage.read(UsageScope())
    for line in report.lines("provider"):
        alone = await library.usage.read(UsageScope(provider=line.key))
        assert (alone.total, alone.lines("provider")) == (line.sums, [line])
    assert (await library.usage.read(UsageScope(provider="%"))).total == Sums()


async def test_what_is_free_what_is_unknown_and_what_is_estimated_are_told_apart(library: Library) -> None:
    report = await library.usage.read(UsageScope())
    texts = {line.label: line.sums.price_text for line in report.lines("model")}
    assert texts == {"dear": "$0.10", "small": "$0.001", "free": "free", "unknown": "—"}
    assert report.total.price_text == "≈$0.10 + ?"
    assert (report.total.cached_percent, report.total.tokens_per_s) == (21, 14)
    assert Sums().price_text == "—" and Sums().cached_percent is None
    assert [(line.key, line.sums.side_calls) for line in report.purposes()] == [("title", 1)]


async def test_days_come_without_a_gap_and_end_today(library: Library) -> None:
    days = (await library.usage.read(UsageScope())).per_day()
    assert [day.price for day in days] == [0, Decimal("0.101")]
    assert days[-1].day == date.today()
    assert UsageReport().per_day() == []


async def test_a_calendar_month_ends_where_the_next_begins() -> None:
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 12, 31)):
        scope = scope_of("month", "", day)
        assert scope.since and scope.until
        assert scope.since.date() == day.replace(day=1)
        assert scope.until.date().day == 1 and scope.until.date() > day
        assert month_scope(UsageScope(tag="a"), day.replace(day=1)) == replace(scope, tag="a")
    assert since(None).since is None
    assert day_scope(UsageScope(model="a:b"), date(2026, 3, 1)).model == "a:b"


async def test_a_table_for_other_programs_is_exact_and_no_formula(library: Library) -> None:
    report = await library.usage.read(UsageScope())
    rows = {row["chat"]: row for row in csv.DictReader(io.StringIO(write_csv(report, "chat")))}
    assert set(rows) == {"One", '\'=HYPERLINK("http://x")␛[31m'}
    assert rows["One"]["dollars"] == "0.101" and rows["One"]["cache_written"] == ""
    value = json.loads(write_json(report))
    assert value["total"]["dollars"] == "0.101" and value["total"]["unpriced"] == 1
    assert {one["model"]: one["dollars"] for one in value["models"]}["c:unknown"] is None
    assert value["side_calls"][0]["purpose"] == "title"
    assert {f"{by}s" for by in VIEWS} < set(value) and all(value[f"{by}s"] for by in VIEWS)


async def test_nothing_is_written_over_unasked(library: Library, tmp_path: Path) -> None:
    report, target = await library.usage.read(UsageScope()), tmp_path / "usage.csv"
    await export_usage(report, "day", "csv", target)
    first = target.read_text()
    with pytest.raises(ExportError, match="exists already"):
        await export_usage(report, "model", "csv", target)
    assert target.read_text() == first == USAGE_FORMATS["csv"].write(report, "day")
    await export_usage(report, "model", "json", target, overwrite=True)
    assert json.loads(target.read_text())["currency"] == "USD"


def test_the_context_is_parted_into_what_fills_it() -> None:
    chat = conversation()
    asked = prompt(chat, "x" * 400)
    told = replace(reply(chat, asked, "y" * 400), usage='{"input": 900, "output": 100}')
    files = [Attachment("h", owner, "a.txt", "text/plain", b"z" * 800) for owner in (asked.id, "another branch")]
    parts = context_parts(
        [asked, told], files, system_prompt="s" * 40, tools=90, draft=Prompt("d" * 20), used=1_000, window=10_000
    )
    assert (parts.system, parts.tools, parts.files, parts.draft, parts.history) == (10, 90, 200, 5, 700)
    assert parts.total == 1_005
    untold = context_parts(
        [asked, replace(told, usage="")], (), system_prompt="", tools=0, draft=Prompt(), used=None, window=None
    )
    assert (untold.history, untold.window) == (200, None)
    nothing = context_parts([], (), system_prompt="", tools=0, draft=Prompt(), used=None, window=None)
    assert nothing.total == 0
