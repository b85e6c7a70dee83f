"""A model that is a function of the program: scripts an answer for tests, or puts anything else in a model's place.

No network. Token counts are words, as good as a test needs them.
"""

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, TypeAlias

from typing_extensions import override

from tui.agent.definitions import ToolDefinition
from tui.agent.functions import call_function, function_name
from tui.agent.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

__all__ = [
    "AgentInfo",
    "DeltaThinkingCalls",
    "DeltaThinkingPart",
    "DeltaToolCall",
    "DeltaToolCalls",
    "FunctionDef",
    "FunctionModel",
    "FunctionStreamedResponse",
    "StreamFunctionDef",
    "count_words",
    "estimate_usage",
]


@dataclass(frozen=True)
class AgentInfo:
    """What the function learns about the request beside the messages.

    Attributes:
        function_tools: tools that it may call.
        allow_text_result: whether text is a result.
        result_tools: tools whose call is the result.
        model_settings: as given to the agent and the run.
    """

    function_tools: list[ToolDefinition]
    allow_text_result: bool
    result_tools: list[ToolDefinition]
    model_settings: ModelSettings | None


@dataclass
class DeltaToolCall:
    """A piece of a tool call; the pieces of one index make one call.

    Attributes:
        name: appended to the tool's name.
        json_args: appended to the arguments.
        tool_call_id: the call's id, in any one of the pieces.
    """

    name: str | None = None
    json_args: str | None = None
    tool_call_id: str | None = None


@dataclass
class DeltaThinkingPart:
    """A piece of the model's thoughts; the pieces of one index make one part. 0.0.40 has no such thing."""

    content: str | None = None
    signature: str | None = None


DeltaToolCalls: TypeAlias = dict[int, DeltaToolCall]
"""Pieces of tool calls by the index of their call."""

DeltaThinkingCalls: TypeAlias = dict[int, DeltaThinkingPart]
"""Pieces of thoughts by the index of their part."""

FunctionDef: TypeAlias = Callable[[list[ModelMessage], AgentInfo], ModelResponse | Awaitable[ModelResponse]]
"""Answers as a whole; asynchronous, or run in a thread."""

StreamFunctionDef: TypeAlias = Callable[
    [list[ModelMessage], AgentInfo], AsyncIterator[str | DeltaToolCalls | DeltaThinkingCalls]
]
"""Answers piece by piece; text and the rest may be mixed."""


@dataclass(init=False)
class FunctionModel(Model):
    """A model that asks a function, or two: one for whole answers, one for streams."""

    function: FunctionDef | None = None
    stream_function: StreamFunctionDef | None = None
    _model_name: str = field(default="", repr=False)
    _system: str = field(default="function", repr=False)

    def __init__(
        self,
        function: FunctionDef | None = None,
        *,
        stream_function: StreamFunctionDef | None = None,
        model_name: str | None = None,
    ) -> None:
        """Take one function or both.

        Args:
            function: answers `request`.
            stream_function: answers `request_stream`.
            model_name: None to make one of the functions' names.

        Raises:
            TypeError: neither is given.
        """
        if function is None and stream_function is None:
            raise TypeError("Either `function` or `stream_function` must be provided")
        self.function = function
        self.stream_function = stream_function
        self._model_name = model_name or f"function:{_name_of(function)}:{_name_of(stream_function)}"
        self._system = "function"

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        """Call `function`; the response gets this model's name."""
        if self.function is None:
            raise AssertionError("FunctionModel must receive a `function` to support non-streamed requests")
        info = _info(model_settings, model_request_parameters)
        response: ModelResponse = await call_function(self.function, messages, info)
        response.model_name = self._model_name
        return response, estimate_usage([*messages, response])

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Call `stream_function`, and wait for its first item: what it raises before that is raised on entering.

        Raises:
            ValueError: the function yields nothing.
        """
        if self.stream_function is None:
            raise AssertionError("FunctionModel must receive a `stream_function` to support streamed requests")
        stream = self.stream_function(messages, _info(model_settings, model_request_parameters))
        try:
            try:
                first = await anext(stream)
            except StopAsyncIteration as error:
                raise ValueError("Stream function must return at least one item") from error
            response = FunctionStreamedResponse(self._model_name, first, stream)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            if inspect.isasyncgen(stream):
                await stream.aclose()

    @property
    @override
    def model_name(self) -> str:
        """The given name, or "function:" and the names of the functions."""
        return self._model_name

    @property
    @override
    def system(self) -> str:
        return self._system


@dataclass
class FunctionStreamedResponse(StreamedResponse):
    """The answer of a `stream_function`."""

    reports_usage: ClassVar[bool] = False

    _model_name: str
    _first: str | DeltaToolCalls | DeltaThinkingCalls
    _rest: AsyncIterator[str | DeltaToolCalls | DeltaThinkingCalls]
    _timestamp: datetime = field(default_factory=lambda: datetime.now(tz=UTC))

    def __post_init__(self) -> None:
        self._usage = estimate_usage([])

    @override
    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for event in self._events(self._first):
            yield event
        async for item in self._rest:
            for event in self._events(item):
                yield event

    def _events(self, item: str | DeltaToolCalls | DeltaThinkingCalls) -> Iterable[ModelResponseStreamEvent]:
        if isinstance(item, str):
            self._count(item)
            yield self._parts_manager.handle_text_delta(vendor_part_id="content", content=item)
            return
        for index, delta in item.items():
            event = self._handle(index, delta)
            if event is not None:
                yield event

    def _handle(self, index: int, delta: DeltaToolCall | DeltaThinkingPart) -> ModelResponseStreamEvent | None:
        if isinstance(delta, DeltaThinkingPart):
            self._count(delta.content)
            return self._parts_manager.handle_thinking_delta(
                vendor_part_id=("thinking", index), content=delta.content, signature=delta.signature
            )
        self._count(delta.json_args)
        return self._parts_manager.handle_tool_call_delta(
            vendor_part_id=index, tool_name=delta.name, args=delta.json_args, tool_call_id=delta.tool_call_id
        )

    def _count(self, text: str | None) -> None:
        words = count_words(text or "")
        self._usage.response_tokens = (self._usage.response_tokens or 0) + words
        self._usage.total_tokens = (self._usage.total_tokens or 0) + words

    @property
    @override
    def model_name(self) -> str:
        return self._model_name

    @property
    @override
    def timestamp(self) -> datetime:
        return self._timestamp


_OVERHEAD = 50
"""Tokens that every request is said to cost before its first word."""

_BORDERS = re.compile(r'[\s",.:]+')


def count_words(content: str | Sequence[UserContent]) -> int:
    """Words of a text, or of a prompt of several items: bytes of a file count one each, an address nothing."""
    if isinstance(content, str):
        return len(_BORDERS.split(content.strip())) if content else 0
    return sum(_item_words(item) for item in content)


def estimate_usage(messages: Iterable[ModelMessage]) -> Usage:
    """Words of all requests and of all responses, as if they were tokens."""
    sent, generated = _OVERHEAD, 0
    for message in messages:
        if isinstance(message, ModelRequest):
            sent += sum(_request_words(part) for part in message.parts)
        else:
            generated += sum(_response_words(part) for part in message.parts)
    return Usage(request_tokens=sent, response_tokens=generated, total_tokens=sent + generated)


def _item_words(item: UserContent) -> int:
    if isinstance(item, str):
        return count_words(item)
    return len(item.data) if isinstance(item, BinaryContent) else 0


def _request_words(part: ModelRequestPart) -> int:
    match part:
        case SystemPromptPart() | UserPromptPart():
            return count_words(part.content)
        case ToolReturnPart():
            return count_words(part.model_response_str())
        case RetryPromptPart():
            return count_words(part.model_response())
        case _:
            return 0


def _response_words(part: ModelResponsePart) -> int:
    match part:
        case TextPart() | ThinkingPart():
            return count_words(part.content)
        case ToolCallPart():
            return 1 + count_words(part.args_as_json_str())
        case _:
            return 0


def _info(settings: ModelSettings | None, parameters: ModelRequestParameters) -> AgentInfo:
    return AgentInfo(parameters.function_tools, parameters.allow_text_result, parameters.result_tools, settings)


def _name_of(function: FunctionDef | StreamFunctionDef | None) -> str:
    return "" if function is None else function_name(function)
