"""One answer in every dialect, as the bytes that a provider would stream; adapters make a history of it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.wire_bytes import aws_frame, lines_bytes, sse_bytes
from tui.agent.providers import Api

EVENT_STREAMS = {"ollama": "application/x-ndjson", "bedrock": "application/vnd.amazon.eventstream"}
"""Content types; the others are `text/event-stream`."""


@dataclass(frozen=True)
class Said:
    """What a model says in one answer.

    Attributes:
        text, thoughts: the words.
        seal: the provider's signature on the thoughts, their encrypted form, or whatever it uses.
        calls: id, name and arguments, as JSON text, of tool calls.
        whole: whether it comes to its end; else the stream breaks off after what there is.
    """

    text: str = ""
    thoughts: str = ""
    seal: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    whole: bool = True


def content_type(api: Api) -> str:
    """What the API's streams are declared as."""
    return EVENT_STREAMS.get(api, "text/event-stream")


def answer(vendor: str, api: Api, said: Said) -> bytes:
    """The bytes in which a vendor says it."""
    match api:
        case "openai-chat":
            return _chat(vendor, said)
        case "openai-responses":
            return _responses(said)
        case "anthropic":
            return _anthropic(said)
        case "gemini":
            return _gemini(said)
        case "ollama":
            return _ollama(said)
        case "bedrock":
            return _bedrock(said)


def _chat(vendor: str, said: Said) -> bytes:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    if said.thoughts:
        deltas += _chat_thoughts(vendor, said)
    if said.text:
        deltas.append({"content": said.text})
    for index, (call_id, name, args) in enumerate(said.calls):
        deltas.append({"tool_calls": [{"index": index, "id": call_id, "function": {"name": name, "arguments": ""}}]})
        deltas.append({"tool_calls": [{"index": index, "function": {"arguments": args}}]})
    chunks = [{"id": "c-1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if said.whole:
        reason = "tool_calls" if said.calls else "stop"
        chunks.append({"id": "c-1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    return sse_bytes(*chunks, done=said.whole)


def _chat_thoughts(vendor: str, said: Said) -> list[dict[str, Any]]:
    match vendor:
        case "openai":
            return []  # never returned by chat completions
        case "mistral":
            inner = [{"type": "text", "text": said.thoughts}]
            return [{"content": [{"type": "thinking", "thinking": inner}]}]
        case "openrouter":
            text = {"type": "reasoning.text", "text": said.thoughts, "signature": said.seal, "index": 0}
            hidden = {"type": "reasoning.encrypted", "data": f"{said.seal}-data", "index": 1}
            return [{"reasoning": said.thoughts, "reasoning_details": [text]}, {"reasoning_details": [hidden]}]
        case "groq":
            return [{"reasoning": said.thoughts, "channel": "analysis"}]
        case _:
            return [{"reasoning_content": said.thoughts}]


def _responses(said: Said) -> bytes:
    items: list[dict[str, Any]] = []
    if said.thoughts:
        summary = [{"type": "summary_text", "text": said.thoughts}]
        items.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": said.seal})
    if said.text:
        content = [{"type": "output_text", "text": said.text}]
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "content": content})
    for number, (call_id, name, args) in enumerate(said.calls):
        call = {"type": "function_call", "id": f"fc_{number}", "call_id": call_id, "name": name, "arguments": args}
        items.append(call)
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "resp_1"}}]
    for index, item in enumerate(items):
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    if said.whole:
        events.append({"type": "response.completed", "response": {"id": "resp_1", "status": "completed"}})
    return sse_bytes(*events, named=True)


def _anthropic(said: Said) -> bytes:
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if said.thoughts:
        deltas = [{"type": "thinking_delta", "thinking": said.thoughts}]
        deltas.append({"type": "signature_delta", "signature": said.seal})
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""}, deltas))
        blocks.append(({"type": "redacted_thinking", "data": f"{said.seal}-data"}, []))
    if said.text:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": said.text}]))
    for call_id, name, args in said.calls:
        start = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
        blocks.append((start, [{"type": "input_json_delta", "partial_json": args}]))
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"id": "msg_1", "usage": {}}}]
    for index, (start, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        if said.whole or index < len(blocks) - 1:
            events.append({"type": "content_block_stop", "index": index})
    if said.whole:
        reason = "tool_use" if said.calls else "end_turn"
        events.append({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 1}})
        events.append({"type": "message_stop"})
    return sse_bytes(*events, named=True)


def _gemini(said: Said) -> bytes:
    parts: list[dict[str, Any]] = []
    if said.thoughts:
        parts.append({"text": said.thoughts, "thought": True})
    if said.text:
        seal = {"thoughtSignature": said.seal} if said.seal and not said.calls else {}
        parts.append({"text": said.text, **seal})
    for number, (_, name, args) in enumerate(said.calls):
        seal = {"thoughtSignature": said.seal} if said.seal and number == 0 else {}
        parts.append({"functionCall": {"name": name, "args": json.loads(args)}, **seal})
    chunks: list[dict[str, Any]] = [{"candidates": [{"content": {"role": "model", "parts": [part]}}]} for part in parts]
    if said.whole:
        chunks.append({"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}]})
    return sse_bytes(*chunks, end="\r\n")


def _ollama(said: Said) -> bytes:
    messages: list[dict[str, Any]] = []
    if said.thoughts:
        messages.append({"role": "assistant", "content": "", "thinking": said.thoughts})
    if said.text:
        messages.append({"role": "assistant", "content": said.text})
    if said.calls:
        calls = [{"function": {"name": name, "arguments": json.loads(args)}} for _, name, args in said.calls]
        messages.append({"role": "assistant", "content": "", "tool_calls": calls})
    lines: list[dict[str, Any]] = [{"message": message, "done": False} for message in messages]
    if said.whole:
        lines.append({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"})
    return lines_bytes(*lines)


def _bedrock(said: Said) -> bytes:
    frames: list[tuple[str, dict[str, Any]]] = [("messageStart", {"role": "assistant"})]
    index = 0

    def add(*deltas: dict[str, Any], start: dict[str, Any] | None = None) -> None:
        nonlocal index
        if start:
            frames.append(("contentBlockStart", {"contentBlockIndex": index, "start": start}))
        frames.extend(("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}) for delta in deltas)
        if said.whole:
            frames.append(("contentBlockStop", {"contentBlockIndex": index}))
        index += 1

    if said.thoughts:
        add({"reasoningContent": {"text": said.thoughts}}, {"reasoningContent": {"signature": said.seal}})
    if said.text:
        add({"text": said.text})
    for call_id, name, args in said.calls:
        add({"toolUse": {"input": args}}, start={"toolUse": {"toolUseId": call_id, "name": name}})
    if said.whole:
        frames.append(("messageStop", {"stopReason": "tool_use" if said.calls else "end_turn"}))
        frames.append(("metadata", {"usage": {"inputTokens": 1, "outputTokens": 1}}))
    return b"".join(aws_frame(name, payload) for name, payload in frames)
