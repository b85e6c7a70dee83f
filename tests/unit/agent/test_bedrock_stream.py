"""Bedrock's frames, one row per quirk. Lost else: text, a call, thoughts, or an exception in mid-stream."""

import json
from typing import Any

import pytest

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import aws_frame
from tui.agent.messages import ThinkingPart
from tui.agent.providers import VENDORS

HEADERS = {"content-type": "application/vnd.amazon.eventstream"}
START = ("messageStart", {"role": "assistant"})
USAGE = (
    "metadata",
    {"usage": {"inputTokens": 5, "outputTokens": 2, "cacheReadInputTokens": 3}, "metrics": {"latencyMs": 1}},
)


def delta(index: int, **fields: Any) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": fields}


def end(index: int) -> tuple[str, Any]:
    return "contentBlockStop", {"contentBlockIndex": index}


def stop(reason: str = "end_turn") -> tuple[str, Any]:
    return "messageStop", {"stopReason": reason}


def tool(index: int) -> tuple[str, Any]:
    return "contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}


async def ask(*frames: tuple[str, Any], size: int = 0, more: bytes = b"") -> Outcome:
    wire = b"".join(aws_frame(name, payload) for name, payload in frames) + more
    return await replay(VENDORS["bedrock"], wire, size=size, headers=HEADERS)


@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_without_a_start_and_usage_after_the_stop_arrive(size: int) -> None:
    outcome = await ask(START, delta(0, text="H"), delta(0, text="i"), end(0), stop(), USAGE, size=size)
    assert outcome.error is None and outcome.response is not None
    assert (outcome.text, outcome.response.finish_reason) == ("Hi", "stop")
    assert (outcome.usage.request_tokens, outcome.usage.response_tokens, outcome.usage.cache_read_tokens) == (8, 2, 3)


@pytest.mark.parametrize("pieces", [['{"x"', ": 1}"], ['{"x": 1}']])
async def test_a_tool_call_arrives(pieces: list[str]) -> None:
    frames = [delta(1, toolUse={"input": piece}) for piece in pieces]
    outcome = await ask(START, delta(0, text="Hi"), end(0), tool(1), *frames, end(1), stop("tool_use"), USAGE)
    assert outcome.calls == [("f", {"x": 1})] and outcome.response is not None
    assert outcome.response.finish_reason == "tool_call"


async def test_a_call_without_arguments_has_none() -> None:
    assert (await ask(START, tool(0), end(0), stop("tool_use"))).calls == [("f", {})]


async def test_thoughts_keep_their_seal_and_hidden_thoughts_theirs() -> None:
    outcome = await ask(
        START,
        delta(0, reasoningContent={"text": "hm"}),
        delta(0, reasoningContent={"signature": "SEAL"}),
        end(0),
        delta(1, reasoningContent={"redactedContent": "SElE"}),
        end(1),
        delta(2, text="Hi"),
        stop(),
    )
    plain, hidden = outcome.parts(ThinkingPart)
    assert (plain.content, plain.signature) == ("hm", "SEAL")
    assert hidden.signature == "SElE" and hidden.provider_details["redacted"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("throttlingException", "rate_limit"),
        ("serviceUnavailableException", "overloaded"),
        ("internalServerException", "server"),
        ("modelStreamErrorException", "server"),
        ("validationException", "bad_request"),
    ],
)
async def test_an_exception_in_mid_stream_keeps_the_words_before_it(name: str, kind: str) -> None:
    wire = aws_frame(name, {"message": "it broke"}, exception=True)
    outcome = await ask(START, delta(0, text="Hi"), more=wire)
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.text, "it broke" in outcome.error.message) == (kind, "Hi", True)


async def test_a_damaged_frame_is_an_error_that_keeps_the_words_before_it() -> None:
    outcome = await ask(START, delta(0, text="Hi"), more=b"\x00\x00\x00\x20garbage garbage garbage garbage")
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("malformed", "Hi")


async def test_a_stream_without_its_stop_is_cut() -> None:
    outcome = await ask(START, delta(0, text="Hi"))
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("stream_cut", "Hi")


async def test_a_whole_answer_is_read() -> None:
    content = [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "SEAL"}}},
        {"text": "Hi"},
        {"toolUse": {"toolUseId": "t", "name": "f", "input": {"x": 1}}},
    ]
    value = {"output": {"message": {"content": content}}, "stopReason": "tool_use", "usage": USAGE[1]["usage"]}
    outcome = await replay(
        VENDORS["bedrock"], json.dumps(value).encode(), headers={"content-type": "application/json"}, streamed=False
    )
    assert (outcome.error, outcome.text, outcome.thinking, outcome.calls) == (None, "Hi", "hm", [("f", {"x": 1})])
    assert outcome.usage.response_tokens == 2


async def test_the_models_id_is_one_part_of_the_path() -> None:
    outcome = await replay(VENDORS["bedrock"], b"", name="us.amazon.nova:0/x")
    assert outcome.requests[0].url.raw_path == b"/model/us.amazon.nova%3A0%2Fx/converse-stream"
    assert outcome.requests[0].headers["authorization"] == "Bearer a-test-key"
