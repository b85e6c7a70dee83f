"""What was written and not sent, by chat: one draft is in the composer, the others wait here, all of them on disk."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import TYPE_CHECKING

from tui.chat.ids import new_id
from tui.chat.prompt import Prompt
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.chat.outcome import Edited
    from tui.app.widgets.composer import Composer
    from tui.chat.unsent import KeptDraft

_NOTHING = Prompt()
_TRIED: ContextVar[list[tuple[str, str]]] = ContextVar("the typed command that is carried out")
"""Its chat and its line, until that is given back or has done its work; the workers that it begins have it, too."""

Put = Callable[[str, str, Prompt, Collection[str]], Awaitable[bool]]
"""Keeps a draft, by its id and its chat's, instead of others by their ids; False when the disk refuses."""


@dataclass(slots=True)
class _Draft:
    """One draft.

    Attributes:
        id: under which it is kept; the message that it becomes gets it.
        kept: what of it is on disk, or was refused there.
        replaced: ids of other kept prompts, whose words are in it.
        edited: the sent prompt that is written anew here; None for a new one.
    """

    conversation_id: str
    prompt: Prompt = _NOTHING
    id: str = field(default_factory=new_id)
    kept: Prompt = _NOTHING
    replaced: tuple[str, ...] = ()
    edited: "Edited | None" = None


class Drafts:
    """The drafts of all chats.

    Args:
        composer: where the draft of the chat that is shown is written.
        put: writes a draft to the disk.
        remove: forgets kept ones.

    Attributes:
        written_for: id of the chat whose draft is in the composer; "" before there is one.
        kept_elsewhere: ids of chats with a draft on disk that was not asked for yet.
    """

    def __init__(self, composer: "Composer", put: Put, remove: Callable[[Collection[str]], Awaitable[None]]) -> None:
        self._composer = composer
        self._put = put
        self._remove = remove
        self._drafts: dict[str, _Draft] = {}
        self._aside: dict[str, _Draft] = {}  # by chat: comes back when an edit there is over
        self._sent_edits: dict[str, _Draft] = {}  # by chat, the last one: it may come back
        self._leaving: list[_Draft] = []  # sent, or of a chat that goes: the disk is to have all of them once more
        self._gone: tuple[str, ...] = ()  # to be forgotten there
        self._put_off: set[str] = set()  # chats whose draft waits on disk for the next time they are opened
        self.written_for = ""
        self.kept_elsewhere: frozenset[str] = frozenset()

    @property
    def waiting(self) -> frozenset[str]:
        """Ids of the other chats in which something is written."""
        found = {id for id, draft in self._drafts.items() if draft.prompt} | (self.kept_elsewhere - set(self._drafts))
        return frozenset((found | self._put_off) - {self.written_for})

    @property
    def ids(self) -> frozenset[str]:
        """Ids under which what is known here is kept on disk."""
        drafts = (*self._drafts.values(), *self._aside.values(), *self._leaving)
        return frozenset(id for draft in drafts for id in (draft.id, *draft.replaced))

    def put(self, conversation_id: str, prompt: Prompt) -> None:
        """Keep a draft of a chat that is not written for."""
        self._draft(conversation_id).prompt = prompt

    def write_for(self, conversation_id: str) -> None:
        """Put the draft of a chat into the composer, and keep the one that was there."""
        written = self._composer.draft
        draft = self._draft(conversation_id)
        if self.written_for:
            self._draft(self.written_for).prompt = written
        elif written:  # typed before there was a chat to write for
            draft.prompt = draft.prompt.joined(written)
        self.written_for = conversation_id
        self._show(draft)

    def give_back(self, conversation_id: str, prompt: Prompt, prompt_id: str = "") -> None:
        """Put a prompt that could not be sent above what was written since; `prompt_id` is its id on disk.

        One that was written anew is that again: what was written since comes back when that is over.
        """
        if not prompt:
            return
        sent = self._sent_edits.get(conversation_id)
        if sent is not None and sent.id == prompt_id and sent.edited is not None and not self.edited(conversation_id):
            self.edit(conversation_id, sent.edited, prompt)
            self._drafts[conversation_id].replaced = (prompt_id,)
            return
        draft = self._aside.get(conversation_id) or self._draft(conversation_id)
        if prompt_id:
            draft.replaced = (*draft.replaced, prompt_id)
        if conversation_id == self.written_for and draft is self._drafts[conversation_id]:
            self._composer.prompt = prompt.joined(self._composer.prompt)
        else:
            draft.prompt = prompt.joined(draft.prompt)

    @contextmanager
    def trying(self, line: str) -> Iterator[None]:
        """Carry out a command as it was typed, which may come to nothing: see `give_back_tried`."""
        before = _TRIED.set([(self.written_for, line)])
        try:
            yield
        finally:
            _TRIED.reset(before)

    def end_try(self) -> None:
        """The typed command has done its work: what fails from now on is another matter."""
        _TRIED.get([]).clear()

    def give_back_tried(self) -> None:
        """Put a typed command that came to nothing where it can be mended, unless something else is written there.

        It is selected: what is typed on without a look takes its place.
        """
        if not (tried := _TRIED.get([])):
            return
        chat, line = tried.pop()
        draft = self._draft(chat)
        if chat != self.written_for:
            if not draft.prompt.text:
                draft.prompt = Prompt(line).joined(draft.prompt)
        elif not self._composer.text:
            self._composer.area.take(line)
            self._composer.area.select_all()

    def adopt(self, conversation_id: str, found: Iterable["KeptDraft"]) -> None:
        """Put drafts that were on disk above what is written in their chat now."""
        self._put_off.discard(conversation_id)
        for kept in reversed([one for one in found if one.id not in self.ids]):
            draft = self._draft(conversation_id)
            written = self._composer.prompt if conversation_id == self.written_for else draft.prompt
            if written or draft.kept or draft.replaced or draft.edited:
                self.give_back(conversation_id, kept.prompt, kept.id)
                continue
            self._drafts[conversation_id] = _Draft(conversation_id, kept.prompt, kept.id, kept.prompt)
            if conversation_id == self.written_for:
                self._composer.prompt = kept.prompt

    def put_off(self, conversation_id: str, written: Prompt) -> None:
        """Leave what was adopted on disk until the chat is opened again; `written` stood in the composer before."""
        self._drafts[conversation_id] = _Draft(conversation_id, written)
        self._put_off.add(conversation_id)
        self._composer.prompt = written

    def id_of(self, conversation_id: str) -> str:
        """The id that the draft of a chat has, and that its message will have."""
        return self._draft(conversation_id).id

    # A sent prompt that is written anew.

    def edit(self, conversation_id: str, edited: "Edited", prompt: Prompt) -> None:
        """Let a sent prompt be written anew; what is written there now comes back when that is over."""
        self.end_edit(conversation_id)
        draft = self._draft(conversation_id)
        if conversation_id == self.written_for:
            draft.prompt = self._composer.draft
        self._aside[conversation_id] = draft
        self._drafts[conversation_id] = draft = _Draft(conversation_id, prompt, edited=edited)
        if conversation_id == self.written_for:
            self._show(draft)

    def edited(self, conversation_id: str) -> str:
        """Id of the sent prompt that is written anew in a chat; "" for none."""
        draft = self._drafts.get(conversation_id)
        return draft.edited.id if draft is not None and draft.edited is not None else ""

    def end_edit(self, conversation_id: str) -> None:
        """Give up what is written anew: the arrow up brings its text back."""
        if self.edited(conversation_id):
            draft = self._drafts.pop(conversation_id)
            self._gone += (draft.id, *draft.replaced)
            if conversation_id == self.written_for:
                self._composer.clear()
            self._bring_back(conversation_id)

    def _bring_back(self, conversation_id: str) -> None:
        """What stood there before an edit stands there again, above what was typed since that was over."""
        if (draft := self._aside.pop(conversation_id, None)) is None:
            return
        self._drafts[conversation_id] = draft
        if conversation_id == self.written_for:
            draft.prompt = draft.prompt.joined(self._composer.prompt)
            self._show(draft)

    def _show(self, draft: _Draft) -> None:
        self._composer.prompt = draft.prompt
        self._composer.edited = draft.edited.words if draft.edited is not None else ""

    # What becomes of a draft.

    def sent(self, conversation_id: str, prompt: Prompt, *, queued: bool) -> None:
        """The draft of a chat was handed over; until its message is stored it stays, where no queue keeps it."""
        draft = self._drafts.pop(conversation_id)
        if draft.edited is not None:
            self._sent_edits[conversation_id] = draft
        if queued:
            self._gone += draft.replaced
            draft.kept, draft.replaced = draft.prompt, ()  # a write under way leaves it alone
        else:
            draft.prompt = prompt
            self._leaving.append(draft)
        self._bring_back(conversation_id)

    def discard(self, conversation_id: str, *, for_good: bool) -> None:
        """Forget the draft of a chat that is gone; on disk it stays for the chat's return, unless it is `for_good`."""
        if (aside := self._aside.pop(conversation_id, None)) is not None:
            self._leaving.append(aside)
        draft = self._drafts.pop(conversation_id, _Draft(conversation_id))
        if for_good:
            draft.kept, draft.replaced = draft.prompt, ()
        else:
            draft.prompt = self._composer.prompt if conversation_id == self.written_for else draft.prompt
            self._leaving.append(draft)
        if conversation_id == self.written_for:
            self._composer.clear()
            self._composer.edited = ""

    async def save(self) -> bool:
        """Write what the disk does not have; False when it refuses something, which goes on being in memory."""
        if self.written_for:
            self._draft(self.written_for).prompt = self._composer.draft
        leaving, self._leaving = self._leaving, []
        saved = True
        for draft in (*leaving, *self._aside.values(), *self._drafts.values()):
            if draft.prompt != draft.kept or draft.replaced:
                saved = await self._save(draft) and saved
        gone, self._gone = self._gone, ()
        if gone:
            await self._remove(gone)
        return saved

    async def _save(self, draft: _Draft) -> bool:
        prompt, replaced = draft.prompt, draft.replaced
        draft.kept, draft.replaced = prompt, ()
        if prompt:
            return await self._put(draft.id, draft.conversation_id, prompt, replaced)
        await self._remove((draft.id, *replaced))
        return True

    def _draft(self, conversation_id: str) -> _Draft:
        return self._drafts.setdefault(conversation_id, _Draft(conversation_id))
