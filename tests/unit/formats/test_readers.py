"""A person's years in another program: what is lost or mixed up here is lost for good once that account is closed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.foreign_chats import (
    PNG,
    chatgpt,
    chatgpt_node,
    claude,
    database,
    oterm,
    path_of,
    read,
    shared_exports,
    simple_chatgpt,
    write,
    zipped,
)
from tui.formats.imported import Call, File, ImportedChat, Result, Thoughts, Words
from tui.formats.readers import SOURCES

SHARED = shared_exports()
EXPECTED: dict[str, Any] = json.loads((SHARED / "expected.json").read_text()) if SHARED else {}


def plain(words: str) -> str:
    return " ".join(words.split())


@pytest.mark.parametrize("name", EXPECTED)
def test_real_exports_hold_what_they_are_known_to_hold(name: str) -> None:
    assert SHARED is not None
    chats, skipped = read(SHARED / name)
    assert {one.reason for one in skipped} <= {"beside"}
    wanted = EXPECTED[name]["conversations"]
    assert len(chats) == len(wanted)
    for chat, want in zip(chats, wanted, strict=True):
        assert chat.source in SOURCES
        check(chat, want)


def check(chat: ImportedChat, want: dict[str, Any]) -> None:
    path = path_of(chat)
    if isinstance(want["title"], str):
        assert chat.title == want["title"]
    assert want["source_id"] in (None, chat.source_id)
    assert len(chat.messages) == want["turns"]
    assert len(path) == len(want["path"])
    for message, told in zip(path, want["path"], strict=True):
        if isinstance(told, list):
            assert (message.role, plain(message.text)) == (told[0], plain(told[1]))
        else:
            assert message.role == told["role"]
            assert all(words in plain(message.text) for words in told["has"])
            assert not any(words in message.text for words in told.get("not", ()))
    assert sorted({one.model for one in chat.messages if one.model}) == sorted(want["models"])
    assert want.get("system_has", "") in chat.system
    parts = [part for message in chat.messages for part in message.parts]
    assert sum(isinstance(part, File) for part in parts) >= want.get("attachments", 0)
    everything = " ".join(map(repr, parts)) + " ".join(
        part.data.decode("utf-8", "replace") for part in parts if isinstance(part, File) and part.data
    )
    assert all(words in everything for words in want.get("anywhere", ()))
    if "created" in want:
        assert chat.created is not None
        assert chat.created.timestamp() == want["created"]


# ChatGPT.


def test_a_tree_is_read_by_its_parents_whatever_else_is_wrong(tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("answer", "asked", "assistant", "An answer", metadata={"model_slug": "o3"}),
        chatgpt_node("other", "asked", "assistant", "Another", create_time=5e11),
        chatgpt_node("asked", "hidden", words="A question"),
        chatgpt_node("hidden", "gone", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
        chatgpt_node("round", "trip", words="Round"),
        chatgpt_node("trip", "round", "assistant", "Trip"),
        {"id": "empty", "message": None, "parent": None},
        chatgpt_node("itself", "itself", words="Alone"),
    ]
    ((chat,), skipped) = read(write(tmp_path / "x.json", [chatgpt("c", *nodes, leaf="answer")]))
    assert skipped == []
    assert [(one.role, one.text) for one in path_of(chat)] == [("user", "A question"), ("assistant", "An answer")]
    assert {one.text for one in chat.messages} == {"A question", "An answer", "Another", "Round", "Trip", "Alone"}
    assert chat.messages[0].created is None  # never 1970
    seen: set[str | None] = {None}
    for message in chat.messages:
        assert message.parent in seen
        seen.add(message.source_id)


def test_a_leaf_that_is_gone_leads_to_the_newest_one(tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("a", None, words="Q", create_time=1_760_000_000),
        chatgpt_node("new", "a", "assistant", "newest", create_time=1_760_000_009),
        chatgpt_node("old", "a", "assistant", "older", create_time=1_760_000_005),
    ]
    for leaf in (None, "ghost"):
        ((chat,), _) = read(write(tmp_path / "x.json", [chatgpt("c", *nodes, leaf=leaf)]))
        assert path_of(chat)[-1].text == "newest"


def test_thousands_of_generations_are_no_recursion(tmp_path: Path) -> None:
    chat = simple_chatgpt("c", *(f"turn {at}" for at in range(3_000)))
    ((found,), _) = read(write(tmp_path / "x.json", [chat]))
    assert len(path_of(found)) == 3_000


def test_tool_traffic_thoughts_and_citations_become_one_reply(tmp_path: Path) -> None:
    cited = "Euclid \ue200cite\ue202turn0\ue201, see \ue200navlist\ue202x\ue201."
    references = [{"matched_text": "\ue200cite\ue202turn0\ue201", "items": [{"title": "E", "url": "https://e.org"}]}]
    nodes = [
        chatgpt_node("q", None, words="Why?"),
        chatgpt_node("t", "q", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "Hm."}]}),
        chatgpt_node("c", "t", "assistant", content={"content_type": "code", "text": "print(1)"}, recipient="python"),
        chatgpt_node("r", "c", "tool", content={"content_type": "execution_output", "text": "1"}, name="python"),
        chatgpt_node("e", "r", "assistant", ""),
        chatgpt_node("a", "e", "assistant", cited, metadata={"content_references": references}),
        chatgpt_node("u", "a", "assistant", content={"content_type": "hologram", "text": "New."}),
    ]
    ((chat,), _) = read(write(tmp_path / "x.json", [chatgpt("c", *nodes, leaf="u")]))
    reply = path_of(chat)[1]
    assert reply.parts == (
        Thoughts("Hm."), Call("c", "python", "print(1)"), Result("c", "python", "1"),
        Words("Euclid ([E](https://e.org)), see."), Words("[hologram] New."),
    )  # fmt: skip
    assert chat.notes == ("1 part of an unknown kind only named",)


def test_files_beside_an_export_come_along_and_no_others_do(tmp_path: Path) -> None:
    (tmp_path / "passwords.txt").write_text("secret")
    pointers = ["sediment://file_0000abcd", "file-service://passwords", "sediment://../passwords"]
    parts = [{"content_type": "image_asset_pointer", "asset_pointer": one} for one in pointers]
    chat = chatgpt("c", chatgpt_node("q", None, content={"content_type": "multimodal_text", "parts": [*parts, "Hi"]}))
    write(tmp_path / "conversations.json", [chat])
    (tmp_path / "file_0000abcd-bird.png").write_bytes(PNG)
    archive = zipped(tmp_path / "x.zip", {"sub/conversations.json": [chat], "dalle/file_0000abcd-bird.png": PNG})
    for place in (tmp_path / "conversations.json", archive):
        ((found,), _) = read(place)
        files = [part for part in found.messages[0].parts if isinstance(part, File)]
        assert [(file.name, file.media_type, file.data) for file in files] == [
            ("bird.png", "image/png", PNG), ("passwords", "image/png", None), ("../passwords", "image/png", None),
        ]  # fmt: skip


# The others.


def test_claude_keeps_pasted_texts_tools_and_the_newest_branch(tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    messages: list[dict[str, Any]] = [
        {"uuid": "b", "sender": "assistant", "parent_message_uuid": "a", "created_at": "2026-01-02T00:00:00Z",
         "text": "Flat.", "content": [
             {"type": "thinking", "thinking": "Hm."},
             {"type": "tool_use", "id": "t", "name": "repl", "input": {"x": 1}},
             {"type": "tool_result", "tool_use_id": "t", "name": "repl", "content": [{"type": "text", "text": "no"}],
              "is_error": True},
             {"type": "token_budget"}, {"type": "text", "text": "Done."}]},
        {"uuid": "a", "sender": "human", "parent_message_uuid": root, "text": "", "content": [],
         "attachments": [{"file_name": "", "extracted_content": "pasted words"}],
         "files": [{"file_uuid": "f", "file_name": "cat.jpg"}],
         "files_v2": [{"file_uuid": "f", "file_name": "cat.jpg"}]},
        {"uuid": "c", "sender": "assistant", "parent_message_uuid": "a", "created_at": "2026-01-01T00:00:00Z",
         "content": [], "text": "Old form."},
    ]  # fmt: skip
    value = [claude("k", *messages), claude("empty"), {"uuid": "p", "docs": [], "prompt_template": ""}]
    beside = {
        "users.json": [{"uuid": "u"}],
        "projects/p.json": {"docs": []},
        "group_chats.json": [{"id": 1}],
        "z.json": [],
    }
    archive = zipped(tmp_path / "d.zip", {"conversations.json": value} | beside)
    ((chat,), skipped) = read(archive)
    assert [one.reason for one in skipped] == ["empty", "unsupported", "unsupported", "beside", "beside", "beside"]
    asked, answer = path_of(chat)
    assert asked.parts == (File("pasted.txt", "text/plain", b"pasted words"), File("cat.jpg", "", None, "f"))
    assert answer.parts == (
        Thoughts("Hm."), Call("t", "repl", '{"x": 1}'), Result("t", "repl", "no", ok=False), Words("Done."),
    )  # fmt: skip
    assert {one.text for one in chat.messages} == {"", "Done.", "Old form."}
    assert answer.model == ""  # the export does not name it, and nothing is made up


def test_open_webui_has_its_thoughts_and_tools_inside_the_text(tmp_path: Path) -> None:
    content = (
        '<details type="reasoning" done="true"><summary>Thought for 2 s</summary>\n> a &lt; b\n> so\n</details>\n'
        '<details type="tool_calls" done="true" id="t" name="sum" arguments="{&quot;a&quot;: 1}" result="3">\n'
        "<summary>Tool</summary>\n</details>\nThree."
    )
    messages = {
        "q": {"role": "user", "content": "Add", "timestamp": 1_760_000_000, "childrenIds": ["ghost", "q"]},
        "a": {"role": "assistant", "content": content, "parentId": "q", "model": "m",
              "usage": {"prompt_eval_count": 3, "eval_count": 4}},
        "e": {"role": "assistant", "content": "", "parentId": "q", "model": "n", "error": {"content": "No credit"}},
    }  # fmt: skip
    chat = {"history": {"messages": messages, "currentId": "a"}, "title": "T", "timestamp": 1_760_000_000_000}
    rows = [{"id": "w", "user_id": "u", "title": "T", "chat": chat}, {"id": "n", "user_id": "u", "chat": None}, chat]
    (first, bare), skipped = read(write(tmp_path / "w.json", rows))
    assert [one.reason for one in skipped] == ["empty"]
    answer = path_of(first)[1]
    assert answer.parts == (
        Thoughts("a < b\nso"), Call("t", "sum", '{"a": 1}'), Result("t", "sum", "3"), Words("Three."),
    )  # fmt: skip
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == (3, 4)
    assert [one.failure for one in first.messages] == ["", "", "No credit"]
    assert bare.created is not None  # a time in milliseconds
    assert bare.created.year == 2025


ROOT = "00000000-0000-0000-0000-000000000000"


def test_librechat_with_its_branches_as_a_tree_and_as_a_list(tmp_path: Path) -> None:
    call = {"id": "t", "name": "sum", "args": '{"a": 1}', "output": "1", "type": "tool_call"}
    old = {"id": "f", "type": "function", "function": {"name": "old", "arguments": "{}", "output": "2"}}
    asked: dict[str, Any] = {
        "messageId": "q", "parentMessageId": ROOT, "isCreatedByUser": True, "sender": "User", "text": "Add",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "files": [{"file_id": "f", "filename": "a.pdf", "filepath": "/images/a.pdf", "type": "application/pdf"}],
    }  # fmt: skip
    answer: dict[str, Any] = {
        "messageId": "a", "parentMessageId": "q", "isCreatedByUser": False, "model": "gpt-5.6", "endpoint": "openAI",
        "text": "", "createdAt": "2026-01-01T00:00:02.000Z", "tokenCount": 7, "content": [
            {"type": "think", "think": "Hm."}, {"type": "tool_call", "tool_call": call}, {"type": "agent_update"},
            {"type": "tool_call", "tool_call": old}, {"type": "text", "text": {"value": "One."}}, {"type": "hologram"}],
    }  # fmt: skip
    other = {"messageId": "b", "parentMessageId": "q", "isCreatedByUser": False, "error": True, "text": "No credit",
             "createdAt": "2026-01-01T00:00:01.000Z"}  # fmt: skip
    head = {"conversationId": "c", "endpoint": "agents", "title": "Sums", "options": {"promptPrefix": "Be brief."}}
    as_list = head | {"branches": True, "recursive": False, "messages": [asked, answer, other]}
    as_tree = head | {"branches": True, "recursive": True, "messagesTree": [asked | {"children": [answer, other]}]}
    ((chat,), _) = read(write(tmp_path / "list.json", as_list))
    ((again,), _) = read(write(tmp_path / "tree.json", as_tree))
    assert again == chat
    assert (chat.source, chat.source_id, chat.title, chat.system) == ("librechat", "c", "Sums", "Be brief.")
    prompt, reply = path_of(chat)
    assert prompt.parts == (Words("Add"), File("a.pdf", "application/pdf", None, "/images/a.pdf"))
    assert reply.parts == (
        Thoughts("Hm."), Call("t", "sum", '{"a": 1}'), Result("t", "sum", "1"), Call("f", "old", "{}"),
        Result("f", "old", "2"), Words("One."), Words("[hologram]"),
    )  # fmt: skip
    assert (reply.model, reply.provider) == ("gpt-5.6", "openai")
    assert [one.failure for one in chat.messages] == ["", "", "No credit"]
    deep: dict[str, Any] = answer
    for at in range(150):
        deep = {"messageId": f"{at}", "children": [deep]}
    _, (refused,) = read(write(tmp_path / "deep.json", head | {"messagesTree": [deep]}))
    assert 'without "recursive"' in refused.detail


def test_what_an_export_of_ours_leaves_beside_its_files_is_no_chat_that_cannot_be_read(tmp_path: Path) -> None:
    manifest = {"version": 1, "files": {"a.json": {"id": "1"}}}
    write(tmp_path / "all" / ".chinwag-export.json", manifest)
    write(tmp_path / "all" / "chat.json", [simple_chatgpt("one")])
    chats, skipped = read(tmp_path / "all")
    assert (len(chats), skipped) == (1, [])
    assert [one.reason for one in read(tmp_path / "all" / ".chinwag-export.json")[1]] == ["beside"]


@pytest.mark.parametrize("name", ["chats.jsonl", "chats.json"])
def test_json_lines_are_called_what_they_are(tmp_path: Path, name: str) -> None:
    line = '{"messages": [{"role": "user", "content": "Why?"}]}'
    file = tmp_path / name
    file.write_text(f"{line}\n{line}\n")
    chats, (told,) = read(file)
    assert not chats and told.reason == "unsupported" and "JSON lines" in told.detail and "-f json" in told.detail
    file.write_text(f"{line}\n")
    assert read(file)[1][0].detail.startswith("JSON lines" if name.endswith("jsonl") else "it has no chats")


def test_the_activity_of_gemini_is_known_and_not_guessed_at(tmp_path: Path) -> None:
    entry = {"header": "Gemini Apps", "title": "Prompted Why?", "time": "2026-02-02T07:24:02.806Z",
             "products": ["Gemini Apps"], "safeHtmlItem": [{"html": "<p>So.</p>"}]}  # fmt: skip
    page = tmp_path / "MyActivity.html"
    page.write_text("<html><style>.mdl-typography</style><p>Gemini Apps</p>")
    chats, skipped = read(zipped(tmp_path / "t.zip", {"Takeout/My Activity/MyActivity.json": [entry, entry]}), page)
    assert chats == []
    assert ["does not say what belongs to which chat" in one.detail for one in skipped] == [True, True]


def test_an_upgraded_log_of_llm_is_one_chat_with_the_ids_of_before(tmp_path: Path) -> None:
    before: dict[str, list[dict[str, Any]]] = {
        "conversations": [{"id": "c", "name": "Old name", "model": "m"}],
        "responses": [
            {"id": "r1", "model": "m", "prompt": "One?", "system": "Be brief.", "response": "Two.",
             "conversation_id": "c", "datetime_utc": "2025-01-01T00:00:00", "input_tokens": 1, "output_tokens": 2},
            {"id": "r9", "model": "m", "prompt": "Alone?", "system": None, "response": "Yes.",
             "conversation_id": None, "datetime_utc": "2025-01-01T00:00:00", "input_tokens": 1, "output_tokens": 2},
        ],
    }  # fmt: skip
    chain = [("s", None, "system"), ("u1", "s", "user"), ("a1", "u1", "assistant"), ("u2", "a1", "user"),
             ("a2", "u2", "assistant")]  # fmt: skip
    said = {"s": "Be brief.", "u1": "One?", "a1": "Two.", "u2": "Three?", "a2": "Four."}
    after: dict[str, list[dict[str, Any]]] = before | {
        "threads": [{"id": "c", "name": "Three?", "tip_message_hash": "a2", "datetime_utc": "2026-01-01T00:00:00"}],
        "turns": [{"id": "t", "thread_id": "c", "parent_message_hash": "u2", "tip_message_hash": "a2", "model": "n",
                   "input_tokens": 5, "output_tokens": 6, "datetime_utc": "2026-01-01T00:00:00"}],
        "messages": [{"hash": hash, "parent_hash": up, "role": role} for hash, up, role in chain],
        "parts": [{"id": at, "message_hash": hash, "position": 0, "type": "text", "tool_name": None, "text": text,
                   "payload": None} for at, (hash, text) in enumerate(said.items())],
    }  # fmt: skip
    old, _ = read(database(tmp_path / "old.db", before))
    new, _ = read(database(tmp_path / "new.db", after))
    assert [(chat.source_id, len(chat.messages)) for chat in old] == [("r9", 2), ("c", 2)]
    by_id = {chat.source_id: chat for chat in new}
    grown = by_id["c"]
    assert (grown.title, grown.system) == ("Old name", "Be brief.")
    assert [(one.text, one.model) for one in grown.messages] == [
        ("One?", ""), ("Two.", "m"), ("Three?", ""), ("Four.", "n"),
    ]  # fmt: skip
    assert [one.source_id for one in grown.messages][:2] == [one.source_id for one in old[1].messages]


def test_old_oterm_and_its_numbers_that_are_in_every_file(tmp_path: Path) -> None:
    rows = [{"id": 1, "chat_id": 1, "author": "me", "text": "Hi"}, {"id": 2, "chat_id": 1, "author": "ollama",
            "text": "Ho"}]  # fmt: skip
    seven = database(tmp_path / "a.db", {"chat": [{"id": 1, "name": "", "model": "m"}], "message": rows})
    ((one,), _) = read(seven)
    ((other,), _) = read(oterm(tmp_path / "b.db", "Why?", "So."))
    assert [(message.role, message.text) for message in one.messages] == [("user", "Hi"), ("assistant", "Ho")]
    assert one.source_id == other.source_id == "1"
    assert one.key != other.key  # or one person's two machines would become one chat
    assert one.updated is not None  # the file's own time: there is no other


def test_aichat_reads_words_of_yaml_as_the_words_that_they_are(tmp_path: Path) -> None:
    (tmp_path / "sessions" / "_").mkdir(parents=True)
    file = tmp_path / "sessions" / "_" / "20260102T030405-what-time.yaml"
    file.write_text(
        "model: openai:gpt-4o\ncompressed_messages:\n- {role: system, content: Old}\n- {role: user, content: on}\n"
        "- {role: assistant, content: 2026-01-01}\nmessages:\n- {role: system, content: a summary}\n"
        "- {role: user, content: 12:30}\n- {role: assistant, content: yes}\n"
    )
    ((chat,), _) = read(tmp_path)
    assert [one.text for one in chat.messages] == ["on", "2026-01-01", "12:30", "yes"]
    assert (chat.title, chat.system, chat.source_id) == ("what time", "Old", f"_/{file.name}")
    assert str(chat.created) == "2026-01-02 03:04:05+00:00"
    file.write_text("a: &a [x, x]\nmodel: m\nmessages: [*a, *a]\n")
    _, (refused,) = read(file)
    assert (refused.reason, refused.detail) == ("bad_file", "it uses aliases of YAML, as no session does")
    notes = tmp_path / "notes.md"
    notes.write_text("# Settings\n\nmodel: [the one\n")
    assert [one.reason for one in read(notes)[1]] == ["unsupported"]
