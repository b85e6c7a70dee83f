"""What is typed while the app starts must not be lost: people begin to write before the first frame stands."""

import os
import sys
import time

import pexpect
import pyte


def test_words_typed_before_the_first_frame_are_in_the_composer() -> None:
    screen = pyte.Screen(100, 30)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        sys.executable, ["-m", "tui", "--demo"], dimensions=(30, 100), timeout=30,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    try:
        child.send("typed ahead")
        until = time.monotonic() + 40
        while "❯ typed ahead" not in "\n".join(screen.display):
            assert time.monotonic() < until, "\n".join(screen.display)
            try:
                stream.feed(child.read_nonblocking(65536, timeout=1))
            except pexpect.TIMEOUT:
                continue
    finally:
        child.close(force=True)
