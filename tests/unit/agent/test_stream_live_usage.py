"""The figures that a meter shows while a reply streams: guesses that rise, then what the provider reports."""

import asyncio
from typing import Any

import pytest

from tests.support.engine import LateModel, Recorded
from tui.agent._run.live import LiveUsage, estimate_request, quarter_tokens
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.messages import (
    BinaryContent,
    ModelMessage,
    ModelNoticeEvent,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    RetryPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UnknownPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.tools import ToolDefinition
from tui.agent.usage import Usage, UsageLimits

REPORT = Usage(request_tokens=12, response_tokens=7, total_tokens=19, details={"cache_read_tokens": 4})


async def test_guesses_rise_until_the_provider_reports() -> None:
    usage = Usage()
    model = LateModel(["Hello ", "to the ", "whole world. ", REPORT, "!"])
    seen = []
    async with Agent(model).run_stream("Say hello", usage=usage) as result:
        seen.append((usage.request_tokens, usage.response_tokens, usage.total_tokens, usage.estimated))
        async for event in result:
            if event.event_kind == "part_delta":
                seen.append((usage.request_tokens, usage.response_tokens, usage.total_tokens, usage.estimated))
    assert seen == [(3, 2, 5, True), (3, 4, 7, True), (3, 7, 10, True), (12, 7, 19, False)]
    assert usage == Usage(1, 12, 7, 19, {"cache_read_tokens": 4})
    assert not usage.estimated
    assert usage.cache_read_tokens == 4


async def test_what_was_read_from_the_cache_is_known_as_soon_as_it_is_reported() -> None:
    """A price that is shown, or held to a limit, while the answer comes in is else that of the whole request."""
    usage, seen = Usage(), []
    early = Usage(request_tokens=12, details={"cache_read_tokens": 9})
    async with Agent(LateModel(["Hello ", early, "world. ", REPORT, "!"])).run_stream("Hello", usage=usage) as result:
        async for event in result:
            if event.event_kind == "part_delta":
                seen.append(usage.cache_read_tokens)
    assert seen[-2:] == [9, 4] and usage.details == {"cache_read_tokens": 4}


async def test_the_request_is_guessed_while_the_model_has_not_begun() -> None:
    gate, usage = asyncio.Event(), Usage()
    recorded = Recorded()
    task = asyncio.create_task(
        Agent(LateModel([gate, "Hi.", REPORT])).run("x" * 400, usage=usage, event_stream_handler=recorded)
    )
    await recorded.saw("usage")
    assert (usage.requests, usage.request_tokens, usage.response_tokens, usage.estimated) == (1, 100, 0, True)
    gate.set()
    await task
    assert usage == Usage(1, 12, 7, 19, {"cache_read_tokens": 4})


async def test_result_usage_is_what_was_reported_and_no_guess() -> None:
    async with Agent(LateModel(["Hello ", "there", REPORT])).run_stream("x") as result:
        assert result.usage() == Usage(requests=1)
        await result.get_data()
        assert result.usage() == Usage(1, 12, 7, 19, {"cache_read_tokens": 4})


async def test_a_stopped_reply_stays_a_guess() -> None:
    usage = Usage()
    async with Agent(LateModel(["Hello ", "there", REPORT])).run_stream("x", usage=usage) as result:
        await result.cancel()
    assert (usage.requests, usage.response_tokens, usage.estimated) == (1, 2, True)


async def test_a_provider_that_never_reports_leaves_the_guess() -> None:
    usage = Usage()
    async with Agent(LateModel(["Hello ", "there"])).run_stream("x", usage=usage) as result:
        await result.get_data()
    assert (usage.requests, usage.request_tokens, usage.response_tokens, usage.total_tokens) == (1, 1, 3, 4)
    assert usage.estimated
    whole = Usage()
    await Agent(LateModel(["Hello"])).run("x", usage=whole)
    assert whole == Usage(requests=1)


async def test_a_report_of_one_side_keeps_the_guess_of_the_other() -> None:
    usage = Usage()
    model = LateModel([Usage(request_tokens=40), "Hello"])
    async with Agent(model).run_stream("x", usage=usage) as result:
        await result.get_data()
    assert (usage.request_tokens, usage.response_tokens, usage.total_tokens, usage.estimated) == (40, 2, 42, True)


async def test_a_report_without_a_total_leaves_the_total_unknown() -> None:
    usage = Usage()
    async with Agent(LateModel(["Hello", Usage(0, 4, 2)])).run_stream("x", usage=usage) as result:
        await result.get_data()
    assert usage == Usage(1, 4, 2, None)


async def test_a_stream_that_does_not_open_costs_nothing() -> None:
    usage = Usage()
    with pytest.raises(ConnectionError):
        async with Agent(LateModel(opening=ConnectionError("down"))).run_stream("x", usage=usage):
            raise AssertionError("never entered")
    assert usage == Usage()
    assert not usage.estimated


async def test_guesses_count_against_the_limits() -> None:
    model = LateModel(["one two three four ", "five six seven eight ", "never"])
    limits = UsageLimits(response_tokens_limit=8)
    with capture_run_messages() as messages, pytest.raises(UsageLimitExceeded, match=r"\(response_tokens=10\)"):
        async with Agent(model).run_stream("x", usage_limits=limits) as result:
            await result.get_data()
    assert messages[-1].parts == [TextPart("one two three four five six seven eight ")]


IMAGE = ["look", BinaryContent(b"x" * 10**6, "image/png")]
LONG = "word " * 1000


@pytest.mark.parametrize("prompt", [IMAGE, LONG], ids=["an image", "a long text"])
@pytest.mark.parametrize("limit", ["request_tokens_limit", "total_tokens_limit"])
@pytest.mark.parametrize("reported", [[REPORT], []], ids=["reported", "never reported"])
async def test_a_limit_on_the_request_is_not_judged_by_a_guess(limit: str, prompt: Any, reported: list[Usage]) -> None:
    usage = Usage()
    for _ in range(2):  # a guess that stayed is none for the run after it either
        model = LateModel(["Hello ", "there", *reported])
        async with Agent(model).run_stream(prompt, usage=usage, usage_limits=UsageLimits(**{limit: 50})) as result:
            assert await result.get_data() == "Hello there"
    assert usage.estimated == (not reported)
    assert (usage.request_tokens or 0) > 1000 or reported


@pytest.mark.parametrize("limit", ["request_tokens_limit", "total_tokens_limit"])
@pytest.mark.parametrize("at", [0, 1, 2], ids=["at once", "while it answers", "at the end"])
async def test_a_limit_on_the_request_holds_as_soon_as_it_was_reported(limit: str, at: int) -> None:
    pieces: list[Any] = ["Hello ", "there"]
    pieces.insert(at, Usage(request_tokens=12))
    usage = Usage()
    with pytest.raises(UsageLimitExceeded, match=rf"^Exceeded the {limit} of 11 "):
        async with Agent(LateModel([*pieces, "!"])).run_stream(
            "x", usage=usage, usage_limits=UsageLimits(**{limit: 11})
        ) as result:
            await result.get_data()
    assert usage.request_tokens == 12


async def test_a_limit_crossed_by_the_final_report_counts_the_report_once() -> None:
    usage = Usage()
    with pytest.raises(UsageLimitExceeded, match=r"\(response_tokens=7\)"):
        limits = UsageLimits(response_tokens_limit=5)
        async with Agent(LateModel(["Hi.", REPORT])).run_stream("x", usage=usage, usage_limits=limits):
            pass
    assert usage == REPORT + Usage(requests=1)


async def test_thoughts_count_too() -> None:
    usage = Usage()
    async with Agent(LateModel([ThinkingPart("a thought "), "text"])).run_stream("x", usage=usage) as result:
        await result.get_data()
    assert usage.response_tokens == 4


async def test_usage_events_come_when_there_is_something_to_tell() -> None:
    recorded = Recorded()
    model = LateModel(["word " * 20, *["word "] * 20, REPORT])
    async with Agent(model).run_stream("x", event_stream_handler=recorded) as result:
        await result.get_data()
    kinds = [event.event_kind for event in recorded.events]
    assert kinds.count("usage") == 5  # before and after opening, after each 16 guessed tokens, at the end
    assert kinds[-1] == "usage"


async def test_notices_of_the_model_reach_the_handler_before_it_answers() -> None:
    notice = ModelNoticeEvent("retry", "Overloaded, trying again", 2.0, 1, 3)
    for kind in ("run", "run_stream"):
        recorded = Recorded()
        agent = Agent(LateModel(["Hi."], notice=notice))
        if kind == "run":
            await agent.run("x", event_stream_handler=recorded)
        else:
            async with agent.run_stream("x", event_stream_handler=recorded):
                pass
        assert recorded.kinds() == ["model_request", "model_notice", "part_start", "final_result"]
        assert notice in recorded.events


def test_runs_at_the_same_time_share_one_object() -> None:
    usage = Usage(requests=1, request_tokens=10, response_tokens=10, total_tokens=20)
    first, second = LiveUsage(usage, 100), LiveUsage(usage, 200)
    first.open()
    second.open()
    first.finish(Usage(0, 1, 2, 3))
    second.finish(Usage(0, 4, 5, 9))
    assert usage == Usage(3, 15, 17, 32)


@pytest.mark.parametrize(
    ("event", "tokens"),
    [
        (PartStartEvent(0, TextPart("abcd")), 1),
        (PartStartEvent(0, ThinkingPart("abcd")), 1),
        (PartStartEvent(0, ToolCallPart("tool", '{"x": 1}')), 2),
        (PartStartEvent(0, UnknownPart({})), 0),
        (PartDeltaEvent(0, TextPartDelta("abcdefgh")), 2),
        (PartDeltaEvent(0, ThinkingPartDelta("abcd")), 1),
        (PartDeltaEvent(0, ThinkingPartDelta(signature_delta="sealed")), 0),
        (PartDeltaEvent(0, ToolCallPartDelta(args_delta='{"x": 1}')), 2),
        (PartDeltaEvent(0, ToolCallPartDelta(tool_name_delta="tool")), 0),
    ],
)
def test_whatever_arrives_is_guessed(event: ModelResponseStreamEvent, tokens: int) -> None:
    usage = Usage()
    live = LiveUsage(usage, 0)
    live.open()
    live.receive(event, Usage())
    assert usage.response_tokens == tokens


@pytest.mark.parametrize(
    ("text", "quarters"),
    [("", 0), ("abcd", 4), ("你好", 8), ("日本 a", 10), ("é", 1), ("😀", 4)],
)
def test_a_character_is_a_quarter_of_a_token_and_a_chinese_one_a_whole(text: str, quarters: int) -> None:
    assert quarter_tokens(text) == quarters


def test_everything_in_a_request_is_guessed() -> None:
    nothing = ModelRequestParameters([], True, [])
    messages: list[ModelMessage] = [
        ModelRequest([UserPromptPart("a" * 40)], instructions="not the last"),
        ModelResponse([TextPart("b" * 40), ToolCallPart("tool", '{"x":1}')]),
        ModelRequest([ToolReturnPart("tool", {"y": 2}), RetryPromptPart("again")], instructions="c" * 80),
    ]
    assert estimate_request(messages, nothing) == (40 + 40 + 4 + 7 + 8 + 5 + 80 + 3) // 4
    prompt = UserPromptPart(["look", BinaryContent(b"x" * 10**6, "image/png")])
    assert estimate_request([ModelRequest([prompt])], nothing) == 1001
    tool = ToolDefinition("tool", "does", {"type": "object"})
    assert estimate_request([], ModelRequestParameters([tool], True, [])) == (4 + 4 + 18 + 3) // 4
