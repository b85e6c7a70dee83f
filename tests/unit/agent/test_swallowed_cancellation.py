"""A cancellation that a function of the program swallows still ends the run, and a time limit of its own does not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from tests.support.conversation import call
from tests.support.engine import Recorded, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.messages import (
    ModelMessage,
    TextPart,
)
from tui.agent.models.function import FunctionModel


async def test_a_tool_that_swallows_the_cancellation_does_not_keep_the_run_going() -> None:
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


async def test_a_model_that_swallows_the_cancellation_does_not_keep_the_run_going() -> None:
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


async def test_an_agent_can_be_run_while_its_task_cleans_up_after_a_cancellation() -> None:
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


async def test_a_time_limit_inside_the_model_is_no_cancellation_of_the_run() -> None:
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
