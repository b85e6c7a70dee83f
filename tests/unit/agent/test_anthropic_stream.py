"""Anthropic's events, one row per quirk. Lost else: text, thoughts and their seal, a call, a figure."""

import json
from typing import Any

import pytest

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import sse_bytes
from tui.agent.messages import TextPart, ThinkingPart, ToolCallPart
from tui.agent.providers import VENDORS

USAGE = {"input_tokens": 10, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2, "output_tokens": 1}
START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude-x", "usage": USAGE}}
STOP = {"type": "message_stop"}


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def end(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ending(reason: str | None = "end_turn", **usage: int | None) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9, **usage}}


TEXT = [
    begin(0, type="text", text=""),
    delta(0, "text_delta", text="H"),
    {"type": "ping"},
    delta(0, "text_delta", text="i"),
    end(0),
]


async def ask(*events: Any, size: int = 0, **options: Any) -> Outcome:
    return await replay(VENDORS["anthropic"], sse_bytes(*events, named=True), size=size, **options)


@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_usage_id_and_finish_arrive(size: int) -> None:
    outcome = await ask(START, *TEXT, ending(), STOP, size=size)
    assert outcome.error is None and outcome.response is not None
    assert (outcome.text, outcome.response.finish_reason) == ("Hi", "stop")
    assert (outcome.usage.request_tokens, outcome.usage.response_tokens) == (16, 9)
    assert (outcome.usage.cache_read_tokens, outcome.usage.cache_write_tokens) == (4, 2)
    assert (outcome.response.provider_response_id, outcome.response.model_name) == ("msg_1", "claude-x")


async def test_later_input_figures_replace_the_first_and_missing_ones_do_not() -> None:
    assert (await ask(START, *TEXT, ending(input_tokens=400), STOP)).usage.request_tokens == 406
    assert (await ask(START, *TEXT, ending(input_tokens=None), STOP)).usage.request_tokens == 16


async def test_the_first_output_figure_is_not_taken_for_the_last() -> None:
    outcome = await ask(START, *TEXT)
    assert outcome.error is not None and outcome.error.kind == "stream_cut"
    assert (outcome.usage.request_tokens, outcome.usage.response_tokens) == (16, None)


async def test_a_gateways_zero_at_the_start_is_no_figure() -> None:
    zeros: dict[str, Any] = dict.fromkeys(USAGE, 0)
    start = {"type": "message_start", "message": {"id": "msg_1", "usage": zeros}}
    assert (await ask(start, *TEXT)).usage.request_tokens is None
    assert (await ask(start, *TEXT, ending(**zeros), STOP)).usage.request_tokens is None
    assert (
        await ask(start, *TEXT, ending(input_tokens=1, cache_read_input_tokens=34), STOP)
    ).usage.request_tokens == 35


async def test_passes_of_a_compaction_are_counted() -> None:
    last = ending()
    last["usage"]["iterations"] = [{"input_tokens": 100, "output_tokens": 80}, {"input_tokens": 7, "output_tokens": 9}]
    usage = (await ask(START, *TEXT, last, STOP)).usage
    assert (usage.request_tokens, usage.response_tokens) == (107, 89)


async def test_a_block_may_begin_with_its_text() -> None:
    assert (await ask(START, begin(0, type="text", text="Hi"), ending(), STOP)).text == "Hi"


async def test_thoughts_keep_their_seal_and_hidden_thoughts_theirs() -> None:
    outcome = await ask(
        START,
        begin(0, type="thinking", thinking="", signature=""),
        delta(0, "thinking_delta", thinking="hm"),
        delta(0, "signature_delta", signature="SEAL"),
        end(0),
        begin(1, type="redacted_thinking", data="HIDDEN"),
        end(1),
        begin(2, type="text", text="Hi"),
        end(2),
        ending(),
        STOP,
    )
    plain, hidden = outcome.parts(ThinkingPart)
    assert (plain.content, plain.signature, plain.provider_name) == ("hm", "SEAL", "anthropic")
    assert (hidden.content, hidden.signature) == ("", "HIDDEN") and hidden.provider_details["redacted"]
    assert outcome.text == "Hi"


CALLS: dict[str, list[Any]] = {
    "in pieces": [begin(0, type="tool_use", id="t", name="f", input={}), delta(0, "input_json_delta", partial_json=""),
                  delta(0, "input_json_delta", partial_json='{"x":'),
                  delta(0, "input_json_delta", partial_json="1}"), end(0)],
    "whole at its start": [begin(0, type="tool_use", id="t", name="f", input={"x": 1}), end(0)],
}  # fmt: skip


@pytest.mark.parametrize("events", CALLS.values(), ids=CALLS.keys())
async def test_a_tool_call_arrives(events: list[Any]) -> None:
    outcome = await ask(START, *events, ending("tool_use"), STOP)
    assert outcome.calls == [("f", {"x": 1})] and outcome.response is not None
    assert outcome.response.parts[0].tool_call_id == "t"  # type: ignore[union-attr]
    assert outcome.response.finish_reason == "tool_call"


async def test_a_call_without_an_id_gets_one() -> None:
    calls = [one for at in (0, 1) for one in (begin(at, type="tool_use", id="", name="f", input={"x": at}), end(at))]
    parts = (await ask(START, *calls, ending("tool_use"), STOP)).parts(ToolCallPart)
    assert [part.args_as_dict() for part in parts] == [{"x": 0}, {"x": 1}]
    first, second = (part.tool_call_id for part in parts)
    assert first and second and first != second, "a person who allows the one would let the other run"


async def test_a_call_without_arguments_has_none() -> None:
    outcome = await ask(START, begin(0, type="tool_use", id="t", name="f", input={}), end(0), ending("tool_use"), STOP)
    assert outcome.calls == [("f", {})]


async def test_tools_of_the_provider_are_noted_and_never_called() -> None:
    block = begin(0, type="server_tool_use", id="s", name="web_search", input={})
    outcome = await ask(
        START, block, delta(0, "input_json_delta", partial_json='{"q": 1}'), end(0), *TEXT, ending(), STOP
    )
    assert outcome.calls == [] and outcome.response is not None
    (part,) = outcome.parts(TextPart)
    assert part.provider_details["hosted"] == [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}}
    ]


async def test_words_that_begin_before_a_tool_of_the_provider_has_ended_are_kept() -> None:
    search = begin(0, type="server_tool_use", id="s", name="web_search", input={})
    args = delta(0, "input_json_delta", partial_json='{"query": "x"}')
    outcome = await ask(START, search, args, begin(1, type="text", text="Hi"), end(0), end(1), ending(), STOP)
    assert (outcome.text, outcome.error) == ("Hi", None)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
async def test_why_it_ended_is_told(reason: str, expected: str) -> None:
    outcome = await ask(START, *TEXT, ending(reason), STOP)
    assert outcome.response is not None and outcome.response.finish_reason == expected


async def test_an_error_event_keeps_the_words_before_it() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_9"}
    outcome = await ask(START, *TEXT, error)
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.request_id, outcome.text) == ("overloaded", "req_9", "Hi")


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_whole_message_is_read_even_if_a_stream_was_asked_for(streamed: bool) -> None:
    message = {
        "id": "msg_1",
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "SEAL"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "t", "name": "f", "input": {}},
        ],
        "stop_reason": "tool_use",
        "usage": USAGE,
    }
    outcome = await replay(
        VENDORS["anthropic"],
        json.dumps(message).encode(),
        headers={"content-type": "application/json"},
        streamed=streamed,
    )
    assert (outcome.error, outcome.text, outcome.thinking, outcome.calls) == (None, "Hi", "hm", [("f", {})])
    assert outcome.usage.response_tokens == 1


async def test_null_where_things_belong_is_nothing() -> None:
    nothing = [{"type": "message_start", "message": None}, {"type": "content_block_delta"}, {"type": None}, begin(0)]
    assert (await ask(*nothing, *TEXT, ending(), STOP)).text == "Hi"
