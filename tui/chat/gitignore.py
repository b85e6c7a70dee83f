"""What the `.gitignore` files in and above a folder say of the paths below it. Reads files: not for the event loop.

The patterns are matched by `pathspec` (extra `files`), which is imported when the first such file is met.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tui.files import read_regular

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LONGEST_BYTES = 1 << 20
_MOST_LEVELS = 64


class IgnoreRules:
    """The rules for one folder; those of folders above it count as far up as its repository reaches.

    Where the folder itself is ignored, as `build/` may be, what stands above it has nothing to say of its contents.

    Args:
        folder: absolute.

    Attributes:
        readable: `pathspec` is installed; without it no rule counts.
        unhonoured: there are rules, and none of them counts.
    """

    def __init__(self, folder: Path) -> None:
        self.readable = find_spec("pathspec") is not None
        self.unhonoured = False
        self._specs: dict[str, list[GitIgnoreSpec]] = {}  # by folder: "" is the top, others end in "/"
        self._chains: dict[str, list[tuple[int, GitIgnoreSpec]]] = {}
        self._top = _top_of(folder)
        self._prefix = f"{folder.relative_to(self._top).as_posix()}/" if folder != self._top else ""
        self._read("", self._top / ".gitignore", self._top / ".git" / "info" / "exclude")
        self._read_down()

    def _read_down(self) -> None:
        """Read what lies between the top and the folder."""
        names = self._prefix.split("/")[:-1]
        for depth in range(len(names)):
            path = "/".join(names[: depth + 1])
            if self._ignores(path, folder=True):
                self._specs.clear()
                self._chains.clear()
            if depth < len(names) - 1:  # the folder itself is entered like those below it
                self._read(f"{path}/", self._top / path / ".gitignore")

    def enter(self, folder: str) -> None:
        """Let the rules of one folder count: "" for the folder itself, "src/" for one below it."""
        if self._prefix or folder:  # those of the top have been read
            self._read(self._prefix + folder, self._top / (self._prefix + folder) / ".gitignore")

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Whether a path, relative to the folder and without "/" at its end, is ignored; its parents are not asked."""
        return bool(self._specs) and self._ignores(self._prefix + path, folder=folder)

    def _ignores(self, path: str, *, folder: bool) -> bool:
        for length, spec in self._chain(path[: path.rfind("/") + 1]):
            verdict = spec.check_file(path[length:] + ("/" if folder else "")).include
            if verdict is not None:
                return verdict
        return False

    def _chain(self, folder: str) -> list[tuple[int, "GitIgnoreSpec"]]:
        """The rules that count in a folder, the nearest first, with the length of the path that they do not see."""
        if folder not in self._chains:
            above = self._chain(folder[: folder.rfind("/", 0, -1) + 1]) if folder else []
            self._chains[folder] = [(len(folder), spec) for spec in self._specs.get(folder, [])] + above
        return self._chains[folder]

    def _read(self, folder: str, *files: Path) -> None:
        found = [spec for spec in map(self._spec, files) if spec is not None]
        if found:
            self._specs[folder] = found
            self._chains.pop(folder, None)

    def _spec(self, file: Path) -> "GitIgnoreSpec | None":
        try:
            text = read_regular(file, _LONGEST_BYTES).decode(errors="replace")
        except OSError:  # none, or none that can be read: git goes on without it, too
            return None
        if not self.readable:
            self.unhonoured = True
            return None
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(line for line in text.splitlines() if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    """Whether a line can be matched at all; git passes over those that cannot, and so does this."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True


def _top_of(folder: Path) -> Path:
    """The top folder of the repository that a folder is in; itself, when it is in none."""
    for one in (folder, *list(folder.parents)[:_MOST_LEVELS]):
        if (one / ".git").exists():
            return one
    return folder
