"""Names of the files that an export lays beside itself: safe on every system, never a path, no two alike. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from tui.store.records import Attachment

_LONGEST = 80
_LONGEST_SUFFIX = 12
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows takes for devices, with whatever suffix."""


def side_file_names(files: Iterable[Attachment]) -> dict[str, str]:
    """A file name for each content, by its hash: what is attached twice is written once, under its first name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for file in files:
        if file.hash in names:
            continue
        stem, suffix = _safe(file.name)
        name, number = f"{stem}{suffix}", 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}{suffix}", number + 1
        taken.add(name.casefold())
        names[file.hash] = name
    return names


def _safe(name: str) -> tuple[str, str]:
    """Stem and suffix of a name without anything that leads elsewhere; a folder's files are one Markdown file."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    last = plain.rstrip("/").rpartition("/")[2]
    path = PurePosixPath(f"{last or 'folder'}.md" if plain.endswith("/") else last)
    suffix = re.sub(r"[^a-zA-Z0-9.]", "", path.suffix)[:_LONGEST_SUFFIX]
    stem = re.sub(r"[^\w.()+-]+", "-", path.stem)[:_LONGEST].strip("-. ") or "file"
    return (f"{stem}_" if _DEVICES.fullmatch(stem.partition(".")[0]) else stem), suffix.rstrip(".")
