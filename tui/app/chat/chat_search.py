"""Finds chats by what was said in them, for the list of chats, and has the index built behind everything else."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from tui.app.widgets.found_chats import FoundChats
from tui.errors import ChinwagError, StoreError

if TYPE_CHECKING:
    from tui.app.chat.host import Host
    from tui.app.widgets.chat_list import ChatList
    from tui.chat.library import Library
    from tui.store.search_records import SearchQuery

_PAGE = 50
_REST = 1.0
"""How long the index rests after each slice, in times of what the slice took: keys go first."""


class ChatSearch:
    """One search at a time; the next one ends the one before, in the middle of its statement."""

    def __init__(self, host: "Host", library: "Library", chat_list: "ChatList") -> None:
        self._host = host
        self._library = library
        self._chat_list = chat_list
        self._building = False
        self._continued = FoundChats()  # what more is being looked for to

    def look_for(self, typed: str) -> None:
        """Find what is typed, and show it in the list, unless something else is typed meanwhile."""
        self._host.begin(partial(self._look_for, typed), "search", exclusive=True)

    def look_further(self) -> None:
        """Find more chats for what is shown, which the list comes to the end of."""
        found = self._chat_list.found
        if found.typed == self._chat_list.filter.value and found.more and found is not self._continued:
            self._continued = found
            self._host.begin(partial(self._look_further, found), "search", exclusive=True)

    async def _look_for(self, typed: str) -> None:
        if not typed.strip():
            return
        query = self._query(typed)
        notes = [*query.problems]
        try:
            hits = await self._library.search.chats(query, _PAGE)
            progress = await self._library.search.progress()
        except ChinwagError as error:
            hits, notes = (), [error.sentence]
        else:
            if not progress.complete:
                notes.append(f"{progress.percent} % of the chats searched so far")
                self.build_index()
        self._chat_list.found = FoundChats(typed, hits, tuple(notes), more=len(hits) == _PAGE)

    async def _look_further(self, found: FoundChats) -> None:
        try:
            more = await self._library.search.chats(self._query(found.typed), _PAGE, found.hits)
        except ChinwagError as error:
            self._chat_list.found = replace(found, notes=(*found.notes, error.sentence), more=False)
        else:
            self._chat_list.found = replace(found, hits=(*found.hits, *more), more=len(more) == _PAGE)

    def _query(self, typed: str) -> "SearchQuery":
        from tui.chat.search import read_query

        return read_query(typed, date.today(), typing=True)

    def build_index(self) -> None:
        """Take into the index what is not in it yet, beside everything else; not again once that has failed."""
        if not self._building:
            self._building = True
            self._host.begin(self._build_index, "index", exclusive=True)

    async def _build_index(self) -> None:
        search = self._library.search
        try:
            if not (await search.progress()).complete:
                await search.build(rest=_REST)
                if (await search.progress()).complete:  # else it can only be read
                    self.look_for(self._chat_list.filter.value)
            with suppress(StoreError):  # it is only slower without
                await search.merge(rest=_REST)
        except ChinwagError as error:
            self._host.show_notice(f"Older chats cannot be searched: {error.sentence}")
        else:
            self._building = False
