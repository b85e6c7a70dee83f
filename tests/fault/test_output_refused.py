"""An output that is full or closed: a paid answer must not be cut by it, and no command may end as a bug or as fine."""

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from tui.paths import state_dir

CHINWAG = [sys.executable, "-m", "tui"]
Refusal = Literal["full", "closed"]
REASON: dict[Refusal, str] = {"full": "No space left on device", "closed": "it is closed"}
REFUSALS = pytest.mark.parametrize("refusal", ["full", "closed"])
COMMANDS = (
    ("--help",),
    ("export", "--help"),
    ("--version",),
    ("chats",),
    ("models", "demo"),
    ("keys",),
    ("doctor",),
    ("export", "last", "-o", "-"),
    ("backup", "-"),
    ("-p", "-m", "test:test", "hello"),
)


@pytest.fixture(autouse=True)
def _device() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")


def ran(*arguments: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line; `shell` is a redirection such as ">&-"."""
    line = f'exec "$@" {shell}'
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", *CHINWAG, *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def redirected(refusal: Refusal) -> str:
    return ">/dev/full" if refusal == "full" else ">&-"


def assert_refused(done: subprocess.CompletedProcess[str], refusal: Refusal) -> None:
    assert done.returncode == 1, done.args
    first, *more = done.stderr.splitlines()
    assert first == f"chinwag: Standard output could not be written: {REASON[refusal]}."
    assert more in ([], ["Print the answer again: chinwag export last -o -"])
    assert not (state_dir() / "chinwag.log").exists()


@REFUSALS
def test_every_command_says_it_in_one_line_and_fails(refusal: Refusal) -> None:
    ran("-p", "-m", "test:test", "something to list")
    for arguments in COMMANDS:
        assert_refused(ran(*arguments, shell=redirected(refusal)), refusal)


@REFUSALS
def test_the_answer_is_whole_in_the_library(refusal: Refusal) -> None:
    whole = ran("-p", "--demo", "hello").stdout
    assert_refused(ran("-p", "--demo", "hello", shell=redirected(refusal)), refusal)
    exported = ran("export", "last", "-o", "-").stdout
    assert whole.strip() in exported
    assert "Stopped" not in exported


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_without_input_or_a_place_for_notes_the_answer_is_printed(shell: str) -> None:
    done = ran("-p", "-m", "test:test", "hello", shell=shell)
    assert (done.returncode, done.stdout) == (0, "success (no tool calls)\n")
    failed = ran("-p", "-m", "nobody:none", "hello", shell=shell)
    assert (failed.returncode, failed.stdout) == (2, "")


def test_with_all_three_closed_the_library_gets_no_print_into_it(_home: Path) -> None:
    assert ran("-p", "-m", "test:test", "hello", shell="<&- >&- 2>&-").returncode == 1
    assert ran("chats").stdout.rstrip().endswith("hello")
    assert "success" in ran("export", "last", "-o", "-").stdout


@pytest.mark.parametrize("arguments", [(), ("-m", "test:test", "a question")], ids=["plain", "with a question"])
def test_the_app_without_a_screen_still_says_what_it_needs(arguments: tuple[str, ...]) -> None:
    done = ran(*arguments, shell="<&-")
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr and "bug" not in done.stderr
