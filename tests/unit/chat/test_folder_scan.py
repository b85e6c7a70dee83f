"""What is below a folder: in slices, as .gitignore allows, whatever lies about. Lost else: files one cannot find."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tui.chat.folder_scan import FolderScan
from tui.chat.gitignore import IgnoreRules


def tree(folder: Path, *paths: str) -> Path:
    """Make empty files, and folders for those that end in "/"."""
    for path in paths:
        place = folder / path
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.touch()
    return folder


def read(folder: Path, *, deep: bool = True, most: int = 20_000) -> FolderScan:
    scan = FolderScan(folder, deep=deep, most=most)
    assert scan.advance(60.0)
    return scan


def paths(scan: FolderScan) -> set[str]:
    return {entry.path + "/" * entry.folder for entry in scan.entries}


async def test_everything_below_is_found_and_nearer_things_first(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/deep.py", "top.md", "a/near.py")
    scan = FolderScan(tmp_path, deep=True)
    told = [len(scan.entries) async for _ in scan.read()]
    assert paths(scan) == {"a/", "top.md", "a/near.py", "a/b/", "a/b/deep.py"}
    assert [entry.path.count("/") for entry in scan.entries] == [0, 0, 1, 1, 2]
    assert told[-1] == 5 and scan.finished_at is not None and scan.read_whole == {"", "a/", "a/b/"}


def test_it_can_be_read_in_slices_of_any_size(tmp_path: Path) -> None:
    tree(tmp_path, *(f"{folder}/{number}.txt" for folder in "abc" for number in range(100)))
    scan, slices = FolderScan(tmp_path, deep=True), 1
    while not scan.advance(0.0):
        slices += 1
    assert len(scan.entries) == 303 and slices > 6


def test_it_ends_at_its_bound(tmp_path: Path) -> None:
    scan = read(tree(tmp_path, *(f"{number}.txt" for number in range(50))), most=20)
    assert len(scan.entries) == 20 and scan.cut and "" not in scan.read_whole


def test_circles_of_links_end_and_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a/file.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        os.chdir(tmp_path)  # a socket's path may not be long
        bound.bind("sock")
    assert paths(read(tmp_path)) == {"a/", "a/file.txt", "a/up/"}


def test_hidden_folders_are_listed_and_not_gone_into(tmp_path: Path) -> None:
    tree(tmp_path, ".config/secret", ".env", "seen")
    assert paths(read(tmp_path)) == {".config/", ".env", "seen"}


def test_a_folder_that_cannot_be_read_is_told_of_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, "closed/x", "open/y")
    scandir = os.scandir

    def refusing(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    scan = read(tmp_path)
    assert paths(scan) == {"closed/", "open/", "open/y"} and scan.problems == {"closed/": "Permission denied"}


def test_a_folder_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    assert read(tmp_path / "gone", deep=False).problems == {"": "No such file or directory"}


# .gitignore.


def test_files_that_git_ignores_are_not_found(tmp_path: Path) -> None:
    tree(
        tmp_path, "node_modules/x.js", "src/a.py", "src/a.pyc", "src/keep.log", "src/lost.log", "build/x", "src/build/y"
    )
    (tmp_path / ".gitignore").write_text("node_modules\n*.pyc\n*.log\n!keep.log\n/build/\n")
    assert paths(read(tmp_path)) == {"src/", "src/a.py", "src/keep.log", "src/build/", "src/build/y", ".gitignore"}


def test_a_nearer_file_has_the_last_word(tmp_path: Path) -> None:
    tree(tmp_path, "logs/a.log", "b.log", "logs/c.txt")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "logs" / ".gitignore").write_text("!*.log\nc.txt\n")
    assert paths(read(tmp_path)) == {"logs/", "logs/a.log", "logs/.gitignore", ".gitignore"}


def test_rules_of_the_repository_above_count_below_it(tmp_path: Path) -> None:
    tree(tmp_path, ".git/info/", "pkg/src/a.py", "pkg/src/a.tmp", "pkg/src/b.bak", "pkg/src/c.o")
    (tmp_path / ".gitignore").write_text("*.tmp\n")
    (tmp_path / ".git" / "info" / "exclude").write_text("*.bak\n")
    (tmp_path / "pkg" / ".gitignore").write_text("/src/*.o\n")
    assert paths(read(tmp_path / "pkg" / "src")) == {"a.py"}


def test_rules_above_say_nothing_where_the_folder_itself_is_ignored(tmp_path: Path) -> None:
    tree(tmp_path, ".git/", "build/out/a.txt")
    (tmp_path / ".gitignore").write_text("build/\n*.txt\n")
    assert paths(read(tmp_path / "build")) == {"out/", "out/a.txt"}


def test_rules_outside_of_a_repository_end_at_the_folder(tmp_path: Path) -> None:
    tree(tmp_path, "inner/a.txt")
    (tmp_path / ".gitignore").write_text("*.txt\n")
    assert paths(read(tmp_path / "inner")) == {"a.txt"}


@pytest.mark.parametrize("line", ["\\", "!", "[z-a]", "a[", "\x00", "/"])
def test_a_pattern_that_makes_no_sense_spoils_no_other(line: str, tmp_path: Path) -> None:
    tree(tmp_path, "kept.txt", "lost.log")
    (tmp_path / ".gitignore").write_text(f"{line}\n*.log\n")
    assert paths(read(tmp_path)) == {"kept.txt", ".gitignore"}


def test_a_gitignore_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    os.mkfifo(tmp_path / ".gitignore")
    assert paths(read(tmp_path)) == {"a.txt"}


def test_without_pathspec_everything_is_listed_and_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.chat.gitignore.find_spec", lambda name: None)
    tree(tmp_path, "a.log", "sub/b.log")
    assert not read(tmp_path).unhonoured
    (tmp_path / "sub" / ".gitignore").write_text("*.log\n")
    scan = read(tmp_path)
    assert scan.unhonoured and "sub/b.log" in paths(scan)


def test_rules_are_asked_for_a_path_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("out/\n")
    rules = IgnoreRules(tmp_path)
    assert rules.ignores("out", folder=True) and not rules.ignores("out", folder=False)
