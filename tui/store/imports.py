"""What was taken over from other programs: which chat of theirs is which of ours, and what of it is here already.

Plain SQL functions. A message is known again by the end of its id, which is made of its source's id; see `tail_of`.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal
from zlib import crc32

from tui.bounds import microseconds
from tui.dataclass import dataclass
from tui.store.conversations import append, save_conversation
from tui.store.records import Attachment, Conversation, Message
from tui.store.rows import as_text
from tui.store.search_index import reach_down
from tui.text import storable

Outcome = Literal["new", "updated", "known", "trashed", "deleted"]
"""What becomes of a chat: "trashed" ones lie in the trash, and stay there until they are restored; "deleted" ones were
imported once, and have been deleted for good."""

_BELOW = 1 << 38
"""Seconds beyond the last year that a time can have: the number of what is imported is its time less these, and so
below 0, and below all that was said here. Seconds, as the index of words grows with the distances of numbers."""


@dataclass(frozen=True, slots=True)
class ImportLink:
    """A chat of another program.

    Attributes:
        source: the program.
        key: the chat's id there.
        digest: of all that the file has of it; while it is the same, there is nothing new.
    """

    source: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat that is here already.

    Attributes:
        conversation_id: "" for one that was deleted for good.
        digest: of what was taken over last; "" when it is our own and was never imported.
    """

    conversation_id: str
    digest: str
    trashed: bool

    def outcome(self, digest: str) -> Outcome | None:
        """What becomes of it where it is left as it is; None when there may be something new in it."""
        if not self.conversation_id:
            return "deleted"
        if self.trashed:
            return "trashed"
        return "known" if self.digest == digest else None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a chat.

    Attributes:
        added: how many messages are new.
    """

    conversation_id: str
    outcome: Outcome
    added: int


def tail_of(message_id: str) -> str:
    """The end of an id, by which a message of one chat is told from the others whatever time the id begins with."""
    return message_id[19:]


def find(connection: sqlite3.Connection, link: ImportLink, conversation_id: str) -> KnownChat | None:
    """The chat of ours that was made of one of theirs, or has the id that it would get; None when it is new."""
    row = connection.execute(
        "SELECT coalesce(conversations.id, ''), digest, deleted_at IS NOT NULL FROM imported"
        " LEFT JOIN conversations ON conversations.id = conversation_id WHERE source = ? AND source_id = ?",
        (link.source, storable(link.key)),
    ).fetchone()
    if row is None:
        row = connection.execute(
            "SELECT id, '', deleted_at IS NOT NULL FROM conversations WHERE id = ?", (conversation_id,)
        ).fetchone()
    return None if row is None else KnownChat(as_text(row[0]), as_text(row[1]), bool(row[2]))


def _find(
    connection: sqlite3.Connection, link: ImportLink, conversation_id: str, *, also_deleted: bool
) -> KnownChat | None:
    known = find(connection, link, conversation_id)
    return None if known is not None and not known.conversation_id and also_deleted else known


def preview(
    connection: sqlite3.Connection,
    link: ImportLink,
    conversation_id: str,
    tails: Sequence[str],
    *,
    also_deleted: bool = False,
) -> ImportResult:
    """What `take` would do, as far as messages with these ends are concerned."""
    known = _find(connection, link, conversation_id, also_deleted=also_deleted)
    if known is None:
        return ImportResult(conversation_id, "new", len(tails))
    if outcome := known.outcome(link.digest):
        return ImportResult(known.conversation_id, outcome, 0)
    added = len(set(tails) - _ids_by_tail(connection, known.conversation_id).keys())
    return ImportResult(known.conversation_id, "updated" if added else "known", added)


def take(
    connection: sqlite3.Connection,
    link: ImportLink,
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment],
    spare_ids: Mapping[str, str],
    at: datetime,
    *,
    also_deleted: bool = False,
) -> ImportResult:
    """Write what is new of a chat, in one transaction; what is here already stays as it is.

    Args:
        connection: the writer's.
        link: which chat it is.
        conversation: as it would be when it is new.
        messages: all of its messages, parents before children.
        attachments: their files.
        spare_ids: by id of a message: the one to give it when a message of another chat has its own.
        at: now.
        also_deleted: a chat that was deleted for good is new again.
    """
    known = _find(connection, link, conversation.id, also_deleted=also_deleted)
    if known is not None and (outcome := known.outcome(link.digest)):
        return ImportResult(known.conversation_id, outcome, 0)
    stored: dict[str, str] = {}
    if known is None:
        save_conversation(connection, replace(conversation, active_leaf=None))
    else:
        conversation = replace(conversation, id=known.conversation_id)
        stored = _ids_by_tail(connection, known.conversation_id)
    ids = _ids(connection, messages, stored, spare_ids)
    new = [
        replace(
            message, id=ids[message.id], conversation_id=conversation.id,
            parent_id=None if message.parent_id is None else ids[message.parent_id],
        )
        for message in messages
        if tail_of(message.id) not in stored
    ]  # fmt: skip
    added = {message.id for message in new}
    files = [replace(file, message_id=ids[file.message_id]) for file in attachments]
    if new:
        numbers = _numbers(connection, new)
        reach_down(connection, min(numbers))
        append(connection, new, [file for file in files if file.message_id in added], numbers)
        if known is not None:
            _follow_into_trash(connection, new)
        leaf = ids.get(conversation.active_leaf or "")
        if known is None or not _has_gone_on(connection, conversation.id, set(ids.values()) - added):
            connection.execute(
                "UPDATE conversations SET active_leaf = :leaf"
                " WHERE id = :id AND EXISTS (SELECT 1 FROM messages WHERE id = :leaf AND deleted_at IS NULL)",
                {"leaf": leaf, "id": conversation.id},
            )
        connection.execute(
            "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?",
            (microseconds(conversation.updated_at), conversation.id),
        )
    connection.execute(
        "INSERT INTO imported (source, source_id, conversation_id, digest, imported_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (source, source_id) DO UPDATE SET conversation_id = excluded.conversation_id,"
        " digest = excluded.digest, imported_at = excluded.imported_at",
        (link.source, storable(link.key), conversation.id, link.digest, microseconds(at)),
    )
    return ImportResult(conversation.id, "new" if known is None else "updated" if new else "known", len(new))


def _ids_by_tail(connection: sqlite3.Connection, conversation_id: str) -> dict[str, str]:
    """The messages of a chat, those in the trash included."""
    rows = connection.execute("SELECT id FROM messages WHERE conversation_id = ?", (conversation_id,))
    return {tail_of(id): id for (value,) in rows if (id := as_text(value))}


def _ids(
    connection: sqlite3.Connection, messages: Sequence[Message], stored: Mapping[str, str], spare_ids: Mapping[str, str]
) -> dict[str, str]:
    """By id of a message: the one that it has, or will have, in the library."""
    found: dict[str, str] = {}
    for message in messages:
        id = stored.get(tail_of(message.id))
        if id is None:
            taken = connection.execute("SELECT 1 FROM messages WHERE id = ?", (message.id,)).fetchone()
            id = spare_ids.get(message.id, message.id) if taken else message.id
        found[message.id] = id
    return found


def _numbers(connection: sqlite3.Connection, new: Sequence[Message]) -> list[int]:
    """Numbers that follow the times of messages, in whatever order a file has them; each above that of its parent."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    beside: dict[str | None, tuple[datetime, int]] = {}
    for message in new:
        least = place_of(microseconds(message.created_at))
        if message.parent_id is not None:
            least = max(least, 1 + _number_of(connection, message.parent_id, numbers))
        last = beside.get(message.parent_id)
        if last is not None and last[0] <= message.created_at:
            least = max(least, 1 + last[1])
        number = free_number(connection, least, message.id, taken)
        taken.add(number)
        numbers[message.id] = number
        beside[message.parent_id] = message.created_at, number
    return list(numbers.values())


def _number_of(connection: sqlite3.Connection, id: str, numbers: Mapping[str, int]) -> int:
    if id in numbers:
        return numbers[id]
    (number,) = connection.execute("SELECT number FROM messages WHERE id = ?", (id,)).fetchone()
    return int(number)


def place_of(created_at: int) -> int:
    """The number that goes by a time, in microseconds since 1970."""
    return created_at // 1_000_000 - _BELOW


def free_number(connection: sqlite3.Connection, least: int, id: str, taken: Collection[int] = ()) -> int:
    """A number that no message has, soon after `least`: within twice as many each time, as all may be of one second."""
    if least > 0:  # it follows what was said here
        least = max(least, 1 + connection.execute("SELECT max(number) FROM messages").fetchone()[0])
    number, width, place = least, 2, crc32(id.encode("utf-8", "replace"))
    while number in taken or connection.execute("SELECT 1 FROM messages WHERE number = ?", (number,)).fetchone():
        number, width = least + place % width, width * 2
    return number


def _follow_into_trash(connection: sqlite3.Connection, new: Sequence[Message]) -> None:
    """Lay what follows a message that was deleted here beside it, so that it comes back with it."""
    connection.executemany(
        "UPDATE messages SET deleted_at = parent.deleted_at FROM messages AS parent"
        " WHERE messages.id = ? AND parent.id = messages.parent_id AND parent.deleted_at IS NOT NULL",
        [(message.id,) for message in new],
    )


def _has_gone_on(connection: sqlite3.Connection, conversation_id: str, came: set[str]) -> bool:
    """Whether the person shows what was written here; `came` has the messages that an earlier import has brought.

    A reply that its source has made anew, or that has grown there, is not among those: it was none of ours, which have
    the time that they took, and follows one that came.
    """
    row = connection.execute(
        "SELECT messages.id, messages.parent_id, messages.total_ms IS NULL AND kind = 'reply'"
        " FROM conversations JOIN messages ON messages.id = active_leaf WHERE conversations.id = ?",
        (conversation_id,),
    ).fetchone()
    return row is not None and as_text(row[0]) not in came and not (row[2] and as_text(row[1] or "") in came)
