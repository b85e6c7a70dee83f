"""Who answers in an empty chat: what was found stands in it, and what is sent before that is known waits for it.

Knows the layout and the drafts, and no replies: the screen does with the choice what it does with any other.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.layout import ChatLayout
    from tui.app.first_run.block import FoundModels
    from tui.bootstrap import Services
    from tui.chat.unsent import QueuedPrompt


class FirstChoice:
    """The choice of a model where there is none yet, or where one is looked for again.

    Args:
        first_run: no model was ever chosen.
    """

    def __init__(self, services: "Services", layout: "ChatLayout", drafts: "Drafts", *, first_run: bool) -> None:
        self._services = services
        self._layout = layout
        self._drafts = drafts
        self._first_run = first_run
        self._held: list[QueuedPrompt] = []

    # What was found.

    def look_first(self) -> None:
        """Look what there is, if no model was ever chosen; what is found shows itself if there is a choice."""
        if self._first_run and self._layout.found is None:
            self._put(first=True)

    def look_again(self, current: str) -> None:
        """Show what was found, and look once more; `current` is the id of the chat's model."""
        if self.shown and self._layout.found is not None:
            self._layout.found.look()
        else:
            self._put(current, first=False)

    def _put(self, current: str = "", *, first: bool) -> None:
        from tui.app.first_run.block import FoundModels

        found = FoundModels(self._services.catalog, self._services.discovery, current, first=first)
        self._layout.put_found(found)
        self.follow_writing()

    def made(self) -> None:
        """A model is chosen: nobody needs to look any more."""
        self._first_run = False
        self._layout.put_found(None)

    @property
    def shown(self) -> bool:
        """Whether what was found can be seen."""
        return self._layout.found_shown

    def show(self, *, empty: bool) -> None:
        """Show what was found in an empty chat, and hide it in any other."""
        found = self._layout.found
        self._layout.show_found(found is not None and found.wanted and empty)

    def follow_writing(self) -> None:
        """Enter sends as soon as something is written."""
        if self._layout.found is not None:
            self._layout.found.writing = bool(self._layout.composer.text)

    def can_run(self, command: str) -> bool:
        """Whether a command of the scope "found" acts now."""
        found = self._layout.found
        return self.shown and found is not None and found.can_run(command)

    def run(self, command: str) -> None:
        """Do what a command of that scope says."""
        found = self._layout.found
        if not self.shown or found is None:
            return
        found.run(command)
        if command == "skip" and not self._first_run:
            self.made()

    def mark(self, rows: int) -> None:
        """Mark another row, so many further down."""
        if self.shown and self._layout.found is not None:
            self._layout.found.move(rows)

    def tell_added(self, message: str) -> bool:
        """Say that a key or a server was added, and look what it has; False where nothing found is shown."""
        if self.shown and self._layout.found is not None:
            self._layout.found.look_for_added(message)
        return self.shown

    @property
    def offered(self) -> str:
        """Id of the model that answers what is sent now where none was chosen; "" for the chat's own."""
        found = self._layout.found
        return found.choice.model if found is not None and found.choice else ""

    # What waits for it.

    @property
    def waiting(self) -> tuple["QueuedPrompt", ...]:
        """The prompts that wait until it is known who answers, the first one first."""
        return tuple(self._held)

    @property
    def open(self) -> bool:
        """Whether what is sent is to wait in a chat whose model nobody has chosen."""
        return self._first_run or self._layout.found is not None

    def hold(self, prompt: "QueuedPrompt") -> None:
        """Let a prompt wait."""
        self._held.append(prompt)

    async def settled(self) -> "FoundModels.Taken | None":
        """Wait until it is known who answers; None for the chat's own model."""
        self.look_first()  # it comes with the first frame, and a prompt may come before
        found = self._layout.found
        if found is None:
            return None
        await found.settled()
        return found.choice if self._held and found is self._layout.found else None

    def take_waiting(self) -> list["QueuedPrompt"]:
        """What has waited; it does not any more."""
        prompts, self._held = self._held, []
        return prompts

    def give_back(self) -> None:
        """Make drafts again of what waits."""
        for queued in reversed(self.take_waiting()):
            self._drafts.give_back(queued.conversation.id, queued.prompt, queued.id)
