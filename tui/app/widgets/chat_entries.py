"""Conversations as the rows of the list of chats: found by their names, under headings of age. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from operator import itemgetter
from textwrap import wrap
from typing import TYPE_CHECKING

from tui.app.widgets.list import ListRow
from tui.dataclass import dataclass
from tui.figures import age, age_group, local_midnight, money
from tui.store.records import TRASH_DAYS, Conversation
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.widgets.found_chats import FoundChats
    from tui.chat.chat_pages import ListedChats
    from tui.store.search_records import Pieces, SearchHit

_NOTE_CELLS = 26
_clean_title = lru_cache(2_048)(clean_line)  # each is drawn again with every key of the filter
_OLDEST = "Earlier"
_NONE = {
    "chats": "No chats yet",
    "pinned": "Nothing is pinned",
    "archived": "Nothing is archived",
    "trash": "The trash is empty",
}


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """What one row of the list shows: a chat, or a heading, which is a title alone.

    Attributes:
        title: cleaned.
        age: how long ago, or how long a chat still lies in the trash.
        mark: "?" while a tool waits for the person, "●" while a reply comes in, "✎" where something is written and not
            sent, "◆" where an answer has come that nobody has seen; "" for none of it.
        current: whether the chat is the one that is shown.
        heading: whether it is one.
        snippet: what was found in the chat of the row above, where the row is only that; raw.
        marked: whether the next key is for it, among others.
        tags: such as "#trip #rome".
        model: id of the one that answers next; raw.
        cost: what was paid, as far as known.
    """

    title: str
    age: str = ""
    mark: str = ""
    current: bool = False
    heading: bool = False
    snippet: "Pieces" = ()
    marked: bool = False
    tags: str = ""
    model: str = ""
    cost: str = ""


@dataclass(frozen=True, slots=True)
class ChatSigns:
    """What is known of chats beside what is stored of them.

    Attributes:
        current: id of the chat that is shown.
        running: ids of the chats in which a reply comes in.
        drafts: ids of the chats in which something is written and not sent.
        asking: ids of the chats in which a tool waits for the person.
        marked: ids of the chats that the next key is for.
        costs: US dollars by id, as far as known.
    """

    current: str = ""
    running: Collection[str] = ()
    drafts: Collection[str] = ()
    asking: Collection[str] = ()
    marked: Collection[str] = ()
    costs: Mapping[str, Decimal] = field(default_factory=dict)

    def mark(self, id: str, *, unread: bool = False) -> str:
        """The sign of a chat; of several the one that asks for most."""
        if id in self.asking:
            return "?"
        if id in self.running:
            return "●"
        if id in self.drafts:
            return "✎"
        return "◆" if unread and id != self.current else ""


def chat_entries(
    listed: "ListedChats",
    now: datetime,
    signs: ChatSigns = ChatSigns(),  # noqa: B008  frozen
    *,
    words: str = "",
    found: "FoundChats | None" = None,
    invites: bool = True,
) -> list[ListRow[ChatEntry]]:
    """The rows, keyed by the conversations' ids; a heading alone says that there are none, once that is known.

    Args:
        listed: what of a folder is listed.
        now: the moment from which ages count.
        signs: what goes on in the chats.
        words: what a chat's title must have, all of them.
        found: what a search for the same words has come to; None while it has come to nothing yet.
        invites: where there are no chats at all, say how some come in.
    """
    terms = words.casefold().split()
    pinned = {chat.id for chat in listed.pinned}
    top = [chat for chat in listed.pinned if terms or not listed.above]
    others = [chat for chat in listed.chats if chat.id not in pinned]
    if terms:
        top = [chat for chat in top if is_named(chat, terms)]
        others = [chat for chat in (*others, *listed.drafts) if is_named(chat, terms)]
    shown = {chat.id for chat in (*top, *others)}
    hits = [hit for hit in found.hits if hit.conversation_id not in shown] if found else []
    dated = [(chat.deleted_at or chat.updated_at, _row(chat, now, signs)) for chat in others]
    dated += [(hit.created_at, _hit_row(hit, now, signs)) for hit in hits if hit.place == "title"]
    if terms:
        dated.sort(key=itemgetter(0), reverse=True)
    rows = [_heading("★ Pinned"), *(_row(chat, now, signs) for chat in top)] if top else []
    rows += _by_age(dated, now, gap=bool(top))
    rows += _said_in([hit for hit in hits if hit.place != "title"], now, signs, gap=bool(rows))
    if found is not None:
        return [*_notes(found.notes), *(rows or [_heading("Nothing was found")])]
    return rows or ([_heading("Looking…")] if terms else _none(listed, invites))


def _none(listed: "ListedChats", invites: bool) -> list[ListRow[ChatEntry]]:
    if not listed.read:
        return []
    if listed.tag:
        return [_heading(f"Nothing is tagged {listed.tag}")]
    said = [_heading(_NONE[listed.folder])]
    return [*said, _heading("/import brings in yours")] if invites and listed.folder == "chats" else said


def _by_age(
    dated: Iterable[tuple[datetime, ListRow[ChatEntry]]], now: datetime, *, gap: bool
) -> Iterator[ListRow[ChatEntry]]:
    """Rows, the newest first, under headings of their age; with a `gap` above the first one, too."""
    heading, day = "", now
    for moment, row in dated:
        if heading != _OLDEST and not (heading and day <= moment):
            its, day = age_group(moment, now), local_midnight(moment)
            if its != heading:
                if heading or gap:
                    yield _heading("")
                yield _heading(its)
                heading = its
        yield row


def _title(chat: Conversation) -> str:
    return _clean_title(chat.title) or "New chat"


def is_named(chat: Conversation, terms: Iterable[str]) -> bool:
    """Whether the title of a chat has all terms, which are casefolded."""
    title = _title(chat).casefold()
    return all(term in title for term in terms)


def _row(chat: Conversation, now: datetime, signs: ChatSigns) -> ListRow[ChatEntry]:
    return _ChatRow(chat, now, signs)


class _ChatRow(ListRow[ChatEntry]):
    """The row of a chat; what it shows is made when it is drawn, as most of a list is never in view."""

    def __init__(self, chat: Conversation, now: datetime, signs: ChatSigns) -> None:
        object.__setattr__(self, "key", chat.id)  # a row is frozen
        self.__dict__["of"] = (chat, now, signs)

    @cached_property
    def value(self) -> ChatEntry:
        return _entry(*self.__dict__["of"])


def _entry(chat: Conversation, now: datetime, signs: ChatSigns) -> ChatEntry:
    cost = signs.costs.get(chat.id)
    return ChatEntry(
        _title(chat),
        age(chat.updated_at, now) if chat.deleted_at is None else days_left(chat.deleted_at, now),
        signs.mark(chat.id, unread=chat.unread),
        chat.id == signs.current,
        marked=chat.id in signs.marked,
        tags=" ".join(f"#{clean_line(tag)}" for tag in chat.tags),
        model=chat.model,
        cost="" if cost is None else money(cost) if cost else "free",
    )


def days_left(deleted_at: datetime, now: datetime) -> str:
    """How long a chat still lies in the trash, such as "27d left"."""
    return f"{max(TRASH_DAYS - (now - deleted_at).days, 0)}d left"


def _heading(title: str) -> ListRow[ChatEntry]:
    return ListRow("", ChatEntry(title, heading=True))


def _said_in(
    hits: Iterable["SearchHit"], now: datetime, signs: ChatSigns, *, gap: bool
) -> Iterator[ListRow[ChatEntry]]:
    """Chats by what was said in them; below others, behind a `gap`, they have a heading."""
    for hit in hits:
        if gap:
            yield _heading("")
            yield _heading("Said in")
            gap = False
        yield _hit_row(hit, now, signs)
        yield ListRow("", ChatEntry("", snippet=hit.snippet))


def _notes(notes: Iterable[str]) -> list[ListRow[ChatEntry]]:
    """What is to be said of a search, above what it has found: that may be many pages."""
    return [row for note in notes for row in (*map(_heading, wrap(clean_line(note), _NOTE_CELLS)), _heading(""))]


def _hit_row(hit: "SearchHit", now: datetime, signs: ChatSigns) -> ListRow[ChatEntry]:
    """A chat in which something was found."""
    id, when = hit.conversation_id, age(hit.created_at, now)
    return ListRow(
        id,
        ChatEntry(
            clean_line(hit.title) or "New chat",
            f"archived {when}" if hit.archived else when,
            signs.mark(id),
            id == signs.current,
            marked=id in signs.marked,
        ),
    )
