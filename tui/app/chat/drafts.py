"""What was written and not sent, by chat. Knows no widget."""

from tui.chat.prompt import Prompt


class Drafts:
    """Prompts that are not sent yet; an empty one is none."""

    def __init__(self) -> None:
        self._prompts: dict[str, Prompt] = {}

    @property
    def written(self) -> frozenset[str]:
        """Ids of the chats in which something is written."""
        return frozenset(self._prompts)

    def put(self, conversation_id: str, prompt: Prompt) -> None:
        """Keep the draft of a chat."""
        if prompt:
            self._prompts[conversation_id] = prompt
        else:
            self._prompts.pop(conversation_id, None)

    def take(self, conversation_id: str) -> Prompt:
        """The draft of a chat, which is now elsewhere."""
        return self._prompts.pop(conversation_id, Prompt())

    def add_above(self, conversation_id: str, prompt: Prompt) -> None:
        """Put a prompt that could not be sent above what was written since."""
        self.put(conversation_id, prompt.joined(self.take(conversation_id)))
