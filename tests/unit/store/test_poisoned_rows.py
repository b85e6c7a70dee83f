"""Whatever a row of an old, damaged or foreign library holds, the rest starts, lists, sums, opens and exports."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.rounds import part_of
from tui import figures
from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.messages import history_of
from tui.chat.replies.meter import resting
from tui.chat.settings import ChatSettings
from tui.chat.stored_parts import stored_parts
from tui.chat.usage import StoredUsage
from tui.chat.usage_files import write_csv, write_json
from tui.chat.usage_report import UsageReport
from tui.formats import FORMATS
from tui.store import conversations, unsent
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, Message, MessageKind, MessageState, UnsentPrompt, UsageScope
from tui.store.transaction import tolerantly
from tui.store.usage import usage_figures

NOT_TEXT = sqlite3.Binary(b"\xff\xfe\x00\x80")
HALF = "CAST(x'eda080' AS TEXT)"
"""A lone surrogate as another program may write it: SQLite takes any bytes for text, Python does not."""
DEEP = "[" * 20_000
NAN = '{"input": NaN, "output": Infinity, "cached": -1, "requests": true, "estimated": "yes", "reasoning": "12"}'
HUGE = f'{{"input": {"9" * 400}, "output": 1e400, "requests": [1], "cached": {{"a": {{}}}}}}'
POISON: tuple[Any, ...] = (
    "NaN", "sNaN", "Infinity", "1e308", "-5", "1e999999", "1e-999999", "true", "", "null", "{", "[]",
    '"text"', DEEP, NAN, HUGE,
    '{"temperature": "hot", "max_tokens": true, "top_p": -1, "effort": [], "system_prompt": 1}',
    '{"kind": {}, "title": 1, "message": null, "code": 1e400, "retry_after_s": -1}',
    "a\x00b", "\x1b]0;x\x07", "../../etc/passwd", "\u202e", 0, -1, 1, 2**53, 2**62, -(2**62), 1.5, 1e308, float("inf"),
    NOT_TEXT, sqlite3.Binary(b""), "streaming", "reply", "nobody knows",
)  # fmt: skip


CHATS = 6
ROWS = {
    "conversation_tags": [
        f"conversation_id = (SELECT id FROM conversations WHERE rowid = {number})" for number in range(1, CHATS + 1)
    ],
    "conversations": [f"rowid = {number}" for number in range(1, CHATS + 1)],
    "messages": [f"number = {number}" for number in range(1, 4 * CHATS + 1)],
    "attachments": [f"message_id IN (SELECT id FROM messages WHERE number = {2 * n + 1})" for n in range(2 * CHATS)],
    "contents": [f"rowid = {number}" for number in range(1, 2 * CHATS + 1)],
    "unsent": [f"rowid = {number}" for number in range(1, CHATS + 1)],
    "unsent_files": [f"prompt_id = (SELECT id FROM unsent WHERE rowid = {n})" for n in range(1, CHATS + 1)],
}
FIELDS = (
    *(("conversations", field.name) for field in fields(Conversation) if field.name != "tags"),
    *(("messages", field.name) for field in fields(Message)),
    *(("attachments", name) for name in ("position", "hash", "name", "media_type")),
    ("conversation_tags", "tag"),
    ("messages", "owner"),
    ("contents", "data"),
)
UNSENT_FIELDS = (
    *(("unsent", field.name) for field in fields(UnsentPrompt) if field.name != "files"),
    ("unsent", "owner"),
    *(("unsent_files", name) for name in ("position", "hash", "name", "media_type")),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of six chats of two turns each."""
    path = tmp_path_factory.mktemp("library") / "chats.db"

    async def fill() -> None:
        database = Database(path)
        await database.open()
        for number in range(CHATS):
            chat = conversation(f"Chat {number}", minutes=number)
            chat = replace(chat, created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
            last: Message | None = None
            for turn in range(2):
                asked = prompt(chat, f"prompt {turn}", parent=last)
                file = Attachment(f"{number}{turn}", asked.id, "a.txt", "text/plain", b"data")
                last = reply(chat, asked)
                await database.run(conversations.start_turn, chat, asked, last, database.owner, [file])
                last = replace(last, state="done", text=f"answer {turn}", usage='{"input": 5, "output": 3}')
                last = replace(last, price=Decimal("0.5"), total_ms=900, first_token_ms=100)
                await database.run(conversations.finish_reply, last, last.created_at)
            await database.run(conversations.add_tags, [chat.id], ["trip"])
            where = chat.id if number % 2 else new_id()
            waits = UnsentPrompt(new_id(), where, number if number > 3 else None, "draft", "a:b", "{}", NOON)
            files = partial(Prompt("", (PromptAttachment("b.txt", "text/plain", b"more"),)).rows, waits.id)
            await database.run(unsent.save, [(waits, files)], database.owner)
        await database.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def library(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "chats.db"
    path.write_bytes(template.read_bytes())
    return path


def poison(path: Path, table: str, column: str, value: Any, *, sql: str = "?", rows: str = "1") -> None:
    """Write a value past every check of the schema, into all rows or those that `rows` names."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA foreign_keys = OFF")
        statement = f"UPDATE OR IGNORE {table} SET {column} = {sql} WHERE {rows}"
        connection.execute(statement, () if sql != "?" else (value,))


async def used(path: Path) -> tuple[Conversation, ...]:
    """Start, list, sum, open, show and export everything, as the app and the command line do."""
    database = Database(path)
    await database.open()
    chats = await database.read(conversations.newest)
    today = await Library(database).spent_today()
    figures.money(today)
    report = UsageReport(await database.read(usage_figures, UsageScope()))
    write_csv(report, "chat").encode()
    json.loads(write_json(report), parse_constant=pytest.fail)
    folders = Library(database).folders
    await folders.tags()
    for chat in (*chats, *await folders.page("trash"), *await folders.page("archived")):
        figures.age(chat.updated_at, datetime.now(UTC))
        figures.age_group(chat.updated_at, datetime.now(UTC))
        found = await database.read(conversations.get, chat.id)
        figures.money(await Library(database).spent_in(chat.id))
        branch = await database.read(conversations.branch, chat.id)
        tree = await database.read(conversations.tree, chat.id)
        files = await database.read(conversations.attachments_of, chat.id)
        reading = resting(branch, window=1000, free=False, today=today)
        for price in (reading.chat_price, reading.message_price, reading.today_price):
            figures.money(price)
        figures.tokens(reading.usage.output)
        figures.tokens(reading.context_tokens)
        figures.seconds(reading.total_s)
        check_values(found, tree)
        ChatSettings.from_json(found.settings).for_model()
        await history_of(branch)
        for row in tree:
            stored_parts(row)
            failure_from_json(row.failure)
        for format in FORMATS.values():
            written = format.write(found, tree, files)
            written.encode("utf-8")
            if format.name == "json":
                json.loads(written, parse_constant=pytest.fail)
    await database.run(use_unsent, chats)
    await database.close()
    return chats


def use_unsent(connection: sqlite3.Connection, chats: tuple[Conversation, ...]) -> None:
    """Find and take over what was not sent, as the app does."""

    def ended(owner: str) -> bool:
        return False

    found = [row.conversation_id for row in unsent.blank_chats(connection, "me", ended)]
    for id in (*(chat.id for chat in chats), *found):
        for row in unsent.adopt(connection, id, "me", ended):
            assert isinstance(row.text, str) and isinstance(row.position, int | None)
            assert all(isinstance(file.data, bytes) for file in row.files)
    assert all(isinstance(id, str) for id in unsent.chats(connection, "me", ended))


def check_values(chat: Conversation, tree: tuple[Message, ...]) -> None:
    """Every field is what its type says."""
    assert all(type(flag) is bool for flag in (chat.pinned, chat.archived, chat.unread))
    assert all(type(tag) is str for tag in chat.tags) and isinstance(chat.deleted_at, datetime | None)
    assert chat.title_by in ("prompt", "user") and isinstance(chat.title, str) and isinstance(chat.model, str)
    for row in tree:
        assert row.kind in get_args(MessageKind) and row.state in get_args(MessageState)
        assert isinstance(row.payload, bytes) and isinstance(row.text, str) and isinstance(row.failure, str)
        assert row.price is None or 0 <= row.price < 2**53
        for figure in (row.thinking_ms, row.first_token_ms, row.total_ms):
            assert figure is None or 0 <= figure < 2**53


@pytest.mark.parametrize(("table", "column"), FIELDS)
def test_no_value_of_one_field_stops_anything(
    table: str, column: str, library: Path, template: Path, rounds: int
) -> None:
    rows, values = ROWS[table], part_of(POISON, rounds, FIELDS.index((table, column)))
    for first in range(0, len(values), len(rows)):  # each row of a library holds another one
        library.write_bytes(template.read_bytes())
        for row, value in zip(rows, values[first:], strict=False):
            poison(library, table, column, value, rows=row)
        asyncio.run(used(library))
    library.write_bytes(template.read_bytes())
    poison(library, table, column, None, sql=HALF)
    asyncio.run(used(library))


@pytest.mark.parametrize(("table", "column"), UNSENT_FIELDS)
def test_no_value_of_what_is_not_sent_stops_it(table: str, column: str, library: Path, template: Path) -> None:
    rows = ROWS[table]
    for first in range(0, len(POISON), len(rows)):
        library.write_bytes(template.read_bytes())
        for row, value in zip(rows, POISON[first:], strict=False):
            poison(library, table, column, value, rows=row)
        with closing(connect(library)) as connection:
            tolerantly(connection, partial(use_unsent, connection, conversations.newest(connection)))


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary() | st.sampled_from(POISON)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from((*FIELDS, *UNSENT_FIELDS)), VALUES), min_size=1, max_size=6))
def test_no_mixture_of_values_stops_anything(
    library: Path, template: Path, changes: list[tuple[tuple[str, str], Any]]
) -> None:
    library.write_bytes(template.read_bytes())
    for (table, column), value in changes:
        try:
            poison(library, table, column, value)
        except (sqlite3.IntegrityError, UnicodeEncodeError):  # NOT NULL holds, and no driver writes half a character
            continue
    asyncio.run(used(library))


@pytest.mark.parametrize("price", ["NaN", "1e308", "-5", "true", b"\xff", "Infinity", "1e-99999"])
async def test_a_bad_price_is_left_out_of_the_sums(library: Path, price: Any) -> None:
    poison(library, "messages", "price", price, rows="number = 2")
    poison(library, "messages", "created_at", int(datetime.now(UTC).timestamp() * 1e6))
    database = Database(library)
    await database.open()
    assert await Library(database).spent_today() == Decimal("5.5")
    sums = {await Library(database).spent_in(chat.id) for chat in await database.read(conversations.newest)}
    assert sums == {Decimal("0.5"), Decimal("1.0")}
    await database.close()


@pytest.mark.parametrize(
    "price", [Decimal("NaN"), Decimal("1e308"), Decimal(-1), Decimal("Infinity"), Decimal("1e-999")]
)
async def test_a_bad_price_is_never_written(library: Path, price: Decimal) -> None:
    database = Database(library)
    await database.open()
    chat = (await database.read(conversations.newest))[0]
    answer = (await database.read(conversations.branch, chat.id))[-1]
    await database.run(conversations.finish_reply, replace(answer, price=price, total_ms=-1), answer.created_at)
    stored = (await database.read(conversations.branch, chat.id))[-1]
    assert (stored.price, stored.total_ms, stored.text) == (None, None, "answer 1")
    await database.close()


@pytest.mark.parametrize("leaf", ["nowhere", "", 7, NOT_TEXT])
async def test_a_chat_whose_last_message_is_not_there_shows_what_it_has(library: Path, leaf: Any) -> None:
    poison(library, "conversations", "active_leaf", leaf)
    database = Database(library)
    await database.open()
    for chat in await database.read(conversations.newest):
        shown = await database.read(conversations.branch, chat.id)
        assert [row.text for row in shown] == ["prompt 0", "answer 0", "prompt 1", "answer 1"]
        assert (await database.read(conversations.get, chat.id)).active_leaf == shown[-1].id
        assert "answer 1" in FORMATS["md"].write(chat, shown)
    await database.close()


@pytest.mark.parametrize("owner", ["", "a\x00b", "a/b", "..", "x" * 5000, NOT_TEXT, 7])
async def test_a_reply_of_an_unknown_chinwag_is_marked_interrupted(library: Path, owner: Any) -> None:
    poison(library, "messages", "state", "streaming", rows="number = 2")
    poison(library, "messages", "owner", owner, rows="number = 2")
    database = Database(library)
    await database.open()
    with closing(sqlite3.connect(library)) as connection:
        assert connection.execute("SELECT state FROM messages WHERE number = 2").fetchone() == ("interrupted",)
    await database.close()


@pytest.mark.parametrize(("column", "value"), [("title", HALF), ("text", HALF)])
async def test_text_that_is_no_utf8_is_shown_as_far_as_it_can_be(library: Path, column: str, value: str) -> None:
    table = "conversations" if column == "title" else "messages"
    poison(library, table, column, None, sql=f"'a' || {value} || 'b'", rows="rowid = 1")
    database = Database(library)
    await database.open()
    chats = await database.read(conversations.newest)
    read = {chat.title for chat in chats}
    for chat in chats:
        read |= {row.text for row in await database.read(conversations.branch, chat.id)}
    await database.run(conversations.rename, chats[0].id, "still writable")
    await database.close()
    assert "a\ufffd\ufffd\ufffdb" in read


def usages() -> Iterator[str]:
    yield from (DEEP, NAN, HUGE, "{", "[]", "1", "null", "true", '"text"', "\x00", "{'input': 1}")
    yield from (
        f'{{"input": {value}}}' for value in ("true", '"12"', "[1]", "{}", "-1", "1.5", "NaN", "1e400", "9" * 5000)
    )


@pytest.mark.parametrize("text", list(usages()), ids=lambda text: text[:20])
def test_usage_that_makes_no_sense_is_unknown(text: str) -> None:
    assert StoredUsage.from_json(text) == StoredUsage()


@pytest.mark.parametrize("kind", ["reply", "prompt"])
async def test_a_message_of_unknown_kind_is_never_taken_for_the_other_side(
    library: Path, kind: Literal["reply", "prompt"]
) -> None:
    poison(library, "messages", "kind", "unknown", rows=f"kind = '{kind}'")
    database = Database(library)
    await database.open()
    chat = (await database.read(conversations.newest))[0]
    assert [row.kind for row in await database.read(conversations.branch, chat.id)] == ["prompt", "reply"] * 2
    await database.close()
