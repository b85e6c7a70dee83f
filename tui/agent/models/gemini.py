"""Google's Gemini API, directly or on Vertex AI with a token.

This is the request; `gemini_stream` reads the answer. Source: ai.google.dev/api/generate-content.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    AudioUrl,
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
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.gemini_schema import gemini_schema
from tui.agent.models.gemini_stream import GeminiStream
from tui.agent.models.media import MEDIA_TYPES, base64_of
from tui.agent.models.role_messages import RoleMessage, role_messages
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import request_tools
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import WireStream
from tui.agent.providers.native import search_of
from tui.agent.providers.provider import Provider
from tui.agent.settings import ModelSettings, ThinkingEffort
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
            image_limits=IMAGE_LIMITS["gemini"],
            urls=frozenset({"image", "audio", "document"}),
            results=frozenset({"image", "document"}) if self.generation >= 3 else frozenset(),
            result_urls=False,  # on Vertex AI only
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
        body |= self._tools(parameters, settings)
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

    def _tools(self, parameters: ModelRequestParameters, settings: ModelSettings) -> dict[str, Any]:
        offer = request_tools(parameters, settings)
        searches = settings.get("web_search") and search_of(self._provider.vendor, self._model_name) == "tool"
        hosted: list[dict[str, Any]] = [{"googleSearch": {}}] if searches else []
        if not offer.tools:
            return {"tools": hosted} if hosted else {}
        described = [
            {
                "name": tool.name,
                "description": tool.description,
                "parametersJsonSchema": gemini_schema(tool.parameters_json_schema),
            }
            for tool in offer.tools
        ]
        choice: dict[str, Any] = {"mode": offer.mode.upper()}
        if offer.only:
            choice["allowedFunctionNames"] = [offer.only]
        body: dict[str, Any] = {
            "tools": [{"functionDeclarations": described}],
            "toolConfig": {"functionCallingConfig": choice},
        }
        if hosted and self.generation >= 3:  # those before it refuse both at once
            body["tools"] += hosted
            body["toolConfig"]["includeServerSideToolInvocations"] = True
        return body

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
            yield {"functionResponse": {"name": part.tool_name, **_returned(part)}}
        case RetryPromptPart():
            yield {"functionResponse": {"name": part.tool_name, "response": {"error": part.model_response()}}}


def _returned(part: ToolReturnPart) -> dict[str, Any]:
    """What a tool returned, with the files beside the object that the API wants."""
    failed = part.outcome == "failed"
    if not part.files:
        return {"response": {"error": part.model_response_str()} if failed else part.model_response_object()}
    items = part.content_items()
    texts = "\n".join(item for item in items if isinstance(item, str))
    files = [_item(item) for item in items if not isinstance(item, str)]
    return {"response": {"error" if failed else "return_value": texts}, "parts": files}


def _item(item: UserContent) -> dict[str, Any]:
    match item:
        case str():
            return {"text": item}
        case ImageUrl() | AudioUrl() | DocumentUrl():
            return {"fileData": {"mimeType": _media_type(item), "fileUri": item.url}}
        case BinaryContent():
            return {"inlineData": {"mimeType": item.media_type, "data": base64_of(item.data)}}
        case _:
            return {"text": ""}


def _media_type(item: ImageUrl | AudioUrl | DocumentUrl) -> str:
    """The type that the address tells by its ending, or the likeliest one."""
    try:
        return item.media_type
    except (ValueError, RuntimeError):
        return {"image-url": "image/jpeg", "audio-url": "audio/mpeg", "document-url": "application/pdf"}[item.kind]
