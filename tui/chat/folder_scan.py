"""What files there are below a folder, read in slices beside everything else: for finding one by a few letters.

Pipes, devices and sockets are left out. Links to folders are listed and never followed, so that a circle of them ends.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

from tui.chat.gitignore import IgnoreRules

MOST_ENTRIES = 20_000
_SLICE_S = 0.002
"""How long a thread reads at a time: it holds the interpreter from the loop, on which keys are echoed."""
_TELL_S = 0.1
_LOOK_AT_CLOCK = 64


class FolderEntry(NamedTuple):
    """A file or a folder.

    Attributes:
        path: relative to the folder that was read, with "/" between names and none at its end; raw.
        folder: or a link to one.
        hidden: its name begins with a dot.
        folded: the path without its case, by which it is found.
    """

    path: str
    folder: bool
    hidden: bool
    folded: str


class FolderScan:
    """One reading of a folder. Nearer entries come first; hidden and ignored folders are not gone into.

    Args:
        folder: relative to the working folder, or absolute.
        deep: with all that is below it, as its `.gitignore` files allow; else only what is in it, whatever they say.
        most: where reading stops.

    Attributes:
        entries: what was found so far.
        children: the entries in each folder that was read, by its path with "/" at the end; "" is the folder itself.
        read_whole: the folders of which all children are known.
        problems: why a folder could not be read, by its path, as `children`.
        cut: there is more than `most`.
        unhonoured: there are `.gitignore` files, and the package that reads them is not installed.
        finished_at: on the monotonic clock; None while it is being read.
    """

    def __init__(self, folder: Path, *, deep: bool, most: int = MOST_ENTRIES) -> None:
        self.entries: list[FolderEntry] = []
        self.children: dict[str, list[FolderEntry]] = {}
        self.read_whole: set[str] = set()
        self.problems: dict[str, str] = {}
        self.cut = False
        self.unhonoured = False
        self.finished_at: float | None = None
        self._folder = folder
        self._deep = deep
        self._most = most
        self._steps = self._walk()

    async def read(self) -> AsyncIterator[None]:
        """Read it to its end, off the loop; yields now and then while there is more, and at last when all is known."""
        told = time.monotonic()
        while not await asyncio.to_thread(self.advance, _SLICE_S):
            if time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                yield
        yield

    def advance(self, budget_s: float) -> bool:
        """Read on for about `budget_s` seconds; True when there is no more. One thread at a time."""
        until = time.perf_counter() + budget_s
        for _ in self._steps:
            if time.perf_counter() > until:
                return False
        self.finished_at = time.monotonic()
        return True

    def _walk(self) -> Iterator[None]:
        try:
            rules = IgnoreRules(self._folder.absolute()) if self._deep else None
        except OSError as error:  # the working folder is gone
            self.problems[""] = _reason(error)
            return
        waiting = deque([""])
        while waiting and not self.cut:
            folder = waiting.popleft()
            if rules is not None:
                rules.enter(folder)
                self.unhonoured = rules.unhonoured
            try:
                yield from self._read(folder, rules, waiting)
                if not self.cut:
                    self.read_whole.add(folder)
            except OSError as error:
                self.problems[folder] = _reason(error)

    def _read(self, folder: str, rules: IgnoreRules | None, waiting: deque[str]) -> Iterator[None]:
        found = self.children[folder] = []
        with os.scandir(self._folder / folder) as names:
            for number, name in enumerate(names):
                if number % _LOOK_AT_CLOCK == 0:
                    yield
                entry = _entry(folder, name)
                if entry is None or (rules is not None and rules.ignores(entry.path, folder=entry.folder)):
                    continue
                if len(self.entries) >= self._most:
                    self.cut = True
                    return
                found.append(entry)
                self.entries.append(entry)
                if self._deep and entry.folder and not entry.hidden and not name.is_symlink():
                    waiting.append(f"{entry.path}/")


def _entry(folder: str, found: "os.DirEntry[str]") -> FolderEntry | None:
    try:
        is_folder = found.is_dir()
        if not is_folder and not found.is_file():
            return None
    except OSError:  # a link that leads nowhere, or round in circles
        return None
    path = folder + found.name
    return FolderEntry(path, is_folder, found.name.startswith("."), path.casefold())


def _reason(error: OSError) -> str:
    return error.strerror or "it is not there"
