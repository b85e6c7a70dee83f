"""One connection to a shared library, for who exchanges it with the others: reads what waits, writes what came.

For one thread of its own. It writes without waiting for the disk: what a loss of power takes of it comes once more.
"""

import socket
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from tui.errors import StoreError
from tui.store import faults, sharing, sharing_apply, sharing_rows, sharing_wanted
from tui.store.connection import connect
from tui.store.rows import as_bytes, as_text
from tui.store.sharing_records import Applied, Cell, SharingState, Wanted
from tui.store.transaction import atomically, data_version, tolerantly

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 2_000
"""Cells that are read at once."""


class Journal:
    """The library of this machine, as the others see it.

    Every method raises StoreError where the disk refuses; nothing has changed then.

    Args:
        path: the library's file, which is open elsewhere in this program, and so of our version; or a connection.
        note: runs what changes the journal alone, on the connection of who has the library open: it need not look then
            whether another program has written. Without one it is run here.
    """

    def __init__(self, path: Path | sqlite3.Connection, note: Callable[..., object] | None = None) -> None:
        self._note = note or self._run
        self._place = f"{socket.gethostname()}:{path}" if isinstance(path, Path) else ""
        if isinstance(path, sqlite3.Connection):
            self._connection = path
        else:
            with _translated():
                self._connection = connect(path)
                self._connection.execute("PRAGMA synchronous = NORMAL")
        self._seen = 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def begin(self) -> SharingState:
        """Keep a journal from now on, if there is none."""
        self._run(sharing.begin, self._place)
        return self.state

    def end(self) -> SharingState | None:
        """Keep none any more; how it stood, or None where there was none."""
        found = self._read(sharing.state)
        if found is not None:
            self._run(sharing.end)
        return found

    @property
    def is_begun(self) -> bool:
        """Whether there is a journal."""
        return self._read(sharing.is_shared)

    @property
    def state(self) -> SharingState:
        """How far it has come; only behind `begin`."""
        found = self._read(sharing.state)
        assert found is not None
        return found

    @property
    def cursor(self) -> int:
        """Up to which change of the hub everything is here; unlike `state`, it counts nothing."""
        return self._read(sharing.cursor)

    def seed(self) -> bool:
        """Note a slice of what was there before; False when all of it is noted."""
        return self._run(sharing.seed)

    def start_over(self, hub: str) -> None:
        """Tell and hear everything once more: the hub is another one."""
        self._run(sharing.start_over, hub)

    def pending(self, limit_bytes: int, after: int = 0) -> list[Cell]:
        """What waits behind a place in the journal, in its order; at most so much, but at least one if there is any."""
        return self._read(_pending, limit_bytes, after)

    def told(self, cells: Sequence[Cell], cursor: int) -> None:
        """Forget what the hub has got."""
        self._note(sharing.forget_pending, [(cell.number, cell.clock) for cell in cells], cursor)

    def wanted(self, cells: Sequence[Cell]) -> Wanted:
        """What has to be asked for beside some cells."""
        return self._read(sharing_wanted.wanted, cells)

    def missing_contents(self, cells: Sequence[Cell]) -> set[str]:
        """Hashes of files that cells name, and that are not here."""
        return self._read(sharing_wanted.missing_contents, cells)

    def contents(self, hashes: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Files by their hashes, one after the other."""
        for hash in hashes:
            row = self._read(lambda connection, hash: connection.execute(
                "SELECT data FROM contents WHERE hash = ?", (hash,)).fetchone(), hash)  # fmt: skip
            if row is not None:
                yield hash, as_bytes(row[0])

    def apply(self, cells: Sequence[Cell], fetched: Sequence[Cell], data: Mapping[str, bytes], cursor: int) -> Applied:
        """Write what came; see `sharing_apply.apply`."""
        return self._run(sharing_apply.apply, cells, fetched, data, cursor)

    def note_seen(self, problem: str = "") -> None:
        """Keep that an exchange went well, or why it did not."""
        self._note(sharing.note_seen, problem)

    def interrupt(self, alive: Collection[str]) -> int:
        """Show what machines other than these stream as interrupted; returns how many replies."""
        return self._run(sharing_apply.interrupt, alive)

    @property
    def streams_elsewhere(self) -> bool:
        """Whether another machine is writing a reply."""
        return self._read(sharing_apply.streams_elsewhere)

    @property
    def waits(self) -> bool:
        """Whether anything is to be told."""
        return (
            self._read(lambda connection: connection.execute("SELECT 1 FROM sync_pending LIMIT 1").fetchone())
            is not None
        )

    @property
    def has_changed(self) -> bool:
        """Whether anybody else has written to the file since this was asked last."""
        version = self._read(data_version)
        seen, self._seen = self._seen, version
        return version != seen

    def digests(self) -> dict[str, tuple[int, str]]:
        """How many cells of each kind there are, and their hashes."""
        return self._read(lambda connection: sharing_rows.digests(sharing_rows.all_cells(connection)))

    def _run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _translated():
            return atomically(self._connection, work, *args, **kwargs)

    def _read(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _translated():
            return tolerantly(self._connection, partial(work, self._connection, *args, **kwargs))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        reason, hint = faults.reason_and_hint(error)
        raise StoreError(f"The library could not be shared: {reason}.", hint) from error


def _pending(connection: sqlite3.Connection, limit_bytes: int, after: int) -> list[Cell]:
    (machine,) = connection.execute("SELECT machine FROM sync_state").fetchone()
    found: list[Cell] = []
    rows = connection.execute(
        "SELECT number, kind, key, field, clock FROM sync_pending WHERE number > ? ORDER BY number LIMIT ?",
        (after, _AT_ONCE),
    )
    for number, kind, key, field, clock in rows.fetchall():
        place = (kind, as_text(key), as_text(field))
        read = sharing_rows.told(connection, place) if sharing_rows.can_be_told(place) else None
        # What is not there any more is told as such by a cell of its own.
        chat, value, payload, files = read or ("", "", None, ())
        cell = Cell(*place, chat, clock, machine, value, payload, files, number)
        limit_bytes -= cell.size_bytes
        if limit_bytes < 0 and found:
            break
        found.append(cell)
    return found
