"""What a run that broke off leaves: the partial answer is in the one history, and the history can be sent again.

Lost else: the half of an answer that the user has read, or a conversation that no provider takes any more.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.conversation import call, prompt, request, response, weather
from tests.support.engine import AnyTime, Recorded, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.messages import (
    AgentStreamEvent,
    FunctionToolResultEvent,
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
from tui.agent.models.function import DeltaThinkingPart
from tui.agent.models.pairing import INTERRUPTED
from tui.agent.tools import RunContext


async def test_the_partial_is_marked_and_the_history_can_be_sent_again() -> None:
    script = scripted(["one ", "two ", "three "], ["and three"])
    agent = Agent(script.model())
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError):
        async with agent.run_stream("Count") as result:
            async for _ in result.stream_text(debounce_by=None):
                raise ZeroDivisionError
    partial = messages[-1]
    assert partial == response(TextPart("one "))
    assert isinstance(partial, ModelResponse)
    assert partial.state == "interrupted"
    assert result.all_messages() is messages

    async with agent.run_stream("Go on", message_history=messages) as result:
        assert await result.get_data() == "and three"
    assert script.seen[1] == [prompt("Count"), response(TextPart("one ")), prompt("Go on")]


async def test_a_stop_before_anything_came_leaves_only_the_request() -> None:
    gate = asyncio.Event()
    script = scripted([gate, "never"])
    with capture_run_messages() as messages:
        task = asyncio.create_task(Agent(script.model()).run("Well?", event_stream_handler=Recorded()))
        await script.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert messages == [prompt("Well?")]


async def test_calls_of_a_response_that_broke_off_are_left_out() -> None:
    script = scripted(["Look. ", call("weather", '{"city": '), ValueError("cut")])
    with capture_run_messages() as messages, pytest.raises(ValueError, match="cut"):
        async with Agent(script.model(), tools=[weather]).run_stream("x") as result:
            await result.get_data()
    assert messages[1:] == [response(TextPart("Look. "))]


async def test_an_unfinished_thought_loses_its_seal_and_is_not_sent_alone() -> None:
    script = scripted(
        [{0: DeltaThinkingPart(content="Hm.", signature="sealed")}, ValueError("cut")],
        ["Yes."],
    )
    agent = Agent(script.model())
    with capture_run_messages() as messages, pytest.raises(ValueError, match="cut"):
        await agent.run("Well?", event_stream_handler=Recorded())
    thought = messages[-1].parts[0]
    assert isinstance(thought, ThinkingPart)
    assert (thought.content, thought.signature) == ("Hm.", None)
    await agent.run("Again", message_history=messages, event_stream_handler=Recorded())
    assert script.seen[1] == [prompt("Well?"), prompt("Again")]


async def test_tools_that_were_stopped_are_answered_when_the_run_is_cancelled() -> None:
    gate, started = asyncio.Event(), asyncio.Event()

    async def slow(x: int) -> str:
        started.set()
        await gate.wait()
        return "never"

    async def fast(x: int) -> str:
        return "quick"

    script = scripted([call("fast", '{"x": 1}', "a", 0), call("slow", '{"x": 2}', "b", 1)], ["fine"])
    agent = Agent(script.model(), tools=[fast, slow])
    with capture_run_messages() as messages:
        task = asyncio.create_task(agent.run("x", event_stream_handler=Recorded()))
        await started.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert messages[-1] == request(
        ToolReturnPart("fast", "quick", "a", timestamp=AnyTime()),
        ToolReturnPart("slow", INTERRUPTED, "b", timestamp=AnyTime()),
    )
    assert isinstance(messages[-1], ModelRequest)
    assert messages[-1].state == "interrupted"


async def test_unanswered_calls_of_a_history_are_answered_when_it_is_sent() -> None:
    history: list[ModelMessage] = [
        prompt("Weather?"),
        response(TextPart("Look."), ToolCallPart("weather", {"city": "Ulm"}, "c1"), ToolCallPart("weather", {}, "c2")),
        request(ToolReturnPart("weather", "Sun", "c1", timestamp=AnyTime()), UserPromptPart("Well?", AnyTime())),
        response(ToolCallPart("weather", {}, "c3")),
    ]
    script = scripted(["fine"])
    agent = Agent(script.model(), tools=[weather])
    async with agent.run_stream("Go on", message_history=history) as result:
        await result.get_data()
    assert script.seen[0][2:] == [
        request(
            ToolReturnPart("weather", INTERRUPTED, "c2", timestamp=AnyTime()),
            ToolReturnPart("weather", "Sun", "c1", timestamp=AnyTime()),
            UserPromptPart("Well?", AnyTime()),
        ),
        response(ToolCallPart("weather", {}, "c3")),
        request(ToolReturnPart("weather", INTERRUPTED, "c3", timestamp=AnyTime()), UserPromptPart("Go on", AnyTime())),
    ]
    assert result.all_messages()[:4] == history
    assert len(history[2].parts) == 2


async def test_an_unknown_tool_is_answered_by_its_id_in_what_is_sent() -> None:
    script = scripted([call("nope", "{}", "c9")], ["fine"])
    async with Agent(script.model(), tools=[weather]).run_stream("x") as result:
        await result.get_data()
    text = "Unknown tool name: 'nope'. Available tools: weather"
    assert result.all_messages()[2] == request(RetryPromptPart(text, timestamp=AnyTime()))
    assert script.seen[1][2] == request(RetryPromptPart(text, "nope", "c9", timestamp=AnyTime()))


async def test_siblings_are_cancelled_and_finished_returns_are_kept() -> None:
    finished, stopped = asyncio.Event(), asyncio.Event()

    async def fast(x: int) -> str:
        return "quick"

    async def slow(x: int) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    async def broken(x: int) -> str:
        await finished.wait()
        raise ZeroDivisionError("tool")

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for event in events:
            if isinstance(event, FunctionToolResultEvent):
                finished.set()

    calls = [call(name, '{"x": 1}', name, index) for index, name in enumerate(["slow", "fast", "broken"])]
    agent = Agent(scripted(calls).model(), tools=[slow, fast, broken])
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError, match="tool"):
        await agent.run("x", event_stream_handler=handler)
    assert stopped.is_set()
    assert messages[-1] == request(
        ToolReturnPart("slow", INTERRUPTED, "slow", timestamp=AnyTime()),
        ToolReturnPart("fast", "quick", "fast", timestamp=AnyTime()),
        ToolReturnPart("broken", INTERRUPTED, "broken", timestamp=AnyTime()),
    )
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_tool_that_fails_alone_leaves_the_history_at_its_call() -> None:
    async def broken(x: int) -> str:
        raise ZeroDivisionError("tool")

    script = scripted([call("broken", '{"x": 1}')])
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError):
        await Agent(script.model(), tools=[broken]).run("x", event_stream_handler=Recorded())
    assert messages == [prompt("x"), response(ToolCallPart("broken", '{"x": 1}', "c1"))]
