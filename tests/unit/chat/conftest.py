"""A real library on disk for every test of the chat room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui.chat.library import Library
from tui.store.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)
