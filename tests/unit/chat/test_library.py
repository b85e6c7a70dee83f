"""The person's conversations: found again by any handle, changed before and after they are on disk."""

import asyncio
from pathlib import Path

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.errors import StoreError, UsageError
from tui.store.database import Database
from tui.store.records import Conversation


async def talk(library: Library, text: str) -> Conversation:
    conversation = library.new("fake:one")
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["answer"])})
    async for _ in Turn(conversation, library, catalog, Prompt(text)).events():
        pass
    return await library.current(conversation)


async def test_a_new_conversation_is_not_on_disk_until_its_first_prompt(library: Library, database: Database) -> None:
    draft = library.new("fake:one", ChatSettings(temperature=1.0))
    assert await library.conversations() == []
    assert (await library.open(draft.id)).messages == ()
    assert (await Library(database).conversations()) == []
    assert ChatSettings.from_json(draft.settings) == ChatSettings(temperature=1.0)


async def test_a_draft_can_be_changed_and_its_first_turn_knows(library: Library) -> None:
    draft = library.new("fake:one")
    draft = await library.set_model(draft.id, "fake:two")
    await library.set_settings(draft.id, ChatSettings(max_tokens=5))
    await library.rename(draft.id, "By hand")
    two = ScriptedModel(["I am two"])
    async for _ in Turn(draft, library, ScriptedCatalog({"fake:two": two}), Prompt("hi")).events():
        pass
    opened = await library.open(draft.id)
    assert (opened.conversation.model, opened.conversation.title) == ("fake:two", "By hand")
    assert two.asked[0].settings == {"max_tokens": 5}


async def test_the_newest_conversation_comes_first_and_last_means_it(library: Library) -> None:
    first, second = await talk(library, "first"), await talk(library, "second")
    assert [one.title for one in await library.conversations()] == ["second", "first"]
    assert (await library.find("last")).id == second.id
    async for _ in Turn(first, library, ScriptedCatalog({"fake:one": ScriptedModel()}), Prompt("again")).events():
        pass
    assert (await library.find("last")).id == first.id
    assert [one.id for one in await library.conversations(limit=1)] == [first.id]


async def test_a_conversation_is_found_by_the_beginning_of_its_id(library: Library) -> None:
    conversation = await talk(library, "hello")
    assert (await library.find(conversation.id)).id == conversation.id
    assert (await library.find(conversation.id[:30].upper())).id == conversation.id


async def test_what_cannot_be_found_says_what_to_give(library: Library) -> None:
    with pytest.raises(UsageError, match="no conversation yet"):
        await library.find("last")
    one, two = await talk(library, "one"), await talk(library, "two")
    common = "".join(a for a, b in zip(one.id, two.id, strict=True) if a == b)[:4]
    with pytest.raises(UsageError, match="more than one conversation"):
        await library.find(common)
    with pytest.raises(UsageError, match='There is no conversation "nope"'):
        await library.find("nope")


async def test_a_deleted_conversation_is_gone_from_the_list_and_can_come_back(library: Library) -> None:
    conversation = await talk(library, "hello")
    await library.folders.delete([conversation.id])
    assert await library.conversations() == []
    await library.folders.restore([conversation.id])
    assert [one.id for one in await library.conversations()] == [conversation.id]
    draft = library.new("fake:one")
    assert await library.blank_chats.has(draft.id)
    await library.folders.delete([draft.id])
    with pytest.raises(StoreError):
        await library.open(draft.id)


async def test_a_chat_whose_messages_were_all_deleted_is_no_draft_and_can_come_back(library: Library) -> None:
    """The app asked whether to delete "what you wrote", and offered no way back."""
    conversation = await talk(library, "hello")
    (first, _) = (await library.open(conversation.id)).messages
    emptied = await library.branches.trash(conversation.id, first.id)
    assert emptied.active_leaf is None and not await library.blank_chats.has(conversation.id)
    await library.folders.delete([conversation.id])
    await library.folders.restore([conversation.id])
    await library.branches.restore(conversation.id, first.id)
    assert len((await library.open(conversation.id)).messages) == 2


async def test_asking_again_shows_the_new_answer_and_keeps_the_old(library: Library) -> None:
    conversation = await talk(library, "hello")
    old = conversation.active_leaf
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["another answer"])})
    async for _ in Turn(conversation, library, catalog, None).events():
        pass
    assert (await library.open(conversation.id)).messages[-1].text == "another answer"
    kept = {message.id: message.text for message in await library.tree(conversation.id)}
    assert old is not None and kept[old] == "answer"


async def test_a_library_in_memory_works_like_any_other() -> None:
    memory = Database(None)
    await memory.open()
    conversation = await talk(Library(memory), "hello")
    assert conversation.title == "hello"
    await memory.close()


async def test_two_libraries_on_one_file_see_each_others_turns(database: Database, tmp_path: Path) -> None:
    other = Database(tmp_path / "chats.db")
    await other.open()
    mine, theirs = Library(database), Library(other)
    await asyncio.gather(talk(mine, "from here"), talk(theirs, "from there"))
    assert {one.title for one in await mine.conversations()} == {"from here", "from there"}
    assert {one.title for one in await theirs.conversations()} == {"from here", "from there"}
    await other.close()
