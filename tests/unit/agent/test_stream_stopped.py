"""Stopping closes the model's stream at once, leaving normally reads the rest, and neither leaves anything behind.

Lost else: tokens that are paid for and never seen, a screen that hangs, tasks that nothing ends.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from tests.support.conversation import prompt, response
from tests.support.engine import Recorded, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.messages import (
    AgentStreamEvent,
    TextPart,
    ThinkingPart,
)
from tui.agent.models.function import DeltaThinkingPart
from tui.agent.tools import RunContext
from tui.agent.usage import Usage, UsageLimits


async def test_an_exception_in_the_body_reads_nothing_more() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    with pytest.raises(ZeroDivisionError):
        async with Agent(script.model()).run_stream("Count") as result:
            async for text in result.stream_text(debounce_by=None):
                if text == "one two ":
                    raise ZeroDivisionError
    assert script.read == ["one ", "two "]
    assert script.closed == 1


async def test_cancel_reads_nothing_more_and_the_body_goes_on() -> None:
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
async def test_cancel_from_another_task_ends_the_iteration(debounce_by: float | None) -> None:
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
async def test_a_cancelled_task_reads_nothing_more(debounce_by: float | None) -> None:
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


async def test_a_task_cancelled_while_the_context_is_entered_reads_nothing_more() -> None:
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


async def test_leaving_normally_after_a_break_drains_and_checks_the_limits() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    with pytest.raises(UsageLimitExceeded, match=r"^Exceeded the response_tokens_limit of 3 \(response_tokens=4\)$"):
        async with Agent(script.model()).run_stream("x", usage_limits=UsageLimits(response_tokens_limit=3)) as result:
            async for _ in result.stream_text(debounce_by=None):
                break
    assert script.read == ["one ", "two ", "three ", "four "]


async def test_leaving_normally_counts_what_was_not_read() -> None:
    usage = Usage()
    script = scripted(["one ", "two ", "three ", "four "])
    async with Agent(script.model()).run_stream("x", usage=usage) as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert usage == Usage(requests=1, request_tokens=50, response_tokens=4, total_tokens=54)
    assert result.is_complete


@pytest.mark.parametrize("debounce_by", [None, 0.0, 5.0])
async def test_a_break_leaves_nothing_behind(debounce_by: float | None) -> None:
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


async def test_an_exception_leaves_no_task_behind_while_a_group_is_collected() -> None:
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


async def test_a_group_is_shown_when_its_time_is_over_though_the_stream_waits() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", "two ", gate, "three"])
    async with Agent(script.model()).run_stream("Count") as result:
        texts = result.stream_text(delta=True, debounce_by=0.01)
        assert await anext(texts) == "one two "
        gate.set()
        assert [text async for text in texts] == ["three"]


async def test_a_view_may_be_closed_like_a_generator() -> None:
    script = scripted(["one ", "two "])
    async with Agent(script.model()).run_stream("Count") as result:
        async with aclosing(result.stream_text(debounce_by=None)) as texts:  # type: ignore[type-var]
            assert await anext(texts) == "one "
        assert await result.get_data() == "one two "
