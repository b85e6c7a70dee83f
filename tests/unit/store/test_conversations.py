"""What a person would lose if a statement were wrong: words, branches, order, money, or the way back from the trash."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tui.errors import StoreError
from tui.store import conversations, folders, spending
from tui.store.migrations import migrate
from tui.store.records import Attachment, Conversation, Message


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    migrate(opened)
    yield opened
    opened.close()


def turn(
    connection: sqlite3.Connection, chat: Conversation, text: str = "Why?", parent: Message | None = None
) -> tuple[Message, Message]:
    asked = prompt(chat, text, parent=parent)
    answer = reply(chat, asked)
    conversations.start_turn(connection, chat, asked, answer, "me")
    return asked, answer


def test_a_turn_comes_back_exactly_as_it_was_saved(connection: sqlite3.Connection) -> None:
    chat = conversation("Grüße 🌍")
    asked = replace(prompt(chat, "text with 'quotes' and 你好"), payload=b'[{"kind": "request"}]')
    answer = replace(reply(chat, asked), thinking="hm", usage='{"input": 3}', price=Decimal("0.0000001230"))

    stored = conversations.start_turn(connection, chat, asked, answer, "me")

    assert stored == replace(chat, active_leaf=answer.id, updated_at=answer.created_at)
    assert conversations.branch(connection, chat.id) == (asked, answer)
    assert conversations.get(connection, chat.id) == stored


def test_the_final_row_replaces_what_was_streamed(connection: sqlite3.Connection) -> None:
    chat = conversation("new chat")
    _, answer = turn(connection, chat)
    assert conversations.checkpoint(connection, answer.id, "half", "thought", b"[1]")
    final = replace(
        answer, state="done", text="whole", payload=b"[1, 2]", price=Decimal("0.5"), usage="{}", failure="",
        thinking_ms=10, first_token_ms=20, total_ms=30,
    )  # fmt: skip

    stored = conversations.finish_reply(connection, final, NOON + timedelta(hours=1), "A better title")

    assert conversations.branch(connection, chat.id)[-1] == final
    assert (stored.title, stored.updated_at) == ("A better title", NOON + timedelta(hours=1))


def test_a_late_checkpoint_never_undoes_the_end(connection: sqlite3.Connection) -> None:
    chat = conversation()
    _, answer = turn(connection, chat)
    conversations.finish_reply(connection, replace(answer, state="done", text="whole"), NOON)
    assert not conversations.checkpoint(connection, answer.id, "half", "", b"[]")
    assert conversations.branch(connection, chat.id)[-1].text == "whole"


def test_a_title_chosen_by_hand_stays(connection: sqlite3.Connection) -> None:
    chat = conversation("from the prompt")
    _, answer = turn(connection, chat)
    conversations.rename(connection, chat.id, "mine")
    stored = conversations.finish_reply(connection, replace(answer, state="done"), NOON, "from the prompt again")
    assert (stored.title, stored.title_by) == ("mine", "user")


def test_a_stale_copy_does_not_undo_a_switch_of_models(connection: sqlite3.Connection) -> None:
    chat = conversation(model="openai:gpt-5.6")
    asked, answer = turn(connection, chat)
    conversations.set_model(connection, chat.id, "local:smollm2-135m")
    conversations.set_settings(connection, chat.id, '{"temperature": 0.5}')
    asked = prompt(chat, "again", parent=answer)
    stored = conversations.start_turn(connection, chat, asked, reply(chat, asked), "me")
    assert (stored.model, stored.settings) == ("local:smollm2-135m", '{"temperature": 0.5}')


def test_finishing_a_reply_keeps_the_branch_that_is_shown_meanwhile(connection: sqlite3.Connection) -> None:
    chat = conversation()
    asked, answer = turn(connection, chat)
    conversations.set_active_leaf(connection, chat.id, asked.id)
    stored = conversations.finish_reply(connection, replace(answer, state="done"), NOON)
    assert stored.active_leaf == asked.id


def test_a_retry_is_a_sibling_and_both_answers_stay(connection: sqlite3.Connection) -> None:
    chat = conversation()
    asked, first = turn(connection, chat)
    second = reply(chat, asked)
    stored = conversations.start_reply(connection, second, "me")
    assert stored.active_leaf == second.id
    assert [row.id for row in conversations.branch(connection, chat.id)] == [asked.id, second.id]
    assert [row.id for row in conversations.branch(connection, chat.id, first.id)] == [asked.id, first.id]
    assert [row.id for row in conversations.tree(connection, chat.id)] == [asked.id, first.id, second.id]


def test_a_branch_is_oldest_first_even_when_all_times_are_equal(connection: sqlite3.Connection) -> None:
    chat = conversation()
    last: Message | None = None
    expected = []
    for number in range(30):
        asked, last = turn(connection, chat, str(number), last)
        expected += [asked.id, last.id]
    assert [row.id for row in conversations.branch(connection, chat.id)] == expected


def test_a_branch_never_shows_another_conversation(connection: sqlite3.Connection) -> None:
    mine, other = conversation(), conversation()
    turn(connection, mine)
    asked, _ = turn(connection, other)
    assert conversations.branch(connection, mine.id, asked.id) == ()


def test_an_empty_conversation_has_an_empty_branch(connection: sqlite3.Connection) -> None:
    chat = conversation()
    conversations.save_conversation(connection, chat)
    assert conversations.branch(connection, chat.id) == ()


def test_a_file_with_a_circle_in_its_tree_still_opens(connection: sqlite3.Connection) -> None:
    chat = conversation()
    asked, answer = turn(connection, chat)
    connection.execute("UPDATE messages SET parent_id = ? WHERE id = ?", (answer.id, asked.id))
    assert len(conversations.branch(connection, chat.id)) == 2


def test_pages_show_each_conversation_once_newest_first(connection: sqlite3.Connection) -> None:
    chats = [conversation(str(number), minutes=number // 3) for number in range(25)]  # many share their time
    for chat in chats:
        conversations.save_conversation(connection, chat)
    pages = [conversations.newest(connection, 4)]
    while len(pages[-1]) == 4:
        pages.append(conversations.newest(connection, 4, pages[-1][-1]))
    shown = [chat for page in pages for chat in page]
    assert sorted(chat.id for chat in shown) == sorted(chat.id for chat in chats)
    assert all(first.updated_at >= second.updated_at for first, second in pairwise(shown))


def test_an_answer_moves_its_conversation_to_the_top_and_a_rename_does_not(connection: sqlite3.Connection) -> None:
    old, new = conversation("old"), conversation("new", minutes=5)
    _, answer = turn(connection, old)
    turn(connection, new)
    conversations.rename(connection, old.id, "older")
    assert [chat.title for chat in conversations.newest(connection)] == ["new", "older"]
    conversations.finish_reply(connection, replace(answer, state="done"), NOON + timedelta(hours=1))
    assert [chat.title for chat in conversations.newest(connection)] == ["older", "new"]


def test_listing_and_opening_use_an_index_not_a_scan(connection: sqlite3.Connection) -> None:
    plans: list[str] = []
    statements: list[str] = []
    chat = conversation()
    connection.set_trace_callback(statements.append)
    conversations.newest(connection, 50, chat)
    conversations.branch(connection, chat.id)
    conversations.tree(connection, chat.id)
    conversations.with_prefix(connection, "0198")
    spending.spent_in(connection, chat.id)
    spending.spent_between(connection, NOON, NOON + timedelta(days=1))
    conversations.streaming_owners(connection)
    connection.set_trace_callback(None)
    for statement in statements:
        plans += [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    scans = [plan for plan in plans if re.match(r"SCAN (?!path$|\(subquery)", plan) and "USING" not in plan]
    assert scans == []


def test_a_conversation_is_found_by_the_beginning_of_its_id(connection: sqlite3.Connection) -> None:
    first = replace(conversation(), id="0198aaaa-0000-7000-8000-000000000000")
    second = replace(conversation(), id="0198aabb-0000-7000-8000-000000000000")
    for chat in (first, second):
        conversations.save_conversation(connection, chat)
    assert {chat.id for chat in conversations.with_prefix(connection, "0198AA")} == {first.id, second.id}
    assert conversations.with_prefix(connection, "0198aab") == (second,)
    assert conversations.with_prefix(connection, "0198%") == ()
    assert conversations.with_prefix(connection, "") == ()


def test_an_unknown_conversation_is_named(connection: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match="no conversation nowhere"):
        conversations.get(connection, "nowhere")


def test_a_deleted_conversation_can_be_brought_back_for_thirty_days(connection: sqlite3.Connection) -> None:
    chat = conversation()
    turn(connection, chat)
    folders.delete(connection, [chat.id], NOON)
    assert conversations.newest(connection) == ()
    assert conversations.with_prefix(connection, chat.id) == ()
    assert [row.id for row in conversations.newest(connection, folder="trash")] == [chat.id]
    assert folders.purge(connection, NOON + timedelta(days=30)) == 0
    folders.restore(connection, [chat.id])
    assert len(conversations.newest(connection)) == 1
    assert len(conversations.branch(connection, chat.id)) == 2


def test_the_trash_is_emptied_after_thirty_days_with_its_files(connection: sqlite3.Connection) -> None:
    chat, kept = conversation(), conversation("kept")
    both = [turn(connection, owner)[0] for owner in (chat, kept)]
    shared, lonely = b"shared", b"lonely"
    for owner, data in ((both[0], shared), (both[1], shared), (both[0], lonely)):
        conversations.append(connection, [], [Attachment(sha256(data).hexdigest(), owner.id, "f", "text/plain", data)])
    folders.delete(connection, [chat.id], NOON)
    assert folders.purge(connection, NOON + timedelta(days=30, seconds=1)) == 1
    assert conversations.tree(connection, chat.id) == ()
    assert [file.data for file in conversations.attachments_of(connection, kept.id)] == [shared]
    assert connection.execute("SELECT count(*) FROM contents").fetchone() == (1,)


def test_writing_in_a_deleted_conversation_brings_it_back(connection: sqlite3.Connection) -> None:
    chat = conversation()
    _, answer = turn(connection, chat)
    folders.delete(connection, [chat.id], NOON)
    turn(connection, chat, "one more", answer)
    assert [row.id for row in conversations.newest(connection)] == [chat.id]


def test_a_reply_of_a_purged_conversation_fails_in_words(connection: sqlite3.Connection) -> None:
    chat = conversation()
    _, answer = turn(connection, chat)
    folders.delete(connection, [chat.id], NOON)
    folders.purge(connection, NOON + timedelta(days=31))
    with pytest.raises(StoreError, match="deleted for good"):
        conversations.finish_reply(connection, replace(answer, state="done"), NOON)


def test_files_keep_their_order_name_and_bytes(connection: sqlite3.Connection) -> None:
    chat = conversation()
    asked = prompt(chat)
    files = [
        Attachment(sha256(data).hexdigest(), asked.id, name, "image/png", data)
        for name, data in (("b.png", b"\x00\x01"), ("a.png", b""), ("again.png", b"\x00\x01"))
    ]
    conversations.start_turn(connection, chat, asked, reply(chat, asked), "me", files)
    assert conversations.attachments_of(connection, chat.id) == tuple(files)
    assert connection.execute("SELECT count(*) FROM contents").fetchone() == (2,)


def test_money_is_summed_exactly_and_unknown_is_not_zero(connection: sqlite3.Connection) -> None:
    chat = conversation()
    last: Message | None = None
    assert spending.spent_in(connection, chat.id).known_dollars is None
    for price in (None, Decimal("0.1"), Decimal("0.2"), Decimal("0.000000000000000001")):
        _, last = turn(connection, chat, parent=last)
        conversations.finish_reply(connection, replace(last, state="done", price=price), NOON)
        if price is None:
            assert spending.spent_in(connection, chat.id).known_dollars is None
    assert spending.spent_in(connection, chat.id).known_dollars == Decimal("0.300000000000000001")


def test_only_replies_of_the_dead_are_marked_interrupted(connection: sqlite3.Connection) -> None:
    mine, theirs = conversation(), conversation()
    _, kept = turn(connection, mine)
    asked = prompt(theirs)
    lost = reply(theirs, asked)
    conversations.start_turn(connection, theirs, asked, lost, "dead")
    conversations.checkpoint(connection, lost.id, "half an answer", "", b"[]", '{"output": 3, "estimated": true}')
    assert conversations.streaming_owners(connection) == {"me", "dead"}
    assert conversations.interrupt(connection, ["me"]) == 1
    assert conversations.branch(connection, mine.id)[-1] == kept
    marked = conversations.branch(connection, theirs.id)[-1]
    assert (marked.state, marked.text) == ("interrupted", "half an answer")
    assert marked.usage == '{"output": 3, "estimated": true}', "what a killed reply took is still known, roughly"


def test_text_that_sqlite_cannot_hold_is_mended_not_refused(connection: sqlite3.Connection) -> None:
    chat = conversation("a\ud800b\x00c")
    asked = prompt(chat, "lone \udfff surrogate")
    conversations.start_turn(connection, chat, asked, reply(chat, asked), "me")
    assert conversations.branch(connection, chat.id)[0].text == "lone � surrogate"
    assert conversations.get(connection, chat.id).title == "a�b␀c"
