"""The lines of the usage panel, in any width that a terminal has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tui.app.widgets.usage_rows import BLOCKS, usage_rows
from tui.chat.context_parts import ContextParts
from tui.chat.usage_report import VIEWS, UsageReport
from tui.store.records import NotedReply, UsageFigures, UsageRow

TODAY = datetime.now().astimezone().date()
LONG = "A title that goes on and on, 你好 and on " * 5 + "\x1b[31m"


def row(model: str, day: int, price: str | None, purpose: str = "") -> UsageRow:
    return UsageRow(
        day=TODAY - timedelta(days=day), model=model, conversation_id="c", purpose=purpose, calls=3, input=1_000,
        output=200, price=None if price is None else Decimal(price), unpriced=3 if price is None else 0, estimated=0,
        failed=1 if purpose else 0, streamed=200, streaming_ms=4_000,
        cached=500, cache_written=None, reasoning=10,
    )  # fmt: skip


def report() -> UsageReport:
    rows = (
        row("a:dear", 40, "3.90"), row("a:dear", 0, "1.95"), row("b:free", 1, "0"), row("c:unknown" * 9, 2, None),
        row("a:small", 0, "0.01", "title"),
    )  # fmt: skip
    note = NotedReply("m", "c", LONG, "", "a:dear", Decimal("1.24"), 400, 9_000, datetime.now(UTC), trashed=True)
    return UsageReport(UsageFigures(rows=rows, chats=rows, titles={"c": LONG}, dearest=(note,), slowest=(note,)))


CONTEXT = ContextParts(system=1_100, tools=0, history=74_100, files=800, draft=5, window=400_000)


@pytest.mark.parametrize("width", [20, 34, 60, 74, 106, 140])
@pytest.mark.parametrize("by", VIEWS)
def test_no_line_is_wider_than_its_place_and_the_price_is_always_there(by: str, width: int) -> None:
    rows = usage_rows(report(), by, CONTEXT, days=True, high=width > 100)  # type: ignore[arg-type]
    lines = [one.value(width, True).plain for one in rows]
    assert [line for line in lines if cells(line) > width] == []
    assert any("$5.85" in line or "$5.86" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def test_the_days_are_as_high_as_they_were_dear_and_today_is_the_last() -> None:
    (bars,) = [
        one.value(74, False).plain
        for one in usage_rows(report(), "model", CONTEXT, days=True, high=False)
        if "█" in one.value(74, False).plain
    ]
    shown = bars.rstrip()
    assert (shown[0], shown[-1]) == ("█", BLOCKS[4])
    assert len(shown) == 41, "a cell for each day from the first to today"


def test_what_leads_somewhere_says_where() -> None:
    keys = [one.key for one in usage_rows(report(), "chat", CONTEXT, days=False, high=False) if one.key]
    assert keys == ["by", "chat:c", "reprice", "dearest:c:m", "slowest:c:m"]
    models = [one.key for one in usage_rows(report(), "model", CONTEXT, days=False, high=False)]
    assert "model:a:dear" in models


def test_what_has_no_tag_or_no_day_is_told_and_leads_nowhere() -> None:
    rows = (row("a:dear", 0, "1.95"),)
    tagged = UsageReport(UsageFigures(rows=rows, chats=rows * 2, tags={"c": ("trip", "work")}))
    untagged = UsageReport(UsageFigures(rows=rows, chats=rows))
    for report, keys in ((tagged, ["tag:trip", "tag:work"]), (untagged, [])):
        shown = usage_rows(report, "tag", CONTEXT, days=False, high=False)
        assert [one.key for one in shown if one.key][1:] == keys
        text = "\n".join(one.value(100, False).plain for one in shown)
        assert ("(no tag)" in text) is (not keys) and ("counts for each" in text) is bool(keys)
    timeless = UsageReport(UsageFigures(rows=(replace(rows[0], day=None),)))
    for by in ("day", "month"):
        assert len([one for one in usage_rows(timeless, by, CONTEXT, days=True, high=True) if one.key]) == 1


def test_each_part_of_the_context_is_seen_however_small() -> None:
    bar = usage_rows(report(), "model", CONTEXT, days=False, high=False)[-2].value(80, False)
    assert bar.plain.count("━") == 1 + 15 + 1 + 1 and len(bar.plain) == 80
    full = ContextParts(history=500, window=100)
    assert usage_rows(report(), "model", full, days=False, high=False)[-2].value(80, False).plain == "━" * 80


@pytest.mark.parametrize("width", [40, 74, 108])
def test_a_long_price_is_whole_and_keeps_its_distance(width: int) -> None:
    rows = (row("x:both", 0, "12345.60"), row("x:both", 0, None))
    dear = UsageReport(UsageFigures(rows=rows))
    lines = [one.value(width, False).plain for one in usage_rows(dear, "model", CONTEXT, days=False, high=False)]
    (line,) = [line for line in lines if line.startswith("both")]
    assert "  $12,345.60 + ?" in line
