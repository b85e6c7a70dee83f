"""The schema, as numbered steps that are never edited once released. Knows SQL only, neither files nor records."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from tui.store.views import VIEWS, view_version

APPLICATION_ID = 0x4348_5747
"""`PRAGMA application_id` of a library: "CHWG". It distinguishes our file from another program's database."""


Migration = Callable[[sqlite3.Connection], None]


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Run statements in the transaction that is open; `executescript` would end it."""
    for statement in script.split(";\n"):
        connection.execute(statement)


def _first(connection: sqlite3.Connection) -> None:
    # No STRICT, no RETURNING: SQLite 3.34 (RHEL 9) knows neither. Times are microseconds since 1970, UTC. Prices are
    # decimal text, because they are summed exactly. `number` is a key that VACUUM keeps, for a later FTS index.
    _execute(connection, _FIRST)
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
    _execute(connection, _SECOND)


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


def _third(connection: sqlite3.Connection) -> None:
    # A branch that was deleted lies in the trash with all of its messages; a fork in the tree knows which leaf was
    # shown last behind each of its messages. What is spent beside replies, and which model won, outlive a chat.
    # `messages_replies` holds all that is counted: behind a long answer the figures lie pages away from its row's head.
    _execute(connection, _THIRD)


_THIRD = """
ALTER TABLE messages ADD COLUMN deleted_at INTEGER;
ALTER TABLE messages ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_trash ON messages (deleted_at) WHERE deleted_at IS NOT NULL;
DROP INDEX messages_priced;
CREATE INDEX messages_replies ON messages (
    created_at, kind, conversation_id, state, model, usage, price, first_token_ms, total_ms
) WHERE kind = 'reply';
CREATE TABLE shown_leaves (
    message_id TEXT NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    leaf_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX shown_leaves_leaf ON shown_leaves (leaf_id);
CREATE TABLE side_calls (
    number INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    usage TEXT NOT NULL,
    price TEXT,
    problem TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
);
CREATE INDEX side_calls_created ON side_calls (created_at);
CREATE INDEX side_calls_conversation ON side_calls (conversation_id);
CREATE TABLE picks (
    number INTEGER PRIMARY KEY,
    prompt_id TEXT NOT NULL UNIQUE,
    winner TEXT NOT NULL,
    others TEXT NOT NULL,
    blind INTEGER NOT NULL,
    created_at INTEGER NOT NULL
)"""


def _fourth(connection: sqlite3.Connection) -> None:
    # A tool is known in all chats; what a person has agreed to is agreed in one. A chat that was imported is known by
    # the id that it has where it comes from, so that a later export adds to it; and once it is deleted for good, so
    # that a later export does not bring it back.
    # A conversation is pinned, archived, unread or tagged as a whole; each list of them has an index of its own.
    # The index of words (`search_index`) keeps no text of its own, so what is taken out of it has to be given again:
    # triggers note a message as it was before its first change, plain SQL that any program can run, and so its prompt
    # and siblings, whose marks tell of it. The library's next transaction, mostly the same one, brings the index up to
    # date. Its parts are merged behind the app, not while something is written. What was there before is indexed bit
    # by bit: messages from the newest down to `messages_from`, titles up to `titles_to`, by their ids.
    _execute(connection, _FOURTH)
    _execute(connection, VIEWS)


_FOURTH = """
ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
DROP INDEX conversations_newest;
DROP INDEX conversations_trash;
CREATE INDEX conversations_newest ON conversations (updated_at, id) WHERE deleted_at IS NULL AND archived = 0;
CREATE INDEX conversations_pinned ON conversations (updated_at, id)
WHERE deleted_at IS NULL AND archived = 0 AND pinned <> 0;
CREATE INDEX conversations_archived ON conversations (updated_at, id) WHERE deleted_at IS NULL AND archived <> 0;
CREATE INDEX conversations_trash ON conversations (deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversations_unread ON conversations (id) WHERE unread <> 0;
CREATE TABLE conversation_tags (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (conversation_id, tag)
) WITHOUT ROWID;
CREATE INDEX conversation_tags_tag ON conversation_tags (tag, conversation_id);
CREATE TABLE tool_agreements (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (conversation_id, tool, fingerprint, target)
) WITHOUT ROWID;
CREATE TABLE tool_fingerprints (
    tool TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE imported (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversations (id) ON DELETE SET NULL,
    digest TEXT NOT NULL,
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (source, source_id)
) WITHOUT ROWID;
CREATE INDEX imported_conversation ON imported (conversation_id);
CREATE VIRTUAL TABLE search_index USING fts5 (
    prompt, reply, thinking, tools, files, marks, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE search_titles USING fts5 (title, marks, content = '', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO search_index (search_index, rank) VALUES ('automerge', 0);
INSERT INTO search_titles (search_titles, rank) VALUES ('automerge', 0);
CREATE TABLE search_chats (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    marks TEXT NOT NULL
);
CREATE TABLE search_progress (
    version INTEGER NOT NULL,
    messages_from INTEGER NOT NULL,
    titles_to TEXT
);
INSERT INTO search_progress
SELECT 1, 1 + coalesce(max(number), 0), CASE WHEN EXISTS (SELECT 1 FROM conversations) THEN '' END FROM messages;
CREATE TABLE search_models (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE search_changes (
    number INTEGER PRIMARY KEY,
    kind TEXT,
    state TEXT,
    text TEXT,
    thinking TEXT,
    payload BLOB,
    files TEXT,
    models TEXT,
    price TEXT,
    month TEXT,
    forked INTEGER
);
CREATE TABLE search_title_changes (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE VIEW search_source AS
SELECT messages.number, kind, state, text, thinking, payload, (
    SELECT group_concat(hash || '/' || media_type || '/' || name, char(10)) FROM attachments
    WHERE message_id = messages.id) AS files, CASE WHEN kind = 'reply' THEN model ELSE (
    SELECT group_concat(answer.model, char(10)) FROM messages AS answer
    WHERE answer.parent_id = messages.id AND answer.kind = 'reply') END AS models, price,
    strftime('%Y%m', created_at / 1000000, 'unixepoch') AS month, CASE WHEN parent_id IS NULL THEN EXISTS (
    SELECT 1 FROM messages AS other WHERE other.conversation_id = messages.conversation_id
    AND +other.parent_id IS NULL AND other.id <> messages.id) ELSE EXISTS (
    SELECT 1 FROM messages AS other WHERE other.parent_id = messages.parent_id AND other.id <> messages.id)
    END AS forked
FROM messages;
CREATE VIEW search_unchanged AS
SELECT search_source.* FROM search_source
WHERE number >= (SELECT messages_from FROM search_progress) AND state <> 'streaming'
AND number NOT IN (SELECT number FROM search_changes);
CREATE TRIGGER search_message_added AFTER INSERT ON messages
WHEN NEW.state <> 'streaming' AND NEW.number >= (SELECT messages_from FROM search_progress) BEGIN
    INSERT INTO search_changes (number)
    SELECT NEW.number WHERE NEW.number NOT IN (SELECT number FROM search_changes); END;
CREATE TRIGGER search_reply_ended AFTER UPDATE OF state ON messages
WHEN OLD.state = 'streaming' AND NEW.state <> 'streaming'
AND NEW.number >= (SELECT messages_from FROM search_progress) BEGIN
    INSERT INTO search_changes (number)
    SELECT NEW.number WHERE NEW.number NOT IN (SELECT number FROM search_changes); END;
CREATE TRIGGER search_message_changed BEFORE UPDATE OF
    kind, state, text, thinking, payload, model, price, created_at ON messages
WHEN OLD.state <> 'streaming' BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged WHERE number = OLD.number; END;
CREATE TRIGGER search_message_removed BEFORE DELETE ON messages
WHEN OLD.state <> 'streaming' BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged WHERE number = OLD.number; END;
CREATE TRIGGER search_sibling_added BEFORE INSERT ON messages BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE NOT forked AND number IN (
        SELECT number FROM messages WHERE parent_id = NEW.parent_id UNION ALL SELECT number FROM messages
        WHERE NEW.parent_id IS NULL AND +parent_id IS NULL AND conversation_id = NEW.conversation_id); END;
CREATE TRIGGER search_sibling_removed BEFORE DELETE ON messages BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE forked AND number IN (
        SELECT number FROM messages WHERE parent_id = OLD.parent_id UNION ALL SELECT number FROM messages
        WHERE OLD.parent_id IS NULL AND +parent_id IS NULL AND conversation_id = OLD.conversation_id); END;
CREATE TRIGGER search_answer_added BEFORE INSERT ON messages WHEN NEW.kind = 'reply' BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE number = (SELECT number FROM messages WHERE id = NEW.parent_id) AND kind = 'prompt'
    AND instr(char(10) || coalesce(models, '') || char(10), char(10) || NEW.model || char(10)) = 0; END;
CREATE TRIGGER search_answer_changed BEFORE UPDATE OF model ON messages
WHEN NEW.kind = 'reply' AND NEW.model <> OLD.model BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE number = (SELECT number FROM messages WHERE id = OLD.parent_id) AND kind = 'prompt'; END;
CREATE TRIGGER search_answer_removed BEFORE DELETE ON messages WHEN OLD.kind = 'reply' BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE number = (SELECT number FROM messages WHERE id = OLD.parent_id) AND kind = 'prompt'; END;
CREATE TRIGGER search_file_added BEFORE INSERT ON attachments BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE number = (SELECT number FROM messages WHERE id = NEW.message_id); END;
CREATE TRIGGER search_file_removed BEFORE DELETE ON attachments BEGIN
    INSERT INTO search_changes SELECT * FROM search_unchanged
    WHERE number = (SELECT number FROM messages WHERE id = OLD.message_id); END;
CREATE TRIGGER search_chat_added AFTER INSERT ON conversations
WHEN NEW.id <= (SELECT coalesce(titles_to, NEW.id) FROM search_progress) BEGIN
    INSERT INTO search_title_changes SELECT NEW.id WHERE NEW.id NOT IN (SELECT id FROM search_title_changes); END;
CREATE TRIGGER search_chat_changed AFTER UPDATE OF title, updated_at, deleted_at, pinned, archived ON conversations
WHEN (OLD.title IS NOT NEW.title OR OLD.deleted_at IS NOT NEW.deleted_at
    OR OLD.pinned IS NOT NEW.pinned OR OLD.archived IS NOT NEW.archived
    OR strftime('%Y%m', OLD.updated_at / 1000000, 'unixepoch')
    IS NOT strftime('%Y%m', NEW.updated_at / 1000000, 'unixepoch'))
AND NEW.id <= (SELECT coalesce(titles_to, NEW.id) FROM search_progress) BEGIN
    INSERT INTO search_title_changes SELECT NEW.id WHERE NEW.id NOT IN (SELECT id FROM search_title_changes); END;
CREATE TRIGGER search_chat_removed AFTER DELETE ON conversations
WHEN OLD.id <= (SELECT coalesce(titles_to, OLD.id) FROM search_progress) BEGIN
    INSERT INTO search_title_changes SELECT OLD.id WHERE OLD.id NOT IN (SELECT id FROM search_title_changes); END"""

MIGRATIONS: tuple[Migration, ...] = (_first, _second, _third, _fourth)
"""Step n (from 1) takes a library from version n - 1 to version n."""

VERSION = len(MIGRATIONS)
"""The newest `PRAGMA user_version` that this Chinwag can read."""


_SECOND_TO_READ = """
CREATE TEMP TABLE unsent (id, conversation_id, owner, position, text, model, settings, written_at);
CREATE TEMP TABLE unsent_files (prompt_id, position, hash, name, media_type)"""
_THIRD_TO_READ = """
CREATE TEMP VIEW messages AS SELECT *, NULL AS deleted_at, '' AS origin FROM main.messages;
CREATE TEMP TABLE shown_leaves (message_id, leaf_id);
CREATE TEMP TABLE side_calls (number, conversation_id, purpose, model, usage, price, problem, created_at);
CREATE TEMP TABLE picks (number, prompt_id, winner, others, blind, created_at)"""
_FOURTH_TO_READ = """
CREATE TEMP VIEW conversations AS SELECT *, 0 AS pinned, 0 AS archived, 0 AS unread FROM main.conversations;
CREATE TEMP TABLE conversation_tags (conversation_id, tag);
CREATE TEMP TABLE tool_agreements (conversation_id, tool, fingerprint, target);
CREATE TEMP TABLE tool_fingerprints (tool, fingerprint);
CREATE TEMP TABLE imported (source, source_id, conversation_id, digest, imported_at);
CREATE VIRTUAL TABLE temp.search_index USING fts5 (prompt, reply, thinking, tools, files, marks, content = '');
CREATE VIRTUAL TABLE temp.search_titles USING fts5 (title, marks, content = '');
CREATE TEMP TABLE search_chats (number, id, title, marks);
CREATE TEMP TABLE search_progress AS SELECT 0 AS version, 1 + coalesce(max(number), 0) AS messages_from, '' AS titles_to
FROM messages;
CREATE TEMP TABLE search_changes (number);
CREATE TEMP TABLE search_models (number, name);
CREATE TEMP TABLE search_title_changes (id)"""
_TO_READ = {2: _SECOND_TO_READ, 3: _THIRD_TO_READ, 4: _FOURTH_TO_READ}

OLDEST_READABLE = 1
"""The oldest version whose conversations are read as they are, where a library cannot be migrated."""


def read_as_newest(connection: sqlite3.Connection) -> None:
    """Let statements for the newest version read an older library that cannot be changed.

    What it lacks is there for this connection alone: a temporary table or view goes before one of the file's own.
    """
    connection.execute("PRAGMA temp_store = MEMORY")
    for number in range(version_of(connection) + 1, VERSION + 1):
        _execute(connection, _TO_READ.get(number, "SELECT 1"))


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of an open library; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: tuple[Migration, ...] = MIGRATIONS) -> None:
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
    _renew_views(connection)


def _renew_views(connection: sqlite3.Connection) -> None:
    """Make the views for other programs anew that an older Chinwag has made: that is no other version of the rows."""
    ours = {view.split()[2]: view.strip() for view in VIEWS.split(";")}
    there = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    older = [name for name, view in ours.items() if name in there and view_version(there[name]) < view_version(view)]
    if not older:
        return
    with suppress(sqlite3.OperationalError):  # a full disk, or one who writes: the next start does it
        connection.execute("BEGIN IMMEDIATE")
        for name in older:
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.execute(ours[name])
        connection.execute("COMMIT")
    if connection.in_transaction:
        connection.execute("ROLLBACK")
