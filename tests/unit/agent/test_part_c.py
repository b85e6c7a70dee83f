"""What pydantic-ai's `run_stream` does badly, and ours must not: one section for each of the fourteen points.

The models are scripts. An event in a script is a gate: the stream waits there until the test opens it, and what stands
behind a gate that stays shut has not been read. So no test depends on time.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import anyio
import pydantic
import pytest

from tests.support.engine import AnyTime, Recorded, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior, UsageLimitExceeded
from tui.agent.messages import (
    AgentStreamEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    RetryPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel
from tui.agent.models.pairing import INTERRUPTED
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext, Tool
from tui.agent.usage import Usage, UsageLimits

NAME = "function::_stream"


class City(pydantic.BaseModel):
    name: str
    people: int


def call(name: str, args: str, call_id: str = "c1", index: int = 1) -> dict[int, DeltaToolCall]:
    return {index: DeltaToolCall(name, args, call_id)}


async def weather(city: str) -> str:
    return f"Sun in {city}"


def request(*parts: Any) -> ModelRequest:
    return ModelRequest(list(parts))


def prompt(text: str) -> ModelRequest:
    return request(UserPromptPart(text, timestamp=AnyTime()))


def response(*parts: Any) -> ModelResponse:
    return ModelResponse(list(parts), model_name=NAME, timestamp=AnyTime())


# C1. Text before a tool call is not the result.


async def test_c1_text_before_a_tool_call_does_not_end_the_run() -> None:
    script = scripted(["Let me look. ", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert await result.get_data() == "It is sunny."
        assert result.is_complete
    assert result.all_messages() == [
        prompt("Weather?"),
        response(TextPart("Let me look. "), ToolCallPart("weather", '{"city": "Ulm"}', "c1")),
        request(ToolReturnPart("weather", "Sun in Ulm", "c1", timestamp=AnyTime())),
        response(TextPart("It is sunny.")),
    ]


async def test_c1_control_comes_at_the_first_text_and_the_same_stream_goes_on() -> None:
    script = scripted(["Let me look.", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert script.read == ["Let me look."]
        assert result.all_messages() == [prompt("Weather?")]
        pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
    assert pieces == ["Let me look.", "\n\nIt is ", "sunny."]


async def test_c1_cumulative_text_crosses_the_responses() -> None:
    script = scripted(["Let me look.", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        texts = [text async for text in result.stream_text(debounce_by=None)]
    assert texts == ["Let me look.", "Let me look.\n\nIt is ", "Let me look.\n\nIt is sunny."]


async def test_c1_values_and_responses_cross_the_responses() -> None:
    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    agent = Agent(script.model(), tools=[weather])
    async with agent.run_stream("Weather?") as result:
        values = [value async for value in result.stream(debounce_by=None)]
    assert values == ["Look.", "Look.", "Sunny.", "Sunny."]

    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        items = [item async for item in result.stream_structured(debounce_by=None)]
    assert items == [
        (response(TextPart("Look.")), False),
        (response(TextPart("Look."), ToolCallPart("weather", '{"city": "Ulm"}', "c1")), False),
        (response(TextPart("Sunny.")), False),
        (response(TextPart("Sunny.")), True),
    ]


async def test_c1_a_result_call_wins_over_text_before_it() -> None:
    script = scripted(["Here: ", call("final_result", '{"name": "Ulm", "people": 126000}')])
    agent: Agent[None, str | City] = Agent(script.model(), result_type=str | City)  # type: ignore[arg-type]  # PEP 747
    async with agent.run_stream("City?") as result:
        assert await result.get_data() == City(name="Ulm", people=126000)
    assert result.all_messages()[-1] == request(
        ToolReturnPart("final_result", "Final result processed.", "c1", timestamp=AnyTime())
    )


async def test_c1_when_nothing_follows_the_tools_the_earlier_text_is_the_result() -> None:
    script = scripted(["Done, I wrote it down. ", call("weather", '{"city": "Ulm"}')], [call("weather", "{}")], [{}])
    agent = Agent(script.model(), tools=[weather], retries=3)
    async with agent.run_stream("Note it") as result:
        assert await result.get_data() == "Done, I wrote it down. "


async def test_c1_an_empty_response_is_still_an_error_when_no_text_came_before() -> None:
    script = scripted([{}])
    with pytest.raises(UnexpectedModelBehavior, match="Received empty model response"):
        async with Agent(script.model()).run_stream("Hello"):
            raise AssertionError("never entered")


async def test_c1_leaving_without_reading_goes_to_the_end_too() -> None:
    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        pass
    assert result.is_complete
    assert result.all_messages()[-1] == response(TextPart("Sunny."))


# C2. Everything can be seen live.


async def test_c2_a_handler_sees_thinking_calls_results_and_requests_before_the_body_gets_control() -> None:
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
async def test_c2_a_thought_is_seen_while_the_model_still_thinks(way: str) -> None:
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


async def test_c2_the_result_is_iterable_over_the_events_that_follow() -> None:
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


async def test_c2_a_handler_may_stop_reading() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        await anext(events)

    async with Agent(scripted(["a", "b"]).model()).run_stream("x", event_stream_handler=handler) as result:
        assert await result.get_data() == "ab"


async def test_c2_a_handler_that_fails_ends_the_run() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for _ in events:
            raise ZeroDivisionError("in the handler")

    with pytest.raises(ZeroDivisionError, match="in the handler"):
        await Agent(scripted(["a", "b"]).model()).run("x", event_stream_handler=handler)


@pytest.mark.parametrize("fails", [True, False])
async def test_c2_a_handler_that_ends_early_is_noticed_at_the_next_event(fails: bool) -> None:
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


async def test_c2_a_handler_that_fails_at_the_end_is_not_overheard() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for _ in events:
            pass
        raise ZeroDivisionError("at the end")

    with pytest.raises(ZeroDivisionError, match="at the end"):
        await Agent(scripted(["a", "b"]).model()).run("x", event_stream_handler=handler)


async def test_c2_a_handler_sees_what_came_before_a_failure() -> None:
    recorded = Recorded()
    script = scripted(["a", "b", ValueError("cut")])
    with pytest.raises(ValueError, match="cut"):
        await Agent(script.model()).run("x", event_stream_handler=recorded)
    assert recorded.kinds() == ["model_request", "part_start", "final_result", "part_delta"]


async def test_c2_a_handler_that_hangs_does_not_keep_a_stopped_run() -> None:
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
        await asyncio.wait_for(task, 5)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_c2_a_stream_that_never_waits_lets_others_have_their_turn() -> None:
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


async def test_c2_a_slow_handler_holds_the_run_up_instead_of_filling_memory() -> None:
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


async def test_c2_what_runs_late_is_retried_and_told() -> None:
    recorded = Recorded()
    script = scripted(["text"], [call("final_result", '{"name": "Ulm", "people": 1}')])
    await Agent(script.model(), result_type=City).run("x", event_stream_handler=recorded)
    assert recorded.kinds() == ["model_request", "part_start", "retry", "model_request", "part_start", "final_result"]


# C3. Stopping closes the model's stream at once; leaving normally reads the rest.


async def test_c3_an_exception_in_the_body_reads_nothing_more() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    with pytest.raises(ZeroDivisionError):
        async with Agent(script.model()).run_stream("Count") as result:
            async for text in result.stream_text(debounce_by=None):
                if text == "one two ":
                    raise ZeroDivisionError
    assert script.read == ["one ", "two "]
    assert script.closed == 1


async def test_c3_cancel_reads_nothing_more_and_the_body_goes_on() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    async with Agent(script.model()).run_stream("Count") as result:
        async for text in result.stream_text(debounce_by=None):
            if text == "one two ":
                await result.cancel()
        assert script.closed == 1
        assert not result.is_complete
        assert result.new_messages()[-1] == response(TextPart("one two "))
    assert script.read == ["one ", "two "]


@pytest.mark.parametrize("debounce_by", [None, 0.01])
async def test_c3_cancel_from_another_task_ends_the_iteration(debounce_by: float | None) -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    script = scripted(["one ", gate, "two "])
    results: list[Any] = []

    async def read() -> str:
        async with Agent(script.model()).run_stream("Count") as result:
            results.append(result)
            arrived.set()
            return "".join([piece async for piece in result.stream_text(delta=True, debounce_by=debounce_by)])

    task = asyncio.create_task(read())
    await arrived.wait()
    await asyncio.sleep(0)
    await results[0].cancel()
    assert await task == "one "
    assert script.closed == 1
    assert task.cancelling() == 0


@pytest.mark.parametrize("debounce_by", [None, 0.01])
async def test_c3_a_cancelled_task_reads_nothing_more(debounce_by: float | None) -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    script = scripted(["one ", gate, "two "])

    async def read() -> None:
        async with Agent(script.model()).run_stream("Count") as result:
            async for _ in result.stream_text(debounce_by=debounce_by):
                arrived.set()

    task = asyncio.create_task(read())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (script.read, script.closed) == (["one "], 1)


async def test_c3_a_task_cancelled_while_the_context_is_entered_reads_nothing_more() -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    script = scripted([{0: DeltaThinkingPart(content="Hm.")}, gate, "Yes."])

    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for event in events:
            if event.event_kind == "part_start":
                arrived.set()

    async def read() -> None:
        async with Agent(script.model()).run_stream("Well?", event_stream_handler=handler):
            raise AssertionError("never entered")

    with capture_run_messages() as messages:
        task = asyncio.create_task(read())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert script.closed == 1
    assert messages == [prompt("Well?"), response(ThinkingPart("Hm."))]


async def test_c3_leaving_normally_after_a_break_drains_and_checks_the_limits() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    with pytest.raises(UsageLimitExceeded, match=r"^Exceeded the response_tokens_limit of 3 \(response_tokens=4\)$"):
        async with Agent(script.model()).run_stream("x", usage_limits=UsageLimits(response_tokens_limit=3)) as result:
            async for _ in result.stream_text(debounce_by=None):
                break
    assert script.read == ["one ", "two ", "three ", "four "]


async def test_c3_leaving_normally_counts_what_was_not_read() -> None:
    usage = Usage()
    script = scripted(["one ", "two ", "three ", "four "])
    async with Agent(script.model()).run_stream("x", usage=usage) as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert usage == Usage(requests=1, request_tokens=50, response_tokens=4, total_tokens=54)
    assert result.is_complete


# C4. The partial answer is in the one history, and the history can be sent again.


async def test_c4_the_partial_is_marked_and_the_history_can_be_sent_again() -> None:
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


async def test_c4_a_stop_before_anything_came_leaves_only_the_request() -> None:
    gate = asyncio.Event()
    script = scripted([gate, "never"])
    with capture_run_messages() as messages:
        task = asyncio.create_task(Agent(script.model()).run("Well?", event_stream_handler=Recorded()))
        await script.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert messages == [prompt("Well?")]


async def test_c4_calls_of_a_response_that_broke_off_are_left_out() -> None:
    script = scripted(["Look. ", call("weather", '{"city": '), ValueError("cut")])
    with capture_run_messages() as messages, pytest.raises(ValueError, match="cut"):
        async with Agent(script.model(), tools=[weather]).run_stream("x") as result:
            await result.get_data()
    assert messages[1:] == [response(TextPart("Look. "))]


async def test_c4_an_unfinished_thought_loses_its_seal_and_is_not_sent_alone() -> None:
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


async def test_c4_tools_that_were_stopped_are_answered_when_the_run_is_cancelled() -> None:
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


async def test_c4_unanswered_calls_of_a_history_are_answered_when_it_is_sent() -> None:
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


async def test_c4_an_unknown_tool_is_answered_by_its_id_in_what_is_sent() -> None:
    script = scripted([call("nope", "{}", "c9")], ["fine"])
    async with Agent(script.model(), tools=[weather]).run_stream("x") as result:
        await result.get_data()
    text = "Unknown tool name: 'nope'. Available tools: weather"
    assert result.all_messages()[2] == request(RetryPromptPart(text, timestamp=AnyTime()))
    assert script.seen[1][2] == request(RetryPromptPart(text, "nope", "c9", timestamp=AnyTime()))


# C5. Nothing is in the history twice.


async def test_c5_reading_to_the_end_and_asking_for_the_data_completes_once() -> None:
    agent = Agent(scripted(["one ", "two"]).model())
    async with agent.run_stream("Count") as result:
        assert [text async for text in result.stream_text(debounce_by=None)] == ["one ", "one two"]
        assert await result.get_data() == "one two"
        assert await result.get_data() == "one two"
        assert [text async for text in result.stream_text()] == ["one two"]
    assert result.all_messages() == [prompt("Count"), response(TextPart("one two"))]


# C6. Usage is live in the object that the caller passed.


async def test_c6_the_callers_usage_changes_with_every_event() -> None:
    usage = Usage()
    script = scripted(["one ", "two ", "three"])
    seen = []
    async with Agent(script.model()).run_stream("Count", usage=usage) as result:
        async for _ in result.stream_text(debounce_by=None):
            seen.append((usage.requests, usage.request_tokens, usage.response_tokens, usage.total_tokens))
    assert seen == [(1, 50, 1, 51), (1, 50, 2, 52), (1, 50, 3, 53)]
    assert not usage.estimated


# (The estimates, for providers that report late, are in test_live_usage.py.)


async def test_c6_what_was_used_counts_when_the_run_is_stopped() -> None:
    usage = Usage()
    async with Agent(scripted(["one ", "two ", "three"]).model()).run_stream("Count", usage=usage) as result:
        async for _ in result:
            break
        await result.cancel()
        assert result.usage() == Usage(requests=1, request_tokens=50, response_tokens=2, total_tokens=52)
    assert usage == Usage(requests=1, request_tokens=50, response_tokens=2, total_tokens=52)


async def test_c6_runs_of_tools_share_the_object() -> None:
    inner = Agent(TestModel(), name="inner")
    usage = Usage()

    async def ask(ctx: RunContext[None], x: int) -> str:
        async with inner.run_stream("inner", usage=ctx.usage) as result:
            return await result.get_data()

    script = scripted([call("ask", '{"x": 1}', "a", 0), call("ask", '{"x": 2}', "b", 1)], ["done"])
    async with Agent(script.model(), tools=[ask]).run_stream("outer", usage=usage) as result:
        await result.get_data()
    assert usage.requests == 4
    assert usage.request_tokens == 51 * 2 + 50 * 2
    assert usage.tool_calls == 2


# C7. Limits are checked where events pass, whichever way they are read.


@pytest.mark.parametrize("view", ["stream_text", "stream", "stream_structured", "events", "get_data"])
async def test_c7_a_limit_stops_every_view_at_the_event_that_crosses_it(view: str) -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    limits = UsageLimits(response_tokens_limit=2)
    with capture_run_messages() as messages, pytest.raises(UsageLimitExceeded) as caught:
        async with Agent(script.model()).run_stream("Count", usage_limits=limits) as result:
            if view == "get_data":
                await result.get_data()
            else:
                async for _ in result if view == "events" else getattr(result, view)(debounce_by=None):
                    pass
    assert str(caught.value) == "Exceeded the response_tokens_limit of 2 (response_tokens=3)"
    assert script.read == ["one ", "two ", "three "]
    assert script.closed == 1
    assert messages[-1] == response(TextPart("one two three "))
    assert isinstance(messages[-1], ModelResponse)
    assert messages[-1].state == "interrupted"


async def test_c7_a_caught_limit_is_not_raised_a_second_time_on_leaving() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    async with Agent(script.model()).run_stream("x", usage_limits=UsageLimits(response_tokens_limit=2)) as result:
        with pytest.raises(UsageLimitExceeded):
            await result.get_data()
        with pytest.raises(UsageLimitExceeded):
            await result.get_data()
    assert not result.is_complete


# C8. Nothing is left to the garbage collector, and no task is left behind.


@pytest.mark.parametrize("debounce_by", [None, 0.0, 5.0])
async def test_c8_a_break_leaves_nothing_behind(debounce_by: float | None) -> None:
    script = scripted(["one ", "two ", "three "])
    async with Agent(script.model()).run_stream("Count") as result:
        async for _ in result.stream_text(debounce_by=debounce_by):
            break
        async for _ in result.stream_structured(debounce_by=debounce_by):
            break
        async for _ in result:
            break
    gc.collect()
    assert script.closed == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert result.new_messages()[-1] == response(TextPart("one two three "))


async def test_c8_an_exception_leaves_no_task_behind_while_a_group_is_collected() -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    script = scripted(["one ", gate, "two"])

    async def read() -> None:
        async with Agent(script.model()).run_stream("Count", event_stream_handler=Recorded()) as result:
            async for _ in result.stream_text(debounce_by=0.001):
                arrived.set()

    task = asyncio.create_task(read())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_c8_a_group_is_shown_when_its_time_is_over_though_the_stream_waits() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", "two ", gate, "three"])
    async with Agent(script.model()).run_stream("Count") as result:
        texts = result.stream_text(delta=True, debounce_by=0.01)
        assert await anext(texts) == "one two "
        gate.set()
        assert [text async for text in texts] == ["three"]


async def test_c8_a_view_may_be_closed_like_a_generator() -> None:
    script = scripted(["one ", "two "])
    async with Agent(script.model()).run_stream("Count") as result:
        async with aclosing(result.stream_text(debounce_by=None)) as texts:  # type: ignore[type-var]
            assert await anext(texts) == "one "
        assert await result.get_data() == "one two "


# C9. A result that does not validate raises one kind of error.


async def test_c9_an_invalid_result_is_unexpected_behaviour() -> None:
    script = scripted([call("final_result", '{"name": "Ulm", "people": "many"}')])
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(UnexpectedModelBehavior, match="The result that was streamed is not valid") as caught:
            await result.get_data()
    assert isinstance(caught.value.__cause__, pydantic.ValidationError)
    assert result.is_complete


async def test_c9_a_partial_that_does_not_validate_stays_a_validation_error() -> None:
    script = scripted([call("final_result", '{"name": 1', index=0), {0: DeltaToolCall(None, ', "people": 2}')}])
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(pydantic.ValidationError):
            async for _ in result.stream(debounce_by=None):
                pass


async def test_c9_a_validator_that_wants_another_result_cannot_have_it() -> None:
    agent = Agent(scripted(["no"]).model())

    @agent.result_validator
    def never(text: str) -> str:
        raise ModelRetry("not this")

    async with agent.run_stream("x") as result:
        with pytest.raises(UnexpectedModelBehavior, match=r"^The result that was streamed is not valid: not this$"):
            await result.get_data()
        for view in (result.stream_text(), result.stream()):
            with pytest.raises(UnexpectedModelBehavior, match=r"^The result that was streamed is not valid: not this$"):
                await anext(view)


# C10. When a tool fails, its siblings are stopped, and what had finished is kept.


async def test_c10_siblings_are_cancelled_and_finished_returns_are_kept() -> None:
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


async def test_c10_a_tool_that_fails_alone_leaves_the_history_at_its_call() -> None:
    async def broken(x: int) -> str:
        raise ZeroDivisionError("tool")

    script = scripted([call("broken", '{"x": 1}')])
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError):
        await Agent(script.model(), tools=[broken]).run("x", event_stream_handler=Recorded())
    assert messages == [prompt("x"), response(ToolCallPart("broken", '{"x": 1}', "c1"))]


# C11. The name is looked up one frame away, whatever the entry point.


async def test_c11_every_entry_point_finds_the_name() -> None:
    streamed = Agent(TestModel())
    async with streamed.run_stream("x"):
        pass
    assert streamed.name == "streamed"
    stepped = Agent(TestModel())
    async with stepped.iter("x"):
        pass
    assert stepped.name == "stepped"
    run = Agent(TestModel())
    await run.run("x")
    assert run.name == "run"


# C12. A cancellation that a function of the program swallows still ends the run.


async def test_c12_a_tool_that_swallows_the_cancellation_does_not_keep_the_run_going() -> None:
    started = asyncio.Event()

    async def stubborn(x: int) -> str:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "I go on"
        return "never"

    script = scripted([call("stubborn", '{"x": 1}')], ["too far"])
    task = asyncio.create_task(Agent(script.model(), tools=[stubborn]).run("x", event_stream_handler=Recorded()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(script.seen) == 1


async def test_c12_a_model_that_swallows_the_cancellation_does_not_keep_the_run_going() -> None:
    started = asyncio.Event()

    async def stream(messages: list[ModelMessage], info: Any) -> AsyncIterator[str]:
        yield "one "
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield "two "
            yield "three "

    with capture_run_messages() as messages:
        agent = Agent(FunctionModel(stream_function=stream))
        task = asyncio.create_task(agent.run("x", event_stream_handler=Recorded()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert messages[-1].parts in ([TextPart("one ")], [TextPart("one two ")])


async def test_c12_an_agent_can_be_run_while_its_task_cleans_up_after_a_cancellation() -> None:
    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return (await Agent(scripted(["a ", "summary"]).model()).run("x", event_stream_handler=Recorded())).data
        return "never"

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "a summary"


# C13. Control comes at the first start of a text, even an empty or blank one; usage is read then.


async def test_c13_a_blank_first_text_does_not_end_the_run() -> None:
    script = scripted(["\n", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert await result.get_data() == "Sunny."


async def test_c13_usage_at_entry_is_that_before_the_first_word() -> None:
    agent = Agent(TestModel())

    @agent.tool_plain
    async def ret_a(x: str) -> str:
        return f"{x}-apple"

    async with agent.run_stream("Hello") as result:
        assert not result.is_complete
        assert result.usage() == Usage(requests=2, request_tokens=103, response_tokens=5, total_tokens=108)
        assert [text async for text in result.stream_text()] == ['{"ret_a":"a-apple"}']
        assert result.usage() == Usage(requests=2, request_tokens=103, response_tokens=11, total_tokens=114)


# C14. In a task of its own there is no caller to find a name in.


async def test_c14_a_run_in_a_task_of_its_own_finds_no_nonsense() -> None:
    holder = [Agent(TestModel())]
    await asyncio.create_task(holder[0].run("x"))
    assert holder[0].name is None


# Beyond the list: views see text deltas as they are.


async def test_events_of_text_are_those_of_the_model() -> None:
    async with Agent(scripted(["a", "b"]).model()).run_stream("x") as result:
        events = [event async for event in result if event.event_kind != "usage"]
    assert events == [PartDeltaEvent(0, TextPartDelta("b"))]


async def test_tool_events_name_the_call() -> None:
    recorded = Recorded()
    script = scripted([call("weather", '{"city": "Ulm"}', "id-7")], ["Sunny."])
    await Agent(script.model(), tools=[Tool(weather)]).run("x", event_stream_handler=recorded)
    called, returned = (event for event in recorded.events if event.event_kind.startswith("function_tool"))
    assert isinstance(called, FunctionToolCallEvent)
    assert called.call_id == "id-7"
    assert returned == FunctionToolResultEvent(ToolReturnPart("weather", "Sun in Ulm", "id-7", AnyTime()), "id-7")


async def test_c12_a_time_limit_inside_the_model_is_no_cancellation_of_the_run() -> None:
    async def stream(messages: list[ModelMessage], info: Any) -> AsyncIterator[str]:
        yield "one "
        for limit in (anyio.move_on_after(0.001), anyio.move_on_after(0.001)):
            with limit:
                await asyncio.Event().wait()
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            yield "two"

    async with Agent(FunctionModel(stream_function=stream)).run_stream("x") as result:
        assert await result.get_data() == "one two"
