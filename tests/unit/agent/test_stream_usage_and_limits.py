"""Usage is live in the object that the caller passed, and limits hold whichever way a stream is read."""

import pytest

from tests.support.conversation import call, response
from tests.support.engine import scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.messages import (
    ModelResponse,
    TextPart,
)
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext
from tui.agent.usage import Usage, UsageLimits


async def test_the_callers_usage_changes_with_every_event() -> None:
    usage = Usage()
    script = scripted(["one ", "two ", "three"])
    seen = []
    async with Agent(script.model()).run_stream("Count", usage=usage) as result:
        async for _ in result.stream_text(debounce_by=None):
            seen.append((usage.requests, usage.request_tokens, usage.response_tokens, usage.total_tokens))
    assert seen == [(1, 50, 1, 51), (1, 50, 2, 52), (1, 50, 3, 53)]
    assert not usage.estimated


async def test_what_was_used_counts_when_the_run_is_stopped() -> None:
    usage = Usage()
    async with Agent(scripted(["one ", "two ", "three"]).model()).run_stream("Count", usage=usage) as result:
        async for _ in result:
            break
        await result.cancel()
        assert result.usage() == Usage(requests=1, request_tokens=50, response_tokens=2, total_tokens=52)
    assert usage == Usage(requests=1, request_tokens=50, response_tokens=2, total_tokens=52)


async def test_runs_of_tools_share_the_object() -> None:
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


@pytest.mark.parametrize("view", ["stream_text", "stream", "stream_structured", "events", "get_data"])
async def test_a_limit_stops_every_view_at_the_event_that_crosses_it(view: str) -> None:
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


async def test_a_caught_limit_is_not_raised_a_second_time_on_leaving() -> None:
    script = scripted(["one ", "two ", "three ", "four "])
    async with Agent(script.model()).run_stream("x", usage_limits=UsageLimits(response_tokens_limit=2)) as result:
        with pytest.raises(UsageLimitExceeded):
            await result.get_data()
        with pytest.raises(UsageLimitExceeded):
            await result.get_data()
    assert not result.is_complete
