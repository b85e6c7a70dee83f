"""Finds messages and titles by their words and by filters, the newest first. Plain functions; they only read.

What a person typed reaches SQLite as quoted phrases and as bound values, never as syntax.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator

from tui.bounds import microseconds, moment
from tui.store.rows import (
    UNKNOWN_TIME,
    SqliteRow,
    as_bytes,
    as_text,
    message_kind_of,
    message_state_of,
)
from tui.store.search_records import Pieces, Place, SearchHit, SearchQuery, SearchTerm
from tui.store.search_text import phrase, tool_text
from tui.store.snippets import WordFinder

_IN_INDEX: tuple[Place, ...] = ("prompt", "reply", "thinking", "tools", "files")
_MARKED = ("image", "file", "tool", "code")
_MESSAGE = (
    "messages.number, messages.id, messages.conversation_id, conversations.title, messages.kind, messages.state,"
    " messages.model, messages.text, messages.thinking, messages.created_at"
)

Condition = tuple[str, tuple[str | int | float, ...]]
"""A condition in SQL, and the values that are bound in it."""


def find_messages(
    connection: sqlite3.Connection,
    query: SearchQuery,
    limit: int,
    *,
    before: int | None = None,
    one_per_chat: bool = False,
    chats_left_out: Collection[str] = (),
) -> tuple[SearchHit, ...]:
    """At most `limit` messages that meet a query, the one that was stored last first.

    Args:
        connection: the reader's.
        query: what is looked for; one with nothing in it finds nothing.
        limit: of hits.
        before: the `number` of the last hit of the previous page; None asks for the first page.
        one_per_chat: only the newest of each chat.
        chats_left_out: ids of chats from which nothing is wanted.
    """
    if not query or query.places == {"title"}:
        return ()
    conditions = list(_conditions(query))
    if before is not None:
        conditions.append(("messages.number < ?", (before,)))
    source, order = "messages", "messages.number"
    if expression := _expression(query):
        source, order = "search_index JOIN messages ON messages.number = search_index.rowid", "search_index.rowid"
        conditions.insert(0, ("search_index MATCH ?", (expression,)))
        if before is not None:
            conditions.append(("search_index.rowid < ?", (before,)))
    elif query.wanted:  # nothing of it can be in the index
        return ()
    rows = connection.execute(
        f"SELECT {_MESSAGE} FROM {source} JOIN conversations ON conversations.id = messages.conversation_id"
        f" WHERE {' AND '.join(condition for condition, _ in conditions)} ORDER BY {order} DESC",
        [value for _, values in conditions for value in values],
    )
    seen = set(chats_left_out)
    found: list[SearchHit] = []
    finder = WordFinder(query.wanted)
    for row in rows:
        chat = as_text(row[2])
        if chat in seen:
            continue
        if one_per_chat:
            seen.add(chat)
        found.append(_hit(connection, row, query, finder))
        if len(found) >= limit:
            break
    rows.close()
    return tuple(found)


def find_titles(connection: sqlite3.Connection, query: SearchQuery, limit: int) -> tuple[SearchHit, ...]:
    """At most `limit` chats whose titles meet a query, the last one begun first; () where only messages can meet it."""
    if query.asks_of_messages or not query.wanted:
        return ()
    expression = _terms(query.terms, "")
    if not expression:
        return ()
    conditions = [("search_titles MATCH ?", (expression,)), *_in_trash(query, "conversations.deleted_at")]
    conditions += _in_time(query, "conversations.updated_at")
    rows = connection.execute(
        "SELECT conversations.id, conversations.title, conversations.model, conversations.updated_at FROM search_titles"
        " JOIN search_chats ON search_chats.number = search_titles.rowid"
        " JOIN conversations ON conversations.id = search_chats.id"
        f" WHERE {' AND '.join(condition for condition, _ in conditions)} ORDER BY search_titles.rowid DESC LIMIT ?",
        [*(value for _, values in conditions for value in values), limit],
    )
    finder = WordFinder(query.wanted)
    return tuple(
        SearchHit(
            as_text(id), as_text(title), "title", finder.snippet(as_text(title)), moment(updated) or UNKNOWN_TIME,
            model=as_text(model),
        )
        for id, title, model, updated in rows
    )  # fmt: skip


# What is asked of the index.


def _expression(query: SearchQuery) -> str:
    """An expression of FTS5 for the messages with all terms; "" where it is asked for nothing that must be there."""
    places = [place for place in _IN_INDEX if not query.places or place in query.places]
    found = [_terms(query.wanted, f"{{{' '.join(places)}}} : ")] if query.wanted else []
    found += [f'marks : "{mark}"' for mark in _MARKED if mark in query.having]
    if not all(found) or not found:
        return ""
    excluded = _excluded(query)
    return f"({' AND '.join(found)}){f' NOT ({excluded})' if excluded else ''}"


def _terms(terms: Collection[SearchTerm], within: str) -> str:
    """All of the terms that must be there and none of the others; "" where none of the first can be in the index."""
    wanted = [said for term in terms if not term.excluded and (said := phrase(term.words, prefix=term.prefix))]
    excluded = [said for term in terms if term.excluded and (said := phrase(term.words, prefix=term.prefix))]
    if not wanted:
        return ""
    found = f"({' AND '.join(within + said for said in wanted)})"
    return f"{found} NOT ({' OR '.join(excluded)})" if excluded else found


def _excluded(query: SearchQuery) -> str:
    """An expression for the messages that are not wanted; their marks are no words of theirs."""
    said = [phrase(term.words, prefix=term.prefix) for term in query.terms if term.excluded]
    return " OR ".join(f"{{{' '.join(_IN_INDEX)}}} : {words}" for words in said if words)


# What is asked of the tables.


def _conditions(query: SearchQuery) -> Iterator[Condition]:
    yield from _in_trash(query, "coalesce(conversations.deleted_at, messages.deleted_at)")
    yield from _in_time(query, "messages.created_at")
    yield from _answered_by(query)
    if query.interrupted:
        yield "messages.state = 'interrupted'", ()
    if query.min_price is not None:
        yield "CAST(messages.price AS REAL) > ?", (float(query.min_price),)
    if "branch" in query.having:
        yield (
            (
                "EXISTS (SELECT 1 FROM messages AS sibling WHERE sibling.parent_id = messages.parent_id"
                " AND sibling.id <> messages.id AND sibling.deleted_at IS NULL)"
            ),
            (),
        )
    if not query.wanted and not query.having.intersection(_MARKED) and (excluded := _excluded(query)):
        yield "messages.number NOT IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)", (excluded,)


def _in_trash(query: SearchQuery, column: str) -> Iterator[Condition]:
    yield f"{column} IS {'NOT ' if query.trash else ''}NULL", ()


def _in_time(query: SearchQuery, column: str) -> Iterator[Condition]:
    if query.after is not None:
        yield f"{column} >= ?", (microseconds(query.after),)
    if query.before is not None:
        yield f"{column} < ?", (microseconds(query.before),)


def _answered_by(query: SearchQuery) -> Iterator[Condition]:
    """The model that answered, or one that answered the prompt."""
    if query.providers:
        yield _of_reply_or_answer("instr(lower({0}.model), ?) = 1", query.providers)
    if query.models:
        yield _of_reply_or_answer("instr(lower({0}.model), ?) > 0", query.models)


def _of_reply_or_answer(condition: str, values: tuple[str, ...]) -> Condition:
    own, answer = (" OR ".join([condition.format(table)] * len(values)) for table in ("messages", "answer"))
    answered = f"EXISTS (SELECT 1 FROM messages AS answer WHERE answer.parent_id = messages.id AND ({answer}))"
    return f"({own} OR messages.kind = 'prompt' AND {answered})", values * 2


# What is shown of a hit.


def _hit(connection: sqlite3.Connection, row: SqliteRow, query: SearchQuery, finder: WordFinder) -> SearchHit:
    number, id, conversation_id, title, kind, state, model, text, thinking, created = row
    kind = message_kind_of(kind, model)
    texts: list[tuple[Place, Callable[[], str]]] = [
        (kind, lambda: as_text(text)),
        ("thinking", lambda: as_text(thinking)),
        ("tools", lambda: _tools(connection, number)),
        ("files", lambda: _files(connection, as_text(id))),
    ]
    place, snippet = _snippet(texts, query, finder)
    return SearchHit(
        as_text(conversation_id), as_text(title), place, snippet, moment(created) or UNKNOWN_TIME, as_text(id), number,
        kind, message_state_of(state, kind), as_text(model),
    )  # fmt: skip


def _snippet(
    texts: list[tuple[Place, Callable[[], str]]], query: SearchQuery, finder: WordFinder
) -> tuple[Place, Pieces]:
    """Where the words stand first, and what surrounds them; else the beginning."""
    for place, read in texts:
        if query.wanted and (not query.places or place in query.places) and (snippet := finder.snippet(read())):
            return place, snippet
    place, read = texts[0]
    return place, finder.beginning(read())


def _tools(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT payload FROM messages WHERE number = ?", (number,)).fetchone()
    return tool_text(as_bytes(row[0])) if row else ""


def _files(connection: sqlite3.Connection, message_id: str) -> str:
    rows = connection.execute(
        "SELECT name, CASE WHEN media_type LIKE 'text/%' THEN data END FROM attachments"
        " JOIN contents ON contents.hash = attachments.hash WHERE message_id = ? ORDER BY position",
        (message_id,),
    )
    return "\n".join(f"{as_text(name)}: {as_text(data)}" for name, data in rows)
