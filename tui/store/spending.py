"""What was spent in a chat or in a period: replies of all branches, deleted ones too, and what was asked beside them.

What was paid for is not unpaid by deleting it. Also the replies whose price nobody could write down any more.
"""

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from tui.bounds import dollars, microseconds, moment, whole_number
from tui.store.records import Spending, UnpricedCall
from tui.store.rows import NOT_BACK, NOT_COPIED, UNKNOWN_TIME, as_text

_TOKENS = """CASE WHEN typeof(usage) = 'text' AND json_valid(usage)
    THEN coalesce(json_extract(usage, '$.input'), 0) + coalesce(json_extract(usage, '$.output'), 0) END"""

_ENDED = "state NOT IN ('streaming', 'interrupted')"
"""What a crash has ended has no price yet, as what is under way."""


def spent_in(connection: sqlite3.Connection, conversation_id: str, without: Collection[str] = ()) -> Spending:
    """What was spent in a conversation; the messages `without` are not counted."""
    return _spending(connection, "conversation_id = ?", (conversation_id,), without)


def spent_between(
    connection: sqlite3.Connection, start: datetime, end: datetime, without: Collection[str] = ()
) -> Spending:
    """What was spent on replies that began in a period, whose end is not part of it; see `spent_in`."""
    period = (microseconds(start), microseconds(end))
    return _spending(connection, "created_at >= ? AND created_at < ?", period, without)


def _spending(
    connection: sqlite3.Connection, where: str, values: tuple[str | int, ...], without: Collection[str]
) -> Spending:
    marks = ", ".join("?" * len(without))
    # Numbers are part of every index, ids are not.
    others = f"number NOT IN (SELECT number FROM messages WHERE id IN ({marks}))"
    replies = f"kind = 'reply' AND {where} AND {NOT_COPIED} AND {others}"
    prices, taken, unpriced = connection.execute(
        f"SELECT group_concat(price, ' '), sum({_TOKENS}), sum(price IS NULL AND usage <> '' AND {_ENDED})"
        f" FROM (SELECT price, usage, state FROM messages WHERE {replies}"
        f" UNION ALL SELECT price, usage, 'done' FROM side_calls WHERE {where} AND {NOT_BACK})",
        (*values, *without, *values),
    ).fetchone()
    streaming = connection.execute(
        f"SELECT model, usage FROM messages WHERE NOT {_ENDED} AND price IS NULL AND usage <> '' AND {replies}",
        (*values, *without),
    )
    paid = [price for text in as_text(prices).split() if (price := dollars(text)) is not None]
    under_way = tuple((as_text(model), as_text(usage)) for model, usage in streaming)
    return Spending(sum(paid, Decimal()), len(paid), whole_number(taken) or 0, whole_number(unpriced) or 0, under_way)


def killed(connection: sqlite3.Connection) -> tuple[UnpricedCall, ...]:
    """The replies that ended with the program that streamed them, before it wrote down what they cost."""
    ended = "kind = 'reply' AND state = 'interrupted' AND total_ms IS NULL"
    return _unpriced(connection, "messages", f"{ended} AND {NOT_COPIED}")


def unpriced(connection: sqlite3.Connection) -> tuple[UnpricedCall, ...]:
    """What used tokens whose price is not known: replies, of all branches and the trash, and what was asked beside."""
    replies = _unpriced(connection, "messages", f"kind = 'reply' AND state <> 'streaming' AND {NOT_COPIED}")
    return (*replies, *_unpriced(connection, "side_calls", "1"))


def _unpriced(connection: sqlite3.Connection, table: str, where: str) -> tuple[UnpricedCall, ...]:
    rows = connection.execute(
        f"SELECT number, model, usage, created_at FROM {table} WHERE {where} AND price IS NULL AND usage <> ''"
    )
    beside = table == "side_calls"
    return tuple(
        UnpricedCall(number, as_text(model), as_text(usage), moment(created) or UNKNOWN_TIME, beside)
        for number, model, usage, created in rows
    )


def set_prices(connection: sqlite3.Connection, prices: Iterable[tuple[UnpricedCall, Decimal]]) -> int:
    """Write down prices where none is known; returns how many there were. A reply that streams again gets none."""
    changed = 0
    for call, given in prices:
        if (price := dollars(given)) is None:
            continue
        table, still = ("side_calls", "") if call.beside else ("messages", " AND state <> 'streaming'")
        changed += connection.execute(
            f"UPDATE {table} SET price = ? WHERE number = ? AND price IS NULL{still}", (str(price), call.number)
        ).rowcount
    return changed
