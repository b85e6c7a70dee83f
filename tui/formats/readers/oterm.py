"""oterm's `store.db`, from 0.7 on: chats without times, whose ids are numbers of this one file."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

from tui.bounds import json_value
from tui.formats.imported import File, Found, ImportedChat, Part, Skipped, Tables, Words
from tui.formats.readers.fields import decoded, file_name, items, label, text, type_of
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "oterm"

_AUTHORS = {"user": "user", "me": "user", "assistant": "assistant", "ollama": "assistant"}


def recognise(tables: Tables) -> bool:
    """Whether a database is one of this source."""
    return tables.has("chat", "id", "model") and tables.has("message", "chat_id", "author", "text")


def read(tables: Tables, where: str) -> Iterator[Found]:
    """Its chats."""
    for chat, listed in with_messages(tables):
        id, model = label(chat.get("id")), text(chat.get("model"))
        provider = text(chat.get("provider")) or "ollama"
        nodes = [_node(row, model, provider) for row in listed]
        messages, leaf = folded(chained(nodes), None)
        if not messages:
            yield Skipped(SOURCE, f"{where}: {text(chat.get('name')) or id}", "empty", "it has no messages")
            continue
        yield ImportedChat(
            SOURCE, id, text(chat.get("name")), messages, leaf, model=model, system=text(chat.get("system")),
            key=numbered_key(id, messages[0].text), notes=("oterm keeps no times",),
        )  # fmt: skip


def with_messages(tables: Tables) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each row of `chat` with its rows of `message`: both are gone through once, since neither has an index."""
    messages = groupby(tables.rows("message", order=("chat_id", "id")), key=lambda row: row.get("chat_id"))
    waiting: tuple[Any, list[dict[str, Any]]] = (None, [])
    for chat in tables.rows("chat", order=("id",)):
        id = chat.get("id")
        while type(id) is int and (type(waiting[0]) is not int or waiting[0] < id):
            if (group := next(messages, None)) is None:
                break
            waiting = (group[0], list(group[1]))
        yield chat, waiting[1] if type(id) is int and waiting[0] == id else []


def numbered_key(id: str, first_words: str) -> str:
    """What tells chat 1 of one file from chat 1 of another: how it begins, which does not change."""
    return f"{id}-{hashlib.sha256(first_words.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _node(row: dict[str, Any], model: str, provider: str) -> Node:
    role = _AUTHORS.get(text(row.get("author")), "hidden")
    parts: list[Part] = []
    with suppress(ValueError):
        for image in items(json_value(text(row.get("images")) or "[]")):
            data = decoded(text(image))
            kind = type_of(data or b"", "image/png")
            parts.append(File(file_name(kind), kind, data))
    parts += [Words(words)] if (words := text(row.get("text"))).strip() else []
    if role != "assistant":
        return Node(label(row.get("id")), None, "user" if role == "user" else "hidden", tuple(parts))
    return Node(label(row.get("id")), None, "assistant", tuple(parts), model, provider, version=words)
