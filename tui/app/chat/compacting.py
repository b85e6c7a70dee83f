"""Older turns of the chat that is shown, summed up: begun by a person, before a prompt is asked again, and edited."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.chat.questions import NO_ANSWERS

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services
    from tui.chat.questions import SendingAnswers


class Compacting:
    """What can be done about the length of a chat.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
    """

    def __init__(
        self, presenter: "ChatPresenter", services: "Services", ask: "Callable[[Screen[Any]], Awaitable[Any]]"
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._replies = services.replies
        self._ask = ask

    async def compact(self, words: str = "") -> Outcome:
        """Sum up; a prompt at the end that got no answer waits behind the summary, held."""
        unanswered = self._presenter.branch.unanswered
        if unanswered is not None:
            return await self.ask_again(NO_ANSWERS, words=words, held=True)
        if (conversation := self._presenter.conversation) is not None:
            self._replies.compact(conversation, words=words)
        return NOTHING

    async def ask_again(
        self, answers: "SendingAnswers", *, at: str = "", model: str = "", words: str = "", held: bool = False
    ) -> Outcome:
        """Sum up what stands above a prompt, and ask that again behind the summary.

        Args:
            answers: what was answered to the questions about it.
            at: the prompt's id; "" for the last one.
            model: id of who is asked; "" for the chat's.
            words: what the summariser is told besides.
            held: it waits behind the summary for the person.
        """
        conversation, asked = self._presenter.conversation, self._presenter.branch.prompt_at(at)
        if conversation is None or asked is None:
            return NOTHING
        prompt = await self._library.prompt_again(asked)
        self._replies.compact(conversation, words=words, at=asked.id, for_model=model, answers=answers)
        self._replies.send(conversation, prompt, model=model, answers=answers)
        if held:
            self._replies.queue.hold(conversation.id, True)
        return NOTHING

    async def edit(self, message_id: str) -> Outcome:
        """Let a person write a summary anew: theirs stands beside the model's, and counts from now on."""
        from tui.app.dialogs.text_editor import TextEditor
        from tui.chat.replies.compaction import edited_summary

        message = self._presenter.branch.summary(message_id)
        if message is None:
            return Outcome(problem="Only a summary can be edited.")
        text = await self._ask(TextEditor("Summary", message.text, "What the model is to know of what came before."))
        if text is None or not text.strip() or text.strip() == message.text.strip():
            return NOTHING
        conversation = await self._library.branches.add_beside(edited_summary(message, text.strip()))
        return Outcome(conversation, changes=await self._presenter.refresh(), done="Summary changed")
