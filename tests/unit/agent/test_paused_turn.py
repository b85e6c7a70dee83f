"""Anthropic pauses a turn in its own tools: the run goes on with it. Lost else: the half of an answer with a search."""

import json
from typing import Any

import httpx
import pytest

from tests.support.recordings import HASTY, Bytes
from tests.support.wire_bytes import sse_bytes
from tui.agent import Agent, UsageLimits
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from tui.agent.models.anthropic import AnthropicModel
from tui.agent.providers import VENDORS, Provider

SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "tides"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}


def answer(*blocks: dict[str, Any], reason: str) -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 10}}}]
    for index, block in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 5}})
    return sse_bytes(*events, {"type": "message_stop"}, named=True)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


PAUSED = answer(text("I look it up."), SEARCH, FOUND, reason="pause_turn")
ENDED = answer(text("High tide is at six."), reason="end_turn")


class Wire:
    """Answers with one body after the other, the last again and again; keeps what was asked."""

    def __init__(self, *bodies: bytes) -> None:
        self.bodies = list(bodies)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        body = self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0]
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Bytes(body, 0))

    def agent(self) -> Agent[None, str]:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), trust_env=False)
        provider = Provider(VENDORS["anthropic"], api_key="a-test-key", client=client, policy=HASTY)
        model = AnthropicModel("claude-sonnet-4-5", provider=provider)
        return Agent(model, name="tides", model_settings={"web_search": True})


def checked(wire: Wire, messages: list[ModelMessage]) -> None:
    assert [message.kind for message in messages] == ["request", "response", "response"]
    first, second = wire.asked
    assert second["messages"][:1] == [{**first["messages"][0]}]
    assert second["messages"][1:] == [{"role": "assistant", "content": [text("I look it up."), SEARCH, FOUND]}]
    assert ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(messages)) == messages
    paused, ended = messages[1:]
    assert isinstance(paused, ModelResponse) and isinstance(ended, ModelResponse)
    assert (paused.paused, ended.paused, paused.finish_reason) == (True, False, "stop")


WHOLE = "I look it up.\n\nHigh tide is at six."


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_run_goes_on_with_the_answer(streamed: bool) -> None:
    wire = Wire(PAUSED, ENDED)
    if streamed:
        async with wire.agent().run_stream("When is high tide?") as stream:
            pieces = [piece async for piece in stream.stream_text(delta=True)]
            assert "".join(pieces) == WHOLE
            assert await stream.get_data() == WHOLE
            checked(wire, stream.all_messages())
            assert stream.usage().requests == 2
    else:
        result = await wire.agent().run("When is high tide?")
        assert result.data == WHOLE
        checked(wire, result.all_messages())
        assert (result.usage().requests, result.usage().request_tokens) == (2, 20)


async def test_step_by_step_it_is_a_request_more() -> None:
    wire = Wire(PAUSED, ENDED)
    async with wire.agent().iter("When is high tide?") as run:
        steps = [type(node).__name__ async for node in run]
    assert steps == ["ModelRequestNode", "CallToolsNode", "ModelRequestNode", "CallToolsNode", "End"]
    assert run.result is not None and run.result.data == WHOLE


async def test_one_that_never_ends_its_turn_comes_to_the_limit_of_requests() -> None:
    wire = Wire(PAUSED)
    with pytest.raises(UsageLimitExceeded):
        await wire.agent().run("When is high tide?", usage_limits=UsageLimits(request_limit=3))
    assert len(wire.asked) == 3


async def test_nothing_cannot_be_gone_on_with() -> None:
    wire = Wire(answer(reason="pause_turn"), ENDED)
    with pytest.raises(Exception, match="empty model response"):
        await wire.agent().run("When is high tide?")
    assert len(wire.asked) == 1
