"""Tools: functions that a model may call, what the model is told about them, and what they are told about the run.

A `Tool` holds nothing that changes: how often it had to be tried again is known to the run, so runs can share it.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, TypeAlias, cast

import pydantic
from pydantic_core import ErrorDetails
from typing_extensions import ParamSpec, TypeVar

from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior
from tui.agent.messages import ModelMessage, RetryPromptPart, ToolCallPart, ToolReturnPart, UserContent
from tui.agent.usage import Usage

if TYPE_CHECKING:
    from tui.agent.models import Model
    from tui.agent.schema import FunctionSchema

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
    "call_function",
    "function_name",
    "underlying_function",
]

DocstringFormat: TypeAlias = Literal["google", "numpy", "sphinx", "auto"]
"""How a docstring is written; "auto" looks for the marks of each."""

ObjectJsonSchema: TypeAlias = dict[str, Any]
"""A JSON schema whose type is object."""

AgentDepsT = TypeVar("AgentDepsT", default=None, contravariant=True)
"""The type of the dependencies that a program hands to its tools, prompts and validators."""


@dataclass
class RunContext(Generic[AgentDepsT]):
    """What functions of the program learn about the run that calls them.

    Attributes:
        deps: the object that the program gave to the run.
        model: the model of this run.
        usage: what the run has used so far; the live object, to be shared with runs that a tool starts.
        prompt: the prompt of the run.
        messages: the history so far; the live list.
        tool_call_id: the call that this is about, if it is about one.
        tool_name: the tool that this is about, if it is about one.
        retry: how often this tool, or this result, has been tried again in a row.
        run_step: the number of the request, from 1; 0 before the first.
    """

    deps: AgentDepsT
    model: "Model"
    usage: Usage
    prompt: str | Sequence[UserContent]
    messages: list[ModelMessage] = field(default_factory=list)
    tool_call_id: str | None = None
    tool_name: str | None = None
    retry: int = 0
    run_step: int = 0


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


@dataclass
class ToolDefinition:
    """What a model is told about a tool.

    Attributes:
        parameters_json_schema: a JSON schema of type object.
        outer_typed_dict_key: the only key of that object, when it is just a wrapper around the value that counts.
    """

    name: str
    description: str
    parameters_json_schema: ObjectJsonSchema
    outer_typed_dict_key: str | None = None


ToolPrepareFunc: TypeAlias = Callable[[RunContext[AgentDepsT], ToolDefinition], Awaitable[ToolDefinition | None]]
"""Called before each request: returns the definition to send, changed or not, or None to hide the tool this time."""


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
    _schema: "FunctionSchema" = field(init=False, repr=False, compare=False)

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

        Raises:
            UserError: no schema can be made of the function's parameters.
        """
        from tui.agent.schema import function_schema, takes_context

        self.function = function
        self.takes_ctx = takes_context(function) if takes_ctx is None else takes_ctx
        self._schema = function_schema(
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

    async def prepare_tool_def(self, ctx: RunContext[AgentDepsT]) -> ToolDefinition | None:
        """What the model is told before this request, or None to hide the tool."""
        tool_def = ToolDefinition(self.name, self.description, self._schema.json_schema)
        if self.prepare is None:
            return tool_def
        return await self.prepare(ctx, tool_def)

    async def run(self, message: ToolCallPart, run_context: RunContext[AgentDepsT]) -> ToolReturnPart | RetryPromptPart:
        """Carry out one call.

        Args:
            message: the call.
            run_context: its `retry` says how often in a row this tool has been tried again in this run.

        Returns:
            What the function returned, or what the model should correct: then the run counts one retry more.

        Raises:
            UnexpectedModelBehavior: the call is wrong, and was corrected as often as allowed.
            Exception: whatever the function raises, but for `ModelRetry`.
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


async def call_function(function: Callable[..., Any], *by_position: Any, **by_name: Any) -> Any:
    """Call a function of the program: await it, or run it in a thread if it is not asynchronous.

    A thread sees the context variables of this task. It cannot be stopped: if the task is cancelled, it runs on.
    """
    if inspect.iscoroutinefunction(underlying_function(function)):
        return await function(*by_position, **by_name)
    content = await asyncio.to_thread(function, *by_position, **by_name)
    return await content if inspect.isawaitable(content) else content


def function_name(function: Callable[..., Any]) -> str:
    """The name of a function, of the one inside a `functools.partial`, of a callable object's class."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


def underlying_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """What has the annotations: the function inside a `functools.partial`, the method of a class or callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function):
        return function
    if isinstance(function, type):
        return function.__init__  # type: ignore[misc,no-any-return]  # (a class's own, for its annotations only)
    called: Callable[..., Any] = function.__call__  # type: ignore[operator]  # (a callable object's own method)
    return called
