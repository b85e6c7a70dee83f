"""The bytes of files, each kept once by its hash, whoever refers to it: a message, or a prompt that is not sent yet."""

import sqlite3
from collections.abc import Collection, Iterable

from tui.store.records import Attachment

_REFERRED = "SELECT hash FROM attachments UNION SELECT hash FROM unsent_files"


def keep(connection: sqlite3.Connection, files: Iterable[Attachment]) -> None:
    """Store the content of files that is not there yet."""
    for file in files:
        if not connection.execute("SELECT 1 FROM contents WHERE hash = ?", (file.hash,)).fetchone():
            connection.execute("INSERT INTO contents (hash, data) VALUES (?, ?)", (file.hash, file.data))


def drop_unused(connection: sqlite3.Connection, hashes: Collection[str] | None = None) -> None:
    """Remove what nothing refers to any more: of all contents, or of those with these hashes."""
    among = "" if hashes is None else f"hash IN ({', '.join('?' * len(hashes))}) AND"
    connection.execute(f"DELETE FROM contents WHERE {among} hash NOT IN ({_REFERRED})", tuple(hashes or ()))
