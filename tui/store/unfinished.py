"""A library's file that comes piece by piece from elsewhere: beside its name until it is whole, and found again."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tui.errors import StoreError
from tui.files import alone
from tui.store import conversations, sharing
from tui.store.backups import flush, new_file
from tui.store.connection import connect
from tui.store.faults import in_words, reason_and_hint
from tui.store.integrity import beside
from tui.store.migrations import VERSION, migrate, version_of
from tui.store.replacing import settle
from tui.store.transaction import atomically


@contextmanager
def unfinished_library(file: Path) -> Iterator[Path]:
    """What there is of a library that is to have the name `file`: an empty one, or where it was broken off.

    It stays if anything is raised.

    Raises:
        StoreError: there is such a file, another program is at it, or the disk refuses.
    """
    _refuse_existing(file)
    part = beside(file, ".copying")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(beside(part, ".lock"), wait_s=0):
            with in_words(part, "written"):
                _prepare(part)
            yield part
        beside(part, ".lock").unlink(missing_ok=True)
    except TimeoutError:
        raise StoreError(f"{file} is being written by another copy.", "Wait for it, or name another file.") from None
    except OSError as error:
        raise StoreError(
            f"{file} could not be written: {error.strerror or error}.", reason_and_hint(error)[1]
        ) from error


def finish(part: Path, file: Path) -> None:
    """Give a library its name: without a journal, and with no reply that anybody would still be streaming.

    Raises:
        StoreError: there is such a file by now, or the disk refuses; the part stays.
    """
    with in_words(part, "written"):
        with closing(connect(part)) as connection:
            atomically(connection, _end)
        settle(part)
        flush(part)
    _refuse_existing(file)
    part.rename(file)
    flush(file.parent)


def _prepare(part: Path) -> None:
    if not part.exists():
        new_file(part)
    with closing(connect(part)) as connection:
        if version_of(connection) > VERSION:
            raise StoreError(f"{part} was begun by a newer Chinwag.", "Update Chinwag, or remove the file.")
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)


def _end(connection: sqlite3.Connection) -> None:
    sharing.end(connection)
    conversations.interrupt(connection, ())


def _refuse_existing(file: Path) -> None:
    if os.path.lexists(file):
        raise StoreError(f"{file} exists. Nothing was changed.", "Name a file that is not there yet.")
