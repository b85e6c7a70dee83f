"""Where conversations are kept apart: pinned, archived, tagged, in the trash. Each function is for several at once.

What is asked of conversations that are not there (any more) changes nothing.
"""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tui.bounds import dollars, microseconds
from tui.store import contents
from tui.store.conversations import IN_FOLDER, add_tags
from tui.store.records import TRASH_DAYS, Conversation
from tui.store.rows import CONVERSATION, DELETED, NOT_BACK, NOT_COPIED, PURPOSE, SAME_REPLY, as_text, conversations_of
from tui.store.search_index import index_changes
from tui.text import storable

Tagged = tuple[str, str]
"""A conversation's id, and a tag."""


def some(connection: sqlite3.Connection, ids: Collection[str]) -> tuple[Conversation, ...]:
    """Conversations by their ids, in that order, be they in the trash; those that are gone are missing."""
    query = f"SELECT {CONVERSATION} FROM conversations WHERE id = ?"
    return conversations_of(row for id in ids for row in connection.execute(query, (storable(id),)))


def trashed(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Ids of all that lies in the trash."""
    rows = connection.execute(f"SELECT id FROM conversations WHERE {IN_FOLDER['trash']}")
    return tuple(as_text(id) for (id,) in rows)


def unread(connection: sqlite3.Connection) -> frozenset[str]:
    """Ids of all, but for those in the trash, in which a reply has ended that nobody has seen."""
    rows = connection.execute("SELECT id FROM conversations WHERE unread <> 0 AND deleted_at IS NULL")
    return frozenset(as_text(id) for (id,) in rows)


def costs(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, Decimal]:
    """US dollars of conversations, as far as known, by their ids: all branches, and what was asked beside them.

    One of which no price is known is missing.
    """
    found = {}
    for id in ids:
        (prices,) = connection.execute(
            "SELECT group_concat(price, ' ') FROM ("
            f"SELECT price FROM messages WHERE conversation_id = :id AND kind = 'reply' AND {NOT_COPIED}"
            f" UNION ALL SELECT price FROM side_calls WHERE conversation_id = :id AND {NOT_BACK})",
            {"id": id},
        ).fetchone()
        paid = [price for text in as_text(prices).split() if (price := dollars(text)) is not None]
        if paid:
            found[id] = sum(paid, Decimal())
    return found


def set_pinned(connection: sqlite3.Connection, ids: Collection[str], pinned: bool) -> None:
    """Have conversations stand above the others, or not any more."""
    _change(connection, ids, "pinned = ?", pinned)


def set_archived(connection: sqlite3.Connection, ids: Collection[str], archived: bool) -> None:
    """Have conversations stand apart from the others, or not any more."""
    _change(connection, ids, "archived = ?", archived)


def set_unread(connection: sqlite3.Connection, ids: Collection[str], unread: bool) -> None:
    """Note that a reply has ended in conversations that nobody has seen, or that somebody has."""
    _change(connection, ids, "unread = ?", unread)


def change_tags(connection: sqlite3.Connection, added: Collection[Tagged], removed: Collection[Tagged]) -> None:
    """Take tags away from conversations, then give them some; one that is in both stays."""
    connection.executemany(
        "DELETE FROM conversation_tags WHERE conversation_id = ? AND tag = ?",
        [(id, storable(tag)) for id, tag in removed],
    )
    for id, tag in added:
        add_tags(connection, [id], [tag])


def tags(connection: sqlite3.Connection) -> dict[str, int]:
    """All tags in the order of the alphabet, each with how many conversations outside the trash have it."""
    rows = connection.execute(
        "SELECT tag, count(*) FROM conversation_tags JOIN conversations ON conversations.id = conversation_id"
        " WHERE deleted_at IS NULL GROUP BY tag ORDER BY tag"
    )
    return {as_text(tag): int(count) for tag, count in rows}


def delete(connection: sqlite3.Connection, ids: Collection[str], now: datetime) -> None:
    """Move conversations to the trash, where `purge` finds them `TRASH_DAYS` later."""
    _change(connection, ids, "deleted_at = coalesce(deleted_at, ?)", microseconds(now))


def restore(connection: sqlite3.Connection, ids: Collection[str]) -> None:
    """Bring conversations back from the trash."""
    _change(connection, ids, "deleted_at = ?", None)


def delete_for_good(connection: sqlite3.Connection, ids: Collection[str]) -> int:
    """Remove conversations that lie in the trash, with all that is in them; returns how many there were.

    What their replies used stays counted, as figures without a word.
    """
    trashed = "SELECT id FROM conversations WHERE id = ? AND deleted_at IS NOT NULL"
    each = [(id,) for id in ids]
    _keep_figures(connection, f"conversation_id IN ({trashed})", each)
    connection.executemany(f"DELETE FROM unsent WHERE conversation_id IN ({trashed})", each)
    gone = connection.executemany(f"DELETE FROM conversations WHERE id IN ({trashed})", each).rowcount
    _forget(connection, gone)
    return gone


def purge(connection: sqlite3.Connection, now: datetime) -> int:
    """Remove for good what has lain in the trash for `TRASH_DAYS`; returns how many conversations and messages.

    What the replies used stays counted, as in `delete_for_good`.
    """
    limit = microseconds(now - timedelta(days=TRASH_DAYS))
    old = "deleted_at >= 0 AND deleted_at < ?"
    connection.execute(
        f"DELETE FROM unsent WHERE conversation_id IN (SELECT id FROM conversations WHERE {old})", (limit,)
    )
    below = (
        f"WITH RECURSIVE below (id) AS (SELECT id FROM messages WHERE {old} UNION"
        " SELECT child.id FROM messages AS child JOIN below ON child.parent_id = below.id) SELECT id FROM below"
    )
    old_ones = f"conversation_id IN (SELECT id FROM conversations WHERE {old}) OR id IN ({below})"
    _keep_figures(connection, old_ones, [(limit, limit)])
    gone = connection.execute(f"DELETE FROM conversations WHERE {old}", (limit,)).rowcount
    gone += connection.execute(f"DELETE FROM messages WHERE {old}", (limit,)).rowcount
    _forget(connection, gone)
    return gone


def _keep_figures(connection: sqlite3.Connection, which: str, values: Collection[Sequence[str | int]]) -> None:
    """Note what the replies used that are about to go: otherwise deleting would unpay them, and lift a limit.

    One that had come back has its figures there from the first time.
    """
    connection.executemany(
        "INSERT INTO side_calls (conversation_id, purpose, model, usage, price, created_at)"
        f" SELECT conversation_id, '{DELETED}:' || id, model, usage, price, created_at FROM messages"
        f" WHERE kind = 'reply' AND (usage <> '' OR price IS NOT NULL) AND {NOT_COPIED} AND ({which})"
        f" AND NOT EXISTS (SELECT 1 FROM side_calls WHERE {PURPOSE} = '{DELETED}' AND {SAME_REPLY}"
        " AND conversation_id = messages.conversation_id)",
        values,
    )


def _forget(connection: sqlite3.Connection, gone: int) -> None:
    """Drop what only those rows needed that are gone."""
    if gone > 0:
        index_changes(connection, limit=-1)  # while the texts of the files are there, which are taken out of it
        contents.drop_unused(connection)


def _change(connection: sqlite3.Connection, ids: Collection[str], change: str, value: int | None) -> None:
    connection.executemany(f"UPDATE conversations SET {change} WHERE id = ?", [(value, id) for id in ids])
