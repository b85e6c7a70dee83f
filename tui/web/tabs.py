"""All tabs of a server: how many there may be, and how long one stays that no page shows."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress

from tui.web.tab import Tab

KEPT_S = 600.0
_LOOK_S = 15.0
_LEAVING_S = 3.0
_ID = re.compile(r"[0-9a-f]{32}")


class TooManyTabsError(Exception):
    """Each of them is shown, or has a reply coming in."""


class Tabs:
    """Tabs by the names that their pages have made up.

    Args:
        most: how many there may be at once.
        kept_s: how long one stays without a page, in seconds; longer while a reply comes in.
    """

    def __init__(self, options: Sequence[str], *, most: int, kept_s: float = KEPT_S) -> None:
        self._options = options
        self._most = most
        self._kept_s = kept_s
        self._tabs: dict[str, Tab] = {}
        self._opening = asyncio.Lock()

    def get(self, id: str) -> Tab | None:
        """A tab that is there."""
        self._forget()
        return self._tabs.get(id)

    def _forget(self) -> None:
        self._tabs = {id: tab for id, tab in self._tabs.items() if not tab.ended.is_set()}

    async def open(self, id: str, columns: int, rows: int) -> Tab:
        """A page's tab: the one that it had before, or a new one.

        Raises:
            TooManyTabsError: there can be no more.
            ValueError: no page of ours makes up such a name.
            OSError: no process can be started.
        """
        if not _ID.fullmatch(id):
            raise ValueError(id)
        async with self._opening:
            if (tab := self.get(id)) is not None:
                return tab
            await self._make_room()
            tab = Tab(self._options)
            await tab.start(columns, rows)
            self._tabs[id] = tab
            return tab

    async def _make_room(self) -> None:
        """Let a tab go that has no page, the one whose page went first, if there are too many."""
        if len(self._tabs) < self._most:
            return
        unseen = [tab for tab in self._tabs.values() if tab.unseen_s is not None]
        for tab in sorted(unseen, key=lambda tab: tab.unseen_s or 0.0, reverse=True):
            await tab.ask_to_leave()
            with suppress(TimeoutError):
                await asyncio.wait_for(tab.ended.wait(), _LEAVING_S)
                self._forget()
                return
        raise TooManyTabsError

    async def look_after(self) -> None:
        """Ask those to leave again and again that no page has shown for long."""
        while True:
            await asyncio.sleep(min(_LOOK_S, self._kept_s))
            self._forget()
            for tab in list(self._tabs.values()):
                if (tab.unseen_s or 0.0) > self._kept_s:
                    await tab.ask_to_leave()

    async def stop(self) -> None:
        """End them all; each saves."""
        await asyncio.gather(*(tab.stop() for tab in self._tabs.values()))
