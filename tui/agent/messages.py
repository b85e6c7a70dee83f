"""Messages between a program and a model, their parts, and the events of a run. Their JSON is the format on disk.

The names, the order of fields and the JSON are those of pydantic-ai 0.0.40. Fields that it does not have stand last,
take no part in comparisons, and are in the JSON only when they are set: a message without them reads the same there.
Fields of later releases are ignored when read, parts of an unknown kind are kept as they came (`UnknownPart`).
This module knows no model, no provider and no tool.
"""

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast, overload

import pydantic
import pydantic_core

from tui.agent._compat import (
    from_later_retry,
    is_later_retry,
    is_unreported,
    read_args,
    read_citations,
    read_outcome,
    read_state,
    read_usage,
    write_citations,
    write_usage,
)
from tui.agent._content import (
    AudioFormat,
    AudioMediaType,
    AudioUrl,
    BinaryContent,
    DocumentFormat,
    DocumentMediaType,
    DocumentUrl,
    ImageFormat,
    ImageMediaType,
    ImageUrl,
    NamedContent,
    Unknown,
    UnknownPart,
    UserContent,
    kind_of,
)
from tui.agent._results import ToolFile, any_adapter, content_items, files_in, read_files, text_of_items, without_files
from tui.agent._serialization import SchemaSerializable
from tui.agent.exceptions import UnexpectedModelBehavior
from tui.agent.rate_limit import RateLimit
from tui.agent.usage import Usage

__all__ = [
    "AgentStreamEvent",
    "AudioFormat",
    "AudioMediaType",
    "AudioUrl",
    "BinaryContent",
    "Citation",
    "DocumentFormat",
    "DocumentMediaType",
    "DocumentUrl",
    "FinalResultEvent",
    "FinishReason",
    "FunctionToolCallEvent",
    "FunctionToolResultEvent",
    "HandleResponseEvent",
    "ImageFormat",
    "ImageMediaType",
    "ImageUrl",
    "MessageState",
    "ModelMessage",
    "ModelMessagesTypeAdapter",
    "ModelNoticeEvent",
    "ModelRequest",
    "ModelRequestEvent",
    "ModelRequestPart",
    "ModelResponse",
    "ModelResponsePart",
    "ModelResponsePartDelta",
    "ModelResponseStreamEvent",
    "NamedContent",
    "PartDeltaEvent",
    "PartStartEvent",
    "RateLimitsEvent",
    "RetryEvent",
    "RetryPromptPart",
    "SystemPromptPart",
    "TextPart",
    "TextPartDelta",
    "ThinkingPart",
    "ThinkingPartDelta",
    "ToolCallPart",
    "ToolCallPartDelta",
    "ToolOutcome",
    "ToolReturn",
    "ToolReturnPart",
    "UnknownPart",
    "UsageEvent",
    "UserContent",
    "UserPromptPart",
]

FinishReason = Literal["stop", "length", "content_filter", "tool_call", "error"]
"""Why a response ended; "length" means that it was cut off at `max_tokens` or at the end of the context window."""


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _is_none(value: object) -> bool:
    return value is None


_IF_SET = pydantic.Field(exclude_if=_is_none)
"""Marks a field that 0.0.40 does not have: JSON shows it only when it is set."""


@dataclass
class SystemPromptPart:
    """Instructions of the program, sent before everything else.

    Attributes:
        dynamic_ref: the qualified name of the function to call again when the message is sent anew, or None.
    """

    content: str
    dynamic_ref: str | None = None
    part_kind: Literal["system-prompt"] = "system-prompt"


@dataclass
class UserPromptPart:
    """What the user says: text, or a sequence of texts and files."""

    content: str | Sequence[UserContent]
    timestamp: datetime = field(default_factory=_now)
    part_kind: Literal["user-prompt"] = "user-prompt"


ToolOutcome = Literal["success", "failed", "denied", "interrupted"]
"""What came of a call: it was carried out, in vain, not allowed, or not carried to its end."""


@dataclass
class ToolReturn:
    """What a tool may return to say more than a value.

    Attributes:
        return_value: what the call resulted in.
        content: said to the model besides, as by the user, behind the results of all calls.
        metadata: for the program; kept with the result, never sent.
        outcome: whether that is what was wanted; pydantic-ai has only `ToolFailed` for it.
    """

    return_value: Any
    content: str | Sequence[UserContent] | None = field(default=None, kw_only=True)
    metadata: Any = field(default=None, kw_only=True)
    outcome: ToolOutcome = field(default="success", kw_only=True)


@dataclass
class ToolReturnPart(SchemaSerializable):
    """What a tool returned.

    Attributes:
        content: the value itself; what cannot be written as JSON fails only when it has to be. Files may stand in it,
            such as `BinaryContent`: alone, in a list or deeper.
        tool_call_id: the id of the call that this answers, for the providers that have one.
        metadata: for the program; never sent.
        outcome: what came of the call. Providers that can be told of a failure are.
    """

    tool_name: str
    content: Annotated[Any, pydantic.BeforeValidator(read_files)]
    tool_call_id: str | None = None
    timestamp: datetime = field(default_factory=_now)
    part_kind: Literal["tool-return"] = "tool-return"
    metadata: Annotated[Any, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    outcome: Annotated[
        ToolOutcome, pydantic.BeforeValidator(read_outcome), pydantic.Field(exclude_if=lambda value: value == "success")
    ] = field(default="success", compare=False, repr=False, kw_only=True)

    @property
    def files(self) -> list[ToolFile]:
        """The files in the value."""
        return list(files_in(self.content))

    def content_items(self) -> list[UserContent]:
        """The value as texts and files, for a model that takes files in it.

        Raises:
            pydantic_core.PydanticSerializationError: the value has no JSON form.
        """
        return content_items(self.content)

    def model_response_str(self) -> str:
        """The value for a model that takes text: a string as it is, anything else as JSON, a line for each file.

        Raises:
            pydantic_core.PydanticSerializationError: the value has no JSON form.
        """
        return text_of_items(self.content_items())

    def model_response_object(self) -> dict[str, Any]:
        """The value for a model that takes a JSON object: a dict as it is, anything else under "return_value".

        Raises:
            pydantic_core.PydanticSerializationError: the value has no JSON form.
        """
        content = any_adapter().dump_python(without_files(self.content), mode="json")
        return content if isinstance(self.content, dict) else {"return_value": content}


@dataclass
class RetryPromptPart:
    """Tells the model what was wrong, and asks it to try again.

    Attributes:
        content: a sentence, or pydantic's list of errors (without their URLs).
        tool_name, tool_call_id: the call that failed; None when it was not a call, or one of an unknown tool.
    """

    content: list[pydantic_core.ErrorDetails] | str
    tool_name: str | None = None
    tool_call_id: str | None = None
    timestamp: datetime = field(default_factory=_now)
    part_kind: Literal["retry-prompt"] = "retry-prompt"

    def model_response(self) -> str:
        """The text to send."""
        if isinstance(self.content, str):
            problem = self.content
        else:
            errors = _errors_adapter().dump_json(self.content, exclude={"__all__": {"ctx"}}, indent=2).decode()
            problem = f"{len(self.content)} validation errors: {errors}"
        return f"{problem}\n\nFix the errors and try again."


_REQUEST_KINDS = frozenset({"system-prompt", "user-prompt", "tool-return", "retry-prompt"})


def _request_part_kind(value: Any) -> str | None:
    return "later-retry" if is_later_retry(value) else kind_of(value, "part_kind", _REQUEST_KINDS)


ModelRequestPart = Annotated[
    Annotated[SystemPromptPart, pydantic.Tag("system-prompt")]
    | Annotated[UserPromptPart, pydantic.Tag("user-prompt")]
    | Annotated[ToolReturnPart, pydantic.Tag("tool-return")]
    | Annotated[RetryPromptPart, pydantic.Tag("retry-prompt")]
    | Annotated[RetryPromptPart, pydantic.BeforeValidator(from_later_retry), pydantic.Tag("later-retry")]
    | Unknown,
    pydantic.Discriminator(_request_part_kind),
]
"""One part of what is sent to a model."""

MessageState = Literal["interrupted"]
"""Set on a message that is not whole, because the run was stopped or failed while it came about."""


_State = Annotated[MessageState | None, pydantic.BeforeValidator(read_state), _IF_SET]


@dataclass
class ModelRequest(SchemaSerializable):
    """One message to a model.

    Attributes:
        instructions: the agent's instructions at this request; only those of the last request are sent.
        state: "interrupted" when tools were stopped before all of them had returned.
    """

    parts: list[ModelRequestPart]
    kind: Literal["request"] = "request"
    instructions: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    state: _State = field(default=None, compare=False, repr=False, kw_only=True)


# What a model answers.


@dataclass(frozen=True)
class Citation:
    """A page that a model has read for what it wrote.

    Attributes:
        url: where it is, as the provider gave it.
        title: its title, or its site; "" when unknown.
        start, end: the words that it stands for, in characters of the part; None when only the part is known.
    """

    url: str
    title: str = ""
    start: int | None = None
    end: int | None = None


@dataclass
class TextPart(SchemaSerializable):
    """Text that a model wrote.

    Attributes:
        citations: the pages that it cites, in the order in which they were told; JSON has the form of 2.x.
        id, provider_name, provider_details: what this provider wants back with the part; others do not see it.
    """

    content: str
    part_kind: Literal["text"] = "text"
    citations: Annotated[
        list[Citation] | None,
        pydantic.BeforeValidator(read_citations),
        pydantic.PlainSerializer(write_citations),
        _IF_SET,
    ] = field(default=None, compare=False, repr=False, kw_only=True)
    id: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    provider_name: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    provider_details: Annotated[dict[str, Any] | None, _IF_SET] = field(
        default=None, compare=False, repr=False, kw_only=True
    )

    def has_content(self) -> bool:
        """Whether there is any text."""
        return bool(self.content)


@dataclass
class ThinkingPart(SchemaSerializable):
    """What a model thought before it answered. 0.0.40 does not know these.

    Attributes:
        content: the thoughts or a summary of them; empty when the provider only hands out a signature.
        id: the provider's id of the thoughts.
        signature: the provider's signature on the thoughts, or their encrypted form; only whole thoughts have one.
        provider_name: who signed them; they are sent back to no other provider.
        provider_details: further things that this provider wants back.
    """

    content: str
    id: Annotated[str | None, _IF_SET] = None
    signature: Annotated[str | None, _IF_SET] = None
    provider_name: Annotated[str | None, _IF_SET] = None
    part_kind: Literal["thinking"] = "thinking"
    provider_details: Annotated[dict[str, Any] | None, _IF_SET] = field(
        default=None, compare=False, repr=False, kw_only=True
    )

    def has_content(self) -> bool:
        """Whether there are any thoughts to read."""
        return bool(self.content)


@dataclass
class ToolCallPart(SchemaSerializable):
    """A model's request to call a tool.

    Attributes:
        args: the arguments, as a JSON text or as a dict, however the provider sent them.
        id, provider_name, provider_details: what this provider wants back with the part; others do not see it.
    """

    tool_name: str
    args: Annotated[str | dict[str, Any], pydantic.BeforeValidator(read_args)]
    tool_call_id: str | None = None
    part_kind: Literal["tool-call"] = "tool-call"
    id: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    provider_name: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    provider_details: Annotated[dict[str, Any] | None, _IF_SET] = field(
        default=None, compare=False, repr=False, kw_only=True
    )

    def args_as_dict(self) -> dict[str, Any]:
        """The arguments for a model that takes an object; no text at all stands for none.

        Raises:
            ValueError: the JSON text is broken.
            AssertionError: it is JSON, but not an object.
        """
        if isinstance(self.args, dict):
            return self.args
        args = pydantic_core.from_json(self.args) if self.args.strip() else {}
        if not isinstance(args, dict):
            raise AssertionError("args should be a dict")
        return args

    def args_as_json_str(self) -> str:
        """The arguments for a model that takes JSON text."""
        return self.args if isinstance(self.args, str) else pydantic_core.to_json(self.args).decode()

    def has_content(self) -> bool:
        """Whether there are arguments; a dict of nothing but empty and false values counts as none."""
        return any(self.args.values()) if isinstance(self.args, dict) else bool(self.args)


_RESPONSE_KINDS = frozenset({"text", "thinking", "tool-call"})


def _response_part_kind(value: Any) -> str | None:
    return kind_of(value, "part_kind", _RESPONSE_KINDS)


ModelResponsePart = Annotated[
    Annotated[TextPart, pydantic.Tag("text")]
    | Annotated[ThinkingPart, pydantic.Tag("thinking")]
    | Annotated[ToolCallPart, pydantic.Tag("tool-call")]
    | Unknown,
    pydantic.Discriminator(_response_part_kind),
]
"""One part of what a model answers."""


@dataclass
class ModelResponse(SchemaSerializable):
    """One answer of a model.

    Attributes:
        model_name: the model that answered, as the provider names it.
        usage: what this answer cost in tokens, as reported; JSON has the names of pydantic-ai's current release.
        provider_name: who answered, such as "openai".
        provider_response_id: the provider's id of the answer.
        vendor_details: further things the provider said, such as its raw usage (under "usage"), a price ("cost"), and
            what it searched the web for ("searches").
        state: "interrupted" when the answer broke off.
    """

    parts: list[ModelResponsePart]
    model_name: str | None = None
    timestamp: datetime = field(default_factory=_now)
    kind: Literal["response"] = "response"
    usage: Annotated[
        Usage | None,
        pydantic.BeforeValidator(read_usage),
        pydantic.PlainSerializer(write_usage),
        pydantic.Field(exclude_if=is_unreported),
    ] = field(default=None, compare=False, repr=False, kw_only=True)
    finish_reason: Annotated[FinishReason | None, _IF_SET] = field(
        default=None, compare=False, repr=False, kw_only=True
    )
    provider_name: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    provider_response_id: Annotated[str | None, _IF_SET] = field(default=None, compare=False, repr=False, kw_only=True)
    vendor_details: Annotated[
        dict[str, Any] | None,
        pydantic.Field(
            exclude_if=_is_none, validation_alias=pydantic.AliasChoices("vendor_details", "provider_details")
        ),
    ] = field(default=None, compare=False, repr=False, kw_only=True)
    state: _State = field(default=None, compare=False, repr=False, kw_only=True)

    @property
    def paused(self) -> bool:
        """Whether the provider has only paused, in its own tools: given the answer so far, it goes on with it."""
        return bool((self.vendor_details or {}).get("paused"))


ModelMessage = Annotated[ModelRequest | ModelResponse, pydantic.Discriminator("kind")]
"""A message in either direction."""

ModelMessagesTypeAdapter: pydantic.TypeAdapter[list[ModelMessage]] = pydantic.TypeAdapter(
    list[ModelMessage],
    config=pydantic.ConfigDict(defer_build=True, ser_json_bytes="base64", val_json_bytes="base64"),
)
"""Reads and writes a history as JSON; built when it is first used."""


@functools.cache
def _errors_adapter() -> pydantic.TypeAdapter[list[pydantic_core.ErrorDetails]]:
    return pydantic.TypeAdapter(list[pydantic_core.ErrorDetails])


# What a stream adds to a response.


@dataclass
class TextPartDelta:
    """More text for a `TextPart`."""

    content_delta: str
    part_delta_kind: Literal["text"] = "text"

    def apply(self, part: ModelResponsePart) -> TextPart:
        """A new part with the text appended.

        Raises:
            ValueError: `part` is no `TextPart`.
        """
        if not isinstance(part, TextPart):
            raise ValueError("Cannot apply TextPartDeltas to non-TextParts")
        return replace(part, content=part.content + self.content_delta)


@dataclass
class ThinkingPartDelta:
    """More thoughts for a `ThinkingPart`, or the signature that closes it."""

    content_delta: str | None = None
    signature_delta: str | None = None
    provider_name: str | None = None
    part_delta_kind: Literal["thinking"] = "thinking"

    def apply(self, part: ModelResponsePart) -> ThinkingPart:
        """A new part with the thoughts appended and the signature replaced, if there is one.

        Raises:
            ValueError: `part` is no `ThinkingPart`.
        """
        if not isinstance(part, ThinkingPart):
            raise ValueError("Cannot apply ThinkingPartDeltas to non-ThinkingParts")
        return replace(
            part,
            content=part.content + (self.content_delta or ""),
            signature=part.signature if self.signature_delta is None else self.signature_delta,
            provider_name=part.provider_name if self.provider_name is None else self.provider_name,
        )


@dataclass
class ToolCallPartDelta:
    """More of a tool call: of its name, of its arguments (JSON text is appended, a dict is merged), or its id."""

    tool_name_delta: str | None = None
    args_delta: str | dict[str, Any] | None = None
    tool_call_id: str | None = None
    part_delta_kind: Literal["tool_call"] = "tool_call"

    def as_part(self) -> ToolCallPart | None:
        """The call, once its name and some arguments are known; else None."""
        if self.tool_name_delta is None or self.args_delta is None:
            return None
        return ToolCallPart(self.tool_name_delta, self.args_delta, self.tool_call_id)

    @overload
    def apply(self, part: ModelResponsePart) -> ToolCallPart: ...

    @overload
    def apply(self, part: "ModelResponsePart | ToolCallPartDelta") -> "ToolCallPart | ToolCallPartDelta": ...

    def apply(self, part: "ModelResponsePart | ToolCallPartDelta") -> "ToolCallPart | ToolCallPartDelta":
        """A new part, or a new delta while the call is not yet whole.

        Raises:
            ValueError: `part` is neither a tool call nor the start of one.
            UnexpectedModelBehavior: JSON text meets a dict, or the id changes.
        """
        if isinstance(part, ToolCallPart):
            part = replace(part, tool_name=part.tool_name + (self.tool_name_delta or ""))
            part = replace(part, args=cast(str | dict[str, Any], self._joined_args(part.args, part)))
            return replace(part, tool_call_id=self._joined_id(part.tool_call_id, part))
        if isinstance(part, ToolCallPartDelta):
            if self.tool_name_delta:
                part = replace(part, tool_name_delta=(part.tool_name_delta or "") + self.tool_name_delta)
            part = replace(part, args_delta=self._joined_args(part.args_delta, part))
            joined = replace(part, tool_call_id=self._joined_id(part.tool_call_id, part))
            return joined.as_part() or joined
        raise ValueError(f"Can only apply ToolCallPartDeltas to ToolCallParts or ToolCallPartDeltas, not {part}")

    def _joined_args(self, args: str | dict[str, Any] | None, part: object) -> str | dict[str, Any] | None:
        more = self.args_delta
        if more is None:
            return args
        if args is None:
            return more
        if isinstance(args, str) and isinstance(more, str):
            return args + more
        if isinstance(args, dict) and isinstance(more, dict):
            return {**args, **more}
        one, other = ("JSON", "non-JSON") if isinstance(more, str) else ("dict", "non-dict")
        raise self._unfit(f"Cannot apply {one} deltas to {other} tool arguments", part)

    def _joined_id(self, tool_call_id: str | None, part: object) -> str | None:
        if not self.tool_call_id:
            return tool_call_id
        if tool_call_id is not None and tool_call_id != self.tool_call_id:
            raise self._unfit("Cannot apply a new tool_call_id to a ToolCallPartDelta that already has one", part)
        return self.tool_call_id

    def _unfit(self, problem: str, part: object) -> UnexpectedModelBehavior:
        what = "part" if isinstance(part, ToolCallPart) else "delta"
        return UnexpectedModelBehavior(f"{problem} ({what}={part!r}, {self=})")


ModelResponsePartDelta = Annotated[
    TextPartDelta | ThinkingPartDelta | ToolCallPartDelta, pydantic.Discriminator("part_delta_kind")
]
"""More of a part."""

# What happens in a run.


@dataclass
class PartStartEvent:
    """A part begins; a second one of the same index replaces the first.

    Attributes:
        index: the part's place in the response.
        part: what is known of it so far. It is not changed afterwards.
    """

    index: int
    part: ModelResponsePart
    event_kind: Literal["part_start"] = "part_start"


@dataclass
class PartDeltaEvent:
    """A part grows."""

    index: int
    delta: ModelResponsePartDelta
    event_kind: Literal["part_delta"] = "part_delta"


@dataclass
class FinalResultEvent:
    """The response that is arriving is the result: by text (no tool name), or by a result tool."""

    tool_name: str | None
    tool_call_id: str | None
    event_kind: Literal["final_result"] = "final_result"


@dataclass
class FunctionToolCallEvent:
    """A function tool is about to run.

    Attributes:
        call_id: the call's own id, or one made up, by which the result is told.
    """

    part: ToolCallPart
    call_id: str = field(init=False)
    event_kind: Literal["function_tool_call"] = "function_tool_call"

    def __post_init__(self) -> None:
        self.call_id = self.part.tool_call_id or str(uuid.uuid4())


@dataclass
class FunctionToolResultEvent:
    """A function tool has returned, or asks for another try.

    Attributes:
        tool_call_id: the `call_id` of the `FunctionToolCallEvent`.
    """

    result: ToolReturnPart | RetryPromptPart
    tool_call_id: str
    event_kind: Literal["function_tool_result"] = "function_tool_result"


@dataclass
class ModelRequestEvent:
    """A request goes out. 0.0.40 has no such event.

    Attributes:
        step: its number in the run, from 1.
        model_name: who is asked.
    """

    step: int
    model_name: str
    event_kind: Literal["model_request"] = "model_request"


@dataclass
class UsageEvent:
    """The usage has new figures. 0.0.40 has no such event.

    Attributes:
        usage: the run's own live object, not a copy.
    """

    usage: Usage
    event_kind: Literal["usage"] = "usage"


@dataclass
class RetryEvent:
    """The model is told to try again. 0.0.40 has no such event."""

    part: RetryPromptPart
    event_kind: Literal["retry"] = "retry"


@dataclass
class ModelNoticeEvent:
    """The model does not answer yet, for a reason worth showing. 0.0.40 has no such event.

    Attributes:
        kind: "retry" while the next try waits, "loading" while a local model starts, "failover" as the provider's next
            server is asked.
        message: one sentence.
        delay_s: seconds until the next try, or None.
        attempt, attempts: the next try's number, and how many there may be; 0 when it is not about a retry.
    """

    kind: Literal["retry", "loading", "failover"]
    message: str
    delay_s: float | None = None
    attempt: int = 0
    attempts: int = 0
    event_kind: Literal["model_notice"] = "model_notice"


@dataclass
class RateLimitsEvent:
    """A provider has said what is left of its limits. 0.0.40 has no such event."""

    limits: tuple[RateLimit, ...]
    event_kind: Literal["rate_limits"] = "rate_limits"


ModelResponseStreamEvent = Annotated[PartStartEvent | PartDeltaEvent, pydantic.Discriminator("event_kind")]
"""What the stream of one response consists of."""

HandleResponseEvent = Annotated[FunctionToolCallEvent | FunctionToolResultEvent, pydantic.Discriminator("event_kind")]
"""What happens while the tool calls of a response are carried out."""

AgentStreamEvent = Annotated[
    PartStartEvent
    | PartDeltaEvent
    | FinalResultEvent
    | FunctionToolCallEvent
    | FunctionToolResultEvent
    | ModelRequestEvent
    | UsageEvent
    | RetryEvent
    | ModelNoticeEvent
    | RateLimitsEvent,
    pydantic.Discriminator("event_kind"),
]
"""Everything that an `event_stream_handler` sees."""
