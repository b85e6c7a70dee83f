"""A prompt and its answer that the library could not take must not be gone when the program ends."""

import errno
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.places import small_disk, unwritable
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.refused import UnsavedConversation
from tui.chat.replies.turn import Turn
from tui.chat.unsaved import rescue, unsaved_text, write_unsaved
from tui.chat.unsent import QueuedPrompt
from tui.errors import ExportError, StoreError
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Attachment


def unsaved(title: str = "A question", text: str = "Because.") -> UnsavedConversation:
    chat = conversation(title)
    asked = prompt(chat, "Why?")
    answer = reply(chat, asked, text)
    file = Attachment("00", asked.id, "a.png", "image/png", b"\x00\xff")
    stored = replace(chat, active_leaf=answer.id)
    return UnsavedConversation(stored, {row.id: row for row in (asked, answer)}, {asked.id: (file,)})


def test_everything_of_it_stands_in_a_private_file(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        one, two = unsaved("../first\x1b"), unsaved("second", "\ud800 half")
        written = write_unsaved(tmp_path / "state" / "deep", [one, two])
    finally:
        os.umask(old)
    assert len(written) == 2 and {file.parent for file in written} == {tmp_path / "state" / "deep"}
    assert all(file.name.startswith("unsaved-") and file.suffix == ".json" for file in written)
    assert {stat.S_IMODE(file.stat().st_mode) for file in written} == {0o600}
    document = json.loads(written[0].read_text())
    assert document["format"] == "chinwag" and document["conversation"]["id"] == one.conversation.id
    assert [row["text"] for row in document["messages"]] == ["Why?", "Because."]
    assert [row["parent_id"] for row in document["messages"]] == [None, next(iter(one.messages))]
    assert document["attachments"][0]["data"] == "AP8="


def test_a_second_time_replaces_nothing(tmp_path: Path) -> None:
    one = unsaved()
    files = {*write_unsaved(tmp_path, [one]), *write_unsaved(tmp_path, [one])}
    assert len(files) == 2 and set(tmp_path.iterdir()) == files


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_disk_that_takes_nothing_is_named_and_nothing_half_is_left(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ExportError, match=os.strerror(number)):
        write_unsaved(tmp_path, [unsaved()])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_nothing_half_is_left(tmp_path: Path) -> None:
    with small_disk(tmp_path, 64 << 10):
        with pytest.raises(ExportError, match="No space left on device"):
            write_unsaved(tmp_path, [unsaved(text="word " * 100_000)])
        assert list(tmp_path.iterdir()) == []
        (written,) = write_unsaved(tmp_path, [unsaved()])
        assert json.loads(written.read_text())["messages"][1]["text"] == "Because."


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="could not be written"):
        write_unsaved(tmp_path / "file" / "state", [unsaved()])
    with unwritable(tmp_path), pytest.raises(ExportError, match="could not be written"):
        write_unsaved(tmp_path / "state", [unsaved()])


def test_for_the_terminal_it_is_text_that_steers_nothing() -> None:
    text = unsaved_text([unsaved("t\x1b]0;x\x07", "line 1\nline 2\x9b31m\x1b[2J"), unsaved("two")])
    assert text.startswith("# t␛]0;x␇\n\nYou:\nWhy?\n\ngpt-5.6:\nline 1\nline 2<U+009B>31m␛[2J\n")
    assert "# two" in text
    assert all(character == "\n" or character.isprintable() for character in text)


async def test_what_a_full_disk_refused_is_offered_by_the_library_until_it_is_saved(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "state"
    folder.mkdir()
    with small_disk(folder, 1 << 20):
        database = Database(folder / "chats.db")
        await database.open()
        library = Library(database)
        ballast = folder / "ballast"
        fill(ballast)
        chat = library.new("fake:one")
        catalog = ScriptedCatalog({"fake:one": ScriptedModel(["the answer"])})
        async for _ in Turn(chat, library, catalog, Prompt("the prompt")).events():
            pass
        (one,) = library.unsaved
        assert [message.text for message in one.messages.values()] == ["the prompt", "the answer"]
        assert [message.state for message in one.messages.values()] == ["done", "done"]
        (written,) = write_unsaved(elsewhere, library.unsaved)
        assert "the answer" in written.read_text()
        ballast.unlink()
        await library.flush()
        assert library.unsaved == ()
        assert [row.text for row in await database.read(conversations.branch, chat.id)] == ["the prompt", "the answer"]
        await database.close()


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.parametrize("on_disk", [False, True], ids=["no disk", "a disk that refuses"])
async def test_what_was_not_sent_stands_in_the_file_too_with_its_files(
    on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(tmp_path / "chats.db" if on_disk else None)
    await database.open()
    library = Library(database)
    if on_disk:
        monkeypatch.setattr("tui.store.unsent.save", refuse)
    chat, image = library.new("fake:one"), PromptAttachment("a.png", "image/png", b"\x00\xff")
    saved = await library.put_draft("draft", chat.id, Prompt("Half a thought. And", (image,)))
    assert saved is not on_disk and not library.all_saved
    queued = QueuedPrompt("queued", chat, Prompt("next"), "fake:one")
    await library.unsent_prompts.put_queue([queued], ["queued"])
    rescued = await rescue(library, tmp_path / "state")
    document = json.loads(rescued.files[0].read_text())
    assert rescued.left == () and document["conversation"]["title"] == "Half a thought"
    assert sorted(row["text"] for row in document["messages"]) == ["Half a thought. And", "next"]
    assert document["attachments"][0]["data"] == "AP8="
    if on_disk:
        monkeypatch.undo()
        assert (await rescue(library, tmp_path / "state")).files == () and library.all_saved
        assert await library.unsent_prompts.chats() == {chat.id}
    await database.close()


def refuse(*_: object, **__: object) -> None:
    raise StoreError("The disk is full.")
