"""Copies a library from a file to a server, or from there to a new file, and makes sure that all of it came.

What a copy to a server was told stays there, and a copy to a file is one file with another name until it is whole: the
same again goes on where it was broken off. Of what both have, the later version counts, as between machines; of what
only copies have written, the last one. What was deleted for good in a file since an earlier copy stays on the server:
it may be of another library.
"""

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import field
from pathlib import Path

from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.figures import counted
from tui.store.journal import Journal
from tui.store.sharing_records import Cell
from tui.store.sharing_rows import Digests, cell_hash, is_nothing
from tui.store.snapshot import Snapshot, snapshot
from tui.store.unfinished import finish, unfinished_library
from tui.sync import comparing
from tui.sync.exchange import Exchanged, hear, meet
from tui.sync.hub import Hub
from tui.sync.problems import SharingError

Report = Callable[[str, int, int], None]
"""Told after each step what is done, how much of it, and of how much; may raise to end it."""

_MEND = "Look what is wrong with it: chinwag doctor --repair"
_RETELL = "A copy to the server from a library that has them mends that; then copy to a file of another name."
_AGAIN = "Do the same again: it goes on where it is."
_ROUNDS = 5
_AT_ONCE = 1_000
PAGE_BYTES = 1 << 20
"""What goes to the server in one transaction, and is not lost when the next one is broken off."""


@dataclass(slots=True)
class Copied:
    """What became of a copy.

    Attributes:
        tables: for each, how many entries were compared, and a hash of them, which is the same on both sides.
        files: how many attached files were compared.
        sent: entries that went over.
        newer: entries of which the server has a later version, which stayed.
        deleted: entries that were deleted for good there, and stay so.
    """

    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    files: int = 0
    sent: int = 0
    newer: int = 0
    deleted: int = 0


def copy_to_server(file: Path, hub: Hub, report: Report) -> Copied:
    """Copy the library in a file; nothing is written to it, and others may go on writing.

    Raises:
        StoreError, SharingError: what was copied until then stays there.
    """
    hub.prepare()
    with snapshot(file) as library:
        copied = Copied()
        _send(library, hub, copied, report)
        _take_back(library, hub, copied)
        _compare(library, hub, copied, report)
    return copied


def _send(library: Snapshot, hub: Hub, copied: Copied, report: Report) -> None:
    total, done = library.total, 0
    for cells in library.pages(PAGE_BYTES):
        report("copying", done, total)
        with hub.pushing():
            known = comparing.known(hub, cells)
            new = [cell for cell in cells if _is_new(cell, known)]
            hashes = {hash for cell in cells if not known.is_gone(cell) for hash, _ in cell.files}
            for hash, data in library.contents(hub.lacking(hashes)):
                hub.keep(hash, data)
                report("copying", done, total)
            if new:
                hub.push(new)
        copied.sent += len(new)
        done += len(cells)


def _is_new(cell: Cell, known: comparing.HubCells) -> bool:
    version = known.versions.get(cell.place)
    return not known.is_gone(cell) and (version is None or version.is_older_than(cell))


def _take_back(library: Snapshot, hub: Hub, copied: Copied) -> None:
    """Send what an earlier copy has told and that does not hold any more, such as a tag."""
    stale: list[Cell] = []
    for place, version in comparing.copied_before(hub):
        cell = library.now(place, version.clock)
        if cell is not None and version.is_older_than(cell):
            stale.append(cell)
    for at in range(0, len(stale), _AT_ONCE):
        with hub.pushing():
            known = comparing.known(hub, stale[at : at + _AT_ONCE])
            new = [cell for cell in stale[at : at + _AT_ONCE] if _is_new(cell, known)]
            if new:
                hub.push(new)
        copied.sent += len(new)


def _compare(library: Snapshot, hub: Hub, copied: Copied, report: Report) -> None:
    total, done = library.total, 0
    here, there = Digests(), Digests()
    missing: list[Cell] = []
    files: set[str] = set()
    read: Counter[str] = Counter()
    for cells in library.pages(PAGE_BYTES):
        report("comparing", done, total)
        known = comparing.known(hub, cells)
        read.update(comparing.table_of(cell.kind, cell.field) for cell in cells)
        for cell in cells:
            version = known.versions.get(cell.place)
            if known.is_gone(cell):
                copied.deleted += 1
            elif version is None:
                missing.append(cell)
            elif not is_nothing(cell):
                hash = cell_hash(cell)
                if version.hash != hash and not version.is_older_than(cell):
                    copied.newer += 1
                else:
                    here.add(comparing.table_of(cell.kind, cell.field), hash)
                    there.add(comparing.table_of(cell.kind, cell.field), version.hash)
        hashes = {hash for cell in cells if not known.is_gone(cell) for hash, _ in cell.files} - files
        _compare_files(library, hub, hashes)
        files |= hashes
        done += len(cells)
    if lost := library.missing(read["chats"], read["messages"]):
        raise StoreError(f"{counted(lost, 'chat or message', 'chats and messages')} could not be read.", _MEND)
    if missing or here.found != there.found:
        raise _differ(here.found, there.found)
    copied.tables, copied.files = here.found, len(files)


def _compare_files(library: Snapshot, hub: Hub, hashes: Collection[str]) -> None:
    bad = hub.lacking(hashes) if hashes else set()
    if any(hash in bad for hash, _ in library.contents(bad)):
        raise SharingError(f"{counted(len(bad), 'attached file')} did not come as here.", _AGAIN)


def _sound_files(library: Snapshot) -> int:
    bad, count = library.damaged_contents()
    if bad:
        raise SharingError(f"{counted(len(bad), 'attached file')} did not come as there.", _AGAIN)
    return count


def _differ(here: dict[str, tuple[int, str]], there: dict[str, tuple[int, str]]) -> SharingError:
    names = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    counts = ", ".join(f"{name} {here.get(name, (0, ''))[0]} and {there.get(name, (0, ''))[0]}" for name in names)
    return SharingError(f"The two libraries differ: {counts or 'some entries are missing'}.", _AGAIN)


def copy_to_file(hub: Hub, file: Path, report: Report) -> Copied:
    """Copy the library on a server into a new file, which has its name when all is there.

    Raises:
        StoreError: there is a file of that name, or the disk refuses.
        SharingError: what came until then is kept beside it for the next time.
    """
    facts = hub.facts()
    if not facts.version:
        raise SharingError(
            "There is no library on this server yet.", "To bring one there: chinwag library copy FILE URL"
        )
    with unfinished_library(file) as part:
        with closing(Journal(part)) as journal:
            meet(journal, hub)
            copied = _hear(part, journal, hub, report)
        finish(part, file)
    return copied


def _hear(part: Path, journal: Journal, hub: Hub, report: Report) -> Copied:
    copied = Copied()
    for _ in range(_ROUNDS):  # others may go on writing to the server
        last = max(hub.facts().last, 1)

        def step(done: Exchanged, last: int = last) -> None:
            report("copying", min(journal.state.cursor, last), last)

        copied.sent += hear(journal, hub, Exchanged(), step)
        report("comparing", 0, 0)
        with snapshot(part) as library:
            here, there = comparing.digests_of(library.cells()), comparing.digests(hub)
            if here == there and not library.lacks_files:
                copied.tables, copied.files = here, _sound_files(library)
                return copied
    if bad := comparing.damaged_contents(hub):
        raise SharingError(f"{counted(bad, 'attached file')} on the server are not what their hash says.", _RETELL)
    raise _differ(here, there)
