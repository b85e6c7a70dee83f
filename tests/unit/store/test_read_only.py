"""Where nothing can be written, a person still reads, finds and exports every chat, and is told what is not saved."""

import asyncio
import errno
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.places import Make, device, folder, loop, pipe, unwritable
from tui.errors import StoreError
from tui.formats import FORMATS
from tui.store import conversations, spending
from tui.store.database import Database
from tui.store.migrations import VERSION
from tui.store.records import Spending


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A closed library with one turn, in a folder of its own."""
    path = tmp_path / "data" / "chats.db"
    database = Database(path)
    await database.open()
    chat = conversation("kept")
    asked = prompt(chat, "the prompt")
    await database.run(conversations.start_turn, chat, asked, reply(chat, asked, "the answer"), database.owner)
    await database.close()
    return path


async def check_reading(path: Path, titles: tuple[str, ...] = ("kept",)) -> None:
    """It can be listed, read, searched by id, summed and exported, and nothing else; the files stay as they are."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    database = Database(path)
    await database.open()
    assert database.read_only
    assert f"The library {path} can only be read, nothing new is saved: " in database.notice
    chats = await database.read(conversations.newest)
    assert tuple(chat.title for chat in chats) == titles
    (chat,) = await database.read(conversations.with_prefix, chats[-1].id)
    tree = await database.read(conversations.tree, chat.id)
    assert [row.text for row in await database.read(conversations.branch, chat.id)] == ["the prompt", "the answer"]
    assert await database.read(spending.spent_in, chat.id) == Spending()
    for format in FORMATS.values():
        assert ("the answer" in format.write(chat, tree)) == ("words" in format.keeps)
        assert tree[-1].id in format.write(chat, tree) or "words" in format.keeps
    with pytest.raises(StoreError, match="could not be written: it may only be read") as caught:
        await database.run(conversations.rename, chat.id, "new")
    assert caught.value.hint
    assert await database.changed_elsewhere() is False
    assert await database.interrupt_orphans() == 0
    await database.close()
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


async def test_a_library_on_a_disk_that_takes_nothing_is_read(path: Path) -> None:
    with unwritable(path.parent):
        await check_reading(path)


@pytest.mark.parametrize("shared_memory", [True, False], ids=["with its shared memory", "as a backup copies it"])
async def test_a_library_that_a_killed_chinwag_left_with_its_log_is_read(path: Path, shared_memory: bool) -> None:
    copy = path.parent.with_name("copy") / path.name
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        conversations.save_conversation(connection, conversation("in the log", minutes=1))
        shutil.copytree(path.parent, copy.parent)
    assert copy.with_name("chats.db-wal").stat().st_size
    if not shared_memory:
        copy.with_name("chats.db-shm").unlink()
    with unwritable(copy.parent):
        await check_reading(copy, ("in the log", "kept"))


async def test_a_library_that_never_had_a_lock_or_a_folder_of_windows_is_read(path: Path) -> None:
    path.with_name("chats.db.lock").unlink()
    path.with_name("running").rmdir()
    with unwritable(path.parent):
        await check_reading(path)


REFUSALS = [errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT]


@pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.get)
async def test_whatever_the_system_calls_it_the_library_is_read(
    path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.open

    def refuse(name: Any, flags: int, *rest: int, **options: Any) -> int:
        if flags & (os.O_CREAT | os.O_RDWR | os.O_WRONLY):
            raise OSError(number, os.strerror(number))
        return really(name, flags, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)
    database = Database(path)
    await database.open()
    assert database.read_only and os.strerror(number) in database.notice
    assert len(await database.read(conversations.newest)) == 1
    await database.close()


async def test_a_disk_that_refuses_the_folder_of_windows_leaves_no_writer_behind(path: Path) -> None:
    path.with_name("running").rmdir()
    path.with_name("running").symlink_to("/proc/1/nowhere")
    database = Database(path)
    with pytest.raises(StoreError, match="could not be opened"):
        await database.open()
    path.with_name("running").unlink()
    await (other := Database(path)).open()
    await other.run(conversations.save_conversation, conversation())
    await other.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


async def test_a_cut_library_says_so_there_too(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:  # the end of the file is a file's, not the schema's
        connection.execute("INSERT INTO contents VALUES ('0', randomblob(20000))")
    cut(path)
    with unwritable(path.parent):
        database = Database(path)
        await database.open()
        assert "nothing new is saved" in database.notice
        assert database.notice.endswith("It is damaged (its end is missing); what can be read is here.")
        assert [chat.title for chat in await database.read(conversations.newest)] == ["kept"]
        await database.close()


async def test_there_is_no_reading_of_what_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with unwritable(folder), pytest.raises(StoreError, match="could not be opened"):
        await Database(folder / "chats.db").open()


@pytest.mark.parametrize(("version", "words"), [(VERSION + 1, "written by a newer"), (0, "written by an older")])
async def test_a_library_of_another_format_is_not_misread(path: Path, version: int, words: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with unwritable(path.parent), pytest.raises(StoreError, match=words):
        await Database(path).open()


@pytest.mark.parametrize("make", [pipe, folder, device, loop])
@pytest.mark.parametrize("name", ["chats.db", "chats.db.lock", "running", "chats.db-wal"])
async def test_what_is_no_file_is_refused_in_a_sentence_and_never_waited_for(path: Path, make: Make, name: str) -> None:
    place = path.with_name(name)
    if place.is_dir():
        place.rmdir()
    else:
        place.unlink(missing_ok=True)
    make(place)
    before = os.lstat(place)
    database = Database(path)
    async with asyncio.timeout(30):
        try:
            await database.open()
        except StoreError as error:
            assert error.message.startswith(f"The library {path} could not be opened: ")
            assert error.message.endswith(".") and "\n" not in error.message
            if name == "chats.db" and make is not loop:
                assert "not a file" in error.message
        else:
            assert name != "chats.db"
        await database.close()
    assert stat.S_IFMT(os.lstat(place).st_mode) == stat.S_IFMT(before.st_mode)
