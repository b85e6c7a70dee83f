"""A model that reads files must not get out of the folder that was granted, whatever lies in it."""

import os
from pathlib import Path

import pytest

from tui.chat.tools.granted_folder import MOST_BYTES, GrantedFolder, GrantError

CANARY = "canary-7f3a"


@pytest.fixture
def folder(tmp_path: Path) -> GrantedFolder:
    """A granted folder, with a secret beside it."""
    root = tmp_path / "granted"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print('Hello')\nfor x in y:\n")
    (root / "src" / "deep" / "note.md").write_text("Grüße\nhello again\n", encoding="utf-8")
    (root / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    (root / ".env").write_text(CANARY)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(CANARY)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(CANARY)
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "linked").symlink_to(outside)
    (root / "src" / "round").symlink_to(root)
    return GrantedFolder(root)


def test_files_are_listed_and_read(folder: GrantedFolder) -> None:
    assert folder.entries() == "src/\npicture.png  28 B"
    assert folder.entries("src").startswith("deep/\nmain.py  ")
    assert folder.read("src/deep/note.md") == "Grüße\nhello again\n"
    assert folder.read("./src//main.py").startswith("print")


def test_words_are_found_in_all_text_files_with_their_lines(folder: GrantedFolder) -> None:
    assert folder.search("HELLO").splitlines() == ["src/main.py:1: print('Hello')", "src/deep/note.md:2: hello again"]
    assert folder.search("grüsse", "src/deep").startswith("src/deep/note.md:1")
    assert folder.search("nowhere to be found").startswith("Not found in 2 text files.")


@pytest.mark.parametrize(
    "path",
    ["../outside/secret.txt", "a\ud800", "src/../../outside/secret.txt", "/etc/passwd", "~/.ssh/id_rsa", "link.txt",
     "linked/secret.txt", ".env", ".git/config", "src/round/.env", "src/round/link.txt", "a\0b", "nothing", "src", "",
     "src/main.py/x", "picture.png"],
)  # fmt: skip
def test_nothing_leads_out_and_nothing_hidden_is_read(folder: GrantedFolder, path: str) -> None:
    with pytest.raises(GrantError) as refused:
        folder.read(path)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("path", ["..", "linked", "src/round", ".git", "/", "~", "nothing", "src/main.py"])
def test_no_other_folder_is_listed_or_searched(folder: GrantedFolder, path: str) -> None:
    with pytest.raises(GrantError):
        folder.entries(path)
    with pytest.raises(GrantError):
        folder.search("canary", path)


def test_a_search_follows_no_link_and_finds_no_hidden_file(folder: GrantedFolder) -> None:
    assert CANARY not in folder.search("canary")


def test_a_folder_that_becomes_a_link_while_it_is_read_leads_nowhere(folder: GrantedFolder, tmp_path: Path) -> None:
    descriptor = folder._open_folder(["src"])
    (folder.root / "src").rename(folder.root / "moved")
    (folder.root / "src").symlink_to(tmp_path / "outside")
    assert "main.py" in os.listdir(descriptor)  # noqa: PTH208  what was opened is what is read
    os.close(descriptor)
    with pytest.raises(GrantError):
        folder.read("src/secret.txt")


def test_a_pipe_is_not_waited_for_and_a_large_file_is_not_read(folder: GrantedFolder) -> None:
    os.mkfifo(folder.root / "pipe")
    with pytest.raises(GrantError, match="no file"):
        folder.read("pipe")
    (folder.root / "large.txt").write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(GrantError, match="too large"):
        folder.read("large.txt")
    assert "canary" not in folder.search("xxxx")


def test_a_search_for_nothing_is_refused(folder: GrantedFolder) -> None:
    with pytest.raises(GrantError, match="what to look for"):
        folder.search("  ")
