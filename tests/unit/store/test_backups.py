"""A copy that is not whole, that is of a damaged library, or that pushes a good one out, is no backup."""

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.places import small_disk, unwritable
from tui.chat.library import Library
from tui.errors import StoreError
from tui.store import backups as copies
from tui.store import conversations
from tui.store.backups import Pace, back_up, back_up_in_use, backups, due
from tui.store.connection import StoppedError, connect
from tui.store.database import Database
from tui.store.migrations import VERSION, version_of

ROWS = 300


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open library of `ROWS` chats of a page or more each."""
    database = Database(tmp_path / "chats.db")
    await database.open()

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(ROWS):
            chat = conversation(f"Chat {number}")
            asked = prompt(chat, f"{number} " + "word " * 1_000)
            conversations.start_turn(connection, chat, asked, reply(chat, asked, "Because."), "")

    await database.run(fill)
    yield database
    await database.close()


def path_of(database: Database) -> Path:
    assert database.path is not None
    return database.path


def changed(path: Path) -> None:
    """Let the library look as if it was written to long after the last copy."""
    later = time.time() + 3_600
    os.utime(path, (later, later))


class Held(NamedTuple):
    chats: int
    prompts: int
    check: str


def held(path: Path) -> Held:
    """What a copy holds."""
    with closing(connect(path, mode="ro")) as connection:
        assert version_of(connection) == VERSION
        (chats,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
        (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
        return Held(chats, messages // 2, connection.execute("PRAGMA integrity_check").fetchone()[0])


async def test_a_copy_of_a_library_in_use_is_of_one_moment(database: Database) -> None:
    path, writes = path_of(database), 0
    add = "INSERT INTO picks (prompt_id, winner, others, blind, created_at) VALUES (?, '', '', 0, 0)"

    def write(done: int, total: int) -> None:  # another window writes between every two steps
        nonlocal writes
        writes += 1
        with closing(connect(path)) as window:
            window.execute("UPDATE conversations SET title = 'late'")
            window.execute(add, (f"prompt {writes}",))

    made = await database.back_up("daily", report=write)
    assert made is not None and writes > 2
    assert held(made.path) == (ROWS, ROWS, "ok")
    with closing(connect(made.path, mode="ro")) as copy:
        assert copy.execute("SELECT count(*) FROM conversations WHERE title = 'late'").fetchone() == (0,)
        assert copy.execute("SELECT count(*) FROM picks").fetchone() == (0,)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.parent.glob("chats.db.backup-*")) == [made.path]  # a file by itself, with none beside it


async def test_nobody_waits_for_a_copy(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def halt(done: int, total: int) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    copying = asyncio.create_task(database.back_up("daily", report=halt))
    await begun.wait()
    await database.run(conversations.save_conversation, conversation("written meanwhile"))
    assert (await database.read(conversations.newest, 1_000))[0].title
    go_on.set()
    made = await copying
    assert made is not None and held(made.path).chats == ROWS
    assert len(await database.read(conversations.newest, 1_000)) == ROWS + 1


async def test_a_copy_that_is_not_wanted_any_more_leaves_nothing(database: Database) -> None:
    path = path_of(database)
    pace = Pace(report=lambda done, total: pace.stop())
    with pytest.raises(StoppedError):
        back_up_in_use(path, "daily", step=pace)
    assert backups(path) == [] and list(path.parent.glob("*.part*")) == []


async def test_a_copy_stops_also_while_it_is_looked_at(database: Database) -> None:
    path = path_of(database)

    def stop_at_the_end(done: int, total: int) -> None:
        if done == total:
            pace.stop()

    pace = Pace(report=stop_at_the_end)
    with pytest.raises(StoppedError):
        copies.copy_in_use(path, copies.unused(path, "backup"), pace)
    assert list(path.parent.glob("chats.db.backup-*")) == []


async def test_a_damaged_library_pushes_no_good_copy_out(database: Database, tmp_path: Path) -> None:
    path = path_of(database)
    good = await database.back_up("daily", kept=1)
    await database.close()
    assert good is not None
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    path.write_bytes(content)
    changed(path)
    with pytest.raises(StoreError, match="damaged") as caught:
        back_up_in_use(path, "daily", kept=1)
    assert "doctor --repair" in caught.value.hint
    assert backups(path) == [good] and held(good.path) == (ROWS, ROWS, "ok")


async def test_a_copy_that_would_fill_the_disk_is_not_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = path_of(database).stat().st_size + copies.RESERVE_BYTES - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(free * 2, free, free))
    with pytest.raises(StoreError, match="no room"):
        await Library(database).backup_before("import")
    assert backups(path_of(database)) == []


async def test_a_disk_that_fills_up_in_mid_copy_keeps_the_library_and_the_copies(database: Database) -> None:
    path = path_of(database)
    good = await database.back_up("daily")
    assert good is not None
    changed(path)

    def full(done: int, total: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StoreError, match="could not be copied"):
        await database.back_up("daily", report=full)
    assert backups(path) == [good] and list(path.parent.glob("*.part*")) == []
    await database.run(conversations.save_conversation, conversation("still saved"))


async def test_a_disk_that_is_really_full_keeps_the_library_and_the_copies(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(database)
    await database.close()
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, path.stat().st_size * 3 // 2):
        shutil.copy(path, disk)
        monkeypatch.setattr(copies, "require_room", lambda folder, size_bytes: None)  # as if another had been faster
        small = Database(disk / "chats.db")
        await small.open()
        with pytest.raises(StoreError, match="could not be copied: the disk"):
            await small.back_up("daily")
        assert backups(disk / "chats.db") == [] and list(disk.glob("*.part*")) == []
        await small.run(conversations.save_conversation, conversation("still saved"))
        await small.close()
        assert held(disk / "chats.db").chats == ROWS + 1


async def test_what_has_not_changed_is_not_copied_again(database: Database) -> None:
    path = path_of(database)
    long_ago = path.stat().st_mtime - 3_600
    for file in (path, path.with_name("chats.db-wal")):
        os.utime(file, (long_ago, long_ago))
    first = await database.back_up("import")
    assert await database.back_up("repair") == first
    changed(path)
    second = await database.back_up("repair")
    assert second is not None and second != first and second.kind == "repair"


def test_each_kind_has_copies_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.touch()
    with closing(connect(path)) as connection:
        daily = [back_up(path, connection, "daily", kept=7) for _ in range(9)]
        imports = [back_up(path, connection, "import") for _ in range(4)]
    assert backups(path) == [*daily[-7:], *imports[-3:]]
    older = tmp_path / "chats.db.backup-20250101T120000000000Z"  # as they were called once
    shutil.copy(path, older)
    (tmp_path / "chats.db.backup-20250101T120000000000Z.part").touch()
    (tmp_path / "chats.db.backup-of-mine").touch()
    assert (backups(path)[0].path, backups(path)[0].kind, len(backups(path))) == (older, "migration", 11)


def test_one_copy_a_day_is_due(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.touch()
    assert due(path, date.today())
    with closing(connect(path)) as connection:
        back_up(path, connection, "import")
        assert due(path, date.today())
        made = back_up(path, connection, "daily").made.astimezone().date()
    assert not due(path, made) and due(path, made + timedelta(days=1))


async def test_a_clock_that_was_wrong_once_ends_no_copies(database: Database) -> None:
    path = database.path
    assert path is not None
    (path.parent / f"{path.name}.backup-20990101T120000000000Z-daily").touch()
    assert due(path, date.today())
    made = await database.back_up("daily")
    assert made is not None and made.size_bytes and made.made.year < 2099
    assert not due(path, made.made.astimezone().date())


def test_of_two_windows_one_copies(tmp_path: Path) -> None:
    with copies.only_one(tmp_path / "chats.db") as mine, copies.only_one(tmp_path / "chats.db") as theirs:
        assert mine and not theirs
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "chats.db.copying").touch()  # as a killed one has left it
    with copies.only_one(tmp_path / "chats.db") as again:
        assert again
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_copy_left_goes_a_day_later(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    fresh, old = (tmp_path / f"chats.db.backup-2026{one}.part" for one in "ab")
    for file in (path, fresh, old):
        file.touch()
    os.utime(old, (1, 1))
    copies.sweep_parts(path)
    assert fresh.exists() and not old.exists() and path.exists()


async def test_where_nothing_is_saved_nothing_is_copied(tmp_path: Path) -> None:
    memory = Database(None)
    await memory.open()
    assert await Library(memory).backup_before("import") is None
    await memory.close()


async def test_a_folder_that_takes_nothing_costs_one_sentence(database: Database) -> None:
    path = path_of(database)
    with unwritable(path.parent), pytest.raises(StoreError, match="could not be copied"):
        await database.back_up("daily")
    assert backups(path) == []
