"""Gemini's chunks, one row per quirk. Lost else: text, a call's seal, thoughts in the count, a reason."""

import json
from typing import Any

import pytest

from tests.support.recordings import Outcome, model_of, replay
from tests.support.wire_bytes import sse_bytes
from tui.agent.agent import Agent
from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import TextPart, ThinkingPart, ToolCallPart
from tui.agent.providers import VENDORS
from tui.agent.usage import Usage


def chunk(*parts: Any, finish: str | None = None, usage: dict[str, int] | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    candidate |= {"finishReason": finish} if finish else {}
    value: dict[str, Any] = {"candidates": [candidate], "responseId": "r1", "modelVersion": "gemini-x"}
    return value | ({"usageMetadata": usage} if usage else {})


LAST = chunk({"text": ""}, finish="STOP")


async def ask(*events: Any, size: int = 0, **options: Any) -> Outcome:
    return await replay(VENDORS["google-gla"], sse_bytes(*events, end="\r\n"), size=size, **options)


@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_id_and_finish_arrive_without_a_done(size: int) -> None:
    outcome = await ask(chunk({"text": "H"}), chunk({"text": "i"}), LAST, size=size)
    assert outcome.error is None and outcome.response is not None
    assert (outcome.text, outcome.response.finish_reason) == ("Hi", "stop")
    assert (outcome.response.provider_response_id, outcome.response.model_name) == ("r1", "gemini-x")


async def test_usage_is_cumulative_and_a_field_left_out_keeps_its_figure() -> None:
    first = {"promptTokenCount": 8, "candidatesTokenCount": 1, "thoughtsTokenCount": 3, "cachedContentTokenCount": 5}
    outcome = await ask(
        chunk({"text": "H"}, usage=first),
        chunk({"text": "i"}, usage={"promptTokenCount": 8, "candidatesTokenCount": 2}),
        chunk({"text": ""}, finish="STOP", usage={"candidatesTokenCount": 4, "toolUsePromptTokenCount": 1}),
    )
    usage = outcome.usage
    assert (usage.request_tokens, usage.response_tokens) == (9, 7)
    assert (usage.reasoning_tokens, usage.cache_read_tokens) == (3, 5)


def counts(**given: int) -> dict[str, int]:
    """Usage by short names: prompt, answer, thoughts, tools, total."""
    names = {
        "prompt": "promptTokenCount", "answer": "candidatesTokenCount", "thoughts": "thoughtsTokenCount",
        "tools": "toolUsePromptTokenCount", "total": "totalTokenCount", "cached": "cachedContentTokenCount",
    }  # fmt: skip
    return {names[name]: count for name, count in given.items()}


TOTALS: dict[str, tuple[list[dict[str, int]], tuple[int | None, int | None, int | None]]] = {
    "all fit": ([counts(prompt=8, answer=4, thoughts=3, total=15)], (8, 7, 15)),
    "tools within the total": ([counts(prompt=8, answer=4, tools=5, total=17)], (13, 4, 17)),
    "tools beside the total": ([counts(prompt=8, answer=4, tools=5, total=12)], (13, 4, 17)),
    "nothing generated": ([counts(prompt=8, total=8)], (8, 0, 8)),
    "no candidates": ([counts(prompt=8, total=20)], (8, 12, 20)),
    "thoughts but no candidates": ([counts(prompt=8, thoughts=3, total=20)], (8, 12, 20)),
    "stale candidates": ([counts(prompt=8, answer=1, total=9), counts(prompt=8, total=20)], (8, 12, 20)),
    "stale candidates, too many": ([counts(prompt=8, answer=9, total=17), counts(prompt=8, total=12)], (8, 4, 12)),
    "stale candidates, none at last": ([counts(prompt=8, answer=1, total=9), counts(prompt=8, total=8)], (8, 0, 8)),
    "a stale total": ([counts(prompt=8, total=8), counts(answer=4)], (8, 4, 12)),
    "no prompt": ([counts(answer=4, total=12)], (8, 4, 12)),
    "only a total": ([counts(total=12)], (None, None, 12)),
    "no total": ([counts(prompt=8, answer=4)], (8, 4, 12)),
    "a total below the prompt": ([counts(prompt=8, answer=4, total=6)], (6, 0, 6)),
    "a total that is none": ([counts(prompt=8, answer=4, total=-1)], (8, 4, 12)),
}


@pytest.mark.parametrize("row", TOTALS.values(), ids=TOTALS.keys())
async def test_the_total_decides_where_counts_are_missing_or_stale(
    row: tuple[list[dict[str, int]], tuple[int | None, int | None, int | None]],
) -> None:
    reports, expected = row
    outcome = await ask(*(chunk({"text": "x"}, usage=report) for report in reports), LAST)
    usage = outcome.usage
    assert (usage.request_tokens, usage.response_tokens, usage.total_tokens) == expected


async def test_parts_of_a_count_are_never_above_it() -> None:
    outcome = await ask(chunk({"text": "x"}, usage=counts(prompt=8, cached=9, answer=1, thoughts=5, total=10)), LAST)
    usage = outcome.usage
    assert (usage.request_tokens, usage.cache_read_tokens) == (8, 8)
    assert (usage.response_tokens, usage.reasoning_tokens) == (2, 2)


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("reported", [counts(prompt=8, total=8), counts(prompt=8)], ids=["with a total", "without"])
async def test_a_blocked_prompt_counts_its_request_and_tokens(reported: dict[str, int], streamed: bool) -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": reported}
    body = sse_bytes(blocked) if streamed else json.dumps(blocked).encode()
    kind = "text/event-stream" if streamed else "application/json"
    usage = Usage(requests=2, request_tokens=10, response_tokens=1, total_tokens=11)
    async with model_of(VENDORS["google-gla"], "a-model", body, headers={"content-type": kind}) as model:
        with pytest.raises(ModelAPIError) as caught:
            if streamed:
                async with Agent(model).run_stream("Hello", usage=usage):
                    raise AssertionError("never entered")
            else:
                await Agent(model).run("Hello", usage=usage)
    assert caught.value.kind == "refused"
    assert (usage.requests, usage.request_tokens) == (3, 18)
    assert usage.response_tokens == 1


async def test_thoughts_and_seals_are_kept_with_their_parts() -> None:
    outcome = await ask(
        chunk({"text": "hm", "thought": True}),
        chunk({"text": "Hi"}),
        chunk({"text": "", "thoughtSignature": "S1"}),
        chunk({"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "S2"}),
        chunk({"functionCall": {"name": "f", "args": {"x": 2}}}),
        LAST,
    )
    assert (outcome.thinking, outcome.text) == ("hm", "Hi")
    assert outcome.calls == [("f", {"x": 1}), ("f", {"x": 2})]
    assert outcome.parts(ThinkingPart)[0].provider_name == "google-gla"
    assert outcome.parts(TextPart)[0].provider_details == {"thought_signature": "S1", "model": "a-model"}
    first, second = outcome.parts(ToolCallPart)
    assert first.provider_details == {"thought_signature": "S2", "model": "a-model"} and second.provider_details is None
    assert first.tool_call_id and first.tool_call_id != second.tool_call_id
    assert outcome.response and outcome.response.finish_reason == "tool_call"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("OTHER", "error"),
    ],
)
async def test_why_it_ended_is_told(reason: str, expected: str) -> None:
    outcome = await ask(chunk({"text": "Hi"}), chunk(finish=reason))
    assert outcome.response is not None and outcome.response.finish_reason == expected


async def test_a_blocked_prompt_is_a_refusal_with_its_reason() -> None:
    outcome = await ask({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
    assert (
        outcome.error is not None and outcome.error.kind == "refused" and "PROHIBITED_CONTENT" in outcome.error.message
    )


@pytest.mark.parametrize("nothing", [{"candidates": [{}]}, {"candidates": [{"content": {}}]}, {"candidates": None}, {}])
async def test_missing_candidates_content_and_parts_are_nothing(nothing: Any) -> None:
    assert (await ask(nothing, chunk({"text": "Hi"}), LAST)).text == "Hi"


async def test_a_candidate_that_only_finishes_ends_the_answer() -> None:
    assert (await ask(chunk({"text": "Hi"}), {"candidates": [{"finishReason": "STOP"}]})).error is None


async def test_other_parts_are_noted() -> None:
    outcome = await ask(chunk({"executableCode": {"code": "1"}}), chunk({"text": "Hi"}), LAST)
    assert outcome.response and outcome.response.vendor_details
    assert outcome.response.vendor_details["parts"] == [{"executableCode": {"code": "1"}}]


async def test_an_error_as_an_event_keeps_the_words_before_it() -> None:
    error = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    outcome = await ask(chunk({"text": "Hi"}), error)
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("overloaded", "Hi")


RATE = {
    "error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "3700s"}]}
}


@pytest.mark.parametrize("body", [RATE, [RATE]])
async def test_the_wait_is_read_from_the_details(body: Any) -> None:
    outcome = await replay(VENDORS["google-gla"], json.dumps(body).encode(), status=429)
    assert outcome.error is not None and (outcome.error.kind, outcome.error.retry_after_s) == ("rate_limit", 3700)


async def test_a_wrong_key_is_a_400_and_still_named() -> None:
    body = {
        "error": {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
        }
    }
    outcome = await replay(VENDORS["google-gla"], json.dumps(body).encode(), status=400)
    assert outcome.error is not None and outcome.error.kind == "auth"


@pytest.mark.parametrize("whole", [True, False])
async def test_an_array_of_chunks_and_a_single_answer_are_read(whole: bool) -> None:
    value: Any = chunk({"text": "Hi"}, finish="STOP")
    value = value if whole else [chunk({"text": "H"}), chunk({"text": "i"}, finish="STOP")]
    outcome = await replay(
        VENDORS["google-gla"], json.dumps(value).encode(), headers={"content-type": "application/json"}
    )
    assert (outcome.error, outcome.text) == (None, "Hi")


async def test_a_stream_that_just_ends_is_cut() -> None:
    outcome = await ask(chunk({"text": "Hi"}))
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("stream_cut", "Hi")
