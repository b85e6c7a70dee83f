"""What all documents for people say of a conversation: who, when, at what cost, what became of it, in which order.

Each format makes what comes from outside harmless in its own way, and passes the function that does so as `line`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tui.bounds import json_object, whole_number
from tui.figures import money, seconds, tokens
from tui.formats.tool_calls import StoredCall
from tui.model_id import ModelId
from tui.store.records import Message
from tui.text import portable_line

Line = Callable[[str], str]


def heading(message: Message, line: Line) -> str:
    """Who wrote a message, when, and what it took."""
    moment = message.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if message.kind == "prompt":
        return f"You — {moment}"
    usage = json_object(message.usage)
    figures = [moment]
    origin = json_object(message.origin)
    if origin.get("kind") == "summary":
        figures.insert(0, "summary of what stands above")
    if origin.get("kind") == "fused" and isinstance(origin.get("models"), list):
        figures.insert(0, f"from the answers of {', '.join(line(str(model)) for model in origin['models'])}")
    if usage.get("input") is not None or usage.get("output") is not None:
        figures.append(f"{_tokens(usage, 'input')} in → {_tokens(usage, 'output')} out tokens")
    if message.price is not None:
        figures.append(money(message.price) if message.price else "free")
    return f"{line(ModelId.parse(message.model).label)} — {' · '.join(figures)}"


def note(message: Message, line: Callable[[str, int], str]) -> tuple[str, str]:
    """What is to be said of a reply that is not complete, as a title and a sentence; ("", "") of any other."""
    match message.state:
        case "interrupted":
            return "Stopped", "the reply above is not complete."
        case "streaming":
            return "Still arriving", "the reply was not complete when this file was written."
        case "failed":
            failure = json_object(message.failure)
            reason = " ".join(line(str(failure[key]), 1000) for key in ("message", "hint") if failure.get(key))
            return line(str(failure.get("title") or "Failed"), 200), reason or "no complete reply came."
        case "done":
            return "", ""


def thinking_title(message: Message) -> str:
    """Of a reply's thoughts, with the time they took where it is known."""
    return "Thinking" if message.thinking_ms is None else f"Thinking · {seconds(message.thinking_ms / 1000)}"


def call_title(call: StoredCall) -> str:
    """Which tool was called, and what came of it: one line of harmless text, with whatever markup it has."""
    name = call.name.removeprefix(f"{call.server}_")
    tool = portable_line(f"{call.server} · {name}" if name != call.name else name, 120)
    took = "" if call.duration_ms is None else seconds(call.duration_ms / 1000)
    return f"Tool: {tool} — {' · '.join(filter(None, (call.outcome, call.approval, took)))}"


def strands(messages: Iterable[Message], shown: Sequence[Message]) -> list[list[Message]]:
    """What is not shown, as runs of messages that follow each other; each begins where its branch does."""
    found: list[list[Message]] = []
    ends: dict[str, list[Message]] = {}  # by the id of the last message so far
    known = {message.id for message in shown}
    for message in messages:
        if message.id in known:
            continue
        strand = ends.pop(message.parent_id, None) if message.parent_id is not None else None
        if strand is None:
            found.append(strand := [])
        strand.append(message)
        ends[message.id] = strand
    return found


def behind(strand: Sequence[Message], messages: Iterable[Message], line: Line) -> str:
    """Where a branch begins."""
    above = next((message for message in messages if message.id == strand[0].parent_id), None)
    return "From the start of the chat" if above is None else f"Behind: {heading(above, line)}"


def iso(moment: datetime) -> str:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tokens(usage: dict[str, Any], key: str) -> str:
    return tokens(whole_number(usage.get(key)), estimated=bool(usage.get("estimated")))
