"""The branch that is shown as pydantic-ai's messages: what its `ModelMessagesTypeAdapter` loads, 0.0.40 to 2.x.

A list of requests and responses, oldest first. Files are in it as base64 (in the URL-safe alphabet, as 2.x wants it;
0.0.40 takes that for the bytes), text files as text in their prompt. Thoughts and parts that came with later releases
are left out, because 0.0.40 refuses them; calls without an id get one, because 2.x wants it.
"""

from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tui.formats.payloads import FILE, Parts, engine_messages, file_of, is_text, json_text
from tui.store.records import Attachment, Conversation, Message, branch_of
from tui.text import portable_line

_REQUEST_PARTS = frozenset({"system-prompt", "user-prompt", "tool-return", "retry-prompt"})
_RESPONSE_PARTS = frozenset({"text", "tool-call"})
_ITEMS = ("image-url", "audio-url", "document-url", "binary", FILE)
_Waiting = defaultdict[str, list[str]]


def write(conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()) -> str:
    """The list, indented, in ASCII."""
    files = {file.hash: file for file in attachments}
    waiting: _Waiting = defaultdict(list)
    branch = branch_of(messages, conversation.active_leaf)
    history = []
    for number, one in enumerate(stored for message in branch for stored in engine_messages(message)):
        known = _REQUEST_PARTS if one["kind"] == "request" else _RESPONSE_PARTS
        parts = [_part(part, files) for part in one["parts"] if part.get("part_kind") in known]
        if parts:
            _give_ids(parts, waiting, number)
            history.append({**one, "parts": parts})
    return json_text(history, indent=1).replace("\x7f", "\\u007f") + "\n"


def _part(part: dict[str, Any], files: Mapping[str, Attachment]) -> dict[str, Any]:
    content = part.get("content")
    if not isinstance(content, list) or part.get("part_kind") not in ("user-prompt", "tool-return"):
        return part
    is_prompt = part.get("part_kind") == "user-prompt"
    items = [_item(item, files) for item in content if not is_prompt or _is_known(item)]
    return {**part, "content": items}


def _is_known(item: Any) -> bool:
    return isinstance(item, str) or (isinstance(item, dict) and item.get("kind") in _ITEMS)


def _item(item: Any, files: Mapping[str, Attachment]) -> Any:
    """An item as it is, or the file that it stands for."""
    if not isinstance(item, dict) or item.get("kind") != FILE:
        return item
    file = file_of(item, files)
    if file is None:
        return f"[attached file lost: {portable_line(str(item.get('name', '')), 120)}]"
    if is_text(file):
        return f"Attached file {portable_line(file.name, 120)}:\n\n{file.data.decode('utf-8', 'replace')}"
    return {"data": urlsafe_b64encode(file.data).decode(), "media_type": file.media_type, "kind": "binary"}


def _give_ids(parts: Parts, waiting: _Waiting, number: int) -> None:
    """Give each call of a tool that has none an id, and its answer the same."""
    for position, part in enumerate(parts):
        if part.get("part_kind") not in ("tool-call", "tool-return", "retry-prompt") or part.get("tool_call_id"):
            continue
        name, id = str(part.get("tool_name")), f"call_{number}_{position}"
        if part["part_kind"] == "tool-call":
            waiting[name].append(id)
        elif waiting[name]:
            id = waiting[name].pop(0)
        parts[position] = {**part, "tool_call_id": id}
