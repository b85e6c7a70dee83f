"""Chat completions as servers really send them, one row per quirk. Lost else: text, a call, a figure."""

import json
from typing import Any

import pytest

from tests.support.recordings import Outcome, replay
from tui.agent.messages import TextPart, ThinkingPart
from tui.agent.providers import VENDORS


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def call(index: int | None, id: str | None = None, name: str | None = None, args: Any = None) -> dict[str, Any]:
    fragment: dict[str, Any] = {"function": {"name": name, "arguments": args}}
    fragment |= {} if index is None else {"index": index}
    return {"tool_calls": [fragment | ({} if id is None else {"id": id})]}


STOP = chunk({}, "stop")
CALLED = chunk({}, "tool_calls")
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


async def ask(*events: Any, done: bool = True, vendor: str = "openai", size: int = 0) -> Outcome:
    wire = "".join(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events)
    return await replay(VENDORS[vendor], (wire + ("data: [DONE]\n\n" if done else "")).encode(), size=size)


TEXT_ROWS: dict[str, tuple[list[Any], str, str]] = {
    "plain": ([chunk({"role": "assistant", "content": ""}), chunk({"content": "Hi"}), STOP], "Hi", ""),
    "null content and null delta": ([chunk({"content": None}), chunk(None), chunk({"content": "Hi"}), STOP], "Hi", ""),
    "no choices first, as Azure": ([{"choices": []}, {"choices": None}, chunk({"content": "Hi"}), STOP], "Hi", ""),
    "choices that are none": ([{"choices": [None]}, {"choices": [{}]}, chunk({"content": "Hi"}), STOP], "Hi", ""),
    "extra keys": ([chunk({"content": "Hi"}, obfuscation="x", service_tier="y"), STOP], "Hi", ""),
    "reasoning_content": ([chunk({"reasoning_content": "hm"}), chunk({"content": "Hi"}), STOP], "Hi", "hm"),
    "reasoning": ([chunk({"reasoning": "hm", "channel": "analysis"}), chunk({"content": "Hi"}), STOP], "Hi", "hm"),
    "both names of reasoning": ([chunk({"reasoning": "hm", "reasoning_content": "hm"}), STOP], "", "hm"),
    "reasoning_details only": (
        [chunk({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}), chunk({"content": "Hi"}), STOP],
        "Hi",
        "hm",
    ),
    "a list of parts, as Mistral": (
        [
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),
            chunk({"content": [{"type": "text", "text": "H"}]}),
            chunk({"content": "i"}),
            STOP,
        ],
        "Hi",
        "hm",
    ),
    "<think> cut anywhere": (
        [*(chunk({"content": t}) for t in ("<th", "ink>h", "m</thi", "nk>\n\nHi")), STOP], "Hi", "hm"
    ),
    "<think> in the middle": ([chunk({"content": "Hi <think>"}), STOP], "Hi <think>", ""),
    "the message so far beside each delta": (
        [{"choices": [{"delta": {"content": c}, "message": {"content": m}}]} for c, m in (("H", "H"), ("i", "Hi"))]
        + [{"choices": [{"delta": {}, "message": {"content": "Hi"}, "finish_reason": "stop"}]}],
        "Hi",
        "",
    ),
    "an emoji in two halves": ([chunk({"content": "\ud83d"}), chunk({"content": "\ude00"}), STOP], "😀", ""),
    "a lone half": ([chunk({"content": "a\ud83d"}), STOP], "a\ufffd", ""),
    "a line separator in JSON": (
        ['{"choices": [{"delta": {"content": "a\u2028b"}, "finish_reason": "stop"}]}'], "a\u2028b", ""
    ),
    "a refusal": ([chunk({"refusal": "I will not."}), STOP], "I will not.", ""),
    "one event that is no JSON": ([chunk({"content": "H"}), '{"choices', chunk({"content": "i"}), STOP], "Hi", ""),
    "words after [DONE]": ([chunk({"content": "Hi"}), STOP, "[DONE]", chunk({"content": "!"})], "Hi", ""),
    "[DONE] without a finish reason, as Snowflake": ([{"choices": [{"delta": {"content": "Hi"}}]}], "Hi", ""),
}  # fmt: skip


@pytest.mark.parametrize("row", TEXT_ROWS.values(), ids=TEXT_ROWS.keys())
@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_and_thoughts_arrive_whole_and_apart(row: tuple[list[Any], str, str], size: int) -> None:
    events, text, thinking = row
    outcome = await ask(*events, size=size)
    assert (outcome.error, outcome.text, outcome.thinking) == (None, text, thinking)


CALL_ROWS: dict[str, list[Any]] = {
    "fragments": [chunk(call(0, "a", "f", "")), chunk(call(0, args='{"x"')), chunk(call(0, args=": 1}")), CALLED],
    "whole in one": [chunk(call(0, "a", "f", '{"x": 1}')), CALLED],
    "stop although called": [chunk(call(0, "a", "f", '{"x": 1}')), STOP],
    "arguments as an object": [chunk(call(0, "a", "f", {"x": 1})), CALLED],
    "id and name repeated": [chunk(call(0, "a", "f", '{"x"')), chunk(call(0, "a", "f", ": 1}")), CALLED],
    "id and name empty later": [chunk(call(0, "a", "f", '{"x"')), chunk(call(0, "", "", ": 1}")), CALLED],
    "another id with each fragment": [
        chunk(call(0, "a", "f", "")), chunk(call(0, "b", "f", '{"x"')), chunk(call(0, "c", "f", ": 1}")), CALLED
    ],
    "another id, the name only once": [chunk(call(0, "a", "f", '{"x"')), chunk(call(0, "b", None, ": 1}")), CALLED],
    "the whole message after the fragments": [
        chunk(call(0, "a", "f", '{"x": 1}')),
        {"choices": [{"delta": {}, "message": call(0, "b", "f", '{"x": 1}'), "finish_reason": "tool_calls"}]},
    ],
    "no index": [chunk(call(None, "a", "f", '{"x"')), chunk(call(None, args=": 1}")), CALLED],
    "no id": [chunk(call(0, None, "f", '{"x": 1}')), CALLED],
    "null arguments first": [chunk(call(0, "a", "f", None)), chunk(call(0, args='{"x": 1}')), CALLED],
    "the old function_call": [chunk({"function_call": {"name": "f", "arguments": '{"x": 1}'}}, "function_call")],
}  # fmt: skip


@pytest.mark.parametrize("events", CALL_ROWS.values(), ids=CALL_ROWS.keys())
async def test_a_tool_call_is_understood_however_it_is_cut(events: list[Any]) -> None:
    outcome = await ask(*events)
    assert outcome.error is None and outcome.response is not None
    assert outcome.calls == [("f", {"x": 1})]
    assert outcome.response.parts[0].tool_call_id  # type: ignore[union-attr]
    assert outcome.response.finish_reason == "tool_call"


async def test_two_calls_never_have_one_id() -> None:
    events = [chunk(call(0, "a", "f", '{"x"')), chunk(call(1, "a", "f", '{"y": 2}')), chunk(call(0, "a", args=": 1}"))]
    outcome = await ask(*events, CALLED)
    assert outcome.calls == [("f", {"x": 1}), ("f", {"y": 2})] and outcome.response is not None
    first, second = (part.tool_call_id for part in outcome.response.parts)  # type: ignore[union-attr]
    assert first == "a" and second and second != "a", "a person who allows the one would let the other run"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([chunk(call(0, "a", "f", "{}")), chunk(call(1, "b", "g", "{}")), CALLED], id="an index each"),
        pytest.param([chunk(call(0, "a", "f", "{}")), chunk(call(0, "b", "g", "{}")), CALLED], id="all index 0"),
        pytest.param([chunk(call(0, "a", "f", "")), chunk(call(0, "b", "g", "")), CALLED], id="all 0, no arguments"),
        pytest.param([chunk(call(None, "a", "f", "{}")), chunk(call(None, "b", "g", "{}")), CALLED], id="no index"),
        pytest.param(
            [chunk({"tool_calls": [{"function": {"name": n, "arguments": "{}"}} for n in "fg"]}), CALLED], id="no id"
        ),
    ],
)
async def test_parallel_calls_stay_apart(events: list[Any]) -> None:
    outcome = await ask(*events)
    assert outcome.calls == [("f", {}), ("g", {})]
    ids = [part.tool_call_id for part in outcome.response.parts]  # type: ignore[union-attr]
    assert len(set(ids)) == 2


async def test_a_call_without_arguments_is_a_call() -> None:
    assert (await ask(chunk(call(0, "a", "f", None)), CALLED)).response.parts[0].args == ""  # type: ignore[union-attr]


USAGE_ROWS: dict[str, tuple[list[Any], tuple[int | None, int | None]]] = {
    "in a chunk of its own": ([STOP, {"choices": [], "usage": USAGE}], (7, 3)),
    "on the finish chunk": ([chunk({}, "stop", usage=USAGE)], (7, 3)),
    "in an empty choice": ([STOP, chunk({"content": ""}, usage=USAGE)], (7, 3)),
    "cumulative on every chunk": (
        [chunk({"content": "x"}, usage=USAGE | {"completion_tokens": 1}), STOP, chunk({}, usage=USAGE)], (7, 3)
    ),
    "in x_groq": ([chunk({}, "stop", x_groq={"id": "x", "usage": USAGE})], (7, 3)),
    "zeros on every chunk are none, as LocalAI": (
        [chunk({"content": "Hi"}, usage=dict.fromkeys(USAGE, 0)), chunk({}, "stop", usage=dict.fromkeys(USAGE, 0))],
        (None, None),
    ),
    "llama.cpp's timings with every token": (
        [chunk({"content": "Hi"}, timings={"cache_n": 5, "prompt_n": 2, "predicted_n": n}) for n in (1, 2)]
        + [chunk({}, "stop", timings={"cache_n": 5, "prompt_n": 2, "predicted_n": 3})],
        (7, 3),
    ),
    "as llama.cpp's timings": ([chunk({}, "stop", timings={"cache_n": 5, "prompt_n": 2, "predicted_n": 3})], (7, 3)),
    "null": ([chunk({}, "stop", usage=None)], (None, None)),
    "none": ([STOP], (None, None)),
    "thoughts beside the answer, as xAI": (
        [STOP, {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 10,
                                         "completion_tokens_details": {"reasoning_tokens": 2}}}],
        (7, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", USAGE_ROWS.values(), ids=USAGE_ROWS.keys())
async def test_usage_is_found_wherever_it_comes_and_unknown_is_not_zero(
    row: tuple[list[Any], tuple[int | None, int | None]],
) -> None:
    events, expected = row
    outcome = await ask(chunk({"content": "Hi"}), *events)
    assert (outcome.usage.request_tokens, outcome.usage.response_tokens) == expected


async def test_usage_tells_cached_and_reasoning_tokens_and_the_price() -> None:
    raw = USAGE | {
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 11},
        "cost": 0.0001,
    }
    outcome = await ask(chunk({"content": "Hi"}), STOP, {"choices": [], "usage": raw}, vendor="openrouter")
    usage = outcome.usage
    assert (usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens) == (4, 1, 11)
    assert outcome.response and outcome.response.vendor_details
    assert outcome.response.vendor_details["usage"] == raw and outcome.response.vendor_details["cost"] == 0.0001


async def test_deepseeks_cache_hits_are_cached_tokens() -> None:
    outcome = await ask(
        chunk({"content": "Hi"}, "stop", usage=USAGE | {"prompt_cache_hit_tokens": 4}), vendor="deepseek"
    )
    assert outcome.usage.cache_read_tokens == 4


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("a_new_reason", "stop")],
)
async def test_why_it_ended_is_told(reason: str, expected: str) -> None:
    outcome = await ask(chunk({"content": "Hi"}), chunk({}, reason))
    assert outcome.response is not None and outcome.response.finish_reason == expected


ERROR = {"error": {"message": "The server had an error", "type": "server_error", "code": 500}}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(json.dumps(ERROR), id="object"),
        pytest.param('{"error": "The server had an error"}', id="string"),
        pytest.param(json.dumps({"type": "error", **ERROR}), id="typed"),
        pytest.param(
            json.dumps({**chunk({}, "error", usage=USAGE), **ERROR}), id="with choices and usage, as OpenRouter"
        ),
    ],
)
async def test_an_error_in_mid_stream_keeps_the_words_before_it(error: str) -> None:
    outcome = await ask(chunk({"content": "Hi"}), STOP, error)
    assert outcome.error is not None and "The server had an error" in outcome.error.message
    assert (outcome.error.kind, outcome.text) == ("server", "Hi")


async def test_an_error_event_by_name_is_an_error_though_its_body_is_flat() -> None:
    wire = (
        b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\nevent: error\ndata: {"message": "tool_use_failed"}\n\n'
    )
    outcome = await replay(VENDORS["groq"], wire)
    assert outcome.error is not None and "tool_use_failed" in outcome.error.message
    assert outcome.text == "Hi"


async def test_a_stream_that_just_ends_is_cut_and_keeps_its_words() -> None:
    outcome = await ask(chunk({"content": "Hi"}), done=False)
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("stream_cut", "Hi")


async def test_a_finish_reason_is_an_end_even_without_done() -> None:
    assert (await ask(chunk({"content": "Hi"}), STOP, done=False)).error is None


WHOLE = {
    "id": "c1",
    "model": "m-1",
    "usage": USAGE,
    "choices": [{"finish_reason": "stop", "message": {"content": "Hi"}}],
}


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain", ""])
async def test_a_whole_answer_is_read_even_if_a_stream_was_asked_for(streamed: bool, kind: str) -> None:
    outcome = await replay(
        VENDORS["openai"], json.dumps(WHOLE, indent=1).encode(), headers={"content-type": kind}, streamed=streamed
    )
    assert (outcome.error, outcome.text, outcome.usage.total_tokens) == (None, "Hi", 10)


async def test_three_broken_events_in_a_row_are_an_error_that_quotes_them() -> None:
    outcome = await ask(chunk({"content": "Hi"}), "{a", "{b", "{c")
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("malformed", "Hi")


async def test_parts_keep_the_order_in_which_they_came() -> None:
    outcome = await ask(chunk({"reasoning": "a"}), chunk({"content": "b"}), chunk(call(0, "x", "f", "{}")), CALLED)
    assert outcome.response is not None
    assert [type(part).__name__ for part in outcome.response.parts] == ["ThinkingPart", "TextPart", "ToolCallPart"]
    assert outcome.parts(ThinkingPart)[0].provider_name == "openai"
    assert outcome.parts(TextPart)[0].provider_name is None


async def test_the_answer_names_model_id_and_vendor() -> None:
    outcome = await ask(chunk({"content": "Hi"}), STOP)
    assert outcome.response is not None
    told = outcome.response
    assert (told.model_name, told.provider_response_id, told.provider_name) == ("m-1", "c1", "openai")
