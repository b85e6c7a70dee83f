"""Every tool call with its result in the next message, as every provider insists. Pure.

No message is changed in place; one that needs nothing is passed on as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    RetryPromptPart,
    ToolCallPart,
    ToolReturnPart,
)

INTERRUPTED = "Tool call was interrupted, it has no result."
"""The result of a call whose tool did not come to its end."""


def paired(messages: Sequence[ModelMessage]) -> tuple[list[ModelMessage], int]:
    """Give each tool call a result.

    A call whose tool did not come to its end is answered with `INTERRUPTED`, one of an unknown tool with the prompt
    that says so.

    Returns:
        The messages, and how many calls had no result.
    """
    sent: list[ModelMessage] = []
    calls: list[ToolCallPart] = []
    added = 0
    for message in messages:
        if isinstance(message, ModelRequest):
            message, missing = _matched(message, calls)
            request, count = _completed(message, missing) if missing else (message, 0)
            sent.append(request)
            calls, added = [], added + count
            continue
        if calls:
            sent.append(ModelRequest([interrupted(call) for call in calls]))
            added += len(calls)
        calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
        sent.append(message)
    if calls:
        sent.append(ModelRequest([interrupted(call) for call in calls]))
        added += len(calls)
    return sent, added


def answers(part: ModelRequestPart, call: ToolCallPart) -> bool:
    """Whether a part is the result of a call, or the prompt to make it anew; an id that is missing fits every call."""
    if not isinstance(part, ToolReturnPart | RetryPromptPart) or part.tool_name != call.tool_name:
        return False
    return part.tool_call_id is None or part.tool_call_id == call.tool_call_id


def interrupted(call: ToolCallPart) -> ToolReturnPart:
    """The result of a call whose tool did not come to its end."""
    return ToolReturnPart(call.tool_name, INTERRUPTED, call.tool_call_id, outcome="interrupted")


def _matched(request: ModelRequest, calls: Sequence[ToolCallPart]) -> tuple[ModelRequest, list[ToolCallPart]]:
    """The request, and the calls without a result in it.

    Of several calls of a tool, a result that names none gets one that no other result names, and names it.
    """
    missing = list(calls)
    parts = list(request.parts)
    for place in sorted(range(len(parts)), key=lambda place: not _names_call(parts[place])):
        part = parts[place]
        call = next((call for call in missing if answers(part, call)), None)
        if call is None or not isinstance(part, ToolReturnPart | RetryPromptPart):
            continue
        missing.remove(call)
        if part.tool_call_id is None and [one.tool_name for one in calls].count(call.tool_name) > 1:
            parts[place] = replace(part, tool_call_id=call.tool_call_id)
    return (request if parts == list(request.parts) else replace(request, parts=parts)), missing


def _names_call(part: ModelRequestPart) -> bool:
    return isinstance(part, ToolReturnPart | RetryPromptPart) and part.tool_call_id is not None


def _completed(request: ModelRequest, missing: list[ToolCallPart]) -> tuple[ModelRequest, int]:
    """The request with a result for each call that has none, and how many were added."""
    parts: list[ModelRequestPart] = []
    for part in request.parts:
        if missing and isinstance(part, RetryPromptPart) and part.tool_name is None:
            call = missing.pop(0)
            parts.append(replace(part, tool_name=call.tool_name, tool_call_id=call.tool_call_id))
        else:
            parts.append(part)
    return replace(request, parts=[*map(interrupted, missing), *parts]), len(missing)
