"""What was asked before, over all conversations: newest first, bounded, without what is in the trash."""

import sqlite3

from tests.support.library import NOON, conversation, prompt, reply
from tui.store import conversations, folders
from tui.store.migrations import migrate
from tui.store.past_prompts import past_prompts


def test_the_newest_prompts_of_all_conversations_that_are_not_deleted() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    chats = [conversation(title, minutes=minute) for minute, title in enumerate(("One", "Two", "Three"))]
    for chat in chats:
        asked = prompt(chat, f"about {chat.title}")
        conversations.start_turn(connection, chat, asked, reply(chat, asked, "an answer"), "me")
    folders.delete(connection, [chats[1].id], NOON)
    found = past_prompts(connection, 10)
    assert [(one.text, one.title, one.conversation_id) for one in found] == [
        ("about Three", "Three", chats[2].id),
        ("about One", "One", chats[0].id),
    ]
    assert past_prompts(connection, 1) == found[:1]
    connection.close()
