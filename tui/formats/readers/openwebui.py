"""Open WebUI's exports: rows with a `chat`, and the bare `chat` of older ones."""

import hashlib
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Thoughts, Tokens, Words
from tui.formats.readers.fields import (
    as_json,
    as_words,
    file_of_url,
    items,
    label,
    mapping,
    moment,
    objects,
    text,
    tokens,
)
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "openwebui"

_KINDS = frozenset({"reasoning", "tool_calls", "code_interpreter"})
_START, _END = re.compile(r"<details\b"), "</details>"
_ATTRIBUTE = re.compile(r'(?<![\w-])([\w-]++)="([^"]*+)"')


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is a conversation of this source."""
    if "chat" in value and ("user_id" in value or "created_at" in value or "title" in value):
        return value["chat"] is None or isinstance(value["chat"], dict)
    return isinstance(mapping(value.get("history")).get("messages"), dict) and "title" in value


def read(value: dict[str, Any], where: str) -> Iterator[Found]:
    """The conversation that an object is."""
    chat = mapping(value.get("chat")) if "chat" in value else value
    source_id = label(value.get("id")) or label(chat.get("id"))
    title = text(value.get("title")) or text(chat.get("title"))
    history = mapping(chat.get("history"))
    listed = mapping(history.get("messages"))
    if listed:
        nodes = [_node(id, mapping(message)) for id, message in listed.items()]
    else:
        flat = objects(chat.get("messages"))
        nodes = [_node(label(one.get("id")) or f"#{index}", one) for index, one in enumerate(flat)]
        if not any("parentId" in one for one in flat):
            nodes = chained(nodes)
    shown = label(history.get("currentId")) or label(value.get("current_message_id"))
    messages, leaf = folded(nodes, shown or None)
    if not messages:
        yield Skipped(SOURCE, f"{where}: {title or source_id}", "empty", "it has no messages")
        return
    models = [model for model in items(chat.get("models")) if isinstance(model, str)]
    yield ImportedChat(
        SOURCE, source_id or f"first:{messages[0].source_id}", title, messages, leaf,
        moment(value.get("created_at")) or moment(chat.get("timestamp")), moment(value.get("updated_at")),
        models[0] if models else "", text(mapping(chat.get("params")).get("system")) or text(chat.get("system")),
        pinned=value.get("pinned") is True, archived=value.get("archived") is True,
        tags=tuple(filter(None, map(_tag, items(mapping(value.get("meta")).get("tags")) or items(chat.get("tags"))))),
    )  # fmt: skip


def _tag(value: object) -> str:
    """A tag's name; older exports have it in an object."""
    return text(value) or text(mapping(value).get("name"))


def _node(id: str, message: dict[str, Any]) -> Node:
    parent, created = label(message.get("parentId")) or None, moment(message.get("timestamp"))
    role = text(message.get("role"))
    if role == "user":
        asked = (*_content(message.get("content")), *_files(message))
        return Node(id, parent, "user", asked, created=created, version=_version(message))
    if role not in ("assistant", "tool"):
        return Node(id, parent, "hidden", created=created)
    output = _output(objects(message.get("output")))
    content = [part for words in _content(message.get("content")) for part in _opened(words)]
    parts = output if any(isinstance(part, Words) for part in output) else _joined(output, content)
    problem = message.get("error")
    failure = text(problem) or text(mapping(problem).get("content")) or text(mapping(problem).get("message"))
    return Node(
        id, parent, "assistant", (*parts, *_files(message)), text(message.get("model")), "", created,
        _usage(mapping(message.get("usage")) or mapping(message.get("info"))), failure, version=_version(message),
    )  # fmt: skip


def _version(message: dict[str, Any]) -> str:
    """What is said, which "Edit" and "Continue" change in place."""
    said = as_json([message.get("content"), message.get("output")])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _joined(output: list[Part], content: list[Part]) -> list[Part]:
    """Items without an answer, with the text that has it, and perhaps the items once more."""
    return content if any(not isinstance(part, Words) for part in content) else [*output, *content]


def _content(content: object) -> list[Part]:
    """A message's text, or its items in OpenAI's form."""
    if isinstance(content, str):
        return [Words(content)] if content.strip() else []
    parts: list[Part] = []
    for item in objects(content):
        if url := text(mapping(item.get("image_url")).get("url")) or text(item.get("image_url")):
            parts.append(file_of_url(url))
        elif words := text(item.get("text")):
            parts.append(Words(words))
    return parts


def _files(message: dict[str, Any]) -> list[File]:
    found: list[File] = []
    for one in objects(message.get("files")):
        inner = mapping(one.get("file"))
        name = text(one.get("name")) or text(inner.get("filename")) or text(mapping(inner.get("meta")).get("name"))
        url = text(one.get("url")) or text(one.get("id"))
        kind = text(one.get("content_type")) or text(mapping(inner.get("meta")).get("content_type"))
        if said := text(mapping(inner.get("data")).get("content")):
            found.append(File(name or "file.txt", "text/plain", said.encode("utf-8", "replace")))
        elif name or url:
            found.append(file_of_url(url, name, kind or ("image/png" if one.get("type") == "image" else "")))
    return found


def _opened(part: Part) -> list[Part]:
    """Thoughts and calls that stand in a text as HTML, taken out of it, in their order."""
    if not isinstance(part, Words) or "<details" not in part.text:
        return [part]
    found: list[Part] = []
    words = part.text
    at = said_to = 0
    while (start := _START.search(words, at)) is not None:
        opened = words.find(">", start.end())
        end = words.find(_END, opened)
        if opened < 0 or end < 0:
            break
        attributes = dict(_ATTRIBUTE.findall(words, start.end(), opened))
        at = opened
        if attributes.get("type") in _KINDS:
            before = words[said_to : start.start()].strip()
            found += [Words(before)] if before else []
            found += _detail(attributes["type"], attributes, words[opened + 1 : end])
            at = said_to = end + len(_END)
    rest = words[said_to:].strip()
    return [*found, Words(rest)] if rest else found


def _detail(kind: str, attributes: dict[str, str], body: str) -> list[Part]:
    before, summary, after = body.partition("<summary>")
    inner = unescape(before + after.partition("</summary>")[2] if summary else body).strip()
    if kind == "reasoning":
        lines = (line.removeprefix(">").removeprefix(" ") for line in inner.split("\n"))
        return [Thoughts("\n".join(lines).strip())]
    if kind == "code_interpreter":
        output = unescape(attributes.get("output", ""))
        return [Call("", "code_interpreter", as_json({"code": inner})), Result("", "code_interpreter", output)]
    values = {key: unescape(value) for key, value in attributes.items()}
    id, name = values.get("id", ""), values.get("name") or "tool"
    parts: list[Part] = [Call(id, name, as_json(values.get("arguments", "")))]
    if "result" in values or values.get("done") == "true":
        parts.append(Result(id, name, values.get("result", "") or inner))
    return parts


def _output(listed: list[dict[str, Any]]) -> list[Part]:
    """Items in the form of OpenAI's Responses."""
    parts: list[Part] = []
    for item in listed:
        id, name = label(item.get("call_id")) or label(item.get("id")), text(item.get("name"))
        match item.get("type"):
            case "reasoning":
                thought = _said(item.get("content")) or _said(item.get("summary"))
                parts += [Thoughts(thought)] if thought.strip() else []
            case "function_call":
                parts.append(Call(id, name or "tool", as_json(item.get("arguments"))))
            case "function_call_output":
                parts.append(Result(id, name, _said(item.get("output"))))
            case "message":
                words = _said(item.get("content"))
                parts += [Words(words)] if words.strip() else []
            case "code_interpreter" | "code_interpreter_call":
                parts.append(Call(id, "code_interpreter", as_json({"code": text(item.get("code"))})))
                parts.append(Result(id, "code_interpreter", as_words(item.get("output") or item.get("outputs"))))
            case _:
                pass  # statuses of searches, and what is yet to come
    return parts


def _said(content: object) -> str:
    if not isinstance(content, list):
        return as_words(content)
    return "\n\n".join(filter(None, (text(one.get("text")) for one in objects(content))))


def _usage(usage: dict[str, Any]) -> Tokens | None:
    for into, out in (
        ("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"), ("prompt_eval_count", "eval_count")
    ):  # fmt: skip
        if (found := tokens(usage.get(into), usage.get(out))) is not None:
            return found
    return None
