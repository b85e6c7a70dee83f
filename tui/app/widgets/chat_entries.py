"""Conversations as the rows of the list of chats: found by their names, under headings of age. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap

from tui.app.widgets.found_chats import FoundChats
from tui.app.widgets.list import ListRow
from tui.figures import age, age_group
from tui.store.records import Conversation
from tui.store.search_records import Pieces
from tui.text import clean_line

_NOTE_CELLS = 26


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """What one row of the list shows: a chat, or a heading, which is a title alone.

    Attributes:
        title: cleaned.
        mark: "?" while a tool waits for the person, "●" while a reply comes in, "✎" where something is written and not
            sent; "" for none of it.
        current: whether the chat is the one that is shown.
        snippet: what was found in the chat of the row above, where the row is only that; raw.
    """

    title: str
    age: str = ""
    mark: str = ""
    current: bool = False
    heading: bool = False
    snippet: Pieces = ()


def chat_entries(
    conversations: Iterable[Conversation],
    now: datetime,
    *,
    query: str = "",
    current: str = "",
    running: Collection[str] = (),
    drafts: Collection[str] = (),
    asking: Collection[str] = (),
    found: FoundChats | None = None,
) -> list[ListRow[ChatEntry]]:
    """The rows, keyed by the conversations' ids; a heading alone says that there are none.

    Args:
        conversations: the newest first.
        now: the moment from which ages count.
        query: words that a chat's title must have, all of them.
        current: id of the chat that is shown.
        running: ids of the chats in which a reply comes in.
        drafts: ids of the chats in which something is written and not sent.
        asking: ids of the chats in which a tool waits for the person.
        found: what a search for the same words has come to; None while it has come to nothing yet.
    """
    marks = (("?", asking), ("●", running), ("✎", drafts))
    terms = query.casefold().split()
    rows: list[ListRow[ChatEntry]] = []
    group = ""
    for conversation in conversations:
        title = clean_line(conversation.title) or "New chat"
        if not all(term in title.casefold() for term in terms):
            continue
        heading = age_group(conversation.updated_at, now)
        if heading != group:
            rows += [_heading("")] if group else []
            rows.append(_heading(heading))
            group = heading
        mark = next((mark for mark, ids in marks if conversation.id in ids), "")
        entry = ChatEntry(title, age(conversation.updated_at, now), mark, conversation.id == current)
        rows.append(ListRow(conversation.id, entry))
    if found is not None:
        more = list(_found_rows(found, {row.key for row in rows}, now, current))
        rows += [_heading(""), _heading("Said in")] if rows and more and more[0].key else []
        rows += more
        return rows if any(row.key for row in rows) else [_heading("Nothing was found"), *rows]
    return rows or [_heading("Looking…" if terms else "No chats yet")]


def _heading(title: str) -> ListRow[ChatEntry]:
    return ListRow("", ChatEntry(title, heading=True))


def _found_rows(found: FoundChats, shown: Collection[str], now: datetime, current: str) -> Iterator[ListRow[ChatEntry]]:
    """The chats that are not `shown` by their names already, each with what was found below it, and the notes."""
    for hit in found.hits:
        if hit.conversation_id in shown:
            continue
        title = clean_line(hit.title) or "New chat"
        when = age(hit.created_at, now)
        entry = ChatEntry(title, f"archived {when}" if hit.archived else when, current=hit.conversation_id == current)
        yield ListRow(hit.conversation_id, entry)
        if hit.place != "title":
            yield ListRow("", ChatEntry("", snippet=hit.snippet))
    for note in found.notes:
        yield _heading("")
        yield from map(_heading, wrap(clean_line(note), _NOTE_CELLS))
