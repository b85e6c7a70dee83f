"""What a person can have done with chats of the list, one or many at once, and how each of it is undone.

Knows the dialogs and the chat room; no widget of the screen, which shows the `Outcome`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.figures import counted
from tui.tags import read_tag_changes
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services
    from tui.store.records import Conversation

_MOST_UNDOABLE = 50

SHOWN_CHAT: dict[str, str] = {
    "pin_chat": "pin",
    "archive_chat": "archive",
    "tag_chat": "tag",
    "untag_chat": "untag",
    "duplicate_chat": "duplicate_and_open",
    "delete_chat": "delete",
}
"""The commands for the chat that is shown, by their ids, and what each has done."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """What was done to chats, in words, to which, and how it is undone."""

    what: str
    ids: frozenset[str]
    undo: Callable[[], Awaitable[object]]


class ListActions:
    """Changes where chats are kept, and what they are called.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        export: writes chats, by their ids, to a file.
        undoable: what was done and can be undone, the last one at the end; it is kept here.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        export: Callable[[Collection[str]], Awaitable[Outcome]],
        undoable: list[Undoable],
    ) -> None:
        self._turn = asyncio.Lock()
        self._presenter = presenter
        self._library = services.library
        self._folders = services.library.folders
        self._replies = services.replies
        self._ask = ask
        self._export = export
        self._undoable = undoable

    @property
    def can_undo(self) -> bool:
        """Whether something was done that can be undone."""
        return bool(self._undoable)

    async def run(self, command: str, ids: Collection[str], typed: str = "") -> Outcome:
        """Do what a command says, by its id, with chats; `typed` is a name, or tags.

        One after the other, in the order of the keys: what the next one undoes, or turns round, is what this one does.
        """
        if command == "export":  # changes nothing, and takes its time
            return await self._export(ids)
        async with self._turn:
            return await self._change(command, ids, typed)

    async def _change(self, command: str, ids: Collection[str], typed: str) -> Outcome:
        match command:
            case "rename":
                return await self._rename(next(iter(ids)), typed)
            case "tag":
                return await self._tag(ids, *read_tag_changes(typed))
            case "untag":
                return await self._untag(ids, typed)
            case "empty_trash":
                return await self._delete_for_good(await self._folders.trash())
            case "undo":
                return await self._undo()
            case "duplicate" | "duplicate_and_open":
                return await self._duplicate(ids, opens=command != "duplicate")
            case _:
                return await self._move(command, ids)

    async def _move(self, command: str, ids: Collection[str]) -> Outcome:
        actions: dict[str, Callable[[Collection[str]], Awaitable[Outcome]]] = {
            "pin": self._pin,
            "archive": self._archive,
            "delete": self._delete,
            "restore": self._restore,
            "delete_for_good": self._delete_for_good,
        }
        return await actions[command](ids)

    # Each of these takes chats that are blank, or gone meanwhile, for none.

    async def _rename(self, conversation_id: str, title: str) -> Outcome:
        before = await self._folders.chats([conversation_id])
        renamed = await self._library.rename(conversation_id, title)
        if not before or before[0].title == title:
            return Outcome(renamed, list_changed=True)

        async def undo(ids: Collection[str]) -> None:
            await self._library.rename(conversation_id, before[0].title, before[0].title_by)

        return await self._done([conversation_id], "renamed", undo)

    async def _pin(self, ids: Collection[str]) -> Outcome:
        """Pin chats; when all of them are, let them go."""
        chats = await self._folders.chats(ids)
        pinned = not all(chat.pinned for chat in chats)
        changed = [chat.id for chat in chats if chat.pinned != pinned]
        await self._folders.pin(changed, pinned)
        return await self._done(changed, "pinned" if pinned else "unpinned", self._folders.pin, not pinned)

    async def _archive(self, ids: Collection[str]) -> Outcome:
        """Put chats away; when all of them are, back among the others."""
        chats = await self._folders.chats(ids)
        archived = not all(chat.archived for chat in chats)
        changed = [chat.id for chat in chats if chat.archived != archived]
        await self._folders.archive(changed, archived)
        verb = "archived" if archived else "taken out of the archive"
        return await self._done(changed, verb, self._folders.archive, not archived)

    async def _tag(self, ids: Collection[str], added: Collection[str], removed: Collection[str]) -> Outcome:
        chats = await self._folders.chats(ids)
        new = [(chat.id, tag) for chat in chats for tag in added if tag not in chat.tags]
        old = [(chat.id, tag) for chat in chats for tag in removed if tag in chat.tags and tag not in added]
        await self._folders.change_tags(new, old)
        given = [f"tagged {', '.join(added)}"] if added else []
        taken = [f"untagged {', '.join(removed)}"] if removed else []

        async def undo(ids: Collection[str]) -> None:
            await self._folders.change_tags(old, new)

        changed = dict.fromkeys(id for id, _ in (*new, *old))
        return await self._done(changed, " and ".join((*given, *taken)), undo)

    async def _untag(self, ids: Collection[str], typed: str) -> Outcome:
        """Take tags away, all of them where none is named."""
        added, removed = read_tag_changes(typed)
        every = {tag: None for chat in await self._folders.chats(ids) for tag in chat.tags}
        return await self._tag(ids, (), (*added, *removed) or tuple(every))

    async def _duplicate(self, ids: Collection[str], *, opens: bool) -> Outcome:
        copies = [copy.id for id in ids if (copy := await self._library.duplicate(id)) is not None]
        outcome = await self._done(copies, "duplicated", self._folders.delete)
        return replace(outcome, open_chat=copies[0]) if copies and opens else outcome

    async def _delete(self, ids: Collection[str]) -> Outcome:
        """Move chats to the trash; one in which nothing was sent goes for good, after asking."""
        blank = [id for id in ids if await self._library.blank_chats.has(id)]
        if blank and not await self._agreed(f"Delete what you wrote in {counted(len(blank), 'chat')}?"):
            return NOTHING
        stored = [id for id in ids if id not in blank]
        for id in ids:
            self._replies.abandon(id)  # first: what is queued would bring it back
        await self._folders.delete(ids)
        if not stored:
            return Outcome(list_changed=True, deleted=tuple(blank), for_good=True, done="Draft deleted")
        done = await self._done(stored, "deleted", self._folders.restore)
        return Outcome(list_changed=True, deleted=tuple(stored), gone=tuple(blank), done=done.done, undo=True)

    async def _restore(self, ids: Collection[str]) -> Outcome:
        chats = [chat.id for chat in await self._folders.chats(ids) if chat.deleted_at is not None]
        await self._folders.restore(chats)
        return await self._done(chats, "restored", self._folders.delete)

    async def _delete_for_good(self, ids: Collection[str]) -> Outcome:
        chats = [chat for chat in await self._folders.chats(ids) if chat.deleted_at is not None]
        if not chats:
            return NOTHING
        if not await self._agreed(f"Delete {_named(chats)} for good? Nothing brings it back."):
            return NOTHING
        gone = await self._folders.delete_for_good([chat.id for chat in chats])
        deleted = tuple(chat.id for chat in chats)
        self._undoable[:] = [done for done in self._undoable if not done.ids <= {*deleted}]
        return Outcome(
            list_changed=True, deleted=deleted, for_good=True, done=f"{counted(gone, 'chat')} deleted for good"
        )

    async def _agreed(self, question: str) -> bool:
        from tui.app.dialogs.confirm import Confirm

        return bool(await self._ask(Confirm("Delete", question, "delete")))

    # Undoing.

    async def _done(
        self, ids: Collection[str], verb: str, undo: Callable[..., Awaitable[object]], *more: object
    ) -> Outcome:
        """Something was done to chats, which `undo(ids, *more)` undoes."""
        if not ids:
            return NOTHING
        what = f"{counted(len(ids), 'chat')} {verb}"
        done = Undoable(what, frozenset(ids), partial(undo, ids, *more))
        self._undoable[:] = [*self._undoable[1 - _MOST_UNDOABLE :], done]
        return await self._changed(what, undo=True)

    async def _undo(self) -> Outcome:
        if not self._undoable:
            return NOTHING
        last = self._undoable.pop()
        try:
            await last.undo()
        except StoreError:
            self._undoable.append(last)  # it can be tried again
            raise
        return await self._changed(f"Undone: {last.what}")

    async def _changed(self, done: str, *, undo: bool = False) -> Outcome:
        shown = self._presenter.conversation
        conversation = None if shown is None else await self._library.current(shown)
        return Outcome(conversation, list_changed=True, done=done, undo=undo)


def _named(chats: "Collection[Conversation]") -> str:
    """One chat by its title, several by their number."""
    (first, *more) = chats
    return f"{len(chats)} chats" if more else f"“{clean_line(first.title, 60) or 'New chat'}” and all its messages"
