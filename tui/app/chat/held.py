"""First prompts that wait until it is known who there is to answer them."""

from tui.app.chat.drafts import Drafts
from tui.chat.prompt import Prompt


class HeldPrompts:
    """The prompts of one empty chat, in their order."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._conversation_id = ""
        self._prompts: list[Prompt] = []

    def __bool__(self) -> bool:
        return bool(self._prompts)

    @property
    def texts(self) -> tuple[str, ...]:
        """What they say, the first one first."""
        return tuple(prompt.text for prompt in self._prompts)

    def add(self, conversation_id: str, prompt: Prompt) -> None:
        """Let a prompt wait."""
        self._conversation_id = conversation_id
        self._prompts.append(prompt)

    def take(self) -> list[Prompt]:
        """All of them; none waits any more."""
        prompts, self._prompts = self._prompts, []
        return prompts

    def give_back(self) -> None:
        """Make drafts of them again."""
        for prompt in reversed(self.take()):
            self._drafts.give_back(self._conversation_id, prompt)
