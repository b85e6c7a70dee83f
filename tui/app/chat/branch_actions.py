"""What can be done with the branches of the chat that is shown, by the ids of the commands.

Knows the presenter and the chat room; no widget of the screen. Returns outcomes as every action does.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Edited, Outcome
from tui.chat.branches import can_go_on
from tui.chat.message_parts import AttachmentContent
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.questions import NO_ANSWERS
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.options import TurnOptions
from tui.chat.stored_parts import stored_parts
from tui.figures import counted
from tui.preview import plain_line
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services
    from tui.store.records import Conversation, Message

_STEPS = {"previous_branch": -1, "next_branch": 1}

_ANSWERS = frozenset({"retry", "retry_with", "continue_reply"})

BRANCH_COMMANDS = frozenset({"edit_message", "fork", "delete_message", "undo_message", "tree", *_ANSWERS, *_STEPS})
"""Ids of the commands that are for this."""

_FIRST_WORDS = 60


class BranchActions:
    """The actions of one chat screen that change which branch there is, or which is shown.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        choose_model: asks for a model; what is given finds one by its name, without asking if there is one.
        show: shows what an action came to while another dialog is to be opened.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        choose_model: Callable[[str], Awaitable[str]],
        show: Callable[[Outcome], None],
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._replies = services.replies
        self._ask = ask
        self._choose_model = choose_model
        self._show = show

    def can_run(self, command: str, focused: str = "") -> bool:
        """Whether a command could be done now, with the focused message if there is one."""
        if command == "undo_message":
            return self._presenter.can_undo
        return bool(self._target(command, focused))

    def _target(self, command: str, focused: str) -> str:
        """The message that a command is for: the focused one, or else the last one with which it can be done."""
        records = self._presenter.records
        if focused:
            records = tuple(record for record in records if record.id == focused)
        return next((record.id for record in reversed(records) if self._applies(command, record)), "")

    def _applies(self, command: str, record: "Message") -> bool:
        number, count = self._presenter.siblings.place(record.id)
        match command:
            case "edit_message":
                return record.kind == "prompt"
            case "continue_reply":
                return can_go_on(record)
            case "previous_branch":
                return number > 1
            case "next_branch":
                return number < count
            case _:
                return True

    async def run(self, command: str, focused: str = "", argument: str = "") -> Outcome:
        """Do what a command says with the message of an id, or with the last one that it can be done with."""
        conversation, id = self._presenter.conversation, self._target(command, focused)
        if command == "undo_message":
            return await self._undo()
        if conversation is None or not id:
            return NOTHING
        if command in _STEPS:
            beside = self._presenter.siblings.beside(id)
            return await self.show(beside[beside.index(id) + _STEPS[command]])
        if command in _ANSWERS:
            model = await self._choose_model(argument) if command == "retry_with" else ""
            if model or command != "retry_with":
                self._answer(conversation, id, model, goes_on=command == "continue_reply")
            return Outcome(changes=())
        doing = {
            "edit_message": self._edit, "fork": self._fork, "delete_message": self._delete, "tree": self._tree,
        }  # fmt: skip
        return await doing[command](conversation, id)

    def _answer(self, conversation: "Conversation", message_id: str, model: str, *, goes_on: bool) -> None:
        """Have a prompt answered beside a reply, or the reply go on; over the limit that has ended it, this once."""
        record = self._presenter.branch.find(message_id)
        failure = failure_from_json(record.failure) if record is not None else None
        over = goes_on and failure is not None and failure.kind == "limit"
        answers = self._presenter.answers(NO_ANSWERS.allowing("limit") if over else NO_ANSWERS)
        # At the end of the branch it stays there, also when what is above is summed up first.
        at = "" if self._presenter.branch.is_last(message_id) and not goes_on else message_id
        self._replies.answer_again(conversation, TurnOptions(model, at=at, goes_on=goes_on, answers=answers))

    async def show(self, message_id: str) -> Outcome:
        """Show the branch that a message is on."""
        await self._library.branches.show(self._presenter.id, message_id)
        return Outcome(changes=await self._presenter.show_branch(message_id))

    async def _edit(self, conversation: "Conversation", message_id: str) -> Outcome:
        record = next(record for record in self._presenter.records if record.id == message_id)
        parts = [part for part in stored_parts(record) if isinstance(part, AttachmentContent)]
        known = await self._library.contents({part.hash for part in parts if part.hash})
        files = tuple(
            PromptAttachment(part.name, part.media_type, known[part.hash]) for part in parts if part.hash in known
        )
        lost = len(parts) - len(files)
        return Outcome(
            prompt=Prompt(record.text, files),
            prompt_for=conversation.id,
            edited=Edited(message_id, clean_line(plain_line(record.text[: 4 * _FIRST_WORDS]), _FIRST_WORDS) or "files"),
            notice=f"{counted(lost, 'file')} of this prompt cannot be had any more; the rest is here." if lost else "",
        )

    async def _fork(self, conversation: "Conversation", message_id: str) -> Outcome:
        forked = await self._library.fork(conversation, message_id)
        title = clean_line(forked.title, 40) or "New chat"
        return Outcome(list_changed=True, open_chat=forked.id, done=f"“{title}” is a chat of its own")

    async def _delete(self, conversation: "Conversation", message_id: str) -> Outcome:
        behind = self._presenter.siblings.behind(message_id)
        outline = await self._library.branches.outline(conversation.id)
        turns = sum(node.kind == "prompt" for node in outline if node.id in behind)
        if turns > 1:
            from tui.app.dialogs.confirm import Confirm

            question = f"Delete this message and all that follows it, {counted(turns, 'prompt')} with their answers?"
            if not await self._ask(Confirm("Delete messages", question, "delete")):
                return NOTHING
        for live in self._replies.live(conversation.id):
            if live.reply_id in self._presenter.siblings.behind(message_id):
                self._replies.stop_reply(live.reply_id)
        await self._library.branches.trash(conversation.id, message_id)
        self._presenter.deleted.append((conversation.id, message_id))
        changes = await self._presenter.show_branch("")
        return Outcome(changes=changes, list_changed=True, done="Deleted · u undoes it, or /undo-message")

    async def _undo(self) -> Outcome:
        if not self._presenter.can_undo:
            return NOTHING
        conversation_id, message_id = self._presenter.deleted[-1]
        await self._library.branches.restore(conversation_id, message_id)
        self._presenter.deleted.pop()
        return Outcome(changes=await self._presenter.show_branch(message_id), list_changed=True, done="Brought back")

    async def _tree(self, conversation: "Conversation", message_id: str) -> Outcome:
        """Show the tree until it is left or something else is to be shown."""
        from tui.app.dialogs.tree import TreeDialog

        at = message_id
        while True:
            outline = await self._library.branches.outline(conversation.id)
            leaf = (await self._library.current(conversation)).active_leaf
            choice = await self._ask(TreeDialog(outline, leaf, at, can_undo=self._presenter.can_undo))
            if choice is None:
                return NOTHING
            at = choice.near if choice.action == "delete" else choice.id
            match choice.action:
                case "go":
                    return await self.show(at)
                case "fork":
                    return await self._fork(conversation, at)
                case "compare":
                    self._show(await self._compare(conversation, choice.other, at))
                case "delete":
                    self._show(await self._delete(conversation, choice.id))
                case "undo":
                    self._show(await self._undo())

    async def _compare(self, conversation: "Conversation", one: str, other: str) -> Outcome:
        from tui.app.dialogs.compare_texts import CompareTexts

        texts = {message.id: message for message in await self._library.tree(conversation.id)}
        if one not in texts or other not in texts:
            return Outcome(problem="One of the two messages is not there any more: another window has deleted it.")
        await self._ask(CompareTexts(texts[one], texts[other]))
        return NOTHING
