"""Says what a run's result has to look like, and checks what a model offers as one. Knows neither a run nor a model."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from types import UnionType
from typing import Any, Generic, TypeAlias, Union, cast, get_args, get_origin

import pydantic
from typing_extensions import TypeAliasType, TypedDict, TypeVar

from tui.agent.context import AgentDepsT, RunContext
from tui.agent.definitions import ObjectJsonSchema, ToolDefinition
from tui.agent.exceptions import ModelRetry
from tui.agent.functions import call_function
from tui.agent.json_type import JsonType
from tui.agent.messages import ModelResponsePart, RetryPromptPart, ToolCallPart
from tui.agent.schema import is_model_like, object_schema

__all__ = [
    "FinalResult",
    "ResultDataT",
    "ResultSchema",
    "ResultTool",
    "ResultValidator",
    "ResultValidatorFunc",
    "RetryError",
]

ResultDataT = TypeVar("ResultDataT", default=str, covariant=True)
"""The type of a run's result."""

_DataT = TypeVar("_DataT", default=Any)

DESCRIPTION = "The final response which ends this conversation"

ResultValidatorFunc: TypeAlias = (
    Callable[[RunContext[AgentDepsT], _DataT], _DataT]
    | Callable[[RunContext[AgentDepsT], _DataT], Awaitable[_DataT]]
    | Callable[[_DataT], _DataT]
    | Callable[[_DataT], Awaitable[_DataT]]
)
"""A function of the value, or of the context and the value; it returns the value to use, or raises `ModelRetry`."""


@dataclass
class FinalResult(Generic[ResultDataT]):
    """What a run ended with.

    Attributes:
        tool_name, tool_call_id: the call of a result tool that carried it; None when it was text.
    """

    data: ResultDataT
    tool_name: str | None
    tool_call_id: str | None


class RetryError(Exception):
    """What the model offered cannot be used; `part` tells it why."""

    def __init__(self, part: RetryPromptPart) -> None:
        super().__init__(part.content)
        self.part = part


@dataclass(slots=True)
class ResultValidator(Generic[AgentDepsT, _DataT]):
    """A registered result validator: sync or async, of the value or of the context and the value."""

    function: Callable[..., Any]
    _takes_context: bool = field(init=False)

    def __post_init__(self) -> None:
        self._takes_context = len(inspect.signature(self.function).parameters) > 1

    async def validate(self, value: _DataT, call: ToolCallPart | None, context: RunContext[AgentDepsT]) -> _DataT:
        """The value that the function makes of `value`.

        Args:
            value: what the model offered, or the validator before made of it.
            call: the result tool's call that carried the value, or None when it was text.
            context: the run's.

        Raises:
            RetryError: the function raised `ModelRetry`.
        """
        if call is not None:
            context = replace(context, tool_name=call.tool_name, tool_call_id=call.tool_call_id)
        arguments = (context, value) if self._takes_context else (value,)
        try:
            return cast(_DataT, await call_function(self.function, *arguments))
        except ModelRetry as retry:
            part = RetryPromptPart(retry.message)
            if call is not None:
                part.tool_name, part.tool_call_id = call.tool_name, call.tool_call_id
            raise RetryError(part) from retry


@dataclass(slots=True)
class ResultTool:
    """One form that the result may take, offered to the model as a tool.

    Attributes:
        member: the type that it stands for.
    """

    tool_def: ToolDefinition
    member: Any
    _adapter: pydantic.TypeAdapter[Any]

    def validate(self, call: ToolCallPart, *, allow_partial: bool = False) -> Any:
        """The value in a call's arguments.

        Args:
            call: of this tool.
            allow_partial: the arguments are still arriving, what is missing at their end is no error.

        Raises:
            pydantic.ValidationError: the arguments are something else.
        """
        partial: Any = "trailing-strings" if allow_partial else "off"
        if isinstance(call.args, str):
            value = self._adapter.validate_json(call.args, experimental_allow_partial=partial)
        else:
            value = self._adapter.validate_python(call.args, experimental_allow_partial=partial)
        key = self.tool_def.outer_typed_dict_key
        return value[key] if key else value

    def checked(self, call: ToolCallPart) -> Any:
        """As `validate` of the whole arguments.

        Raises:
            RetryError: the arguments do not fit; the part lists pydantic's errors.
        """
        try:
            return self.validate(call)
        except pydantic.ValidationError as error:
            errors = error.errors(include_url=False)
            part = RetryPromptPart(errors, tool_name=call.tool_name, tool_call_id=call.tool_call_id)
            raise RetryError(part) from error


@dataclass(slots=True)
class ResultSchema:
    """The forms that a result may take.

    Attributes:
        tools: the result tools by name, one for each member of a union; none for plain text.
        allow_text: whether text is a result.
    """

    tools: dict[str, ResultTool]
    allow_text: bool

    @classmethod
    def build(cls, result_type: Any, name: str, description: str | None) -> "ResultSchema":
        """The schema of a type; `str`, alone or in a union, stands for text.

        Args:
            result_type: a type, or a union of types.
            name: of the tool, or the start of the tools' names.
            description: of the tool; the type's own description is appended to it.
        """
        members = union_members(result_type) or (result_type,)
        allow_text = str in members
        if allow_text:
            members = tuple(member for member in members if member is not str)
        if len(members) == 1:
            return cls({name: _build_tool(members[0], name, description, several=False)}, allow_text)
        tools: dict[str, ResultTool] = {}
        for number, member in enumerate(members, 1):
            tool_name = f"{name}_{member.__name__}"
            while tool_name in tools:
                tool_name = f"{tool_name}_{number}"
            tools[tool_name] = _build_tool(member, tool_name, description, several=True)
        return cls(tools, allow_text)

    def definitions(self) -> list[ToolDefinition]:
        """The tools as a model is told about them."""
        return [tool.tool_def for tool in self.tools.values()]

    def from_text(self, text: str) -> Any:
        """The result in a text: the text itself, or, where JSON by a schema is wanted, the value that it holds.

        Some models write what they should call a tool with, as they cannot call any.

        Raises:
            RetryError: there is none; the part says what to do instead.
        """
        if self.allow_text:
            return text
        tool = next(iter(self.tools.values()))
        if len(self.tools) > 1 or not (isinstance(tool.member, type) and issubclass(tool.member, JsonType)):
            told = "Plain text responses are not permitted, please call one of the functions instead."
            raise RetryError(RetryPromptPart(told))
        try:
            return tool.member.find_in(text)
        except ModelRetry as error:
            raise RetryError(RetryPromptPart(error.message)) from error

    def calls(self, parts: Iterable[ModelResponsePart]) -> list[tuple[ToolCallPart, ResultTool]]:
        """The calls of result tools among a response's parts, in order."""
        return [
            (part, self.tools[part.tool_name])
            for part in parts
            if isinstance(part, ToolCallPart) and part.tool_name in self.tools
        ]


def union_members(given: Any) -> tuple[Any, ...]:
    """The members of a union, however it is spelt; () for anything else."""
    if isinstance(given, TypeAliasType) or type(given).__name__ == "TypeAliasType":  # `type X = ...` of Python 3.12
        return union_members(given.__value__)
    return get_args(given) if get_origin(given) in (Union, UnionType) else ()


def _build_tool(member: Any, name: str, description: str | None, *, several: bool) -> ResultTool:
    adapter, schema, key = _arguments(member)
    own = schema.pop("description", None)
    if own:
        text = f"{description}. {own}" if description else own
    else:
        text = description or DESCRIPTION
        if several:
            text = f"{member.__name__}: {text}"
    return ResultTool(ToolDefinition(name, text, schema, key), member, adapter)


def _arguments(member: Any) -> tuple[pydantic.TypeAdapter[Any], ObjectJsonSchema, str | None]:
    """What checks the arguments of a result tool, their schema, and the one that holds the value if they are not it."""
    given = member if isinstance(member, type) and issubclass(member, JsonType) else None
    if given is not None and given.key is None:
        return pydantic.TypeAdapter(given), dict(given.sent), None
    if is_model_like(member):
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(member)
        return adapter, object_schema(adapter.json_schema()), None
    response_data_typed_dict: Any = TypedDict("response_data_typed_dict", {"response": member})  # named in errors
    adapter = pydantic.TypeAdapter(response_data_typed_dict)
    schema = dict(given.sent) if given is not None else object_schema(adapter.json_schema())
    schema.pop("title", None)
    return adapter, schema, "response"
