"""The engine: runs a prompt against a model, with tools and structured results. Imports nothing else of tui.

```python
from tui.agent import Agent

agent = Agent("openai:gpt-4o", system_prompt="Be concise.")
print(agent.run_sync("Where does 'hello world' come from?").data)
```

A program written for pydantic-ai 0.0.40 finds the same names in the same modules, and the same behaviour, but for the
streams, which are better here. What is what:

- `agent` is the front: `Agent` with `run`, `run_sync`, `run_stream` and `iter`; `run` is the loop behind all four, one
  generator of events over one state; `result`, `views` and `nodes` are what a caller holds while and after it runs.
- `messages` is what is said, and its JSON the format on disk; `parts` puts streams together; `interop` takes histories
  to other programs.
- `tools` and `schema` turn functions into what a model can call; `validation` checks results.
- `models` has one module for each wire format, and models without a network for tests; `providers` knows whom to call.
- `usage`, `settings`, `exceptions` are what all of them speak of; `written` is how pydantic writes some of them.

The names below, and the modules, are loaded when they are first asked for: one module of the package can be had without
the rest, so that the list of providers is there before pydantic and httpx are.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.agent.agent import (
        Agent,
        EndStrategy,
        capture_run_messages,
    )
    from tui.agent.exceptions import (
        AgentRunError,
        FallbackExceptionGroup,
        ModelAPIError,
        ModelHTTPError,
        ModelRetry,
        UnexpectedModelBehavior,
        UsageLimitExceeded,
        UserError,
    )
    from tui.agent.messages import (
        AgentStreamEvent,
        AudioUrl,
        BinaryContent,
        DocumentUrl,
        FinalResultEvent,
        FunctionToolCallEvent,
        FunctionToolResultEvent,
        ImageUrl,
        ModelMessage,
        ModelMessagesTypeAdapter,
        ModelNoticeEvent,
        ModelRequest,
        ModelRequestEvent,
        ModelResponse,
        PartDeltaEvent,
        PartStartEvent,
        RetryEvent,
        RetryPromptPart,
        SystemPromptPart,
        TextPart,
        TextPartDelta,
        ThinkingPart,
        ThinkingPartDelta,
        ToolCallPart,
        ToolCallPartDelta,
        ToolReturnPart,
        UsageEvent,
        UserContent,
        UserPromptPart,
    )
    from tui.agent.nodes import (
        AgentRun,
        CallToolsNode,
        ModelRequestNode,
        UserPromptNode,
    )
    from tui.agent.result import (
        AgentRunResult,
        StreamedRunResult,
    )
    from tui.agent.settings import (
        ModelSettings,
    )
    from tui.agent.tools import (
        RunContext,
        Tool,
        ToolDefinition,
    )
    from tui.agent.usage import (
        Usage,
        UsageLimits,
    )

__all__ = [
    "Agent",
    "AgentRun",
    "AgentRunError",
    "AgentRunResult",
    "AgentStreamEvent",
    "AudioUrl",
    "BinaryContent",
    "CallToolsNode",
    "DocumentUrl",
    "EndStrategy",
    "FallbackExceptionGroup",
    "FinalResultEvent",
    "FunctionToolCallEvent",
    "FunctionToolResultEvent",
    "ImageUrl",
    "ModelAPIError",
    "ModelHTTPError",
    "ModelMessage",
    "ModelMessagesTypeAdapter",
    "ModelNoticeEvent",
    "ModelRequest",
    "ModelRequestEvent",
    "ModelRequestNode",
    "ModelResponse",
    "ModelRetry",
    "ModelSettings",
    "PartDeltaEvent",
    "PartStartEvent",
    "RetryEvent",
    "RetryPromptPart",
    "RunContext",
    "StreamedRunResult",
    "SystemPromptPart",
    "TextPart",
    "TextPartDelta",
    "ThinkingPart",
    "ThinkingPartDelta",
    "Tool",
    "ToolCallPart",
    "ToolCallPartDelta",
    "ToolDefinition",
    "ToolReturnPart",
    "UnexpectedModelBehavior",
    "Usage",
    "UsageEvent",
    "UsageLimitExceeded",
    "UsageLimits",
    "UserContent",
    "UserError",
    "UserPromptNode",
    "UserPromptPart",
    "capture_run_messages",
]

_MODULES = {
    "agent": (
        "Agent",
        "EndStrategy",
        "capture_run_messages",
    ),
    "exceptions": (
        "AgentRunError",
        "FallbackExceptionGroup",
        "ModelAPIError",
        "ModelHTTPError",
        "ModelRetry",
        "UnexpectedModelBehavior",
        "UsageLimitExceeded",
        "UserError",
    ),
    "messages": (
        "AgentStreamEvent",
        "AudioUrl",
        "BinaryContent",
        "DocumentUrl",
        "FinalResultEvent",
        "FunctionToolCallEvent",
        "FunctionToolResultEvent",
        "ImageUrl",
        "ModelMessage",
        "ModelMessagesTypeAdapter",
        "ModelNoticeEvent",
        "ModelRequest",
        "ModelRequestEvent",
        "ModelResponse",
        "PartDeltaEvent",
        "PartStartEvent",
        "RetryEvent",
        "RetryPromptPart",
        "SystemPromptPart",
        "TextPart",
        "TextPartDelta",
        "ThinkingPart",
        "ThinkingPartDelta",
        "ToolCallPart",
        "ToolCallPartDelta",
        "ToolReturnPart",
        "UsageEvent",
        "UserContent",
        "UserPromptPart",
    ),
    "nodes": (
        "AgentRun",
        "CallToolsNode",
        "ModelRequestNode",
        "UserPromptNode",
    ),
    "result": (
        "AgentRunResult",
        "StreamedRunResult",
    ),
    "settings": ("ModelSettings",),
    "tools": (
        "RunContext",
        "Tool",
        "ToolDefinition",
    ),
    "usage": (
        "Usage",
        "UsageLimits",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    if name in (*_MODULES, "models"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
