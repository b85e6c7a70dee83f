"""Search over the whole library, and the index that it needs, built behind everything else. Knows no screen."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from tui.store import search, search_index
from tui.store.database import Database
from tui.store.search_index import IndexProgress
from tui.store.search_records import SearchHit, SearchQuery

PAGE = 50
"""Hits that are shown at once."""

_SLICE_S = 0.08
"""How long one slice of the index may hold up what else is to be written, about."""
_SMALLEST, _LARGEST = 20, 2_000


class LibrarySearch:
    """What can be found in a library. A search whose task is cancelled ends at once, also in the middle."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def messages(self, query: SearchQuery, limit: int = PAGE, before: int | None = None) -> tuple[SearchHit, ...]:
        """Messages that meet a query, the newest first; `before` is the `number` of the last hit of the page before.

        Raises:
            StoreError: the library cannot be read.
        """
        return await self._database.read(partial(search.find_messages, before=before), query, limit)

    async def titles(self, query: SearchQuery, limit: int = PAGE) -> tuple[SearchHit, ...]:
        """Chats whose titles meet a query: those that are called just so, then the one that was written in last.

        Raises:
            StoreError: the library cannot be read.
        """
        return await self._database.read(search.find_titles, query, limit)

    async def chats(
        self, query: SearchQuery, limit: int = PAGE, after: Sequence[SearchHit] = ()
    ) -> tuple[SearchHit, ...]:
        """Chats in which a query is met: those whose titles do, then each other one with its newest such message.

        `after` is all of the pages before.

        Raises:
            StoreError: the library cannot be read.
        """
        return await self._database.read(search.find_chats, query, limit, after)

    async def progress(self) -> IndexProgress:
        """How much of the library can be found by its words.

        Raises:
            StoreError: the library cannot be read.
        """
        return await self._database.read(search_index.progress)

    async def build(self, report: Callable[[IndexProgress], None] = lambda progress: None, *, rest: float = 0) -> None:
        """Index what is not yet, in slices of less than a tenth of a second; when cancelled, what is done stays.

        Args:
            report: is told how far it is after every slice.
            rest: how long to rest after each, in times of what it took.

        Raises:
            StoreError: the library cannot be read or written.
        """
        if self._database.read_only or (progress := await self.progress()).complete:
            return
        size = 200
        while not progress.complete:
            start = time.perf_counter()
            progress = await self._database.run(search_index.index_slice, size)
            took_s = max(time.perf_counter() - start, 0.001)
            size = int(min(max(size * _SLICE_S / took_s, size / 2, _SMALLEST), size * 2, _LARGEST))
            report(progress)
            await asyncio.sleep(took_s * rest)

    async def merge(self, *, rest: float = 0) -> None:
        """Merge the parts of the index, which make a search slower the more they are, in steps; can be cancelled.

        Args:
            rest: how long to rest after each step, in times of what it took.

        Raises:
            StoreError: the library cannot be read or written.
        """
        more = not self._database.read_only
        while more:
            start = time.perf_counter()
            more = await self._database.run(search_index.merge)
            await asyncio.sleep((time.perf_counter() - start) * rest)
