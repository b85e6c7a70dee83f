"""The chats of one folder, as many as are looked at: pages are read as one goes, and what was left behind is dropped.

Knows no screen. A list of a hundred thousand costs no more than one of a few pages.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tui.dataclass import dataclass
from tui.store.records import ChatFolder, Conversation

if TYPE_CHECKING:
    from tui.chat.library import Library

PAGE = 200
"""Chats that are read at once."""

MOST = 600
"""Chats that are kept."""


@dataclass(frozen=True, slots=True)
class ListedChats:
    """What of a folder is listed.

    Attributes:
        folder: whose chats they are.
        tag: what all of them have; "" for any.
        chats: a stretch of the folder without a gap, the newest first; in the trash, as they got there.
        pinned: those that stand above all others, which may be among `chats`, too.
        drafts: blank chats that stand further up or down.
        above, below: whether there are more chats on that side of the stretch.
        read: whether it is known what there is.
    """

    folder: ChatFolder = "chats"
    tag: str = ""
    chats: tuple[Conversation, ...] = ()
    pinned: tuple[Conversation, ...] = ()
    drafts: tuple[Conversation, ...] = ()
    above: bool = False
    below: bool = False
    read: bool = True


class ChatPages:
    """Reads the list of chats of one library. Methods that read raise `StoreError` when it cannot be read.

    Attributes:
        listed: what was read last.
    """

    def __init__(self, library: "Library") -> None:
        self._library = library
        self._stored: tuple[Conversation, ...] = ()  # those of the list that the disk has
        self.listed = ListedChats()

    async def first(self, folder: ChatFolder = "chats", tag: str = "") -> ListedChats:
        """The beginning of a folder."""
        found = await self._library.folders.page(folder, limit=PAGE + 1, tag=tag)
        return await self._keep(found[:PAGE], ListedChats(folder, tag, below=len(found) > PAGE))

    async def again(self) -> ListedChats:
        """The same stretch as it is now: at the beginning of the folder with what is new there."""
        now, limit = self.listed, max(len(self._stored), PAGE)
        at = self._stored[0] if now.above and self._stored else None
        found = await self._library.folders.page(now.folder, limit=limit + 1, before=at, tag=now.tag, including=True)
        return await self._keep(found[:limit], replace(now, above=at is not None, below=len(found) > limit))

    async def further(self, *, down: bool) -> ListedChats:
        """One page more on one side; what is far away on the other is dropped."""
        now, stored, read = self.listed, self._stored, self._library.folders
        if not stored or not (now.below if down else now.above):
            return now
        if down:
            page = await read.page(now.folder, limit=PAGE + 1, before=stored[-1], tag=now.tag)
            longer = (*stored, *page[:PAGE])
            kept = longer[-MOST:]
            return await self._keep(kept, replace(now, above=now.above or kept != longer, below=len(page) > PAGE))
        page = await read.page_above(now.folder, limit=PAGE + 1, after=stored[0], tag=now.tag)
        longer = (*page[-PAGE:], *stored)
        kept = longer[:MOST]
        return await self._keep(kept, replace(now, above=len(page) > PAGE, below=now.below or kept != longer))

    async def last(self) -> ListedChats:
        """The end of the folder."""
        now = self.listed
        found = await self._library.folders.page_above(now.folder, limit=PAGE + 1, tag=now.tag)
        return await self._keep(found[-PAGE:], replace(now, above=len(found) > PAGE, below=False))

    async def _keep(self, stored: tuple[Conversation, ...], listed: ListedChats) -> ListedChats:
        """Keep what was read; among the chats that are not put away stand those that the disk does not have, too."""
        pinned: tuple[Conversation, ...] = ()
        drafts: list[Conversation] = []
        chats = {chat.id: chat for chat in stored}
        if listed.folder == "chats" and not listed.tag:
            pinned = await self._library.folders.page("pinned", limit=MOST)
            for chat in await self._library.blank_chats.all():
                if _is_within(chat, stored, listed):
                    chats[chat.id] = chat
                else:  # it would go along with the end of what is read
                    drafts.append(chat)
            if not listed.above:
                chats |= {kept.conversation.id: kept.conversation for kept in self._library.unsaved}
        ordered = tuple(chats.values())
        if len(ordered) > len(stored) or self._library.unsaved:
            ordered = tuple(sorted(ordered, key=_place, reverse=True))
        self._stored, self.listed = stored, replace(listed, chats=ordered, pinned=pinned, drafts=tuple(drafts))
        return self.listed


def _is_within(chat: Conversation, stored: tuple[Conversation, ...], listed: ListedChats) -> bool:
    """Whether a chat that is not stored stands in a stretch of those that are, or next to it at an end of the list."""
    above = listed.above and stored and _place(chat) > _place(stored[0])
    below = listed.below and stored and _place(chat) < _place(stored[-1])
    return not (above or below)


def _place(chat: Conversation) -> tuple[datetime, str]:
    return chat.updated_at, chat.id
