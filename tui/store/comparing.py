"""What two libraries have, and which chats differ between them. Reads files that nobody else need have open."""

import math
import sqlite3
from contextlib import closing
from pathlib import Path

from tui.dataclass import dataclass
from tui.errors import DamagedFileError, ForeignFileError
from tui.store.connection import connect
from tui.store.faults import is_damage
from tui.store.integrity import fault_of
from tui.store.migrations import APPLICATION_ID, MIGRATIONS, VERSION, migrate, version_of


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """What a library holds, the trash included; `schema` is its format."""

    schema: int
    chats: int
    messages: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How many chats another library (`there`) has, compared with ours (`here`)."""

    only_here: int
    only_there: int
    newer_here: int
    newer_there: int
    same: int


def facts_of(path: Path, *, check: bool = False) -> LibraryFacts:
    """What a library holds; with `check` every page of it is looked at, and whether all columns are there.

    Raises:
        ForeignFileError: it is no library of ours, of a newer version, or damaged.
        sqlite3.Error: it cannot be read.
    """
    try:
        with closing(connect(path, mode="ro")) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise ForeignFileError("it is a database of another program")
            if (schema := version_of(connection)) > VERSION:
                raise ForeignFileError(
                    f"a newer Chinwag wrote it: its format is {schema}, this one reads up to {VERSION}"
                )
            if fault := fault_of(path, connection, math.inf if check else 0):
                raise DamagedFileError(f"it is damaged ({fault})")
            if check and (lacking := _lacking(connection, schema)):
                raise ForeignFileError(f"it is no library of Chinwag's: {lacking} is missing")
            chats, messages = (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("conversations", "messages")
            )
            return LibraryFacts(schema, chats, messages)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise DamagedFileError("it is damaged, or no library") from None
        raise


def _lacking(connection: sqlite3.Connection, schema: int) -> str:
    """A column that a library of this format has, and this one has not; "" when it has all."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as whole:
        migrate(whole, MIGRATIONS[:schema])
        for (table,) in whole.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for column in sorted(_columns(whole, table) - _columns(connection, table)):
                return f"{table}.{column}"
    return ""


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[0]) for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def difference(here: Path, there: Path) -> Difference:
    """Compare the chats of two libraries of ours by their ids, and when each was last changed.

    Raises:
        sqlite3.Error: one cannot be read.
    """
    with closing(connect(here, mode="ro")) as connection:
        connection.execute("ATTACH ? AS there", (f"{there.absolute().as_uri()}?mode=ro",))
        of_both = connection.execute(
            "SELECT count(*), sum(ours.updated_at > theirs.updated_at), sum(ours.updated_at < theirs.updated_at)"
            " FROM main.conversations AS ours JOIN there.conversations AS theirs ON theirs.id = ours.id"
        ).fetchone()
        both, newer_here, newer_there = (value or 0 for value in of_both)
        all_here, all_there = (
            connection.execute(f"SELECT count(*) FROM {name}.conversations").fetchone()[0] for name in ("main", "there")
        )
    return Difference(all_here - both, all_there - both, newer_here, newer_there, same=both - newer_here - newer_there)
