"""Stopping a reply closes the HTTP response at once: what the server still has to say is not read."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
from typing_extensions import override

from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import ModelAPIError
from tui.agent.fetch import fetch
from tui.agent.messages import ModelResponse, TextPart
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider
from tui.agent.usage import Usage


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


async def test_a_normal_exit_reads_the_rest() -> None:
    wire, clients = Wire(), list[httpx.AsyncClient]()
    wire.gate.set()
    async with agent_on(wire, clients).run_stream("Count") as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert result.all_messages()[-1].parts == [TextPart("one two three four ")]
    assert wire.closed
    await clients[0].aclose()


class Connection(httpx.AsyncByteStream):
    """An answer that is closed as httpcore closes: not at once, and by who does it first, even if that is cut short.

    Attributes:
        open: nobody has closed it.
    """

    def __init__(self, body: list[bytes]) -> None:
        self.open = True
        self._body = body
        self._closing = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for piece in self._body:
                await asyncio.sleep(0)
                yield piece
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        if not self._closing:
            self._closing = True
            await asyncio.sleep(0)
            self.open = False


class Answers(httpx.AsyncBaseTransport):
    """Gives every request the same answer, after some turns of the loop."""

    def __init__(self, status: int, *body: bytes) -> None:
        self.connections: list[Connection] = []
        self._status = status
        self._body = [*body]

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        self.connections.append(Connection(self._body))
        return httpx.Response(self._status, stream=self.connections[-1])


HELLO = b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [("model", 200, [HELLO, DONE]), ("model", 400, [b"{}"]), ("model", 200, [b"<html>"]), ("page", 200, [b"A page."])],
)
async def test_whoever_is_stopped_at_any_turn_of_the_loop_leaves_no_connection_open(
    asked: str, status: int, body: list[bytes], times: int
) -> None:
    """It was a matter of moments: an answer that came just then was nobody's, and its connection busy for ever."""
    stopped_after = 0
    while True:
        transport = Answers(status, *body)
        async with httpx.AsyncClient(transport=transport) as client:
            task = asyncio.create_task(_ask(asked, client))
            for _ in range(stopped_after):
                await asyncio.sleep(0)
            over = task.done()
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
            await asyncio.wait({task})
            for _ in range(3):  # who is stopped twice does not wait for the end
                await asyncio.sleep(0)
            assert [one for one in transport.connections if one.open] == [], f"stopped after {stopped_after} turns"
        if over:
            break
        stopped_after += 1
    assert stopped_after > 5


async def _ask(asked: str, client: httpx.AsyncClient) -> None:
    with suppress(ModelAPIError):
        if asked == "page":
            await fetch("https://example.org", limit_bytes=1_000, client=client)
        else:
            provider = Provider(VENDORS["openai"], api_key="test", client=client)
            await Agent(model_of(provider, "m")).run("Hello")
