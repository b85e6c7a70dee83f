"""One exchange between a library and its hub: hear what is new, then tell what waits. Knows neither SQL nor a driver.

What waits is told only where all that the others have told is known here, which the hub's lock makes sure of: so who
deletes knows what is deleted, and the hub's latest version of a cell is that of everybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.dataclass import dataclass
from tui.store.journal import Journal
from tui.store.sharing_records import Cell, Wanted, pieces
from tui.sync.hub import Hub

PAGE_BYTES = 8 << 20
"""What is held in memory at once, but for a single row or file that is longer."""
_SLICE_BYTES, _SLICE = 1 << 20, 400
"""What one transaction writes here: others wait for it."""
_ONE_TRANSACTION = 4
"""Pages that are told in one go; a whole library is told in several."""


@dataclass(slots=True)
class Exchanged:
    """What went to and fro, as cells.

    Attributes:
        complete: nothing is left to tell or to hear, as far as was known.
    """

    heard: int = 0
    told: int = 0
    complete: bool = True

    def __iadd__(self, other: "Exchanged") -> "Exchanged":
        self.heard += other.heard
        self.told += other.told
        self.complete = other.complete
        return self


Report = Callable[[Exchanged], None]
"""Told after each piece; may raise to end it."""


def meet(journal: Journal, hub: Hub) -> None:
    """See whether a hub is the one that is known; to one that is new, or has lost something, everything is told.

    One that has lost something, as a backup of it was restored, becomes another one: for all machines, as those that
    come later would find it full again, of what the first one has told.
    """
    state, facts = journal.begin(), hub.prepare()
    if state.hub == facts.hub and facts.last < state.cursor:
        facts = hub.renew(facts.hub)
    if state.hub != facts.hub:
        journal.start_over(facts.hub)


def exchange(journal: Journal, hub: Hub, report: Report = lambda done: None) -> Exchanged:
    """Hear and tell until nothing is left.

    Raises:
        SharingError, StoreError: what was not told yet still waits.
    """
    done = Exchanged()
    while journal.seed():
        report(done)
    while True:
        done.heard += hear(journal, hub, done, report)
        told = tell(journal, hub)
        done += told
        report(done)
        if told.complete:
            return done


def hear(journal: Journal, hub: Hub, done: Exchanged, report: Report = lambda done: None) -> int:
    """Take over all that the hub has behind what is known here; returns how many cells."""
    heard = 0
    while True:
        hub.told = False
        known = journal.cursor
        cells, cursor = hub.pull(known, PAGE_BYTES)
        if cursor == known:
            return heard
        last = len(cells)
        if not cells:
            take_over(journal, hub, (), cursor)
        cells = _weighed(journal, hub, cells)
        for start, end in pieces(cells, _SLICE, _SLICE_BYTES):
            # The hub's number of the page's last change is known, those in between are not: it counts at the end.
            take_over(journal, hub, cells[start:end], cursor if end == last else 0)
            heard += end - start
            report(Exchanged(done.heard + heard, done.told))


def take_over(journal: Journal, hub: Hub, cells: Sequence[Cell], cursor: int) -> None:
    """Write cells, with what else they need, which is asked for by name."""
    fetched: list[Cell] = []
    wanted = journal.wanted(cells)
    asked = Wanted()
    while wanted and wanted != asked:
        asked = wanted
        fetched += hub.fetch(wanted)
        wanted = journal.wanted([*cells, *fetched])
        wanted = Wanted((), (), tuple(id for id in wanted.messages if id not in asked.messages))
    files = [cell for cell in (*cells, *fetched) if cell.files]
    data = hub.contents(journal.missing_contents(files)) if files else {}
    journal.apply(cells, fetched, data, cursor)


def tell(journal: Journal, hub: Hub) -> Exchanged:
    """Tell what waits, in one transaction of the hub; not complete where others came first, or more is left."""
    waiting = journal.pending(PAGE_BYTES)
    if not waiting:
        return Exchanged()
    told = 0
    refused: list[Cell] = []
    with hub.pushing() as last:
        if last > journal.cursor:
            return Exchanged(complete=False)
        sent: list[tuple[list[Cell], int]] = []
        for _ in range(_ONE_TRANSACTION):
            cells = [cell for cell in waiting if cell.value]
            _send_files(journal, hub, cells)
            pushed = hub.push(cells)
            refused += pushed.refused
            sent.append((waiting, pushed.cursor))
            told += len(cells)
            waiting = journal.pending(PAGE_BYTES, waiting[-1].number)
            if not waiting:
                break
    for cells, cursor in sent:
        journal.told(cells, cursor)
    if refused:
        take_over(journal, hub, refused, 0)
    return Exchanged(told=told, complete=not waiting)


def _send_files(journal: Journal, hub: Hub, cells: Sequence[Cell]) -> None:
    hashes = {hash for cell in cells for hash, _ in cell.files}
    if hashes:
        for hash, data in journal.contents(hub.lacking(hashes)):
            hub.keep(hash, data)


def _weighed(journal: Journal, hub: Hub, cells: list[Cell]) -> list[Cell]:
    """Cells with the sizes of the files that have to come with them."""
    missing = journal.missing_contents(cells)
    if not missing:
        return cells
    sizes = hub.sizes(missing)
    return [
        replace(cell, files=tuple((hash, sizes.get(hash, 0)) for hash, _ in cell.files)) if cell.files else cell
        for cell in cells
    ]
