"""All replies under way and all prompts that wait for one; they outlive any screen. The one place that knows of both.

A screen subscribes and unsubscribes as it likes; one that comes back finds in `live` what it missed. Knows no Textual:
each turn is handed to a runner, which is `asyncio` by itself and a worker of the app there.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tui.chat.catalog.catalog import Catalog
from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, HeldError, SendingAnswers, SendingQuestion
from tui.chat.rate_limits import RateLimits
from tui.chat.replies.options import NEXT_TURN, Compaction, TurnOptions
from tui.chat.replies.queue import PromptQueue
from tui.chat.unsent import QueuedPrompt
from tui.errors import AlreadySentError, ChinwagError
from tui.model_id import ModelId
from tui.store.records import Conversation

if TYPE_CHECKING:
    from tui.chat.replies.events import RepliesEvent
    from tui.chat.replies.guard import Guard
    from tui.chat.replies.turn import LiveReply, Turn
    from tui.chat.tools.questions import ToolAnswer
    from tui.chat.tools.toolbox import ToolSource

Receiver: TypeAlias = "Callable[[str, RepliesEvent], None]"
"""Called with the conversation's id and the event."""
Work = Callable[[], Coroutine[Any, Any, None]]
Runner = Callable[[str, Work], None]
"""Runs a turn to its end in the background; the first argument is the reply's id."""


class Replies:
    """Starts, queues, stops and reports replies, each under its reply's id.

    Args:
        guard: may have questions before a prompt is sent; None has none.
        tools: what models may call where it is switched on; None for nothing.

    Attributes:
        queue: the prompts that wait.
        rate_limits: what each provider has said last is left of its limits, by the provider's name.
    """

    def __init__(
        self,
        library: Library,
        catalog: Catalog,
        guard: "Guard | None" = None,
        tools: "ToolSource | None" = None,
    ) -> None:
        self._library = library
        self._catalog = catalog
        self._guard = guard
        self._tools = tools
        self._turns: dict[str, Turn] = {}
        self.queue = PromptQueue(library.unsent_prompts, self._report_queue)
        self._sending: dict[str, QueuedPrompt] = {}  # out of the queue, and not saved as a message yet; by reply id
        self.rate_limits: dict[str, RateLimits] = {}
        self._going_on: set[str] = set()  # conversations that send their next prompt although they were stopped
        self._receivers: list[Receiver] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._run: Runner = self._run_task
        self._beat_s = 0.0

    def run_with(self, runner: Runner, *, beat_s: float = 0.0) -> None:
        """Hand turns to `runner` from now on, such as one that makes each of them a worker of the app.

        Args:
            runner: runs them.
            beat_s: seconds for which words gather, of all replies until the same moments: as often as they are shown,
                since each report costs as much as a word. 0 reports each as it comes.
        """
        self._run, self._beat_s = runner, beat_s

    # What is under way.

    @property
    def running(self) -> frozenset[str]:
        """Ids of the conversations in which a reply is under way or about to be."""
        return frozenset(turn.conversation_id for turn in self._turns.values())

    def starting(self, conversation_id: str) -> bool:
        """Whether a reply of a conversation is about to begin or to end: what is read of it now may be old at once."""
        return any(turn.live is None for turn in self._turns.values() if turn.conversation_id == conversation_id)

    @property
    def coming(self) -> bool:
        """Whether a reply comes in that nobody has stopped."""
        return any(not turn.stopping for turn in self._turns.values())

    def live(self, conversation_id: str) -> "tuple[LiveReply, ...]":
        """The replies of a conversation whose prompt is saved, with all that has come; oldest first."""
        found = (turn.live for turn in self._turns.values() if turn.conversation_id == conversation_id)
        return tuple(live for live in found if live is not None)

    @property
    def prompt_ids(self) -> frozenset[str]:
        """Ids of all prompts that wait or are being sent, as they are kept on disk."""
        return self.queue.ids | {turn.prompt_id for turn in self._turns.values() if turn.prompt_id}

    def subscribe(self, receive: Receiver) -> Callable[[], None]:
        """Have `receive` called with each event from now on; returns what ends that."""
        self._receivers.append(receive)

        def unsubscribe() -> None:
            if receive in self._receivers:
                self._receivers.remove(receive)

        return unsubscribe

    # Starting and stopping.

    def send(
        self,
        conversation: Conversation,
        prompt: Prompt,
        *,
        prompt_id: str = "",
        model: str = "",
        answers: SendingAnswers = NO_ANSWERS,
    ) -> str:
        """Send a prompt behind the branch that is shown, or queue it while a reply of its conversation is under way.

        Args:
            conversation: where it was written.
            prompt: what was written.
            prompt_id: the id that it is kept under as a draft; its message gets it. "" for a new one.
            model: id of the model that answers this one prompt; "" for the conversation's.
            answers: what was answered to the questions about it.

        Returns:
            The reply's id; "" when the prompt was queued.
        """
        prompt_id = prompt_id or new_id()
        if conversation.id in self.running:
            queued = QueuedPrompt(prompt_id, conversation, prompt, model or conversation.model, answers=answers)
            self.queue.add([queued])
            return ""
        return self._start(self._turn(conversation, prompt, TurnOptions(model, answers=answers), prompt_id))

    def send_at(self, conversation: Conversation, prompt: Prompt, options: TurnOptions, *, prompt_id: str = "") -> str:
        """Send a prompt beside an earlier one, or behind any reply, whatever else is under way; returns the reply's id.

        Args:
            conversation: where it was written.
            prompt: what was written.
            options: where it stands, and who answers it.
            prompt_id: as for `send`.
        """
        return self._start(self._turn(conversation, prompt, options, prompt_id or new_id()))

    def answer_again(self, conversation: Conversation, options: TurnOptions = NEXT_TURN) -> str:
        """Answer a prompt again, beside any reply that is under way; returns the new reply's id.

        A summary for which other prompts wait, and about which there was a question, holds them no more.

        Args:
            conversation: the prompt's.
            options: which prompt, and who answers it.
        """
        if options.compaction is not None and options.answers.compacted:
            self.queue.hold(conversation.id, False)
        return self._start(self._turn(conversation, None, options))

    def compact(
        self,
        conversation: Conversation,
        *,
        words: str = "",
        at: str = "",
        for_model: str = "",
        answers: SendingAnswers = NO_ANSWERS,
    ) -> str:
        """Have a model sum up what is older, behind the last message; returns the id of the summary.

        What is sent to the conversation meanwhile waits for it, and stays held if it does not come to its end.

        Args:
            conversation: no reply of it is under way.
            words: what the summariser is told besides.
            at: id of the message where the summary stands, above a prompt or behind a reply; "" for the end.
            for_model: id of the model that is asked next; "" for the conversation's.
            answers: what was answered to the questions about the prompt for which it is done.
        """
        compaction = Compaction(words, self._guard.summariser if self._guard is not None else "", for_model)
        options = TurnOptions(at=at, compaction=compaction, answers=answers)
        return self._start(self._turn(conversation, None, options))

    def stop(self, conversation_id: str) -> bool:
        """Stop the replies of a conversation, and hold what waits there; False when none is under way."""
        self._going_on.discard(conversation_id)
        turns = [turn for turn in self._turns.values() if turn.conversation_id == conversation_id]
        for turn in turns:
            turn.stop()
        return bool(turns)

    def stop_reply(self, reply_id: str) -> bool:
        """Stop one reply; False when it is not under way."""
        turn = self._turns.get(reply_id)
        if turn is not None:
            turn.stop()
        return turn is not None

    def answer_tool(self, reply_id: str, call_id: str, answer: "ToolAnswer") -> bool:
        """Say whether a call of a reply may run; False when nothing is asked about it any more."""
        turn = self._turns.get(reply_id)
        return turn is not None and turn.answer_tool(call_id, answer)

    def stop_all(self) -> None:
        """Stop every reply; what is queued is not sent any more."""
        self._going_on.clear()
        for turn in self._turns.values():
            turn.stop()

    def abandon(self, conversation_id: str) -> None:
        """Stop the replies of a conversation that goes, and let go of its queue."""
        self.queue.forget(conversation_id)
        self.stop(conversation_id)

    # The queue.

    def send_next(self, conversation_id: str) -> bool:
        """Send the first prompt that is not held, where no reply is under way; False when there is none."""
        if conversation_id in self.running or (queued := self.queue.take_next(conversation_id)) is None:
            return False
        options = TurnOptions(queued.model, answers=queued.answers)
        turn = self._turn(queued.conversation, queued.prompt, options, queued.id)
        self._sending[turn.reply_id] = queued
        self._start(turn)
        self._report_queue(conversation_id)
        return True

    def release(self, conversation_id: str) -> bool:
        """Hold nothing of a conversation any more, and send its first prompt once no reply is under way.

        Returns:
            False when nothing was held.
        """
        released = self.queue.hold(conversation_id, False)
        if released:
            self.send_next(conversation_id)
        return released

    def send_queued(self, queued_id: str, answers: SendingAnswers, *, model: str = "") -> bool:
        """Send a prompt that was held for a question, and hold nothing of its conversation any more.

        Args:
            queued_id: its id.
            answers: what was answered to questions about it.
            model: id of another model that answers it; "" for the one that was chosen when it was written.

        Returns:
            False when it does not wait any more.
        """
        queued = self.queue.answered(queued_id, answers, model)
        return queued is not None and self.release(queued.conversation.id)

    def send_now(self, queued_id: str) -> bool:
        """Stop what is under way, and send this prompt first; False when it does not wait any more."""
        if (queued := self.queue.find(queued_id)) is None:
            return False
        conversation_id = queued.conversation.id
        self.queue.bring_forward(queued)
        if not self.send_next(conversation_id):
            self.stop(conversation_id)
            self._going_on.add(conversation_id)
        return True

    # The pieces.

    def _turn(
        self, conversation: Conversation, prompt: Prompt | None, options: TurnOptions, prompt_id: str = ""
    ) -> "Turn":
        from tui.chat.replies.turn import Turn

        return Turn(
            conversation,
            self._library,
            self._catalog,
            prompt,
            options,
            guard=self._guard,
            tools=self._tools,
            prompt_id=prompt_id,
            beat_s=self._beat_s,
        )

    def _start(self, turn: "Turn") -> str:
        self._turns[turn.reply_id] = turn
        self._run(turn.reply_id, partial(self._follow, turn))
        return turn.reply_id

    def _run_task(self, reply_id: str, work: Work) -> None:
        task = asyncio.create_task(work(), name=f"reply {reply_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, turn: "Turn") -> None:
        """Report all of a turn; cancelled, it stops the reply, and what came of it is kept."""
        problem, reported, sent_elsewhere, question = "", False, False, None
        try:
            async with aclosing(turn.events()) as events:
                async for event in events:
                    reported = reported or event is turn.outcome
                    if reported:
                        self._forget(turn)  # a receiver of the end finds no reply under way
                    self._publish(turn.conversation_id, event)
        except AlreadySentError:
            sent_elsewhere = True
        except HeldError as held:
            question = held.question
        except ChinwagError as error:  # it could not even begin
            problem = error.sentence
        finally:
            self._forget(turn)
            queued = self._sending.pop(turn.reply_id, None)
            if question is not None and not turn.stopping:  # who has stopped it is asked nothing
                self._hold(turn, queued, question)
            elif not turn.saved and not sent_elsewhere:
                self._return(turn, queued, problem)
            elif turn.outcome is not None and not reported:
                # Cancelled: the turn could not say so any more, but the row is written.
                self._publish(turn.conversation_id, turn.outcome)
            from tui.chat.replies.events import ReplyDone

            done = sent_elsewhere or (isinstance(turn.outcome, ReplyDone) and not turn.stopping)
            self._go_on(turn.conversation_id, done)

    def _return(self, turn: "Turn", queued: QueuedPrompt | None, problem: str) -> None:
        """Give a prompt that could not be sent back to its writer; one that waited waits again, and is held."""
        if queued is not None:
            self.queue.put_back(queued)
        from tui.chat.replies.events import PromptReturned

        returned = PromptReturned(
            turn.conversation_id,
            turn.reply_id,
            turn.prompt if queued is None else None,
            problem,
            turn.prompt_id,
            turn.options.model,
        )
        self._publish(turn.conversation_id, returned)

    def _hold(self, turn: "Turn", queued: QueuedPrompt | None, question: SendingQuestion) -> None:
        """Give a prompt back to its writer, with a question; one that waited waits again, and is held."""
        if question.automatic and turn.prompt is not None:
            self._compact_first(turn, turn.prompt)
            return
        if queued is not None:
            self.queue.put_back(queued)
        from tui.chat.replies.events import PromptHeld

        held = PromptHeld(
            turn.conversation_id,
            turn.reply_id,
            question,
            turn.options,
            turn.prompt if queued is None else None,
            turn.prompt_id,
            "" if queued is None else queued.id,
        )
        self._publish(turn.conversation_id, held)

    def _compact_first(self, turn: "Turn", prompt: Prompt) -> None:
        """Sum up what is older before a prompt goes out, which waits for it in front of all others."""
        conversation, options = turn.conversation, turn.options
        answers = replace(options.answers, compacted=True)
        model = options.model or conversation.model
        queued = QueuedPrompt(turn.prompt_id or new_id(), conversation, prompt, model, answers=answers)
        self.compact(conversation, for_model=model, answers=answers)
        self.queue.add([queued], first=True)

    def _go_on(self, conversation_id: str, done: bool) -> None:
        """Send the next prompt after an answer, or when the person wants it; after a stop or a failure they decide."""
        if conversation_id in self.running:
            return
        if done or conversation_id in self._going_on:
            self._going_on.discard(conversation_id)
            self.send_next(conversation_id)
        else:
            self.queue.hold(conversation_id, True)

    def _forget(self, turn: "Turn") -> None:
        if turn.outcome is not None and (limits := turn.outcome.reading.rate_limits) is not None:
            self.rate_limits[ModelId.parse(turn.outcome.reply.model).provider] = limits
        self._turns.pop(turn.reply_id, None)

    def _report_queue(self, conversation_id: str) -> None:
        from tui.chat.replies.events import QueueChanged

        self._publish(conversation_id, QueueChanged(conversation_id))

    def _publish(self, conversation_id: str, event: "RepliesEvent") -> None:
        for receive in tuple(self._receivers):
            try:
                receive(conversation_id, event)
            except Exception as error:  # noqa: BLE001  a reply that is paid for does not depend on how it is drawn
                self._run("receiver", partial(_raising, error))


async def _raising(error: Exception) -> None:
    """Break down by an error, where the runner reports it."""
    raise error
