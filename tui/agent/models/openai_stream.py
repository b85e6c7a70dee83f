"""Answers of chat completions, streamed or whole, as vendors and servers really send them.

What they do differently was learned from recorded streams. Knows nothing of requests.
"""

import json
import uuid
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.messages import FinishReason, ModelResponseStreamEvent
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.usage import Usage
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_dollars, as_list, as_object, as_text, size_of, usage_of
from tui.agent.wire.reply import Reply

_REASONING_SLOT = "reasoning"
_GROWING = ("text", "summary", "data")
_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "function_call": "tool_call",
    "content_filter": "content_filter",
    "error": "error",
    "model_length": "length",
    "sensitive": "content_filter",
    "eos": "stop",
    "end_turn": "stop",
    "max_tokens": "length",
}


class OpenAIStream(WireStream):
    """Reads a chat completion, streamed or whole."""

    splits_think: ClassVar[bool] = True

    def __init__(self, reply: Reply, *, unopened_thoughts: bool = True) -> None:
        super().__init__(reply, unopened_thoughts=unopened_thoughts)
        self._slots: list[Hashable] = []
        self._call_ids: dict[Hashable, str] = {}
        self._names: dict[Hashable, str] = {}
        self._args: dict[Hashable, list[str]] = {}
        self._has_deltas = False
        self._details = ReasoningDetails()

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        chunk = as_object(event.value)
        self.identify(chunk)
        self._take_usage(chunk)
        for choice in as_list(chunk.get("choices"))[:1]:
            yield from self._choice(as_object(choice))
        self._list_pages(chunk)

    def _choice(self, choice: dict[str, Any]) -> Events:
        self._has_deltas = self._has_deltas or bool(choice.get("delta"))
        # Some servers send the whole message so far beside, or after, the deltas.
        delta = as_object(choice.get("delta" if self._has_deltas else "message"))
        yield from self._thinking(delta)
        yield from self._content(delta.get("content"))
        yield from self.text(as_text(delta.get("refusal")))
        if delta.get("refusal"):
            self.note(refused=True)
        for position, call in enumerate(as_list(delta.get("tool_calls"))):
            yield from self._tool_call(as_object(call), position)
        if delta.get("function_call"):
            yield from self._tool_call({"function": delta["function_call"], "index": 0}, 0)
        for annotation in as_list(delta.get("annotations")):
            self._cite(as_object(annotation))
        yield from self._finish(choice)

    def _cite(self, annotation: dict[str, Any]) -> None:
        """Keep a page that the text cites; some servers say so in the middle of it."""
        page = as_object(annotation.get("url_citation"))
        if not page:
            self.note_one_more("annotations", annotation)
            return
        place = as_count(page.get("start_index")), as_count(page.get("end_index"))
        self.cite(as_text(page.get("url")), as_text(page.get("title")), *place)

    def _list_pages(self, chunk: dict[str, Any]) -> None:
        """Perplexity's list of what it has read, which its text counts from 1: with titles, or addresses alone."""
        pages = [as_object(page) for page in as_list(chunk.get("search_results"))]
        pages = pages or [{"url": url} for url in as_list(chunk.get("citations"))]
        for page in pages:
            self.cite(as_text(page.get("url")), as_text(page.get("title")))

    def _finish(self, choice: dict[str, Any]) -> Events:
        reason = as_text(choice.get("finish_reason"))
        if not reason:
            return
        self.ended()
        self.finish_reason = _FINISH.get(reason, "stop")
        if self._slots and self.finish_reason == "stop":
            self.finish_reason = "tool_call"  # some servers say "stop" though tools were called
        self.note(finish_reason=as_text(choice.get("native_finish_reason")) or reason)
        if self._details:  # what OpenRouter wants back, put together once and not with every delta
            details = {**self.origin()["provider_details"], "details": self._details.joined()}
            yield from self.thinking("", _REASONING_SLOT, provider_details=details)

    def _thinking(self, delta: dict[str, Any]) -> Events:
        plain = as_text(delta.get("reasoning_content")) or as_text(delta.get("reasoning"))
        details = [detail for detail in as_list(delta.get("reasoning_details")) if isinstance(detail, dict)]
        for detail in details:
            self.keep(self._details.add(detail))
        if details and not plain:
            plain = "".join(as_text(detail.get("text")) or as_text(detail.get("summary")) for detail in details)
        yield from self.thinking(plain, _REASONING_SLOT if self._details else None)

    def _content(self, content: Any) -> Events:
        if isinstance(content, str):
            yield from self.text(content)
        for part in as_list(content):  # Mistral sends a list as soon as the model thinks
            part = as_object(part)
            if part.get("type") == "thinking":
                inner = part.get("thinking")
                text = as_text(inner) or "".join(as_text(as_object(item).get("text")) for item in as_list(inner))
                yield from self.thinking(text)
            else:
                yield from self.text(as_text(part.get("text")))

    def _tool_call(self, call: dict[str, Any], position: int) -> Events:
        function = as_object(call.get("function"))
        call_id, name, args = as_text(call.get("id")), as_text(function.get("name")), function.get("arguments")
        slot = self._slot(call.get("index"), position, call_id, name, bool(args))
        minted = slot not in self._call_ids
        if minted:
            self._call_ids[slot] = call_id or f"call_{uuid.uuid4().hex}"
        repeated = name if slot not in self._names else ""
        self._names.setdefault(slot, name)
        given = args if isinstance(args, str | dict) else "" if minted else None
        self._args.setdefault(slot, []).append(given if isinstance(given, str) else "{}" if given else "")
        yield from self.tool_call(("call", slot), repeated or None, given, self._call_ids[slot] if minted else "")

    def _slot(self, index: Any, position: int, call_id: str, name: str, has_args: bool) -> Hashable:
        """Which call a fragment belongs to: by index, and where servers give all calls one index, by its new id."""
        by_index = index if isinstance(index, int) else position if call_id or name or not self._slots else None
        if by_index is None:
            return self._slots[-1]
        mine = [slot for slot in self._slots if isinstance(slot, tuple) and slot[0] == by_index]
        fresh_id = bool(call_id) and call_id not in self._call_ids.values() and bool(name)
        if mine and not (fresh_id and self._may_be_followed(mine[-1], name, has_args)):
            same = [slot for slot in mine if call_id and self._call_ids[slot] == call_id]
            return (same or mine)[-1]
        slot = (by_index, len(mine))
        self._slots.append(slot)
        return slot

    def _may_be_followed(self, slot: Hashable, name: str, has_args: bool) -> bool:
        """Whether a fragment with a new id begins another call; some servers give each fragment a new id."""
        args = "".join(self._args[slot])
        return name != self._names[slot] or (_is_json(args) if args else not has_args)

    def _take_usage(self, chunk: dict[str, Any]) -> None:
        raw = as_object(chunk.get("usage")) or as_object(as_object(chunk.get("x_groq")).get("usage"))
        if raw:
            self._usage = _usage(raw)
            cost = raw.get("cost")  # Perplexity splits it
            self.note(usage=raw, cost=as_dollars(as_object(cost).get("total_cost", cost)))
        elif timings := as_object(chunk.get("timings")):
            self.note(timings=timings)
            if "usage" not in (self.vendor_details or {}):
                cached = as_count(timings.get("cache_n"))
                sent = (as_count(timings.get("prompt_n")) or 0) + (cached or 0)
                self._usage = usage_of(sent, as_count(timings.get("predicted_n")), cache_read=cached)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _usage(raw: dict[str, Any]) -> Usage:
    sent, generated = as_count(raw.get("prompt_tokens")), as_count(raw.get("completion_tokens"))
    prompt = as_object(raw.get("prompt_tokens_details"))
    reasoning = as_count(as_object(raw.get("completion_tokens_details")).get("reasoning_tokens"))
    reasoning = as_count(raw.get("reasoning_tokens")) if reasoning is None else reasoning
    cached = as_count(prompt.get("cached_tokens"))
    total = as_count(raw.get("total_tokens"))
    if reasoning and sent is not None and generated is not None and total == sent + generated + reasoning:
        generated += reasoning  # xAI counts thoughts beside the answer, everybody else within it
    return usage_of(
        sent,
        generated,
        cache_read=as_count(raw.get("prompt_cache_hit_tokens")) if cached is None else cached,
        cache_write=as_count(prompt.get("cache_write_tokens")),
        reasoning=reasoning,
    )


class ReasoningDetails:
    """OpenRouter's reasoning fragments put together: those of one index and type are one, their texts joined."""

    def __init__(self) -> None:
        self._joined: dict[str, dict[str, Any]] = {}
        self._texts: dict[tuple[str, str], list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._joined)

    def add(self, detail: dict[str, Any]) -> int:
        """Take a fragment in, and give how much more is kept, in characters."""
        key = f"{detail.get('index')} {detail.get('type')}"
        added = 0 if key in self._joined else size_of([key])
        whole = self._joined.setdefault(key, {})
        for name, value in detail.items():
            if name in _GROWING and isinstance(value, str):
                self._texts.setdefault((key, name), []).append(value)
                whole[name] = ""
                added += size_of(value)
            elif (value is not None or name not in whole) and (name not in whole or whole[name] != value):
                whole[name] = value
                added += size_of({name: value})
        return added

    def joined(self) -> list[dict[str, Any]]:
        """The whole details."""
        for (key, name), pieces in self._texts.items():
            self._joined[key][name] = "".join(pieces)
        return list(self._joined.values())
