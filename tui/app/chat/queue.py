"""What a person can do with the prompts that wait, by the ids of the commands. Knows no widget."""

from typing import TYPE_CHECKING

from tui.chat.addressed import with_address
from tui.figures import counted

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.replies.replies import Replies

_STEPS = {"raise_queued": -1, "lower_queued": 1}
_OF_ONE = frozenset({"edit_queued", "send_queued", "drop_queued", *_STEPS})

QUEUE_COMMANDS = _OF_ONE | {"clear_queue", "restore_queued", "release_queue"}
"""Ids of the commands that are for this."""


class QueueActions:
    """The actions on the queue of the chat that is shown."""

    def __init__(self, replies: "Replies", drafts: "Drafts", presenter: "ChatPresenter") -> None:
        self._replies = replies
        self._drafts = drafts
        self._presenter = presenter

    def can_run(self, command: str) -> bool:
        """Whether there is something to do it with."""
        queue, conversation_id = self._replies.queue, self._presenter.id
        if command == "restore_queued":
            return bool(conversation_id) and queue.dropped_in == conversation_id
        if command == "release_queue":
            return self._presenter.stuck
        return bool(queue.of(conversation_id))

    def run(self, command: str, id: str = "") -> str:
        """Do what a command says, with the prompt `id` or, if that is "", with the next one.

        Returns:
            What was done, for a toast; "" where that can be seen.
        """
        queue, conversation_id = self._replies.queue, self._presenter.id
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
                return "Brought back"
            case "release_queue":
                self._replies.release(conversation_id)
            case _:
                raise AssertionError(f"no such action: {command}")
        return ""


def _dropped(number: int) -> str:
    back = "it" if number == 1 else "them"
    return f"{counted(number, 'queued prompt')} dropped · /restore-queued brings {back} back" if number else ""
