"""Brings a model's files into the folder of models: checked for room, resumed where it broke off, held to their hash.

What is not whole lies beside as `NAME.gguf.part` and is no model; a second try goes on with it.
"""

import asyncio
import hashlib
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.catalog.quantisations import Quantisation
from tui.dataclass import dataclass
from tui.errors import ChinwagError, UsageError
from tui.figures import size
from tui.files import SAFELY, hold, make_private_folder, move_over
from tui.threads import made, to_its_end

if TYPE_CHECKING:
    from tui.agent.providers.hub import HubFile, ModelHub

_SPARE_BYTES = 256 << 20
"""What is left free on the disk, for the library and everything else."""

_READ_BYTES = 4 << 20
_TELL_S = 0.1
_RATE_S = 5.0
_TRIES = 4
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is.

    Attributes:
        done_bytes, size_bytes: of all files; the size is None when it is not known.
        bytes_per_s: of the last seconds; None in the beginning, and while it is not known.
        note: what is being done if it is not receiving, such as "checking"; "" otherwise.
    """

    done_bytes: int
    size_bytes: int | None
    bytes_per_s: float | None = None
    note: str = ""


class Rate:
    """How fast something grows: by the last few seconds, so that a break is seen in it."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def at(self, done_bytes: int) -> float | None:
        """Bytes a second, now that so many are there; None in the first second."""
        now, marks = time.monotonic(), self._marks
        if not marks or now - marks[-1][0] >= _RATE_S / 20:
            marks.append((now, done_bytes))
        while now - marks[0][0] > _RATE_S and len(marks) > 2:
            marks.popleft()
        elapsed, grown = now - marks[0][0], done_bytes - marks[0][1]
        return grown / elapsed if elapsed >= 1 and grown >= 0 else None


class Pull:
    """One model on its way.

    Args:
        hub: where it comes from.
        repository: "owner/name" there.
        model: which of its models.
        folder: where models lie.
        report: told of progress, at most ten times a second.
    """

    def __init__(
        self,
        hub: "ModelHub",
        repository: str,
        model: Quantisation,
        folder: Path,
        report: Callable[[PullProgress], None],
    ) -> None:
        self._hub = hub
        self._repository = repository
        self._model = model
        self._folder = folder
        self._report = report
        self._told = 0.0
        self._rate = Rate()
        self._done = 0

    async def run(self) -> Path:
        """Bring all files; returns the first one, which is the model. Cancelled, it keeps what came.

        Raises:
            UsageError: a file of that name is there already.
            ChinwagError: there is no room, the disk refuses, or what came is not what the hub says it is.
            ModelAPIError: the hub cannot be reached, or refuses.
        """
        paths = _paths(self._model, self._folder)
        if all(path.exists() for path in paths):
            raise UsageError(f"{paths[0]} is there already.", "Delete it to pull it anew.")
        there = await asyncio.to_thread(bytes_there, self._model, self._folder)
        await asyncio.to_thread(self._find_room, (self._model.size_bytes or 0) - there)
        for file, path in zip(self._model.files, paths, strict=True):
            if path.exists():
                self._done += path.stat().st_size
            else:
                await self._bring(file, path)
        return paths[0]

    def _find_room(self, needed: int) -> None:
        try:
            make_private_folder(self._folder)
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise ChinwagError(f"{self._folder} cannot be made: {error.strerror}.", "Set CHINWAG_DATA_DIR.") from error
        if needed + _SPARE_BYTES > free:
            message = f"{self._model.name} needs {size(max(needed, 0))} more, and {self._folder} has {size(free)} free."
            raise ChinwagError(message, "Choose a smaller one, or make room.")

    async def _bring(self, file: "HubFile", path: Path) -> None:
        """Bring one file; what came of it is kept beside, and nothing is if nothing came."""
        from tui.agent.exceptions import ModelAPIError

        part = _part_of(path)
        opened = await made(partial(_opened, part), lambda file: _let_go(file, part))
        try:
            for remaining in reversed(range(_TRIES)):
                try:
                    await self._receive(file, opened)
                    break
                except ModelAPIError as error:
                    if error.kind not in ("stream_cut", "timeout", "network"):
                        raise
                    if not remaining:
                        error.hint = f"{error.hint} What came so far is kept; pull it again."
                        raise
                    await asyncio.sleep(_PAUSE_S)
            await self._check(file, opened)
            if sys.platform == "win32":  # what is open keeps its name there
                opened.close()
            await to_its_end(_rename, part, path)
        finally:
            _let_go(opened, part)
        self._done += _size_of(path)

    async def _receive(self, file: "HubFile", opened: FileIO) -> None:
        """Append what is missing of a file."""
        start = opened.seek(0, os.SEEK_END)
        if file.size_bytes is not None and start >= file.size_bytes:
            return
        async with self._hub.opened(self._repository, file, start) as download:
            if file.size_bytes is not None and download.size_bytes not in (None, file.size_bytes):
                raise _changed(file)
            if download.start not in (0, start):
                raise _changed(file)
            if file.size_bytes is None:  # nobody has asked yet whether there is room
                await asyncio.to_thread(self._find_room, (download.size_bytes or 0) - download.start)
            total = opened.seek(download.start)
            await to_its_end(_cut, opened)
            async for piece in download.pieces():
                total += len(piece)
                if file.size_bytes is not None and total > file.size_bytes:
                    raise _changed(file)
                await to_its_end(_write, opened, piece)
                self._tell(total)

    async def _check(self, file: "HubFile", opened: FileIO) -> None:
        """Hold what came against size and hash; what is wrong goes, since nothing could be resumed from it."""
        got = opened.seek(0, os.SEEK_END)
        if file.size_bytes is not None and got != file.size_bytes:
            problem = f"{file.name} has {size(got)} instead of {size(file.size_bytes)}."
        elif file.sha256 and await self._digest(opened) != file.sha256:
            problem = f"{file.name} is not what the hub says it is: its SHA-256 differs."
        else:
            return
        opened.seek(0)
        await to_its_end(_cut, opened)
        raise ChinwagError(problem, "It was deleted. Pull it again.")

    async def _digest(self, opened: FileIO) -> str:
        digest = hashlib.sha256()
        opened.seek(0)
        while piece := await to_its_end(opened.read, _READ_BYTES):
            await to_its_end(digest.update, piece)
            self._tell(opened.tell(), note="checking")
        return digest.hexdigest()

    def _tell(self, of_file: int, *, note: str = "") -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_S:
            self._told = now
            done = self._done + of_file
            self._report(PullProgress(done, self._model.size_bytes, None if note else self._rate.at(done), note))


def _changed(file: "HubFile") -> ChinwagError:
    return ChinwagError(f"{file.name} has another size than the hub said.", "It changed meanwhile: pull it again.")


def bytes_there(model: Quantisation, folder: Path) -> int:
    """How much of a model has come already, by an earlier pull."""
    return sum(_size_of(path) + _size_of(_part_of(path)) for path in _paths(model, folder))


def _paths(model: Quantisation, folder: Path) -> list[Path]:
    return [folder / file.name.rpartition("/")[2] for file in model.files]


def _part_of(path: Path) -> Path:
    """Where a file lies that is not whole yet."""
    return path.with_name(f"{path.name}.part")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _opened(part: Path) -> FileIO:
    """The part of a file, for this process alone."""
    try:
        file = FileIO(str(part), "r+", opener=lambda path, _: os.open(path, os.O_RDWR | os.O_CREAT | SAFELY, 0o600))
    except OSError as error:
        raise _refused(part, error) from error
    if not (hold(file.fileno()) and _is_still(part, file)):
        file.close()
        raise ChinwagError(f"{part.stem} is on its way already, in another Chinwag.", "Wait for it, or stop it there.")
    return file


def _is_still(part: Path, file: FileIO) -> bool:
    """Whether an open file has its name yet: another process may have finished it in between."""
    try:
        return os.path.samestat(part.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def _let_go(file: FileIO, part: Path) -> None:
    """Close it, and leave no empty one."""
    with suppress(OSError, ValueError):  # ValueError: it is closed
        if os.fstat(file.fileno()).st_size == 0:
            part.unlink(missing_ok=True)
    with suppress(OSError):
        file.close()


def _rename(part: Path, path: Path) -> None:
    try:
        move_over(part, path)
    except OSError as error:
        raise _refused(path, error) from error


def _cut(file: FileIO) -> None:
    """End the file where it is written next."""
    try:
        file.truncate()
    except OSError as error:
        raise _refused(Path(file.name), error) from error


def _write(file: FileIO, piece: bytes) -> None:
    """Append a piece as it is, with no buffer in between: what could not be written is not tried again at the end."""
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise _refused(Path(file.name), error) from error


def _refused(path: Path, error: OSError) -> ChinwagError:
    return ChinwagError(f"{path} cannot be written: {error.strerror}.", "What came so far is kept; pull it again.")
