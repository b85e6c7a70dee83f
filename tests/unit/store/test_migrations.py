"""A library from an older Chinwag becomes a new one whole, or stays an old one whole."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.library import conversation
from tui.store import conversations, opening
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS, VERSION, migrate, version_of


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def add_colour(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE conversations ADD COLUMN colour TEXT NOT NULL DEFAULT ''")


def fail_half_way(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE half (id TEXT)")
    raise ZeroDivisionError


def test_an_empty_file_gets_the_whole_schema_once(connection: sqlite3.Connection) -> None:
    assert version_of(connection) == 0
    migrate(connection)
    before = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    migrate(connection)
    assert version_of(connection) == VERSION
    assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == before
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_only_missing_steps_run(connection: sqlite3.Connection) -> None:
    migrate(connection)
    migrate(connection, (*MIGRATIONS, add_colour))
    assert version_of(connection) == VERSION + 1


def test_a_step_that_fails_leaves_the_version_before_it(connection: sqlite3.Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        migrate(connection, (*MIGRATIONS, add_colour, fail_half_way))
    assert version_of(connection) == VERSION + 1
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone()
    assert not connection.in_transaction


async def test_a_copy_is_made_before_an_old_library_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chats.db"
    old = Database(path)
    await old.open()
    chat = conversation("kept")
    await old.run(conversations.save_conversation, chat)
    await old.close()
    assert opening.backups(path) == []  # a new library needs none

    steps = (*MIGRATIONS, add_colour)
    monkeypatch.setattr("tui.store.database.VERSION", len(steps))
    monkeypatch.setattr("tui.store.opening.VERSION", len(steps))
    monkeypatch.setattr("tui.store.transaction.VERSION", len(steps))
    monkeypatch.setattr("tui.store.database.migrate", lambda connection: migrate(connection, steps))
    new = Database(path)
    await new.open()
    assert await new.read(conversations.newest) == (chat,)
    assert await new.read(version_of) == VERSION + 1
    await new.close()

    (backup,) = opening.backups(path)
    connection = opening.connect(backup, mode="ro")
    assert version_of(connection) == VERSION
    assert conversations.newest(connection) == (chat,)
    connection.close()
