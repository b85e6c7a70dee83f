"""The schema, as numbered steps that are never edited once released. Knows SQL only, neither files nor records."""

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x4348_5747
"""`PRAGMA application_id` of a library: "CHWG". It distinguishes our file from another program's database."""


def _first(connection: sqlite3.Connection) -> None:
    # No STRICT, no RETURNING: SQLite 3.34 (RHEL 9) knows neither. Times are microseconds since 1970, UTC. Prices are
    # decimal text, because they are summed exactly. `number` is a key that VACUUM keeps, for a later FTS index.
    for statement in _FIRST.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


_FIRST = """
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    title_by TEXT NOT NULL CHECK (title_by IN ('prompt', 'user')),
    model TEXT NOT NULL,
    settings TEXT NOT NULL,
    active_leaf TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE INDEX conversations_newest ON conversations (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_trash ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('prompt', 'reply')),
    state TEXT NOT NULL CHECK (state IN ('streaming', 'done', 'interrupted', 'failed')),
    payload BLOB NOT NULL,
    text TEXT NOT NULL,
    thinking TEXT NOT NULL,
    model TEXT NOT NULL,
    settings TEXT NOT NULL,
    usage TEXT NOT NULL,
    price TEXT,
    failure TEXT NOT NULL,
    thinking_ms INTEGER,
    first_token_ms INTEGER,
    total_ms INTEGER,
    created_at INTEGER NOT NULL,
    finish_reason TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT ''
);
CREATE INDEX messages_conversation ON messages (conversation_id);
CREATE INDEX messages_parent ON messages (parent_id);
CREATE INDEX messages_streaming ON messages (owner) WHERE state = 'streaming';
CREATE INDEX messages_priced ON messages (created_at) WHERE price IS NOT NULL;
CREATE TABLE contents (
    hash TEXT NOT NULL PRIMARY KEY,
    data BLOB NOT NULL
);
CREATE TABLE attachments (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL REFERENCES contents (hash),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (message_id, position)
) WITHOUT ROWID;
CREATE INDEX attachments_hash ON attachments (hash)"""


def _second(connection: sqlite3.Connection) -> None:
    # No reference to a conversation: a prompt may be written before there is one on disk. The message that a prompt
    # becomes gets its id, so that none is sent twice. A draft has no position.
    for statement in _SECOND.split(";\n"):
        connection.execute(statement)


_SECOND = """
CREATE TABLE unsent (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    position INTEGER,
    text TEXT NOT NULL,
    model TEXT NOT NULL,
    settings TEXT NOT NULL,
    written_at INTEGER NOT NULL
);
CREATE INDEX unsent_conversation ON unsent (conversation_id);
CREATE TABLE unsent_files (
    prompt_id TEXT NOT NULL REFERENCES unsent (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL REFERENCES contents (hash),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (prompt_id, position)
) WITHOUT ROWID;
CREATE INDEX unsent_files_hash ON unsent_files (hash)"""

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _second)
"""Step n (from 1) takes a library from version n - 1 to version n."""

VERSION = len(MIGRATIONS)
"""The newest `PRAGMA user_version` that this Chinwag can read."""


OLDEST_READABLE = 1
"""The oldest version whose conversations are read as they are, where a library cannot be migrated."""


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of an open library; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection, steps: tuple[Callable[[sqlite3.Connection], None], ...] = MIGRATIONS
) -> None:
    """Run the steps that are missing, each in one transaction together with its new version number.

    A process that dies between two statements leaves the library at the version before the step.
    """
    for number, step in enumerate(steps, start=1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) < number:
                step(connection)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
