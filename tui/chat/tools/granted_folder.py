"""Reads below one folder that a person has granted, and nowhere else, whatever links and names are there.

Each name on the way is opened without following a link (POSIX `openat` with `O_NOFOLLOW`), so that nothing that changes
between a look and the opening leads out. Hidden files, where keys lie, are as if they were not there.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from tui.chat.attachments.text_files import decoded_text
from tui.figures import size
from tui.text import storable

MOST_BYTES = 1_000_000
"""The largest file that is read."""

_MOST_ENTRIES = 500
_MOST_LOOKED_AT = 20_000
_MOST_FOUND = 100
_SEARCH_S = 10.0
_LINE_CHARS = 300
_DEEPEST = 30


class GrantError(ValueError):
    """What is asked for is not below the folder, or cannot be read; the message is for the model."""


class GrantedFolder:
    """A folder whose text files a model may list, search and read.

    Args:
        root: the folder; its own path may lead through links.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> str:
        """The text of a file. Raises GrantError."""
        names = _names(path)
        if not names:
            raise GrantError("Name a file.")
        folder = self._open_folder(names[:-1])
        try:
            return _text_of(names[-1], folder, path)
        finally:
            os.close(folder)

    def entries(self, path: str = "") -> str:
        """The names in a folder, one a line, folders first, files with their size. Raises GrantError."""
        descriptor = self._open_folder(_names(path))
        try:
            folders, files = [], []
            for name, found in _entries(descriptor):
                if stat.S_ISDIR(found.st_mode):
                    folders.append(f"{name}/")
                elif stat.S_ISREG(found.st_mode):
                    files.append(f"{name}  {size(found.st_size)}")
        finally:
            os.close(descriptor)
        lines = [*sorted(folders), *sorted(files)]
        more = len(lines) - _MOST_ENTRIES
        return "\n".join([*lines[:_MOST_ENTRIES], *([f"… and {more} more"] if more > 0 else [])]) or "Nothing is there."

    def search(self, words: str, path: str = "") -> str:
        """The lines of text files below a folder that have these words, without regard to case. Raises GrantError."""
        wanted = words.casefold()
        if not wanted.strip():
            raise GrantError("Say what to look for.")
        found: list[str] = []
        until, looked_at, cut = time.monotonic() + _SEARCH_S, 0, ""
        for name, text in self._texts(_names(path)):
            looked_at += 1
            for number, line in enumerate(text.splitlines(), 1):
                if wanted in line.casefold():
                    found.append(f"{name}:{number}: {line.strip()[:_LINE_CHARS]}")
            if len(found) >= _MOST_FOUND or time.monotonic() > until:
                cut = "There is more; look for something narrower, or in one folder."
                break
        if not found:
            return f"Not found in {looked_at} text files. {cut}".rstrip()
        return "\n".join([*found[:_MOST_FOUND], *([cut] if cut else [])])

    def _texts(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """The text files below a folder, with their paths from the root."""
        waiting, looked_at = [names], 0
        while waiting:
            inside = waiting.pop()
            try:
                descriptor = self._open_folder(inside)
            except GrantError:
                if inside == names:
                    raise
                continue
            try:
                for name, found in sorted(_entries(descriptor)):
                    looked_at += 1
                    if looked_at > _MOST_LOOKED_AT:
                        return
                    where = "/".join([*inside, name])
                    if stat.S_ISDIR(found.st_mode) and len(inside) < _DEEPEST:
                        waiting.append([*inside, name])
                    elif stat.S_ISREG(found.st_mode):
                        with suppress(GrantError):
                            yield where, _text_of(name, descriptor, where)
            finally:
                os.close(descriptor)

    def _open_folder(self, names: list[str]) -> int:
        """A descriptor of a folder below the root, reached without a link."""
        if sys.platform == "win32":
            raise GrantError("Windows cannot keep a folder to itself.")
        descriptor = -1
        try:
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            for name in names:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
        except OSError as error:
            if descriptor >= 0:
                os.close(descriptor)
            raise GrantError(f"{'/'.join(names) or 'The folder'} cannot be opened: {_reason(error)}.") from None
        return descriptor


def _names(path: str) -> list[str]:
    """The names on the way from the root, each a plain one."""
    if "\0" in path or storable(path) != path or ("\\" in path and os.name == "nt"):
        raise GrantError("That is no path.")
    pure = PurePosixPath(path or ".")
    if pure.is_absolute() or ".." in pure.parts or path.startswith("~"):
        raise GrantError(f"{path} is not below the folder: give a path relative to it, without “..”.")
    if any(part.startswith(".") for part in pure.parts):
        raise GrantError(f"{path} is hidden, and hidden files are not read.")
    return list(pure.parts)


def _entries(descriptor: int) -> Iterator[tuple[str, os.stat_result]]:
    """What is in a folder but hidden names and links; one that vanishes meanwhile is left out."""
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    if not stat.S_ISLNK(found.st_mode):
                        yield entry.name, found


def _text_of(name: str, folder: int, shown: str) -> str:
    if sys.platform == "win32":
        raise GrantError("Windows cannot keep a folder to itself.")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe is not waited for
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise GrantError(f"{shown} cannot be read: {_reason(error)}.") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise GrantError(f"{shown} is no file.")
        if found.st_size > MOST_BYTES:
            raise GrantError(f"{shown} is too large: {size(found.st_size)}, and {size(MOST_BYTES)} are read.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    text = decoded_text(data)
    if text is None or len(data) > MOST_BYTES:
        raise GrantError(f"{shown} is no text.")
    return text.text


def _reason(error: OSError) -> str:
    if error.errno in _LINKS:
        return "it is a link, or no folder"
    return (error.strerror or str(error)).lower()


_LINKS = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK})
"""What opening a link without following it is refused with, on one system or another."""
