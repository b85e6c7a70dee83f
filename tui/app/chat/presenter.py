"""The conversation that is shown, as values: one `ChatView`, and the changes of the transcript.

Reads from the library and from the replies under way; draws nothing and calls nothing back: each method returns what
is to be drawn.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from tui.app.chat.changes import (
    AddMessage,
    Change,
    FinishMessage,
    InsertMessage,
    LoadMessages,
    ReplaceMessage,
    UpdateMessage,
    content_change,
    differences,
)
from tui.app.transcript.from_messages import END_SWITCH, price_text, switch_message, transcript_message
from tui.app.transcript.message import TranscriptMessage
from tui.chat.replies.events import (
    ChatEvent,
    NotSaved,
    PartReplaced,
    PromptSaved,
    ReplyDone,
    ReplyEnded,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolStarted,
    UsageChanged,
    Waiting,
)
from tui.chat.replies.meter import MeterReading, resting
from tui.chat.settings import ChatSettings
from tui.errors import StoreError, UsageError
from tui.store.records import Conversation, Message, SwitchLine, switch_lines

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.library import Library, OpenConversation
    from tui.chat.replies.replies import Replies
    from tui.chat.replies.turn import LiveReply
    from tui.chat.unsent import QueuedPrompt


@dataclass(frozen=True, slots=True)
class ChatView:
    """Everything that the screen shows of a conversation beside its messages.

    Attributes:
        conversation: as it is stored.
        model: the one that answers next.
        live_model: id of the model that writes the reply under way; "" when none does.
        settings: of the next turn.
        running: a reply is under way or about to be.
        prompts: what the person wrote in this conversation, oldest first.
        queued: prompts that wait, the next one first.
    """

    conversation: Conversation
    model: "ModelInfo"
    live_model: str
    settings: ChatSettings
    running: bool
    prompts: tuple[str, ...]
    queued: "tuple[QueuedPrompt, ...]"


class ChatPresenter:
    """One conversation at a time.

    Attributes:
        conversation: None before the first one is open.
        reading: the meter's figures.
        behind: another window has written, and `refresh` has not taken it over yet.
    """

    def __init__(self, library: "Library", replies: "Replies", catalog: "Catalog") -> None:
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._records: tuple[Message, ...] = ()
        self._shown: tuple[TranscriptMessage, ...] = ()
        self._notes: dict[str, str] = {}
        self.conversation: Conversation | None = None
        self.reading = MeterReading()
        self.behind = False

    # What is shown.

    @property
    def id(self) -> str:
        """Id of the conversation that is shown; "" before the first one."""
        return self.conversation.id if self.conversation else ""

    @property
    def model(self) -> str:
        """Id of the model that answers next; "" before the first conversation."""
        return self.conversation.model if self.conversation else ""

    @property
    def running(self) -> bool:
        """Whether a reply of this conversation is under way or about to be."""
        return self.id in self._replies.running

    @property
    def settings(self) -> ChatSettings:
        """The settings of the conversation."""
        return ChatSettings.from_json(self.conversation.settings if self.conversation else "")

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the person wrote in this conversation, oldest first."""
        return tuple(record.text for record in self._records if record.kind == "prompt")

    def view(self) -> ChatView | None:
        """All of it, as it is now; None before the first conversation is open."""
        conversation = self.conversation
        if conversation is None:
            return None
        streaming = self._streaming
        return ChatView(
            conversation=conversation,
            model=self._model_info(conversation.model),
            live_model=self.model_of(streaming.id) if streaming is not None else "",
            settings=self.settings,
            running=self.running,
            prompts=self.prompts,
            queued=self._replies.queue.of(conversation.id),
        )

    def is_last(self, message_id: str) -> bool:
        """Whether a message is the last prompt or the answer to it."""
        return any(record.id == message_id for record in self._records[-2:])

    @property
    def failed(self) -> bool:
        """Whether the last answer failed."""
        return bool(self._records) and self._records[-1].state == "failed"

    def model_of(self, message_id: str) -> str:
        """Id of the model that was asked for a reply; "" when it is none."""
        return next((record.model for record in self._records if record.id == message_id), "")

    def _model_info(self, model_id: str) -> "ModelInfo":
        from tui.chat.catalog.info import ModelInfo

        try:
            return self._catalog.find(model_id)
        except UsageError:
            return ModelInfo.unknown(model_id)

    # Another conversation, or another model.

    async def open(self, conversation_id: str) -> list[Change]:
        """Show a conversation from its end, and go on with what of it is under way.

        Raises:
            UsageError: there is no such conversation.
            StoreError: it cannot be read.
        """
        try:
            today = await self._library.spent_today()
        except StoreError:  # a sum is not worth a chat
            today = None
        opened = await self._opened(conversation_id)
        self.conversation, self._records, self._notes = opened.conversation, opened.messages, {}
        self._shown = ()  # of a reply under way it has not the text that came since
        live = self._live_of(opened.messages)
        if live is not None:
            self.reading = live.reading
        else:
            info = self._model_info(opened.conversation.model)
            self.reading = resting(opened.messages, window=info.window, free=info.free, today=today)
        self._shown = self._messages_now(live)
        return [LoadMessages(self._shown)]

    async def _opened(self, conversation_id: str) -> "OpenConversation":
        """A conversation whose last reply, if it streams, is still under way when this returns."""
        opened = await self._library.open(conversation_id)
        if opened.messages and opened.messages[-1].state == "streaming" and self._live_of(opened.messages) is None:
            # It ended between the reading and now, or is written by another Chinwag: the second look tells.
            opened = await self._library.open(conversation_id)
        return opened

    def _live_of(self, records: tuple[Message, ...]) -> "LiveReply | None":
        last = records[-1] if records else None
        if last is None:
            return None
        return next((one for one in self._replies.live(last.conversation_id) if one.reply_id == last.id), None)

    def changed(self, conversation: Conversation) -> list[Change]:
        """Take over another name, model or settings of the conversation that is shown."""
        if conversation.id != self.id:
            return []
        before, self.conversation = self.conversation, conversation
        if before is None or before.model == conversation.model:
            return []
        info = self._model_info(conversation.model)
        if not self.reading.streaming:
            self.reading = replace(self.reading, window=info.window, free=info.free)
        return self._redraw()

    # What other windows write.

    async def refresh(self) -> list[Change]:
        """Take over what another window has written to the conversation that is shown; the reader stays.

        Does nothing while a reply of this window is about to begin, or goes on in a branch that is shown nowhere else.

        Raises:
            StoreError: it cannot be read.
        """
        seen = None
        while seen is None or seen is not self._records:  # an own reply began or ended while it was read
            seen, conversation_id = self._records, self.id
            if not conversation_id:
                return []
            opened = await self._library.open(conversation_id)
            today = await self._library.spent_today()
        live = self._live_of(seen)
        if conversation_id != self.id or self.running != (live is not None):
            return []
        if live is not None and live.reply_id not in {record.id for record in opened.messages}:
            return []
        self.behind = False
        return self._take_over(opened, live, today)

    def _take_over(self, opened: "OpenConversation", live: "LiveReply | None", today: Decimal | None) -> list[Change]:
        before, known = self._shown, {record.id: record for record in self._records}
        # Of a reply under way here the row is older than what is shown.
        records = tuple(known[record.id] if _writes(live, record) else record for record in opened.messages)
        stale = {record.id for record in records if known.get(record.id) != record}
        self.conversation, self._records = opened.conversation, records
        self._shown = tuple(message for message in before if message.id not in stale)
        self._shown = self._messages_now(live)
        if live is None:
            info = self._model_info(opened.conversation.model)
            self.reading = resting(records, window=info.window, free=info.free, today=today)
        return [_without_jump(change) for change in differences(before, self._shown)]

    @property
    def shown_ids(self) -> frozenset[str]:
        """Ids of the messages of the branch that is shown."""
        return frozenset(record.id for record in self._records)

    @property
    def written_elsewhere(self) -> bool:
        """Whether the last reply is being written by another window."""
        return bool(self._records) and self._records[-1].state == "streaming" and not self.running

    async def switch_notes(self) -> AsyncIterator[Change]:
        """What the new model of each line of a switch does not get; reads the history, so it may take a while."""
        from tui.chat.replies.switching import switch_notes

        conversation, records = self.conversation, self._records
        if conversation is None:
            return
        lines = [line for line in switch_lines(records, conversation.model) if _line_id(line) not in self._notes]
        async for line, note in switch_notes(records, lines, self._catalog, self._library.contents):
            if conversation.id != self.id:
                return
            self._notes[_line_id(line)] = note
            shown = next((message for message in self._shown if message.id == _line_id(line)), None)
            if note and shown is not None:
                noted = replace(shown, note=note)
                self._replace_shown(noted)
                yield ReplaceMessage(noted)

    @property
    def notes_missing(self) -> bool:
        """Whether a line of a switch is shown that `switch_notes` has not looked at."""
        return any(message.kind == "switch" and message.id not in self._notes for message in self._shown)

    # A reply under way.

    def receive(self, event: ChatEvent) -> list[Change]:
        """Take what a reply of this conversation reports."""
        match event:
            case TextDelta() | ThinkingDelta() | ToolStarted() | ToolFinished() | PartReplaced():
                return [*self._resumed(), content_change(event)]
            case UsageChanged(reply_id, reading):
                if self._records and self._records[-1].id == reply_id:
                    self.reading = reading
                return []
            case Waiting(reply_id):
                return self._wait(reply_id, event)
            case NotSaved():
                return []
            case PromptSaved():
                return self._begin(event)
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                return self._end(event)
            case _:
                assert_never(event)

    def stopped(self) -> list[Change]:
        """Show at once that the reply was stopped; the rest follows when it is saved."""
        streaming = self._streaming
        if streaming is None:
            return []
        return [UpdateMessage(replace(streaming, state="interrupted", note="by you", waiting=None))]

    def _begin(self, event: PromptSaved) -> list[Change]:
        self.conversation = event.conversation
        if event.conversation.active_leaf != event.reply.id:  # it begins beside the branch that is shown
            return []
        # What follows the place where it begins leaves the branch, such as an earlier answer to the same prompt.
        above = next(
            (number for number, record in enumerate(self._records, 1) if record.id == event.prompt.parent_id), 0
        )
        self._records = (*self._records[:above], event.prompt, event.reply)
        if END_SWITCH in self._notes:  # the line at the end becomes the line above this prompt
            self._notes[f"switch:{event.prompt.id}"] = self._notes.pop(END_SWITCH)
        return self._redraw()

    def _end(self, event: ReplyEnded) -> list[Change]:
        self.conversation = event.conversation
        if event.reply.id not in {record.id for record in self._records}:
            return []
        self._records = tuple(event.reply if record.id == event.reply.id else record for record in self._records)
        price = price_text(event.reply.price, estimated=event.reading.price_estimated)
        finished = replace(transcript_message(event.reply), price_text=price or ("free" if event.reading.free else ""))
        self._replace_shown(finished)
        self.reading = event.reading
        return [FinishMessage(finished)]

    @property
    def _streaming(self) -> TranscriptMessage | None:
        """The message of the reply under way, without the text that has come since it was shown."""
        return next((message for message in reversed(self._shown) if message.state == "streaming"), None)

    def _resumed(self) -> list[Change]:
        streaming = self._streaming
        return self._wait(streaming.id, None) if streaming is not None and streaming.waiting is not None else []

    def _wait(self, reply_id: str, waiting: Waiting | None) -> list[Change]:
        streaming = self._streaming
        if streaming is None or streaming.id != reply_id:
            return []
        updated = replace(streaming, waiting=waiting)
        self._replace_shown(updated)
        return [UpdateMessage(updated)]

    def _replace_shown(self, message: TranscriptMessage) -> None:
        self._shown = tuple(message if shown.id == message.id else shown for shown in self._shown)

    # The list of messages.

    def _redraw(self) -> list[Change]:
        """The changes from what is shown to what is to be shown now."""
        before = self._shown
        self._shown = self._messages_now(self._live_of(self._records))
        return differences(before, self._shown)

    def _messages_now(self, live: "LiveReply | None") -> tuple[TranscriptMessage, ...]:
        model = self.conversation.model if self.conversation else ""
        known = {message.id: message for message in self._shown if message.kind != "switch"}
        lines = {line.before: line for line in switch_lines(self._records, model)}
        found: list[TranscriptMessage] = []
        for record in self._records:
            if line := lines.get(record.id):
                found.append(self._switch(line))
            found.append(known.get(record.id) or transcript_message(record, live if _writes(live, record) else None))
        if line := lines.get(None):
            found.append(self._switch(line))
        return tuple(found)

    def _switch(self, line: SwitchLine) -> TranscriptMessage:
        return switch_message(_line_id(line), line.previous, line.model, self._notes.get(_line_id(line), ""))


def _line_id(line: SwitchLine) -> str:
    return END_SWITCH if line.before is None else f"switch:{line.before}"


def _without_jump(change: Change) -> Change:
    """A prompt that somebody else wrote does not take the reader to the end."""
    if isinstance(change, AddMessage) and change.message.kind == "prompt":
        return InsertMessage(change.message, None)
    return change


def _writes(live: "LiveReply | None", record: Message) -> bool:
    return live is not None and live.reply_id == record.id
