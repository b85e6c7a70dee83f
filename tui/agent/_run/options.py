"""What a program may say about a run and about a tool, in one place for all methods that take it. Knows no loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from typing_extensions import TypedDict

from tui.agent._run.feed import EventStreamHandler
from tui.agent.context import AgentDepsT
from tui.agent.definitions import DocstringFormat
from tui.agent.messages import ModelMessage, UserContent
from tui.agent.models import KnownModelName, Model
from tui.agent.settings import ModelSettings
from tui.agent.tools import ToolPrepareFunc
from tui.agent.usage import Usage, UsageLimits

__all__ = ["AnyModel", "Prompt", "RunArguments", "RunOptions", "ToolOptions"]

AnyModel: TypeAlias = Model | KnownModelName | str
"""A model or its name."""

Prompt: TypeAlias = str | Sequence[UserContent]
"""Text, or a sequence of texts and files."""


class RunOptions(TypedDict, Generic[AgentDepsT], total=False):
    """What every way to run an agent takes beside the prompt and the result type; all may be left out.

    Attributes:
        message_history: messages of earlier runs; then no system prompts are added. Never changed.
        model: for this run, in place of the agent's.
        deps: what tools, prompts and validators find as `ctx.deps`.
        model_settings: laid over the agent's.
        usage_limits: None for `UsageLimits()`, which allows 50 requests; in a stream, checked with every event.
        usage: counted up in place, to share it between runs; what it starts with counts against the limits. While a
            response streams in it holds guesses (`usage.estimated`), until the provider reports.
        infer_name: find out the agent's name from the caller's variables, if it has none.
        event_stream_handler: `async def handler(ctx, events)`, given everything as it happens; then responses are
            streamed. It runs beside the run, which waits for it at its end.
    """

    message_history: list[ModelMessage] | None
    model: AnyModel | None
    deps: AgentDepsT
    model_settings: ModelSettings | None
    usage_limits: UsageLimits | None
    usage: Usage | None
    infer_name: bool
    event_stream_handler: EventStreamHandler | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArguments:
    """`RunOptions` with their defaults; an option that does not exist is a TypeError."""

    message_history: Sequence[ModelMessage] | None = None
    model: AnyModel | None = None
    deps: Any = None
    model_settings: ModelSettings | None = None
    usage_limits: UsageLimits | None = None
    usage: Usage | None = None
    infer_name: bool = True
    event_stream_handler: EventStreamHandler | None = None


class ToolOptions(TypedDict, Generic[AgentDepsT], total=False):
    """What the decorators of tools take; all may be left out.

    Attributes:
        name: None for the function's name.
        retries: how often in a row a call may be tried again; None for the agent's setting.
        prepare: changes or hides the tool before each request.
        docstring_format: how the docstring is written.
        require_parameter_descriptions: an undescribed parameter is an error.
        timeout: seconds until a call is given up, and the model told so.
        sequential: no other tool may run at the same time.
        requires_approval: the agent's `approve_tool_call` is asked before the function runs.
    """

    name: str | None
    retries: int | None
    prepare: ToolPrepareFunc[AgentDepsT] | None
    docstring_format: DocstringFormat
    require_parameter_descriptions: bool
    timeout: float | None
    sequential: bool
    requires_approval: bool
