"""What of a history a model can take: one pure function, used for the request and for what the user is told.

The history itself is never changed; another one, fit for the target, is made from it. Knows no HTTP and no dialect.
"""

import base64
import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

ChangeKind = Literal["thinking", "image", "audio", "document", "call", "result", "empty"]
MediaKind = Literal["image", "audio", "document"]
MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/wav", "audio/mpeg", "application/pdf"}
)
"""Files that every API takes if it takes their kind at all."""
INTERRUPTED_RESULT = "(interrupted: this tool did not run)"


@dataclass(frozen=True, slots=True)
class Target:
    """What a model takes. It is made by its adapter (`WireModel.target`).

    Attributes:
        provider: the vendor's short name.
        model: the model's name there.
        label: the model's name for people.
        thinking: whose earlier thoughts may go along: this very model's, any model's of this vendor, or nobody's.
        sealed_only: thoughts without a signature are refused.
        images, audio, documents: what a prompt may hold beside text. None is unknown, and is sent.
        media_types: which files of those kinds; of other documents, every model reads plain text, few anything else.
        urls: which of those kinds the provider fetches by itself.
        call_ids: what a tool call's id may look like.
        calls_need_tools: a history with tool calls is refused unless tools are offered.
    """

    provider: str
    model: str
    label: str = ""
    thinking: Literal["model", "vendor", "none"] = "none"
    sealed_only: bool = False
    images: bool | None = None
    audio: bool | None = False
    documents: bool | None = False
    media_types: frozenset[str] = MEDIA_TYPES
    urls: frozenset[MediaKind] = frozenset({"image"})
    call_ids: Literal["any", "nine"] = "any"
    calls_need_tools: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Something of the history that the target does not get as it was.

    Attributes:
        kind: what kind of thing it is.
        count: how many of them.
        text: one sentence for the user.
    """

    kind: ChangeKind
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Sendable:
    """A history that the target takes, and what was changed for that."""

    messages: list[ModelMessage]
    changes: tuple[Change, ...]


def sendable(
    messages: Sequence[ModelMessage], target: Target, *, tools_offered: bool = True, minimal: bool = False
) -> Sendable:
    """Make a history fit for a model, be it written by another one.

    Foreign thoughts and signatures are left out, media that the model cannot take become a line of text, every tool
    call gets its result and a unique id that the target accepts, results without a call and empty answers are left out.

    Args:
        messages: the whole history, with the prompt to be sent at its end. It is not changed.
        target: the model.
        tools_offered: whether the request offers tools.
        minimal: reduce everything to text: for a model that has refused the history.

    Returns:
        New messages, in which every answer has a part, and every call's result stands in the request right after it.
    """
    fitting = _Fitting(target, flatten=minimal or (target.calls_need_tools and not tools_offered), minimal=minimal)
    fitted: list[ModelMessage] = []
    for message in messages:
        fitted += fitting.response(message) if isinstance(message, ModelResponse) else fitting.request(message)
    fitted += fitting.unanswered()
    return Sendable(fitted, fitting.changes())


_SENTENCES: dict[ChangeKind, tuple[str, str]] = {
    "thinking": ("earlier thoughts are not sent to {}", "earlier thoughts are not sent to {}"),
    "image": ("1 image is left out, {} does not read it", "{n} images are left out, {} does not read them"),
    "audio": ("1 recording is left out, {} does not hear it", "{n} recordings are left out, {} does not hear them"),
    "document": ("1 document is left out, {} does not read it", "{n} documents are left out, {} does not read them"),
    "call": ("1 tool call is sent to {} as text", "{n} tool calls are sent to {} as text"),
    "result": ("1 tool call without a result is marked as interrupted", "{n} tool calls without results are marked"),
    "empty": ("1 empty answer is left out", "{n} empty answers are left out"),
}


@dataclass
class _Fitting:
    """One walk through a history."""

    target: Target
    flatten: bool
    minimal: bool
    _counts: Counter[ChangeKind] = field(default_factory=Counter)
    _ids_used: set[str] = field(default_factory=set)
    _open: deque[tuple[str | None, ToolCallPart]] = field(default_factory=deque)

    def changes(self) -> tuple[Change, ...]:
        found: list[Change] = []
        for kind, count in self._counts.items():
            one, many = _SENTENCES[kind]
            text = (one if count == 1 else many).format(self.target.label or self.target.model, n=count)
            found.append(Change(kind, count, f"{text[0].upper()}{text[1:]}."))
        return tuple(found)

    def response(self, message: ModelResponse) -> list[ModelMessage]:
        before = self.unanswered()
        parts: list[ModelResponsePart] = []
        for part in message.parts:
            fitted = self._response_part(part, message)
            if fitted is not None:
                parts.append(fitted)
        if not any(isinstance(part, TextPart | ToolCallPart) for part in parts):
            self._counts["empty"] += 1 if message.parts or message.state else 0
            return before
        return [*before, replace(message, parts=parts)]

    def unanswered(self) -> list[ModelMessage]:
        """A request with results for the calls that nobody answered."""
        if not self._open:
            return []
        parts: list[ModelRequestPart] = [self._missing(call) for _, call in self._open]
        self._open.clear()
        return [ModelRequest(parts)]

    def request(self, message: ModelRequest) -> list[ModelMessage]:
        order = {call.tool_call_id: place for place, (_, call) in enumerate(self._open)}
        results: list[ModelRequestPart] = []
        others: list[ModelRequestPart] = []
        for part in message.parts:
            if isinstance(part, ToolReturnPart) or (isinstance(part, RetryPromptPart) and part.tool_name is not None):
                results += self._result(part)
            else:
                others += self._request_part(part)
        results += [self._missing(call) for _, call in self._open]
        results.sort(key=lambda part: order.get(getattr(part, "tool_call_id", None), 0))  # Gemini goes by the order
        self._open.clear()
        if not results and not others and not message.instructions:
            return []
        return [replace(message, parts=[*results, *others])]

    def _response_part(self, part: ModelResponsePart, message: ModelResponse) -> ModelResponsePart | None:
        match part:
            case TextPart():
                kept = part if self._is_own(part, message) and not self.minimal else TextPart(part.content)
                return kept if kept.content.strip() or kept.provider_details else None
            case ThinkingPart():
                return self._thoughts(part, message)
            case ToolCallPart():
                return self._call(part, message)
            case _:
                return None

    def _thoughts(self, part: ThinkingPart, message: ModelResponse) -> ThinkingPart | None:
        own = self._is_own(part, message)
        sealed = bool(part.signature) or not self.target.sealed_only
        if self.target.thinking != "none" and own and sealed and message.state is None and not self.minimal:
            return part
        if not own and part.content:
            self._counts["thinking"] += 1
        return None

    def _is_own(self, part: TextPart | ThinkingPart | ToolCallPart, message: ModelResponse) -> bool:
        """Whether the target made this part, so that it gets back what it sealed it with."""
        if (part.provider_name or message.provider_name) != self.target.provider:
            return False
        model = (part.provider_details or {}).get("model", message.model_name)
        return self.target.thinking == "vendor" or model == self.target.model

    def _call(self, part: ToolCallPart, message: ModelResponse) -> ModelResponsePart:
        if self.flatten:
            self._counts["call"] += 1
            call = ToolCallPart(part.tool_name, part.args, part.tool_call_id)
            self._open.append((part.tool_call_id, call))
            return TextPart(f"[called the tool {part.tool_name} with {part.args_as_json_str() or '{}'}]")
        new_id = self._unique(self._valid_id(part.tool_call_id or f"{part.tool_name}{len(self._ids_used)}"))
        fitted = ToolCallPart(part.tool_name, _object(part), new_id)
        if self._is_own(part, message):
            fitted = replace(
                fitted, id=part.id, provider_name=part.provider_name, provider_details=part.provider_details
            )
        self._open.append((part.tool_call_id, fitted))
        return fitted

    def _valid_id(self, call_id: str) -> str:
        if self.target.call_ids == "nine":
            return call_id if re.fullmatch(r"[a-zA-Z0-9]{9}", call_id) else _letters(call_id)
        return call_id if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call_id) else f"call_{_letters(call_id)}"

    def _unique(self, call_id: str) -> str:
        wanted, number = call_id, 2
        while call_id in self._ids_used:
            call_id, number = self._valid_id(f"{wanted[:50]}_{number}"), number + 1
        self._ids_used.add(call_id)
        return call_id

    def _result(self, part: ToolReturnPart | RetryPromptPart) -> list[ModelRequestPart]:
        """The result with its call's new id; none if no call waits for it."""
        for place, (old_id, call) in enumerate(self._open):
            if call.tool_name == part.tool_name and (part.tool_call_id is None or part.tool_call_id == old_id):
                del self._open[place]
                if not self.flatten:
                    return [replace(part, tool_call_id=call.tool_call_id)]
                said = part.model_response_str() if isinstance(part, ToolReturnPart) else part.model_response()
                return [UserPromptPart(f"[the tool {call.tool_name} returned: {said}]")]
        return []

    def _missing(self, call: ToolCallPart) -> ModelRequestPart:
        self._counts["result"] += 1
        if self.flatten:
            return UserPromptPart(f"[the tool {call.tool_name} returned: {INTERRUPTED_RESULT}]")
        return ToolReturnPart(call.tool_name, INTERRUPTED_RESULT, call.tool_call_id)

    def _request_part(self, part: ModelRequestPart) -> list[ModelRequestPart]:
        match part:
            case SystemPromptPart():
                return [part] if part.content.strip() else []
            case UserPromptPart(content=str() as text):
                return [part] if text.strip() else []
            case UserPromptPart():
                items = [fit for item in part.content for fit in self._content(item) if not _is_blank(fit)]
                return [replace(part, content=items)] if items else []
            case RetryPromptPart():
                return [UserPromptPart(part.model_response())]
            case _:
                return []

    def _content(self, item: UserContent) -> Iterable[UserContent]:
        item = _unpacked(item)
        kind = media_kind(item)
        if kind is None:
            return [item] if isinstance(item, str) else []
        if self._takes(item, kind) and not self.minimal:
            return [item]
        text = _as_text(item)
        if text is not None:
            return [text]
        self._counts[kind] += 1
        return [f"[{kind} omitted: {_name(item)}]"]

    def _takes(self, item: UserContent, kind: MediaKind) -> bool:
        target = self.target
        if {"image": target.images, "audio": target.audio, "document": target.documents}[kind] is False:
            return False
        return item.media_type in target.media_types if isinstance(item, BinaryContent) else kind in target.urls


def media_kind(item: UserContent) -> MediaKind | None:
    """What an item of a prompt is, or None for text and for what nobody knows."""
    match item:
        case ImageUrl():
            return "image"
        case AudioUrl():
            return "audio"
        case DocumentUrl():
            return "document"
        case BinaryContent():
            return "image" if item.is_image else "audio" if item.is_audio else "document"
        case _:
            return None


def is_text_file(item: BinaryContent) -> bool:
    """Whether a file is plain text, which every model reads."""
    return item.media_type.startswith("text/") or item.media_type in ("application/json", "application/xml")


def _is_blank(item: UserContent) -> bool:
    return isinstance(item, str) and not item.strip()


def _unpacked(item: UserContent) -> UserContent:
    """The bytes of a `data:` URI, which not every provider takes for an address."""
    if not isinstance(item, ImageUrl | AudioUrl | DocumentUrl) or not item.url.startswith("data:"):
        return item
    head, _, data = item.url.removeprefix("data:").partition(",")
    try:
        return BinaryContent(base64.b64decode(data, validate=True), head.partition(";")[0])
    except ValueError:
        return f"[{media_kind(item)} omitted: its data is damaged]"


def _as_text(item: UserContent) -> str | None:
    if isinstance(item, BinaryContent) and is_text_file(item):
        return item.data.decode("utf-8", "replace")
    return None


def _name(item: UserContent) -> str:
    if isinstance(item, BinaryContent):
        return f"{item.media_type}, {max(1, len(item.data) >> 10)} kB"
    return getattr(item, "url", "a file")


def _letters(text: str) -> str:
    """Nine letters and digits that stand for a text, always the same."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    number = int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
    return "".join(digits[number // 36**place % 36] for place in range(9))


def _object(part: ToolCallPart) -> str | dict[str, object]:
    """The arguments if they are a JSON object, however written; else what came, as an object."""
    try:
        part.args_as_dict()
    except (ValueError, AssertionError):
        return {"_raw": part.args} if part.args else {}
    return part.args
