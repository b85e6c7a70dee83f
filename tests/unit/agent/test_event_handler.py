"""What an `event_stream_handler` sees, live: thoughts, tool calls, retries, before and after the first text.

Lost else: a minute of thinking during which nothing moves on the screen.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from tests.support.conversation import City, call, weather
from tests.support.engine import AnyTime, Recorded, scripted
from tui.agent.agent import Agent
from tui.agent.messages import (
    AgentStreamEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    TextPartDelta,
    ToolReturnPart,
)
from tui.agent.models.function import DeltaThinkingPart
from tui.agent.tools import RunContext, Tool


async def test_a_handler_sees_thinking_calls_results_and_requests_before_the_body_gets_control() -> None:
    recorded = Recorded()
    script = scripted([{0: DeltaThinkingPart(content="Hm.")}, call("weather", '{"city": "Ulm"}')], ["Sunny."])
    agent = Agent(script.model(), tools=[weather])
    async with agent.run_stream("Weather?", event_stream_handler=recorded) as result:
        before = recorded.kinds()
        await result.get_data()
    assert before[:5] == ["model_request", "part_start", "part_start", "function_tool_call", "function_tool_result"]
    assert recorded.kinds() == [
        "model_request",
        "part_start",
        "part_start",
        "function_tool_call",
        "function_tool_result",
        "model_request",
        "part_start",
        "final_result",
    ]


@pytest.mark.parametrize("way", ["run", "run_stream"])
async def test_a_thought_is_seen_while_the_model_still_thinks(way: str) -> None:
    gate, seen = asyncio.Event(), asyncio.Event()
    script = scripted([{0: DeltaThinkingPart(content="Hm.")}, gate, "Yes."])
    agent = Agent(script.model())

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for event in events:
            if event.event_kind == "part_start":
                seen.set()

    async def ask() -> str:
        if way == "run":
            return (await agent.run("Well?", event_stream_handler=handler)).data
        async with agent.run_stream("Well?", event_stream_handler=handler) as result:
            return await result.get_data()

    task = asyncio.create_task(ask())
    await seen.wait()
    assert not task.done()
    gate.set()
    assert await task == "Yes."


async def test_the_result_is_iterable_over_the_events_that_follow() -> None:
    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        kinds = [event.event_kind async for event in result if event.event_kind != "usage"]
    assert kinds == [
        "part_start",
        "function_tool_call",
        "function_tool_result",
        "model_request",
        "part_start",
        "final_result",
    ]


async def test_a_handler_may_stop_reading() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        await anext(events)

    async with Agent(scripted(["a", "b"]).model()).run_stream("x", event_stream_handler=handler) as result:
        assert await result.get_data() == "ab"


async def test_a_handler_that_fails_ends_the_run() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for _ in events:
            raise ZeroDivisionError("in the handler")

    with pytest.raises(ZeroDivisionError, match="in the handler"):
        await Agent(scripted(["a", "b"]).model()).run("x", event_stream_handler=handler)


@pytest.mark.parametrize("fails", [True, False])
async def test_a_handler_that_ends_early_is_noticed_at_the_next_event(fails: bool) -> None:
    gate, over = asyncio.Event(), asyncio.Event()

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        over.set()
        if fails:
            raise ZeroDivisionError("early")

    script = scripted(["a", gate, "b", "c"])
    task = asyncio.create_task(Agent(script.model()).run("x", event_stream_handler=handler))
    await over.wait()
    gate.set()
    await asyncio.wait({task})
    if fails:
        assert isinstance(task.exception(), ZeroDivisionError)
        assert script.read == ["a", "b"]
    else:
        assert task.result().data == "abc"


async def test_a_handler_that_fails_at_the_end_is_not_overheard() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for _ in events:
            pass
        raise ZeroDivisionError("at the end")

    with pytest.raises(ZeroDivisionError, match="at the end"):
        await Agent(scripted(["a", "b"]).model()).run("x", event_stream_handler=handler)


async def test_a_handler_sees_what_came_before_a_failure() -> None:
    recorded = Recorded()
    script = scripted(["a", "b", ValueError("cut")])
    with pytest.raises(ValueError, match="cut"):
        await Agent(script.model()).run("x", event_stream_handler=recorded)
    assert recorded.kinds() == ["model_request", "part_start", "final_result", "part_delta"]


async def test_a_handler_that_hangs_does_not_keep_a_stopped_run() -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for _ in events:
            arrived.set()
            await asyncio.Event().wait()

    script = scripted(["a", gate])
    task = asyncio.create_task(Agent(script.model()).run("x", event_stream_handler=handler))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_stream_that_never_waits_lets_others_have_their_turn() -> None:
    script = scripted(["word "] * 1000)
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(len(script.read))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    async with Agent(script.model()).run_stream("x") as result:
        await result.get_data()
    task.cancel()
    assert max(after - before for before, after in pairwise(turns)) <= 65


async def test_a_slow_handler_holds_the_run_up_instead_of_filling_memory() -> None:
    gate = asyncio.Event()
    script = scripted([f"{number} " for number in range(2000)])

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        await gate.wait()
        async for _ in events:
            pass

    task = asyncio.create_task(Agent(script.model()).run("x", event_stream_handler=handler))
    for _ in range(10):
        await asyncio.sleep(0)
    assert 0 < len(script.read) < 500
    gate.set()
    await task
    assert len(script.read) == 2000


async def test_what_runs_late_is_retried_and_told() -> None:
    recorded = Recorded()
    script = scripted(["text"], [call("final_result", '{"name": "Ulm", "people": 1}')])
    await Agent(script.model(), result_type=City).run("x", event_stream_handler=recorded)
    assert recorded.kinds() == ["model_request", "part_start", "retry", "model_request", "part_start", "final_result"]


async def test_tool_events_name_the_call() -> None:
    recorded = Recorded()
    script = scripted([call("weather", '{"city": "Ulm"}', "id-7")], ["Sunny."])
    await Agent(script.model(), tools=[Tool(weather)]).run("x", event_stream_handler=recorded)
    called, returned = (event for event in recorded.events if event.event_kind.startswith("function_tool"))
    assert isinstance(called, FunctionToolCallEvent)
    assert called.call_id == "id-7"
    assert returned == FunctionToolResultEvent(ToolReturnPart("weather", "Sun in Ulm", "id-7", AnyTime()), "id-7")


async def test_events_of_text_are_those_of_the_model() -> None:
    async with Agent(scripted(["a", "b"]).model()).run_stream("x") as result:
        events = [event async for event in result if event.event_kind != "usage"]
    assert events == [PartDeltaEvent(0, TextPartDelta("b"))]
