"""Where an export lands: never over something of the person's, never outside the folder, never half."""

import asyncio
import json
import os
import stat
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from sqlite3 import DatabaseError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.chat.export import Export, export_file, export_text, file_stem, whole_of
from tui.chat.export_all import export_all, export_joined
from tui.chat.export_manifest import NAME
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.messages import prompt_payload
from tui.errors import ExportError, StoreError, UsageError
from tui.formats import FORMATS
from tui.store.conversations import start_turn
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, Message, WholeConversation
from tui.store.rows import SqliteRow, message_of

HOSTILE = [
    "../../x",
    "/etc/x",
    "-rf",
    "a\x00b",
    "CON",
    "x" * 300,
    "\u202eexe.dm",
    "   ",
    "",
    "💥",
    "日本語",
    "a/b\\c:d*e?",
]


@pytest.fixture
async def chat(library: Library) -> Conversation:
    return await saved(library, conversation("A question"))


async def saved(library: Library, owner: Conversation, answer: str = "Because.") -> Conversation:
    """A conversation of one prompt and its reply, on disk."""
    asked = prompt(owner)
    stored = await library.start_turn(owner, asked, reply(owner, asked, answer), leaf=None)
    assert stored is not None
    return stored


# Names.


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_makes_a_path_an_option_or_a_long_name(title: str) -> None:
    check_name(file_stem(conversation(title)))


@given(st.text(), st.text())
def test_no_text_at_all_makes_a_bad_name(title: str, id: str) -> None:
    check_name(file_stem(replace(conversation(title), id=id)))


def check_name(stem: str) -> None:
    assert stem.isascii() and stem[0].isalnum() and len(stem) <= 72
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_name_says_what_the_chat_is_about() -> None:
    chat = replace(conversation("Größe der Welt: 3 Fragen"), id="01a204d4-13d1-7482-9f98-d889eefd54df")
    assert file_stem(chat) == "groe-der-welt-3-fragen-eefd54df"


def test_chats_with_the_same_title_get_names_of_their_own() -> None:
    assert file_stem(conversation("x")) != file_stem(conversation("x"))


# One conversation.


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_is_written_to_a_folder_under_a_name_of_its_own(
    library: Library, chat: Conversation, tmp_path: Path, name: str
) -> None:
    (tmp_path / "out").mkdir()
    written = (await export_file(library, chat, name, tmp_path / "out")).path
    assert written == tmp_path / "out" / (file_stem(chat) + FORMATS[name].suffix)
    text = written.read_text(encoding="utf-8")
    assert text == await export_text(library, chat.id, name)
    assert ("Why?" in text and "Because." in text) or "words" not in FORMATS[name].keeps


async def test_what_the_disk_refused_is_exported_from_memory(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def refuse(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("tui.store.database.Database.run", refuse)
    owner = conversation("Only in memory")
    with pytest.raises(StoreError):
        await saved(library, owner)
    written = (await export_file(library, owner, "json", tmp_path / "chat.json")).path
    assert [message["text"] for message in json.loads(written.read_text())["messages"]] == ["Why?", "Because."]


async def test_only_the_owner_may_read_an_export(library: Library, chat: Conversation, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        written = (await export_file(library, chat, "md", tmp_path / "chat.md")).path
    finally:
        os.umask(old)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


async def test_a_file_that_exists_is_never_replaced_unasked(
    library: Library, chat: Conversation, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "chat.md"
    target.parent.mkdir()
    target.write_text("mine")
    with pytest.raises(ExportError) as caught:
        await export_file(library, chat, "md", target)
    assert caught.value.message == f"{target} exists already."
    assert "--force" in caught.value.hint
    assert target.read_text() == "mine"
    await export_file(library, chat, "md", target, overwrite=True)
    assert "Because." in target.read_text()
    assert [file.name for file in target.parent.iterdir()] == ["chat.md"]


async def test_a_link_is_not_followed(library: Library, chat: Conversation, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    link = tmp_path / "chat.md"
    link.symlink_to(elsewhere)
    with pytest.raises(ExportError, match="exists already"):
        await export_file(library, chat, "md", link)
    assert not elsewhere.exists()
    elsewhere.write_text("mine")
    await export_file(library, chat, "md", link, overwrite=True)
    assert elsewhere.read_text() == "mine"
    assert "Because." in link.read_text()


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_missing_folder_is_named(library: Library, chat: Conversation, tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(ExportError, match="nowhere does not exist"):
        await export_file(library, chat, "md", tmp_path / "nowhere" / "chat.md", overwrite=overwrite)


async def test_a_device_is_never_replaced(library: Library, chat: Conversation, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(ExportError, match=r"it is a \w+, not a file"):
            await export_file(library, chat, "md", target, overwrite=True)
    assert is_device(Path("/dev/null"))


def is_device(path: Path) -> bool:
    return path.is_char_device()


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_full_disk_leaves_no_half_file_and_keeps_the_old_one(
    library: Library, chat: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    target = tmp_path / "out" / "chat.md"
    target.parent.mkdir()
    if overwrite:
        target.write_text("old")
    monkeypatch.setattr(os, "fsync", refuse_all)
    with pytest.raises(ExportError, match="No space left on device"):
        await export_file(library, chat, "md", target, overwrite=overwrite)
    assert [file.read_text() for file in target.parent.iterdir()] == (["old"] if overwrite else [])


def refuse_all(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


async def test_attached_files_go_along(library: Library, database: Database) -> None:
    owner = conversation("With a file")
    asked = prompt(owner)
    file = Attachment("00ff", asked.id, "cat.png", "image/png", b"\x89PNG")
    await database.run(start_turn, owner, asked, reply(owner, asked, "A cat."), database.owner, [file])
    document = json.loads(await export_text(library, owner.id, "json"))
    assert [(file["name"], b64decode(file["data"])) for file in document["attachments"]] == [("cat.png", b"\x89PNG")]


async def with_files(library: Library, *files: PromptAttachment) -> Conversation:
    owner = conversation("With files")
    asked = replace(prompt(owner), payload=prompt_payload(Prompt("Look", files), owner.created_at))
    attachments = Prompt("Look", files).rows(asked.id)
    stored = await library.start_turn(owner, asked, reply(owner, asked, "A cat."), attachments, leaf=None)
    assert stored is not None
    return stored


CAT = PromptAttachment("my cat.png", "image/png", b"\x89PNG")
NOTES = PromptAttachment("../../etc/notes.txt", "text/plain", b"milk")


async def test_markdown_has_its_files_beside_itself(library: Library, tmp_path: Path) -> None:
    chat = await with_files(library, CAT, NOTES, replace(CAT, name="again.png"))
    written = (await export_file(library, chat, "md", tmp_path / "a chat.md")).path
    folder = tmp_path / "a chat-files"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "my-cat.png": b"\x89PNG",
        "notes.txt": b"milk",
    }
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE((folder / "notes.txt").stat().st_mode)) == (0o700, 0o600)
    text = written.read_text()
    assert "![my cat.png](a%20chat-files/my-cat.png)" in text
    assert "*Attached: [../../etc/notes.txt](a%20chat-files/notes.txt) (text/plain, 4 B)*" in text
    assert "[again.png](a%20chat-files/my-cat.png)" in text


async def test_json_has_its_files_in_itself_and_text_for_a_pipe_only_names_them(
    library: Library, tmp_path: Path
) -> None:
    chat = await with_files(library, CAT)
    written = (await export_file(library, chat, "json", tmp_path / "a.json")).path
    document = json.loads(written.read_text())
    assert b64decode(document["attachments"][0]["data"]) == CAT.data
    reference = document["messages"][0]["payload"][0]["parts"][0]["content"][0]
    assert reference["hash"] == document["attachments"][0]["hash"]
    assert "*Attached: my cat.png (image/png, 4 B), not in this file*" in await export_text(library, chat.id, "md")
    assert not (tmp_path / "a-files").exists()


async def test_files_never_land_on_something_of_the_persons(library: Library, tmp_path: Path) -> None:
    chat = await with_files(library, CAT)
    (tmp_path / "a-files").mkdir()
    (tmp_path / "a-files" / "mine").write_text("mine")
    with pytest.raises(ExportError, match="a-files exists already"):
        await export_file(library, chat, "md", tmp_path / "a.md")
    assert not (tmp_path / "a.md").exists()
    await export_file(library, chat, "md", tmp_path / "a.md", overwrite=True)
    assert (tmp_path / "a-files" / "mine").read_text() == "mine"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "b-files").symlink_to("elsewhere")
    with pytest.raises(ExportError, match="b-files exists already"):
        await export_file(library, chat, "md", tmp_path / "b.md", overwrite=True)
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_a_file_that_is_there_keeps_the_folder_from_being_made(library: Library, tmp_path: Path) -> None:
    chat = await with_files(library, CAT)
    (tmp_path / "a.md").write_text("old")
    with pytest.raises(ExportError, match=r"a\.md exists already"):
        await export_file(library, chat, "md", tmp_path / "a.md")
    assert not (tmp_path / "a-files").exists()


async def test_a_disk_that_gets_full_leaves_neither_file_nor_folder(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await with_files(library, CAT)
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(os, "fsync", refuse_all)
    with pytest.raises(ExportError, match="No space left"):
        await export_file(library, chat, "md", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


# The whole library.


def files(folder: Path) -> dict[str, str]:
    """What lies in a folder, by name, without the list of what is ours."""
    return {file.name: file.read_text() for file in folder.iterdir() if file.name != NAME}


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_only_what_changed_is_written_under_the_names_of_before(library: Library, tmp_path: Path) -> None:
    first, second = [await saved(library, conversation(title)) for title in ("one", "two")]
    folder = tmp_path / "new" / "chats"
    told: list[tuple[int, int]] = []
    report = await export_all(library, "md", folder, progress=lambda done, total: told.append((done, total)))
    assert (report.written, report.failures, told[-1]) == (2, [], (2, 2))
    assert set(files(folder)) == {f"2026-11-22-{file_stem(one)}.md" for one in (first, second)}
    path = folder / f"2026-11-22-{file_stem(first)}.md"
    stamp = path.stat().st_mtime_ns
    await library.rename(second.id, "Another title")
    await library.folders.delete([(await saved(library, conversation("gone"))).id])
    report = await export_all(library, "md", folder)
    assert (report.total, report.written, report.unchanged) == (2, 1, 1)
    assert path.stat().st_mtime_ns == stamp, "what did not change was written"
    assert "Another title" in (folder / f"2026-11-22-{file_stem(second)}.md").read_text(), "its name changed"
    await library.folders.delete([second.id])
    report = await export_all(library, "md", folder)
    assert report.gone == [f"2026-11-22-{file_stem(second)}.md"] and len(files(folder)) == 2
    assert (await export_all(library, "json", folder)).gone == [], "another format has files of its own"
    assert [name for name in names_in(folder) if name.startswith(".")] == [NAME]


async def test_what_somebody_has_put_or_changed_there_is_left_and_stops_no_other(
    library: Library, tmp_path: Path
) -> None:
    first, second = [await saved(library, conversation(title)) for title in ("one", "two")]
    foreign = tmp_path / f"2026-11-22-{file_stem(first)}.md"
    foreign.write_text("mine")
    report = await export_all(library, "md", tmp_path)
    assert (report.total, report.written, len(report.failures)) == (2, 1, 1)
    edited = tmp_path / f"2026-11-22-{file_stem(second)}.md"
    edited.write_text("my notes on it")
    await library.rename(second.id, "Another title")
    report = await export_all(library, "md", tmp_path)
    assert (report.written, len(report.failures)) == (0, 2)
    assert (foreign.read_text(), edited.read_text()) == ("mine", "my notes on it")
    assert (await export_all(library, "md", tmp_path, overwrite=True)).written == 2
    assert "Because." in foreign.read_text()


async def test_an_export_that_was_stopped_leaves_whole_files_and_goes_on(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.chat.export_all._PAGE", 1)
    for number in range(3):
        await saved(library, conversation(f"chat {number}"))

    def stop(done: int, total: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await export_all(library, "json", tmp_path / "folder", progress=stop)
    (text,) = files(tmp_path / "folder").values()
    assert json.loads(text)["format"] == "chinwag"
    report = await export_all(library, "json", tmp_path / "folder")
    assert (report.written, report.unchanged) == (2, 1)
    with pytest.raises(asyncio.CancelledError):
        await export_joined(library, "jsonl", tmp_path / "all.jsonl", progress=stop)
    assert not [name for name in names_in(tmp_path) if "all" in name]
    killed = tmp_path / "folder" / next(iter(files(tmp_path / "folder")))
    killed.write_bytes(killed.read_bytes()[:40])  # without a word of it in the list
    (tmp_path / "folder" / NAME).unlink()
    report = await export_all(library, "json", tmp_path / "folder")
    assert (report.written, report.unchanged, report.failures) == (1, 2, [])


async def test_a_list_of_files_that_leads_elsewhere_leads_nowhere(library: Library, tmp_path: Path) -> None:
    chat = await saved(library, conversation("one"))
    folder = tmp_path / "folder"
    folder.mkdir()
    outside = tmp_path / "mine.md"
    outside.write_text("mine")
    names = ["../mine.md", str(outside), "a/../../mine.md"]
    (folder / NAME).write_text(json.dumps({"version": 1, "files": {name: [chat.id, "x"] for name in names}}))
    assert (await export_all(library, "md", folder, overwrite=True)).written == 1
    assert outside.read_text() == "mine" and len(files(folder)) == 1
    (folder / NAME).write_text("[]")
    with pytest.raises(ExportError, match="not what this Chinwag writes"):
        await export_all(library, "md", folder)


async def test_attached_files_lie_beside_each_file_and_are_written_once(library: Library, tmp_path: Path) -> None:
    chat = await with_files(library, CAT)
    assert (await export_all(library, "md", tmp_path)).written == 1
    cat = tmp_path / f"2026-11-22-{file_stem(chat)}-files" / "my-cat.png"
    stamp = cat.stat().st_mtime_ns
    report = await export_all(library, "md", tmp_path)
    assert (report.unchanged, cat.read_bytes(), cat.stat().st_mtime_ns) == (1, CAT.data, stamp)


async def test_many_chats_go_into_one_file_with_one_head(library: Library, tmp_path: Path) -> None:
    first, second, _ = [await saved(library, conversation(title)) for title in ("one", "=two", "three")]
    await export_joined(library, "jsonl", tmp_path / "all.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    asked = {"role": "user", "content": "Why?"}
    assert lines == [{"messages": [asked, {"role": "assistant", "content": "Because."}]}] * 3
    await export_joined(library, "csv", tmp_path / "all.csv", ids=[first.id, second.id])
    rows = (tmp_path / "all.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows] == ["title", "one", "'=two"]
    with pytest.raises(ExportError, match="exists already"):
        await export_joined(library, "csv", tmp_path / "all.csv")


async def test_one_message_is_written_alone(library: Library, chat: Conversation) -> None:
    whole = await whole_of(library, chat.id)
    for wanted in ("last", whole.messages[1].id):
        text = await export_text(library, chat.id, "md", message=wanted)
        assert "Because." in text and "Why?" not in text and "switched" not in text
    with pytest.raises(UsageError, match=r"no message of this chat"):
        Export("md", message="nosuch").of(whole)


@pytest.mark.parametrize("name", FORMATS)
def test_a_preview_is_how_the_file_begins(name: str) -> None:
    owner = conversation("A long one")
    rows = [prompt(owner, "Question 0")]
    for number in range(1, 20):
        rows.append(reply(owner, rows[-1], f"Answer {number}", model=owner.model))
        rows.append(prompt(owner, f"Question {number}", parent=rows[-1]))
    whole = WholeConversation(replace(owner, active_leaf=rows[-1].id), tuple(rows))
    lines = Export(name).beginning(whole, 7)
    assert 0 < len(lines) <= 7
    assert "\n".join(lines) in Export(name).text(whole) or name == "jsonl", "JSONL has one line, which is cut"
    assert "Question 0" in "".join(lines) or name in ("csv", "text")
    assert len(Export(name).beginning(replace(whole, messages=()), 7)) <= 7


async def test_one_that_cannot_be_read_stops_no_other(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, bad, third = [await saved(library, conversation(title)) for title in ("one", "two", "three")]

    def damaged(row: SqliteRow) -> Message:
        if bad.id in row:
            raise DatabaseError("database disk image is malformed")
        return message_of(row)

    monkeypatch.setattr("tui.store.whole.message_of", damaged)
    for number, ids in enumerate((None, [bad.id, first.id, third.id])):
        report = await export_all(library, "json", tmp_path / str(number), ids=ids)
        assert (report.total, report.written, len(report.failures)) == (3, 2, 1)


async def test_marked_chats_are_written_whatever_became_of_one(library: Library, tmp_path: Path) -> None:
    kept, gone, other = [await saved(library, conversation(title)) for title in ("kept", "gone", "other")]
    await library.folders.delete([gone.id])
    report = await export_all(library, "md", tmp_path / "some", ids=[gone.id, kept.id, "no\x1bsuch"])
    assert ["\n# kept\n" in text for text in files(tmp_path / "some").values()] == [True]
    assert (report.total, report.written, report.gone) == (3, 1, [])
    assert ["not there any more" in failure.message for failure in report.failures] == [True, True]
    assert "\x1b" not in str(report.failures)
    await export_joined(library, "csv", tmp_path / "some.csv", ids=[other.id, kept.id])
    assert len((tmp_path / "some.csv").read_text().splitlines()) == 3


async def test_pages_have_every_chat_with_its_own_messages(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [await saved(library, conversation(f"chat {number}"), f"Answer {number}.") for number in range(5)]
    chats.append(await with_files(library, CAT))
    for most_bytes in (1, 200, 1 << 20):
        monkeypatch.setattr("tui.store.whole.whole.__defaults__", (most_bytes,))
        folder = tmp_path / str(most_bytes)
        report = await export_all(library, "json", folder, ids=[*reversed([chat.id for chat in chats])])
        assert (report.total, report.written) == (6, 6)
        for chat in chats:
            text = (folder / f"2026-11-22-{file_stem(chat)}.json").read_text()
            assert text == await export_text(library, chat.id, "json")


async def test_a_disk_that_is_full_ends_the_run_and_says_so(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await saved(library, conversation(f"chat {number}"))
    tried: list[int] = []

    def full(descriptor: int, data: bytes) -> int:
        tried.append(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ExportError, match="No space left on device"):
        await export_all(library, "json", tmp_path / "out")
    assert len(tried) == 1, "every chat was tried"
    assert not names_in(tmp_path / "out")


async def test_what_a_killed_run_wrote_is_known_to_the_next_one(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await saved(library, conversation("one"))
    await saved(library, conversation("two"))
    monkeypatch.setattr("tui.chat.export_writers._SAVE_EVERY_S", -1.0)
    monkeypatch.setattr("tui.chat.export_writers.FolderWriter.stop", lambda writer: None)  # as after a kill
    assert (await export_all(library, "json", tmp_path)).written == 2
    await library.rename(chat.id, "Another title")
    report = await export_all(library, "json", tmp_path)
    assert (report.written, report.unchanged, report.failures) == (1, 1, [])


async def test_a_link_in_the_place_of_a_file_of_ours_is_left(library: Library, tmp_path: Path) -> None:
    chat = await saved(library, conversation("one"))
    folder = tmp_path / "folder"
    await export_all(library, "md", folder)
    place = folder / f"2026-11-22-{file_stem(chat)}.md"
    place.rename(tmp_path / "mine.md")
    place.symlink_to(tmp_path / "mine.md")
    await library.rename(chat.id, "Another title")
    assert len((await export_all(library, "md", folder)).failures) == 1
    assert place.is_symlink() and "\n# one\n" in place.read_text()


@pytest.mark.parametrize("name", ["a\0b.md", "a\udc80\ud800.md", "n" * 300 + ".md"])
async def test_a_name_that_no_file_can_have_is_said(
    library: Library, chat: Conversation, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ExportError):
        await export_file(library, chat, "md", tmp_path / name)
    with pytest.raises(ExportError):
        await export_joined(library, "jsonl", tmp_path / name)
    with pytest.raises(ExportError):
        await export_all(library, "md", tmp_path / name)


async def test_the_longest_name_can_be_replaced(library: Library, chat: Conversation, tmp_path: Path) -> None:
    target = tmp_path / ("💥" * 63 + ".md")
    for _ in range(2):
        await export_file(library, chat, "md", target, overwrite=True)
    assert "Because." in target.read_text()


async def test_what_appeared_under_the_name_meanwhile_is_not_replaced(library: Library, tmp_path: Path) -> None:
    await saved(library, conversation("one"))
    target = tmp_path / "out" / "all.jsonl"
    target.parent.mkdir()

    def appear(done: int, total: int) -> None:
        target.write_text("mine")

    with pytest.raises(ExportError, match="exists already"):
        await export_joined(library, "jsonl", target, progress=appear)
    assert files(target.parent) == {"all.jsonl": "mine"}


async def test_a_folder_that_cannot_be_made_is_named(library: Library, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file in its place")
    with pytest.raises(ExportError, match="taken cannot be used"):
        await export_all(library, "md", tmp_path / "taken")
