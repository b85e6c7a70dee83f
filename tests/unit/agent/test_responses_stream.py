"""The Responses API's events, one row per quirk. Lost else: text, summaries, a call, a seal, a figure."""

import json
from typing import Any

import pytest

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import sse_bytes
from tui.agent.messages import ThinkingPart, ToolCallPart
from tui.agent.providers import VENDORS

USAGE = {"input_tokens": 9, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 1},
         "output_tokens_details": {"reasoning_tokens": 3}}  # fmt: skip
CREATED = {
    "type": "response.created",
    "response": {"id": "resp_1", "model": "gpt-x", "status": "in_progress", "usage": None},
}


def over(status: str = "completed", output: Any = (), **more: Any) -> dict[str, Any]:
    response = {"id": "resp_1", "status": status, "output": list(output), "usage": USAGE, "error": None, **more}
    return {"type": f"response.{status}", "response": response}


def delta(kind: str, text: str, item: str = "msg_1", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "item_id": item, "output_index": 0, "delta": text, **more}


def item(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.output_item.{state}", "output_index": 0, "item": fields}


TEXT = [delta("output_text", "H"), delta("output_text", "i")]
MESSAGE = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi"}]}


async def ask(*events: Any, size: int = 0, **options: Any) -> Outcome:
    return await replay(VENDORS["openai-responses"], sse_bytes(*events, named=True), size=size, **options)


@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_usage_id_and_finish_arrive_without_a_done(size: int) -> None:
    outcome = await ask(CREATED, *TEXT, item("done", **MESSAGE), over(output=[MESSAGE]), size=size)
    assert outcome.error is None and outcome.response is not None
    assert (outcome.text, outcome.response.finish_reason) == ("Hi", "stop")
    usage = outcome.usage
    assert (usage.request_tokens, usage.response_tokens, usage.reasoning_tokens) == (9, 4, 3)
    assert (usage.cache_read_tokens, usage.cache_write_tokens) == (2, 1)
    assert (outcome.response.provider_response_id, outcome.response.model_name) == ("resp_1", "gpt-x")


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([item("done", **MESSAGE), over()], id="no deltas"),
        pytest.param([over(output=[MESSAGE])], id="only the end"),
        pytest.param(
            [{k: v for k, v in e.items() if k != "output_index"} for e in TEXT] + [over()], id="no output_index"
        ),
        pytest.param([{k: v for k, v in e.items() if k != "item_id"} for e in TEXT] + [over()], id="no item_id"),
    ],
)
async def test_text_is_found_where_servers_leave_things_out(events: list[Any]) -> None:
    assert (await ask(*events)).text == "Hi"


CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"x": 1}'}
EMPTY = CALL | {"arguments": ""}
ARGS = [delta("function_call_arguments", '{"x"', "fc_1"), delta("function_call_arguments", ": 1}", "fc_1")]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([item("added", **EMPTY), *ARGS, item("done", **CALL)], id="in pieces"),
        pytest.param([item("added", **EMPTY), item("done", **CALL)], id="no deltas"),
        pytest.param([item("done", **CALL)], id="only whole"),
        pytest.param([item("added", **EMPTY), ARGS[0], item("done", **CALL)], id="a delta lost"),
    ],
)
async def test_a_tool_call_arrives_once_and_with_the_id_to_answer(events: list[Any]) -> None:
    outcome = await ask(CREATED, *events, over(output=[CALL]))
    assert outcome.calls == [("f", {"x": 1})] and outcome.response is not None
    assert outcome.parts(ToolCallPart)[0].tool_call_id == "call_1"
    assert outcome.response.finish_reason == "tool_call"


def summary(part: int, text: str) -> list[Any]:
    added = {"type": "response.reasoning_summary_part.added", "item_id": "rs_1", "summary_index": part}
    return [added, delta("reasoning_summary_text", text, "rs_1", summary_index=part)]


async def test_summaries_are_parted_by_a_blank_line_and_keep_their_seal() -> None:
    sealed = item("done", type="reasoning", id="rs_1", summary=[], encrypted_content="SEAL")
    outcome = await ask(CREATED, *summary(0, "one"), *summary(1, "two"), sealed, *TEXT, over())
    assert outcome.thinking == "one\n\ntwo"
    part = outcome.parts(ThinkingPart)[0]
    assert (part.signature, part.id, part.provider_name) == ("SEAL", "rs_1", "openai-responses")


async def test_open_weights_show_their_thoughts() -> None:
    assert (await ask(delta("reasoning_text", "hm", "rs_1"), *TEXT, over())).thinking == "hm"


async def test_a_seal_without_words_is_kept() -> None:
    outcome = await ask(item("done", type="reasoning", id="rs_1", summary=[], encrypted_content="SEAL"), *TEXT, over())
    assert outcome.parts(ThinkingPart)[0].signature == "SEAL"


async def test_a_tool_of_the_provider_is_noted_and_its_thoughts_are_not_sent_again() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "x"}}
    sealed = item("done", type="reasoning", id="rs_1", summary=[], encrypted_content="SEAL")
    outcome = await ask(sealed, item("done", **search), *TEXT, over())
    assert outcome.calls == [] and outcome.response and outcome.response.vendor_details
    assert outcome.response.vendor_details["hosted"][0]["type"] == "web_search_call"
    assert outcome.parts(ThinkingPart)[0].provider_details["for_hosted_tool"] is True


async def test_a_refusal_is_text_and_marked() -> None:
    outcome = await ask(delta("refusal", "I will not."), over())
    assert outcome.text == "I will not." and outcome.response and outcome.response.vendor_details
    assert outcome.response.vendor_details["refused"] is True


@pytest.mark.parametrize(
    ("reason", "expected"), [("max_output_tokens", "length"), ("content_filter", "content_filter")]
)
async def test_an_answer_that_is_not_complete_says_why(reason: str, expected: str) -> None:
    outcome = await ask(*TEXT, over("incomplete", incomplete_details={"reason": reason}))
    assert outcome.error is None and outcome.response is not None
    assert outcome.response.finish_reason == expected


ERRORS = {
    "failed": over("failed", error={"code": "rate_limit_exceeded", "message": "slow down"}),
    "flat": {"type": "error", "code": "rate_limit_exceeded", "message": "slow down", "param": None},
    "nested": {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "slow down"}},
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
async def test_an_error_keeps_the_words_before_it(error: Any) -> None:
    outcome = await ask(*TEXT, error)
    assert outcome.error is not None and "slow down" in outcome.error.message
    assert (outcome.error.kind, outcome.text) == ("rate_limit", "Hi")


async def test_a_response_that_failed_before_its_first_token_tells_what_it_used() -> None:
    outcome = await ask(CREATED, over("failed", error={"code": "invalid_prompt", "message": "no"}))
    assert outcome.error is not None
    assert (outcome.error.usage.request_tokens, outcome.error.usage.response_tokens) == (9, 4)


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_whole_response_is_read_even_if_a_stream_was_asked_for(streamed: bool) -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}
    body = json.dumps(over(output=[thought, MESSAGE, CALL])["response"]).encode()
    outcome = await replay(
        VENDORS["openai-responses"], body, headers={"content-type": "application/json"}, streamed=streamed
    )
    assert (outcome.error, outcome.text, outcome.thinking, outcome.calls) == (None, "Hi", "hm", [("f", {"x": 1})])


async def test_a_stream_without_its_end_is_cut() -> None:
    outcome = await ask(CREATED, *TEXT)
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("stream_cut", "Hi")
