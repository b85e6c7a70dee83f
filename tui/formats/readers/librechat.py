"""LibreChat's export of a chat as JSON, with its branches and without, as a list of messages or as a tree of them.

Source: LibreChat's `useExportConversation` and the message types of its `data-provider`, as of November 2026.
"""

from collections.abc import Iterator
from typing import Any

from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Thoughts, Words
from tui.formats.readers.fields import as_json, as_words, file_of_url, label, mapping, moment, objects, text, tokens
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "librechat"

_ROOT = "00000000-0000-0000-0000-000000000000"
_PROVIDERS = {"openAI": "openai", "anthropic": "anthropic", "google": "google"}
"""By endpoint; of others, such as agents, it does not say who answered."""


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is a conversation of this source."""
    listed = objects(value.get("messagesTree")) or objects(value.get("messages"))
    return isinstance(value.get("conversationId"), str) and any("messageId" in one for one in listed[:1])


def read(value: dict[str, Any], where: str) -> Iterator[Found]:
    """The conversation that an object is."""
    title, options = text(value.get("title")), mapping(value.get("options"))
    listed = list(_all(objects(value.get("messagesTree")) or objects(value.get("messages"))))
    nodes = [_node(message, index, text(value.get("endpoint"))) for index, message in enumerate(listed)]
    if not any("parentMessageId" in message for message in listed):
        nodes = chained(nodes)
    messages, leaf = folded(nodes, None)
    if not messages:
        yield Skipped(SOURCE, f"{where}: {title or value['conversationId']}", "empty", "it has no messages")
        return
    times = [node.created for node in nodes if node.created is not None]
    yield ImportedChat(
        SOURCE, value["conversationId"] or f"first:{messages[0].source_id}", title, messages, leaf,
        min(times, default=None), max(times, default=None), text(options.get("model")),
        text(options.get("promptPrefix")) or text(options.get("system")),
    )  # fmt: skip


def _all(roots: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The messages with those that stand in their `children`, parents first."""
    waiting = roots[::-1]
    while waiting:
        message = waiting.pop()
        yield message
        waiting.extend(reversed(objects(message.get("children"))))


def _node(message: dict[str, Any], index: int, endpoint: str) -> Node:
    id, parent = label(message.get("messageId")) or f"#{index}", label(message.get("parentMessageId"))
    content, words = objects(message.get("content")), text(message.get("text"))
    parts = [part for one in content for part in _content(one)]
    if words.strip() and not any(isinstance(part, Words) for part in parts):
        parts.append(Words(words))
    parts += [_file(one) for one in objects(message.get("files"))]
    above = parent if parent and parent != _ROOT else None
    created = moment(message.get("createdAt"))
    version = as_json([words, content])  # a message can be edited where it stands
    if message.get("isCreatedByUser") is True:
        return Node(id, above, "user", tuple(parts), created=created, version=version)
    failed = message.get("error") is True
    failure = ("\n".join(part.text for part in parts if isinstance(part, Words)) or "It failed.") if failed else ""
    return Node(
        id, above, "assistant", () if failed else tuple(parts), text(message.get("model")),
        _PROVIDERS.get(text(message.get("endpoint")) or endpoint, ""), created,
        tokens(message.get("promptTokens"), message.get("tokenCount")), failure, version=version,
    )  # fmt: skip


def _content(part: dict[str, Any]) -> list[Part]:
    match part.get("type"):
        case "text" | "error":
            words = _said(part.get("text")) or text(part.get("error"))
            return [Words(words)] if words.strip() else []
        case "think":
            thought = _said(part.get("think"))
            return [Thoughts(thought)] if thought.strip() else []
        case "tool_call":
            return _tool_call(mapping(part.get("tool_call")))
        case "image_file":
            return [_file(mapping(part.get("image_file")))]
        case "image_url":
            url = text(mapping(part.get("image_url")).get("url")) or text(part.get("image_url"))
            return [file_of_url(url)] if url else []
        case "agent_update" | "summary":
            return []  # which agent went on, and a digest of what stands above
        case kind:
            return [Words(f"[{text(kind) or 'unknown content'}]")]


def _said(value: object) -> str:
    return text(value) or text(mapping(value).get("value"))


def _tool_call(call: dict[str, Any]) -> list[Part]:
    """A call with its result, as agents have it, or as OpenAI's assistants do."""
    function, code = mapping(call.get("function")), mapping(call.get("code_interpreter"))
    id, name = label(call.get("id")), text(call.get("name")) or text(function.get("name"))
    name = name or ("code_interpreter" if code else text(call.get("type")) or "tool")
    arguments = call.get("args", function.get("arguments", code.get("input")))
    output = call.get("output", function.get("output", code.get("outputs")))
    asked = Call(id, name, as_json(arguments))
    return [asked] if output is None else [asked, Result(id, name, as_words(output))]


def _file(one: dict[str, Any]) -> File:
    """A file by its name; the export has no content of any."""
    name, kind = text(one.get("filename")), text(one.get("type"))
    return file_of_url(text(one.get("filepath")) or label(one.get("file_id")), name, kind)
