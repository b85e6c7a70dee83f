"""Writes rows that an earlier transaction could not, once the disk takes them again. Runs inside `Database.run`."""

import sqlite3
from collections.abc import Sequence

from tui.store import unsent
from tui.store.conversations import (
    append,
    finish_reply,
    rename,
    save_conversation,
    set_active_leaf,
    set_model,
    set_settings,
)
from tui.store.records import Attachment, Conversation, Message
from tui.store.rows import as_text


def catch_up(
    connection: sqlite3.Connection,
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
) -> Conversation:
    """Insert what is not stored yet, parents before children; bring stored replies to their end.

    Args:
        connection: the writer's.
        conversation: its model, settings, active leaf and a title given by hand override what is stored.
        messages: in the order in which they were made.
        attachments: the files of those messages that are not stored yet.
    """
    save_conversation(connection, conversation)
    rows = connection.execute("SELECT id FROM messages WHERE conversation_id = ?", (conversation.id,))
    stored = {as_text(row[0]) for row in rows}
    new = [message for message in messages if message.id not in stored]
    unsent.remove(connection, [message.id for message in new])
    append(connection, new, [file for file in attachments if file.message_id not in stored])
    for message in messages:
        if message.kind == "reply" and message.state != "streaming":
            finish_reply(connection, message, message.created_at)
    if conversation.title_by == "user":
        rename(connection, conversation.id, conversation.title)
    set_model(connection, conversation.id, conversation.model)
    set_settings(connection, conversation.id, conversation.settings)
    return set_active_leaf(connection, conversation.id, conversation.active_leaf)


def catch_up_counted(
    connection: sqlite3.Connection,
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment],
    purpose: str,
) -> Conversation:
    """Insert what was counted until now under a purpose of its own; its replies count as such from now on."""
    connection.execute("DELETE FROM side_calls WHERE conversation_id = ? AND purpose = ?", (conversation.id, purpose))
    return catch_up(connection, conversation, messages, attachments)
