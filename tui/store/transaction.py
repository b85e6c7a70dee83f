"""One transaction on an open connection, which takes the index of words along. Knows only where it begins and ends."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from tui.errors import StoreError
from tui.store.migrations import VERSION, version_of
from tui.store.rows import as_text
from tui.store.search_index import index_changes

P = ParamSpec("P")
T = TypeVar("T")


def data_version(connection: sqlite3.Connection) -> int:
    """A number that differs from the last one when another connection has committed something in between."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def atomically(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `work(connection, *args)` as one transaction.

    Raises:
        StoreError: the library has another format by now.
        sqlite3.Error: nothing of it was saved.
    """
    return tolerantly(connection, lambda: _run(connection, partial(work, connection, *args, **kwargs)))


def _run(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) != VERSION:
            raise StoreError(
                "A newer Chinwag has changed the library's format while this one was running.",
                "Quit, and start the newer one.",
            )
        result = work()
        index_changes(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return result


def tolerantly(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Run `work`, once more if it met text that is no UTF-8, which is then read with U+FFFD in it.

    Not from the start: to Python's own reading of text that would add a tenth to the time of a long list.
    """
    try:
        return work()
    except sqlite3.OperationalError as error:
        if not str(error).startswith("Could not decode to UTF-8"):
            raise
    connection.text_factory = as_text
    return work()
