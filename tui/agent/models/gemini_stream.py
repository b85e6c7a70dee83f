"""Answers of Google's Gemini API, streamed or whole. Knows nothing of requests.

Source: ai.google.dev/api/generate-content; figures and quirks from recorded streams.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import override

from tui.agent.messages import FinishReason, ModelResponseStreamEvent
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.usage import Usage
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_text, usage_of
from tui.agent.wire.reply import Reply

_FINISH: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "OTHER": "error",
    "FINISH_REASON_UNSPECIFIED": "error",
}
# Every other reason is a filter: SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII, LANGUAGE, IMAGE_...


class GeminiStream(WireStream):
    """Reads an answer, streamed or whole, or the array of chunks that a server without SSE sends."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._raw_usage: dict[str, Any] = {}
        self._calls = 0

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        for chunk in as_list(event.value) or [event.value]:
            yield from self._chunk(as_object(chunk))

    def _chunk(self, chunk: dict[str, Any]) -> Events:
        self.identify(chunk, "responseId", "modelVersion")
        self._take_usage(as_object(chunk.get("usageMetadata")))
        blocked = as_object(chunk.get("promptFeedback")).get("blockReason")
        if blocked:
            raise self.context.error("refused", f"{self.context.label} declined to read the prompt ({blocked}).")
        for candidate in as_list(chunk.get("candidates"))[:1]:
            candidate = as_object(candidate)
            for part in as_list(as_object(candidate.get("content")).get("parts")):
                yield from self._part(as_object(part))
            grounding = as_object(candidate.get("groundingMetadata"))
            for query in as_list(grounding.get("webSearchQueries")):
                self.searched(as_text(query))
            self._ground(grounding)
            self._finish(candidate)

    def _ground(self, grounding: dict[str, Any]) -> None:
        """Keep the pages that the text stands on: which of the chunks, by number, support which segment."""
        chunks = [as_object(chunk) for chunk in as_list(grounding.get("groundingChunks"))]
        pages = [as_object(chunk.get("web")) for chunk in chunks]
        text = self._parts_manager.text_so_far(None)
        data = text.encode("utf-8", "replace")
        for support in as_list(grounding.get("groundingSupports")):
            place = _place(text, data, as_object(as_object(support).get("segment")))
            for number in as_list(as_object(support).get("groundingChunkIndices")):
                if isinstance(number, int) and 0 <= number < len(pages):
                    page = pages[number]
                    self.cite(as_text(page.get("uri")), as_text(page.get("title")), *place)
        for page in pages if not grounding.get("groundingSupports") else ():
            self.cite(as_text(page.get("uri")), as_text(page.get("title")))

    def _part(self, part: dict[str, Any]) -> Events:
        signature = as_text(part.get("thoughtSignature"))
        text = as_text(part.get("text"))
        if "functionCall" in part:
            yield from self._call(as_object(part["functionCall"]), signature)
        elif part.get("thought"):
            yield from self.thinking(text, **({"signature": signature} if signature else {}))
        elif "text" in part:
            details: dict[str, Any] = {"provider_details": self._signed(signature)} if signature else {}
            yield from self.text(text, None, **details)
        else:
            self.note_one_more("parts", {name: value for name, value in part.items() if name != "inlineData"})

    def _call(self, call: dict[str, Any], signature: str) -> Events:
        self._calls += 1
        yield from self.whole_tool_call(
            ("call", self._calls),
            as_text(call.get("name")),
            as_object(call.get("args")),
            as_text(call.get("id")),
            provider_name=self.context.provider,
            provider_details=self._signed(signature) if signature else None,
        )

    def _signed(self, signature: str) -> dict[str, Any]:
        return {"thought_signature": signature, "model": self.context.model}

    def _finish(self, candidate: dict[str, Any]) -> None:
        reason = as_text(candidate.get("finishReason"))
        if reason:
            self.ended()
            ours = _FINISH.get(reason, "content_filter")
            self.finish_reason = "tool_call" if ours == "stop" and self._calls else ours
            self.note(finish_reason=reason, finish_message=candidate.get("finishMessage"))

    def _take_usage(self, raw: dict[str, Any]) -> None:
        known = {name: value for name, value in raw.items() if value is not None}
        if known:
            # Cumulative; a chunk may leave fields out, then the last ones hold, but no older total fits newer counts.
            self._raw_usage = {k: v for k, v in self._raw_usage.items() if k != "totalTokenCount"} | known
            self._usage = _usage(self._raw_usage)
            self.note(usage=self._raw_usage)


def _place(text: str, data: bytes, segment: dict[str, Any]) -> tuple[int | None, int | None]:
    """Where a segment is in the text: Google counts bytes of UTF-8, and not always from the start of this part."""
    words = as_text(segment.get("text"))
    start, end = as_count(segment.get("startIndex")) or 0, as_count(segment.get("endIndex")) or 0
    if data[start:end].decode("utf-8", "replace") == words:
        first = len(data[:start].decode("utf-8", "replace"))
    elif (first := text.find(words) if words else -1) < 0:
        return None, None
    return first, first + len(words)


def _usage(raw: dict[str, Any]) -> Usage:
    """Gemini counts thoughts beside the answer, and cached tokens within the prompt; its total decides."""
    prompt, by_tools = as_count(raw.get("promptTokenCount")), as_count(raw.get("toolUsePromptTokenCount"))
    answer, thoughts = as_count(raw.get("candidatesTokenCount")), as_count(raw.get("thoughtsTokenCount"))
    sent = None if prompt is None else prompt + (by_tools or 0)
    generated = None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)
    total = as_count(raw.get("totalTokenCount"))
    if total is not None and total != (sent or 0) + (generated or 0):
        sent, generated = _by_total(total, sent, prompt, generated)
    elif total is not None and sent is not None:
        generated = generated or 0
    usage = usage_of(
        sent,
        generated,
        cache_read=_at_most(sent, as_count(raw.get("cachedContentTokenCount"))),
        reasoning=_at_most(generated, thoughts),
    )
    usage.total_tokens = total if usage.total_tokens is None and total else usage.total_tokens
    return usage


def _by_total(total: int, sent: int | None, prompt: int | None, generated: int | None) -> tuple[int | None, int | None]:
    """What was sent and generated where the counts are no parts of the total: some are missing, or stale.

    The prompt is counted first and never changes, so the rest was generated; the total of some models leaves out what
    their tools have read.
    """
    if sent is None or prompt is None:
        return (None if generated is None else max(0, total - generated)), generated
    if generated is not None and total == prompt + generated:
        return sent, generated
    sent = min(sent, total) if prompt <= total else total
    return sent, total - sent


def _at_most(limit: int | None, count: int | None) -> int | None:
    """A count of a part, which cannot be above the whole."""
    return count if count is None or limit is None else min(count, limit)
