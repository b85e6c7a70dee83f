"""An export is how a chat leaves the program: in the wrong place or over another file, it is lost, or loses that."""

import json
from pathlib import Path

import pytest

from tests.support.shell import SUCCESS, Chinwag


def test_an_export_goes_to_a_file_a_folder_or_the_output(chinwag: Chinwag, tmp_path: Path) -> None:
    chinwag("-p", "-m", "test:test", "Hello, pears")
    assert SUCCESS in chinwag("export", "last", "-o", "-").out
    target = tmp_path / "notes.md"
    assert chinwag("export", "last", "-o", str(target)).out == ""
    assert SUCCESS in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o600
    (tmp_path / "folder").mkdir()
    chinwag("export", "last", "-f", "json", "-o", str(tmp_path / "folder"))
    (written,) = (tmp_path / "folder").iterdir()
    assert written.name.startswith("hello-pears-")
    assert json.loads(written.read_text())["format"] == "chinwag"


def test_an_export_never_overwrites_unless_told_to(chinwag: Chinwag, tmp_path: Path) -> None:
    chinwag("-p", "-m", "test:test", "hello")
    target = tmp_path / "notes.md"
    target.write_text("mine")
    ran = chinwag("export", "last", "-o", str(target))
    assert ran.code == 1
    assert "exists already" in ran.err
    assert "--force" in ran.err
    assert target.read_text() == "mine"
    assert chinwag("export", "last", "-o", str(target), "--force").code == 0
    assert SUCCESS in target.read_text()


def test_the_whole_library_is_exported_a_file_each(chinwag: Chinwag, tmp_path: Path) -> None:
    for question in ("one", "two"):
        chinwag("-p", "-m", "test:test", question)
    folder = tmp_path / "all" / "chats"
    assert chinwag("export", "--all", "-o", str(folder)).code == 0
    assert len(list(folder.iterdir())) == 2
    chinwag("-p", "-m", "test:test", "three")
    again = chinwag("export", "--all", "-o", str(folder))
    assert again.code == 1  # two exist, the third is written all the same
    assert "wrote 1 of 3" in again.err
    assert "2 could not be written" in again.err
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    "arguments", [["export"], ["export", "last", "--all"], ["export", "--all", "-o", "-"], ["export", "nosuch"]]
)
def test_an_export_of_nothing_says_what_is_missing(chinwag: Chinwag, arguments: list[str]) -> None:
    ran = chinwag(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("chinwag: ")
