"""Tools: functions that a model may call, what the model is told about them, and what they are told about the run.

A `Tool` holds nothing that changes: how often it had to be tried again is known to the run, so runs can share it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from inspect import Parameter, signature
from typing import Any, Concatenate, Generic, Self, TypeAlias, cast

import pydantic
from pydantic_core import ErrorDetails
from typing_extensions import ParamSpec

from tui.agent.context import AgentDepsT, RunContext
from tui.agent.definitions import DocstringFormat, ObjectJsonSchema, ToolDefinition
from tui.agent.exceptions import ModelRetry, ToolFailed, UnexpectedModelBehavior
from tui.agent.functions import call_function, function_name
from tui.agent.given_schema import GivenSchema, given_schema, given_text
from tui.agent.messages import RetryPromptPart, ToolCallPart, ToolReturnPart
from tui.agent.schema import FunctionSchema, takes_context
from tui.agent.schema import function_schema as schema_of

__all__ = [
    "AgentDepsT",
    "DocstringFormat",
    "ObjectJsonSchema",
    "RunContext",
    "SystemPromptFunc",
    "Tool",
    "ToolDefinition",
    "ToolFuncContext",
    "ToolFuncEither",
    "ToolFuncPlain",
    "ToolParams",
    "ToolPrepareFunc",
    "ToolsPrepareFunc",
    "ToolsetFunc",
]

ToolParams = ParamSpec("ToolParams", default=...)
"""The parameters of a tool function, without the context."""

SystemPromptFunc: TypeAlias = (
    Callable[[RunContext[AgentDepsT]], str]
    | Callable[[RunContext[AgentDepsT]], Awaitable[str]]
    | Callable[[], str]
    | Callable[[], Awaitable[str]]
)
"""A function that gives a system prompt; with or without the context, asynchronous or not."""

ToolFuncContext: TypeAlias = Callable[Concatenate[RunContext[AgentDepsT], ToolParams], Any]
"""A tool function whose first parameter is the context."""

ToolFuncPlain: TypeAlias = Callable[ToolParams, Any]
"""A tool function that takes nothing but the model's arguments."""

ToolFuncEither: TypeAlias = ToolFuncContext[AgentDepsT, ToolParams] | ToolFuncPlain[ToolParams]
"""Either of both."""


ToolPrepareFunc: TypeAlias = Callable[[RunContext[AgentDepsT], ToolDefinition], Awaitable[ToolDefinition | None]]
"""Called before each request: returns the definition to send, changed or not, or None to hide the tool this time."""

ToolsPrepareFunc: TypeAlias = Callable[
    [RunContext[AgentDepsT], list[ToolDefinition]], list[ToolDefinition] | Awaitable[list[ToolDefinition]]
]
"""Called before each request with what would be said about the function tools: returns what is, of all or of some."""


@dataclass(init=False)
class Tool(Generic[AgentDepsT]):
    """A function that a model may call.

    May be subclassed as a dataclass, to override `prepare_tool_def`.

    Attributes:
        function: what is called; a function that is not asynchronous runs in a thread.
        takes_ctx: whether its first parameter is the `RunContext`.
        max_retries: how often in a row the model may be asked to correct a call; None for the agent's setting.
        name: the name that the model sees.
        description: what the model reads about it.
        prepare: see `ToolPrepareFunc`.
        docstring_format: how the function's docstring is written.
        require_parameter_descriptions: whether an undescribed parameter is an error.
        timeout: seconds until a call is given up, and the model told so; None for no limit.
        sequential: whether no other tool may run at the same time.
        requires_approval: whether the run asks its approval hook before it calls the function.
    """

    function: ToolFuncEither[AgentDepsT, ...]
    takes_ctx: bool
    max_retries: int | None
    name: str
    description: str
    prepare: ToolPrepareFunc[AgentDepsT] | None
    docstring_format: DocstringFormat
    require_parameter_descriptions: bool
    timeout: float | None
    sequential: bool
    requires_approval: bool
    _schema: FunctionSchema | GivenSchema = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        function: ToolFuncEither[AgentDepsT, ...],
        *,
        takes_ctx: bool | None = None,
        max_retries: int | None = None,
        name: str | None = None,
        description: str | None = None,
        prepare: ToolPrepareFunc[AgentDepsT] | None = None,
        docstring_format: DocstringFormat = "auto",
        require_parameter_descriptions: bool = False,
        timeout: float | None = None,
        sequential: bool = False,
        requires_approval: bool = False,
        function_schema: FunctionSchema | GivenSchema | None = None,
    ) -> None:
        """Derive from the function what is not given.

        Args:
            function: with annotations and a docstring, from which the model learns what it is for.
            takes_ctx: None to find out from the annotation of the first parameter.
            max_retries: see the class.
            name: None for the function's name.
            description: None for the text of its docstring.
            prepare: see `ToolPrepareFunc`.
            docstring_format: "auto" to find out.
            require_parameter_descriptions: see the class.
            timeout: see the class.
            sequential: see the class.
            requires_approval: see the class.
            function_schema: how the function is called; None to derive it from its signature.

        Raises:
            UserError: no schema can be made of the function's parameters.
        """
        self.function = function
        self.takes_ctx = takes_context(function) if takes_ctx is None else takes_ctx
        self._schema = function_schema or schema_of(
            function,
            self.takes_ctx,
            docstring_format=docstring_format,
            require_parameter_descriptions=require_parameter_descriptions,
        )
        self.max_retries = max_retries
        self.name = name or function_name(function)
        self.description = cast(str, description or self._schema.description)
        self.prepare = prepare
        self.docstring_format = docstring_format
        self.require_parameter_descriptions = require_parameter_descriptions
        self.timeout = timeout
        self.sequential = sequential
        self.requires_approval = requires_approval

    @classmethod
    def from_schema(
        cls,
        function: Callable[..., Any],
        name: str,
        description: str | None,
        json_schema: Any,
        takes_ctx: bool = False,
        sequential: bool = False,
        *,
        max_retries: int | None = None,
        prepare: ToolPrepareFunc[AgentDepsT] | None = None,
        timeout: float | None = None,
        requires_approval: bool = False,
    ) -> Self:
        """A tool whose parameters are described by a JSON schema that somebody else wrote, such as an MCP server.

        ```python
        async def call(ctx: RunContext[None], /, **arguments: Any) -> Any:
            return await session.call_tool("weather", arguments)

        tool = Tool.from_schema(call, "weather", "The weather of a place.", schema, takes_ctx=True)
        ```

        Args:
            function: called with all arguments by name. What stands before them is best positional only, as above:
                an argument may be called "ctx" too.
            name: what the model calls it; any text, as it is made fit for each provider.
            description: None for that of the schema's root.
            json_schema: whatever was given as one. It is sent as far as providers take it, see `given_schema`;
                arguments are checked to be an object, to have what is required, and for the types of its properties.
            takes_ctx: whether the function's first parameter is the `RunContext`.
            sequential: see the class, as for the rest.
            max_retries: see the class.
            prepare: see the class.
            timeout: see the class.
            requires_approval: see the class.
        """
        first = list(signature(function).parameters.values())[:1] if takes_ctx else []
        reserved = [one.name for one in first if one.kind is Parameter.POSITIONAL_OR_KEYWORD]
        return cls(
            function,
            takes_ctx=takes_ctx,
            max_retries=max_retries,
            name=name,
            description=given_text(description),
            prepare=prepare,
            timeout=timeout,
            sequential=sequential,
            requires_approval=requires_approval,
            function_schema=given_schema(json_schema, reserved),
        )

    async def prepare_tool_def(self, ctx: RunContext[AgentDepsT]) -> ToolDefinition | None:
        """What the model is told before this request, or None to hide the tool."""
        if self.prepare is None:
            return self.tool_def
        return await self.prepare(ctx, self.tool_def)

    @property
    def tool_def(self) -> ToolDefinition:
        """What the model is told unless something is prepared; made anew each time."""
        return ToolDefinition(self.name, self.description, self._schema.json_schema)

    @property
    def prepares(self) -> bool:
        """Whether what the model is told has to be asked for before each request."""
        return self.prepare is not None or type(self).prepare_tool_def is not Tool.prepare_tool_def

    async def run(self, message: ToolCallPart, run_context: RunContext[AgentDepsT]) -> ToolReturnPart | RetryPromptPart:
        """Carry out one call.

        Args:
            message: the call.
            run_context: its `retry` says how often in a row this tool has been tried again in this run.

        Returns:
            What the function returned, or what the model should correct: then the run counts one retry more.

        Raises:
            UnexpectedModelBehavior: the call is wrong, and was corrected as often as allowed.
            Exception: whatever the function raises, but for `ModelRetry` and `ToolFailed`.
        """
        ctx = replace(run_context, tool_name=message.tool_name, tool_call_id=message.tool_call_id)
        try:
            by_position, by_name = self._schema.bind(message.args)
        except pydantic.ValidationError as error:
            return self._retry(error.errors(include_url=False), ctx, error)
        if self.takes_ctx:
            by_position.insert(0, ctx)
        try:
            content = await self._call(by_position, by_name)
        except ModelRetry as error:
            return self._retry(error.message, ctx, error)
        except ToolFailed as error:
            return ToolReturnPart(message.tool_name, error.message, message.tool_call_id, outcome="failed")
        return ToolReturnPart(message.tool_name, content, message.tool_call_id)

    async def _call(self, by_position: list[Any], by_name: dict[str, Any]) -> Any:
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                return await call_function(self.function, *by_position, **by_name)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ModelRetry(f"Timed out after {self.timeout:g} seconds.") from error

    def _retry(
        self, content: list[ErrorDetails] | str, ctx: RunContext[AgentDepsT], error: Exception
    ) -> RetryPromptPart:
        max_retries = self.max_retries or 0
        if ctx.retry >= max_retries:
            raise UnexpectedModelBehavior(f"Tool exceeded max retries count of {max_retries}") from error
        return RetryPromptPart(content, ctx.tool_name, ctx.tool_call_id)


ToolsetFunc: TypeAlias = Callable[
    [RunContext[AgentDepsT]], Sequence[Tool[AgentDepsT]] | Awaitable[Sequence[Tool[AgentDepsT]]]
]
"""Called before each request: returns the tools that there are at that moment, beside the agent's own."""
