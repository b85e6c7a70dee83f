"""What was written and not sent, by chat: one draft is in the composer, the others wait here."""

from tui.app.widgets.composer import Composer
from tui.chat.prompt import Prompt


class Drafts:
    """The drafts of all chats.

    Attributes:
        written_for: id of the chat whose draft is in the composer; "" before there is one.
    """

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._waiting: dict[str, Prompt] = {}
        self.written_for = ""

    @property
    def waiting(self) -> frozenset[str]:
        """Ids of the other chats in which something is written."""
        return frozenset(self._waiting)

    def put(self, conversation_id: str, prompt: Prompt) -> None:
        """Keep a draft of a chat that is not written for; an empty one is none."""
        if prompt:
            self._waiting[conversation_id] = prompt
        else:
            self._waiting.pop(conversation_id, None)

    def write_for(self, conversation_id: str) -> None:
        """Put the draft of a chat into the composer, and keep the one that was there."""
        written = self._composer.prompt
        draft = self._waiting.pop(conversation_id, Prompt())
        if self.written_for:
            self.put(self.written_for, written)
        elif written:  # typed before there was a chat to write for
            draft = draft.joined(written)
        self.written_for = conversation_id
        self._composer.prompt = draft

    def give_back(self, conversation_id: str, prompt: Prompt) -> None:
        """Put a prompt that could not be sent above what was written since."""
        if not prompt:
            return
        if conversation_id == self.written_for:
            self._composer.prompt = prompt.joined(self._composer.prompt)
        else:
            self.put(conversation_id, prompt.joined(self._waiting.get(conversation_id, Prompt())))

    def discard(self, conversation_id: str) -> None:
        """Forget the draft of a chat that is gone."""
        self._waiting.pop(conversation_id, None)
        if conversation_id == self.written_for:
            self._composer.clear()
