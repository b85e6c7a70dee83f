"""The rows of the library as frozen values. Knows neither SQL nor the engine: a payload is opaque JSON bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from tui.bounds import json_object
from tui.dataclass import dataclass

MessageKind = Literal["prompt", "reply"]
MessageState = Literal["streaming", "done", "interrupted", "failed"]
TitledBy = Literal["prompt", "user"]
ChatFolder = Literal["chats", "pinned", "archived", "trash"]
"""Where a conversation is looked for: those neither archived nor deleted, the pinned ones of them, or the others."""

TRASH_DAYS = 30
"""How long what was deleted, a conversation or a branch of one, can be brought back."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of the library.

    Attributes:
        id: uuid7 as text, so ids sort by time of creation.
        title: shown in lists and file names; raw, to be cleaned wherever it is drawn.
        title_by: "prompt" while it is derived from the first prompt, "user" once it was renamed by hand.
        model: "provider:name" that answers the next turn.
        settings: `tui.chat.settings.ChatSettings` as JSON text.
        active_leaf: id of the last message of the branch that is shown; None when empty.
        created_at: aware UTC.
        updated_at: aware UTC time of the last message.
        pinned: it stands above the others.
        archived: it stands apart from the others, until something is asked in it again.
        unread: a reply has ended in it that nobody has seen.
        tags: as `tui.tags` reads them, in the order of the alphabet.
        deleted_at: aware UTC time at which it went to the trash; None for one that is not there.
    """

    id: str
    title: str
    title_by: TitledBy
    model: str
    settings: str
    active_leaf: str | None
    created_at: datetime
    updated_at: datetime
    pinned: bool = False
    archived: bool = False
    unread: bool = False
    tags: tuple[str, ...] = ()
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree: what a person sent, or what a model answered (with its tool traffic).

    Attributes:
        id: uuid7 as text.
        parent_id: the message this one follows; None for a first prompt.
        payload: JSON of `list[ModelMessage]`, loaded by `ModelMessagesTypeAdapter`; a prompt holds its one request,
            a reply everything that came after it.
        text: what the payload says, without markup, for the screen, titles and search.
        thinking: the visible thoughts of a reply, or "".
        model: "provider:name" that was asked; "" on prompts.
        settings: `ChatSettings` the reply was asked with, as JSON text; "" on prompts.
        usage: `tui.chat.replies.meter.StoredUsage` as JSON text; "" when nothing is known.
        price: US dollars of this reply at the time of the answer; None when unknown.
        failure: `tui.chat.replies.events.Failure` as JSON text, for the state "failed"; else "".
        thinking_ms, first_token_ms, total_ms: wall time in milliseconds, None when not reached.
        created_at: aware UTC.
        finish_reason: why the model ended a reply, as `tui.agent.messages.FinishReason`; "" when it was not said.
        origin: how a message came about that is no ordinary one, as JSON; "" for a prompt and a model's own answer.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    kind: MessageKind
    state: MessageState
    payload: bytes
    text: str
    thinking: str
    model: str
    settings: str
    usage: str
    price: Decimal | None
    failure: str
    thinking_ms: int | None
    first_token_ms: int | None
    total_ms: int | None
    created_at: datetime
    finish_reason: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class OutlineNode:
    """A message without its contents, for a view of the whole tree.

    Attributes:
        text: the beginning of it; raw.
        usage, price, origin: as in `Message`.
    """

    id: str
    parent_id: str | None
    kind: MessageKind
    state: MessageState
    model: str
    text: str
    usage: str
    price: Decimal | None
    created_at: datetime
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a prompt, kept once by the SHA-256 of its content.

    Attributes:
        hash: hex SHA-256 of `data`.
        name: the file's name as the person knows it; raw.
        media_type: such as "image/png".
    """

    hash: str
    message_id: str
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class WholeConversation:
    """Everything of one conversation: its row, all of its messages, parents before children, and their files."""

    conversation: Conversation
    messages: tuple[Message, ...]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolAgreement:
    """What a person has agreed to for a chat: this tool, as it was described then, leading to this place.

    Attributes:
        tool: its id, "fetch" or "server:name".
        fingerprint: of what the model is told of it; one that describes itself otherwise now is asked about again.
        target: host or path that its arguments lead to; "" for nowhere.
    """

    tool: str
    fingerprint: str
    target: str


@dataclass(frozen=True, slots=True)
class PastPrompt:
    """What was asked once, in one of all conversations; its words and the conversation's title are raw."""

    text: str
    conversation_id: str
    title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UnsentPrompt:
    """A prompt that was written and not sent: a draft, or one that waits in the queue of its chat.

    Attributes:
        id: uuid7 as text; the message that it becomes gets this id.
        conversation_id: its chat, which may not be stored yet.
        position: place in the queue, from 0; None for a draft.
        text: the words; raw.
        model: "provider:name" that is to answer.
        settings: `ChatSettings` of its chat, as JSON text.
        written_at: aware UTC time of the last change.
        files: what goes along, each with `id` as its message's.
    """

    id: str
    conversation_id: str
    position: int | None
    text: str
    model: str
    settings: str
    written_at: datetime
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelTally:
    """How often a model's answer was picked where several had answered.

    Attributes:
        model: "provider:name".
        won, compared: how often it was picked, of how many times that it had answered.
        blind_won, blind_compared: those of them in which the names were hidden.
    """

    model: str
    won: int
    compared: int
    blind_won: int
    blind_compared: int


@dataclass(frozen=True, slots=True)
class UsageScope:
    """Which replies and side calls are counted.

    Attributes:
        conversation_id, model, provider, tag: only of that one; "" for all.
        since, until: aware times, from the first to before the second; None for no bound.
    """

    conversation_id: str = ""
    model: str = ""
    provider: str = ""
    tag: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What was asked of one model on one day for one purpose, or of a chat at all.

    Attributes:
        day: of the local calendar; None when rows of several days are one.
        model: "provider:name"; "" when rows of several models are one.
        conversation_id: "" when rows of several chats are one.
        purpose: of what was asked beside the chat, such as "title"; "" for replies.
        calls: how many replies, or calls of that purpose.
        input, cached, cache_written, output, reasoning: tokens as in `StoredUsage`, as far as known; None when of none.
        price: US dollars as far as known; None when of none.
        unpriced: how many used tokens whose price is unknown.
        estimated: how many rest on estimated tokens.
        failed: how many calls of that purpose came to nothing.
        streamed, streaming_ms: output tokens, and the time they took, of those replies that have both.
        problem: why one of them came to nothing, raw; "" where none did.
        tag: of the chat, where its row stands for one of its tags; "" elsewhere.
    """

    day: date | None
    model: str
    conversation_id: str
    purpose: str
    calls: int
    input: int | None
    cached: int | None
    cache_written: int | None
    output: int | None
    reasoning: int | None
    price: Decimal | None
    unpriced: int
    estimated: int
    failed: int
    streamed: int | None
    streaming_ms: int | None
    problem: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class NotedReply:
    """A reply that stands out, by its price or its time.

    Attributes:
        title: of its conversation; raw.
        text: the beginning of what it answered; raw.
        trashed: it, or its conversation, lies in the trash.
    """

    id: str
    conversation_id: str
    title: str
    text: str
    model: str
    price: Decimal | None
    first_token_ms: int | None
    total_ms: int | None
    created_at: datetime
    trashed: bool


@dataclass(frozen=True, slots=True)
class UsageFigures:
    """What one scope holds, read at one moment, so that its parts agree.

    Attributes:
        rows: by day, model and purpose.
        chats: by conversation and purpose; () where they were not asked for.
        titles: of the conversations, raw, by id; those that are gone for good are missing.
        tags: of the conversations, by id; those without any are missing.
        dearest, slowest: the replies that stand out, the first one most.
        first_token_ms: the wait for the first token in milliseconds: its median and its 95th percentile.
    """

    scope: UsageScope = UsageScope()
    rows: tuple[UsageRow, ...] = ()
    chats: tuple[UsageRow, ...] = ()
    titles: dict[str, str] = field(default_factory=dict)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dearest: tuple[NotedReply, ...] = ()
    slowest: tuple[NotedReply, ...] = ()
    first_token_ms: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent.

    Attributes:
        dollars: the sum of all prices that are known.
        priced: how many prices that is.
        tokens: sent and received, as far as they were reported or estimated.
        unpriced: replies that took tokens, and whose price is not known.
        streaming: of replies under way, and those that a crash has ended, which have no price: model and usage, as
            stored.
    """

    dollars: Decimal = Decimal(0)
    priced: int = 0
    tokens: int = 0
    unpriced: int = 0
    streaming: tuple[tuple[str, str], ...] = ()

    @property
    def known_dollars(self) -> Decimal | None:
        """US dollars as far as known; None where no price is: what was free makes what is unknown not free."""
        return self.dollars if self.dollars or (self.priced and not self.unpriced) else None


@dataclass(frozen=True, slots=True)
class UnpricedCall:
    """A reply, or what was asked beside a chat, whose price is not known.

    Attributes:
        number: of its row.
        usage: as far as it was saved, as in `Message`.
        beside: it was asked beside a chat.
    """

    number: int
    model: str
    usage: str
    created_at: datetime
    beside: bool = False


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """A change of models in mid-conversation; derived from the replies, never stored.

    Attributes:
        before: id of the message that the line stands above; None for the end of the branch.
        previous: "provider:name" that answered until then.
        model: "provider:name" that answers from then on.
    """

    before: str | None
    previous: str
    model: str


def switch_lines(branch: Sequence[Message], model: str) -> tuple[SwitchLine, ...]:
    """Where the model changed along a branch (oldest first), and at its end when the next turn goes to another `model`.

    A line stands above the prompt of the first reply by the new model, or above a reply that has none of its own. Who
    writes a summary does not answer by that.
    """
    lines: list[SwitchLine] = []
    current = ""
    above: str | None = None
    for message in branch:
        if message.kind == "prompt":
            above = message.id
            continue
        if message.origin and json_object(message.origin).get("kind") == "summary":
            continue
        if current and message.model != current:
            lines.append(SwitchLine(above or message.id, current, message.model))
        current, above = message.model, None
    if current and model and model != current:
        lines.append(SwitchLine(None, current, model))
    return tuple(lines)


def outline_of(tree: Iterable[Message], first_words: int) -> tuple[OutlineNode, ...]:
    """Messages without their contents; of their text so many characters."""
    return tuple(
        OutlineNode(
            one.id, one.parent_id, one.kind, one.state, one.model, one.text[:first_words], one.usage, one.price,
            one.created_at, one.origin,
        )
        for one in tree
    )  # fmt: skip


def branch_of(tree: Iterable[Message], leaf: str | None) -> tuple[Message, ...]:
    """The messages from the first prompt down to `leaf`, oldest first; () when `leaf` is None.

    A leaf that is not there stands for the last message of the tree.
    """
    known = {message.id: message for message in tree}
    if leaf is not None and leaf not in known:
        leaf = next(reversed(known), None)
    path: list[Message] = []
    while leaf is not None and leaf in known:
        path.append(known.pop(leaf))
        leaf = path[-1].parent_id
    return tuple(reversed(path))
