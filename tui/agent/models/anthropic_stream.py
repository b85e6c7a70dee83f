"""Answers of Anthropic's messages API, streamed or whole. Knows nothing of requests.

Source: docs.anthropic.com/en/api/messages and /streaming; figures and quirks from recorded streams.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import override

from tui.agent.messages import FinishReason, ModelResponseStreamEvent
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.usage import Usage
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_slot, as_text, size_of, usage_of
from tui.agent.wire.reply import Reply

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
}


class AnthropicStream(WireStream):
    """Reads a message, streamed or whole."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._raw_usage: dict[str, Any] = {}
        self._kinds: dict[Any, str] = {}
        self._called: set[Any] = set()

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        data = as_object(event.value)
        index = as_slot(data.get("index"))
        match data.get("type"):
            case "message_start":
                message = as_object(data.get("message"))
                self.identify(message)
                self._take_usage(message, final=False)
            case "content_block_start":
                yield from self._block(index, as_object(data.get("content_block")))
            case "content_block_delta":
                yield from self._delta(index, as_object(data.get("delta")))
            case "content_block_stop":
                yield from self._stop(index)
            case "message_delta":
                self._take_usage(data, final=True)
                self._finish(as_object(data.get("delta")))
            case "message_stop":
                self.ended(nothing_follows=True)
            case "message":
                yield from self._whole(data)

    def _whole(self, message: dict[str, Any]) -> Events:
        self.identify(message)
        for index, block in enumerate(as_list(message.get("content"))):
            yield from self._block(index, as_object(block))
            yield from self._stop(index)
        self._take_usage(message, final=True)
        self._finish(message)
        self.ended()

    def _block(self, index: Any, block: dict[str, Any]) -> Events:
        kind = self._kinds[index] = as_text(block.get("type"))
        self.keep(size_of(kind))
        match kind:
            case "text":
                yield from self.text(as_text(block.get("text")), index)
            case "thinking":
                yield from self._thoughts_and_signature(
                    index, as_text(block.get("thinking")), as_text(block.get("signature"))
                )
            case "redacted_thinking":
                details = {**self.origin()["provider_details"], "redacted": True}
                yield from self.thinking("", index, signature=as_text(block.get("data")), provider_details=details)
            case "tool_use":
                given = block.get("input")
                yield from self.tool_call(index, as_text(block.get("name")), None, as_text(block.get("id")))
                if given:
                    yield from self._args(index, json.dumps(given))
            case _:
                self.note_one_more("blocks", block)  # a tool that the provider runs by itself; never run here

    def _delta(self, index: Any, delta: dict[str, Any]) -> Events:
        match delta.get("type"):
            case "text_delta":
                yield from self.text(as_text(delta.get("text")), index)
            case "thinking_delta":
                yield from self._thoughts_and_signature(index, as_text(delta.get("thinking")), "")
            case "signature_delta":
                yield from self._thoughts_and_signature(index, "", as_text(delta.get("signature")))
            case "input_json_delta" if self._kinds.get(index) == "tool_use":
                yield from self._args(index, as_text(delta.get("partial_json")))
            case "citations_delta":
                self.note_one_more("citations", delta.get("citation"))

    def _thoughts_and_signature(self, index: Any, thoughts: str, signature: str) -> Events:
        yield from self.thinking(thoughts, index, **({"signature": signature} if signature else {}))

    def _args(self, index: Any, args: str) -> Events:
        if not args:
            return
        self._called.add(index)
        yield from self.tool_call(index, None, args)

    def _stop(self, index: Any) -> Events:
        if self._kinds.get(index) == "tool_use" and index not in self._called:
            yield from self._args(index, "{}")

    def _finish(self, delta: dict[str, Any]) -> None:
        reason = as_text(delta.get("stop_reason"))
        if reason:
            self.ended()
            self.finish_reason = _FINISH.get(reason, "stop")
            self.note(finish_reason=reason, stop_details=delta.get("stop_details"))

    def _take_usage(self, holder: dict[str, Any], *, final: bool) -> None:
        raw = {name: value for name, value in as_object(holder.get("usage")).items() if value is not None}
        if not raw:
            return
        self._raw_usage |= raw  # the last figures count; a server that leaves some out means the earlier ones
        self._usage = _usage(self._raw_usage, final=final)
        self.note(usage=self._raw_usage)


def _usage(raw: dict[str, Any], *, final: bool) -> Usage:
    """Anthropic counts cached tokens beside the input, and passes of a compaction beside the message's own."""
    passes = [as_object(one) for one in as_list(raw.get("iterations"))] or [raw]

    def total(name: str) -> int | None:
        known = [number for one in passes if (number := as_count(one.get(name))) is not None]
        return sum(known) if known else None

    read, written = total("cache_read_input_tokens"), total("cache_creation_input_tokens")
    plain = total("input_tokens")
    sent = None if plain is None else plain + (read or 0) + (written or 0)
    thought = as_count(as_object(raw.get("output_tokens_details")).get("thinking_tokens"))
    return usage_of(
        sent,
        total("output_tokens") if final else None,
        cache_read=read,
        cache_write=written,
        reasoning=thought,
    )
