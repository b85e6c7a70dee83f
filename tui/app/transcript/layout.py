"""Messages as rows under each other: which row belongs to which message. Knows no widget and no colour."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate, islice
from time import monotonic
from typing import TYPE_CHECKING

from tui.app.transcript.row import with_keys
from tui.app.transcript.row_cache import RowCache

if TYPE_CHECKING:
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.row import Row

_FIRST_COLUMN = 76  # until the widget knows its width


class TranscriptLayout:
    """All messages under each other: one empty row above the first and below each."""

    def __init__(self) -> None:
        self.messages: list[MessageRows] = []
        self.column = _FIRST_COLUMN
        """Cells of the reading column; `resize` changes it."""
        self.keys: Mapping[str, str] = {}
        """Keys that a card names, by the action that they stand for, where they are not the usual ones."""
        self._cache = RowCache()
        self._index: dict[str, int] = {}
        self._starts: list[int] = [1]

    # Messages

    def load(self, messages: Iterable["TranscriptMessage"]) -> None:
        """Show these messages instead of all others."""
        self._cache.clear()
        self._cache.pictures.clear()
        self.messages = self._rows(messages)
        self._changed_from(0)

    def _rows(self, messages: Iterable["TranscriptMessage"]) -> "list[MessageRows]":
        """The rows of each message; all that draws one is loaded with the first, as an empty chat needs none of it."""
        if not (shown := list(messages)):
            return []
        from tui.app.transcript.message_rows import MessageRows

        now = monotonic()
        return [MessageRows(message, self._cache, self.column, now) for message in shown]

    def insert(self, index: int, message: "TranscriptMessage") -> "MessageRows":
        """Show one more message above the one at an index; the number of messages is the end."""
        (rows,) = self._rows([message])
        self.messages.insert(index, rows)
        self._changed_from(index)
        return rows

    def remove(self, index: int) -> None:
        """Show a message no more."""
        del self._index[self.messages.pop(index).message.id]
        self._changed_from(index)

    def replace(self, index: int, message: "TranscriptMessage") -> "MessageRows":
        """Show another message, or another state of it, in a message's place."""
        rows = self.messages[index]
        del self._index[rows.message.id]
        rows.show(message, monotonic())
        self._index[message.id] = index
        self.changed(index)
        return rows

    def pictures_wanted(self, most: int) -> list[str]:
        """Hashes of images that are not shown small yet, the newest first."""
        hashes = (
            file.hash for rows in reversed(self.messages) for file in rows.files if file.media_type.startswith("image/")
        )
        first = islice((hash for hash in hashes if hash), most)
        return [hash for hash in dict.fromkeys(first) if hash not in self._cache.pictures]

    def show_picture(self, hash: str, picture: list["Row"]) -> None:
        """Show an image small wherever it is part of a message."""
        self._cache.pictures[hash] = picture
        for index, rows in enumerate(self.messages):
            if any(file.hash == hash for file in rows.files):
                rows.refresh(monotonic())
                self.changed(index)

    def find(self, message_id: str | None) -> int | None:
        """The index of a message, None when it is not shown."""
        return self._index.get(message_id) if message_id is not None else None

    def _changed_from(self, index: int) -> None:
        """Other messages stand at an index and below."""
        if index == 0:
            self._index.clear()
        for number in range(index, len(self.messages)):
            self._index[self.messages[number].message.id] = number
        del self._starts[index + 1 :]

    # Rows

    def resize(self, column: int) -> None:
        """Take over another width."""
        if column != self.column:
            self.column = column
            self._cache.clear()
            now = monotonic()
            for rows in self.messages:
                rows.resize(column, now)
            self._starts = [1]

    def changed(self, index: int) -> None:
        """A message's height may have changed: those below it have moved."""
        del self._starts[index + 1 :]

    def all_changed(self) -> None:
        """Any message's height may have changed."""
        del self._starts[1:]

    def start(self, index: int) -> int:
        """The row where a message starts; for the number of messages, where the next one would."""
        if len(self._starts) <= index:
            known = len(self._starts) - 1
            heights = [rows.height + 1 for rows in self.messages[known:index]]
            more = accumulate(heights, initial=self._starts[-1])
            next(more)
            self._starts += more
        return self._starts[index]

    @property
    def height(self) -> int:
        """All rows."""
        return self.start(len(self.messages)) if self.messages else 0

    def locate(self, row: int) -> tuple[int, int]:
        """The index of the message at a row, and the row's number in it; (-1, 0) above the first."""
        self.start(len(self.messages))
        index = bisect_right(self._starts, row, 0, len(self.messages)) - 1
        return (index, row - self._starts[index]) if index >= 0 else (-1, 0)

    def row(self, number: int) -> tuple[int, "Row | None"]:
        """The message at a row, and what it shows there; None on the empty rows between messages."""
        index, inside = self.locate(number)
        if index < 0 or inside >= self.messages[index].height:
            return index, None
        row = self.messages[index].row(inside)
        return index, with_keys(row, self.keys) if self.keys else row

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """Draw one block among the rows `first` to `last` whose height is only estimated.

        Returns:
            By how many rows the row `top` has moved down, and whether anything was done.
        """
        for index in range(max(0, self.locate(max(1, first))[0]), len(self.messages)):
            start = self.start(index)
            if start > last:
                break
            moved, done = self.messages[index].make_exact(first - start, last - start, top - start)
            if done:
                self.changed(index)
                return moved, True
        return 0, False
