"""The engine: runs a prompt against a model, with tools and structured results. Imports nothing else of tui.

```python
from tui.agent import Agent

agent = Agent("openai:gpt-4o", system_prompt="Be concise.")
print(agent.run_sync("Where does 'hello world' come from?").data)
```

The names are those of pydantic-ai 0.0.40. They are loaded when they are first asked for, so that a program can import
one module of the package without the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.agent.agent import Agent, EndStrategy, capture_run_messages
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
    from tui.agent.format_as_xml import format_as_xml
    from tui.agent.messages import AudioUrl, BinaryContent, DocumentUrl, ImageUrl
    from tui.agent.nodes import AgentRun, CallToolsNode, ModelRequestNode, UserPromptNode
    from tui.agent.result import AgentRunResult, StreamedRunResult
    from tui.agent.tools import RunContext, Tool

__all__ = [
    "Agent",
    "AgentRun",
    "AgentRunError",
    "AgentRunResult",
    "AudioUrl",
    "BinaryContent",
    "CallToolsNode",
    "DocumentUrl",
    "EndStrategy",
    "FallbackExceptionGroup",
    "ImageUrl",
    "ModelAPIError",
    "ModelHTTPError",
    "ModelRequestNode",
    "ModelRetry",
    "RunContext",
    "StreamedRunResult",
    "Tool",
    "UnexpectedModelBehavior",
    "UsageLimitExceeded",
    "UserError",
    "UserPromptNode",
    "capture_run_messages",
    "format_as_xml",
]

_MODULES = {
    "agent": ("Agent", "EndStrategy", "capture_run_messages"),
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
    "format_as_xml": ("format_as_xml",),
    "messages": ("AudioUrl", "BinaryContent", "DocumentUrl", "ImageUrl"),
    "nodes": ("AgentRun", "CallToolsNode", "ModelRequestNode", "UserPromptNode"),
    "result": ("AgentRunResult", "StreamedRunResult"),
    "tools": ("RunContext", "Tool"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
