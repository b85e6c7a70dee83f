"""Our own JSON, back into the rows that it was made of; see `tui.formats.json`.

Files are taken by their content, never by the hash that stands with them: another chat may have one of that hash.
"""

import hashlib
import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tui.bounds import dollars, whole_number
from tui.figures import counted
from tui.formats.imported import Found, ImportedChat, OwnRows, Skipped
from tui.formats.json import SCHEMA_VERSION
from tui.formats.readers.fields import label, mapping, moment, objects, text
from tui.store.records import Attachment, Conversation, Message, MessageState
from tui.tags import is_tag

SOURCE = "chinwag"

_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_FORBIDDEN_SETTINGS = ("tools", "folder")
"""What a chat may do on this machine is said by the person in front of it, not by a file."""


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is an export of ours."""
    return value.get("format") == "chinwag" and isinstance(value.get("conversation"), dict)


def read(value: dict[str, Any], where: str) -> Iterator[Found]:
    """The conversation that an object is."""
    version = value.get("version")
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        yield Skipped(SOURCE, where, "unsupported", "it was written by a newer Chinwag; update this one")
        return
    conversation = _conversation(mapping(value["conversation"]))
    messages, lost = _messages(objects(value.get("messages")), conversation)
    if not messages:
        name = f"{where}: {conversation.title}"
        if lost:
            yield Skipped(SOURCE, name, "bad_conversation", "none of its messages can be read")
        else:
            yield Skipped(SOURCE, name, "empty", "it has no messages")
        return
    ids = {message.id for message in messages}
    files, broken = _attachments(objects(value.get("attachments")), ids)
    notes = [f"{counted(lost, 'message')} left out: unreadable"] if lost else []
    notes += [f"{counted(broken, 'file')} left out: not what it was"] if broken else []
    yield ImportedChat(
        SOURCE, conversation.id, conversation.title, (), conversation.active_leaf, conversation.created_at,
        conversation.updated_at, conversation.model, notes=tuple(notes),
        rows=OwnRows(conversation, messages, files),
    )  # fmt: skip


def _conversation(row: dict[str, Any]) -> Conversation:
    settings = {key: one for key, one in mapping(row.get("settings")).items() if key not in _FORBIDDEN_SETTINGS}
    created = moment(row.get("created_at")) or _UNKNOWN_TIME
    return Conversation(
        label(row.get("id")), text(row.get("title")), "user" if row.get("title_by") == "user" else "prompt",
        text(row.get("model")), json.dumps(settings), text(row.get("active_leaf")) or None,
        created, moment(row.get("updated_at")) or created,
        row.get("pinned") is True, row.get("archived") is True, tags=_tags(row.get("tags")),
    )  # fmt: skip


def _tags(value: object) -> tuple[str, ...]:
    """The tags that can be kept as they are."""
    return tuple(sorted({one for one in value if is_tag(one)})) if isinstance(value, list) else ()


def _messages(rows: list[dict[str, Any]], conversation: Conversation) -> tuple[tuple[Message, ...], int]:
    """The messages whose parents stand before them, and how many do not."""
    found: dict[str, Message] = {}
    lost = 0
    for row in rows:
        id, parent = text(row.get("id")), text(row.get("parent_id")) or None
        if not id or id in found or row.get("kind") not in ("prompt", "reply") or (parent and parent not in found):
            lost += 1
            continue
        found[id] = _message(id, parent, row, conversation)
    return tuple(found.values()), lost


def _message(id: str, parent: str | None, row: dict[str, Any], conversation: Conversation) -> Message:
    reply = row["kind"] == "reply"
    return Message(
        id=id,
        conversation_id=conversation.id,
        parent_id=parent,
        kind="reply" if reply else "prompt",
        state=_state(row.get("state"), reply=reply),
        payload=_payload(row.get("payload")),
        text=text(row.get("text")),
        thinking=text(row.get("thinking")),
        model=text(row.get("model")),
        settings=_json_text(row.get("settings")),
        usage=_json_text(row.get("usage")),
        price=dollars(row.get("price")),
        failure=_json_text(row.get("failure")),
        thinking_ms=whole_number(row.get("thinking_ms")),
        first_token_ms=whole_number(row.get("first_token_ms")),
        total_ms=whole_number(row.get("total_ms")),
        created_at=moment(row.get("created_at")) or conversation.created_at,
        finish_reason=text(row.get("finish_reason")),
        origin=text(row.get("origin")),
    )


def _state(value: object, *, reply: bool) -> MessageState:
    """What a reply was in when it was exported; one that was still arriving has ended with that."""
    ended: MessageState = "interrupted" if reply else "done"
    known: dict[object, MessageState] = {"done": "done", "interrupted": "interrupted", "failed": "failed"}
    return known.get(value, ended) if isinstance(value, str) else ended


def _json_text(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else ""


def _payload(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() if isinstance(value, list) else b"[]"


def _attachments(rows: list[dict[str, Any]], ids: set[str]) -> tuple[tuple[Attachment, ...], int]:
    found: list[Attachment] = []
    broken = 0
    for row in rows:
        message_id = text(row.get("message_id"))
        try:
            data = b64decode(text(row.get("data")), validate=True)
        except (Base64Error, ValueError):
            data = b""
        hash = hashlib.sha256(data).hexdigest()
        if message_id not in ids or hash != row.get("hash"):
            broken += 1
            continue
        found.append(Attachment(hash, message_id, text(row.get("name")), text(row.get("media_type")), data))
    return tuple(found), broken
