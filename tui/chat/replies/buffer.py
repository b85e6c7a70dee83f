"""A reply under way: what came so far, its clocks, and its checkpoints on disk. Knows no engine and no screen."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from tui.chat.library import Library
from tui.chat.replies.meter import MeterReading
from tui.chat.usage import StoredUsage
from tui.errors import StoreError
from tui.store.records import Message, MessageState

CHECKPOINT_S = 0.5


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: the columns of its row that are known only then."""

    state: MessageState
    payload: bytes
    text: str
    thinking: str
    usage: StoredUsage
    price: Decimal | None
    failure: str
    finish_reason: str


class _Words:
    """Text that grows by pieces; joining it again and again costs only a copy of what is new."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        self._pieces.append(text)

    def __str__(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def __bool__(self) -> bool:
        return bool(self._pieces)


class Draft:
    """The reply's text, thoughts and times, and the writes that keep them while it streams.

    A checkpoint never delays the stream: it is written beside it, one at a time, at most every half second.

    Attributes:
        row: the reply as it was when it began.
    """

    def __init__(self, library: Library, row: Message, clock: Callable[[], float]) -> None:
        self.row = row
        self._library = library
        self._clock = clock
        self._text = _Words()
        self._thinking = _Words()
        self._thinking_from: float | None = None
        self._thinking_to: float | None = None
        self._dirty = False
        self._saved_at = clock()
        self._saving: asyncio.Task[None] | None = None
        self._problem = ""
        self._told = False

    @property
    def text(self) -> str:
        """The words so far."""
        return str(self._text)

    @property
    def thinking(self) -> str:
        """The thoughts so far."""
        return str(self._thinking)

    def __bool__(self) -> bool:
        """Whether anything came."""
        return bool(self._text) or bool(self._thinking)

    def add_text(self, text: str) -> None:
        """More of the answer."""
        self._text.add(text)
        self._dirty = True
        if self._thinking_from is not None and self._thinking_to is None:
            self._thinking_to = self._clock()

    def add_thinking(self, text: str) -> None:
        """More of the thoughts."""
        self._thinking.add(text)
        self._dirty = True
        if self._thinking_from is None:
            self._thinking_from = self._clock()

    @property
    def checkpoint_due_s(self) -> float:
        """Seconds until the next checkpoint; infinite while there is nothing new or one is being written."""
        if not self._dirty or (self._saving is not None and not self._saving.done()):
            return math.inf
        return max(0.0, self._saved_at + CHECKPOINT_S - self._clock())

    def checkpoint(self, usage: Callable[[], StoredUsage]) -> None:
        """Start to write what came so far, if it is time; `usage` is asked for then what it took, as far as known."""
        if self.checkpoint_due_s <= 0:
            self._dirty = False
            self._saved_at = self._clock()
            self._saving = asyncio.create_task(
                self._save(self.text, self.thinking, usage().to_json()), name="checkpoint"
            )

    async def _save(self, text: str, thinking: str, usage: str) -> None:
        try:
            await self._library.checkpoint(self.row, text, thinking, usage)
            self._problem = ""
        except StoreError as error:
            self._problem = error.message

    def problem_to_tell(self) -> str:
        """Why the last checkpoint failed, once; then "" until the end."""
        if self._told or not self._problem:
            return ""
        self._told = True
        return self._problem

    async def settled(self) -> None:
        """Wait for the checkpoint that is being written, so that it does not overtake the final row."""
        if self._saving is not None:
            await asyncio.wait({self._saving})

    def ended(self, ending: Ending, reading: MeterReading) -> Message:
        """The final row."""
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
            thinking_ms=self._thinking_ms(),
            first_token_ms=_milliseconds(None if not self else reading.first_token_s),
            total_ms=_milliseconds(reading.total_s),
        )

    def _thinking_ms(self) -> int | None:
        if self._thinking_from is None:
            return None
        return _milliseconds((self._thinking_to or self._clock()) - self._thinking_from)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
