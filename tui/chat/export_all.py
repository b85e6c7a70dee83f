"""Many conversations as files: into a folder, of which only what changed is written, or into one file.

Read and written in pages, so that memory does not grow with the library. One that fails stops no other; whoever is
cancelled leaves whole files, and what a later run needs to go on.
"""

import asyncio
import errno
import os
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.export import Export, export_refusals, file_stem, whole_of
from tui.chat.export_manifest import Entry, Manifest, digest, read_manifest, write_manifest
from tui.chat.library import Library
from tui.errors import ChinwagError, ExportError, StoreError
from tui.files import create_file, growing_file, read_regular, replace_file
from tui.formats import FORMATS
from tui.store.records import Conversation, WholeConversation
from tui.store.whole import chats_after, count, whole, whole_after
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.formats.left_out import LeftOut

_PAGE = 200
_LARGEST = 1 << 30
_SAVE_EVERY_S = 10.0
"""How often what was written is noted: a run that is killed knows the files from before."""

_HOPELESS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV, errno.ESTALE})
"""What the disk says to one file, and would say to each that follows."""

Progress = Callable[[int, int], None]
"""Told after each page: how many conversations are done, of how many."""


@dataclass(slots=True)
class ExportReport:
    """What became of an export of many conversations.

    Attributes:
        total: how many conversations there were.
        written, unchanged: how many were written, and how many files were as they are to be already.
        gone: files of conversations that are not there any more; they are left where they are.
        failures: why some could not be written, one error each.
        left_out: what the files lack, together.
    """

    total: int = 0
    written: int = 0
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)
    failures: list[ChinwagError] = field(default_factory=list)
    left_out: "LeftOut" = field(default_factory=Counter)


async def export_all(
    library: Library,
    format: str,
    folder: Path,
    *,
    ids: Collection[str] | None = None,
    overwrite: bool = False,
    branches: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write every conversation, or those with `ids`, into a folder, which is made if need be.

    A name is date, title and the end of the id; it stays when the title changes. What is as it is to be is not touched;
    what somebody has changed there, or put there, is left alone and counted as a failure, unless `overwrite`.

    Raises:
        ExportError: the folder cannot be made or used.
        StoreError: the library cannot be read at all.
    """
    await asyncio.to_thread(_make_folder, folder)
    report = ExportReport()
    writer = _FolderWriter(folder, Export(format, branches), await asyncio.to_thread(read_manifest, folder), overwrite)
    try:
        await _through(library, ids, report, writer.write, progress)
        report.gone = [] if ids is not None else writer.names_of_others()
    finally:
        await asyncio.to_thread(writer.stop)
    return report


async def export_joined(
    library: Library,
    format: str,
    place: Path,
    *,
    ids: Collection[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write every conversation, or those with `ids`, into one file of a format that can be `joined`.

    Raises:
        ExportError: it exists (and `overwrite` is off), or cannot be written; nothing of it is left then.
        StoreError: the library cannot be read at all.
    """
    report = ExportReport()
    with export_refusals(place), growing_file(place, overwrite=overwrite) as file:
        await _through(library, ids, report, _JoinedWriter(Export(format), file.write).write, progress)
    return report


async def export_joined_to(
    library: Library, format: str, put: Callable[[str], None], *, ids: Collection[str] | None = None
) -> ExportReport:
    """As `export_joined`, piece by piece to whoever takes the text."""
    report = ExportReport()
    await _through(library, ids, report, _JoinedWriter(Export(format), lambda data: put(data.decode())).write, None)
    return report


async def count_chats(library: Library) -> int:
    """How many chats there are on the disk, for whoever is asked whether to write all of them."""
    return await library.database.read(count)


_Write = Callable[[WholeConversation, ExportReport], None]


async def _through(
    library: Library, ids: Collection[str] | None, report: ExportReport, write: _Write, progress: Progress | None
) -> None:
    """Have each conversation written, on a thread; failures are kept in the report."""

    def write_page(page: tuple[WholeConversation, ...]) -> None:
        for one in page:
            try:
                write(one, report)
            except ChinwagError as error:
                if isinstance(error.__cause__, OSError) and error.__cause__.errno in _HOPELESS:
                    raise
                report.failures.append(error)

    expected = len(ids) if ids is not None else await count_chats(library)
    async for page in _pages(library, ids, report):
        await asyncio.to_thread(write_page, page)
        report.total += len(page)
        if progress is not None:
            progress(report.total, max(expected, report.total))


async def _pages(
    library: Library, ids: Collection[str] | None, report: ExportReport
) -> AsyncIterator[tuple[WholeConversation, ...]]:
    """All conversations, in the order of their ids, those that the disk has refused at the end."""
    unsaved = {kept.conversation.id for kept in library.unsaved if ids is None or kept.conversation.id in ids}
    wanted = [None] if ids is None else list(_slices(sorted({*ids} - unsaved)))
    for slice in wanted:
        if slice is not None:
            there = {chat.id for chat in await library.database.read(chats_after, "", _PAGE, slice)}
            gone = [id for id in slice if id not in there]
            report.total += len(gone)
            report.failures += [ExportError(f"The chat {clean_line(id, 60)} is not there any more.") for id in gone]
        after = ""
        while page := await _page(library, after, slice, report):
            after = page[-1].conversation.id
            yield tuple(one for one in page if one.conversation.id not in unsaved)
    for id in sorted(unsaved):
        yield (await whole_of(library, id),)


def _slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))


async def _page(
    library: Library, after: str, ids: Sequence[str] | None, report: ExportReport
) -> tuple[WholeConversation, ...]:
    """The next conversations, of those with `ids`; where one of them cannot be read, those that can."""
    try:
        return await library.database.read(whole_after, after, _PAGE, ids)
    except StoreError:
        found: list[WholeConversation] = []
        while not found and (chats := await library.database.read(chats_after, after, _PAGE, ids)):
            after = chats[-1].id
            for chat in chats:
                try:
                    found += await library.database.read(whole, [chat])
                except StoreError as error:
                    report.total += 1
                    report.failures.append(error)
        return tuple(found)


class _JoinedWriter:
    """Writes one behind the other; a head stands above the first only."""

    def __init__(self, export: Export, put: Callable[[bytes], object]) -> None:
        self._export = export
        self._put = put
        self._head = FORMATS[export.format].head
        self._begun = False

    def write(self, whole: WholeConversation, report: ExportReport) -> None:
        text = self._export.text(whole)
        self._put((text.removeprefix(self._head) if self._begun else text).encode())
        self._begun = True
        report.written += 1
        report.left_out.update(self._export.left_out(whole))


class _FolderWriter:
    """Writes files into a folder, as far as they are new or changed. `stop` may be called from another thread."""

    def __init__(self, folder: Path, export: Export, manifest: Manifest, overwrite: bool) -> None:
        self._folder = folder
        self._export = export
        self._manifest = manifest
        self._overwrite = overwrite
        self._suffix = FORMATS[export.format].suffix
        self._names = manifest.names(self._suffix)
        self._taken = {name.casefold() for name in self._names.values()}
        self._there = {entry.name for entry in os.scandir(folder)}
        self._seen: set[str] = set()
        self._saved_at = time.monotonic()
        self._lock = threading.Lock()
        self._stopped = False

    def write(self, whole: WholeConversation, report: ExportReport) -> None:
        with self._lock:
            if not self._stopped:
                self._write(whole, report)
                if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
                    self._save()

    def stop(self) -> None:
        """Write nothing more, and keep what was written."""
        with self._lock:
            self._stopped = True
            self._save()

    def _save(self) -> None:
        if self._manifest.changed:
            with export_refusals(self._folder):
                write_manifest(self._folder, self._manifest)
            self._manifest.changed = False
        self._saved_at = time.monotonic()

    def names_of_others(self) -> list[str]:
        """The files of conversations that were not written."""
        return sorted(name for id, name in self._names.items() if id not in self._seen and name in self._there)

    def _write(self, whole: WholeConversation, report: ExportReport) -> None:
        id = whole.conversation.id
        self._seen.add(id)
        name = self._names.get(id) or self._new_name(whole.conversation)
        with export_refusals(self._folder / name):
            files = self._export.side_files(whole)
            folder = f"{name.removesuffix(self._suffix)}-files"
            changed = self._put_beside(folder, files, id) if files else False
            text = self._export.text(whole, folder if files else "")
            changed = self._put(name, id, text.encode()) or changed
        self._names[id] = name
        report.written += changed
        report.unchanged += not changed
        report.left_out.update(self._export.left_out(whole))

    def _new_name(self, conversation: Conversation) -> str:
        """Date, title and the end of the id; more of the id where that is taken."""
        stem = f"{conversation.created_at:%Y-%m-%d}-{file_stem(conversation)}"
        name = stem + self._suffix
        number = 2
        while name.casefold() in self._taken:
            name, number = f"{stem}-{number}{self._suffix}", number + 1
        self._taken.add(name.casefold())
        return name

    def _put_beside(self, folder: str, files: dict[str, bytes], id: str) -> bool:
        place = self._folder / folder
        if place.is_symlink():
            raise FileExistsError
        place.mkdir(mode=0o700, exist_ok=True)
        there = {entry.name for entry in os.scandir(place)}
        changed = [self._put(f"{folder}/{name}", id, data, name in there) for name, data in files.items()]
        return any(changed)

    def _put(self, name: str, id: str, data: bytes, is_there: bool | None = None) -> bool:
        """Write a file unless it is as it is to be.

        Raises:
            FileExistsError: somebody else has put or changed it.
        """
        path = self._folder / name
        entry, new = self._manifest.files.get(name), Entry(id, digest(data))
        if not (name in self._there if is_there is None else is_there):
            create_file(path, data, sync=False)
        elif entry == new and path.lstat().st_size == len(data):
            return False
        else:
            old = None if path.is_symlink() else read_regular(path, _LARGEST)
            if old == data:
                self._manifest.put(name, new)
                return False
            if not self._overwrite and (old is None or not _is_ours(old, entry, data)):
                if entry == new:  # it was changed there since, the conversation was not
                    return False
                raise FileExistsError
            replace_file(path, data, sync=False)
        self._manifest.put(name, new)
        return True


def _is_ours(old: bytes, entry: Entry | None, data: bytes) -> bool:
    """Whether a file is as an export left it; one that was killed, or lost its power, may have left a beginning."""
    if entry is None:
        return bool(old) and data.startswith(old)
    return digest(old) == entry.digest or data.startswith(old)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be used: {error.strerror}.", "Name another folder.") from error
    except ValueError:  # a NUL in it, or half a character
        raise ExportError(f"No folder can have the name {clean_line(str(folder))}.", "Name another one.") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"{folder} cannot be written to.", "Change its permissions, or name another folder.")
