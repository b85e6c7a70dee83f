"""The parts of a chat screen: what is known of the chat from the first frame on, and what is made on first use.

A part is imported and made when it is first asked for, with those that it needs: the first frame draws an empty chat,
and nobody has done anything yet. What a part only hands on to another is a method here, so that it need not be there.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tui.app.chat.autosave import Autosave
from tui.app.chat.budget_alarm import BudgetAlarm
from tui.app.chat.chat_search import ChatSearch
from tui.app.chat.composing import Composing
from tui.app.chat.drafts import Drafts
from tui.app.chat.empty_chats import EmptyChats
from tui.app.chat.figures_drawer import FiguresDrawer
from tui.app.chat.first_choice import FirstChoice
from tui.app.chat.following import Following
from tui.app.chat.list_reading import ListReading
from tui.app.chat.opening import ChatOpener
from tui.app.chat.presenter import ChatPresenter
from tui.app.chat.pull_status import PullStatus
from tui.app.chat.questions import SendingQuestions
from tui.app.chat.server_asks import ServerAsks
from tui.app.chat.unread import UnreadChats
from tui.app.chat.view_drawer import ViewDrawer

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.action_runner import ActionRunner
    from tui.app.chat.actions import ChatActions
    from tui.app.chat.autosave import AutosaveHost
    from tui.app.chat.branch_actions import BranchActions
    from tui.app.chat.chat_commands import ChatCommands
    from tui.app.chat.compacting import Compacting
    from tui.app.chat.comparing import Comparing
    from tui.app.chat.dispatch import CommandDispatch
    from tui.app.chat.host import BrowserTab
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.list_actions import ListActions, Undoable
    from tui.app.chat.outcome import Outcome
    from tui.app.chat.question_answers import QuestionAnswers
    from tui.app.chat.queue import QueueActions
    from tui.app.chat.reply_events import ReplyEvents
    from tui.app.chat.sender import PromptSender
    from tui.app.chat.tool_answers import ToolAnswers
    from tui.app.completion.completer import Completer
    from tui.bootstrap import Services
    from tui.chat.catalog.remembered import RememberedModels
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
        still: whether little is to move.

    Attributes:
        undoable: what was done to chats and can be undone, the last one at the end.
    """

    def __init__(
        self,
        host: "AutosaveHost",
        services: "Services",
        layout: "ChatLayout",
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
        browser: "BrowserTab",
        still: Callable[[], bool],
    ) -> None:
        self._host = host
        self._services = services
        self._layout = layout
        self._ask, self._copy, self._remember = ask, copy, remember
        self._choose_theme, self._browser = choose_theme, browser
        library, replies, composer = services.library, services.replies, layout.composer
        self.undoable: list[Undoable] = []
        self.presenter = presenter = ChatPresenter(library, replies, services.catalog)
        self.drafts = drafts = Drafts(composer, library.put_draft, library.unsent_prompts.remove)
        drafts.put(first.id, prompt)
        self.empty = empty = EmptyChats(library, drafts, first)
        self.autosave = autosave = Autosave(host, services, drafts, empty, layout.chat_list)
        self.composing = Composing(host, composer, drafts, autosave, presenter, services, ask, lend)
        self.first_choice = choice = FirstChoice(services, layout, drafts, first_run=first_run)
        self.chats = ChatOpener(
            host, layout, presenter, replies, library, drafts, autosave, empty, self.composing, choice,
            show_branch=library.branches.show, send=send,
        )  # fmt: skip
        self.budget_alarm = BudgetAlarm(host)
        self.following = Following(host, library, services.catalog, presenter)
        self.figures_drawer = FiguresDrawer(host, layout, presenter, services.catalog, self.budget_alarm, still)
        self.list_reading = ListReading(host, library, layout.chat_list, drafts, self._mark_chats)
        self.view_drawer = ViewDrawer(layout, services, presenter, drafts, choice, self.list_reading, self.undoable)
        self.pull_status = PullStatus(host, layout, services.pulls)
        self.questions = SendingQuestions(layout, presenter, replies, drafts)
        self.search = ChatSearch(host, library, layout.chat_list)
        self.server_asks = ServerAsks(host, presenter, services, ask, copy)
        self.unread = UnreadChats(host, library, presenter)
        composer.area.make_completer = self._make_completer

    # What is done.

    @cached_property
    def models(self) -> "RememberedModels":
        """Favourites, and models that were asked lately."""
        from tui.chat.catalog.remembered import RememberedModels

        return RememberedModels(self._services.state, self._remember)

    @cached_property
    def actions(self) -> "ChatActions":
        """What can be done with the chat."""
        from tui.app.chat.actions import ChatActions

        return ChatActions(
            self.presenter, self._services, self._ask, self._copy, self._show_changed, self._choose_theme, self.models,
            self._draft_tokens, self._remember,
        )  # fmt: skip

    @cached_property
    def list_actions(self) -> "ListActions":
        """What can be done with chats of the list."""
        from tui.app.chat.list_actions import ListActions

        return ListActions(self.presenter, self._services, self._ask, self.actions.exports.export_chats, self.undoable)

    @cached_property
    def branches(self) -> "BranchActions":
        """What can be done with the branches of the chat."""
        from tui.app.chat.branch_actions import BranchActions

        return BranchActions(
            self.presenter, self._services, self._ask, self.actions.choose_model, self._show_outcome
        )  # fmt: skip

    @cached_property
    def compacting(self) -> "Compacting":
        """What can be done about the length of the chat."""
        from tui.app.chat.compacting import Compacting

        return Compacting(self.presenter, self._services, self._ask)

    @cached_property
    def comparing(self) -> "Comparing":
        """Asks several models the same."""
        from tui.app.chat.comparing import Comparing

        return Comparing(
            self._host, self._services, self._layout.composer, self.presenter, self.drafts, self.actions,
            self.first_choice, self._ask, self._copy, self.runner.start,
        )  # fmt: skip

    @cached_property
    def queue(self) -> "QueueActions":
        """What can be done with the prompts that wait."""
        from tui.app.chat.queue import QueueActions

        return QueueActions(self._services.replies, self.drafts, self.presenter)

    @cached_property
    def runner(self) -> "ActionRunner":
        """Runs actions, and shows what came of them."""
        from tui.app.chat.action_runner import ActionRunner

        return ActionRunner(
            self._host, self._layout, self.presenter, self._services.replies, self.chats, self.drafts,
            self.first_choice, self._remember, self._browser, self._compare,
        )  # fmt: skip

    @cached_property
    def sender(self) -> "PromptSender":
        """Sends what was written."""
        from tui.app.chat.sender import PromptSender

        return PromptSender(
            self._host, self._layout.transcript, self._layout.composer, self.presenter, self._services.replies,
            self.drafts, self.autosave, self.first_choice, self.actions, self.runner, self._services.catalog,
            self.models,
        )  # fmt: skip

    @cached_property
    def commands(self) -> "ChatCommands":
        """The commands of the scopes "chat" and "queue"."""
        from tui.app.chat.chat_commands import ChatCommands

        return ChatCommands(
            self._host, self._layout, self.presenter, self.actions, self.runner, self.chats, self.sender,
            self.first_choice, self.composing, self.compacting, self.queue, self.autosave, self.branches, self.drafts,
            self.comparing, self.list_actions,
        )  # fmt: skip

    @cached_property
    def dispatch(self) -> "CommandDispatch":
        """Runs any command of the table."""
        from tui.app.chat.dispatch import CommandDispatch

        return CommandDispatch(self._host, self._layout, self.commands, self.chats, self.drafts)

    # What happens.

    @cached_property
    def question_answers(self) -> "QuestionAnswers":
        """Does what was answered to a question about a prompt."""
        from tui.app.chat.question_answers import QuestionAnswers

        return QuestionAnswers(
            self._host, self._layout, self.presenter, self._services.replies, self.questions, self.sender, self.actions,
            self.compacting, self.runner,
        )  # fmt: skip

    @cached_property
    def tool_answers(self) -> "ToolAnswers":
        """The calls of tools that wait for a yes or no."""
        from tui.app.chat.tool_answers import ToolAnswers

        return ToolAnswers(
            self._host, self._layout, self.presenter, self._services.replies, self.sender, self.runner, self._ask
        )

    @cached_property
    def reply_events(self) -> "ReplyEvents":
        """Shows what the replies report."""
        from tui.app.chat.reply_events import ReplyEvents

        return ReplyEvents(
            self._host, self._layout, self.presenter, self.drafts, self.autosave, self.empty, self.questions,
            self.tool_answers, self.comparing.takes, self.unread, self.budget_alarm,
        )  # fmt: skip

    def _mark_chats(self) -> None:
        self.view_drawer.mark_chats()

    def _compare(self, line: str) -> None:
        self.comparing.start(line)

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
