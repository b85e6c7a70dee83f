"""What is looked for in the library, and what is found there, as frozen values. Knows neither SQL nor syntax."""

from datetime import datetime
from typing import Literal, TypeAlias

from tui.dataclass import dataclass
from tui.store.records import MessageKind, MessageState

Place: TypeAlias = Literal["title", "prompt", "reply", "thinking", "tools", "files"]
"""Where words are found: in a chat's title, or in one of these of a message."""

Having: TypeAlias = Literal["image", "file", "tool", "code", "branch"]
"""What a message can have: an image or another file, tool calls, code, or siblings."""

FilterName: TypeAlias = Literal["model", "provider", "has", "interrupted", "cost", "tag", "pinned", "archived"]
OF_CHATS: frozenset[FilterName] = frozenset(("tag", "pinned", "archived"))
"""What is true of a whole chat."""

Pieces: TypeAlias = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is what was looked for; not cleaned for a terminal."""


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Words that stand next to each other.

    Attributes:
        words: raw; what is no letter or digit only separates.
        prefix: the last word may go on.
        excluded: no message that has them is wanted.
    """

    words: str
    prefix: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A property that a message, or its chat, must have, or must not.

    Attributes:
        name: of the property.
        value: for "model" a part, for "provider" the beginning of the answering model's "provider:name", in small
            letters; for "has" one of `Having`; for "cost" US dollars as text, of which it must be more; for "tag" one
            as it is kept; else "".
        excluded: nothing that has it is wanted.
    """

    name: FilterName
    value: str = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for: all terms and all filters must be met, by one message or by the title of a chat.

    Attributes:
        terms: in the order in which they were typed.
        places: where the terms are looked for; () for everywhere.
        filters: of several models, or providers, one is enough.
        after, before: aware times, from the first to before the second.
        trash: only what lies in the trash; else nothing of it.
        best: what has most to do with the words comes first, not what was written last.
        problems: what of the query was not understood or cannot be looked for yet, in sentences.
    """

    terms: tuple[SearchTerm, ...] = ()
    places: frozenset[Place] = frozenset()
    filters: tuple[SearchFilter, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    trash: bool = False
    best: bool = False
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return self != SearchQuery(problems=self.problems)

    @property
    def wanted(self) -> tuple[SearchTerm, ...]:
        """The terms that must be there, which are marked where they are found."""
        return tuple(term for term in self.terms if not term.excluded)

    @property
    def asks_of_messages(self) -> bool:
        """Whether a filter is met by messages only, so that a title says nothing."""
        of_messages = any(filter.name not in OF_CHATS for filter in self.filters)
        return of_messages or bool(self.places and "title" not in self.places)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message, or the title of a chat, in which everything was found.

    Attributes:
        conversation_id, title: of the chat; the title is raw.
        place: where the snippet is from.
        snippet: what surrounds the first place, in one line, of Markdown without its signs; else raw.
        created_at: aware UTC time of the message; of a title that of the chat's last one, or of its way into the trash.
        message_id: "" for a title.
        number: orders messages by when they were stored; 0 for a title.
        kind, state, model: as in `Message`.
        archived: whether the chat is.
    """

    conversation_id: str
    title: str
    place: Place
    snippet: Pieces
    created_at: datetime
    message_id: str = ""
    number: int = 0
    kind: MessageKind = "prompt"
    state: MessageState = "done"
    model: str = ""
    archived: bool = False
