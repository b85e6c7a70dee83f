"""The library's statements: plain functions whose first argument is the connection, run by `Database.run` or `.read`.

They open no transaction themselves, so a caller may string several together. They know no engine: a payload is bytes.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Concatenate, ParamSpec

from tui.bounds import microseconds
from tui.errors import StoreError
from tui.store import contents, unsent
from tui.store.records import Attachment, ChatFolder, Conversation, Message, TitledBy
from tui.store.rows import (
    CONVERSATION,
    as_bytes,
    as_text,
    attachment_of,
    conversation_of,
    conversation_values,
    conversations_of,
    message_of,
    message_values,
)
from tui.text import storable

P = ParamSpec("P")

MESSAGE_COLUMNS = ", ".join(field.name for field in fields(Message))
# A leaf that is not there stands for the newest message: an empty chat would look like a lost one.
_LEAF = """SELECT CASE
    WHEN active_leaf IS NULL OR EXISTS (
        SELECT 1 FROM messages WHERE id = active_leaf AND conversation_id = :id AND deleted_at IS NULL)
    THEN active_leaf
    ELSE (SELECT id FROM messages WHERE conversation_id = :id AND deleted_at IS NULL ORDER BY number DESC LIMIT 1)
    END FROM conversations WHERE id = :id"""
_OPENED = CONVERSATION.replace("active_leaf", f"({_LEAF})")
IN_FOLDER: dict[ChatFolder, str] = {  # each in the words of a partial index
    "chats": "deleted_at IS NULL AND archived = 0",
    "pinned": "deleted_at IS NULL AND archived = 0 AND pinned <> 0",
    "archived": "deleted_at IS NULL AND archived <> 0",
    "trash": "deleted_at IS NOT NULL",
}
"""Which conversations are in a folder: a condition."""
_FINAL = ("state", "payload", "text", "thinking", "model", "settings", "usage", "price", "failure",
          "thinking_ms", "first_token_ms", "total_ms", "finish_reason")  # fmt: skip


def start_turn(
    connection: sqlite3.Connection,
    conversation: Conversation,
    prompt: Message,
    reply: Message,
    owner: str,
    attachments: Sequence[Attachment] = (),
) -> Conversation:
    """Save a prompt and the empty row of its reply, and the conversation itself when this is its first turn.

    A conversation that was archived, or lies in the trash, comes back with its new turn; a prompt that waited is taken
    out of there. `owner` is `Database.owner`, the Chinwag that streams the reply.

    Returns:
        The conversation as it is stored now, with the reply as its active leaf.

    Raises:
        AlreadySentError: the prompt waited, and another window has sent it.
    """
    unsent.take(connection, prompt.id)
    save_conversation(connection, conversation)
    append(connection, [prompt], attachments)
    return start_reply(connection, reply, owner)


def start_reply(connection: sqlite3.Connection, reply: Message, owner: str) -> Conversation:
    """Save the row of a reply that is about to stream to a prompt which is stored already, and show its branch."""
    append(connection, [reply])
    connection.execute("UPDATE messages SET owner = ? WHERE id = ?", (owner, reply.id))
    connection.execute(
        "UPDATE conversations SET active_leaf = ?, updated_at = max(updated_at, ?), deleted_at = NULL, archived = 0"
        " WHERE id = ?",
        (reply.id, microseconds(reply.created_at), reply.conversation_id),
    )
    return get(connection, reply.conversation_id)


def unless_moved(
    connection: sqlite3.Connection,
    conversation_id: str,
    leaf: str | None,
    work: Callable[Concatenate[sqlite3.Connection, P], Conversation],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Conversation | None:
    """Run `work(connection, *args)` if the conversation still ends with `leaf` (None: is empty, or not stored yet).

    Returns:
        What `work` returned; None when another window has written to the conversation meanwhile.
    """
    row = connection.execute(_LEAF, {"id": conversation_id}).fetchone()
    if row is not None and (None if row[0] is None else as_text(row[0])) != leaf:
        return None
    return work(connection, *args, **kwargs)


def save_conversation(connection: sqlite3.Connection, conversation: Conversation) -> None:
    """Insert a conversation unless it is stored; what is stored is newer than the caller's copy and stays."""
    added = connection.execute(
        "INSERT INTO conversations (id, title, title_by, model, settings, active_leaf, created_at, updated_at, pinned,"
        " archived, unread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        conversation_values(conversation),
    )
    if added.rowcount:
        add_tags(connection, [conversation.id], conversation.tags)


def add_tags(connection: sqlite3.Connection, ids: Collection[str], tags: Collection[str]) -> None:
    """Give conversations tags; those that they have stay."""
    connection.executemany(
        "INSERT INTO conversation_tags (conversation_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(id, storable(tag)) for id in ids for tag in tags],
    )


def append(
    connection: sqlite3.Connection,
    messages: Iterable[Message],
    attachments: Iterable[Attachment] = (),
    numbers: Iterable[int | None] = repeat(None),
) -> None:
    """Insert messages, parents before children, and the files that belong to them.

    Each gets its number of `numbers`, or the next of those above 0, which are for what is said here.
    """
    first = "SELECT CASE WHEN max(number) < 1 THEN 1 END FROM messages"  # NULL is the one after the last
    marks = ", ".join("?" * len(fields(Message)))
    connection.executemany(
        f"INSERT INTO messages (number, {MESSAGE_COLUMNS}) VALUES (coalesce(?, ({first})), {marks})",
        ((number, *message_values(message)) for message, number in zip(messages, numbers, strict=False)),
    )
    for file in attachments:
        contents.keep(connection, [file])
        connection.execute(
            "INSERT INTO attachments (message_id, position, hash, name, media_type) VALUES"
            " (?, (SELECT count(*) FROM attachments WHERE message_id = ?), ?, ?, ?)",
            (file.message_id, file.message_id, file.hash, storable(file.name), storable(file.media_type)),
        )


def checkpoint(
    connection: sqlite3.Connection, reply_id: str, text: str, thinking: str, payload: bytes, usage: str = ""
) -> bool:
    """Keep what has arrived of a reply so far; False when the reply is no longer streaming (it is left alone then)."""
    changed = connection.execute(
        "UPDATE messages SET text = ?, thinking = ?, payload = ?, usage = ? WHERE id = ? AND state = 'streaming'",
        (storable(text), storable(thinking), payload, usage, reply_id),
    )
    return changed.rowcount > 0


def finish_reply(
    connection: sqlite3.Connection, reply: Message, ended_at: datetime, title: str | None = None
) -> Conversation:
    """Write the final row of a reply ("done", "interrupted" or "failed"), and its conversation's time and title.

    `ended_at` orders the list; `title` is a new title derived from the chat, ignored when the person has chosen one.
    """
    values = dict(zip((field.name for field in fields(Message)), message_values(reply), strict=True))
    settings = ", ".join(f"{name} = ?" for name in _FINAL)
    changed = connection.execute(
        f"UPDATE messages SET {settings}, owner = '' WHERE id = ?", (*(values[name] for name in _FINAL), reply.id)
    )
    if not changed.rowcount:
        raise StoreError("The reply could not be saved: its conversation was deleted for good meanwhile.")
    connection.execute(
        "UPDATE conversations SET updated_at = max(updated_at, ?), active_leaf = coalesce(active_leaf,"
        " (SELECT id FROM messages WHERE id = ? AND deleted_at IS NULL)),"
        " title = CASE WHEN title_by = 'prompt' THEN coalesce(?, title) ELSE title END WHERE id = ?",
        (microseconds(ended_at), reply.id, None if title is None else storable(title), reply.conversation_id),
    )
    return get(connection, reply.conversation_id)


def streaming_owners(connection: sqlite3.Connection) -> set[str]:
    """The Chinwags that replies in the state "streaming" belong to."""
    rows = connection.execute("SELECT DISTINCT owner FROM messages WHERE state = 'streaming'")
    return {as_text(row[0]) for row in rows}


def interrupt(connection: sqlite3.Connection, alive: Collection[str]) -> int:
    """Mark the streaming replies of all but these (living) Chinwags as interrupted; returns how many."""
    marks = ", ".join("?" * len(alive))
    return connection.execute(
        f"UPDATE messages SET state = 'interrupted', owner = '' WHERE state = 'streaming' AND owner NOT IN ({marks})",
        tuple(alive),
    ).rowcount


def exists(connection: sqlite3.Connection, conversation_id: str) -> bool:
    """Whether a conversation is stored, be it in the trash."""
    return connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is not None


def get(connection: sqlite3.Connection, conversation_id: str) -> Conversation:
    """One conversation, also from the trash. Raises StoreError when there is none with this id."""
    row = connection.execute(f"SELECT {_OPENED} FROM conversations WHERE id = :id", {"id": conversation_id}).fetchone()
    if row is None:
        raise StoreError(f"There is no conversation {conversation_id}.", "List them with `chinwag chats`.")
    return conversation_of(row)


def newest(
    connection: sqlite3.Connection,
    limit: int = 200,
    before: Conversation | None = None,
    *,
    folder: ChatFolder = "chats",
    tag: str = "",
    including: bool = False,
) -> tuple[Conversation, ...]:
    """At most `limit` conversations by the time of their last message, newest first; in the trash, as they got there.

    `before` is the last one of the previous page, or, `including` it, the first one of this page; None asks for the
    first page. `tag` asks for those that have it.
    """
    return _page(connection, limit, "<=" if including else "<", before, folder, tag)


def newer(
    connection: sqlite3.Connection,
    limit: int,
    after: Conversation | None = None,
    *,
    folder: ChatFolder = "chats",
    tag: str = "",
) -> tuple[Conversation, ...]:
    """At most `limit` conversations that stand just above `after` in that order; None asks for the last ones of all."""
    return _page(connection, limit, ">", after, folder, tag)[::-1]


def _page(
    connection: sqlite3.Connection, limit: int, side: str, at: Conversation | None, folder: ChatFolder, tag: str
) -> tuple[Conversation, ...]:
    """Conversations on one side of one, in the order in which they lie there."""
    time = "deleted_at" if folder == "trash" else "updated_at"
    order = "ASC" if side == ">" else "DESC"
    conditions = [IN_FOLDER[folder]]
    values: list[str | int] = []
    if at is not None:
        conditions.append(f"({time}, id) {side} (?, ?)")
        moment = at.deleted_at if folder == "trash" else at.updated_at
        values += [0 if moment is None else microseconds(moment), at.id]
    if tag:
        conditions.append("id IN (SELECT conversation_id FROM conversation_tags WHERE tag = ?)")
        values.append(storable(tag))
    rows = connection.execute(
        f"SELECT {CONVERSATION} FROM conversations WHERE {' AND '.join(conditions)}"
        f" ORDER BY {time} {order}, id {order} LIMIT ?",
        (*values, limit),
    )
    return conversations_of(rows)


def with_prefix(
    connection: sqlite3.Connection, prefix: str, limit: int = 5, *, trash: bool = False
) -> tuple[Conversation, ...]:
    """Conversations outside the trash, or in it, whose id begins with `prefix`, newest first; none for an empty one."""
    wanted = prefix.strip().lower()
    if not wanted:
        return ()
    rows = connection.execute(
        f"SELECT {CONVERSATION} FROM conversations WHERE id >= ? AND id < ?"
        f" AND deleted_at IS {'NOT ' if trash else ''}NULL ORDER BY updated_at DESC LIMIT ?",
        (storable(wanted), storable(wanted) + "\U0010ffff", limit),
    )
    return conversations_of(rows)


def branch(connection: sqlite3.Connection, conversation_id: str, leaf: str | None = None) -> tuple[Message, ...]:
    """The messages from the first prompt down to `leaf` (None: the active leaf), oldest first; () if that is gone."""
    # A parent is inserted before its child, so `number` is the order; UNION ends even where a file lies in circles.
    rows = connection.execute(
        f"""WITH RECURSIVE path (id, parent_id) AS (
                SELECT id, parent_id FROM messages WHERE conversation_id = :id AND deleted_at IS NULL AND id = coalesce(
                    :leaf, (SELECT active_leaf FROM conversations WHERE id = :id))
                UNION SELECT parent.id, parent.parent_id FROM messages AS parent JOIN path ON parent.id = path.parent_id
            ) SELECT number, {MESSAGE_COLUMNS} FROM messages WHERE id IN (SELECT id FROM path)""",
        {"id": conversation_id, "leaf": leaf},
    ).fetchall()
    rows.sort(key=itemgetter(0))  # SQLite would copy all texts for it
    found = tuple([message_of(row[1:]) for row in rows])
    if found or leaf is not None:
        return found
    (known,) = connection.execute(_LEAF, {"id": conversation_id}).fetchone() or (None,)
    return () if known is None else branch(connection, conversation_id, as_text(known))


def tree(connection: sqlite3.Connection, conversation_id: str) -> tuple[Message, ...]:
    """Every message of a conversation but those in the trash, parents before children, siblings as they were made."""
    rows = connection.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE conversation_id = ? AND deleted_at IS NULL ORDER BY number",
        (conversation_id,),
    )
    return tuple(message_of(row) for row in rows)


def attachments_of(connection: sqlite3.Connection, conversation_id: str) -> tuple[Attachment, ...]:
    """The files of a conversation, in the order of their messages."""
    rows = connection.execute(
        "SELECT attachments.hash, message_id, name, media_type, data FROM attachments"
        " JOIN contents ON contents.hash = attachments.hash JOIN messages ON messages.id = message_id"
        " WHERE conversation_id = ? AND deleted_at IS NULL ORDER BY number, position",
        (conversation_id,),
    )
    return tuple(attachment_of(row) for row in rows)


def contents_of(connection: sqlite3.Connection, hashes: Collection[str]) -> dict[str, bytes]:
    """The contents of files by their hashes; those that are not there are missing."""
    found: dict[str, bytes] = {}
    for hash in hashes:
        row = connection.execute("SELECT data FROM contents WHERE hash = ?", (hash,)).fetchone()
        if row is not None:
            found[hash] = as_bytes(row[0])
    return found


def rename(connection: sqlite3.Connection, conversation_id: str, title: str, by: TitledBy = "user") -> Conversation:
    """Give a conversation the title that the person chose, or had before; its place in the list stays."""
    return _change(connection, conversation_id, f"title = ?, title_by = '{by}'", storable(title))


def set_model(connection: sqlite3.Connection, conversation_id: str, model: str) -> Conversation:
    """Choose who answers the next turn."""
    return _change(connection, conversation_id, "model = ?", storable(model))


def set_settings(connection: sqlite3.Connection, conversation_id: str, settings: str) -> Conversation:
    """Choose with which settings (JSON text) the next turn is answered."""
    return _change(connection, conversation_id, "settings = ?", storable(settings))


def set_active_leaf(connection: sqlite3.Connection, conversation_id: str, leaf: str | None) -> Conversation:
    """Choose which branch is shown, by its last message."""
    return _change(connection, conversation_id, "active_leaf = ?", leaf)


def add_side_call(
    connection: sqlite3.Connection,
    conversation_id: str,
    purpose: str,
    *,
    model: str,
    usage: str,
    price: Decimal | None,
    at: datetime,
    problem: str = "",
) -> None:
    """Keep what was asked of a model beside the chat itself, such as a title: `usage` is `StoredUsage` as JSON text.

    `problem` is why it came to nothing, in a sentence for a person. Two of one purpose are never of one moment: other
    machines know them by it.
    """
    moment = microseconds(at)
    same = "SELECT 1 FROM side_calls WHERE conversation_id = ? AND purpose = ? AND created_at = ?"
    while connection.execute(same, (conversation_id, purpose, moment)).fetchone() is not None:
        moment += 1
    connection.execute(
        "INSERT INTO side_calls (conversation_id, purpose, model, usage, price, problem, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            purpose,
            storable(model),
            usage,
            None if price is None else str(price),
            storable(problem),
            moment,
        ),
    )


def was_asked_beside(connection: sqlite3.Connection, conversation_id: str, purpose: str) -> bool:
    """Whether something was asked beside a chat for this purpose, with whatever outcome."""
    return (
        connection.execute(
            "SELECT 1 FROM side_calls WHERE conversation_id = ? AND purpose = ?", (conversation_id, purpose)
        ).fetchone()
        is not None
    )


def suggest_title(connection: sqlite3.Connection, conversation_id: str, title: str) -> Conversation:
    """Give a conversation a title that nobody has typed, unless a person has chosen one."""
    connection.execute(
        "UPDATE conversations SET title = ? WHERE id = ? AND title_by = 'prompt'", (storable(title), conversation_id)
    )
    return get(connection, conversation_id)


def _change(connection: sqlite3.Connection, conversation_id: str, change: str, value: str | int | None) -> Conversation:
    connection.execute(f"UPDATE conversations SET {change} WHERE id = ?", (value, conversation_id))
    return get(connection, conversation_id)
