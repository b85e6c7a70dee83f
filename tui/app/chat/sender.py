"""Sends what was written: at once, behind a reply that runs, or as soon as it is known who answers."""

from typing import TYPE_CHECKING

from tui.app.chat.changes import apply_changes
from tui.chat.addressed import SIGN, addressed, with_address
from tui.chat.questions import NO_ANSWERS
from tui.chat.replies.options import TurnOptions
from tui.chat.unsent import QueuedPrompt
from tui.errors import ChinwagError, UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.chat.action_runner import ActionRunner
    from tui.app.chat.actions import ChatActions
    from tui.app.chat.autosave import Autosave
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.transcript.view import Transcript
    from tui.app.widgets.composer import Composer
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.remembered import RememberedModels
    from tui.chat.prompt import Prompt
    from tui.chat.questions import SendingAnswers
    from tui.chat.replies.replies import Replies
    from tui.store.records import Conversation


_LONGEST = 120
"""Characters of a sentence that a toast has room for, with a hint behind it."""


class PromptSender:
    """Sends the prompts of one chat screen, and stops what answers them.

    Args:
        models: gets to know which model was asked.
    """

    def __init__(
        self,
        host: "DrawingHost",
        transcript: "Transcript",
        composer: "Composer",
        presenter: "ChatPresenter",
        replies: "Replies",
        drafts: "Drafts",
        autosave: "Autosave",
        first_choice: "FirstChoice",
        actions: "ChatActions",
        runner: "ActionRunner",
        catalog: "Catalog",
        models: "RememberedModels",
    ) -> None:
        self._host = host
        self._transcript = transcript
        self._composer = composer
        self._presenter = presenter
        self._replies = replies
        self._drafts = drafts
        self._autosave = autosave
        self._first_choice = first_choice
        self._actions = actions
        self._runner = runner
        self._catalog = catalog
        self._models = models

    def send_draft(self, answers: "SendingAnswers") -> None:
        """Send what is written, after a question about it was answered."""
        if prompt := self._composer.prompt:
            self._composer.area.clear_prompt()
            self.send(prompt, answers)

    def send(self, prompt: "Prompt", answers: "SendingAnswers" = NO_ANSWERS) -> None:
        """Send what was in the composer; `answers` are those to questions about it."""
        conversation = self._presenter.conversation
        if conversation is None or conversation.id != self._drafts.written_for:
            # The chat is still being opened: another must not get it.
            self._write_again(prompt)
            return
        try:
            asked, model = self._asked(prompt)
        except UsageError as error:
            self._write_again(prompt)
            said = error.sentence if len(error.sentence) < _LONGEST else error.message
            self._host.toast("!", f"{said} A space in front sends it as it is.", "warning")
            return
        model = model or self._presenter.take_once()
        waits = self._first_choice.open and not self._presenter.model_chosen
        if waits and not model and not self._drafts.edited(conversation.id):  # an edit has its place in the chat
            self._hold(conversation, asked)
        else:
            self._start_reply(conversation, asked, model, answers)

    def _write_again(self, prompt: "Prompt") -> None:
        """Nothing has become of it: it is the draft, or the edit, that it was."""
        self._composer.prompt = prompt.joined(self._composer.prompt)

    def _asked(self, prompt: "Prompt") -> tuple["Prompt", str]:
        """What is asked, and the id of the model that it names with "@@"; "" when it names none.

        Raises:
            UsageError: there is no such model, or nothing is asked.
        """
        found = addressed(prompt)
        if not found.model:
            return prompt, ""
        model = self._catalog.meant(found.model).id
        if not found.prompt:
            raise UsageError(f"Write what to ask behind {SIGN}{clean_line(found.model, 40)}.")
        return found.prompt, model

    def _start_reply(
        self, conversation: "Conversation", prompt: "Prompt", model: str, answers: "SendingAnswers"
    ) -> None:
        self._models.asked(model or conversation.model, conversation.model)
        self._runner.forget_problems()
        answers = self._presenter.answers(answers)
        prompt_id = self._drafts.id_of(conversation.id)
        edited = self._drafts.edited(conversation.id)
        if edited and not answers.compacted:  # else it waits for the summary, which comes in the place of the old one
            options = TurnOptions(model, at=edited, answers=answers)
            started = self._replies.send_at(conversation, prompt, options, prompt_id=prompt_id)
        else:
            self._transcript.scroll_end(animate=False)
            started = self._replies.send(conversation, prompt, prompt_id=prompt_id, model=model, answers=answers)
        self._drafts.sent(conversation.id, with_address(prompt, model), queued=not started)
        self._autosave.start()
        self._host.show_view()

    def _hold(self, conversation: "Conversation", prompt: "Prompt") -> None:
        if not self._first_choice.waiting:
            self._host.begin(self._send_waiting, "first")
        prompt_id = self._drafts.id_of(conversation.id)
        self._drafts.sent(conversation.id, prompt, queued=False)
        self._autosave.start()
        self._first_choice.hold(QueuedPrompt(prompt_id, conversation, prompt, conversation.model))
        self._host.show_view()

    async def _send_waiting(self) -> None:
        """Send first prompts as soon as it is known who answers them."""
        if taken := await self._first_choice.settled():
            try:
                self._runner.show(await self._actions.use_model(taken.model, done=taken.found))
            except ChinwagError as error:  # it is said, and the chat's own model is asked
                self._host.show_notice(error.sentence)
        prompts, conversation = self._first_choice.take_waiting(), self._presenter.conversation
        if prompts and conversation is not None:
            self._first_choice.made()
            for queued in prompts:
                self._replies.send(conversation, queued.prompt, prompt_id=queued.id)
            self._models.asked(conversation.model, conversation.model)
            self._host.show_view()

    def stop(self) -> None:
        """Stop the reply that runs here; what waits for the first choice becomes a draft again."""
        if self._first_choice.waiting:
            self._first_choice.give_back()
            self._host.show_view()
        if self._replies.stop(self._presenter.id):
            apply_changes(self._transcript, self._presenter.stopped())
