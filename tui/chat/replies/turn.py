"""One turn: the prompt to disk, the question to the model, the answer to disk, and every step an event.

Knows the order of things: nothing is sent before it is saved, nothing ends without a row that says how. A provider's
failure is an event; a bug is not caught. Knows neither screen nor SQL nor HTTP.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.loading import imported
from tui.chat.message_parts import MessageContent
from tui.chat.prompt import Prompt
from tui.chat.questions import HeldError
from tui.chat.replies.buffer import BufferedEvent, ReplyBuffer, RequestStarted
from tui.chat.replies.continuing import Seam, begun_messages, begun_text, joined_messages
from tui.chat.replies.events import (
    AnswerRefused,
    ChatEvent,
    Failure,
    NotSaved,
    PartReplaced,
    PromptSaved,
    ReplyDone,
    ReplyEnded,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    UsageChanged,
    Waiting,
)
from tui.chat.replies.failures import failure_of, failure_to_json
from tui.chat.replies.meter import MeterReading, ReplyMeter, Terms
from tui.chat.replies.options import NEXT_TURN, TurnOptions
from tui.chat.replies.reading import RowReader
from tui.chat.replies.record import ReplyEnding, ReplyRecord
from tui.chat.replies.rows import TurnRows, with_all
from tui.chat.replies.tool_host import ReplyTools
from tui.dataclass import dataclass
from tui.errors import AlreadySentError, ChinwagError, MessageGoneError, StoreError
from tui.store.records import Conversation, Message, MessageState

if TYPE_CHECKING:
    from tui.agent.exceptions import AgentRunError
    from tui.agent.messages import ModelMessage
    from tui.agent.usage import Usage
    from tui.chat.budgets import ReplyBudget
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.replies.guard import Guard
    from tui.chat.replies.preparation import PreparedRun
    from tui.chat.replies.stream import ReplyStream
    from tui.chat.tools.questions import ToolAnswer
    from tui.chat.tools.toolbox import ToolSource

READING_S = 0.25
"""Seconds between two readings of the meter, also when nothing arrives: its clocks go on. Nobody reads faster."""


@dataclass(frozen=True, slots=True)
class LiveReply:
    """A reply under way, as it is at one moment.

    Attributes:
        conversation, prompt, reply: the rows as they were saved when the turn began.
        parts: what has come so far.
        reading: the meter.
        waiting: why nothing comes yet; None as soon as something does.
    """

    conversation: Conversation
    prompt: Message
    reply: Message
    parts: tuple[MessageContent, ...]
    reading: MeterReading
    waiting: Waiting | None = None

    @property
    def reply_id(self) -> str:
        """Id of the reply's row."""
        return self.reply.id


class Turn:
    """Sends a prompt in a conversation, or has its last one answered again, and streams the reply.

    Args:
        conversation: as the caller knows it; what the library knows of it is newer and wins.
        prompt: None answers the last prompt of the branch again, with a reply beside the old one.
        options: where the turn stands, who answers it, and what was answered to questions about it.
        guard: may have a question first; None asks nothing.
        tools: what there is to call; None for nothing.
        prompt_id: id under which the prompt was kept while it was not sent; its message gets it. "" for a new one.
        beat_s: seconds for which words gather before they are reported; 0 reports each as it comes.
        clock: seconds that only grow.

    Attributes:
        reply_id: id of the row that the reply gets.
        prompt: what is sent; None when an earlier prompt is answered again.
        prompt_id: the id that it was kept under; "" when it was not.
        options: as they were given.
        stopping: the person wants it to end.
        saved: the prompt and the reply's row are kept, on disk or, where it refuses, in memory.
        outcome: the event with which the turn ended, also when it was cancelled and no event could be sent any more.
    """

    def __init__(
        self,
        conversation: Conversation,
        library: Library,
        catalog: "Catalog",
        prompt: Prompt | None,
        options: TurnOptions = NEXT_TURN,
        *,
        guard: "Guard | None" = None,
        tools: "ToolSource | None" = None,
        prompt_id: str = "",
        beat_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reply_id = new_id()
        self.prompt = prompt
        self.prompt_id = prompt_id
        self.options = options
        self.saved = False
        self.outcome: ReplyEnded | None = None
        self._conversation = conversation
        self._library = library
        self._catalog = catalog
        self._reader = RowReader(library, catalog, prompt, self.reply_id, prompt_id)
        self._guard = guard
        self._tools = tools if options.tools else None
        self._beat_s = beat_s
        self._clock = clock
        self._on_disk = library.saves
        self._handed_over = False  # the rows may be saved, also when nobody waits for it any more
        self.stopping = False
        self._waiting: Waiting | None = None
        self._preparing: asyncio.Task[PreparedRun] | None = None
        self._stream: ReplyStream | None = None
        self._error: AgentRunError | ChinwagError | None = None
        self._usage: Usage | None = None
        self._buffer = ReplyBuffer(self.reply_id, clock)
        self._tool_host = ReplyTools(self._buffer, self.reply_id, library, self._wake)
        self._meter = ReplyMeter(clock)
        self._read_at = clock()
        self._pricing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[list[ChatEvent]] | None = None
        self._begun: Message | None = None
        self._prompt_row: Message
        self._terms: Terms
        self._record: ReplyRecord

    @property
    def conversation(self) -> Conversation:
        """As it is known now."""
        return self._conversation

    @property
    def conversation_id(self) -> str:
        """Id of the conversation."""
        return self._conversation.id

    @property
    def live(self) -> LiveReply | None:
        """All that has come so far; None until the prompt is saved, and after the end."""
        if not self.saved or self.outcome is not None:
            return None
        return LiveReply(
            self._conversation,
            self._prompt_row,
            self._record.row,
            self._buffer.parts,
            self._meter.reading(self._usage),
            self._waiting,
        )

    def stop(self) -> None:
        """Stop as soon as possible: what came so far is kept, and `ReplyStopped` is the last event."""
        self.stopping = True
        self._wake()
        if self._stream is None and self._preparing is not None:
            self._preparing.cancel()

    def answer_tool(self, call_id: str, answer: "ToolAnswer") -> bool:
        """Say whether a call may run that is asked about; False when nothing is asked about it."""
        return self._tool_host.answer(call_id, answer)

    def _wake(self) -> None:
        if self._stream is not None:
            self._stream.wake()

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        """The whole turn. Left early, by cancellation or `aclose`, it still writes what came.

        Raises:
            UsageError: there is no prompt yet that could be answered again.
            AlreadySentError: the prompt waited, and another window has sent it.
            MessageGoneError: the message that it stands at is not there any more.
            HeldError: there is a question first; nothing was saved.
            ChinwagError: the conversation cannot be read.
        """
        await imported("tui.agent.agent")
        rows = await self._find_rows()
        state: MessageState = "interrupted"
        try:
            while (saved := await self._save_prompt(rows)) is None and not self.stopping:  # another window was faster
                rows = await self._find_rows()
            if saved is None:
                return
            for event in saved:
                yield event
            async with aclosing(self._ask(rows)) as asked:
                async for event in asked:
                    yield event
            state = "interrupted" if self._stopped else "failed" if self._error else "done"
            for event in await self._close(state):
                yield event
        finally:
            if self._handed_over:
                await self._close(state)

    # The prompt to disk.

    async def _find_rows(self) -> TurnRows:
        rows = await self._asked(await self._reader.read(self._conversation, self.options))
        self._conversation, self._prompt_row = rows.conversation, rows.prompt
        self._record = ReplyRecord(self._library, rows.reply, self._buffer, self._clock)
        self._begun = rows.begun
        if rows.begun is not None:
            self._buffer.begin_with(Seam(begun_text(rows.begun), self._was_asked))
        return rows

    async def _asked(self, rows: TurnRows) -> TurnRows:
        """The rows as they are sent, once there is no question about them any more."""
        if self.options.answers.send_all:
            rows = with_all(rows)
        if self._guard is None or self.stopping:
            return rows
        if self.options.answers.leave_out:
            rows = await self._guard.leave_out(rows)
        beside = await self._reader.read_beside(self._conversation, self.options)
        if question := await self._guard.question(rows, self.options, beside):
            raise HeldError(question)
        return rows

    async def _save_prompt(self, rows: TurnRows) -> list[ChatEvent] | None:
        """What to report when it is done; None when the branch is not any more what it was when it was read."""
        reply, problem = rows.reply, ""
        prompt = rows.prompt if rows.new_prompt else None
        self._handed_over = True
        try:
            conversation = await self._library.start_turn(
                rows.conversation,
                prompt,
                reply,
                rows.attachments,
                leaf=rows.leaf,
                at=self.options.at,
                shown=self.options.shown,
            )
        except StoreError as error:
            self._on_disk, problem = False, error.message
            conversation = await self._library.current(rows.conversation)
        except (AlreadySentError, MessageGoneError):
            self._handed_over = False
            raise
        if conversation is None:
            self._handed_over = False
            return None
        self._conversation = conversation
        self.saved = True
        saved = PromptSaved(self._conversation, rows.prompt, reply)
        return [saved, NotSaved(reply.id, problem)] if problem else [saved]

    # The question to the model.

    def _was_asked(self) -> bool:
        """Whether the model was asked to go on with a reply, and was not given its beginning."""
        from tui.agent.models.continued import ContinuedModel

        model = self._stream.model if self._stream is not None else None
        return isinstance(model, ContinuedModel) and model.asked

    async def _ask(self, rows: TurnRows) -> AsyncGenerator[ChatEvent, None]:
        from tui.agent.exceptions import AgentRunError
        from tui.chat.replies.stream import ReplyStream

        if self.stopping or (prepared := await self._prepare(rows)) is None or self.stopping:
            return
        self._meter.restart(prepared.terms)
        self._terms = prepared.terms
        if prepared.priced:
            self._pricing = asyncio.create_task(self._catalog.load_prices(), name="prices")
        self._stream = stream = ReplyStream(prepared.request, self._buffer, self.reply_id, self._beat_s)
        self._usage = stream.usage
        async with prepared.budget, stream, aclosing(self._follow(stream, prepared.budget)) as events:
            async for event in events:
                yield event
        failure = stream.failure
        if isinstance(failure, AgentRunError | ChinwagError):
            self._error = failure
        elif failure is not None:
            raise failure

    async def _prepare(self, rows: TurnRows) -> "PreparedRun | None":
        """What the run needs; None when it cannot begin, or was stopped."""
        from tui.agent.exceptions import AgentRunError
        from tui.chat.replies.preparation import prepare_run

        # A key command may wait half a minute for a passphrase, and a stop does not wait with it.
        preparing = prepare_run(
            self._library,
            self._catalog,
            self._record.row,
            self._prompt_row,
            rows.earlier,
            rows.begun,
            tools=None if self._tools is None else (self._tools, self._tool_host),
            over_limit="limit" in self.options.answers.allowed,
            schema=self.options.schema,
        )
        self._preparing = asyncio.create_task(preparing, name="preparation")
        try:
            return await self._preparing
        except (ChinwagError, AgentRunError) as error:
            self._error = error
            return None
        except asyncio.CancelledError:
            if self.stopping and self._preparing.cancelled() and not _being_cancelled():
                return None
            raise

    async def _follow(self, stream: "ReplyStream", budget: "ReplyBudget") -> AsyncGenerator[ChatEvent, None]:
        """What arrives, the meter and the checkpoints, until the answer ends or is to stop."""
        while not stream.ended and not self.stopping:
            await stream.wait(min(READING_S, self._record.checkpoint_due_s))
            self._meter.rate_limits = stream.rate_limits
            for buffered in self._buffer.take():
                if (event := self._note(buffered, stream.usage)) is not None:
                    yield event
            if self._clock() - self._read_at >= READING_S:
                self._read_at = self._clock()
                yield UsageChanged(self.reply_id, self._meter.reading(stream.usage))
            if self._record.checkpoint(lambda: self._meter.stored(stream.usage), self._messages):
                budget.look_beside()  # other windows spend, too
            if problem := self._record.take_problem():
                yield NotSaved(self.reply_id, problem)

    def _note(self, event: BufferedEvent, usage: "Usage") -> ChatEvent | None:
        """Let meter, record and the card of waiting know of an event; None when nothing else needs it."""
        match event:
            case TextDelta() | ThinkingDelta() | PartReplaced():
                self._meter.arrived(usage)
                self._record.mark_changed()
                self._waiting = None
                return event
            case ToolStarted() | ToolChanged():
                if isinstance(event, ToolStarted):
                    self._meter.called(usage)
                if isinstance(event, ToolStarted) or event.call.state not in ("asking", "running"):
                    self._record.mark_called()  # how far a call is, is nothing that the engine has to show
                self._waiting = None
                return event
            case AnswerRefused():
                return event
            case Waiting():
                self._waiting = event
                return event
            case RequestStarted(step):
                if step == 1:
                    self._meter.restart(self._terms)  # servers of tools may have had to start
                else:
                    self._record.mark_called()
                    self._meter.requested(usage)
                return None
            case _:
                assert_never(event)

    # The answer to disk.

    @property
    def _stopped(self) -> bool:
        """Whether the person was faster than the end of the answer."""
        return self.stopping and (self._stream is None or not self._stream.complete)

    async def _close(self, state: MessageState) -> list[ChatEvent]:
        """Write the end, once: the first caller says how it ended, and a cancelled one changes nothing of it."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._write_end(state), name="end of reply")
        try:
            return await asyncio.shield(self._closing)
        except asyncio.CancelledError:
            await asyncio.wait({self._closing})
            raise

    async def _write_end(self, state: MessageState) -> list[ChatEvent]:
        reading, ending = MeterReading(), self._record.plain_ending("done" if state == "done" else "interrupted")
        try:
            reading, ending = await self._ending(state)
        finally:  # a bug in the figures, or in what the engine has to show, costs those and not the words
            events = await self._keep(ending, reading)
        return events

    async def _keep(self, ending: ReplyEnding, reading: MeterReading) -> list[ChatEvent]:
        reply = self._record.final_row(ending, reading)
        events: list[ChatEvent] = []
        await self._record.settled()
        try:
            conversation = await self._library.finish_reply(self._conversation, reply, datetime.now(UTC))
        except StoreError as error:
            events.append(NotSaved(reply.id, error.message))
            conversation = await self._library.current(self._conversation)
        self.outcome = self._last_event(conversation, reply, reading)
        return [*events, self.outcome]

    def _last_event(self, conversation: Conversation, reply: Message, reading: MeterReading) -> ReplyEnded:
        if self._error is not None and reply.state == "failed":
            return ReplyFailed(conversation, reply, self._failure(self._error), reading)
        if reply.state == "done":
            return ReplyDone(conversation, reply, reading, self._stream.value if self._stream is not None else "")
        return ReplyStopped(conversation, reply, reading)

    def _failure(self, error: "AgentRunError | ChinwagError") -> Failure:
        model_id = self._record.row.model
        failure = failure_of(error, model_id, prompt_saved=self._on_disk, partial=bool(self._buffer))
        if failure.kind == "model_not_found" and (near := self._catalog.nearest(model_id)):
            return replace(failure, hint=f"Did you mean {' or '.join(near)}?")
        return failure

    def _messages(self) -> "list[ModelMessage]":
        """What the engine has to show for the reply, with the beginning that was there."""
        from tui.chat.attachments.references import kept_apart

        messages = kept_apart(self._stream.messages) if self._stream is not None else []
        if self._begun is None:
            return messages
        return joined_messages(begun_messages(self._begun), messages, self._buffer.added)

    async def _ending(self, state: MessageState) -> tuple[MeterReading, ReplyEnding]:
        from tui.chat.replies.messages import charged_for, dump, finish_reason_of, text_of, thinking_of

        charged = charged_for(self._stream.messages if self._stream is not None else [])
        messages = self._messages()
        if self._stream is not None:  # also of an answer that was refused at once
            self._meter.rate_limits = self._stream.rate_limits
        if self._pricing is not None:
            await _settled(self._pricing, cancel=state != "done")
        self._meter.ended(charged)
        reading = self._meter.reading(self._usage)
        return reading, ReplyEnding(
            state=state,
            payload=dump(messages),
            # What was on screen is kept even if the engine has nothing to show for it.
            text=text_of(messages) or self._buffer.text,
            thinking=thinking_of(messages) or self._buffer.thinking,
            usage=reading.usage,
            price=reading.message_price if reading.usage.output is not None else None,
            failure=failure_to_json(self._failure(self._error)) if self._error and state == "failed" else "",
            finish_reason=finish_reason_of(messages) if state == "done" else "",
        )


def _being_cancelled() -> bool:
    """Whether it is this task that is to end, and not only one that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _settled(task: "asyncio.Task[None]", *, cancel: bool) -> None:
    """Wait for a task whose failure costs no more than what it was for."""
    if cancel:
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # asked for, or asyncio would complain
