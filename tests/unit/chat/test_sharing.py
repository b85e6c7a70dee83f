"""Sharing behind an app: what it says, and that telling others looks to nobody as if another window had written."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.library import conversation, prompt
from tui.chat.credentials.lookup import KeyLookup
from tui.chat.sharing import LAST_S, Sharing
from tui.config import LibraryConfig
from tui.config.providers import ProviderConfig
from tui.store import conversations
from tui.store.database import Database
from tui.store.journal import Journal
from tui.sync.address import read_address


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  a thread tells nobody
            await asyncio.sleep(0.02)


async def test_what_is_told_is_no_change_of_another_window(tmp_path: Path, hub_url: str) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    shared = Sharing(
        LibraryConfig(read_address(hub_url), ProviderConfig("library")), database, KeyLookup(tmp_path / "credentials")
    )
    heard = asyncio.Event()
    try:
        await shared.start(heard.set)
        await _until(lambda: shared.shown == "shared")
        await database.changed_elsewhere()
        chat = conversation()
        await database.run(conversations.save_conversation, chat)
        await database.run(conversations.append, [prompt(chat)])
        with closing(Journal(tmp_path / "chats.db")) as journal:
            await _until(lambda: not journal.waits)
        assert not await database.changed_elsewhere()
        assert shared.news(time.monotonic()) == ("", False) and not heard.is_set()
    finally:
        await shared.aclose()
        await database.close()
    assert shared.shown == ""


async def test_what_is_wrong_is_said_once_and_the_end_waits_for_nobody(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    address = read_address(f"postgresql:///library?host={tmp_path}")
    shared = Sharing(LibraryConfig(address, ProviderConfig("library")), database, KeyLookup(tmp_path / "credentials"))
    try:
        await shared.start(lambda: None)
        await _until(lambda: "offline" in shared.shown)
        assert shared.news(time.monotonic()) == ("", False), "it may be back in a moment"
        said, lasting = shared.news(time.monotonic() + 60)
        assert "cannot be reached" in said and "Nothing is lost" in said and not lasting
        assert shared.news(time.monotonic() + 60) == ("", False)
    finally:
        began = time.monotonic()
        await shared.aclose()
        assert time.monotonic() - began < LAST_S + 1
        await database.close()
