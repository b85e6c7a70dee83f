"""Reads a conversation from the library for the screen, with what of it is under way in this window.

Knows library and replies, and nothing of what is shown: what becomes of it is the presenter's.
"""

from typing import TYPE_CHECKING

from tui.chat.branches import Siblings
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.app.chat.chat_figures import ChatFigures, Spent
    from tui.chat.library import Library, OpenConversation
    from tui.chat.replies.replies import Replies
    from tui.chat.replies.turn import LiveReply
    from tui.store.records import Conversation, Message


@dataclass(frozen=True, slots=True)
class ReadChat:
    """A conversation as it was stored at one moment.

    Attributes:
        records: its active branch, oldest first.
        siblings: of all its messages.
        spent: on it and today.
    """

    conversation: "Conversation"
    records: "tuple[Message, ...]"
    siblings: Siblings
    spent: "Spent"


class ChatReader:
    """Reads conversations whole: rows, siblings and sums, as they are at one moment."""

    def __init__(self, library: "Library", replies: "Replies", figures: "ChatFigures") -> None:
        self._library = library
        self._replies = replies
        self._figures = figures

    async def read(self, conversation_id: str) -> ReadChat:
        """Read it; its last reply, if it streams in this window, is still under way when this returns.

        Raises:
            UsageError: there is no such conversation.
            StoreError: it cannot be read.
        """
        spent = await self._figures.spent(conversation_id)
        siblings = Siblings(await self._library.branches.links(conversation_id))
        opened = await self._opened(conversation_id)
        for message in opened.messages:
            siblings.add(message.id, message.parent_id)
        return ReadChat(opened.conversation, opened.messages, siblings, spent)

    async def has_messages(self, conversation_id: str) -> bool:
        """Whether something was ever said in it."""
        return bool(await self._library.branches.links(conversation_id))

    async def _opened(self, conversation_id: str) -> "OpenConversation":
        opened = await self._library.open(conversation_id)
        last = opened.messages[-1] if opened.messages else None
        if last is not None and last.state == "streaming":
            live = self.live(opened.messages)
            if live is None or live.reply_id != last.id:
                # It ended between the reading and now, or is written by another Chinwag: the second look tells.
                opened = await self._library.open(conversation_id)
        return opened

    def live(self, records: "Sequence[Message]") -> "LiveReply | None":
        """The reply of this window among them; not always the last one, as other windows write behind it."""
        live = self._replies.live(records[-1].conversation_id) if records else ()
        return next((one for one in live if any(one.reply_id == record.id for record in reversed(records))), None)
