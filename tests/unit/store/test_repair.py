"""What a bug, another program or a bad disk has torn apart comes together again, and nothing whole is touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tui.store import conversations
from tui.store.backups import back_up, backups
from tui.store.connection import StoppedError, connect
from tui.store.migrations import migrate
from tui.store.records import Attachment, Conversation, Message
from tui.store.repair import RepairResult, mend_file, mend_rows
from tui.store.replacing import vacuum


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library of two chats of two turns, the first with a file."""
    path = tmp_path / "chats.db"
    path.touch()
    with closing(connect(path)) as connection:
        migrate(connection)
        for title in ("first", "second"):
            chat = conversation(title)
            last: Message | None = None
            for turn in range(2):
                asked = prompt(chat, f"{title} {turn}", parent=last)
                last = reply(chat, asked, "Because.")
                data = f"a file of {title}".encode()
                file = Attachment(sha256(data).hexdigest(), asked.id, "a.txt", "text/plain", data)
                conversations.start_turn(connection, chat, asked, last, "", [] if turn else [file])
    return path


@pytest.fixture
def library(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        yield connection


def chats(connection: sqlite3.Connection) -> dict[str, Conversation]:
    return {chat.title: chat for chat in conversations.newest(connection, 100)}


def broken(connection: sqlite3.Connection, *statements: str) -> list[RepairResult]:
    """Break it, as a program does that enforces nothing, and mend it."""
    connection.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        assert connection.execute(statement).rowcount > 0, statement
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    findings = mend_rows(connection)
    connection.execute("COMMIT")
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("BEGIN IMMEDIATE")
    again = mend_rows(connection)
    connection.execute("COMMIT")
    assert [one.state for one in again] == ["good"]  # once is enough
    return findings


HANG = "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE number = {parent}) WHERE number = {child}"
FIRST = "(SELECT id FROM conversations WHERE title = 'first')"
SECOND = "(SELECT id FROM conversations WHERE title = 'second')"


def texts(connection: sqlite3.Connection, title: str) -> list[str]:
    return [message.text for message in conversations.branch(connection, chats(connection)[title].id)]


def test_nothing_whole_is_touched(library: sqlite3.Connection) -> None:
    before = list(library.iterdump())
    library.execute("BEGIN IMMEDIATE")
    findings = mend_rows(library)
    library.execute("COMMIT")
    assert [one.state for one in findings] == ["good"]
    kept = [line for line in library.iterdump() if "search_" not in line]
    assert kept == [line for line in before if "search_" not in line]


def test_messages_of_a_lost_chat_come_back(library: sqlite3.Connection) -> None:
    (found,) = broken(library, "DELETE FROM conversations WHERE title = 'first'")
    assert found.text == "1 chat was lost, but not its messages: back under their first words"
    assert texts(library, "first 0") == ["first 0", "Because.", "first 1", "Because."]


def test_a_branch_below_a_lost_message_can_be_read(library: sqlite3.Connection) -> None:
    (found,) = broken(library, "DELETE FROM messages WHERE number = 2")
    assert found.text.startswith("1 message follows one that is lost")
    assert texts(library, "first") == ["first 1", "Because."]


def test_a_circle_is_opened_at_its_oldest_message(library: sqlite3.Connection) -> None:
    found = broken(
        library, "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE number = 4) WHERE number = 1"
    )
    assert [one.text.partition(":")[0] for one in found] == ["1 circle of messages has no beginning"]
    assert texts(library, "first") == ["first 0", "Because.", "first 1", "Because."]


def test_a_message_that_hangs_in_another_chat_is_taken_back(library: sqlite3.Connection) -> None:
    found = broken(
        library, "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE number = 6) WHERE number = 3"
    )
    assert "follows one of another chat" in found[0].text
    assert texts(library, "first") == ["first 1", "Because."]
    assert texts(library, "second") == ["second 0", "Because.", "second 1", "Because."]


@pytest.mark.parametrize(
    "leaf",
    ["'gone'", "NULL", "(SELECT id FROM messages WHERE number = 8)"],
    ids=["that is gone", "that is none", "of another chat"],
)
def test_a_chat_shows_a_branch_of_its_own(library: sqlite3.Connection, leaf: str) -> None:
    (found,) = broken(library, f"UPDATE conversations SET active_leaf = {leaf} WHERE title = 'first'")
    assert found.text.endswith("the newest branch is shown")
    assert texts(library, "first")[-2:] == ["first 1", "Because."]


def test_a_chat_shows_nothing_from_the_trash(library: sqlite3.Connection) -> None:
    (found,) = broken(library, "UPDATE messages SET deleted_at = 1 WHERE number IN (3, 4)")
    assert "one from the trash" in found.text
    assert texts(library, "first") == ["first 0", "Because."]


def test_a_lost_file_is_said_and_one_that_nobody_has_goes(library: sqlite3.Connection) -> None:
    found = broken(
        library,
        f"DELETE FROM contents WHERE hash IN (SELECT hash FROM attachments JOIN messages ON messages.id = message_id"
        f" WHERE conversation_id = {FIRST})",
        f"DELETE FROM attachments WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = {SECOND})",
    )
    assert [one.text for one in found] == [
        "1 attached file is lost: said so in their prompts", "1 that nothing refers to: taken out",
    ]  # fmt: skip
    assert library.execute("SELECT count(*) FROM contents").fetchone() == (0,)


def test_wrong_indexes_are_made_anew_and_the_library_before_is_kept(path: Path) -> None:
    with closing(connect(path)) as connection:  # an index that says something else than its table
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX messages_conversation ON messages (kind)'"
            " WHERE name = 'messages_conversation'"
        )
    (found,) = mend_file(path)
    assert found.state == "mended" and "made anew" in found.text
    assert [one.kind for one in backups(path)] == ["repair"]
    assert mend_file(path) == [RepairResult("good", "file", "every page and every index is whole")]


def test_a_damaged_file_is_moved_aside_and_what_can_be_read_takes_its_place(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-4096])
    (found,) = mend_file(path)
    assert found.state == "mended" and "was damaged" in found.text
    assert [file.read_bytes() for file in path.parent.glob("*.corrupt-*")] == [content[:-4096]]


def test_a_row_that_no_program_could_have_written_does_not_keep_the_library_damaged_for_ever(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE messages SET kind = 'noise' WHERE number = 4")
    (found,) = mend_file(path)
    assert found.state == "mended" and "7 messages could be read" in found.text
    assert mend_file(path) == [RepairResult("good", "file", "every page and every index is whole")]
    with closing(connect(path)) as connection:
        back_up(path, connection, "daily")  # which refuses what is damaged


def test_a_vacuum_gives_room_back_and_loses_nothing(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE large (data)")
        connection.execute("INSERT INTO large VALUES (zeroblob(5000000))")
        connection.execute("DROP TABLE large")
        before = [line for line in connection.iterdump() if "sqlite_" not in line]
    size_before, size_after = vacuum(path)
    assert size_before > 5_000_000 > size_after == path.stat().st_size
    assert sorted(file.name for file in path.parent.iterdir()) == ["chats.db"]
    with closing(connect(path)) as connection:
        assert [line for line in connection.iterdump() if "sqlite_" not in line] == before
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_vacuum_that_is_stopped_changes_nothing(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE large (data)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO large VALUES (?)", [("word " * 20,)] * 20_000)
        connection.execute("COMMIT")
    before = path.read_bytes()

    def stop(done: int, total: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        vacuum(path, stop)
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == ["chats.db"]
