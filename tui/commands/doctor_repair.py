"""`chinwag doctor --repair`: looks at the whole library, mends what can be mended, and says what it found and did."""

from pathlib import Path
from typing import TYPE_CHECKING

from tui.bootstrap import library_file, open_library
from tui.commands.progress import ProgressLine
from tui.commands.stoppable import Report, stoppable
from tui.errors import StoreError
from tui.figures import size
from tui.paths import shortened

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.store.repair import RepairResult

_WORTH_BYTES = 1_000_000


async def repair_beside(kept: Path) -> "list[RepairResult]":
    """Read what can be read of a damaged library that was kept, into a new file beside it.

    Raises:
        StoreError: the disk refuses.
    """
    from tui.store.faults import in_words
    from tui.store.repair import mend_beside

    def work(_: Report) -> "list[RepairResult]":
        with in_words(kept, "read"):
            return mend_beside(kept)

    try:
        return await stoppable(work)
    except OSError as error:
        raise StoreError(f"{kept} could not be repaired: {error.strerror or error}.") from error


async def repair() -> "list[RepairResult]":
    """Do it. Nothing is mended before the library as it was is kept beside it.

    Raises:
        StoreError: a window has it open, it is not ours, or the disk refuses.
    """
    from tui.store.faults import in_words
    from tui.store.repair import RepairResult, free_bytes, mend_file, mend_rows
    from tui.store.replacing import alone_with

    file = library_file()
    if not file.exists() and not file.with_name(f"{file.name}-wal").exists():
        return [RepairResult("good", "library", f"{shortened(file)}, not there yet")]

    def work(report: Report) -> "list[RepairResult]":
        with in_words(file, "repaired"), alone_with(file):
            return mend_file(file, lambda: report("looking at every page", 0, 0))

    findings = await stoppable(work)
    async with open_library() as (library, _):
        if kept := await library.backup_before("repair"):
            findings.append(RepairResult("good", "backup", f"as it was: {shortened(kept.path)}"))
        findings += await library.database.run(mend_rows)
        await _index(library)
        findings.append(RepairResult("good", "search", "the index of words is built anew"))
        free = await library.database.read(free_bytes)
    room = f"{size(file.stat().st_size)}, of which {size(free)} hold nothing"
    findings.append(
        RepairResult("good", "room", f"{room}; chinwag vacuum gives them back" if free > _WORTH_BYTES else room)
    )
    return findings


async def _index(library: "Library") -> None:
    line = ProgressLine("indexing")
    try:
        await library.search.build(lambda progress: line.show_percent(progress.percent))
    finally:
        line.end()
