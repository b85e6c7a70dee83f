"""Several models' answers to one prompt on standard output, one under the other, however their streams mix.

All are asked at once: the first as soon as the prompt is saved, and the others beside it, as in the app. The first one
is printed as it comes, each further one when those before it have ended; nothing is printed in between.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from tui.chat.catalog.catalog import Catalog
from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, SEND_ANYWAY
from tui.chat.replies.events import ChatEvent, PromptSaved, ReplyDone, ReplyFailed, ReplyStopped
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.turn import Turn
from tui.chat.usage import StoredUsage
from tui.commands.answer import print_answer, stopped_by_signals
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError
from tui.store.records import Conversation
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.replies.guard import Guard

_Queue = asyncio.Queue[ChatEvent | ChinwagError | None]


class Answers:
    """One prompt, and one turn for each model.

    Args:
        conversation: in which they answer; the first answer is the one that it shows.
        models: ids of them.
        guard: may have a question about one of them first: then that one is not asked.
        anyway: no question is asked.
    """

    def __init__(
        self,
        conversation: Conversation,
        library: Library,
        catalog: Catalog,
        prompt: Prompt,
        models: Sequence[str],
        guard: "Guard",
        *,
        anyway: bool,
    ) -> None:
        answers = replace(SEND_ANYWAY if anyway else NO_ANSWERS, compacted=True)  # all get the same history
        prompt_id = new_id()
        first, *others = models
        self._turns = [
            Turn(conversation, library, catalog, asked, options, guard=guard, prompt_id=kept)
            for asked, options, kept in (
                (prompt, TurnOptions(first, answers=answers), prompt_id),
                *((None, TurnOptions(one, at=prompt_id, shown=False, answers=answers), "") for one in others),
            )
        ]
        self._models = list(models)
        self._saves = library.saves
        self._queues: list[_Queue] = [asyncio.Queue() for _ in models]
        self._settled = asyncio.Event()  # the prompt is saved, or never will be
        self._saved = False
        self._stopping = False

    def stop(self) -> None:
        """Stop all of them; what came so far is kept."""
        self._stopping = True
        for turn in self._turns:
            turn.stop()

    async def print_texts(self, out: TextIO, err: TextIO) -> int:
        """Print each answer under the name of its model; returns the exit code.

        Raises:
            ChinwagError: the prompt could not be sent to anyone.
        """
        codes: list[int] = []
        async with self._asked():
            for number, model in enumerate(self._models):
                heading = f"{'' if number == 0 else chr(10)}## {clean_line(model)}\n\n"
                try:
                    codes.append(
                        await print_answer(
                            self._events(number), self.stop, out, err, saves=self._saves, heading=heading
                        )
                    )
                except ChinwagError as error:
                    if not self._saved:
                        self.stop()
                        raise
                    print_note(f"{clean_line(model)}: {error.sentence}", stream=err)
                    codes.append(ExitCode.FAILED)
                if codes[-1] >= ExitCode.CTRL_C:
                    self.stop()
                    break
        return max(codes)

    async def print_json(self, prompt: str) -> int:
        """Print all answers as one JSON object when the last has ended; returns the exit code.

        Raises:
            ChinwagError: the prompt could not be sent to anyone.
        """
        found: list[dict[str, Any]] = []
        conversation_id = ""
        with stopped_by_signals(self.stop) as received:
            async with self._asked():
                for number, model in enumerate(self._models):
                    answer: dict[str, Any] = {"model": model, "state": "interrupted", "text": ""}
                    try:
                        async for event in self._events(number):
                            if isinstance(event, ReplyDone | ReplyStopped | ReplyFailed):
                                answer, conversation_id = _answer(event), event.conversation.id
                    except ChinwagError as error:
                        if not self._saved:
                            raise
                        answer |= {"state": "failed", "failure": error.sentence}
                    found.append(answer)
        shown = {"conversation": conversation_id, "prompt": prompt, "answers": found}
        print_output(f"{json.dumps(shown, indent=2)}\n")
        if received:
            return 128 + received[0]
        return ExitCode.OK if all(one["state"] == "done" for one in found) else ExitCode.FAILED

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        """All turns, to their ends."""
        tasks = [asyncio.create_task(self._pull(number), name=f"answer {number}") for number in range(len(self._turns))]
        try:
            yield
        finally:
            await asyncio.gather(*tasks)

    async def _pull(self, number: int) -> None:
        """Take a turn's events as they come, whoever reads them when."""
        queue = self._queues[number]
        try:
            if number:
                await self._settled.wait()
            if number == 0 or (self._saved and not self._stopping):
                async with aclosing(self._turns[number].events()) as events:
                    async for event in events:
                        if isinstance(event, PromptSaved) and number == 0:
                            self._saved = True
                            self._settled.set()
                        queue.put_nowait(event)
        except ChinwagError as error:
            queue.put_nowait(error)
        finally:
            self._settled.set()
            queue.put_nowait(None)

    async def _events(self, number: int) -> AsyncGenerator[ChatEvent, None]:
        while (event := await self._queues[number].get()) is not None:
            if isinstance(event, ChinwagError):
                raise event
            yield event


def _answer(event: ReplyDone | ReplyStopped | ReplyFailed) -> dict[str, Any]:
    reply, usage = event.reply, StoredUsage.from_json(event.reply.usage)
    answer: dict[str, Any] = {
        "id": reply.id,
        "model": reply.model,
        "state": reply.state,
        "text": reply.text,
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "estimated": usage.estimated,
        "price_usd": None if reply.price is None else str(reply.price),
        "first_token_s": None if reply.first_token_ms is None else reply.first_token_ms / 1000,
        "total_s": None if reply.total_ms is None else reply.total_ms / 1000,
    }
    if isinstance(event, ReplyFailed):
        answer["failure"] = f"{event.failure.message} {event.failure.hint}".strip()
    return answer
