"""The text files below a folder as one text, within a budget; what is left out is said. Follows no link in it."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from tui.chat.attachments.content_types import media_type_of
from tui.chat.attachments.text_files import decoded_text, fenced
from tui.chat.gitignore import IgnoreRules
from tui.dataclass import dataclass
from tui.errors import AttachmentError
from tui.figures import counted, size
from tui.files import read_regular, regular_size

FOLDER_BYTES = 400_000
"""How much of a folder's text is taken, some 100,000 tokens."""

_LARGEST_FILE_BYTES = 4_000_000
_MOST_ENTRIES = 20_000
_MOST_NAMED = 40
_DEEPEST = 40
_USUALLY_IGNORED = frozenset(
    {"node_modules", "__pycache__", "venv", "env", "dist", "build", "target", "vendor", "coverage", "htmlcov"}
)
"""Left out where no package reads `.gitignore`."""


@dataclass(slots=True)
class FolderText:
    """The text files of a folder.

    Attributes:
        blocks: each file's name and text, as they stand in the prompt.
        limit_bytes: how much text is taken.
        too_much: files for which there is no room.
        others: how many files are no text, or cannot be read.
        stopped: the folder has more entries than are looked at.
    """

    limit_bytes: int
    blocks: list[str] = field(default_factory=list)
    too_much: list[str] = field(default_factory=list)
    others: int = 0
    stopped: bool = False
    size_bytes: int = 0

    @property
    def text(self) -> str:
        """All of it, as it stands in the prompt; the model is told what it does not get."""
        parts = list(self.blocks)
        if self.too_much:
            shown = ", ".join(self.too_much[:_MOST_NAMED])
            more = len(self.too_much) - _MOST_NAMED
            parts.append(f"Left out, as there was no room: {shown}{f' and {more} more' if more > 0 else ''}.")
        return "\n\n".join(parts)

    @property
    def note(self) -> str:
        """What is taken and what is not: "12 files; left out: 3 over 400 kB in all, 2 that are no text"."""
        left_out = [f"{len(self.too_much)} over {size(self.limit_bytes)} in all"] if self.too_much else []
        left_out += [f"{self.others} that are no text"] if self.others else []
        left_out += [f"all after {_MOST_ENTRIES:,} entries"] if self.stopped else []
        taken = counted(len(self.blocks), "file")
        return f"{taken}; left out: {', '.join(left_out)}" if left_out else taken


def collect_folder(folder: Path, limit_bytes: int = FOLDER_BYTES) -> FolderText:
    """Read the text files below a folder: no hidden ones, none that Git ignores, nothing that lies behind a link.

    Raises:
        AttachmentError: it has no text file, or none for which there is room.
        OSError: the folder itself cannot be read.
    """
    found = FolderText(limit_bytes)
    with os.scandir(folder):
        pass  # what cannot be read at all is no empty folder
    for file in _files(folder, found):
        name = file.relative_to(folder).as_posix()
        try:
            if found.size_bytes + (regular_size(file) or 0) > limit_bytes:
                found.too_much.append(name)
                continue
            data = read_regular(file, _LARGEST_FILE_BYTES)
        except OSError:
            found.others += 1
            continue
        text = None if media_type_of(data) else decoded_text(data)
        if text is None or not data:
            found.others += 1
        elif found.size_bytes + len(data) > limit_bytes:
            found.too_much.append(name)
        else:
            found.size_bytes += len(data)
            found.blocks.append(fenced(name, text.text))
    if not found.blocks:
        why = f"its text files are larger than {size(limit_bytes)}" if found.too_much else "there is no text file in it"
        raise AttachmentError(f"{folder} cannot be attached: {why}.", "Attach the files that matter one by one.")
    return found


def _files(folder: Path, found: FolderText) -> Iterator[Path]:
    """The files of a folder by their names, those of its subfolders after its own, floor by floor: the top matters."""
    rules = IgnoreRules(folder.absolute())
    waiting = deque([(folder, 0)])
    seen = 0
    while waiting:
        current, depth = waiting.popleft()
        inside = "" if current == folder else f"{current.relative_to(folder).as_posix()}/"
        rules.enter(inside)
        for entry in _entries(current):
            seen += 1
            if seen > _MOST_ENTRIES:
                found.stopped = True
                return
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            if rules.ignores(inside + entry.name, folder=is_folder) or (
                is_folder and not rules.readable and entry.name in _USUALLY_IGNORED
            ):
                continue
            if not is_folder:
                yield path
            elif depth < _DEEPEST:
                waiting.append((path, depth + 1))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
