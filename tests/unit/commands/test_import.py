"""`chinwag import`: what a person reads before, while and after their chats come over."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.foreign_chats import chatgpt, chatgpt_node, shared_exports, simple_chatgpt, write, zipped
from tests.support.shell import Chinwag
from tui.paths import state_dir

SHARED = shared_exports()


def test_a_dry_run_tells_all_and_writes_nothing(chinwag: Chinwag, tmp_path: Path) -> None:
    export = zipped(tmp_path / "export.zip", {"conversations.json": [simple_chatgpt("c"), simple_chatgpt("d")]})
    ran = chinwag("import", str(export), "--dry-run")
    assert ran.code == 0
    assert [line.split()[:3] for line in ran.out.splitlines()][1:] == [["ChatGPT", "new", "2"]] * 2
    assert "2 chats and 4 messages would be imported" in ran.err
    assert chinwag("chats").out == ""
    done = chinwag("import", str(export), "--json")
    with closing(sqlite3.connect(json.loads(done.out)["backup"])) as before:
        assert before.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    again = chinwag("import", str(export)).err
    assert "0 chats and 0 messages imported; 2 already here" in again
    assert "As it was before" not in again  # nothing has changed
    assert chinwag("chats").out.count("Chat ") == 2
    assert "Because." in chinwag("export", "last", "-o", "-").out


def test_the_report_as_data_is_the_whole_of_it(chinwag: Chinwag, tmp_path: Path) -> None:
    value = [simple_chatgpt("c"), {"mapping": {}, "id": "e"}, {"maping": {}}]
    ran = chinwag("import", str(write(tmp_path / "x.json", value)), "--json")
    report = json.loads(ran.out)
    (chat,) = report["chats"]
    assert (report["dry_run"], report["complete"], ran.err) == (False, True, "")
    assert (chat["source"], chat["source_id"], chat["outcome"], chat["added"]) == ("chatgpt", "c", "new", 2)
    assert [one["reason"] for one in report["skipped"]] == ["empty", "unsupported"]
    assert chinwag("export", chat["id"], "-o", "-").code == 0


def test_what_cannot_be_read_is_named_and_is_no_success(chinwag: Chinwag, tmp_path: Path) -> None:
    bad = tmp_path / "bad\x1b[31m.json"
    bad.write_text("[{")
    ran = chinwag("import", str(bad), str(tmp_path / "nowhere"))
    assert ran.code == 1
    assert "\x1b" not in ran.err
    assert "breaks off after no. 0" in ran.err
    assert "there is no such file" in ran.err
    assert "2 skipped (unreadable)" in ran.err
    assert chinwag("import").code == 2


def test_a_title_that_would_steer_the_terminal_is_harmless(chinwag: Chinwag, tmp_path: Path) -> None:
    chat = chatgpt("c", chatgpt_node("q", None, words="Q"), title="\x1b]0;pwned\x07\u202e[red]x")
    ran = chinwag("import", str(write(tmp_path / "x.json", [chat])))
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.out)
    assert "[red]x" in ran.out


@pytest.mark.skipif(SHARED is None, reason="the exports of other programs are not here")
def test_a_folder_of_everything_comes_over(chinwag: Chinwag) -> None:
    assert SHARED is not None
    assert "40 chats and 123 messages imported" in chinwag("import", str(SHARED)).err
    assert "40 already here" in chinwag("import", str(SHARED)).err


def test_nobody_has_chosen_a_model_for_a_chat_of_another_program(chinwag: Chinwag, tmp_path: Path) -> None:
    """Going on with one asks who was asked last, and not whom an import has picked, which may cost money."""
    export = write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])
    chinwag("import", str(export))
    assert [one["model"] for one in json.loads(chinwag("chats", "--json").out)] == [None]
    for form in ("md", "txt", "html"):
        assert "switch" not in chinwag("export", "last", "--format", form, "-o", "-").out.split("<body")[-1]
    state_dir().mkdir(parents=True, exist_ok=True)
    (state_dir() / "state.toml").write_text('last_model = "test:test"\n')
    assert chinwag("-p", "-c", "And then?").code == 0
    assert [one["model"] for one in json.loads(chinwag("chats", "--json").out)] == ["test:test"]


def test_what_another_program_has_asked_for_was_not_used_here(chinwag: Chinwag, tmp_path: Path) -> None:
    chinwag("import", str(write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])))
    assert "No model was asked" in chinwag("usage").err
    assert "figures" not in chinwag("export", "last", "--format", "txt", "-o", "-").err
