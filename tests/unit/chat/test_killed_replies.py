"""A reply whose program was killed is paid for: lost else is that it cost anything, in the meter and in every sum."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.catalog.info import ModelInfo
from tui.chat.killed_replies import price_killed
from tui.chat.library import Library
from tui.chat.limits import Limits
from tui.chat.replies.meter import resting
from tui.chat.usage import StoredUsage
from tui.chat.usage_report import since
from tui.config.amounts import Amount
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Conversation

CATALOG = ScriptedCatalog({"fake:one": ScriptedModel()}, token_price=Decimal("0.01"))


async def killed(database: Database, model: str = "fake:one") -> Conversation:
    """A chat whose window was killed while an answer came."""
    chat = conversation(model=model)
    asked = replace(prompt(chat), created_at=datetime.now(UTC))
    streaming = replace(reply(chat, asked, model=model), created_at=datetime.now(UTC))
    await database.run(conversations.start_turn, chat, asked, streaming, "another window")
    usage = StoredUsage(input=100, output=150, requests=1, estimated=True).to_json()
    await database.run(conversations.checkpoint, streaming.id, "so far", "", b"[]", usage)
    await database.run(conversations.interrupt, ())
    return chat


async def test_it_gets_the_price_of_what_is_known_of_it_once_and_as_an_estimate(
    library: Library, database: Database
) -> None:
    library.budgets.limits = Limits({"day": Amount(Decimal(9))})
    chat = await killed(database)
    assert await library.spent_in(chat.id) is None

    async def counted() -> Decimal:
        (day,) = await library.budgets.standings(chat.id, datetime.now(UTC), lambda model, usage: Decimal("2.5"))
        return day.spent.dollars

    before = await counted()
    copy = await library.duplicate(chat.id)
    assert await price_killed(library, CATALOG)
    assert copy is not None and (await library.open(copy.id)).messages[-1].price is None  # paid there, not here
    reading = resting((await library.open(chat.id)).messages, window=None, free=False)
    assert (reading.message_price, reading.price_estimated) == (Decimal("2.50"), True)
    assert await library.spent_in(chat.id) == await library.spent_today() == Decimal("2.50") == before
    assert await counted() == before, "it is not counted twice"
    total = (await library.usage.read(since(None))).total
    assert (total.price, total.unpriced, total.estimated) == (Decimal("2.50"), 0, 1)
    assert not await price_killed(library, CATALOG)


async def test_what_nobody_knows_the_price_of_stays_unknown_and_what_was_stopped_is_left_alone(
    library: Library, database: Database
) -> None:
    unknown = await killed(database, "gone:model")
    stopped = await killed(database)
    (asked, row) = (await library.open(stopped.id)).messages
    await database.run(conversations.finish_reply, replace(row, total_ms=900), datetime.now(UTC))
    assert not await price_killed(library, CATALOG)
    assert [(await library.open(chat.id)).messages[-1].price for chat in (unknown, stopped)] == [None, None]
    assert asked.price is None


async def test_no_table_of_prices_is_loaded_where_nothing_was_killed_or_nothing_killed_is_in_it(
    library: Library, database: Database
) -> None:
    class Table(ScriptedCatalog):
        async def load_prices(self) -> None:
            raise AssertionError("the start waits for it")

        def models(self) -> list[ModelInfo]:
            return [replace(info, local=info.name == "near") for info in super().models()]

    table = Table({name: ScriptedModel() for name in ("fake:one", "fake:near")}, token_price=Decimal("0.01"))
    assert not await price_killed(library, table)
    await killed(database, "gone:model")
    chat = await killed(database, "fake:near")
    assert await price_killed(library, table), "a price that was configured"
    assert await library.spent_in(chat.id) == Decimal("2.50")
    await killed(database)
    with pytest.raises(AssertionError, match="waits"):
        await price_killed(library, table)
