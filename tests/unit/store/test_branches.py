"""Branches of one chat: what is shown, what is remembered, and that deleting loses and orphans nothing."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tui.errors import MessageGoneError
from tui.store import branches, conversations, folders
from tui.store.migrations import migrate
from tui.store.past_prompts import past_prompts
from tui.store.records import TRASH_DAYS, Conversation, Message

CHAT = conversation("tree")


@pytest.fixture
def library() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)
    conversations.save_conversation(connection, CHAT)
    yield connection
    connection.close()


@pytest.fixture
def tree(library: sqlite3.Connection) -> dict[str, Message]:
    """Two answers to one prompt, each followed by a turn; a second prompt beside the turn of the first answer."""
    first = prompt(CHAT, "first")
    one, two = reply(CHAT, first, "one"), reply(CHAT, first, "two")
    on_one, beside, on_two = (prompt(CHAT, "on one", parent=one), prompt(CHAT, "beside", parent=one),
                              prompt(CHAT, "on two", parent=two))  # fmt: skip
    end_one, end_beside = reply(CHAT, on_one, "end one"), reply(CHAT, beside, "end beside")
    rows = [first, one, on_one, end_one, two, on_two, beside, end_beside]
    conversations.append(library, rows)
    conversations.set_active_leaf(library, CHAT.id, end_one.id)
    return {row.text: row for row in rows}


def shown(library: sqlite3.Connection) -> list[str]:
    return [message.text for message in conversations.branch(library, CHAT.id)]


def go(library: sqlite3.Connection, message: Message) -> list[str]:
    branches.show_branch(library, CHAT.id, message.id)
    return shown(library)


def test_an_outline_has_the_tree_without_its_contents(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    found = branches.outline(library, CHAT.id)
    assert [(node.id, node.parent_id, node.kind) for node in found] == [
        (row.id, row.parent_id, row.kind)
        for row in sorted(conversations.tree(library, CHAT.id), key=lambda one: one.id)
    ]
    conversations.append(library, [prompt(CHAT, "x" * 9_000)])
    assert len(branches.outline(library, CHAT.id)[-1].text) == branches.FIRST_WORDS


def test_who_comes_back_to_a_branch_sees_it_where_it_was_left(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    assert go(library, tree["two"]) == ["first", "two", "on two"]
    assert go(library, tree["one"]) == ["first", "one", "on one", "end one"]  # not "beside", which is newer
    assert go(library, tree["beside"]) == ["first", "one", "beside", "end beside"]
    assert go(library, tree["two"]) == ["first", "two", "on two"]
    assert go(library, tree["one"]) == ["first", "one", "beside", "end beside"]


def test_what_was_never_left_is_shown_to_its_newest_message(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    conversations.set_active_leaf(library, CHAT.id, tree["on two"].id)
    assert go(library, tree["one"])[-1] == "end beside"


def test_going_to_a_message_that_is_shown_moves_nothing(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    assert go(library, tree["first"]) == ["first", "one", "on one", "end one"]


def test_what_was_answered_behind_a_branch_since_is_shown(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    go(library, tree["two"])
    conversations.append(library, [prompt(CHAT, "later", parent=tree["end one"])])
    assert go(library, tree["one"])[-1] == "later"


def test_a_deleted_branch_takes_all_behind_it_and_shows_what_is_beside(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    branches.trash_branch(library, CHAT.id, tree["one"].id, NOON)
    assert shown(library) == ["first", "two", "on two"]
    left = conversations.tree(library, CHAT.id)
    assert [message.text for message in left] == ["first", "two", "on two"]
    assert {message.parent_id for message in left} <= {None, *(message.id for message in left)}
    assert [found.text for found in past_prompts(library, 9)] == ["on two", "first"]


def test_a_branch_comes_back_whole_and_is_shown(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    before = conversations.tree(library, CHAT.id)
    branches.trash_branch(library, CHAT.id, tree["one"].id, NOON)
    branches.restore_branch(library, CHAT.id, tree["one"].id)
    assert conversations.tree(library, CHAT.id) == before and "one" in shown(library)


def test_what_was_deleted_before_stays_deleted(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    branches.trash_branch(library, CHAT.id, tree["beside"].id, NOON)
    branches.trash_branch(library, CHAT.id, tree["one"].id, NOON + timedelta(seconds=1))
    branches.restore_branch(library, CHAT.id, tree["one"].id)
    assert shown(library) == ["first", "one", "on one", "end one"]
    assert "beside" not in [message.text for message in conversations.tree(library, CHAT.id)]


def test_what_comes_back_brings_along_what_was_deleted_above_it_since(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    before = conversations.tree(library, CHAT.id)
    branches.trash_branch(library, CHAT.id, tree["on one"].id, NOON)
    branches.trash_branch(library, CHAT.id, tree["one"].id, NOON + timedelta(seconds=1))  # in another window
    branches.restore_branch(library, CHAT.id, tree["on one"].id)
    assert conversations.tree(library, CHAT.id) == before
    branches.restore_branch(library, CHAT.id, tree["one"].id)
    folders.purge(library, NOON + timedelta(days=TRASH_DAYS + 1))
    assert conversations.tree(library, CHAT.id) == before


def test_another_branch_that_is_deleted_leaves_what_is_shown(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    branches.trash_branch(library, CHAT.id, tree["two"].id, NOON)
    assert shown(library) == ["first", "one", "on one", "end one"]


def test_the_only_answer_that_is_deleted_leaves_its_prompt(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    branches.trash_branch(library, CHAT.id, tree["end one"].id, NOON)
    assert shown(library) == ["first", "one", "on one"]
    branches.trash_branch(library, CHAT.id, tree["first"].id, NOON)
    assert shown(library) == []


def test_a_message_that_is_gone_is_refused(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    branches.trash_branch(library, CHAT.id, tree["two"].id, NOON)
    for work in (branches.show_branch, branches.restore_branch):
        with pytest.raises(MessageGoneError):
            work(library, CHAT.id, "nothing")
    with pytest.raises(MessageGoneError):
        branches.show_branch(library, CHAT.id, tree["on two"].id)
    with pytest.raises(MessageGoneError):
        branches.trash_branch(library, CHAT.id, tree["on two"].id, NOON)


def test_the_trash_is_emptied_after_its_time(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    branches.trash_branch(library, CHAT.id, tree["one"].id, NOON)
    day = timedelta(days=1)
    assert folders.purge(library, NOON + TRASH_DAYS * day) == 0
    folders.purge(library, NOON + (TRASH_DAYS + 1) * day)
    with pytest.raises(MessageGoneError):
        branches.restore_branch(library, CHAT.id, tree["one"].id)
    assert library.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_damaged_shown_leaf_does_not_hide_a_chat(library: sqlite3.Connection, tree: dict[str, Message]) -> None:
    other: Conversation = replace(CHAT, active_leaf=tree["end one"].id)
    branches.trash_branch(library, other.id, tree["end one"].id, NOON)
    conversations.set_active_leaf(library, CHAT.id, tree["end one"].id)
    assert conversations.get(library, CHAT.id).active_leaf == tree["end beside"].id


def test_links_are_the_tree_without_what_lies_in_the_trash(
    library: sqlite3.Connection, tree: dict[str, Message]
) -> None:
    every = {(message.id, message.parent_id) for message in tree.values()}
    assert set(branches.links(library, CHAT.id)) == every and branches.links(library, "nothing") == ()
    branches.trash_branch(library, CHAT.id, tree["two"].id, NOON)
    gone = {tree["two"].id, tree["on two"].id}
    assert branches.links(library, CHAT.id) == tuple(
        sorted((message.id, message.parent_id) for message in conversations.tree(library, CHAT.id))
    )
    assert not gone & {id for id, _ in branches.links(library, CHAT.id)}
