"""What the presenter makes and the screen draws, as values: a `ChatView`, and changes of the transcript.

A change is one of one message, where it can be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.view import Transcript
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.offers import SettingOffer
    from tui.chat.message_parts import TextContent, ThinkingContent, ToolCallContent
    from tui.chat.settings import ChatSettings
    from tui.chat.unsent import QueuedPrompt
    from tui.store.records import Conversation


@dataclass(frozen=True, slots=True)
class ChatView:
    """Everything that the screen shows of a conversation beside its messages.

    Attributes:
        conversation: as it is stored.
        model: the one that answers next.
        live_model: id of the model that writes the reply under way; "" when none does.
        once: that one answers the next turn only, in the place of the chat's own.
        settings: of the next turn.
        offer: which of them the model takes.
        running: a reply is under way or about to be.
        prompts: what the person wrote in this conversation, oldest first.
        queued: prompts that wait, the next one first.
        stuck: nothing but the person sends these.
    """

    conversation: "Conversation"
    model: "ModelInfo"
    live_model: str
    once: bool
    settings: "ChatSettings"
    offer: "SettingOffer"
    running: bool
    prompts: tuple[str, ...]
    queued: "tuple[QueuedPrompt, ...]"
    stuck: bool


@dataclass(frozen=True, slots=True)
class LoadMessages:
    """Another conversation: all messages."""

    messages: tuple["TranscriptMessage", ...]


@dataclass(frozen=True, slots=True)
class AddMessage:
    """A message at the end; a prompt brings the view there."""

    message: "TranscriptMessage"


@dataclass(frozen=True, slots=True)
class InsertMessage:
    """A message above the one with the id `before`, or with None at the end; the reader stays where they are."""

    message: "TranscriptMessage"
    before: str | None


@dataclass(frozen=True, slots=True)
class RemoveMessage:
    """The message with this id goes."""

    id: str


@dataclass(frozen=True, slots=True)
class ReplaceMessage:
    """A message of the same id takes the place of another."""

    message: "TranscriptMessage"


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """Everything of a message but its parts is new."""

    message: "TranscriptMessage"


@dataclass(frozen=True, slots=True)
class FinishMessage:
    """A stream is over: the message as it was stored."""

    message: "TranscriptMessage"


@dataclass(frozen=True, slots=True)
class ShowBranch:
    """Another branch from the message with the id `above` on, or None for the first one.

    The message with the id `at` takes the place on the screen, and the focus, of the one that stood where it stands.
    """

    above: str | None
    messages: tuple["TranscriptMessage", ...]
    at: str


@dataclass(frozen=True, slots=True)
class AppendText:
    """More text of the part at index `part`."""

    id: str
    part: int
    content: "TextContent | ThinkingContent"


@dataclass(frozen=True, slots=True)
class PutPart:
    """All of the part at index `part`: a tool call, new or with its result, or a text that is another kind now."""

    id: str
    part: int
    content: "TextContent | ThinkingContent | ToolCallContent"


Change = (
    LoadMessages
    | AddMessage
    | InsertMessage
    | RemoveMessage
    | ReplaceMessage
    | UpdateMessage
    | FinishMessage
    | AppendText
    | PutPart
    | ShowBranch
)


def differences(before: Sequence["TranscriptMessage"], after: Sequence["TranscriptMessage"]) -> list[Change]:
    """The changes that make one list of messages the other; those that both have must stand in the same order."""
    old = {message.id: message for message in before}
    new = {message.id for message in after}
    changes: list[Change] = [RemoveMessage(message.id) for message in before if message.id not in new]
    last_known = max((index for index, message in enumerate(after) if message.id in old), default=-1)
    for index in range(last_known, -1, -1):  # upwards, so that what a message is inserted above is there
        message = after[index]
        if message.id not in old:
            changes.append(InsertMessage(message, after[index + 1].id))
        else:
            changes += _difference(old[message.id], message)
    return changes + [AddMessage(message) for message in after[last_known + 1 :]]


def _difference(before: "TranscriptMessage", after: "TranscriptMessage") -> list[Change]:
    if before is after or before == after:
        return []
    if replace(before, branch=after.branch) == after:  # of one that streams, the parts are not those that are drawn
        return [UpdateMessage(after)]
    return [ReplaceMessage(after)]


def branch_changes(
    before: Sequence["TranscriptMessage"], after: Sequence["TranscriptMessage"], at: str
) -> list[Change]:
    """The changes from one branch to another, where the message `at` is the one to look at; no jump to the end."""
    pairs = list(takewhile(lambda pair: pair[0].id == pair[1].id, zip(before, after, strict=False)))
    changes = [change for pair in pairs for change in _difference(*pair)]
    if len(pairs) == len(before) == len(after):
        return changes
    return [*changes, ShowBranch(pairs[-1][1].id if pairs else None, tuple(after[len(pairs) :]), at)]


def apply_changes(transcript: "Transcript", changes: Iterable[Change]) -> None:
    """Draw them, in their order."""
    for change in changes:
        match change:
            case AppendText(id, part, content):
                transcript.append(id, part, content)
            case PutPart(id, part, content):
                transcript.put_part(id, part, content)
            case UpdateMessage(message):
                transcript.update(message)
            case FinishMessage(message):
                transcript.finish(message)
            case LoadMessages(messages):
                transcript.load(messages)
            case ShowBranch(above, messages, at):
                transcript.show_branch(above, messages, at)
            case _:
                _apply_to_list(transcript, change)


def _apply_to_list(
    transcript: "Transcript", change: AddMessage | InsertMessage | RemoveMessage | ReplaceMessage
) -> None:
    match change:
        case AddMessage(message):
            transcript.add(message)
        case InsertMessage(message, before):
            transcript.insert(message, before)
        case RemoveMessage(id):
            transcript.remove_message(id)
        case ReplaceMessage(message):
            transcript.replace(message.id, message)
        case _:
            assert_never(change)


def without_jump(change: "Change") -> "Change":
    """A prompt that somebody else wrote does not take the reader to the end."""
    if isinstance(change, AddMessage) and change.message.kind == "prompt":
        return InsertMessage(change.message, None)
    return change
