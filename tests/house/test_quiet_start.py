"""A start opens no connection and asks no name server. Lost else: privacy, and a start without a network."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tui.app.app import ChatApp
from tui.app.warmup import WarmUp
from tui.bootstrap import compose


async def test_a_start_opens_no_connection(monkeypatch: pytest.MonkeyPatch, _home: Path) -> None:
    called: list[Any] = []
    connect = socket.socket.connect

    def noted(sock: socket.socket, address: Any) -> None:
        called.append(address)
        connect(sock, address)

    def looked_up(host: Any, *rest: Any, **more: Any) -> Any:
        called.append(host)
        raise socket.gaierror("a test asks no name server")

    monkeypatch.setattr(socket.socket, "connect", noted)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, "sk-canary-0123456789")
    (_home / "config").mkdir(parents=True)
    (_home / "config" / "config.toml").write_text('[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\n')
    async with compose() as parts:
        app = ChatApp(parts)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            await app.workers.wait_for_complete()
            assert called == []
            assert app.chat.layout_view.composer.display


async def test_what_a_prompt_needs_is_loaded_once_one_is_written(monkeypatch: pytest.MonkeyPatch, _home: Path) -> None:
    """Lost else: the memory of windows that are only looked at, or a first prompt that waits for all of it."""
    ran = threading.Event()
    monkeypatch.setattr(WarmUp, "_import", lambda _: ran.set())
    async with compose() as parts:
        app = ChatApp(parts)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("escape")
            await app.workers.wait_for_complete()
            assert not ran.is_set()
            await pilot.press("W", "h", "y")
            assert ran.wait(10)
