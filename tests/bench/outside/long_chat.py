"""A library whose latest chat is a long one."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.bench.transcript import markdown_text
from tests.support.library import conversation, prompt, reply
from tui.store import conversations
from tui.store.connection import connect
from tui.store.migrations import migrate
from tui.store.records import Message
from tui.store.transaction import atomically

_STAMP = "2026-11-22T12:00:00Z"


def make(path: Path, model: str, messages: int) -> None:
    """Write it: half of the messages are questions of a line, half are answers of some 200 tokens of Markdown."""
    path.parent.mkdir(parents=True)
    with closing(connect(path, mode="rwc")) as connection:
        migrate(connection)
        atomically(connection, _fill, model, messages)


def _fill(connection: sqlite3.Connection, model: str, messages: int) -> None:
    chat = conversation("A long chat", model=model)
    conversations.save_conversation(connection, chat)
    last: Message | None = None
    for number in range(messages // 2):
        asked = prompt(chat, f"And what of part {number}?", parent=last)
        answer = reply(chat, asked, markdown_text(number), model=model)
        request = {
            "parts": [{"content": asked.text, "timestamp": _STAMP, "part_kind": "user-prompt"}],
            "kind": "request",
        }
        parts = [{"content": answer.text, "part_kind": "text"}]
        response = {"parts": parts, "model_name": model, "timestamp": _STAMP, "kind": "response"}
        asked = replace(asked, payload=json.dumps([request]).encode())
        last = replace(answer, payload=json.dumps([response]).encode())
        conversations.append(connection, [asked, last])
    assert last is not None
    conversations.set_active_leaf(connection, chat.id, last.id)
