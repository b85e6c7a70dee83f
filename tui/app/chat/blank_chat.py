"""The empty chat of a window: there is one at a time, and no list has it until something is written in it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.chat.library import Library
    from tui.store.records import Conversation


class BlankChat:
    """Knows which chat is the empty one.

    Args:
        first: what the window shows first, which may be one.
    """

    def __init__(self, library: "Library", drafts: "Drafts", first: "Conversation") -> None:
        self._library = library
        self._drafts = drafts
        self._first_model = first.model
        self.id = "" if first.active_leaf else first.id

    @property
    def has_draft(self) -> bool:
        """Whether something is written in it, and another chat is shown."""
        return self.id in self._drafts.waiting

    def take(self, model: str = "") -> str:
        """Id of an empty chat: a new one, unless there is one with a draft; `model` answers in it, or the first's."""
        if not self.has_draft:
            self.id = self.another(model)
        return self.id

    def take_another(self, model: str = "") -> str:
        """Id of a new empty chat; one with a draft is found in the list from now on."""
        self.id = self.another(model)
        return self.id

    def model_of(self, shown: "Conversation | None") -> str:
        """Id of the model of the chat that is shown, or of the first one."""
        return shown.model if shown else self._first_model

    def another(self, model: str = "") -> str:
        """Id of one more empty chat, whatever is written in this one."""
        return self._library.new(model or self._first_model).id

    def note_sent(self, conversation_id: str) -> None:
        """Something was sent in a chat: if it was this one, it is empty no more."""
        if conversation_id == self.id:
            self.id = ""
