"""Exports of other programs as their files have them, made by hand: as much of each as a test needs."""

import json
import os
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tui.formats.imported import Found, ImportedChat, ImportedMessage, Skipped
from tui.formats.readers.files import read_paths
from tui.store.foreign import open_foreign

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")


def shared_exports() -> Path | None:
    """The folder of exports that lie outside the repository, or None where they are absent."""
    told = os.environ.get("CHINWAG_EXPORTS")
    folder = Path(told) if told else Path(__file__).parents[3] / "shared" / "imports"
    return folder if (folder / "expected.json").is_file() else None


def read(*paths: Path) -> tuple[list[ImportedChat], list[Skipped]]:
    """What the readers make of files."""
    found: list[Found] = list(read_paths(paths, open_foreign))
    chats = [one for one in found if isinstance(one, ImportedChat)]
    return chats, [one for one in found if isinstance(one, Skipped)]


def path_of(chat: ImportedChat) -> list[ImportedMessage]:
    """The branch that is shown, oldest first."""
    known = {message.source_id: message for message in chat.messages}
    path: list[ImportedMessage] = []
    at = chat.active_leaf
    while at is not None:
        path.append(known[at])
        at = known[at].parent
    return path[::-1]


def write(path: Path, value: Any) -> Path:
    """A file of JSON, made in one line as the vendors do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def zipped(path: Path, members: Mapping[str, Any]) -> Path:
    """An archive; members are bytes, or values that become JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return path


def chatgpt_node(
    id: str,
    parent: str | None,
    role: str = "user",
    words: str | None = None,
    *,
    content: dict[str, Any] | None = None,
    **message: Any,
) -> dict[str, Any]:
    """A node of a mapping."""
    said = content or {"content_type": "text", "parts": [words]}
    name = message.pop("name", None)
    return {
        "id": id, "parent": parent,
        "message": {"id": id, "author": {"role": role, "name": name}, "content": said, "recipient": "all"} | message,
    }  # fmt: skip


def chatgpt(id: str, *nodes: dict[str, Any], leaf: str | None = None, **more: Any) -> dict[str, Any]:
    """A conversation of ChatGPT."""
    head = {"conversation_id": id, "title": f"Chat {id}", "create_time": 1_760_000_000.5, "current_node": leaf}
    return head | {"mapping": {node["id"]: node for node in nodes}} | more


def simple_chatgpt(id: str = "c1", *turns: str) -> dict[str, Any]:
    """One without branches: prompts and answers in turn."""
    words = turns or ("Why?", "Because.")
    nodes = [
        chatgpt_node(f"{id}-{at}", f"{id}-{at - 1}" if at else None, "assistant" if at % 2 else "user", said,
                     create_time=1_760_000_000 + at)
        for at, said in enumerate(words)
    ]  # fmt: skip
    return chatgpt(id, *nodes, leaf=nodes[-1]["id"])


def claude(id: str, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A conversation of Claude.ai."""
    head = {"uuid": id, "name": f"Chat {id}", "created_at": "2026-03-02T08:00:00.123456Z"}
    return head | {"chat_messages": list(messages)} | more


def database(path: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """A database with these rows; the columns of a table are those of its first row."""
    with closing(sqlite3.connect(path)) as connection:
        for table, rows in tables.items():
            columns = list(rows[0])
            connection.execute(f"CREATE TABLE {table} ({', '.join(chr(34) + name + chr(34) for name in columns)})")
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [tuple(row.values()) for row in rows])
        connection.commit()
    return path


def oterm(path: Path, *texts: str) -> Path:
    """A `store.db` of one chat."""
    messages = [
        {"id": at, "chat_id": 1, "author": "assistant" if at % 2 else "user", "text": text, "images": "[]"}
        for at, text in enumerate(texts)
    ]
    return database(path, {"chat": [{"id": 1, "name": "Bread", "model": "qwen3", "system": "S"}], "message": messages})
