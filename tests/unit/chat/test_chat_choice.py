"""What a person types for a chat means that chat: another one is renamed, exported or thrown away otherwise."""

from dataclasses import replace

import pytest

from tests.support.library import conversation, prompt, reply
from tui.chat.chat_choice import chats_meant
from tui.chat.library import Library
from tui.errors import UsageError
from tui.store import conversations
from tui.store.records import Conversation
from tui.store.search_index import AT_ONCE


async def add(library: Library, title: str, said: str, minutes: int) -> Conversation:
    chat = conversation(title, minutes=minutes)
    asked = prompt(chat, said)
    answer = reply(chat, asked, "because")
    await library.database.run(conversations.save_conversation, replace(chat, active_leaf=answer.id))
    await library.database.run(conversations.append, [asked, answer])
    return chat


@pytest.fixture
async def chats(library: Library) -> tuple[Conversation, ...]:
    """Three, the last one newest; "tea" stands in the title of one and was said in two."""
    return (
        await add(library, "About tea", "Which tea?", 1),
        await add(library, "Trip to Rome", "Is there tea?", 2),
        await add(library, "Trip to Oslo", "\x1b[31m Where is the coffee?", 3),
    )


async def meant(library: Library, wanted: str, *, every: bool = False, trash: bool = False) -> set[str]:
    return {chat.title for chat in await chats_meant(library, wanted, every=every, trash=trash)}


async def test_last_ids_titles_and_words_mean_one_chat(library: Library, chats: tuple[Conversation, ...]) -> None:
    assert await meant(library, "last") == {"Trip to Oslo"}
    assert await meant(library, chats[1].id) == await meant(library, f" {chats[1].id[:-1].upper()}") == {"Trip to Rome"}
    assert await meant(library, "tea") == {"About tea"}, "a title goes before what was said"
    assert await meant(library, "coffee in:prompt") == {"Trip to Oslo"}
    assert await meant(library, "trip -oslo") == {"Trip to Rome"}


async def test_what_means_several_lists_them_and_chooses_none(
    library: Library, chats: tuple[Conversation, ...]
) -> None:
    with pytest.raises(UsageError) as raised:
        await meant(library, "trip")
    head, first, second = raised.value.message.splitlines()
    assert "more than one" in head and "Oslo" in first + second and "Rome" in first + second
    assert await meant(library, first.split()[0]) < {"Trip to Rome", "Trip to Oslo"}
    assert await meant(library, "trip", every=True) == {"Trip to Rome", "Trip to Oslo"}
    assert await meant(library, "tea", every=True) == {"About tea", "Trip to Rome"}


async def test_the_trash_is_a_place_of_its_own(library: Library, chats: tuple[Conversation, ...]) -> None:
    with pytest.raises(UsageError, match="no conversation in the trash"):
        await meant(library, "last", trash=True)
    await library.folders.delete([chats[1].id])
    for wanted in ("last", chats[1].id[:30], "rome"):
        assert await meant(library, wanted, trash=True) == {"Trip to Rome"}
    assert await meant(library, "trip") == {"Trip to Oslo"}
    with pytest.raises(UsageError, match="lies in the trash") as raised:
        await meant(library, chats[1].id)
    assert raised.value.hint == f"Bring it back: chinwag rm --undo {chats[1].id}"
    with pytest.raises(UsageError, match="in the trash") as raised:
        await meant(library, "oslo", trash=True)
    assert "chinwag chats --trash" in raised.value.hint


async def test_a_deleted_message_makes_its_chat_none_of_the_trash(
    library: Library, chats: tuple[Conversation, ...]
) -> None:
    (said, _) = await library.tree(chats[0].id)
    await library.branches.trash(chats[0].id, said.id)
    for wanted, every in (("is:bin which", False), ("is:bin which", True)):
        with pytest.raises(UsageError):
            await meant(library, wanted, every=every, trash=True)


async def test_a_title_that_is_just_that_goes_before_its_copy(library: Library) -> None:
    await add(library, "Rome in May", "a", 1)
    await add(library, "Rome in May (copy)", "b", 2)
    assert await meant(library, "rome in may") == {"Rome in May"}
    await add(library, "Rome in May", "c", 3)
    with pytest.raises(UsageError):
        await meant(library, "rome in may")


async def test_many_that_went_to_the_trash_at_once_are_all_found_there(library: Library) -> None:
    many = [conversation(f"Trip number {number}") for number in range(AT_ONCE + 5)]
    for one in many:
        await library.database.run(conversations.save_conversation, one)
    await library.search.build()
    await library.folders.delete([one.id for one in many])
    found = await chats_meant(library, "trip", every=True, trash=True, get_ready=library.search.build)
    assert len(found) == len(many), "those that are missing could not be brought back as they went"


async def test_what_means_nothing_is_refused(library: Library, chats: tuple[Conversation, ...]) -> None:
    for wanted in ("nope", "", "  ", "%", "0198%", '"', "\x1b[7mz", "is:nonsense", "x" * 5_000, "\ud800"):
        for every in (False, True):
            with pytest.raises(UsageError) as raised:
                await meant(library, wanted, every=every)
            assert "\x1b" not in raised.value.message and len(raised.value.message) < 300
