"""Claude.ai's data export, from 2024 to 2026, and a single chat as its website loads it."""

import re
from collections.abc import Iterator
from typing import Any

from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Thoughts, Words
from tui.formats.readers.fields import as_json, as_words, file_name, items, label, mapping, moment, objects, text
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "claude"

_ROOT = "00000000-0000-4000-8000-000000000000"
_FILLER = re.compile(r"```\s*This block is not supported on your current device yet\.\s*```")
_DROPPED = frozenset({"token_budget", "flag"})


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is a conversation of this source."""
    return isinstance(value.get("chat_messages"), list)


def read(value: dict[str, Any], where: str) -> Iterator[Found]:
    """The conversation that an object is."""
    source_id, title = label(value.get("uuid")), text(value.get("name"))
    model = text(value.get("model"))
    listed = objects(value.get("chat_messages"))
    nodes = [_node(message, index, model) for index, message in enumerate(listed)]
    if not any("parent_message_uuid" in message for message in listed):
        nodes = chained(nodes)
    messages, leaf = folded(nodes, label(value.get("current_leaf_message_uuid")) or None)
    if not messages:
        yield Skipped(SOURCE, f"{where}: {title or source_id}", "empty", "it has no messages")
        return
    yield ImportedChat(
        SOURCE, source_id or f"first:{messages[0].source_id}", title, messages, leaf,
        moment(value.get("created_at")), moment(value.get("updated_at")), model,
        pinned=value.get("is_starred") is True,
    )  # fmt: skip


def _node(message: dict[str, Any], index: int, model: str) -> Node:
    parent = label(message.get("parent_message_uuid"))
    user = message.get("sender") == "human"
    parts = (*_parts(message), *_files(message))
    return Node(
        label(message.get("uuid")) or f"#{index}",
        parent if parent and parent != _ROOT else None,
        "user" if user else "assistant" if message.get("sender") == "assistant" else "hidden",
        parts,
        "" if user else model,
        "" if user else "anthropic",
        moment(message.get("created_at")),
    )


def _parts(message: dict[str, Any]) -> list[Part]:
    """The blocks; the flat text where none of them is one that the person or the model has said something in."""
    parts: list[Part] = []
    for block in objects(message.get("content")):
        parts += _block(block)
    flat = _FILLER.sub("", text(message.get("text")))
    said = any(isinstance(part, Words | Call | Result) for part in parts)
    return parts if said or not flat.strip() else [*parts, Words(flat)]


def _block(block: dict[str, Any]) -> list[Part]:
    kind = text(block.get("type"))
    match kind:
        case "text":
            words = text(block.get("text"))
            return [Words(words)] if words.strip() else []
        case "thinking":
            thought = text(block.get("thinking")) or "\n".join(
                text(one.get("summary")) for one in objects(block.get("summaries"))
            )
            return [Thoughts(thought)] if thought.strip() else []
        case "tool_use":
            return [Call(label(block.get("id")), text(block.get("name")) or "tool", as_json(block.get("input")))]
        case "tool_result":
            words, files = _result(block.get("content"))
            failed = block.get("is_error") is True
            return [Result(label(block.get("tool_use_id")), text(block.get("name")), words, not failed), *files]
        case _ if kind in _DROPPED:
            return []
        case _:
            words = text(block.get("text")) or text(block.get("transcript"))
            return [Words(words or f"[{kind or 'unknown content'}]")]


def _result(content: object) -> tuple[str, list[File]]:
    if not isinstance(content, list):
        return as_words(content), []
    lines: list[str] = []
    files: list[File] = []
    for item in items(content):
        one = mapping(item)
        if one.get("type") == "image":
            files.append(File(text(one.get("file_name")) or "image", "", None, label(one.get("file_uuid"))))
        elif said := [text(one.get(key)) for key in ("title", "url", "text", "name") if text(one.get(key))]:
            lines.append("\n".join(said))
        else:
            lines.append(as_words(item))
    return "\n\n".join(lines), files


def _files(message: dict[str, Any]) -> list[File]:
    """Pasted texts with their content, and the names of files, whose content the export does not have."""
    found: list[File] = []
    for one in objects(message.get("attachments")):
        content, name = text(one.get("extracted_content")), text(one.get("file_name"))
        if content:
            found.append(File(name or "pasted.txt", "text/plain", content.encode("utf-8", "replace")))
        elif name:
            found.append(File(name, "", None, name))
    seen: set[str] = set()
    for key in ("files", "files_v2"):
        for one in objects(message.get(key)):
            name = text(one.get("file_name"))
            id = label(one.get("file_uuid")) or name
            if id and id not in seen:
                seen.add(id)
                kind = text(one.get("file_kind"))
                found.append(File(name or file_name(kind), "", None, id))
    return found
