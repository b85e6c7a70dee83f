"""A library from an older Chinwag becomes a new one whole, or stays an old one whole."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.places import unwritable
from tui.store import branches, conversations, spending, unsent
from tui.store.backups import backups
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS, VERSION, migrate, version_of
from tui.store.records import Conversation, Spending, UnsentPrompt


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
    assert backups(path) == []  # a new library needs none

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

    (backup,) = backups(path)
    connection = connect(backup.path, mode="ro")
    assert version_of(connection) == VERSION
    assert conversations.newest(connection) == (chat,)
    connection.close()


@pytest.fixture(params=range(1, VERSION))
def old_library(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Conversation]:
    """A library as an older version of the schema has it, with one turn."""
    path = tmp_path / "data" / "chats.db"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    chat = conversation("old")
    asked = prompt(chat, "the prompt")
    connection = connect(path)
    migrate(connection, MIGRATIONS[: request.param])
    newest = sqlite3.connect(":memory:", isolation_level=None)
    migrate(newest)
    conversations.save_conversation(newest, chat)
    conversations.append(newest, [asked, reply(chat, asked, "the answer")])
    for table in ("conversations", "messages"):
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        for row in newest.execute(f"SELECT {columns} FROM {table}"):
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", row)
    newest.close()
    connection.close()
    return path, chat


async def test_an_old_library_keeps_all_and_takes_what_is_new(old_library: tuple[Path, Conversation]) -> None:
    path, chat = old_library
    database = Database(path)
    await database.open()
    assert await database.read(version_of) == VERSION and len(backups(path)) == 1
    asked, answer = await database.read(conversations.tree, chat.id)
    assert (asked.text, answer.text) == ("the prompt", "the answer")
    draft = UnsentPrompt("id", chat.id, None, "a draft", "", "", NOON)
    await database.run(unsent.save, [(draft, None)], database.owner)
    assert await database.read(unsent.everything) == (draft,)
    await database.run(branches.trash_branch, chat.id, answer.id, NOON)
    assert await database.read(conversations.tree, chat.id) == (asked,)
    await database.close()


async def test_an_old_library_that_cannot_be_written_is_read_as_it_is(old_library: tuple[Path, Conversation]) -> None:
    path, chat = old_library
    with unwritable(path.parent):
        database = Database(path)
        await database.open()
        assert database.read_only
        assert [one.title for one in await database.read(conversations.newest)] == ["old"]
        assert await database.read(unsent.chats, database.owner, database.is_alive) == frozenset()
        assert await database.read(unsent.waiting, database.owner, database.is_alive, chat.id) == ()
        assert [row.text for row in await database.read(conversations.tree, chat.id)] == ["the prompt", "the answer"]
        assert len(await database.read(branches.outline, chat.id)) == 2
        assert await database.read(spending.spent_in, chat.id) == Spending()
        await database.close()
