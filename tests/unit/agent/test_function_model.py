"""A function in a model's place: what scripted tests see must be what a real model's adapter would give."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from tests.support.engine import AnyTime
from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UnknownPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.function import (
    AgentInfo,
    DeltaThinkingCalls,
    DeltaThinkingPart,
    DeltaToolCall,
    DeltaToolCalls,
    FunctionModel,
    count_words,
    estimate_usage,
)
from tui.agent.tools import ToolDefinition
from tui.agent.usage import Usage

NOTHING = ModelRequestParameters([], True, [])
HI: list[ModelMessage] = [ModelRequest([UserPromptPart("Hi there")])]

Item = str | DeltaToolCalls | DeltaThinkingCalls


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return ModelResponse([TextPart("a b")], model_name="mine")


async def words(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
    yield "x"


def _script(*items: Item, closed: list[bool] | None = None) -> FunctionModel:
    async def script(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Item]:
        try:
            for item in items:
                yield item
        finally:
            if closed is not None:
                closed.append(True)

    return FunctionModel(stream_function=script)


def test_the_name_is_made_of_the_functions_names() -> None:
    assert FunctionModel(answer).model_name == "function:answer:"
    assert FunctionModel(stream_function=words).model_name == "function::words"
    assert FunctionModel(answer, stream_function=words).model_name == "function:answer:words"
    assert FunctionModel(answer, model_name="mine").model_name == "mine"
    assert FunctionModel(answer).system == "function"
    assert "model_name" not in repr(FunctionModel(answer))


def test_a_model_of_nothing_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        FunctionModel()
    assert str(caught.value) == "Either `function` or `stream_function` must be provided"


async def test_each_way_of_asking_needs_its_function() -> None:
    with pytest.raises(AssertionError) as caught:
        await FunctionModel(stream_function=words).request(HI, None, NOTHING)
    assert str(caught.value) == "FunctionModel must receive a `function` to support non-streamed requests"
    with pytest.raises(AssertionError) as caught:
        async with FunctionModel(answer).request_stream(HI, None, NOTHING):
            pass
    assert str(caught.value) == "FunctionModel must receive a `stream_function` to support streamed requests"


async def test_the_response_gets_the_models_name_and_an_estimate() -> None:
    response, usage = await FunctionModel(answer).request(HI, None, NOTHING)
    assert response == ModelResponse([TextPart("a b")], "function:answer:", AnyTime())
    assert usage == Usage(request_tokens=52, response_tokens=2, total_tokens=54)
    assert (response.usage, response.finish_reason, response.provider_name) == (None, None, None)


async def test_the_function_sees_messages_tools_and_settings_and_may_be_asynchronous() -> None:
    seen: list[Any] = []

    async def look(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.extend([messages, info])
        return ModelResponse([])

    tool, result = ToolDefinition("t", "", {}), ToolDefinition("r", "", {})
    await FunctionModel(look).request(HI, {"seed": 1}, ModelRequestParameters([tool], False, [result]))
    assert seen == [HI, AgentInfo([tool], False, [result], {"seed": 1})]


async def test_text_and_calls_may_be_mixed_in_one_stream() -> None:
    model = _script(
        "hello ",
        {0: DeltaToolCall("t")},
        {0: DeltaToolCall(json_args='{"a')},
        {0: DeltaToolCall(json_args='":1}', tool_call_id="i"), 1: DeltaToolCall("u", "{}")},
        "w x",
        "",
    )
    async with model.request_stream(HI, None, NOTHING) as stream:
        assert stream.usage() == Usage(request_tokens=50, response_tokens=0, total_tokens=50)
        seen = [(event, stream.usage().response_tokens) async for event in stream]
        assert seen == [
            (PartStartEvent(0, TextPart("hello ")), 1),
            (PartStartEvent(1, ToolCallPart("t", '{"a')), 3),
            (PartDeltaEvent(1, ToolCallPartDelta(None, '":1}', "i")), 5),
            (PartStartEvent(2, ToolCallPart("u", "{}")), 6),
            (PartDeltaEvent(0, TextPartDelta("w x")), 8),
            (PartDeltaEvent(0, TextPartDelta("")), 8),
        ]
        assert stream.get() == ModelResponse(
            [TextPart("hello w x"), ToolCallPart("t", '{"a":1}', "i"), ToolCallPart("u", "{}")],
            "function::script",
            AnyTime(),
        )
        assert stream.usage() == Usage(request_tokens=50, response_tokens=8, total_tokens=58)
        assert stream.get().usage is None


async def test_a_model_may_think() -> None:
    model = _script({0: DeltaThinkingPart("Hm")}, {0: DeltaThinkingPart(signature="s")}, "Yes.")
    async with model.request_stream(HI, None, NOTHING) as stream:
        assert [event async for event in stream] == [
            PartStartEvent(0, ThinkingPart("Hm")),
            PartDeltaEvent(0, ThinkingPartDelta(None, "s")),
            PartStartEvent(1, TextPart("Yes.")),
        ]
        assert stream.get().parts == [ThinkingPart("Hm", signature="s"), TextPart("Yes.")]


async def test_a_stream_of_nothing_is_refused_on_entering() -> None:
    with pytest.raises(ValueError) as caught:
        async with _script().request_stream(HI, None, NOTHING):
            pass
    assert str(caught.value) == "Stream function must return at least one item"


async def test_a_stream_of_an_empty_item_has_no_parts() -> None:
    async with _script({}).request_stream(HI, None, NOTHING) as stream:
        assert [event async for event in stream] == []
        assert stream.get().parts == []


async def test_a_stream_may_be_any_asynchronous_iterator() -> None:
    class Once:
        items: ClassVar[list[str]] = ["a", "b"]

        def __aiter__(self) -> "Once":
            return self

        async def __anext__(self) -> str:
            if not self.items:
                raise StopAsyncIteration
            return self.items.pop(0)

    model = FunctionModel(stream_function=lambda messages, info: Once())
    async with model.request_stream(HI, None, NOTHING) as stream:
        assert len([event async for event in stream]) == 2
        assert stream.get().parts == [TextPart("ab")]


@pytest.mark.parametrize("read", [0, 1, 2])
async def test_leaving_early_closes_the_function(read: int) -> None:
    closed: list[bool] = []
    async with _script("a", "b", "c", closed=closed).request_stream(HI, None, NOTHING) as stream:
        events = aiter(stream)
        for _ in range(read):
            await anext(events)
        assert closed == []
    assert closed == [True]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("a b", 2),
        (" a  b ", 2),
        ("a.", 2),
        ('a,b:c.d"e', 5),
        ('hello "world", x', 3),
        ("a-b", 1),
        ("\n", 1),
        (["a b", "c"], 3),
        ([ImageUrl("a b"), AudioUrl("a b"), "c"], 1),
        ([BinaryContent(b"12345", "image/png")], 5),
        ([UnknownPart({"kind": "video-url"})], 0),
        ([], 0),
    ],
)
def test_words_are_what_stands_between_blanks_and_punctuation(text: Any, count: int) -> None:
    assert count_words(text) == count


@pytest.mark.parametrize(
    ("message", "sent", "generated"),
    [
        (ModelRequest([UserPromptPart("a b"), SystemPromptPart("c")]), 53, 0),
        (ModelRequest([ToolReturnPart("tool name", {"x": "y", "z": 1})]), 55, 0),
        (ModelRequest([RetryPromptPart("x y", "z")]), 59, 0),
        (ModelRequest([UnknownPart({"part_kind": "other"})]), 50, 0),
        (ModelResponse([TextPart("a b"), ThinkingPart("c")]), 50, 3),
        (ModelResponse([ToolCallPart("t", {"a": 1})]), 50, 4),
        (ModelResponse([ToolCallPart("t", "{}"), UnknownPart({"part_kind": "other"})]), 50, 2),
    ],
)
def test_the_estimate_counts_the_words_of_both_sides(message: ModelMessage, sent: int, generated: int) -> None:
    assert estimate_usage([message]) == Usage(
        request_tokens=sent, response_tokens=generated, total_tokens=sent + generated
    )
