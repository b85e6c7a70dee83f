"""Libraries that meet on a real PostgreSQL: whatever was written where, all of them end with the same, and with all."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.machines import SharingMachine, empty_hub, machines, settled
from tui.store import branches, conversations, folders, imports, picks, spending, usage
from tui.store.imports import ImportLink
from tui.store.records import Attachment, Conversation, Message, UsageScope
from tui.store.sharing_rows import all_cells
from tui.sync import comparing
from tui.sync.hub import Hub

Pair = tuple[SharingMachine, SharingMachine]


@pytest.fixture
def pair(hub_url: str) -> Iterator[Pair]:
    with machines(hub_url) as (one, two):
        yield one, two


def turn(
    machine: SharingMachine, chat: Conversation, text: str, answer: str, parent: Message | None = None
) -> tuple[Message, Message]:
    """A whole turn."""
    asked = prompt(chat, text, parent=parent)
    begun = reply(chat, asked)
    machine.run(conversations.start_turn, chat, asked, begun, "owner")
    ended = replace(begun, text=answer, state="done", total_ms=5, price=Decimal("0.01"), usage='{"input": 3}')
    machine.run(conversations.finish_reply, ended, NOON)
    return asked, ended


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def same(*all_of_them: SharingMachine) -> None:
    first, *others = [machine.journal.digests() for machine in all_of_them]
    for other in others:
        assert other == first


def test_what_one_machine_does_is_there_on_the_other(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    file = Attachment(_hash(b"\0notes"), "", "notes.txt", "text/plain", b"\0notes")
    asked = prompt(chat, "What is in it? \u2400 \x01")
    answer = reply(chat, asked)
    one.run(conversations.start_turn, chat, asked, answer, "owner", [replace(file, message_id=asked.id)])
    one.meet(), two.meet()
    assert two.branch(chat.id) == [asked.text, ""]
    assert conversations.attachments_of(two.connection, chat.id)[0].data == b"\0notes"

    one.run(conversations.checkpoint, answer.id, "A begin", "", b'[{"a": "\\u0000"}]')
    one.meet(), two.meet()
    assert two.branch(chat.id) == [asked.text, "A begin"]
    assert two.journal.streams_elsewhere, "nobody here ends it"

    one.run(conversations.finish_reply, replace(answer, text="A beginning", state="done", total_ms=9), NOON)
    one.run(conversations.rename, chat.id, "By hand")
    one.run(folders.set_pinned, [chat.id], True)
    one.run(folders.change_tags, [(chat.id, "trip"), (chat.id, "work")], [])
    one.run(conversations.add_side_call, chat.id, "title", model="a:b", usage="{}", price=Decimal(2), at=NOON)
    one.run(picks.record, asked.id, "a:b", ["c:d"], blind=True, at=NOON)
    one.meet(), two.meet()
    two.run(conversations.suggest_title, chat.id, "By a model")
    two.run(folders.change_tags, [], [(chat.id, "work")])
    two.meet(), one.meet()
    for machine in pair:
        seen = conversations.get(machine.connection, chat.id)
        assert (seen.title, seen.pinned, seen.tags) == ("By hand", True, ("trip",))
        assert spending.spent_in(machine.connection, chat.id).dollars == Decimal(2)
        assert picks.tally(machine.connection)[0].model == "a:b"
        assert machine.branch(chat.id)[-1] == "A beginning"
        assert machine.journal.state.pending == 0
    same(*pair)


def test_both_go_on_without_a_network_and_nothing_is_lost(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    _, answer = turn(one, chat, "first", "answer")
    settled([*pair])
    for machine, name in ((one, "one"), (two, "two")):
        machine.part()
        turn(machine, chat, f"of {name}", f"for {name}", answer)
        machine.run(conversations.set_model, chat.id, f"model:{name}")
    settled([*pair])
    same(one, two)
    assert one.texts == sorted(["first", "answer", "of one", "for one", "of two", "for two"])
    assert conversations.get(one.connection, chat.id).model == "model:two", "who chose last"
    shown = [one.branch(chat.id), two.branch(chat.id)]
    assert shown[0] == shown[1] and len(shown[0]) == 4


def test_a_chat_that_was_deleted_for_good_is_gone_everywhere_with_its_files(pair: Pair) -> None:
    one, two = pair
    chat, other = conversation(), conversation("stays")
    asked, _ = turn(one, chat, "first", "answer")
    turn(one, other, "else", "answer")
    one.run(conversations.append, (), [
        Attachment(_hash(b"secret"), asked.id, "a", "text/plain", b"secret"),
        Attachment(_hash(b"in both"), asked.id, "b", "text/plain", b"in both"),
    ])  # fmt: skip
    settled([*pair])
    one.run(folders.delete, [chat.id], NOON)
    one.run(folders.delete_for_good, [chat.id])
    after, _ = turn(one, conversation("another"), "then", "answer")
    one.run(conversations.append, (), [Attachment(_hash(b"in both"), after.id, "b", "text/plain", b"in both")])
    settled([*pair])
    same(one, two)
    assert one.texts == two.texts == sorted(["else", "answer", "then", "answer"])
    assert two.hub is not None
    assert [*two.hub.contents([_hash(b"secret"), _hash(b"in both")])] == [_hash(b"in both")], (
        "nor does the server have it"
    )
    assert two.connection.execute("SELECT hash FROM contents").fetchall() == [(_hash(b"in both"),)]


@pytest.mark.parametrize("first", [0, 1])
def test_what_was_written_where_nobody_knew_of_the_deletion_brings_a_chat_back(pair: Pair, first: int) -> None:
    one, two = pair
    chat = conversation()
    _, answer = turn(one, chat, "first", "answer")
    one.run(folders.change_tags, [(chat.id, "trip")], [])
    settled([*pair])
    one.run(folders.delete, [chat.id], NOON)
    one.run(folders.delete_for_good, [chat.id])
    turn(two, chat, "later", "more", answer)
    order = [*pair] if first == 0 else [two, one]
    settled(order)
    settled(order)
    same(one, two)
    assert one.texts == two.texts == sorted(["first", "answer", "later", "more"])
    assert conversations.get(one.connection, chat.id).tags == ("trip",)


def test_an_old_copy_of_the_library_brings_nothing_back(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    turn(one, chat, "first", "answer")
    turn(two, chat, "first", "answer")  # its copy, as far as ids go
    two.run(lambda connection: connection.execute("DELETE FROM messages"))
    one.meet()
    one.run(folders.delete, [chat.id], NOON)
    one.run(folders.delete_for_good, [chat.id])
    one.meet()
    settled([two, one])
    same(one, two)
    assert not one.texts and not conversations.newest(two.connection)


def test_branches_and_their_trash_are_shared(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    asked, _ = turn(one, chat, "first", "answer")
    settled([*pair])
    beside = replace(reply(chat, asked, "another"), total_ms=1)
    two.run(branches.add_beside, beside)
    settled([*pair])
    assert one.branch(chat.id) == ["first", "another"]
    one.run(branches.trash_branch, chat.id, beside.id, NOON)
    settled([*pair])
    assert two.branch(chat.id) == ["first", "answer"]
    two.run(branches.restore_branch, chat.id, beside.id)
    settled([*pair])
    assert one.branch(chat.id) == ["first", "another"]
    one.run(branches.trash_branch, chat.id, beside.id, NOON.replace(year=2000))
    one.run(folders.purge, NOON)
    settled([*pair])
    assert two.texts == ["answer", "first"]
    same(one, two)


def test_what_was_imported_stands_at_its_time_and_is_known_on_the_other_machine(pair: Pair) -> None:
    one, two = pair
    turn(two, conversation("own"), "own", "said here")
    chat = conversation("theirs")
    asked = prompt(chat, "old")
    link = ImportLink("chatgpt", "key:1", "digest")
    one.run(imports.take, link, replace(chat, active_leaf=asked.id), [asked], [], {}, NOON)
    settled([*pair])
    assert two.connection.execute("SELECT number < 0 FROM messages WHERE text = 'old'").fetchone() == (1,)
    assert one.connection.execute("SELECT min(number) FROM messages WHERE text <> 'old'").fetchone() == (1,)
    again = two.run(imports.take, link, chat, [asked], [], {}, NOON)
    assert again.outcome == "known"
    same(one, two)


def test_what_a_chat_cost_is_the_same_everywhere_however_often_it_is_deleted(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    _, answer = turn(one, chat, "first", "1")
    one.meet(), two.meet()
    one.run(folders.delete, [chat.id], NOON)
    one.run(folders.delete_for_good, [chat.id])
    asked = prompt(chat, "meanwhile", parent=answer)
    later = replace(reply(chat, asked, "2"), price=Decimal("0.02"), usage="{}", created_at=NOON + timedelta(seconds=9))
    two.run(conversations.append, [asked, later])
    settled([one, two])
    assert one.texts == two.texts == ["1", "2", "first", "meanwhile"], "what was written meanwhile brings it back"
    assert [spending.spent_in(each.connection, chat.id).dollars for each in pair] == [Decimal("0.03")] * 2

    for each in pair:  # both of them, before they meet
        each.run(folders.delete, [chat.id], NOON)
        each.run(folders.delete_for_good, [chat.id])
    settled([one, two])
    assert [spending.spent_in(each.connection, chat.id).dollars for each in pair] == [Decimal("0.03")] * 2
    same(one, two)


def test_replies_of_one_moment_are_counted_each_once_on_every_machine(pair: Pair) -> None:
    """A chat that was imported without times has all of them at one."""
    one, two = pair
    chat = conversation()
    asked = prompt(chat)
    paid = replace(reply(chat, asked, "Yes."), price=Decimal("0.01"), usage="{}")
    answers = [replace(paid, id=reply(chat, asked).id, text=f"{number}") for number in range(4)]
    one.run(conversations.save_conversation, chat)
    one.run(conversations.append, [asked, *answers])
    one.meet(), two.meet()
    for at, machine in enumerate(pair):  # in another order on each
        for answer in (answers[at], answers[1 - at]):
            machine.run(branches.trash_branch, chat.id, answer.id, NOON - timedelta(days=90 + at))
        machine.run(folders.purge, NOON)
    for machine in pair:
        machine.run(folders.delete, [chat.id], NOON)
        machine.run(folders.delete_for_good, [chat.id])
    for price in (1, 2):
        one.run(conversations.add_side_call, chat.id, "title", model="m", usage="{}", price=Decimal(price), at=NOON)
    settled([one, two])
    assert [spending.spent_in(each.connection, chat.id).dollars for each in pair] == [Decimal("3.04")] * 2
    same(one, two)
    for machine in pair:
        rows = usage.usage_rows(machine.connection, UsageScope(), ("purpose",))
        assert {row.purpose: row.calls for row in rows} == {"deleted": 4, "title": 2}


def test_a_reply_whose_machine_is_gone_is_interrupted_for_the_others_and_its_end_wins(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    asked = prompt(chat)
    answer = reply(chat, asked)
    one.run(conversations.start_turn, chat, asked, answer, "owner")
    one.run(conversations.checkpoint, answer.id, "half", "", b"[]", '{"input": 1}')
    settled([*pair])
    one_id = one.journal.state.machine
    assert not two.journal.interrupt([one_id])
    assert two.journal.interrupt([]) == 1
    (killed,) = spending.killed(two.connection)
    two.run(spending.set_prices, [(killed, Decimal(1))])  # which is told, and must not end what goes on elsewhere
    two.meet(), one.meet()
    assert conversations.branch(one.connection, chat.id)[-1].state == "streaming"
    one.run(conversations.finish_reply, replace(answer, text="whole", state="done", total_ms=9), NOON)
    settled([*pair])
    assert two.branch(chat.id)[-1] == "whole"
    same(one, two)


def test_a_library_that_was_there_before_is_told_whole_and_a_new_server_gets_all_of_it(
    hub_url: str, postgres: "object"
) -> None:
    with machines(hub_url) as (one, two):
        chats = [conversation(f"chat {number}", minutes=number) for number in range(30)]
        for chat in chats:
            _, answer = turn(one, chat, "question", "answer")
            turn(one, chat, "more", "again", answer)
        two.run(conversations.save_conversation, chats[0])
        two.run(conversations.rename, chats[0].id, "Mine")
        settled([one, two])
        same(one, two)
        assert len(two.texts) == 120
        assert conversations.get(one.connection, chats[0].id).title == "Mine"
        assert one.hub is not None
        one.hub._connection.execute("DROP SCHEMA chinwag CASCADE")
        one.part()
        two.part()
        settled([two, one])
        same(one, two)
        assert len(two.texts) == 120 and one.hub.facts().last >= 120


def test_what_makes_no_sense_on_the_server_is_left_out_and_stops_nothing(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    _, answer = turn(one, chat, "first", "answer")
    one.meet()
    assert one.hub is not None
    server = one.hub._connection
    fields = "kind, key, field, chat, clock, machine, value, payload"
    lies: list[tuple[object, ...]] = [
        ("weather", "x", "row", "", "{}", None),
        ("conversation", chat.id, "title; DROP TABLE messages", chat.id, '["a"]', None),
        ("conversation", chat.id, "title", chat.id, '["a"]', None),
        ("conversation", chat.id, "model", chat.id, "[null]", None),
        ("conversation", chat.id, "settings", "another", '["{}"]', None),
        ("conversation", "", "created", "", "[1]", None),
        ("conversation", "new", "created", "new", "[null]", None),
        ("conversation", "new", "title", "new", "[[1], 2]", None),
        ("message", answer.id, "deleted_at", chat.id, "[123456789012345678901234567890]", None),
        ("message", answer.id, "shown", chat.id, "[1]", None),
        ("message", "other", "shown", chat.id, '["nowhere"]', None),
        ("message", "lost", "deleted_at", chat.id, "[1]", None),
        ("side_call", "x", "row", "", "[]", None),
        ("pick", "x", "row", "", '["x", null, null, null, null]', None),
        ("import", "x", "row", "", '["x", "y", "nowhere", "z", 1]', None),
        ("pick", "y", "row", "", "[" * 10_000 + "]" * 10_000, None),
    ]
    known = server.execute("SELECT value FROM chinwag.cells WHERE key = %s AND field = 'row'", (answer.id,)).fetchone()
    assert known is not None
    for number, (kind, key, field, about, value, payload) in enumerate(lies):
        server.execute(
            f"INSERT INTO chinwag.cells ({fields}) VALUES (%s, %s, %s, %s, %s, 'liar', %s, %s)"
            " ON CONFLICT (kind, key, field) DO UPDATE SET value = excluded.value, chat = excluded.chat,"
            " clock = excluded.clock, seq = excluded.seq",
            (kind, key, field, about, (1 << 61) + number, value, payload),
        )
    for wrong in ('"state":"asleep"', '"text":7', '"files":[[1]]', '"conversation_id":"other"', '"created_at":null'):
        name = wrong.partition(":")[0]
        value = re.sub(rf'{name}:("[^"]*"|\[\]|\d+)', wrong, str(known[0]))
        server.execute(
            f"INSERT INTO chinwag.cells ({fields}) VALUES ('message', %s, 'row', %s, 1, 'liar', %s, '')",
            (f"lie:{name}", chat.id, value),
        )
    two.meet()
    assert two.texts == ["answer", "first"] and len(conversations.newest(two.connection)) == 1
    turn(two, chat, "goes on", "well", answer)
    settled([two, one])
    assert "goes on" in one.texts


def test_what_tools_may_do_is_granted_on_each_machine_alone(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    turn(one, chat, "first", "answer")
    one.run(conversations.set_settings, chat.id, '{"effort": "high", "tools": "fetch=allow", "folder": "/home/me"}')
    settled([*pair])
    assert conversations.get(two.connection, chat.id).settings == '{"effort": "high"}'
    two.run(conversations.set_settings, chat.id, '{"effort": "low", "tools": "now"}')
    settled([*pair])
    assert conversations.get(one.connection, chat.id).settings == (
        '{"effort": "low", "tools": "fetch=allow", "folder": "/home/me"}'
    )
    assert conversations.get(two.connection, chat.id).settings == '{"effort": "low", "tools": "now"}'
    same(one, two)
    assert one.hub is not None
    one.hub._connection.execute(
        "UPDATE chinwag.cells SET value = %s, clock = clock + 9, seq = nextval('chinwag.changes')"
        " WHERE field = 'settings'",
        (r'["{\"effort\": \"max\", \"\\u0074ools\": \"fetch=allow\"}"]',),
    )
    two.meet()
    assert conversations.get(two.connection, chat.id).settings == '{"effort": "max", "tools": "now"}'


def test_no_name_of_a_foreign_file_stops_the_rest(pair: Pair) -> None:
    one, two = pair
    chat = conversation("theirs")
    asked = prompt(chat, "old")
    link = ImportLink("chatgpt", "".join(f"{number:x}" for number in range(6_000)), "digest")
    one.run(imports.take, link, replace(chat, active_leaf=asked.id), [asked], [], {}, NOON)
    turn(one, conversation(), "after", "it")
    settled([*pair])
    assert two.texts == sorted(["old", "after", "it"]) and one.journal.state.pending == 0
    same(*pair)


def test_a_file_that_is_not_what_its_hash_says_is_not_taken_and_is_mended_by_who_has_it(pair: Pair) -> None:
    one, two = pair
    asked, _ = turn(one, conversation(), "first", "answer")
    file = Attachment(_hash(b"right"), asked.id, "a", "text/plain", b"right")
    one.run(conversations.append, (), [file])
    one.meet()
    assert one.hub is not None
    one.hub._connection.execute("UPDATE chinwag.contents SET data = 'wrong'")
    two.meet()
    assert not conversations.attachments_of(two.connection, asked.conversation_id)
    two.connection.execute('UPDATE messages SET settings = \'{"effort": "low"}\' WHERE id = ?', (asked.id,))
    settled([*pair])  # what is told by who never got the file takes it from nobody
    assert [one.data for one in conversations.attachments_of(one.connection, asked.conversation_id)] == [b"right"]
    another, _ = turn(one, conversation("another"), "second", "answer")
    one.run(conversations.append, (), [replace(file, message_id=another.id)])
    settled([*pair])
    (there,) = conversations.attachments_of(two.connection, another.conversation_id)
    assert there.data == b"right"
    (late,) = conversations.attachments_of(two.connection, asked.conversation_id)
    assert (late.data, late.name) == (b"right", "a"), "it came with another message, and is this one's, too"
    same(*pair)


def test_who_never_got_a_file_takes_it_from_nobody_by_another_server(pair: Pair, hub_url: str) -> None:
    one, two = pair
    asked, _ = turn(one, conversation(), "first", "answer")
    one.run(conversations.append, (), [Attachment(_hash(b"right"), asked.id, "a", "text/plain", b"right")])
    one.meet()
    assert one.hub is not None
    one.hub._connection.execute("UPDATE chinwag.contents SET data = 'wrong'")
    two.meet()
    one.part()
    two.part()
    two.journal.end()
    empty_hub(hub_url)
    two.meet()
    two.connection.execute('UPDATE messages SET settings = \'{"effort": "low"}\' WHERE id = ?', (asked.id,))
    settled([two, one])
    assert [one.data for one in conversations.attachments_of(one.connection, asked.conversation_id)] == [b"right"]


def test_files_come_in_pieces_that_fit_into_memory(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = pair
    chat = conversation()
    for number in range(4):
        asked, _ = turn(one, chat, f"text {number}", "answer")
        data = bytes([number]) * 700_000
        one.run(conversations.append, (), [Attachment(_hash(data), asked.id, "a", "text/plain", data)])
    one.meet()
    at_once: list[int] = []
    contents = Hub.contents

    def measured(hub: Hub, hashes: Collection[str]) -> dict[str, bytes]:
        found = contents(hub, hashes)
        at_once.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(Hub, "contents", measured)
    two.meet()
    assert sum(at_once) == 4 * 700_000 and max(at_once) < 1 << 20
    same(*pair)


def test_what_one_machine_alone_had_told_is_told_again_to_a_server_that_was_restored(pair: Pair) -> None:
    one, two = pair
    chat = conversation()
    _, answer = turn(one, chat, "first", "answer")
    settled([*pair])
    assert two.hub is not None
    server = two.hub._connection
    server.execute("CREATE TABLE kept AS SELECT * FROM chinwag.cells")
    turn(one, chat, "of one", "for one", answer)
    one.meet()
    one.part()
    turn(two, chat, "of two", "for two", answer)
    two.meet()
    server.execute("TRUNCATE chinwag.cells")
    server.execute("INSERT INTO chinwag.cells SELECT * FROM kept")
    server.execute("SELECT setval('chinwag.changes', (SELECT max(seq) FROM chinwag.cells))")
    two.part()
    for number in range(20):  # the hub is fuller then than one has ever seen it
        turn(two, chat, f"after {number}", "it", answer)
    two.meet()
    turn(one, chat, "offline", "too", answer)
    settled([one, two])
    same(*pair)
    assert {"of one", "of two", "offline", "after 19"} <= {*one.texts}


def test_what_is_imported_again_is_there_for_all_who_come_later_and_for_copies(pair: Pair) -> None:
    one, two = pair
    chat = conversation("theirs")
    asked = prompt(chat, "old")
    link = ImportLink("chatgpt", "key", "digest")
    for machine in pair:  # each on its own
        machine.run(imports.take, link, replace(chat, active_leaf=asked.id), [asked], [], {}, NOON)
    settled([*pair])
    assert one.texts == two.texts == ["old"]
    one.run(folders.delete, [chat.id], NOON)
    one.run(folders.delete_for_good, [chat.id])
    settled([*pair])
    assert two.run(imports.take, link, chat, [asked], [], {}, NOON).outcome == "deleted"
    two.run(imports.take, link, replace(chat, active_leaf=asked.id), [asked], [], {}, NOON, also_deleted=True)
    settled([*pair])
    with machines(one._url, 1) as (three,):
        three.meet()
        assert three.texts == ["old"]
        same(one, two, three)
        assert three.hub is not None
        cells = [cell for cell in all_cells(three.connection) if cell.key == asked.id]
        assert not any(map(comparing.known(three.hub, cells).is_gone, cells))
