"""A run may be stopped anywhere: whatever the script and wherever the stop, the history stays sound.

Random scripts of text, thinking and tool calls are stopped after a random number of events in every way there is. Lost
otherwise: a reply, a conversation that no provider takes any more, a connection, a task.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine import Item, Recorded, Script, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.messages import (
    AgentStreamEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from tui.agent.models import StreamedResponse
from tui.agent.models.fit import fit
from tui.agent.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel
from tui.agent.usage import Usage


class StopHere(Exception):  # noqa: N818
    """What a body raises."""


async def echo(word: str) -> str:
    return word


async def fail(word: str) -> str:
    await asyncio.sleep(0)
    raise ZeroDivisionError(word)


def thought(number: int) -> Item:
    return {number: DeltaThinkingPart(content=f"thought {number} ")}


def called(number: int, name: str) -> Item:
    return {number: DeltaToolCall(name, f'{{"word": "w{number}"}}', f"id{number}")}


@st.composite
def responses(draw: st.DrawFn) -> list[list[Item]]:
    """Up to three responses that call tools, and one that does not."""
    script: list[list[Item]] = []
    number = 0
    for _ in range(draw(st.integers(0, 3))):
        items: list[Item] = []
        if draw(st.booleans()):
            items.append(thought(number := number + 1))
        items += draw(st.lists(st.sampled_from(["a ", "b\n", "", "語"]), max_size=3))
        for name in draw(st.lists(st.sampled_from(["echo", "echo", "fail", "nope"]), min_size=1, max_size=3)):
            items.append(called(number := number + 1, name))
        script.append(items)
    script.append(["the ", "end", "."])
    return script


async def stopped(script: Script, way: str, after: int) -> tuple[list[ModelMessage], Usage]:
    """Run a script, stop it, and give the history."""
    agent = Agent(script.model(), tools=[echo, fail], retries=9)
    usage = Usage()

    async def body() -> None:
        async with agent.run_stream("Go", usage=usage) as result:
            seen = 0
            async for _ in result:
                seen += 1
                if seen < after:
                    continue
                if way == "exception":
                    raise StopHere
                if way == "break":
                    break
                if way == "cancel":
                    await result.cancel()
                if way == "task":
                    task.cancel()
                    await asyncio.sleep(0)

    with capture_run_messages() as messages:
        task = asyncio.create_task(body())
        await asyncio.wait({task})
    if not task.cancelled():
        assert isinstance(task.exception(), StopHere | ZeroDivisionError | None)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return messages, usage


def unanswered(messages: list[ModelMessage]) -> list[str | None]:
    calls: dict[str | None, None] = {}
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                calls[part.tool_call_id] = None
            elif not isinstance(message, ModelResponse):
                calls.pop(getattr(part, "tool_call_id", None), None)
    return list(calls)


@given(responses(), st.sampled_from(["exception", "break", "cancel", "task"]), st.integers(1, 25))
def test_wherever_a_run_is_stopped_its_history_stays_sound(script: list[list[Item]], way: str, after: int) -> None:
    model = scripted(*script)
    messages, usage = asyncio.run(stopped(model, way, after))
    sent = fit(messages).messages
    assert model.closed == len(model.seen) == usage.requests
    assert unanswered(sent) == []
    assert len({id(message) for message in messages}) == len(messages)
    assert all(message.parts for message in sent)
    text = "".join(p.content for m in messages for p in m.parts if isinstance(p, TextPart))
    read = [item for item in model.read if isinstance(item, str)]
    # FunctionModel reads one item ahead while it opens; a run that is stopped before its first event has not seen it.
    assert text in ("".join(read), "".join(read[:-1]))
    returns = [part for m in messages for part in m.parts if isinstance(part, ToolReturnPart)]
    assert len({part.tool_call_id for part in returns}) == len(returns)
    partial: list[Any] = [m for m in messages[:-1] if m.state == "interrupted"]
    assert not partial, "only the last message can have broken off"
    assert isinstance(messages[0], ModelRequest)


@pytest.mark.parametrize("debounce_by", [None, 0.01])
@pytest.mark.parametrize("meanwhile", ["reads on", "leaves", "stops as well"])
async def test_a_run_whose_end_takes_a_while_is_read_left_and_stopped_again(
    meanwhile: str, debounce_by: float | None
) -> None:
    """Closing a connection takes time, and the body does not wait for the task that stops it."""
    closing, close = asyncio.Event(), asyncio.Event()

    async def words(messages: object, info: object) -> AsyncIterator[str]:
        try:
            for word in ("one ", "two ", "three "):
                yield word
        finally:
            closing.set()
            await close.wait()

    rest: list[str] = []
    async with Agent(FunctionModel(stream_function=words)).run_stream("Count") as result:
        pieces = result.stream_text(delta=True, debounce_by=None)
        assert await anext(pieces) == "one "
        stop = asyncio.create_task(result.cancel())
        await closing.wait()
        asyncio.get_running_loop().call_soon(close.set)
        if meanwhile == "reads on":
            rest = [piece async for piece in result.stream_text(delta=True, debounce_by=debounce_by)]
        elif meanwhile == "stops as well":
            await result.cancel()
    assert rest in ([], ["one "])
    assert [(m.parts[0], m.state) for m in result.new_messages()[1:]] == [(TextPart("one "), "interrupted")]
    await stop


@pytest.mark.parametrize("reading", [False, True])
async def test_a_handler_may_stop_its_run_and_ends_with_it(reading: bool) -> None:
    gate, held, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
    results: list[Any] = []

    async def handler(ctx: object, events: AsyncIterator[AgentStreamEvent]) -> None:
        await held.wait()
        try:
            await results[0].cancel()
        finally:
            over.set()

    script = scripted(["one ", gate, "two "])
    async with Agent(script.model()).run_stream("Count", event_stream_handler=handler) as result:
        results.append(result)
        pieces = result.stream_text(delta=True, debounce_by=None)
        assert await anext(pieces) == "one "
        if reading:
            asyncio.get_running_loop().call_soon(held.set)
        else:
            held.set()
            await over.wait()
        assert [piece async for piece in pieces] == []
    assert (over.is_set(), script.closed, result.new_messages()[-1].state) == (True, 1, "interrupted")
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_whole_answer_is_kept_though_the_stop_comes_while_its_connection_is_closed() -> None:
    closing = asyncio.Event()

    class Slow(FunctionModel):
        @asynccontextmanager
        async def request_stream(self, *asked: Any) -> AsyncIterator[StreamedResponse]:
            async with super().request_stream(*asked) as response:
                yield response
            closing.set()
            await asyncio.Event().wait()

    agent = Agent(Slow(stream_function=scripted(["one ", "two"]).model().stream_function))
    with capture_run_messages() as messages:
        task = asyncio.create_task(agent.run("Count", event_stream_handler=Recorded()))
        await closing.wait()
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()
    assert (messages[-1].parts, messages[-1].state) == ([TextPart("one two")], None)
