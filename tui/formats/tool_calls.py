"""The calls of tools in a stored reply, for a file that people read: from the engine's JSON. Never raises."""

from collections.abc import Iterator
from typing import Any

from tui.bounds import json_value, whole_number
from tui.dataclass import dataclass
from tui.formats.payloads import text_of
from tui.store.records import Message

_OUTCOMES = {"retried": "failed", "failed": "failed", "denied": "not allowed", "interrupted": "stopped"}
_APPROVALS = {"rule": "allowed by rule", "once": "allowed once", "chat": "allowed in this chat"}


@dataclass(slots=True)
class StoredCall:
    """A call and what came of it; all texts are raw.

    Attributes:
        name: as the model called it.
        arguments: JSON text.
        result: what the model was told.
        outcome: "done", "failed", "not allowed" or "stopped".
        approval: why it was allowed, in words; "" when unknown.
        server: who has the tool; "" when unknown.
        duration_ms: None when unknown.
    """

    id: str
    name: str
    arguments: str
    result: str = ""
    outcome: str = "stopped"
    approval: str = ""
    server: str = ""
    duration_ms: int | None = None


def tool_calls(message: Message) -> list[StoredCall]:
    """All of a reply, in their order."""
    if b"tool-call" not in message.payload:
        return []
    try:
        stored = json_value(message.payload)
    except ValueError:
        return []
    calls: list[StoredCall] = []
    waiting: list[StoredCall] = []
    for part in _parts(stored):
        match part.get("part_kind"):
            case "tool-call":
                call = StoredCall(
                    text_of(part.get("tool_call_id")), text_of(part.get("tool_name")), text_of(part.get("args"))
                )
                calls.append(call)
                waiting.append(call)
            case "tool-return" | "retry-prompt":
                id, name = text_of(part.get("tool_call_id")), text_of(part.get("tool_name"))
                asked = next((call for call in waiting if (call.id, call.name) == (id, name)), None)
                if asked is not None:
                    waiting.remove(asked)
                    _answer(asked, part)
    return calls


def _parts(stored: Any) -> Iterator[dict[str, Any]]:
    for message in stored if isinstance(stored, list) else ():
        parts = message.get("parts") if isinstance(message, dict) else None
        yield from (part for part in (parts if isinstance(parts, list) else ()) if isinstance(part, dict))


def _answer(call: StoredCall, part: dict[str, Any]) -> None:
    call.result = text_of(part.get("content"))
    retried = part.get("part_kind") == "retry-prompt"
    call.outcome = "failed" if retried else _OUTCOMES.get(text_of(part.get("outcome")), "done")
    known = part.get("metadata")
    if isinstance(known, dict):
        call.approval = _APPROVALS.get(text_of(known.get("approval")), "")
        call.server = text_of(known.get("server"))
        call.duration_ms = whole_number(known.get("duration_ms"))
