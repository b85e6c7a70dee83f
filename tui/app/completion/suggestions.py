"""What a source of completions is asked, and what it answers."""

from asyncio import Event
from collections.abc import Callable, Sequence
from typing import Protocol

from textual.message import Message

from tui.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands before the cursor.

    Attributes:
        before: the line of the cursor, up to it.
        alone: that line is the whole prompt, and the cursor stands at its end.
        first: it is the first line of the prompt.
    """

    before: str
    alone: bool
    first: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One row of the list. All that is drawn of it may be raw; `text` is written into the prompt as it is.

    Attributes:
        label: what is found by typing.
        detail: what it is, muted.
        right: at the end of the row, such as a key.
        text: what takes the word's place when it is completed; None when there is nothing to go on with.
        message: makes what is posted when it is chosen; the word leaves the prompt then. None only completes.
    """

    label: str
    detail: str = ""
    right: str = ""
    text: str | None = None
    message: Callable[[], Message] | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a source has for the word at the cursor.

    Attributes:
        start: column at which the word begins; it ends at the cursor.
        rows: the best first.
        query: what the rows were found by, to be marked in them.
        note: a line below the rows.
        marked: index of the row that Enter takes; -1 leaves Enter alone until one is marked.
        more: set as soon as there is more to be found; None when the rows are all.
    """

    start: int
    rows: Sequence[Suggestion] = ()
    query: str = ""
    note: str = ""
    marked: int = 0
    more: Event | None = None


class CompletionSource(Protocol):
    """Finds suggestions for one kind of word."""

    SIGN: str
    """The character that a line must have for this source to be asked, such as "@"."""

    def find(self, typed: Typed) -> Suggestions | None:
        """What can stand at the cursor; None when the word there is not of this kind.

        It is called after each key: it takes a few milliseconds at most, and reads nothing.
        """
        ...
