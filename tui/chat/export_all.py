"""Many conversations as files: into a folder, of which only what changed is written, or into one file.

Read and written in pages, so that memory does not grow with the library. One that fails stops no other; whoever is
cancelled leaves whole files, and what a later run needs to go on.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from pathlib import Path

from tui.chat.export import Export, export_refusals, whole_of
from tui.chat.export_manifest import read_manifest
from tui.chat.export_writers import ExportReport, FolderWriter, JoinedWriter, make_folder
from tui.chat.library import Library
from tui.errors import ChinwagError, ExportError, StoreError
from tui.files import growing_file
from tui.store.records import WholeConversation
from tui.store.whole import chats_after, count, whole, whole_after
from tui.text import clean_line

_PAGE = 200
_HOPELESS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV, errno.ESTALE})
"""What the disk says to one file, and would say to each that follows."""

Progress = Callable[[int, int], None]
"""Told after each page: how many conversations are done, of how many."""


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
    await asyncio.to_thread(make_folder, folder)
    report = ExportReport()
    writer = FolderWriter(folder, Export(format, branches), await asyncio.to_thread(read_manifest, folder), overwrite)
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
        await _through(library, ids, report, JoinedWriter(Export(format), file.write).write, progress)
    return report


async def export_joined_to(
    library: Library, format: str, put: Callable[[str], None], *, ids: Collection[str] | None = None
) -> ExportReport:
    """As `export_joined`, piece by piece to whoever takes the text."""
    report = ExportReport()
    await _through(library, ids, report, JoinedWriter(Export(format), lambda data: put(data.decode())).write, None)
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
