"""Messages by the words that are in them: one plain SQL function. Knows no screen."""

import re
import sqlite3

from tui.bounds import moment
from tui.store.records import FoundMessage
from tui.store.rows import UNKNOWN_TIME, as_text

_AROUND = 200
_MOST_WORDS = 10


def messages_with(connection: sqlite3.Connection, words: str, limit: int) -> tuple[FoundMessage, ...]:
    """The newest messages that have all of these words, without regard to the case of ASCII letters, none of the trash.

    Every message is looked at: a second for some million. What surrounds the first word comes along.
    """
    wanted = words.split()[:_MOST_WORDS]
    if not wanted:
        return ()
    conditions = " AND ".join(["messages.text LIKE ? ESCAPE '!'"] * len(wanted))
    rows = connection.execute(
        "SELECT messages.id, conversation_id, title, text, messages.created_at FROM messages"
        " JOIN conversations ON conversations.id = conversation_id WHERE messages.deleted_at IS NULL"
        f" AND conversations.deleted_at IS NULL AND {conditions} ORDER BY number DESC LIMIT ?",
        (*(f"%{re.sub('([!%_])', r'!' + chr(92) + '1', word)}%" for word in wanted), limit),
    )
    return tuple(
        FoundMessage(
            as_text(id), as_text(conversation_id), as_text(title), _around(as_text(text), wanted[0]),
            moment(created) or UNKNOWN_TIME,
        )
        for id, conversation_id, title, text, created in rows
    )  # fmt: skip


def _around(text: str, word: str) -> str:
    at = max(text.casefold().find(word.casefold()), 0)
    start, end = max(at - _AROUND, 0), at + len(word) + _AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
