"""What was written and not sent: drafts, and prompts that wait in a queue. On disk, or in memory where that refuses.

Knows the store's functions, but no SQL; no screen, and not when anything is written.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.questions import NO_ANSWERS, SendingAnswers
from tui.chat.titles import title_of
from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.store import unsent as rows
from tui.store.database import Database
from tui.store.records import Conversation, UnsentPrompt


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """A prompt that waits for the end of a reply.

    Attributes:
        id: the message that it becomes gets it.
        model: id of the model that was chosen when it was written.
        held: it waits for the person, too: its reply was stopped or failed, or the program has ended meanwhile.
        answers: what was answered to the questions about it; not kept on disk.
    """

    id: str
    conversation: Conversation
    prompt: Prompt
    model: str
    held: bool = False
    answers: SendingAnswers = NO_ANSWERS


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft under the id that it has on disk."""

    id: str
    prompt: Prompt


class UnsentPrompts:
    """The prompts of one library that are not sent.

    Attributes:
        problem: why the disk has refused the last one; "" when it did not.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._refused: dict[str, tuple[UnsentPrompt, tuple[PromptAttachment, ...]]] = {}
        self._files: dict[str, tuple[PromptAttachment, ...]] = {}  # on disk, by the prompt's id
        self.problem = ""

    @property
    def refused(self) -> bool:
        """Whether something is in memory only, because the disk refused it."""
        return bool(self._refused)

    # Writing.

    async def put_draft(
        self,
        id: str,
        conversation_id: str,
        prompt: Prompt,
        replaced: Collection[str] = (),
        *,
        model: str = "",
        settings: str = "",
    ) -> bool:
        """Keep a draft as it is now; False when the disk refuses, and it is in memory only.

        Args:
            id: the draft's; the message that it becomes gets it.
            conversation_id: its chat.
            prompt: what is written.
            replaced: ids of kept prompts whose words are in this one now; they go.
            model: id of who is to answer in a chat that is not stored itself.
            settings: of the same, as JSON text.
        """
        row = UnsentPrompt(id, conversation_id, None, prompt.text, model, settings, datetime.now(UTC))
        return await self._put([(row, prompt.attachments)], replaced=replaced)

    async def put_queue(self, new: Sequence[QueuedPrompt], ids: Sequence[str]) -> bool:
        """Keep prompts that wait, and the order `ids` of all that wait in their chat; False when the disk refuses."""
        written = []
        for queued in new:
            chat, prompt = queued.conversation, queued.prompt
            row = UnsentPrompt(queued.id, chat.id, 0, prompt.text, queued.model, chat.settings, datetime.now(UTC))
            written.append((row, prompt.attachments))
        return await self._put(written, order=ids)

    async def remove(self, ids: Collection[str]) -> None:
        """Forget prompts that were dropped, or are part of others."""
        for id in ids:
            self.forget(id)
        with suppress(StoreError):  # what stays there is offered once more at the next start
            await self._database.run(rows.remove, tuple(ids))

    async def remove_chat(self, conversation_id: str) -> None:
        """Forget all that was written in a chat here."""
        for id in [id for id, (row, _) in self._refused.items() if row.conversation_id == conversation_id]:
            self.forget(id)
        with suppress(StoreError):
            await self._database.run(rows.remove_chat, conversation_id, self._database.owner)

    async def aim(self, conversation: Conversation) -> None:
        """Keep with the draft of a chat who is to answer it, and how."""
        with suppress(StoreError):
            await self._database.run(
                rows.aim, conversation.id, self._database.owner, conversation.model, conversation.settings
            )

    def forget(self, id: str) -> None:
        """A prompt is no longer one that waits: it became a message, or is gone."""
        self._refused.pop(id, None)
        self._files.pop(id, None)

    async def save_again(self) -> None:
        """Try once more to write what the disk has refused. Raises StoreError when it still refuses."""
        for id, (row, files) in list(self._refused.items()):
            await self._database.run(rows.save, [(row, _files(row, files))], self._database.owner)
            self._refused.pop(id, None)

    async def _put(
        self,
        written: Sequence[tuple[UnsentPrompt, tuple[PromptAttachment, ...]]],
        *,
        replaced: Collection[str] = (),
        order: Sequence[str] = (),
    ) -> bool:
        changed = [
            (row, _files(row, files) if self._files.get(row.id, ()) != files else None) for row, files in written
        ]
        try:
            await self._database.run(rows.save, changed, self._database.owner, tuple(replaced), order)
        except StoreError as error:
            self.problem = error.sentence
            self._refused.update({row.id: (row, files) for row, files in written})
        else:
            self.problem = ""
            for row, files in written:
                self._refused.pop(row.id, None)
                self._files[row.id] = files
        for id in replaced:
            self.forget(id)
        return not self.problem

    # Reading.

    async def adopt(
        self, conversation: Conversation, known: Collection[str]
    ) -> tuple[tuple[KeptDraft, ...], tuple[QueuedPrompt, ...]]:
        """Take over drafts and queue of a chat that windows have left behind which have ended.

        Where nothing can be written they are read, and stay there.

        Args:
            conversation: the chat.
            known: ids of the prompts that this window has in memory.

        Raises:
            StoreError: the library cannot be read.
        """
        database = self._database
        if database.read_only:
            found = await database.read(rows.waiting, database.owner, database.is_alive, conversation.id)
            found = tuple(row for row in found if row.id not in known)
        else:
            found = await database.run(rows.adopt, conversation.id, database.owner, database.is_alive, tuple(known))
        prompts = {row.id: Prompt.of_row(row) for row in found}
        self._files.update({id: prompt.attachments for id, prompt in prompts.items()})
        return (
            tuple(KeptDraft(row.id, prompts[row.id]) for row in found if row.position is None),
            tuple(
                QueuedPrompt(row.id, conversation, prompts[row.id], row.model or conversation.model, held=True)
                for row in found
                if row.position is not None
            ),
        )

    async def chats(self) -> frozenset[str]:
        """Ids of the chats in which this window, or one that has ended, has something on disk that is not sent."""
        return await self._database.read(rows.chats, self._database.owner, self._database.is_alive)

    async def blank_chats(self) -> tuple[Conversation, ...]:
        """The chats among them in which nothing was sent yet, named by what is written there; the newest first."""
        found = await self._database.read(rows.blank_chats, self._database.owner, self._database.is_alive)
        chats: dict[str, Conversation] = {}
        for row in found:
            if row.conversation_id not in chats:
                chats[row.conversation_id] = _blank(row)
        return tuple(chats.values())

    async def in_memory_only(self) -> tuple[UnsentPrompt, ...]:
        """What ends with the program, each with its files."""
        kept = tuple(replace(row, files=Prompt("", files).rows(row.id)) for row, files in self._refused.values())
        return kept if self._database.path is not None else (*await self._database.read(rows.everything), *kept)


def _files(row: UnsentPrompt, attachments: tuple[PromptAttachment, ...]) -> rows.MakeFiles:
    return partial(Prompt("", attachments).rows, row.id)


def _blank(row: UnsentPrompt) -> Conversation:
    return Conversation(
        row.conversation_id, title_of(row.text), "prompt", row.model, row.settings or "{}", None,
        row.written_at, row.written_at,
    )  # fmt: skip
