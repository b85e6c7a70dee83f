"""One turn: the prompt to disk, the question to the model, the answer to disk, and every step an event.

Knows the order of things: nothing is sent before it is saved, nothing ends without a row that says how. How the engine
is asked is `answer`'s matter, how rows are written the library's.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.replies.buffer import Draft, Ending
from tui.chat.replies.events import (
    ChatEvent,
    Failure,
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
from tui.chat.replies.failures import failure_of, failure_to_json
from tui.chat.replies.meter import Meter, MeterReading, Terms
from tui.chat.settings import ChatSettings
from tui.chat.usage import stored_usage
from tui.errors import ChinwagError, StoreError
from tui.store.records import Conversation, Message, MessageState

if TYPE_CHECKING:
    from tui.agent.exceptions import AgentRunError
    from tui.agent.usage import Usage
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.replies.stream import Answer, Piece, Question

READING_S = 0.1
"""Seconds between two readings of the meter, at least."""

WAITING_S = 0.25
"""Seconds after which the meter is read even when nothing arrives: its clocks go on."""


class Turn:
    """A turn from the moment its rows are known.

    Args:
        conversation: as it is now; its model and settings are this turn's.
        earlier: the branch up to the prompt, oldest first.

    Attributes:
        outcome: the event with which the turn ended, also when nobody could be told; None until then.
    """

    def __init__(
        self,
        conversation: Conversation,
        earlier: tuple[Message, ...],
        prompt: Message,
        library: Library,
        catalog: "Catalog",
        clock: Callable[[], float],
    ) -> None:
        self.outcome: ChatEvent | None = None
        self._conversation = conversation
        self._earlier = earlier
        self._prompt = prompt
        self._library = library
        self._catalog = catalog
        self._clock = clock
        self._saved = True
        self._stopping = False
        self._preparing: asyncio.Task[Question] | None = None
        self._answer: Answer | None = None
        self._error: AgentRunError | ChinwagError | None = None
        self._usage: Usage | None = None
        self._terms = Terms()
        self._meter = Meter(clock, self._terms)
        self._read_at = clock()
        self._draft = Draft(library, self._reply_row(), clock)
        self._pricing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[list[ChatEvent]] | None = None

    def stop(self) -> None:
        """Stop as soon as possible."""
        self._stopping = True
        if self._answer is not None:
            self._answer.wake()
        elif self._preparing is not None:
            self._preparing.cancel()

    async def events(self, *, new_prompt: bool) -> AsyncGenerator[ChatEvent, None]:
        """The whole turn. Left early, by cancellation or `aclose`, it still writes what came."""
        state: MessageState = "interrupted"
        try:
            for event in await self._save_prompt(new_prompt):
                yield event
            async with aclosing(self._ask()) as asked:
                async for event in asked:
                    yield event
            state = "interrupted" if self._stopped else "failed" if self._error else "done"
            for event in await self._close(state):
                yield event
        finally:
            await self._close(state)

    def _reply_row(self) -> Message:
        return Message(
            id=new_id(), conversation_id=self._conversation.id, parent_id=self._prompt.id, kind="reply",
            state="streaming", payload=b"[]", text="", thinking="", model=self._conversation.model,
            settings=self._conversation.settings, usage="", price=None, failure="", thinking_ms=None,
            first_token_ms=None, total_ms=None, created_at=datetime.now(UTC),
        )  # fmt: skip

    async def _save_prompt(self, new_prompt: bool) -> list[ChatEvent]:
        reply, problem = self._draft.row, ""
        prompt = self._prompt if new_prompt else None
        try:
            self._conversation = await self._library.start_turn(self._conversation, prompt, reply)
        except StoreError as error:
            self._saved, problem = False, error.message
            self._conversation = await self._library.current(self._conversation)
        saved = PromptSaved(self._conversation, self._prompt, reply)
        return [saved, NotSaved(reply.id, problem)] if problem else [saved]

    async def _ask(self) -> AsyncGenerator[ChatEvent, None]:
        """Ask the model, and pass on what it says."""
        from tui.agent.exceptions import AgentRunError
        from tui.chat.replies.stream import Answer

        if self._stopping:
            return
        # A key command may wait half a minute for a passphrase, and a stop does not wait with it.
        self._preparing = asyncio.create_task(self._question(), name="question")
        try:
            question = await self._preparing
        except (ChinwagError, AgentRunError) as error:
            self._error = error
            return
        except asyncio.CancelledError:
            if self._stopping and self._preparing.cancelled() and not _being_cancelled():
                return
            raise
        if self._stopping:
            return
        self._answer = answer = Answer(question)
        self._usage = answer.usage
        async with answer, aclosing(self._stream(answer)) as events:
            async for event in events:
                yield event
        failure = answer.failure
        if isinstance(failure, AgentRunError):
            self._error = failure
        elif failure is not None:
            raise failure

    async def _question(self) -> "Question":
        from tui.chat.replies.messages import history_of, prompt_of
        from tui.chat.replies.stream import Question

        model_id = self._draft.row.model
        await self._catalog.prepare(model_id)
        model = self._catalog.build(model_id)
        self._terms = await self._look_up_terms(model_id)
        history = await history_of(self._earlier)
        settings = ChatSettings.from_json(self._draft.row.settings)
        self._meter = Meter(self._clock, self._terms)
        return Question(
            prompt=history.prompt(prompt_of(self._prompt)),
            history=history.messages,
            model=model,
            settings=settings.for_model(),
            instructions=settings.system_prompt,
        )

    async def _look_up_terms(self, model_id: str) -> Terms:
        info = self._catalog.find(model_id)
        began = self._draft.row.created_at
        try:
            chat_before = await self._library.spent_in(self._conversation.id)
            today_before = await self._library.spent_today()
        except StoreError:  # sums are not worth a turn
            chat_before = today_before = None
        if chat_before is None and not any(message.kind == "reply" for message in self._earlier):
            chat_before = Decimal(0)
        if not (info.free or info.local):  # no table knows the prices of a server on this machine
            self._pricing = asyncio.create_task(self._catalog.load_prices(), name="prices")
        return Terms(
            window=lambda: self._catalog.find(model_id).window,
            free=info.free,
            price=lambda usage: self._catalog.price(info, usage, began),
            chat_before=chat_before,
            today_before=today_before,
        )

    async def _stream(self, answer: "Answer") -> AsyncGenerator[ChatEvent, None]:
        """What arrives, the meter and the checkpoints, until the answer ends or is to stop."""
        while not answer.ended and not self._stopping:
            for piece in await answer.take(min(WAITING_S, self._draft.checkpoint_due_s)):
                if (event := self._receive(piece, answer.usage)) is not None:
                    yield event
            if self._clock() - self._read_at >= READING_S:
                self._read_at = self._clock()
                yield UsageChanged(self._draft.row.id, self._meter.reading(answer.usage))
            self._draft.checkpoint(lambda: stored_usage(answer.usage))
            if problem := self._draft.problem_to_tell():
                yield NotSaved(self._draft.row.id, problem)

    def _receive(self, piece: "Piece", usage: "Usage") -> ChatEvent | None:
        from tui.chat.replies.stream import Notice, Requested, Words

        reply_id = self._draft.row.id
        match piece:
            case Words("text", text):
                self._meter.arrived(usage)
                self._draft.add_text(text)
                return TextDelta(reply_id, text)
            case Words(_, text):
                self._meter.arrived(usage)
                self._draft.add_thinking(text)
                return ThinkingDelta(reply_id, text)
            case Requested(step):
                if step > 1:
                    self._meter.requested(usage)
                return None
            case Notice(notice):
                return Waiting(reply_id, notice.kind, notice.message, notice.delay_s, notice.attempt, notice.attempts)
            case _:
                assert_never(piece)

    @property
    def _stopped(self) -> bool:
        """Whether the person was faster than the end of the answer."""
        return self._stopping and (self._answer is None or not self._answer.complete)

    async def _close(self, state: MessageState) -> list[ChatEvent]:
        """Write the end, once: whoever comes first says how it ended, and a cancelled caller changes nothing of it."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._write_end(state), name="end of reply")
        try:
            return await asyncio.shield(self._closing)
        except asyncio.CancelledError:
            await asyncio.wait({self._closing})
            raise

    async def _write_end(self, state: MessageState) -> list[ChatEvent]:
        reading, ending = await self._ending(state)
        reply = self._draft.ended(ending, reading)
        events: list[ChatEvent] = []
        await self._draft.settled()
        try:
            conversation = await self._library.finish_reply(self._conversation, reply, datetime.now(UTC))
        except StoreError as error:
            events.append(NotSaved(reply.id, error.message))
            conversation = await self._library.current(self._conversation)
        self.outcome = self._last_event(conversation, reply, reading)
        return [*events, self.outcome]

    def _last_event(self, conversation: Conversation, reply: Message, reading: MeterReading) -> ChatEvent:
        if self._error is not None and reply.state == "failed":
            return ReplyFailed(conversation, reply, self._failure(self._error), reading)
        if reply.state == "done":
            return ReplyDone(conversation, reply, reading)
        return ReplyStopped(conversation, reply, reading)

    def _failure(self, error: "AgentRunError | ChinwagError") -> Failure:
        model_id = self._draft.row.model
        failure = failure_of(error, model_id, prompt_saved=self._saved, partial=bool(self._draft))
        if failure.kind == "model_not_found" and (near := self._catalog.nearest(model_id)):
            return replace(failure, hint=f"Did you mean {' or '.join(near)}?")
        return failure

    async def _ending(self, state: MessageState) -> tuple[MeterReading, Ending]:
        from tui.chat.replies.messages import charged_for, dump, finish_reason_of, text_of, thinking_of

        messages = self._answer.messages if self._answer is not None else []
        if self._pricing is not None:
            await (self._pricing if state == "done" else _cancelled(self._pricing))
        self._meter.ended(charged_for(messages))
        reading = self._meter.reading(self._usage)
        return reading, Ending(
            state=state,
            payload=dump(messages),
            # What was on screen is kept even if the engine has nothing to show for it.
            text=text_of(messages) or self._draft.text,
            thinking=thinking_of(messages) or self._draft.thinking,
            usage=reading.usage,
            price=reading.message_price if reading.usage.output is not None else None,
            failure=failure_to_json(self._failure(self._error)) if self._error and state == "failed" else "",
            finish_reason=finish_reason_of(messages) if state == "done" else "",
        )


def _being_cancelled() -> bool:
    """Whether it is this task that is to end, and not only one that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
