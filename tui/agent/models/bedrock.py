"""Amazon Bedrock's converse API, with an API key as a bearer token.

Source: docs.aws.amazon.com/bedrock/latest/APIReference, Converse and ConverseStream.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
    FinishReason,
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
from tui.agent.models.anthropic import BUDGETS
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.cache_marks import mark_for_bedrock, without_marks
from tui.agent.models.media import MediaKind, base64_of
from tui.agent.models.role_messages import RoleMessage, role_messages
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import RequestTools, request_tools
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.providers.native import can_be_forced, is_claude_on_bedrock, takes_cache_marks, takes_files_of_tools
from tui.agent.settings import ModelSettings
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_slot, as_text, usage_of
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_call",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_tool_use": "error",
    "malformed_model_output": "error",
}


_KINDS: frozenset[MediaKind] = frozenset({"image", "document"})


class BedrockConverseModel(WireModel):
    """A model behind `converse-stream`."""

    default_provider: ClassVar[str] = "bedrock"
    offers_unused: ClassVar[bool] = False
    optional_keys: ClassVar[tuple[str, ...]] = (
        "additionalModelRequestFields.thinking",
        "additionalModelRequestFields.top_k",
        "toolConfig.toolChoice",
        "inferenceConfig.temperature",
        "inferenceConfig.topP",
        "inferenceConfig.stopSequences",
    )

    @override
    def target(self) -> Target:
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model",
            documents=True,
            image_limits=IMAGE_LIMITS["bedrock"],
            urls=frozenset(),
            results=_KINDS if takes_files_of_tools(self._model_name) else frozenset(),
            calls_need_tools=True,
        )

    @override
    def http_request(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> HttpRequest:
        """The request to `/model/ID/converse-stream`, or to `/converse`."""
        system, turns = role_messages(messages)
        documents = itertools.count(1)
        body: dict[str, Any] = {"messages": [_message(turn, documents) for turn in turns]}
        if system:
            body["system"] = [{"text": system}]
        body |= self._settings(settings)
        body |= _tools(
            request_tools(parameters, settings),
            can_be_forced=can_be_forced(self._provider.vendor, self._model_name, settings.get("thinking")),
        )
        if takes_cache_marks(self._provider.vendor, self._model_name):
            mark_for_bedrock(body, tools=is_claude_on_bedrock(self._model_name))
        method = "converse-stream" if stream else "converse"
        url = f"{self._provider.base_url}/model/{quote(self._model_name, safe='')}/{method}"
        return HttpRequest(url, body, self._provider.headers(), "aws" if stream else "json")

    @override
    def stream(self, reply: Reply) -> WireStream:
        return BedrockStream(reply)

    @override
    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused, or without the marks for the cache."""
        plain = without_marks(body)
        if plain != body and "cach" in error.message.lower():
            return plain
        return super().relaxed(body, error)

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        named = {
            "maxTokens": settings.get("max_tokens"),
            "temperature": min(1.0, settings["temperature"]) if "temperature" in settings else None,
            "topP": settings.get("top_p"),
            "stopSequences": settings.get("stop_sequences"),
        }
        config = {name: value for name, value in named.items() if value is not None}
        extra: dict[str, Any] = {}
        effort = settings.get("thinking", "off")
        if effort != "off" and is_claude_on_bedrock(self._model_name):
            extra["thinking"] = {"type": "enabled", "budget_tokens": BUDGETS[effort]}
            config["maxTokens"] = max(config.get("maxTokens", 0), BUDGETS[effort] + 4096)
            config = {name: value for name, value in config.items() if name not in ("temperature", "topP")}
        elif "top_k" in settings:
            extra["top_k"] = settings["top_k"]
        body: dict[str, Any] = {"inferenceConfig": config} if config else {}
        return body | ({"additionalModelRequestFields": extra} if extra else {})


def _tools(offer: RequestTools, *, can_be_forced: bool) -> dict[str, Any]:
    if not offer.tools or offer.mode == "none":
        return {}
    described = [
        {
            "toolSpec": {
                "name": tool.name,
                **({"description": tool.description} if tool.description else {}),
                "inputSchema": {"json": tool.parameters_json_schema},
            }
        }
        for tool in offer.tools
    ]
    choice: dict[str, Any] = {offer.mode if can_be_forced else "auto": {}}
    if offer.only and can_be_forced:
        choice = {"tool": {"name": offer.only}}
    return {"toolConfig": {"tools": described, "toolChoice": choice}}


def _message(turn: RoleMessage, documents: Iterator[int]) -> dict[str, Any]:
    if turn.role == "model":
        return {"role": "assistant", "content": [_answer(part) for part in turn.response_parts]}
    content = [block for part in turn.request_parts for block in _blocks(part, documents)]
    if any("document" in block for block in content) and not any("text" in block for block in content):
        content.append({"text": "(see the document)"})  # a document alone is refused
    return {"role": "user", "content": content}


def _answer(part: ModelResponsePart) -> dict[str, Any]:
    match part:
        case ToolCallPart():
            args = part.args_as_dict() if part.args else {}
            return {"toolUse": {"toolUseId": part.tool_call_id, "name": part.tool_name, "input": args}}
        case ThinkingPart() if (part.provider_details or {}).get("redacted"):
            return {"reasoningContent": {"redactedContent": part.signature}}
        case ThinkingPart():
            signature = {"signature": part.signature} if part.signature else {}
            return {"reasoningContent": {"reasoningText": {"text": part.content, **signature}}}
        case TextPart():
            return {"text": part.content.rstrip() or "…"}
        case _:
            return {"text": "…"}


def _blocks(part: ModelRequestPart, documents: Iterator[int]) -> Iterator[dict[str, Any]]:
    match part:
        case UserPromptPart(content=str() as text):
            if text.strip():
                yield {"text": text}
        case UserPromptPart():
            for item in part.content:
                yield from _block(item, documents)
        case ToolReturnPart():
            items: list[UserContent] = part.content_items() if part.files else [part.model_response_str()]
            content = [block for item in items for block in _block(item, documents)]
            yield _result(part.tool_call_id, content, "error" if part.outcome == "failed" else "success")
        case RetryPromptPart():
            yield _result(part.tool_call_id, [{"text": part.model_response()}], "error")


def _result(call_id: str | None, content: list[dict[str, Any]], status: str) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": call_id, "content": content or [{"text": "(empty)"}], "status": status}}


def _block(item: UserContent, documents: Iterator[int]) -> Iterator[dict[str, Any]]:
    match item:
        case str():
            if item.strip():
                yield {"text": item}
        case BinaryContent():
            source = {"bytes": base64_of(item.data)}
            if item.is_image:
                yield {"image": {"format": item.format, "source": source}}
            else:
                # Every document of a request needs a name of its own.
                yield {"document": {"format": item.format, "name": f"document-{next(documents)}", "source": source}}


class BedrockStream(WireStream):
    """Reads a converse answer, streamed or whole."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._calls: dict[Any, bool] = {}

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        value = as_object(event.value)
        index = as_slot(value.get("contentBlockIndex"))
        match event.name:
            case "contentBlockStart":
                yield from self._start(index, as_object(as_object(value.get("start")).get("toolUse")))
            case "contentBlockDelta":
                yield from self._delta(index, as_object(value.get("delta")))
            case "contentBlockStop":
                yield from self._stop(index)
            case "messageStop":
                self._finish(value)
            case "metadata":
                self._take_usage(value)
            case "" if event.is_whole:
                yield from self._whole(value)

    def _whole(self, value: dict[str, Any]) -> Events:
        for index, block in enumerate(as_list(as_object(as_object(value.get("output")).get("message")).get("content"))):
            block = as_object(block)
            tool = as_object(block.get("toolUse"))
            if tool:
                yield from self._start(index, tool)
                yield from self._args(index, json.dumps(as_object(tool.get("input"))))
            reasoning = as_object(block.get("reasoningContent"))
            yield from self._delta(index, {**block, "reasoningContent": reasoning.get("reasoningText") or reasoning})
        self._finish(value)
        self._take_usage(value)

    def _start(self, index: Any, tool: dict[str, Any]) -> Events:
        if tool:
            self._calls[index] = False
            yield from self.tool_call(index, as_text(tool.get("name")), None, as_text(tool.get("toolUseId")))

    def _delta(self, index: Any, delta: dict[str, Any]) -> Events:
        yield from self.text(as_text(delta.get("text")), index)
        if index in self._calls:
            yield from self._args(index, as_text(as_object(delta.get("toolUse")).get("input")))
        reasoning = as_object(delta.get("reasoningContent"))
        signature, redacted = as_text(reasoning.get("signature")), as_text(reasoning.get("redactedContent"))
        if redacted:
            details = {**self.origin()["provider_details"], "redacted": True}
            yield from self.thinking("", index, signature=redacted, provider_details=details)
        elif reasoning:
            yield from self.thinking(
                as_text(reasoning.get("text")), index, **({"signature": signature} if signature else {})
            )

    def _args(self, index: Any, args: str) -> Events:
        if args:
            self._calls[index] = True
            yield from self.tool_call(index, None, args)

    def _stop(self, index: Any) -> Events:
        if self._calls.get(index) is False:
            yield from self._args(index, "{}")

    def _finish(self, value: dict[str, Any]) -> None:
        reason = as_text(value.get("stopReason"))
        if reason:
            self.ended()
            self.finish_reason = _FINISH.get(reason, "stop")
            self.note(finish_reason=reason)

    def _take_usage(self, value: dict[str, Any]) -> None:
        raw = as_object(value.get("usage"))
        if not raw:
            return
        plain = as_count(raw.get("inputTokens"))
        read, written = as_count(raw.get("cacheReadInputTokens")), as_count(raw.get("cacheWriteInputTokens"))
        self._usage = usage_of(
            None if plain is None else plain + (read or 0) + (written or 0),
            as_count(raw.get("outputTokens")),
            cache_read=read,
            cache_write=written,
        )
        self.note(usage=raw, metrics=value.get("metrics"))
