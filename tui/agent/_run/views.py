"""Iterators over a run that is going on: its text, its response, a value made of it. Knows the reader and nothing else.

None of them holds anything that has to be closed, so a `break` may leave one where it is.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from tui.agent._run.reader import EventReader
from tui.agent._run.run import RunEvent
from tui.agent.messages import ModelResponse

__all__ = ["MappedView", "ResponseView", "TextView", "View"]

_T = TypeVar("_T")
_S = TypeVar("_S")


class View(AsyncIterator[_T]):
    """Items made of groups of events.

    A view looks at what has arrived, not at the events themselves: another view may have pulled some of them.
    """

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
        first = not self._begun
        something = self._has_news() if self._begun else self._begin()
        self._begun = True
        if something and (self._debounce_by is None or (first and self._starts_alone)):
            self._emit()
            return
        if self._at_end():
            if something:
                self._emit()
            self._over = True
            self._end()
            return
        self._notice(await self._reader.group(self._debounce_by, begun=something))
        if self._has_news() or something:
            self._emit()

    def _at_end(self) -> bool:
        """Whether there is nothing more to pull."""
        return self._reader.exhausted

    def _begin(self) -> bool:
        """Look at what has arrived before the view; whether that makes an item."""
        return self._has_news()

    def _notice(self, events: Iterable[RunEvent]) -> None:
        """Events that this view has pulled, for those who follow the run's steps."""

    @abstractmethod
    def _has_news(self) -> bool:
        """Whether something has arrived since the last item."""

    @abstractmethod
    def _emit(self) -> None:
        """Make items of what has arrived."""

    def _end(self) -> None:
        """Make the last items."""


class TextView(View[str]):
    """The text of a result, across the responses that it takes."""

    def __init__(self, reader: EventReader, debounce_by: float | None, *, cumulative: bool) -> None:
        """Prepare the view.

        Args:
            reader: of the run.
            debounce_by: seconds, or None.
            cumulative: give the whole text so far, not the pieces.
        """
        super().__init__(reader, debounce_by)
        self._cumulative = cumulative
        self._given = 0
        self._text = ""
        self._retracted = 0

    def _has_news(self) -> bool:
        return len(self._reader.texts.pieces) > self._given

    def _emit(self) -> None:
        texts = self._reader.texts
        pieces = texts.pieces[self._given :] if self._given else texts.by_part()
        if self._retracted != texts.retracted:
            self._retracted = texts.retracted
            self._text = "".join(texts.pieces[: self._given])
        self._given = len(texts.pieces)
        for text in pieces if self._debounce_by is None else ["".join(pieces)]:
            if text:
                self._text += text if self._cumulative else ""
                self._items.append(self._text if self._cumulative else text)


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
        self._seen = 0

    def _begin(self) -> bool:
        self._seen = self._reader.texts.changes
        return any(part.has_content() for part in self._current().parts)

    def _has_news(self) -> bool:
        return self._reader.texts.changes > self._seen

    def _emit(self) -> None:
        self._seen = self._reader.texts.changes
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
