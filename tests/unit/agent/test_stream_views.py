"""The ways to read a streamed result: what each gives, when it is complete, what is in the history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pydantic
import pytest

from tests.support.engine import AnyTime, LateModel, scripted
from tui.agent.agent import Agent
from tui.agent.exceptions import AgentRunError, UnexpectedModelBehavior, UsageLimitExceeded, UserError
from tui.agent.messages import (
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models import StreamedResponse
from tui.agent.models.function import DeltaToolCall
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext
from tui.agent.usage import Usage, UsageLimits

CAT = "The cat sat on the mat."
WORDS = ["The ", "cat ", "sat ", "on ", "the ", "mat."]
GROWING = ["The ", "The cat ", "The cat sat ", "The cat sat on ", "The cat sat on the ", CAT]


class City(pydantic.BaseModel):
    name: str
    people: int


def city(*pieces: str) -> list[Any]:
    return [{0: DeltaToolCall("final_result")}, *({0: DeltaToolCall(json_args=piece)} for piece in pieces)]


def double(x: int) -> int:
    return 2 * x


async def test_text_comes_whole_and_growing_in_one_chunk_by_default() -> None:
    agent = Agent(TestModel(custom_result_text=CAT))
    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream_text()] == [CAT]
    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream_text(debounce_by=None)] == GROWING
    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream_text(delta=True, debounce_by=None)] == WORDS


async def test_values_come_growing_and_the_last_one_twice() -> None:
    agent = Agent(TestModel(custom_result_text=CAT))
    async with agent.run_stream("Hello") as result:
        assert [value async for value in result.stream(debounce_by=None)] == [*GROWING, CAT]
    async with agent.run_stream("Hello") as result:
        assert [value async for value in result.stream()] == [CAT, CAT]


async def test_responses_come_growing_and_the_last_one_is_marked() -> None:
    agent = Agent(TestModel(custom_result_text="The cat"))
    async with agent.run_stream("Hello") as result:
        items = [item async for item in result.stream_structured(debounce_by=None)]
    assert items == [
        (ModelResponse([TextPart("The ")], "test", AnyTime()), False),
        (ModelResponse([TextPart("The cat")], "test", AnyTime()), False),
        (ModelResponse([TextPart("The cat")], "test", AnyTime()), True),
    ]


async def test_the_response_is_complete_only_when_it_was_read() -> None:
    agent = Agent(TestModel(custom_result_text=CAT))
    async with agent.run_stream("Hello") as result:
        assert not result.is_complete
        assert result.all_messages() == [ModelRequest([UserPromptPart("Hello", AnyTime())])]
        assert result.usage() == Usage(1, 51, 0, 51)
        assert await result.get_data() == CAT
        assert result.is_complete
        assert result.usage() == Usage(1, 51, 7, 58)
        assert result.all_messages() == [
            ModelRequest([UserPromptPart("Hello", AnyTime())]),
            ModelResponse([TextPart(CAT)], "test", AnyTime()),
        ]
        assert ModelMessagesTypeAdapter.validate_json(result.all_messages_json()) == result.all_messages()
        assert result.new_messages_json() == result.all_messages_json()


async def test_a_structured_result_streams_as_far_as_it_can_be_read() -> None:
    pieces = ('{"name": "U', 'lm", "peo', 'ple": 126', "000}")
    async with Agent(scripted(city(*pieces)).model(), result_type=City).run_stream("City?") as result:
        seen = []
        async for message, last in result.stream_structured(debounce_by=None):
            try:
                value: Any = await result.validate_structured_result(message, allow_partial=not last)
            except pydantic.ValidationError:
                value = None
            seen.append((value, last))
        ulm = City(name="Ulm", people=126000)
        assert seen == [(None, False), (None, False), (City(name="Ulm", people=126), False), (ulm, False), (ulm, True)]
        assert await result.get_data() == ulm
    assert result.all_messages()[1:] == [
        ModelResponse([ToolCallPart("final_result", "".join(pieces))], "function::_stream", AnyTime()),
        ModelRequest([ToolReturnPart("final_result", "Final result processed.", None, AnyTime())]),
    ]


async def test_calls_beside_a_streamed_result_are_answered_as_in_a_run() -> None:
    script = scripted(
        [
            {0: DeltaToolCall("final_result", '{"name": "Ulm", "people": 1}', "f1")},
            {1: DeltaToolCall("double", '{"x": 1}', "t")},
            {2: DeltaToolCall("final_result", '{"name": "Bonn", "people": 2}', "f2")},
            {3: DeltaToolCall("nope", "{}", "u")},
        ]
    )
    async with Agent(script.model(), result_type=City, tools=[double]).run_stream("City?") as result:
        assert await result.get_data() == City(name="Ulm", people=1)
    assert result.all_messages()[-1] == ModelRequest(
        [
            ToolReturnPart("final_result", "Final result processed.", "f1", AnyTime()),
            ToolReturnPart("double", "Tool not executed - a final result was already processed.", "t", AnyTime()),
            ToolReturnPart(
                "final_result", "Result tool not used - a final result was already processed.", "f2", AnyTime()
            ),
            RetryPromptPart("Unknown tool name: 'nope'. Available tools: double, final_result", timestamp=AnyTime()),
        ]
    )


async def test_exhaustive_runs_the_tools_beside_a_streamed_result() -> None:
    script = scripted(
        [
            {0: DeltaToolCall("double", '{"x": 1}', "t")},
            {1: DeltaToolCall("final_result", '{"name": "Ulm", "people": 1}', "f")},
        ]
    )
    agent = Agent(script.model(), result_type=City, tools=[double], end_strategy="exhaustive")
    async with agent.run_stream("City?") as result:
        await result.get_data()
    assert result.all_messages()[-1] == ModelRequest(
        [
            ToolReturnPart("final_result", "Final result processed.", "f", AnyTime()),
            ToolReturnPart("double", 2, "t", AnyTime()),
        ]
    )


async def test_text_that_is_not_permitted_is_asked_for_again_before_the_body_gets_control() -> None:
    script = scripted(["no"], city('{"name": "Ulm", "people": 1}'))
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        assert len(result.all_messages()) == 3
        assert await result.get_data() == City(name="Ulm", people=1)
    with pytest.raises(UnexpectedModelBehavior, match=r"^Exceeded maximum retries \(0\) for result validation$"):
        async with Agent(scripted(["no"]).model(), result_type=City, retries=0).run_stream("City?"):
            raise AssertionError("never entered")


async def test_text_cannot_be_streamed_when_the_result_is_none() -> None:
    script = scripted(city('{"name": "Ulm", "people": 1}'))
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(UserError, match=r"^stream_text\(\) can only be used with text responses$"):
            result.stream_text()
        with pytest.raises(NotImplementedError):
            result.all_messages(result_tool_return_content="x")


async def test_validators_run_on_growing_text_but_not_on_pieces() -> None:
    agent = Agent(TestModel(custom_result_text="The cat"))

    @agent.result_validator
    def shout(ctx: RunContext[None], text: str) -> str:
        return text.upper()

    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream_text(debounce_by=None)] == ["THE ", "THE CAT"]
        assert await result.get_data() == "THE CAT"
    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream_text(delta=True, debounce_by=None)] == ["The ", "cat"]
    async with agent.run_stream("Hello") as result:
        assert [text async for text in result.stream()] == ["THE CAT", "THE CAT"]


async def test_what_has_arrived_comes_first_in_every_view() -> None:
    async with Agent(scripted(["one ", "two ", "three"]).model()).run_stream("Count") as result:
        first = [await anext(result.stream_text(debounce_by=None)) for _ in range(2)]
        assert first == ["one ", "one "]
        async for event in result:
            if event.event_kind == "part_delta":
                break
        assert [text async for text in result.stream_text(debounce_by=None)] == ["one two ", "one two three"]
        assert [text async for text in result.stream_text(delta=True)] == ["one two three"]


async def test_empty_pieces_are_not_given() -> None:
    async with Agent(LateModel(["", "a", "", "b", ""])).run_stream("x") as result:
        assert [text async for text in result.stream_text(delta=True, debounce_by=None)] == ["a", "b"]


async def test_pieces_that_come_in_one_moment_are_one_group() -> None:
    gate = asyncio.Event()
    async with Agent(LateModel(["a", "b", gate, "c", "d"])).run_stream("x") as result:
        texts = result.stream_text(delta=True, debounce_by=0.02)
        assert await anext(texts) == "ab"
        gate.set()
        assert await anext(texts) == "cd"
        with pytest.raises(StopAsyncIteration):
            await anext(texts)


async def test_a_failure_in_a_group_comes_after_what_arrived_before_it() -> None:
    script = scripted(["one ", "two ", ValueError("cut")])
    async with Agent(script.model()).run_stream("Count") as result:
        texts = result.stream_text(debounce_by=0.1)
        assert await anext(texts) == "one two "
        with pytest.raises(ValueError, match="cut"):
            await anext(texts)
        with pytest.raises(ValueError, match="cut"):
            await result.get_data()


async def test_a_failure_that_nobody_saw_comes_out_on_leaving() -> None:
    script = scripted(["one ", "two ", ValueError("cut")])
    with pytest.raises(ValueError, match="cut"):
        async with Agent(script.model()).run_stream("Count"):
            pass


async def test_the_timestamp_is_that_of_the_response() -> None:
    async with Agent(LateModel(["a"])).run_stream("x") as result:
        assert result.timestamp() == datetime(2026, 1, 1, tzinfo=UTC)


async def test_after_cancel_there_is_no_data() -> None:
    async with Agent(scripted(["one ", "two"]).model()).run_stream("Count") as result:
        await result.cancel()
        await result.cancel()
        with pytest.raises(AgentRunError, match=r"^The run was stopped before its result was complete$"):
            await result.get_data()
        assert [text async for text in result.stream_text()] == ["one "]
        assert [item async for item in result.stream_structured()] == [
            (ModelResponse([TextPart("one ")], "function::_stream", AnyTime()), False)
        ]


async def test_token_limits_are_checked_on_leaving_though_nothing_was_read() -> None:
    entered = False
    text = r"^Exceeded the response_tokens_limit of 10 \(response_tokens=11\)$"
    with pytest.raises(UsageLimitExceeded, match=text):
        agent = Agent(TestModel(), tools=[fruit])
        async with agent.run_stream("Hello", usage_limits=UsageLimits(response_tokens_limit=10)) as result:
            assert result.usage() == Usage(2, 103, 5, 108)
            entered = True
    assert entered


async def fruit(x: str) -> str:
    return f"{x}-apple"


async def test_a_body_that_swallows_everything_leaves_no_task_behind() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", gate])
    async with Agent(script.model()).run_stream("Count") as result:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                async for _ in result.stream_text(debounce_by=None):
                    pass
    assert script.closed == 1
    assert not result.is_complete
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_two_tasks_cannot_read_one_run() -> None:
    gate = asyncio.Event()
    async with Agent(scripted(["one ", gate, "two"]).model()).run_stream("Count") as result:
        other = asyncio.create_task(result.get_data())
        await asyncio.sleep(0)
        with pytest.raises(UserError, match="A run can be read by one task at a time"):
            await anext(result)
        gate.set()
        assert await other == "one two"


async def test_cancel_works_while_the_task_cleans_up_after_a_cancellation() -> None:
    gate, reading = asyncio.Event(), asyncio.Event()
    results: list[Any] = []

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            async with Agent(scripted(["one ", gate]).model()).run_stream("Count") as result:
                results.append(result)
                reading.set()
                return "".join([piece async for piece in result.stream_text(delta=True, debounce_by=None)])
        return "never"

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await reading.wait()
    await asyncio.sleep(0)
    await results[0].cancel()
    assert await task == "one "


async def test_a_response_without_events_is_no_streamed_result() -> None:
    class Silent(LateModel):
        @asynccontextmanager
        async def request_stream(self, *asked: Any) -> AsyncIterator[StreamedResponse]:
            async with super().request_stream(*asked) as response:
                response._parts_manager.handle_text_delta(vendor_part_id="text", content="never told")
                yield response

    with pytest.raises(AgentRunError, match=r"^Streamed run failed to produce a final result$"):
        async with Agent(Silent()).run_stream("x"):
            raise AssertionError("never entered")


async def test_a_response_without_the_result_cannot_be_validated() -> None:
    script = scripted(city('{"name": "Ulm", "people": 1}'))
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(UnexpectedModelBehavior, match=r"^Invalid response, unable to find tool: final_result$"):
            await result.validate_structured_result(ModelResponse([TextPart("no")]))
