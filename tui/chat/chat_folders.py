"""Where chats are kept apart: pinned, archived, tagged, in the trash. Each change is for several chats, all or none."""

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import product

from tui.chat.blank_chats import BlankChats
from tui.chat.refused import RefusedRows
from tui.store import conversations, folders
from tui.store.database import Database
from tui.store.records import ChatFolder, Conversation


class ChatFolders:
    """Reads and changes where the conversations of one library are kept.

    Methods that change something raise `StoreError` when the disk refuses. A chat that is blank, or gone for good, is
    passed over.

    Args:
        blank_chats: those that are in no folder.
    """

    def __init__(self, database: Database, refused: RefusedRows, blank_chats: BlankChats) -> None:
        self._database = database
        self._refused = refused
        self._blank_chats = blank_chats

    async def page(
        self,
        folder: ChatFolder = "chats",
        *,
        limit: int = 200,
        before: Conversation | None = None,
        tag: str = "",
        including: bool = False,
    ) -> tuple[Conversation, ...]:
        """At most `limit` chats of a folder, the newest first.

        `before` is the last one of the page before, or, `including` it, the first one of this page.
        """
        return await self._database.read(
            partial(conversations.newest, folder=folder, tag=tag, including=including), limit, before
        )

    async def with_id(self, beginning: str, *, limit: int = 5, trash: bool = False) -> tuple[Conversation, ...]:
        """At most `limit` chats outside the trash, or in it, whose id begins so, the newest first."""
        return await self._database.read(
            lambda connection: conversations.with_prefix(connection, beginning, limit, trash=trash)
        )

    async def page_above(
        self, folder: ChatFolder, *, limit: int, after: Conversation | None = None, tag: str = ""
    ) -> tuple[Conversation, ...]:
        """At most `limit` chats of a folder that stand just above one of them, or above the end of the list."""
        return await self._database.read(partial(conversations.newer, folder=folder, tag=tag), limit, after)

    async def chats(self, ids: Collection[str]) -> tuple[Conversation, ...]:
        """Chats by their ids, wherever they are, in that order; what is blank, or gone for good, is missing."""
        return await self._database.read(folders.some, ids)

    async def trash(self) -> tuple[str, ...]:
        """Ids of all chats in the trash."""
        return await self._database.read(folders.trashed)

    async def unread(self) -> frozenset[str]:
        """Ids of all chats, but for those in the trash, in which a reply has ended that nobody has seen."""
        return await self._database.read(folders.unread)

    async def costs(self, ids: Collection[str]) -> dict[str, Decimal]:
        """US dollars of chats, as far as known, by their ids; one of which nothing is known is missing."""
        return await self._database.read(folders.costs, ids)

    async def pin(self, ids: Collection[str], pinned: bool = True) -> None:
        """Have chats stand above the others, or not any more."""
        await self._flush(ids)
        await self._database.run(folders.set_pinned, ids, pinned)

    async def archive(self, ids: Collection[str], archived: bool = True) -> None:
        """Have chats stand apart from the others, or not any more."""
        await self._flush(ids)
        await self._database.run(folders.set_archived, ids, archived)

    async def mark_unread(self, ids: Collection[str], unread: bool = True) -> None:
        """Note that a reply has ended that nobody has seen, or that somebody has."""
        await self._flush(ids)
        await self._database.run(folders.set_unread, ids, unread)

    async def tag(self, ids: Collection[str], added: Collection[str], removed: Collection[str] = ()) -> None:
        """Take tags away from chats, and give them some, as `tui.tags` reads them; one that is in both stays."""
        await self.change_tags(list(product(ids, added)), list(product(ids, removed)))

    async def change_tags(self, added: Collection[folders.Tagged], removed: Collection[folders.Tagged]) -> None:
        """The same for tags of single chats."""
        await self._flush(dict.fromkeys(id for id, _ in (*added, *removed)))
        await self._database.run(folders.change_tags, added, removed)

    async def tags(self) -> dict[str, int]:
        """All tags in the order of the alphabet, each with how many chats have it."""
        return await self._database.read(folders.tags)

    async def delete(self, ids: Collection[str]) -> None:
        """Move chats to the trash, from where `restore` brings them back; those that are blank go for good."""
        stored = [id for id in ids if not await self._blank_chats.drop(id)]
        await self._flush(stored)
        await self._database.run(folders.delete, stored, datetime.now(UTC))

    async def restore(self, ids: Collection[str]) -> None:
        """Bring chats back from the trash."""
        await self._database.run(folders.restore, ids)

    async def delete_for_good(self, ids: Collection[str]) -> int:
        """Remove chats that lie in the trash, with all that is in them; returns how many there were."""
        return await self._database.run(folders.delete_for_good, ids)

    async def _flush(self, ids: Collection[str]) -> None:
        for id in ids:
            await self._refused.flush(id)
