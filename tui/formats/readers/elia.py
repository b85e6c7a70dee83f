"""elia's `elia.sqlite`: linear chats with times in UTC, the instructions as their first message."""

from collections.abc import Iterator
from typing import Any

from tui.formats.imported import Found, ImportedChat, Skipped, Tables, Words
from tui.formats.readers.fields import label, moment, text
from tui.formats.readers.oterm import numbered_key, with_messages
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "elia"


def recognise(tables: Tables) -> bool:
    """Whether a database is one of this source."""
    return tables.has("chat", "id", "started_at") and tables.has("message", "chat_id", "role", "content", "meta")


def read(tables: Tables, where: str) -> Iterator[Found]:
    """Its chats, archived ones as well."""
    for chat, rows in with_messages(tables):
        id, model = label(chat.get("id")), text(chat.get("model"))
        nodes = [_node(row, model) for row in rows]
        messages, leaf = folded(chained(nodes), None)
        if not messages:
            yield Skipped(SOURCE, f"{where}: {text(chat.get('title')) or id}", "empty", "it has no messages")
            continue
        times = [node.created for node in nodes if node.created is not None]
        system = "\n\n".join(text(row.get("content")) for row in rows if row.get("role") == "system")
        yield ImportedChat(
            SOURCE, id, text(chat.get("title")), messages, leaf,
            moment(chat.get("started_at")) or min(times, default=None), max(times, default=None), model, system,
            numbered_key(id, messages[0].text), archived=bool(chat.get("archived")),
        )  # fmt: skip


def _node(row: dict[str, Any], model: str) -> Node:
    id, created, words = label(row.get("id")), moment(row.get("timestamp")), Words(text(row.get("content")))
    match row.get("role"):
        case "user":
            return Node(id, None, "user", (words,), created=created)
        case "assistant":
            return Node(id, None, "assistant", (words,), text(row.get("model")) or model, "", created)
        case _:
            return Node(id, None, "hidden", (words,), created=created)
