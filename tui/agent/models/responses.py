"""OpenAI's Responses API: the one that shows what reasoning models think. llama.cpp, xAI and gateways speak it too.

This is the request; `responses_stream` reads the answer. The history is always sent whole, and nothing is stored at the
provider. Source: platform.openai.com/docs/api-reference/responses.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.media import MediaKind, data_uri, file_name
from tui.agent.models.responses_stream import ResponsesStream
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import request_tools, with_shorter_descriptions
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import WireStream
from tui.agent.providers.native import is_reasoning_model, search_of, takes_sampling, takes_verbosity, tier_of
from tui.agent.settings import ModelSettings
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest

_SHORTEST_ANSWER = 16


class OpenAIResponsesModel(WireModel):
    """A model behind `/responses`."""

    default_provider: ClassVar[str] = "openai-responses"
    optional_keys: ClassVar[tuple[str, ...]] = (
        "reasoning.summary",
        "reasoning.effort",
        "reasoning",
        "include",
        "temperature",
        "top_p",
        "parallel_tool_calls",
        "tool_choice",
        "store",
        "service_tier",
        "text.verbosity",
    )

    @override
    def target(self) -> Target:
        urls: frozenset[MediaKind] = frozenset({"image", "document"})
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model",
            documents=True,
            image_limits=IMAGE_LIMITS["openai"],
            urls=urls,
            results=urls,
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
        """The request to `/responses`."""
        body: dict[str, Any] = {"model": self._model_name, "input": _input(messages), "stream": stream, "store": False}
        instructions = next((m.instructions for m in reversed(messages) if isinstance(m, ModelRequest)), None)
        if instructions and self._provider.vendor.quirks.system_item:
            body["input"].insert(0, {"role": "system", "content": instructions})
        elif instructions:
            body["instructions"] = instructions
        body |= self._settings(settings)
        body |= self._tools(parameters, settings)
        return HttpRequest(
            f"{self._provider.base_url}/responses", body, self._provider.headers(), "sse" if stream else "json"
        )

    @override
    def stream(self, reply: Reply) -> WireStream:
        return ResponsesStream(reply)

    @override
    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused, or with shorter descriptions of tools."""
        return with_shorter_descriptions(body, error.message) or super().relaxed(body, error)

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        vendor = self._provider.vendor
        body: dict[str, Any] = {}
        reasons = is_reasoning_model(self._model_name)
        if settings.get("max_tokens") is not None:
            body["max_output_tokens"] = max(_SHORTEST_ANSWER, settings["max_tokens"])
        if tier := tier_of(vendor, settings.get("service_tier")):
            body["service_tier"] = tier
        if "verbosity" in settings and takes_verbosity(vendor, self._model_name):
            body["text"] = {"verbosity": settings["verbosity"]}
        effort = settings.get("thinking")
        if takes_sampling(vendor, self._model_name, effort):
            named = {"temperature": settings.get("temperature"), "top_p": settings.get("top_p")}
            body |= {name: value for name, value in named.items() if value is not None}
        if effort == "minimal" and self._searches(settings):
            effort = "low"  # OpenAI's models do not search with the least of it
        if reasons or effort is not None:
            level = {} if effort is None else {"effort": {"off": "none", "max": "xhigh"}.get(effort, effort)}
            body["reasoning"] = {**level, "summary": "auto"}
            body["include"] = ["reasoning.encrypted_content"]
        return body

    def _searches(self, settings: ModelSettings) -> bool:
        return bool(settings.get("web_search")) and search_of(self._provider.vendor, self._model_name) == "responses"

    def _tools(self, parameters: ModelRequestParameters, settings: ModelSettings) -> dict[str, Any]:
        offer = request_tools(parameters, settings)
        hosted = [{"type": "web_search"}] if self._searches(settings) else []
        if not offer.tools:
            return {"tools": hosted} if hosted else {}
        described = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters_json_schema,
                "strict": False,  # the API's own default is True, which free schemas do not pass
            }
            for tool in offer.tools
        ]
        choice: Any = {"any": "required"}.get(offer.mode, offer.mode)
        if offer.only:
            choice = {"type": "function", "name": offer.only}
        body: dict[str, Any] = {"tools": [*described, *hosted], "tool_choice": choice}
        if "parallel_tool_calls" in settings:
            body["parallel_tool_calls"] = settings["parallel_tool_calls"]
        return body


def _input(messages: list[ModelMessage]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            sent += _answer(message)
        else:
            sent += [item for part in message.parts for item in _asked(part)]
    return sent


def _answer(message: ModelResponse) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(message.parts):
        match part:
            case TextPart():
                content = {"type": "output_text", "text": part.content, **_annotations(part)}
                yield {"type": "message", "role": "assistant", "content": [content]}
            case ToolCallPart():
                yield {
                    "type": "function_call",
                    "call_id": part.tool_call_id,
                    "name": part.tool_name,
                    "arguments": part.args_as_json_str() or "{}",
                }
            case ThinkingPart() if part.signature and not (part.provider_details or {}).get("for_hosted_tool"):
                # Encrypted thoughts are taken only right before what they led to.
                if any(not isinstance(later, ThinkingPart) for later in message.parts[number + 1 :]):
                    summary = [{"type": "summary_text", "text": part.content}] if part.content else []
                    yield {"type": "reasoning", "id": part.id, "summary": summary, "encrypted_content": part.signature}


def _annotations(part: TextPart) -> dict[str, Any]:
    """The pages that a text of this provider cites, as it told of them."""
    cited = [
        {"type": "url_citation", "url": one.url, "title": one.title, "start_index": one.start, "end_index": one.end}
        for one in part.citations or ()
        if one.start is not None
    ]
    return {"annotations": cited} if cited else {}


def _asked(part: ModelRequestPart) -> Iterator[dict[str, Any]]:
    match part:
        case SystemPromptPart():
            yield {"role": "system", "content": part.content}
        case UserPromptPart(content=str() as text):
            yield {"role": "user", "content": text}
        case UserPromptPart():
            yield {"role": "user", "content": [_content(item) for item in part.content]}
        case ToolReturnPart():
            returned = [_content(item) for item in part.content_items()] if part.files else part.model_response_str()
            yield {"type": "function_call_output", "call_id": part.tool_call_id, "output": returned}
        case RetryPromptPart():
            yield {"type": "function_call_output", "call_id": part.tool_call_id, "output": part.model_response()}


def _content(item: UserContent) -> dict[str, Any]:
    match item:
        case ImageUrl():
            return {"type": "input_image", "image_url": item.url, "detail": "auto"}
        case DocumentUrl():
            return {"type": "input_file", "file_url": item.url}
        case BinaryContent() if item.is_image:
            return {"type": "input_image", "image_url": data_uri(item), "detail": "auto"}
        case BinaryContent():
            return {"type": "input_file", "filename": file_name(item), "file_data": data_uri(item)}
        case _:
            return {"type": "input_text", "text": item if isinstance(item, str) else ""}
