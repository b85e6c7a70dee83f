"""What a person can do with the prompts that wait, by the ids of the commands. Knows no widget."""

from tui.app.chat.drafts import Drafts
from tui.chat.addressed import with_address
from tui.chat.replies.replies import Replies
from tui.figures import counted

_STEPS = {"raise_queued": -1, "lower_queued": 1}
_OF_ONE = frozenset({"edit_queued", "send_queued", "drop_queued", *_STEPS})

QUEUE_COMMANDS = _OF_ONE | {"clear_queue", "restore_queued", "release_queue"}
"""Ids of the commands that are for this."""


class QueueActions:
    """The actions on the queue of the chat that is shown."""

    def __init__(self, replies: Replies, drafts: Drafts) -> None:
        self._replies = replies
        self._drafts = drafts

    def can_run(self, command: str, conversation_id: str) -> bool:
        """Whether there is something to do it with."""
        queue = self._replies.queue
        if command == "restore_queued":
            return bool(conversation_id) and queue.dropped_in == conversation_id
        if command == "release_queue":
            return self.is_stuck(conversation_id)
        return bool(queue.of(conversation_id))

    def is_stuck(self, conversation_id: str) -> bool:
        """Whether prompts wait and nothing but the person sends them."""
        held = any(queued.held for queued in self._replies.queue.of(conversation_id))
        return held and conversation_id not in self._replies.running

    def run(self, command: str, conversation_id: str, id: str = "") -> str:
        """Do what a command says, with the prompt `id` or, if that is "", with the next one.

        Returns:
            What was done, for a toast; "" where that can be seen.
        """
        queue = self._replies.queue
        waiting = queue.of(conversation_id)
        if command in _OF_ONE and not id:
            id = waiting[0].id if waiting else ""
        match command:
            case "edit_queued":
                if queued := queue.take_out(id):
                    self._drafts.end_edit(conversation_id)  # it is to be seen where one writes
                    once = queued.model if queued.model != queued.conversation.model else ""
                    self._drafts.give_back(conversation_id, with_address(queued.prompt, once), queued.id)
            case "send_queued":
                self._replies.send_now(id)
            case "raise_queued" | "lower_queued":
                queue.move(id, _STEPS[command])
            case "drop_queued":
                return _dropped(queue.drop([id]))
            case "clear_queue":
                return _dropped(queue.drop([queued.id for queued in waiting]))
            case "restore_queued":
                queue.undrop(held=conversation_id not in self._replies.running)
            case "release_queue":
                self._replies.release(conversation_id)
            case _:
                raise AssertionError(f"no such action: {command}")
        return ""


def _dropped(number: int) -> str:
    back = "it" if number == 1 else "them"
    return f"{counted(number, 'queued prompt')} dropped · /restore-queued brings {back} back" if number else ""
