"""Files and folders behind "@", and addresses. What there is, is read beside everything else and kept for a moment."""

import re
import time
from asyncio import Event
from collections.abc import Callable, Coroutine, Iterator, Sequence
from heapq import nsmallest
from pathlib import Path
from typing import Any

from textual.message import Message

from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.fuzzy import fuzzy
from tui.chat.folder_scan import MOST_ENTRIES, FolderEntry, FolderScan
from tui.files import expanded
from tui.installed import how_to_get
from tui.text import clean_line

_WORD = re.compile(r"(?<!\S)@(?!@)(?:\"([^\"]*)|([^\s\"]*))$")
_ADDRESS = re.compile(r"https?://\S+$", re.IGNORECASE)
_FRESH_S = 2.0
_KEPT = 8
_MOST_ROWS = 100

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], object]
"""Runs a coroutine function beside everything else."""


class Reading:
    """A folder as it was read last; it can be looked at while it is read again.

    Args:
        start: runs what reads it beside everything else.

    Attributes:
        scan: what is known.
        more: set, and replaced by another one, as soon as more is known.
        reading: the folder is being read now.
    """

    def __init__(self, folder: Path, start: Run, *, deep: bool) -> None:
        self._folder, self._deep = folder, deep
        self._start = start
        self.scan = FolderScan(folder, deep=deep)
        self.more = Event()
        self.reading = False

    def refresh(self, since: float) -> None:
        """Read it again, unless that was done shortly before `since`, on the monotonic clock."""
        done = self.scan.finished_at
        if not self.reading and (done is None or done + _FRESH_S < since):
            self.reading = True
            self._start(self._read)

    async def _read(self) -> None:
        scan = FolderScan(self._folder, deep=self._deep)
        if self.scan.finished_at is None:
            self.scan = scan  # nothing better is known
        try:
            async for _ in scan.read():
                self._tell()
            self.scan = scan
        finally:
            self.reading = False
            self._tell()

    def _tell(self) -> None:
        self.more.set()
        self.more = Event()


class PathSource:
    """Finds what can be attached: everything below the working folder, and what is in any other folder that is named.

    Args:
        folder: the working folder.
        start: runs what reads a folder beside everything else.
        attach: makes the message that attaches a path or an address.
    """

    SIGN = "@"

    def __init__(
        self,
        folder: Path,
        start: Run,
        attach: Callable[[str], Message],
    ) -> None:
        self._folder = folder
        self._start = start
        self._attach = attach
        self._readings: dict[str, Reading] = {}  # by folder as it was typed; "" is the working folder
        self._opened_at = self._asked_at = 0.0
        self._narrowed: tuple[FolderScan, str, str, list[FolderEntry]] | None = None

    def find(self, typed: Typed) -> Suggestions | None:
        """What the word behind "@" may mean."""
        match = _WORD.search(typed.before)
        if match is None:
            return None
        word = match[2] if match[1] is None else match[1]
        return self.suggest(word, match.start(), lambda path: f'@"{path}' if re.search(r"\s", path) else f"@{path}")

    def suggest(self, word: str, start: int, written: Callable[[str], str]) -> Suggestions:
        """What a path that was begun may become.

        Args:
            word: as it was typed.
            start: column at which it begins.
            written: how a folder to go into stands in the prompt.
        """
        now = time.monotonic()
        if now - self._asked_at > _FRESH_S:  # not while one goes on typing: the list would change under the hand
            self._opened_at = now
        self._asked_at = now
        if _ADDRESS.match(word):
            row = Suggestion(word, "take the page along", message=lambda: self._attach(word))
            return Suggestions(start, [row])
        base, query = _split(word)
        reading, inside, query = self._reading_for(base, query)
        scan, within = reading.scan, inside or ""
        entries = self._entries(scan, within, query)
        rows = [self._row(entry, base if inside is None else "", within, written) for entry in entries]
        if inside is not None:
            base = inside
        if (whole := base or ("./" if word == "./" else "")) and not query and within not in scan.problems:
            about = "this folder, with what is in it"
            rows.insert(0, Suggestion(whole, about, message=lambda: self._attach(_named(whole))))
        known = scan.finished_at is None and not query and within in scan.read_whole
        more = reading.more if reading.reading and not known else None
        return Suggestions(start, rows, query, _note(scan, within, base), more=more)

    def _reading_for(self, base: str, query: str) -> tuple[Reading, str | None, str]:
        """Where to look: a reading, the folder within it (None: it is the reading's own), and what to look for."""
        tree = self._reading("", deep=True)
        if base in tree.scan.children or (not _is_elsewhere(base) and tree.scan.finished_at is None):
            return tree, base, query
        other = self._reading(base, deep=False)
        if other.scan.problems and not other.reading and not _is_elsewhere(base) and not self._is_listed(base):
            return tree, "", base + query  # there is no such folder: parts of a path
        return other, None, query

    def _is_listed(self, base: str) -> bool:
        above = base[: base.rfind("/", 0, -1) + 1]
        children = self._readings[""].scan.children.get(above, [])
        return any(entry.folder and entry.path == base[:-1] for entry in children)

    def _reading(self, base: str, *, deep: bool) -> Reading:
        if base not in self._readings:
            for old in [key for key in self._readings if key][: -_KEPT or None]:
                del self._readings[old]
            folder = self._folder / expanded(base)
            self._readings[base] = Reading(folder, self._start, deep=deep)
        self._readings[base].refresh(self._opened_at)
        return self._readings[base]

    # Which entries, and in which order.

    def _entries(self, scan: FolderScan, inside: str, query: str) -> Sequence[FolderEntry]:
        """The entries for what was typed, the best first."""
        hidden = query.rpartition("/")[2].startswith(".")
        if query in ("", "."):
            found = [entry for entry in scan.children.get(inside, []) if entry.hidden == hidden]
            return sorted(found, key=lambda entry: (not entry.folder, entry.path.casefold()))[:_MOST_ROWS]
        return [ranked[-1] for ranked in nsmallest(_MOST_ROWS, self._ranked(scan, inside, query, hidden))]

    def _ranked(
        self, scan: FolderScan, inside: str, query: str, hidden: bool
    ) -> Iterator[tuple[float, bool, int, str, FolderEntry]]:
        """All that a query fits, with what sorts it. Typing on looks only among what the letters before have left."""
        before = self._narrowed
        if before is not None and before[0] is scan and before[1] == inside and query.startswith(before[2]):
            among = before[3]
        else:
            among = scan.entries if not inside else [one for one in scan.entries if one.path.startswith(inside)]
        wanted, skipped = query.casefold(), len(inside.casefold())
        left: list[FolderEntry] = []  # the entries themselves: for 20,000 tuples around them the collector would run
        for entry in among:
            if score := _score(wanted, entry.folded, skipped):
                left.append(entry)
                if entry.hidden == hidden:
                    yield -score, not entry.folder, len(entry.path), entry.path, entry
        self._narrowed = (scan, inside, query, left) if scan.finished_at is not None else None

    # Rows.

    def _row(self, entry: FolderEntry, base: str, inside: str, written: Callable[[str], str]) -> Suggestion:
        path = base + entry.path
        label = entry.path[len(inside) :]
        if entry.folder and clean_line(path, len(path)) == path and '"' not in path:
            return Suggestion(f"{label}/", "folder", text=written(f"{path}/"))
        kind = "folder, with what is in it" if entry.folder else ""
        return Suggestion(f"{label}/" if entry.folder else label, kind, message=lambda: self._attach(_named(path)))


def _split(word: str) -> tuple[str, str]:
    """A path that was begun as the folder with its "/", and the rest."""
    if word == "~":
        return "~/", ""
    if word == ".." or word.endswith("/.."):
        return f"{word}/", ""
    end = word.rfind("/") + 1
    base = word[:end]
    while base.startswith("./"):
        base = base[2:].lstrip("/")
    return base, word[end:]


def _is_elsewhere(base: str) -> bool:
    """Whether a folder is not written as one below the working folder."""
    return base.startswith(("/", "~")) or ".." in base.split("/")


def _named(path: str) -> str:
    return str(expanded(path)) if path.startswith("~") else path


def _score(query: str, path: str, skipped: int) -> float:
    """How well a query fits a path, both without case, from `skipped` on: as `fuzzy` has it, and best in its name."""
    name = path.rfind("/") + 1
    place = path.find(query, max(name, skipped))
    if place >= 0:
        return 4.0 + (place == name or not path[place - 1].isalnum()) + len(query) / (len(path) + 1)
    return fuzzy(query, path[skipped:])


def _note(scan: FolderScan, inside: str, base: str) -> str:
    if problem := scan.problems.get(inside):
        return f"{base or 'This folder'} cannot be read: {problem}."
    if scan.unhonoured:
        return f".gitignore is not heeded: that takes {how_to_get('files')}."
    return f"Only the first {MOST_ENTRIES:,} entries were read." if scan.cut else ""
