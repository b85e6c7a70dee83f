"""What the models without a network answer, count and stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from tui.agent.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models import Model, ModelRequestParameters
from tui.agent.models.function import AgentInfo, DeltaToolCall, FunctionModel
from tui.agent.models.test import TestModel
from tui.agent.tools import ToolDefinition

Parameters = ModelRequestParameters


def tool(name: str, properties: dict[str, Any], outer: str | None = None) -> ToolDefinition:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return ToolDefinition(name, "", schema, outer)


A = tool("a", {"x": {"type": "integer"}})
B = tool("b", {"y": {"type": "string"}, "z": {"type": "array", "items": {"type": "number"}, "minItems": 2}})
NUMBER = tool("final_result", {"response": {"type": "integer"}}, "response")
MODEL = tool("final_result_M", {"m": {"type": "string"}})
HI: list[ModelMessage] = [ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("Hi there, you")])]
FILES: list[ModelMessage] = [
    ModelRequest([UserPromptPart(["Look", ImageUrl("a b"), BinaryContent(b"123", "image/png")])])
]
DONE: list[ModelMessage] = [
    *HI,
    ModelResponse([ToolCallPart("a", {"x": 0}), ToolCallPart("b", "{}")]),
    ModelRequest([ToolReturnPart("a", [1]), ToolReturnPart("b", {"q": "r"})]),
]
AGAIN: list[ModelMessage] = [
    *HI,
    ModelResponse([ToolCallPart("a", {"x": 0}), ToolCallPart("b", "{}")]),
    ModelRequest([RetryPromptPart("no", "a"), ToolReturnPart("b", 1)]),
]
AGAIN_RESULT: list[ModelMessage] = [
    *HI,
    ModelResponse([ToolCallPart("final_result", {})]),
    ModelRequest([RetryPromptPart("no", "final_result")]),
]

SCHEMAS: list[dict[str, Any]] = [
    {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}, {"type": "string"}, {},
    {"const": 5}, {"enum": ["x", "y"]}, {"examples": [1, 2, 3]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    {"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 5},
    {"type": "integer", "minimum": 2, "maximum": 4},
    {"type": "integer", "exclusiveMinimum": 2}, {"type": "integer", "exclusiveMaximum": -2},
    {"type": "number", "exclusiveMinimum": 2, "maximum": 5}, {"type": "number", "minimum": 1.5},
    {"type": "string", "minLength": 3}, {"type": "string", "maxLength": 0}, {"type": "string", "format": "date"},
    {"type": "array"}, {"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {}, "minItems": 2},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {}], "items": {"type": "boolean"}, "minItems": 4},
    {"type": "object", "additionalProperties": {"type": "integer"}}, {"type": "object", "additionalProperties": True},
    {"$ref": "#/$defs/X"},
]  # fmt: skip


def show(parts: Any) -> None:
    print("  ", json.dumps([[part.part_kind, getattr(part, "tool_name", None), getattr(part, "args", None),
                            getattr(part, "content", None)] for part in parts]))  # fmt: skip


async def ask(model: Model, messages: list[ModelMessage], parameters: ModelRequestParameters) -> None:
    try:
        response, usage = await model.request(messages, None, parameters)
        show(response.parts)
        print("  ", usage, response.model_name)
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print("  ", type(error).__name__, error)


async def stream(model: Model, messages: list[ModelMessage], parameters: ModelRequestParameters) -> None:
    try:
        async with model.request_stream(messages, None, parameters) as response:
            print("  ", response.usage(), response.model_name, response.get().parts)
            async for event in response:
                print("    ", event, response.usage().response_tokens)
            show(response.get().parts)
            print("  ", response.usage())
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print("  ", type(error).__name__, error)


async def test_models() -> None:
    models = [
        TestModel(),
        TestModel(seed=3),
        TestModel(call_tools=["b"]),
        TestModel(custom_result_text="a longer text"),
    ]
    for messages in (HI, FILES, DONE):
        for model in models:
            await ask(model, messages, Parameters([A, B], True, []))
            await stream(model, messages, Parameters([A, B], True, []))
    await ask(TestModel(), AGAIN, Parameters([A, B], True, []))
    await stream(TestModel(seed=3), AGAIN, Parameters([A, B], True, []))
    for model in (TestModel(), TestModel(seed=1), TestModel(seed=2), TestModel(custom_result_args=3)):
        for text in (True, False):
            await ask(model, HI, Parameters([], text, [NUMBER, MODEL]))
            await ask(model, AGAIN_RESULT, Parameters([A], text, [NUMBER]))
            await stream(model, HI, Parameters([], text, [NUMBER]))
    await ask(TestModel(custom_result_text="x"), HI, Parameters([A], False, [NUMBER]))
    await ask(TestModel(custom_result_args={"m": "x"}), HI, Parameters([], False, [MODEL]))
    for words in ("", "a", "ab", "abc", "hello", " lead", "trail ", "two\nlines here"):
        await stream(TestModel(custom_result_text=words), HI, Parameters([], True, []))


def values() -> None:
    inner = {"type": "object", "properties": {"k": {"type": "string"}}, "required": ["k"]}
    for schema in SCHEMAS:
        whole = {"type": "object", "properties": {"v": schema}, "required": ["v"], "$defs": {"X": inner}}
        definition = ToolDefinition("t", "", whole)
        print(
            schema, [TestModel(seed=seed).gen_tool_args(definition)["v"] for seed in (0, 1, 2, 30, 93, 94, 100, 10000)]
        )


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return ModelResponse([TextPart(f"{len(messages)} {info.allow_text_result}")], model_name="replaced")


async def pieces(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    yield "hello "
    yield {0: DeltaToolCall("t")}
    yield {0: DeltaToolCall(json_args='{"a')}
    yield {0: DeltaToolCall(json_args='":1}', tool_call_id="i"), 3: DeltaToolCall("u", '{"b":"x y"}')}
    yield "w x"
    yield ""


async def no_pieces(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    for piece in list[str]():
        yield piece


async def function_models() -> None:
    for model in (
        FunctionModel(answer),
        FunctionModel(stream_function=pieces),
        FunctionModel(answer, stream_function=no_pieces),
        FunctionModel(answer, model_name="mine"),
    ):
        print(model.model_name, model.system)
        await ask(model, HI, Parameters([A], False, []))
        await stream(model, HI, Parameters([A], False, []))
    try:
        FunctionModel()
    except TypeError as error:
        print(error)


async def main() -> None:
    await test_models()
    values()
    await function_models()


asyncio.run(main())
