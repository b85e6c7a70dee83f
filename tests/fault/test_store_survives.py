"""kill -9 at any moment, two windows at once, a full disk: no prompt is lost, no library breaks.

`pytest tests/fault/test_store_survives.py --rounds 200` is the long battery.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.bench.large_library import make as make_library
from tests.support.forked import Forked
from tests.support.library import conversation
from tui.chat.library_search import LibrarySearch
from tui.store import conversations
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS
from tui.store.records import Message
from tui.store.search_records import SearchFilter, SearchQuery

ROOT = Path(__file__).parents[2]


@contextmanager
def child(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = Forked(
        [sys.executable, "-m", "tests.support.store_child", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return bool(found == "ok")


async def test_killed_in_mid_stream_the_prompt_and_the_partial_reply_are_there(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "chats.db"
    acknowledged: dict[str, int] = {}
    for number in range(rounds):
        with child("stream", path) as streaming:
            chat = line_of(streaming)
            acknowledged[chat] = 0
            for _ in range(Random(number).randrange(40)):
                acknowledged[chat] = int(line_of(streaming))
            streaming.kill()

        database = Database(path)
        await database.open()
        assert database.notice == ""
        for id, words in acknowledged.items():
            asked, answer = await database.read(conversations.branch, id)
            assert asked.text == "the prompt"
            assert answer.state == "interrupted"
            assert words <= answer.text.count("word") == answer.thinking.count("thought")
        await database.close()
        assert sound(path)


async def test_killed_while_another_window_is_open_the_reply_is_marked_there(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    with child("stream", tmp_path / "chats.db") as streaming:
        chat = line_of(streaming)
        line_of(streaming)
        assert await database.interrupt_orphans() == 0
        assert (await database.read(conversations.branch, chat))[-1].state == "streaming"
        streaming.kill()
        streaming.wait()
        assert await database.interrupt_orphans() == 1
    assert (await database.read(conversations.branch, chat))[-1].state == "interrupted"
    await database.close()


async def test_killed_at_each_statement_of_a_migration_the_library_still_opens(tmp_path: Path, rounds: int) -> None:
    with child("migrate", tmp_path / "whole" / "chats.db", 0) as migrating:
        statements = int(line_of(migrating))
    for fatal in (*range(1, statements, 1 if rounds > 3 else 16), statements):  # the last one is a COMMIT
        path = tmp_path / str(fatal) / "chats.db"
        with child("migrate", path, fatal) as migrating:
            assert line_of(migrating) == ""
        database = Database(path)
        await database.open()
        await database.run(conversations.save_conversation, conversation())
        await database.close()
        assert sound(path) and database.notice == ""


async def test_two_windows_write_at_once_and_nothing_is_lost(tmp_path: Path, rounds: int) -> None:
    path, count, shared = tmp_path / "chats.db", rounds * 10, "00000000-0000-7000-8000-000000000000"
    with child("write", path, "a", count, shared) as first, child("write", path, "b", count, shared) as second:
        for process in (first, second):
            assert line_of(process) == "ready"
        for process in (first, second):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [line_of(first), line_of(second)] == ["done", "done"]

    database = Database(path)
    await database.open()
    chats = await database.read(conversations.newest)
    trees: dict[str, tuple[Message, ...]] = {
        chat.title: await database.read(conversations.tree, chat.id) for chat in chats
    }
    await database.close()
    expected = {name: {f"{name} {number}" for number in range(count)} for name in "ab"}
    expected["shared"] = expected["a"] | expected["b"]
    assert {title: {row.text for row in tree if row.kind == "prompt"} for title, tree in trees.items()} == expected
    replies = [row for tree in trees.values() for row in tree if row.kind == "reply"]
    assert len(replies) == 4 * count and {row.state for row in replies} == {"done"}


async def test_killed_while_older_chats_are_indexed_it_goes_on_where_it_was(tmp_path: Path, rounds: int) -> None:
    old = tmp_path / "old.db"
    make_library(old, messages := 4_000, MIGRATIONS[:3])
    for number in range(rounds):
        path = tmp_path / str(number) / "chats.db"
        path.parent.mkdir()
        shutil.copy(old, path)
        with child("index", path) as indexing:
            said = [line_of(indexing) for _ in range(Random(number).randrange(1, 8))]
        database = Database(path)
        await database.open()
        library = LibrarySearch(database)
        done = max(int(line) for line in said if line.isdecimal())
        assert (await library.progress()).done >= done
        await library.build()
        await library.merge()
        either = SearchQuery(filters=(SearchFilter("model", "none", excluded=True),))
        assert len(await library.messages(either, 2 * messages)) == messages
        await database.close()
        assert sound(path)


async def test_two_windows_start_at_the_same_time_on_a_new_home(tmp_path: Path, rounds: int) -> None:
    for number in range(rounds):
        path = tmp_path / str(number) / "chats.db"
        with child("write", path, "a", 0, "") as first, child("write", path, "b", 0, "") as second:
            assert [line_of(first), line_of(second)] == ["ready", "ready"]


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on the size of files stands in for the full disk")
def test_a_full_disk_is_said_in_words_and_nothing_saved_is_lost(tmp_path: Path) -> None:
    with child("fill", tmp_path / "chats.db") as filling:
        output, _ = filling.communicate()
    *messages, during, after = output.splitlines()
    assert len(messages) == 2
    assert all("could not be written: the disk" in message for message in messages)
    assert (during, after) == ("before", "after")
    assert sound(tmp_path / "chats.db")
