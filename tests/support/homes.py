"""A home of its own for a test or a battery: no folder, key, proxy or terminal of who runs it, and no network."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

_real_connect = socket.socket.connect
_HERE = ("127.0.0.1", "127.0.0.2", "::1", "localhost")
_ENDINGS, _BEGINNINGS = ("_API_KEY", "_BASE_URL", "_PROXY", "_proxy"), ("CHINWAG_", "AWS_", "XDG_")
_NAMES = (
    "HF_TOKEN", "OLLAMA_HOST", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "NO_COLOR", "COLORTERM", "LANG", "LC_ALL", "TMUX",
    "STY", "ZELLIJ", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME",
    "COLUMNS", "LINES",  # pytest-xdist sets these two in its workers: 80 x 24, whatever the test's terminal has
)  # fmt: skip


def move_in(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Live in a folder, until the patch is undone."""
    for name in list(os.environ):
        if (name.endswith(_ENDINGS) or name.startswith(_BEGINNINGS)) and name != "CHINWAG_RECORDINGS":
            patch.delenv(name)
    for name in _NAMES:
        patch.delenv(name, raising=False)
    patch.setenv("TERM", "xterm-256color")
    patch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        patch.setenv(f"CHINWAG_{name}_DIR", str(home / name.lower()))
    patch.setenv("TEXTUAL_ANIMATIONS", "none")
    patch.setattr(socket.socket, "connect", _here_only)


@contextmanager
def home() -> Iterator[Path]:
    """A home that is gone afterwards; one inside another is as new as the first."""
    with TemporaryDirectory(prefix="chinwag-") as folder, pytest.MonkeyPatch.context() as patch:
        move_in(Path(folder), patch)
        yield Path(folder)


def _here_only(sock: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if sock.family in (socket.AF_INET, socket.AF_INET6) and host not in _HERE:
        raise RuntimeError(f"a test tried to reach {host}")
    _real_connect(sock, address)
