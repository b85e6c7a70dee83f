"""Reads what of the chats is listed, a stretch at a time, and draws it with what goes on in them."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.chat_pages import ChatPages
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from decimal import Decimal

    from tui.app.chat.drafts import Drafts
    from tui.app.chat.host import Host
    from tui.app.widgets.chat_list import ChatList, Stretch
    from tui.chat.library import Library
    from tui.store.records import Conversation


class ListReading:
    """One reading at a time; the next one ends the one before.

    Args:
        drawn: is told that the list has been read.

    Attributes:
        unread: ids of all chats, listed or not, that have an answer which nobody has seen.
    """

    def __init__(
        self, host: "Host", library: "Library", chat_list: "ChatList", drafts: "Drafts", drawn: Callable[[], None]
    ) -> None:
        self._host = host
        self._library = library
        self._chat_list = chat_list
        self._drafts = drafts
        self._drawn = drawn
        self.unread: frozenset[str] = frozenset()
        self._pages = ChatPages(library)
        self._costs: dict[str, tuple[Conversation, Decimal | None]] = {}

    def read(self, stretch: "Stretch" = "again") -> None:
        """Read a stretch of what is to be listed, and draw it; of another folder than before its beginning."""
        self._host.begin(partial(self._read, stretch), "list", exclusive=True)

    def read_tags(self) -> None:
        """Read which tags there are, and offer them where some are typed."""
        self._host.begin(self._read_tags, "tags", exclusive=True)

    async def _read_tags(self) -> None:
        with suppress(ChinwagError):  # they can be typed out
            self._chat_list.offer_tags(await self._library.folders.tags())

    async def _read(self, stretch: "Stretch") -> None:
        pages, chat_list = self._pages, self._chat_list
        typed, listed = chat_list.typed, pages.listed
        try:
            if stretch == "first" or (typed.folder, typed.tag) != (listed.folder, listed.tag):
                await pages.first(typed.folder, typed.tag)
            elif stretch == "again":
                await pages.again()
            elif stretch == "last":
                await pages.last()
            else:
                await pages.further(down=stretch == "down")
            self._drafts.kept_elsewhere = await self._library.unsent_prompts.chats()
            self.unread = await self._library.folders.unread()
        except ChinwagError as error:
            self._host.show_notice(error.sentence, "list")
            chat_list.fail()
        else:
            self._host.show_notice("", "list")
            chat_list.listed = pages.listed
        self._drawn()
        if chat_list.shows_costs:
            await self._read_costs()

    async def _read_costs(self) -> None:
        """Read what those chats have cost that are new in the list, or went on since."""
        chats = {chat.id: chat for chat in (*self._pages.listed.pinned, *self._pages.listed.chats)}
        known = {id: cost for id, cost in self._costs.items() if chats.get(id) == cost[0]}
        new = [id for id in chats if id not in known]
        try:
            costs = await self._library.folders.costs(new)
        except ChinwagError:  # the list says it, if it lasts
            return
        self._costs = known | {id: (chats[id], costs.get(id)) for id in new}
        if new:
            self._chat_list.costs = {id: cost for id, (_, cost) in self._costs.items() if cost is not None}
