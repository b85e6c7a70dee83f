"""What the disk has refused: messages in memory, shown like any others, until a write works or the program ends."""

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from itertools import chain

from tui.dataclass import dataclass
from tui.store.catch_up import catch_up
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, Message


@dataclass(slots=True)
class UnsavedConversation:
    """What the disk has refused of one conversation, and is in memory only."""

    conversation: Conversation
    messages: dict[str, Message] = field(default_factory=dict)
    attachments: dict[str, tuple[Attachment, ...]] = field(default_factory=dict)
    """By the id of their message."""

    @property
    def files(self) -> tuple[Attachment, ...]:
        """All attachments."""
        return tuple(chain.from_iterable(self.attachments.values()))


class RefusedRows:
    """The rows of one library that its disk has refused."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, UnsavedConversation] = {}

    @property
    def all(self) -> tuple[UnsavedConversation, ...]:
        """Those of every conversation."""
        return tuple(self._kept.values())

    @property
    def messages(self) -> list[Message]:
        """The messages of all of them."""
        return [message for kept in self._kept.values() for message in kept.messages.values()]

    def of(self, conversation_id: str) -> UnsavedConversation | None:
        """Those of one conversation; None for none."""
        return self._kept.get(conversation_id)

    def over(self, conversation_id: str, stored: tuple[Message, ...]) -> tuple[Message, ...]:
        """What is stored of a conversation, parents before children, with what is here in its place or behind it."""
        kept = self.of(conversation_id)
        return stored if kept is None else tuple(({row.id: row for row in stored} | kept.messages).values())

    def keep(
        self, conversation: Conversation, messages: Iterable[Message], attachments: Sequence[Attachment] = ()
    ) -> None:
        """Keep rows that were refused; the attachments are those of one message."""
        kept = self._kept.setdefault(conversation.id, UnsavedConversation(conversation))
        kept.conversation = conversation
        kept.messages.update({message.id: message for message in messages})
        if attachments:
            kept.attachments[attachments[0].message_id] = tuple(attachments)

    def change(self, conversation_id: str, **changes: str) -> Conversation:
        """Change a conversation of which rows are here."""
        kept = self._kept[conversation_id]
        kept.conversation = replace(kept.conversation, **changes)  # type: ignore[arg-type]  # texts, as its fields
        return kept.conversation

    async def flush(self, conversation_id: str) -> None:
        """Save those of a conversation; they stay here until that has worked.

        Raises:
            StoreError: the disk still refuses.
        """
        kept = self._kept.get(conversation_id)
        if kept is None:
            return
        saved = dict(kept.messages)
        await self._database.run(catch_up, kept.conversation, tuple(saved.values()), kept.files)
        kept.messages = {id: message for id, message in kept.messages.items() if saved.get(id) is not message}
        kept.attachments = {id: files for id, files in kept.attachments.items() if id not in saved}
        if not kept.messages:
            self._kept.pop(conversation_id, None)

    async def flush_all(self) -> None:
        """Save those of all conversations. Raises StoreError when the disk still refuses."""
        for conversation_id in list(self._kept):
            await self.flush(conversation_id)
