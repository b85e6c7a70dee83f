"""A server as a program of its own: a small environment, a folder, pipes, its last words, and a sure end.

Knows nothing of MCP. `guardian` stands between, so that the program ends with us even if we are killed.
"""

import asyncio
import hashlib
import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from tui.files import make_private_folder
from tui.mcp.config import ServerConfig
from tui.mcp.problems import ServerError
from tui.mcp.readiness import program_of
from tui.paths import data_dir
from tui.programs import kill_group
from tui.text import clean_line, redact
from tui.threads import made

_GUARDIAN = Path(__file__).with_name("guardian.py")
_INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ",
    # Windows, where programs hardly start without some of them
    "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA",
    "PROGRAMDATA", "PROGRAMFILES", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "PROCESSOR_ARCHITECTURE",
)  # fmt: skip
_LAST_WORDS_BYTES = 8 << 10
_PIECE_BYTES = 1 << 16
_MOST_BYTES_A_S = 4 << 20
"""How fast standard error is read: more than that is no log, and a server that floods has to wait."""


def environment(config: ServerConfig) -> dict[str, str]:
    """What a server finds in its environment: what a program needs to run, and what was configured for it."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {"PATH": os.defpath, **inherited, **config.env}


def folder_of(config: ServerConfig) -> Path:
    """Where a server is started: where it was told to be, or in a folder of its own."""
    if config.folder:
        return Path(config.folder).expanduser()
    readable = re.sub(r"[^A-Za-z0-9_-]", "_", config.name)[:40]
    mark = "" if readable == config.name else f"-{hashlib.sha256(config.name.encode()).hexdigest()[:8]}"
    return data_dir() / "mcp" / f"{readable}{mark}"


class ServerProcess:
    """A running server program.

    Attributes:
        stdout: what it writes; not more than 128 KB are held.
        gone: set once it and its children have ended.
        code: its exit code then; None if nobody knows.
        problem: set if it could not be started.
    """

    def __init__(self, config: ServerConfig, process: "subprocess.Popen[bytes]", grace_s: float) -> None:
        self._config = config
        self._grace_s = grace_s
        self._process = process
        self._tail = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._transports: list[asyncio.BaseTransport] = []
        self.stdout = asyncio.StreamReader(limit=_PIECE_BYTES)
        self.gone = asyncio.Event()
        self.code: int | None = None
        self.problem: ServerError | None = None

    @classmethod
    async def start(cls, config: ServerConfig, grace_s: float) -> "ServerProcess":
        """Start a server in a thread: finding and starting a program may take as long as a disk does.

        Raises:
            ServerError: there is no such program or folder.
        """
        ours, theirs = socket.socketpair()
        try:
            process = await made(partial(_spawn, config, theirs, grace_s), _put_away)
        except BaseException:
            ours.close()
            raise
        server = cls(config, process, grace_s)
        try:
            await server._connect(ours)
        except BaseException:
            server._let_go()
            ours.close()
            _put_away(process)
            raise
        return server

    @property
    def last_words(self) -> str:
        """The last line that it wrote to standard error, or that was no message; one clean line."""
        text = redact(self._tail.decode(errors="replace"))
        lines = [line for line in text.splitlines() if line.strip()]
        return clean_line(lines[-1], 160) if lines else ""

    def note(self, line: bytes) -> None:
        """Remember a line that was no message."""
        self._tail = (self._tail + line + b"\n")[-_LAST_WORDS_BYTES:]

    def write(self, data: bytes) -> None:
        """Send it; what the server does not take yet is held here."""
        self._stdin.write(data)

    @property
    def unsent_bytes(self) -> int:
        """How much it has not taken yet."""
        return self._stdin.get_write_buffer_size()

    async def drain(self) -> None:
        """Wait until most of it was taken."""
        await self._writer.drain()

    async def close(self) -> None:
        """End it: its input ends, then it is asked, then it and its children are killed. Returns when they are gone.

        It returns then also if it is cancelled meanwhile: who ends us would not wait for what it cannot see.
        """
        self._stdin.close()
        with suppress(OSError):
            self._line.write_eof()
        gone, cancelled = asyncio.ensure_future(self.gone.wait()), None
        timeout_s: float | None = self._grace_s * 3 + 2
        while not gone.done():
            try:
                done, _ = await asyncio.wait((gone,), timeout=timeout_s)
            except asyncio.CancelledError as error:
                cancelled = error
                continue
            if not done:  # the guardian itself is stuck, or was stopped
                kill_group(self._process)
                timeout_s = None
        if gone.cancelled():  # the loop itself ends, and with it who watches
            kill_group(self._process)
            self._process.wait()
        self._let_go()
        if cancelled is not None:
            raise cancelled
        await asyncio.sleep(0)

    def _let_go(self) -> None:
        for transport in self._transports:
            transport.close()
        for task in self._tasks:
            task.cancel()

    async def _connect(self, line: socket.socket) -> None:
        assert self._process.stdin and self._process.stdout and self._process.stderr
        loop = asyncio.get_running_loop()
        stderr = asyncio.StreamReader(limit=_PIECE_BYTES)
        for reader, pipe in ((self.stdout, self._process.stdout), (stderr, self._process.stderr)):
            protocol = asyncio.StreamReaderProtocol(reader)
            self._transports.append((await loop.connect_read_pipe(lambda p=protocol: p, pipe))[0])  # type: ignore[misc]
        flow = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        self._stdin, _ = await loop.connect_write_pipe(lambda: flow, self._process.stdin)
        self._transports.append(self._stdin)
        self._writer = asyncio.StreamWriter(self._stdin, flow, None, loop)
        line_reader, self._line = await asyncio.open_connection(sock=line)
        self._transports.append(self._line.transport)
        for work in (self._watch(line_reader), self._listen(stderr)):
            task = asyncio.ensure_future(work)
            self._tasks.add(task)

    async def _watch(self, line: asyncio.StreamReader) -> None:
        """Wait for the guardian's end, and see to it that nothing is left of its group."""
        text = b""
        with suppress(ConnectionError):
            while piece := await line.read(512):
                text = (text + piece)[:2048]
        kill_group(self._process)  # nothing, unless somebody has killed the guardian alone
        await asyncio.to_thread(self._process.wait)
        for word, _, rest in (entry.partition(" ") for entry in text.decode(errors="replace").splitlines()):
            if word == "exit":
                self.code = int(rest)
            elif word == "error":
                self.problem = cannot_start(self._config, rest)
        self.gone.set()

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while piece := await stderr.read(_PIECE_BYTES):
            self._tail = (self._tail + piece)[-_LAST_WORDS_BYTES:]
            if len(piece) >= _PIECE_BYTES // 2:
                await asyncio.sleep(len(piece) / _MOST_BYTES_A_S)


def cannot_start(config: ServerConfig, why: str) -> ServerError:
    """The system's words for a program that does not start."""
    return ServerError(
        f"{clean_line(config.name, 40)}: {clean_line(config.command[0], 80)} cannot be started: {clean_line(why)}.",
        "Look at its command in config.toml.",
        lasting=True,
    )


def _spawn(config: ServerConfig, line: socket.socket, grace_s: float) -> "subprocess.Popen[bytes]":
    with line:
        if not config.command:
            raise ServerError(f"{clean_line(config.name, 40)} has neither a command nor a url.", lasting=True)
        folder, env = folder_of(config), environment(config)
        _see_to_folder(config, folder)
        program = program_of(config)
        if program is None:
            raise ServerError(
                f"{clean_line(config.name, 40)}: the program {clean_line(config.command[0], 80)} was not found.",
                "Install it, or write its whole path into config.toml.",
                lasting=True,
            )
        if sys.platform == "win32":
            from tui.mcp.windows_guard import start_guarded

            try:
                return start_guarded((program, *config.command[1:]), line, grace_s, folder, env)
            except (OSError, ValueError) as error:
                _refuse(config, error)
        # Without the packages of our environment: the guardian needs none, and starts in a few milliseconds.
        guardian = (sys.executable, "-I", "-S", str(_GUARDIAN), str(line.fileno()), str(grace_s))
        try:
            return subprocess.Popen(
                (*guardian, program, *config.command[1:]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=env,
                pass_fds=(line.fileno(),),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            _refuse(config, error)


def _see_to_folder(config: ServerConfig, folder: Path) -> None:
    try:
        if not config.folder:
            make_private_folder(folder)
    except OSError as error:
        _refuse(config, error)
    if not folder.is_dir():
        raise ServerError(
            f"{clean_line(config.name, 40)}: there is no folder {clean_line(str(folder), 120)}.",
            "Look at its folder in config.toml.",
            lasting=True,
        )


def _refuse(config: ServerConfig, error: OSError | ValueError) -> NoReturn:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    raise cannot_start(config, why) from error


def _put_away(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program that nobody speaks with."""
    kill_group(process)
    for pipe in (process.stdin, process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()
    process.wait()  # it was killed: this takes no time
