"""In front of a real terminal, what is piped in must not cost the keyboard, nor a question its answer."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
import pyte
import pytest

from tests.support.forked import ran

CHINWAG = f"{sys.executable} -m tui --demo"
QUICK_CHINWAG = f"{sys.executable} -m tests.support.quick_chinwag --demo"


class Terminal:
    """A program in a terminal of 100x24 cells."""

    def __init__(self, command: str) -> None:
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.process = pexpect.spawn("/bin/sh", ["-c", command], dimensions=(24, 100), env=environment)
        self._screen = pyte.Screen(100, 24)
        self._stream = pyte.ByteStream(self._screen)

    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, pattern: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text()):
            assert time.monotonic() < deadline, f"never saw {pattern!r} in:\n{self.text()}"
            try:
                self._stream.feed(self.process.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                continue

    def exit_code(self) -> int | None:
        self.process.expect(pexpect.EOF, timeout=20)
        self.process.close()
        code: int | None = self.process.exitstatus
        return code


@contextmanager
def terminal(command: str) -> Iterator[Terminal]:
    started = Terminal(command)
    try:
        yield started
    finally:
        started.process.close(force=True)


def test_piped_text_becomes_a_draft_and_keys_still_arrive() -> None:
    with terminal(f"printf 'line one\\nline two\\n' | {CHINWAG}") as screen:
        screen.wait_for("❯ line one")
        screen.wait_for("line two")
        assert "▌ you" not in screen.text()  # nothing was sent
        screen.process.send(" and more")
        screen.wait_for("line two and more")
        screen.process.send("\x11")
        assert screen.exit_code() == 0
    assert "There is no conversation" in ran("export", "last", "-o", "-").stderr, "nothing was sent"


def test_a_question_on_the_command_line_is_asked_in_the_app() -> None:
    with terminal(f"{CHINWAG} which keys?") as screen:
        screen.wait_for("guide, not a model · Keys")
        screen.process.send("\x1b")
        screen.wait_for("Stopped")
        screen.process.send("\x11")
        assert screen.exit_code() == 0
    with terminal(f"{CHINWAG} -c") as screen:
        screen.wait_for("which keys")
        screen.wait_for("Stopped")
        screen.process.send("\x11")
        assert screen.exit_code() == 0


def test_p_in_a_terminal_prints_and_tells_the_figures() -> None:
    with terminal(f"{QUICK_CHINWAG} -p export") as screen:
        screen.process.expect("chinwag export last", timeout=30)
        screen.process.expect("guide · ↑ 1  ↓ [0-9,]+ .*thinking.* tok/s · free".encode(), timeout=30)
        assert screen.exit_code() == 0


@pytest.mark.parametrize("redirected", ["2> /dev/null", "2>&1 | cat"])
def test_the_app_is_not_drawn_into_a_file(redirected: str) -> None:
    with terminal(f"({CHINWAG}; echo code $?) {redirected}") as screen:
        screen.process.expect("code 2", timeout=20)
