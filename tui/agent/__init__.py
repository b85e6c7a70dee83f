"""The engine: runs a prompt against a model, with tools and structured results. Imports nothing else of tui.

```python
from tui.agent import Agent

agent = Agent("openai:gpt-4o", system_prompt="Be concise.")
print(agent.run_sync("Where does 'hello world' come from?").data)
```

A program written for pydantic-ai 0.0.40 finds the same names in the same modules, and the same behaviour, but for the
streams, which are better here. From the front to the wire, and each floor knows only those below it:

- `agent` is the front: `Agent` with `run`, `run_sync`, `run_stream` and `iter`. `result` and `nodes` are what a caller
  holds while a run goes on and after it.
- `_run` is the loop behind all four: one generator of events over one state (`run`, `state`, `calls`), what is read of
  it (`reader`, `pausable`, `texts`, `views`, `feed`), and what it needs (`options`, `prompts`, `validation`, `live`,
  `history`, `loops`).
- `tools` are functions that a model can call: `schema` reads their signatures, `given_schema` makes a schema that
  somebody else wrote fit to be sent, `json_type` makes a type of result of one (`json_checks`), `definitions` is what
  the model gets, `context` what the functions get, and `functions` calls them.
- `models` has one module for each API, and models without a network; `infer` makes one of a name, `fit` makes a history
  fit one. `parts` puts the deltas of a stream together.
- `providers` is whom to call: one row for each vendor, keys, lists of models, and the embedded models.
- `wire` is the transport: one request, its retries, JSON events or one of our errors.
- `messages` is what goes back and forth, and its JSON the format on disk; `usage`, `rate_limit`, `settings` and
  `exceptions` are what every floor speaks of; `format_as_xml` writes values for a prompt.

`secret` hides a key from every repr. Modules with an underscore are parts of others, and are imported by the engine
only: `_compat` reads messages of pydantic-ai 2, `_content` is what prompts are made of, `_results` what tools return,
`_docstrings` reads those of tools, `_serialization` writes what JSON cannot. `fetch` gets a page or a file for a prompt
by one bounded request; `image_size` reads an image's header, `fenced` puts a file's text into a prompt. A new vendor is
a row in `providers.vendors`; a new API is a subclass of `WireModel`, one of `WireStream`, and a row in `models.infer`.

The names below, and the modules, are loaded when they are first asked for: one module of the package can be had without
the rest, so that the list of providers is there before pydantic and httpx are.
"""

import sys
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
        ToolFailed,
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
        RateLimitsEvent,
        RetryEvent,
        RetryPromptPart,
        SystemPromptPart,
        TextPart,
        TextPartDelta,
        ThinkingPart,
        ThinkingPartDelta,
        ToolCallPart,
        ToolCallPartDelta,
        ToolReturn,
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

__version__: str

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
    "RateLimitsEvent",
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
    "ToolFailed",
    "ToolReturn",
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
    "__version__",
    "capture_run_messages",
]

_MODULES = ("exceptions", "settings", "usage", "messages", "tools", "result", "nodes", "agent")
"""Where the names are. Each of these modules needs those before it, so looking in this order loads none in vain."""


def __getattr__(name: str) -> Any:
    if name == "__version__":  # of the package that the engine comes with; it imports nothing else of it
        return sys.modules[__name__.partition(".")[0]].__version__
    if name in (*_MODULES, "models"):
        return import_module(f"{__name__}.{name}")
    for module in _MODULES if name in __all__ else ():
        found = import_module(f"{__name__}.{module}")
        if hasattr(found, name):
            globals()[name] = getattr(found, name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
