"""An export is a file from the net: a bad one costs itself, says so in a line, and never memory, time or the rest."""

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.foreign_chats import oterm, read, simple_chatgpt, write, zipped
from tui.formats.readers.json_items import TruncatedError, list_items

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
        (b"[" + b"[" * 100_000 + b"]" * 100_000 + b"]", "bad_conversation", "nested too deeply"),
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
    odd = [b"{broken}", b'{"mapping": {"a": {}}}', b"[" * 500 + b"]" * 500, b"null", b'{"chat_messages": 1}']
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


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_export_of_a_newer_chinwag_is_refused_kindly(tmp_path: Path, version: object) -> None:
    value = {"format": "chinwag", "version": version, "conversation": {"id": "x"}, "messages": []}
    chats, (refused,) = read(write(tmp_path / "x.json", value))
    assert chats == []
    assert "newer Chinwag" in refused.detail
