"""The branch that is shown as one line of OpenAI's chat format: what fine-tuning and evaluations read.

`{"messages": […]}` with the roles system, user, assistant and tool; calls of tools have their arguments as JSON text.
Images are in it as data URLs, text files as text, other files only by name; of what tools gave back the words. Thoughts
and figures are left out.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.bounds import json_object
from tui.formats.payloads import Parts, file_of, is_text, items_of, json_text, stored_messages, text_of
from tui.store.records import Attachment, Conversation, Message, branch_of
from tui.text import portable_line

_Written = dict[str, Any]


def write(conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()) -> str:
    """The line, in ASCII; "" for a conversation without messages."""
    files = {file.hash: file for file in attachments}
    branch = branch_of(messages, conversation.active_leaf)
    written: list[_Written] = []
    for message in branch:
        written += _written(message, files)
    if not written:
        return ""
    system = json_object(conversation.settings).get("system_prompt")
    if isinstance(system, str) and system and written[0]["role"] != "system":
        written.insert(0, {"role": "system", "content": system})
    return json_text({"messages": written}).replace("\x7f", "\\u007f") + "\n"


def held(files: Sequence[Attachment], messages: Sequence[Message]) -> frozenset[str]:
    """The hashes of the files whose content is in the line: none of what tools gave back, which is only text there."""
    asked = {message.id for message in messages if message.kind == "prompt"}
    return frozenset(
        file.hash
        for file in files
        if file.message_id in asked and (is_text(file) or file.media_type.startswith("image/"))
    )


def _written(message: Message, files: Mapping[str, Attachment]) -> list[_Written]:
    stored = stored_messages(message)
    if not stored and message.text:
        return [{"role": "user" if message.kind == "prompt" else "assistant", "content": message.text}]
    written: list[_Written] = []
    for one in stored:
        if one["kind"] == "response":
            written += _response(one["parts"])
        else:
            for part in one["parts"]:
                written += _request_part(part, files)
    return written


def _response(parts: Parts) -> list[_Written]:
    texts = [text_of(part.get("content")) for part in parts if part["part_kind"] == "text"]
    calls = [_call(part) for part in parts if part["part_kind"] == "tool-call"]
    if not texts and not calls:
        return []
    said: _Written = {"role": "assistant", "content": "".join(texts) or None}
    return [said | {"tool_calls": calls} if calls else said]


def _call(part: dict[str, Any]) -> _Written:
    name = text_of(part.get("tool_name"))
    called = {"name": name, "arguments": text_of(part.get("args")) or "{}"}
    return {"id": text_of(part.get("tool_call_id")) or name, "type": "function", "function": called}


def _request_part(part: dict[str, Any], files: Mapping[str, Attachment]) -> Iterator[_Written]:
    content = part.get("content")
    match part.get("part_kind"):
        case "system-prompt":
            yield {"role": "system", "content": text_of(content)}
        case "user-prompt":
            yield {"role": "user", "content": _user_content(content, files)}
        case "retry-prompt" if not part.get("tool_name"):
            yield {"role": "user", "content": text_of(content)}
        case "tool-return" | "retry-prompt":
            id = text_of(part.get("tool_call_id")) or text_of(part.get("tool_name"))
            yield {"role": "tool", "tool_call_id": id, "content": text_of(content)}


def _user_content(content: Any, files: Mapping[str, Attachment]) -> str | list[_Written]:
    """Words as one text; with an image among them a list of both."""
    items = [_item(item, files) for item in items_of(content)]
    if all(item["type"] == "text" for item in items):
        return "\n\n".join(item["text"] for item in items)
    return items


def _item(item: str | dict[str, Any], files: Mapping[str, Attachment]) -> _Written:
    if isinstance(item, str):
        return _text(item)
    if item.get("kind") == "image-url":
        return {"type": "image_url", "image_url": {"url": text_of(item.get("url"))}}
    file = file_of(item, files)
    if file is None:
        return _text(f"[file: {portable_line(text_of(item.get('name') or item.get('url')), 120)}]")
    if is_text(file):
        return _text(f"Attached file {portable_line(file.name, 120)}:\n\n{file.data.decode('utf-8', 'replace')}")
    if file.media_type.startswith("image/"):
        url = f"data:{file.media_type};base64,{b64encode(file.data).decode()}"
        return {"type": "image_url", "image_url": {"url": url}}
    return _text(f"[file: {portable_line(file.name, 120)}]")


def _text(text: str) -> _Written:
    return {"type": "text", "text": text}
