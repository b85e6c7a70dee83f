"""Which Chinwags use this library now. Knows files and locks only.

Every open library keeps a locked file in the folder `running/`. The kernel drops the lock with the process, also after
`kill -9`, and it holds across containers that share a home, where process ids would lie.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from tui.files import SAFELY, hold


class Instance:
    """This process's proof of life for one library.

    `start` and `others` are called while `alone` is held: between making a file and locking it, it looks dead.
    """

    def __init__(self, folder: Path) -> None:
        self.id = uuid4().hex
        self._folder = folder
        self._descriptor: int | None = None

    def start(self) -> None:
        """Create and lock our file. Raises OSError when the folder cannot be written."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | SAFELY
        self._descriptor = os.open(self._folder / self.id, flags, 0o600)
        hold(self._descriptor)

    def others(self) -> tuple[set[str], set[str]]:
        """Ids of instances that are alive, and of those that ended uncleanly."""
        if not self._folder.is_dir():
            return set(), set()
        with os.scandir(self._folder) as entries:
            names = {entry.name for entry in entries if entry.is_file(follow_symlinks=False)} - {self.id}
        alive = {name for name in names if self._alive(name)}
        return alive, names - alive

    def is_alive(self, owner: str) -> bool:
        """Whether the instance that wrote `owner` on a row still runs; an id without a file has ended."""
        return owner == self.id or self._alive(owner)

    def bury(self, dead: set[str]) -> None:
        """Remove the files of instances whose replies were taken care of."""
        for name in dead:
            with suppress(OSError):
                (self._folder / name).unlink()

    def stop(self, *, clean: bool = True) -> None:
        """Give up our lock; with `clean=False` the file stays, and the next start checks the library first."""
        if self._descriptor is not None:
            if clean and sys.platform != "win32":  # before the lock is gone: nobody sees it as one that died
                self.bury({self.id})
            os.close(self._descriptor)
            self._descriptor = None
            if clean and sys.platform == "win32":  # where what is open keeps its name
                self.bury({self.id})

    def _alive(self, name: str) -> bool:
        if not name.isalnum():  # a damaged row may hold a path, or what no path can hold
            return False
        try:
            descriptor = os.open(self._folder / name, os.O_RDWR | SAFELY)
        except OSError:
            return False
        try:
            return not hold(descriptor)
        finally:
            os.close(descriptor)
