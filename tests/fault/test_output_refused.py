"""An output that is full or closed: a paid answer must not be cut by it, and no command may end as a bug or as fine."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.support.forked import CLOSED, QUICK_CHINWAG, ran
from tui.paths import state_dir

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


@pytest.fixture
def outputs() -> Iterator[dict[Refusal, int]]:
    """What refuses what is written to it."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        yield {"full": full.fileno(), "closed": CLOSED}


def assert_refused(done: subprocess.CompletedProcess[str], refusal: Refusal) -> None:
    assert done.returncode == 1, done.args
    first, *more = done.stderr.splitlines()
    assert first == f"chinwag: Standard output could not be written: {REASON[refusal]}."
    assert more in ([], ["Print the answer again: chinwag export last -o -"])
    assert not (state_dir() / "chinwag.log").exists()


@REFUSALS
def test_every_command_says_it_in_one_line_and_fails(refusal: Refusal, outputs: dict[Refusal, int]) -> None:
    ran("-p", "-m", "test:test", "something to list")
    for arguments in COMMANDS:
        assert_refused(ran(*arguments, stdout=outputs[refusal]), refusal)


@REFUSALS
def test_the_answer_is_whole_in_the_library(refusal: Refusal, outputs: dict[Refusal, int]) -> None:
    whole = ran("-p", "--demo", "hello", program=QUICK_CHINWAG).stdout
    done = ran("-p", "--demo", "hello", program=QUICK_CHINWAG, stdout=outputs[refusal])
    assert_refused(done, refusal)
    exported = ran("export", "last", "-o", "-").stdout
    assert whole.strip() in exported
    assert "Stopped" not in exported


@pytest.mark.parametrize(
    ("stdin", "refusal"),
    [(subprocess.DEVNULL, "closed"), (subprocess.DEVNULL, "full"), (CLOSED, None), (CLOSED, "closed")],
)
def test_without_input_or_a_place_for_notes_the_answer_is_printed(
    stdin: int, refusal: Refusal | None, outputs: dict[Refusal, int]
) -> None:
    stderr = outputs[refusal] if refusal else subprocess.PIPE
    done = ran("-p", "-m", "test:test", "hello", stdin=stdin, stderr=stderr)
    assert (done.returncode, done.stdout) == (0, "success (no tool calls)\n")
    failed = ran("-p", "-m", "nobody:none", "hello", stdin=stdin, stderr=stderr)
    assert (failed.returncode, failed.stdout) == (2, "")


def test_with_all_three_closed_the_library_gets_no_print_into_it(_home: Path) -> None:
    assert ran("-p", "-m", "test:test", "hello", stdin=CLOSED, stdout=CLOSED, stderr=CLOSED).returncode == 1
    assert ran("chats").stdout.rstrip().endswith("hello")
    assert "success" in ran("export", "last", "-o", "-").stdout


@pytest.mark.parametrize("arguments", [(), ("-m", "test:test", "a question")], ids=["plain", "with a question"])
def test_the_app_without_a_screen_still_says_what_it_needs(arguments: tuple[str, ...]) -> None:
    done = ran(*arguments, stdin=CLOSED)
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr and "bug" not in done.stderr
