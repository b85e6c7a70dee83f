"""Ollama's lines, one row per quirk. Lost else: text, thoughts, a call, or the hint how to get a model."""

from typing import Any

import pytest

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import lines_bytes
from tui.agent.messages import ToolCallPart
from tui.agent.providers import VENDORS

HEADERS = {"content-type": "application/x-ndjson"}


def line(**message: Any) -> dict[str, Any]:
    return {"model": "qwen3", "message": {"role": "assistant", **message}, "done": False}


def last(reason: str | None = "stop", **counts: int) -> dict[str, Any]:
    value: dict[str, Any] = {"model": "qwen3", "message": {"role": "assistant", "content": ""}, "done": True}
    return value | ({"done_reason": reason} if reason else {}) | counts


async def ask(*values: Any, size: int = 0, **options: Any) -> Outcome:
    return await replay(VENDORS["ollama"], lines_bytes(*values), size=size, headers=HEADERS, **options)


@pytest.mark.parametrize("size", [1, 7, 0])
async def test_text_thoughts_usage_and_finish_arrive(size: int) -> None:
    values = [line(content="", thinking="hm"), line(content="H"), line(content="i")]
    outcome = await ask(*values, last(prompt_eval_count=5, eval_count=2), size=size)
    assert outcome.error is None and outcome.response is not None
    assert (outcome.text, outcome.thinking, outcome.response.finish_reason) == ("Hi", "hm", "stop")
    assert (outcome.usage.request_tokens, outcome.usage.response_tokens) == (5, 2)


async def test_a_missing_count_is_unknown_and_not_zero() -> None:
    assert (await ask(line(content="Hi"), last(eval_count=2))).usage.request_tokens is None


async def test_thoughts_in_tags_are_thoughts() -> None:
    outcome = await ask(line(content="<think>h"), line(content="m</think>\n\nHi"), last())
    assert (outcome.text, outcome.thinking) == ("Hi", "hm")


async def test_calls_are_whole_and_get_ids() -> None:
    calls = [
        {"function": {"name": "f", "arguments": {"x": 1}}},
        {"id": "c2", "function": {"name": "g", "arguments": "{}"}},
    ]
    outcome = await ask(line(content="", tool_calls=calls), last())
    assert outcome.calls == [("f", {"x": 1}), ("g", {})]
    first, second = outcome.parts(ToolCallPart)
    assert first.tool_call_id and second.tool_call_id == "c2"
    assert outcome.response and outcome.response.finish_reason == "tool_call"


@pytest.mark.parametrize(
    ("reason", "expected"), [("length", "length"), ("load", "stop"), ("unload", "stop"), (None, "stop")]
)
async def test_why_it_ended_is_told(reason: str | None, expected: str) -> None:
    outcome = await ask(line(content="Hi"), last(reason))
    assert outcome.response is not None and outcome.response.finish_reason == expected


async def test_an_error_line_keeps_the_words_before_it() -> None:
    outcome = await ask(line(content="Hi"), {"error": "the runner crashed"})
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("server", "Hi")
    assert "the runner crashed" in outcome.error.message


async def test_lines_after_the_last_do_not_count() -> None:
    assert (await ask(line(content="Hi"), last(), line(content="!"))).text == "Hi"


async def test_a_stream_without_its_last_line_is_cut() -> None:
    outcome = await ask(line(content="Hi"))
    assert outcome.error is not None and (outcome.error.kind, outcome.text) == ("stream_cut", "Hi")


async def test_a_missing_model_comes_with_the_command_that_gets_it() -> None:
    outcome = await replay(VENDORS["ollama"], b'{"error": "model \'x\' not found"}', status=404, name="qwen3")
    assert outcome.error is not None
    assert (outcome.error.kind, "ollama pull qwen3" in outcome.error.hint) == ("model_not_found", True)


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/event-stream", ""])
async def test_the_lines_are_read_whatever_they_are_called(kind: str) -> None:
    body = lines_bytes(line(content="Hi"), last())
    assert (await replay(VENDORS["ollama"], body, headers={"content-type": kind})).text == "Hi"


async def test_thinking_is_left_out_for_a_model_that_cannot() -> None:
    outcome = await replay(
        VENDORS["ollama"], b'{"error": "\\"x\\" does not support thinking"}', status=400, settings={"thinking": "high"}
    )
    assert [b'"think"' in request.content for request in outcome.requests][:2] == [True, False]
