"""A price that becomes known later joins the sums once, and what was paid stays what it was."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.repricing import Repriced, reprice
from tui.chat.usage_report import since
from tui.store import conversations, folders
from tui.store.database import Database
from tui.store.records import Message

CATALOG = ScriptedCatalog({"fake:one": ScriptedModel()}, token_price=Decimal("0.01"))
TOKENS = '{"input": 100, "output": 150, "requests": 1}'


async def answered(database: Database, model: str = "fake:one", **changes: object) -> Message:
    """A reply of 250 tokens whose price is not known, unless that is changed."""
    chat = conversation(model=model)
    asked = prompt(chat)
    answer = replace(reply(chat, asked, "so", model=model), usage=TOKENS)
    answer = replace(answer, **changes)  # type: ignore[arg-type]  # fields of a message
    await database.run(conversations.save_conversation, replace(chat, active_leaf=answer.id))
    await database.run(conversations.append, [asked, answer])
    return answer


async def price(library: Library, answer: Message) -> Decimal | None:
    return (await library.tree(answer.conversation_id))[1].price


async def test_only_what_has_no_price_gets_one_and_only_once(library: Library, database: Database) -> None:
    unknown, trashed = await answered(database), await answered(database)
    await database.run(folders.delete, [trashed.conversation_id], datetime.now(UTC))
    others = [
        await answered(database, price=Decimal("7")),
        await answered(database, price=Decimal("0")),
        await answered(database, "gone:model"),
        await answered(database, usage=""),
        await answered(database, usage=TOKENS[:-1] + ', "copied": true}'),
        await answered(database, state="streaming"),
    ]
    await database.run(
        lambda connection: conversations.add_side_call(
            connection, unknown.conversation_id, "title", model="fake:one", usage=TOKENS, price=None,
            at=datetime.now(UTC),
        )
    )  # fmt: skip
    before = (await library.usage.read(since(None))).total
    progress: list[tuple[int, int]] = []
    found = await reprice(library, CATALOG, lambda done, total: progress.append((done, total)))
    assert found == Repriced(3, Decimal("7.50"), Counter({"gone:model": 1}))
    assert found.sentence == "3 answers got a price: $7.50 more in the sum. 1 answer of unknown price: gone:model."
    assert progress == [(4, 4)]
    assert [await price(library, one) for one in (unknown, *others)] == [Decimal("2.5"), 7, 0, None, None, None, None]
    after = (await library.usage.read(since(None))).total
    assert (after.price or 0) - (before.price or 0) == found.dollars and after.unpriced == 1
    again = await reprice(library, CATALOG)
    assert (again.priced, again.sentence) == (0, "No price became known. 1 answer of unknown price: gone:model.")


async def test_no_table_is_loaded_where_every_price_is_known(library: Library, database: Database) -> None:
    class Table(ScriptedCatalog):
        async def load_prices(self) -> None:
            raise AssertionError("half a second for nothing")

    await answered(database, price=Decimal("1"))
    assert (await reprice(library, Table({"fake:one": ScriptedModel()}))).sentence == "Every answer has its price."
