"""What a run is asked to do, and how far it is: the one state that every view on a run reads. It does nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tui.agent._run.feed import EventStreamHandler
from tui.agent._run.prompts import SystemPrompt
from tui.agent._run.validation import ResultSchema, ResultValidator, RetryError
from tui.agent.context import RunContext
from tui.agent.exceptions import UnexpectedModelBehavior, UnknownToolError
from tui.agent.messages import (
    ModelMessage,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturn,
    ToolReturnPart,
    UserContent,
)
from tui.agent.models.base import Model
from tui.agent.settings import ModelSettings
from tui.agent.tools import Tool, ToolsetFunc, ToolsPrepareFunc
from tui.agent.usage import Usage, UsageLimits

__all__ = [
    "NOT_VALID",
    "ApproveToolCall",
    "EndStrategy",
    "HistoryProcessor",
    "Plan",
    "RunState",
    "cancellations",
    "check_cancelled",
]

EndStrategy = Literal["early", "exhaustive"]
"""What becomes of function tools called beside a final result: they are left out ("early"), or run all the same."""

HistoryProcessor: TypeAlias = Callable[..., list[ModelMessage] | Awaitable[list[ModelMessage]]]
"""A function of the messages, or of the context and the messages: gives those to send. The history stays as it is."""

Approval: TypeAlias = bool | str | ToolReturn
ApproveToolCall: TypeAlias = Callable[[RunContext[Any], ToolCallPart], Approval | Awaitable[Approval]]
"""Asked before a function tool runs: True lets it; False, or a text for the model that says why, does not.

The text may come as a `ToolReturn`, with metadata to be kept.
"""

MOST_NAMES = 100
"""Tools that are named to a model which has called none of them."""

NOT_VALID = "The result that was streamed is not valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is settled when a run starts.

    Attributes:
        history: the messages before this run; never changed.
        prompts: the agent's system prompts, static ones first.
        instructions: sent with every request, and not part of the history's system prompts.
        tools: the agent's function tools by name, in the order in which they were registered.
        toolsets: functions that give further tools, at each step.
        prepare_tools: changes what the model is told about all of them.
        retries: how often in a row a tool of a toolset may be tried again.
        result_retries: how often the model may be asked again for a valid result.
        approve: None only if no tool requires approval.
    """

    prompt: str | Sequence[UserContent]
    history: Sequence[ModelMessage]
    model: Model
    deps: Any
    model_settings: ModelSettings | None
    limits: UsageLimits
    prompts: Sequence[SystemPrompt]
    instructions: SystemPrompt | None
    schema: ResultSchema
    validators: Sequence[ResultValidator[Any, Any]]
    tools: dict[str, Tool[Any]]
    toolsets: Sequence[ToolsetFunc[Any]]
    prepare_tools: ToolsPrepareFunc[Any] | None
    retries: int
    result_retries: int
    end_strategy: EndStrategy
    history_processor: HistoryProcessor | None
    approve: ApproveToolCall | None
    handler: EventStreamHandler | None


@dataclass(slots=True)
class RunState:
    """What changes while a run goes on.

    Attributes:
        messages: the history so far, the messages before this run included; live.
        usage: the caller's object, when one was given; live.
        run_step: requests made in this run.
        retries: results of this run that had to be tried again.
        tool_retries: by tool, how often in a row it had to be tried again.
        tools: the function tools that the last request has offered, by name.
    """

    plan: Plan
    messages: list[ModelMessage]
    usage: Usage
    run_step: int = 0
    retries: int = 0
    tool_retries: dict[str, int] = field(default_factory=dict)
    tools: dict[str, Tool[Any]] = field(default_factory=dict)
    _offered: set[str] = field(default_factory=set)

    @property
    def message_history(self) -> list[ModelMessage]:
        """`messages`, by pydantic-ai's name."""
        return self.messages

    def context(self, *, tool_name: str | None = None, retry: int | None = None) -> RunContext[Any]:
        """What functions of the program are told; its messages and usage are the live ones."""
        return RunContext(
            self.plan.deps,
            self.plan.model,
            self.usage,
            self.plan.prompt,
            self.messages,
            tool_name=tool_name,
            retry=self.retries if retry is None else retry,
            run_step=self.run_step,
        )

    def tool_context(self, tool_name: str) -> RunContext[Any]:
        """As `context`, for a function tool."""
        return self.context(tool_name=tool_name, retry=self.tool_retries.get(tool_name, 0))

    def count_retry(self, problem: RetryPromptPart, unknown_tool: ToolCallPart | None = None) -> RetryPromptPart:
        """One more result has to be tried again; returns `problem`.

        Args:
            problem: what the model is told.
            unknown_tool: the call that there is no tool for, when that is why.

        Raises:
            UnexpectedModelBehavior: it was the last that is allowed.
        """
        self.retries += 1
        if self.retries > self.plan.result_retries:
            exceeded = f"Exceeded maximum retries ({self.plan.result_retries})"
            if unknown_tool is not None:
                name = unknown_tool.tool_name
                raise UnknownToolError(f"{self.unknown_tool(name)} {exceeded}", name)
            raise UnexpectedModelBehavior(f"{exceeded} for result validation", problem=problem)
        return problem

    def offer(self, tools: dict[str, Tool[Any]]) -> None:
        """Note which tools the next request offers."""
        self.tools = tools
        self._offered |= tools.keys()

    def had_tool(self, name: str) -> bool:
        """Whether there was a tool of this name: in this run, or in the history before it."""
        return name in self._offered or any(
            isinstance(part, ToolReturnPart) and part.tool_name == name
            for message in self.plan.history
            for part in message.parts
        )

    def unknown_tool(self, name: str) -> str:
        """What a model is told that has called a tool of a name that there is not."""
        known = [*self.tools, *self.plan.schema.tools]
        more = f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else ""
        available = f"Available tools: {', '.join(known[:MOST_NAMES])}{more}" if known else "No tools available."
        return f"Unknown tool name: {name!r}. {available}"

    async def validated(self, value: Any, call: ToolCallPart | None) -> Any:
        """What the result validators make of a value.

        Args:
            value: offered as the result.
            call: of the result tool that carried it, or None for text.

        Raises:
            RetryError: a validator wants another one.
        """
        cancelled = cancellations()
        for validator in self.plan.validators:
            value = await validator.validate(value, call, self.context())
            check_cancelled(cancelled)
        return value

    async def validated_stream(self, value: Any, call: ToolCallPart | None) -> Any:
        """As `validated`, for a value that is streamed: it may be on screen, so the model is not asked for another one.

        Raises:
            UnexpectedModelBehavior: a validator wants another one.
        """
        try:
            return await self.validated(value, call)
        except RetryError as error:
            raise UnexpectedModelBehavior(f"{NOT_VALID}: {error}") from error

    async def result_in(self, message: ModelResponse, *, allow_partial: bool) -> Any:
        """The result that a streamed response holds: its first call of a result tool, else its text.

        Args:
            message: the response.
            allow_partial: it may not be complete.

        Raises:
            pydantic.ValidationError: a call's arguments are something else.
            UnexpectedModelBehavior: there is neither, or a validator wants another one.
        """
        schema = self.plan.schema
        calls = schema.calls(message.parts)
        if calls:
            call, tool = calls[0]
            return await self.validated_stream(tool.validate(call, allow_partial=allow_partial), call)
        if not schema.allow_text:
            raise UnexpectedModelBehavior(f"Invalid response, unable to find tool: {', '.join(schema.tools)}")
        return await self.validated_stream(
            "\n\n".join(part.content for part in message.parts if isinstance(part, TextPart) and part.content), None
        )


def cancellations() -> int:
    """How often the running task has been asked to stop."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def check_cancelled(before: int) -> None:
    """Stop after all when the task was asked to since `before`, and something it waited for has swallowed that."""
    if cancellations() > before:
        raise asyncio.CancelledError
