"""Whole conversations, many at a time: for what reads all of them. Ordered by id, which does not change meanwhile."""

import sqlite3
from collections.abc import Sequence

from tui.store.conversations import attachments_of, tree
from tui.store.records import Conversation, WholeConversation
from tui.store.rows import CONVERSATION, conversations_of

MOST_BYTES = 8 << 20
"""Of messages and files that are in memory at a time."""


def count(connection: sqlite3.Connection) -> int:
    """How many conversations there are, without those in the trash."""
    return int(connection.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()[0])


def chats_after(connection: sqlite3.Connection, after: str, limit: int) -> tuple[Conversation, ...]:
    """At most `limit` conversations whose ids come after `after` ("" for the first); () at the end."""
    rows = connection.execute(
        f"SELECT {CONVERSATION} FROM conversations WHERE deleted_at IS NULL AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return conversations_of(rows.fetchall())


def whole(
    connection: sqlite3.Connection, chats: Sequence[Conversation], most_bytes: int = MOST_BYTES
) -> tuple[WholeConversation, ...]:
    """These conversations with all that is in them, no more once `most_bytes` are reached, but at least one."""
    has_files = connection.execute("SELECT 1 FROM attachments LIMIT 1").fetchone() is not None
    found = []
    read = 0
    for chat in chats:
        messages = tree(connection, chat.id)
        files = attachments_of(connection, chat.id) if has_files else ()
        found.append(WholeConversation(chat, messages, files))
        read += sum([len(message.payload) + len(message.text) for message in messages])
        read += sum([len(file.data) for file in files])
        if read >= most_bytes:
            break
    return tuple(found)


def whole_after(connection: sqlite3.Connection, after: str, limit: int) -> tuple[WholeConversation, ...]:
    """The conversations that `chats_after` gives, with all that is in them, as far as `whole` reads."""
    return whole(connection, chats_after(connection, after, limit))
