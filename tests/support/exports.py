"""A chat that has everything by which export formats differ."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.library import conversation, prompt, reply
from tui.store.records import Attachment, Conversation, Message

STAMP = "2026-11-22T12:00:00Z"
PNG, NOTES, PDF = b"\x89PNG\xff", b"milk", b"%PDF"


def a_chat_with_files() -> tuple[Conversation, list[Message], list[Attachment]]:
    """A prompt with an image, a text file and a document; a reply with thoughts and a tool's call; another branch."""
    owner = replace(conversation("=cmd()"), settings='{"system_prompt": "Be brief."}')
    items = [
        {"kind": "attachment", "hash": hash, "name": "n", "media_type": "x"} for hash in ("aa", "bb", "cc", "gone")
    ]
    asked = replace(prompt(owner, "Look"), payload=dumped(request(["Look", *items, {"kind": "video-url", "url": "u"}])))
    call = {"tool_name": "f", "args": {"x": 1}, "tool_call_id": None, "part_kind": "tool-call"}
    thought = {"content": "hm", "part_kind": "thinking", "id": None, "signature": None}
    answer = replace(
        reply(owner, asked, "A cat."),
        thinking="hm",
        usage='{"input": 3, "output": 4, "estimated": false}',
        price=Decimal("0.000001"),
        payload=dumped(
            response([thought, {"content": "Wait. ", "part_kind": "text"}, call]),
            {"parts": [{"tool_name": "f", "content": {"y": 2}, "timestamp": STAMP, "part_kind": "tool-return"}],
             "kind": "request"},
            response([{"content": "A cat.", "part_kind": "text"}]),
        ),
    )  # fmt: skip
    files = [
        Attachment("aa", asked.id, "cat.png", "image/png", PNG),
        Attachment("bb", asked.id, "notes.txt", "text/plain", NOTES),
        Attachment("cc", asked.id, "bill.pdf", "application/pdf", PDF),
    ]
    return replace(owner, active_leaf=answer.id), [asked, answer, reply(owner, asked, "A dog.")], files


def request(content: object) -> dict[str, Any]:
    return {"parts": [{"content": content, "timestamp": STAMP, "part_kind": "user-prompt"}], "kind": "request"}


def response(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"parts": parts, "model_name": "gpt-5.6", "timestamp": STAMP, "kind": "response"}


def dumped(*messages: dict[str, Any]) -> bytes:
    return json.dumps(messages).encode()
