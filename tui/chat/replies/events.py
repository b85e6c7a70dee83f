"""What a reply under way reports: all that passes from a turn to a screen or to one-shot output."""

from typing import Literal

from tui.chat.message_parts import TextContent, ThinkingContent, ToolCallContent
from tui.chat.prompt import Prompt
from tui.chat.questions import SendingQuestion
from tui.chat.replies.meter import MeterReading
from tui.chat.replies.options import NEXT_TURN, TurnOptions
from tui.dataclass import dataclass
from tui.store.records import Conversation, Message

FailureKind = Literal[
    "auth", "quota", "rate_limit", "overloaded", "context_too_long", "refused", "unsupported_input", "model_not_found",
    "address", "bad_request", "server", "network", "dns", "tls", "proxy", "timeout", "stream_cut", "malformed", "limit",
    "no_model", "local_model",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a reply failed, in words for a person; stored with the message as JSON.

    Attributes:
        title: two or three words, such as "Key refused".
        message: who did what to what; quotes the provider, cleaned and without keys.
        hint: what to do next.
        provider, model: who was asked, as "openai" and "gpt-5.6".
        code: HTTP status, or None when none was received.
        request_id: the provider's id of the request, or "".
        retry_after_s: how long the provider asks to wait, or None.
    """

    kind: FailureKind
    title: str
    message: str
    hint: str
    provider: str
    model: str
    code: int | None = None
    request_id: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class PromptSaved:
    """The prompt is on disk, and an empty reply row waits for the answer. Always the first event of a turn.

    Only when `NotSaved` follows at once has the disk refused it; both are in memory then, and are written as soon as
    the disk takes them. On a retry the prompt is an old one, and the reply takes its earlier reply's place on screen.
    """

    conversation: Conversation
    prompt: Message
    reply: Message


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the model's thoughts, for the part at index `part` of the reply; the next free index begins one."""

    reply_id: str
    part: int
    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer, for the part at index `part` of the reply; the next free index begins one.

    Attributes:
        settled: it cannot turn out to be thoughts, by a `PartReplaced`, any more.
    """

    reply_id: str
    part: int
    text: str
    settled: bool = True


@dataclass(frozen=True, slots=True)
class PartReplaced:
    """The part at index `part`, that was reported as a text, is thoughts (or the other way): this is all of it."""

    reply_id: str
    part: int
    content: TextContent | ThinkingContent


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The model calls a tool; the call is the part at index `part` of the reply."""

    reply_id: str
    part: int
    call: ToolCallContent


@dataclass(frozen=True, slots=True)
class ToolChanged:
    """The call at index `part` stands otherwise: the person is asked, it runs, it is further, or it has ended."""

    reply_id: str
    part: int
    call: ToolCallContent


@dataclass(frozen=True, slots=True)
class UsageChanged:
    """The live meter has new figures."""

    reply_id: str
    reading: MeterReading


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model is not answering yet for a reason worth showing: a retry is due, or a server starts.

    Attributes:
        kind: "retry" while a retry waits, "loading" while a local model starts, "failover" as the provider's next
            server is asked, "tools" while servers of tools start.
        message: one sentence.
        delay_s: seconds until the retry, or None.
        attempt, attempts: this retry's number and how many there may be; 0 when it is not a retry.
    """

    reply_id: str
    kind: Literal["retry", "loading", "failover", "tools"]
    message: str
    delay_s: float | None = None
    attempt: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class AnswerRefused:
    """An answer does not fit the schema that was asked for; the model is told so, unless it was the last try.

    Attributes:
        reason: what does not fit, in a line.
        raw: the answer as it came.
        attempt, attempts: the answer's number, and how many there may be.
    """

    reply_id: str
    reason: str
    raw: str
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The disk refused a write; the reply goes on in memory."""

    reply_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """The answer is complete and on disk.

    Attributes:
        value: the answer as JSON text, where JSON by a schema was asked for; else "".
    """

    conversation: Conversation
    reply: Message
    reading: MeterReading
    value: str = ""


@dataclass(frozen=True, slots=True)
class ReplyStopped:
    """The person stopped the reply; what came so far is kept, in the state "interrupted"."""

    conversation: Conversation
    reply: Message
    reading: MeterReading


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """No (complete) answer came; what came so far is kept, in the state "failed"."""

    conversation: Conversation
    reply: Message
    failure: Failure
    reading: MeterReading


@dataclass(frozen=True, slots=True)
class PromptReturned:
    """A prompt was neither saved nor sent: it belongs back where it was written.

    Attributes:
        reply_id: of the reply that it was to get.
        prompt: None when an earlier prompt was to be answered again, or when it waits in the queue once more.
        message: why, for the person.
        prompt_id: the id that it was kept under; "" when it was not.
        model: id of the model that was to answer this one prompt; "" for the conversation's.
    """

    conversation_id: str
    reply_id: str
    prompt: Prompt | None
    message: str
    prompt_id: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class PromptHeld:
    """A prompt is not sent before a question is answered: it was not saved, and belongs back where it was written.

    Attributes:
        reply_id: of the reply that it was to get.
        question: what is asked.
        options: where the turn was to stand, who was to answer, and what was answered to other questions.
        prompt: None when an earlier prompt was to be answered again, or when it waits in the queue once more.
        prompt_id: the id that it was kept under; "" when it was not.
        queued_id: its id in the queue, where it is held now; "" when it did not wait there.
    """

    conversation_id: str
    reply_id: str
    question: SendingQuestion
    options: TurnOptions = NEXT_TURN
    prompt: Prompt | None = None
    prompt_id: str = ""
    queued_id: str = ""


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """The prompts that wait in a conversation are others now, or stand in another order, or are held."""

    conversation_id: str


ReplyEnded = ReplyDone | ReplyStopped | ReplyFailed

ChatEvent = (
    PromptSaved
    | ThinkingDelta
    | TextDelta
    | PartReplaced
    | ToolStarted
    | ToolChanged
    | UsageChanged
    | Waiting
    | AnswerRefused
    | NotSaved
    | ReplyEnded
)
"""What one turn reports, in order."""

RepliesEvent = ChatEvent | PromptReturned | PromptHeld | QueueChanged
"""What all replies together report."""
