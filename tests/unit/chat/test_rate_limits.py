"""What is left of a provider's limits is shown while it is true: from any answer, also a refusal, until it is over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, json_answer, sse
from tests.support.scripted import ScriptedCatalog
from tui.agent.models import Model
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, custom_vendor
from tui.agent.rate_limit import RateLimit
from tui.agent.wire.client import release_client
from tui.agent.wire.policy import RequestPolicy
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.rate_limits import UNTOLD_RESET, RateLimits
from tui.chat.replies.events import ReplyDone, ReplyFailed, ReplyStopped
from tui.chat.replies.replies import Replies

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LEFT = {
    "x-ratelimit-remaining-requests": "58", "x-ratelimit-limit-requests": "60", "x-ratelimit-reset-requests": "2m",
    "x-ratelimit-remaining-tokens": "900", "x-ratelimit-limit-tokens": "40000",
}  # fmt: skip
GOOD = Answer(
    sse({"choices": [{"delta": {"content": "Hello"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    headers=LEFT,
)


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


def model_at(url: str) -> Model:
    policy = RequestPolicy(connect_s=2, silence_s=5, content_s=5, first_delay_s=0.001)
    return model_of(Provider(custom_vendor("acme", url, label="Acme"), api_key="sk-canary-0123", policy=policy), "m")


async def outcome(library: Library, url: str) -> tuple[Replies, Any]:
    """The end of one reply by the model at an address."""
    replies, ended = Replies(library, ScriptedCatalog({"acme:m": model_at(url)})), asyncio.Queue[Any]()
    replies.subscribe(
        lambda _, event: ended.put_nowait(event) if isinstance(event, ReplyDone | ReplyFailed | ReplyStopped) else None
    )
    replies.send(library.new("acme:m"), Prompt("Hi"))
    return replies, await ended.get()


async def test_an_answer_tells_what_is_left(library: Library) -> None:
    async with ProtocolServer(GOOD) as server:
        replies, event = await outcome(library, server.url)
    limits = event.reading.rate_limits
    assert [(one.unit, one.remaining, one.limit) for one in limits.left] == [
        ("requests", 58, 60), ("tokens", 900, 40000)
    ]  # fmt: skip
    assert [one.scarce for one in limits.left] == [False, True]
    assert replies.rate_limits == {"acme": limits}, "also for the next chat with this provider"


async def test_a_refusal_tells_it_too(library: Library) -> None:
    refusal = json_answer({"error": {"message": "slow down"}}, 429, x_ratelimit_remaining_requests="0")
    async with ProtocolServer(refusal) as server:
        _, event = await outcome(library, server.url)
    assert isinstance(event, ReplyFailed)
    assert event.reading.rate_limits is not None and event.reading.rate_limits.left[0].scarce


async def test_an_answer_that_says_nothing_of_it_claims_nothing(library: Library) -> None:
    async with ProtocolServer(Answer(GOOD.steps)) as server:
        replies, event = await outcome(library, server.url)
    assert event.reading.rate_limits is None and replies.rate_limits == {}


def test_each_is_gone_when_it_begins_anew() -> None:
    told = RateLimits.told([RateLimit("requests", 1, 60, 10.0), RateLimit("tokens", 900)], NOW)
    assert told.still(NOW) is told
    later = told.still(NOW + timedelta(seconds=10))
    assert later is not None and [one.unit for one in later.left] == ["tokens"] and later.at == NOW
    assert told.still(NOW + UNTOLD_RESET) is None
    assert [one.reset_told for one in told.left] == [True, False]


def test_what_is_left_of_an_unknown_whole_is_not_called_scarce_before_its_end() -> None:
    told = RateLimits.told([RateLimit("requests", 1), RateLimit("tokens", 0), RateLimit("tokens", 5, 0)], NOW)
    assert [(one.share, one.scarce) for one in told.left] == [(None, False), (None, True), (None, False)]
