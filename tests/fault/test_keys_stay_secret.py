"""A key of more lines, as a password manager prints it: no line of it may stand on a screen or in any file of ours."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.forked import CHINWAG, ran
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tests.support.pty import Terminal
from tui.paths import config_dir

IN_ONE_PROCESS = "import sys; from tui.cli import main; [main(line.split()) for line in sys.argv[1:]]"
LISTINGS = ("doctor", "models", "keys", "export last -f md -o -", "chats", "export last -f json -o -")
FIRST, NOTE = "sk-CANARY-ONE", "recovery: CANARY-TWO"
KEYS = {
    "notes below it": f"{FIRST}\nlogin: someone\n{NOTE}",
    "windows": f"\ufeff{FIRST}\r\n{NOTE}\r\n",
    "blank lines": f"\n\n{FIRST}\n\n{NOTE}",
    "no letter of a key": f"{FIRST}\u200bкл\n{NOTE}",
    "an escape in it": f"{FIRST}\x1b]0;x\x07\n{NOTE}",
}


def configure(url: str, key: str, source: str) -> dict[str, str]:
    """Let `work:zz` take its key from a source; returns the environment that it needs."""
    config_dir().mkdir(parents=True, exist_ok=True)
    table = f'[providers.work]\nbase_url = "{url}/v1"\nmodels = ["zz"]\n'
    if source == "environment":
        table += 'api_key_env = "WORK_KEY"\n'
    elif source == "command":
        secret = config_dir() / "secret"
        secret.write_text(key, encoding="utf-8")
        table += f'key_command = ["cat", "{secret}"]\n'
    (config_dir() / "config.toml").write_text(table)
    return {"WORK_KEY": key} if source == "environment" else {}


async def printed(*command: str, **more: str) -> tuple[int, str]:
    """The exit code of a program, and what it prints on both outputs."""
    done = await asyncio.to_thread(ran, program=command, more=more)
    return done.returncode, done.stdout + done.stderr


def files_of(home: Path) -> bytes:
    """All that the program has written below a home, the secret of the test itself left out."""
    return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file() and file.name != "secret")


def refuse(seen: Seen) -> Answer:
    return json_answer({"error": {"message": f"bad key {seen.headers.get('authorization', '')}"}}, 401)


SOURCES = [(name, "environment") for name in KEYS] + [("notes below it", "command"), ("an escape in it", "command")]
"""Both sources read a key by one function; a command's output is tried with the two that are hardest to mask."""


@pytest.mark.parametrize(("name", "source"), SOURCES)
async def test_no_line_of_it_is_printed_stored_exported_or_logged(name: str, source: str, _home: Path) -> None:
    key = KEYS[name]
    async with ProtocolServer(respond=refuse) as server:
        environment = configure(server.url, key, source)
        _, asked = await printed(*CHINWAG, "-m", "work:zz", "-p", "hi", **environment)
        code, listed = await printed(sys.executable, "-c", IN_ONE_PROCESS, *LISTINGS, **environment)
    assert code == 0, listed  # else some of them were not heard
    assert "CANARY" not in asked + listed
    assert b"CANARY" not in files_of(_home)
    sent = {seen.headers.get("authorization", "") for seen in server.requests}
    if "кл" in key or "\x1b" in key:
        assert not sent and "holds no key" in asked
    else:
        assert sent == {f"Bearer {FIRST}"} and "base URL" not in asked


async def test_nor_does_the_screen_show_it(_home: Path) -> None:
    async with ProtocolServer(respond=refuse) as server:
        key = configure(server.url, KEYS["no letter of a key"], "environment")["WORK_KEY"]
        async with Terminal("-m", "work:zz", "hello", WORK_KEY=key) as terminal:
            await terminal.sees("WORK_KEY holds no key")
            terminal.press("\x11")
            assert await terminal.gone() == 0
            assert "CANARY" not in terminal.printed()
    assert b"CANARY" not in files_of(_home)
