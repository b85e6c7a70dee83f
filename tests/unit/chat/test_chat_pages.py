"""However long the list of chats is, each of them is reached, both ends are near, and little of it is in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt
from tui.chat import chat_pages
from tui.chat.chat_pages import ChatPages
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.store import unsent
from tui.store.catch_up import catch_up
from tui.store.database import Database
from tui.store.records import UnsentPrompt


@pytest.fixture
async def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Library]:
    monkeypatch.setattr(chat_pages, "PAGE", 3)
    monkeypatch.setattr(chat_pages, "MOST", 6)
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


async def add(library: Library, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        chat = conversation(str(number), minutes=number)
        await library.database.run(catch_up, chat, [prompt(chat)])


def titles(pages: ChatPages) -> list[str]:
    return [chat.title for chat in pages.listed.chats]


async def test_going_down_and_up_again_reaches_every_chat_and_keeps_few_of_them(library: Library) -> None:
    await add(library, 11)
    pages = ChatPages(library)
    await pages.first()
    seen = titles(pages)
    assert (seen, pages.listed.above, pages.listed.below) == (["10", "9", "8"], False, True)
    while pages.listed.below:
        await pages.further(down=True)
        seen += [title for title in titles(pages) if title not in seen]
        assert len(pages.listed.chats) <= 6
    assert seen == [str(number) for number in range(10, -1, -1)]
    assert (titles(pages)[-1], pages.listed.above) == ("0", True)
    while pages.listed.above:
        await pages.further(down=False)
        assert len(pages.listed.chats) <= 6
    assert titles(pages) == ["10", "9", "8", "7", "6", "5"] and pages.listed.below


async def test_the_end_is_reached_at_once_and_what_happens_elsewhere_leaves_the_stretch_where_it_is(
    library: Library,
) -> None:
    await add(library, 11)
    pages = ChatPages(library)
    await pages.first()
    await pages.last()
    assert (titles(pages), pages.listed.above, pages.listed.below) == (["2", "1", "0"], True, False)
    await add(library, 2, first=11)
    await library.folders.delete([pages.listed.chats[1].id])
    await pages.again()
    assert (titles(pages), pages.listed.above, pages.listed.below) == (["2", "0"], True, False)
    await pages.first()
    await add(library, 1, first=13)
    await pages.again()
    assert titles(pages) == ["13", "12", "11"]


async def test_drafts_and_pinned_chats_are_at_hand_without_a_gap_in_what_is_read_on(library: Library) -> None:
    await add(library, 8)
    pages = ChatPages(library)
    old = (await pages.last()).chats[-1]
    await library.folders.pin([old.id])
    draft = replace(library.new("openai:gpt-5.6"), title="")
    await library.put_draft("d", draft.id, Prompt("not sent"))
    await pages.first()
    assert [chat.id for chat in pages.listed.pinned] == [old.id]
    assert pages.listed.chats[0].id == draft.id and titles(pages)[1:] == ["7", "6", "5"]
    await pages.further(down=True)
    assert titles(pages)[1:] == ["7", "6", "5", "4", "3", "2"]
    await pages.first("pinned")
    assert titles(pages) == ["0"] and not pages.listed.pinned


async def test_a_draft_stands_at_its_time_and_never_goes_along_with_the_end_of_what_is_read(library: Library) -> None:
    await add(library, 11)
    for number, text in ((4, "older"), (20, "newer")):
        draft = UnsentPrompt(text, text, None, text, "m", "{}", conversation("", minutes=number).updated_at)
        await library.database.run(unsent.save, [(draft, None)], library.database.owner, (), ())
    pages = ChatPages(library)
    await pages.first()
    assert titles(pages) == ["newer", "10", "9", "8"] and [chat.id for chat in pages.listed.drafts] == ["older"]
    await pages.further(down=True)
    assert titles(pages) == ["newer", "10", "9", "8", "7", "6", "5"], "it is further down"
    await pages.further(down=True)
    assert titles(pages) == ["7", "6", "5", "older", "4", "3", "2"], "between those before and after it"
    assert [chat.id for chat in pages.listed.drafts] == ["newer"]
    await library.folders.delete([chat.id for chat in pages.listed.chats])
    await pages.again()
    assert {*titles(pages)} <= {"1", "0", "newer", "older"}, "the stretch is gone"


async def test_a_tag_is_a_list_of_its_own(library: Library) -> None:
    await add(library, 9)
    chats = (await library.folders.page())[::2]
    await library.folders.tag([chat.id for chat in chats], ["trip"])
    pages = ChatPages(library)
    await pages.first(tag="trip")
    await pages.further(down=True)
    assert titles(pages) == ["8", "6", "4", "2", "0"] and not pages.listed.below
