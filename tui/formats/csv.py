"""What each reply of a conversation used and cost as a table, for spreadsheets: exact, all branches, no words of it."""

import csv
import io
from collections.abc import Sequence

from tui.bounds import json_object, whole_number
from tui.formats.document import iso
from tui.store.records import Attachment, Conversation, Message
from tui.text import portable_line

_TOKENS = ("input", "cached", "cache_written", "output", "reasoning")
_FIELDS = (
    "chat", "title", "reply", "created", "model", "state", *_TOKENS, "estimated", "copied", "dollars",
    "first_token_ms", "total_ms",
)  # fmt: skip
_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with; the wide ones are the same signs where Chinese or Japanese is written."""

HEAD = ",".join(_FIELDS) + "\n"


def write(conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()) -> str:
    """One row for each reply, below a head; what is unknown is an empty cell.

    What is "copied" was used in the chat that this one was forked from, or elsewhere, and is no part of a sum.
    """
    out = io.StringIO()
    out.write(HEAD)
    rows = csv.writer(out, lineterminator="\n")
    for message in messages:
        if message.kind == "reply":
            rows.writerow(_row(conversation, message))
    return out.getvalue()


def _row(conversation: Conversation, reply: Message) -> list[str]:
    usage = json_object(reply.usage)
    counts = [whole_number(usage.get(name)) for name in _TOKENS]
    return [
        harmless(conversation.id),
        harmless(portable_line(conversation.title)),
        harmless(reply.id),
        iso(reply.created_at),
        harmless(portable_line(reply.model)),
        reply.state,
        *map(_cell, counts),
        _yes_or_no(usage.get("estimated")) if any(count is not None for count in counts) else "",
        _yes_or_no(usage.get("copied")),
        "" if reply.price is None else f"{reply.price:f}",
        _cell(reply.first_token_ms),
        _cell(reply.total_ms),
    ]


def _yes_or_no(value: object) -> str:
    return "yes" if value else "no"


def _cell(value: int | None) -> str:
    return "" if value is None else str(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_SIGNS) else text
