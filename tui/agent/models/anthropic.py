"""Anthropic's messages API, which llama.cpp and some gateways speak too.

Source: docs.anthropic.com/en/api/messages and /streaming; figures and quirks from recorded streams.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    FinishReason,
    ImageUrl,
    ModelMessage,
    ModelRequestPart,
    ModelResponsePart,
    ModelResponseStreamEvent,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models._failures import Asked
from tui.agent.models._history import Target
from tui.agent.models._http import Arrived, Call, Reply
from tui.agent.models._refusals import room_left
from tui.agent.models._retries import Patience
from tui.agent.models._turns import Turn, turns_of
from tui.agent.models._values import count, items, obj, place, usage_of, words
from tui.agent.models._wire import Events, WireModel, WireStream
from tui.agent.providers import Provider, provider_of
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.usage import Usage

BUDGETS: Mapping[ThinkingEffort, int] = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "max": 32000}
"""Tokens to think with, for models that are given a number; 1024 is the least."""

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
}
_ADAPTIVE = (4, 6)
_NO_SAMPLING = (4, 7)
_ROOM_FOR_THE_ANSWER = 4096
_SHORTEST_ANSWER = 256


def version_of(model_name: str) -> tuple[int, int]:
    """Claude's generation as its name tells it, (4, 5) say; (0, 0) for other models."""
    found = re.search(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)", model_name)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


class AnthropicModel(WireModel):
    """A model behind the messages API."""

    optional_keys: ClassVar[tuple[str, ...]] = (
        "output_config.effort",
        "output_config",
        "thinking",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
    )

    def __init__(self, model_name: str, *, provider: str | Provider = "anthropic") -> None:
        """Make a model.

        Args:
            model_name: its id with the provider.
            provider: a vendor's name, or a provider with an address and a key of its own.

        Raises:
            UserError: the provider is unknown, or its key is missing.
        """
        super().__init__(model_name, provider_of(provider))

    def target(self) -> Target:
        """What this model can take of a history."""
        return Target(
            self._provider.name,
            self._model_name,
            thinking="vendor",
            sealed_only=True,
            documents=True,
            urls=frozenset({"image", "document"}),
            calls_need_tools=True,
        )

    def call(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> Call:
        """The request to `/v1/messages`."""
        system, turns = turns_of(messages)
        body: dict[str, Any] = {
            "model": self._model_name,
            "messages": [_message(turn) for turn in turns],
            "stream": stream,
        }
        if system:
            body["system"] = system
        body |= self._settings(settings)
        body |= self._tools(
            parameters, settings, thinks=body.get("thinking", {}).get("type") in ("enabled", "adaptive")
        )
        url = f"{self._provider.root_url}/v1/messages"
        return Call(url, body, self._provider.headers(), "sse" if stream else "json")

    def stream(self, reply: Reply, asked: Asked, patience: Patience) -> WireStream:
        """The reader of an answer."""
        return AnthropicStream(reply, asked, patience)

    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused, or with the longest answer that the model allows."""
        allowed = re.search(r"max_tokens: (\d+) > (\d+)", error.message)
        if allowed and int(allowed[1]) == body.get("max_tokens"):
            return {**body, "max_tokens": int(allowed[2])}
        room = room_left(error)
        if room is not None:
            budget = body.get("thinking", {}).get("budget_tokens", 0)
            return {**body, "max_tokens": room} if max(budget, _SHORTEST_ANSWER) < room < body["max_tokens"] else None
        return super().relaxed(body, error)

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        version = version_of(self._model_name)
        body: dict[str, Any] = {"max_tokens": settings.get("max_tokens") or _longest_answer(version)}
        if settings.get("stop_sequences"):
            body["stop_sequences"] = settings["stop_sequences"]
        thinking = settings.get("thinking")
        if thinking is not None:
            body |= _thinking(thinking, version, body["max_tokens"])
        thinks = "thinking" in body and body["thinking"]["type"] != "disabled"
        if version < _NO_SAMPLING and not thinks:
            body |= _sampling(settings)
        return body

    def _tools(self, parameters: ModelRequestParameters, settings: ModelSettings, *, thinks: bool) -> dict[str, Any]:
        tools = [*parameters.function_tools, *parameters.result_tools]
        if not tools:
            return {}
        choice: dict[str, Any] = {"type": "auto" if parameters.allow_text_result or thinks else "any"}
        if settings.get("parallel_tool_calls") is False:
            choice["disable_parallel_tool_use"] = True
        described = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters_json_schema}
            for tool in tools
        ]
        return {"tools": described, "tool_choice": choice}


def _longest_answer(version: tuple[int, int]) -> int:
    """The API insists on a limit; this is one that every model of the generation takes."""
    if version >= (3, 7):
        return 32000
    return 4096 if (0, 0) < version < (3, 5) else 8192


def _sampling(settings: ModelSettings) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if "temperature" in settings:
        body["temperature"] = min(1.0, settings["temperature"])
    elif "top_p" in settings:  # newer models refuse both at once
        body["top_p"] = settings["top_p"]
    if "top_k" in settings:
        body["top_k"] = settings["top_k"]
    return body


def _thinking(effort: ThinkingEffort, version: tuple[int, int], max_tokens: int) -> dict[str, Any]:
    if effort == "off":
        return {"thinking": {"type": "disabled"}} if version >= (3, 7) else {}
    if version >= _ADAPTIVE:
        level = "low" if effort == "minimal" else effort
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    budget = BUDGETS[effort]
    longest = max(max_tokens, budget + _ROOM_FOR_THE_ANSWER)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}, "max_tokens": longest}


def _message(turn: Turn) -> dict[str, Any]:
    if turn.role == "model":
        return {"role": "assistant", "content": [_answer(part) for part in turn.answered]}
    return {"role": "user", "content": [block for part in turn.asked for block in _blocks(part)]}


def _answer(part: ModelResponsePart) -> dict[str, Any]:
    match part:
        case ThinkingPart() if (part.provider_details or {}).get("redacted"):
            return {"type": "redacted_thinking", "data": part.signature}
        case ThinkingPart():
            return {"type": "thinking", "thinking": part.content, "signature": part.signature or ""}
        case ToolCallPart():
            return {"type": "tool_use", "id": part.tool_call_id, "name": part.tool_name, "input": _input(part)}
        case TextPart():
            return {"type": "text", "text": part.content.rstrip() or "…"}
        case _:
            return {"type": "text", "text": "…"}


def _input(part: ToolCallPart) -> dict[str, Any]:
    return part.args_as_dict() if part.args else {}


def _blocks(part: ModelRequestPart) -> Iterator[dict[str, Any]]:
    match part:
        case UserPromptPart(content=str() as text):
            if text.strip():
                yield {"type": "text", "text": text}
        case UserPromptPart():
            for item in part.content:
                yield from _block(item)
        case ToolReturnPart():
            yield {"type": "tool_result", "tool_use_id": part.tool_call_id, "content": part.model_response_str()}
        case RetryPromptPart():
            said = part.model_response()
            yield {"type": "tool_result", "tool_use_id": part.tool_call_id, "content": said, "is_error": True}


def _block(item: UserContent) -> Iterator[dict[str, Any]]:
    match item:
        case str():
            if item.strip():
                yield {"type": "text", "text": item}
        case ImageUrl():
            yield {"type": "image", "source": {"type": "url", "url": item.url}}
        case DocumentUrl():
            yield {"type": "document", "source": {"type": "url", "url": item.url}}
        case BinaryContent() if item.is_image or item.media_type == "application/pdf":
            data = base64.b64encode(item.data).decode()
            kind = "image" if item.is_image else "document"
            yield {"type": kind, "source": {"type": "base64", "media_type": item.media_type, "data": data}}
        case BinaryContent():
            yield {"type": "text", "text": item.data.decode("utf-8", "replace")}


class AnthropicStream(WireStream):
    """Reads a message, streamed or whole."""

    def __init__(self, reply: Reply, asked: Asked, patience: Patience) -> None:
        super().__init__(reply, asked, patience)
        self._raw_usage: dict[str, Any] = {}
        self._kinds: dict[Any, str] = {}
        self._called: set[Any] = set()
        self._hosted: list[dict[str, Any]] = []

    def take(self, arrived: Arrived) -> Iterable[ModelResponseStreamEvent]:
        """One event, or a whole message."""
        event = obj(arrived.value)
        index = place(event.get("index"))
        match event.get("type"):
            case "message_start":
                message = obj(event.get("message"))
                self.identify(message)
                self._take_usage(message, final=False)
            case "content_block_start":
                yield from self._block(index, obj(event.get("content_block")))
            case "content_block_delta":
                yield from self._delta(index, obj(event.get("delta")))
            case "content_block_stop":
                yield from self._stop(index)
            case "message_delta":
                self._take_usage(event, final=True)
                self._finish(obj(event.get("delta")))
            case "message_stop":
                self.ended(nothing_follows=True)
            case "message":
                yield from self._whole(event)

    def _whole(self, message: dict[str, Any]) -> Events:
        self.identify(message)
        for index, block in enumerate(items(message.get("content"))):
            yield from self._block(index, obj(block))
            yield from self._stop(index)
        self._take_usage(message, final=True)
        self._finish(message)
        self.ended()

    def _block(self, index: Any, block: dict[str, Any]) -> Events:
        kind = self._kinds[index] = words(block.get("type"))
        match kind:
            case "text":
                yield from self.text(words(block.get("text")), index)
            case "thinking":
                yield from self._thoughts_and_seal(index, words(block.get("thinking")), words(block.get("signature")))
            case "redacted_thinking":
                details = {**self.seal()["provider_details"], "redacted": True}
                yield from self.thinking("", index, signature=words(block.get("data")), provider_details=details)
            case "tool_use":
                given = block.get("input")
                yield from self.tool_call(index, words(block.get("name")), None, words(block.get("id")))
                if given:
                    yield from self._args(index, json.dumps(given))
            case _:
                self._hosted.append(block)  # a tool that the provider runs by itself; never run here
                self.note(blocks=self._hosted)

    def _delta(self, index: Any, delta: dict[str, Any]) -> Events:
        match delta.get("type"):
            case "text_delta":
                yield from self.text(words(delta.get("text")), index)
            case "thinking_delta":
                yield from self._thoughts_and_seal(index, words(delta.get("thinking")), "")
            case "signature_delta":
                yield from self._thoughts_and_seal(index, "", words(delta.get("signature")))
            case "input_json_delta" if self._kinds.get(index) == "tool_use":
                yield from self._args(index, words(delta.get("partial_json")))
            case "citations_delta":
                self.note(citations=[*(self.vendor_details or {}).get("citations", ()), delta.get("citation")])

    def _thoughts_and_seal(self, index: Any, thoughts: str, signature: str) -> Events:
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
        reason = words(delta.get("stop_reason"))
        if reason:
            self.ended()
            self.finish_reason = _FINISH.get(reason, "stop")
            self.note(finish_reason=reason, stop_details=delta.get("stop_details"))

    def _take_usage(self, holder: dict[str, Any], *, final: bool) -> None:
        raw = {name: value for name, value in obj(holder.get("usage")).items() if value is not None}
        if not raw:
            return
        self._raw_usage |= raw  # the last figures count; a server that leaves some out means the earlier ones
        self._usage = _usage(self._raw_usage, final=final)
        self.note(usage=self._raw_usage)


def _usage(raw: dict[str, Any], *, final: bool) -> Usage:
    """Anthropic counts cached tokens beside the input, and passes of a compaction beside the message's own."""
    passes = [obj(one) for one in items(raw.get("iterations"))] or [raw]

    def total(name: str) -> int | None:
        known = [number for one in passes if (number := count(one.get(name))) is not None]
        return sum(known) if known else None

    read, written = total("cache_read_input_tokens"), total("cache_creation_input_tokens")
    plain = total("input_tokens")
    sent = None if plain is None else plain + (read or 0) + (written or 0)
    thought = count(obj(raw.get("output_tokens_details")).get("thinking_tokens"))
    return usage_of(
        sent,
        total("output_tokens") if final else None,
        cache_read=read,
        cache_write=written,
        reasoning=thought,
    )
