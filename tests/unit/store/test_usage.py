"""Money and tokens that a person could not trust: counted twice, left out, rounded, or on the wrong day."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from tests.support.library import MODEL, NOON, conversation, prompt, reply
from tui.store import branches, conversations, folders, spending
from tui.store.migrations import migrate
from tui.store.records import Conversation, Message, UsageScope
from tui.store.usage import first_token_ms, standing_out, usage_figures, usage_rows


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    migrate(opened)
    yield opened
    opened.close()


def chat_of(connection: sqlite3.Connection, title: str = "A question") -> Conversation:
    chat = conversation(title)
    conversations.save_conversation(connection, chat)
    return chat


def answered(
    connection: sqlite3.Connection, chat: Conversation, price: str | None, usage: str = '{"input": 10, "output": 2}',
    *, model: str = MODEL, parent: Message | None = None, **changes: object,
) -> Message:  # fmt: skip
    asked = prompt(chat, parent=parent)
    answer = replace(
        reply(chat, asked, "because", model=model), usage=usage, price=None if price is None else Decimal(price)
    )
    answer = replace(answer, **changes)  # type: ignore[arg-type]  # fields of a message
    conversations.append(connection, [asked, answer])
    return answer


def test_every_branch_the_trash_and_the_side_calls_count_once_and_exactly(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    first = answered(connection, chat, "0.1")
    other = replace(reply(chat, first, "again"), id="again", parent_id=first.parent_id, price=Decimal("0.2"))
    conversations.append(connection, [other])
    gone = answered(connection, chat, "0.0000000000000001", parent=first)
    branches.trash_branch(connection, chat.id, str(gone.parent_id), NOON)
    conversations.add_side_call(
        connection, chat.id, "title", model=MODEL, usage='{"input": 5, "output": 1}', price=Decimal("0.003"), at=NOON
    )
    folders.delete(connection, [chat.id], NOON)

    (total,) = usage_rows(connection, UsageScope(), ())

    assert total.price == Decimal("0.3030000000000001") == spending.spent_in(connection, chat.id).dollars
    assert (total.calls, total.input, total.output) == (4, 25, 5)
    for by in (("day",), ("model",), ("conversation_id",), ("purpose",), ("day", "model", "purpose")):
        rows = usage_rows(connection, UsageScope(), by)
        assert sum((row.price or Decimal(0) for row in rows), Decimal(0)) == total.price, by
    (beside,) = [row for row in usage_rows(connection, UsageScope(), ("purpose",)) if row.purpose]
    assert (beside.purpose, beside.calls, beside.price) == ("title", 1, Decimal("0.003"))


@pytest.mark.parametrize("by_age", [True, False])
def test_deleting_for_good_unpays_nothing_and_keeps_no_word(connection: sqlite3.Connection, by_age: bool) -> None:
    chat = chat_of(connection)
    answered(connection, chat, "0.1")
    answered(connection, chat, None)
    answered(connection, chat, "0.7", '{"copied": true}')
    answered(connection, chat, None, "")  # refused, and never counted
    (before,) = usage_rows(connection, UsageScope(), ("model",))
    around = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    spent = spending.spent_between(connection, *around)

    folders.delete(connection, [chat.id], NOON)
    if by_age:
        folders.purge(connection, NOON + timedelta(days=31))
    else:
        folders.delete_for_good(connection, [chat.id])

    (after,) = usage_rows(connection, UsageScope(), ("model",))
    assert conversations.tree(connection, chat.id) == ()
    assert (after.price, after.unpriced, after.input) == (before.price, 1, before.input) == (Decimal("0.1"), 1, 20)
    assert spending.spent_between(connection, *around) == spent
    (kept,) = usage_rows(connection, UsageScope(), ("conversation_id", "purpose"))
    assert (kept.purpose, kept.calls, kept.conversation_id) == ("deleted", 2, chat.id)
    assert "because" not in "".join(connection.iterdump())


def test_a_branch_that_goes_for_good_was_paid_for_with_all_below_it(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    answered(connection, chat, "0.1", '{"input": 1}')
    gone = answered(connection, chat, "0.2", '{"input": 2}')
    branches.trash_branch(connection, chat.id, str(gone.parent_id), NOON)
    below = answered(connection, chat, "0.4", '{"input": 4}', parent=gone)
    connection.execute("UPDATE messages SET deleted_at = NULL WHERE id = ?", (below.id,))  # from another machine

    folders.purge(connection, NOON + timedelta(days=31))

    assert len(conversations.tree(connection, chat.id)) == 2
    assert (
        spending.spent_in(connection, chat.id).dollars
        == Decimal("0.7")
        == folders.costs(connection, [chat.id])[chat.id]
    )


def test_a_chat_that_comes_back_is_not_counted_twice(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    answer = answered(connection, chat, "0.1")
    rows = conversations.tree(connection, chat.id)
    folders.delete(connection, [chat.id], NOON)
    folders.delete_for_good(connection, [chat.id])
    assert spending.spent_in(connection, chat.id).dollars == Decimal("0.1")

    conversations.save_conversation(connection, chat)  # as from a backup, or from a machine that wrote in it meanwhile
    conversations.append(connection, rows)

    assert spending.spent_in(connection, chat.id).dollars == answer.price == Decimal("0.1")
    (row,) = usage_rows(connection, UsageScope(), ())
    assert (row.calls, row.price) == (1, Decimal("0.1"))

    folders.delete(connection, [chat.id], NOON)
    folders.delete_for_good(connection, [chat.id])  # once more
    assert spending.spent_in(connection, chat.id).dollars == Decimal("0.1")
    (row,) = usage_rows(connection, UsageScope(), ())
    assert (row.calls, row.price) == (1, Decimal("0.1"))


def test_what_is_unknown_is_not_nothing(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    answered(connection, chat, None)
    answered(connection, chat, None, "")  # refused: nothing was used, so there is no price to be known
    (row,) = usage_rows(connection, UsageScope(), ())
    assert (row.calls, row.price, row.unpriced, row.cached) == (2, None, 1, None)
    answered(connection, chat, "0", '{"input": 3, "output": 1, "estimated": true}', model="ollama:llama")
    unknown, free = sorted(usage_rows(connection, UsageScope(), ("model",)), key=lambda row: row.model, reverse=True)
    assert (free.price, free.unpriced, free.estimated) == (Decimal(0), 0, 1)
    assert unknown.price is None


def test_a_reply_counts_when_it_has_ended(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    answered(connection, chat, None, state="streaming")
    assert usage_rows(connection, UsageScope(), ("model",)) == ()
    answered(connection, chat, "0.1", state="interrupted")
    answered(connection, chat, "0.1", state="failed")
    assert sum(row.calls for row in usage_rows(connection, UsageScope(), ("model",))) == 2


def test_a_day_is_that_of_the_local_calendar_as_it_is_for_the_meter(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    midnight = datetime(2026, 11, 22).astimezone()
    for moment in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)):
        answered(connection, chat, "0.1", created_at=moment.astimezone(UTC))
    rows = {row.day: row for row in usage_rows(connection, UsageScope(), ("day",))}
    for day, row in rows.items():
        assert day is not None
        start = datetime.combine(day, time.min).astimezone()
        spent = spending.spent_between(connection, start, start + timedelta(days=1))
        assert row.price == spent.known_dollars
    assert [row.calls for _, row in sorted(rows.items(), key=lambda one: str(one[0]))] == [1, 2]
    (only,) = usage_rows(connection, UsageScope(since=midnight, until=midnight + timedelta(days=1)), ("day",))
    assert only.calls == 2


@pytest.mark.parametrize("usage", ["{", "[]", '{"input": -1}', '{"input": "9"}', '{"input": 1e30}', '{"input": null}'])
def test_a_damaged_row_costs_its_own_figures_and_no_other(connection: sqlite3.Connection, usage: str) -> None:
    chat = chat_of(connection)
    answered(connection, chat, "0.1", usage)
    answered(connection, chat, "0.2", '{"input": 7}')
    connection.execute("UPDATE messages SET price = 'NaN' WHERE price = '0.1'")
    (row,) = usage_rows(connection, UsageScope(), ())
    assert (row.calls, row.input, row.price) == (2, 7, Decimal("0.2"))


def test_the_dearest_and_the_slowest_can_be_found_again(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection, "Trip")
    cheap = answered(connection, chat, "0.000009", total_ms=9_000, first_token_ms=400)
    dear = answered(connection, chat, "0.1", total_ms=10, first_token_ms=5)
    answered(connection, chat, None, total_ms=None)
    dearest = standing_out(connection, UsageScope(), "dearest")
    assert [one.id for one in dearest] == [dear.id, cheap.id]
    assert (dearest[0].conversation_id, dearest[0].title, dearest[0].text) == (chat.id, "Trip", "Why?")
    assert [one.id for one in standing_out(connection, UsageScope(), "slowest", limit=1)] == [cheap.id]
    branches.trash_branch(connection, chat.id, str(dear.parent_id), NOON)
    assert standing_out(connection, UsageScope(), "dearest")[0].trashed


def test_the_median_wait_is_that_of_a_reply_that_was_given(connection: sqlite3.Connection) -> None:
    chat = chat_of(connection)
    assert first_token_ms(connection, UsageScope(), 0.5) is None
    for wait in (100, 5_000, 200, 300, None):
        answered(connection, chat, "0", first_token_ms=wait)
    assert [first_token_ms(connection, UsageScope(), share) for share in (0, 0.5, 1)] == [100, 300, 5_000]


def test_a_scope_leaves_all_else_out(connection: sqlite3.Connection) -> None:
    one, two = chat_of(connection, "one"), chat_of(connection, "two")
    answered(connection, one, "0.1", model="a:a")
    answered(connection, two, "0.2", model="a:b")
    figures = usage_figures(connection, UsageScope(conversation_id=two.id))
    assert {row.model for row in figures.rows} == {"a:b"} == {note.model for note in figures.dearest}
    assert figures.titles == {two.id: "two"}
    assert [row.price for row in usage_rows(connection, UsageScope(model="a:a"), ("model",))] == [Decimal("0.1")]


def test_no_answer_is_read_for_its_figures(connection: sqlite3.Connection) -> None:
    """A library of long answers is read page by page otherwise, for a minute instead of a blink."""
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT model, conversation_id, usage, price, total_ms, first_token_ms FROM messages"
        " WHERE kind = 'reply' AND state <> 'streaming' AND created_at >= 0 AND created_at < 9"
    ).fetchall()
    assert "COVERING INDEX messages_replies" in str(plan)
