"""An import writes years at once: twice the same is once, nothing here is overwritten, and every chat can go on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.chat_rules import broken_rules
from tests.support.foreign_chats import (
    PNG,
    chatgpt,
    chatgpt_node,
    claude,
    oterm,
    read,
    shared_exports,
    simple_chatgpt,
    write,
)
from tests.support.library import conversation, prompt, reply
from tests.support.request_rules import Sent
from tests.support.switch_cases import NO_TOOLS, PLACES, body_for
from tui.agent.messages import ModelMessagesTypeAdapter, ModelRequest, UserPromptPart
from tui.chat.export import export_text
from tui.chat.imported_rows import ImportRows, rows_of
from tui.chat.importing import ImportReport, plan, run
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.messages import history_of, prompt_payload
from tui.chat.settings import ChatSettings
from tui.chat.stored_parts import stored_parts
from tui.store import branches, conversations
from tui.store.database import Database
from tui.store.imports import tail_of
from tui.store.records import Message, UsageScope

SHARED = shared_exports()
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def outcomes(report: ImportReport) -> list[tuple[str, str, int]]:
    return [(entry.source_id, entry.outcome, entry.added) for entry in report.entries]


async def all_rows(library: Library) -> dict[str, list[Message]]:
    chats = await library.conversations(limit=1000)
    return {chat.id: list(await library.tree(chat.id)) for chat in chats}


async def test_twice_is_once_and_a_later_export_adds_to_the_same_chat(library: Library, tmp_path: Path) -> None:
    first = write(tmp_path / "1.json", [simple_chatgpt("c", "Q1", "A1"), simple_chatgpt("d")])
    later = write(tmp_path / "2.json", [simple_chatgpt("c", "Q1", "A1", "Q2", "A2"), simple_chatgpt("d")])
    assert outcomes(await plan(library, [first])) == [("c", "new", 2), ("d", "new", 2)]
    assert not await library.conversations()
    await run(library, [first])
    before = await all_rows(library)
    assert outcomes(await run(library, [first])) == [("c", "known", 0), ("d", "known", 0)]
    assert await all_rows(library) == before
    for report in (await plan(library, [later]), await run(library, [later])):
        assert outcomes(report) == [("c", "updated", 2), ("d", "known", 0)]
    assert len(await all_rows(library)) == 2
    (chat,) = [one for one in await library.conversations() if one.title == "Chat c"]
    assert [one.text for one in (await library.open(chat.id)).messages] == ["Q1", "A1", "Q2", "A2"]
    assert chat.model == ""
    assert chat.created_at == datetime.fromtimestamp(1_760_000_000, UTC)
    # An older export again: it has nothing that is not here.
    assert outcomes(await run(library, [first])) == [("c", "known", 0), ("d", "known", 0)]
    both = await plan(library, [write(tmp_path / "3.json", [simple_chatgpt("e"), simple_chatgpt("e", "1", "2", "3")])])
    assert outcomes(both) == [("e", "new", 2), ("e", "updated", 1)]


async def test_what_was_done_here_since_stays(library: Library, tmp_path: Path) -> None:
    first = write(tmp_path / "1.json", [simple_chatgpt("c", "Q1", "A1"), simple_chatgpt("gone")])
    await run(library, [first])
    chat, gone = sorted(await library.conversations(), key=lambda one: one.title)
    await library.rename(chat.id, "Mine")
    opened = await library.open(chat.id)
    asked = replace(prompt(chat, "Asked here", parent=opened.messages[-1]), created_at=NOW)
    answer = reply(chat, asked, "Answered here")
    await library.start_turn(chat, asked, answer, leaf=opened.messages[-1].id)
    await library.folders.delete([gone.id])
    later = [simple_chatgpt("c", "Q1", "A1", "Q2", "A2"), simple_chatgpt("gone", "Q", "A", "more", "much")]
    report = await run(library, [write(tmp_path / "2.json", later)])
    assert outcomes(report) == [("c", "updated", 2), ("gone", "trashed", 0)]
    (known,) = await library.conversations()
    assert known.title == "Mine"
    assert [one.text for one in (await library.open(chat.id)).messages] == ["Q1", "A1", "Asked here", "Answered here"]
    assert {one.text for one in await library.tree(chat.id)} >= {"Q2", "A2"}


async def test_what_follows_a_deleted_message_lies_in_the_trash_with_it(library: Library, tmp_path: Path) -> None:
    await run(library, [write(tmp_path / "1.json", [simple_chatgpt("c", "Q1", "A1", "Q2", "A2")])])
    (chat,) = await library.conversations()
    gone = (await library.open(chat.id)).messages[2]
    await library.database.run(branches.trash_branch, chat.id, gone.id, NOW)
    later = write(tmp_path / "2.json", [simple_chatgpt("c", "Q1", "A1", "Q2", "A2", "Q3", "A3")])
    assert outcomes(await run(library, [later])) == [("c", "updated", 2)]
    assert await shown(library) == ["Q1", "A1"]
    assert [one.text for one in await library.tree(chat.id)] == ["Q1", "A1"]
    await library.database.run(branches.restore_branch, chat.id, gone.id)
    assert [one.text for one in await library.tree(chat.id)] == ["Q1", "A1", "Q2", "A2", "Q3", "A3"]


async def test_what_was_deleted_for_good_comes_back_only_when_asked_for(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "1.json", [simple_chatgpt("a"), simple_chatgpt("b")])
    await run(library, [file])
    (gone,) = [one for one in await library.conversations() if one.title == "Chat a"]
    await library.folders.delete([gone.id])
    await library.folders.delete_for_good([gone.id])
    more = write(tmp_path / "2.json", [simple_chatgpt("a", "Q", "A", "And?"), simple_chatgpt("b")])
    for report in (await plan(library, [more]), await run(library, [more])):
        assert outcomes(report) == [("a", "deleted", 0), ("b", "known", 0)]
    assert len(await library.conversations()) == 1
    for report in (
        await plan(library, [more], also_deleted=True), await run(library, [more], also_deleted=True)
    ):  # fmt: skip
        assert outcomes(report) == [("a", "new", 3), ("b", "known", 0)]
    assert outcomes(await run(library, [more])) == [("a", "known", 0), ("b", "known", 0)]


async def test_how_chats_are_put_away_elsewhere_is_how_they_are_put_away_here(library: Library, tmp_path: Path) -> None:
    webui = {"id": "w", "title": "W", "pinned": True, "meta": {"tags": ["Trip to Rome", "c++ & rust", "🦆", 7]},
             "chat": {"history": {"messages": {"q": {"role": "user", "content": "Hi"}}}}}  # fmt: skip
    said = {"uuid": "1", "sender": "human", "text": "Hi"}
    chats = [webui, claude("k", said, is_starred=True), simple_chatgpt("g") | {"is_archived": True}]
    await run(library, [write(tmp_path / "x.json", chats)])
    shown = {one.title: one for one in await library.conversations()}
    assert {title: (one.pinned, one.tags) for title, one in shown.items()} == {
        "W": (True, ("c++-rust", "trip-to-rome")), "Chat k": (True, ()),
    }  # fmt: skip
    ids = await library.database.read(
        lambda connection: connection.execute("SELECT title FROM conversations WHERE archived").fetchall()
    )
    assert ids == [("Chat g",)]


async def test_two_files_with_the_same_numbers_are_two_chats(library: Library, tmp_path: Path) -> None:
    files = [oterm(tmp_path / "a.db", "Hi", "Ho"), oterm(tmp_path / "b.db", "Why?", "So.")]
    await run(library, files)
    assert len(await library.conversations()) == 2
    report = await run(library, files)
    assert [entry.outcome for entry in report.entries] == ["known", "known"]


async def shown(library: Library) -> list[str]:
    (chat,) = await library.conversations()
    return [one.text for one in (await library.open(chat.id)).messages]


async def test_a_reply_that_has_grown_or_was_made_anew_is_shown_and_the_old_one_kept(
    library: Library, tmp_path: Path
) -> None:
    part = {"part_kind": "user-prompt", "content": "How deep?", "timestamp": "2026-01-01T00:00:00Z"}
    call = {"part_kind": "tool-call", "tool_name": "sonar", "args": "{}", "tool_call_id": "c"}
    back = {"part_kind": "tool-return", "tool_name": "sonar", "content": "9", "tool_call_id": "c"}
    run_so_far = [{"kind": "request", "parts": [part]}, {"kind": "response", "parts": [call]}]
    done = [*run_so_far, {"kind": "request", "parts": [back]},
            {"kind": "response", "parts": [{"part_kind": "text", "content": "Nine."}]}]  # fmt: skip
    await run(library, [write(tmp_path / "run.json", run_so_far)])
    report = await run(library, [write(tmp_path / "run.json", done)])
    assert [(entry.outcome, entry.added) for entry in report.entries] == [("updated", 1)]
    assert await shown(library) == ["How deep?", "Nine."]
    await library.folders.delete([(await library.conversations())[0].id])
    file = tmp_path / "store.db"
    for answer in ("Rye.", "Wheat."):  # the program writes over the answer before
        file.unlink(missing_ok=True)
        await run(library, [oterm(file, "Flour?", answer)])
        assert await shown(library) == ["Flour?", answer]
    (chat,) = await library.conversations()
    assert [one.text for one in await library.tree(chat.id)] == ["Flour?", "Rye.", "Wheat."]


async def test_what_is_said_before_is_what_happens(library: Library, tmp_path: Path) -> None:
    await run(library, [write(tmp_path / "0.json", [simple_chatgpt("a"), simple_chatgpt("gone")])])
    (gone,) = [one for one in await library.conversations() if "gone" in one.title]
    await library.folders.delete([gone.id])
    branch = simple_chatgpt("a", "Why?", "Because.")
    branch["mapping"]["other"] = chatgpt_node("other", "a-0", "assistant", "Or not.")
    chats = [simple_chatgpt("a", "Why?", "Because.", "Go on"), branch, simple_chatgpt("gone"), simple_chatgpt("gone"),
             simple_chatgpt("b"), simple_chatgpt("b"), simple_chatgpt("b", "Why?", "Because.", "More")]  # fmt: skip
    file = write(tmp_path / "1.json", chats)
    said = outcomes(await plan(library, [file, file]))
    assert said == outcomes(await run(library, [file, file]))
    assert said[:7] == [("a", "updated", 1), ("a", "updated", 1), ("gone", "trashed", 0), ("gone", "trashed", 0),
                        ("b", "new", 2), ("b", "known", 0), ("b", "updated", 1)]  # fmt: skip


EVERYTHING: list[dict[str, Any]] = [
    chatgpt(
        "tools",
        chatgpt_node("first", None, "assistant", "How can I help?"),
        chatgpt_node("q", "first", content={"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-gone0001"}, "Look"]}),
        chatgpt_node("c1", "q", "assistant", content={"content_type": "code", "text": "print(1)"}, recipient="python"),
        chatgpt_node("c2", "c1", "assistant", content={"content_type": "code", "text": '["list"]'}, recipient="web"),
        chatgpt_node("r", "c2", "tool", content={"content_type": "system_error", "text": "no"}, name="web"),
        chatgpt_node("o", "r", "tool", "an orphan", name="bio"),
        chatgpt_node("q2", "o", words="And?"), chatgpt_node("q3", "q2", words="Well?"),
        chatgpt_node("end", "q3", "assistant", "So."),
        leaf="end",
    ),
    claude("open", {"uuid": "1", "sender": "human", "content": [{"type": "text", "text": "Go"}]},
           {"uuid": "2", "sender": "assistant", "content": [
               {"type": "tool_use", "id": "same", "name": "bad name!\u202e", "input": {}},
               {"type": "tool_use", "id": "same", "name": "b", "input": [1]},
               {"type": "tool_result", "tool_use_id": "same", "content": "one"}]}),
    claude("failed", {"uuid": "1", "sender": "human", "content": [{"type": "text", "text": "[b]\x1b[31m\ud800\x00"}]}),
]  # fmt: skip


async def test_every_provider_takes_every_history(library: Library, tmp_path: Path) -> None:
    paths = [write(tmp_path / "x.json", EVERYTHING)]
    if SHARED is not None:
        paths.append(SHARED)
    report = await run(library, paths)
    assert len(report.entries) >= 3
    broken: set[str] = set()
    for chat in await library.conversations(limit=1000):
        assert ChatSettings.from_json(chat.settings).tools == ""
        tree = await library.tree(chat.id)
        for leaf in {one.id for one in tree} - {one.parent_id for one in tree}:
            branch = await library.database.read(conversations.branch, chat.id, leaf)
            history = await history_of(branch, library.contents)
            asked = [*history.messages, ModelRequest([UserPromptPart("Go on.")])]
            for place in PLACES.values():
                sent = Sent(place.vendor, place.model, body_for(place, asked, NO_TOOLS))
                broken |= {f"{chat.title} {place.vendor}: {rule}" for rule in broken_rules(place.api, sent)}
    assert broken == set()


async def test_files_markup_and_failures_arrive_as_what_they_are(library: Library, tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc123"}
    (tmp_path / "file-abc123-wren.png").write_bytes(PNG)
    nodes = [
        chatgpt_node("q", None, content={"content_type": "multimodal_text", "parts": [image, "[b]What?\x1b[31m"]}),
        chatgpt_node("c", "q", "assistant", content={"content_type": "code", "text": "{}"}, recipient="dalle"),
        chatgpt_node("r", "c", "tool", content={"content_type": "multimodal_text", "parts": [image]}, name="dalle"),
        chatgpt_node("a", "r", "assistant", "Here."),
    ]
    title = "[red]\x1b[2J\u202e\ud800 title\n" + "x" * 500
    await run(library, [write(tmp_path / "x.json", [chatgpt("c", *nodes, leaf="a", title=title)])])
    (chat,) = await library.conversations()
    assert "\n" not in chat.title
    assert len(chat.title) <= 200
    asked, answer = (await library.open(chat.id)).messages
    files = await library.attachments(chat.id)
    assert [(file.message_id, file.name, file.data) for file in files] == [
        (asked.id, "wren.png", PNG), (answer.id, "wren.png", PNG),
    ]  # fmt: skip
    assert asked.text == "[b]What?\x1b[31m"  # kept; the screen makes it harmless
    kinds = [type(part).__name__ for part in stored_parts(answer)]
    assert kinds == ["ToolCallContent", "TextContent"]
    assert [len(getattr(part, "files", ())) for part in stored_parts(answer)] == [1, 0]
    ModelMessagesTypeAdapter.validate_json(answer.payload)


async def test_what_was_used_elsewhere_is_shown_and_not_counted(library: Library, tmp_path: Path) -> None:
    messages = {"q": {"role": "user", "content": "Hi"},
                "a": {"role": "assistant", "content": "Ho", "parentId": "q", "model": "m",
                      "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
                "e": {"role": "assistant", "parentId": "q", "model": "m", "error": "No credit"}}  # fmt: skip
    chat = {"title": "T", "history": {"messages": messages, "currentId": "a"}}
    await run(library, [write(tmp_path / "w.json", [{"id": "w", "title": "T", "chat": chat}])])
    (found,) = await library.conversations()
    _, answer, failed = await library.tree(found.id)
    assert json.loads(answer.usage) == {"input": 3, "output": 4, "requests": 1, "copied": True}
    assert answer.model == "openwebui:m"
    assert (failed.state, "No credit" in failed.failure) == ("failed", True)
    total = (await library.usage.read(UsageScope())).total
    assert (total.replies, total.input) == (0, None)  # the failed one, of which nothing is known, was none of ours too
    assert (await export_text(library, found.id, "csv")).count(",no,yes,") == 1
    copy = await library.duplicate(found.id)
    assert (await library.usage.read(UsageScope())).total.replies == 0
    assert copy is not None and {
        message.usage for message in await library.tree(copy.id) if message.kind == "prompt"
    } == {""}


# Our own.


async def exported(library: Library) -> list[str]:
    return sorted([await export_text(library, chat.id, "json") for chat in await library.conversations(limit=1000)])


async def an_own_chat(library: Library) -> str:
    """A chat with a branch, a file, a failure and what settings allow; returns its id."""
    owner = replace(conversation("Mine"), settings=ChatSettings(temperature=0.5, system_prompt="S").to_json())
    sent = Prompt("Look", (PromptAttachment("a.png", "image/png", PNG),))
    asked = replace(prompt(owner, "Look"), payload=prompt_payload(sent, owner.created_at))
    stored = await library.start_turn(owner, asked, reply(owner, asked, "One"), sent.rows(asked.id), leaf=None)
    assert stored is not None
    other = replace(
        reply(owner, asked, "Two"), state="failed", usage='{"input": 3}', failure='{"kind": "server", "title": "x"}'
    )
    await library.start_turn(stored, None, other, leaf=stored.active_leaf, at=asked.id)
    await library.rename(owner.id, "Renamed")
    return owner.id


async def test_our_json_out_and_in_again_is_the_same(library: Library, tmp_path: Path) -> None:
    id = await an_own_chat(library)
    texts = await exported(library)
    (tmp_path / "x.json").write_text(texts[0])
    assert outcomes(await run(library, [tmp_path / "x.json"])) == [(id, "known", 0)]
    other = Library(Database(None))
    await other.database.open()
    assert outcomes(await run(other, [tmp_path / "x.json"])) == [(id, "new", 3)]
    assert await exported(other) == texts
    assert outcomes(await run(other, [tmp_path / "x.json"])) == [(id, "known", 0)]
    assert await exported(other) == texts
    await other.database.close()


async def test_a_file_cannot_allow_tools_nor_put_its_content_under_anothers_hash(
    library: Library, tmp_path: Path
) -> None:
    await an_own_chat(library)
    document = json.loads((await exported(library))[0])
    document["conversation"]["settings"] |= {"tools": "all", "folder": "/etc"}
    document["conversation"]["id"] = "../../x"
    for message in document["messages"]:  # ids of another chat, which must not be touched
        message["conversation_id"] = "../../x"
    document["attachments"][0]["data"] = "aGVsbG8="
    document["messages"][1]["state"] = "streaming"
    before = await exported(library)
    report = await run(library, [write(tmp_path / "x.json", document)])
    assert [entry.notes for entry in report.entries] == [("1 file left out: not what it was",)]
    chat = await library.current(await library.find(report.entries[0].conversation_id))
    assert ChatSettings.from_json(chat.settings) == ChatSettings(temperature=0.5, system_prompt="S")
    assert len(await library.tree(chat.id)) == 3
    assert {message.state for message in await library.tree(chat.id)} == {"done", "interrupted", "failed"}
    assert before[0] in await exported(library)


async def test_a_prompt_that_was_exported_alone_has_the_model_of_its_chat(library: Library) -> None:
    id = await an_own_chat(library)
    (asked, *_) = await library.tree(id)
    document = json.loads(await export_text(library, id, "json", message=asked.id))
    assert document["conversation"]["model"] == (await library.find(id)).model != ""


async def test_a_message_that_came_alone_is_not_in_the_way_of_the_whole_chat(library: Library, tmp_path: Path) -> None:
    id = await an_own_chat(library)
    messages = (await library.open(id)).messages
    alone = await export_text(library, id, "json", message=messages[-1].id)
    assert f"\n{id}," in await export_text(library, id, "csv", message=messages[-1].id)  # which has rows of a chat
    whole = await export_text(library, id, "json")
    await library.folders.delete([id])
    await library.folders.delete_for_good([id])
    await run(library, [write(tmp_path / "1.json", json.loads(alone))])
    report = await run(library, [write(tmp_path / "2.json", json.loads(whole))])
    assert outcomes(report)[0][1] == "new"
    opened = await library.open(report.entries[0].conversation_id)
    assert [one.text for one in opened.messages] == [one.text for one in messages]
    assert outcomes(await run(library, [tmp_path / "1.json", tmp_path / "2.json"]))[0][1:] == ("known", 0)


async def test_a_chat_of_which_nothing_can_be_read_is_not_called_empty(library: Library, tmp_path: Path) -> None:
    await an_own_chat(library)
    document = json.loads((await exported(library))[0])
    document["messages"][0]["kind"] = "pronpt"  # all others follow it
    (missed,) = (await run(library, [write(tmp_path / "x.json", document)])).missed
    assert (missed.reason, missed.detail) == ("bad_conversation", "none of its messages can be read")


# Ids.


def test_another_version_of_us_knows_the_chats_again(tmp_path: Path) -> None:
    """Were these to change, the next export of everybody would come over a second time, beside the first."""
    call = chatgpt_node("c", "q", "assistant", content={"content_type": "code", "text": "1"}, recipient="py")
    nodes = [chatgpt_node("q", None, words="Q"), call, chatgpt_node("r", "c", "tool", "1", name="py")]
    webui = {"id": "w", "created_at": 1_760_000_000, "title": "W", "chat": {"history": {"messages": {
        "q": {"role": "user", "content": "Hi"}}}}}  # fmt: skip
    write(tmp_path / "a.json", [simple_chatgpt("c"), chatgpt("d", *nodes), webui])
    oterm(tmp_path / "b.db", "Hi", "Ho")
    made = [rows_of(chat, NOW) for chat in read(tmp_path)[0]]
    ids = [(rows.link.key, rows.conversation.id, *(one.id for one in rows.messages)) for rows in made]
    assert [(key, *map(tail_of, own)) for key, *own in ids] == [
        ("c", "8e50-3a2246cc2481", "92bb-002eebda7d04", "9b3d-93aace527e8a"),
        ("d", "9678-3d2d8a142532", "9ea7-dc048b640b42", "a50c-ed78a7bbfcda"),
        ("w", "b8ac-45acc1e90c41", "870c-31d62e4a2305"),
        ("1-3639efcd08abb273", "a413-945b348863f8", "b392-003bcc0f7d0c", "9b0d-234867c439cb"),
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    turns=st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=6),
    parents=st.lists(st.integers(-1, 9), min_size=6, max_size=6),
)
def test_whatever_the_tree_ids_are_unique_and_come_again(tmp_path: Path, turns: list[str], parents: list[int]) -> None:
    nodes = [
        chatgpt_node(f"n{at}", f"n{parents[at]}", "assistant" if at % 2 else "user", words, create_time=1.76e9 + at)
        for at, words in enumerate(turns)
    ]
    file = write(tmp_path / "x.json", [chatgpt("c", *nodes)])

    def made(now: datetime) -> ImportRows:
        ((chat,), _) = read(file)
        return rows_of(chat, now)

    one, other = made(NOW), made(datetime(2026, 12, 1, tzinfo=UTC))
    assert one == other
    ids = [message.id for message in one.messages]
    assert len(set(ids)) == len(ids)
    known: set[str | None] = {None}
    for message in one.messages:
        assert message.parent_id in known
        known.add(message.id)
    assert one.conversation.active_leaf in known
