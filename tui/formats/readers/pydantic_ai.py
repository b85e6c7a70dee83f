"""Messages of pydantic-ai as JSON, from 0.0.40 on: a list that is one chat."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Thoughts, Words
from tui.formats.readers.fields import (
    as_json,
    as_words,
    decoded,
    file_name,
    file_of_url,
    label,
    mapping,
    moment,
    objects,
    text,
    tokens,
)
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "pydantic-ai"


def recognise(value: object) -> bool:
    """Whether an item of a list is a message of this source."""
    return (
        isinstance(value, dict)
        and value.get("kind") in ("request", "response")
        and isinstance(value.get("parts"), list)
    )


def read(messages: list[Any], where: str) -> Iterator[Found]:
    """The chat that a list is."""
    listed = [message for message in messages if recognise(message)]
    nodes: list[Node] = []
    for message in listed:
        nodes += _nodes(message, len(nodes))
    folded_messages, leaf = folded(chained(nodes), None)
    if not folded_messages:
        yield Skipped(SOURCE, where, "empty", "it has no messages")
        return
    models = [node.model for node in nodes if node.model]
    times = [node.created for node in nodes if node.created is not None]
    lost = len(messages) - len(listed)
    yield ImportedChat(
        SOURCE, _source_id(listed), "", folded_messages, leaf,
        times[0] if times else None, times[-1] if times else None, models[-1] if models else "", _system(listed),
        notes=(f"{lost} items are no messages",) if lost else (),
    )  # fmt: skip


def _source_id(messages: list[dict[str, Any]]) -> str:
    """The id of the conversation, else one made of how it begins, which stays as it is while it goes on."""
    for message in messages:
        if id := label(message.get("conversation_id")):
            return id
    start = json.dumps([message["parts"] for message in messages[:2]], sort_keys=True, default=str)
    return hashlib.sha256(start.encode("utf-8", "replace")).hexdigest()[:32]


def _system(messages: list[dict[str, Any]]) -> str:
    found: dict[str, None] = {}
    for message in messages:
        if instructions := text(message.get("instructions")):
            found[instructions] = None
        for part in objects(message["parts"]):
            if part.get("part_kind") == "system-prompt" and (words := text(part.get("content"))):
                found[words] = None
    return "\n\n".join(found)


def _nodes(message: dict[str, Any], count: int) -> list[Node]:
    parts = objects(message["parts"])
    created = next((at for part in parts if (at := moment(part.get("timestamp"))) is not None), None)
    created = moment(message.get("timestamp")) or created
    if message["kind"] == "response":
        usage = mapping(message.get("usage"))
        used = tokens(usage.get("input_tokens"), usage.get("output_tokens")) or tokens(
            usage.get("request_tokens"), usage.get("response_tokens")
        )
        said = tuple(piece for part in parts for piece in _response_part(part))
        return [
            Node(
                f"#{count}", None, "assistant", said, text(message.get("model_name")),
                text(message.get("provider_name")), created, used, engine=(message,),
            )
        ]  # fmt: skip
    returned = [part for part in parts if part.get("part_kind") in ("tool-return", "retry-prompt", "retry-feedback")]
    asked = [part for part in parts if part.get("part_kind") == "user-prompt"]
    nodes = []
    if returned:
        results = tuple(_result(part) for part in returned)
        engine = {key: value for key, value in message.items() if key != "instructions"} | {"parts": returned}
        nodes.append(Node(f"#{count}", None, "tool", results, created=created, engine=(engine,)))
    if asked:
        words = tuple(piece for part in asked for piece in _prompt(part.get("content")))
        nodes.append(Node(f"#{count + len(nodes)}", None, "user", words, created=created))
    return nodes or [Node(f"#{count}", None, "hidden", created=created)]


def _response_part(part: dict[str, Any]) -> list[Part]:
    match part.get("part_kind"):
        case "text" if words := text(part.get("content")):
            return [Words(words)]
        case "thinking" if words := text(part.get("content")):
            return [Thoughts(words)]
        case "tool-call" | "builtin-tool-call" | "native-tool-call":
            return [
                Call(label(part.get("tool_call_id")), text(part.get("tool_name")) or "tool", as_json(part.get("args")))
            ]
        case "builtin-tool-return" | "native-tool-return":
            return [_result(part)]
        case "file":
            return _prompt([part.get("content")])
        case _:
            return []


def _result(part: dict[str, Any]) -> Result:
    returned = str(part.get("part_kind")).endswith("tool-return")
    well = returned and part.get("outcome") not in ("retried", "failed", "denied", "interrupted")
    name = text(part.get("tool_name")) or "retry"
    return Result(label(part.get("tool_call_id")), name, as_words(part.get("content")), well)


def _prompt(content: object) -> list[Part]:
    if isinstance(content, str):
        return [Words(content)]
    found: list[Part] = []
    for item in content if isinstance(content, list) else ():
        one = mapping(item)
        if isinstance(item, str):
            found.append(Words(item))
        elif one.get("kind") == "binary":
            kind = text(one.get("media_type"))
            found.append(File(file_name(kind), kind, decoded(text(one.get("data")))))
        elif url := text(one.get("url")):
            found.append(file_of_url(url, "", text(one.get("media_type"))))
        elif words := text(one.get("content")):
            found.append(Words(words))
    return found
