"""Rows of the tables as records, and back. What a damaged row holds out of range is read as unknown; no row raises."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from tui.bounds import dollars, microseconds, moment, whole_number
from tui.store.records import Attachment, Conversation, Message, MessageKind, MessageState, OutlineNode, UnsentPrompt
from tui.text import storable

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_STATES: tuple[MessageState, ...] = get_args(MessageState)

NOT_COPIED = """instr(usage, '"copied": true') = 0"""
"""Of a row whose usage is its own: what was copied with a fork was used once."""

DELETED = "deleted"
"""The purpose under which `side_calls` keeps what a reply used that was deleted for good: with ":" and its id behind
it, so that two of one moment are two, on every machine. Older rows have it alone."""

PURPOSE = f"CASE WHEN substr(purpose, 1, {len(DELETED) + 1}) = '{DELETED}:' THEN '{DELETED}' ELSE purpose END"
"""The purpose of a row of `side_calls`, for people."""

SAME_REPLY = f"""(messages.id = substr(side_calls.purpose, {len(DELETED) + 2}) OR side_calls.purpose = '{DELETED}'
    AND side_calls.created_at = messages.created_at AND side_calls.conversation_id = messages.conversation_id
    AND side_calls.model = messages.model AND side_calls.usage = messages.usage)"""
"""Of a row of `side_calls` that has such a purpose, and one of `messages`: the first is what was kept of the second."""

NOT_BACK = f"""({PURPOSE} <> '{DELETED}'
    OR NOT EXISTS (SELECT 1 FROM messages WHERE kind = 'reply' AND {SAME_REPLY}))"""
"""Of a row of `side_calls`: a reply that a backup or another machine has brought back counts itself."""

SqliteRow = tuple[Any, ...]
"""What SQLite gives: any column may hold any of its storage classes, whatever the schema says."""


CONVERSATION = (
    "id, title, title_by, model, settings, active_leaf, created_at, updated_at, pinned, archived, unread,"
    " (SELECT group_concat(tag, ' ') FROM conversation_tags WHERE conversation_id = conversations.id),"
    " deleted_at"
)
"""What `conversation_of` reads, as columns of the table."""


def conversation_of(row: SqliteRow) -> Conversation:
    """A row of `CONVERSATION`."""
    id, title, title_by, model, settings, leaf, created, updated, pinned, archived, unread, tags, deleted = row
    if not (type(id) is type(title) is type(model) is type(settings) is str):  # asked once: lists are long
        id, title, model, settings = map(as_text, (id, title, model, settings))
    return Conversation(
        id, title, "user" if title_by == "user" else "prompt", model, settings,
        leaf if leaf is None or type(leaf) is str else as_text(leaf),
        moment(created) or UNKNOWN_TIME, moment(updated) or UNKNOWN_TIME,
        pinned != 0, archived != 0, unread != 0, () if tags is None else tuple(sorted(as_text(tags).split())),
        None if deleted is None else moment(deleted) or UNKNOWN_TIME,
    )  # fmt: skip


def conversations_of(rows: Iterable[SqliteRow]) -> tuple[Conversation, ...]:
    """Conversations to choose from; one whose id was damaged (ours are ASCII) cannot be asked for, and is left out."""
    return tuple([conversation_of(row) for row in rows if type(row[0]) is str and row[0].isascii()])


def conversation_values(conversation: Conversation) -> tuple[str | int | None, ...]:
    """The columns of `CONVERSATION` that are the row's own and are written, in their order: no tags, no trash."""
    return (
        conversation.id, storable(conversation.title), conversation.title_by, storable(conversation.model),
        storable(conversation.settings), conversation.active_leaf,
        microseconds(conversation.created_at), microseconds(conversation.updated_at),
        conversation.pinned, conversation.archived, conversation.unread,
    )  # fmt: skip


def message_of(row: SqliteRow) -> Message:
    """A row of the columns that `Message` has, in their order.

    Without a known kind, what names a model is a reply; without a known state, a reply is interrupted.
    """
    (id, conversation_id, parent_id, kind, state, payload, text, thinking, model, settings, usage, price, failure,
     thinking_ms, first_token_ms, total_ms, created, finish_reason, origin) = row  # fmt: skip
    if not (
        type(id) is type(conversation_id) is type(text) is type(thinking) is type(model)
        is type(settings) is type(usage) is type(failure) is type(finish_reason) is type(origin) is str
    ):  # fmt: skip
        id, conversation_id, text, thinking, model, settings, usage, failure, finish_reason, origin = map(
            as_text, (id, conversation_id, text, thinking, model, settings, usage, failure, finish_reason, origin)
        )
    kind = message_kind_of(kind, model)
    return Message(
        id, conversation_id, parent_id if parent_id is None or type(parent_id) is str else as_text(parent_id),
        kind, message_state_of(state, kind),
        payload if type(payload) is bytes else as_bytes(payload), text, thinking, model, settings, usage,
        price if price is None else dollars(price), failure,
        whole_number(thinking_ms), whole_number(first_token_ms), whole_number(total_ms),
        moment(created) or UNKNOWN_TIME, finish_reason, origin,
    )  # fmt: skip


def message_kind_of(kind: object, model: object) -> MessageKind:
    """What a column says of the kind of a message; without a known one, what names a model is a reply."""
    return "reply" if kind == "reply" or (kind != "prompt" and bool(model)) else "prompt"


def message_state_of(state: object, kind: MessageKind) -> MessageState:
    """What a column says of the state of a message; without a known one, a reply is interrupted."""
    return state if state in _STATES else "interrupted" if kind == "reply" else "done"


def message_values(message: Message) -> tuple[str | bytes | int | None, ...]:
    """The columns that `Message` has, in their order; a figure out of range is stored as unknown."""
    price = dollars(message.price)
    return (
        message.id, message.conversation_id, message.parent_id, message.kind, message.state, message.payload,
        storable(message.text), storable(message.thinking), storable(message.model), storable(message.settings),
        storable(message.usage), None if price is None else str(price), storable(message.failure),
        whole_number(message.thinking_ms), whole_number(message.first_token_ms),
        whole_number(message.total_ms), microseconds(message.created_at),
        storable(message.finish_reason), storable(message.origin),
    )  # fmt: skip


def outline_node_of(row: SqliteRow) -> OutlineNode:
    """A row of the columns that `OutlineNode` has, in their order."""
    id, parent_id, kind, state, model, text, usage, price, created, origin = row
    kind = message_kind_of(kind, model)
    return OutlineNode(
        as_text(id), None if parent_id is None else as_text(parent_id), kind, message_state_of(state, kind),
        as_text(model), as_text(text), as_text(usage), None if price is None else dollars(price),
        moment(created) or UNKNOWN_TIME, as_text(origin),
    )  # fmt: skip


def attachment_of(row: SqliteRow) -> Attachment:
    """A row of hash, message id, name, media type and data."""
    *texts, data = row
    hash, message_id, name, media_type = map(as_text, texts)
    return Attachment(hash, message_id, name, media_type, as_bytes(data))


def unsent_of(row: SqliteRow, files: tuple[Attachment, ...]) -> UnsentPrompt:
    """A row of the columns that `UnsentPrompt` has, in their order, and its files."""
    id, conversation_id, position, *texts, written = row
    text, model, settings = map(as_text, texts)
    return UnsentPrompt(
        as_text(id), as_text(conversation_id), None if position is None else whole_number(position) or 0,
        text, model, settings, moment(written) or UNKNOWN_TIME, files,
    )  # fmt: skip


def total(prices: Iterable[SqliteRow]) -> Decimal | None:
    """The sum of rows of one price each, as far as they are known; None when none of them is."""
    known = [price for (value,) in prices if (price := dollars(value)) is not None]
    return sum(known, Decimal()) if known else None


def as_text(value: object) -> str:
    """What stands in a column of text."""
    if type(value) is str:
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)


def as_bytes(value: object) -> bytes:
    """What stands in a column of bytes."""
    return value if isinstance(value, bytes) else as_text(value).encode("utf-8", "replace")
