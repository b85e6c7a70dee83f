"""Tools from the shell: only what was named runs, and what nobody could be asked about does not, and says so."""

import sys
from pathlib import Path

import pytest

from tests.support.mcp_servers import PROGRAM
from tests.support.pty import Terminal
from tests.support.shell import Chinwag
from tui.chat.tools.questions import ToolQuestion
from tui.commands.tool_options import question_text
from tui.paths import config_dir


def test_what_is_harmless_runs_when_it_is_named(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "--tools", "now,calculate", "hello")
    assert ran.code == 0 and '"now":' in ran.out and "Not calculated: Only numbers" in ran.out and not ran.err


def test_without_a_terminal_nothing_that_must_be_asked_about_runs_and_that_is_said(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "--tools", "search_chats", "hello")
    assert ran.code == 0 and "The user did not allow this call. Nobody could be asked." in ran.out
    assert "Not called, as nobody could be asked:" in ran.err and "Allow it with --yes search_chats" in ran.err


def test_what_was_agreed_to_on_the_command_line_runs(chinwag: Chinwag, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("words")
    ran = chinwag(
        "-p", "-m", "test:test", "--tools", "list_files,search_chats", "--tools", "read_file",
        "--folder", str(tmp_path), "--yes", "list_files,read_file,search_chats", "hello",
    )  # fmt: skip
    assert ran.code == 0 and '"read_file":"words"' in ran.out and not ran.err


def add_played(chinwag: Chinwag, folder: Path, name: str, *options: str, modes: tuple[str, ...] = ()) -> None:
    program = (sys.executable, "-S", str(PROGRAM), str(folder), *modes)
    assert chinwag("mcp", "add", name, *options, "--", *program).code == 0


def test_tools_of_a_server_run_as_they_were_named_and_what_is_not_there_is_said(
    chinwag: Chinwag, tmp_path: Path
) -> None:
    add_played(chinwag, tmp_path, "played")
    add_played(chinwag, tmp_path, "dead", modes=("die initialize",))
    add_played(chinwag, tmp_path, "away", "--off")
    ran = chinwag(
        "-p", "-m", "test:test", "--tools", "played:echo,played:\x1b[2J,dead:*,away:*", "--yes", "played:echo", "hello"
    )
    assert ran.code == 0 and '{"played_echo":"{}"}' in ran.out.replace(" ", "")
    assert 'played has no tool "␛[2J". It has: echo, grow.' in ran.err
    assert "Without the tools of dead: dead ended (exit code 3): no licence" in ran.err
    assert "Without the tools of away: away is switched off." in ran.err
    denied = chinwag("-p", "-m", "test:test", "--tools", "played:*", "hello")
    assert denied.out.count("Nobody could be asked.") == 2 and "Allow it with --yes played:echo" in denied.err
    unknown = chinwag("-p", "-m", "test:test", "--tools", "plaid:*", "hello")
    assert unknown.code == 2 and 'There is no tool "plaid:*"' in unknown.err and "played:*, dead:*" in unknown.err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--tools", "bash"], 'There is no tool "bash"'),
        (["--tools", "chinwag:*"], 'There is no tool "chinwag:*"'),
        (["--tools", "now", "--yes", "fetch"], 'There is no tool "fetch" among those of --tools'),
        (["--tools", "read_file"], "read_file needs a folder.\nGrant one: --folder DIR"),
        (["--tools", "read_file", "--folder", "/nowhere/at/all"], "There is no folder /nowhere/at/all"),
        (["--yes", "now"], "--yes says nothing without tools"),
        (["--folder", "/"], "--folder says nothing without tools"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    chinwag: Chinwag, options: list[str], problem: str
) -> None:
    ran = chinwag("-p", "-m", "test:test", *options, "hello")
    assert (ran.code, ran.out) == (2, "") and problem in ran.err
    assert "hello" not in chinwag("chats").out


def test_a_question_shows_all_arguments_and_what_is_invisible_in_them() -> None:
    arguments = '{"url": "https://a.example/\u202e\u200b\x1b[2J"}'
    place = f"{'a' * 300}.example, b\n\u200b"
    question = ToolQuestion("1", "fetch", "chinwag", "", arguments, place, sends=True, foreign=True, private=True)
    text = question_text(question)
    assert f"fetch (chinwag) → {'a' * 300}.example, b␊<U+200B>\n" in text, "its end says where it leads"
    assert "<U+202E><U+200B>" in text and "\x1b" not in text
    assert "words from outside" in text and "what is yours" in text


@pytest.mark.parametrize(
    ("answer", "told"), [("y", "Nothing was found."), ("n", "did not allow"), ("", "did not allow")]
)
async def test_a_person_is_asked_on_the_terminal(answer: str, told: str) -> None:
    async with Terminal("-p", "-m", "test:test", "--tools", "search_chats", "hello") as terminal:
        await terminal.sees("Allow it")
        terminal.press(f"{answer}\r")
        await terminal.sees(told)


def test_a_line_of_tools_that_makes_no_sense_is_said_at_the_start(chinwag: Chinwag) -> None:
    file = config_dir() / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[chat]\ntools = "now, fetch=maybe"\n')
    ran = chinwag("-p", "-m", "test:test", "hello")
    assert ran.code == 0 and 'chat.tools: "fetch=maybe" is no tool with ask, allow or deny behind "=".' in ran.err
