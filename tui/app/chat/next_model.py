"""Which model answers the next turn: one that was asked for that turn alone, one that is offered, or the chat's own.

Knows ids of models and of conversations, and nothing else of either; what is shown is the presenter's.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.store.records import Conversation


class NextModel:
    """The choice for the conversation that is shown, and what was asked once in the others.

    Attributes:
        chosen: somebody has chosen the model of the conversation, if only by going on with it.
        offered: id of the model that answers where none was chosen; "" for the conversation's own.
    """

    def __init__(self) -> None:
        self.chosen = False
        self.offered = ""
        self._once: dict[str, str] = {}  # by conversation, the model of its next turn alone

    def of(self, conversation: "Conversation | None", *, empty: bool) -> str:
        """Id of the model that answers next; "" before the first conversation.

        Args:
            conversation: the one that is shown, with the model of this window.
            empty: it has no messages: whatever was chosen in it, what is offered answers.
        """
        own = conversation.model if conversation else ""
        return self.once(conversation) or (self.offered if empty or not self.chosen else "") or own

    def once(self, conversation: "Conversation | None") -> str:
        """Id of the model that answers the next turn in the place of the conversation's own; "" when none does."""
        return self._once.get(conversation.id, "") if conversation else ""

    def ask_once(self, conversation: "Conversation", model: str) -> None:
        """Let a model answer the next turn, and no other; "" for the conversation's own."""
        if model in ("", conversation.model):
            self._once.pop(conversation.id, None)
        else:
            self._once[conversation.id] = model

    def take_once(self, conversation_id: str) -> str:
        """The same id as `once`, for the turn that is sent now: the one after it is the conversation's own again."""
        return self._once.pop(conversation_id, "")
