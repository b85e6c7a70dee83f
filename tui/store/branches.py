"""The tree of a conversation: its outline, which branch is shown, what of it lies in the trash. Plain SQL functions.

A branch is named by the message that it begins with. Where one is left, the leaf that was shown last behind that
message is kept, so that it is shown again when somebody comes back.
"""

import sqlite3
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Concatenate, ParamSpec

from tui.bounds import microseconds
from tui.errors import MessageGoneError
from tui.store.conversations import MESSAGE_COLUMNS, append, get, set_active_leaf
from tui.store.records import Conversation, Message, OutlineNode
from tui.store.rows import as_text, message_of, outline_node_of

P = ParamSpec("P")

FIRST_WORDS = 200
"""How many characters of a message's text its outline has."""


def outline(connection: sqlite3.Connection, conversation_id: str) -> tuple[OutlineNode, ...]:
    """The tree without its contents, by their ids: in the order they were made, on whichever machine."""
    rows = connection.execute(
        f"SELECT id, parent_id, kind, state, model, substr(text, 1, {FIRST_WORDS}), usage, price, created_at, origin"
        " FROM messages WHERE conversation_id = ? AND deleted_at IS NULL ORDER BY id",
        (conversation_id,),
    )
    return tuple(outline_node_of(row) for row in rows)


def links(connection: sqlite3.Connection, conversation_id: str) -> tuple[tuple[str, str | None], ...]:
    """Id of every message and of the one above it, by their ids: in the order they were made, on whichever machine."""
    rows = connection.execute(
        "SELECT id, parent_id FROM messages WHERE conversation_id = ? AND deleted_at IS NULL ORDER BY id",
        (conversation_id,),
    )
    return tuple((as_text(id), None if parent is None else as_text(parent)) for id, parent in rows)


def messages(connection: sqlite3.Connection, conversation_id: str, ids: Collection[str]) -> tuple[Message, ...]:
    """Some messages of a conversation, without those that lie in the trash."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE conversation_id = ? AND deleted_at IS NULL AND id IN ({marks})",
        (conversation_id, *ids),
    )
    return tuple(message_of(row) for row in rows)


def show_branch(connection: sqlite3.Connection, conversation_id: str, message_id: str) -> Conversation:
    """Show the branch that a message is on: behind it what was shown there last, else what was written there last.

    Raises:
        MessageGoneError: the message is not there any more.
    """
    shown = get(connection, conversation_id).active_leaf
    _remember(connection, message_id, shown)
    return set_active_leaf(connection, conversation_id, _leaf_behind(connection, conversation_id, message_id, shown))


def start_at(
    connection: sqlite3.Connection,
    conversation_id: str,
    message_id: str,
    shown: bool,
    work: Callable[Concatenate[sqlite3.Connection, P], Conversation],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Conversation:
    """Run `work(connection, *args)`, which begins a reply behind or beside a message, wherever that stands in the tree.

    Args:
        connection: the writer's.
        conversation_id: the message's.
        message_id: must still be there.
        shown: whether the new branch is shown from now on; what was shown until now is kept for who comes back to it.
        work: returns the conversation with its new reply as the active leaf.
        *args: and
        **kwargs: go to `work`.

    Raises:
        MessageGoneError: the message is not there any more; nothing was done.
    """
    _exists(connection, conversation_id, message_id)
    before = get(connection, conversation_id).active_leaf
    started = work(connection, *args, **kwargs)
    if not shown:
        return set_active_leaf(connection, conversation_id, before)
    if started.active_leaf is not None:
        _remember(connection, started.active_leaf, before)
    return started


def add_beside(connection: sqlite3.Connection, message: Message) -> Conversation:
    """Save a message that is complete, beside the others below its parent, and show it."""
    _exists(connection, message.conversation_id, message.parent_id or "")
    append(connection, [message])
    return show_branch(connection, message.conversation_id, message.id)


def trash_branch(connection: sqlite3.Connection, conversation_id: str, message_id: str, now: datetime) -> Conversation:
    """Move a message with all that follows it to the trash, where `purge` finds it; what is shown then is beside it.

    Raises:
        MessageGoneError: the message is not there any more.
    """
    _exists(connection, conversation_id, message_id)
    shown = get(connection, conversation_id).active_leaf
    gone = _behind(connection, message_id)
    connection.executemany(
        "UPDATE messages SET deleted_at = ? WHERE id = ?", [(microseconds(now), id) for id, _ in gone]
    )
    if shown not in {id for id, _ in gone}:
        return get(connection, conversation_id)
    beside = connection.execute(
        "SELECT other.id FROM messages AS other JOIN messages AS gone ON gone.id = :id"
        " WHERE other.conversation_id = :chat AND other.parent_id IS gone.parent_id AND other.deleted_at IS NULL"
        " ORDER BY other.number < gone.number DESC, abs(other.number - gone.number) LIMIT 1",
        {"id": message_id, "chat": conversation_id},
    ).fetchone()
    if beside is not None:
        leaf: str | None = _leaf_behind(connection, conversation_id, as_text(beside[0]), None)
    else:
        (above,) = connection.execute("SELECT parent_id FROM messages WHERE id = ?", (message_id,)).fetchone()
        leaf = None if above is None else as_text(above)
    return set_active_leaf(connection, conversation_id, leaf)


def restore_branch(connection: sqlite3.Connection, conversation_id: str, message_id: str) -> Conversation:
    """Bring a message back from the trash with what went there together with it, and show it.

    What another window has deleted above it since comes back in the same way: without that it would stand nowhere.

    Raises:
        MessageGoneError: it is not there any more.
    """
    for id in reversed(_above(connection, message_id)):
        (deleted_at,) = connection.execute("SELECT deleted_at FROM messages WHERE id = ?", (id,)).fetchone()
        if deleted_at is not None:
            behind = [(one, deleted_at) for one, _ in _behind(connection, id, trashed=True)]
            connection.executemany("UPDATE messages SET deleted_at = NULL WHERE id = ? AND deleted_at IS ?", behind)
    return show_branch(connection, conversation_id, message_id)


def _exists(connection: sqlite3.Connection, conversation_id: str, message_id: str) -> None:
    found = connection.execute(
        "SELECT 1 FROM messages WHERE id = ? AND conversation_id = ? AND deleted_at IS NULL",
        (message_id, conversation_id),
    ).fetchone()
    if found is None:
        raise MessageGoneError


def _remember(connection: sqlite3.Connection, message_id: str, shown: str | None) -> None:
    """Keep which leaf is shown now, at the place where the way to `message_id` leaves the way to it."""
    if shown is None:
        return
    wanted = set(_above(connection, message_id))
    child = None
    for id in _above(connection, shown):
        if id in wanted:
            break
        child = id
    if child is not None:
        connection.execute(
            "INSERT INTO shown_leaves (message_id, leaf_id) VALUES (?, ?)"
            " ON CONFLICT (message_id) DO UPDATE SET leaf_id = excluded.leaf_id",
            (child, shown),
        )


def _above(connection: sqlite3.Connection, message_id: str) -> list[str]:
    """A message and those above it, up to the first."""
    rows = connection.execute(
        "WITH RECURSIVE path (id, parent_id) AS (SELECT id, parent_id FROM messages WHERE id = ?"
        " UNION SELECT parent.id, parent.parent_id FROM messages AS parent JOIN path ON parent.id = path.parent_id)"
        " SELECT id FROM path",
        (message_id,),
    )
    return [as_text(row[0]) for row in rows]


def _behind(connection: sqlite3.Connection, message_id: str, *, trashed: bool = False) -> list[tuple[str, int]]:
    """Ids and numbers of a message and all that follows it; `trashed` counts what lies in the trash, too."""
    rows = connection.execute(
        "WITH RECURSIVE below (id, number) AS (SELECT id, number FROM messages WHERE id = :id"
        " UNION SELECT child.id, child.number FROM messages AS child JOIN below ON child.parent_id = below.id"
        " WHERE :trashed OR child.deleted_at IS NULL) SELECT id, number FROM below",
        {"id": message_id, "trashed": trashed},
    )
    return [(as_text(id), number) for id, number in rows]


def _leaf_behind(connection: sqlite3.Connection, conversation_id: str, message_id: str, shown: str | None) -> str:
    """The leaf to show behind a message: the one that is shown, else the one shown there last, else the newest.

    Raises:
        MessageGoneError: the message is not there any more.
    """
    _exists(connection, conversation_id, message_id)
    behind = dict(_behind(connection, message_id))
    if shown in behind:
        return shown
    kept = connection.execute("SELECT leaf_id FROM shown_leaves WHERE message_id = ?", (message_id,)).fetchone()
    if kept is not None and as_text(kept[0]) in behind:  # it may have been answered since
        behind = dict(_behind(connection, as_text(kept[0])))
    return max(behind, key=behind.__getitem__)
