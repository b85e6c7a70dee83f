"""On a real terminal the plain chat only ever adds lines; it obeys ctrl+c, and takes what was typed too early."""

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import CHINWAG
from tests.support.protocol_server import Answer, ProtocolServer, sse
from tests.support.pty import Terminal
from tui.paths import config_dir


def said(text: str, *, gate: asyncio.Event | None = None) -> Answer:
    words = sse({"choices": [{"delta": {"content": text}}]}, done=False)
    end = sse({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return Answer([*words, *([gate] if gate else []), *end])


def configure(server: ProtocolServer) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(f'model = "mine:one"\n[providers.mine]\nbase_url = "{server.url}/v1"\n')


def asked(server: ProtocolServer) -> list[str]:
    return [seen.body["messages"][-1]["content"] for seen in server.requests if seen.method == "POST"]


def steered(printed: str) -> list[str]:
    """What is no text and no end of a line."""
    return re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r+(?![\r\n])", printed)


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
async def test_nothing_is_written_over_and_what_is_typed_too_early_is_the_next_prompt(term: str, _home: Path) -> None:
    gate = asyncio.Event()
    answers = [said("A \x1b[2Jnasty\rword\b and "), said("the end of it ", gate=gate), said("Last.")]
    async with ProtocolServer(*answers) as server:
        configure(server)
        options = [] if term == "dumb" else ["--plain"]
        async with Terminal(*options, TERM=term) as screen:
            await screen.writes("You: ")
            assert ("(TERM=dumb) can do no more than lines" in screen.printed()) is (term == "dumb")
            screen.press("one\rtwo\r")  # at once, as by a paste
            await screen.writes("End, tokens")
            screen.press("three\r")
            await screen.writes("the end of ")
            screen.press("four\r")
            gate.set()
            await screen.writes("Last.")
            screen.press("/quit\r")
            assert await screen.gone() == 0
            assert screen.left_behind() == []
    assert asked(server) == ["one\ntwo", "three", "four"]
    assert steered(screen.printed()) == []


async def test_ctrl_c_stops_a_reply_and_then_drops_a_line(_home: Path) -> None:
    async with ProtocolServer(said("So far, ", gate=asyncio.Event()), said("Yes.")) as server:
        configure(server)
        async with Terminal("--plain", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as screen:
            await screen.writes("You: ")
            screen.press("gö €\r")
            await screen.writes("So far, ")
            screen.process.send_signal(signal.SIGINT)
            await screen.writes("Stopped, ")
            screen.press("half of a line")
            await screen.writes("half of a line")
            screen.process.send_signal(signal.SIGINT)
            await screen.writes("Nothing was sent. Ctrl+d leaves.\r\n\r\nYou: ")
            screen.press("\x1b[A\r")  # the prompt before
            await screen.writes("Yes.")
            screen.press("\x04")
            assert await screen.gone() == 0
    assert asked(server) == ["gö €", "gö €"]


async def test_a_terminal_that_is_closed_and_killed_at_once_ends_it() -> None:
    async with Terminal("--plain", "--demo") as screen:
        await screen.writes("You: ")
        screen.process.send_signal(signal.SIGTERM)
        screen.process.send_signal(signal.SIGHUP)
        assert await screen.gone() in (129, 143)


def test_in_a_pipe_it_names_the_way_to_one_answer() -> None:
    done = subprocess.run([*CHINWAG, "--plain"], input="hello", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "chinwag -p" in done.stderr


def test_it_loads_no_toolkit_for_screens() -> None:
    code = """
import sys
import tui.commands.plain.run
print(sorted({"textual", "rich", "tui.app"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
