"""What a run keeps of its messages when something goes wrong, and what it sends of a history. Pure, but for one list.

No message of the caller's is ever changed in place.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from tui.agent.messages import (
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
)

__all__ = ["INTERRUPTED", "capture_run_messages", "captured_messages", "partial_response", "sendable"]

INTERRUPTED = "Tool call was interrupted, it has no result."
"""The answer to a call whose tool did not come to its end."""


@dataclass(slots=True)
class _Capture:
    messages: list[ModelMessage] = field(default_factory=list)
    used: bool = False


_capture: ContextVar[_Capture | None] = ContextVar("_capture", default=None)


@contextmanager
def capture_run_messages() -> Iterator[list[ModelMessage]]:
    """Get at the messages of a run even when it fails.

    ```python
    with capture_run_messages() as messages:
        try:
            result = await agent.run("What is new?")
        except AgentRunError:
            save(messages)
    ```

    The list becomes the history of the first run inside the block, the messages before it included; it is live, and
    holds what came of a response that broke off, as a `ModelResponse` with `state="interrupted"`. Later runs, and runs
    that a tool starts, leave it alone. A block inside another one shares the outer one's list.
    """
    outer = _capture.get()
    if outer is not None:
        yield outer.messages
        return
    capture = _Capture()
    token = _capture.set(capture)
    try:
        yield capture.messages
    finally:
        _capture.reset(token)


def captured_messages() -> list[ModelMessage]:
    """The list that a run has to use: the one of `capture_run_messages`, for the first run in it, else a new one."""
    capture = _capture.get()
    if capture is None or capture.used:
        return []
    capture.used = True
    return capture.messages


def partial_response(response: ModelResponse) -> ModelResponse | None:
    """What to keep of a response that broke off; None when nothing of it can be read.

    Tool calls are left out, because they were not carried out. Thoughts that were still going on lose their signature:
    no provider takes it for a part of them.
    """
    parts: list[ModelResponsePart] = []
    for number, part in enumerate(response.parts, 1):
        if isinstance(part, ThinkingPart):
            parts.append(replace(part, signature=None) if number == len(response.parts) else part)
        elif isinstance(part, TextPart) and part.content:
            parts.append(part)
    if not any(part.has_content() for part in parts):
        return None
    return replace(response, parts=parts, state="interrupted")


def sendable(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    """A history that every provider takes: each tool call is answered, and no response is empty.

    What a provider would refuse is left out or completed in the copy that is returned: responses without a part,
    interrupted ones that hold nothing but thoughts, and calls of tools that did not come to their end.
    """
    sent: list[ModelMessage] = []
    open_calls: list[ToolCallPart] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            if open_calls:
                sent.append(ModelRequest(_answers(open_calls)))
            open_calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
            if _says_something(message):
                sent.append(message)
        else:
            sent.append(_completed(message, open_calls) if open_calls else message)
            open_calls = []
    if open_calls:
        sent.append(ModelRequest(_answers(open_calls)))
    return sent


def _says_something(response: ModelResponse) -> bool:
    if response.state != "interrupted":
        return bool(response.parts)
    return any(not isinstance(part, ThinkingPart) for part in response.parts)


def _answers(calls: Sequence[ToolCallPart]) -> list[ModelRequestPart]:
    return [ToolReturnPart(call.tool_name, INTERRUPTED, call.tool_call_id) for call in calls]


def _completed(request: ModelRequest, calls: Sequence[ToolCallPart]) -> ModelRequest:
    """The request with an answer to each call; a retry prompt for an unknown tool answers the first that has none."""
    answered = Counter(
        (part.tool_name, part.tool_call_id)
        for part in request.parts
        if isinstance(part, ToolReturnPart | RetryPromptPart)
    )
    missing: list[ToolCallPart] = []
    for call in calls:
        key = (call.tool_name, call.tool_call_id)
        if answered[key]:
            answered[key] -= 1
        else:
            missing.append(call)
    if not missing:
        return request
    parts: list[ModelRequestPart] = []
    for part in request.parts:
        if missing and isinstance(part, RetryPromptPart) and part.tool_name is None:
            call = missing.pop(0)
            parts.append(replace(part, tool_name=call.tool_name, tool_call_id=call.tool_call_id))
        else:
            parts.append(part)
    return replace(request, parts=[*_answers(missing), *parts])
