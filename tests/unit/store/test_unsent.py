"""What a person would lose if a statement were wrong: what was written and not sent, or the trust that it goes once."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tui.chat.ids import new_id
from tui.errors import AlreadySentError
from tui.store import conversations, folders, unsent
from tui.store.migrations import migrate
from tui.store.records import Attachment, UnsentPrompt

IMAGE = b"an image"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    migrate(opened)
    yield opened
    opened.close()


def written(chat: str, text: str, place: int | None = None, *, minutes: int = 0) -> UnsentPrompt:
    return UnsentPrompt(new_id(), chat, place, text, "a:b", "{}", NOON + timedelta(minutes=minutes))


def files(row: UnsentPrompt, *contents: bytes) -> Callable[[], Sequence[Attachment]]:
    rows = [Attachment(sha256(data).hexdigest(), row.id, "a.png", "image/png", data) for data in contents]
    return lambda: rows


def dead(owner: str) -> bool:
    return False


def alive(owner: str) -> bool:
    return True


def stored(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM contents").fetchone()[0])


def test_a_draft_comes_back_as_it_was_written_last_with_its_files(connection: sqlite3.Connection) -> None:
    row = written("chat", "half")
    unsent.save(connection, [(row, files(row, IMAGE, b"more"))], "me")
    row = replace(row, text="half a thought \ud800", written_at=NOON + timedelta(hours=1))
    unsent.save(connection, [(row, None)], "me")
    (found,) = unsent.adopt(connection, "chat", "me", alive)
    assert (found.text, found.written_at, found.position) == ("half a thought �", row.written_at, None)
    assert [(file.data, file.name, file.media_type) for file in found.files] == [
        (IMAGE, "a.png", "image/png"), (b"more", "a.png", "image/png"),
    ]  # fmt: skip
    assert unsent.adopt(connection, "chat", "me", alive, [row.id]) == (), "known already"


def test_a_living_window_keeps_what_it_writes_and_a_dead_one_leaves_it_to_the_first_that_asks(
    connection: sqlite3.Connection,
) -> None:
    for owner in ("one", "two"):
        unsent.save(connection, [(written("chat", f"of {owner}"), None)], owner)
    assert unsent.adopt(connection, "chat", "me", alive) == ()
    assert unsent.chats(connection, "me", alive) == frozenset()
    assert [row.text for row in unsent.adopt(connection, "chat", "me", lambda owner: owner == "two")] == ["of one"]
    assert unsent.adopt(connection, "chat", "she", lambda owner: owner in ("me", "two")) == ()
    assert [row.text for row in unsent.adopt(connection, "chat", "she", dead)] == ["of one", "of two"]


def test_a_prompt_takes_the_place_of_those_whose_words_it_has(connection: sqlite3.Connection) -> None:
    one, two = written("chat", "one"), written("chat", "two", 0)
    unsent.save(connection, [(one, None), (two, None)], "me")
    unsent.save(connection, [(replace(one, text="one\ntwo"), None)], "me", [two.id])
    assert [row.text for row in unsent.adopt(connection, "chat", "me", alive)] == ["one\ntwo"]


def test_the_queue_keeps_its_order_behind_the_drafts(connection: sqlite3.Connection) -> None:
    rows = [written("chat", text, 0) for text in "abc"]
    unsent.save(connection, [(row, None) for row in rows], "me", order=[row.id for row in rows])
    unsent.save(connection, [(written("chat", "draft"), None)], "me")
    unsent.save(connection, [], "me", order=[rows[2].id, rows[0].id, rows[1].id])
    assert [row.text for row in unsent.adopt(connection, "chat", "me", alive)] == ["draft", "c", "a", "b"]


def test_a_file_is_kept_once_and_goes_with_the_last_that_has_it(connection: sqlite3.Connection) -> None:
    one, two = written("chat", "one"), written("other", "two")
    unsent.save(connection, [(one, files(one, IMAGE, b"a")), (two, files(two, IMAGE))], "me")
    assert stored(connection) == 2
    unsent.save(connection, [(one, files(one, IMAGE))], "me")
    assert stored(connection) == 1, "nothing has the other file any more"
    unsent.remove(connection, [one.id])
    assert stored(connection) == 1
    unsent.remove_chat(connection, "other", "me")
    assert stored(connection) == 0


def test_a_message_takes_over_what_was_a_draft_and_its_files(connection: sqlite3.Connection) -> None:
    chat = conversation()
    row = written(chat.id, "Why?")
    unsent.save(connection, [(row, files(row, IMAGE))], "me")
    asked = replace(prompt(chat, "Why?"), id=row.id)
    conversations.start_turn(connection, chat, asked, reply(chat, asked), "me", files(row, IMAGE)())
    assert unsent.everything(connection) == () and stored(connection) == 1
    assert [file.data for file in conversations.attachments_of(connection, chat.id)] == [IMAGE]
    unsent.save(connection, [(replace(row, text="Why"), files(row))], "me")
    assert unsent.everything(connection) == (), "a write that comes too late brings nothing back"
    unsent.remove(connection, [row.id])
    assert stored(connection) == 1


def test_a_prompt_is_sent_once_whoever_has_it(connection: sqlite3.Connection) -> None:
    chat = conversation()
    asked = prompt(chat, "once")
    answer = reply(chat, asked)
    conversations.start_turn(connection, chat, asked, answer, "me")
    again = replace(asked, parent_id=answer.id)
    with pytest.raises(AlreadySentError):
        conversations.start_turn(connection, chat, again, reply(chat, again), "you")
    assert len(conversations.tree(connection, chat.id)) == 2


def test_chats_that_nothing_was_sent_in_are_found_the_newest_first(connection: sqlite3.Connection) -> None:
    chat = conversation()
    conversations.save_conversation(connection, chat)
    for where, minutes in (("old", 1), (chat.id, 2), ("new", 3)):
        unsent.save(connection, [(written(where, "x" * 1000, minutes=minutes), None)], "before")
    unsent.save(connection, [(written("theirs", "y", minutes=9), None)], "she")
    unsent.aim(connection, "new", "before", "c:d", '{"effort": "high"}')

    def is_alive(owner: str) -> bool:
        return owner == "she"

    found = unsent.blank_chats(connection, "me", is_alive)
    assert [(row.conversation_id, row.model, len(row.text)) for row in found] == [
        ("new", "c:d", 500), ("old", "a:b", 500),
    ]  # fmt: skip
    assert found[0].settings == '{"effort": "high"}'
    assert unsent.chats(connection, "me", is_alive) == {"old", "new", chat.id}


def test_what_was_written_goes_with_its_chat_when_that_goes_for_good(connection: sqlite3.Connection) -> None:
    chat = conversation()
    conversations.save_conversation(connection, chat)
    for where in (chat.id, "blank"):
        row = written(where, where)
        unsent.save(connection, [(row, files(row, where.encode()))], "me")
    folders.delete(connection, [chat.id], NOON)
    assert folders.purge(connection, NOON + timedelta(days=29)) == 0
    assert len(unsent.everything(connection)) == 2, "it can still come back"
    assert folders.purge(connection, NOON + timedelta(days=31)) == 1
    assert [row.text for row in unsent.everything(connection)] == ["blank"]
    assert stored(connection) == 1
