"""Our own JSON: everything that is known of a conversation, from which it can be made again.

Schema version 1: `conversation` is the row; `messages` is the whole tree, parents before children. The `payload` of
each is a `list[ModelMessage]` for `ModelMessagesTypeAdapter`: those along `parent_id` up from `active_leaf`, joined
oldest first, are a message history. In a prompt, `{"kind": "attachment", "hash": …}` stands for one of `attachments`.
Times are ISO 8601 in UTC, prices decimal text in US dollars, files base64, and what is not known is null.
A reader ignores keys that it does not know; a change that it could not ignore gets a new version.

One line for each message, so that a version control shows what came. What is stored as JSON is checked and taken over
as it stands: parsing it and writing it anew takes five times as long.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from pydantic_core import from_json

from tui import __version__
from tui.bounds import json_value
from tui.store.records import Attachment, Conversation, Message

SCHEMA_VERSION = 1

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def write(conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()) -> str:
    """The document, in ASCII: no character of it can steer a terminal."""
    text = (
        f'{{\n"format": "chinwag",\n"version": {SCHEMA_VERSION},\n"written_by": {quoted(f"chinwag {__version__}")},\n'
        f'"conversation": {_conversation(conversation)},\n'
        f'"messages": {_lines([_message(message) for message in messages])},\n'
        f'"attachments": {_lines([_attachment(file) for file in attachments])}\n}}\n'
    )
    return text.replace("\x7f", "\\u007f") if "\x7f" in text else text


def _lines(rows: list[str]) -> str:
    return "[\n" + ",\n".join(rows) + "\n]" if rows else "[]"


def _conversation(row: Conversation) -> str:
    leaf = "null" if row.active_leaf is None else quoted(row.active_leaf)
    return (
        f'{{"id": {quoted(row.id)}, "title": {quoted(row.title)}, "title_by": "{row.title_by}",'
        f' "model": {quoted(row.model)}, "settings": {_settings(row.settings)}, "active_leaf": {leaf},'
        f' "created_at": "{row.created_at.isoformat()}", "updated_at": "{row.updated_at.isoformat()}",'
        f' "pinned": {_flag(row.pinned)}, "archived": {_flag(row.archived)},'
        f' "tags": [{", ".join(map(quoted, row.tags))}]}}'
    )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _message(row: Message) -> str:
    parent = "null" if row.parent_id is None else quoted(row.parent_id)
    return (
        f'{{"id": {quoted(row.id)}, "conversation_id": {quoted(row.conversation_id)}, "parent_id": {parent},'
        f' "kind": "{row.kind}", "state": "{row.state}", "payload": {_taken_over(row.payload)},'
        f' "text": {quoted(row.text)}, "thinking": {quoted(row.thinking)}, "model": {quoted(row.model)},'
        f' "settings": {_settings(row.settings)}, "usage": {_taken_over(row.usage)},'
        f' "price": {"null" if row.price is None else quoted(str(row.price))}, "failure": {_taken_over(row.failure)},'
        f' "thinking_ms": {_number(row.thinking_ms)}, "first_token_ms": {_number(row.first_token_ms)},'
        f' "total_ms": {_number(row.total_ms)}, "created_at": "{row.created_at.isoformat()}",'
        f' "finish_reason": {quoted(row.finish_reason)}, "origin": {quoted(row.origin)}}}'
    )


def _attachment(row: Attachment) -> str:
    return (
        f'{{"hash": {quoted(row.hash)}, "message_id": {quoted(row.message_id)}, "name": {quoted(row.name)},'
        f' "media_type": {quoted(row.media_type)}, "data": "{b64encode(row.data).decode()}"}}'
    )


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _taken_over(stored: str | bytes) -> str:
    """Stored JSON as it stands, in ASCII; null for nothing. What is no such JSON is written anew, see `_parsed`."""
    if not stored:
        return "null"
    try:
        from_json(stored, allow_inf_nan=False)
        text = stored if isinstance(stored, str) else stored.decode()
    except ValueError:
        return json.dumps(_parsed(stored))
    if "\n" in text or "\r" in text or "\t" in text:  # between values, where JSON takes them
        return json.dumps(_parsed(stored))
    return text if text.isascii() else _NOT_ASCII.sub(_escaped, text)


_settings = lru_cache(256)(_taken_over)
"""Most rows have the settings of those before."""


def _escaped(found: re.Match[str]) -> str:
    return quoted(found[0])[1:-1]


def _parsed(text: str | bytes) -> Any:
    """JSON as values; a row that a damaged disk left with no JSON at all as base64, so that it is kept."""
    try:
        return json_value(text)
    except ValueError:
        raw = text.encode() if isinstance(text, str) else text
        return {"base64": b64encode(raw).decode()}
