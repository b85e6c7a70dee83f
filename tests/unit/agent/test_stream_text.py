"""Streamed text end to end: what a chat relies on when its reply runs, fails, or is stopped."""

import asyncio

import pytest

from tests.support.engine import AnyTime, Recorded, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart
from tui.agent.usage import Usage, UsageLimits


async def test_the_pieces_arrive_one_by_one_and_the_history_holds_the_whole() -> None:
    script = scripted(["The ", "cat ", "sat."])
    async with Agent(script.model()).run_stream("Tell me") as result:
        assert result.all_messages() == [ModelRequest([UserPromptPart("Tell me", timestamp=AnyTime())])]
        assert not result.is_complete
        assert [piece async for piece in result.stream_text(delta=True, debounce_by=None)] == ["The ", "cat ", "sat."]
        assert result.is_complete
        assert await result.get_data() == "The cat sat."
    assert [type(message) for message in result.all_messages()] == [ModelRequest, ModelResponse]
    assert result.new_messages()[-1].parts == [TextPart("The cat sat.")]


async def test_a_failure_in_mid_stream_leaves_the_partial_in_the_captured_messages() -> None:
    script = scripted(["half ", "an ", ValueError("cut")])
    with capture_run_messages() as messages, pytest.raises(ValueError, match="cut"):
        async with Agent(script.model()).run_stream("Tell me") as result:
            async for _ in result:
                pass
    partial = messages[-1]
    assert isinstance(partial, ModelResponse)
    assert partial.parts == [TextPart("half an ")]
    assert partial.state == "interrupted"


async def test_a_cancelled_task_closes_the_stream_at_once_and_keeps_the_partial() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", "two ", gate, "three"])
    usage = Usage()
    arrived = asyncio.Event()

    async def reply() -> None:
        async with Agent(script.model()).run_stream("Count", usage=usage) as result:
            async for text in result.stream_text(debounce_by=None):
                if text == "one two ":
                    arrived.set()

    with capture_run_messages() as messages:
        task = asyncio.create_task(reply())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert script.read == ["one ", "two "]
    assert script.closed == 1
    assert messages[-1] == ModelResponse([TextPart("one two ")], model_name="function::_stream", timestamp=AnyTime())
    assert usage.requests == 1

    again = scripted(["fine"])
    async with Agent(again.model()).run_stream("Go on", message_history=messages) as result:
        assert await result.get_data() == "fine"
    assert len(again.seen[0]) == 3


async def test_a_token_limit_stops_the_stream_at_the_event_that_crosses_it() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    with capture_run_messages() as messages, pytest.raises(UsageLimitExceeded, match="response_tokens_limit of 2"):
        async with Agent(script.model()).run_stream(
            "Count", usage_limits=UsageLimits(response_tokens_limit=2)
        ) as result:
            async for _ in result:
                pass
    assert "four " not in script.read
    assert messages[-1].parts == [TextPart("one two three ")]


async def test_a_handler_sees_everything_live() -> None:
    recorded = Recorded()
    async with Agent(scripted(["a", "b"]).model()).run_stream("x", event_stream_handler=recorded) as result:
        await result.get_data()
    assert recorded.kinds() == ["model_request", "part_start", "final_result", "part_delta"]
