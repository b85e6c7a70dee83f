"""A limit is not spent twice: not by a second window, by deleting what was paid for, or by a server that goes on."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.protocol_server import Answer, ProtocolServer, Step, sse
from tests.support.scripted import Finish, Piece, ScriptedCatalog, ScriptedModel
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider
from tui.agent.usage import Usage
from tui.chat.budgets import ReplyBudget
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.limits import Limits, Standing
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, SendingAnswers
from tui.chat.replies.events import ChatEvent, ReplyDone, ReplyEnded, ReplyFailed, UsageChanged
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.run_limits import BudgetLimits
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.chat.usage import StoredUsage
from tui.config import SettingValues, SetValue, Value
from tui.store import conversations
from tui.store.database import Database

CENT = Decimal("0.01")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def limits(**values: Value) -> Limits:
    return Limits.of(SettingValues(tuple(SetValue(f"limits.{name}", value, "app") for name, value in values.items())))


def priced(*scripts: Sequence[Piece], price: Decimal | None = CENT, free: bool = False) -> ScriptedCatalog:
    return ScriptedCatalog({"fake:one": ScriptedModel(*scripts)}, token_price=price, free=free)


async def say(library: Library, catalog: ScriptedCatalog, *, answers: SendingAnswers = NO_ANSWERS) -> list[ChatEvent]:
    turn = Turn(library.new("fake:one"), library, catalog, Prompt("Hello?"), TurnOptions(answers=answers))
    return [event async for event in turn.events()]


def end_of(events: list[ChatEvent]) -> ReplyEnded:
    assert isinstance(events[-1], ReplyEnded)
    return events[-1]


async def spend(
    library: Library, database: Database, price: str | None, *, at: datetime = NOW, tokens: int = 10
) -> str:
    """A chat with one answer of that price; returns its id."""
    chat = conversation()
    asked = replace(prompt(chat), created_at=at)
    usage = StoredUsage(input=tokens, output=0, requests=1).to_json()
    answer = replace(
        reply(chat, asked, "Because."), created_at=at, price=None if price is None else Decimal(price), usage=usage
    )
    await database.run(conversations.start_turn, chat, asked, answer, database.owner)
    await database.run(conversations.finish_reply, answer, at)
    return chat.id


async def standing(library: Library, chat: str = "", at: datetime = NOW) -> tuple[Standing, ...]:
    return await library.budgets.standings(chat, at, lambda model, usage: None)


# What counts.


async def test_branches_the_trash_and_what_is_asked_beside_count_and_what_has_no_price_is_said(
    library: Library, database: Database
) -> None:
    library.budgets.limits = limits(chat="$1", day="$5", month="100k tokens")
    chat = await spend(library, database, "0.50", tokens=1_000)
    _, answer = (await library.open(chat)).messages
    await database.run(conversations.append, [replace(answer, id="another branch", price=Decimal("0.25"))])
    await database.run(
        conversations.add_side_call, chat, "title", model="a:b", usage='{"input": 7, "output": 3}',
        price=Decimal("0.05"), at=NOW,
    )  # fmt: skip
    await library.folders.delete([chat])
    await spend(library, database, "1.20")
    await spend(library, database, None, tokens=5)
    in_chat, today, month = await standing(library, chat)
    assert (in_chat.spent.dollars, today.spent.dollars) == (Decimal("0.80"), Decimal("2.00"))
    assert month.spent.tokens == 1_000 + 1_000 + 10 + 10 + 5
    assert today.words == "$2.00 of $5.00 today, and 1 answer of unknown price"
    assert in_chat.words == "$0.80 of $1.00 in this chat"
    assert month.words == "2k of 100k tokens this month"


@pytest.fixture(params=["UTC", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("zone")
async def test_a_day_and_a_month_begin_at_local_midnight(library: Library, database: Database) -> None:
    library.budgets.limits = limits(day=1, month=1)
    noon = datetime(2026, 3, 1, 12).astimezone()
    midnight = datetime(2026, 3, 1).astimezone()
    before, tomorrow = midnight - timedelta(microseconds=1), noon + timedelta(days=1)
    last, next_month = datetime(2026, 3, 31, 23, 59).astimezone(), datetime(2026, 4, 1).astimezone()
    for at, price in ((midnight, "1"), (before, "2"), (tomorrow, "4"), (last, "8"), (next_month, "16")):
        await spend(library, database, price, at=at)
    today, month = await standing(library, at=noon)
    assert (today.spent.dollars, month.spent.dollars) == (Decimal(1), Decimal(13))


async def test_a_reply_that_was_refused_is_not_one_of_unknown_price(library: Library, database: Database) -> None:
    library.budgets.limits = limits(day=1)
    chat = conversation()
    refused = replace(reply(chat, asked := prompt(chat)), state="failed", created_at=NOW)
    await database.run(conversations.start_turn, chat, asked, refused, database.owner)
    await database.run(conversations.finish_reply, refused, NOW)
    assert [one.spent.unpriced for one in await standing(library)] == [0]


async def test_rows_that_are_damaged_stop_no_turn(library: Library, database: Database) -> None:
    library.budgets.limits = limits(chat=1, day="9 tokens")
    chat = await spend(library, database, "0.5")
    for usage, price in (
        (b"\xff{", "abc"),
        ('{"input": "x", "output": -5}', -3),
        ("{", b"\x00"),
        ('{"input": 1e99}', ""),
    ):
        await database.run(
            lambda c, u=usage, p=price: c.execute(  # type: ignore[misc]
                "INSERT INTO side_calls (conversation_id, purpose, model, usage, price, created_at)"
                " VALUES (?, '', ?, ?, ?, ?)",
                (chat, b"\xfe", u, p, int(NOW.timestamp() * 1e6)),
            )
        )
    in_chat, today = await standing(library, chat)
    assert in_chat.spent.dollars == Decimal("0.5")
    assert today.spent.tokens >= 0


# Before the request.


async def test_nothing_is_sent_above_a_limit_and_the_prompt_is_kept(library: Library) -> None:
    library.budgets.limits = limits(day="$0.02")
    catalog = priced(["one"])
    await say(library, catalog)
    ended = end_of(await say(library, catalog))
    model = catalog.scripted["fake:one"]
    assert isinstance(model, ScriptedModel) and len(model.asked) == 1
    assert isinstance(ended, ReplyFailed) and ended.failure.kind == "limit"
    assert ended.failure.message.startswith("Nothing was sent: ") and "of $0.02 today" in ended.failure.message
    assert [message.text for message in (await library.open(ended.conversation.id)).messages] == ["Hello?", ""]
    assert isinstance(end_of(await say(library, catalog, answers=NO_ANSWERS.allowing("limit"))), ReplyDone)
    assert isinstance(end_of(await say(library, catalog)), ReplyFailed)


async def test_what_costs_nothing_is_held_by_limits_in_tokens_only(library: Library, database: Database) -> None:
    await spend(library, database, "9", at=datetime.now(UTC))
    library.budgets.limits = limits(day="$5")
    assert isinstance(end_of(await say(library, priced(["Hello"], price=Decimal(0), free=True))), ReplyDone)
    assert isinstance(end_of(await say(library, priced(["Hello"], price=None))), ReplyFailed)  # unknown is not free
    library.budgets.limits = limits(day="10 tokens")
    assert isinstance(end_of(await say(library, priced(["Hello"], price=Decimal(0), free=True))), ReplyFailed)


@pytest.mark.parametrize("limit", [0, "0 tokens", -1, "lots"])
async def test_a_limit_of_nothing_and_one_that_nobody_can_read_let_nothing_be_spent(
    library: Library, limit: Value
) -> None:
    """Who writes 0 or -1 wants to spend nothing, or has made a mistake: neither may cost them money."""
    library.budgets.limits = limits(day=limit)
    catalog = priced(["one"])
    ended, model = end_of(await say(library, catalog)), catalog.scripted["fake:one"]
    assert isinstance(ended, ReplyFailed) and ended.failure.message.startswith("Nothing was sent: ")
    assert isinstance(model, ScriptedModel) and not model.asked
    assert isinstance(end_of(await say(library, catalog, answers=NO_ANSWERS.allowing("limit"))), ReplyDone)
    free = end_of(await say(library, priced(["Hello"], price=Decimal(0), free=True)))
    assert isinstance(free, ReplyFailed if limit == "0 tokens" else ReplyDone)


# In mid-reply.


def endless(word: str) -> Answer:
    chunk = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": word}}]}
    return Answer(cast(Sequence[Step], itertools.repeat(sse(chunk, done=False)[0])))


@pytest.mark.parametrize(
    ("limit", "most"),
    [({"day": "$3"}, 300), ({"chat": "200 tokens"}, 200), ({"month": "$3", "day": "120 tokens"}, 120)],
)
async def test_a_server_that_never_ends_is_stopped_within_one_chunk(
    library: Library, limit: dict[str, Value], most: int
) -> None:
    library.budgets.limits = limits(**limit)
    word = "four tokens here "  # 17 characters: 4.25 tokens by the engine's rule
    async with ProtocolServer(endless(word)) as server:
        vendor = replace(VENDORS["openai"], base_url=server.url, base_url_env="")
        provider = Provider(vendor, api_key="test")
        catalog = ScriptedCatalog({"fake:one": model_of(provider, "m")}, token_price=CENT)
        settings = ChatSettings(max_tokens=10)  # which it ignores
        turn = Turn(library.new("fake:one", settings), library, catalog, Prompt("Hello?"))
        events = [event async for event in turn.events()]
        await provider.aclose()
    ended = end_of(events)
    assert isinstance(ended, ReplyFailed) and ended.failure.kind == "limit"
    assert ended.failure.message.startswith("Stopped at your limit of ")
    usage = StoredUsage.from_json(ended.reply.usage)
    assert usage.input is not None and usage.output is not None
    assert most < usage.input + usage.output <= most + 6
    assert ended.reply.text == word * (len(ended.reply.text) // len(word)) and len(ended.reply.text) > 4 * 100
    assert failure_from_json(ended.reply.failure) == ended.failure
    stored = (await library.open(ended.conversation.id)).messages[-1]
    assert (stored.state, stored.text) == ("failed", ended.reply.text)


class Caching(ScriptedCatalog):
    """What is read from the cache costs a tenth."""

    def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        cached = usage.cached or 0
        return CENT * ((usage.input or 0) - cached + (usage.output or 0)) + CENT / 10 * cached


async def test_a_history_that_is_likely_to_be_cached_is_not_held_for_a_dear_one(library: Library) -> None:
    """Else the reply would end at its first word, before the provider says what it has read from its cache."""
    bill = Usage(0, 900, 2, 902, {"cache_read_tokens": 800})
    model = ScriptedModel(["Hello.", bill], ["And ", "on", ".", bill])
    catalog = Caching({"fake:one": model}, token_price=CENT)
    chat = library.new("fake:one")
    long = Prompt("word " * 700)
    first = end_of([event async for event in Turn(chat, library, catalog, long).events()])
    assert first.reply.price == Decimal("1.82")
    library.budgets.limits = limits(chat="$7")  # 5.18 are left, and 9.02 without a cache
    ended = end_of([event async for event in Turn(chat, library, catalog, Prompt("And?")).events()])
    assert isinstance(ended, ReplyDone) and ended.reply.text == "And on."


async def test_an_answer_that_was_whole_when_its_bill_came_is_whole(library: Library) -> None:
    library.budgets.limits = limits(day="$1")
    ended = end_of(await say(library, priced(["Hello.", Finish("stop"), Usage(0, 400, 5, 405)])))
    assert isinstance(ended, ReplyDone) and ended.reply.text == "Hello."
    assert ended.reading.standings[0].over


async def test_after_a_tool_nothing_more_is_sent_once_all_is_spent(library: Library) -> None:
    library.budgets.limits = limits(chat="100 tokens")
    answer = reply(conversation(), prompt(conversation()))
    budget = ReplyBudget(library.budgets, answer, lambda model, usage: None, lifted=False)
    await budget.look()
    run = BudgetLimits(budget, request_limit=5)
    run.check_before_request(Usage())
    run.check_before_request(Usage(1, 60, 39, 99))
    run.check_tokens(Usage(1, 60, 40, 100))
    with pytest.raises(UsageLimitExceeded):
        run.check_before_request(Usage(1, 60, 40, 100))
    assert run.reached is not None and "100 tokens for this chat" in run.reached.message


async def test_what_another_window_spends_stops_a_reply_here(
    library: Library, database: Database, tmp_path: Path
) -> None:
    library.budgets.limits = limits(day="$2")
    begin, go_on, clock = asyncio.Event(), asyncio.Event(), itertools.count()
    other_database = Database(tmp_path / "chats.db")
    await other_database.open()
    try:
        model = ScriptedModel([begin, "first ", go_on, *["more "] * 400])
        catalog = ScriptedCatalog({"fake:one": model}, token_price=CENT)
        turn = Turn(library.new("fake:one"), library, catalog, Prompt("Hello?"), clock=clock.__next__)

        async def other_window() -> None:
            await model.reached.wait()
            await spend(Library(other_database), other_database, "1.90", at=datetime.now(UTC))
            begin.set()

        spending, events = asyncio.create_task(other_window()), list[ChatEvent]()
        async for event in turn.events():
            events.append(event)
            if isinstance(event, UsageChanged) and event.reading.standings[0].spent.dollars >= Decimal("1.90"):
                go_on.set()
        await spending
    finally:
        await other_database.close()
    ended = end_of(events)
    assert isinstance(ended, ReplyFailed) and ended.failure.kind == "limit"
    assert "first " in ended.reply.text and len(ended.reply.text) < len("more ") * 20


async def test_a_reply_that_another_window_streams_counts_with_what_it_has_come_to(
    library: Library, database: Database, tmp_path: Path
) -> None:
    library.budgets.limits = limits(day="$2")
    chat = conversation()
    asked, streaming = prompt(chat), reply(chat, prompt(chat))
    streaming = replace(streaming, parent_id=asked.id, created_at=datetime.now(UTC), model="fake:one")
    await database.run(conversations.start_turn, chat, asked, streaming, "another window")
    usage = StoredUsage(input=100, output=150, requests=1, estimated=True).to_json()
    await database.run(conversations.checkpoint, streaming.id, "so far", "", b"[]", usage)
    ended = end_of(await say(library, priced(["one"])))
    assert isinstance(ended, ReplyFailed) and "$2.50 of $2.00 today" in ended.failure.message
    assert await database.run(conversations.interrupt, ()) == 1  # a kill has ended that window
    ended = end_of(await say(library, priced(["one"])))
    assert isinstance(ended, ReplyFailed) and "$2.50 of $2.00 today" in ended.failure.message, "it is still paid for"
