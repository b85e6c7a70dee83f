"""The conversation that lies before the person: transcript, figures and names are kept as the chat room reports them.

Reads from the library, listens to the replies; tells the screen through one small protocol, and draws nothing itself.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tui.app.transcript.from_messages import (
    END_SWITCH,
    clock_text,
    price_text,
    switch_message,
    transcript_message,
    transcript_messages,
)
from tui.app.transcript.message import TranscriptMessage
from tui.chat.events import (
    ChatEvent,
    NotSaved,
    PromptSaved,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    UsageChanged,
    Waiting,
)
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent
from tui.chat.meter import MeterReading, resting
from tui.chat.settings import ChatSettings
from tui.errors import StoreError, UsageError
from tui.model_id import ModelId
from tui.store.records import Conversation, Message

if TYPE_CHECKING:
    from tui.app.transcript.view import Transcript
    from tui.chat.catalog import Catalog, ModelInfo
    from tui.chat.library import Library
    from tui.chat.replies import Replies


class Surface(Protocol):
    """What the desk needs of the screen it lies on."""

    def show_names(self) -> None:
        """Title, model, settings or whether something streams have changed."""

    def show_reading(self, reading: MeterReading) -> None:
        """The figures have changed."""

    def show_notice(self, text: str) -> None:
        """Something does not work, and the person must know."""

    def prompt_saved(self, conversation_id: str) -> None:
        """A prompt is on disk."""

    def list_changed(self) -> None:
        """A conversation has another name, age or state."""

    def switches_shown(self) -> None:
        """Lines are on screen that say that another model answers: `Desk.note_switches` has more to tell."""


class Desk:
    """One conversation at a time, open before the person."""

    def __init__(
        self, library: "Library", replies: "Replies", catalog: "Catalog", transcript: "Transcript", surface: Surface
    ) -> None:
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._transcript = transcript
        self._surface = surface
        self._unsubscribe: Callable[[], None] | None = None
        self._messages: list[Message] = []
        self._live: TranscriptMessage | None = None
        self._part_kinds: list[type[MessageContent]] = []
        self.conversation: Conversation | None = None
        self.reading = MeterReading()

    @property
    def id(self) -> str:
        """Id of the conversation that is shown; "" before the first one."""
        return self.conversation.id if self.conversation else ""

    @property
    def streaming(self) -> bool:
        """Whether a reply of this conversation is under way."""
        return self.id in self._replies.running

    @property
    def live_model(self) -> str:
        """Id of the model that writes the reply under way; "" when none does."""
        return self._messages[-1].model if self._live and self._messages else ""

    @property
    def failed(self) -> bool:
        """Whether the last answer failed."""
        return bool(self._messages) and self._messages[-1].state == "failed"

    @property
    def settings(self) -> ChatSettings:
        """The settings of the conversation."""
        return ChatSettings.from_json(self.conversation.settings if self.conversation else "")

    @property
    def prompts(self) -> list[str]:
        """What the person wrote in this conversation, oldest first."""
        return [message.text for message in self._messages if message.kind == "prompt"]

    def model_info(self) -> "ModelInfo":
        """What is known of the model that answers next."""
        from tui.chat.catalog import ModelInfo

        model = self.conversation.model if self.conversation else ""
        try:
            return self._catalog.find(model)
        except UsageError:
            provider, _, name = model.partition(":")
            return ModelInfo(
                id=model, name=name or model, provider=provider, provider_label=provider, window=None,
                input_price=None, output_price=None, capabilities=None, local=False, free=False, note="not configured",
            )  # fmt: skip

    async def open(self, conversation_id: str) -> None:
        """Show a conversation from its end, and go on with what of it is under way."""
        try:
            today = await self._library.spent_today()
        except StoreError:  # a sum is not worth a chat
            today = None
        # Last, so that no reply can end between what is read and the listening: its end would never be seen.
        opened = await self._library.open(conversation_id)
        self.close()
        self.conversation = opened.conversation
        self._messages = list(opened.messages)
        live = self._replies.under_way(conversation_id)
        self._unsubscribe = self._replies.subscribe(conversation_id, self.receive)
        self._live = None
        turns = transcript_messages(self._messages, opened.conversation.model, live)
        if live is not None:
            self._live = next((turn for turn in turns if turn.id == live.reply_id), None)
            self._part_kinds = [type(part) for part in live.parts]
            self.reading = live.reading
        else:
            info = self.model_info()
            self.reading = resting(self._messages, window=info.window, free=info.free, today=today)
        self._load(turns)
        self._surface.show_names()
        self._surface.show_reading(self.reading)

    def close(self) -> None:
        """Stop listening; what is under way goes on."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def is_last(self, turn_id: str) -> bool:
        """Whether a turn is the last prompt or the answer to it."""
        return any(message.id == turn_id for message in self._messages[-2:])

    def provider_of(self, turn_id: str) -> str:
        """Who was asked for a reply; "" when it is none."""
        models = (message.model for message in self._messages if message.id == turn_id)
        return next(models, "").partition(":")[0]

    def changed(self, conversation: Conversation) -> None:
        """Take over another name, model or settings of the conversation that is shown."""
        if conversation.id != self.id:
            return
        before, self.conversation = self.conversation, conversation
        if before and before.model != conversation.model:
            self._switched()
            info = self.model_info()
            if not self.reading.streaming:
                self.reading = replace(self.reading, window=info.window, free=info.free)
                self._surface.show_reading(self.reading)
        self._surface.show_names()

    def _switched(self) -> None:
        if self.conversation is None or not any(message.kind == "reply" for message in self._messages):
            return
        self._load(transcript_messages(self._messages, self.conversation.model, self._replies.under_way(self.id)))

    def _load(self, turns: list[TranscriptMessage]) -> None:
        self._transcript.load(turns)
        if any(turn.kind == "switch" for turn in turns):
            self._surface.switches_shown()

    async def note_switches(self) -> None:
        """Say on each line of a switch what the other model does not get. Reads the history, so it may take a while."""
        from tui.chat.switching import switch_lines, switch_note

        conversation, messages = self.conversation, tuple(self._messages)
        if conversation is None:
            return
        for line in switch_lines(messages, conversation.model):
            end = next((index for index, message in enumerate(messages) if message.id == line.before), len(messages))
            note = await switch_note(messages[:end], self._catalog, line.model)
            if note and conversation.id == self.id:
                id = END_SWITCH if line.before is None else f"switch:{line.before}"
                self._transcript.update(switch_message(id, line.previous, line.model, note))

    def mark_stopped(self) -> None:
        """Show at once that the reply was stopped; the rest follows when it is saved."""
        if self._live is not None:
            self._transcript.update(replace(self._live, state="interrupted", note="by you", waiting=None))

    def receive(self, event: ChatEvent) -> None:
        """Take what the reply under way reports."""
        match event:
            case TextDelta(reply_id, text):
                self._resumed()
                self._append(reply_id, TextContent(text))
            case ThinkingDelta(reply_id, text):
                self._resumed()
                self._append(reply_id, ThinkingContent(text))
            case UsageChanged(_, reading):
                self.reading = reading
                self._surface.show_reading(reading)
            case Waiting():
                self._wait(event)
            case NotSaved(_, message):
                self._surface.show_notice(message)
            case PromptSaved():
                self._begin(event)
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self._end(event)

    def _append(self, reply_id: str, content: TextContent | ThinkingContent) -> None:
        kinds = self._part_kinds
        if type(content) not in kinds:
            kinds.append(type(content))
        self._transcript.append(reply_id, kinds.index(type(content)), content)

    def _begin(self, event: PromptSaved) -> None:
        self.conversation = event.conversation
        self._surface.prompt_saved(self.id)
        known = [message.id for message in self._messages]
        again = event.prompt.id in known
        if again:
            del self._messages[known.index(event.prompt.id) + 1 :]
        else:
            self._messages.append(event.prompt)
        self._messages.append(event.reply)
        self._part_kinds = []
        self._live = TranscriptMessage(
            event.reply.id,
            "reply",
            model=ModelId.parse(event.reply.model).label,
            time=clock_text(event.reply.created_at),
            state="streaming",
            started=time.monotonic(),
        )
        turns = transcript_messages(self._messages, event.reply.model)[:-1]
        if again or (len(turns) > 1 and turns[-2].kind == "switch"):
            # The line at the end becomes the line above this prompt, or an answer goes that is asked for again.
            self._load([*turns, self._live])
        else:
            self._transcript.add(turns[-1])
            self._transcript.add(self._live)
        self._surface.show_names()
        self._surface.list_changed()

    def _wait(self, waiting: Waiting) -> None:
        if self._live is not None:
            self._live = replace(self._live, waiting=waiting)
            self._transcript.update(self._live)

    def _resumed(self) -> None:
        if self._live is not None and self._live.waiting is not None:
            self._live = replace(self._live, waiting=None)
            self._transcript.update(self._live)

    def _end(self, event: ReplyDone | ReplyStopped | ReplyFailed) -> None:
        self.conversation = event.conversation
        self._messages = [event.reply if message.id == event.reply.id else message for message in self._messages]
        self._live = None
        turn = transcript_message(event.reply)
        estimated = event.reading.price_estimated
        price = price_text(event.reply.price, estimated=estimated) or ("free" if event.reading.free else "")
        self._transcript.finish(replace(turn, price_text=price))
        self.reading = event.reading
        self._surface.show_reading(event.reading)
        self._surface.show_names()
        self._surface.list_changed()
