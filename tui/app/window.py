"""What the terminal's window shows of the chats, also while nobody looks: its title, and word of a long reply's end.

Hears of the replies, and writes sequences through the app; draws nothing.
"""

import os
import time
from typing import TYPE_CHECKING, Protocol

from tui.app.tty.window import notification_sequence, notification_way, title_sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.chat.replies.events import RepliesEvent, ReplyEnded

UNSEEN_S = 10.0
"""Who waits longer than this for a reply looks elsewhere meanwhile."""

_NAME = "Chinwag"


class WindowOwner(Protocol):
    """The app, as its window knows it."""

    app_focus: bool

    def show_window_title(self, sequence: str) -> None:
        """Have the window called by what the sequence says, until the app goes."""

    def tell_terminal(self, sequence: str) -> None:
        """Write a sequence that draws nothing."""


class Window:
    """The window of one app.

    Args:
        notifications: the setting: a way, or "auto".
        shown: tells the id of the chat that is shown.
        running: tells whether any reply is under way.
    """

    def __init__(
        self, owner: WindowOwner, notifications: str, shown: "Callable[[], str]", running: "Callable[[], bool]"
    ) -> None:
        self._owner = owner
        self.notify_by(notifications)
        self._shown = shown
        self._running = running
        self._chat_title = ""
        self._said = ""
        self._began: dict[str, float] = {}

    def notify_by(self, setting: str) -> None:
        """Notify by another way from now on."""
        self._way = notification_way(setting, os.environ)

    def name_chat(self, title: str | None) -> None:
        """Show the title of the chat that is shown; an empty one has none."""
        self._chat_title = title or ""
        self._show_title()

    def _show_title(self) -> None:
        title = f"{self._chat_title} · {_NAME}" if self._chat_title else _NAME
        title = f"● {title}" if self._running() else title
        if title != self._said:
            self._said = title
            self._owner.show_window_title(title_sequence(title, os.environ))

    def receive(self, conversation_id: str, event: "RepliesEvent") -> None:
        """Follow the replies."""
        from tui.chat.replies import events

        match event:
            case events.PromptSaved(reply=reply):
                self._began[reply.id] = time.monotonic()
            case events.ReplyDone() | events.ReplyFailed() | events.ReplyStopped():
                self._report(conversation_id, event)
            case events.PromptReturned() | events.PromptHeld():
                pass
            case events.ToolChanged(call=call) if call.state == "asking":
                self._tell(conversation_id, "A tool waits for your yes or no")
            case _:
                return
        self._show_title()

    def _report(self, conversation_id: str, event: "ReplyEnded") -> None:
        """Say that a long reply has ended, to whom it may not be seen; who stopped it knows."""
        from tui.chat.replies.events import ReplyDone, ReplyStopped

        took_s = time.monotonic() - self._began.pop(event.reply.id, time.monotonic())
        if took_s < UNSEEN_S or isinstance(event, ReplyStopped):
            return
        end = "has its answer" if isinstance(event, ReplyDone) else "could not be answered"
        self._tell(conversation_id, f"“{event.conversation.title or 'New chat'}” {end}")

    def _tell(self, conversation_id: str, text: str) -> None:
        """Notify whoever does not see it."""
        if self._owner.app_focus and conversation_id == self._shown():
            return
        self._owner.tell_terminal(notification_sequence(self._way, _NAME, text, os.environ))
