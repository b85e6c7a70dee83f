"""Anthropic's messages API, which llama.cpp and some gateways speak too.

This is the request; `anthropic_stream` reads the answer. Source: docs.anthropic.com/en/api/messages.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequestPart,
    ModelResponsePart,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models.anthropic_stream import AnthropicStream
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.cache_marks import mark_for_anthropic, without_marks
from tui.agent.models.media import base64_of, name_of
from tui.agent.models.role_messages import RoleMessage, role_messages
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import request_tools
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import WireStream
from tui.agent.providers.native import search_of, takes_sampling, tier_of, version_of
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.unknown_settings import room_left

BUDGETS: Mapping[ThinkingEffort, int] = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "max": 32000}
"""Tokens to think with, for models that are given a number; 1024 is the least."""

_ADAPTIVE = (4, 6)
_SEARCH = "web_search_20250305"
_FILTERED_SEARCH = "web_search_20260318"
"""The newest search, in whose results the model looks by a program before it reads them; from Claude 4.6 on."""
_ROOM_FOR_THE_ANSWER = 4096
_SHORTEST_ANSWER = 256


class AnthropicModel(WireModel):
    """A model behind the messages API."""

    default_provider: ClassVar[str] = "anthropic"
    optional_keys: ClassVar[tuple[str, ...]] = (
        "output_config.effort",
        "output_config",
        "thinking",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "service_tier",
    )

    @override
    def target(self) -> Target:
        return Target(
            self._provider.name,
            self._model_name,
            thinking="vendor",
            signed_only=True,
            documents=True,
            image_limits=IMAGE_LIMITS["anthropic"],
            urls=frozenset({"image", "document"}),
            results=frozenset({"image", "document"}),
            calls_need_tools=True,
            citations=True,
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
        """The request to `/v1/messages`."""
        system, turns = role_messages(messages)
        searches = bool(settings.get("web_search")) and search_of(self._provider.vendor, self._model_name) == "tool"
        body: dict[str, Any] = {
            "model": self._model_name,
            "messages": [_message(turn, searches=searches) for turn in turns],
            "stream": stream,
        }
        if system:
            body["system"] = [{"type": "text", "text": system}]
        body |= self._settings(settings)
        body |= self._tools(
            parameters, settings, thinks=body.get("thinking", {}).get("type") in ("enabled", "adaptive")
        )
        if searches:
            version = _FILTERED_SEARCH if version_of(self._model_name) >= _ADAPTIVE else _SEARCH
            body["tools"] = [*body.get("tools", ()), {"type": version, "name": "web_search"}]
        mark_for_anthropic(body)
        url = f"{self._provider.root_url}/v1/messages"
        return HttpRequest(url, body, self._provider.headers(), "sse" if stream else "json")

    @override
    def stream(self, reply: Reply) -> WireStream:
        return AnthropicStream(reply)

    @override
    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused, or with the longest answer that the model allows."""
        allowed = re.search(r"max_tokens: (\d+) > (\d+)", error.message)
        if allowed and int(allowed[1]) == body.get("max_tokens"):
            return {**body, "max_tokens": int(allowed[2])}
        plainer = _plainer(body, error.message)
        if plainer is not None:
            return plainer
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
        if takes_sampling(self._provider.vendor, self._model_name, thinking):
            body |= _sampling(settings)
        if tier := tier_of(self._provider.vendor, settings.get("service_tier")):
            body["service_tier"] = tier
        return body

    def _tools(self, parameters: ModelRequestParameters, settings: ModelSettings, *, thinks: bool) -> dict[str, Any]:
        offer = request_tools(parameters, settings)
        if not offer.tools:
            return {}
        choice: dict[str, Any] = {"type": offer.mode}
        if offer.mode == "any" and thinks:  # refused
            choice = {"type": "auto"}
        elif offer.only:
            choice = {"type": "tool", "name": offer.only}
        if settings.get("parallel_tool_calls") is False and offer.mode != "none":
            choice["disable_parallel_tool_use"] = True
        described = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters_json_schema}
            for tool in offer.tools
        ]
        return {"tools": described, "tool_choice": choice}


def _plainer(body: Mapping[str, Any], problem: str) -> dict[str, Any] | None:
    """The body without what servers of this dialect, and older models, do not know; None when it is about neither."""
    if "cache_control" in problem:
        plain = without_marks(body)
        return plain if plain != body else None
    if "thinking" in body and re.search(r"support\w*\W+reasoning", problem):  # LiteLLM names what it makes of it
        return {name: value for name, value in body.items() if name != "thinking"}
    choice = body.get("tool_choice", {})
    if "tool_choice" in problem and choice.get("type") in ("any", "tool"):  # models that always think
        others = {name: value for name, value in choice.items() if name == "disable_parallel_tool_use"}
        return {**body, "tool_choice": {"type": "auto", **others}}
    if "web_search" in problem and any(tool.get("type") == _FILTERED_SEARCH for tool in body.get("tools", ())):
        tools = [{**tool, "type": _SEARCH} if tool.get("type") == _FILTERED_SEARCH else tool for tool in body["tools"]]
        return {**body, "tools": tools}
    return None


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


def _message(turn: RoleMessage, *, searches: bool) -> dict[str, Any]:
    if turn.role == "model":
        content = [block for part in turn.response_parts for block in _answer(part, searches=searches)]
        return {"role": "assistant", "content": content or [{"type": "text", "text": "…"}]}
    return {"role": "user", "content": [block for part in turn.request_parts for block in _blocks(part)]}


def _answer(part: ModelResponsePart, *, searches: bool) -> Iterator[dict[str, Any]]:
    match part:
        case ThinkingPart() if (part.provider_details or {}).get("redacted"):
            yield {"type": "redacted_thinking", "data": part.signature}
        case ThinkingPart():
            yield {"type": "thinking", "thinking": part.content, "signature": part.signature or ""}
        case ToolCallPart():
            yield {"type": "tool_use", "id": part.tool_call_id, "name": part.tool_name, "input": _input(part)}
        case TextPart():
            if searches:  # what was searched and found before these words; without the tool it is refused
                yield from (part.provider_details or {}).get("hosted", ())
            if part.content.strip():
                yield {"type": "text", "text": part.content.rstrip()}


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
            yield _result(part.tool_call_id, _returned(part), failed=part.outcome == "failed")
        case RetryPromptPart():
            yield _result(part.tool_call_id, part.model_response(), failed=True)


def _result(call_id: str | None, content: str | list[dict[str, Any]], *, failed: bool) -> dict[str, Any]:
    is_error = {"is_error": True} if failed else {}
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **is_error}


def _returned(part: ToolReturnPart) -> str | list[dict[str, Any]]:
    if not part.files:
        return part.model_response_str()
    return [block for item in part.content_items() for block in _block(item)]


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
            data = base64_of(item.data)
            source = {"type": "base64", "media_type": item.media_type, "data": data}
            if item.is_image:
                yield {"type": "image", "source": source}
            else:
                yield {"type": "document", "source": source, **({"title": name_of(item)} if name_of(item) else {})}
        case BinaryContent():
            yield {"type": "text", "text": item.data.decode("utf-8", "replace")}
