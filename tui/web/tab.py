"""One tab: a process of the app, and the page that shows it. Pages come and go; the process stays meanwhile."""

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from tui.streams import TAB_FOLDER
from tui.text import clean
from tui.web.files import Downloads, Uploads

ENDED, TAKEN_OVER, TOO_MANY = 4000, 4001, 4002
"""Why a page's socket was closed (RFC 6455, 7.4.2: numbers of one's own)."""

_SOURCE = Path(__file__).parents[2]
_START = "import sys; sys.path.insert(0, {!r}); from tui.cli import main; sys.exit(main())"
_TERMINALS = (
    "TMUX", "TMUX_PANE", "STY", "ZELLIJ", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "VTE_VERSION", "WT_SESSION",
    "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT", "LINES", "COLUMNS", "INSIDE_EMACS",
)  # fmt: skip
"""What tells of the terminal in which the server was started, in which nobody sees the app."""
_SCHEMES = ("http", "https", "mailto")
_LONGEST_ERRORS = 4000
_LARGEST = 1000
_PATIENCE_S = 3.0


def environment(outer: Mapping[str, str], folder: Path, columns: int, rows: int) -> dict[str, str]:
    """The environment of an app that a page shows."""
    kept = {name: value for name, value in outer.items() if name not in _TERMINALS}
    return {
        **kept,
        "TEXTUAL_DRIVER": "tui.app.tty.browser:BrowserDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "textual",
        "COLUMNS": str(columns),
        "ROWS": str(rows),
        TAB_FOLDER: str(folder),
    }


class Tab:
    """A process of the app.

    Args:
        options: those of the app.

    Attributes:
        ended: is set when the process is gone.
    """

    def __init__(self, options: Sequence[str]) -> None:
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="chinwag-tab-"))  # 0700
        self.uploads, self.downloads = Uploads(self._folder), Downloads(self._folder)
        self._left_at: float | None = time.monotonic()
        self.ended = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._page: web.WebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._title = ""

    async def start(self, columns: int, rows: int) -> None:
        """Start the process for a page of this size.

        Raises:
            OSError: it cannot be started.
        """
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-c", _START.format(str(_SOURCE)), *self._options,
                stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True,
                env=environment(os.environ, self._folder, _bounded(columns), _bounded(rows)),
            )  # fmt: skip
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._task = asyncio.create_task(self._run(self._process), name="tab")

    # The page.

    @property
    def unseen_s(self) -> float | None:
        """For how long no page has shown it; None while one does."""
        return None if self._left_at is None else time.monotonic() - self._left_at

    async def show(self, page: web.WebSocketResponse, columns: int, rows: int) -> None:
        """Have a page show the app until it goes; one that did before is told so."""
        before, self._page, self._left_at = self._page, page, None
        if before is not None:
            await before.close(code=TAKEN_OVER)
        await self._tell_app({"type": "attach", "width": _bounded(columns), "height": _bounded(rows)})
        try:
            async for message in page:
                if message.type == WSMsgType.TEXT:
                    await self._take(message.data)
        finally:
            if self._page is page:
                self._page, self._left_at = None, time.monotonic()
                await self._tell_app({"type": "blur"})

    async def _take(self, text: str) -> None:
        """What a page says; what makes no sense is nothing."""
        try:
            kind, *rest = json.loads(text)
        except (ValueError, TypeError):
            return
        match (kind, *rest):
            case ("stdin", str() as typed):
                await self.type(typed)
            case ("resize", {"width": int() as columns, "height": int() as rows}):
                await self._tell_app({"type": "resize", "width": _bounded(columns), "height": _bounded(rows)})
            case ("focus" | "blur", *_):
                await self._tell_app({"type": kind})

    async def type(self, text: str) -> None:
        """Let the app have text as from a keyboard."""
        await self._give(b"D", text.encode(errors="replace"))

    async def paste_path(self, path: Path) -> None:
        """Drop a file on the app, as a terminal does."""
        await self.type(f"\x1b[200~{shlex.quote(str(path))}\x1b[201~")

    async def _tell_app(self, data: Mapping[str, Any]) -> None:
        await self._give(b"M", json.dumps(data).encode())

    async def _give(self, kind: bytes, data: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with suppress(ConnectionError, RuntimeError):  # it has just ended
            self._process.stdin.write(kind + len(data).to_bytes(4, "big") + data)
            await self._process.stdin.drain()

    # The app.

    async def _run(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None and process.stderr is not None
        errors = asyncio.create_task(_end_of(process.stderr))
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):  # it is no app
                await process.stdout.readuntil(b"__GANGLION__\n")
                while True:
                    head = await process.stdout.readexactly(5)
                    data = await process.stdout.readexactly(int.from_bytes(head[1:], "big"))
                    await (self._draw(data) if head[:1] == b"D" else self._do(data))
        except asyncio.CancelledError:  # the loop ends, and would leave it
            _kill(process)
            raise
        finally:
            await asyncio.wait({errors})
            await process.wait()
            said = "" if errors.cancelled() else errors.result()
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self.ended.set()
            await self._say(["ended", said])
            await self._close_page(ENDED)

    async def _draw(self, data: bytes) -> None:
        """Let the page have what is drawn; what nobody sees is drawn again for the next one."""
        if (page := self._page) is not None:
            with suppress(ConnectionError):
                await page.send_bytes(data)

    async def _do(self, data: bytes) -> None:
        match json.loads(data):
            case {"type": "open_url", "url": str() as url} if urlsplit(url).scheme in _SCHEMES:
                await self._say(["link", url])
            case {"type": "download", "path": str() as path}:
                if key := self.downloads.offer(Path(path)):
                    await self._say(["download", {"key": key, "name": Path(path).name}])
            case {"type": "upload"}:
                await self._say(["upload", ""])
            case {"type": "title", "title": str() as title}:
                await self._say(["title", title])

    async def _say(self, message: Sequence[object]) -> None:
        if (page := self._page) is not None:
            with suppress(ConnectionError):
                await page.send_json(message)

    async def _close_page(self, code: int) -> None:
        page, self._page = self._page, None
        if page is not None:
            await page.close(code=code)

    # Its end.

    async def ask_to_leave(self) -> None:
        """Let the app go, unless it has something that would be lost; then it is asked again later."""
        await self._tell_app({"type": "leave", "unseen_s": self.unseen_s or 0.0})

    async def stop(self) -> None:
        """Have the app save and leave, at the latest in a few seconds."""
        process, task = self._process, self._task
        if process is None or task is None:
            return
        await self._close_page(WSCloseCode.GOING_AWAY)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_S)
        if not done:
            _kill(process)
            await asyncio.wait({task}, timeout=_PATIENCE_S)


def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill it with all that it has started: it leads a group of its own."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


async def _end_of(stream: asyncio.StreamReader) -> str:
    """The last words of a program on its standard error."""
    kept = b""
    while data := await stream.read(1 << 16):
        kept = (kept + data)[-_LONGEST_ERRORS:]
    return clean(kept.decode(errors="replace")).strip()


def _bounded(cells: int) -> int:
    return min(max(cells, 1), _LARGEST)
