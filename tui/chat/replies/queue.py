"""The prompts of all chats that wait for the end of a reply: their order, in memory and on disk. Sends nothing."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from tui.chat.questions import SendingAnswers
from tui.chat.unsent import QueuedPrompt, UnsentPrompts


class PromptQueue:
    """Prompts that wait, by conversation.

    Args:
        unsent: keeps them on disk.
        changed: called with a conversation's id when its queue is another one.
    """

    def __init__(self, unsent: UnsentPrompts, changed: Callable[[str], None]) -> None:
        self._unsent = unsent
        self._changed = changed
        self._queued: list[QueuedPrompt] = []
        self._dropped: tuple[QueuedPrompt, ...] = ()
        self._writing: set[asyncio.Task[object]] = set()

    def of(self, conversation_id: str) -> tuple[QueuedPrompt, ...]:
        """The prompts of a conversation, the next one first."""
        return tuple(queued for queued in self._queued if queued.conversation.id == conversation_id)

    def find(self, id: str) -> QueuedPrompt | None:
        """The prompt with this id, if it still waits."""
        return next((queued for queued in self._queued if queued.id == id), None)

    @property
    def conversations(self) -> frozenset[str]:
        """Ids of those in which a prompt waits."""
        return frozenset(queued.conversation.id for queued in self._queued)

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all prompts that wait."""
        return frozenset(queued.id for queued in self._queued)

    # What comes in.

    def add(self, new: Collection[QueuedPrompt], *, first: bool = False) -> None:
        """Let prompts of one conversation wait behind the others, or in front of them."""
        self._queued = [*new, *self._queued] if first else [*self._queued, *new]
        for conversation_id in {queued.conversation.id for queued in new}:
            self._write_order(conversation_id, new)

    def adopt(self, found: Iterable[QueuedPrompt]) -> None:
        """Take in prompts that are on disk: they waited when their window ended."""
        new = [queued for queued in found if queued.id not in self.ids]
        self._queued += new
        for conversation_id in {queued.conversation.id for queued in new}:
            self._changed(conversation_id)

    def put_back(self, queued: QueuedPrompt) -> None:
        """Let a prompt that could not be sent wait again, in front of the others, and held."""
        self._queued.insert(0, replace(queued, held=True))
        self._changed(queued.conversation.id)

    # What changes.

    def move(self, id: str, steps: int) -> None:
        """Let a prompt wait so many places further back, or with fewer than 0 further in front; the ends stop it."""
        if (queued := self.find(id)) is None:
            return
        row = list(self.of(queued.conversation.id))
        place = row.index(queued)
        row.insert(min(max(place + steps, 0), len(row) - 1), row.pop(place))
        self._queued = [one for one in self._queued if one.conversation.id != queued.conversation.id] + row
        self._write_order(queued.conversation.id)

    def hold(self, conversation_id: str, held: bool) -> bool:
        """Hold all that waits in a conversation, or nothing of it; False when nothing changes by that."""
        if all(queued.held is held for queued in self.of(conversation_id)):
            return False
        self._queued = [
            replace(queued, held=held) if queued.conversation.id == conversation_id else queued
            for queued in self._queued
        ]
        self._changed(conversation_id)
        return True

    def answered(self, id: str, answers: SendingAnswers, model: str = "") -> QueuedPrompt | None:
        """Note what was answered to the questions about a prompt, and with a model, who answers it now.

        Returns:
            None when it does not wait any more.
        """
        if (queued := self.find(id)) is None:
            return None
        changed = replace(queued, answers=answers, model=model or queued.model)
        self._queued[self._queued.index(queued)] = changed
        return changed

    def bring_forward(self, queued: QueuedPrompt) -> None:
        """Let a prompt be the next one, and hold it no more."""
        self._queued.remove(queued)
        self._queued.insert(0, replace(queued, held=False))
        self._write_order(queued.conversation.id)

    # What goes.

    def take_out(self, id: str) -> QueuedPrompt | None:
        """Take a prompt out; None when it does not wait any more.

        On disk it stays until the message or the draft that it becomes is there.
        """
        queued = self.find(id)
        if queued is not None:
            self._queued.remove(queued)
            self._changed(queued.conversation.id)
        return queued

    def take_next(self, conversation_id: str) -> QueuedPrompt | None:
        """Take out the first prompt that is not held, without saying so; None when there is none."""
        first = next((queued for queued in self.of(conversation_id) if not queued.held), None)
        if first is not None:
            self._queued.remove(first)
        return first

    def drop(self, ids: Collection[str]) -> int:
        """Drop prompts of one conversation, which `undrop` brings back; returns how many waited still."""
        dropped = tuple(queued for queued in self._queued if queued.id in ids)
        if dropped:
            self._dropped = dropped
            self._queued = [queued for queued in self._queued if queued.id not in ids]
            self._write(self._unsent.remove([queued.id for queued in dropped]))
            self._changed(dropped[0].conversation.id)
        return len(dropped)

    @property
    def dropped_in(self) -> str:
        """Id of the conversation whose prompts were dropped last, and can come back; "" for none."""
        return self._dropped[0].conversation.id if self._dropped else ""

    def undrop(self, *, held: bool) -> None:
        """Bring back what was dropped last."""
        dropped, self._dropped = self._dropped, ()
        self.add([replace(queued, held=held) for queued in dropped])

    def forget(self, conversation_id: str) -> None:
        """Let go of the queue of a conversation that goes; on disk it stays, for its return from the trash."""
        self._queued = [queued for queued in self._queued if queued.conversation.id != conversation_id]
        if self.dropped_in == conversation_id:
            self._dropped = ()

    # The disk.

    async def written(self) -> None:
        """Wait until the disk has everything, or has refused it."""
        while self._writing:
            await asyncio.wait(tuple(self._writing))

    def _write_order(self, conversation_id: str, new: Collection[QueuedPrompt] = ()) -> None:
        ids = [queued.id for queued in self.of(conversation_id)]
        self._write(self._unsent.put_queue(tuple(new), ids))
        self._changed(conversation_id)

    def _write(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work, name="queue")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
