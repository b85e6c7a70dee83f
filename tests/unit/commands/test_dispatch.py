"""Words taken for a command cost nothing, words taken for a question may: which is which must never surprise."""

import shlex
from argparse import Namespace

import pytest

from tests.support.shell import Chinwag
from tui import __version__, cli
from tui.app.commands import COMMANDS as APP_COMMANDS
from tui.commands import COMMANDS, ShellCommand
from tui.commands.ask import unsaid


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["models"], ([], "models", [])),
        (["models", "gpt"], ([], "models", ["gpt"])),
        (["models", "add", "x.gguf"], ([], "models add", ["x.gguf"])),
        (["--config", "x", "models", "add"], (["--config", "x"], "models add", [])),
        (["models add"], (["models add"], None, [])),
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


def test_a_start_without_arguments_is_what_the_parser_makes_of_none() -> None:
    assert vars(unsaid()) == vars(cli._question_parser().parse_intermixed_args([]))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("modles", "models"), ("exprot last", "export"), ("serach 'a b' c", "search"),
     ("serach foo bar baz", "search"), ("modls of today and their prices", "models"), ("list", "chats"),
     ("limits", "usage"), ("help", "--help"), ("setings", "config path"), ("setting", "config path"),
     ("histroy", "chats"), ("model", "models"), ("Models", "models"), ("logins", "keys")],
)  # fmt: skip
def test_a_misspelt_command_is_not_asked_of_a_model(chinwag: Chinwag, typed: str, meant: str) -> None:
    ran = chinwag(*shlex.split(typed))
    assert (ran.code, ran.out) == (2, "")
    assert f'Did you mean "{meant}"?' in ran.err
    assert f"chinwag -- {typed}\n" in ran.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("themes", "theme"), ("theme", "theme"), ("compair", ""), ("exit", "exit")]
)
def test_a_command_of_the_app_is_named(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str
) -> None:
    monkeypatch.setattr(cli, "_run", lambda command, options: 0)
    ran = chinwag(typed)
    assert ran.code == (2 if meant else 0) and (f"In the app it is /{meant}. To ask it" in ran.err) is bool(meant)
    assert set(cli._IN_APP) <= {name for command in APP_COMMANDS for name in command.slash}


@pytest.mark.parametrize(
    "question",
    [
        "hello",
        "help?",
        "logic",
        "news",
        "stars",
        "there",
        "themes of today",
        "vision",
        "list three fruits",
        "report on what was sold",
        "chat with me a little",
        "shown here is a tree",
        "expert advice on taxes",
        "What about models?",
        "-- exprot last",
        "-- serach is what we call it",
    ],
)
def test_what_does_not_look_like_a_command_is_asked(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    asked: list[list[str]] = []

    def run(command: ShellCommand, options: Namespace) -> int:
        asked.append(options.question)
        return 0

    monkeypatch.setattr(cli, "_run", run)
    assert chinwag(*question.split()).code == 0 and asked == [question.removeprefix("-- ").split()]


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
    "arguments",
    [
        ["--bogus"],
        ["-m"],
        ["export", "last", "-f", "pdf"],
        ["chats", "-n", "x"],
        ["keys", "a", "question"],
        ["models", "--bogus"],
    ],
)
def test_a_wrong_option_is_exit_code_2_with_a_hint(chinwag: Chinwag, arguments: list[str]) -> None:
    ran = chinwag(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("chinwag: ")
    assert "--help" in ran.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_what_it_does_and_takes(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([*name.split(), "--help"])
    assert caught.value.code == 0
    help = " ".join(capsys.readouterr().out.split())
    assert COMMANDS[name].summary in help and f"usage: chinwag {name} " in help and "--config FILE" in help


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    help = capsys.readouterr().out
    assert all(f"  {command.name} " in help and command.summary in help for command in COMMANDS.values())
