"""The replies under way in the whole program, at most one for each conversation; they outlive any screen.

A screen subscribes and unsubscribes as it likes; who comes back finds in `under_way` what it missed. Knows no Textual:
the app awaits `run` and `retry` in workers of its own.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from tui.chat.catalog import Catalog
from tui.chat.events import (
    ChatEvent,
    PromptSaved,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    UsageChanged,
    Waiting,
)
from tui.chat.library import Library
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent
from tui.chat.meter import MeterReading
from tui.chat.session import ChatSession
from tui.errors import ChinwagError
from tui.store.records import Conversation, Message


@dataclass(frozen=True, slots=True)
class LiveReply:
    """A reply under way, as it is at one moment.

    Attributes:
        conversation, prompt, reply: the rows as they were saved when the turn began.
        text, thinking: what has come so far; raw.
        reading: the meter.
        waiting: why nothing comes yet; None as soon as something does.
    """

    conversation: Conversation
    prompt: Message
    reply: Message
    text: str
    thinking: str
    reading: MeterReading
    waiting: Waiting | None = None

    @property
    def reply_id(self) -> str:
        """Id of the reply's row."""
        return self.reply.id

    @property
    def parts(self) -> tuple[MessageContent, ...]:
        """What has come so far, as parts of a message."""
        thoughts = (ThinkingContent(self.thinking),) if self.thinking else ()
        return (*thoughts, TextContent(self.text)) if self.text else thoughts


@dataclass(slots=True)
class _Running:
    """A reply as it grows."""

    session: ChatSession
    saved: PromptSaved | None = None
    text: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    reading: MeterReading = field(default_factory=lambda: MeterReading(streaming=True))
    waiting: Waiting | None = None
    told: bool = False

    def take(self, event: ChatEvent) -> None:
        match event:
            case PromptSaved():
                self.saved = event
            case TextDelta(_, text):
                self.text.append(text)
                self.waiting = None
            case ThinkingDelta(_, text):
                self.thinking.append(text)
                self.waiting = None
            case UsageChanged(_, reading):
                self.reading = reading
            case Waiting():
                self.waiting = event
            case _:
                pass


class Replies:
    """Starts, stops and reports replies."""

    def __init__(self, library: Library, catalog: Catalog) -> None:
        self._library = library
        self._catalog = catalog
        self._running: dict[str, _Running] = {}
        self._receivers: dict[str, list[Callable[[ChatEvent], None]]] = {}

    @property
    def running(self) -> frozenset[str]:
        """Ids of the conversations in which a reply is under way."""
        return frozenset(self._running)

    async def run(self, conversation: Conversation, text: str) -> None:
        """Send a prompt and wait for the end of its reply; what happens goes to the subscribers.

        Cancelling this stops the reply; what came of it is kept.

        Raises:
            ChinwagError: a reply is under way in this conversation already; the prompt was not sent.
        """
        session = self._session(conversation)
        await self._follow(conversation.id, session, session.send(text))

    async def retry(self, conversation: Conversation) -> None:
        """Answer the last prompt again, by the conversation's model of now; else as `run`."""
        session = self._session(conversation)
        await self._follow(conversation.id, session, session.retry())

    def stop(self, conversation_id: str) -> bool:
        """Stop the reply of a conversation; False when none is under way."""
        running = self._running.get(conversation_id)
        if running is None:
            return False
        running.session.stop()
        return True

    def stop_all(self) -> None:
        """Stop every reply."""
        for conversation_id in self.running:
            self.stop(conversation_id)

    def subscribe(self, conversation_id: str, receive: Callable[[ChatEvent], None]) -> Callable[[], None]:
        """Have `receive` called with each event of a conversation from now on; returns what ends that."""
        receivers = self._receivers.setdefault(conversation_id, [])
        receivers.append(receive)

        def unsubscribe() -> None:
            if receive in receivers:
                receivers.remove(receive)
            if not receivers and self._receivers.get(conversation_id) is receivers:
                del self._receivers[conversation_id]

        return unsubscribe

    def under_way(self, conversation_id: str) -> LiveReply | None:
        """The reply under way in a conversation, with all that has come; None when there is none."""
        running = self._running.get(conversation_id)
        if running is None or (saved := running.saved) is None:
            return None
        return LiveReply(
            saved.conversation,
            saved.prompt,
            saved.reply,
            "".join(running.text),
            "".join(running.thinking),
            running.reading,
            running.waiting,
        )

    def _session(self, conversation: Conversation) -> ChatSession:
        if conversation.id in self._running:
            raise ChinwagError(
                "A reply is still under way in this conversation.", "Wait for its end, or stop it with Esc."
            )
        return ChatSession(conversation, self._library, self._catalog)

    async def _follow(
        self, conversation_id: str, session: ChatSession, events: AsyncGenerator[ChatEvent, None]
    ) -> None:
        running = self._running[conversation_id] = _Running(session)
        try:
            async with aclosing(events):
                async for event in events:
                    self._publish(conversation_id, running, event)
        finally:
            # Cancelled: the generator could not say so any more, but the row is written.
            if not running.told and session.outcome is not None:
                self._publish(conversation_id, running, session.outcome)
            self._forget(conversation_id, running)

    def _forget(self, conversation_id: str, running: _Running) -> None:
        if self._running.get(conversation_id) is running:
            del self._running[conversation_id]

    def _publish(self, conversation_id: str, running: _Running, event: ChatEvent) -> None:
        running.take(event)
        if isinstance(event, ReplyDone | ReplyStopped | ReplyFailed):
            running.told = True
            self._forget(conversation_id, running)  # who hears of the end finds nothing under way
        for receive in tuple(self._receivers.get(conversation_id, ())):
            receive(event)
