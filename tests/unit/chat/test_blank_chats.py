"""Chats in which nothing was sent yet: until another window, or this one, sends something."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.library import conversation, open_library, prompt, reply
from tui.chat.blank_chats import BlankChats
from tui.chat.prompt import Prompt
from tui.chat.unsent import UnsentPrompts
from tui.store import conversations as rows
from tui.store.database import Database
from tui.store.records import Conversation


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_library(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def store(database: Database, chat: Conversation) -> None:
    """What another window does when something is sent in the chat there."""
    asked = prompt(chat)
    await database.run(
        lambda connection: rows.start_turn(
            connection, conversation=chat, prompt=asked, reply=reply(chat, asked), owner="other", attachments=()
        )
    )


async def test_a_chat_is_blank_until_something_is_sent_in_any_window(database: Database) -> None:
    blank_chats = BlankChats(database, UnsentPrompts(database))
    chat = conversation("")
    blank_chats.add(chat)
    assert await blank_chats.has(chat.id) and await blank_chats.find(chat.id) == chat
    await store(database, chat)
    assert not await blank_chats.has(chat.id) and blank_chats.known(chat.id) == chat
    assert await blank_chats.change(chat.id, model="a:late") is None, "its row is changed then"
    assert not await blank_chats.drop(chat.id) and blank_chats.known(chat.id) is None


async def test_what_was_chosen_for_it_goes_with_its_draft(database: Database) -> None:
    unsent = UnsentPrompts(database)
    blank_chats = BlankChats(database, unsent)
    chat = conversation("")
    blank_chats.add(chat)
    await unsent.put_draft("d", chat.id, Prompt("half a thought"), model=chat.model, settings=chat.settings)
    changed = await blank_chats.change(chat.id, model="a:chosen")
    assert changed is not None and changed.model == "a:chosen"
    (again,) = await BlankChats(database, UnsentPrompts(database)).all()
    assert (again.id, again.model, again.title) == (chat.id, "a:chosen", "half a thought")
    assert await blank_chats.drop(chat.id) and await blank_chats.all() == ()


async def test_one_that_is_sent_to_is_handed_over_as_it_was_left(database: Database) -> None:
    blank_chats = BlankChats(database, UnsentPrompts(database))
    chat = conversation("")
    blank_chats.add(chat)
    await blank_chats.change(chat.id, title="Named")
    taken = blank_chats.take(chat.id)
    assert taken is not None and taken.title == "Named"
    assert blank_chats.take(chat.id) is None and not await blank_chats.has(chat.id)
