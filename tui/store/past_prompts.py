"""What was asked before, in all conversations: one plain SQL function. Knows no screen."""

import sqlite3

from tui.bounds import moment
from tui.store.records import PastPrompt
from tui.store.rows import UNKNOWN_TIME, as_text


def past_prompts(connection: sqlite3.Connection, limit: int) -> tuple[PastPrompt, ...]:
    """The newest `limit` prompts that are not in the trash, newest first, with the conversation of each."""
    rows = connection.execute(
        "SELECT text, conversation_id, title, messages.created_at FROM messages"
        " JOIN conversations ON conversations.id = conversation_id"
        " WHERE kind = 'prompt' AND messages.deleted_at IS NULL AND conversations.deleted_at IS NULL"
        " ORDER BY number DESC LIMIT ?",
        (limit,),
    )
    return tuple(
        PastPrompt(as_text(text), as_text(conversation_id), as_text(title), moment(created) or UNKNOWN_TIME)
        for text, conversation_id, title, created in rows
    )
