"""An export is a file from the net: a bad one costs itself, says so in a line, and never memory, time or the rest."""

import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.foreign_chats import (
    chatgpt,
    chatgpt_node,
    claude,
    database,
    oterm,
    path_of,
    read,
    simple_chatgpt,
    write,
    zipped,
)
from tests.support.rounds import part_of
from tui.chat.imported_rows import rows_of
from tui.formats.imported import ImportedChat, Skipped
from tui.formats.readers.files import read_paths
from tui.formats.readers.json_items import TruncatedError, list_items
from tui.store.foreign import open_foreign

GOOD = json.dumps(simple_chatgpt("good")).encode()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", '\\"', "[", "]}", ","]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=5), st.sampled_from([1, 2, 3, 7, 10_000]), st.booleans())
def test_a_list_falls_into_its_items_wherever_it_is_cut(values: list[object], size: int, indented: bool) -> None:
    data = b"\xef\xbb\xbf\n " + json.dumps(values, indent=2 if indented else None).encode() + b"\n"
    found = list(list_items(pieces(data, size)))
    assert [json.loads(item) for item in found if item is not None] == values


def test_an_item_that_is_too_long_is_not_kept_and_hides_nothing() -> None:
    data = b'[1, "' + b"x" * 5000 + b'", {"a": [' + b"2," * 3000 + b"2]}, 3]"
    assert list(list_items(pieces(data, 100), limit_bytes=1000)) == [b"1", None, None, b"3"]


@pytest.mark.parametrize("data", [b'[{"a": 1}, {"b"', b"[", b'["', b'["\\'])
def test_a_list_that_breaks_off_is_no_list_that_ends(data: bytes) -> None:
    with pytest.raises(TruncatedError):
        list(list_items([data]))


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (b"", "bad_file", "it is empty"),
        (b"not json", "unsupported", "no chats of a program that is known"),
        (b"{", "bad_file", "no valid JSON"),
        (b'{"a": 1}', "unsupported", "no chats of a program that is known"),
        (b"\xff\xfe[", "bad_file", "no valid UTF-16"),
        (b"[" * 100_000, "bad_file", "breaks off after no. 0"),
        (b"[" + b"[" * 100_000 + b"]" * 100_000 + b"]", "unsupported", "no chats"),
        (b'[{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]", "bad_conversation", "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "bad_file", "nested too deeply"),
        (GOOD.replace(b'"mapping"', b'"maping"'), "unsupported", "no chats"),
        (b'[{"mapping": {"a": 7, "b": {"parent": ["a"], "message": {"author": "x"}}}}]', "empty", "no messages"),
        (b'[{"chat_messages": [7, {"sender": 1, "content": {"a": 1}}]}]', "empty", "no messages"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "bad_file", ""),
        (b"PK\x03\x04 torn", "bad_file", "archive is damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, data: bytes, reason: str, detail: str) -> None:
    (tmp_path / "export.json").write_bytes(data)
    chats, (skipped, *_) = read(tmp_path / "export.json")
    assert chats == []
    assert skipped.reason == reason
    assert detail in skipped.detail
    assert "export.json" in skipped.where


def test_one_bad_conversation_never_costs_the_rest(tmp_path: Path) -> None:
    odd = [
        b"{broken}",
        b'{"mapping": {"a": {}}}',
        b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
        b"null",
        b'{"chat_messages": 1}',
    ]
    (tmp_path / "x.json").write_bytes(b"[" + b",".join([*odd, GOOD]) + b"]")
    chats, skipped = read(tmp_path / "x.json")
    assert [chat.source_id for chat in chats] == ["good"]
    assert sorted(one.reason for one in skipped) == ["bad_conversation", "bad_conversation", "empty", "unsupported"]
    (tmp_path / "x.json").write_bytes(b"[" + GOOD + b", {")  # as a download breaks off
    chats, (torn,) = read(tmp_path / "x.json")
    assert len(chats) == 1
    assert "what was whole is read" in torn.detail


def test_bombs_links_and_names_of_an_archive_do_no_harm(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {
        "conversations.json": [simple_chatgpt("good")], "../../outside.json": [simple_chatgpt("named")],
        "__MACOSX/._conversations.json": b"\x00\x05\x16\x07", "bomb.json": b"[" + b" " * (40 << 20) + b"]",
    })  # fmt: skip
    with zipfile.ZipFile(archive, "a") as opened:
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    chats, (bomb,) = read(archive)
    assert {chat.source_id for chat in chats} == {"good", "named"}
    assert (bomb.reason, "swells up to 40 MB" in bomb.detail) == ("unsafe", True)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]
    assert not (tmp_path.parent.parent / "outside.json").exists()


def test_an_archive_that_is_torn_keeps_what_comes_before(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"a.json": [simple_chatgpt("good")], "b.json": [simple_chatgpt("torn")]})
    data = bytearray(archive.read_bytes())
    at = data.index(b"b.json") + 40
    data[at : at + 20] = b"\xff" * 20
    archive.write_bytes(data)
    chats, (torn,) = read(archive)
    assert [chat.source_id for chat in chats] == ["good"]
    assert torn.reason == "bad_file"


def test_a_folder_is_read_through_without_its_links(tmp_path: Path) -> None:
    write(tmp_path / "in" / "deep" / "one.json", [simple_chatgpt("one")])
    (tmp_path / "in" / "notes.txt").write_text("not looked at")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    oterm(tmp_path / "in" / "store.db", "Hi", "Ho")
    chats, skipped = read(tmp_path / "in", tmp_path / "nowhere")
    assert {chat.source for chat in chats} == {"chatgpt", "oterm"}
    assert [one.detail for one in skipped] == ["there is no such file"]


# Every place of every format, broken in every way.

NODES = [
    chatgpt_node("q", None, content={"content_type": "multimodal_text", "parts": ["Hi", {
        "content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc123"}]},
        metadata={"attachments": [{"id": "file-abc123", "name": "a.png", "mime_type": "image/png"}]}),
    chatgpt_node("t", "q", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "Hm."}]}),
    chatgpt_node("c", "t", "assistant", content={"content_type": "code", "text": "1"}, recipient="py"),
    chatgpt_node("r", "c", "tool", content={"content_type": "execution_output", "text": "1"}, name="py"),
    chatgpt_node("a", "r", "assistant", "So \ue200cite\ue202x\ue201.", create_time=1_760_000_001.5, metadata={
        "model_slug": "o3",
        "content_references": [{"matched_text": "\ue200cite\ue202x\ue201", "items": [{"url": "u"}]}]}),
]  # fmt: skip
CLAUDE = claude("k", {
    "uuid": "a", "sender": "human", "created_at": "2026-01-02T00:00:00Z", "parent_message_uuid": None, "text": "Hi",
    "attachments": [{"file_name": "", "extracted_content": "pasted"}], "files": [{"file_uuid": "f", "file_name": "b"}],
}, {"uuid": "b", "sender": "assistant", "parent_message_uuid": "a", "content": [
    {"type": "thinking", "thinking": "", "summaries": [{"summary": "Hm."}]},
    {"type": "tool_use", "id": "t", "name": "repl", "input": {"x": 1}},
    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "file_uuid": "f"}], "is_error": True},
    {"type": "text", "text": "Done."}]})  # fmt: skip
WEBUI = {"id": "w", "title": "T", "created_at": 1, "chat": {"models": ["m"], "params": {"system": "S"}, "history": {
    "currentId": "a", "messages": {
        "q": {"role": "user", "content": [{"image_url": {"url": "data:image/png;base64,iVBORw=="}}],
              "files": [{"type": "file", "name": "n", "file": {"data": {"content": "x"}, "meta": {"name": "n"}}}]},
        "a": {"role": "assistant", "parentId": "q", "content": '<details type="reasoning">> x</details>So',
              "timestamp": 1_760_000_000, "usage": {"prompt_tokens": 1}, "error": {"content": "E"}, "output": [
                  {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                  {"type": "function_call_output", "call_id": "c", "output": [{"text": "1"}]}]}}}}}  # fmt: skip
PARLLAMA = {
    "id": "p",
    "name": "N",
    "last_updated": "2026-01-01T00:00:00",
    "llm_config": {"provider": "P"},
    "messages": [
        {"id": "1", "role": "user", "content": "Hi", "images": ["data:image/png;base64,iVBORw=="]},
        {
            "id": "2",
            "role": "assistant",
            "content": "Ho",
            "thinking": "Hm",
            "tool_calls": [{"function": {"name": "f"}}],
        },
    ],
}
PYDANTIC = [
    {"kind": "request", "instructions": "I", "parts": [
        {"part_kind": "user-prompt", "content": ["Hi", {"kind": "binary", "data": "iVBORw==", "media_type": "a/b"}]}]},
    {"kind": "response", "model_name": "m", "usage": {"input_tokens": 1}, "timestamp": "2026-01-01", "parts": [
        {"part_kind": "thinking", "content": "Hm"},
        {"part_kind": "tool-call", "tool_name": "f", "args": {"a": 1}, "tool_call_id": "c"}]},
    {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": "f", "content": [1], "tool_call_id": "c"}]},
]  # fmt: skip
OURS = {"format": "chinwag", "version": 1, "conversation": {"id": "x", "settings": {}, "active_leaf": "n"},
        "messages": [{"id": "m", "kind": "prompt", "text": "Hi", "payload": [{"kind": "request", "parts": []}]},
                     {"id": "n", "kind": "reply", "parent_id": "m", "usage": {"input": 1}, "state": "done"}],
        "attachments": [{"message_id": "m", "hash": "h", "name": "n", "data": "aGk="}]}  # fmt: skip
LIBRECHAT = {
    "conversationId": "l",
    "endpoint": "openAI",
    "options": {"promptPrefix": "S"},
    "messagesTree": [
        {
            "messageId": "a",
            "parentMessageId": "0",
            "isCreatedByUser": True,
            "text": "Hi",
            "createdAt": "2026-01-01",
            "files": [{"filename": "n", "filepath": "/f"}],
            "children": [
                {
                    "messageId": "b",
                    "parentMessageId": "a",
                    "content": [
                        {"type": "think", "think": {"value": "Hm"}},
                        {"type": "tool_call", "tool_call": {"id": "t", "args": {}}},
                        {"type": "image_url", "image_url": {"url": "u"}},
                        {"type": "text", "text": "Ho"},
                    ],
                    "error": True,
                }
            ],
        }
    ],
}
WHOLE = [chatgpt("c", *NODES, leaf="a"), CLAUDE, WEBUI, PARLLAMA, OURS, LIBRECHAT]
ODD: tuple[Any, ...] = (
    None, float("nan"), 10**400, -1e300, "\x00\ud800\x1b[31m[b]\u202e", [[{}]], {"a": []}, "9999-12-31T23:59:59-14:00",
    "data:image/png;base64,!!!",
)  # fmt: skip


def broken_once(value: Any) -> Iterator[Any]:
    """The value with one thing in it wrong: another value, a key without its last letter, an item gone or twice."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {(name[:-1] if name == key else name): one for name, one in value.items()}
            yield from (value | {key: other} for other in broken_once(inner))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield value[:at] + value[at + 1 :]
            yield [*value, inner]
            yield from ([*value[:at], other, *value[at + 1 :]] for other in broken_once(inner))
    yield from ODD


@pytest.mark.parametrize("whole", WHOLE, ids=lambda whole: str(list(whole)[-1]))
def test_nothing_that_may_stand_in_a_conversation_ends_the_import(
    tmp_path: Path, whole: dict[str, Any], rounds: int
) -> None:
    values = [*part_of(broken_once(whole), rounds, WHOLE.index(whole)), simple_chatgpt("last")]
    chats, skipped = read(write(tmp_path / "x.json", values))
    assert chats[-1].source_id == "last"
    assert len(chats) + len(skipped) > len(values) // 2  # the rest is counted in one line
    assert {one.reason for one in skipped} <= {"bad_conversation", "empty", "unsupported"}
    check_rows(chats)


def test_nothing_that_may_stand_in_a_list_of_messages_ends_the_import(tmp_path: Path) -> None:
    for number, value in enumerate(broken_once(PYDANTIC)):
        write(tmp_path / "in" / f"{number}.json", value)
    chats, skipped = read(tmp_path / "in")
    assert len(chats) > number // 2
    assert len(chats) + len(skipped) >= number
    check_rows(chats)


def check_rows(chats: list[ImportedChat]) -> None:
    for chat in chats:
        assert all(message.created is None or message.created.year >= 1990 for message in chat.messages)
        rows = rows_of(chat, datetime.now(UTC))
        ids = {message.id for message in rows.messages}
        assert len(ids) == len(rows.messages)
        assert {message.parent_id for message in rows.messages} <= ids | {None}
        assert rows.conversation.active_leaf in ids


@pytest.mark.parametrize("kind", ["list", "object", "yaml", "archive", "database", "utf-16"])
def test_what_breaks_off_anywhere_is_told_and_is_never_more_than_it_was(tmp_path: Path, kind: str) -> None:
    whole = tmp_path / "whole"
    match kind:
        case "list":
            write(whole, [simple_chatgpt("one"), simple_chatgpt("two")])
        case "object":
            write(whole, simple_chatgpt("one"))
        case "yaml":
            whole.write_text(
                "model: openai:m\nmessages:\n- {role: user, content: Hi}\n- {role: assistant, content: Ho}\n"
            )
        case "archive":
            zipped(whole, {"conversations.json": [simple_chatgpt("one")], "b.json": [simple_chatgpt("two")]})
        case "database":
            oterm(whole, "Hi", "Ho")
        case _:
            whole.write_text(json.dumps([simple_chatgpt("one")]), encoding="utf-16")
    data = whole.read_bytes()
    assert read(whole)[0]
    (tmp_path / "cut").mkdir()
    file = tmp_path / "cut" / whole.name
    for end in range(0, len(data), max(1, len(data) // 150)):
        file.write_bytes(data[:end])
        chats, skipped = read(file)
        assert skipped or kind == "yaml", end  # half a session may be a session
        assert len(chats) <= 2


def test_two_messages_of_one_id_are_both_there(tmp_path: Path) -> None:
    said = [{"uuid": "same", "sender": "human", "text": "One"}, {"uuid": "same", "sender": "assistant", "text": "Two"},
            {"uuid": "same", "sender": "human", "text": "One"}]  # fmt: skip
    ((chat,), _) = read(write(tmp_path / "x.json", [claude("c", *said)]))
    assert [one.text for one in path_of(chat)] == ["One", "Two"]
    rows = [{"id": None, "chat_id": 1, "author": "user", "text": "Yes"}] * 2
    ((chat,), _) = read(database(tmp_path / "x.db", {"chat": [{"id": 1, "name": "", "model": "m"}], "message": rows}))
    assert [one.text for one in path_of(chat)] == ["Yes", "Yes"]


def test_what_is_made_to_take_for_ever_does_not(tmp_path: Path) -> None:
    words = (
        "<details " * 50_000,
        '<details type="reasoning">' * 20_000,
        "<details>" + "a" * 300_000,
        "<summary>" * 50_000,
    )
    messages = {f"{at}": {"role": "assistant", "content": content} for at, content in enumerate(words)}
    (one,), _ = read(write(tmp_path / "a.json", [WEBUI | {"chat": {"history": {"messages": messages}}}]))
    assert len(one.messages) == len(words)
    marks = [{"matched_text": f"\ue200{at}\ue201"} for at in range(8_000)]
    said = "\ue200" + " " * 300_000 + "x" + "\ue2001\ue201" * 20_000
    nodes = [chatgpt_node("a", None, "assistant", said, metadata={"content_references": marks})]
    nodes += [chatgpt_node("", "", "assistant", "again"), *(chatgpt_node(f"{at}", f"{at + 1}") for at in range(5_000))]
    (one,), _ = read(write(tmp_path / "b.json", [chatgpt("c", *nodes)]))
    uses = [{"type": "tool_use", "id": f"{at}", "name": "f", "input": {}} for at in range(8_000)]
    back = [{"type": "tool_result", "tool_use_id": f"{at}", "content": ""} for at in reversed(range(8_000))]
    (one,), _ = read(write(tmp_path / "c.json", [claude("c", {"sender": "assistant", "content": uses + back})]))
    assert len(rows_of(one, datetime.now(UTC)).messages) == 1


# Files.


def test_an_export_is_known_by_its_content_in_any_encoding(tmp_path: Path) -> None:
    text = json.dumps([simple_chatgpt("one")])
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16", "utf-16-be")):
        file = tmp_path / f"{number}.yaml"
        file.write_bytes(("\ufeff" * (encoding == "utf-16-be") + text).encode(encoding))
        assert [chat.source_id for chat in read(file)[0]] == ["one"]


def test_links_and_what_goes_away_cost_only_themselves(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere.json", [simple_chatgpt("linked")])
    for name in ("a", "b", "c"):
        write(tmp_path / "in" / f"{name}.json", [simple_chatgpt(name)])
    (tmp_path / "in" / "link.json").symlink_to(elsewhere)
    (tmp_path / "in" / "round.json").symlink_to("round.json")
    found = read_paths([tmp_path / "in"], open_foreign)
    first = next(found)
    (tmp_path / "in" / "b.json").unlink()
    rest = list(found)
    assert [one.source_id for one in [first, *rest] if isinstance(one, ImportedChat)] == ["a", "c"]
    told = {one.where: one.detail for one in rest if isinstance(one, Skipped)}
    assert told == {
        str(tmp_path / "in" / "link.json"): "it is a link; name the file itself to read it",
        str(tmp_path / "in" / "round.json"): "it is a link; name the file itself to read it",
    } | ({str(tmp_path / "in" / "b.json"): "No such file or directory"} if len(told) == 3 else {})
    assert [chat.source_id for chat in read(tmp_path / "in" / "link.json")[0]] == ["linked"]  # named by the person


def test_databases_and_archives_that_cannot_be_read_say_what_they_are(tmp_path: Path) -> None:
    other = database(tmp_path / "other.db", {"bookmarks": [{"url": "u"}]})
    newer = database(tmp_path / "newer.db", {"threads": [{"uuid": 1}], "turns": [{"uuid": 1}]})
    ours = database(tmp_path / "ours.db", {"conversations": [{"active_leaf": 1}], "messages": [{"payload": 1}]})
    broken = tmp_path / "broken.db"
    broken.write_bytes(other.read_bytes().replace(b"CREATE TABLE", b"CREATE \xff\xcfBLE"))
    nested = zipped(tmp_path / "nested.zip", {"in.zip": zipped(tmp_path / "in.zip", {}).read_bytes(), "a.db": b""})
    empty = zipped(tmp_path / "empty.zip", {})
    chats, skipped = read(other, newer, ours, broken, nested, empty)
    assert chats == []
    words = ("no chats of a program that is known", "newer than this Chinwag", "a library of Chinwag", "is damaged",
             "it is empty", "an archive in an archive", "no file in it that could hold chats")  # fmt: skip
    assert len(skipped) == len(words)
    assert all(word in one.detail for word, one in zip(words, skipped, strict=True))


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_export_of_a_newer_chinwag_is_refused_kindly(tmp_path: Path, version: object) -> None:
    value = {"format": "chinwag", "version": version, "conversation": {"id": "x"}, "messages": []}
    chats, (refused,) = read(write(tmp_path / "x.json", value))
    assert chats == []
    assert "newer Chinwag" in refused.detail
