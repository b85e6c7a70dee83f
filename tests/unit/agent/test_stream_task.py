"""A model's stream is opened, read and closed in one task. Lost else: every model that uses cancel scopes or time-outs.

A cancel scope of anyio may be left only by the task that has entered it, and a time-out of asyncio cancels that one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from tests.support.engine import scripted
from tests.support.protocol_server import Answer, ProtocolServer, sse
from tui.agent.agent import Agent
from tui.agent.models import StreamedResponse
from tui.agent.models.function import FunctionModel
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, custom_vendor
from tui.agent.wire.client import release_client

DEBOUNCES = [None, 0.0, 0.002, 5.0]


class TaskBound(FunctionModel):
    """A model whose stream and whose response are each inside scopes that belong to a task.

    Attributes:
        tasks: in which it was opened, pulled from and closed.
        gate: a word that is late; what it says comes when it is set.
    """

    def __init__(self, *, deadline_s: float = 60.0) -> None:
        super().__init__(stream_function=self._words)
        self.tasks: set[asyncio.Task[Any] | None] = set()
        self.gate = asyncio.Event()
        self.closed = 0
        self._deadline_s = deadline_s

    async def _words(self, messages: object, info: object) -> AsyncIterator[str]:
        try:
            with anyio.CancelScope():
                async with asyncio.timeout(self._deadline_s):
                    yield "one "
                    self.tasks.add(asyncio.current_task())
                    await asyncio.sleep(0)
                    yield "two "
                    await self.gate.wait()
                    self.tasks.add(asyncio.current_task())
                    yield "three"
        finally:
            self.closed += 1
            self.tasks.add(asyncio.current_task())

    @asynccontextmanager
    async def request_stream(self, *asked: Any) -> AsyncIterator[StreamedResponse]:
        self.tasks.add(asyncio.current_task())
        try:
            with anyio.CancelScope():
                async with asyncio.timeout(60), super().request_stream(*asked) as response:
                    yield response
        finally:
            self.tasks.add(asyncio.current_task())


VIEWS = {
    "text": lambda result, debounce_by: result.stream_text(debounce_by=debounce_by),
    "pieces": lambda result, debounce_by: result.stream_text(delta=True, debounce_by=debounce_by),
    "values": lambda result, debounce_by: result.stream(debounce_by=debounce_by),
    "responses": lambda result, debounce_by: result.stream_structured(debounce_by=debounce_by),
}


class StopHere(Exception):  # noqa: N818
    """What a body raises."""


@pytest.mark.parametrize("left", ["at its end", "by break", "by an exception", "by cancel", "by its task"])
@pytest.mark.parametrize("debounce_by", DEBOUNCES)
@pytest.mark.parametrize("view", VIEWS)
async def test_one_task_opens_reads_and_closes_a_stream(view: str, debounce_by: float | None, left: str) -> None:
    model = TaskBound()

    async def body() -> None:
        async with Agent(model).run_stream("Count") as result:
            async for _ in VIEWS[view](result, debounce_by):
                if left == "by break":
                    break
                if left == "by an exception":
                    raise StopHere
                if left == "by cancel":
                    await result.cancel()
                if left == "by its task":
                    task.cancel()
                    await asyncio.sleep(0)
                model.gate.set()
            model.gate.set()

    asyncio.get_running_loop().call_later(0.01, model.gate.set)
    task = asyncio.create_task(body())
    await asyncio.wait({task})
    ended = "cancelled" if task.cancelled() else type(task.exception())
    expected = {"by an exception": StopHere, "by its task": "cancelled"}.get(left, type(None))
    assert ended == expected
    assert (model.tasks, model.closed) == ({task}, 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("debounce_by", DEBOUNCES)
async def test_a_time_out_of_the_models_stream_is_raised_as_one(debounce_by: float | None) -> None:
    model = TaskBound(deadline_s=0.02)

    async def body() -> None:
        async with Agent(model).run_stream("Count") as result:
            async for _ in result.stream_text(debounce_by=debounce_by):
                pass

    task = asyncio.create_task(body())
    with pytest.raises(TimeoutError):
        await task
    assert (model.tasks, model.closed, task.cancelling()) == ({task}, 1, 0)


@pytest.mark.parametrize("debounce_by", DEBOUNCES)
async def test_a_time_out_around_a_view_ends_the_stream_in_its_task(debounce_by: float | None) -> None:
    model = TaskBound()

    async def body() -> None:
        async with Agent(model).run_stream("Count") as result:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    async for _ in result.stream_text(debounce_by=debounce_by):
                        pass

    task = asyncio.create_task(body())
    await task
    assert (model.tasks, model.closed, task.cancelling()) == ({task}, 1, 0)


@pytest.mark.parametrize("debounce_by", DEBOUNCES)
async def test_the_steps_of_a_run_are_read_in_one_task_too(debounce_by: float | None) -> None:
    model = TaskBound()

    async def body() -> list[str]:
        texts: list[str] = []
        async with Agent(model).iter("Count") as run:
            async for node in run:
                if hasattr(node, "stream") and hasattr(node, "request"):
                    async with node.stream(run.ctx) as stream:
                        async for text in stream.stream_output(debounce_by=debounce_by):
                            texts.append(text)
                            model.gate.set()
        return texts

    asyncio.get_running_loop().call_later(0.01, model.gate.set)
    task = asyncio.create_task(body())
    assert (await task)[-1] == "one two three"
    assert (model.tasks, model.closed) == ({task}, 1)


async def test_what_the_deadline_of_a_group_interrupts_is_gone_on_with() -> None:
    gate = asyncio.Event()
    script = scripted(["one ", gate, "two ", "three "])
    async with Agent(script.model()).run_stream("Count") as result:
        pieces = result.stream_text(delta=True, debounce_by=0.001)
        assert await anext(pieces) == "one "
        assert script.read == ["one "]
        asyncio.get_running_loop().call_later(0.005, gate.set)
        assert await anext(pieces) == "two three "
    assert script.closed == 1


WORD = {"choices": [{"delta": {"content": "one "}}]}
MORE = {"choices": [{"delta": {"content": "two"}}]}
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
CALL = {
    "choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "look", "arguments": "{}"}}]}}]
}


@pytest.mark.parametrize("debounce_by", [None, 0.002])
async def test_who_takes_longer_over_a_piece_than_a_time_out_is_not_cancelled(debounce_by: float | None) -> None:
    gate = asyncio.Event()
    whole = Answer([*sse(WORD, done=False), gate, *sse(MORE, STOP)])
    async with ProtocolServer(whole) as server:
        model = model_of(Provider(custom_vendor("acme", f"{server.url}/v1")), "m")
        async with Agent(model, model_settings={"timeout": 1.0}).run_stream("Count") as result:
            texts = []
            async for text in result.stream_text(delta=True, debounce_by=debounce_by):
                texts.append(text)
                gate.set()
                await asyncio.sleep(1.2)  # somebody reads it
    await release_client()
    assert "".join(texts) == "one two"


@pytest.mark.parametrize("debounce_by", DEBOUNCES)
async def test_a_tool_between_two_connections_ends_nothing(debounce_by: float | None) -> None:
    calls, ends = Answer(sse(WORD, CALL, STOP)), Answer(sse(MORE, STOP), headers={"connection": "close"})
    async with ProtocolServer(calls, ends) as server:
        agent = Agent(model_of(Provider(custom_vendor("acme", f"{server.url}/v1")), "m"))

        @agent.tool_plain
        async def look() -> str:
            await release_client()  # so that the next request connects anew
            return "seen"

        async with agent.run_stream("Count") as result:
            texts = [text async for text in result.stream_text(delta=True, debounce_by=debounce_by)]
    await release_client()
    assert "".join(texts) == "one \n\ntwo"
