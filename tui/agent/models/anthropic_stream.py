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
from tui.agent.wire.json import (
    as_count,
    as_list,
    as_object,
    as_slot,
    as_text,
    decoded,
    size_of,
    storable,
    usage_of,
)
from tui.agent.wire.reply import Reply
from tui.agent.wire.text import sound

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
        self._words = 0  # the text under way: blocks that follow each other are one, cut where a source begins or ends
        self._word_starts: dict[Any, int] = {}
        self._sources: dict[Any, list[dict[str, Any]]] = {}
        self._hosted: dict[Any, dict[str, Any]] = {}
        self._hosted_args: dict[Any, list[str]] = {}

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
                yield from self._finish(as_object(data.get("delta")))
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
        yield from self._finish(message)
        self.ended()

    def _block(self, index: Any, block: dict[str, Any]) -> Events:
        last = next(reversed(self._kinds.values()), "")
        kind = self._kinds[index] = as_text(block.get("type"))
        self.keep(size_of(kind))
        match kind:
            case "text":
                self._words += last != "text"
                self._word_starts[index] = len(self._parts_manager.text_so_far(self._text_slot))
                yield from self.text(as_text(block.get("text")), self._text_slot, **self._what_was_hosted())
                for citation in as_list(block.get("citations")):
                    self._cite(index, as_object(citation))
            case "thinking":
                yield from self._give_hosted()
                yield from self._thoughts_and_signature(
                    index, as_text(block.get("thinking")), as_text(block.get("signature"))
                )
            case "redacted_thinking":
                yield from self._give_hosted()
                details = {**self.origin()["provider_details"], "redacted": True}
                yield from self.thinking("", index, signature=as_text(block.get("data")), provider_details=details)
            case "tool_use":
                yield from self._give_hosted()
                given = block.get("input")
                yield from self.tool_call(index, as_text(block.get("name")), None, as_text(block.get("id")))
                if given:
                    yield from self._args(index, json.dumps(given))
            case _:  # a tool that the provider runs by itself, or what came of it: never run here, but given back
                self.keep(size_of(block))
                self._hosted[index] = sound(storable(block))

    def _delta(self, index: Any, delta: dict[str, Any]) -> Events:
        match delta.get("type"):
            case "text_delta":
                yield from self.text(as_text(delta.get("text")), self._text_slot)
            case "thinking_delta":
                yield from self._thoughts_and_signature(index, as_text(delta.get("thinking")), "")
            case "signature_delta":
                yield from self._thoughts_and_signature(index, "", as_text(delta.get("signature")))
            case "input_json_delta" if self._kinds.get(index) == "tool_use":
                yield from self._args(index, as_text(delta.get("partial_json")))
            case "input_json_delta" if index in self._hosted:
                piece = as_text(delta.get("partial_json"))
                self.keep(size_of(piece))
                self._hosted_args.setdefault(index, []).append(piece)
            case "citations_delta":
                self._cite(index, as_object(delta.get("citation")))

    @property
    def _text_slot(self) -> tuple[str, int]:
        return "text", self._words

    def _what_was_hosted(self) -> dict[str, Any]:
        """What the provider's tools did since the last words: it belongs to those that follow."""
        hosted, self._hosted = self._hosted, {}
        return {"provider_details": {"hosted": list(hosted.values())}} if hosted else {}

    def _give_hosted(self) -> Events:
        """Keep it without words when something else follows, or nothing."""
        if self._hosted:
            self._words += 1
            yield from self.text("", self._text_slot, **self._what_was_hosted())

    def _cite(self, index: Any, citation: dict[str, Any]) -> None:
        """Remember what a block cites: the words that it stands for are all of the block, which is not there yet."""
        self.keep(size_of(citation))
        if citation.get("url"):
            self._sources.setdefault(index, []).append(citation)
        else:
            self.note_one_more("citations", citation)

    def _thoughts_and_signature(self, index: Any, thoughts: str, signature: str) -> Events:
        yield from self.thinking(thoughts, index, **({"signature": signature} if signature else {}))

    def _args(self, index: Any, args: str) -> Events:
        if not args:
            return
        self._called.add(index)
        yield from self.tool_call(index, None, args)

    def _stop(self, index: Any) -> Events:
        for source in self._sources.pop(index, ()):
            end = len(self._parts_manager.text_so_far(self._text_slot))
            place = self._word_starts.get(index, end), end
            self.cite(as_text(source.get("url")), as_text(source.get("title")), *place, slot=self._text_slot)
        args = "".join(self._hosted_args.pop(index, ()))
        if args and index in self._hosted:  # a gateway may begin the words before it ends this
            self._hosted[index]["input"] = _json_object(args)
        if self._kinds.get(index) == "server_tool_use" and index in self._hosted:
            self.searched(as_text(as_object(self._hosted[index].get("input")).get("query")))
        if self._kinds.get(index) == "tool_use" and index not in self._called:
            yield from self._args(index, "{}")

    def _finish(self, delta: dict[str, Any]) -> Events:
        reason = as_text(delta.get("stop_reason"))
        yield from self._give_hosted()
        if reason:
            self.ended()
            self.finish_reason = _FINISH.get(reason, "stop")
            paused = reason == "pause_turn" or None
            self.note(finish_reason=reason, stop_details=delta.get("stop_details"), paused=paused)

    def _take_usage(self, holder: dict[str, Any], *, final: bool) -> None:
        raw = {name: value for name, value in as_object(holder.get("usage")).items() if value is not None}
        if not raw:
            return
        self._raw_usage |= raw  # the last figures count; a server that leaves some out means the earlier ones
        self._usage = _usage(self._raw_usage, final=final)
        self.note(usage=self._raw_usage)


def _json_object(text: str) -> dict[str, Any]:
    try:
        return as_object(sound(storable(decoded(text))))
    except ValueError:
        return {}


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
