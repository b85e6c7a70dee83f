"""The messages of one column: what the replies report becomes changes of its transcript. Draws nothing."""

import time
from collections.abc import Sequence
from dataclasses import replace

from tui.app.chat.changes import (
    AddMessage,
    Change,
    FinishMessage,
    RemoveMessage,
    ReplaceMessage,
    UpdateMessage,
)
from tui.app.chat.content_changes import content_change
from tui.app.transcript.from_messages import clock_text, transcript_message
from tui.app.transcript.message import TranscriptMessage
from tui.chat.message_parts import MessageContent, NoticeContent
from tui.chat.replies.events import (
    Failure,
    PartReplaced,
    PromptSaved,
    RepliesEvent,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    Waiting,
)
from tui.store.records import Message

_HIDDEN_FAILURE = Failure(
    "server", "No answer", "This model gave no answer.", "Its reason is shown once you have picked, or with b.", "", ""
)


class ColumnPresenter:
    """What one column shows.

    Attributes:
        hidden: nothing may say who answers.
    """

    def __init__(self) -> None:
        self.hidden = False
        self._replies: dict[str, Message] = {}  # those that are shown, the last one last
        self._prompts: list[str] = []  # ids of those that were answered, the last one last
        self._streaming: TranscriptMessage | None = None

    @property
    def waits(self) -> bool:
        """Whether the provider keeps the reply waiting, and it is tried again."""
        return self._streaming is not None and self._streaming.waiting is not None

    def receive(self, event: RepliesEvent, begun: Sequence[MessageContent] = ()) -> list[Change]:
        """Take what the reply of this column reports; `begun` is what one begins with that goes on with another."""
        match event:
            case PromptSaved(prompt=prompt, reply=reply):
                return self._begin(prompt, reply, tuple(begun))
            case TextDelta() | ThinkingDelta() | ToolStarted() | ToolChanged() | PartReplaced():
                return [*self._wait(None), content_change(event)]
            case Waiting():
                return self._wait(event)
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self._streaming = None
                self._replies[event.reply.id] = event.reply
                return [FinishMessage(self._ended(event.reply))]
            case _:
                return []

    def reveal(self) -> list[Change]:
        """Say who answers from now on."""
        self.hidden = False
        return [ReplaceMessage(self._ended(reply)) for reply in self._replies.values() if reply.state != "streaming"]

    def _begin(self, prompt: Message, reply: Message, begun: tuple[MessageContent, ...]) -> list[Change]:
        changes: list[Change] = []
        if self._prompts and prompt.id == self._prompts[-1]:  # asked again
            changes += [RemoveMessage(id) for id, one in self._replies.items() if one.parent_id == prompt.id]
            self._replies = {id: one for id, one in self._replies.items() if one.parent_id != prompt.id}
        elif self._prompts:  # the first one stands above all columns
            changes.append(AddMessage(transcript_message(prompt)))
        self._prompts.append(prompt.id)
        self._replies[reply.id] = reply
        self._streaming = TranscriptMessage(
            reply.id,
            "reply",
            begun,
            time=clock_text(reply.created_at),
            state="streaming",
            headless=True,
            started=time.monotonic(),
        )
        return [*changes, AddMessage(self._streaming)]

    def _wait(self, waiting: Waiting | None) -> list[Change]:
        streaming = self._streaming
        if streaming is None or streaming.waiting is waiting:
            return []
        if waiting is not None and self.hidden:
            waiting = replace(waiting, message="It is not answering yet.")
        self._streaming = replace(streaming, waiting=waiting)
        return [UpdateMessage(self._streaming)]

    def _ended(self, reply: Message) -> TranscriptMessage:
        message = replace(transcript_message(reply), headless=True)
        if self.hidden and message.failure is not None:
            message = replace(message, failure=_HIDDEN_FAILURE)
        return replace(message, parts=tuple(self._shown_parts(message))) if self.hidden else message

    def _shown_parts(self, message: TranscriptMessage) -> list[MessageContent]:
        return [part for part in message.parts if not isinstance(part, NoticeContent)]  # it names its sources
