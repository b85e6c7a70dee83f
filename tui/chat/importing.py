"""Chats of other programs into the library: what would be taken over, and taking it over.

One conversation at a time and each in one transaction: one that cannot be read costs itself alone, and what is done
stays when the disk refuses or the person stops. The same file twice changes nothing the second time.
"""

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock

from tui.chat.imported_rows import ImportRows, rows_of, tails
from tui.chat.library import Library
from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.formats.imported import ImportedChat, Skipped
from tui.formats.readers.files import read_paths
from tui.store import imports
from tui.store.connection import StoppedError
from tui.store.foreign import open_foreign
from tui.store.imports import ImportResult, Outcome

Progress = Callable[["ImportReport"], None]
"""Told after each chat how far it is; the report goes on growing."""


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """What becomes, or has become, of one chat.

    Attributes:
        source, source_id, title, notes: as in `ImportedChat`; raw.
        conversation_id: of ours; "" for one that was deleted for good.
        messages: how many it has, after folding.
        added: how many of them are new.
    """

    source: str
    source_id: str
    title: str
    conversation_id: str
    outcome: Outcome
    messages: int
    added: int
    created: datetime
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """What an import does, or has done.

    Attributes:
        copied_percent: how much of the library has been copied, while it is; else None.
        backup: the copy of the library as it was before; None when there was nothing to take over, or nothing to copy.
        cancelled: the person has stopped it before its end.
        problem: what ended it before its end, such as a full disk.
    """

    entries: list[ImportEntry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    copied_percent: int | None = None
    backup: Path | None = None
    cancelled: bool = False
    problem: StoreError | None = None

    def count(self, outcome: Outcome) -> int:
        """How many chats have this outcome."""
        return sum(entry.outcome == outcome for entry in self.entries)

    @property
    def added(self) -> int:
        """How many messages are new."""
        return sum(entry.added for entry in self.entries)

    @property
    def missed(self) -> list[Skipped]:
        """What was skipped that a person may miss."""
        return [one for one in self.skipped if one.reason not in ("empty", "beside")]


async def plan(
    library: Library,
    paths: Sequence[Path],
    *,
    also_deleted: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """What `run` would do; nothing is written."""
    seen: dict[tuple[str, str], array[int]] = {}  # a chat that stands twice in what is imported is written once

    async def preview(rows: ImportRows) -> ImportResult:
        key = (rows.link.source, rows.link.key)
        numbers = [int(tail.replace("-", ""), 16) for tail in tails(rows)]
        earlier = seen.get(key)
        fresh = tails(rows) if earlier is None else _others(tails(rows), numbers, set(earlier))
        taken = await library.database.read(
            partial(imports.preview, also_deleted=also_deleted), rows.link, rows.conversation.id, fresh
        )
        seen[key] = array("Q", numbers if earlier is None else {*numbers, *earlier})
        if earlier is None or taken.outcome != "new":
            return taken
        return replace(taken, outcome="updated" if taken.added else "known")

    return await _go_through(ImportReport(), paths, preview, progress, cancelled)


def _others(tails: Sequence[str], numbers: Sequence[int], earlier: set[int]) -> list[str]:
    return [tail for tail, number in zip(tails, numbers, strict=True) if number not in earlier]


async def run(
    library: Library,
    paths: Sequence[Path],
    *,
    also_deleted: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Take over all chats of files, folders and archives. Before the first change the library is copied.

    Args:
        library: where they go.
        paths: what is read.
        also_deleted: chats that were imported before and deleted for good come back.
        progress: told after each chat.
        cancelled: asked before each chat, also by the thread that reads; what is done by then stays.

    Returns:
        What was done; `problem` is set when the library could not be written any more.
    """
    report = ImportReport()
    copied = False

    async def take(rows: ImportRows) -> ImportResult:
        nonlocal copied
        if not copied:
            planned = await library.database.read(
                partial(imports.preview, also_deleted=also_deleted), rows.link, rows.conversation.id, tails(rows)
            )
            if not planned.added:
                return planned
            await _copy(library, report, progress, cancelled)
            copied = True
        return await library.database.run(
            partial(imports.take, also_deleted=also_deleted), rows.link, rows.conversation, rows.messages,
            rows.attachments, rows.spare_ids, datetime.now(UTC),
        )  # fmt: skip

    return await _go_through(report, paths, take, progress, cancelled)


async def _copy(
    library: Library, report: ImportReport, progress: Progress | None, cancelled: Callable[[], bool]
) -> None:
    loop = asyncio.get_running_loop()

    def step(done: int, total: int) -> None:
        if cancelled():
            raise StoppedError
        percent = min(100 * done // max(total, 1), 100)
        if percent != report.copied_percent and progress is not None:
            report.copied_percent = percent
            loop.call_soon_threadsafe(progress, report)

    made = await library.backup_before("import", step)
    report.copied_percent, report.backup = None, made.path if made is not None else None


async def _go_through(
    report: ImportReport,
    paths: Sequence[Path],
    treat: Callable[[ImportRows], Awaitable[ImportResult]],
    progress: Progress | None,
    cancelled: Callable[[], bool],
) -> ImportReport:
    reading = _Reading(paths, cancelled)
    try:
        found = await asyncio.to_thread(reading.next)
        while found is not None and not cancelled():
            if isinstance(found, Skipped):
                report.skipped.append(found)
                found = await asyncio.to_thread(reading.next)
            else:
                chat, rows = found
                taken, found = await asyncio.gather(treat(rows), asyncio.to_thread(reading.next))
                report.entries.append(_entry(chat, rows, taken))
            if progress is not None:
                progress(report)
        report.cancelled = cancelled()
    except StoppedError:
        report.cancelled = True
    except StoreError as error:
        report.problem = error
    finally:
        reading.stop()
        await asyncio.to_thread(reading.close)
    return report


class _Reading:
    """Reads on in whichever thread asks; an end waits for the piece that is being read."""

    def __init__(self, paths: Sequence[Path], cancelled: Callable[[], bool]) -> None:
        self._lock = Lock()
        self._ended = False
        self._chats = _read(paths, lambda: self._ended or cancelled())

    def next(self) -> "tuple[ImportedChat, ImportRows] | Skipped | None":
        """The next chat, or what was passed over; None at the end."""
        with self._lock:
            return next(self._chats, None)

    def stop(self) -> None:
        """Read no further."""
        self._ended = True

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._chats.close()


def _read(
    paths: Sequence[Path], stopped: Callable[[], bool]
) -> Generator["tuple[ImportedChat, ImportRows] | Skipped", None, None]:
    for found in read_paths(paths, open_foreign, stopped):
        if isinstance(found, Skipped):
            yield found
            continue
        try:
            yield found, rows_of(found, datetime.now(UTC))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:  # a shape that the reader let through
            detail = f"it cannot be made into messages ({type(error).__name__})"
            yield Skipped(found.source, found.title or found.source_id, "bad_conversation", detail)


def _entry(chat: ImportedChat, rows: ImportRows, taken: ImportResult) -> ImportEntry:
    return ImportEntry(
        chat.source, chat.source_id, rows.conversation.title, taken.conversation_id, taken.outcome,
        len(rows.messages), taken.added, rows.conversation.created_at, chat.notes,
    )  # fmt: skip
