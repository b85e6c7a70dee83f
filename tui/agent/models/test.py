"""A model for tests: it calls the tools with made-up arguments, then returns a result that fits. No network.

Everything it does follows from the request and a seed, so a test knows beforehand what it will get.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import pydantic_core
from typing_extensions import override

from tui.agent.definitions import ToolDefinition
from tui.agent.exceptions import UserError
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.function import count_words, estimate_usage
from tui.agent.models.schema_values import ValueGenerator
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

__all__ = ["TestModel", "TestStreamedResponse"]


@dataclass
class TestModel(Model):
    """Calls tools once, retries what it is told to retry, then gives a result.

    Attributes:
        call_tools: names of the tools to call, or "all".
        custom_result_text: the result, as text.
        custom_result_args: the result, as arguments of a result tool.
        seed: chooses among the values and result tools that would do.
        last_model_request_parameters: those of the last request, for a test to look at.
    """

    __test__: ClassVar[bool] = False  # pytest would collect the class for its name

    call_tools: list[str] | Literal["all"] = "all"
    custom_result_text: str | None = None
    custom_result_args: Any | None = None
    seed: int = 0
    last_model_request_parameters: ModelRequestParameters | None = field(default=None, init=False)
    _model_name: str = field(default="test", repr=False)
    _system: str = field(default="test", repr=False)

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        self.last_model_request_parameters = model_request_parameters
        response = self._respond(messages, model_request_parameters)
        return response, estimate_usage([*messages, response])

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """The answer word by word, without a pause."""
        self.last_model_request_parameters = model_request_parameters
        response = self._respond(messages, model_request_parameters)
        stream = TestStreamedResponse(self._model_name, response, estimate_usage(messages))
        try:
            yield stream
        finally:
            await stream.aclose()

    @property
    @override
    def model_name(self) -> str:
        return self._model_name

    @property
    @override
    def system(self) -> str:
        return self._system

    def gen_tool_args(self, tool_def: ToolDefinition) -> Any:
        """Arguments that fit a tool's schema."""
        return ValueGenerator(tool_def.parameters_json_schema, self.seed).generate()

    def _respond(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
        self._check(parameters)
        parts = self._calls(messages, parameters) or self._retries(messages, parameters)
        return ModelResponse(parts or [self._result(messages, parameters)], self._model_name)

    def _check(self, parameters: ModelRequestParameters) -> None:
        """A result that the agent does not take is a mistake of the test, to be told before any tool has run."""
        if self.custom_result_text is not None and not parameters.allow_text_result:
            raise AssertionError("Plain response not allowed, but `custom_result_text` is set.")
        if self.custom_result_args is not None and not parameters.result_tools:
            raise AssertionError("There is no result tool, but `custom_result_args` is set.")

    def _calls(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> list[ModelResponsePart]:
        """Calls of the tools, if there has been no answer yet in the whole history."""
        if any(isinstance(message, ModelResponse) for message in messages):
            return []
        tools = {tool.name: tool for tool in parameters.function_tools}
        names = tools if self.call_tools == "all" else self.call_tools
        unknown = [name for name in names if name not in tools]
        if unknown:
            raise UserError(f"`call_tools` names tools that the agent does not have: {', '.join(unknown)}")
        return [ToolCallPart(name, self.gen_tool_args(tools[name])) for name in names]

    def _retries(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> list[ModelResponsePart]:
        """Calls of the tools that the last request wants to be called again."""
        last = messages[-1] if messages else None
        if not isinstance(last, ModelRequest):
            return []
        named = {part.tool_name for part in last.parts if isinstance(part, RetryPromptPart)}
        function_tools = [tool for tool in parameters.function_tools if tool.name in named]
        result_tools = [tool for tool in parameters.result_tools if tool.name in named]
        return [
            *(ToolCallPart(tool.name, self.gen_tool_args(tool)) for tool in function_tools),
            *(ToolCallPart(tool.name, self._result_args(tool)) for tool in result_tools),
        ]

    def _result(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> ModelResponsePart:
        result_tools = parameters.result_tools
        if self.custom_result_text is not None:
            return TextPart(self.custom_result_text)
        if result_tools and (self.custom_result_args is not None or not parameters.allow_text_result):
            tool = result_tools[self.seed % len(result_tools) if self.custom_result_args is None else 0]
            return ToolCallPart(tool.name, self._result_args(tool))
        returns = {
            part.tool_name: part.content
            for message in messages
            if isinstance(message, ModelRequest)
            for part in message.parts
            if isinstance(part, ToolReturnPart)
        }
        return TextPart(pydantic_core.to_json(returns).decode() if returns else "success (no tool calls)")

    def _result_args(self, tool: ToolDefinition) -> dict[str, Any]:
        if self.custom_result_args is None:
            generated: dict[str, Any] = self.gen_tool_args(tool)
            return generated
        key = tool.outer_typed_dict_key
        return {key: self.custom_result_args} if key else self.custom_result_args


@dataclass
class TestStreamedResponse(StreamedResponse):
    """The answer of a `TestModel`, word by word."""

    __test__: ClassVar[bool] = False
    reports_usage: ClassVar[bool] = False

    _model_name: str
    _response: ModelResponse
    _estimated: Usage
    _timestamp: datetime = field(default_factory=lambda: datetime.now(tz=UTC), init=False)

    def __post_init__(self) -> None:
        self._usage = self._estimated

    @override
    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for index, part in enumerate(self._response.parts):
            if isinstance(part, ToolCallPart):
                yield self._parts_manager.handle_tool_call_part(
                    vendor_part_id=index, tool_name=part.tool_name, args=part.args, tool_call_id=part.tool_call_id
                )
            elif isinstance(part, TextPart):
                yield self._parts_manager.handle_text_delta(vendor_part_id=index, content="")
                for word in _words(part.content):
                    self._usage += Usage(response_tokens=count_words(word), total_tokens=count_words(word))
                    yield self._parts_manager.handle_text_delta(vendor_part_id=index, content=word)

    @property
    @override
    def model_name(self) -> str:
        return self._model_name

    @property
    @override
    def timestamp(self) -> datetime:
        return self._timestamp


def _words(text: str) -> Iterator[str]:
    """A text in pieces: words with the blank after them, or the halves of a single word."""
    *words, last = text.split(" ")
    if not words and len(last) > 2:
        middle = len(last) // 2
        yield last[:middle]
        last = last[middle:]
    yield from (f"{word} " for word in words)
    yield last
