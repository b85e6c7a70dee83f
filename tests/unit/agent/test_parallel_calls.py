"""Several calls in one answer, their arguments streamed in turns: each keeps its own, and results go in call order."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import pytest

from tests.support.recordings import replay
from tests.support.switch_cases import PLACES, TOOLS, body_for
from tests.support.wire_bytes import aws_frame, lines_bytes, sse_bytes
from tui.agent import Agent, RunContext
from tui.agent.messages import (
    FunctionToolResultEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, DeltaToolCall, FunctionModel
from tui.agent.providers import VENDORS


def _chat(*deltas: Any) -> list[dict[str, Any]]:
    return [{"choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]} for delta in deltas]


OPENAI = sse_bytes(
    *_chat(
        {"index": 0, "id": "c0", "function": {"name": "look", "arguments": ""}},
        {"index": 1, "id": "c1", "function": {"name": "find", "arguments": '{"y"'}},
        {"index": 0, "function": {"arguments": '{"x": '}},
        {"index": 1, "function": {"arguments": ": 2}"}},
        {"index": 0, "function": {"arguments": "1}"}},
    ),
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    done=True,
)


def _block(index: int, name: str) -> dict[str, Any]:
    block = {"type": "tool_use", "id": f"c{index}", "name": name, "input": {}}
    return {"type": "content_block_start", "index": index, "content_block": block}


def _json(index: int, piece: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": piece}}


ANTHROPIC = sse_bytes(
    {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}},
    _block(0, "look"), _block(1, "find"), _json(0, '{"x": '), _json(1, '{"y"'), _json(0, "1}"), _json(1, ": 2}"),
    {"type": "content_block_stop", "index": 0}, {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"},
    named=True,
)  # fmt: skip


def _item(index: int, name: str, args: str = "") -> dict[str, Any]:
    return {"type": "function_call", "id": f"fc{index}", "call_id": f"c{index}", "name": name, "arguments": args}


def _args(index: int, piece: str) -> dict[str, Any]:
    return {
        "type": "response.function_call_arguments.delta", "item_id": f"fc{index}", "output_index": index,
        "delta": piece,
    }  # fmt: skip


_ITEMS = [_item(0, "look", '{"x": 1}'), _item(1, "find", '{"y": 2}')]
RESPONSES = sse_bytes(
    {"type": "response.output_item.added", "output_index": 0, "item": _item(0, "look")},
    {"type": "response.output_item.added", "output_index": 1, "item": _item(1, "find")},
    _args(1, '{"y"'), _args(0, '{"x": '), _args(1, ": 2}"), _args(0, "1}"),
    *({"type": "response.output_item.done", "output_index": 1 - n, "item": _ITEMS[1 - n]} for n in (0, 1)),
    {"type": "response.completed", "response": {"status": "completed", "output": _ITEMS}},
    named=True,
)  # fmt: skip
BEDROCK = b"".join(
    aws_frame(name, value)
    for name, value in (
        ("messageStart", {"role": "assistant"}),
        ("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"name": "look", "toolUseId": "c0"}}}),
        ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"name": "find", "toolUseId": "c1"}}}),
        ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"y"'}}}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"x": 1}'}}}),
        ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": ": 2}"}}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
    )
)
_CALLS = [{"name": "look", "args": {"x": 1}}, {"name": "find", "args": {"y": 2}}]
GEMINI = sse_bytes(
    {"candidates": [{"content": {"parts": [{"functionCall": _CALLS[0]}]}}]},
    {"candidates": [{"content": {"parts": [{"functionCall": _CALLS[1]}]}, "finishReason": "STOP"}]},
)
OLLAMA = lines_bytes(
    {"message": {"tool_calls": [{"function": {"name": call["name"], "arguments": call["args"]}} for call in _CALLS]}},
    {"message": {"content": ""}, "done": True, "done_reason": "stop"},
)
STREAMS = {
    "openai": (OPENAI, "text/event-stream"),
    "anthropic": (ANTHROPIC, "text/event-stream"),
    "openai-responses": (RESPONSES, "text/event-stream"),
    "google-gla": (GEMINI, "text/event-stream"),
    "bedrock": (BEDROCK, "application/vnd.amazon.eventstream"),
    "ollama": (OLLAMA, "application/x-ndjson"),
}


@pytest.mark.parametrize("vendor", STREAMS)
async def test_calls_that_stream_in_turns_stay_apart(vendor: str) -> None:
    body, kind = STREAMS[vendor]
    outcome = await replay(VENDORS[vendor], body, headers={"content-type": kind}, parameters=TOOLS)
    assert outcome.error is None and outcome.response is not None
    calls = [part for part in outcome.response.parts if isinstance(part, ToolCallPart)]
    assert [(call.tool_name, call.args_as_dict()) for call in calls] == [("look", {"x": 1}), ("find", {"y": 2})]
    assert len({call.tool_call_id for call in calls}) == 2
    assert outcome.response.finish_reason == "tool_call"


RESULTS = {
    "openai": lambda body: [turn["content"] for turn in body["messages"] if turn["role"] == "tool"],
    "anthropic": lambda body: [block["content"] for block in body["messages"][-1]["content"]],
    "openai-responses": lambda body: [item["output"] for item in body["input"][-2:]],
    "google-gla": lambda body: [
        part["functionResponse"]["response"]["return_value"] for part in body["contents"][-1]["parts"]
    ],
    "bedrock": lambda body: [
        block["toolResult"]["content"][0]["text"] for block in body["messages"][-1]["content"] if "toolResult" in block
    ],
    "ollama": lambda body: [turn["content"] for turn in body["messages"] if turn["role"] == "tool"],
}


@pytest.mark.parametrize("vendor", RESULTS)
def test_results_go_in_the_order_of_the_calls_though_the_history_has_another(vendor: str) -> None:
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart("Hi")]),
        ModelResponse([ToolCallPart("look", {}, "c0"), ToolCallPart("look", {}, "c1")]),
        ModelRequest([ToolReturnPart("look", "second", "c1"), ToolReturnPart("look", "first", "c0")]),
    ]
    body = json.loads(json.dumps(body_for(PLACES[vendor], history, TOOLS)))
    assert RESULTS[vendor](body) == ["first", "second"]


async def test_tools_run_at_the_same_time_and_are_kept_in_the_order_of_their_calls() -> None:
    second_was_told = asyncio.Event()
    finished: list[str] = []

    async def watch(ctx: RunContext[None], events: AsyncIterable[Any]) -> None:
        async for event in events:
            if isinstance(event, FunctionToolResultEvent):
                finished.append(event.tool_call_id)
                second_was_told.set()

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        if len(messages) > 1:
            yield "done"
        else:
            yield {0: DeltaToolCall("first", "{}", "c0"), 1: DeltaToolCall("second", "{}", "c1")}

    agent = Agent(FunctionModel(stream_function=stream))

    @agent.tool_plain
    async def first() -> str:
        await second_was_told.wait()
        return "1"

    @agent.tool_plain
    async def second() -> str:
        return "2"

    result = await agent.run("Hello", event_stream_handler=watch)
    assert finished == ["c1", "c0"]
    assert [getattr(part, "content", None) for part in result.all_messages()[2].parts] == ["1", "2"]
