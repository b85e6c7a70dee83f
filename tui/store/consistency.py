"""Finds rows that lead nowhere, and mends them: every reference leads somewhere then. Knows tables, not records."""

import sqlite3

from tui.dataclass import dataclass
from tui.store.migrations import version_of


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that can be wrong.

    Attributes:
        since: the version of the schema from which on it can be asked.
        noun, plural: what is wrong, to be counted.
        done: what became of it.
        sql: a statement that mends it, and touches nothing else.
        repeated: it mends one of several that hang together, and is run until none is left.
    """

    since: int
    noun: str
    plural: str
    done: str
    sql: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Mended:
    """How often something was wrong."""

    repair: Repair
    count: int

    @property
    def sentence(self) -> str:
        """What was wrong, and what became of it."""
        return f"{self.count:,} {self.repair.noun if self.count == 1 else self.repair.plural}: {self.repair.done}"


_LIVE_LEAF = """(SELECT id FROM messages WHERE conversation_id = conversations.id AND deleted_at IS NULL
       ORDER BY number DESC LIMIT 1)"""

REPAIRS = (
    Repair(1, "chat was lost, but not its messages", "chats were lost, but not their messages",
        "back under their first words", """
        INSERT INTO conversations (id, title, title_by, model, settings, active_leaf, created_at, updated_at)
        SELECT lost.id, coalesce(nullif(substr(first.text, 1, 60), ''), 'Recovered'), 'prompt', coalesce(
            (SELECT model FROM messages WHERE conversation_id = lost.id AND model <> '' ORDER BY number DESC LIMIT 1),
            (SELECT model FROM messages WHERE model <> '' ORDER BY number DESC LIMIT 1), ''),
            '{}', last.id, first.created_at, last.created_at
        FROM (SELECT conversation_id AS id, min(number) AS low, max(number) AS high FROM messages GROUP BY 1) AS lost
        JOIN messages AS first ON first.number = low JOIN messages AS last ON last.number = high
        WHERE lost.id NOT IN (SELECT id FROM conversations)"""),
    Repair(1, "message follows one that is lost", "messages follow one that is lost", "each begins a branch now", """
        UPDATE messages SET parent_id = NULL WHERE parent_id NOT IN (SELECT id FROM messages)"""),
    Repair(1, "message follows one of another chat", "messages follow one of another chat",
        "each begins a branch of its own chat now", """
        UPDATE messages SET parent_id = NULL WHERE number IN (
            SELECT child.number FROM messages AS child JOIN messages AS parent ON parent.id = child.parent_id
            WHERE parent.conversation_id <> child.conversation_id)"""),
    Repair(1, "circle of messages has no beginning", "circles of messages have no beginning",
        "the oldest message is the beginning now", """
        UPDATE messages SET parent_id = NULL WHERE number IN (
            WITH RECURSIVE reached (id) AS (SELECT id FROM messages WHERE parent_id IS NULL
                UNION SELECT child.id FROM messages AS child JOIN reached ON child.parent_id = reached.id)
            SELECT min(number) FROM messages WHERE id NOT IN (SELECT id FROM reached) GROUP BY conversation_id)""",
        repeated=True),
    Repair(1, "chat shows a branch that is not there", "chats show a branch that is not there",
        "the newest branch is shown", """
        UPDATE conversations SET active_leaf = (SELECT id FROM messages WHERE conversation_id = conversations.id
            ORDER BY number DESC LIMIT 1)
        WHERE active_leaf IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM messages WHERE id = active_leaf AND conversation_id = conversations.id)"""),
    Repair(3, "chat shows none of its branches, or one from the trash", "chats show none of their branches, or one from"
        " the trash", "the newest branch is shown", f"""
        UPDATE conversations SET active_leaf = {_LIVE_LEAF}
        WHERE {_LIVE_LEAF} IS NOT NULL AND (active_leaf IS NULL OR EXISTS (
            SELECT 1 FROM messages WHERE id = active_leaf AND deleted_at IS NOT NULL))"""),
    Repair(1, "attached file is lost", "attached files are lost", "said so in their prompts", """
        DELETE FROM attachments WHERE message_id NOT IN (SELECT id FROM messages)
        OR hash NOT IN (SELECT hash FROM contents)"""),
    Repair(2, "file of a draft is lost", "files of drafts are lost", "taken out", """
        DELETE FROM unsent_files WHERE prompt_id NOT IN (SELECT id FROM unsent)
        OR hash NOT IN (SELECT hash FROM contents)"""),
    Repair(3, "note of a branch leads nowhere", "notes of branches lead nowhere", "taken out", """
        DELETE FROM shown_leaves WHERE message_id NOT IN (SELECT id FROM messages)
        OR leaf_id NOT IN (SELECT id FROM messages)"""),
    Repair(4, "tag of a chat that is gone", "tags of chats that are gone", "taken out", """
        DELETE FROM conversation_tags WHERE conversation_id NOT IN (SELECT id FROM conversations)"""),
    Repair(4, "import of a chat that is gone", "imports of chats that are gone", "forgotten", """
        DELETE FROM imported WHERE conversation_id NOT IN (SELECT id FROM conversations)"""),
    Repair(4, "agreement of a chat that is gone", "agreements of chats that are gone", "forgotten", """
        DELETE FROM tool_agreements WHERE conversation_id NOT IN (SELECT id FROM conversations)"""),
)  # fmt: skip
"""In the order in which they are run: each relies on those before."""


def make_consistent(connection: sqlite3.Connection) -> list[Mended]:
    """Mend what leads nowhere, in a transaction that does not enforce references; returns what was wrong."""
    found = []
    version = version_of(connection)
    mark_lost(connection)
    for repair in REPAIRS:
        if version < repair.since:
            continue
        total = count = connection.execute(repair.sql).rowcount
        while repair.repeated and count > 0:
            count = connection.execute(repair.sql).rowcount
            total += count
        if total > 0:
            found.append(Mended(repair, total))
    return found


def mark_lost(connection: sqlite3.Connection) -> None:
    """Blank the hash of each lost file in the prompt that refers to it: it is said there, and nothing looks for it."""
    lost = "SELECT message_id, hash FROM attachments WHERE hash NOT IN (SELECT hash FROM contents)"
    for message_id, hash in connection.execute(lost).fetchall():
        connection.execute(
            "UPDATE messages SET payload = CAST(replace(CAST(payload AS TEXT), ?, '') AS BLOB) WHERE id = ?",
            (hash, message_id),
        )
