"""Answers of OpenAI's Responses API, streamed or whole. Knows nothing of requests.

Source: platform.openai.com/docs/api-reference/responses-streaming; quirks from recorded streams.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from typing_extensions import override

from tui.agent.messages import FinishReason, ModelResponseStreamEvent
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_slot, as_text, usage_of
from tui.agent.wire.reply import Reply

_ENDINGS = ("response.completed", "response.incomplete", "response.failed")
_INCOMPLETE: Mapping[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}


class ResponsesStream(WireStream):
    """Reads a response, streamed or whole."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._streamed: dict[Hashable, list[str]] = {}
        self._finished: set[Hashable] = set()
        self._calls = 0
        self._thought: Hashable | None = None

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        data = as_object(event.value)
        kind = as_text(data.get("type")) or event.name
        slot = as_slot(data.get("item_id") or data.get("output_index"))
        if event.is_whole:
            yield from self._whole(data, as_text(data.get("status")) or "completed")
        elif kind.endswith(".delta"):
            yield from self._delta(kind, slot, as_text(data.get("delta")))
        elif kind in _ENDINGS:
            yield from self._whole(as_object(data.get("response")), kind.rpartition(".")[2])
        else:
            yield from self._other(kind, slot, data)

    def _delta(self, kind: str, slot: Hashable, delta: str) -> Events:
        match kind:
            case "response.output_text.delta":
                yield from self._grow(slot, delta)
            case "response.refusal.delta":
                self.note(refused=True)
                yield from self._grow(slot, delta)
            case "response.function_call_arguments.delta":
                yield from self._args(slot, delta)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield from self._think(slot, delta)

    def _other(self, kind: str, slot: Hashable, event: dict[str, Any]) -> Events:
        match kind:
            case "response.output_item.added":
                yield from self._begin(as_object(event.get("item")), event)
            case "response.output_item.done":
                yield from self._item(as_object(event.get("item")), event.get("output_index"))
            case "response.reasoning_summary_part.added" if self._streamed.get(slot):
                yield from self._think(slot, "\n\n")
            case "response.output_text.annotation.added":
                self.note_one_more("annotations", event.get("annotation"))
            case "response.created" | "response.in_progress" | "response.queued":
                self.identify(as_object(event.get("response")))

    def _begin(self, item: dict[str, Any], event: dict[str, Any]) -> Events:
        slot = as_slot(item.get("id") or event.get("output_index"))
        if item.get("type") == "function_call" and slot not in self._streamed:
            self._streamed[slot] = []
            self._calls += 1
            yield from self.tool_call(slot, as_text(item.get("name")), None, as_text(item.get("call_id")))

    def _grow(self, slot: Hashable, text: str) -> Events:
        self._streamed.setdefault(slot, []).append(text)
        yield from self.text(text, slot)

    def _think(self, slot: Hashable, text: str) -> Events:
        self._streamed.setdefault(slot, []).append(text)
        yield from self.thinking(text, slot)

    def _args(self, slot: Hashable, args: str) -> Events:
        if args and slot in self._streamed:
            self._streamed[slot].append(args)
            yield from self.tool_call(slot, None, args)

    def _item(self, item: dict[str, Any], index: Any) -> Events:
        """A finished item: what its deltas did not tell, for some servers send none."""
        slot = as_slot(item.get("id") or index)
        if slot in self._finished:
            return
        self._finished.add(slot)
        match item.get("type"):
            case "message":
                if not self._streamed.get(slot):
                    for part in as_list(item.get("content")):
                        yield from self.text(
                            as_text(as_object(part).get("text")) or as_text(as_object(part).get("refusal")), slot
                        )
            case "function_call":
                yield from self._call(slot, item)
            case "reasoning":
                yield from self._reasoning(slot, item)
            case _:
                yield from self._hosted(item)

    def _call(self, slot: Hashable, item: dict[str, Any]) -> Events:
        args = as_text(item.get("arguments"))
        if slot not in self._streamed:
            self._calls += 1
        if slot not in self._streamed or "".join(self._streamed[slot]) != args:
            yield from self.whole_tool_call(slot, as_text(item.get("name")), args, as_text(item.get("call_id")))

    def _reasoning(self, slot: Hashable, item: dict[str, Any]) -> Events:
        thoughts = ""
        if not self._streamed.get(slot):
            summary = as_list(item.get("summary")) or as_list(item.get("content"))
            thoughts = "\n\n".join(as_text(as_object(part).get("text")) for part in summary)
        encrypted = as_text(item.get("encrypted_content"))
        self._thought = slot
        if thoughts or encrypted:
            signed = {"signature": encrypted, "id": as_text(item.get("id")) or None} if encrypted else {}
            yield from self.thinking(thoughts, slot, **signed)

    def _hosted(self, item: dict[str, Any]) -> Events:
        """A tool that the provider ran: noted, never run here, and not sent back, nor are the thoughts before it."""
        self.note_one_more("hosted", {name: item.get(name) for name in ("type", "id", "status", "action")})
        if self._thought is not None and self._streamed.get(self._thought, [""]):
            details = {**self.origin()["provider_details"], "for_hosted_tool": True}
            yield from self.thinking("", self._thought, provider_details=details)

    def _whole(self, response: dict[str, Any], status: str) -> Events:
        self.identify(response)
        self._take_usage(as_object(response.get("usage")))
        for index, item in enumerate(as_list(response.get("output"))):
            yield from self._item(as_object(item), index)
        if status == "failed":
            raise self.error(response.get("error") or {"message": "the response failed"})
        if status not in ("completed", "incomplete"):
            return
        self.ended()
        reason = as_text(as_object(response.get("incomplete_details")).get("reason"))
        self.finish_reason = "tool_call" if self._calls else "stop"
        if status == "incomplete":
            self.finish_reason = _INCOMPLETE.get(reason, "length")
        self.note(finish_reason=reason or status)

    def _take_usage(self, raw: dict[str, Any]) -> None:
        if not raw:
            return
        sent, generated = as_object(raw.get("input_tokens_details")), as_object(raw.get("output_tokens_details"))
        self._usage = usage_of(
            as_count(raw.get("input_tokens")),
            as_count(raw.get("output_tokens")),
            cache_read=as_count(sent.get("cached_tokens")),
            cache_write=as_count(sent.get("cache_write_tokens")),
            reasoning=as_count(generated.get("reasoning_tokens")),
        )
        self.note(usage=raw)
