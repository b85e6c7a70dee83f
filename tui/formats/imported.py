"""What a reader of another program's file yields: chats as frozen values, and what could not be read. Raw, all of it.

Knows no file, no program and no engine; `tui.formats.readers` makes these, `tui.chat.importing` stores them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from tui.dataclass import dataclass
from tui.store.records import Attachment, Conversation, Message

SkipReason = Literal["bad_conversation", "bad_file", "empty", "beside", "unsupported", "unsafe"]
"""Why something was passed over; the report of an import counts by these. "empty" is a chat without messages, and
"beside" a file that is known to hold none: nobody misses those."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text, as Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What a model thought."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool.

    Attributes:
        id: "" where the source has none.
        arguments: JSON text of an object, or whatever stood there.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool returned.

    Attributes:
        call_id, name: of its call; "" where the source does not say.
    """

    call_id: str
    name: str
    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message.

    Attributes:
        media_type: such as "image/png"; "" when unknown.
        data: its content; None where the source only names it.
        reference: an address, or the source's name of a file without content.
    """

    name: str
    media_type: str
    data: bytes | None = None
    reference: str = ""


Part = Words | Thoughts | Call | Result | File
"""A piece of a message, in the order in which it came."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a reply took, as far as the source says."""

    input: int | None = None
    output: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message after folding: a prompt, or all that a model said and did up to the next prompt or fork.

    Attributes:
        source_id: tells it from the others of its chat, in every export of the same account.
        parent: `source_id` of the message that it follows, which stands before it; None for a first one.
        model: as the source calls it; "" when unknown, and of prompts.
        provider: who was asked, where the source says so.
        created: aware UTC; None when unknown.
        failure: why no answer came, in a sentence; "" for an answer.
        engine: the engine's own messages as JSON values, where the source has them; they say more than `parts`.
    """

    source_id: str
    parent: str | None
    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]
    model: str = ""
    provider: str = ""
    created: datetime | None = None
    usage: Tokens | None = None
    failure: str = ""
    engine: tuple[object, ...] = ()

    @property
    def text(self) -> str:
        """Its words, a blank line between parts."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Words) and part.text)


@dataclass(frozen=True, slots=True)
class OwnRows:
    """A chat that this program has exported: its rows as they were."""

    conversation: Conversation
    messages: tuple[Message, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """A chat as its source has it.

    Attributes:
        source: the program, such as "chatgpt"; a key of `tui.formats.readers.SOURCES`.
        source_id: the chat's id there.
        title: "" where there is none.
        created, updated: aware UTC; None when unknown.
        model: that of new messages; "" when unknown.
        system: standing instructions; "" for none.
        messages: the tree, parents before children.
        active_leaf: `source_id` of the last message of the branch that is shown; None when there are no messages.
        key: what the library remembers it by where `source_id` is no more than a number in one database; else "".
        notes: what of it is lost or unsure, in short sentences.
        rows: of a chat of our own, which has no `messages` then.
        pinned, archived, tags: how it is put away there; tags as they are written there.
    """

    source: str
    source_id: str
    title: str
    messages: tuple[ImportedMessage, ...]
    active_leaf: str | None
    created: datetime | None = None
    updated: datetime | None = None
    model: str = ""
    system: str = ""
    key: str = ""
    notes: tuple[str, ...] = ()
    rows: OwnRows | None = None
    pinned: bool = False
    archived: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was passed over.

    Attributes:
        source: the program, "" when unknown.
        where: the file, and the chat in it, raw.
        detail: what is wrong with it, as a part of a sentence.
    """

    source: str
    where: str
    reason: SkipReason
    detail: str


Found = ImportedChat | Skipped
"""What a reader yields."""


class Tables(Protocol):
    """Another program's database; `tui.store.foreign` has one."""

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is a table with all of these columns."""

    def rows(
        self, table: str, order: tuple[str, ...] = (), where: Mapping[str, object] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The rows of a table, by column; none where there is no such table.

        Raises:
            ForeignFileError: the file is damaged.
        """
