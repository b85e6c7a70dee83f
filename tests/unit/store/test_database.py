"""The library's two threads: what is handed over gets saved, what cannot be is said in words, nobody else reads it."""

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from itertools import count
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tui.errors import StoreError
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Conversation, Message


def rows() -> tuple[Conversation, Message, Message]:
    chat = conversation()
    asked = prompt(chat)
    return chat, asked, reply(chat, asked)


@pytest.mark.parametrize("place", ["file", "memory"])
async def test_what_one_thread_writes_the_other_reads(place: str, tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "folder" / "chats.db" if place == "file" else None)
    await database.open()
    chat, asked, answer = rows()
    stored = await database.run(conversations.start_turn, chat, asked, answer, database.owner)
    assert await database.read(conversations.newest) == (stored,)
    assert await database.read(conversations.branch, chat.id) == (asked, answer)
    assert database.notice == ""
    await database.close()


async def test_a_library_is_there_again_after_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "odd name ?#%&ü" / "chats.db"
    for number in range(3):
        database = Database(path)
        await database.open()
        await database.run(conversations.start_turn, *rows(), database.owner)
        assert len(await database.read(conversations.newest)) == number + 1
        await database.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["chats.db", "chats.db.lock", "running"]


async def test_nobody_else_can_read_the_files_from_their_first_byte(tmp_path: Path) -> None:
    old = os.umask(0)  # nothing but our own modes protects the files now
    database = Database(tmp_path / "home" / "chats.db")
    try:
        await database.open()
        await database.run(conversations.start_turn, *rows(), database.owner)
    finally:
        os.umask(old)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "home").rglob("*")}
    assert modes.pop("running") == 0o700
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert {"chats.db", "chats.db-wal", "chats.db-shm", "chats.db.lock"} < set(modes)
    assert set(modes.values()) == {0o600}
    await database.close()


async def test_a_library_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.touch(0o644)
    database = Database(path)
    await database.open()
    await database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_durability_is_set_for_a_power_cut_not_only_for_a_crash(tmp_path: Path) -> None:
    def settings(connection: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    database = Database(tmp_path / "chats.db")
    await database.open()
    assert await database.run(settings) == ["wal", 2, 1, 5000]
    await database.close()


async def test_half_a_transaction_is_none(tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection, chat: Conversation) -> None:
        conversations.save_conversation(connection, chat)
        raise StoreError("enough")

    database = Database(tmp_path / "chats.db")
    await database.open()
    with pytest.raises(StoreError, match="enough"):
        await database.run(half, conversation())
    assert await database.read(conversations.newest) == ()
    await database.run(conversations.start_turn, *rows(), database.owner)  # and the next one works
    await database.close()


async def test_the_reader_cannot_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    with pytest.raises(StoreError, match="could not be read: it may only be read"):
        await database.read(conversations.save_conversation, conversation())
    await database.close()


async def test_a_stopped_reply_is_saved_although_its_task_was_cancelled(tmp_path: Path) -> None:
    entered, gate = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection, chat: Conversation) -> None:
        entered.set()
        gate.wait(10)
        conversations.save_conversation(connection, chat)

    database = Database(tmp_path / "chats.db")
    await database.open()
    first, second = conversation("first"), conversation("second", minutes=1)
    tasks = [asyncio.ensure_future(database.run(slow, first))]
    await asyncio.to_thread(entered.wait, 10)
    tasks.append(asyncio.ensure_future(database.run(conversations.save_conversation, second)))
    await asyncio.sleep(0)  # the second one stands in the queue
    for task in tasks:
        task.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*tasks, return_exceptions=True))
    gate.set()
    await database.run(lambda connection: None)
    assert await database.read(conversations.newest) == (second, first)
    await database.close()


async def test_closing_finishes_what_was_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    chats = [conversation(str(number)) for number in range(20)]
    writes = [asyncio.ensure_future(database.run(conversations.save_conversation, chat)) for chat in chats]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writes)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (20,)
    connection.close()


async def test_a_work_that_hangs_does_not_hold_the_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, gate = threading.Event(), threading.Event()

    def hang(connection: sqlite3.Connection) -> None:
        entered.set()
        gate.wait(30)

    monkeypatch.setattr("tui.store.database._CLOSE_S", 0.05)
    database = Database(tmp_path / "chats.db")
    await database.open()
    hanging = asyncio.ensure_future(database.run(hang))
    await asyncio.to_thread(entered.wait, 10)
    await database.close()
    assert not hanging.done()
    gate.set()
    await hanging


@pytest.mark.parametrize("place", ["file", "memory"])
async def test_a_closed_library_says_so(place: str, tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db" if place == "file" else None)
    with pytest.raises(StoreError, match="not open"):
        await database.read(conversations.newest)
    await database.open()
    await database.close()
    await database.close()
    for call in (database.run, database.read):
        with pytest.raises(StoreError, match="closed"):
            await call(conversations.newest)


async def test_a_lock_that_is_held_too_long_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.store.connection.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as caught:
        await database.run(conversations.save_conversation, conversation())
    assert caught.value.message.endswith("could not be written: another program has been writing to it for too long.")
    other.execute("ROLLBACK")
    other.close()
    await database.run(conversations.save_conversation, conversation())
    await database.close()


async def test_an_old_chinwag_stops_writing_when_a_newer_one_has_changed_the_format(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreError, match="newer Chinwag has changed the library's format"):
        await database.run(conversations.save_conversation, conversation())
    assert await database.read(conversations.newest) == ()
    await database.close()


@pytest.mark.parametrize("blocked", ["file in the way", "folder is a file", "no such place"])
async def test_a_home_that_cannot_be_written_is_reported_and_memory_still_works(blocked: str, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    if blocked == "file in the way":
        path.mkdir()
    elif blocked == "folder is a file":
        (tmp_path / "folder").touch()
        path = tmp_path / "folder" / "chats.db"
    else:
        path = Path("/proc/nowhere/chats.db")
    with pytest.raises(StoreError, match=r"The library .* could not be opened: .+\.") as caught:
        await Database(path).open()
    assert caught.value.hint
    memory = Database(None)
    await memory.open()
    await memory.run(conversations.start_turn, *rows(), memory.owner)
    assert len(await memory.read(conversations.newest)) == 1
    await memory.close()


async def test_a_window_learns_of_what_another_one_writes_and_not_of_its_own(tmp_path: Path) -> None:
    mine, other = Database(tmp_path / "chats.db"), Database(tmp_path / "chats.db")
    await mine.open()
    await other.open()
    assert await mine.changed_elsewhere() is False, "opening the other window wrote nothing"
    chat, asked, answer = rows()
    await mine.run(conversations.start_turn, chat, asked, answer, mine.owner)
    assert await mine.changed_elsewhere() is False
    assert await other.changed_elsewhere() is True
    assert await other.changed_elsewhere() is False, "told once"
    await other.run(conversations.checkpoint, answer.id, "half", "", b"[]")
    await other.run(conversations.checkpoint, answer.id, "more", "", b"[]")
    await mine.run(conversations.rename, chat.id, "mine")  # a write of our own in between hides nothing
    assert await mine.changed_elsewhere() is True
    assert (await mine.read(conversations.branch, chat.id))[-1].text == "more"
    await other.read(conversations.newest)
    assert await mine.changed_elsewhere() is False, "reading is no change"
    await other.close()
    await mine.close()


async def test_a_window_learns_of_what_another_process_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tests.support.library import conversation\n"
        "from tui.store import conversations\nfrom tui.store.database import Database\n"
        "async def main():\n    database = Database(Path(sys.argv[1]))\n    await database.open()\n"
        "    await database.run(conversations.save_conversation, conversation('from there'))\n"
        "    await database.close()\n"
        "asyncio.run(main())"
    )
    for number in range(2):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(tmp_path / "chats.db"), cwd=Path(__file__).parents[3]
        )
        assert await child.wait() == 0
        assert await database.changed_elsewhere() is True
        assert len(await database.read(conversations.newest)) == number + 1
        assert await database.changed_elsewhere() is False
    await database.close()


async def test_a_library_in_memory_sorts_in_memory() -> None:
    """What is said in a temporary chat would stand in a file of SQLite's meanwhile."""
    memory = Database(None)
    await memory.open()
    in_memory = 2  # sqlite.org/pragma.html#pragma_temp_store
    assert await memory.read(lambda reader: reader.execute("PRAGMA temp_store").fetchone()) == (in_memory,)
    await memory.close()


async def test_a_library_in_memory_never_changes_elsewhere() -> None:
    database = Database(None)
    await database.open()
    await database.run(conversations.save_conversation, conversation())
    assert await database.changed_elsewhere() is False
    await database.close()


async def test_a_reading_that_nobody_waits_for_any_more_makes_room_for_the_next(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        connection.execute(
            "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) SELECT max(n) FROM more"
        )

    search = asyncio.create_task(database.read(endless))
    await begun.wait()
    search.cancel()  # it may be told before its statement has begun
    assert await database.read(conversations.newest) == ()
    await database.close()


async def test_a_reading_ends_also_in_the_middle_of_an_instruction(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def merged(connection: sqlite3.Connection) -> None:
        """As FTS5 does it: by many statements of its own, within one instruction of whoever asks."""
        loop.call_soon_threadsafe(begun.set)
        for number in count():  # each is too short for the progress handler
            connection.execute(f"SELECT {number}").fetchone()

    def endless(connection: sqlite3.Connection) -> None:
        connection.create_function("merged", 0, lambda: merged(connection))
        connection.execute("SELECT merged()")

    search = asyncio.create_task(database.read(endless))
    await begun.wait()
    search.cancel()
    assert await database.read(conversations.newest) == ()
    await database.close()
