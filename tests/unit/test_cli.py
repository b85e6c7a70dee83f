"""The shell is where scripts and people meet Chinwag first: a wrong exit code or a lost answer breaks both."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tui import __version__, cli
from tui.config import State, save_state
from tui.errors import UsageError
from tui.paths import cache_dir, config_dir, data_dir

SUCCESS = "success (no tool calls)"
"""What the model `test:test` answers."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def chinwag(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Run the command line in this process; `piped` is what stands in standard input."""
    monkeypatch.setattr("tui.log.start_log", lambda: None)  # it would take over pytest's own logging

    def run(*arguments: str, piped: str | bytes = "") -> Ran:
        file = tmp_path / "stdin"
        file.write_bytes(piped if isinstance(piped, bytes) else piped.encode())
        with file.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            capsys.readouterr()
            code = cli.main(list(arguments))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


Chinwag = Callable[..., Ran]


# What is a command, what a question.


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["models"], ([], "models", [])),
        (["models", "gpt"], ([], "models", ["gpt"])),
        (["--config", "x", "export", "last"], (["--config", "x"], "export", ["last"])),
        (["--config=x", "keys"], (["--config=x"], "keys", [])),
        (["export my chats"], (["export my chats"], None, [])),
        (["--", "models"], (["--", "models"], None, [])),
        (["-p", "models"], (["-p", "models"], None, [])),
        (["-m", "models"], (["-m", "models"], None, [])),
        (["--config"], (["--config"], None, [])),
        ([], ([], None, [])),
    ],
)
def test_a_command_stands_first_and_everything_else_is_a_question(
    arguments: list[str], expected: tuple[list[str], str | None, list[str]]
) -> None:
    assert cli.split_command(arguments) == expected


def test_a_misspelt_command_is_not_asked_of_a_model(chinwag: Chinwag) -> None:
    ran = chinwag("modles")
    assert (ran.code, ran.out) == (2, "")
    assert 'Did you mean "models"?' in ran.err
    assert "chinwag -- modles" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["-V"], __version__), (["--help"], "doctor"), (["-h"], "git diff | chinwag -p"), (["export", "-h"], "--force")],
)
def test_the_version_and_the_help_are_told(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["--bogus"], ["-m"], ["export", "last", "-f", "pdf"], ["chats", "-n", "x"], ["models", "--bogus"]]
)
def test_a_wrong_option_is_exit_code_2_with_a_hint(chinwag: Chinwag, arguments: list[str]) -> None:
    ran = chinwag(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("chinwag: ")
    assert "--help" in ran.err


# One answer.


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


def test_a_missing_key_is_named_and_the_question_is_kept(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "openai:gpt-5.6", "hello")
    assert (ran.code, ran.out) == (1, "")
    assert "OPENAI_API_KEY" in ran.err
    assert "hello" in chinwag("chats").out


# No terminal, no home, wrong files.


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
    assert "Nothing will be saved" in ran.err


def test_a_library_of_a_newer_version_is_refused_and_not_touched(chinwag: Chinwag) -> None:
    import sqlite3

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


# Listings.


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


def test_chats_are_listed_newest_first_with_usable_ids(chinwag: Chinwag) -> None:
    assert chinwag("chats") == Ran(0, "", 'There is no conversation yet. Start one: chinwag -p "hello".\n')
    for question in ("older", "newer"):
        chinwag("-p", "-m", "test:test", question)
    first, second = chinwag("chats").out.splitlines()
    assert "newer" in first
    assert "older" in second
    assert "older" in chinwag("export", second.split()[0], "-o", "-").out
    assert len(chinwag("chats", "-n", "1").out.splitlines()) == 1


def test_models_are_listed_and_filtered(chinwag: Chinwag) -> None:
    out = chinwag("models").out
    assert "MODEL" in out
    assert "guide, not a model" in out
    only = chinwag("models", "DEMO", "gui").out.splitlines()
    assert [line.split()[0] for line in only] == ["MODEL", "demo:guide"]
    none = chinwag("models", "zzz")
    assert (none.code, none.out) == (2, "")


def test_keys_say_where_they_come_from_and_never_what_they_are(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-env")
    config_dir().mkdir()
    config = config_dir() / "config.toml"
    config.write_text(
        '[providers.work]\nbase_url = "http://127.0.0.1:1"\napi_key = "sk-canary-file"\n'
        '[providers.groq]\nkey_command = ["pass", "show", "groq"]\n'
    )
    config.chmod(0o600)
    (config_dir() / "credentials.toml").write_text('mistral = "sk-canary-store"')
    (config_dir() / "credentials.toml").chmod(0o600)
    ran = chinwag("keys")
    lines = {line.split()[1]: line for line in ran.out.splitlines()}
    assert "canary" not in ran.out + ran.err
    assert "OPENAI_API_KEY" in lines["openai"] and lines["openai"].startswith("✓")
    assert lines["work"].endswith("config.toml") and lines["work"].startswith("✓")
    assert lines["mistral"].endswith("credentials.toml")
    assert lines["groq"].endswith("asked when needed: pass")
    assert lines["anthropic"].endswith("set ANTHROPIC_API_KEY")
    assert lines["anthropic"].startswith("-")


def test_keys_that_others_can_read_are_not_used_and_it_is_said(chinwag: Chinwag) -> None:
    config_dir().mkdir()
    (config_dir() / "credentials.toml").write_text('mistral = "sk-canary-store"')
    (config_dir() / "credentials.toml").chmod(0o644)
    ran = chinwag("keys")
    assert "others can read it" in ran.err
    assert "set MISTRAL_API_KEY" in ran.out


def test_the_doctor_reports_without_keys_and_without_the_persons_name(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    chinwag("-p", "-m", "test:test", "hello")
    ran = chinwag("doctor")
    assert ran.code == 0, ran.out
    assert __version__ in ran.out
    assert "~/config/config.toml, not there; defaults hold" in ran.out
    assert "1 conversation," in ran.out
    assert "kept keys" in ran.out and "~/config/credentials.toml, not there" in ran.out
    assert str(_home) not in ran.out
    assert not cache_dir().exists()


def test_the_doctor_names_what_is_wrong(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text("[providers.openai]\nlabel = 5")
    data_dir().write_text("a file where the folder should be")
    ran = chinwag("doctor")
    assert ran.code == 1
    wrong = [line for line in ran.out.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in wrong] == ["terminal", "data", "configuration"]
    assert "config.toml:2:" in ran.out


def test_the_doctor_counts_kept_keys_and_says_when_they_are_not_used(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    config_dir().mkdir()
    file = config_dir() / "credentials.toml"
    file.write_text('mistral = "sk-canary-store"')
    file.chmod(0o600)
    (config_dir() / "config.local.toml").write_text('[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\n')
    good = chinwag("doctor").out
    assert "~/config/credentials.toml, 1 key;" in good and "~/config/config.local.toml" in good
    file.chmod(0o644)
    bad = chinwag("doctor")
    assert bad.code == 1 and "others can read it. Run: chmod 600 ~/config/credentials.toml" in bad.out
    assert "canary" not in good + bad.out and str(_home) not in good + bad.out


def test_the_doctor_says_which_provider_lacks_a_key(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text('model = "test:test"\n[providers.openai]\nlabel = "Mine"\n')
    ran = chinwag("doctor")
    assert ran.code == 1
    assert "✗ openai" in ran.out
    assert "chinwag keys" in ran.out


def test_a_question_in_the_wrong_place_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        cli._dispatch(["chats", "a", "question"])
