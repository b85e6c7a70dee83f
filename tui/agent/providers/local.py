"""The embedded model: the child process that serves a GGUF file through llama.cpp.

Needs the package `xllamacpp` (the extra `chinwag[local]`) in the child only. Knows of no other child; the model that
talks to this one is `tui.agent.models.local`.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from tui.agent.exceptions import ModelAPIError
from tui.agent.providers.local_files import LocalFile, is_part, memory_for, parts_of

_CHILD = Path(__file__).with_name("local_server.py")
_PARALLEL = 2
_SMALL_BYTES = 600_000_000
_SMALL_SAMPLING = {"temperature": 0.1, "top_p": 0.9, "top_k": 20, "repeat_penalty": 1.05, "most_tokens": 2048}
"""Defaults for models of some hundred million parameters, which ramble without end at llama.cpp's own (0.8, 0.95)."""
_STOP_TIMEOUT_S = 1.5
_LONGEST_REPORT = 1 << 16


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """Where a running child answers: its OpenAI-compatible base URL and the key that only we know."""

    base_url: str
    key: str

    def __repr__(self) -> str:
        return f"LocalAddress({self.base_url!r})"


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How the models of this machine are served.

    Attributes:
        context_tokens: the window of each; the default is what a laptop's memory holds for the usual small models.
        threads: for computing; None for one less than there are processors, at most eight.
        gpu_layers: how many layers the graphics card takes; None leaves it to llama.cpp.
        memory_bytes: what all of them together may take; None for a share of the machine's memory.
    """

    context_tokens: int = 8192
    threads: int | None = None
    gpu_layers: int | None = None
    memory_bytes: int | None = None


def runner_installed() -> bool:
    """Whether llama.cpp's package is there. Without it the files are listed, and using one says what to install."""
    return importlib.util.find_spec("xllamacpp") is not None


class LocalServer:
    """A child process that serves one GGUF file on a free loopback port, and starts again after a crash.

    The child ends when this process does, however it does: the kernel ends it when the pipe to it closes.
    """

    def __init__(
        self,
        file: LocalFile,
        *,
        log_dir: Path | None = None,
        start_timeout_s: float = 180,
        settings: LocalSettings | None = None,
        make_room: "Callable[[LocalServer], Awaitable[None]] | None" = None,
    ) -> None:
        self.file = file
        self.settings = settings or LocalSettings()
        self.log = log_dir / f"local-{file.name}.log" if log_dir is not None else None
        self.users = 0
        self.used_at = 0.0
        self._start_timeout_s = start_timeout_s
        self._make_room = make_room
        self._starting = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._address: LocalAddress | None = None
        self._served = self.settings
        self._has_room = False

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def holds_memory(self) -> bool:
        """Whether its model is loaded, or about to be."""
        return self._has_room and (self._address is None or self.pid is not None)

    @property
    def memory_bytes(self) -> int:
        """About how much memory its model takes; 0 when there is no such file."""
        try:
            size = sum(part.stat().st_size for part in parts_of(_weights(self.file.path)))
        except OSError:
            return 0
        return memory_for(size, self.settings.context_tokens)

    @asynccontextmanager
    async def in_use(self, loading: Callable[[str], None] | None = None) -> AsyncIterator[LocalAddress]:
        """Where the model answers, as `start`; it is not let go for another one before the context ends."""
        self.users += 1
        try:
            yield await self.start(loading)
        finally:
            self.users -= 1
            self.used_at = time.monotonic()

    async def start(self, loading: Callable[[str], None] | None = None) -> LocalAddress:
        """Where the model answers, after starting it if need be; callers at the same time share one start.

        One that nobody uses is started anew when its settings have changed.

        Args:
            loading: called with one line for the screen when the model has to be loaded.

        Raises:
            ModelAPIError: the file or the package is missing, the file cannot be used, there is no room for it, or
                loading took too long.
        """
        async with self._starting:
            as_set = self._served == self.settings or self.users > 1
            if self._address is not None and self.pid is not None and as_set:
                return self._address
            await self.aclose()
            self._check()
            if self._make_room is not None:
                await self._make_room(self)
            self._has_room = True
            if loading is not None:
                loading(f"loading {self.file.name}…")
            try:
                self._address = await self._launch()
            except BaseException:  # also when the person stops waiting: nothing half-started stays behind
                await self.aclose()
                raise
            return self._address

    async def aclose(self) -> None:
        """End the child, by force if it does not go within 1.5 s. The next `start` makes a new one."""
        process, self._process, self._address, self._has_room = self._process, None, None, False
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            await asyncio.to_thread(process.wait, _STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            pass
        finally:  # also when the caller is cancelled
            if process.poll() is None:
                _kill_group(process)
                process.wait()

    async def why_gone(self) -> str | None:
        """How the child ended, as the end of a sentence ("was killed by signal 9"), or None while it lives."""
        process = self._process
        if process is None:
            return "is not running"
        with contextlib.suppress(subprocess.TimeoutExpired):  # its socket closes a moment before it can be reaped
            await asyncio.to_thread(process.wait, 0.3)
        return None if process.returncode is None else _ending(process.returncode)

    def error(self, message: str, hint: str) -> ModelAPIError:
        """The engine's error for this model, naming the log if there is one."""
        log = f" Log: {self.log}" if self.log is not None and self.log.exists() else ""
        return ModelAPIError(self.file.name, message, kind="local_model", provider="local", hint=hint + log)

    def _check(self) -> None:
        path = self.file.path
        try:
            with path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise self.error(
                f"The model file {path} cannot be read: {error.strerror}.", "Put it there, or pick another model."
            ) from error
        if magic != b"GGUF":
            raise self.error(f"{path} is not a GGUF file.", "Download the model again, or pick another one.")
        if not runner_installed():
            raise self.error(
                "Local models need the package xllamacpp, which is not installed.",
                "chinwag doctor says how to get the extra local.",
            )

    async def _launch(self) -> LocalAddress:
        from secrets import token_urlsafe

        key = token_urlsafe(24)
        process = self._process = self._spawn(key)
        try:
            line = await asyncio.wait_for(_first_line(process), self._start_timeout_s)
        except TimeoutError:
            raise self.error(
                f"{self.file.name} was not ready after {self._start_timeout_s:.0f} s.",
                "Try a smaller model, or send again when the machine is less busy.",
            ) from None
        return LocalAddress(await self._url(line) + "/v1", key)

    def _spawn(self, key: str) -> subprocess.Popen[bytes]:
        """Start the child and hand it its settings."""
        with self._open_log() as log:
            process = subprocess.Popen(
                [sys.executable, "-P", str(_CHILD)],  # -P: the files beside it must not shadow packages
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to handle
            )
        self._served = settings = self.settings
        request = {
            "path": str(_weights(self.file.path)),
            "name": self.file.name,
            "key": key,
            "context_tokens": settings.context_tokens,
            "parallel": _PARALLEL,
            "threads": settings.threads or max(1, min(8, (os.cpu_count() or 2) - 1)),  # one stays free for the screen
            "gpu_layers": settings.gpu_layers,
            "sampling": _SMALL_SAMPLING if self.file.path.stat().st_size < _SMALL_BYTES else {},
        }
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then the report is missing, which says more
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        return process

    async def _url(self, line: bytes) -> str:
        """The URL in the child's report; raises what the report, or its absence, means."""
        report = json.loads(line) if line.endswith(b"\n") else {}
        if url := report.get("url"):
            return str(url)
        if report.get("error") == "missing":
            raise self.error(
                f"llama.cpp cannot be started: {report.get('message')}.",
                "Install the extra local anew.",
            )
        if report.get("error") == "load":
            raise self.error(
                f"llama.cpp cannot load {self.file.path}: the file is damaged, or too new for it.",
                "Download the model again, or pick another one.",
            )
        raise self.error(
            f"The server of {self.file.name} {await self.why_gone() or 'gave no answer'} while it was loading.",
            "Send again to start it anew, or pick a smaller model.",
        )

    def _open_log(self) -> BinaryIO:
        """The log, begun anew; a folder that cannot be written costs the log, not the model."""
        if self.log is not None:
            with contextlib.suppress(OSError):
                for folder in reversed((self.log.parent, *self.log.parent.parents)):  # `parents=True` gives no mode
                    folder.mkdir(mode=0o700, exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
                return os.fdopen(os.open(self.log, flags, 0o600), "wb")
        return Path(os.devnull).open("wb")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and all that it started: it leads a group of its own."""
    with contextlib.suppress(OSError):  # there is none of it left
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _weights(path: Path) -> Path:
    """The file to load: where a link leads if that is the first part of a split model, whose others lie beside it."""
    target = path.parent / path.readlink() if path.is_symlink() else path
    return target if is_part(target) else path


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed ({signal.Signals(-code).name})"
    return f"was killed by signal {-code}"


async def _read_in_thread(pipe: IO[bytes]) -> bytes:
    """As `_first_line`; the thread ends with the child if nobody waits any more."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes] = loop.create_future()

    def take(line: bytes) -> None:
        if not came.done():
            came.set_result(line)

    def read() -> None:
        with pipe:
            line = pipe.readline(_LONGEST_REPORT)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(take, line)

    threading.Thread(target=read, daemon=True).start()
    return await came


async def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The first line of a child's standard output, or what came of it before the end. Takes the stream, and closes it.

    Of a line longer than 64 kB, which is no report, nothing is taken.
    """
    pipe, process.stdout = process.stdout, None  # who closed it while it is read would be waited for
    if pipe is None or pipe.closed:  # it is let go already
        return b""
    if sys.platform == "win32":  # no loop takes such a pipe there
        return await _read_in_thread(pipe)
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        return await reader.readline()
    except ValueError:
        return b""
    finally:
        transport.close()
