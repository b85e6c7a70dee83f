"""What is typed while the app starts must not be lost: people begin to write before the first frame stands."""

import os
import sys
import time

import pexpect
import pyte

from tests.support.protocol_server import ProtocolServer
from tests.support.pty import Terminal
from tests.support.vendors import listing


def test_a_question_typed_before_the_first_frame_is_asked_and_what_follows_is_written() -> None:
    screen = pyte.Screen(100, 30)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        sys.executable, ["-m", "tui", "--demo"], dimensions=(30, 100), timeout=30,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    try:
        child.send("keys\rtyped ahead")  # the terminal still gives lines, and makes a line feed of Enter
        until = time.monotonic() + 40
        while not all(words in "\n".join(screen.display) for words in ("❯ typed ahead", "▌ keys", "◆ guide")):
            assert time.monotonic() < until, "\n".join(screen.display)
            try:
                stream.feed(child.read_nonblocking(65536, timeout=1))
            except pexpect.TIMEOUT:
                continue
    finally:
        child.close(force=True)


async def test_a_question_typed_into_the_very_first_start_is_the_question() -> None:
    """While models are found: "a" opened a dialog once, and the rest of the question went into its field."""
    question = "Tell me about a dark sea, its urchins, and fur"
    async with ProtocolServer(listing("gpt-5.6", "gpt-mini")) as openai:
        async with Terminal(OPENAI_API_KEY="sk-0123456789", OPENAI_BASE_URL=f"{openai.url}/v1") as screen:
            screen.press(question[:20])
            await screen.sees("gpt-5.6 and 1 more")
            screen.press(question[20:])
            await screen.sees(f"❯ {question}")
            await screen.sees("Send to gpt-5.6")
            screen.press("\x11")
            assert await screen.gone() == 0
        assert all(seen.method == "GET" for seen in openai.requests)
