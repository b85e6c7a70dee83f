"""The person's conversations: list, open, find, rename, delete, and the writes of a reply under way.

What the disk refuses is kept in memory, shown like anything else, and goes with the next write that works. Knows the
store's functions, but no SQL; knows no model and no screen.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from tui.chat.budgets import Budgets
from tui.chat.ids import new_id
from tui.chat.origin import with_ids
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.settings import ChatSettings
from tui.chat.titles import fork_title
from tui.chat.unsent import UnsentPrompts
from tui.chat.usage import StoredUsage
from tui.errors import MessageGoneError, StoreError, UsageError
from tui.store import branches, picks
from tui.store import conversations as rows
from tui.store.catch_up import catch_up
from tui.store.database import Database
from tui.store.finding import messages_with
from tui.store.past_prompts import past_prompts
from tui.store.records import (
    Attachment,
    Conversation,
    FoundMessage,
    Message,
    ModelTally,
    OutlineNode,
    PastPrompt,
    branch_of,
    outline_of,
)

if TYPE_CHECKING:
    from tui.chat.usage_report import UsageReports

EVERY_CONVERSATION = 1_000_000


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the messages of its active branch, oldest first."""

    conversation: Conversation
    messages: tuple[Message, ...]


@dataclass(slots=True)
class UnsavedConversation:
    """What the disk has refused of one conversation, and is in memory only."""

    conversation: Conversation
    messages: dict[str, Message] = field(default_factory=dict)
    attachments: dict[str, tuple[Attachment, ...]] = field(default_factory=dict)
    """By the id of their message."""


class Library:
    """All conversations of one database.

    Methods that write raise `StoreError` when the disk refuses; `start_turn` and `finish_reply` have kept the rows in
    memory then, and reading shows them.

    Attributes:
        database: where it is kept, with what others keep beside it.
        defaults: the settings of every new chat.
        unsent_prompts: what was written in any chat and not sent.
        budgets: what may be spent, and what of it is.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.defaults = ChatSettings()
        self.unsent_prompts = UnsentPrompts(database)
        self._blank: dict[str, Conversation] = {}
        self._unsaved: dict[str, UnsavedConversation] = {}
        self.budgets = Budgets(database, lambda: [row for kept in self.unsaved for row in kept.messages.values()])

    @property
    def notice(self) -> str:
        """What opening the database has to say, such as where a damaged one was moved; "" for nothing."""
        return self.database.notice

    @property
    def unsaved(self) -> tuple[UnsavedConversation, ...]:
        """Messages that are in memory only, because the disk refused them."""
        return tuple(self._unsaved.values())

    @property
    def saves(self) -> bool:
        """Whether anything is written to a disk: not where it may only be read, nor where there is none."""
        return self.database.path is not None and not self.database.read_only

    @property
    def all_saved(self) -> bool:
        """Whether nothing ends with the program; a library that has no disk is never sure of that."""
        return self.database.path is not None and not self._unsaved and not self.unsent_prompts.refused

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
        known.update({id: kept.conversation for id, kept in self._unsaved.items()})
        return sorted(known.values(), key=lambda one: (one.updated_at, one.id), reverse=True)[:limit]

    async def open(self, conversation_id: str) -> OpenConversation:
        """A conversation and the branch of it that is shown."""
        if conversation_id in self._unsaved:
            kept = self._unsaved[conversation_id].conversation
            return OpenConversation(kept, branch_of(await self.tree(conversation_id), kept.active_leaf))
        if blank := await self._still_blank(conversation_id):
            return OpenConversation(blank, ())
        conversation = await self.database.read(rows.get, conversation_id)
        return OpenConversation(conversation, await self.database.read(rows.branch, conversation_id))

    async def tree(self, conversation_id: str) -> tuple[Message, ...]:
        """Every message of a conversation, parents before children."""
        stored = await self.database.read(rows.tree, conversation_id)
        kept = self._unsaved.get(conversation_id)
        if kept is None:
            return stored
        return tuple(({message.id: message for message in stored} | kept.messages).values())

    async def branch_to(self, conversation: Conversation, message_id: str) -> OpenConversation:
        """A conversation as it is now, and its messages from the first prompt down to one of them.

        Raises:
            MessageGoneError: it is not there any more.
        """
        conversation = await self.current(conversation)
        if conversation.id in self._unsaved:
            tree = await self.tree(conversation.id)
            messages = branch_of(tree, message_id) if any(message.id == message_id for message in tree) else ()
        else:
            messages = await self.database.read(rows.branch, conversation.id, message_id)
        if not messages:
            raise MessageGoneError
        return OpenConversation(conversation, messages)

    async def messages(self, conversation_id: str, ids: Collection[str]) -> tuple[Message, ...]:
        """Some messages of a conversation, in the order of the ids; one that is not there any more is missing."""
        kept = self._unsaved.get(conversation_id)
        found = {message.id: message for message in await self.database.read(branches.messages, conversation_id, ids)}
        found |= {id: message for id, message in (kept.messages if kept else {}).items() if id in ids}
        return tuple(found[id] for id in ids if id in found)

    async def outline(self, conversation_id: str) -> tuple[OutlineNode, ...]:
        """The tree of a conversation without its contents, parents before children."""
        if conversation_id in self._unsaved:
            return outline_of(await self.tree(conversation_id), branches.FIRST_WORDS)
        return await self.database.read(branches.outline, conversation_id)

    async def links(self, conversation_id: str) -> tuple[tuple[str, str | None], ...]:
        """Id of every message and of the one above it, parents before children."""
        if await self._still_blank(conversation_id):
            return ()
        if conversation_id in self._unsaved:
            return tuple((message.id, message.parent_id) for message in await self.tree(conversation_id))
        return await self.database.read(branches.links, conversation_id)

    async def attachments(self, conversation_id: str) -> tuple[Attachment, ...]:
        """The files of a conversation."""
        stored = await self.database.read(rows.attachments_of, conversation_id)
        unsaved = self._unsaved.get(conversation_id)
        return stored if unsaved is None else (*stored, *chain.from_iterable(unsaved.attachments.values()))

    async def contents(self, hashes: Collection[str]) -> dict[str, bytes]:
        """The contents of files by their hashes; one that is nowhere any more is missing."""
        unsaved = {
            file.hash: file.data
            for kept in self._unsaved.values()
            for file in chain.from_iterable(kept.attachments.values())
        }
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
        if conversation.id in self._unsaved:
            return self._unsaved[conversation.id].conversation
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

    async def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give a conversation the title that the person chose."""
        return await self._change(conversation_id, rows.rename, title, title=title, title_by="user")

    async def suggest_title(self, conversation_id: str, title: str) -> Conversation:
        """Give a stored conversation a title that nobody typed, unless a person has chosen one."""
        return await self.database.run(rows.suggest_title, conversation_id, title)

    async def delete(self, conversation_id: str) -> None:
        """Move a conversation to the trash, from where `restore` brings it back; one that is blank goes for good."""
        blank = await self._still_blank(conversation_id)
        self._blank.pop(conversation_id, None)
        if blank is not None:
            await self.unsent_prompts.remove_chat(conversation_id)
        else:
            await self._flush(conversation_id)
            await self.database.run(rows.delete, conversation_id, datetime.now(UTC))

    async def restore(self, conversation_id: str) -> Conversation:
        """Bring a conversation back from the trash."""
        return await self.database.run(rows.restore, conversation_id)

    # Branches.

    async def show_branch(self, conversation_id: str, message_id: str) -> Conversation:
        """Show the branch that a message is on, down to where it was left.

        Raises:
            MessageGoneError: it is not there any more.
            StoreError: the disk refuses.
        """
        await self._flush(conversation_id)
        return await self.database.run(branches.show_branch, conversation_id, message_id)

    async def trash_branch(self, conversation_id: str, message_id: str) -> Conversation:
        """Move a message and all that follows it to the trash, from where `restore_branch` brings it back.

        Raises:
            MessageGoneError: it is not there any more.
            StoreError: the disk refuses.
        """
        await self._flush(conversation_id)
        return await self.database.run(branches.trash_branch, conversation_id, message_id, datetime.now(UTC))

    async def restore_branch(self, conversation_id: str, message_id: str) -> Conversation:
        """Bring a message back from the trash with what went there together with it, and show it."""
        return await self.database.run(branches.restore_branch, conversation_id, message_id)

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

        The copies say what they have cost, and count in no sum: that was paid in the conversation they come from.

        Raises:
            MessageGoneError: it is not there any more.
            StoreError: the disk refuses.
        """
        opened = await self.branch_to(conversation, message_id)
        now = datetime.now(UTC)
        ids = {message.id: new_id() for message in opened.messages}
        forked = replace(
            opened.conversation, id=new_id(), title=fork_title(opened.conversation.title),
            active_leaf=ids[message_id], created_at=now, updated_at=now,
        )  # fmt: skip
        copies = [
            replace(
                message, id=ids[message.id], conversation_id=forked.id, **_paid_elsewhere(message),
                parent_id=None if message.parent_id is None else ids[message.parent_id],
                origin=with_ids(message.origin, ids),
                state="interrupted" if message.state == "streaming" else message.state,
            )
            for message in opened.messages
        ]  # fmt: skip
        files = [
            replace(file, message_id=ids[file.message_id])
            for file in await self.attachments(conversation.id)
            if file.message_id in ids
        ]
        return await self.database.run(catch_up, forked, copies, files)

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

    async def past_prompts(self, limit: int = 2_000) -> tuple[PastPrompt, ...]:
        """What was asked last in all conversations, newest first, each text once; what could not be saved included."""
        stored = await self.database.read(past_prompts, limit)
        unsaved = [
            PastPrompt(message.text, message.conversation_id, kept.conversation.title, message.created_at)
            for kept in self._unsaved.values()
            for message in kept.messages.values()
            if message.kind == "prompt"
        ]
        found: dict[str, PastPrompt] = {}
        for prompt in (*reversed(unsaved), *stored):
            if text := prompt.text.strip():
                found.setdefault(text, prompt)
        return tuple(found.values())

    async def messages_with(self, words: str, limit: int = 20) -> tuple[FoundMessage, ...]:
        """The newest messages on disk that have all of these words."""
        return await self.database.read(messages_with, words, limit)

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

    async def add_beside(self, message: Message) -> Conversation:
        """Save a message that is complete, and show the branch that ends with it."""
        await self._flush(message.conversation_id)
        return await self.database.run(branches.add_beside, message)

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
            await self._flush(conversation.id)
            if at:
                stored = await self.database.run(branches.start_at, conversation.id, at, shown, start)
            else:
                stored = await self.database.run(rows.unless_moved, conversation.id, leaf, start)
        except StoreError:
            self._keep(begun, [message for message in (prompt, reply) if message is not None], attachments)
            self._blank.pop(conversation.id, None)
            if prompt is not None:
                self.unsent_prompts.forget(prompt.id)
            raise
        if stored is not None and prompt is not None:
            self.unsent_prompts.forget(prompt.id)
        if stored is not None and (changed := self._blank.pop(conversation.id, None)) is not None:
            return await self._take_over(stored, changed)
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
        await self._flush(reply.conversation_id)
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
            await self._flush(conversation.id)
            return await self.database.run(rows.finish_reply, reply, ended_at)
        except StoreError:
            self._keep(replace(conversation, updated_at=max(conversation.updated_at, ended_at)), [reply])
            raise

    async def flush(self) -> None:
        """Try to save what the disk has refused so far. Raises StoreError when it still refuses."""
        for conversation_id in list(self._unsaved):
            await self._flush(conversation_id)
        await self.unsent_prompts.save_again()

    async def _flush(self, conversation_id: str) -> None:
        """Save what the disk has refused of a conversation; it stays in memory until that has worked."""
        kept = self._unsaved.get(conversation_id)
        if kept is None:
            return
        saved = dict(kept.messages)
        files = [file for files in kept.attachments.values() for file in files]
        await self.database.run(catch_up, kept.conversation, tuple(saved.values()), files)
        kept.messages = {id: message for id, message in kept.messages.items() if saved.get(id) is not message}
        kept.attachments = {id: files for id, files in kept.attachments.items() if id not in saved}
        if not kept.messages:
            self._unsaved.pop(conversation_id, None)

    def _keep(
        self, conversation: Conversation, messages: Iterable[Message], attachments: Sequence[Attachment] = ()
    ) -> None:
        kept = self._unsaved.setdefault(conversation.id, UnsavedConversation(conversation))
        kept.conversation = conversation
        kept.messages.update({message.id: message for message in messages})
        if attachments:
            kept.attachments[attachments[0].message_id] = tuple(attachments)

    async def _change(
        self, conversation_id: str, work: Callable[..., Conversation], value: str, **changes: str
    ) -> Conversation:
        """Change a conversation where it is: in memory before its first prompt or while the disk refuses it."""
        # Asked twice: its first prompt may have been saved while the disk was asked.
        if await self._still_blank(conversation_id) and (blank := self._blank.get(conversation_id)):
            self._blank[conversation_id] = changed = _changed(blank, changes)
            await self.unsent_prompts.aim(changed)
            return changed
        try:
            await self._flush(conversation_id)
        except StoreError:
            kept = self._unsaved[conversation_id]
            kept.conversation = _changed(kept.conversation, changes)
            return kept.conversation
        return await self.database.run(work, conversation_id, value)


def _paid_elsewhere(message: Message) -> dict[str, Any]:
    """Usage and price of a copy; without a usage nothing would say that it is one."""
    usage = replace(StoredUsage.from_json(message.usage), copied=True).to_json()
    return {"usage": usage, "price": message.price if usage else None}


def _changed(conversation: Conversation, changes: dict[str, str]) -> Conversation:
    return replace(conversation, **changes)  # type: ignore[arg-type]  # every change is a text, and so is its field
