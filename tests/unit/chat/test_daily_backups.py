"""Who never thinks of backups has one of yesterday; whose disk is full is told once, and goes on."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.library import conversation
from tui.chat.daily_backups import DailyBackups
from tui.chat.library import Library
from tui.store import backups, conversations
from tui.store.database import Database

TODAY = date.today()


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    await database.run(conversations.save_conversation, conversation())
    yield Library(database)
    await database.close()


def made(library: Library) -> int:
    path = library.database.path
    return len(backups.backups(path)) if path else 0


async def test_one_a_day_of_all_windows(library: Library) -> None:
    windows = [DailyBackups(library, lambda: 7) for _ in range(3)]
    assert [await window.see_to(TODAY) for window in windows] == [""] * 3
    assert made(library) == 1
    await library.database.run(conversations.save_conversation, conversation())
    assert library.database.path
    with backups.only_one(library.database.path):  # as another window is at it
        assert await windows[0].see_to(TODAY + timedelta(days=1)) == ""
    assert made(library) == 1
    assert await windows[1].see_to(TODAY + timedelta(days=1)) == "" and made(library) == 2


async def test_so_many_are_kept_and_0_makes_none(library: Library) -> None:
    kept = 0
    daily = DailyBackups(library, lambda: kept)
    await daily.see_to(TODAY)
    assert made(library) == 0
    kept = 2
    for day in range(4):
        await library.database.run(conversations.save_conversation, conversation())
        assert await daily.see_to(TODAY + timedelta(days=day)) == ""
    assert made(library) == 2


async def test_a_full_disk_is_told_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "RESERVE_BYTES", 1 << 60)
    daily = DailyBackups(library, lambda: 7)
    told = await daily.see_to(TODAY)
    assert told.startswith("Today's backup was not made. There is no room in ")
    assert await daily.see_to(TODAY) == "" and made(library) == 0
    monkeypatch.undo()
    assert await daily.see_to(TODAY) == "" and made(library) == 1


async def test_a_library_in_memory_is_left_alone() -> None:
    database = Database(None)
    await database.open()
    assert await DailyBackups(Library(database), lambda: 7).see_to(TODAY) == ""
    await database.close()
