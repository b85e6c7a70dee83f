"""What is kept of a run's messages when something goes wrong. No message of the caller's is changed in place."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from tui.agent.messages import ModelMessage, ModelResponse, ModelResponsePart, TextPart, ThinkingPart

__all__ = ["capture_run_messages", "captured_messages", "partial_response"]


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
