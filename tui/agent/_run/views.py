"""Iterators over a run that is going on: its text, its response, a value made of it. Knows the reader and nothing else.

None of them holds anything that has to be closed, so a `break` may leave one where it is.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from tui.agent._run.reader import EventReader
from tui.agent._run.run import RunEvent
from tui.agent.messages import (
    ModelRequestEvent,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)

__all__ = ["BETWEEN_RESPONSES", "MappedView", "ResponseView", "TextView", "View"]

BETWEEN_RESPONSES = "\n\n"
"""Stands between the texts of two responses, when a model wrote some before it called a tool."""

_T = TypeVar("_T")
_S = TypeVar("_S")


class View(AsyncIterator[_T]):
    """Items made of groups of events."""

    _starts_alone = False
    """Whether what is there before the first group makes an item of its own."""

    def __init__(self, reader: EventReader, debounce_by: float | None) -> None:
        self._reader = reader
        self._debounce_by = debounce_by
        self._items: deque[_T] = deque()
        self._begun = False
        self._over = False

    async def __anext__(self) -> _T:
        while not self._items:
            if self._over:
                raise StopAsyncIteration
            await self._step()
        return self._items.popleft()

    async def aclose(self) -> None:
        """Nothing to close: the run belongs to `run_stream`."""

    async def _step(self) -> None:
        something = False
        if not self._begun:
            self._begun = True
            something = self._take_what_is_there()
            if something and (self._debounce_by is None or self._starts_alone):
                self._emit()
                return
        if self._at_end():
            if something:
                self._emit()
            self._over = True
            self._end()
            return
        events = await self._reader.group(self._debounce_by, begun=something)
        if self._take(events) or something:
            self._emit()

    def _at_end(self) -> bool:
        """Whether there is nothing more to pull."""
        return self._reader.exhausted

    @abstractmethod
    def _take_what_is_there(self) -> bool:
        """Take what has arrived before the first group; whether there is anything to emit."""

    @abstractmethod
    def _take(self, events: Iterable[RunEvent]) -> bool:
        """Take a group; whether there is anything to emit."""

    @abstractmethod
    def _emit(self) -> None:
        """Make items of what was taken."""

    def _end(self) -> None:
        """Make the last items."""


class TextView(View[str]):
    """The text of a result, across the responses that it takes."""

    def __init__(
        self,
        reader: EventReader,
        debounce_by: float | None,
        received: Callable[[], list[list[str]]],
        *,
        cumulative: bool,
    ) -> None:
        """Prepare the view.

        Args:
            reader: of the run.
            debounce_by: seconds, or None.
            received: the texts that have arrived already, one list for each response.
            cumulative: give the whole text so far, not the pieces.
        """
        super().__init__(reader, debounce_by)
        self._received = received
        self._cumulative = cumulative
        self._pieces: list[str] = []
        self._text = ""
        self._any = False
        self._new_response = False

    def _take_what_is_there(self) -> bool:
        for texts in self._received():
            for text in texts:
                self._add(text)
            self._new_response = self._any
        self._new_response = self._any and not self._reader.run.streaming
        return bool(self._pieces)

    def _take(self, events: Iterable[RunEvent]) -> bool:
        for event in events:
            if isinstance(event, PartDeltaEvent):
                if isinstance(event.delta, TextPartDelta):
                    self._add(event.delta.content_delta)
            elif isinstance(event, PartStartEvent):
                if isinstance(event.part, TextPart):
                    self._add(event.part.content)
            elif isinstance(event, ModelRequestEvent):
                self._new_response = self._any
        return bool(self._pieces)

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._new_response:
            text = BETWEEN_RESPONSES + text
            self._new_response = False
        self._any = True
        self._pieces.append(text)

    def _emit(self) -> None:
        groups = [[piece] for piece in self._pieces] if self._debounce_by is None else [self._pieces]
        for group in groups:
            text = "".join(group)
            if self._cumulative:
                self._text += text
                text = self._text
            self._items.append(text)
        self._pieces = []


class ResponseView(View[tuple[ModelResponse, bool]]):
    """The response so far, with whether it is complete; the last item says True, unless the run was stopped."""

    _starts_alone = True

    def __init__(
        self,
        reader: EventReader,
        debounce_by: float | None,
        current: Callable[[], ModelResponse],
    ) -> None:
        """Prepare the view.

        Args:
            reader: of the run.
            debounce_by: seconds, or None.
            current: gives the response that is being read.
        """
        super().__init__(reader, debounce_by)
        self._current = current

    def _take_what_is_there(self) -> bool:
        return any(part.has_content() for part in self._current().parts)

    def _take(self, events: Iterable[RunEvent]) -> bool:
        return any(isinstance(event, PartStartEvent | PartDeltaEvent) for event in events)

    def _emit(self) -> None:
        self._items.append((self._current(), False))

    def _end(self) -> None:
        final = self._reader.run.final_response
        if final is not None:
            self._items.append((final, True))


class MappedView(AsyncIterator[_T]):
    """Each item of another iterator, put through an asynchronous function."""

    def __init__(self, items: AsyncIterator[_S], function: Callable[[_S], Awaitable[_T]]) -> None:
        async def step() -> _T:
            return await function(await anext(items))

        self._step = step

    async def __anext__(self) -> _T:
        return await self._step()

    async def aclose(self) -> None:
        """Nothing to close: the run belongs to `run_stream`."""
