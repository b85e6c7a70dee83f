"""parllama's sessions, a JSON file each: one model, one branch, no times but that of the last change."""

from collections.abc import Iterator
from typing import Any

from tui.formats.imported import Call, Found, ImportedChat, Part, Result, Skipped, Thoughts, Words
from tui.formats.readers.fields import as_json, file_of_url, items, label, mapping, moment, objects, text
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "parllama"


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is a session of this source."""
    named = isinstance(value.get("llm_config"), dict) or isinstance(value.get("llm_model_name"), str)
    return named and isinstance(value.get("messages"), list)


def read(value: dict[str, Any], where: str) -> Iterator[Found]:
    """The session that an object is."""
    title = text(value.get("name")) or text(value.get("session_name"))
    source_id = label(value.get("id")) or label(value.get("session_id"))
    if value.get("__key__"):
        yield Skipped(SOURCE, f"{where}: {title}", "unsupported", "it is locked; unlock it in parllama first")
        return
    config = mapping(value.get("llm_config"))
    model = text(config.get("model_name")) or text(value.get("llm_model_name"))
    provider = text(config.get("provider")).lower()
    listed = objects(value.get("messages"))
    nodes = [_node(message, index, model, provider) for index, message in enumerate(listed)]
    messages, leaf = folded(chained(nodes), None)
    if not messages:
        yield Skipped(SOURCE, f"{where}: {title or source_id}", "empty", "it has no messages")
        return
    system = "\n\n".join(text(one.get("content")) for one in listed if one.get("role") == "system")
    yield ImportedChat(
        SOURCE, source_id or f"first:{messages[0].source_id}", title, messages, leaf, None,
        moment(value.get("last_updated")), model, system,
    )  # fmt: skip


def _node(message: dict[str, Any], index: int, model: str, provider: str) -> Node:
    id = label(message.get("id")) or label(message.get("message_id")) or f"#{index}"
    words, role = text(message.get("content")), text(message.get("role"))
    if role == "tool":
        return Node(id, None, "tool", (Result(label(message.get("tool_call_id")), text(message.get("name")), words),))
    parts: list[Part] = [Thoughts(thought)] if (thought := text(message.get("thinking"))).strip() else []
    parts += [file_of_url(url) for url in items(message.get("images")) if isinstance(url, str)]
    parts += [Words(words)] if words.strip() else []
    for call in objects(message.get("tool_calls")):
        function = mapping(call.get("function")) or call
        arguments = function.get("arguments", function.get("args"))
        parts.append(Call(label(call.get("id")), text(function.get("name")) or "tool", as_json(arguments)))
    if role == "user":
        return Node(id, None, "user", tuple(parts))
    return Node(id, None, "assistant" if role == "assistant" else "hidden", tuple(parts), model, provider)
