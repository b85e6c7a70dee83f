"""Our own JSON: everything that is known of a conversation, from which it can be made again.

Schema version 1: `conversation` is the row; `messages` is the whole tree, parents before children. The `payload` of
each is a `list[ModelMessage]` for `ModelMessagesTypeAdapter`: those along `parent_id` up from `active_leaf`, joined
oldest first, are a message history. In a prompt, `{"kind": "attachment", "hash": …}` stands for one of `attachments`.
Times are ISO 8601 in UTC, prices decimal text in US dollars, files base64, and what is not known is null.
A reader ignores keys that it does not know; a change that it could not ignore gets a new version.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tui import __version__
from tui.bounds import json_value
from tui.store.records import Attachment, Conversation, Message

SCHEMA_VERSION = 1

_JSON_TEXTS = ("settings", "usage", "failure")


def write(conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()) -> str:
    """The document, indented, in ASCII: no character of it can steer a terminal."""
    document = {
        "format": "chinwag",
        "version": SCHEMA_VERSION,
        "written_by": f"chinwag {__version__}",
        "conversation": _row(conversation),
        "messages": [_row(message) for message in messages],
        "attachments": [asdict(file) | {"data": b64encode(file.data).decode()} for file in attachments],
    }
    return json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f") + "\n"


def _row(record: Conversation | Message) -> dict[str, Any]:
    row = asdict(record)
    for name in _JSON_TEXTS:
        if name in row:
            row[name] = _parsed(row[name])
    if isinstance(record, Message):
        row["payload"] = _parsed(record.payload)
        row["price"] = None if record.price is None else str(record.price)
    else:
        row["updated_at"] = record.updated_at.isoformat()
    row["created_at"] = record.created_at.isoformat()
    return row


def _parsed(text: str | bytes) -> Any:
    """JSON as values; None for nothing; a row that a damaged disk left with no JSON at all as base64, so it is kept."""
    if not text:
        return None
    try:
        return json_value(text)
    except ValueError:
        raw = text.encode() if isinstance(text, str) else text
        return {"base64": b64encode(raw).decode()}
