"""Asks several models the same: opens the screen of a comparison, and shows in the chat what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from textual.events import Key

from tui.app.chat.outcome import NOTHING, Outcome
from tui.chat.prompt import Prompt
from tui.errors import UsageError

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.actions import ChatActions
    from tui.app.chat.compare.screen import CompareScreen
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.transcript.openables import Openable
    from tui.app.widgets.composer import Composer
    from tui.bootstrap import Services
    from tui.chat.comparison import Comparison
    from tui.chat.replies.events import RepliesEvent

_BLIND = "--blind"


class Comparing:
    """Compares in the chat that is shown.

    Args:
        ask: opens a screen and waits for its end.
        copy: copies a text, whose second argument names it.
        run: runs an action, and shows what came of it.
    """

    def __init__(
        self,
        host: "DrawingHost",
        services: "Services",
        composer: "Composer",
        presenter: "ChatPresenter",
        drafts: "Drafts",
        actions: "ChatActions",
        first_choice: "FirstChoice",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
        run: Callable[[Callable[[], Awaitable[Outcome]]], None],
    ) -> None:
        self._host = host
        self._services = services
        self._composer = composer
        self._presenter = presenter
        self._drafts = drafts
        self._actions = actions
        self._first_choice = first_choice
        self._ask = ask
        self._copy = copy
        self._run = run
        self._shown: CompareScreen | None = None

    def start(self, line: str = "") -> None:
        """Compare; `line` is what was typed behind /compare: models, and a prompt."""
        self._run(partial(self._compare, line))

    async def _compare(self, line: str) -> Outcome:
        from tui.chat.compared_models import read_models
        from tui.chat.comparison import Column, Comparison

        conversation, written = self._presenter.conversation, self._composer.prompt
        if conversation is None:
            return NOTHING
        words = line.split(" ")
        blind = words[0] == _BLIND
        words = [word for word in words[blind:] if word]
        try:
            if self._presenter.running:
                raise UsageError("A reply is under way in this chat.", "Compare when it has ended, or stop it: esc.")
            models, rest = read_models(words, self._services.catalog) if words else ([conversation.model], [])
        except UsageError as error:
            return Outcome(problem=error.sentence)
        self._drafts.end_try()
        comparison = Comparison(self._services.replies, conversation, [Column(model) for model in models], blind=blind)
        prompt = Prompt(" ".join(rest), written.attachments) if rest else written
        then = await self._show(comparison, prompt, send=bool(rest))
        outcome = await self._take_over(comparison)
        if then == "send" and self._drafts.written_for == conversation.id:  # once that is shown
            self._composer.area.call_later(self._composer.area.action_send)  # what it sends goes up from there
        elif isinstance(then, Key):
            self._composer.call_later(self._composer.app.post_message, Key(then.key, then.character))
        return outcome

    async def _show(self, comparison: "Comparison", prompt: Prompt, *, send: bool) -> Key | Literal["send"] | None:
        """Have it on screen until it is left; returns what is to be done in the chat then."""
        from tui.app.chat.compare.screen import CompareScreen

        self._shown = CompareScreen(
            self._services,
            comparison,
            prompt,
            self._actions.models,
            send=send,
            write=partial(self._write, comparison.conversation.id),
            copy=self._copy,
            open_found=self._open,
            add_key=self._add_key,
        )
        try:
            then: Key | Literal["send"] | None = await self._ask(self._shown)
            return then
        finally:
            self._shown = None

    def keep_written(self) -> None:
        """Have what is written in a comparison as the chat's draft now."""
        if self._shown is not None and self._shown.is_mounted:
            self._shown.keep_written()

    def takes(self, event: "RepliesEvent") -> bool:
        """Whether an event is about a column of the comparison that is on screen: its prompt comes back there."""
        shown = self._shown
        return shown is not None and shown.is_mounted and shown.comparison.column_of(event) is not None

    def _write(self, conversation_id: str, prompt: Prompt) -> None:
        """Keep what is written in the comparison as the draft of its chat."""
        if self._drafts.written_for == conversation_id and self._composer.prompt != prompt:
            self._composer.prompt = prompt

    def _open(self, found: "Sequence[Openable]") -> None:
        self._run(partial(self._actions.open, found))

    def _add_key(self, provider: str) -> None:
        self._run(partial(self._actions.add_key, provider=provider))

    async def _take_over(self, comparison: "Comparison") -> Outcome:
        """Show the branch that was picked, or that of the first model."""
        conversation = comparison.conversation
        if not comparison.turns:
            return NOTHING
        self._first_choice.made()
        if self._presenter.id == conversation.id:
            self._host.show_view(await self._presenter.open(conversation.id))
            self._composer.area.remember_texts(self._presenter.prompts)
        return Outcome(list_changed=True, used_model=comparison.picked.model if comparison.picked else "")
