"""Calls of tools that wait for a yes or no, in all chats: what a person answers goes to the reply that asks.

The keys go by themselves to a card that has just come, where nobody writes; else the footer names the key.
"""

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.app.chat.action_runner import ActionRunner
from tui.app.chat.host import DrawingHost
from tui.app.chat.layout import ChatLayout
from tui.app.chat.outcome import NOTHING, Outcome
from tui.app.chat.presenter import ChatPresenter
from tui.app.chat.sender import PromptSender
from tui.app.transcript.events import ToolAnswered
from tui.chat.replies.events import RepliesEvent, ReplyDone, ReplyFailed, ReplyStopped, ToolChanged
from tui.chat.tools.questions import ToolAnswer, ToolQuestion
from tui.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from textual.screen import Screen

    from tui.chat.replies.replies import Replies

WRITING_S = 1.0
"""Who typed something within this time may go on: the keys stay there."""


class ToolAnswers:
    """What waits, and what is answered.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.

    Attributes:
        clock: seconds that only grow.
    """

    def __init__(
        self,
        host: DrawingHost,
        layout: ChatLayout,
        presenter: ChatPresenter,
        replies: "Replies",
        sender: PromptSender,
        runner: ActionRunner,
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
    ) -> None:
        self.clock: Callable[[], float] = monotonic
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._sender = sender
        self._runner = runner
        self._ask = ask
        self._waiting: dict[tuple[str, str, int], ToolQuestion] = {}  # by chat, reply and part
        self._seen: list[ToolQuestion] = []  # those for which it was decided where the keys go
        self._typed_at = float("-inf")
        self._timer: Timer | None = None

    @property
    def chats(self) -> frozenset[str]:
        """Ids of the chats in which something waits."""
        return frozenset(chat for chat, _, _ in self._waiting)

    # What replies report

    def receive(self, conversation_id: str, event: RepliesEvent) -> None:
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
        chats = self._layout.chat_list.conversations
        title = next((chat.title for chat in chats if chat.id == conversation_id), "")
        name = f"“{clean_line(title, 30)}”" if title else "A chat"
        self._host.toast("?", f"{name} waits for you: {clean_line(tool, 40)}", "warning")

    # Where the keys go

    def note_typing(self) -> None:
        """Something was typed just now, or sent."""
        self._typed_at = self.clock()

    def follow(self) -> None:
        """Send the keys to a card that has come, or back to where one writes when nothing waits any more."""
        approvals = self._layout.transcript.approvals
        waiting = list(self._waiting.values())
        self._seen = [question for question in self._seen if any(question is one for one in waiting)]
        if not approvals:
            if approvals.taken:
                approvals.taken = False
                self._layout.composer.area.focus()
            return
        if not any(approvals.waits(one) and not any(one is seen for seen in self._seen) for one in waiting):
            return
        rest_s = WRITING_S - (self.clock() - self._typed_at)
        if rest_s > 0 and self._idle:
            if self._timer is None:
                self._timer = self._layout.set_timer(rest_s, self._follow_later)
            return
        self._seen += [question for question in waiting if approvals.waits(question)]
        if self._idle:
            approvals.take(by_itself=True)

    def _follow_later(self) -> None:
        self._timer = None
        self.follow()

    @property
    def _idle(self) -> bool:
        """Whether nobody writes anything, reads elsewhere or looks at a dialog."""
        layout = self._layout
        area = layout.composer.area
        return area.has_focus and not layout.composer.prompt and not layout.covered and layout.screen.is_active

    def write_on(self, typed: str) -> None:
        """Put what was typed on a card where one writes."""
        area = self._layout.composer.area
        area.focus()
        area.insert_typed(typed)

    # Answers

    def answer(self, event: ToolAnswered) -> None:
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
                self.follow()

    def _give(self, event: ToolAnswered, answer: ToolAnswer) -> None:
        if self._layout.transcript.approvals.waits(event.question):  # it may have ended while a word was typed
            self._replies.answer_tool(event.message_id, event.call_id, answer)

    async def _deny(self, event: ToolAnswered) -> Outcome:
        from tui.app.dialogs.deny_call import DenyCall

        word: str | None = await self._ask(DenyCall(event.question.tool))
        if word is not None:
            self._give(event, ToolAnswer("no", word))
        return NOTHING
