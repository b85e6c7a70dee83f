"""What numbers look like, which fields of the meter have room, and how models are found: without a screen."""

import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from tui.app.fuzzy import fuzzy, fuzzy_name
from tui.app.model_query import find_models, typed_id
from tui.app.warmup import WarmUp
from tui.app.widgets.meter import bar, meter_line
from tui.app.widgets.model_groups import provider_rows
from tui.chat.catalog.info import ModelInfo
from tui.chat.limits import Standing
from tui.chat.replies.meter import MeterReading
from tui.chat.usage import StoredUsage
from tui.config.amounts import Amount
from tui.figures import age, age_group, money, seconds, tokens, unit_price
from tui.store.records import Spending

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FULL = MeterReading(
    StoredUsage(input=78_400, cached=61_000, output=412, reasoning=131, requests=1), tokens_per_s=74.2,
    first_token_s=0.6, total_s=4.2, context_tokens=79_000, window=400_000, message_price=Decimal("0.05"),
    price_estimated=True, chat_price=Decimal("0.31"), today_price=Decimal("1.42"), streaming=True, input_estimated=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "—"), (0, "0"), (412, "412"), (999, "999"), (1_000, "1k"), (1_234, "1.2k"), (78_400, "78.4k"),
     (99_950, "100k"), (400_000, "400k"), (999_499, "999k"), (999_500, "1M"),
     (1_250_000, "1.2M"), (2_000_000_000, "2G")],
)  # fmt: skip
def test_tokens(count: int | None, text: str) -> None:
    assert tokens(count) == text


def test_an_estimate_says_so_and_the_unknown_is_never_zero() -> None:
    assert tokens(412, estimated=True) == "≈412" and tokens(None, estimated=True) == "—"
    assert money(None) == "—" and money(Decimal("0.05"), estimated=True) == "≈$0.05" and seconds(None) == "—"


@pytest.mark.parametrize(
    ("dollars", "text"),
    [("0", "$0.00"), ("0.00004", "<$0.0001"), ("0.00041", "$0.0004"), ("0.0041", "$0.004"), ("0.00999", "$0.01"),
     ("0.31", "$0.31"), ("12.4", "$12.40"), ("1234.5", "$1,234.50")],
)  # fmt: skip
def test_money(dollars: str, text: str) -> None:
    assert money(Decimal(dollars)) == text


def test_prices_per_million_and_durations() -> None:
    shown = [unit_price(price) for price in (None, Decimal(3), Decimal("0.25"), Decimal("120.00"), Decimal("0.005"))]
    assert shown == ["—", "3", "0.25", "120", "0.005"]
    assert [seconds(duration) for duration in (0.64, 59.9, 80.2, 3_700)] == ["0.6s", "59.9s", "1m 20s", "61m 40s"]


@pytest.mark.parametrize(
    ("ago", "text"),
    [(0, "now"), (59, "now"), (60, "1m"), (3_600, "1h"), (86_400, "1d"), (13 * 86_400, "13d"), (20 * 86_400, "2w"),
     (400 * 86_400, "1y"), (-500, "now")],
)  # fmt: skip
def test_ages(ago: int, text: str) -> None:
    assert age(NOW - timedelta(seconds=ago), NOW) == text


def test_groups_follow_the_calendar() -> None:
    noon = datetime(2026, 11, 22, 12, 0).astimezone()
    groups = [age_group(noon - timedelta(hours=hours), noon) for hours in (0, 11, 13, 36, 37, 6 * 24, 8 * 24)]
    assert groups == ["Today", "Today", "Yesterday", "Yesterday", "This week", "This week", "Earlier"]


@pytest.mark.parametrize(
    ("width", "shown", "gone"),
    [
        (200, ["of 400k", "↑≈78.4k (61k cached)", "↓412", "✦131", "74 tok/s", "TTFT 0.6s", "total 4.2s", "msg ≈$0.05",
               "chat $0.31", "today $1.42"], []),
        (120, ["↑≈78.4k (61k cached)", "TTFT 0.6s", "msg ≈$0.05", "chat $0.31", "today $1.42"], ["total"]),
        (80, ["20%", "of 400k", "↑≈78.4k 77% cached", "↓412", "74 tok/s", "$0.31 chat"], ["TTFT", "today", "msg"]),
        (59, ["20%  $0.31"], ["↑", "tok/s"]),
    ],
)  # fmt: skip
def test_fields_of_the_meter_go_by_width_and_never_in_part(width: int, shown: list[str], gone: list[str]) -> None:
    line = meter_line(FULL, width - 4, width).plain
    assert all(field in line for field in shown) and not any(field in line for field in gone), line
    assert len(line) <= width - 4


def test_a_narrow_meter_of_a_model_of_unknown_context_tells_what_flowed() -> None:
    """Two dashes told nothing."""
    unsized = replace(FULL, window=None, chat_price=None)
    assert meter_line(unsized, 41, 45).plain == "↑≈78.4k  ↓412  ✦131"
    assert meter_line(MeterReading(), 41, 45).plain == "—  —"


def test_the_meter_fits_every_width() -> None:
    limited = replace(FULL, standings=(SPENT, replace(SPENT, period="month"), replace(SPENT, period="chat")))
    unsized = replace(limited, window=None)
    expensive = replace(FULL, chat_price=Decimal("123456.78"), tokens_per_s=12_345.0)
    for width, reading in product(range(40, 260), (FULL, limited, unsized, MeterReading(), expensive)):
        assert meter_line(reading, width - 4, width).cell_length <= width - 4, width


SPENT = Standing("day", Spending(Decimal("4.20")), Amount(Decimal(4)), Amount(Decimal(5)))


@pytest.mark.parametrize(
    ("width", "field"),
    [(200, "! msg ≈$0.05  chat $0.31  today $4.20 of $5.00"), (120, "today $4.20 of $5.00"),
     (100, "$4.20 of $5.00 today"), (80, "! $4.20 today"), (59, "20%  ! $4.20")],
)  # fmt: skip
def test_what_a_limit_warns_of_is_in_the_meter_at_every_width(width: int, field: str) -> None:
    assert meter_line(replace(FULL, standings=(SPENT,)), width - 4, width).plain.endswith(field)
    calm = replace(SPENT, warn=Amount(Decimal("4.50")))
    assert "!" not in meter_line(replace(FULL, standings=(calm,)), width - 4, width).plain


def test_a_limit_in_tokens_is_told_in_tokens() -> None:
    month = Standing("month", Spending(tokens=78_400), stop=Amount(tokens=100_000))
    assert meter_line(replace(FULL, standings=(month,)), 196, 200).plain.endswith("chat $0.31  today $1.42")
    chat = Standing("chat", Spending(tokens=1_800), warn=Amount(tokens=500))
    assert meter_line(replace(FULL, standings=(chat,)), 76, 80).plain.endswith("! 1.8k tokens chat")
    over = replace(month, spent=Spending(tokens=100_000))
    assert meter_line(replace(FULL, standings=(over,)), 196, 200).plain.endswith("month 100k of 100k tokens")


def test_an_empty_meter_knows_nothing_and_says_so() -> None:
    line = meter_line(MeterReading(window=400_000), 116, 120).plain
    assert "—" in line and "$0.00" not in line and "↑—" in line and "0%" not in line
    assert "free" in meter_line(replace(FULL, free=True, chat_price=Decimal(0)), 116, 120).plain
    assert "chat free" in meter_line(MeterReading(free=True), 116, 120).plain


def test_a_reply_of_unknown_price_is_not_free_because_a_free_model_answers_next() -> None:
    line = meter_line(replace(FULL, free=True, message_price=None, chat_price=None), 116, 120).plain
    assert "msg —" in line and "chat —" in line and "free" not in line


def test_the_bar_tells_its_state_by_length_word_and_colour() -> None:
    assert bar(50, 8).plain == "━━━━────" and bar(0, 8).plain == "────────" and bar(1, 8).plain == "╸───────"
    assert bar(250, 8).plain == "━━━━━━━━" and bar(None, 8).plain == "────────"
    for context, word in ((100_000, "25%"), (300_000, "! 75%"), (380_000, "✗ 95%")):
        assert word in meter_line(replace(FULL, context_tokens=context), 116, 120).plain


def model(id: str, **known: object) -> ModelInfo:
    provider, _, name = id.partition(":")
    return ModelInfo(id, name, provider, provider.capitalize(), **known)  # type: ignore[arg-type]  # test data


MODELS = [
    model(
        "openai:gpt-5.6",
        window=400_000,
        capabilities=frozenset({"vision", "tools"}),
        tags=("fast",),
        input_price=Decimal(2),
    ),
    model("anthropic:claude-sonnet-5", window=200_000, capabilities=frozenset({"thinking"})),
    model("ollama:qwen3:30b", window=32_000, local=True, free=True),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sonnet", ["anthropic:claude-sonnet-5"]),
        ("g56", ["openai:gpt-5.6"]),
        (">100k", ["openai:gpt-5.6", "anthropic:claude-sonnet-5"]),
        ("free", ["ollama:qwen3:30b"]),
        ("local qwen", ["ollama:qwen3:30b"]),
        ("vision >1m", []),
        ("thinking", ["anthropic:claude-sonnet-5"]),
        ("reasoning", ["anthropic:claude-sonnet-5"]),
        ("<$5", ["openai:gpt-5.6", "ollama:qwen3:30b"]),
        ("<1", ["ollama:qwen3:30b"]),
        ("-local >100k", ["openai:gpt-5.6", "anthropic:claude-sonnet-5"]),
        ("-vision son", ["anthropic:claude-sonnet-5"]),
        ("fast", ["openai:gpt-5.6"]),
        ("[b]", []),
    ],
)
def test_models_are_found_by_name_and_by_what_they_can(query: str, found: list[str]) -> None:
    assert [one.id for one in find_models(MODELS, query)] == found


def test_an_unlisted_id_is_offered_and_groups_begin_with_the_current_one() -> None:
    assert typed_id(MODELS, "openai:brand-new") == "openai:brand-new"
    assert typed_id(MODELS, "openai:gpt-5.6") == "" == typed_id(MODELS, "no id")
    assert provider_rows(MODELS, "ollama:qwen3:30b")[1].value == "Ollama  1"
    assert find_models(MODELS, "", "ollama:x")[0].id == "ollama:qwen3:30b"


def test_a_fuzzy_match_prefers_letters_that_stand_together() -> None:
    assert fuzzy("gpt", "gpt-5") > fuzzy("gpt", "my-gpt") > fuzzy("gpt", "gradient-pt") > fuzzy("gpt", "claude") == 0
    assert fuzzy("ae" * 40, "ae" * 39 + "x" * 4_000) == 0, "and takes no time over it"


def test_a_name_is_found_by_a_part_of_it_or_by_letters_from_the_beginning_of_a_word() -> None:
    """Enter runs the first command of the list: one that has the letters somewhere is not what was meant."""
    for typed in ("find", "models", "MOD", "d-m", "fm", "finmod", "fdm", "mdl"):
        assert fuzzy_name(typed, "find-models"), typed
    for typed in ("idm", "ndels", "mf", "df"):
        assert not fuzzy_name(typed, "find-models"), typed
    assert fuzzy_name("sa", "paste-image") == fuzzy_name("tr", "inspector") == 0.0


def test_warming_up_loads_what_it_can_and_stops_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    called = threading.Event()
    monkeypatch.setattr(threading, "active_count", called.set)
    warm = WarmUp(("json.tool", "no_such_module_at_all", "threading:active_count", "wave"))
    warm.start()
    warm.start()  # as every key does
    next(thread for thread in threading.enumerate() if thread.name == "warm-up").join(10)
    assert "json.tool" in sys.modules and "wave" in sys.modules and called.is_set()
    late = WarmUp(("chunk_that_is_never_imported",))
    late.stop()
    late.start()
    late.stop()
