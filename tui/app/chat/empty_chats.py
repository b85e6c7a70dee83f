"""The empty chats of a window: no list has one until something is written in it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.chat.library import Library
    from tui.store.records import Conversation


class EmptyChats:
    """Those in which nothing was sent yet.

    Args:
        first: what the window shows first, which may be one.
    """

    def __init__(self, library: "Library", drafts: "Drafts", first: "Conversation") -> None:
        self._library = library
        self._drafts = drafts
        self._first_model = first.model
        self._ids = set() if first.active_leaf else {first.id}

    @property
    def waiting(self) -> frozenset[str]:
        """Ids of those in which something is written, while another chat is shown."""
        return self._drafts.waiting & self._ids

    def model_of(self, shown: "Conversation | None") -> str:
        """Id of the model of the chat that is shown, or of the first one."""
        return shown.model if shown else self._first_model

    def another(self, model: str = "") -> str:
        """Id of a new one, in which `model` answers, or that of the first chat."""
        blank = self._library.new(model or self._first_model)
        self._ids.add(blank.id)
        return blank.id

    def note_sent(self, conversation_id: str) -> None:
        """Something was sent in a chat, which is not empty any more."""
        self._ids.discard(conversation_id)
