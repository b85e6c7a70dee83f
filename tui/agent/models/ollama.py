"""Ollama's own API, which can do more than its compatible one: images, thinking, and options such as `num_ctx`.

Source: github.com/ollama/ollama, docs/api.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelAPIError
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
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.media import base64_of
from tui.agent.models.role_messages import role_messages
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import request_tools
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import Events, WireStream
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_count, as_list, as_object, as_text, usage_of
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest

_FINISH: Mapping[str, FinishReason] = {"length": "length"}


class OllamaModel(WireModel):
    """A model that Ollama runs."""

    default_provider: ClassVar[str] = "ollama"
    optional_keys: ClassVar[tuple[str, ...]] = ("think", "format")

    @override
    def target(self) -> Target:
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model",
            image_limits=IMAGE_LIMITS["ollama"],
            urls=frozenset(),
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
        """The request to `/api/chat`."""
        body: dict[str, Any] = {"model": self._model_name, "messages": _messages(messages), "stream": stream}
        if options := _options(settings):
            body["options"] = options
        if "thinking" in settings:
            body["think"] = self._think(settings["thinking"])
        if schema := settings.get("text_schema"):
            body["format"] = schema
        offer = request_tools(parameters, settings)
        if offer.tools and offer.mode != "none":  # the API knows no choice
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters_json_schema,
                    },
                }
                for tool in offer.tools
            ]
        return HttpRequest(
            f"{self._provider.root_url}/api/chat", body, self._provider.headers(), "ndjson" if stream else "json"
        )

    @property
    @override
    def mixes_thoughts(self) -> bool:
        return True

    @property
    @override
    def constrains_text(self) -> bool:
        return True

    @override
    def stream(self, reply: Reply) -> WireStream:
        return OllamaStream(reply)

    def _think(self, effort: ThinkingEffort) -> bool | str:
        """Most models only know whether to think; gpt-oss knows how much, and cannot do without."""
        if not self._model_name.startswith("gpt-oss"):
            return effort != "off"
        return {"off": "low", "minimal": "low", "max": "high"}.get(effort, effort)

    @override
    async def _send_relaxed(
        self, request: HttpRequest, settings: ModelSettings, names: Mapping[str, str]
    ) -> WireStream:
        try:
            return await super()._send_relaxed(request, settings, names)
        except ModelAPIError as error:
            if error.kind == "model_not_found":
                error.hint = f"Run `ollama pull {self._model_name}`, or choose another model."
            raise


def _options(settings: ModelSettings) -> dict[str, Any]:
    named = {
        "temperature": settings.get("temperature"),
        "top_p": settings.get("top_p"),
        "top_k": settings.get("top_k"),
        "num_predict": settings.get("max_tokens"),
        "seed": settings.get("seed"),
        "stop": settings.get("stop_sequences"),
        "presence_penalty": settings.get("presence_penalty"),
        "frequency_penalty": settings.get("frequency_penalty"),
    }
    return {name: value for name, value in named.items() if value is not None}


def _messages(messages: list[ModelMessage]) -> list[dict[str, Any]]:
    """Turns that alternate, after one system prompt at most: the templates of many models know nothing else."""
    system, turns = role_messages(messages)
    sent: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for turn in turns:
        sent += [_answer(turn.response_parts)] if turn.role == "model" else _asked(turn.request_parts)
    return sent


def _answer(parts: list[ModelResponsePart]) -> dict[str, Any]:
    texts = [part.content for part in parts if isinstance(part, TextPart)]
    thoughts = [part.content for part in parts if isinstance(part, ThinkingPart)]
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    turn: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(texts)}
    if thoughts and calls:  # models that think between calls want to see it again
        turn["thinking"] = "\n\n".join(thoughts)
    if calls:
        turn["tool_calls"] = [
            {"function": {"name": call.tool_name, "arguments": call.args_as_dict() if call.args else {}}}
            for call in calls
        ]
    return turn


def _asked(parts: list[ModelRequestPart]) -> Iterator[dict[str, Any]]:
    prompt: list[UserContent] = []
    for part in parts:
        match part:
            case UserPromptPart():
                prompt += [part.content] if isinstance(part.content, str) else part.content
            case ToolReturnPart():
                yield {"role": "tool", "content": part.model_response_str(), "tool_name": part.tool_name}
            case RetryPromptPart():
                yield {"role": "tool", "content": part.model_response(), "tool_name": part.tool_name}
    if prompt:
        turn: dict[str, Any] = {
            "role": "user",
            "content": "\n\n".join(item for item in prompt if isinstance(item, str)),
        }
        if images := [item for item in prompt if isinstance(item, BinaryContent)]:
            turn["images"] = [base64_of(image.data) for image in images]
        yield turn


class OllamaStream(WireStream):
    """Reads a chat's lines, or its one whole answer."""

    splits_think: ClassVar[bool] = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._calls = 0

    @override
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        line = as_object(event.value)
        self.identify(line)
        message = as_object(line.get("message"))
        yield from self.thinking(as_text(message.get("thinking")))
        yield from self.text(as_text(message.get("content")))
        for call in as_list(message.get("tool_calls")):
            yield from self._call(as_object(call))
        if line.get("done") is True:
            self._finish(line)

    def _call(self, call: dict[str, Any]) -> Events:
        self._calls += 1
        function = as_object(call.get("function"))
        args = function.get("arguments")
        known = args if isinstance(args, str | dict) else {}
        yield from self.whole_tool_call(
            ("call", self._calls), as_text(function.get("name")), known, as_text(call.get("id"))
        )

    def _finish(self, line: dict[str, Any]) -> None:
        self.ended(nothing_follows=True)
        reason = as_text(line.get("done_reason")) or "stop"
        ours = _FINISH.get(reason, "stop")
        self.finish_reason = "tool_call" if ours == "stop" and self._calls else ours
        raw = {name: value for name, value in line.items() if name.endswith(("_count", "_duration"))}
        self._usage = usage_of(as_count(line.get("prompt_eval_count")), as_count(line.get("eval_count")))
        self.note(finish_reason=reason, usage=raw or None)
