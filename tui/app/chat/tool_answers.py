"""Calls of tools that wait for a yes or no, in all chats: what a person answers goes to the reply that asks.

The keys go to a card only when the person sends them there: who is about to write the next sentence must not answer.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.app.chat.outcome import NOTHING
from tui.chat.replies.events import ReplyDone, ReplyFailed, ReplyStopped, ToolChanged
from tui.chat.tools.questions import ToolAnswer
from tui.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from textual.screen import Screen

    from tui.app.chat.action_runner import ActionRunner
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.outcome import Outcome
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.chat.sender import PromptSender
    from tui.app.transcript.events import ToolAnswered
    from tui.chat.replies.events import RepliesEvent
    from tui.chat.replies.replies import Replies
    from tui.chat.tools.questions import ToolQuestion


class ToolAnswers:
    """What waits, and what is answered.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
    """

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        replies: "Replies",
        sender: "PromptSender",
        runner: "ActionRunner",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._sender = sender
        self._runner = runner
        self._ask = ask
        self._waiting: dict[tuple[str, str, int], ToolQuestion] = {}  # by chat, reply and part

    @property
    def chats(self) -> frozenset[str]:
        """Ids of the chats in which something waits."""
        return frozenset(chat for chat, _, _ in self._waiting)

    # What replies report

    def receive(self, conversation_id: str, event: "RepliesEvent") -> None:
        """Follow what waits in a chat; of one that is not shown, say it."""
        match event:
            case ToolChanged(reply_id, part, call):
                key = (conversation_id, reply_id, part)
                before = self._waiting.pop(key, None)
                if call.state == "asking" and call.question is not None:
                    self._waiting[key] = call.question
                    if call.question is not before and conversation_id != self._presenter.id:
                        self._say(conversation_id, call.name)
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                reply_id = event.reply.id
                self._waiting = {key: asked for key, asked in self._waiting.items() if key[1] != reply_id}
            case _:
                return
        self._layout.chat_list.asking = self.chats

    def _say(self, conversation_id: str, tool: str) -> None:
        chats = self._layout.chat_list.recent
        title = next((chat.title for chat in chats if chat.id == conversation_id), "")
        name = f"“{clean_line(title, 30)}”" if title else "A chat"
        self._host.toast("?", f"{name} waits for you: {clean_line(tool, 40)}", "warning")

    # Answers

    def answer(self, event: "ToolAnswered") -> None:
        """Let a call run, or not."""
        match event.answer:
            case "allow":
                self._give(event, ToolAnswer("once"))
            case "allow_chat":
                self._give(event, ToolAnswer("chat"))
            case "deny" if not event.question.rounds:
                self._runner.start(partial(self._deny, event))
            case "deny":
                self._give(event, ToolAnswer("no"))
            case "stop":
                self._give(event, ToolAnswer("no"))
                self._sender.stop()
                self._layout.end_approving()

    def _give(self, event: "ToolAnswered", answer: ToolAnswer) -> None:
        if self._layout.transcript.approvals.waits(event.question):  # it may have ended while a word was typed
            self._replies.answer_tool(event.message_id, event.call_id, answer)

    async def _deny(self, event: "ToolAnswered") -> "Outcome":
        from tui.app.dialogs.deny_call import DenyCall

        word: str | None = await self._ask(DenyCall(event.question.tool))
        if word is not None:
            self._give(event, ToolAnswer("no", word))
        return NOTHING
