"""What the replies report, in the chat that is shown and in those behind it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.app.chat.changes import apply_changes
from tui.chat.addressed import with_address
from tui.chat.prompt import Prompt
from tui.chat.replies.events import (
    ChatEvent,
    NotSaved,
    PromptHeld,
    PromptReturned,
    PromptSaved,
    QueueChanged,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    UsageChanged,
)
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.chat.autosave import Autosave
    from tui.app.chat.budget_alarm import BudgetAlarm
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.empty_chats import EmptyChats
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.chat.questions import SendingQuestions
    from tui.app.chat.tool_answers import ToolAnswers
    from tui.app.chat.unread import UnreadChats
    from tui.chat.replies.events import (
        RepliesEvent,
    )


class ReplyEvents:
    """Shows what became of prompts and replies.

    Args:
        compared: whether an event belongs to a comparison, which takes back what was not sent.
    """

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        drafts: "Drafts",
        autosave: "Autosave",
        empty: "EmptyChats",
        questions: "SendingQuestions",
        tool_answers: "ToolAnswers",
        compared: Callable[["RepliesEvent"], bool],
        unread: "UnreadChats",
        alarm: "BudgetAlarm",
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._drafts = drafts
        self._autosave = autosave
        self._empty = empty
        self._questions = questions
        self._tool_answers = tool_answers
        self._compared = compared
        self._unread = unread
        self._alarm = alarm

    def receive(self, conversation_id: str, event: "RepliesEvent") -> None:
        """Show an event of a chat."""
        shown = conversation_id == self._presenter.id
        self._tool_answers.receive(conversation_id, event)
        self._note_figures(conversation_id, event)
        match event:
            case PromptHeld() | PromptReturned() if self._compared(event):
                self._host.show_view()
            case PromptHeld(prompt=prompt, prompt_id=prompt_id, options=options):
                back = with_address(prompt, options.model) if prompt else Prompt()
                self._drafts.give_back(conversation_id, back, prompt_id)
                self._autosave.start()
                self._questions.ask(event)
                self._host.show_view()
            case PromptReturned(prompt=prompt, message=message, prompt_id=prompt_id, model=model):
                self._drafts.give_back(conversation_id, with_address(prompt, model) if prompt else Prompt(), prompt_id)
                self._autosave.start()
                if message:
                    self._host.show_notice(message, f"prompt of {conversation_id}")
                self._host.show_view()
            case QueueChanged():
                self._host.show_view()
            case NotSaved(message=message):
                self._host.show_notice(message, "unsaved")
                self._autosave.try_soon()
            case PromptSaved():
                self._empty.note_sent(conversation_id)
                self._host.show_notice("", f"prompt of {conversation_id}")
                self._host.show_view(self._presenter.receive(event) if shown else ())
                self._host.read_list()
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self._end(event, shown=shown)
            case _ if shown:
                self._go_on(event)

    def _go_on(self, event: ChatEvent) -> None:
        """More of a reply in the chat that is shown."""
        apply_changes(self._layout.transcript, self._presenter.receive(event))
        if not isinstance(event, TextDelta | ThinkingDelta):  # words come so often that nothing else is done for them
            self._host.show_reading()
            self._layout.end_approving()

    def _note_figures(self, conversation_id: str, event: "RepliesEvent") -> None:
        if isinstance(event, UsageChanged | ReplyDone | ReplyStopped | ReplyFailed):
            self._alarm.warn(conversation_id, event.reading)

    def _end(self, event: ReplyDone | ReplyStopped | ReplyFailed, *, shown: bool) -> None:
        """A reply ended, here or in a chat behind; either way other sums have grown, too."""
        self._autosave.note_reply_end()
        if shown:
            self._host.show_view(self._presenter.receive(event))
        else:
            self._report_end(event)
            self._host.show_view()
        self._host.begin(self._count, "figures", exclusive=True)
        self._host.read_list()

    async def _count(self) -> None:
        """Read what today, and the chat that is shown, have cost by now."""
        await self._presenter.count_beside(self._presenter.id)
        self._host.show_reading()

    def _report_end(self, event: ReplyDone | ReplyStopped | ReplyFailed) -> None:
        """Say what became of a reply in a chat behind; that it was stopped, its stopper knows."""
        title = f"“{clean_line(event.conversation.title, 30)}”"
        if not isinstance(event, ReplyStopped):
            self._unread.note_end(event.conversation.id)
        if isinstance(event, ReplyDone):
            self._host.toast("✓", f"{title} has its answer")
        elif isinstance(event, ReplyFailed):
            self._host.toast("!", f"{title} could not be answered", "warning")
