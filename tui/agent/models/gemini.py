"""Google's Gemini API, directly or on Vertex AI with a token.

Source: ai.google.dev/api/generate-content; figures and quirks from recorded streams.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    AudioUrl,
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
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.fit import Target
from tui.agent.models.media import MEDIA_TYPES
from tui.agent.models.role_messages import RoleMessage, role_messages
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.providers.provider import Provider
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.usage import Usage
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_text, usage_of
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest

FOREIGN_SIGNATURE = "skip_thought_signature_validator"
"""Google's documented stand-in for the signature of a call that another model made."""

_MORE_MEDIA_TYPES = frozenset(
    {"image/heic", "image/heif", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac", "audio/mp3"}
)
_BUDGETS: Mapping[ThinkingEffort, int] = {
    "off": 0,
    "minimal": 512,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "max": -1,
}
_LEVELS: Mapping[ThinkingEffort, str] = {
    "off": "minimal",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "max": "high",
}
_FINISH: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "OTHER": "error",
    "FINISH_REASON_UNSPECIFIED": "error",
}
# Every other reason is a filter: SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII, LANGUAGE, IMAGE_...


class GeminiModel(WireModel):
    """A model behind `generateContent`."""

    default_provider: ClassVar[str] = "google-gla"
    optional_keys: ClassVar[tuple[str, ...]] = (
        "generationConfig.presencePenalty",
        "generationConfig.frequencyPenalty",
        "generationConfig.seed",
        "generationConfig.topK",
    )

    def __init__(self, model_name: str, *, provider: str | Provider | None = None) -> None:
        """As every adapter; Google's own lists begin each name with "models/"."""
        super().__init__(model_name.removeprefix("models/"), provider=provider)

    @property
    def generation(self) -> float:
        """The number in the model's name, 2.5 say; 0.0 for other names."""
        found = re.search(r"gemini-(\d+(?:\.\d+)?)", self._model_name)
        return float(found[1]) if found else 0.0

    @override
    def target(self) -> Target:
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model",
            audio=True,
            documents=True,
            media_types=MEDIA_TYPES | _MORE_MEDIA_TYPES,
            urls=frozenset({"image", "audio", "document"}),
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
        """The request to `:streamGenerateContent`, or to `:generateContent`."""
        system, turns = role_messages(messages)
        body: dict[str, Any] = {"contents": [self._content(turn) for turn in turns]}
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        if config := self._config(settings):
            body["generationConfig"] = config
        body |= _tools(parameters)
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        url = f"{self._models_url()}/{self._model_name}:{method}"
        return HttpRequest(url, body, self._provider.headers(), "sse" if stream else "json")

    @override
    def stream(self, reply: Reply) -> WireStream:
        return GeminiStream(reply)

    @override
    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused; Google names thinking in its own words, not by the key."""
        config = dict(body.get("generationConfig", {}))
        if "thinking" in error.message.lower() and config.pop("thinkingConfig", None):
            return {**body, "generationConfig": config}
        return super().relaxed(body, error)

    def _models_url(self) -> str:
        root = self._provider.root_url
        if self._provider.name == "google-vertex":  # .../v1/projects/P/locations/L/publishers/google
            return f"{root.removesuffix('/models')}/models"
        return f"{root}/v1beta/models"

    def _config(self, settings: ModelSettings) -> dict[str, Any]:
        named = {
            "temperature": settings.get("temperature"),
            "topP": settings.get("top_p"),
            "topK": settings.get("top_k"),
            "maxOutputTokens": settings.get("max_tokens"),
            "stopSequences": settings.get("stop_sequences", [])[:5] or None,
            "seed": settings.get("seed"),
            "presencePenalty": settings.get("presence_penalty"),
            "frequencyPenalty": settings.get("frequency_penalty"),
            "thinkingConfig": self._thinking(settings.get("thinking")),
        }
        return {name: value for name, value in named.items() if value is not None}

    def _thinking(self, effort: ThinkingEffort | None) -> dict[str, Any] | None:
        if self.generation < 2.5:
            return None
        if effort is None:
            return {"includeThoughts": True}
        if self.generation >= 3:
            return {"includeThoughts": effort != "off", "thinkingLevel": _LEVELS[effort]}
        budget = _BUDGETS[effort]
        if budget == 0 and "pro" in self._model_name:
            budget = 128  # this one cannot do without
        return {"includeThoughts": budget != 0, "thinkingBudget": budget}

    def _content(self, turn: RoleMessage) -> dict[str, Any]:
        if turn.role == "user":
            return {"role": "user", "parts": [sent for part in turn.request_parts for sent in _parts(part)]}
        answered = [sent for part in turn.response_parts if (sent := _answer(part)) is not None]
        calls = [sent for sent in answered if "functionCall" in sent]
        if self.generation >= 3 and calls and "thoughtSignature" not in calls[0]:
            calls[0]["thoughtSignature"] = FOREIGN_SIGNATURE
        return {"role": "model", "parts": answered}


def _tools(parameters: ModelRequestParameters) -> dict[str, Any]:
    tools = [*parameters.function_tools, *parameters.result_tools]
    if not tools:
        return {}
    described = [
        {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters_json_schema}
        for tool in tools
    ]
    mode = "AUTO" if parameters.allow_text_result else "ANY"
    return {
        "tools": [{"functionDeclarations": described}],
        "toolConfig": {"functionCallingConfig": {"mode": mode}},
    }


def _answer(part: ModelResponsePart) -> dict[str, Any] | None:
    signature = (getattr(part, "provider_details", None) or {}).get("thought_signature")
    signed = {"thoughtSignature": signature} if signature else {}
    match part:
        case TextPart():
            return {"text": part.content, **signed}
        case ToolCallPart():
            args = part.args_as_dict() if part.args else {}
            return {"functionCall": {"name": part.tool_name, "args": args}, **signed}
        case ThinkingPart() if part.signature:
            return {"text": part.content, "thought": True, "thoughtSignature": part.signature}
        case _:
            return None


def _parts(part: ModelRequestPart) -> Iterator[dict[str, Any]]:
    match part:
        case UserPromptPart(content=str() as text):
            yield {"text": text}
        case UserPromptPart():
            for item in part.content:
                yield _item(item)
        case ToolReturnPart():
            yield {"functionResponse": {"name": part.tool_name, "response": part.model_response_object()}}
        case RetryPromptPart():
            yield {"functionResponse": {"name": part.tool_name, "response": {"error": part.model_response()}}}


def _item(item: UserContent) -> dict[str, Any]:
    match item:
        case str():
            return {"text": item}
        case ImageUrl() | AudioUrl() | DocumentUrl():
            return {"fileData": {"mimeType": _media_type(item), "fileUri": item.url}}
        case BinaryContent():
            return {"inlineData": {"mimeType": item.media_type, "data": base64.b64encode(item.data).decode()}}
        case _:
            return {"text": ""}


def _media_type(item: ImageUrl | AudioUrl | DocumentUrl) -> str:
    """The type that the address tells by its ending, or the likeliest one."""
    try:
        return item.media_type
    except (ValueError, RuntimeError):
        return {"image-url": "image/jpeg", "audio-url": "audio/mpeg", "document-url": "application/pdf"}[item.kind]


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
            self.note(grounding=candidate.get("groundingMetadata"))
            self._finish(candidate)

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
            known = (self.vendor_details or {}).get("parts", [])
            self.note(parts=[*known, {name: value for name, value in part.items() if name != "inlineData"}])

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
            self._raw_usage |= known  # cumulative; a chunk may leave fields out, then the last ones hold
            self._usage = _usage(self._raw_usage)
            self.note(usage=self._raw_usage)


def _usage(raw: dict[str, Any]) -> Usage:
    """Gemini counts thoughts beside the answer, and cached tokens within the prompt."""
    prompt, by_tools = as_count(raw.get("promptTokenCount")), as_count(raw.get("toolUsePromptTokenCount"))
    answer, thoughts = as_count(raw.get("candidatesTokenCount")), as_count(raw.get("thoughtsTokenCount"))
    return usage_of(
        None if prompt is None else prompt + (by_tools or 0),
        None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0),
        cache_read=as_count(raw.get("cachedContentTokenCount")),
        reasoning=thoughts,
    )
