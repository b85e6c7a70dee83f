"""The parts of a chat screen, each made out of those before it; the order is that in which they know each other."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from tui.app.chat.action_runner import ActionRunner
from tui.app.chat.actions import ChatActions
from tui.app.chat.autosave import Autosave, AutosaveHost
from tui.app.chat.blank_chat import BlankChat
from tui.app.chat.branch_actions import BranchActions
from tui.app.chat.budget_alarm import BudgetAlarm
from tui.app.chat.chat_commands import ChatCommands
from tui.app.chat.chat_search import ChatSearch
from tui.app.chat.compacting import Compacting
from tui.app.chat.comparing import Comparing
from tui.app.chat.composing import Composing
from tui.app.chat.dispatch import CommandDispatch
from tui.app.chat.drafts import Drafts
from tui.app.chat.first_choice import FirstChoice
from tui.app.chat.following import Following
from tui.app.chat.host import BrowserTab
from tui.app.chat.layout import ChatLayout
from tui.app.chat.list_actions import ListActions
from tui.app.chat.list_reading import ListReading
from tui.app.chat.opening import ChatOpener
from tui.app.chat.presenter import ChatPresenter
from tui.app.chat.pull_status import PullStatus
from tui.app.chat.questions import SendingQuestions
from tui.app.chat.queue import QueueActions
from tui.app.chat.reply_events import ReplyEvents
from tui.app.chat.sender import PromptSender
from tui.app.chat.server_asks import ServerAsks
from tui.app.chat.tool_answers import ToolAnswers
from tui.app.chat.unread import UnreadChats
from tui.chat.catalog.remembered import RememberedModels

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.outcome import Outcome
    from tui.app.completion.completer import Completer
    from tui.bootstrap import Services
    from tui.chat.prompt import Prompt
    from tui.store.records import Conversation


class ChatParts:
    """All that a chat screen is made of, beside its widgets.

    Args:
        host: the screen.
        first, prompt: what is shown first, and the draft that it gets.
        send: send that draft as soon as the chat is shown.
        first_run: nothing was ever chosen.
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it, and says how.
        remember: keeps fields of `State` for the next start.
        choose_theme: asks for the theme of a setting, by its key.
        lend: hands the terminal over to another program, and takes it back.
        browser: what may show the app.
        list_drawn: is told that the list of chats has been read.
    """

    def __init__(
        self,
        host: AutosaveHost,
        services: "Services",
        layout: ChatLayout,
        first: "Conversation",
        prompt: "Prompt",
        *,
        send: bool,
        first_run: bool,
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
        remember: Callable[..., None],
        choose_theme: Callable[[str], Awaitable[str | None]],
        lend: Callable[[], AbstractContextManager[int | None]],
        browser: BrowserTab,
        list_drawn: Callable[[], None],
    ) -> None:
        self._host = host
        self._services = services
        self._layout = layout
        library, replies, composer = services.library, services.replies, layout.composer
        # What is known.
        self.presenter = presenter = ChatPresenter(library, replies, services.catalog)
        self.drafts = drafts = Drafts(composer, library.put_draft, library.unsent_prompts.remove)
        drafts.put(first.id, prompt)
        blank = BlankChat(library, drafts, first)
        self.autosave = autosave = Autosave(host, services, drafts, blank, layout.chat_list)
        self.models = models = RememberedModels(services.state, remember)
        # What can be done.
        self.queue = QueueActions(replies, drafts)
        self.actions = actions = ChatActions(
            presenter, services, ask, copy, self._show_changed, choose_theme, models, self._draft_tokens, remember
        )
        self.list_actions = ListActions(presenter, services, ask, actions.exports.export_chats)
        self.branches = BranchActions(presenter, services, ask, actions.choose_model, self._show_outcome)
        self.composing = Composing(host, composer, drafts, autosave, presenter, services, ask, lend)
        self.compacting = compacting = Compacting(presenter, services, ask)
        self.first_choice = choice = FirstChoice(services, layout, drafts, first_run=first_run)
        # What happens.
        self.budget_alarm = BudgetAlarm(host)
        self.following = Following(host, library, services.catalog, presenter)
        self.pull_status = PullStatus(host, layout, services.pulls)
        self.server_asks = ServerAsks(host, presenter, services, ask, copy)
        self.chats = ChatOpener(
            host, layout, presenter, replies, library, drafts, autosave, blank, self.composing, choice,
            show_branch=library.branches.show, send=send,
        )  # fmt: skip
        self.list_reading = ListReading(host, library, layout.chat_list, drafts, list_drawn)
        self.unread = UnreadChats(host, library, presenter)
        self.search = ChatSearch(host, library, layout.chat_list)
        self.runner = runner = ActionRunner(
            host, layout, presenter, replies, self.chats, drafts, choice, remember, browser
        )
        self.sender = PromptSender(
            host, layout.transcript, composer, presenter, replies, drafts, autosave, choice, actions, runner,
            services.catalog, models,
        )  # fmt: skip
        self.questions = SendingQuestions(
            host, layout, presenter, replies, self.sender, actions, compacting, runner, drafts
        )
        self.tool_answers = answers = ToolAnswers(host, layout, presenter, replies, self.sender, runner, ask)
        self.comparing = comparing = Comparing(
            host, services, composer, presenter, drafts, actions, choice, ask, copy, runner.start
        )
        runner.compare = comparing.start
        self.reply_events = ReplyEvents(
            host, layout.transcript, presenter, drafts, autosave, blank, self.questions, answers, comparing.takes,
            self.unread,
        )  # fmt: skip
        self.commands = ChatCommands(
            host,
            layout,
            presenter,
            actions,
            runner,
            self.chats,
            self.sender,
            choice,
            self.composing,
            compacting,
            self.queue,
            autosave,
            self.branches,
            drafts,
            comparing,
            self.list_actions,
        )
        self.dispatch = CommandDispatch(host, layout, self.commands, self.chats)
        composer.area.make_completer = self._make_completer

    def _draft_tokens(self) -> int:
        estimate = self._layout.composer.foot.estimate
        return estimate.tokens if estimate is not None else 0

    def _show_changed(self, conversation: "Conversation") -> None:
        self._host.show_view(self.presenter.changed(conversation))

    def _show_outcome(self, outcome: "Outcome") -> None:
        self.runner.show(outcome)

    def _make_completer(self) -> "Completer":
        from tui.app.chat.completions import make_completer

        return make_completer(self._services, self.dispatch, self.presenter, self._layout, self._host.begin)
