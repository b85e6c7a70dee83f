"""A library that lost a part of itself must say so at the next start, and not when the lost chat is looked for."""

import math
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.support.library import conversation, prompt, reply
from tui.store import conversations, integrity, opening
from tui.store.backups import back_up
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.records import Message

PAGE = 4096


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a library with four long texts."""
    import asyncio

    path = tmp_path_factory.mktemp("whole") / "chats.db"

    async def fill() -> None:
        database = Database(path)
        await database.open()
        chat = conversation()
        last: Message | None = None
        for word in ("one", "two"):
            asked = prompt(chat, f"{word} " * 3000, parent=last)
            last = reply(chat, asked, f"answer {word} " * 3000)
            await database.run(conversations.start_turn, chat, asked, last, database.owner)
        await database.close()

    asyncio.run(fill())
    return path.read_bytes()


async def opened(path: Path) -> tuple[str, list[str]]:
    """The notice of a start, and the texts that are there after it."""
    database = Database(path)
    await database.open()
    texts = []
    for chat in await database.read(conversations.newest):
        texts += [row.text for row in await database.read(conversations.tree, chat.id)]
    await database.close()
    return database.notice, texts


def kept(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in path.parent.glob("chats.db.corrupt-*")]


@pytest.mark.parametrize("missing", [1, 2, 100, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 7])
async def test_a_library_whose_end_is_missing_is_found_kept_and_read(
    library: bytes, missing: int, tmp_path: Path
) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library[:-missing])
    notice, texts = await opened(path)
    assert "The library was damaged" in notice and "messages could be read and are here" in notice
    assert kept(path) == [library[:-missing]]
    assert texts and all("\x00" not in text for text in texts)
    whole = {f"{word} " * 3000 for word in ("one", "two", "answer one", "answer two")}
    assert len(whole & set(texts)) >= 2, "only what lay in the lost part is lost"
    assert await opened(path) == ("", texts)


def test_wherever_it_is_cut_it_is_noticed(library: bytes, tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "chats.db"
    for size in Random(0).sample(range(1, len(library)), 10 * rounds):
        path.write_bytes(library[:size])
        assert "was damaged" in opening.ready(path, check_s=0), size
        path.unlink()


def zeros_at_the_end(content: bytes) -> bytes:
    return content[: -2 * PAGE] + bytes(2 * PAGE)


def a_hole(content: bytes) -> bytes:
    return content[: 4 * PAGE] + bytes(PAGE) + content[5 * PAGE :]


def pages_in_the_wrong_place(content: bytes) -> bytes:
    return content[: 3 * PAGE] + content[5 * PAGE : 6 * PAGE] + content[4 * PAGE :]


@pytest.mark.parametrize("change", [zeros_at_the_end, a_hole, pages_in_the_wrong_place])
async def test_a_library_that_changed_after_it_was_closed_is_looked_through(
    library: bytes, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    assert (await opened(path))[0] == ""
    damaged = change(path.read_bytes())
    path.write_bytes(damaged)
    notice, _ = await opened(path)
    assert "The library was damaged" in notice
    assert kept(path) == [damaged]


async def test_a_library_as_it_was_closed_is_not_looked_through_again(
    library: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    fault_of = integrity.fault_of

    def counted(path: Path, connection: sqlite3.Connection, check_s: float) -> str:
        looks.append(check_s)
        return fault_of(path, connection, check_s)

    monkeypatch.setattr(opening, "fault_of", counted)
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    for _ in range(2):
        await opened(path)
    os.utime(path)
    await opened(path)
    (tmp_path / "running" / "0123456789abcdef").touch()  # what a killed Chinwag leaves behind
    await opened(path)
    assert looks == [integrity.BRIEF_S, 0, integrity.BRIEF_S, math.inf]


async def test_a_second_window_does_not_look_through_what_the_first_one_writes(
    library: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    first = Database(path)
    await first.open()
    await first.run(conversations.save_conversation, conversation("new"))
    monkeypatch.setattr(integrity, "_checked", pytest.fail)
    assert (await opened(path))[0] == ""
    await first.close()
    assert (await opened(path))[0] == ""


def test_a_look_through_a_large_library_ends_in_time_and_accuses_nobody(
    library: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(a_hole(library))
    monkeypatch.setattr(integrity, "_STEPS", 1)
    with closing(connect(path, mode="ro")) as connection:
        assert integrity.fault_of(path, connection, 1e-9) == ""
        assert integrity.fault_of(path, connection, math.inf) != ""
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (1,)


async def test_a_copy_with_its_log_and_without_the_rest_is_looked_through(library: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source" / "chats.db"
    source.parent.mkdir()
    source.write_bytes(library)
    first = Database(source)
    await first.open()
    await first.run(conversations.save_conversation, conversation("in the log"))
    copy = tmp_path / "copy" / "chats.db"
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        copy.with_name(f"chats.db{suffix}").write_bytes(source.with_name(f"chats.db{suffix}").read_bytes())
    await first.close()
    database = Database(copy)
    await database.open()
    titles = {chat.title for chat in await database.read(conversations.newest)}
    await database.close()
    assert "in the log" in titles and database.notice == ""


async def test_a_cut_backup_is_passed_over(library: bytes, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    with closing(connect(path)) as connection:
        good = back_up(path, connection, "migration").path
        cut = back_up(path, connection, "migration").path
    cut.write_bytes(cut.read_bytes()[:-10])
    path.write_bytes(b"")
    notice, texts = await opened(path)
    assert good.name in notice and len(texts) == 4
