"""The chats in which nothing was ever sent: they are in memory, with what was written in them beside it on the disk.

Knows which there are and what was chosen for them; their first prompt makes rows of the library of them.
"""

from contextlib import suppress
from dataclasses import replace

from tui.chat.unsent import UnsentPrompts
from tui.errors import StoreError
from tui.store import conversations as rows
from tui.store.database import Database
from tui.store.records import Conversation


class BlankChats:
    """Those that this program has made, or found a draft of."""

    def __init__(self, database: Database, unsent_prompts: UnsentPrompts) -> None:
        self._database = database
        self._unsent_prompts = unsent_prompts
        self._chats: dict[str, Conversation] = {}

    def add(self, conversation: Conversation) -> None:
        """Know one more; it is nowhere else yet."""
        self._chats[conversation.id] = conversation

    async def all(self) -> tuple[Conversation, ...]:
        """Those in which something was written, the newest first; named by what is written there."""
        found = []
        for chat in await self._unsent_prompts.blank_chats():
            known = self._chats.setdefault(chat.id, replace(chat, title=""))
            found.append(known if known.title else replace(known, title=chat.title))
        return tuple(found)

    def known(self, conversation_id: str) -> Conversation | None:
        """One by its id, as this program knows it."""
        return self._chats.get(conversation_id)

    async def find(self, conversation_id: str) -> Conversation | None:
        """The same, asked of the library: one that another window has stored meanwhile is blank no more."""
        blank = self.known(conversation_id)
        if blank is not None:
            with suppress(StoreError):
                if await self._database.read(rows.exists, conversation_id):
                    return None
        return blank

    async def has(self, conversation_id: str) -> bool:
        """Whether nothing was ever sent in a chat: it goes for good, but not one whose messages were all deleted."""
        return await self.find(conversation_id) is not None

    async def change(self, conversation_id: str, **changes: str) -> Conversation | None:
        """Change fields of one; None where it is none, or is none any more."""
        # Asked twice: its first prompt may have been saved while the disk was asked.
        if not await self.find(conversation_id) or (blank := self.known(conversation_id)) is None:
            return None
        self._chats[conversation_id] = changed = replace(blank, **changes)  # type: ignore[arg-type]  # texts
        await self._unsent_prompts.aim(changed)
        return changed

    def take(self, conversation_id: str) -> Conversation | None:
        """One that was sent to, with what was chosen for it since; it is none any more."""
        return self._chats.pop(conversation_id, None)

    async def drop(self, conversation_id: str) -> bool:
        """Forget one, with what is written there; False for any other chat."""
        blank = await self.find(conversation_id)
        self._chats.pop(conversation_id, None)
        if blank is None:
            return False
        await self._unsent_prompts.remove_chat(conversation_id)
        return True
