"""What a query asks of the library: an expression for its index of words, and conditions in SQL beside it.

What a person typed is in them as quoted phrases and as bound values, never as syntax.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeAlias

from tui.bounds import microseconds
from tui.store.rows import as_text
from tui.store.search_marks import (
    ARCHIVED_MARK,
    PINNED_MARK,
    TRASH_MARK,
    asked,
    model_mark,
    months_between,
    prices_above,
)
from tui.store.search_records import OF_CHATS, FilterName, Place, SearchFilter, SearchQuery, SearchTerm
from tui.store.search_text import phrase

_IN_INDEX: tuple[Place, ...] = ("prompt", "reply", "thinking", "tools", "files")

_SIBLING = "SELECT 1 FROM messages AS sibling WHERE sibling.id <> messages.id AND sibling.deleted_at IS NULL"
_FORKED = (
    f"CASE WHEN messages.parent_id IS NULL THEN EXISTS ({_SIBLING} AND +sibling.parent_id IS NULL"
    " AND sibling.conversation_id = messages.conversation_id)"
    f" ELSE EXISTS ({_SIBLING} AND sibling.parent_id = messages.parent_id) END"
)

_TITLE_MARKS: dict[FilterName, str] = {"pinned": PINNED_MARK, "archived": ARCHIVED_MARK}
_TRASHED = (
    "SELECT id FROM conversations WHERE deleted_at IS NOT NULL"
    " UNION SELECT conversation_id FROM messages WHERE deleted_at IS NOT NULL"
)
# In the words of the partial indexes, of which each chat is in one.
_CHATS: dict[FilterName, str] = {
    "tag": "SELECT conversation_id AS id FROM conversation_tags WHERE tag = ?",
    "pinned": "SELECT id FROM conversations WHERE deleted_at IS NULL AND archived = 0 AND pinned <> 0"
    " UNION ALL SELECT id FROM conversations WHERE deleted_at IS NULL AND archived <> 0 AND pinned <> 0"
    " UNION ALL SELECT id FROM conversations WHERE deleted_at IS NOT NULL AND pinned <> 0",
    "archived": "SELECT id FROM conversations WHERE deleted_at IS NULL AND archived <> 0"
    " UNION ALL SELECT id FROM conversations WHERE deleted_at IS NOT NULL AND archived <> 0",
}

_MARKS_OF_PLACES = {
    "prompt": ["prompt"], "reply": ["reply"], "thinking": ["thinking"], "tools": ["tool"], "files": ["file", "image"]
}  # fmt: skip

Condition: TypeAlias = tuple[str, tuple[str | int | float, ...]]
"""A condition in SQL, and the values that are bound in it."""


def message_expression(connection: sqlite3.Connection, query: SearchQuery, *, whole_words: bool = False) -> str:
    """An expression of FTS5 that leaves out most of what does not meet a query; "" where nothing can.

    What is exact only with `message_conditions`: times, costs and branches. With `whole_words` it leaves nothing out
    for words that go on, wanted or not.
    """
    terms = [term for term in query.terms if not (whole_words and term.prefix)]
    wanted = [_within(_places(query), term) for term in terms if not term.excluded]
    if not all(wanted):
        return ""
    unwanted = [_within(_IN_INDEX, term) for term in terms if term.excluded]
    for name in ("model", "provider"):
        for excluded, expressions in ((False, wanted), (True, unwanted)):
            if values := _values(query, name, excluded=excluded):
                expressions.append(_models(connection, name, values))
    for filter in query.filters:
        if mark := _mark(filter):
            (unwanted if filter.excluded else wanted).append(mark)
    if query.after or query.before:
        wanted.append(months_between(query.after, query.before))
    if marks := _marks_of_places(query) or ([] if wanted else ["prompt", "reply"]):
        wanted.append(asked(marks))
    return _without(wanted, unwanted)


def message_conditions(query: SearchQuery) -> Iterator[Condition]:
    """What of a query the index does not know, or not exactly."""
    yield _in_trash(query, "coalesce(conversations.deleted_at, messages.deleted_at)")
    yield from _in_time(query, "messages.created_at")
    for filter in query.filters:
        reverse = "NOT " if filter.excluded else ""
        if filter.name in OF_CHATS:
            yield _of_chat(filter)
        elif filter.name == "cost":
            yield f"{reverse}coalesce(CAST(messages.price AS REAL), 0) > ?", (float(filter.value),)
        elif filter == SearchFilter("has", "branch", filter.excluded):
            yield f"{reverse}{_FORKED}", ()


def title_conditions(query: SearchQuery) -> list[Condition]:
    """What must be true of a chat whose title meets a query; none where no title can."""
    wanted = [_within(["title"], term) for term in query.wanted]
    if query.asks_of_messages or not wanted or not all(wanted):
        return []
    if query.after or query.before:
        wanted.append(months_between(query.after, query.before))
    if query.trash:
        wanted.append(asked([TRASH_MARK]))
    unwanted = [_within(["title"], term) for term in query.terms if term.excluded]
    for filter in query.filters:
        if mark := _TITLE_MARKS.get(filter.name):
            (unwanted if filter.excluded else wanted).append(asked([mark]))
    expression = _without(wanted, unwanted)
    return [
        ("search_titles MATCH ?", (expression,)),
        _in_trash(query, "conversations.deleted_at"),
        *_in_time(query, "conversations.updated_at"),
        *(_of_chat(filter) for filter in query.filters),
    ]


def chats_asked_for(query: SearchQuery) -> Condition | None:
    """A statement for the ids of the only chats in which a query can be met; None for any chat."""
    wanted = [filter for filter in query.filters if filter.name in OF_CHATS and not filter.excluded]
    statements = [*([_TRASHED] if query.trash else []), *(_CHATS[filter.name] for filter in wanted)]
    if not statements:
        return None
    together = " INTERSECT ".join(f"SELECT id FROM ({statement})" for statement in statements)
    return together, tuple(filter.value for filter in wanted if filter.name == "tag")


def _places(query: SearchQuery) -> list[Place]:
    return [place for place in _IN_INDEX if not query.places or place in query.places]


def _marks_of_places(query: SearchQuery) -> list[str]:
    """Marks of the messages that have something in the places, where no words are asked for of prompts or replies.

    () where all have.
    """
    if not query.places or {"prompt", "reply"} <= query.places:
        return []
    if not query.wanted:
        return sorted(query.places.intersection(("prompt", "reply")))
    return [mark for place in sorted(query.places - {"title"}) for mark in _MARKS_OF_PLACES[place]]


def _within(columns: Iterable[str], term: SearchTerm) -> str:
    """An expression for a term in one of some columns; "" where there is nothing in it to be found."""
    said = phrase(term.words, prefix=term.prefix)
    return f"{{{' '.join(columns)}}} : {said}" if said else ""


def _without(wanted: Iterable[str], unwanted: Iterable[str]) -> str:
    excluded = " OR ".join(filter(None, unwanted))
    return f"({' AND '.join(wanted)}){f' NOT ({excluded})' if excluded else ''}"


def _values(query: SearchQuery, name: str, *, excluded: bool) -> list[str]:
    return [one.value for one in query.filters if one.name == name and one.excluded == excluded]


def _models(connection: sqlite3.Connection, name: str, values: Iterable[str]) -> str:
    """An expression for what one of the models has answered, or was asked, whose name or provider is meant."""
    numbers = []
    for number, text in connection.execute("SELECT number, name FROM search_models"):
        model = as_text(text).lower()
        if any(model.startswith(value) if name == "provider" else value in model for value in values):
            numbers.append(number)
    return asked(map(model_mark, numbers)) if numbers else asked(["never"])


def _mark(filter: SearchFilter) -> str:
    """An expression for what a filter may mean; "" where the index cannot tell, or not what does not have it."""
    match filter:
        case SearchFilter("has", "branch", True) | SearchFilter("cost", _, True):
            return ""
        case SearchFilter("has", what):
            return asked([what])
        case SearchFilter("interrupted"):
            return asked(["interrupted"])
        case SearchFilter("cost", least):
            return prices_above(Decimal(least))
        case _:
            return ""


def _of_chat(filter: SearchFilter) -> Condition:
    reverse = "NOT " if filter.excluded else ""
    if filter.name == "tag":
        tags = "SELECT 1 FROM conversation_tags WHERE conversation_id = conversations.id AND tag = ?"
        return f"{reverse}EXISTS ({tags})", (filter.value,)
    return f"{reverse}conversations.{filter.name} <> 0", ()


def _in_trash(query: SearchQuery, column: str) -> Condition:
    return f"{column} IS {'NOT ' if query.trash else ''}NULL", ()


def _in_time(query: SearchQuery, column: str) -> Iterator[Condition]:
    if query.after is not None:
        yield f"{column} >= ?", (microseconds(query.after),)
    if query.before is not None:
        yield f"{column} < ?", (microseconds(query.before),)
