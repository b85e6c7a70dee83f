"""What comes of an answer to a question about a prompt: it goes out, or something else is done about it first."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.action_runner import ActionRunner
    from tui.app.chat.actions import ChatActions
    from tui.app.chat.compacting import Compacting
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.outcome import Outcome
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.chat.questions import SendingQuestions
    from tui.app.chat.sender import PromptSender
    from tui.chat.questions import SendingAnswers
    from tui.chat.replies.events import PromptHeld
    from tui.chat.replies.replies import Replies


class QuestionAnswers:
    """Does with the prompt that was asked about what was chosen: sends it as it is, shortened, or to a larger model."""

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        replies: "Replies",
        questions: "SendingQuestions",
        sender: "PromptSender",
        actions: "ChatActions",
        compacting: "Compacting",
        runner: "ActionRunner",
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._questions = questions
        self._sender = sender
        self._actions = actions
        self._compacting = compacting
        self._runner = runner

    def answer(self, action: str) -> None:
        """Do what was chosen in the chat that is shown."""
        held = self._questions.take()
        self._layout.composer.area.focus()
        if held is None:
            return
        answers, allowed = held.options.answers, held.options.answers.allowing(held.question.kind)
        does: dict[str, Callable[[], object]] = {
            "send": partial(self._send, held, allowed),
            "leave_out": partial(self._send, held, replace(answers, leave_out=True)),
            "compact": partial(self._compact, held, replace(answers, compacted=True)),
            "larger": partial(self._runner.start, partial(self._ask_larger, held)),
        }
        does.get(action, lambda: None)()
        self._host.show_view()

    async def _ask_larger(self, held: "PromptHeld") -> "Outcome":
        """Choose another model: what is written stays there, and what stands written nowhere else is asked of it."""
        outcome = await self._actions.switch_model(wanted=held.question.wanted)
        chosen, conversation = outcome.once or outcome.used_model, outcome.conversation or self._presenter.conversation
        if not chosen or conversation is None or held.conversation_id != conversation.id:
            return outcome
        if held.queued_id:
            self._replies.send_queued(held.queued_id, held.options.answers, model=chosen)
        elif held.prompt is None:
            self._replies.answer_again(conversation, replace(held.options, model=chosen))
        else:
            return outcome
        return replace(outcome, once="")

    def _send(self, held: "PromptHeld", answers: "SendingAnswers") -> None:
        conversation = self._presenter.conversation
        if held.queued_id:
            self._replies.send_queued(held.queued_id, answers)
        elif held.prompt is not None:
            self._sender.send_draft(answers)
        elif conversation is not None:
            self._replies.answer_again(conversation, replace(held.options, answers=answers))

    def _compact(self, held: "PromptHeld", answers: "SendingAnswers") -> None:
        """Sum up first: what was asked about waits for that in the queue."""
        conversation = self._presenter.conversation
        if conversation is None or self._presenter.running:
            return
        if not held.queued_id and held.prompt is None:
            asked_again = partial(self._compacting.ask_again, answers, at=held.options.at, model=held.options.model)
            self._runner.start(asked_again)
            return
        # Who was told what it costs to read all of it, and wants a summary, has agreed to that price.
        agreed = answers.allowing("cost") if held.question.kind == "cost" else answers
        model = held.options.model
        self._replies.compact(conversation, at=held.options.at, for_model=model, answers=agreed)
        self._send(held, answers)
