"""What a stored message holds for the engine, as plain values, whatever a damaged row says. Never raises."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from pydantic_core import from_json

from tui.bounds import json_value
from tui.store.records import Attachment, Message

FILE = "attachment"
"""The kind of an item that stands for a file of the library, named by its hash."""

Parts = list[dict[str, Any]]


def engine_messages(message: Message) -> list[dict[str, Any]]:
    """Its requests and responses, each with a list of `parts`; made of its text where none can be read."""
    kept = stored_messages(message)
    if kept or not message.text:
        return kept
    stamp = message.created_at.isoformat()
    if message.kind == "prompt":
        parts = [{"content": message.text, "timestamp": stamp, "part_kind": "user-prompt"}]
        return [{"parts": parts, "kind": "request"}]
    parts = [{"content": message.text, "part_kind": "text"}]
    return [{"parts": parts, "model_name": message.model.partition(":")[2], "timestamp": stamp, "kind": "response"}]


def stored_messages(message: Message) -> list[dict[str, Any]]:
    """Its requests and responses as they are stored; [] where they say nothing, or cannot be read."""
    stored = _value(message.payload)
    found = [one for one in stored if _is_message(one)] if isinstance(stored, list) else []
    kept = [{**one, "parts": [part for part in one["parts"] if _is_part(part)]} for one in found]
    return kept if any(one["parts"] for one in kept) else []


def _value(payload: bytes) -> Any:
    """The JSON of a payload; [] for none."""
    if payload in (b"", b"[]"):
        return []
    try:
        return from_json(payload, allow_inf_nan=False)  # six times as fast as `json_value`
    except ValueError:
        with suppress(ValueError):
            return json_value(payload)
    return []


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("kind") not in ("request", "response"):
        return False
    return isinstance(value.get("parts"), list)


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("part_kind"), str)


def items_of(content: Any) -> Iterator[str | dict[str, Any]]:
    """The words and files of a prompt or of what a tool gave back."""
    if not isinstance(content, list):
        yield text_of(content)
        return
    for item in content:
        yield item if isinstance(item, str | dict) else text_of(item)


def text_of(value: Any) -> str:
    """A value of the JSON as text, of a list with files in it the words."""
    if isinstance(value, list) and any(isinstance(item, dict) and item.get("kind") == "attachment" for item in value):
        return "\n".join(item for item in value if isinstance(item, str))
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value, ensure_ascii=False)


def json_text(value: Any, *, ensure_ascii: bool = True, indent: int | None = None) -> str:
    """A value as JSON, in which a number that is none (a reader may make infinity of 1e999) is null."""
    try:
        return _encoder(ensure_ascii, indent).encode(value)
    except ValueError:
        finite = json_value(json.dumps(value))
        return json.dumps(finite, ensure_ascii=ensure_ascii, indent=indent)


@cache
def _encoder(ensure_ascii: bool, indent: int | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=ensure_ascii, indent=indent, allow_nan=False)


def file_of(item: Any, files: Mapping[str, Attachment]) -> Attachment | None:
    """The file that an item stands for; None where it stands for none, or the file is gone."""
    if not isinstance(item, dict) or item.get("kind") != FILE:
        return None
    hash = item.get("hash")
    return files.get(hash) if isinstance(hash, str) else None


def is_text(file: Attachment) -> bool:
    """Whether models get a file of this type as its text."""
    return file.media_type.startswith("text/") or file.media_type in ("application/json", "application/xml")
