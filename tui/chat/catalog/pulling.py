"""Brings a model's files into the folder of models: checked for room, resumed where it broke off, held to their hash.

What is not whole lies beside as `NAME.gguf.part` and is no model; a second try goes on with it.
"""

import asyncio
import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tui.chat.catalog.quantisations import Quantisation
from tui.errors import ChinwagError, UsageError
from tui.figures import size

if TYPE_CHECKING:
    from tui.agent.providers.hub import Hub, HubFile

_SPARE_BYTES = 256 << 20
"""What is left free on the disk, for the library and everything else."""

_READ_BYTES = 4 << 20
_TELL_S = 0.1
_TRIES = 4
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is.

    Attributes:
        done_bytes, size_bytes: of all files; the size is None when it is not known.
        bytes_per_s: since this pull began, without what was there already; None in the beginning.
        note: what is being done if it is not receiving, such as "checking"; "" otherwise.
    """

    done_bytes: int
    size_bytes: int | None
    bytes_per_s: float | None = None
    note: str = ""


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
        self, hub: "Hub", repository: str, model: Quantisation, folder: Path, report: Callable[[PullProgress], None]
    ) -> None:
        self._hub = hub
        self._repository = repository
        self._model = model
        self._folder = folder
        self._report = report
        self._begun = self._told = time.monotonic()
        self._done = self._received = 0

    async def run(self) -> Path:
        """Bring all files; returns the first one, which is the model. Cancelled, it keeps what came.

        Raises:
            UsageError: a file of that name is there already.
            ChinwagError: there is no room, the disk refuses, or what came is not what the hub says it is.
            ModelAPIError: the hub cannot be reached, or refuses.
        """
        paths = [self._folder / file.name.rpartition("/")[2] for file in self._model.files]
        if all(path.exists() for path in paths):
            raise UsageError(f"{paths[0]} is there already.", "Delete it to pull it anew.")
        await asyncio.to_thread(self._make_room, paths)
        for file, path in zip(self._model.files, paths, strict=True):
            if path.exists():
                self._done += path.stat().st_size
            else:
                await self._bring(file, path)
        return paths[0]

    def _make_room(self, paths: list[Path]) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise ChinwagError(f"{self._folder} cannot be made: {error.strerror}.", "Set CHINWAG_DATA_DIR.") from error
        there = sum(_size_of(path) + _size_of(_part_of(path)) for path in paths)
        needed = (self._model.size_bytes or 0) - there
        if needed + _SPARE_BYTES > free:
            message = f"{self._model.name} needs {size(max(needed, 0))} more, and {self._folder} has {size(free)} free."
            raise ChinwagError(message, "Choose a smaller one, or make room.")

    async def _bring(self, file: "HubFile", path: Path) -> None:
        from tui.agent.exceptions import ModelAPIError

        part = _part_of(path)
        for remaining in reversed(range(_TRIES)):
            try:
                await self._receive(file, part)
                break
            except ModelAPIError as error:
                broke_off = error.kind in ("stream_cut", "timeout", "network")
                if not broke_off or not remaining:
                    raise
                await asyncio.sleep(_PAUSE_S)
        try:
            await self._check(file, part)
            await asyncio.to_thread(part.replace, path)
        except OSError as error:
            raise _refused(part, error) from error
        self._done += _size_of(path)

    async def _receive(self, file: "HubFile", part: Path) -> None:
        """Append what is missing of a file."""
        start = _size_of(part)
        if file.size_bytes is not None and start >= file.size_bytes:
            return
        async with self._hub.opened(self._repository, file, start) as download:
            if file.size_bytes is not None and download.size_bytes not in (None, file.size_bytes):
                raise _changed(file)
            if download.start not in (0, start):
                raise _changed(file)
            opened = await asyncio.to_thread(_opened_at, part, download.start)
            try:
                total = download.start
                async for piece in download.pieces():
                    total += len(piece)
                    if file.size_bytes is not None and total > file.size_bytes:
                        raise _changed(file)
                    await asyncio.to_thread(_write, opened, piece)
                    self._received += len(piece)
                    self._tell(total)
            finally:
                await asyncio.to_thread(opened.close)

    async def _check(self, file: "HubFile", part: Path) -> None:
        """Hold what came against size and hash; what is wrong goes, since nothing could be resumed from it."""
        got = _size_of(part)
        if file.size_bytes is not None and got != file.size_bytes:
            problem = f"{file.name} has {size(got)} instead of {size(file.size_bytes)}."
        elif file.sha256 and await asyncio.to_thread(self._digest, part) != file.sha256:
            problem = f"{file.name} is not what the hub says it is: its SHA-256 differs."
        else:
            return
        await asyncio.to_thread(part.unlink, missing_ok=True)
        raise ChinwagError(problem, "It was deleted. Pull it again.")

    def _digest(self, part: Path) -> str:
        digest = hashlib.sha256()
        with part.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
                self._tell(file.tell(), note="checking")
        return digest.hexdigest()

    def _tell(self, of_file: int, *, note: str = "") -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_S:
            self._told = now
            elapsed = now - self._begun
            rate = self._received / elapsed if elapsed >= 1 and not note else None
            self._report(PullProgress(self._done + of_file, self._model.size_bytes, rate, note))


def _changed(file: "HubFile") -> ChinwagError:
    return ChinwagError(f"{file.name} has another size than the hub said.", "It changed meanwhile: pull it again.")


def _part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _opened_at(part: Path, start: int) -> BinaryIO:
    try:
        file = part.open("r+b" if part.exists() else "xb")
        file.seek(start)
        file.truncate()
    except OSError as error:
        raise _refused(part, error) from error
    return file


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        raise _refused(Path(file.name), error) from error


def _refused(path: Path, error: OSError) -> ChinwagError:
    return ChinwagError(f"{path} cannot be written: {error.strerror}.", "What came so far is kept; pull it again.")
