"""The branches of the chats of one library: what there are, which is shown, and what goes to the trash and comes back.

A branch is named by the message that it begins with. What the disk has refused is saved before anything changes here.
"""

from datetime import UTC, datetime

from tui.chat.blank_chats import BlankChats
from tui.chat.refused import RefusedRows
from tui.store import branches as rows
from tui.store.conversations import tree
from tui.store.database import Database
from tui.store.records import Conversation, Message, OutlineNode, outline_of


class Branches:
    """Reads and changes the trees of conversations.

    Methods that change one raise `StoreError` when the disk refuses, and `MessageGoneError` when the message is not
    there any more.

    Args:
        blank_chats: those of which there is nothing to be read.
    """

    def __init__(self, database: Database, refused: RefusedRows, blank_chats: BlankChats) -> None:
        self._database = database
        self._blank_chats = blank_chats
        self._refused = refused

    async def outline(self, conversation_id: str) -> tuple[OutlineNode, ...]:
        """The tree of a conversation without its contents, parents before children."""
        if self._refused.of(conversation_id):
            stored = await self._database.read(tree, conversation_id)
            return outline_of(self._refused.over(conversation_id, stored), rows.FIRST_WORDS)
        return await self._database.read(rows.outline, conversation_id)

    async def links(self, conversation_id: str) -> tuple[tuple[str, str | None], ...]:
        """Id of every message and of the one above it, parents before children; none of a chat that is blank."""
        if await self._blank_chats.has(conversation_id):
            return ()
        stored = await self._database.read(rows.links, conversation_id)
        kept = self._refused.of(conversation_id)
        new = () if kept is None else ((message.id, message.parent_id) for message in kept.messages.values())
        return tuple(dict([*stored, *new]).items())

    async def show(self, conversation_id: str, message_id: str) -> Conversation:
        """Show the branch that a message is on, down to where it was left."""
        await self._refused.flush(conversation_id)
        return await self._database.run(rows.show_branch, conversation_id, message_id)

    async def trash(self, conversation_id: str, message_id: str) -> Conversation:
        """Move a message and all that follows it to the trash, from where `restore` brings it back."""
        await self._refused.flush(conversation_id)
        return await self._database.run(rows.trash_branch, conversation_id, message_id, datetime.now(UTC))

    async def restore(self, conversation_id: str, message_id: str) -> Conversation:
        """Bring a message back from the trash with what went there together with it, and show it."""
        return await self._database.run(rows.restore_branch, conversation_id, message_id)

    async def add_beside(self, message: Message) -> Conversation:
        """Save a message that is complete, and show the branch that ends with it."""
        await self._refused.flush(message.conversation_id)
        return await self._database.run(rows.add_beside, message)
