"""All replies under way and all prompts that wait for one; they outlive any screen. The one place that knows of both.

A screen subscribes and unsubscribes as it likes; one that comes back finds in `live` what it missed. Knows no Textual:
each turn is handed to a runner, which is `asyncio` by itself and a worker of the app there.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from tui.chat.catalog.catalog import Catalog
from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import PromptReturned, QueueChanged, RepliesEvent, ReplyDone
from tui.chat.replies.turn import LiveReply, Turn
from tui.errors import ChinwagError
from tui.store.records import Conversation

Receiver = Callable[[str, RepliesEvent], None]
"""Called with the conversation's id and the event."""
Runner = Callable[[str, Coroutine[Any, Any, None]], None]
"""Runs a turn to its end in the background; the first argument is the reply's id."""


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """A prompt that waits for the end of a reply.

    Attributes:
        model: id of the model that was chosen when it was written.
    """

    id: str
    conversation: Conversation
    prompt: Prompt
    model: str


class Replies:
    """Starts, queues, stops and reports replies, each under its reply's id."""

    def __init__(self, library: Library, catalog: Catalog) -> None:
        self._library = library
        self._catalog = catalog
        self._turns: dict[str, Turn] = {}
        self._queued: list[QueuedPrompt] = []
        self._receivers: list[Receiver] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._run: Runner = self._run_task

    def run_with(self, runner: Runner) -> None:
        """Hand turns to `runner` from now on, such as one that makes each of them a worker of the app."""
        self._run = runner

    # What is under way.

    @property
    def running(self) -> frozenset[str]:
        """Ids of the conversations in which a reply is under way or about to be."""
        return frozenset(turn.conversation_id for turn in self._turns.values())

    @property
    def coming(self) -> bool:
        """Whether a reply comes in that nobody has stopped."""
        return any(not turn.stopping for turn in self._turns.values())

    def live(self, conversation_id: str) -> tuple[LiveReply, ...]:
        """The replies of a conversation whose prompt is saved, with all that has come; oldest first."""
        found = (turn.live for turn in self._turns.values() if turn.conversation_id == conversation_id)
        return tuple(live for live in found if live is not None)

    def queued(self, conversation_id: str) -> tuple[QueuedPrompt, ...]:
        """The prompts of a conversation that wait, the next one first."""
        return tuple(queued for queued in self._queued if queued.conversation.id == conversation_id)

    def subscribe(self, receive: Receiver) -> Callable[[], None]:
        """Have `receive` called with each event from now on; returns what ends that."""
        self._receivers.append(receive)

        def unsubscribe() -> None:
            if receive in self._receivers:
                self._receivers.remove(receive)

        return unsubscribe

    # Starting and stopping.

    def send(self, conversation: Conversation, prompt: Prompt) -> str:
        """Send a prompt, or queue it while a reply of its conversation is under way.

        Returns:
            The reply's id; "" when the prompt was queued.
        """
        if conversation.id in self.running:
            self._queued.append(QueuedPrompt(new_id(), conversation, prompt, conversation.model))
            self._publish(conversation.id, QueueChanged(conversation.id))
            return ""
        return self._start(Turn(conversation, self._library, self._catalog, prompt))

    def answer_again(self, conversation: Conversation, *, model: str = "") -> str:
        """Answer the last prompt again, beside any reply that is under way; returns the new reply's id.

        Args:
            conversation: the last prompt of its active branch is answered.
            model: id of the model that answers; "" for the conversation's.
        """
        return self._start(Turn(conversation, self._library, self._catalog, None, model=model))

    def stop(self, conversation_id: str) -> bool:
        """Stop the replies of a conversation; False when none is under way. What is queued goes back to its writer."""
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

    def stop_all(self) -> None:
        """Stop every reply; what is queued is not sent any more."""
        for turn in self._turns.values():
            turn.stop()

    def abandon(self, conversation_id: str) -> None:
        """Stop the replies of a conversation that goes, and drop what is queued in it."""
        self._queued = [queued for queued in self._queued if queued.conversation.id != conversation_id]
        self.stop(conversation_id)

    # The queue.

    def send_next(self, conversation_id: str) -> bool:
        """Send the first prompt that waits in a conversation where no reply is under way; False when there is none."""
        waiting = self.queued(conversation_id)
        if not waiting or conversation_id in self.running:
            return False
        self.unqueue(waiting[0].id)
        first = waiting[0]
        self._start(Turn(first.conversation, self._library, self._catalog, first.prompt, model=first.model))
        return True

    def unqueue(self, queued_id: str) -> Prompt | None:
        """Take a prompt out of the queue; None when it was not in it any more."""
        for queued in self._queued:
            if queued.id == queued_id:
                self._queued.remove(queued)
                self._publish(queued.conversation.id, QueueChanged(queued.conversation.id))
                return queued.prompt
        return None

    # The pieces.

    def _start(self, turn: Turn) -> str:
        self._turns[turn.reply_id] = turn
        self._run(turn.reply_id, self._follow(turn))
        return turn.reply_id

    def _run_task(self, reply_id: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"reply {reply_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, turn: Turn) -> None:
        """Report all of a turn; cancelled, it stops the reply, and what came of it is kept."""
        problem, reported = "", False
        try:
            async with aclosing(turn.events()) as events:
                async for event in events:
                    reported = reported or event is turn.outcome
                    if reported:
                        self._forget(turn)  # a receiver of the end finds no reply under way
                    self._publish(turn.conversation_id, event)
        except ChinwagError as error:  # it could not even begin
            problem = error.sentence
        finally:
            self._forget(turn)
            if not turn.saved:
                returned = PromptReturned(turn.conversation_id, turn.reply_id, turn.prompt, problem)
                self._publish(turn.conversation_id, returned)
            elif turn.outcome is not None and not reported:
                # Cancelled: the turn could not say so any more, but the row is written.
                self._publish(turn.conversation_id, turn.outcome)
            if isinstance(turn.outcome, ReplyDone) and not turn.stopping:
                self.send_next(turn.conversation_id)
            elif turn.conversation_id not in self.running:  # after a stop or a failure the person decides
                self._return_queued(turn.conversation_id)

    def _return_queued(self, conversation_id: str) -> None:
        """Give what waits back to its writer, the last prompt first: each comes above what was written since."""
        for queued in reversed(self.queued(conversation_id)):
            self.unqueue(queued.id)
            self._publish(conversation_id, PromptReturned(conversation_id, "", queued.prompt, ""))

    def _forget(self, turn: Turn) -> None:
        self._turns.pop(turn.reply_id, None)

    def _publish(self, conversation_id: str, event: RepliesEvent) -> None:
        for receive in tuple(self._receivers):
            try:
                receive(conversation_id, event)
            except Exception as error:  # noqa: BLE001  a reply that is paid for does not depend on how it is drawn
                self._run("receiver", _raising(error))


async def _raising(error: Exception) -> None:
    """Break down by an error, where the runner reports it."""
    raise error
