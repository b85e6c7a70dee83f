"""OpenAI's chat completions, which most vendors and servers speak too. Knows vendors only by their row's quirks.

Source: platform.openai.com/docs/api-reference/chat; what servers do differently was learned from recorded streams.
"""

import base64
import re
import uuid
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    BinaryContent,
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
from tui.agent.models import ModelRequestParameters
from tui.agent.models._failures import Asked
from tui.agent.models._history import Target, is_text_file
from tui.agent.models._http import Arrived, Call, Reply
from tui.agent.models._retries import Patience
from tui.agent.models._wire import Events, WireModel, WireStream, count, items, obj, usage_of, without_refused, words
from tui.agent.providers import Provider, Quirks, provider_of
from tui.agent.settings import ModelSettings, ThinkingEffort
from tui.agent.tools import ToolDefinition
from tui.agent.usage import Usage

SystemPromptRole = Literal["system", "developer", "user"]
_REASONING_MODEL = re.compile(r"(^|/)(o\d|gpt-5|gpt-oss)")
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_REASONING_SLOT = "reasoning"
_GROWING = ("text", "summary", "data")
_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "function_call": "tool_call",
    "content_filter": "content_filter",
    "error": "error",
    "model_length": "length",
    "sensitive": "content_filter",
    "eos": "stop",
    "end_turn": "stop",
    "max_tokens": "length",
}


def is_reasoning_model(model_name: str) -> bool:
    """Whether one of OpenAI's models thinks before it answers."""
    return _REASONING_MODEL.search(model_name) is not None


class OpenAIModel(WireModel):
    """A model behind chat completions."""

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
        "top_k",
        "seed",
        "random_seed",
        "logit_bias",
        "stop",
    )

    def __init__(
        self,
        model_name: str,
        *,
        provider: str | Provider = "openai",
        system_prompt_role: SystemPromptRole | None = None,
    ) -> None:
        """Make a model.

        Args:
            model_name: its id with the provider.
            provider: a vendor's name, or a provider with an address and a key of its own.
            system_prompt_role: the role of system prompts; None picks what the model wants.

        Raises:
            UserError: the provider is unknown, or its key is missing.
        """
        super().__init__(model_name, provider_of(provider))
        self.system_prompt_role = system_prompt_role

    @property
    def quirks(self) -> Quirks:
        """What the vendor's row says."""
        return self._provider.vendor.quirks

    def target(self) -> Target:
        """What this model can take of a history."""
        quirks = self.quirks
        return Target(
            self._provider.name,
            self._model_name,
            thinking="model" if quirks.reasoning_back else "none",
            images=None if quirks.images else False,
            # OpenAI's other models answer a recording with a 400.
            audio=quirks.audio and (not quirks.developer_role or "audio" in self._model_name),
            documents=quirks.documents,
            call_ids="nine" if quirks.nine_letter_ids else "any",
        )

    def call(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> Call:
        """The request to `/chat/completions`."""
        body: dict[str, Any] = {"model": self._model_name, "messages": self._messages(messages), "stream": stream}
        if stream and self.quirks.stream_usage:
            body["stream_options"] = {"include_usage": True}
        body |= self._settings(settings)
        body |= self._tools(parameters, settings)
        url = f"{self._provider.base_url}/chat/completions"
        return Call(url, body, self._provider.headers(), "sse" if stream else "json")

    def stream(self, reply: Reply, asked: Asked, patience: Patience) -> WireStream:
        """The reader of an answer."""
        return OpenAIStream(reply, asked, patience)

    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without the setting that was refused; the limit goes by its other name, the effort a step nearer."""
        changed = without_refused(body, error, self.optional_keys, _nearest_effort)
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
        for old, new in other.items():
            if changed is not None and old in body and old not in changed and new in f"{error.message}{error.body}":
                changed[new] = body[old]
        return changed

    # Settings and tools

    def _settings(self, settings: ModelSettings) -> dict[str, Any]:
        quirks = self.quirks
        renamed: dict[str, Any] = {
            quirks.length_key: settings.get("max_tokens"),
            quirks.seed_key: settings.get("seed"),
            "stop": settings.get("stop_sequences", [])[:4] or None,
            "top_k": settings.get("top_k") if quirks.length_key == "max_tokens" else None,
            "logit_bias": settings.get("logit_bias"),
        }
        if not self._draws_by_itself(settings):
            renamed |= {name: settings.get(name) for name in _SAMPLING}
        body = {name: value for name, value in renamed.items() if value is not None}
        effort = settings.get("thinking")
        return body if effort is None else body | self._effort(effort)

    def _draws_by_itself(self, settings: ModelSettings) -> bool:
        """OpenAI's reasoning models refuse to be told how to draw a token, unless they are told not to think."""
        reasons = self.quirks.developer_role and is_reasoning_model(self._model_name)
        return reasons and settings.get("thinking") != "off"

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
        tools = [*parameters.function_tools, *parameters.result_tools]
        if not tools:
            return {}
        choice = "auto" if parameters.allow_text_result else self.quirks.any_tool
        body: dict[str, Any] = {"tools": [_tool(tool) for tool in tools], "tool_choice": choice}
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
        return _merged(turns) if self.quirks.merge_roles else turns

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
            data = base64.b64encode(item.data).decode()
            return {"type": "input_audio", "input_audio": {"data": data, "format": item.format}}
        case BinaryContent() if is_text_file(item):
            return {"type": "text", "text": item.data.decode("utf-8", "replace")}
        case BinaryContent():
            return {"type": "file", "file": {"filename": f"document.{item.format}", "file_data": data_uri(item)}}
        case _:
            return {"type": "text", "text": item if isinstance(item, str) else ""}


def data_uri(item: BinaryContent) -> str:
    """A file's bytes as a `data:` URI."""
    return f"data:{item.media_type};base64,{base64.b64encode(item.data).decode()}"


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


def _nearest_effort(name: str, value: Any) -> Any:
    """A step towards efforts that more models know: not every one can do without thinking, or with the most of it."""
    nearer = {"none": "minimal", "minimal": "low", "xhigh": "high"}
    if name == "reasoning_effort":
        return nearer.get(value)
    return None


class OpenAIStream(WireStream):
    """Reads a chat completion, streamed or whole."""

    splits_think: ClassVar[bool] = True

    def __init__(self, reply: Reply, asked: Asked, patience: Patience) -> None:
        super().__init__(reply, asked, patience)
        self._slots: list[Hashable] = []
        self._call_ids: dict[Hashable, str] = {}
        self._names: dict[Hashable, str] = {}
        self._details: list[dict[str, Any]] = []

    def take(self, arrived: Arrived) -> Iterable[ModelResponseStreamEvent]:
        """One chunk, or a whole completion."""
        chunk = obj(arrived.value)
        self.identify(chunk)
        self._take_usage(chunk)
        for choice in items(chunk.get("choices"))[:1]:
            yield from self._choice(obj(choice))

    def _choice(self, choice: dict[str, Any]) -> Events:
        delta = obj(choice.get("delta")) or obj(choice.get("message"))
        yield from self._thinking(delta)
        yield from self._content(delta.get("content"))
        yield from self.text(words(delta.get("refusal")))
        if delta.get("refusal"):
            self.note(refused=True)
        for position, call in enumerate(items(delta.get("tool_calls"))):
            yield from self._tool_call(obj(call), position)
        if delta.get("function_call"):
            yield from self._tool_call({"function": delta["function_call"], "index": 0}, 0)
        if delta.get("annotations"):
            self.note(annotations=delta["annotations"])
        yield from self._finish(choice)

    def _finish(self, choice: dict[str, Any]) -> Events:
        reason = words(choice.get("finish_reason"))
        if not reason:
            return
        self.ended()
        self.finish_reason = _FINISH.get(reason, "stop")
        if self._slots and self.finish_reason == "stop":
            self.finish_reason = "tool_call"  # some servers say "stop" though tools were called
        self.note(finish_reason=words(choice.get("native_finish_reason")) or reason)
        if self._details:  # what OpenRouter wants back, put together once and not with every delta
            seal = {**self.seal()["provider_details"], "details": _joined_details(self._details)}
            yield from self.thinking("", _REASONING_SLOT, provider_details=seal)

    def _thinking(self, delta: dict[str, Any]) -> Events:
        plain = words(delta.get("reasoning_content")) or words(delta.get("reasoning"))
        details = [detail for detail in items(delta.get("reasoning_details")) if isinstance(detail, dict)]
        self._details += details
        if details and not plain:
            plain = "".join(words(detail.get("text")) or words(detail.get("summary")) for detail in details)
        yield from self.thinking(plain, _REASONING_SLOT if self._details else None)

    def _content(self, content: Any) -> Events:
        if isinstance(content, str):
            yield from self.text(content)
        for part in items(content):  # Mistral sends a list as soon as the model thinks
            part = obj(part)
            if part.get("type") == "thinking":
                inner = part.get("thinking")
                text = words(inner) or "".join(words(obj(item).get("text")) for item in items(inner))
                yield from self.thinking(text)
            else:
                yield from self.text(words(part.get("text")))

    def _tool_call(self, call: dict[str, Any], position: int) -> Events:
        function = obj(call.get("function"))
        call_id, name, args = words(call.get("id")), words(function.get("name")), function.get("arguments")
        slot = self._slot(call.get("index"), position, call_id, name)
        minted = slot not in self._call_ids
        if minted:
            self._call_ids[slot] = call_id or f"call_{uuid.uuid4().hex}"
        repeated = name if slot not in self._names else ""
        self._names.setdefault(slot, name)
        given = args if isinstance(args, str | dict) else "" if minted else None
        yield from self.tool_call(("call", slot), repeated or None, given, self._call_ids[slot] if minted else "")

    def _slot(self, index: Any, position: int, call_id: str, name: str) -> Hashable:
        """Which call a fragment belongs to: by index, and where servers give all calls one index, by its new id."""
        by_index = index if isinstance(index, int) else position if call_id or name or not self._slots else None
        if by_index is None:
            return self._slots[-1]
        mine = [slot for slot in self._slots if isinstance(slot, tuple) and slot[0] == by_index]
        fresh_id = bool(call_id) and call_id not in self._call_ids.values() and bool(name)
        if mine and not fresh_id:
            same = [slot for slot in mine if call_id and self._call_ids[slot] == call_id]
            return (same or mine)[-1]
        slot = (by_index, len(mine))
        self._slots.append(slot)
        return slot

    def _take_usage(self, chunk: dict[str, Any]) -> None:
        raw = obj(chunk.get("usage")) or obj(obj(chunk.get("x_groq")).get("usage"))
        if raw:
            self._usage = _usage(raw)
            self.note(usage=raw, cost=raw.get("cost"))
        elif timings := obj(chunk.get("timings")):
            self.note(timings=timings)
            if self._usage.response_tokens is None:
                cached = count(timings.get("cache_n"))
                sent = (count(timings.get("prompt_n")) or 0) + (cached or 0)
                self._usage = usage_of(sent, count(timings.get("predicted_n")), cache_read=cached)


def _usage(raw: dict[str, Any]) -> Usage:
    sent, generated = count(raw.get("prompt_tokens")), count(raw.get("completion_tokens"))
    prompt = obj(raw.get("prompt_tokens_details"))
    reasoning = count(obj(raw.get("completion_tokens_details")).get("reasoning_tokens"))
    reasoning = count(raw.get("reasoning_tokens")) if reasoning is None else reasoning
    cached = count(prompt.get("cached_tokens"))
    total = count(raw.get("total_tokens"))
    if reasoning and sent is not None and generated is not None and total == sent + generated + reasoning:
        generated += reasoning  # xAI counts thoughts beside the answer, everybody else within it
    return usage_of(
        sent,
        generated,
        cache_read=count(raw.get("prompt_cache_hit_tokens")) if cached is None else cached,
        cache_write=count(prompt.get("cache_write_tokens")),
        reasoning=reasoning,
    )


def _joined_details(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """OpenRouter's reasoning fragments put together: those of one index and type are one, their texts joined."""
    joined: dict[str, dict[str, Any]] = {}
    texts: dict[tuple[str, str], list[str]] = {}
    for detail in details:
        key = f"{detail.get('index')} {detail.get('type')}"
        whole = joined.setdefault(key, {})
        for name, value in detail.items():
            if name in _GROWING and isinstance(value, str):
                texts.setdefault((key, name), []).append(value)
                whole[name] = ""
            elif value is not None or name not in whole:
                whole[name] = value
    for (key, name), pieces in texts.items():
        joined[key][name] = "".join(pieces)
    return list(joined.values())
