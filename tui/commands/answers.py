"""Several models' answers to one prompt on standard output, one under the other, however their streams mix.

All are asked at once, as in the app and by what asks there. The first one is printed as it comes, each further one when
those before it have ended; nothing is printed in between.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TextIO

from tui.chat.comparison import Column, Comparison
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, SEND_ANYWAY, HeldError
from tui.chat.replies.events import (
    ChatEvent,
    PromptHeld,
    PromptReturned,
    QueueChanged,
    RepliesEvent,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
)
from tui.chat.replies.replies import Replies
from tui.commands.answer import print_answer, stopped_from_outside
from tui.commands.answer_events import EventLines
from tui.commands.answer_facts import answer_facts
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError
from tui.store.records import Conversation
from tui.streams import print_note, print_output
from tui.text import clean_line

_Queue = asyncio.Queue[ChatEvent | ChinwagError | None]


class Answers:
    """One prompt, and one answer of each model.

    Args:
        replies: run the turns.
        conversation: in which they answer; the first answer is the one that it shows.
        prompt: what is asked.
        models: ids of them.
        saves: the library keeps them; not where there is none, or it may only be read.
        anyway: no question is asked.
        schema: JSON schema as JSON text that each answer has to fit; "" for any.
    """

    def __init__(
        self,
        replies: Replies,
        conversation: Conversation,
        prompt: Prompt,
        models: Sequence[str],
        *,
        saves: bool,
        anyway: bool,
        schema: str = "",
    ) -> None:
        self._replies = replies
        self._prompt = prompt
        self._saves = saves
        columns = [Column(model) for model in models]
        answers = SEND_ANYWAY if anyway else NO_ANSWERS
        self._comparison = Comparison(replies, conversation, columns, answers=answers, schema=schema)
        self._listen: Callable[[ChatEvent], None] = lambda event: None
        self._queues: list[_Queue] = [asyncio.Queue() for _ in models]  # what each reports, and None behind it
        self._open = set(range(len(columns)))
        self._ended = asyncio.Event()

    @property
    def _saved(self) -> bool:
        """Whether the prompt is, so that each answer stands for itself."""
        return bool(self._comparison.columns[0].prompt_id)

    def stop(self) -> None:
        """Stop all of them; what came so far is kept."""
        self._comparison.stop_all()
        self._close_ended()

    async def print_texts(self, out: TextIO, err: TextIO) -> int:
        """Print each answer under the name of its model; returns the exit code.

        Raises:
            ChinwagError: the prompt could not be sent to anyone.
        """
        codes: list[int] = []
        async with self._asked():
            for number, column in enumerate(self._comparison.columns):
                model = clean_line(column.model)
                heading = f"{'' if number == 0 else chr(10)}## {model}\n\n"
                try:
                    codes.append(
                        await print_answer(
                            self._events(number), self.stop, out, err, saves=self._saves, heading=heading
                        )
                    )
                except ChinwagError as error:
                    if not self._saved:
                        raise
                    print_note(f"{model}: {error.sentence}", stream=err)
                    codes.append(ExitCode.FAILED)
                if codes[-1] >= ExitCode.CTRL_C:
                    self.stop()
                    break
        return max(codes)

    async def print_json(self) -> int:
        """Print all answers as one JSON object when the last has ended; returns the exit code.

        Raises:
            ChinwagError: the prompt could not be sent to anyone.
        """
        found: list[dict[str, Any]] = []
        with stopped_from_outside(self.stop, sys.stdout) as codes:
            async with self._asked():
                for number, column in enumerate(self._comparison.columns):
                    answer: dict[str, Any] = {"model": column.model, "state": "interrupted", "text": ""}
                    try:
                        async for event in self._events(number):
                            if isinstance(event, ReplyDone | ReplyStopped | ReplyFailed):
                                answer = answer_facts(event)
                    except ChinwagError as error:
                        if not self._saved:
                            raise
                        answer |= {"state": "failed", "failure": error.sentence}
                    found.append(answer)
        conversation_id = self._comparison.conversation.id if self._saved else ""
        shown = {"conversation": conversation_id, "prompt": self._prompt.text, "answers": found}
        print_output(f"{json.dumps(shown, indent=2)}\n")
        if codes:
            return codes[0]
        return ExitCode.OK if all(one["state"] == "done" for one in found) else ExitCode.FAILED

    async def print_events(self, lines: EventLines) -> int:
        """Write what happens in all answers, in the order in which it does; returns the exit code.

        Raises:
            ChinwagError: the prompt could not be sent to anyone.
        """

        def show(event: ChatEvent) -> None:
            lines.show(event)
            if lines.broken:
                self.stop()

        self._listen = show
        with stopped_from_outside(self.stop, lines.out) as codes:
            async with self._asked():
                for number, column in enumerate(self._comparison.columns):
                    try:
                        async for _ in self._events(number):
                            pass  # it was written when it came
                    except ChinwagError as error:
                        if not self._saved:
                            raise
                        lines.fail(column.reply_id, column.model, error)
        return codes[0] if codes else lines.code

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        """All turns, to their ends."""
        leave = self._replies.subscribe(self._receive)
        try:
            self._comparison.send(self._prompt)
            try:
                yield
            except BaseException:
                self.stop()
                raise
            finally:
                await self._ended.wait()
        finally:
            leave()

    def _receive(self, _: str, event: RepliesEvent) -> None:
        column = self._comparison.column_of(event)
        if column is None or isinstance(event, QueueChanged):
            return
        queue = self._queues[self._comparison.columns.index(column)]
        self._comparison.receive(event)
        match event:
            case PromptHeld(question=question):
                queue.put_nowait(HeldError(question))
            case PromptReturned(message=message):
                if message:  # else it was stopped
                    queue.put_nowait(ChinwagError(message))
            case _:
                self._listen(event)
                queue.put_nowait(event)
        self._close_ended()

    def _close_ended(self) -> None:
        """Nothing more is reported by those that have ended, or are not asked any more."""
        for number in [one for one in self._open if not self._comparison.columns[one].running]:
            self._open.remove(number)
            self._queues[number].put_nowait(None)
        if not self._open:
            self._ended.set()

    async def _events(self, number: int) -> AsyncGenerator[ChatEvent, None]:
        while (event := await self._queues[number].get()) is not None:
            if isinstance(event, ChinwagError):
                raise event
            yield event
