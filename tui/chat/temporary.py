"""Chats of which nothing is written down: they are kept in memory, and end with the program.

They have a library of their own, whose database has no file, so whatever is done in them (drafts, files, branches,
tools, comparisons) stays there without anybody having to think of it. What they use counts in the limits and in the
usage of the library on disk, as figures without a word: model, tokens and price, under the purpose "temporary".
"""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from tui.chat.library import Library
from tui.chat.settings import ChatSettings
from tui.errors import StoreError
from tui.store.catch_up import catch_up_counted
from tui.store.database import Database
from tui.store.records import Conversation, Message

if TYPE_CHECKING:
    from tui.chat.usage_report import UsageReports

PURPOSE = "temporary"


class TemporaryLibrary(Library):
    """The temporary chats of one program.

    Args:
        database: has no file.
        kept: the library on disk, which has the defaults of new chats, and counts what is used.
    """

    temporary = True

    def __init__(self, database: Database, kept: Library) -> None:
        super().__init__(database)
        self.budgets = kept.budgets
        self._kept = kept

    @property
    def all_saved(self) -> bool:
        """Always: nothing of it is meant to be saved."""
        return True

    @property
    def usage(self) -> "UsageReports":
        """That of the library on disk."""
        return self._kept.usage

    def new(self, model: str, settings: ChatSettings = ChatSettings()) -> Conversation:  # noqa: B008  frozen
        """A chat that never gets to the disk."""
        self.defaults = self._kept.defaults
        return super().new(model, settings)

    async def finish_reply(self, conversation: Conversation, reply: Message, ended_at: datetime) -> Conversation:
        """Write the final row of a reply in memory, and count on disk what it took."""
        stored = await super().finish_reply(conversation, reply, ended_at)
        if reply.usage:
            with suppress(StoreError):  # a library that cannot be written to counts nothing
                await self.usage.add_side_call(
                    conversation.id, PURPOSE, model=reply.model, usage=reply.usage, price=reply.price
                )
        return stored

    async def keep(self, conversation_id: str) -> Conversation:
        """Make a chat an ordinary one, with all of its branches and files; here it is no more.

        Raises:
            StoreError: the disk refuses; the chat is as it was.
        """
        conversation = (await self.open(conversation_id)).conversation
        rows = (await self.tree(conversation_id), await self.attachments(conversation_id))
        kept = await self._kept.database.run(catch_up_counted, conversation, *rows, PURPOSE)
        await self.folders.delete([conversation_id])
        await self.folders.delete_for_good([conversation_id])
        return kept
