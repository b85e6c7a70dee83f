"""Runs actions beside everything else, and shows what came of them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.replies.options import TurnOptions
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.host import BrowserTab, DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.opening import ChatOpener
    from tui.app.chat.outcome import Outcome
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.prompt import Prompt
    from tui.chat.replies.replies import Replies


UNDO_S = 10.0
"""How long it is said that something can be undone."""


class ActionRunner:
    """Runs the actions of one chat screen.

    Args:
        remember: keeps fields of `State` for the next start.
        browser: what may show the app.
        compare: opens a comparison of the models that are named in a line.
    """

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        replies: "Replies",
        chats: "ChatOpener",
        drafts: "Drafts",
        first_choice: "FirstChoice",
        remember: Callable[..., None],
        browser: "BrowserTab",
        compare: Callable[[str], None],
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._chats = chats
        self._drafts = drafts
        self._first_choice = first_choice
        self._remember = remember
        self._browser = browser
        self._compare = compare

    def start(self, action: Callable[[], Awaitable["Outcome"]]) -> None:
        """Run an action beside everything else, so that it can wait for a dialog, and show what came of it."""
        self.forget_problems()
        self._host.begin(partial(self._run, action), "action")

    def forget_problems(self) -> None:
        """Something else is done: let go of what was said of the action before that came to nothing."""
        self._layout.forget_problems()

    async def _run(self, action: Callable[[], Awaitable["Outcome"]]) -> None:
        try:
            self.show(await action())
        except ChinwagError as error:
            self._host.show_problem(error.sentence)

    def show(self, outcome: "Outcome") -> None:
        """Show what an action came to."""
        if outcome.models_added and self._first_choice.tell_added(f"{outcome.done}. {outcome.notice}"):
            return
        if outcome.conversation is not None or outcome.used_model or outcome.once:
            self._show_change(outcome)
        if outcome.changes is not None:
            self._host.show_view(outcome.changes)
        self._show_chat(outcome)
        if outcome.list_changed:
            self._host.read_list()
        if outcome.prompt is not None:
            self._put_prompt(outcome.prompt, outcome)
        if outcome.link:
            self._layout.app.open_url(outcome.link)
        self._show_in_browser(outcome)
        self._tell(outcome)
        if outcome.answer_again:
            self._answer_again()
        if outcome.compared:
            self._compare(" ".join(outcome.compared))

    def _show_in_browser(self, outcome: "Outcome") -> None:
        if outcome.download is not None:
            self._browser.download(outcome.download)
        if outcome.upload:
            self._browser.choose_upload()

    def _tell(self, outcome: "Outcome") -> None:
        if outcome.done:
            self.tell_done(outcome.done, undo=outcome.undo)
        if outcome.notice:
            self._host.show_notice(outcome.notice)
        if outcome.problem:
            self._host.show_problem(outcome.problem)

    def tell_done(self, done: str, *, undo: bool = False) -> None:
        """Say in a toast what was done, and how the list of chats undoes it, if it does."""
        self._layout.app.clear_notifications()  # what was done before is undone, or not what the key undoes now
        if undo:
            self._host.toast("✓", f"{done} · {self._undo_key} undoes it", seconds=UNDO_S)
        else:
            self._host.toast("✓", done)

    @property
    def _undo_key(self) -> str:
        """Where the last change to chats is undone, as it is said to a person."""
        key = self._layout.keymap.shown("chat_list.undo")
        return key if self._layout.chat_list.has_focus_within and key else "/undo"

    def _show_chat(self, outcome: "Outcome") -> None:
        """Go from a chat that is gone, and to one that was found."""
        for id in outcome.deleted:
            self._chats.forget(id, for_good=outcome.for_good)
        for id in outcome.gone:
            self._chats.forget(id, for_good=True)
        if outcome.open_chat:
            self._chats.open_at(outcome.open_chat, outcome.message)

    def _put_prompt(self, prompt: "Prompt", outcome: "Outcome") -> None:
        """Put a prompt where it was asked for; what was written there meanwhile stays, below it."""
        composer = self._layout.composer
        if outcome.edited is not None:
            self._drafts.edit(outcome.prompt_for, outcome.edited, prompt)
            self._layout.action_back()
        elif outcome.prompt_for == self._drafts.written_for and composer.prompt == outcome.replaces:
            composer.prompt = prompt
        else:
            self._drafts.give_back(outcome.prompt_for, prompt)

    def _show_change(self, outcome: "Outcome") -> None:
        if outcome.used_model:
            self._remember(last_model=outcome.used_model)
            self._first_choice.made()
        changed = outcome.conversation
        changes = self._presenter.changed(changed, outcome.used_model) if changed is not None else []
        if outcome.once:
            changes += self._presenter.ask_once(outcome.once)
        self._host.show_view(changes)

    def _answer_again(self) -> None:
        if self._presenter.conversation is not None and not self._presenter.running:
            options = TurnOptions(self._presenter.take_once(), answers=self._presenter.answers())
            self._replies.answer_again(self._presenter.conversation, options)
            self._host.show_view()
