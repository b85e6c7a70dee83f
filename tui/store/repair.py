"""Looks at the whole of a library, and mends what can be mended: its file, its rows, and the index of its words.

Knows files and connections; what is wrong with rows is known to `consistency`.
"""

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import Literal

from tui.dataclass import dataclass
from tui.errors import DamagedFileError, ForeignFileError
from tui.files import regular_size
from tui.store import contents
from tui.store.backups import back_up
from tui.store.comparing import facts_of
from tui.store.connection import connect, watched
from tui.store.consistency import make_consistent
from tui.store.integrity import beside
from tui.store.migrations import version_of
from tui.store.opening import read_damaged, ready, rescue
from tui.store.search_index import start_over

_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What was looked at, and what came of it: "good", "mended", or "bad" for what stays as it is."""

    state: Literal["good", "mended", "bad"]
    subject: str
    text: str


def mend_file(path: Path, look: Callable[[], None] = lambda: None) -> list[RepairResult]:
    """Mend the file of a library that nobody has open. What can be read of a damaged one takes its place; it is kept.

    Args:
        path: it.
        look: called now and then; may raise StoppedError, and nothing has changed.

    Raises:
        StoreError: it is a newer Chinwag's, or another program's.
        OSError, sqlite3.Error: it cannot be read or written.
    """
    if notice := ready(path, check_s=math.inf):
        return [RepairResult("mended", "file", notice)]
    with closing(connect(path)) as connection, watched(connection, look):
        if not version_of(connection):
            return [RepairResult("good", "file", "empty")]
        faults = _faults(connection)
        if not faults:
            return [RepairResult("good", "file", "every page and every index is whole")]
        kept = back_up(path, connection, "repair").path
        try:
            connection.execute("REINDEX")
        except sqlite3.IntegrityError:  # two rows of one id
            left = "some rows are there twice"
        else:
            left = next(iter(_faults(connection)), "")  # a row that cannot be, such as a message of no kind
    if left:
        return [RepairResult("mended", "file", rescue(path, left))]
    return [RepairResult("mended", "file", f"indexes were wrong ({faults[0]}): made anew; as it was: {kept}")]


def mend_beside(file: Path) -> list[RepairResult]:
    """Write what can be read of a damaged library that was kept into a new file beside it; nothing else changes.

    Raises:
        OSError, sqlite3.Error: it cannot be read or written.
    """
    target = beside(file, ".repaired")
    if regular_size(file) is None:
        return [RepairResult("bad", "file", f"there is no file {file}")]
    if target.exists():
        return [RepairResult("bad", "file", f"{target} is there already: move it away, or chinwag restore it")]
    try:
        facts_of(file, check=True)
    except DamagedFileError as error:
        return [_mended_beside(file, target, error.message)]
    except ForeignFileError as error:
        return [RepairResult("bad", "file", f"{file}: {error.message}")]
    return [RepairResult("good", "file", f"every page of it is whole; to have it here: {_restore(file)}")]


def _mended_beside(file: Path, target: Path, fault: str) -> RepairResult:
    part = beside(file, ".part")
    try:
        if not (saved := read_damaged(file, part)):
            return RepairResult(
                "bad", "file", f"{fault}, and nothing in it could be read; SQLite's own tool may get more out of it:"
                f" sqlite3 {quote(str(file))} .recover",
            )  # fmt: skip
        part.rename(target)
    finally:
        for left in (part, beside(part, "-journal")):
            left.unlink(missing_ok=True)
    return RepairResult(
        "mended", "file", f"{fault}; {saved:,} messages could be read; to have them: {_restore(target)}"
    )


def _restore(file: Path) -> str:
    return f"chinwag restore {quote(str(file))}"


def _faults(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_MOST_FAULTS})")]
    # The index of words, which newer SQLites look at too, is made anew in any case.
    return [fault for fault in found if fault != "ok" and "FTS5" not in fault]


def mend_rows(connection: sqlite3.Connection) -> list[RepairResult]:
    """Mend what leads nowhere, and empty the index of words, to be built anew; in the transaction that is open."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    findings = [RepairResult("mended", "rows", one.sentence) for one in make_consistent(connection)]
    before = connection.execute("SELECT count(*) FROM contents").fetchone()[0]
    contents.drop_unused(connection)
    if unused := before - connection.execute("SELECT count(*) FROM contents").fetchone()[0]:
        findings.append(RepairResult("mended", "files", f"{unused:,} that nothing refers to: taken out"))
    left = {str(row[0]) for row in connection.execute("PRAGMA foreign_key_check")}
    findings += [RepairResult("bad", "rows", f"the table {table} has rows that lead nowhere") for table in sorted(left)]
    if not findings:
        findings.append(RepairResult("good", "rows", "chats, messages, branches and files lead where they should"))
    start_over(connection)
    return findings


def free_bytes(connection: sqlite3.Connection) -> int:
    """How much of the file holds nothing."""
    pages, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    return int(pages * page_bytes)
