"""Stopping a reply closes the HTTP response at once: what the server still has to say is not read."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tui.agent.agent import Agent, capture_run_messages
from tui.agent.messages import ModelResponse, TextPart
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider
from tui.agent.usage import Usage
from tui.agent.wire.reply import send
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.request_context import RequestContext


class Wire(httpx.AsyncByteStream):
    """A response of a server that counts what is read of it, and waits before its third event until it may go on."""

    def __init__(self) -> None:
        self.read_bytes = 0
        self.closed = False
        self.gate = asyncio.Event()
        self.waiting = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number, word in enumerate(["one ", "two ", "three ", "four "]):
            if number == 2:
                self.waiting.set()
                await self.gate.wait()
            event = json.dumps({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": word}}]})
            data = f"data: {event}\n\n".encode()
            self.read_bytes += len(data)
            yield data
        yield b"data: [DONE]\n\n"

    async def aclose(self) -> None:
        self.closed = True


def agent_on(wire: Wire, client: list[httpx.AsyncClient]) -> Agent[None, str]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=wire)

    client.append(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    provider = Provider(VENDORS["openai"], api_key="test", client=client[0])
    return Agent(model_of(provider, "m"))


@pytest.mark.parametrize("way", ["task", "cancel", "exception"])
async def test_no_byte_is_read_after_the_stop(way: str) -> None:
    wire, clients, usage = Wire(), list[httpx.AsyncClient](), Usage()
    agent, arrived = agent_on(wire, clients), asyncio.Event()

    async def read() -> None:
        async with agent.run_stream("Count", usage=usage) as result:
            async for text in result.stream_text(debounce_by=None):
                if text == "one two ":
                    arrived.set()  # the wire may be ahead of who reads it
                if text == "one two " and way == "cancel":
                    await result.cancel()
                elif text == "one two " and way == "exception":
                    raise ZeroDivisionError
        assert not result.is_complete

    with capture_run_messages() as messages:
        task = asyncio.create_task(read())
        if way == "task":
            await wire.waiting.wait()
            await arrived.wait()
            task.cancel()
        await asyncio.wait({task})
    before = wire.read_bytes
    wire.gate.set()
    await asyncio.sleep(0)
    assert wire.closed
    assert wire.read_bytes == before < 250
    partial = messages[-1]
    assert isinstance(partial, ModelResponse)
    assert (partial.parts, partial.state) == ([TextPart("one two ")], "interrupted")
    assert (usage.requests, usage.response_tokens, usage.estimated) == (1, 2, True)
    assert task.cancelled() == (way == "task")
    assert (not task.cancelled() and isinstance(task.exception(), ZeroDivisionError)) == (way == "exception")
    await clients[0].aclose()


@pytest.mark.parametrize("steps", range(30))
async def test_an_answer_that_comes_in_the_moment_of_the_stop_is_closed(steps: int) -> None:
    wire, answered = Wire(), False

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal answered
        answered = True
        return httpx.Response(200, stream=wire)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        request = HttpRequest("http://127.0.0.1/")
        sending = asyncio.create_task(send(request, RequestContext("acme", "Acme"), client=client))
        for _ in range(steps):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait({sending})
        if not sending.cancelled():
            await sending.result().aclose()
        assert wire.closed or not answered


async def test_a_normal_exit_reads_the_rest() -> None:
    wire, clients = Wire(), list[httpx.AsyncClient]()
    wire.gate.set()
    async with agent_on(wire, clients).run_stream("Count") as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert result.all_messages()[-1].parts == [TextPart("one two three four ")]
    assert wire.closed
    await clients[0].aclose()
