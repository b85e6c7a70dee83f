"""Histories for pydantic-ai itself: what a release of it needs to load ours. Knows messages, and no files.

pydantic-ai's histories need nothing of this kind: `ModelMessagesTypeAdapter` reads those of 0.0.40 and of 2.x.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tui.agent.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UnknownPart,
    UserPromptPart,
)

__all__ = ["for_pydantic_ai_0_0_40", "for_pydantic_ai_2"]

_LOSSES = {
    "thinking": "{count} parts with the model's thoughts are left out: 0.0.40 does not know them.",
    "unknown": "{count} parts of a kind that 0.0.40 does not know are left out.",
    "instructions": "The instructions of {count} requests are left out: 0.0.40 only has system prompts.",
    "interrupted": "{count} messages were interrupted; 0.0.40 takes them for whole ones.",
    "notes": "Token counts, finish reasons and other notes on {count} responses are left out.",
    "files": "{count} files are written as base64, which 0.0.40 takes for the bytes of the file.",
}


def for_pydantic_ai_0_0_40(messages: Sequence[ModelMessage]) -> tuple[list[ModelMessage], list[str]]:
    """A history as pydantic-ai 0.0.40 can have it.

    Args:
        messages: not changed.

    Returns:
        New messages that hold nothing but what 0.0.40 knows (one that held nothing else is not among them), and one
        sentence for a person about each sort of thing that is lost.
    """
    losses: Counter[str] = Counter()
    kept: list[ModelMessage] = []
    for message in messages:
        losses["interrupted"] += message.state is not None
        if isinstance(message, ModelRequest):
            losses["instructions"] += message.instructions is not None
            old: ModelMessage = ModelRequest(_request_parts(message, losses))
        else:
            losses["notes"] += bool(message.usage or message.finish_reason or message.vendor_details)
            old = ModelResponse(_response_parts(message, losses), message.model_name, message.timestamp)
        if old.parts or not message.parts:
            kept.append(old)
    return kept, [text.format(count=losses[name]) for name, text in _LOSSES.items() if losses[name]]


def for_pydantic_ai_2(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    """A history as pydantic-ai 2.x can have it: nothing is lost, but every call of a tool must have an id there.

    Args:
        messages: not changed.

    Returns:
        Messages in which calls and their answers have the ids that they had, or made-up ones that belong together.
    """
    numbered: list[ModelMessage] = []
    waiting: defaultdict[str | None, list[str]] = defaultdict(list)
    for index, message in enumerate(messages):
        if isinstance(message, ModelRequest):
            answers = [_answer_with_id(part, waiting, f"call_{index}_{n}") for n, part in enumerate(message.parts)]
            numbered.append(replace(message, parts=answers))
        else:
            calls = [_call_with_id(part, waiting, f"call_{index}_{n}") for n, part in enumerate(message.parts)]
            numbered.append(replace(message, parts=calls))
    return numbered


def _request_parts(message: ModelRequest, losses: Counter[str]) -> list[ModelRequestPart]:
    kept: list[ModelRequestPart] = []
    for part in message.parts:
        if isinstance(part, UnknownPart):
            losses["unknown"] += 1
        elif isinstance(part, UserPromptPart) and not isinstance(part.content, str):
            items = [item for item in part.content if not isinstance(item, UnknownPart)]
            losses["unknown"] += len(part.content) - len(items)
            losses["files"] += sum(isinstance(item, BinaryContent) for item in items)
            kept.append(UserPromptPart(items, part.timestamp))
        else:
            kept.append(part)
    return kept


def _response_parts(message: ModelResponse, losses: Counter[str]) -> list[ModelResponsePart]:
    kept: list[ModelResponsePart] = []
    for part in message.parts:
        match part:
            case ThinkingPart():
                losses["thinking"] += 1
            case UnknownPart():
                losses["unknown"] += 1
            case TextPart():
                kept.append(TextPart(part.content))
            case ToolCallPart():
                kept.append(ToolCallPart(part.tool_name, part.args, part.tool_call_id))
    return kept


def _call_with_id(
    part: ModelResponsePart, waiting: defaultdict[str | None, list[str]], new_id: str
) -> ModelResponsePart:
    if not isinstance(part, ToolCallPart) or part.tool_call_id is not None:
        return part
    waiting[part.tool_name].append(new_id)
    return replace(part, tool_call_id=new_id)


def _answer_with_id(
    part: ModelRequestPart, waiting: defaultdict[str | None, list[str]], new_id: str
) -> ModelRequestPart:
    if not isinstance(part, ToolReturnPart | RetryPromptPart) or part.tool_call_id is not None:
        return part
    calls = waiting[part.tool_name]
    return replace(part, tool_call_id=calls.pop(0) if calls else new_id)
