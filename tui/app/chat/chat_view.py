"""What the screen shows of a conversation around its messages: the presenter makes it, the drawing takes it apart."""

from typing import TYPE_CHECKING

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.offers import SettingOffer
    from tui.chat.settings import ChatSettings
    from tui.chat.unsent import QueuedPrompt
    from tui.store.records import Conversation


@dataclass(frozen=True, slots=True)
class ChatView:
    """Everything that the screen shows of a conversation beside its messages.

    Attributes:
        conversation: as it is stored.
        model: the one that answers next.
        live_model: id of the model that writes the reply under way; "" when none does.
        once: that one answers the next turn only, in the place of the chat's own.
        settings: of the next turn.
        offer: which of them the model takes.
        running: a reply is under way or about to be.
        prompts: what the person wrote in this conversation, oldest first.
        queued: prompts that wait, the next one first.
        stuck: nothing but the person sends these.
    """

    conversation: "Conversation"
    model: "ModelInfo"
    live_model: str
    once: bool
    settings: "ChatSettings"
    offer: "SettingOffer"
    running: bool
    prompts: tuple[str, ...]
    queued: "tuple[QueuedPrompt, ...]"
    stuck: bool
