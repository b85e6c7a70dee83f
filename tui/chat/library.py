"""The person's conversations: list, open, find, rename, delete, and the writes of a reply under way.

What the disk refuses is kept in memory, shown like anything else, and goes with the next write that works. Knows the
store's functions, but no SQL; knows no model and no screen.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.branching import Branches
from tui.chat.budgets import Budgets
from tui.chat.chat_folders import ChatFolders
from tui.chat.ids import new_id
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.refused import RefusedRows, UnsavedConversation
from tui.chat.settings import ChatSettings
from tui.chat.unsent import UnsentPrompts
from tui.dataclass import dataclass
from tui.errors import MessageGoneError, StoreError, UsageError
from tui.store import branches, picks
from tui.store import conversations as rows
from tui.store.backups import Backup, BackupKind, Step
from tui.store.catch_up import catch_up
from tui.store.database import Database
from tui.store.past_prompts import past_prompts
from tui.store.records import (
    Attachment,
    Conversation,
    Message,
    ModelTally,
    PastPrompt,
    TitledBy,
    branch_of,
)

if TYPE_CHECKING:
    from tui.chat.library_search import LibrarySearch
    from tui.chat.usage_report import UsageReports

EVERY_CONVERSATION = 1_000_000


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the messages of its active branch, oldest first."""

    conversation: Conversation
    messages: tuple[Message, ...]


class Library:
    """All conversations of one database.

    Methods that write raise `StoreError` when the disk refuses; `start_turn` and `finish_reply` have kept the rows in
    memory then, and reading shows them.

    Attributes:
        database: where it is kept, with what others keep beside it.
        defaults: the settings of every new chat.
        unsent_prompts: what was written in any chat and not sent.
        branches: of each chat: what there are, which is shown, and what goes to the trash.
        folders: what is pinned, archived, tagged or in the trash.
        budgets: what may be spent, and what of it is.
        temporary: it is meant to end with the program; see `tui.chat.temporary`.
    """

    temporary = False

    def __init__(self, database: Database) -> None:
        self.database = database
        self.defaults = ChatSettings()
        self.unsent_prompts = UnsentPrompts(database)
        self._blank: dict[str, Conversation] = {}
        self._refused = RefusedRows(database)
        self.branches = Branches(database, self._refused, self.is_blank)
        self.folders = ChatFolders(database, self._refused, self._drop_blank)
        self.budgets = Budgets(database, lambda: self._refused.messages)

    @property
    def notice(self) -> str:
        """What opening the database has to say, such as where a damaged one was moved; "" for nothing."""
        return self.database.notice

    @property
    def unsaved(self) -> tuple[UnsavedConversation, ...]:
        """Messages that are in memory only, because the disk refused them."""
        return self._refused.all

    @property
    def saves(self) -> bool:
        """Whether anything is written to a disk: not where it may only be read, nor where there is none."""
        return self.database.path is not None and not self.database.read_only

    @property
    def all_saved(self) -> bool:
        """Whether nothing ends with the program; a library that has no disk is never sure of that."""
        return self.database.path is not None and not self.unsaved and not self.unsent_prompts.refused

    async def messages_in_memory(self) -> tuple[UnsavedConversation, ...]:
        """Messages that end with the program: what the disk has refused, and all of a library that has no disk."""
        if self.database.path is not None:
            return self.unsaved
        kept = []
        for conversation in await self.conversations(limit=EVERY_CONVERSATION):
            messages = {message.id: message for message in await self.tree(conversation.id)}
            files: dict[str, tuple[Attachment, ...]] = {}
            for file in await self.attachments(conversation.id):
                files[file.message_id] = (*files.get(file.message_id, ()), file)
            kept.append(UnsavedConversation(conversation, messages, files))
        return tuple(kept)

    def new(self, model: str, settings: ChatSettings = ChatSettings()) -> Conversation:  # noqa: B008  frozen
        """A conversation that gets to the disk with its first prompt; `settings` go over those of every new chat."""
        now, settings = datetime.now(UTC), settings.over(self.defaults)
        blank = Conversation(new_id(), "", "prompt", model, settings.to_json(), None, now, now)
        self._blank[blank.id] = blank
        return blank

    async def blank_chats(self) -> tuple[Conversation, ...]:
        """The chats in which something was written, and nothing sent yet, the newest first. They can be opened.

        They are named by what is written there.
        """
        found = []
        for chat in await self.unsent_prompts.blank_chats():
            known = self._blank.setdefault(chat.id, replace(chat, title=""))
            found.append(known if known.title else replace(known, title=chat.title))
        return tuple(found)

    async def put_draft(self, id: str, conversation_id: str, prompt: Prompt, replaced: Collection[str] = ()) -> bool:
        """Keep a draft, and with it what a blank chat consists of; see `UnsentPrompts.put_draft`."""
        blank = self._blank.get(conversation_id)
        model, settings = (blank.model, blank.settings) if blank else ("", "")
        return await self.unsent_prompts.put_draft(
            id, conversation_id, prompt, replaced, model=model, settings=settings
        )

    async def conversations(self, *, limit: int = 200) -> list[Conversation]:
        """The newest conversations, newest first."""
        stored = await self.database.read(rows.newest, limit)
        known = {conversation.id: conversation for conversation in stored}
        known.update({kept.conversation.id: kept.conversation for kept in self.unsaved})
        return sorted(known.values(), key=lambda one: (one.updated_at, one.id), reverse=True)[:limit]

    async def open(self, conversation_id: str) -> OpenConversation:
        """A conversation and the branch of it that is shown."""
        if kept := self._refused.of(conversation_id):
            shown = kept.conversation.active_leaf
            return OpenConversation(kept.conversation, branch_of(await self.tree(conversation_id), shown))
        if blank := await self._still_blank(conversation_id):
            return OpenConversation(blank, ())
        conversation = await self.database.read(rows.get, conversation_id)
        return OpenConversation(conversation, await self.database.read(rows.branch, conversation_id))

    async def tree(self, conversation_id: str) -> tuple[Message, ...]:
        """Every message of a conversation, parents before children."""
        stored = await self.database.read(rows.tree, conversation_id)
        return self._refused.over(conversation_id, stored)

    async def branch_to(self, conversation: Conversation, message_id: str) -> OpenConversation:
        """A conversation as it is now, and its messages from the first prompt down to one of them.

        Raises:
            MessageGoneError: it is not there any more.
        """
        conversation = await self.current(conversation)
        if self._refused.of(conversation.id):
            tree = await self.tree(conversation.id)
            messages = branch_of(tree, message_id) if any(message.id == message_id for message in tree) else ()
        else:
            messages = await self.database.read(rows.branch, conversation.id, message_id)
        if not messages:
            raise MessageGoneError
        return OpenConversation(conversation, messages)

    async def messages(self, conversation_id: str, ids: Collection[str]) -> tuple[Message, ...]:
        """Some messages of a conversation, in the order of the ids; one that is not there any more is missing."""
        kept = self._refused.of(conversation_id)
        found = {message.id: message for message in await self.database.read(branches.messages, conversation_id, ids)}
        found |= {id: message for id, message in (kept.messages if kept else {}).items() if id in ids}
        return tuple(found[id] for id in ids if id in found)

    async def attachments(self, conversation_id: str) -> tuple[Attachment, ...]:
        """The files of a conversation."""
        stored = await self.database.read(rows.attachments_of, conversation_id)
        kept = self._refused.of(conversation_id)
        return stored if kept is None else (*stored, *kept.files)

    async def contents(self, hashes: Collection[str]) -> dict[str, bytes]:
        """The contents of files by their hashes; one that is nowhere any more is missing."""
        unsaved = {file.hash: file.data for kept in self.unsaved for file in kept.files}
        found = {hash: unsaved[hash] for hash in hashes if hash in unsaved}
        wanted = [hash for hash in hashes if hash not in found]
        return found | (await self.database.read(rows.contents_of, wanted) if wanted else {})

    async def find(self, wanted: str) -> Conversation:
        """The conversation that a person means: "last", an id, or the beginning of one.

        Raises:
            UsageError: there is none, or more than one.
        """
        if wanted == "last":
            if newest := await self.conversations(limit=1):
                return newest[0]
            raise UsageError("There is no conversation yet.", 'Start one: chinwag -p "hello".')
        found = await self.database.read(rows.with_prefix, wanted)
        if len(found) == 1:
            return found[0]
        if exact := [one for one in found if one.id == wanted.strip().lower()]:
            return exact[0]
        if found:
            ids = ", ".join(conversation.id for conversation in found[:3])
            raise UsageError(f'"{wanted}" fits more than one conversation: {ids}.', "Give more of the id.")
        raise UsageError(f'There is no conversation "{wanted}".', "Use its id, the beginning of its id, or: last.")

    async def current(self, conversation: Conversation) -> Conversation:
        """A conversation as it is now; the given one, when nothing newer is known."""
        if known := await self._still_blank(conversation.id):
            return known
        if kept := self._refused.of(conversation.id):
            return kept.conversation
        try:
            return await self.database.read(rows.get, conversation.id)
        except StoreError:
            return conversation

    async def is_blank(self, conversation_id: str) -> bool:
        """Whether nothing was ever sent in a chat: it goes for good, but not one whose messages were all deleted."""
        return await self._still_blank(conversation_id) is not None

    async def _still_blank(self, conversation_id: str) -> Conversation | None:
        """A chat that is not stored yet; one that another window has stored meanwhile is blank no more."""
        blank = self._blank.get(conversation_id)
        if blank is not None:
            with suppress(StoreError):
                if await self.database.read(rows.exists, conversation_id):
                    return None
        return blank

    async def current_branch(self, conversation: Conversation) -> OpenConversation:
        """A conversation and its branch as they are now; one without messages costs no reading of any."""
        conversation = await self.current(conversation)
        return (
            OpenConversation(conversation, ()) if conversation.active_leaf is None else await self.open(conversation.id)
        )

    async def rename(self, conversation_id: str, title: str, by: TitledBy = "user") -> Conversation:
        """Give a conversation the title that the person chose, or had before."""
        return await self._change(conversation_id, partial(rows.rename, by=by), title, title=title, title_by=by)

    async def suggest_title(self, conversation_id: str, title: str) -> Conversation:
        """Give a stored conversation a title that nobody typed, unless a person has chosen one."""
        return await self.database.run(rows.suggest_title, conversation_id, title)

    async def _drop_blank(self, conversation_id: str) -> bool:
        """Forget a chat in which nothing was ever sent, with what is written there; False for any other."""
        blank = await self._still_blank(conversation_id)
        self._blank.pop(conversation_id, None)
        if blank is None:
            return False
        await self.unsent_prompts.remove_chat(conversation_id)
        return True

    # Which model won.

    async def record_pick(self, prompt_id: str, winner: str, others: Sequence[str], *, blind: bool) -> None:
        """Keep which model's answer to a prompt was picked, and which models' were not; models as ids."""
        now = datetime.now(UTC)
        await self.database.run(partial(picks.record, blind=blind, at=now), prompt_id, winner, others)

    async def tally(self) -> tuple[ModelTally, ...]:
        """How often each model's answer was picked, the one that won most first."""
        return await self.database.read(picks.tally)

    async def fork(self, conversation: Conversation, message_id: str) -> Conversation:
        """A new conversation that begins with a copy of the messages down to one of this one.

        Raises:
            MessageGoneError: it is not there any more.
            StoreError: the disk refuses.
        """
        from tui.chat.forking import fork_rows

        opened = await self.branch_to(conversation, message_id)
        files = await self.attachments(conversation.id)
        return await self.database.run(catch_up, *fork_rows(opened.conversation, opened.messages, files))

    async def duplicate(self, conversation_id: str) -> Conversation | None:
        """A new conversation with a copy of all messages and files of another one; None where that has no message.

        Raises:
            StoreError: the disk refuses, or there is no such conversation.
        """
        from tui.chat.forking import fork_rows

        if await self.is_blank(conversation_id):
            return None
        opened, tree = await self.open(conversation_id), await self.tree(conversation_id)
        if not tree:
            return None
        known, shown = {message.id for message in tree}, opened.conversation.active_leaf
        leaf = shown if shown in known else None
        files = await self.attachments(conversation_id)
        return await self.database.run(catch_up, *fork_rows(opened.conversation, tree, files, leaf=leaf, word="copy"))

    async def set_model(self, conversation_id: str, model: str) -> Conversation:
        """Choose who answers the next turn; a reply under way is not touched."""
        return await self._change(conversation_id, rows.set_model, model, model=model)

    async def set_settings(self, conversation_id: str, settings: ChatSettings) -> Conversation:
        """Choose with which settings the next turn is answered."""
        text = settings.to_json()
        return await self._change(conversation_id, rows.set_settings, text, settings=text)

    async def spent_today(self) -> Decimal | None:
        """US dollars of today's replies (local calendar), as far as known; None when nothing is."""
        return (await self.budgets.spent("day", "", date.today())).known_dollars

    async def spent_in(self, conversation_id: str) -> Decimal | None:
        """US dollars of a conversation's replies, all branches, as far as known; None when nothing is."""
        return (await self.budgets.spent("chat", conversation_id, date.today())).known_dollars

    @property
    def usage(self) -> "UsageReports":
        """What was used and spent, and what was asked beside the chats."""
        from tui.chat.usage_report import UsageReports

        return UsageReports(self.database)

    @property
    def search(self) -> "LibrarySearch":
        """Search over all that is on disk."""
        from tui.chat.library_search import LibrarySearch

        return LibrarySearch(self.database)

    async def past_prompts(self, limit: int = 2_000) -> tuple[PastPrompt, ...]:
        """What was asked last in all conversations, newest first, each text once; what could not be saved included."""
        stored = await self.database.read(past_prompts, limit)
        unsaved = [
            PastPrompt(message.text, message.conversation_id, kept.conversation.title, message.created_at)
            for kept in self.unsaved
            for message in kept.messages.values()
            if message.kind == "prompt"
        ]
        found: dict[str, PastPrompt] = {}
        for prompt in (*reversed(unsaved), *stored):
            if text := prompt.text.strip():
                found.setdefault(text, prompt)
        return tuple(found.values())

    async def backup_before(self, kind: BackupKind, report: Step = lambda done, total: None) -> Backup | None:
        """Copy the library beside itself before something changes much of it; None where nothing is saved anyway.

        `report` is told after each step, on another thread, and may raise StoppedError.

        Raises:
            StoreError: there is no copy, because the disk is full or the library damaged.
        """
        return await self.database.back_up(kind, report=report)

    # Other windows on the same library.

    async def changed_elsewhere(self) -> bool:
        """Whether another window has written since this was asked last; takes some 0.1 ms."""
        return await self.database.changed_elsewhere()

    async def end_orphans(self) -> bool:
        """Mark replies whose window has died as interrupted; False when there is none."""
        return await self.database.interrupt_orphans() > 0

    async def prompt_again(self, message: Message) -> Prompt:
        """What a stored prompt asks, with its files, to be sent once more."""
        files = [file for file in await self.attachments(message.conversation_id) if file.message_id == message.id]
        return Prompt(message.text, tuple(PromptAttachment(file.name, file.media_type, file.data) for file in files))

    # The writes of one reply.

    async def start_turn(
        self,
        conversation: Conversation,
        prompt: Message | None,
        reply: Message,
        attachments: Sequence[Attachment] = (),
        *,
        leaf: str | None,
        at: str = "",
        shown: bool = True,
    ) -> Conversation | None:
        """Save a prompt (None: it is stored already) with its files, and the empty row of its reply, at once.

        Args:
            conversation: as the caller knows it.
            prompt: with the branch's last message as its parent.
            reply: the row in which the answer will stand.
            attachments: the files of the prompt.
            leaf: id of the branch's last message when it was read.
            at: the reply stands behind or beside this message, wherever the branch that is shown ends; "" for its end.
            shown: the reply's branch is the one that is shown from now on.

        Returns:
            None when another window has written to the branch since it was read; nothing was saved then.

        Raises:
            StoreError: the disk refuses; the rows are kept in memory.
            MessageGoneError: the message `at` is not there any more; nothing was saved.
            AlreadySentError: the prompt waited in a queue, and another window has sent it; nothing was saved.
        """
        begun = replace(
            conversation,
            active_leaf=reply.id if shown else conversation.active_leaf,
            updated_at=max(conversation.updated_at, reply.created_at),
        )
        owner = self.database.owner
        start: Callable[..., Conversation]
        if prompt is None:
            start = partial(rows.start_reply, reply=reply, owner=owner)
        else:
            start = partial(
                rows.start_turn,
                conversation=conversation, prompt=prompt, reply=reply, owner=owner, attachments=attachments,
            )  # fmt: skip
        stored: Conversation | None
        try:
            await self._refused.flush(conversation.id)
            if at:
                stored = await self.database.run(branches.start_at, conversation.id, at, shown, start)
            else:
                stored = await self.database.run(rows.unless_moved, conversation.id, leaf, start)
        except StoreError:
            self._refused.keep(begun, [message for message in (prompt, reply) if message is not None], attachments)
            self._blank.pop(conversation.id, None)
            if prompt is not None:
                self.unsent_prompts.forget(prompt.id)
            raise
        if stored is not None and prompt is not None:
            self.unsent_prompts.forget(prompt.id)
        if stored is not None and (changed := self._blank.pop(conversation.id, None)) is not None:
            return await self._take_over(stored, changed)
        if stored is not None and not stored.model:  # another program's chat: from now on it has one of ours
            return await self.database.run(rows.set_model, stored.id, conversation.model or reply.model)
        return stored

    async def _take_over(self, stored: Conversation, changed: Conversation) -> Conversation:
        """Save what was chosen for a conversation while its first prompt was being saved."""
        if changed.model != stored.model:
            stored = await self.database.run(rows.set_model, stored.id, changed.model)
        if changed.settings != stored.settings:
            stored = await self.database.run(rows.set_settings, stored.id, changed.settings)
        if changed.title_by == "user":
            stored = await self.database.run(rows.rename, stored.id, changed.title)
        return stored

    async def checkpoint(self, reply: Message) -> None:
        """Keep what has arrived of a reply so far, and the estimate of its usage."""
        await self._refused.flush(reply.conversation_id)
        await self.database.run(rows.checkpoint, reply.id, reply.text, reply.thinking, reply.payload, reply.usage)

    async def keep_files(self, message_id: str, files: Iterable[PromptAttachment]) -> None:
        """Keep files with a message that is stored.

        Raises:
            StoreError: they could not be saved.
        """
        kept = [Attachment(file.hash, message_id, file.name, file.media_type, file.data) for file in files]
        if kept:
            await self.database.run(rows.append, (), kept)

    async def finish_reply(self, conversation: Conversation, reply: Message, ended_at: datetime) -> Conversation:
        """Write the final row of a reply and the conversation's time, in one transaction."""
        try:
            await self._refused.flush(conversation.id)
            return await self.database.run(rows.finish_reply, reply, ended_at)
        except StoreError:
            self._refused.keep(replace(conversation, updated_at=max(conversation.updated_at, ended_at)), [reply])
            raise

    async def flush(self) -> None:
        """Try to save what the disk has refused so far. Raises StoreError when it still refuses."""
        await self._refused.flush_all()
        await self.unsent_prompts.save_again()

    async def _change(
        self, conversation_id: str, work: Callable[..., Conversation], value: str, **changes: str
    ) -> Conversation:
        """Change a conversation where it is: in memory before its first prompt or while the disk refuses it."""
        # Asked twice: its first prompt may have been saved while the disk was asked.
        if await self._still_blank(conversation_id) and (blank := self._blank.get(conversation_id)):
            self._blank[conversation_id] = changed = replace(blank, **changes)  # type: ignore[arg-type]  # texts
            await self.unsent_prompts.aim(changed)
            return changed
        try:
            await self._refused.flush(conversation_id)
        except StoreError:
            return self._refused.change(conversation_id, **changes)
        return await self.database.run(work, conversation_id, value)
