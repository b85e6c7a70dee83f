"""What is sent of a history, and what is kept of a response that broke off."""

from tests.support.engine import AnyTime
from tui.agent._run.history import partial_response
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.fit import fit
from tui.agent.models.function import FunctionModel
from tui.agent.models.openai import OpenAIModel
from tui.agent.models.pairing import INTERRUPTED
from tui.agent.models.target import Target
from tui.agent.models.test import TestModel
from tui.agent.providers import VENDORS, Provider


def answer(name: str, call_id: str | None = None) -> ToolReturnPart:
    return ToolReturnPart(name, INTERRUPTED, call_id, AnyTime())


def test_a_sound_history_is_sent_as_it_is() -> None:
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart("a")]),
        ModelResponse([TextPart("b"), ToolCallPart("t", {}, "1"), ToolCallPart("t", {}, "2")]),
        ModelRequest([ToolReturnPart("t", 1, "1"), ToolReturnPart("t", 2, "2")]),
        ModelResponse([TextPart("c")]),
    ]
    sent = fit(history).messages
    assert all(one is other for one, other in zip(sent, history, strict=True))


def test_calls_at_the_end_and_between_responses_are_answered() -> None:
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart("a")]),
        ModelResponse([ToolCallPart("t", {}, "1")]),
        ModelResponse([ToolCallPart("u", {})]),
    ]
    assert fit(history).messages == [
        history[0],
        history[1],
        ModelRequest([answer("t", "1")]),
        history[2],
        ModelRequest([answer("u")]),
    ]


def test_two_calls_alike_need_two_answers() -> None:
    history: list[ModelMessage] = [
        ModelResponse([ToolCallPart("t", {}), ToolCallPart("t", {})]),
        ModelRequest([ToolReturnPart("t", 1, None, AnyTime())]),
    ]
    assert fit(history).messages[1] == ModelRequest([answer("t"), ToolReturnPart("t", 1, None, AnyTime())])


def test_a_result_without_an_id_answers_the_call_of_its_tool() -> None:
    history: list[ModelMessage] = [
        ModelResponse([ToolCallPart("t", {}, "1")]),
        ModelRequest([ToolReturnPart("t", 1, None, AnyTime())]),
    ]
    assert fit(history).messages == history


def test_the_prompt_about_an_unknown_tool_answers_its_call_for_every_model() -> None:
    history: list[ModelMessage] = [
        ModelResponse([TextPart("a"), ToolCallPart("nope", {}, "1")]),
        ModelRequest([RetryPromptPart("Unknown tool name", timestamp=AnyTime())]),
    ]
    answered = ModelRequest([RetryPromptPart("Unknown tool name", "nope", "1", AnyTime())])
    assert fit(history).messages == [history[0], answered]
    assert fit(history, Target("acme", "m")).messages == [history[0], answered]


def test_models_without_a_network_take_every_history_and_those_of_an_api_do_not() -> None:
    assert TestModel().target() is None
    assert FunctionModel(lambda messages, info: ModelResponse([])).target() is None
    assert OpenAIModel("gpt-4o", provider=Provider(VENDORS["openai"], api_key="k")).target() is not None


def test_empty_responses_and_lonely_thoughts_are_left_out() -> None:
    whole = ModelResponse([ThinkingPart("x")])
    history: list[ModelMessage] = [
        ModelResponse([]),
        ModelResponse([ThinkingPart("x")], state="interrupted"),
        ModelResponse([ThinkingPart("x", signature="s")], state="interrupted"),
        whole,
    ]
    assert fit(history).messages == [whole]


def test_of_a_response_that_broke_off_what_can_be_read_is_kept() -> None:
    response = ModelResponse(
        [ThinkingPart("done", signature="s"), TextPart(""), TextPart("half"), ToolCallPart("t", '{"x"')], "m"
    )
    partial = partial_response(response)
    assert partial is not None
    assert partial.parts == [ThinkingPart("done", signature="s"), TextPart("half")]
    assert (partial.state, partial.model_name, response.state) == ("interrupted", "m", None)


def test_of_a_response_without_a_word_nothing_is_kept() -> None:
    assert partial_response(ModelResponse([])) is None
    assert partial_response(ModelResponse([TextPart(""), ToolCallPart("t", {"x": 1})])) is None
    assert partial_response(ModelResponse([ThinkingPart("")])) is None
