"""The shell is where scripts and people meet Chinwag first: a wrong exit code or a lost answer breaks both."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.support.files import png
from tests.support.model_server import model_server
from tests.support.shell import SUCCESS, Chinwag, Ran
from tui.agent.models.target import Target
from tui.chat.catalog.info import TEST_INFO
from tui.commands.question import with_piped
from tui.config import State, save_state
from tui.paths import cache_dir, config_dir, data_dir, state_dir


def test_an_answer_is_printed_and_nothing_else(chinwag: Chinwag) -> None:
    assert chinwag("-p", "-m", "test:test", "hello") == Ran(0, f"{SUCCESS}\n", "")


def test_options_may_stand_before_and_after_the_question(chinwag: Chinwag) -> None:
    assert chinwag("hello", "-m", "test:test", "there", "-p").out == f"{SUCCESS}\n"
    assert "hello there" in chinwag("export", "last", "-o", "-").out


def test_after_two_dashes_everything_is_the_question(chinwag: Chinwag) -> None:
    assert chinwag("-p", "-m", "test:test", "--", "-1 +2", "--demo", "models").out == f"{SUCCESS}\n"
    assert "-1 +2 --demo models" in chinwag("export", "last", "-o", "-").out


def test_what_is_piped_in_goes_along(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "Sum this up", piped="a line\n")
    exported = json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out)
    assert "Sum this up\\n\\n```\\na line\\n```" in json.dumps(exported)
    assert exported["conversation"]["title"] == "Sum this up"


@pytest.mark.parametrize(
    ("prompt", "piped", "whole"),
    [
        ("Sum up", "", "Sum up"),
        ("Sum up", " \n\n", "Sum up"),
        ("", "a text\n", "a text"),
        ("Sum up", "a text\n", "Sum up\n\n```\na text\n```"),
        ("Sum up", "\n  indented\n", "Sum up\n\n```\n  indented\n```"),
        ("Sum up", "```py\nx\n```", "Sum up\n\n````\n```py\nx\n```\n````"),
        ("Sum up", "a ````` b", "Sum up\n\n``````\na ````` b\n``````"),
    ],
)
def test_what_is_piped_in_stands_after_the_words_and_cannot_break_out(prompt: str, piped: str, whole: str) -> None:
    assert with_piped(prompt, piped) == whole


def test_what_is_piped_in_may_be_the_question(chinwag: Chinwag) -> None:
    assert chinwag("-p", "-m", "test:test", piped="What is a chinwag?").code == 0
    assert "What is a chinwag?" in chinwag("chats").out


def test_without_p_an_answer_is_printed_when_nobody_looks_at_the_output(chinwag: Chinwag) -> None:
    assert chinwag("-m", "test:test", "hello").out == f"{SUCCESS}\n"


@pytest.mark.parametrize("piped", [b"\xff\xfe\x00", b"PK\x03\x04\x00", b"GIF89a\x00"])
def test_what_is_no_text_is_not_sent(chinwag: Chinwag, piped: bytes) -> None:
    ran = chinwag("-p", "-m", "test:test", "What is this?", piped=piped)
    assert ran.code == 2
    assert "not text" in ran.err


def test_too_much_to_read_is_not_sent(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.streams._MOST_PIPED_BYTES", 10)
    ran = chinwag("-p", "-m", "test:test", piped="eleven bytes")
    assert ran.code == 2
    assert "longer than" in ran.err


# What is asked before it is sent.


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model into which ten tokens fit."""
    monkeypatch.setattr("tui.chat.catalog.catalog.TEST_INFO", replace(TEST_INFO, window=10))


@pytest.mark.usefixtures("small")
def test_what_does_not_fit_ends_with_one_line_and_anyway_sends_it(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "word " * 40)
    assert ran.code == 1 and ran.out == ""
    assert "Not sent: ≈ 50 tokens do not fit into the 10 of test." in ran.err and "--anyway" in ran.err
    assert "word" not in chinwag("chats").out
    assert chinwag("-p", "--anyway", "-m", "test:test", "word " * 40) == Ran(0, f"{SUCCESS}\n", "")


def test_a_limit_that_is_reached_ends_with_one_line_and_anyway_goes_over_it_once(chinwag: Chinwag) -> None:
    (config_dir() / "config.toml").parent.mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text('[limits]\nday = "200 tokens"\nmonth = -1\n')
    first = chinwag("-p", "-m", "test:test", "one two three")
    assert (first.code, first.out) == (0, f"{SUCCESS}\n")
    assert first.err.count("\n") == 1 and '"month" must be an amount such as' in first.err and "not -1" in first.err
    refused = chinwag("-p", "-m", "test:test", "word " * 150)
    assert (refused.code, refused.out) == (1, "") and "of 200 tokens today" in refused.err and "--anyway" in refused.err
    assert "word word" not in chinwag("chats").out
    assert chinwag("-p", "--anyway", "-m", "test:test", "word " * 150).out == f"{SUCCESS}\n"


@pytest.mark.usefixtures("small")
def test_a_long_chat_is_summed_up_first_where_that_is_wanted(chinwag: Chinwag) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text("auto_compact = 0.5\n")
    assert chinwag("-p", "-m", "test:test", "hello").code == 0
    assert chinwag("-p", "--anyway", "-c", "-m", "test:test", "and").out == f"{SUCCESS}\n"
    exported = json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out)
    origins = [message["origin"] for message in exported["messages"]]
    assert len(origins) == 5 and "summary" in json.dumps(origins[2])


# Files that go along.


def exported(chinwag: Chinwag) -> Any:
    return json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out)


def test_files_and_folders_go_along_and_what_is_left_out_is_said(chinwag: Chinwag, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print()")
    (tmp_path / "src" / "cat.png").write_bytes(png())
    (tmp_path / "notes.txt").write_bytes(b"gr\xfc\xdfe")
    places = ("-a", str(tmp_path / "src"), "--attach", str(tmp_path / "notes.txt"))
    ran = chinwag("-p", "-m", "test:test", *places, "Sum up")
    assert (ran.code, ran.out) == (0, f"{SUCCESS}\n")
    assert ran.err.splitlines() == [
        "chinwag: src/: 1 file; left out: 1 that are no text",
        "chinwag: notes.txt: read as Latin-1, as it is not UTF-8",
    ]
    assert [file["name"] for file in exported(chinwag)["attachments"]] == ["src/", "notes.txt"]


def test_a_piped_text_and_a_file_go_along_together(chinwag: Chinwag, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(png())
    assert chinwag("-p", "-m", "test:test", "-a", str(tmp_path / "cat.png"), "Compare", piped="a dog\n").code == 0
    document = exported(chinwag)
    assert [file["media_type"] for file in document["attachments"]] == ["image/png"]
    assert "Compare\\n\\n```\\na dog" in json.dumps(document)


def test_a_file_alone_may_be_the_question(chinwag: Chinwag, tmp_path: Path) -> None:
    (tmp_path / "todo.md").write_text("What is 2 + 2?")
    assert chinwag("-m", "test:test", "-a", str(tmp_path / "todo.md")).out == f"{SUCCESS}\n"
    assert "todo.md" in chinwag("chats").out


def test_what_the_model_does_not_get_is_said_before_it_answers(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cat.png").write_bytes(png())
    blind = Target("test", "test", images=False)
    monkeypatch.setattr("tui.agent.models.test.TestModel.target", lambda self: blind)
    ran = chinwag("-p", "-m", "test:test", "-a", str(tmp_path / "cat.png"), "What is it?")
    assert ran.err == "chinwag: cat.png: not sent, only named: images are not read by this model\n"


@pytest.mark.parametrize("place", ["nowhere.txt", "/dev/zero", "http://127.0.0.1:9/x", "http://"])
def test_what_cannot_be_attached_ends_it_before_anything_is_sent(chinwag: Chinwag, place: str) -> None:
    ran = chinwag("-p", "-m", "test:test", "-a", place, "Sum up")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("chinwag: ") and len(ran.err.splitlines()) == 2
    assert "Sum up" not in chinwag("chats").out


def test_nothing_to_ask_is_said(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test")
    assert ran.code == 2
    assert "nothing to ask" in ran.err


def test_the_last_conversation_goes_on(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "first")
    chinwag("-p", "-c", "second")
    assert len(chinwag("chats").out.splitlines()) == 1
    text = chinwag("export", "last", "-o", "-").out
    assert text.index("first") < text.index("second")


def test_the_last_conversation_goes_on_with_another_model(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "first")
    ran = chinwag("-p", "-c", "-m", "demo:guide", "xyzzy")
    assert "guide, not a model" in ran.out
    assert "guide" in chinwag("chats").out


def test_there_may_be_nothing_to_go_on_with(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-c", "hello")
    assert ran.code == 2
    assert "no conversation yet" in ran.err


def test_demo_asks_the_guide_whatever_is_configured(chinwag: Chinwag) -> None:
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text('model = "test:test"')
    assert "guide, not a model" in chinwag("-p", "--demo", "xyzzy").out


def test_the_configured_model_answers(chinwag: Chinwag, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('model = "test:test"')
    assert chinwag("-p", "--config", str(file), "hello").out == f"{SUCCESS}\n"


def test_the_model_used_last_in_the_app_answers(chinwag: Chinwag) -> None:
    save_state(State(last_model="test:test"))
    assert chinwag("-p", "hello").out == f"{SUCCESS}\n"


def test_an_unknown_model_names_the_nearest(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "demo:giude", "hello")
    assert (ran.code, ran.out) == (2, "")
    assert 'no model "demo:giude"' in ran.err
    assert "demo:guide" in ran.err
    assert not (data_dir() / "chats.db").exists() or "hello" not in chinwag("chats").out


def test_a_name_that_only_one_model_has_is_short_for_it(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "guid", "hello")
    assert ran.code == 0 and ran.out
    assert ran.err.splitlines()[0] == "“guid” is demo:guide."
    assert "is demo:guide" not in chinwag("-p", "-m", "guide", "hello").err


def test_a_model_is_looked_for_at_its_provider_before_it_is_said_that_there_is_none(chinwag: Chinwag) -> None:
    """A list that was never asked for does not say that there is nothing in it."""
    with model_server() as address:
        config_dir().mkdir(parents=True, exist_ok=True)
        (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{address}"\n')
        ran = chinwag("-p", "-m", "nosuch", "hello")
        assert ran.code == 2 and "mine:gpt-5.6" in ran.err
        rmtree(cache_dir() / "models")
        assert chinwag("-p", "-m", "gpt-5.6", "hello").code == 0


def test_a_missing_key_is_named_and_the_question_is_kept(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "openai:gpt-5.6", "hello")
    assert (ran.code, ran.out) == (1, "")
    assert "OPENAI_API_KEY" in ran.err
    assert "hello" in chinwag("chats").out


def test_without_a_terminal_the_app_says_what_to_do(chinwag: Chinwag) -> None:
    ran = chinwag()
    assert (ran.code, ran.out) == (2, "")
    assert "needs a terminal" in ran.err
    assert "chinwag -p" in ran.err


def test_a_broken_configuration_is_named_with_its_line(chinwag: Chinwag) -> None:
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text('\nmodle = "x"')
    for arguments in (["-p", "hello"], ["models"], ["keys"]):
        ran = chinwag(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "config.toml:2: unknown key" in ran.err
        assert 'Did you mean "model"?' in ran.err


def test_an_unwritable_home_costs_the_library_not_the_answer(chinwag: Chinwag) -> None:
    data_dir().parent.mkdir(parents=True, exist_ok=True)
    data_dir().write_text("a file where the folder should be")
    ran = chinwag("-p", "-m", "test:test", "hello")
    assert (ran.code, ran.out) == (0, f"{SUCCESS}\n")
    assert "Nothing will be saved" in ran.err and "could not be saved" not in ran.err


def test_without_a_library_no_message_is_said_to_be_saved_but_where_it_is(chinwag: Chinwag) -> None:
    data_dir().parent.mkdir(parents=True, exist_ok=True)
    data_dir().write_text("a file where the folder should be")
    ran = chinwag("-p", "-m", "openai:gone", "a question of some length")  # no request is allowed here: it fails
    assert ran.code == 1 and "is saved" not in ran.err
    (file,) = state_dir().glob("unsaved-*.json")
    assert f"What could not be saved in the library is in {file}" in ran.err
    assert "a question of some length" in file.read_text()


def test_a_library_of_a_newer_version_is_refused_and_not_touched(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "hello")
    file = data_dir() / "chats.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 999")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    before = file.read_bytes()
    for arguments in (["-p", "-m", "test:test", "hello"], ["chats"], ["export", "last", "-o", "-"]):
        ran = chinwag(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "newer Chinwag" in ran.err
    assert file.read_bytes() == before
