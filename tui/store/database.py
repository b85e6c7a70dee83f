"""One writer and one read-only reader connection, a thread each. Knows no statement of its own but transactions."""

import sqlite3
from asyncio import shield, wait_for, wrap_future
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from tui.errors import StoreError
from tui.store import conversations, opening
from tui.store.instances import Instance, alone
from tui.store.migrations import VERSION, migrate, version_of
from tui.store.rows import text_of

P = ParamSpec("P")
T = TypeVar("T")

_CLOSE_S = 2.0

_REASONS = {
    sqlite3.SQLITE_BUSY: ("another program has been writing to it for too long", "Close that program, then try again."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space on it; what is on the screen stays there."),
    sqlite3.SQLITE_IOERR: (
        "the disk refused it, as a full or a failing one does",
        "Check the disk's space and health.",
    ),
    sqlite3.SQLITE_READONLY: ("it may only be read", "Check the permissions of the file and of its folder."),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened or made", "Check the permissions of its folder."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "Start Chinwag again: it keeps the file and starts a new one."),
    sqlite3.SQLITE_NOTADB: ("the file is damaged", "Start Chinwag again: it keeps the file and starts a new one."),
}


class Database:
    """The library's file, or a library in memory that ends with the program.

    Attributes:
        path: the file; None for memory only.
        owner: this open library's id, for the rows of replies that it streams.
        notice: words for a banner after `open`, such as where a damaged library was moved; else "".
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notice = ""
        self._instance = Instance(path.with_name("running")) if path else None
        self.owner = self._instance.id if self._instance else "memory"
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-reader") if path else self._writing
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._damaged = False

    async def open(self) -> None:
        """Open or create the library, migrate it, and mark replies that a dead Chinwag left half-way as interrupted.

        Raises:
            StoreError: it cannot be used; nothing was written then. `Database(None)` still works.
        """
        try:
            await wrap_future(self._writing.submit(self._open_writer))
            if self.path:
                await wrap_future(self._reading.submit(self._open_reader, self.path))
        except (OSError, sqlite3.Error) as error:
            await self.close()
            raise self._words(error, "opened") from error
        except StoreError:
            await self.close()
            raise

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` as one transaction, on the writer's thread.

        It is carried out also when the caller is cancelled while waiting: what was handed over gets saved.

        Raises:
            StoreError: nothing of it was saved.
        """
        return await shield(wrap_future(self._submit(self._writing, partial(self._transaction, work, *args, **kwargs))))

    async def read(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` on the reader's thread, where nothing can be written.

        Raises:
            StoreError: the library cannot be read.
        """
        return await wrap_future(self._submit(self._reading, partial(self._query, work, *args, **kwargs)))

    async def interrupt_orphans(self) -> int:
        """Mark replies that a Chinwag was streaming when it died; returns how many. Those of living ones are left."""
        return await wrap_future(self._submit(self._writing, self._interrupt_orphans))

    async def close(self) -> None:
        """Finish what was handed over, then close. Gives up after 2 s, so that it never holds the exit."""
        for reading, executor in ((True, self._reading), (False, self._writing)):
            if reading and not self.path:
                continue
            with suppress(RuntimeError):  # closed twice
                try:
                    await wait_for(wrap_future(executor.submit(self._close, reading)), _CLOSE_S)
                except TimeoutError:  # which took the closing out of the queue: it stands in line again, unattended
                    executor.submit(self._close, reading)
            executor.shutdown(wait=False)

    def _submit(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        try:
            return executor.submit(work)
        except RuntimeError:
            raise StoreError("The library is closed already.") from None

    def _words(self, error: OSError | sqlite3.Error, doing: str) -> StoreError:
        if isinstance(error, sqlite3.Error):
            self._damaged = self._damaged or opening.is_damage(error)
            reason, hint = _REASONS.get(opening.plain_code(error), (str(error), ""))
        elif isinstance(error, TimeoutError):
            reason, hint = "another Chinwag is still opening it", "Try again when it has started."
        else:
            reason, hint = error.strerror or str(error), "Check its folder, or set CHINWAG_DATA_DIR to another one."
        return StoreError(f"The library {self.path or 'in memory'} could not be {doing}: {reason}.", hint)

    # All of the following runs on one of the two threads.

    def _open_writer(self) -> None:
        if self.path is None or self._instance is None:
            self._writer = self._reader = sqlite3.connect(":memory:", isolation_level=None)
            self._writer.execute("PRAGMA foreign_keys = ON")
            migrate(self._writer)
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self._opening_lock()):
            dead = self._instance.dead()
            try:
                self._writer = self._prepared(self.path, self._instance, check=bool(dead))
            except sqlite3.DatabaseError as error:
                if not opening.is_damage(error) or dead:
                    raise
                self._writer = self._prepared(self.path, self._instance, check=True)
            self._instance.bury(dead)
            self._instance.start()

    def _prepared(self, path: Path, instance: Instance, *, check: bool) -> sqlite3.Connection:
        self.notice = opening.ready(path, check=check)
        writer = opening.connect(path)
        try:
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute(f"PRAGMA journal_mode = {'DELETE' if opening.on_network(path) else 'WAL'}")
            if 0 < version_of(writer) < VERSION:
                opening.back_up(path, writer)
            migrate(writer)
            _atomically(writer, _end_orphans, instance)
            _atomically(writer, conversations.purge, datetime.now(UTC))
        except (sqlite3.Error, OSError):
            writer.close()
            raise
        return writer

    def _open_reader(self, path: Path) -> None:
        self._reader = opening.connect(path, mode="ro")

    def _opening_lock(self) -> Path:
        assert self.path is not None
        return self.path.with_name(self.path.name + ".lock")

    def _connected(self, connection: sqlite3.Connection | None) -> sqlite3.Connection:
        if connection is None:
            raise StoreError("The library is not open.")
        return connection

    def _transaction(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = self._connected(self._writer)
        try:
            return _atomically(connection, work, *args, **kwargs)
        except sqlite3.Error as error:
            raise self._words(error, "written") from error

    def _query(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection = self._connected(self._reader)
        try:
            return _tolerantly(connection, partial(work, connection, *args, **kwargs))
        except sqlite3.Error as error:
            raise self._words(error, "read") from error

    def _interrupt_orphans(self) -> int:
        if self._instance is None:
            return 0
        try:
            with alone(self._opening_lock()):
                return self._transaction(_end_orphans, self._instance)
        except OSError as error:
            raise self._words(error, "written") from error

    def _close(self, reading: bool) -> None:
        connection = self._reader if reading else self._writer
        if reading:
            self._reader = None
        else:
            self._writer = self._reader = None
        if connection is not None:
            with suppress(sqlite3.Error), closing(connection):
                pass
        if not reading and self._instance is not None:
            self._instance.stop(clean=not self._damaged)


def _atomically(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    return _tolerantly(connection, partial(_transaction, connection, partial(work, connection, *args, **kwargs)))


def _transaction(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) != VERSION:
            raise StoreError(
                "A newer Chinwag has changed the library's format while this one was running.",
                "Quit, and start the newer one.",
            )
        result = work()
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return result


def _tolerantly(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Run `work`, once more if it met text that is no UTF-8, which is then read with U+FFFD in it.

    Not from the start: to Python's own reading of text that would add a tenth to the time of a long list.
    """
    try:
        return work()
    except sqlite3.OperationalError as error:
        if not str(error).startswith("Could not decode to UTF-8"):
            raise
    connection.text_factory = text_of
    return work()


def _end_orphans(connection: sqlite3.Connection, instance: Instance) -> int:
    alive = [owner for owner in conversations.streaming_owners(connection) if instance.is_alive(owner)]
    return conversations.interrupt(connection, alive)
