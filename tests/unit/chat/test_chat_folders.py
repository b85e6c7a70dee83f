"""Chats are pinned, archived, tagged and thrown away together, and nothing of them is lost on the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tui.chat.library import Library
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import ChatFolder, Conversation


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


async def add(library: Library, *titles: str) -> list[Conversation]:
    chats = [conversation(title, minutes=number) for number, title in enumerate(titles)]
    for chat in chats:
        asked = prompt(chat)
        rows = (chat, asked, reply(chat, asked, "Because."), "")
        await library.database.run(conversations.start_turn, *rows)
    return chats


async def titles(library: Library, folder: ChatFolder = "chats", tag: str = "") -> list[str]:
    return [chat.title for chat in await library.folders.page(folder, tag=tag)]


async def test_each_chat_is_in_its_folder(library: Library) -> None:
    a, b, c, d = await add(library, "a", "b", "c", "d")
    await library.folders.pin([a.id, b.id])
    await library.folders.archive([c.id])
    await library.folders.delete([d.id, b.id])
    assert (await titles(library), await titles(library, "pinned")) == (["a"], ["a"])
    assert (await titles(library, "archived"), await titles(library, "trash")) == (["c"], ["d", "b"])
    await library.folders.restore([b.id])
    assert await titles(library, "pinned") == ["b", "a"]
    await library.folders.pin([b.id], False)
    await library.folders.archive([c.id], False)
    assert (await titles(library, "pinned"), await titles(library)) == (["a"], ["c", "b", "a"])


async def test_all_of_them_are_reached_page_by_page(library: Library) -> None:
    chats = await add(library, *"abcdefg")
    for folder in ("chats", "archived", "trash"):
        if folder == "archived":
            await library.folders.archive([chat.id for chat in chats])
        if folder == "trash":
            await library.folders.delete([chat.id for chat in chats])
        seen: list[str] = []
        page = await library.folders.page(folder, limit=3)
        while page:
            seen += [chat.title for chat in page]
            page = await library.folders.page(folder, limit=3, before=page[-1])
        assert sorted(seen) == list("abcdefg"), folder


async def test_tags_are_counted_found_and_taken_away(library: Library) -> None:
    a, b, _ = await add(library, "a", "b", "c")
    await library.folders.tag([a.id, b.id], ["trip", "rome"])
    await library.folders.tag([a.id], ["trip"])
    assert await library.folders.tags() == {"rome": 2, "trip": 2}
    assert (await library.find(a.id)).tags == ("rome", "trip")
    await library.folders.tag([a.id], (), ["trip"])
    assert await titles(library, tag="trip") == ["b"]
    await library.folders.delete([b.id])
    assert await library.folders.tags() == {"rome": 1}


async def test_a_chat_that_goes_on_is_archived_no_more(library: Library) -> None:
    (chat,) = await add(library, "a")
    await library.folders.archive([chat.id])
    stored = await library.find(chat.id)
    asked = prompt(chat)
    await library.database.run(conversations.start_turn, stored, asked, reply(chat, asked), "")
    assert await titles(library) == ["a"]


async def test_only_what_lies_in_the_trash_goes_for_good(library: Library) -> None:
    a, b = await add(library, "a", "b")
    await library.folders.delete([a.id])
    assert await library.folders.delete_for_good([a.id, b.id]) == 1
    assert (await titles(library), await titles(library, "trash")) == (["b"], [])


async def test_a_reply_that_nobody_saw_is_unread_until_somebody_does(library: Library) -> None:
    (chat,) = await add(library, "a")
    await library.folders.mark_unread([chat.id])
    assert (await library.find(chat.id)).unread
    await library.folders.mark_unread([chat.id], False)
    assert not (await library.find(chat.id)).unread


async def test_all_chats_with_an_unseen_answer_are_known_wherever_they_are_but_in_the_trash(library: Library) -> None:
    a, b, c, _ = await add(library, "a", "b", "c", "d")
    await library.folders.mark_unread([a.id, b.id, c.id])
    await library.folders.archive([b.id])
    await library.folders.delete([c.id])
    assert await library.folders.unread() == {a.id, b.id}
