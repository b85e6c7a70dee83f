"""An export is how a chat leaves the program: in the wrong place or over another file, it is lost, or loses that."""

import json
import shlex
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
    assert len(list(folder.glob("*.md"))) == 2
    chinwag("-p", "-m", "test:test", "three")
    again = chinwag("export", "--all", "-o", str(folder))
    assert again.code == 0 and "wrote 1 of 3 conversations" in again.err and "2 unchanged" in again.err
    assert len(list(folder.glob("*.md"))) == 3
    next(folder.glob("*one*.md")).write_text("mine")
    chinwag("-c", "-p", "-m", "test:test", "more")
    refused = chinwag("export", "--all", "-o", str(folder), "--branches")
    assert refused.code == 0 and next(folder.glob("*one*.md")).read_text() == "mine", "unchanged chats touch nothing"


def test_a_format_goes_by_the_name_of_the_file_and_says_what_it_lacks(chinwag: Chinwag, tmp_path: Path) -> None:
    chinwag("-p", "-m", "test:test", "hello")
    page = tmp_path / "page.html"
    ran = chinwag("export", "last", "-o", str(page))
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert ran.err.splitlines() == [f"wrote {page}"], "no settings were made, so that none are missing"
    ran = chinwag("export", "last", "-o", str(tmp_path / "page.jsonl"))
    assert "left out: the figures of 1 reply" in ran.err
    assert chinwag("export", "last", "-o", str(tmp_path / "a.messages.json")).code == 0
    assert [one["kind"] for one in json.loads((tmp_path / "a.messages.json").read_text())] == ["request", "response"]
    only = chinwag("export", "last", "-f", "text", "--message", "last", "-o", "-")
    assert SUCCESS in only.out and "hello" not in only.out.partition("---")[2]


def test_many_go_to_the_output_where_a_format_can(chinwag: Chinwag, tmp_path: Path) -> None:
    for question in ("one", "two"):
        chinwag("-p", "-m", "test:test", question)
    assert len(chinwag("export", "--all", "-f", "jsonl", "-o", "-").out.splitlines()) == 2
    assert len(chinwag("export", "--all", "-f", "csv", "-o", "-").out.splitlines()) == 3
    for place in ("-", str(tmp_path / "all.md")):  # of which a folder would have been made
        assert "Name a folder" in chinwag("export", "--all", "-f", "md", "-o", place).err
    (tmp_path / "some").mkdir()
    ids = [json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out)["conversation"]["id"]] * 2
    assert chinwag("export", *ids, "-o", str(tmp_path / "some")).code == 0
    assert len(list((tmp_path / "some").glob("*.md"))) == 1


def test_what_words_find_is_exported(chinwag: Chinwag, tmp_path: Path) -> None:
    for question in ("pears one", "pears two", "plums"):
        chinwag("-p", "-m", "test:test", question)
    assert chinwag("export", "plums", "-o", str(tmp_path / "a.html")).code == 0
    several = json.loads(chinwag("export", "pears", "--all-found", "-o", str(tmp_path / "some"), "--json").out)
    assert (several["written"], several["total"], several["failures"]) == (2, 2, [])
    assert len(list((tmp_path / "some").glob("*-pears-*.md"))) == 2


def test_the_report_is_for_programs_too(chinwag: Chinwag, tmp_path: Path) -> None:
    for question in ("one", "two"):
        chinwag("-p", "-m", "test:test", question)
    one = json.loads(chinwag("export", "last", "-o", str(tmp_path / "a.jsonl"), "--json").out)
    assert one == {
        "place": str(tmp_path / "a.jsonl"), "total": 1, "written": 1, "unchanged": 0, "gone": [], "failures": [],
        "left_out": {"figures": 1},
    }  # fmt: skip
    folder = tmp_path / "chats"
    many = json.loads(chinwag("export", "--all", "-f", "json", "-o", str(folder), "--json").out)
    assert (many["total"], many["written"], many["left_out"]) == (2, 2, {})
    chinwag("-c", "-p", "-m", "test:test", "more")
    next(folder.glob("*two*.json")).write_text("mine")
    refused = chinwag("export", "--all", "-f", "json", "-o", str(folder), "--json")
    assert refused.code == 1 and "exists already" in json.loads(refused.out)["failures"][0]


def test_a_name_of_another_kind_writes_nothing(chinwag: Chinwag, tmp_path: Path) -> None:
    chinwag("-p", "-m", "test:test", "hello")
    for which, name in (("last", "x.pdf"), ("--all", "chats.zip"), ("last", "x.docx")):
        ran = chinwag("export", which, "-o", str(tmp_path / name))
        assert ran.code == 2 and "There is no format for ." in ran.err and ".md, .txt" in ran.err
    assert list(tmp_path.glob("x.*")) == list(tmp_path.glob("*.zip")) == []
    assert chinwag("export", "last", "-o", str(tmp_path / "pdf")).code == 2
    assert chinwag("export", "--all", "-o", str(tmp_path / "my.chats")).code == 0, "a folder that comes with it"
    assert [file.suffix for file in (tmp_path / "my.chats").glob("[!.]*")] == [".md"]
    assert chinwag("export", "last", "-f", "md", "-o", str(tmp_path / "x.pdf")).code == 0, "who names a format has it"
    (tmp_path / "notes.old").mkdir()
    assert chinwag("export", "last", "-o", str(tmp_path / "notes.old")).code == 0
    assert chinwag("export", "last", "-o", str(tmp_path / "x.TXT")).code == 0
    assert not (tmp_path / "x.TXT").read_text().startswith("---")


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["export", "last", "-o", "-", "--json"],
        ["export", "last", "--all"],
        ["export", "--all", "-o", "-"],
        ["export", "nosuch"],
        ["export", "--all", "--message", "last"],
    ],
)
def test_an_export_of_nothing_says_what_is_missing(chinwag: Chinwag, arguments: list[str]) -> None:
    ran = chinwag(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("chinwag: ")


def test_what_the_manual_and_the_guide_show_works(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chinwag("-p", "-m", "test:test", "Trip to Rome")
    root = Path(__file__).parents[3]
    pages = (root / ".github/manual/shell.md", root / "tui/agent/models/demo_pages/export.md")
    shown = {
        line
        for page in pages
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("chinwag exp")
    }
    assert len(shown) > 8
    monkeypatch.chdir(tmp_path)
    for line in sorted(shown):
        ran = chinwag(*shlex.split(line, comments=True)[1:], "--force")
        assert ran.code == 0, (line, ran.err)
    assert {"notes.md", "page.html", "chats", "all.jsonl", "usage.csv"} <= {path.name for path in tmp_path.iterdir()}
