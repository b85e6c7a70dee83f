"""Finds messages and titles by their words and by filters, the newest first. Plain functions; they only read."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TypeAlias

from tui.bounds import moment
from tui.store.rows import UNKNOWN_TIME, SqliteRow, as_bytes, as_text, message_kind_of, message_state_of
from tui.store.search_conditions import (
    Condition,
    chats_asked_for,
    message_conditions,
    message_expression,
    title_conditions,
)
from tui.store.search_index import FILE_LIMIT_BYTES
from tui.store.search_records import Pieces, Place, SearchHit, SearchQuery, SearchTerm
from tui.store.search_text import tool_text
from tui.store.snippets import WordFinder

_MESSAGE = (
    "messages.number, messages.id, messages.conversation_id, conversations.title, messages.kind, messages.state,"
    " messages.model, messages.text, messages.thinking, messages.created_at, conversations.archived"
)
_CHAT = "conversations.id, conversations.title, conversations.model"
_GLANCE_S = 0.008
"""Of CPU time, for which the newest messages are read for words that go on before the index is asked for those.

FTS5 merges all places of all words that begin so, which may be millions. What is that common is met in the newest
messages; of what is not, there is little to merge.
"""
_FEW_CHATS = 2_000
"""Up to so many chats are searched one by one, rather than all messages for those of some chats."""

_FEW_TITLES = 2_000
"""Up to so many titles are looked at together; of more, the newest chats are read until a page is full."""

_LAST = 1 << 62
"""Beyond all numbers of messages."""

_MARKDOWN: frozenset[Place] = frozenset(("prompt", "reply", "thinking"))
"""Where Markdown is written; elsewhere its signs mean themselves."""

_Texts: TypeAlias = list[tuple[Place, Callable[[], str]]]
"""Where words can stand in a message, and what stands there, which is read when it is called."""


def find_messages(
    connection: sqlite3.Connection,
    query: SearchQuery,
    limit: int,
    *,
    before: int | None = None,
    one_per_chat: bool = False,
    chats_left_out: Collection[str] = (),
) -> tuple[SearchHit, ...]:
    """At most `limit` messages that meet a query, the newest first, or the best if it asks for that.

    The newest is what was said here last; what was imported comes below all of that, by its time.

    Args:
        connection: the reader's.
        query: what is looked for; one with nothing in it finds nothing.
        limit: of hits.
        before: the `number` of the last hit of the previous page; None asks for the first page, and for the best.
        one_per_chat: only the first of each chat.
        chats_left_out: ids of chats from which nothing is wanted.
    """
    if not query or query.places == {"title"} or limit <= 0:
        return ()
    rows = None
    if any(term.prefix for term in query.terms) and not query.best:
        rows = _glance(connection, query, limit, before, _Chats(one_per_chat, chats_left_out))
    if rows is None:
        chats = _Chats(one_per_chat, chats_left_out)
        rows = []
        for row in _rows(connection, query, before):
            if chats.take(row):
                rows.append(row)
            if len(rows) >= limit:
                break
    finder = WordFinder(query.wanted)
    return tuple(_hit(connection, row, query, finder) for row in rows)


def find_titles(
    connection: sqlite3.Connection, query: SearchQuery, limit: int, *, chats_left_out: Collection[str] = ()
) -> tuple[SearchHit, ...]:
    """At most `limit` chats whose titles meet a query; () where none can.

    First those that are called just so, then the one that was written in last, or that was deleted last of those in
    the trash; or the best if the query asks for that.

    Args:
        connection: the reader's.
        query: what is looked for.
        limit: of hits.
        chats_left_out: ids of chats that are not wanted, such as those of the pages before.
    """
    if not (conditions := title_conditions(query)):
        return ()
    matches, *others = conditions
    rows: Iterable[SqliteRow]
    few = f"SELECT 1 FROM search_titles WHERE {matches[0]} LIMIT 1 OFFSET ?"
    if query.best or connection.execute(few, (*matches[1], _FEW_TITLES)).fetchone() is None:
        rows = _sorted_titles(connection, query, conditions)
    else:
        rows = _newest_titles(connection, query, matches, others)
    left_out = set(chats_left_out)
    wanted = islice((row for row in rows if as_text(row[0]) not in left_out), limit)
    finder = WordFinder(query.wanted)
    return tuple(
        SearchHit(
            as_text(id), as_text(title), "title", finder.snippet(as_text(title)), moment(time) or UNKNOWN_TIME,
            model=as_text(model), archived=bool(archived),
        )
        for id, title, model, time, archived in wanted
    )  # fmt: skip


def _sorted_titles(
    connection: sqlite3.Connection, query: SearchQuery, conditions: Sequence[Condition]
) -> list[SqliteRow]:
    """All chats whose titles meet a query, in its order."""
    time = _time_of_chats(query)
    best = "bm25(search_titles, 1, 0), " if query.best else ""
    rows = connection.execute(
        f"SELECT {_CHAT}, {time}, conversations.archived FROM search_titles"
        " CROSS JOIN search_chats ON search_chats.number = search_titles.rowid"
        " CROSS JOIN conversations ON conversations.id = search_chats.id"
        f" WHERE {' AND '.join(condition for condition, _ in conditions)}"
        f" ORDER BY {best}{time} DESC, conversations.id DESC",
        [value for _, values in conditions for value in values],
    ).fetchall()
    words = _words(query)
    return sorted(rows, key=lambda row: not _is_just(row, words))


def _newest_titles(
    connection: sqlite3.Connection, query: SearchQuery, matches: Condition, conditions: Sequence[Condition]
) -> Iterator[SqliteRow]:
    """The same one by one, without sorting them: what is that common is met in the newest chats."""
    checks = [(WordFinder([replace(term, excluded=False)]), not term.excluded) for term in query.terms]
    plain = all(term.words.isascii() for term in query.terms)

    @cache
    def numbers() -> set[int]:
        rows = connection.execute(f"SELECT rowid FROM search_titles WHERE {matches[0]}", matches[1])
        return {number for (number,) in rows}

    def meets(row: SqliteRow) -> bool:
        title = as_text(row[1])
        if plain and title.isascii():
            return all(finder.finds(title) is wanted for finder, wanted in checks)
        return row[-1] in numbers()  # what is the same letter only the index knows, as σ and ς

    time = _time_of_chats(query)
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, values in conditions for value in values]
    columns = f"{_CHAT}, {time} AS time, conversations.archived, search_chats.number"
    words = _words(query)
    # SQLite folds ASCII only: of other titles those are read that may be the same. A letter folds to one, two or three.
    just = connection.execute(
        f"SELECT {columns} FROM search_chats CROSS JOIN conversations ON conversations.id = search_chats.id"
        " WHERE length(trim(search_chats.title)) BETWEEN ? AND ? AND (lower(trim(search_chats.title)) = ?"
        f" OR length(search_chats.title) < length(CAST(search_chats.title AS BLOB))) AND {where}"
        " ORDER BY time DESC, conversations.id DESC",
        (len(words) // 3, len(words), words, *values),
    )
    first = set()
    for row in just:
        if _is_just(row, words) and meets(row):
            first.add(row[-1])
            yield row[:-1]
    folders = ["deleted_at IS NOT NULL"] if query.trash else [
        "deleted_at IS NULL AND archived = 0", "deleted_at IS NULL AND archived <> 0"
    ]  # fmt: skip
    # Each in the words of an index, whose order it has: they are merged, not sorted.
    parts = [
        f"SELECT {columns} FROM conversations CROSS JOIN search_chats ON search_chats.id = conversations.id"
        f" WHERE {folder} AND {where}"
        for folder in folders
    ]
    for row in connection.execute(f"{' UNION ALL '.join(parts)} ORDER BY time DESC, 1 DESC", values * len(parts)):
        if row[-1] not in first and meets(row):
            yield row[:-1]


def _words(query: SearchQuery) -> str:
    return " ".join(term.words for term in query.wanted).casefold()


def _is_just(row: SqliteRow, words: str) -> bool:
    """Whether a chat's title is the words that are looked for, and nothing else."""
    return as_text(row[1]).strip().casefold() == words


def _time_of_chats(query: SearchQuery) -> str:
    return f"conversations.{'deleted_at' if query.trash else 'updated_at'}"


def find_chats(
    connection: sqlite3.Connection, query: SearchQuery, limit: int, after: Sequence[SearchHit] = ()
) -> tuple[SearchHit, ...]:
    """At most `limit` chats: those whose titles meet a query, then each other one with its newest message that does.

    `after` is all that was found before; () asks for the first page.
    """
    last = after[-1] if after else None
    titles: tuple[SearchHit, ...] = ()
    if last is None or last.place == "title":
        titles = find_titles(connection, query, limit, chats_left_out=[hit.conversation_id for hit in after])
    found = find_messages(
        connection,
        query,
        limit - len(titles),
        before=None if last is None or last.place == "title" or query.best else last.number,
        one_per_chat=True,
        chats_left_out=[hit.conversation_id for hit in (*after, *titles)],
    )
    return (*titles, *found)


class _Chats:
    """The chats of which a hit may still be added, where each is to have one at the most."""

    def __init__(self, one_per_chat: bool, left_out: Collection[str]) -> None:
        self._one_per_chat = one_per_chat
        self._left_out = set(left_out)

    def wants(self, row: SqliteRow) -> bool:
        """Whether a message is of such a chat."""
        return as_text(row[2]) not in self._left_out

    def take(self, row: SqliteRow) -> bool:
        """Whether a message is wanted, which is taken then."""
        wanted = self.wants(row)
        if wanted and self._one_per_chat:
            self._left_out.add(as_text(row[2]))
        return wanted


def _glance(
    connection: sqlite3.Connection, query: SearchQuery, limit: int, before: int | None, chats: _Chats
) -> list[SqliteRow] | None:
    """The page without the index of words that go on; None when it was not filled in time."""
    checks = [(term, WordFinder([replace(term, excluded=False)])) for term in query.terms if term.prefix]
    until = time.thread_time() + _GLANCE_S
    found: list[SqliteRow] = []
    for row in _rows(connection, query, before, whole_words=True):
        if chats.wants(row) and all(_passes(connection, row, query, *check) for check in checks):
            chats.take(row)
            found.append(row)
        if len(found) >= limit:
            return found
        if time.thread_time() > until:
            return None
    return found


def _passes(
    connection: sqlite3.Connection, row: SqliteRow, query: SearchQuery, term: SearchTerm, finder: WordFinder
) -> bool:
    places = () if term.excluded else query.places
    there = any(finder.finds(read()) for place, read in _texts(connection, row) if not places or place in places)
    return there is not term.excluded


def _rows(
    connection: sqlite3.Connection, query: SearchQuery, before: int | None, *, whole_words: bool = False
) -> Iterator[SqliteRow]:
    """All messages that meet a query, in the order that it asks for; see `message_expression` for `whole_words`."""
    expression = message_expression(connection, query, whole_words=whole_words)
    if not expression:
        return
    last = _LAST if before is None else before - 1
    ranges = _ranges(connection, query)
    conditions = [("search_index MATCH ?", (expression,)), *message_conditions(query)]
    # The order of the tables is given: without statistics SQLite may begin with the chats.
    statement = (
        f"SELECT {_MESSAGE} FROM search_index CROSS JOIN messages ON messages.number = search_index.rowid"
        " CROSS JOIN conversations ON conversations.id = messages.conversation_id"
        f" WHERE {' AND '.join(condition for condition, _ in conditions)}"
        " AND search_index.rowid BETWEEN ? AND ? ORDER BY search_index.rowid DESC"
    )
    values = [value for _, values in conditions for value in values]
    if query.best and query.wanted:
        for number in _best(connection, expression, ranges):
            yield from connection.execute(statement, [*values, number, number])
        return
    for low, high in ranges:
        yield from connection.execute(statement, [*values, low, min(high, last)])


def _best(connection: sqlite3.Connection, expression: str, ranges: list[tuple[int, int]]) -> Iterator[int]:
    """The numbers of the messages that meet an expression, the best by BM25 first; marks do not count."""
    if ranges:
        ranked = (
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " ORDER BY bm25(search_index, 1, 1, 1, 1, 1, 0), rowid DESC"
        )
        for (number,) in connection.execute(ranked, (expression, ranges[-1][0], ranges[0][1])):
            yield number


def _ranges(connection: sqlite3.Connection, query: SearchQuery) -> list[tuple[int, int]]:
    """Between which numbers the messages lie, the newest first; apart from each other."""
    everything = [(-_LAST, _LAST)]
    if (asked := chats_asked_for(query)) is None:
        return everything
    statement, values = asked
    chats = connection.execute(f"{statement} LIMIT ?", (*values, _FEW_CHATS + 1)).fetchall()
    if len(chats) > _FEW_CHATS:
        return everything
    bounds = "SELECT min(number), max(number) FROM messages WHERE conversation_id = ?"
    ranges = [connection.execute(bounds, chat).fetchone() for chat in chats]
    apart: list[tuple[int, int]] = []
    for low, high in sorted((both for both in ranges if both[0] is not None), key=lambda both: both[1], reverse=True):
        if apart and high >= apart[-1][0]:
            apart[-1] = (min(low, apart[-1][0]), apart[-1][1])
        else:
            apart.append((low, high))
    return apart


# What is shown of a hit.


def _hit(connection: sqlite3.Connection, row: SqliteRow, query: SearchQuery, finder: WordFinder) -> SearchHit:
    number, id, conversation_id, title, kind, state, model, _, _, created, archived = row
    kind = message_kind_of(kind, model)
    place, snippet = _snippet(_texts(connection, row), query, finder)
    return SearchHit(
        as_text(conversation_id), as_text(title), place, snippet, moment(created) or UNKNOWN_TIME, as_text(id), number,
        kind, message_state_of(state, kind), as_text(model), bool(archived),
    )  # fmt: skip


def _texts(connection: sqlite3.Connection, row: SqliteRow) -> _Texts:
    number, id, _, _, kind, _, model, text, thinking, _, _ = row
    return [
        (message_kind_of(kind, model), lambda: as_text(text)),
        ("thinking", lambda: as_text(thinking)),
        ("tools", lambda: _tools(connection, number)),
        ("files", lambda: _files(connection, as_text(id))),
    ]


def _snippet(texts: _Texts, query: SearchQuery, finder: WordFinder) -> tuple[Place, Pieces]:
    """Where the words stand first, and what surrounds them; else the beginning."""
    for place, read in texts:
        if not query.wanted or (query.places and place not in query.places):
            continue
        if snippet := finder.snippet(read(), markdown=place in _MARKDOWN):
            return place, snippet
    place, read = texts[0]
    return place, finder.beginning(read(), markdown=place in _MARKDOWN)


def _tools(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT payload FROM messages WHERE number = ?", (number,)).fetchone()
    return tool_text(as_bytes(row[0])) if row else ""


def _files(connection: sqlite3.Connection, message_id: str) -> str:
    rows = connection.execute(
        "SELECT name, CASE WHEN media_type LIKE 'text/%' THEN substr(data, 1, ?) END FROM attachments"
        " JOIN contents ON contents.hash = attachments.hash WHERE message_id = ? ORDER BY position",
        (FILE_LIMIT_BYTES, message_id),
    )
    return "\n".join(f"{as_text(name)}: {as_text(data)}" for name, data in rows)
