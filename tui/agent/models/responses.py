"""OpenAI's Responses API: the one that shows what reasoning models think. llama.cpp, xAI and gateways speak it too.

The history is always sent whole, and nothing is stored at the provider. Source: platform.openai.com/docs/api-reference.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    FinishReason,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponseStreamEvent,
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
from tui.agent.models.fit import Target
from tui.agent.models.media import MediaKind
from tui.agent.models.openai import data_uri, is_reasoning_model
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.settings import ModelSettings
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_slot, as_text, usage_of
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest

_SHORTEST_ANSWER = 16
_ENDINGS = ("response.completed", "response.incomplete", "response.failed")
_INCOMPLETE: Mapping[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}


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
        "store",
    )

    @override
    def target(self) -> Target:
        urls: frozenset[MediaKind] = frozenset({"image", "document"})
        return Target(self._provider.name, self._model_name, thinking="model", documents=True, urls=urls)

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
        if instructions:
            body["instructions"] = instructions
        body |= self._settings(settings)
        body |= _tools(parameters, settings)
        return HttpRequest(
            f"{self._provider.base_url}/responses", body, self._provider.headers(), "sse" if stream else "json"
        )

    @override
    def stream(self, reply: Reply) -> WireStream:
        return ResponsesStream(reply)

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        body: dict[str, Any] = {}
        reasons = is_reasoning_model(self._model_name)
        if settings.get("max_tokens") is not None:
            body["max_output_tokens"] = max(_SHORTEST_ANSWER, settings["max_tokens"])
        if not reasons:
            named = {"temperature": settings.get("temperature"), "top_p": settings.get("top_p")}
            body |= {name: value for name, value in named.items() if value is not None}
        effort = settings.get("thinking")
        if reasons or effort is not None:
            level = {} if effort is None else {"effort": {"off": "none", "max": "xhigh"}.get(effort, effort)}
            body["reasoning"] = {**level, "summary": "auto"}
            body["include"] = ["reasoning.encrypted_content"]
        return body


def _tools(parameters: ModelRequestParameters, settings: ModelSettings) -> dict[str, Any]:
    tools = [*parameters.function_tools, *parameters.result_tools]
    if not tools:
        return {}
    described = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters_json_schema,
            "strict": False,  # the API's own default is True, which free schemas do not pass
        }
        for tool in tools
    ]
    body: dict[str, Any] = {"tools": described, "tool_choice": "auto" if parameters.allow_text_result else "required"}
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
                yield {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": part.content}],
                }
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


def _asked(part: ModelRequestPart) -> Iterator[dict[str, Any]]:
    match part:
        case SystemPromptPart():
            yield {"role": "system", "content": part.content}
        case UserPromptPart(content=str() as text):
            yield {"role": "user", "content": text}
        case UserPromptPart():
            yield {"role": "user", "content": [_content(item) for item in part.content]}
        case ToolReturnPart():
            yield {"type": "function_call_output", "call_id": part.tool_call_id, "output": part.model_response_str()}
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
            return {"type": "input_file", "filename": f"document.{item.format}", "file_data": data_uri(item)}
        case _:
            return {"type": "input_text", "text": item if isinstance(item, str) else ""}


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
                known = (self.vendor_details or {}).get("annotations", [])
                self.note(annotations=[*known, event.get("annotation")])
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
        known = (self.vendor_details or {}).get("hosted", [])
        self.note(hosted=[*known, {name: item.get(name) for name in ("type", "id", "status", "action")}])
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
