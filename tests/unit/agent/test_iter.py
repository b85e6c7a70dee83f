"""`Agent.iter`: the same run, taken step by step."""

import asyncio
from typing import Any

import pydantic
import pytest

from tests.support.engine import AnyTime, Recorded, scripted
from tui.agent._run.validation import FinalResult
from tui.agent.agent import Agent, CallToolsNode, ModelRequestNode, UserPromptNode, capture_run_messages
from tui.agent.exceptions import UnexpectedModelBehavior, UsageLimitExceeded, UserError
from tui.agent.messages import (
    FinalResultEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import DeltaToolCall
from tui.agent.models.test import TestModel
from tui.agent.nodes import End
from tui.agent.usage import Usage, UsageLimits


def double(x: int) -> int:
    return 2 * x


class City(pydantic.BaseModel):
    name: str


async def test_the_steps_are_requests_and_responses_and_the_end() -> None:
    agent = Agent(TestModel(), tools=[double])
    async with agent.iter("Hello") as agent_run:
        before: object = agent_run.next_node
        assert isinstance(before, UserPromptNode)
        assert agent_run.result is None
        steps = [node async for node in agent_run]
        assert agent_run.next_node == End(FinalResult('{"double":0}', None, None))
    assert [type(step).__name__ for step in steps] == [
        "ModelRequestNode",
        "CallToolsNode",
        "ModelRequestNode",
        "CallToolsNode",
        "End",
    ]
    first, second = steps[0], steps[1]
    assert isinstance(first, ModelRequestNode)
    assert isinstance(second, CallToolsNode)
    assert first.request == ModelRequest([UserPromptPart("Hello", AnyTime())])
    assert second.model_response == agent_run.ctx.state.messages[1]
    assert agent_run.result is not None
    assert agent_run.result.data == '{"double":0}'
    assert agent_run.usage() == Usage(2, 103, 11, 114)
    assert agent_run.ctx.state.message_history is agent_run.result.all_messages()


async def test_the_kinds_of_steps_can_be_told_apart() -> None:
    agent = Agent(TestModel())
    async with agent.iter("Hello") as agent_run:
        assert Agent.is_user_prompt_node(agent_run.next_node)
        kinds = []
        async for node in agent_run:
            kinds.append((Agent.is_model_request_node(node), Agent.is_call_tools_node(node), Agent.is_end_node(node)))
    assert kinds == [(True, False, False), (False, True, False), (False, False, True)]


async def test_a_run_can_be_driven_by_hand() -> None:
    agent = Agent(TestModel(), tools=[double])
    async with agent.iter("Hello") as agent_run:
        node: Any = agent_run.next_node
        assert isinstance(await node.run(agent_run.ctx), ModelRequestNode)
        node = agent_run.next_node
        names = ["UserPromptNode"]
        while not Agent.is_end_node(node):
            names.append(type(node).__name__)
            node = await agent_run.next(node)
        assert names == ["UserPromptNode", *["ModelRequestNode", "CallToolsNode"] * 2]
        with pytest.raises(UserError, match="Only the next node of a run can be run"):
            await agent_run.next(UserPromptNode(agent_run, "again"))


async def test_a_request_can_be_streamed_event_by_event() -> None:
    script = scripted(["one ", "two"])
    agent = Agent(script.model())
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    assert stream.usage() == Usage(1, 50, 0, 50)
                    events = [event async for event in stream]
    assert events == [
        PartStartEvent(0, TextPart("one ")),
        FinalResultEvent(None, None),
        PartDeltaEvent(0, TextPartDelta("two")),
    ]
    assert agent_run.result is not None
    assert agent_run.result.data == "one two"


@pytest.mark.parametrize(
    ("debounce_by", "expected"),
    [
        (None, ["", "success ", "success (no ", "success (no tool ", "success (no tool calls)"]),
        (1.0, ["success (no tool calls)"]),
    ],
)
async def test_the_output_streams_once_it_has_begun_and_its_last_value_comes_twice(
    debounce_by: float | None, expected: list[str]
) -> None:
    agent = Agent(TestModel())
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    outputs = [output async for output in stream.stream_output(debounce_by=debounce_by)]
    assert outputs == [*expected, "success (no tool calls)"]


async def test_responses_stream_even_when_they_are_no_result() -> None:
    agent = Agent(TestModel(), tools=[double])
    seen: list[list[ModelResponse]] = []
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    seen.append([response async for response in stream.stream_responses(debounce_by=None)])
                    assert [output async for output in stream.stream_output()] == (
                        [] if len(seen) == 1 else ['{"double":0}'] * 2
                    )
    assert [len(responses) for responses in seen] == [1, 4]


async def test_a_result_that_fails_in_the_stream_can_still_be_asked_for_again() -> None:
    script = scripted(
        [{0: DeltaToolCall("final_result", '{"name": 1}')}], [{0: DeltaToolCall("final_result", '{"name": "Ulm"}')}]
    )
    agent = Agent(script.model(), result_type=City)
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    async for _ in stream:
                        pass
    assert agent_run.result is not None
    assert agent_run.result.data == City(name="Ulm")


async def test_tools_can_be_watched() -> None:
    agent = Agent(TestModel(), tools=[double])
    events: list[Any] = []
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_call_tools_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    events += [event async for event in stream]
    called, returned = events
    assert isinstance(called, FunctionToolCallEvent)
    assert returned == FunctionToolResultEvent(ToolReturnPart("double", 0, None, AnyTime()), called.call_id)


async def test_leaving_a_stream_early_reads_the_rest_of_the_step() -> None:
    agent = Agent(scripted(["one ", "two"]).model())
    async with agent.iter("Hello") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                async with node.stream(agent_run.ctx) as stream:
                    async for _ in stream:
                        break
            elif Agent.is_call_tools_node(node):
                async with node.stream(agent_run.ctx):
                    pass
    assert agent_run.result is not None
    assert agent_run.result.data == "one two"


async def test_leaving_the_run_early_closes_the_models_stream() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", gate, "two"])
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError):
        async with Agent(script.model()).iter("Hello") as agent_run:
            async for node in agent_run:
                if Agent.is_model_request_node(node):
                    async with node.stream(agent_run.ctx) as stream:
                        async for _ in stream:
                            raise ZeroDivisionError
    assert script.closed == 1
    assert messages[-1].parts == [TextPart("one ")]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_step_that_is_over_cannot_be_streamed() -> None:
    async with Agent(TestModel()).iter("Hello") as agent_run:
        nodes = [node async for node in agent_run]
        first = nodes[0]
        assert isinstance(first, ModelRequestNode)
        with pytest.raises(UserError, match="Only the next node of a run can be streamed"):
            async with first.stream():
                raise AssertionError("never entered")


async def test_a_run_whose_context_was_left_does_not_go_on() -> None:
    async with Agent(scripted(["one ", "two"]).model()).iter("Hello") as agent_run:
        node = await anext(agent_run)
    assert isinstance(node, ModelRequestNode)
    for step in (agent_run.next(node), node.stream().__aenter__()):
        with pytest.raises(UserError, match=r"^The run was stopped before its result was complete$"):
            await step
    assert agent_run.result is None
    async with Agent(scripted(["one ", "two"]).model()).iter("Hello") as agent_run:
        node = await anext(agent_run)
        assert isinstance(node, ModelRequestNode)
        stream = await node.stream().__aenter__()
        values = stream.stream_output(debounce_by=None)
        assert await anext(values) == "one "
    assert [value async for value in values] == []
    with pytest.raises(UserError, match="The run was stopped"):
        await anext(stream)


async def test_failures_come_out_where_the_step_is_taken() -> None:
    script = scripted([{}])
    with pytest.raises(UnexpectedModelBehavior, match="Received empty model response"):
        async with Agent(script.model()).iter("Hello") as agent_run:
            async for node in agent_run:
                if Agent.is_model_request_node(node):
                    async with node.stream(agent_run.ctx):
                        pass
    limits = UsageLimits(response_tokens_limit=1)
    with pytest.raises(UsageLimitExceeded):
        async with Agent(scripted(["one ", "two ", "three"]).model()).iter("x", usage_limits=limits) as agent_run:
            async for node in agent_run:
                if Agent.is_model_request_node(node):
                    async with node.stream(agent_run.ctx) as stream:
                        with pytest.raises(UsageLimitExceeded):
                            async for _ in stream:
                                pass


async def test_a_handler_sees_the_steps_of_iter_too() -> None:
    recorded = Recorded()
    async with Agent(scripted(["one"]).model()).iter("Hello", event_stream_handler=recorded) as agent_run:
        async for _ in agent_run:
            pass
    assert recorded.kinds() == ["model_request", "part_start", "final_result"]
