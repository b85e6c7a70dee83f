"""Opens a database file. Knows no table."""

import sqlite3
from pathlib import Path

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's transaction."""


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Open an existing file, in autocommit mode. `mode` is "rw" or "ro", and may have more parameters behind it."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
