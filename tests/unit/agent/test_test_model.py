"""The test model: programs compare what it gives literally, so every value here is a promise."""

from typing import Any

import pytest

from tests.support.engine import AnyTime
from tui.agent.exceptions import UserError
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    RetryPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.test import TestModel, TestStreamedResponse
from tui.agent.tools import ToolDefinition
from tui.agent.usage import Usage

HI: list[ModelMessage] = [ModelRequest([UserPromptPart("Hi")])]


def _tool(name: str, properties: dict[str, Any], outer: str | None = None) -> ToolDefinition:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return ToolDefinition(name, "", schema, outer)


A = _tool("a", {"x": {"type": "integer"}})
B = _tool("b", {"y": {"type": "string"}})
NUMBER = _tool("final_result", {"response": {"type": "integer"}}, "response")
MODEL = _tool("final_result_M", {"m": {"type": "string"}})


async def _ask(
    model: TestModel,
    messages: list[ModelMessage] = HI,
    tools: list[ToolDefinition] | None = None,
    text: bool = True,
    results: list[ToolDefinition] | None = None,
) -> list[Any]:
    response, _ = await model.request(messages, None, ModelRequestParameters(tools or [], text, results or []))
    return response.parts


def test_pytest_does_not_take_it_for_a_test() -> None:
    assert TestModel.__test__ is False
    assert TestStreamedResponse.__test__ is False


def test_its_fields_are_those_of_0_0_40() -> None:
    assert repr(TestModel()) == (
        "TestModel(call_tools='all', custom_result_text=None, custom_result_args=None, seed=0,"
        " last_model_request_parameters=None)"
    )
    assert TestModel(["a"], "text", {"a": 1}, 3) == TestModel(
        call_tools=["a"], custom_result_text="text", custom_result_args={"a": 1}, seed=3
    )
    assert (TestModel().model_name, TestModel().system, TestModel().base_url) == ("test", "test", None)


async def test_without_tools_it_succeeds() -> None:
    response, usage = await TestModel().request(HI, None, ModelRequestParameters([], True, []))
    assert response == ModelResponse([TextPart("success (no tool calls)")], "test", AnyTime())
    assert usage == Usage(request_tokens=51, response_tokens=4, total_tokens=55)
    assert (response.usage, response.finish_reason) == (None, None)


async def test_it_answers_even_a_history_that_ends_with_an_answer() -> None:
    assert await _ask(TestModel(), [*HI, ModelResponse([TextPart("x")])], [A]) == [TextPart("success (no tool calls)")]


async def test_it_remembers_what_it_was_asked_with() -> None:
    model, parameters = TestModel(), ModelRequestParameters([A], True, [])
    await model.request(HI, None, parameters)
    assert model.last_model_request_parameters is parameters


async def test_it_calls_all_tools_first() -> None:
    assert await _ask(TestModel(), tools=[A, B]) == [ToolCallPart("a", {"x": 0}), ToolCallPart("b", {"y": "a"})]
    assert await _ask(TestModel(seed=1), tools=[A, B]) == [ToolCallPart("a", {"x": 1}), ToolCallPart("b", {"y": "b"})]
    assert await _ask(TestModel(custom_result_text="x"), tools=[A]) == [ToolCallPart("a", {"x": 0})]


async def test_it_calls_those_tools_that_it_should() -> None:
    assert await _ask(TestModel(call_tools=["b"]), tools=[A, B]) == [ToolCallPart("b", {"y": "a"})]
    assert await _ask(TestModel(call_tools=[]), tools=[A, B]) == [TextPart("success (no tool calls)")]
    with pytest.raises(UserError, match=r"^`call_tools` names tools that the agent does not have: c$"):
        await _ask(TestModel(call_tools=["c"]), tools=[A, B])


async def test_after_any_answer_in_the_history_it_calls_no_tools() -> None:
    history = [*HI, ModelResponse([TextPart("earlier")]), *HI]
    assert await _ask(TestModel(), history, [A]) == [TextPart("success (no tool calls)")]


async def test_what_the_tools_returned_is_the_result() -> None:
    history: list[ModelMessage] = [
        *HI,
        ModelResponse([ToolCallPart("a", {"x": 0}), ToolCallPart("b", {})]),
        ModelRequest([ToolReturnPart("a", 1), ToolReturnPart("b", {"q": [1]})]),
    ]
    assert await _ask(TestModel(), history, [A, B]) == [TextPart('{"a":1,"b":{"q":[1]}}')]
    assert await _ask(TestModel(custom_result_text="mine"), history, [A, B]) == [TextPart("mine")]
    later = [*history, ModelResponse([TextPart("done")]), *HI]
    assert await _ask(TestModel(), later, [A, B]) == [TextPart('{"a":1,"b":{"q":[1]}}')]


async def test_it_retries_what_it_is_told_to_retry() -> None:
    history: list[ModelMessage] = [
        *HI,
        ModelResponse([ToolCallPart("a", {"x": 0}), ToolCallPart("b", {})]),
        ModelRequest([RetryPromptPart("no", "a"), ToolReturnPart("b", 1)]),
    ]
    assert await _ask(TestModel(), history, [A, B]) == [ToolCallPart("a", {"x": 0})]


async def test_it_retries_a_result_too() -> None:
    history: list[ModelMessage] = [
        *HI,
        ModelResponse([ToolCallPart("final_result", {})]),
        ModelRequest([RetryPromptPart("no", "final_result")]),
    ]
    assert await _ask(TestModel(), history, [A], False, [NUMBER]) == [ToolCallPart("final_result", {"response": 0})]
    custom = TestModel(custom_result_args=5)
    assert await _ask(custom, history, [A], False, [NUMBER]) == [ToolCallPart("final_result", {"response": 5})]


async def test_a_text_that_was_refused_is_given_again() -> None:
    history: list[ModelMessage] = [*HI, ModelResponse([TextPart("x")]), ModelRequest([RetryPromptPart("no")])]
    assert await _ask(TestModel(custom_result_text="x"), history, [A]) == [TextPart("x")]


@pytest.mark.parametrize(
    ("model", "text", "part"),
    [
        (TestModel(), False, ToolCallPart("final_result", {"response": 0})),
        (TestModel(), True, TextPart("success (no tool calls)")),
        (TestModel(seed=1), False, ToolCallPart("final_result_M", {"m": "b"})),
        (TestModel(seed=2), False, ToolCallPart("final_result", {"response": 2})),
        (TestModel(custom_result_args=3), False, ToolCallPart("final_result", {"response": 3})),
        (TestModel(custom_result_args=3), True, ToolCallPart("final_result", {"response": 3})),
        (TestModel(custom_result_text="x"), True, TextPart("x")),
    ],
)
async def test_the_result_is_a_text_or_one_of_the_result_tools(model: TestModel, text: bool, part: Any) -> None:
    assert await _ask(model, text=text, results=[NUMBER, MODEL]) == [part]


async def test_arguments_for_a_tool_without_a_wrapper_are_given_as_they_are() -> None:
    custom = TestModel(custom_result_args={"m": "x"})
    assert await _ask(custom, text=False, results=[MODEL]) == [ToolCallPart("final_result_M", {"m": "x"})]


async def test_a_result_that_the_agent_does_not_take_is_the_tests_mistake() -> None:
    with pytest.raises(AssertionError) as caught:
        await _ask(TestModel(custom_result_text="x"), tools=[A], text=False, results=[NUMBER])
    assert str(caught.value) == "Plain response not allowed, but `custom_result_text` is set."
    with pytest.raises(AssertionError) as caught:
        await _ask(TestModel(custom_result_args=1))
    assert str(caught.value) == "There is no result tool, but `custom_result_args` is set."


# Streams


@pytest.mark.parametrize(
    ("text", "words", "counts"),
    [
        ("hello world foo", ["hello ", "world ", "foo"], [1, 2, 3]),
        ("", [""], [0]),
        ("a", ["a"], [1]),
        ("ab", ["ab"], [1]),
        ("abc", ["a", "bc"], [1, 2]),
        ("hello", ["he", "llo"], [1, 2]),
        (" lead", [" ", "lead"], [1, 2]),
        ("trail ", ["trail ", ""], [1, 1]),
    ],
)
async def test_text_comes_word_by_word(text: str, words: list[str], counts: list[int]) -> None:
    model = TestModel(custom_result_text=text)
    async with model.request_stream(HI, None, ModelRequestParameters([], True, [])) as stream:
        assert stream.usage() == Usage(request_tokens=51, response_tokens=0, total_tokens=51)
        assert stream.get().parts == []
        events = [(event, stream.usage().response_tokens) async for event in stream]
        assert events == [
            (PartStartEvent(0, TextPart("")), 0),
            *((PartDeltaEvent(0, TextPartDelta(word)), count) for word, count in zip(words, counts, strict=True)),
        ]
        assert stream.get() == ModelResponse([TextPart(text)], "test", AnyTime())
        assert stream.usage() == Usage(request_tokens=51, response_tokens=counts[-1], total_tokens=51 + counts[-1])
        assert stream.get().usage is None


async def test_a_call_comes_as_a_whole_and_counts_nothing() -> None:
    async with TestModel().request_stream(HI, None, ModelRequestParameters([A, B], True, [])) as stream:
        assert [event async for event in stream] == [
            PartStartEvent(0, ToolCallPart("a", {"x": 0})),
            PartStartEvent(1, ToolCallPart("b", {"y": "a"})),
        ]
        assert stream.usage() == Usage(request_tokens=51, response_tokens=0, total_tokens=51)


async def test_a_streams_usage_starts_with_the_whole_history() -> None:
    history = [*HI, ModelResponse([TextPart("a b")]), *HI]
    async with TestModel().request_stream(history, None, ModelRequestParameters([], True, [])) as stream:
        assert stream.usage() == Usage(request_tokens=52, response_tokens=2, total_tokens=54)


# Made-up values


def _made(schema: dict[str, Any], seed: int = 0, **definitions: Any) -> Any:
    tool = ToolDefinition(
        "t", "", {"type": "object", "properties": {"v": schema}, "required": ["v"], "$defs": definitions}
    )
    return TestModel(seed=seed).gen_tool_args(tool)["v"]


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "integer"}, [0, 1, 2]),
        ({"type": "number"}, [0.0, 1.0, 2.0]),
        ({"type": "boolean"}, [False, True, False]),
        ({"type": "null"}, [None, None, None]),
        ({"type": "string"}, ["a", "b", "c"]),
        ({}, ["a", "b", "c"]),
        ({"const": 5, "enum": [1]}, [5, 5, 5]),
        ({"const": None}, [None, None, None]),
        ({"enum": ["x", "y"], "examples": ["z"]}, ["x", "y", "x"]),
        ({"type": "string", "examples": ["q", "r"]}, ["q", "r", "q"]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["a", 1, "c"]),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, [0, None, 2]),
        ({"type": ["string", "null"]}, ["a", None, "c"]),
        ({"type": "integer", "minimum": 5}, [5, 6, 7]),
        ({"type": "integer", "maximum": 5}, [5, 4, 3]),
        ({"type": "integer", "minimum": 2, "maximum": 4}, [2, 3, 2]),
        ({"type": "integer", "minimum": 5, "maximum": 5}, [5, 5, 5]),
        ({"type": "integer", "exclusiveMinimum": 2}, [3, 4, 5]),
        ({"type": "integer", "exclusiveMaximum": -2}, [-3, -4, -5]),
        ({"type": "integer", "exclusiveMinimum": 2, "maximum": 5}, [3, 4, 3]),
        ({"type": "number", "minimum": 5.5}, [5.5, 6.5, 7.5]),
        ({"type": "string", "minLength": 3}, ["aaa", "bbb", "ccc"]),
        ({"type": "string", "maxLength": 0}, ["", "", ""]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["aa", "bb", "cc"]),
        ({"type": "string", "format": "date"}, ["2024-01-01", "2024-01-02", "2024-01-03"]),
        ({"type": "string", "format": "time"}, ["00:00:00", "00:00:00", "00:00:00"]),
        ({"type": "string", "format": "email"}, ["a", "b", "c"]),
        ({"type": "array"}, [[], [], []]),
        ({"type": "array", "items": {"type": "integer"}}, [[0], [1], [2]]),
        ({"type": "array", "items": True}, [["a"], ["b"], ["c"]]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, [[], [], []]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [[0, 0], [1, 1], [2, 2]]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [[0, 1], [1, 2], [2, 3]]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {}]}, [[0, "a"], [1, "b"], [2, "c"]]),
        ({"type": "array", "prefixItems": [{}], "items": {"type": "integer"}}, [["a", 0], ["b", 1], ["c", 2]]),
        ({"type": "object"}, [{}, {}, {}]),
        ({"type": "object", "properties": {"x": {}}}, [{}, {}, {}]),
        ({"type": "object", "additionalProperties": {"type": "integer"}},
         [{"additionalProperty": 0}, {"additionalProperty": 1}, {"additionalProperty": 2}]),
        ({"type": "object", "additionalProperties": True},
         [{"additionalProperty": "a"}, {"additionalProperty": "b"}, {"additionalProperty": "c"}]),
        ({"$ref": "#/$defs/X"}, [{"k": 0}, {"k": 1}, {"k": 2}]),
    ],
)  # fmt: skip
def test_a_value_follows_from_schema_and_seed(schema: dict[str, Any], values: list[Any]) -> None:
    definition = {"type": "object", "properties": {"k": {"type": "integer"}}, "required": ["k"]}
    assert [_made(schema, seed, X=definition) for seed in range(3)] == values


def test_moments_and_uuids_are_valid_ones() -> None:
    assert _made({"type": "string", "format": "date-time"}) == "2024-01-01T00:00:00+00:00"
    assert _made({"type": "string", "format": "uuid"}, 10) == "00000000-0000-4000-8000-00000000000a"


def test_a_key_that_is_taken_gets_a_sign_more() -> None:
    schema = {
        "type": "object",
        "properties": {"additionalProperty": {"type": "integer"}},
        "required": ["additionalProperty"],
        "additionalProperties": {"type": "string"},
    }
    assert _made(schema) == {"additionalProperty": 0, "additionalProperty_": "a"}


@pytest.mark.parametrize(
    ("seed", "text"),
    [(0, "a"), (25, "z"), (26, "A"), (52, "0"), (62, "!"), (93, "~"), (94, "aa"), (95, "ab"), (100, "ag"),
     (1000, "j8"), (8836, "~aa"), (10000, "laK")],
)  # fmt: skip
def test_texts_count_through_letters_digits_and_punctuation(seed: int, text: str) -> None:
    assert _made({"type": "string"}, seed) == text


def test_unique_items_move_the_seed_for_everything_after_them() -> None:
    unique = {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 3}
    tool = _tool("t", {"before": {"type": "integer"}, "unique": unique, "after": {"type": "integer"}})
    assert TestModel().gen_tool_args(tool) == {"before": 0, "unique": [0, 1, 2], "after": 3}


def test_a_recursive_schema_comes_to_an_end() -> None:
    node = {
        "type": "object",
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/$defs/N"}},
            "next": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]},
        },
        "required": ["children", "next"],
    }
    value = _made({"$ref": "#/$defs/N"}, 0, N=node)
    depth = 0
    while value:
        value = value["next"]
        depth += 1
    assert 1 < depth < 10


def test_a_type_that_is_none_is_refused() -> None:
    with pytest.raises(NotImplementedError, match=r"^TestModel knows no values of the type 'zzz'$"):
        _made({"type": "zzz"})
