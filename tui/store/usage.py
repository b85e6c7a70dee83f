"""What models were asked, counted by SQL: by model, day and chat, and the replies that stand out. Plain functions.

Every branch counts, and what was deleted: it was paid for. A reply that still streams has no price yet, and does
not count; `messages_replies` holds all that is read of a reply, so that no long answer is fetched for its figures.
"""

import sqlite3
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal

from tui.bounds import LARGEST, dollars, microseconds, moment, whole_number
from tui.store.records import NotedReply, UsageFigures, UsageRow, UsageScope
from tui.store.rows import NOT_BACK, NOT_COPIED, PURPOSE, as_text, total

MOST_TOKENS = 10**12
"""A larger count says nothing, and a sum of such would not fit into a column."""

Standing = Literal["dearest", "slowest"]


_BY = {
    "day": "date(created_at / 1000000, 'unixepoch', 'localtime')",
    "model": "model",
    "conversation_id": "conversation_id",
    "purpose": "purpose",
}
_TOKENS = ("input", "cached", "cache_written", "output", "reasoning")
# Read once for each row, inside; an aggregate over a compound is not flattened, and would read them again and again.
_USED = ", ".join(
    f"json_extract(CASE WHEN json_valid(usage) THEN usage ELSE '{{}}' END, '$.{name}') AS {name}"
    for name in (*_TOKENS, "estimated")
)
_ROWS = f"""SELECT created_at, model, conversation_id, '' AS purpose, '' AS problem, usage <> '' AS used, price,
    total_ms - first_token_ms AS took, {_USED}
    FROM messages WHERE kind = 'reply' AND state <> 'streaming' AND {{where}}
    UNION ALL SELECT created_at, model, conversation_id, {PURPOSE}, problem, usage <> '', price, NULL, {_USED}
    FROM side_calls WHERE {{where}} AND {NOT_BACK}""".replace("'{}'", "'{{}}'")


def _sum(name: str, more: str = "1") -> str:
    return f"sum(CASE WHEN {name} BETWEEN 0 AND {MOST_TOKENS} AND {more} THEN CAST({name} AS INTEGER) END)"


_SUMS = ", ".join(
    [
        "count(*)",
        *map(_sum, _TOKENS),
        "group_concat(price, ' ')",
        "sum(price IS NULL AND used)",
        "sum(estimated = 1)",
        "sum(problem <> '')",
        _sum("output", "took > 0"),
        _sum("took", f"took > 0 AND output BETWEEN 0 AND {MOST_TOKENS}"),
        "max(problem)",
    ]
)


def usage_rows(connection: sqlite3.Connection, scope: UsageScope, by: Iterable[str]) -> tuple[UsageRow, ...]:
    """The sums of a scope, for each combination of what `by` names: "day", "model", "conversation_id", "purpose"."""
    names = [name for name in _BY if name in set(by)]
    keys = ", ".join(_BY[name] if name in names else "''" for name in _BY)
    groups = ", ".join(_BY[name] for name in names)
    where, values = _where(scope)
    rows = connection.execute(
        f"SELECT {keys}, {_SUMS} FROM ({_ROWS.format(where=where)}){f' GROUP BY {groups}' if groups else ''}", values
    )
    return tuple(_usage_row(row) for row in rows if row[len(_BY)])


def standing_out(
    connection: sqlite3.Connection, scope: UsageScope, how: Standing, limit: int = 5
) -> tuple[NotedReply, ...]:
    """The replies of a scope that cost or took most, the first one most."""
    where, values = _where(scope)
    order = {"dearest": "CAST({0}price AS REAL)", "slowest": "{0}total_ms"}[how]
    rows = connection.execute(
        f"""SELECT reply.id, reply.conversation_id, title, substr(coalesce(asked.text, ''), 1, 200), reply.model,
                reply.price, reply.first_token_ms, reply.total_ms, reply.created_at,
                reply.deleted_at IS NOT NULL OR conversations.deleted_at IS NOT NULL
            FROM messages AS reply JOIN conversations ON conversations.id = reply.conversation_id
            LEFT JOIN messages AS asked ON asked.id = reply.parent_id
            WHERE reply.number IN (SELECT number FROM messages WHERE kind = 'reply' AND state <> 'streaming'
                AND {order.format("")} > 0 AND {where} ORDER BY {order.format("")} DESC LIMIT :limit)
            ORDER BY {order.format("reply.")} DESC""",
        {**values, "limit": limit},
    )
    return tuple(
        NotedReply(
            id=as_text(row[0]),
            conversation_id=as_text(row[1]),
            title=as_text(row[2]),
            text=as_text(row[3]),
            model=as_text(row[4]),
            price=dollars(row[5]),
            first_token_ms=whole_number(row[6]),
            total_ms=whole_number(row[7]),
            created_at=moment(row[8]) or datetime.fromtimestamp(0).astimezone(),
            trashed=bool(row[9]),
        )
        for row in rows
    )


def first_token_ms(connection: sqlite3.Connection, scope: UsageScope, share: float) -> int | None:
    """The wait for the first token that a share of the replies stays within: 0.5 is the median, in milliseconds."""
    where, values = _where(scope)
    chosen = (
        f"FROM messages WHERE kind = 'reply' AND state <> 'streaming' AND first_token_ms BETWEEN 0 AND {MOST_TOKENS}"
        f" AND {where}"
    )
    row = connection.execute(
        f"SELECT first_token_ms {chosen} ORDER BY first_token_ms LIMIT 1"
        f" OFFSET (SELECT CAST(max(0, count(*) - 1) * :share + 0.5 AS INTEGER) {chosen})",
        {**values, "share": share},
    ).fetchone()
    return whole_number(row[0]) if row else None


def usage_figures(connection: sqlite3.Connection, scope: UsageScope, *, chats: bool = True) -> UsageFigures:
    """All that is said of a scope; `chats` may take as long as all the rest, where there are tens of thousands."""
    by_chat = usage_rows(connection, scope, ("conversation_id", "purpose")) if chats else ()
    return UsageFigures(
        scope,
        usage_rows(connection, scope, ("day", "model", "purpose")),
        by_chat,
        _titles(connection, {row.conversation_id for row in by_chat}) if by_chat else {},
        _tags(connection) if by_chat else {},
        standing_out(connection, scope, "dearest"),
        standing_out(connection, scope, "slowest"),
        (first_token_ms(connection, scope, 0.5), first_token_ms(connection, scope, 0.95)),
    )


def _titles(connection: sqlite3.Connection, wanted: Collection[str]) -> dict[str, str]:
    rows = connection.execute("SELECT id, title FROM conversations")
    return {id: as_text(title) for raw, title in rows if (id := as_text(raw)) in wanted}


def _tags(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for raw, tag in connection.execute("SELECT conversation_id, tag FROM conversation_tags ORDER BY tag"):
        id = as_text(raw)
        found[id] = (*found.get(id, ()), as_text(tag))
    return found


def _where(scope: UsageScope) -> tuple[str, dict[str, str | int]]:
    values: dict[str, str | int] = {
        "since": microseconds(scope.since) if scope.since else 0,
        "until": microseconds(scope.until) if scope.until else LARGEST,
    }
    where = f"created_at >= :since AND created_at < :until AND {NOT_COPIED}"
    if scope.conversation_id:
        where += " AND conversation_id = :conversation"
        values["conversation"] = scope.conversation_id
    if scope.model:
        where += " AND model = :model"
        values["model"] = scope.model
    if scope.provider:
        where += " AND substr(model, 1, length(:provider)) = :provider"
        values["provider"] = f"{scope.provider}:"
    if scope.tag:
        where += " AND conversation_id IN (SELECT conversation_id FROM conversation_tags WHERE tag = :tag)"
        values["tag"] = scope.tag
    return where, values


def _usage_row(row: tuple[str | int | float | bytes | None, ...]) -> UsageRow:
    day, model, conversation_id, purpose, *counts = row
    calls, input, cached, cache_written, output, reasoning, *counts = counts
    prices, unpriced, estimated, failed, streamed, took, problem = counts
    return UsageRow(
        day=_date(as_text(day)),
        model=as_text(model),
        conversation_id=as_text(conversation_id),
        purpose=as_text(purpose),
        calls=whole_number(calls) or 0,
        input=whole_number(input),
        cached=whole_number(cached),
        cache_written=whole_number(cache_written),
        output=whole_number(output),
        reasoning=whole_number(reasoning),
        price=total((price,) for price in as_text(prices).split()),
        unpriced=whole_number(unpriced) or 0,
        estimated=whole_number(estimated) or 0,
        failed=whole_number(failed) or 0,
        streamed=whole_number(streamed),
        streaming_ms=whole_number(took),
        problem=as_text(problem),
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # "" where it is not asked for, or a year that the calendar does not have
        return None
