"""Several models as one: a provider that is down must not end a chat while another could answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tui.agent.exceptions import FallbackExceptionGroup, ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelMessage, ModelResponse, PartStartEvent, TextPart
from tui.agent.models import Model, ModelRequestParameters
from tui.agent.models.fallback import FallbackModel
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.test import TestModel

NOTHING = ModelRequestParameters([], True, [])
DOWN = ModelHTTPError(500, "down")
UNREACHABLE = ModelAPIError("unreachable", "No route", kind="network")


def _failing(error: Exception, name: str = "failing") -> FunctionModel:
    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        raise error

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        raise error
        yield ""

    return FunctionModel(function, stream_function=stream, model_name=name)


def _answering(name: str = "answering") -> FunctionModel:
    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart("ok")])

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        yield "ok"

    return FunctionModel(function, stream_function=stream, model_name=name)


async def _streamed(model: Model) -> tuple[str | None, list[Any]]:
    async with model.request_stream([], None, NOTHING) as stream:
        events = [event async for event in stream]
        return stream.get().model_name, events


def test_the_name_tells_all_models() -> None:
    model = FallbackModel(_failing(DOWN, "a"), _answering("b"))
    assert (model.model_name, model.system, model.base_url) == ("fallback:a,b", "fallback:function,function", None)
    assert [inner.model_name for inner in model.models] == ["a", "b"]
    assert "_fallback_on" not in repr(model)


def test_names_are_inferred() -> None:
    assert [type(model) for model in FallbackModel("test", "test").models] == [TestModel, TestModel]


async def test_the_first_that_answers_wins() -> None:
    response, _ = await FallbackModel(_answering("a"), _failing(DOWN)).request([], None, NOTHING)
    assert response.model_name == "a"


@pytest.mark.parametrize("error", [DOWN, UNREACHABLE])
async def test_a_provider_that_fails_is_passed_over(error: Exception) -> None:
    model = FallbackModel(_failing(error), _answering("b"))
    response, usage = await model.request([], None, NOTHING)
    assert (response.parts, response.model_name) == ([TextPart("ok")], "b")
    assert usage.response_tokens == 1
    assert await _streamed(model) == ("b", [PartStartEvent(0, TextPart("ok"))])


async def test_when_all_fail_all_errors_are_told() -> None:
    model = FallbackModel(_failing(DOWN), _failing(UNREACHABLE))
    for ask in (lambda: model.request([], None, NOTHING), lambda: _streamed(model)):
        with pytest.raises(FallbackExceptionGroup) as caught:
            await ask()
        assert caught.value.message == "All models from FallbackModel failed"
        assert caught.value.exceptions == (DOWN, UNREACHABLE)


async def test_an_error_of_another_kind_is_not_swallowed() -> None:
    model = FallbackModel(_failing(LookupError("bug")), _answering())
    with pytest.raises(LookupError, match="bug"):
        await model.request([], None, NOTHING)
    with pytest.raises(LookupError, match="bug"):
        await _streamed(model)


async def test_the_program_can_say_which_errors_count() -> None:
    by_kind = FallbackModel(_failing(LookupError()), _answering("b"), fallback_on=(LookupError,))
    by_function = FallbackModel(
        _failing(LookupError("this")), _answering("b"), fallback_on=lambda error: str(error) == "this"
    )
    for model in (by_kind, by_function):
        response, _ = await model.request([], None, NOTHING)
        assert response.model_name == "b"
    with pytest.raises(ModelHTTPError):
        await FallbackModel(_failing(DOWN), _answering(), fallback_on=(LookupError,)).request([], None, NOTHING)


async def test_a_stream_that_breaks_off_later_is_not_begun_again() -> None:
    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        yield "begun"
        raise DOWN

    model = FallbackModel(FunctionModel(stream_function=stream), _answering())
    with pytest.raises(ModelHTTPError):
        await _streamed(model)


async def test_an_error_in_the_body_is_the_bodys() -> None:
    model = FallbackModel(_answering("a"), _answering("b"))
    with pytest.raises(ModelHTTPError):
        async with model.request_stream([], None, NOTHING) as stream:
            assert stream.model_name == "a"
            raise DOWN
