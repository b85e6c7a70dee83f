"""Whole conversations, many at a time: for what reads all of them. Ordered by id, which does not change meanwhile."""

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from tui.store.conversations import MESSAGE_COLUMNS, attachments_of
from tui.store.records import Conversation, Message, WholeConversation
from tui.store.rows import CONVERSATION, conversations_of, message_of

_CHAT_ID = MESSAGE_COLUMNS.split(", ").index("conversation_id")

MOST_BYTES = 8 << 20
"""Of messages and files that are in memory at a time."""


def count(connection: sqlite3.Connection) -> int:
    """How many conversations there are, without those in the trash."""
    return int(connection.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()[0])


def chats_after(
    connection: sqlite3.Connection, after: str, limit: int, ids: Sequence[str] | None = None
) -> tuple[Conversation, ...]:
    """At most `limit` conversations, of those with `ids`, whose own come after `after` ("" at first); () at the end."""
    among = "" if ids is None else f" AND id IN ({_marks(ids)})"
    rows = connection.execute(
        f"SELECT {CONVERSATION} FROM conversations WHERE deleted_at IS NULL AND id > ?{among} ORDER BY id LIMIT ?",
        (after, *(ids or ()), limit),
    )
    return conversations_of(rows.fetchall())


def whole(
    connection: sqlite3.Connection, chats: Sequence[Conversation], most_bytes: int = MOST_BYTES
) -> tuple[WholeConversation, ...]:
    """These, in the order of their ids, with all that is in them; no more once `most_bytes` are reached."""
    messages, read = _messages(connection, chats, most_bytes)
    has_files = connection.execute("SELECT 1 FROM attachments LIMIT 1").fetchone() is not None
    found = []
    for chat in chats if read < most_bytes else [chat for chat in chats if chat.id <= max(messages)]:
        files = attachments_of(connection, chat.id) if has_files else ()
        found.append(WholeConversation(chat, messages.get(chat.id, ()), files))
        read += sum([len(file.data) for file in files])
        if files and read >= most_bytes:
            break
    return tuple(found)


def _messages(
    connection: sqlite3.Connection, chats: Sequence[Conversation], most_bytes: int
) -> tuple[dict[str, tuple[Message, ...]], int]:
    """The messages of the first of these conversations, by its id, and their bytes: one statement, read as needed."""
    rows = connection.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE conversation_id IN ({_marks(chats)}) AND deleted_at IS NULL"
        " ORDER BY conversation_id, number",
        [chat.id for chat in chats],
    )
    found: dict[str, tuple[Message, ...]] = {}
    read = 0
    for id, of_chat in groupby(rows, itemgetter(_CHAT_ID)):
        found[id] = messages = tuple([message_of(row) for row in of_chat])
        read += sum([len(message.payload) + len(message.text) for message in messages])
        if read >= most_bytes:
            break
    return found, read


def whole_after(
    connection: sqlite3.Connection, after: str, limit: int, ids: Sequence[str] | None = None
) -> tuple[WholeConversation, ...]:
    """The conversations that `chats_after` gives, with all that is in them, as far as `whole` reads."""
    return whole(connection, chats_after(connection, after, limit, ids))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
