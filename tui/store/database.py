"""One writer and one read-only reader connection, a thread each. Knows no statement of its own but transactions."""

import math
import sqlite3
from asyncio import CancelledError, shield, to_thread, wait_for, wrap_future
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Concatenate, ParamSpec, TypeVar

from tui.errors import StoreError
from tui.files import alone, make_private_folder, regular_size
from tui.store import conversations, faults, folders, opening
from tui.store.backups import KEPT, Backup, BackupKind, Pace, Step, back_up, back_up_in_use
from tui.store.connection import connect
from tui.store.instances import Instance
from tui.store.integrity import BRIEF_S, beside, changed_since_close, fault_of, record_close
from tui.store.migrations import VERSION, migrate, version_of
from tui.store.sharing_records import ELSEWHERE
from tui.store.transaction import atomically, data_version, tolerantly

P = ParamSpec("P")
T = TypeVar("T")

_CLOSE_S = 2.0
_STEPS = 10_000
"""Instructions of SQLite's virtual machine between two looks at whether anybody still waits, some tenths of a ms."""


class Database:
    """The library's file, or a library in memory that ends with the program.

    Attributes:
        path: the file; None for memory only.
        owner: this open library's id, for the rows of replies that it streams.
        read_only: the disk, or the rights to the file or its folder, allow nothing but reading; `run` refuses then.
        notice: a sentence for a banner after `open`, such as where a damaged library was moved; else "".
        after_write: is called on the writer's thread behind each transaction of this program.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.read_only = False
        self.notice = ""
        self.after_write: Callable[[], None] = lambda: None
        self._instance = Instance(path.with_name("running")) if path else None
        self.owner = self._instance.id if self._instance else "memory"
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-reader") if path else self._writing
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._damaged = False
        self._seen_version = 0
        self._read_for: Event | None = None
        self._read_lock = Lock()

    async def open(self) -> None:
        """Open or create the library, migrate it, and mark replies that a dead Chinwag left half-way as interrupted.

        Where nothing can be written it is opened for reading alone; `notice` says so.

        Raises:
            StoreError: it cannot be used; nothing was written then. `Database(None)` still works.
        """
        try:
            await wrap_future(self._writing.submit(self._open_writer))
            if self.path:
                await wrap_future(self._reading.submit(self._open_reader, self.path))
        except (OSError, sqlite3.Error) as error:
            await self.close()
            raise self._store_error(error, "opened") from error
        except (StoreError, CancelledError):  # whoever is cancelled has nothing that they could close
            await self.close()
            raise

    def is_alive(self, owner: str) -> bool:
        """Whether the open library with this id, ours or another program's, is still in use. Reads a file."""
        return self._instance.is_alive(owner) if self._instance is not None else owner == self.owner

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` as one transaction, on the writer's thread.

        It is carried out also when the caller is cancelled while waiting: what was handed over gets saved.

        Raises:
            StoreError: nothing of it was saved.
        """
        return await shield(wrap_future(self._submit(self._writing, partial(self._transaction, work, *args, **kwargs))))

    def run_waiting(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same as `run` for another thread of this program, which waits for it.

        Raises:
            StoreError: nothing of it was saved.
        """
        return self._submit(self._writing, partial(self._transaction, work, *args, **kwargs)).result()

    async def read(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` on the reader's thread, where nothing can be written.

        When the caller is cancelled it ends at once, also in the middle of a statement: others wait for the thread.

        Raises:
            StoreError: the library cannot be read.
        """
        abandoned = Event()
        try:
            return await wrap_future(
                self._submit(self._reading, partial(self._query, abandoned, work, *args, **kwargs))
            )
        except CancelledError:
            abandoned.set()
            self._interrupt(abandoned)
            raise

    async def back_up(
        self, kind: BackupKind, *, kept: int = KEPT, rest: float = 0.0, report: Step = lambda done, total: None
    ) -> Backup | None:
        """Copy the library beside itself, on a thread and a connection of its own: no reading or writing waits for it.

        When the caller is cancelled the copy ends at its next step, and nothing of it is left. What has not changed
        since the newest copy is not copied again.

        Args:
            kind: what it is made for.
            kept: how many of this kind are kept.
            rest: how long to rest after each step, in times of what it took.
            report: told after each step, on that thread, how many pages are copied, and of how many.

        Returns:
            The copy; None for a library in memory, or where nothing can be written.

        Raises:
            StoreError: there is none, because the disk is full or the library damaged; those that there are stay.
        """
        if self.path is None or self.read_only:
            return None
        pace = Pace(rest, report)
        try:
            return await to_thread(back_up_in_use, self.path, kind, kept=kept, step=pace)
        except CancelledError:
            pace.stop()
            raise
        except (OSError, sqlite3.Error) as error:
            raise self._store_error(error, "copied") from error

    async def changed_elsewhere(self) -> bool:
        """Whether another program has written to the library since this was asked last, or since it was opened.

        Takes some 0.1 ms, and waits for its turn behind writes of our own.

        Raises:
            StoreError: the library cannot be read.
        """
        if self.path is None:
            return False
        executor = self._reading if self.read_only else self._writing
        return await wrap_future(self._submit(executor, self._changed_elsewhere))

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

    def _interrupt(self, abandoned: Event) -> None:
        """End a reading in the middle of an instruction: FTS5 merges a million places in one, and asks nobody."""
        with self._read_lock:  # else it may be over by now, and another one under way
            if self._read_for is abandoned and self._reader is not None:
                self._reader.interrupt()

    def _store_error(self, error: OSError | sqlite3.Error, doing: str) -> StoreError:
        self._damaged = self._damaged or faults.is_damage(error)
        reason, hint = faults.reason_and_hint(error)
        return StoreError(f"The library {self.path or 'in memory'} could not be {doing}: {reason}.", hint)

    # All of the following runs on one of the two threads.

    def _open_writer(self) -> None:
        if self.path is None or self._instance is None:
            self._writer = self._reader = sqlite3.connect(":memory:", isolation_level=None)
            self._writer.execute("PRAGMA foreign_keys = ON")
            self._writer.execute("PRAGMA temp_store = MEMORY")  # else a long sorting is written to a file
            migrate(self._writer)
            return
        try:
            make_private_folder(self.path.parent)
            with alone(self._lock_file(self.path)):
                self._writer = self._prepared(self.path, self._instance)
                self._instance.start()
        except (OSError, sqlite3.Error) as error:
            if not faults.forbids_writing(error) or not regular_size(self.path):
                raise
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            reason, hint = faults.reason_and_hint(error)
            self.read_only = True
            self.notice = f"The library {self.path} can only be read, nothing new is saved: {reason}. {hint}"
        else:
            self._seen_version = data_version(self._writer)

    def _prepared(self, path: Path, instance: Instance) -> sqlite3.Connection:
        alive, dead = instance.others()
        check_s = 0.0
        if dead:
            check_s = math.inf
        elif not alive and changed_since_close(path, self._lock_file(path)):
            check_s = BRIEF_S
        try:
            writer = self._migrated(path, instance, check_s)
        except sqlite3.DatabaseError as error:
            if not faults.is_damage(error) or dead:
                raise
            writer = self._migrated(path, instance, math.inf)
        instance.bury(dead)
        return writer

    def _migrated(self, path: Path, instance: Instance, check_s: float) -> sqlite3.Connection:
        self.notice = opening.ready(path, check_s=check_s)
        writer = connect(path)
        try:
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute(f"PRAGMA journal_mode = {'DELETE' if opening.on_network(path) else 'WAL'}")
            if 0 < version_of(writer) < VERSION:
                back_up(path, writer, "migration")
            migrate(writer)
            atomically(writer, _end_orphans, instance)
            atomically(writer, folders.purge, datetime.now(UTC))
        except (sqlite3.Error, OSError):
            writer.close()
            raise
        return writer

    def _open_reader(self, path: Path) -> None:
        if self.read_only:
            self._reader = opening.connect_to_read(path)
            if fault := fault_of(path, self._reader, check_s=0):
                self.notice += f" It is damaged ({fault}); what can be read is here."
            self._seen_version = data_version(self._reader)
        else:
            self._reader = connect(path, mode="ro")

    def _lock_file(self, path: Path) -> Path:
        """Held while the library is opened; its content is how the file looked when it was last closed."""
        return beside(path, ".lock")

    def _connected(self, connection: sqlite3.Connection | None) -> sqlite3.Connection:
        if connection is None:
            raise StoreError("The library is not open.")
        return connection

    def _transaction(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.read_only:
            reason, hint = faults.READ_ONLY
            raise StoreError(f"The library {self.path} could not be written: {reason}.", hint)
        connection = self._connected(self._writer)
        try:
            result = atomically(connection, work, *args, **kwargs)
        except sqlite3.Error as error:
            raise self._store_error(error, "written") from error
        self.after_write()
        return result

    def _query(
        self,
        abandoned: Event,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        connection = self._connected(self._reader)
        connection.set_progress_handler(abandoned.is_set, _STEPS)  # an `interrupt` between two statements is lost
        with self._read_lock:
            self._read_for = abandoned
        try:
            return tolerantly(connection, partial(work, connection, *args, **kwargs))
        except sqlite3.Error as error:
            raise self._store_error(error, "read") from error
        finally:
            with self._read_lock:
                self._read_for = None
            connection.set_progress_handler(None, 0)

    def _changed_elsewhere(self) -> bool:
        # On the writer, whose own commits do not count: sqlite.org/pragma.html#pragma_data_version.
        connection = self._connected(self._reader if self.read_only else self._writer)
        try:
            version = data_version(connection)
        except sqlite3.Error as error:
            raise self._store_error(error, "read") from error
        seen, self._seen_version = self._seen_version, version
        return version != seen

    def _interrupt_orphans(self) -> int:
        if self.path is None or self._instance is None or self.read_only:
            return 0
        try:
            with alone(self._lock_file(self.path)):
                return self._transaction(_end_orphans, self._instance)
        except OSError as error:
            raise self._store_error(error, "written") from error

    def _close(self, reading: bool) -> None:
        connection = self._reader if reading else self._writer
        if reading:
            self._reader = None
        else:
            self._writer = self._reader = None
        if connection is not None:
            with suppress(sqlite3.Error), closing(connection):
                pass
            if self.path and not reading:
                record_close(self.path, self._lock_file(self.path))
        if not reading and self._instance is not None:
            self._instance.stop(clean=not self._damaged)


def _end_orphans(connection: sqlite3.Connection, instance: Instance) -> int:
    owners = conversations.streaming_owners(connection)
    alive = [owner for owner in owners if owner.startswith(ELSEWHERE) or instance.is_alive(owner)]
    return conversations.interrupt(connection, alive)
