"""One bad page of the disk must not take the whole history away."""

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.library import MODEL, NOON, conversation, prompt, reply
from tests.support.rounds import part_of
from tui.chat.message_parts import AttachmentContent, NoticeContent
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.messages import prompt_payload
from tui.chat.stored_parts import stored_parts
from tui.store import conversations, opening, unsent
from tui.store.connection import connect
from tui.store.migrations import migrate
from tui.store.records import Attachment, Message, UnsentPrompt
from tui.store.salvage import salvage

CHATS, TURNS = 40, 3
ROOTS = 48
"""So many pages, the first of the file, hold the schema with the roots of its tables and indexes."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a library of `CHATS` conversations, most of whose pages hold messages."""
    path = tmp_path_factory.mktemp("whole") / "chats.db"
    path.touch()
    with closing(connect(path)) as connection:
        migrate(connection)
        connection.execute("BEGIN")
        for number in range(CHATS):
            chat = conversation(f"Chat {number}", minutes=number)
            conversations.save_conversation(connection, chat)
            conversations.add_tags(connection, [chat.id], ["kept"])
            last: Message | None = None
            for turn in range(TURNS):
                asked = prompt(chat, f"prompt {number} {turn}", parent=last)
                last = reply(chat, asked, "because " * 40)
                data = f"file {number} {turn}".encode()
                file = Attachment(sha256(data).hexdigest(), asked.id, "a.txt", "text/plain", data)
                conversations.start_turn(connection, chat, asked, last, "", [file])
        connection.execute("COMMIT")
    return path.read_bytes()


def rescued(path: Path) -> tuple[int, int, str]:
    """How many chats and prompts are listed after opening, and the notice."""
    notice = opening.ready(path, check_s=math.inf)
    with closing(connect(path)) as connection:
        migrate(connection)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        chats = conversations.newest(connection, 1000)
        shown = [conversations.branch(connection, chat.id) for chat in chats]
        return len(chats), sum(row.kind == "prompt" for rows in shown for row in rows), notice


def test_whichever_page_is_damaged_most_of_the_history_is_there(library: bytes, tmp_path: Path, rounds: int) -> None:
    pages = len(library) // 4096
    kept = []
    # All pages where the roots of tables and indexes stand, and of the many like each other behind them every third.
    for page in part_of((*range(1, ROOTS), *range(ROOTS, pages, 3)), rounds):
        path = tmp_path / str(page) / "chats.db"
        path.parent.mkdir()
        damaged = library[: page * 4096] + b"\xff" * 4096 + library[(page + 1) * 4096 :]
        path.write_bytes(damaged)
        _, prompts, notice = rescued(path)
        assert "was damaged" in notice
        assert [file.read_bytes() for file in path.parent.glob("*.corrupt-*")] == [damaged]
        kept.append(prompts / (CHATS * TURNS))
    assert sorted(kept)[len(kept) // 10] > 0.9  # nine pages of ten cost less than a tenth of the prompts
    assert sum(share == 0 for share in kept) <= 3  # the roots of tables take their rows with them


def test_a_cut_library_keeps_what_comes_before_the_cut(library: bytes, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    pages = len(library) // 4096
    path.write_bytes(library[: (ROOTS + pages) // 2 * 4096])  # the middle of the rows: before the roots' end are none
    chats, prompts, notice = rescued(path)
    assert 0 < chats <= CHATS and 0 < prompts < CHATS * TURNS
    assert "messages could be read and are here" in notice


def test_a_file_whose_content_is_lost_is_marked_in_its_prompt(tmp_path: Path) -> None:
    """Else the chat shows it as if it were there, and every turn sends less than it shows."""
    kept, lost = (Prompt("See", (PromptAttachment(name, "text/plain", name.encode()),)) for name in ("kept", "lost"))
    chat = conversation()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as damaged:
        migrate(damaged)
        for sent in (kept, lost):
            asked = replace(prompt(chat), payload=prompt_payload(sent, chat.created_at))
            conversations.start_turn(damaged, chat, asked, reply(chat, asked, "Yes."), "", sent.rows(asked.id))
        damaged.execute("PRAGMA foreign_keys = OFF")
        damaged.execute("DELETE FROM contents WHERE hash = ?", (lost.attachments[0].hash,))
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as target:
            assert salvage(damaged, target) == 4
            prompts = [row for row in conversations.tree(target, chat.id) if row.kind == "prompt"]
            hashes = [sent.attachments[0].hash for sent in (kept, lost)]
            assert list(conversations.contents_of(target, hashes)) == hashes[:1]
    (first, *_), (second, *_) = (stored_parts(row) for row in prompts)
    assert first == AttachmentContent("kept", "text/plain", 4, kept.attachments[0].hash)
    assert second == NoticeContent("The attached file “lost” was lost with a damaged library.")


def test_messages_whose_conversation_is_gone_come_back_under_their_first_words(library: bytes, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM conversations")
        connection.execute("DELETE FROM messages WHERE number = 3")
    path.write_bytes(path.read_bytes()[:-4096])
    notice = opening.ready(path, check_s=math.inf)
    assert "was damaged" in notice
    with closing(connect(path)) as connection:
        chats = conversations.newest(connection, 1000)
        titles = {chat.title for chat in chats}
        assert {chat.model for chat in chats} == {MODEL}
        assert {"prompt 1 0", "prompt 2 0"} < titles
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_tags_come_back(library: bytes, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library[:-1])
    assert "was damaged" in opening.ready(path, check_s=math.inf)
    with closing(connect(path)) as connection:
        assert [chat.tags for chat in conversations.newest(connection, 1_000)] == [("kept",)] * CHATS


def test_what_was_not_sent_comes_back_too_with_its_files(library: bytes, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(library)
    with closing(connect(path)) as connection:
        row = UnsentPrompt("id", "a blank chat", None, "half a thought", "", "", NOON)
        file = Attachment(sha256(b"image").hexdigest(), "id", "a.png", "image/png", b"image")
        unsent.save(connection, [(row, lambda: [file])], "a window")
    path.write_bytes(path.read_bytes()[:-1])
    assert "was damaged" in opening.ready(path, check_s=math.inf)
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert unsent.everything(connection) == (replace(row, files=(file,)),)
