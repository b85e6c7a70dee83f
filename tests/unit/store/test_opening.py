"""A library that cannot be read is never overwritten, and the person is told where it is."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tui.errors import StoreError
from tui.store import conversations, opening, salvage
from tui.store.backups import back_up, backups
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.migrations import VERSION


async def filled(path: Path) -> None:
    """A closed library with one conversation that fills some pages."""
    database = Database(path)
    await database.open()
    chat = conversation()
    asked = prompt(chat, "word " * 10_000)
    await database.run(conversations.start_turn, chat, asked, reply(chat, asked, "answer"), database.owner)
    await database.close()


def silently(path: Path, content: bytearray) -> None:
    """Change a file as a failing disk does, which leaves its time as it was."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


async def titles(path: Path) -> tuple[list[str], str]:
    database = Database(path)
    await database.open()
    found = [chat.title for chat in await database.read(conversations.newest)]
    await database.run(conversations.save_conversation, conversation("new"))
    await database.close()
    return found, database.notice


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("chats.db.corrupt-*"))


def parts(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.part*"))


async def test_a_newer_library_is_refused_and_its_bytes_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 41}")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        await Database(path).open()
    assert f"its format is {VERSION + 41}, this one reads up to {VERSION}" in caught.value.message
    assert "Update Chinwag" in caught.value.hint
    assert path.read_bytes() == before
    assert aside(path) == [] and backups(path) == []


async def test_the_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a database of another program"):
        await Database(path).open()
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_kept_beside_a_new_library(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(b"these are my notes\n" * 1000)
    found, notice = await titles(path)
    assert found == []
    (kept,) = aside(path)
    assert kept.read_bytes() == b"these are my notes\n" * 1000
    assert str(kept) in notice and "there is no backup, so that a new one was started" in notice
    assert "chinwag restore FILE" in notice and "chinwag doctor" in notice, "what to do next"
    assert await titles(path) == (["new"], "")  # and the next start is an ordinary one
    assert aside(path) == [kept]


async def test_a_truncated_library_is_kept_and_what_is_left_of_it_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    cut = path.read_bytes()[: path.stat().st_size * 3 // 4]
    path.write_bytes(cut)
    found, notice = await titles(path)
    assert found == ["A question"] and "malformed" in notice and "messages could be read" in notice
    assert [file.read_bytes() for file in aside(path)] == [cut]


async def test_who_lost_messages_is_told_of_the_newest_copy(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    with closing(connect(path)) as connection:
        back_up(path, connection, "daily")
        newest = back_up(path, connection, "import").path
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    _, notice = await titles(path)
    assert notice.endswith(f"messages could be read and are here. If too much is missing: chinwag restore {newest}")


async def test_a_library_cut_to_its_first_pages_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    cut = path.read_bytes()[: 4096 * 2]
    path.write_bytes(cut)
    found, notice = await titles(path)
    assert found == [] and "a new one was started" in notice
    assert [file.read_bytes() for file in aside(path)] == [cut]


async def test_two_damaged_libraries_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    for number in range(2):
        path.write_bytes(f"damaged {number}".encode() * 100)
        await titles(path)
    assert [file.read_bytes()[:9] for file in aside(path)] == [b"damaged 0", b"damaged 1"]


async def test_an_emptied_library_is_not_taken_for_a_first_start(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    with closing(connect(path)) as connection:
        back_up(path, connection, "migration")
    path.write_bytes(b"")
    found, notice = await titles(path)
    assert found == ["A question"]
    assert "the backup chats.db.backup-" in notice and "was opened instead" in notice
    assert [file.stat().st_size for file in aside(path)] == [0]
    assert (await titles(path))[1] == ""


async def test_a_damaged_backup_is_passed_over_for_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    with closing(connect(path)) as connection:
        back_up(path, connection, "migration")
        broken = back_up(path, connection, "migration").path
    broken.write_bytes(broken.read_bytes()[:5000])
    path.write_bytes(b"gone" * 100)
    found, notice = await titles(path)
    assert found == ["A question"] and broken.name not in notice


async def test_an_empty_file_without_anything_beside_it_is_a_first_start(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.touch()
    assert await titles(path) == ([], "")
    assert aside(path) == []


async def test_damage_inside_is_found_after_an_unclean_end(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    path.write_bytes(content)
    (tmp_path / "running" / "0123456789abcdef").touch()  # what a killed Chinwag leaves behind
    found, notice = await titles(path)
    assert found == ["A question"] and "2 messages could be read" in notice
    assert [file.read_bytes() for file in aside(path)] == [bytes(content)]
    assert list((tmp_path / "running").iterdir()) == []


async def test_damage_that_the_first_statements_meet_is_found_after_a_clean_end_too(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[4096 * page : 4096 * (page + 1)] = b"\xff" * 4096
    silently(path, content)
    found, notice = await titles(path)
    assert found == [] and "was damaged" in notice
    assert [file.read_bytes() for file in aside(path)] == [bytes(content)]


async def test_damage_that_shows_while_running_is_looked_for_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await filled(path)
    content = bytearray(path.read_bytes())
    page = next(page for page in range(3, 99) if content[4096 * page + 4 :].startswith((b"word ", b"ord w", b"rd wo")))
    content[4096 * page : 4096 * page + 4] = b"\x7f" * 4  # the long prompt goes on in a page that does not exist
    silently(path, content)
    database = Database(path)
    await database.open()
    (chat,) = await database.read(conversations.newest)
    with pytest.raises(StoreError, match="could not be read: the file is damaged"):
        await database.read(conversations.tree, chat.id)
    await database.close()
    found, notice = await titles(path)
    assert found == ["A question"] and "1 messages could be read" in notice
    assert [file.read_bytes() for file in aside(path)] == [bytes(content)]


async def test_a_side_file_without_its_library_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    (tmp_path / "chats.db-wal").write_bytes(b"the last words")
    await titles(path)
    assert aside(path)[-1].name.endswith("-wal") and aside(path)[-1].read_bytes() == b"the last words"


@pytest.mark.parametrize("emptied", [True, False])
async def test_what_stands_in_the_log_of_an_emptied_library_is_not_lost(tmp_path: Path, emptied: bool) -> None:
    """SQLite itself deletes such a log unread: a file system's check may empty the one file and keep the other."""
    (tmp_path / "running").mkdir()
    path = tmp_path / "chats.db"
    whole = Database(tmp_path / "whole" / "chats.db")
    await whole.open()
    chat = conversation()
    asked = prompt(chat, "Where is it?")
    await whole.run(conversations.start_turn, chat, asked, reply(chat, asked, "Here."), whole.owner)
    log = (tmp_path / "whole" / "chats.db-wal").read_bytes()
    (tmp_path / "chats.db-wal").write_bytes(log)
    if emptied:
        path.touch()
    await whole.close()
    found, notice = await titles(path)
    assert found == [chat.title] and "2 messages could be read" in notice
    assert aside(path)[-1].read_bytes() == log


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), sqlite3.OperationalError("database or disk is full")])
async def test_a_rescue_that_fails_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Else the next start finds no library, and takes it for the first one."""
    path = tmp_path / "chats.db"
    await filled(path)
    cut = path.read_bytes()[: path.stat().st_size * 3 // 4]
    path.write_bytes(cut)

    def full(*_: object) -> int:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(salvage, "salvage", full)
        with pytest.raises(StoreError):
            await Database(path).open()
    assert path.read_bytes() == cut and aside(path) == [] and parts(path) == []
    found, notice = await titles(path)
    assert found == ["A question"] and "messages could be read" in notice


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.touch()
    with closing(connect(path)) as connection:
        made = [back_up(path, connection, "migration") for _ in range(5)]
    assert backups(path) == made[-3:]
    assert {one.path.stat().st_mode & 0o777 for one in made[-3:]} == {0o600}


MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/me/.cache tmpfs rw 0 0
host /mnt/my\040disk 9p rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
/dev/sdb1 /mnt/stick fuseblk rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/root/chats.db", False),
        ("/home/me/chats.db", True),
        ("/home/me/.cache/chats.db", False),
        ("/mnt/my disk/a/chats.db", True),
        ("/mnt/ssh/chats.db", True),
        ("/mnt/stick/chats.db", False),
    ],
)
def test_a_network_file_system_is_known_by_the_mount_that_is_nearest(path: str, network: bool) -> None:
    assert opening.on_network(Path(path), MOUNTS) is network


async def test_on_a_network_file_system_there_is_no_shared_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "on_network", lambda path: True)
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    await database.run(conversations.save_conversation, conversation())
    assert not (tmp_path / "chats.db-wal").exists() and not (tmp_path / "chats.db-shm").exists()
    assert len(await database.read(conversations.newest)) == 1
    await database.close()


async def test_a_schema_that_is_no_text_is_damage_and_not_the_end_of_the_start(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    await database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET name = CAST(x'ff80' AS TEXT), sql = 'CREATE' WHERE name = 'picks'")
    again = Database(path)
    await again.open()
    assert "was damaged" in again.notice and "chats.db.corrupt-" in again.notice
    await again.close()
