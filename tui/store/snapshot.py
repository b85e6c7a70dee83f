"""A library's file as cells, as it is at one moment, for who copies it elsewhere. Only reads, and others may write.

Clocks are those that a journal would begin with (`sharing.SEEDS`): the file itself gets none.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tui.errors import StoreError
from tui.files import regular_size
from tui.store import sharing_rows
from tui.store.faults import in_words, is_damage
from tui.store.migrations import VERSION, version_of
from tui.store.opening import connect_to_read
from tui.store.rows import as_bytes, as_text
from tui.store.sharing import LOWEST, SEEDS
from tui.store.sharing_records import Cell

MACHINE = "0" * 16
"""Who tells what is copied: of two equal clocks, any machine's counts."""

_SLICE = 2_000


class Snapshot:
    """The library as it was at one moment, cell by cell."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def total(self) -> int:
        """How many cells there are, about."""
        counts = [self._count(table) for table in ("conversations", "messages", "side_calls", "picks", "imported")]
        return 6 * counts[0] + sum(counts[1:])

    def cells(self) -> Iterator[Cell]:
        """All of them, a chat's before its messages, and each message behind the one above it."""
        for statement in SEEDS:
            after: int | None = LOWEST
            while after is not None:
                rows = self._connection.execute(statement, {"after": after, "size": _SLICE}).fetchall()
                for kind, key, field, clock, _ in rows:
                    if isinstance(key, str) and sharing_rows.can_be_told((kind, key, as_text(field))):
                        yield from self._told(kind, key, as_text(field), clock)
                after = rows[-1][4] if rows else None

    def missing(self, chats: int, messages: int) -> int:
        """How many chats and messages there are beyond so many that were read."""
        return self._count("conversations") - chats + self._count("messages") - messages

    def pages(self, limit_bytes: int) -> Iterator[list[Cell]]:
        """The same, so many at once; at least one."""
        page: list[Cell] = []
        left = limit_bytes
        for cell in self.cells():
            left -= cell.size_bytes
            if left < 0 and page:
                yield page
                page, left = [], limit_bytes - cell.size_bytes
            page.append(cell)
        if page:
            yield page

    def contents(self, hashes: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Files by their hashes, one after the other; those that are not there are missing."""
        for hash in hashes:
            row = self._connection.execute("SELECT data FROM contents WHERE hash = ?", (hash,)).fetchone()
            if row is not None:
                yield hash, as_bytes(row[0])

    def damaged_contents(self) -> tuple[list[str], int]:
        """Hashes of the files that are not what their hash says, and how many files there are."""
        rows = self._connection.execute("SELECT hash, data FROM contents")
        sound = {as_text(hash): sha256(as_bytes(data)).hexdigest() == hash for hash, data in rows}
        return [hash for hash, is_sound in sound.items() if not is_sound], len(sound)

    @property
    def lacks_files(self) -> bool:
        """Whether messages have come without their files."""
        return sharing_rows.keeps_missing(self._connection) and self._count("sync_missing") > 0

    def now(self, place: tuple[str, str, str], clock: int) -> Cell | None:
        """One cell as it is now; None where its row is not there."""
        return next(self._told(*place, clock), None)

    def _told(self, kind: str, key: str, field: str, clock: int) -> Iterator[Cell]:
        found = sharing_rows.told(self._connection, (kind, key, field))
        if found is not None:
            chat, value, payload, files = found
            yield Cell(kind, key, field, chat, clock, MACHINE, value, payload, files)  # type: ignore[arg-type]

    def _count(self, table: str) -> int:
        (count,) = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)


@contextmanager
def snapshot(file: Path) -> Iterator[Snapshot]:
    """A library as it is now, whoever goes on writing to it.

    Raises:
        StoreError: it is no library, one of another format, or cannot be read; also in the middle of it.
    """
    with in_words(file, "read"):
        connection = _connect(file)
        try:
            connection.text_factory = as_text
            if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":  # else nobody could write meanwhile
                connection.execute("BEGIN")
            yield Snapshot(connection)
        finally:
            connection.close()


def _connect(file: Path) -> sqlite3.Connection:
    try:
        if regular_size(file) is None:
            raise StoreError(f"There is no file {file}.")
        connection = connect_to_read(file)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror or error}.") from error
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise StoreError(
            f"{file} is no library, or is damaged.", f"What can be read of it: chinwag doctor --repair {file}"
        ) from error
    if version_of(connection) < VERSION:  # some of its tables are views here, which have no order to go on in
        connection.close()
        raise StoreError(
            f"The library {file} was written by an older Chinwag.", "Open it with this one first, which updates it."
        )
    return connection
