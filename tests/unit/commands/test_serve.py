"""`chinwag serve` before it serves: whom it would let in, and what it refuses to do."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("textual_serve")
from tests.support.pty import Terminal
from tests.support.shell import Chinwag
from tui.commands import serve


@pytest.fixture(autouse=True)
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(ready: Callable[[], None]) -> None:
        """What is served ends when it has begun."""
        ready()

    monkeypatch.setattr("tui.web.server._told_to_go", at_once)


def test_it_needs_a_token_and_a_place_that_only_its_owner_sees(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = chinwag("serve", "--port", "0")
    assert (ran.code, ran.out) == (2, "") and "no terminal to print a link" in ran.err
    file = tmp_path / "token"
    file.write_text("  a-token-of-our-own \n")
    file.chmod(0o644)
    assert "Others can read" in chinwag("serve", "--port", "0", "--token-file", str(file)).err
    file.chmod(0o600)
    ran = chinwag("serve", "--port", "0", "--token-file", str(file))
    assert ran.code == 0 and ran.out.startswith("http://127.0.0.1:") and "a-token" not in ran.out + ran.err
    file.write_text("short\n")
    assert "16 to 1000" in chinwag("serve", "--port", "0", "--token-file", str(file)).err
    file.write_text("x" * 1100)
    assert "16 to 1000" in chinwag("serve", "--port", "0", "--token-file", str(file)).err, "no browser could sign in"
    file.write_text("")
    assert chinwag("serve", "--port", "0", "--token-file", str(file)).code == 2
    assert "cannot be read" in chinwag("serve", "--token-file", str(tmp_path / "none")).err
    monkeypatch.setenv("CHINWAG_SERVE_TOKEN", "short")
    assert "16 to 1000" in chinwag("serve", "--port", "0").err


def test_what_cannot_be_served_is_said(chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ran(*arguments: str) -> str:
        monkeypatch.setenv("CHINWAG_SERVE_TOKEN", "a-token-that-only-we-know")
        done = chinwag("serve", *arguments)
        assert (done.code, done.out) == (2, ""), done
        return done.err

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"cannot listen at 127.0.0.1, port {port}: " in ran("--port", str(port))
    assert "cannot listen at 203.0.113.9" in ran("--port", "0", "--host", "203.0.113.9")
    assert "--port is a number" in ran("--port", "70000") and "--tabs" in ran("--tabs", "0")
    assert "belongs to a certificate" in ran("--key", str(tmp_path / "key.pem"))
    assert "--public-url chat" in ran("--public-url", "chat")
    (tmp_path / "cert.pem").write_text("none")
    for name in ("cert.pem", "missing.pem"):
        assert "cannot be used" in ran("--port", "0", "--cert", str(tmp_path / name))
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    assert "pip install 'chinwag[web]'" in ran("--port", "0")


def test_whoever_can_read_along_is_told_of(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHINWAG_SERVE_TOKEN", "a-token-that-only-we-know")
    assert "Nothing here is encrypted" in chinwag("serve", "--port", "0", "--host", "0.0.0.0").err
    monkeypatch.setenv("CHINWAG_SERVE_TOKEN", "a-token-that-only-we-know")
    ran = chinwag("serve", "--port", "0", "--public-url", "https://chat.example.com/")
    assert ran.out == "https://chat.example.com/\n" and "encrypted" not in ran.err


async def test_a_new_token_is_printed_once_to_a_terminal_and_ctrl_c_ends_it() -> None:
    async with Terminal("serve", "--port", "0") as terminal:
        await terminal.sees("Ctrl\\+c ends it")
        assert terminal.written.count(b"/#token=") == 1
        terminal.process.send_signal(signal.SIGINT)
        assert await terminal.gone() == 0
