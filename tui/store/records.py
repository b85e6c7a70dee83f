"""The rows of the library as frozen values. Knows neither SQL nor the engine: a payload is opaque JSON bytes."""

import os
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

MessageKind = Literal["prompt", "reply"]
MessageState = Literal["streaming", "done", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of the library.

    Attributes:
        id: uuid7 as text, so ids sort by time of creation.
        title: shown in lists and file names; raw, to be cleaned wherever it is drawn.
        title_by: "prompt" while it is derived from the first prompt, "user" once it was renamed by hand.
        model: "provider:name" that answers the next turn.
        settings: `tui.chat.settings.ChatSettings` as JSON text.
        active_leaf: id of the last message of the branch that is shown; None when empty.
        created_at: aware UTC.
        updated_at: aware UTC time of the last message.
    """

    id: str
    title: str
    title_by: Literal["prompt", "user"]
    model: str
    settings: str
    active_leaf: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree: what a person sent, or what a model answered (with its tool traffic).

    Attributes:
        id: uuid7 as text.
        parent_id: the message this one follows; None for a first prompt.
        payload: JSON of `list[ModelMessage]`, loaded by `ModelMessagesTypeAdapter`; a prompt holds its one request,
            a reply everything that came after it.
        text: the words without markup from the payload, for the screen, titles and search.
        thinking: the visible thoughts of a reply, or "".
        model: "provider:name" that was asked; "" on prompts.
        settings: `ChatSettings` the reply was asked with, as JSON text; "" on prompts.
        usage: `tui.chat.meter.StoredUsage` as JSON text; "" when nothing is known.
        price: US dollars of this reply at the time of the answer; None when unknown.
        failure: `tui.chat.events.Failure` as JSON text, for the state "failed"; else "".
        thinking_ms, first_token_ms, total_ms: wall time in milliseconds, None when not reached.
        created_at: aware UTC.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    kind: MessageKind
    state: MessageState
    payload: bytes
    text: str
    thinking: str
    model: str
    settings: str
    usage: str
    price: Decimal | None
    failure: str
    thinking_ms: int | None
    first_token_ms: int | None
    total_ms: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a prompt, kept once by the SHA-256 of its content.

    Attributes:
        hash: hex SHA-256 of `data`.
        name: the file's name as the person knows it; raw.
        media_type: such as "image/png".
    """

    hash: str
    message_id: str
    name: str
    media_type: str
    data: bytes


def new_id(now_ms: int | None = None) -> str:
    """A fresh uuid7 as text: 48 bits of Unix time in milliseconds, then chance.

    Args:
        now_ms: the time to use; None for the clock's.
    Source: RFC 9562, section 5.7 (the standard library has it from Python 3.14 on).
    """
    stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    chance = int.from_bytes(os.urandom(10), "big")
    number = (stamp & (1 << 48) - 1) << 80 | chance & (1 << 80) - 1
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=number))
