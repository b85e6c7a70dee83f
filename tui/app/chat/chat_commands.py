"""What each command of the scopes "chat" and "queue" does, and whether it can be done now.

Whoever does it is asked here: most of it are actions, whose outcome the runner shows.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.app.chat.branch_actions import BRANCH_COMMANDS
from tui.app.chat.composing import COMPOSING_COMMANDS
from tui.app.chat.list_actions import SHOWN_CHAT
from tui.app.chat.queue import QUEUE_COMMANDS
from tui.streams import tab_folder

if TYPE_CHECKING:
    from tui.app.chat.action_runner import ActionRunner
    from tui.app.chat.actions import ChatActions
    from tui.app.chat.autosave import Autosave
    from tui.app.chat.branch_actions import BranchActions
    from tui.app.chat.compacting import Compacting
    from tui.app.chat.comparing import Comparing
    from tui.app.chat.composing import Composing
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.list_actions import ListActions
    from tui.app.chat.opening import ChatOpener
    from tui.app.chat.outcome import Outcome
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.chat.queue import QueueActions
    from tui.app.chat.sender import PromptSender
    from tui.store.records import ChatFolder

_OF_MESSAGES = frozenset({*SHOWN_CHAT, "copy", "copy_code", "copy_chat", "find", "fold", "open", "wrap_code"})
"""Ids of the commands for which something must have been asked."""


class ChatCommands:
    """The commands of one chat screen; their ids are those of the table."""

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        actions: "ChatActions",
        runner: "ActionRunner",
        chats: "ChatOpener",
        sender: "PromptSender",
        first_choice: "FirstChoice",
        composing: "Composing",
        compacting: "Compacting",
        queue: "QueueActions",
        autosave: "Autosave",
        branches: "BranchActions",
        drafts: "Drafts",
        comparing: "Comparing",
        list_actions: "ListActions",
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._actions = actions
        self._runner = runner
        self._chats = chats
        self._sender = sender
        self._first_choice = first_choice
        self._composing = composing
        self._compacting = compacting
        self._queue = queue
        self._autosave = autosave
        self._branches = branches
        self._drafts = drafts
        self._comparing = comparing
        self._list_actions = list_actions

    def can_run(self, command: str) -> bool:
        """Whether a command could be done now, wherever the focus is."""
        presenter = self._presenter
        conditions: dict[str, Callable[[], object]] = {
            "stop": lambda: presenter.running or self._first_choice.waiting,
            "cancel_edit": lambda: self._layout.composer.edited,
            "recent_model": lambda: self._actions.can_go_back,
            "compact": lambda: presenter.prompts and not presenter.running,
            "send_all": lambda: presenter.leaves_out,
            "close_notices": lambda: (notices := self._layout.notices_made) and notices.display,
            "keep_chat": lambda: presenter.prompts and not self._why_not_kept(),
            "undo": lambda: self._list_actions.can_undo,
            "upload": tab_folder,
        }
        if command in conditions:
            return bool(conditions[command]())
        if command in BRANCH_COMMANDS:
            return self._edits_summary(command) or self._branches.can_run(command, self._focused)
        if command in QUEUE_COMMANDS:
            return self._queue.can_run(command)
        return command not in _OF_MESSAGES or bool(presenter.prompts)

    def why_not(self, command: str) -> str:
        """Why a command cannot be done now, where that is not for want of something to do it with; else ""."""
        if command == "compact" and self._presenter.running:
            return "A reply is under way: sum up when it has ended, or stop it first"
        if command == "keep_chat":
            return self._why_not_kept()
        if command == "upload":
            return "Files are uploaded from a browser (chinwag serve); here they are attached: /attach"
        return "Nothing was asked in this chat yet" if command in _OF_MESSAGES else ""

    def _why_not_kept(self) -> str:
        if not self._actions.temporary:
            return "This chat is saved already"
        if self._presenter.running:
            return "A reply is under way: keep the chat when it has ended"
        if self._presenter.stuck:
            return "Prompts wait above the composer: send or drop them, then keep the chat"
        return ""

    def _edits_summary(self, command: str) -> bool:
        """Whether what is to be edited is a summary, which a model wrote."""
        return command == "edit_message" and self._presenter.branch.summary(self._focused) is not None

    def run(self, command: str, argument: str = "") -> None:
        """Do what a command says, with what was typed behind it."""
        plain: dict[str, Callable[[], object]] = {
            "stop": self._sender.stop,
            "new_chat": partial(self._new_chat, argument),
            "cancel_edit": self._cancel_edit,
            "find_models": self._look_again,
            "recent_model": partial(self._runner.start, self._actions.use_recent),
            "prompts": self.use_prompt,
            "usage": self._show_usage,
            "export": partial(self._runner.start, partial(self._actions.exports.export, argument, self._focused)),
            "pull_model": partial(self._runner.start, partial(self._actions.pulls.open, argument)),
            "import": partial(self._runner.start, partial(self._actions.import_chats, argument)),
            "close_notices": lambda: self._layout.notices.clear(),
            "send_all": self._send_all,
            "compact": partial(self._compact, argument),
            "compare": partial(self._comparing.start, argument),
            "rename_chat": partial(self._rename, argument),
            "keep_chat": partial(self._runner.start, self._keep_chat),
            "list_archived": partial(self._list, "archived"),
            "list_trash": partial(self._list, "trash"),
        }
        if command in plain:
            plain[command]()
        elif command in SHOWN_CHAT:
            self._change_shown(command, argument)
        elif command in COMPOSING_COMMANDS:
            self._runner.start(partial(self._composing.run, command, argument))
        elif command in QUEUE_COMMANDS:
            self.run_on_queue(command, self._layout.queue_panel.key)
        elif self._edits_summary(command):
            self._runner.start(partial(self._compacting.edit, self._focused))
        elif command in BRANCH_COMMANDS:
            self._runner.start(partial(self._branches.run, command, self._focused, argument))
        else:
            self._runner.start(partial(self._actions.run, command, argument))

    def run_on_queue(self, command: str, id: str = "") -> None:
        """Do something with a prompt that waits, by its id, or with the next one."""
        if any(held.id == id for held in self._first_choice.waiting):  # nobody answers yet: all of it is a draft again
            self._first_choice.give_back()
            self._host.show_view()
        elif done := self._queue.run(command, id):
            self._runner.tell_done(done)
        if command == "edit_queued":
            self._layout.action_back()
            self._autosave.start()

    def run_on_message(self, message_id: str, action: str) -> None:
        """Do something with a message; see `Transcript.ActionChosen`."""
        match action:
            case "edit_message" if self._presenter.branch.summary(message_id):
                self._runner.start(partial(self._compacting.edit, message_id))
            case "originals":
                self._host.show_view(self._presenter.toggle_originals())
            case _ if action in BRANCH_COMMANDS:
                self._runner.start(partial(self._branches.run, action, message_id))
            case "model":
                self._runner.start(partial(self._actions.switch_model, message_id))
            case "key":
                self._runner.start(partial(self._actions.add_key, message_id))
            case _:
                self.run(action)

    @property
    def _focused(self) -> str:
        """Id of the message that the keys act on; "" where they go elsewhere."""
        transcript = self._layout.transcript
        return transcript.focused_id if transcript.screen.focused is transcript else ""

    def _compact(self, words: str) -> None:
        if why_not := self.why_not("compact"):
            self._host.refuse(why_not)
        else:
            self._runner.start(partial(self._compacting.compact, words))

    async def _keep_chat(self) -> "Outcome":
        """Save a temporary chat, and go on with it there."""
        outcome = await self._actions.keep_chat()
        for kept in outcome.deleted:
            self._layout.call_later(self._layout.app.run_action, f"saved_chats({kept!r})")
        return outcome

    def _new_chat(self, kind: str) -> None:
        temporary = kind.casefold() in ("temp", "temporary")
        if not kind or (temporary and self._actions.temporary):
            self._chats.open_new()
        elif temporary:
            self._layout.call_later(self._layout.app.run_action, "new_temporary")
        else:
            self._host.refuse("/new begins a chat, /new temp one of which nothing is saved")

    def _send_all(self) -> None:
        if self._presenter.leaves_out:
            self._host.show_view(self._presenter.send_all())
            self._host.toast("✓", "All messages go out again with the next prompt")

    def _cancel_edit(self) -> None:
        self._drafts.end_edit(self._drafts.written_for)
        self._autosave.start()
        self._host.show_view()

    def _change_shown(self, command: str, typed: str) -> None:
        """Change where the chat that is shown is kept; one in which nothing was asked is kept nowhere."""
        if self._presenter.prompts:
            action = partial(self._list_actions.run, SHOWN_CHAT[command], [self._presenter.id], typed)
            self._runner.start(action)

    def _list(self, folder: "ChatFolder") -> None:
        """List the chats of a folder, and go there."""
        chat_list = self._layout.chat_list
        self._layout.show_list()
        chat_list.list_folder(folder)
        self._layout.call_after_refresh(chat_list.focus_list)

    def use_model(self, model: str, *, done: str = "") -> None:
        """Let a model answer from now on; `done` says why, if nobody has chosen it."""
        self._runner.start(partial(self._actions.use_model, model, done=done))

    def use_prompt(self, name: str = "") -> None:
        """Put a prompt of the library into the composer: the one of a name, or one that is chosen."""
        self._runner.start(partial(self._actions.use_prompt, self._presenter.id, self._layout.composer.prompt, name))

    def _show_usage(self) -> None:
        self._runner.start(partial(self._actions.usage.show, self._layout.composer.prompt))

    def confirm(self) -> None:
        """Enter in an empty composer: what waits is sent, or the marked model is taken."""
        if self._presenter.stuck:
            self.run("release_queue")
        else:
            self._first_choice.run("start")

    def _look_again(self) -> None:
        shown = self._presenter.conversation  # whose model the new one has, too
        self._chats.open_new()
        self._first_choice.look_again(shown.model if shown else "")
        self._host.show_view()

    def _rename(self, title: str) -> None:
        """Give this chat a name, or let one be typed in the list."""
        if title:
            self._runner.start(partial(self._list_actions.run, "rename", [self._presenter.id], title))
        else:
            self._layout.show_list()
            self._layout.call_after_refresh(self._rename_in_list)

    def _rename_in_list(self) -> None:
        if not self._layout.chat_list.start_rename(self._presenter.id):
            self._host.toast("!", "This chat is not in the list: its new name goes behind /rename", "warning")
