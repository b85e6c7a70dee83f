"""What of a history a model gets, and what is told about the rest. Lost else: a result, a file, or the reason why."""

import json
from typing import Any

import pytest

from tests.support.recordings import PROMPT, replay
from tui.agent.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.fit import fit
from tui.agent.models.pairing import INTERRUPTED
from tui.agent.models.target import Target
from tui.agent.providers import VENDORS
from tui.agent.tools import ToolDefinition

TOOLS = ModelRequestParameters([ToolDefinition("look", "Looks.", {"type": "object", "properties": {}})], True, [])
PNG = BinaryContent(b"\x89PNG", "image/png")
NEXT = ModelRequest([UserPromptPart("And now?")], instructions="Be brief.")

ANY = Target("acme", "m", images=False)


def texts(messages: list[ModelMessage]) -> list[str]:
    found: list[str] = []
    for message in messages:
        for part in message.parts:
            content = getattr(part, "content", None)
            found += content if isinstance(content, list) else [content] if isinstance(content, str) else []
    return [text for text in found if isinstance(text, str)]


def test_what_is_left_out_is_counted() -> None:
    answer = ModelResponse([ThinkingPart("hm"), TextPart("Hi"), ToolCallPart("f", {}, "a")], provider_name="other")
    request = ModelRequest([UserPromptPart(["See", PNG, ImageUrl("https://x.test/a.png")])])
    fitted = fit([request, answer, NEXT], ANY)
    assert [(change.kind, change.count) for change in fitted.changes] == [("image", 2), ("thinking", 1), ("result", 1)]
    assert "[image omitted: image/png, 1 kB]" in texts(fitted.messages)


def test_a_history_that_fits_is_not_changed() -> None:
    history: list[ModelMessage] = [*PROMPT, ModelResponse([TextPart("Hi")]), NEXT]
    fitted = fit(history, ANY)
    assert (fitted.messages, fitted.changes) == (history, ())


def test_ids_that_come_twice_are_told_apart_and_results_follow_them() -> None:
    def turn(value: int) -> list[ModelMessage]:
        call = ModelResponse([ToolCallPart("f", {"x": value}, "same")])
        return [call, ModelRequest([ToolReturnPart("f", value, "same")])]

    fitted = fit([*PROMPT, *turn(1), *turn(2), NEXT], ANY)
    calls = [part for message in fitted.messages for part in message.parts if isinstance(part, ToolCallPart)]
    returns = [part for message in fitted.messages for part in message.parts if isinstance(part, ToolReturnPart)]
    assert [part.tool_call_id for part in calls] == [part.tool_call_id for part in returns] == ["same", "same_2"]
    assert [part.content for part in returns] == [1, 2]


def test_an_orphan_result_is_dropped_and_an_unanswered_call_is_answered() -> None:
    answer = ModelResponse([ToolCallPart("f", {}, "a"), ToolCallPart("g", {}, "b")])
    request = ModelRequest([ToolReturnPart("g", "done", "b"), ToolReturnPart("h", "?", "c"), UserPromptPart("Next")])
    fitted = fit([*PROMPT, answer, request], ANY)
    returns = [part for part in fitted.messages[-1].parts if isinstance(part, ToolReturnPart)]
    assert [(part.tool_name, part.content) for part in returns] == [("f", INTERRUPTED), ("g", "done")], (
        "in the order of the calls"
    )


@pytest.mark.parametrize(
    ("args", "expected"), [('{"x"', {"_raw": '{"x"'}), ("[1]", {"_raw": "[1]"}), ("", {}), ({"x": 1}, {"x": 1})]
)
def test_broken_arguments_are_sent_as_an_object(args: Any, expected: Any) -> None:
    fitted = fit([*PROMPT, ModelResponse([ToolCallPart("f", args, "a")]), NEXT], ANY)
    call = fitted.messages[1].parts[0]
    assert isinstance(call, ToolCallPart) and (call.args_as_dict() if call.args else {}) == expected


def test_a_retry_of_a_call_is_its_result_and_another_one_is_text() -> None:
    answer = ModelResponse([ToolCallPart("f", {}, "a")])
    request = ModelRequest(
        [RetryPromptPart("wrong", "f", "a"), RetryPromptPart("Plain text responses are not permitted")]
    )
    fitted = fit([*PROMPT, answer, request], ANY)
    retry, text = fitted.messages[-1].parts
    assert isinstance(retry, RetryPromptPart) and isinstance(text, UserPromptPart)


def test_ids_of_nine_letters_are_made_always_the_same() -> None:
    nine = Target("acme", "m", call_ids="nine")
    answer = ModelResponse([ToolCallPart("f", {}, "toolu_01LtHJ"), ToolCallPart("f", {}, "abcDEF123")])
    first, second = (fit([*PROMPT, answer, NEXT], nine).messages[1].parts for _ in range(2))
    ids = [part.tool_call_id for part in first if isinstance(part, ToolCallPart)]
    assert first == second and ids[1] == "abcDEF123"
    assert ids[0] and len(ids[0]) == 9 and ids[0].isalnum()


async def test_a_history_that_is_refused_is_sent_once_more_as_text() -> None:
    error = json.dumps({"error": {"message": "messages.1: unexpected tool_use block"}}).encode()
    answer = ModelResponse([TextPart("Let me see."), ToolCallPart("look", {"x": 1}, "a")], provider_name="openai")
    history: list[ModelMessage] = [*PROMPT, answer, NEXT]
    outcome = await replay(VENDORS["anthropic"], error, status=400, messages=history, parameters=TOOLS)
    assert outcome.error is not None and len(outcome.requests) == 2
    assert b"tool_use" in outcome.requests[0].content and b'"tool_use"' not in outcome.requests[1].content
    assert b"called the tool look" in outcome.requests[1].content


async def test_a_refused_prompt_without_a_history_is_not_sent_again() -> None:
    outcome = await replay(VENDORS["anthropic"], b'{"error": {"message": "no"}}', status=400)
    assert len(outcome.requests) == 1
