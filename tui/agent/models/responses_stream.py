"""Answers of OpenAI's Responses API, streamed or whole. Knows nothing of requests.

Source: platform.openai.com/docs/api-reference/responses-streaming; quirks from recorded streams.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import override

from tui.agent.messages import FinishReason, ModelResponseStreamEvent
from tui.agent.models.responses_items import OutputItem, OutputItems
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_text, usage_of
from tui.agent.wire.reply import Reply

_ENDINGS = ("response.completed", "response.incomplete", "response.failed")
_INCOMPLETE: Mapping[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}


class ResponsesStream(WireStream):
    """Reads a response, streamed or whole."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._items = OutputItems()
        self._thought: OutputItem | None = None

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        data = as_object(event.value)
        kind = as_text(data.get("type")) or event.name
        if event.is_whole:
            yield from self._whole(data, as_text(data.get("status")) or "completed")
        elif kind.endswith(".delta"):
            yield from self._delta(kind, data, as_text(data.get("delta")))
        elif kind in _ENDINGS:
            yield from self._whole(as_object(data.get("response")), kind.rpartition(".")[2])
        else:
            yield from self._other(kind, data)

    def _delta(self, kind: str, event: dict[str, Any], delta: str) -> Events:
        match kind:
            case "response.output_text.delta":
                yield from self._grow(event, delta)
            case "response.refusal.delta":
                self.note(refused=True)
                yield from self._grow(event, delta)
            case "response.function_call_arguments.delta":
                yield from self._args(event, delta)
            case "response.reasoning_summary_text.delta":
                yield from self._think(event, delta, "summary")
            case "response.reasoning_text.delta":
                yield from self._think(event, delta, "text")

    def _other(self, kind: str, event: dict[str, Any]) -> Events:
        match kind:
            case "response.output_item.added":
                yield from self._begin(event)
            case "response.output_item.done":
                yield from self._item(self._items.done(event), as_object(event.get("item")))
            case "response.reasoning_summary_part.added":
                if self._items.of_delta("reasoning", event).pieces:
                    yield from self._think(event, "\n\n", "summary")
            case "response.output_text.annotation.added":
                item = self._items.of_delta("message", event)
                self._cite(item, as_object(event.get("annotation")), first=not event.get("content_index"))
            case "response.created" | "response.in_progress" | "response.queued":
                self.identify(as_object(event.get("response")))

    def _begin(self, event: dict[str, Any]) -> Events:
        known = self._items.calls
        item = self._items.begun(event)
        if self._items.calls > known:
            yield from self.tool_call(item.number, item.name, None, item.call_id)

    def _grow(self, event: dict[str, Any], text: str) -> Events:
        item = self._items.of_delta("message", event)
        item.pieces.append(text)
        yield from self.text(text, item.number)

    def _think(self, event: dict[str, Any], text: str, channel: str) -> Events:
        item = self._items.of_delta("reasoning", event)
        item.channel = item.channel or channel
        if item.channel == channel:  # some servers send the same thoughts on both
            item.pieces.append(text)
            yield from self.thinking(text, item.number)

    def _args(self, event: dict[str, Any], args: str) -> Events:
        item = self._items.of_delta("function_call", event)
        if args and item.name:
            item.pieces.append(args)
            yield from self.tool_call(item.number, None, args)

    def _item(self, item: OutputItem, value: dict[str, Any]) -> Events:
        """A finished item: what its deltas did not tell, for some servers send none."""
        finished, item.finished = item.finished, True
        match item.kind:
            case "reasoning":
                yield from self._reasoning(item, value, finished=finished)
            case _ if finished:
                pass
            case "message":
                yield from self._message(item, [as_object(part) for part in as_list(value.get("content"))])
            case "function_call":
                yield from self._call(item, as_text(value.get("arguments")))
            case _:
                yield from self._hosted(value)

    def _message(self, item: OutputItem, parts: list[dict[str, Any]]) -> Events:
        streamed = bool(item.pieces)
        for number, part in enumerate(parts):
            if not streamed:
                yield from self.text(as_text(part.get("text")) or as_text(part.get("refusal")), item.number)
            for annotation in as_list(part.get("annotations")):
                self._cite(item, as_object(annotation), first=not number)

    def _cite(self, item: OutputItem, annotation: dict[str, Any], *, first: bool) -> None:
        """Keep what a message cites; places count from the start of a part of it, so only those of the first hold."""
        if annotation.get("type") != "url_citation":
            self.note_one_more("annotations", annotation)
            return
        start, end = as_count(annotation.get("start_index")), as_count(annotation.get("end_index"))
        place = (start, end) if first else (None, None)
        self.cite(as_text(annotation.get("url")), as_text(annotation.get("title")), *place, slot=item.number)

    def _call(self, item: OutputItem, args: str) -> Events:
        if item.streamed != args or not args:
            item.pieces = [args]
            yield from self.whole_tool_call(item.number, item.name, args, item.call_id)

    def _reasoning(self, item: OutputItem, value: dict[str, Any], *, finished: bool) -> Events:
        encrypted = as_text(value.get("encrypted_content"))
        if finished and (item.signed or not encrypted):
            return
        thoughts = ""
        if not item.pieces:
            summary = as_list(value.get("summary")) or as_list(value.get("content"))
            thoughts = "\n\n".join(as_text(as_object(part).get("text")) for part in summary)
            item.pieces.append(thoughts)
        item.signed = bool(encrypted)
        self._thought = item
        if thoughts or encrypted:
            signed = {"signature": encrypted, "id": as_text(value.get("id")) or None} if encrypted else {}
            yield from self.thinking(thoughts, item.number, **signed)

    def _hosted(self, item: dict[str, Any]) -> Events:
        """A tool that the provider ran: noted, never run here, and not sent back, nor are the thoughts before it."""
        self.note_one_more("hosted", {name: item.get(name) for name in ("type", "id", "status", "action")})
        action = as_object(item.get("action"))
        for query in as_list(action.get("queries")) or [action.get("query")]:
            self.searched(as_text(query))
        if self._thought is not None:
            details = {**self.origin()["provider_details"], "for_hosted_tool": True}
            yield from self.thinking("", self._thought.number, provider_details=details)

    def _whole(self, response: dict[str, Any], status: str) -> Events:
        self.identify(response)
        self._take_usage(as_object(response.get("usage")))
        for item, value in self._items.whole(as_list(response.get("output"))):
            yield from self._item(item, value)
        if status == "failed":
            raise self.error(response.get("error") or {"message": "the response failed"})
        if status not in ("completed", "incomplete"):
            return
        self.ended()
        reason = as_text(as_object(response.get("incomplete_details")).get("reason"))
        self.finish_reason = "tool_call" if self._items.calls else "stop"
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
