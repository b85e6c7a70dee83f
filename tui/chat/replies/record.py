"""The row of a reply under way: checkpoints while it streams, and its final form. Knows no engine and no screen."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.library import Library
from tui.chat.replies.buffer import ReplyBuffer
from tui.chat.replies.meter import MeterReading
from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.store.records import Message, MessageState

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage

CHECKPOINT_S = 0.5


@dataclass(frozen=True, slots=True)
class ReplyEnding:
    """How a reply ended: the columns of its row that are known only then."""

    state: MessageState
    payload: bytes
    text: str
    thinking: str
    usage: StoredUsage
    price: Decimal | None
    failure: str
    finish_reason: str


class ReplyRecord:
    """Keeps what is in the buffer on disk while it streams.

    A checkpoint never delays the stream: it is written beside it, one at a time, at most every half second.

    Attributes:
        row: the reply as it was when it began.
    """

    def __init__(self, library: Library, row: Message, buffer: ReplyBuffer, clock: Callable[[], float]) -> None:
        self.row = row
        self._library = library
        self._buffer = buffer
        self._clock = clock
        self._dirty = self._called = False
        self._payload = row.payload
        self._usage = StoredUsage()
        self._saved_at = clock()
        self._saving: asyncio.Task[None] | None = None
        self._problem = ""
        self._reported = False

    def mark_changed(self) -> None:
        """The buffer has more than the last checkpoint."""
        self._dirty = True

    def mark_called(self) -> None:
        """A tool was called, or has returned: what the engine has to show for it is kept, too."""
        self._dirty = self._called = True

    @property
    def checkpoint_due_s(self) -> float:
        """Seconds until the next checkpoint; infinite while there is nothing new or one is being written."""
        if not self._dirty or (self._saving is not None and not self._saving.done()):
            return math.inf
        return max(0.0, self._saved_at + CHECKPOINT_S - self._clock())

    def checkpoint(self, usage: Callable[[], StoredUsage], messages: "Callable[[], Sequence[ModelMessage]]") -> bool:
        """Start to write what came so far, if it is time.

        Args:
            usage: what it took, as far as known.
            messages: the engine's; asked for when tools were called meanwhile.

        Returns:
            Whether it was time.
        """
        if self.checkpoint_due_s > 0:
            return False
        self._dirty = False
        self._saved_at = self._clock()
        if self._called:
            from tui.chat.replies.messages import dump

            self._called, self._payload = False, dump(messages())
        text, thinking = self._buffer.text, self._buffer.thinking
        self._usage = usage()
        row = replace(self.row, text=text, thinking=thinking, payload=self._payload, usage=self._usage.to_json())
        self._saving = asyncio.create_task(self._save(row), name="checkpoint")
        return True

    async def _save(self, row: Message) -> None:
        try:
            await self._library.checkpoint(row)
            self._problem = ""
        except StoreError as error:
            self._problem = error.message

    def take_problem(self) -> str:
        """Why the last checkpoint failed, once; then "" until the end."""
        if self._reported or not self._problem:
            return ""
        self._reported = True
        return self._problem

    async def settled(self) -> None:
        """Wait for the checkpoint that is being written, so that it does not overtake the final row."""
        if self._saving is not None:
            await asyncio.wait({self._saving})

    def plain_ending(self, state: MessageState) -> ReplyEnding:
        """An ending with what was on screen, and with what the engine had to show, and had used, last."""
        text, thinking = self._buffer.text, self._buffer.thinking
        return ReplyEnding(state, self._payload, text, thinking, self._usage, None, "", "")

    def final_row(self, ending: ReplyEnding, reading: MeterReading) -> Message:
        """The row as it stays when the reply has ended."""
        return replace(
            self.row,
            state=ending.state,
            payload=ending.payload,
            text=ending.text,
            thinking=ending.thinking,
            usage=ending.usage.to_json(),
            price=ending.price,
            failure=ending.failure,
            finish_reason=ending.finish_reason,
            thinking_ms=_milliseconds(self._buffer.thinking_s),
            first_token_ms=_milliseconds(reading.first_token_s if self._buffer else None),
            total_ms=_milliseconds(reading.total_s),
        )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
