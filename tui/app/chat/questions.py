"""Questions about prompts that are held: each stands above the composer of its chat until it is answered.

What is asked about stays where it was: a draft in the composer, a prompt in the queue, an answer that is wanted again.
What comes of an answer, `question_answers` knows.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.questions import SendingQuestion
    from tui.chat.replies.events import PromptHeld
    from tui.chat.replies.replies import Replies


class SendingQuestions:
    """The questions of all chats, by chat; the one of the chat that is shown is on screen."""

    def __init__(self, layout: "ChatLayout", presenter: "ChatPresenter", replies: "Replies", drafts: "Drafts") -> None:
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._drafts = drafts
        self._held: dict[str, PromptHeld] = {}
        self._written = self._model = self._shown_in = ""  # when the question was shown

    def ask(self, held: "PromptHeld") -> None:
        """Let a question stand until it is answered."""
        self._held[held.conversation_id] = held

    def show(self) -> None:
        """Show what is asked in the chat that is shown."""
        asked = self._layout.question
        here = self._shown_in == self._presenter.id
        if asked is not None and here and self._model != self._presenter.model:
            self._held.pop(self._presenter.id, None)  # it was about another model
        question = self._question()
        if question is not asked:
            self._written, self._model = self._layout.composer.text, self._presenter.model
            self._shown_in = self._presenter.id
            held = self._held.get(self._presenter.id)
            # Who wanted an answer again was among the messages, and waits for this.
            again = held is not None and held.prompt is None and not held.queued_id
            self._layout.show_question(question, take_keys=again)

    def _question(self) -> "SendingQuestion | None":
        """None also where what it is about was sent or dropped meanwhile."""
        held = self._held.get(self._presenter.id)
        if held is not None and held.queued_id and self._replies.queue.find(held.queued_id) is None:
            del self._held[held.conversation_id]
            return None
        return None if held is None else held.question

    def dismiss(self) -> None:
        """Ask no more in the chat that is shown: what was asked about stays where it is."""
        if self._held.pop(self._presenter.id, None) is not None:
            self.show()

    def take(self) -> "PromptHeld | None":
        """What is held in the chat that is shown, whose question is answered now."""
        return self._held.pop(self._presenter.id, None)

    def follow_writing(self) -> None:
        """Something else is written now: whoever writes does not send what was asked about."""
        if self._drafts.written_for != self._shown_in:  # another chat is about to be shown, with its own draft
            return
        if self._layout.question is not None and self._layout.composer.text != self._written:
            self.dismiss()
