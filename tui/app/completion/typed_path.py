"""The rest of a path that is being typed, shown behind the cursor. What a folder has is read beside the event loop."""

import asyncio
import os
import re
from collections.abc import Collection
from pathlib import Path

from textual.suggester import Suggester
from typing_extensions import override

from tui.files import expanded
from tui.text import clean_line

_LAST = re.compile(r"(?:.*\s)?((?:[/~]|\.{1,2}/).*)")
"""The last of several paths, the one that is typed."""
_MOST_ENTRIES = 20_000


class PathSuggester(Suggester):
    """Suggests the first folder or file that begins as what was typed.

    Args:
        endings: of the files that are meant, such as ".json".
    """

    def __init__(self, endings: Collection[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._endings = frozenset(endings)

    @override
    async def get_suggestion(self, value: str) -> str | None:
        match = _LAST.fullmatch(value)
        path = match[1] if match is not None else value
        above, slash, name = path.rpartition("/")
        if not path or path == "~":
            return None
        folder = expanded(f"{above}{slash}") if slash else Path()
        rest = await asyncio.to_thread(self._rest, folder, name)
        return None if rest is None else value + rest

    def _rest(self, folder: Path, name: str) -> str | None:
        """What is missing of the first entry that begins as `name`; None when there is none."""
        found: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for _, entry in zip(range(_MOST_ENTRIES), entries, strict=False):
                    if self._fits(entry, name):
                        found.append(f"{entry.name}/" if entry.is_dir() else entry.name)
        except (OSError, ValueError):
            return None
        return min(found)[len(name) :] or None if found else None

    def _fits(self, entry: "os.DirEntry[str]", name: str) -> bool:
        if not entry.name.startswith(name or "") or (entry.name.startswith(".") and not name):
            return False
        meant = entry.is_dir() or Path(entry.name).suffix.lower() in self._endings
        return meant and clean_line(entry.name, len(entry.name)) == entry.name
