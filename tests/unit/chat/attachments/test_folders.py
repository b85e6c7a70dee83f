"""A folder is its text files, as many as there is room for; what is not taken is said, and links lead nowhere."""

import importlib.util
import os
from pathlib import Path

import pytest

from tests.support.files import png
from tui.chat.attachments import AttachmentError, attach_path
from tui.chat.attachments.folders import collect_folder


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        file = folder / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def names(text: str) -> list[str]:
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("Attached file `")]


async def test_a_folder_is_one_attachment_of_all_its_text(tmp_path: Path) -> None:
    write(tmp_path / "src", z_dot_py="z", a__b__c_dot_py="c", a__b_dot_py="b")
    (tmp_path / "src" / "cat.png").write_bytes(png())
    (attachment,) = await attach_path(tmp_path / "src")
    assert attachment.name == "src/"
    assert names(attachment.data.decode()) == ["z.py", "a/b.py", "a/b/c.py"]
    assert attachment.note == "3 files; left out: 1 that are no text"


def test_what_has_no_room_is_left_out_and_the_model_knows_of_it(tmp_path: Path) -> None:
    write(tmp_path, a="a" * 60, b="b" * 60, c="c" * 30)
    found = collect_folder(tmp_path, 100)
    assert names(found.text) == ["a", "c"]
    assert found.note == "2 files; left out: 1 over 100 B in all"
    assert found.text.endswith("Left out, as there was no room: b.")


def test_hidden_files_links_and_pipes_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "in", seen="x", _dot_env="KEY=1", _dot_git__config="y")
    write(tmp_path / "out", secret="s")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out" / "secret")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    os.mkfifo(tmp_path / "in" / "pipe")
    assert names(collect_folder(tmp_path / "in").text) == ["seen"]


def test_what_git_ignores_is_not_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        _dot_gitignore="*.log\nout/\n/src/deep/\n",
        a_dot_log="x", out__x="x", src__deep__x="x", src__keep_dot_log="x", src__main="x",
        src___dot_gitignore="!keep.log\n",
    )  # fmt: skip
    (tmp_path / ".git").mkdir()
    assert names(collect_folder(tmp_path).text) == ["src/keep.log", "src/main"]
    assert names(collect_folder(tmp_path / "src").text) == ["keep.log", "main"]


def test_without_pathspec_what_is_mostly_ignored_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, node_modules__x="x", main="x", _dot_gitignore="main\n")
    monkeypatch.setattr("tui.chat.gitignore.find_spec", lambda name: None)
    assert names(collect_folder(tmp_path).text) == ["main"]
    assert importlib.util.find_spec("pathspec") is not None


def test_an_endless_folder_is_not_walked_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, **{f"f{number:03}": "x" for number in range(30)})
    monkeypatch.setattr("tui.chat.attachments.folders._MOST_ENTRIES", 10)
    assert collect_folder(tmp_path).note == "10 files; left out: all after 10 entries"


@pytest.mark.parametrize(("limit", "words"), [(400, "there is no text file in it"), (10, "larger than 10 B")])
async def test_a_folder_of_which_nothing_can_be_taken_is_refused(tmp_path: Path, limit: int, words: str) -> None:
    write(tmp_path, **({"long": "x" * 20} if limit == 10 else {}))
    with pytest.raises(AttachmentError, match=words):
        await attach_path(tmp_path, folder_bytes=limit)
