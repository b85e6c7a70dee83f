"""OpenAI's chat completions, which most vendors and servers speak too. Knows vendors only by their row's quirks.

This is the request; `_openai_stream` reads the answer. Source: platform.openai.com/docs/api-reference/chat.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from typing_extensions import override

from tui.agent.definitions import ToolDefinition
from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
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
from tui.agent.models.media import base64_of, data_uri, file_name, is_text_file
from tui.agent.models.openai_stream import OpenAIStream
from tui.agent.models.target import IMAGE_LIMITS, Target
from tui.agent.models.tool_choice import request_tools, with_shorter_descriptions
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wire_stream import WireStream
from tui.agent.providers.native import (
    is_reasoning_model,
    search_of,
    takes_sampling,
    takes_verbosity,
    tier_of,
)
from tui.agent.providers.provider import Provider
from tui.agent.providers.vendor import Quirks
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.wire.reply import Reply
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.unknown_settings import without_refused_setting

SystemPromptRole = Literal["system", "developer", "user"]
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


class OpenAIModel(WireModel):
    """A model behind chat completions."""

    default_provider: ClassVar[str] = "openai"
    # Servers differ in what they know; what one names in a refusal is left out.
    optional_keys: ClassVar[tuple[str, ...]] = (
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "parallel_tool_calls",
        "tool_choice",
        "top_k",
        "seed",
        "random_seed",
        "logit_bias",
        "stop",
        "service_tier",
        "verbosity",
        "response_format",
    )

    def __init__(
        self,
        model_name: str,
        *,
        provider: str | Provider | None = None,
        system_prompt_role: SystemPromptRole | None = None,
    ) -> None:
        """Make a model.

        Args:
            model_name: its id with the provider.
            provider: a vendor's name, or a provider with an address and a key of its own; None for OpenAI.
            system_prompt_role: the role of system prompts; None picks what the model wants.

        Raises:
            UserError: the provider is unknown, or its key is missing.
        """
        super().__init__(model_name, provider=provider)
        self.system_prompt_role = system_prompt_role

    @property
    @override
    def mixes_thoughts(self) -> bool:
        return not self.quirks.parts_thoughts

    @property
    def quirks(self) -> Quirks:
        """What the vendor's row says."""
        return self._provider.vendor.quirks

    @override
    def target(self) -> Target:
        quirks = self.quirks
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model" if quirks.reasoning_back else "none",
            images=None if quirks.images else False,
            # OpenAI's other models answer a recording with a 400.
            audio=quirks.audio and (not quirks.developer_role or "audio" in self._model_name),
            documents=quirks.documents,
            image_limits=IMAGE_LIMITS["openai"],
            call_ids="nine" if quirks.nine_letter_ids else "any",
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
        """The request to `/chat/completions`."""
        body: dict[str, Any] = {"model": self._model_name, "messages": self._messages(messages), "stream": stream}
        if stream and self.quirks.stream_usage:
            body["stream_options"] = {"include_usage": True}
        body |= self._settings(settings)
        body |= self._tools(parameters, settings)
        url = f"{self._provider.base_url}/chat/completions"
        return HttpRequest(url, body, self._provider.headers(), "sse" if stream else "json")

    @override
    def stream(self, reply: Reply) -> WireStream:
        return OpenAIStream(reply, unopened_thoughts=self.mixes_thoughts)

    @override
    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without what was refused; the limit by its other name, effort and choice of tools a step nearer."""
        if (shorter := with_shorter_descriptions(body, error.message)) is not None:
            return shorter
        if "response_format" in body and "schema" in error.message.lower():  # one that it cannot hold a text to
            return {key: value for key, value in body.items() if key != "response_format"}
        changed = without_refused_setting(body, error, self.optional_keys, _nearest)
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
        for old, new in other.items():
            if changed is not None and old in body and old not in changed and new in f"{error.message}{error.body}":
                changed[new] = body[old]
        return changed

    @override
    def asked_with(self, settings: ModelSettings | None) -> WireModel:
        if (
            settings
            and settings.get("web_search")
            and search_of(self._provider.vendor, self._model_name) == "responses"
        ):
            from tui.agent.models.responses import OpenAIResponsesModel  # the vendor searches by its other API only

            return OpenAIResponsesModel(self._model_name, provider=self._provider)
        return self

    @override
    async def _ask(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> WireStream:
        other = self.asked_with(settings)
        if other is not self:
            return await other._ask(messages, settings, parameters, stream=stream)
        return await super()._ask(messages, settings, parameters, stream=stream)

    # Settings and tools

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        quirks = self.quirks
        renamed: dict[str, Any] = {
            quirks.length_key: settings.get("max_tokens"),
            quirks.seed_key: settings.get("seed"),
            "stop": settings.get("stop_sequences", [])[:4] or None,
            "top_k": settings.get("top_k") if quirks.length_key == "max_tokens" else None,
            "logit_bias": settings.get("logit_bias"),
            "service_tier": tier_of(self._provider.vendor, settings.get("service_tier")),
        }
        if schema := settings.get("text_schema"):
            renamed["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        if takes_verbosity(self._provider.vendor, self._model_name):
            renamed["verbosity"] = settings.get("verbosity")
        if takes_sampling(self._provider.vendor, self._model_name, settings.get("thinking")):
            renamed |= {name: settings.get(name) for name in _SAMPLING}
        body = {name: value for name, value in renamed.items() if value is not None}
        effort = settings.get("thinking")
        return body if effort is None else body | self._effort(effort)

    def _effort(self, effort: ThinkingEffort) -> dict[str, Any]:
        level = {"off": "none", "max": "xhigh"}.get(effort, effort)
        match self.quirks.effort:
            case "reasoning_effort":
                return {"reasoning_effort": level}
            case "reasoning":
                return {"reasoning": {"effort": level}}
            case "thinking":
                return {"thinking": {"type": "disabled" if effort == "off" else "enabled"}}
            case _:
                return {}

    def _tools(self, parameters: ModelRequestParameters, settings: ModelSettings) -> dict[str, Any]:
        offer = request_tools(parameters, settings)
        searches = settings.get("web_search") and search_of(self._provider.vendor, self._model_name) == "openrouter"
        hosted = [{"type": "openrouter:web_search"}] if searches else []
        if not offer.tools:
            return {"tools": hosted} if hosted else {}
        choice: Any = (self.quirks.any_tool or "auto") if offer.mode == "any" else offer.mode
        if offer.only and self.quirks.any_tool:
            choice = {"type": "function", "function": {"name": offer.only}}
        body: dict[str, Any] = {"tools": [*map(_tool, offer.tools), *hosted], "tool_choice": choice}
        if "parallel_tool_calls" in settings and self.quirks.parallel_tool_calls:
            body["parallel_tool_calls"] = settings["parallel_tool_calls"]
        return body

    # Messages

    def _system_role(self) -> str:
        if self.system_prompt_role is not None:
            return self.system_prompt_role
        if self._model_name.startswith(("o1-mini", "o1-preview")):
            return "user"
        wants_developer = self.quirks.developer_role and is_reasoning_model(self._model_name)
        return "developer" if wants_developer else "system"

    def _messages(self, messages: list[ModelMessage]) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = []
        instructions = next((m.instructions for m in reversed(messages) if isinstance(m, ModelRequest)), None)
        if instructions:
            turns.append({"role": self._system_role(), "content": instructions})
        for message in messages:
            if isinstance(message, ModelResponse):
                turns.append(self._assistant(message))
            else:
                for part in message.parts:
                    turns += self._turns(part)
        turns = _merged(turns) if self.quirks.merge_roles else turns
        if self.quirks.prefill == "prefix" and turns and turns[-1]["role"] == "assistant":
            turns[-1]["prefix"] = True
        return turns

    def _assistant(self, message: ModelResponse) -> dict[str, Any]:
        texts = [part.content for part in message.parts if isinstance(part, TextPart) and part.content]
        calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
        turn: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(texts) if texts else None}
        if calls:
            turn["tool_calls"] = [
                {
                    "id": call.tool_call_id,
                    "type": "function",
                    "function": {"name": call.tool_name, "arguments": call.args_as_json_str() or "{}"},
                }
                for call in calls
            ]
        thoughts = [part for part in message.parts if isinstance(part, ThinkingPart)]
        # Thoughts go back only within a tool loop; without one, some vendors refuse them.
        if thoughts and calls:
            turn |= self._thoughts(thoughts)
        return turn

    def _thoughts(self, thoughts: list[ThinkingPart]) -> dict[str, Any]:
        match self.quirks.reasoning_back:
            case "reasoning_content":
                return {"reasoning_content": "\n\n".join(part.content for part in thoughts)}
            case "reasoning_details":
                details = [detail for part in thoughts for detail in (part.provider_details or {}).get("details", ())]
                return {"reasoning_details": details} if details else {}
            case _:
                return {}

    def _turns(self, part: ModelRequestPart) -> Iterator[dict[str, Any]]:
        match part:
            case SystemPromptPart():
                yield {"role": self._system_role(), "content": part.content}
            case UserPromptPart(content=str() as text):
                yield {"role": "user", "content": text}
            case UserPromptPart():
                yield {"role": "user", "content": [_content(item) for item in part.content]}
            case ToolReturnPart():
                yield {"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response_str()}
            case RetryPromptPart():
                yield {"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response()}


def _tool(tool: ToolDefinition) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters_json_schema}
    return {"type": "function", "function": {key: value for key, value in function.items() if value is not None}}


def _content(item: UserContent) -> dict[str, Any]:
    match item:
        case ImageUrl():
            return {"type": "image_url", "image_url": {"url": item.url}}
        case BinaryContent() if item.is_image:
            return {"type": "image_url", "image_url": {"url": data_uri(item)}}
        case BinaryContent() if item.is_audio:
            data = base64_of(item.data)
            return {"type": "input_audio", "input_audio": {"data": data, "format": item.format}}
        case BinaryContent() if is_text_file(item):
            return {"type": "text", "text": item.data.decode("utf-8", "replace")}
        case BinaryContent():
            return {"type": "file", "file": {"filename": file_name(item), "file_data": data_uri(item)}}
        case _:
            return {"type": "text", "text": item if isinstance(item, str) else ""}


def _merged(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one role in one turn, one system prompt at the start, and a user's turn before the first answer.

    A system prompt that comes later keeps its place, as text of the user in tags.
    """
    answered = next((place for place, turn in enumerate(turns) if turn["role"] == "assistant"), len(turns))
    system = [turn["content"] for turn in turns[:answered] if turn["role"] in ("system", "developer")]
    merged: list[dict[str, Any]] = [{"role": "system", "content": "\n\n".join(system)}] if system else []
    for place, turn in enumerate(turns):
        last = merged[-1]["role"] if merged else "system"
        if turn["role"] in ("system", "developer"):
            if place < answered:
                continue
            turn = {"role": "user", "content": f"<system>{turn['content']}</system>"}
        if turn["role"] == "assistant" and last == "system":
            merged.append({"role": "user", "content": "(continued)"})
        if turn["role"] == "user" and last == "tool":
            # Mistral's templates know no prompt right after a tool's result.
            merged.append({"role": "assistant", "content": "(done)"})
        if turn["role"] == last == "user":
            merged[-1] = {"role": "user", "content": _joined_content(merged[-1]["content"], turn["content"])}
        elif turn["role"] == last == "assistant" and "tool_calls" not in merged[-1]:
            both = [text for text in (merged[-1]["content"], turn["content"]) if text]
            merged[-1] = {**turn, "content": "\n\n".join(both) or None}
        else:
            merged.append(turn)
    return merged


def _joined_content(first: str | list[Any], second: str | list[Any]) -> str | list[Any]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    parts = [[{"type": "text", "text": one}] if isinstance(one, str) else one for one in (first, second)]
    return parts[0] + parts[1]


def _nearest(name: str, value: Any) -> Any:
    """A step towards what more models know: not every one can do without thinking, with the most of it, or be forced.

    A choice of tools that is refused is left to the model before it is left out.
    """
    nearer = {"none": "minimal", "minimal": "low", "xhigh": "high"}
    if name == "reasoning_effort":
        return nearer.get(value)
    return "auto" if name == "tool_choice" and value != "auto" else None
