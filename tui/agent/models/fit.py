"""What of a history a model can take: one pure function, used for the request and for what the user is told.

The history itself is never changed; another one, fit for the target, is made from it. Knows no HTTP and no dialect.
A history with files takes its time: a PDF may have to be read, an image to be scaled.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from operator import is_
from typing import Literal

from tui.agent.messages import (
    BinaryContent,
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
from tui.agent.models.media import is_blank, media_kind, unpacked
from tui.agent.models.pairing import answers, paired
from tui.agent.models.target import Target
from tui.agent.models.treatment import treat

ChangeKind = Literal["thinking", "image", "audio", "document", "text", "call", "result", "empty", "source"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something of the history that the target does not get as it was.

    Attributes:
        kind: what kind of thing it is; "text" is a document of which only the text goes along, "source" a page of the
            web that an answer cites.
        count: how many of them.
    """

    kind: ChangeKind
    count: int


@dataclass(frozen=True, slots=True)
class FittedHistory:
    """A history that the target takes, and what was changed for that."""

    messages: list[ModelMessage]
    changes: tuple[Change, ...]


def fit(
    messages: Sequence[ModelMessage],
    target: Target | None = None,
    *,
    tools_offered: bool = True,
    minimal: bool = False,
) -> FittedHistory:
    """Make a history fit for a model, be it written by another one.

    Every tool call gets its result, and responses of which nothing can be sent are left out; that is all without a
    target. For a target, foreign thoughts and signatures are left out, media that it cannot take become text or a line
    of it, calls get unique ids that it accepts, and results without a call are left out.

    Args:
        messages: the whole history, with the prompt to be sent at its end. It is not changed.
        target: what the model takes; None for a model that takes every sound history.
        tools_offered: whether the request offers tools.
        minimal: reduce everything to text: for a model that has refused the history.

    Returns:
        Messages, new where something is other, in which every response has a part, and every call's result stands in
        the request right after it.
    """
    complete, results_added = paired(messages)
    if target is None:
        return FittedHistory([message for message in complete if _can_be_sent(message)], ())
    flatten = minimal or (target.calls_need_tools and not tools_offered)
    adaptation = _Adaptation(target, flatten=flatten, minimal=minimal)
    fitted = [adapted for message in complete if (adapted := adaptation.message(message)) is not None]
    adaptation.count("result", results_added)
    return FittedHistory(fitted, adaptation.changes())


def _can_be_sent(message: ModelMessage) -> bool:
    """Whether anything of a message is left for a model that takes every part."""
    if not isinstance(message, ModelResponse) or message.state != "interrupted":
        return isinstance(message, ModelRequest) or bool(message.parts)
    return any(not isinstance(part, ThinkingPart) for part in message.parts)


@dataclass
class _Adaptation:
    """One walk through a history."""

    target: Target
    flatten: bool
    minimal: bool
    _counts: Counter[ChangeKind] = field(default_factory=Counter)
    _ids_used: set[str] = field(default_factory=set)
    _open: list[tuple[ToolCallPart, ToolCallPart]] = field(default_factory=list)
    """Calls whose results come next, as they were and as they are sent."""
    _files: int = 0
    """Files of tools' results so far that could not stay in them."""

    def count(self, kind: ChangeKind, number: int) -> None:
        if number:
            self._counts[kind] += number

    def changes(self) -> tuple[Change, ...]:
        return tuple(Change(kind, count) for kind, count in self._counts.items())

    def message(self, message: ModelMessage) -> ModelMessage | None:
        """The message as the target takes it, or None when nothing of it is left."""
        return self._response(message) if isinstance(message, ModelResponse) else self._request(message)

    def _response(self, message: ModelResponse) -> ModelResponse | None:
        parts: list[ModelResponsePart] = []
        for part in message.parts:
            fitted = self._response_part(part, message)
            if fitted is not None:
                parts.append(fitted)
        if any(isinstance(part, TextPart | ToolCallPart) for part in parts):
            return message if _same(parts, message.parts) else replace(message, parts=parts)
        self.count("empty", 1 if message.parts or message.state else 0)
        return None

    def _request(self, message: ModelRequest) -> ModelRequest | None:
        order = {sent.tool_call_id: place for place, (_, sent) in enumerate(self._open)}
        results: list[ModelRequestPart] = []
        files: list[ModelRequestPart] = []
        others: list[ModelRequestPart] = []
        for part in message.parts:
            if isinstance(part, ToolReturnPart) or (isinstance(part, RetryPromptPart) and part.tool_name is not None):
                result, following = self._result(part)
                results += result
                files += following
            else:
                others += self._request_part(part)
        results.sort(key=lambda part: order.get(getattr(part, "tool_call_id", None), 0))  # Gemini goes by the order
        self._open.clear()
        if not results and not others and not message.instructions:
            return None
        fitted = [*results, *files, *others]
        return message if _same(fitted, message.parts) else replace(message, parts=fitted)

    def _response_part(self, part: ModelResponsePart, message: ModelResponse) -> ModelResponsePart | None:
        match part:
            case TextPart():
                return self._text(part, message)
            case ThinkingPart():
                return self._thoughts(part, message)
            case ToolCallPart():
                return self._call(part, message)
            case _:
                return None

    def _text(self, part: TextPart, message: ModelResponse) -> TextPart | None:
        own = self._is_own(part, message) and not self.minimal
        bare = part.id is None and part.provider_name is None and part.provider_details is None
        kept = part if own or bare else TextPart(part.content)
        if part.citations and not (own and self.target.citations):
            self.count("source", len({one.url for one in part.citations}))
            kept = replace(kept, citations=None)
        return kept if kept.content.strip() or kept.provider_details else None

    def _thoughts(self, part: ThinkingPart, message: ModelResponse) -> ThinkingPart | None:
        own = self._is_own(part, message)
        signed = bool(part.signature) or not self.target.signed_only
        if self.target.thinking != "none" and own and signed and message.state is None and not self.minimal:
            return part
        if not own and part.content:
            self._counts["thinking"] += 1
        return None

    def _is_own(self, part: TextPart | ThinkingPart | ToolCallPart, message: ModelResponse) -> bool:
        """Whether the target made this part, so that it gets back what it attached to it."""
        if (part.provider_name or message.provider_name) != self.target.provider:
            return False
        model = (part.provider_details or {}).get("model", message.model_name)
        return self.target.thinking == "vendor" or model == self.target.model

    def _call(self, part: ToolCallPart, message: ModelResponse) -> ModelResponsePart:
        if self.flatten:
            self._counts["call"] += 1
            call = ToolCallPart(part.tool_name, part.args, part.tool_call_id)
            self._open.append((part, call))
            return TextPart(f"[called the tool {part.tool_name} with {part.args_as_json_str() or '{}'}]")
        new_id = self._unique(self._valid_id(part.tool_call_id or f"{part.tool_name}{len(self._ids_used)}"))
        fitted = ToolCallPart(part.tool_name, _object(part), new_id)
        if self._is_own(part, message):
            fitted = replace(
                fitted, id=part.id, provider_name=part.provider_name, provider_details=part.provider_details
            )
        self._open.append((part, fitted))
        return fitted

    def _valid_id(self, call_id: str) -> str:
        if self.target.call_ids == "nine":
            return call_id if re.fullmatch(r"[a-zA-Z0-9]{9}", call_id) else _letters(call_id)
        return call_id if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call_id) else f"call_{_letters(call_id)}"

    def _unique(self, call_id: str) -> str:
        stem, number = call_id[:50], 2
        while call_id in self._ids_used:
            call_id, number = self._valid_id(f"{stem}_{number}"), number + 1
        self._ids_used.add(call_id)
        return call_id

    def _result(self, part: ToolReturnPart | RetryPromptPart) -> tuple[list[ModelRequestPart], list[ModelRequestPart]]:
        """The result with its call's new id, and what follows all results; nothing if no call waits for it."""
        fitting = [(call, sent) for call, sent in self._open if answers(part, call)]
        fitting.sort(key=lambda one: one[0].tool_call_id != part.tool_call_id)  # no id fits every call, its own first
        if not fitting:
            return [], []
        call, sent = fitting[0]
        self._open.remove((call, sent))
        if isinstance(part, ToolReturnPart) and part.files:
            return self._result_with_files(part, sent)
        if not self.flatten:
            return [replace(part, tool_call_id=sent.tool_call_id)], []
        text = part.model_response_str() if isinstance(part, ToolReturnPart) else part.model_response()
        return [UserPromptPart(f"[the tool {call.tool_name} returned: {text}]")], []

    def _result_with_files(
        self, part: ToolReturnPart, sent: ToolCallPart
    ) -> tuple[list[ModelRequestPart], list[ModelRequestPart]]:
        """The result with the files that it may hold, and the others behind it."""
        items = [fit for item in part.content_items() for fit in self._content(item) if not is_blank(fit)]
        inside: list[UserContent] = []
        behind: list[UserContent] = []
        for item in items:
            if isinstance(item, str) or self._may_stand_in_a_result(item):
                inside.append(item)
                continue
            self._files += 1
            inside.append(f"[file {self._files}, see below]")
            behind += [f"[file {self._files}, which the tool {part.tool_name} returned:]", item]
        has_files = not all(isinstance(item, str) for item in inside)
        content = inside if has_files else "\n".join(item for item in inside if isinstance(item, str))
        following: list[ModelRequestPart] = [UserPromptPart(behind)] if behind else []
        if self.flatten:
            return [UserPromptPart(f"[the tool {part.tool_name} returned: {content}]"), *following], []
        return [replace(part, content=content, tool_call_id=sent.tool_call_id)], following

    def _may_stand_in_a_result(self, item: UserContent) -> bool:
        by_bytes = isinstance(item, BinaryContent)
        return (by_bytes or self.target.result_urls) and media_kind(item) in self.target.results and not self.flatten

    def _request_part(self, part: ModelRequestPart) -> list[ModelRequestPart]:
        match part:
            case SystemPromptPart():
                return [part] if part.content.strip() else []
            case UserPromptPart(content=str() as text):
                return [part] if text.strip() else []
            case UserPromptPart():
                items = [fit for item in part.content for fit in self._content(item) if not is_blank(fit)]
                return [replace(part, content=items)] if items else []
            case RetryPromptPart():
                return [UserPromptPart(part.model_response())]
            case _:
                return []

    def _content(self, item: UserContent) -> Iterable[UserContent]:
        item = unpacked(item)
        kind = media_kind(item)
        if kind is None:
            return [item] if isinstance(item, str) else []
        treated = treat(item, kind, self.target, minimal=self.minimal)
        if treated.kind == "omitted":
            self._counts[kind] += 1
        elif treated.kind == "text" and treated.reason:
            self._counts["text"] += 1
        return [treated.content]


def _same(parts: Sequence[object], before: Sequence[object]) -> bool:
    """Whether nothing is other than before; a copy of each message of a long history takes its time."""
    return len(parts) == len(before) and all(map(is_, parts, before))


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
