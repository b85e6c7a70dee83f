"""The files of a path: itself, those of a folder, or the members of an archive, with what lies beside each.

Nothing is unpacked: members are read in place, by the names that the archive's own list has, so no name of theirs is
ever a path here. What swells up like a bomb is refused.
"""

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO

from tui.dataclass import dataclass
from tui.errors import ForeignFileError
from tui.files import regular_size
from tui.formats.imported import Skipped, SkipReason

CHUNK_BYTES = 1 << 20
_MOST_MEMBERS = 200_000
_MOST_FILES = 100_000
_MOST_TOTAL_BYTES = 16 << 30
_MOST_RATIO = 250
_FREE_BYTES = 32 << 20
"""A member this small is no bomb, however well it was packed."""
_MOST_ASSET_BYTES = 50 << 20
SUFFIXES = frozenset({".json", ".yaml", ".yml", ".db", ".sqlite", ".sqlite3", ".zip"})

ARCHIVE = (b"PK\x03\x04", b"PK\x05\x06")
"""How an archive begins, and an empty one."""
BAD_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError,
    struct.error, OverflowError,
)  # fmt: skip
"""What `zipfile` raises for an archive that is damaged, locked by a password, or packed in a way that it lacks."""


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file that may hold chats.

    Attributes:
        name: as a person is told, with the archive that it is in.
        below: its path below the folder or in the archive that was named.
        open: gives its content from the start.
        asset: gives name and content of a file beside it, by how its name begins; None when there is none.
        path: itself; None in an archive.
    """

    name: str
    below: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    asset: Callable[[str], tuple[str, bytes] | None]
    path: Path | None = None

    def chunks(self) -> Iterator[bytes]:
        """Its content piece by piece.

        Raises:
            ForeignFileError: it cannot be read, to its end or at all.
        """
        try:
            with self.open() as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except BAD_ARCHIVE as error:
            raise ForeignFileError(f"the archive is damaged or locked: {error}") from error
        except OSError as error:
            raise ForeignFileError(error.strerror or str(error)) from error


def places(path: Path) -> Iterator[ChatFile | Skipped]:
    """The files of a path that may hold chats; a word in the place of what cannot be looked into."""
    something = False
    try:
        if path.is_dir():
            found = _of_folder(path)
        elif regular_size(path) is None:
            found = iter([_skipped(path, "there is no such file")])
        else:
            found = _of_file(path, path.parent, _Assets.beside(path.parent))
        for place in found:
            something = True
            yield place
    except OSError as error:
        yield _skipped(path, error.strerror or str(error))
    else:
        if not something:
            yield _skipped(path, "there is no file in it that could hold chats", "unsupported")


def _skipped(path: Path | str, detail: str, reason: SkipReason = "bad_file") -> Skipped:
    return Skipped("", str(path), reason, detail)


def _of_folder(folder: Path) -> Iterator[ChatFile | Skipped]:
    assets = _Assets.beside(folder)
    count = 0
    unread: list[OSError] = []
    for inside, folders, names in os.walk(folder, followlinks=False, onerror=unread.append):
        folders[:] = sorted(name for name in folders if name != "__MACOSX")
        for name in sorted(names):
            path = Path(inside, name)
            if path.suffix.lower() not in SUFFIXES or name.startswith("."):
                continue
            count += 1
            if count > _MOST_FILES:
                yield _skipped(folder, f"it has more than {_MOST_FILES:,} files; the rest is not looked at")
                return
            yield from _of_file_inside(path, folder, assets)
    for error in unread:
        yield _skipped(error.filename, error.strerror or str(error))


def _of_file_inside(path: Path, folder: Path, assets: "_Assets") -> Iterator[ChatFile | Skipped]:
    """A file of a folder; a link of it could be to any file, of anyone."""
    try:
        if path.is_symlink():
            yield _skipped(path, "it is a link; name the file itself to read it", "unsafe")
        elif path.is_file():
            yield from _of_file(path, folder, assets)
    except OSError as error:
        yield _skipped(path, error.strerror or str(error))


def _of_file(path: Path, folder: Path, assets: "_Assets") -> Iterator[ChatFile | Skipped]:
    with path.open("rb") as file:
        packed = file.read(4) in ARCHIVE
    if packed:
        yield from _of_archive(path)
        return
    yield ChatFile(str(path), path.relative_to(folder).as_posix(), lambda: path.open("rb"), assets.find, path)


def _of_archive(path: Path) -> Iterator[ChatFile | Skipped]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                yield _skipped(path, f"it has more than {_MOST_MEMBERS:,} members", "unsafe")
                return
            assets = _Assets({member.filename: _reader(archive, member) for member in members if not _odd(member)})
            total = 0
            for member in sorted(members, key=lambda one: one.filename):
                if _odd(member) or PurePosixPath(member.filename).suffix.lower() not in SUFFIXES:
                    continue
                total += member.file_size
                name = f"{path}/{member.filename}"
                if _is_bomb(member) or total > _MOST_TOTAL_BYTES:
                    yield _skipped(name, f"it swells up to {member.file_size >> 20:,} MB", "unsafe")
                    continue
                yield ChatFile(name, member.filename, _opener(archive, member), assets.find)
    except BAD_ARCHIVE as error:
        yield _skipped(path, f"the archive is damaged or locked: {error}")


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: archive.open(member)


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    # `zipfile` stops at the size that the list claims, so that the claim can be relied on.
    return member.file_size > _FREE_BYTES and member.file_size > _MOST_RATIO * max(member.compress_size, 1)


def _odd(member: zipfile.ZipInfo) -> bool:
    """A folder, a link, or what a program or a Mac hides beside the files."""
    mode = member.external_attr >> 16
    name = member.filename
    return (
        member.is_dir() or stat.S_ISLNK(mode) or name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
    )


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        if member.file_size > _MOST_ASSET_BYTES or _is_bomb(member):
            return None
        try:
            return archive.read(member)
        except (*BAD_ARCHIVE, OSError):
            return None

    return read


class _Assets:
    """Files beside an export, by the start of their names."""

    def __init__(self, files: dict[str, Callable[[], bytes | None]]) -> None:
        self._files = files
        self._by_id: dict[str, str] | None = None

    @classmethod
    def beside(cls, folder: Path) -> "_Assets":
        """Those of a folder and its folders; looked for when the first one is asked for."""
        return _FolderAssets(folder)

    def find(self, id: str) -> tuple[str, bytes] | None:
        """The file whose name is `id`, or begins with it and "-" or "."; None when there is none that can be read."""
        if self._by_id is None:
            self._by_id = self._indexed()
        place = self._by_id.get(id)
        data = self._files[place]() if place is not None else None
        return None if place is None or data is None else (place.rpartition("/")[2], data)

    def _indexed(self) -> dict[str, str]:
        """By every start of a name up to a "-" or ".": the first file that has it."""
        found: dict[str, str] = {}
        for place in sorted(self._files):
            name = place.rpartition("/")[2]
            ends = [index for index, letter in enumerate(name) if letter in "-."][:12]
            for end in [*ends, len(name)]:
                found.setdefault(name[:end], place)
        return found


class _FolderAssets(_Assets):
    def __init__(self, folder: Path) -> None:
        super().__init__({})
        self._folder = folder

    def _indexed(self) -> dict[str, str]:
        for inside, folders, names in os.walk(self._folder, followlinks=False):
            if len(self._files) > _MOST_FILES or Path(inside).relative_to(self._folder).parts[3:]:
                folders.clear()
            for name in names:
                path = Path(inside, name)
                self._files[path.as_posix()] = _file_reader(path)
        return super()._indexed()


def _file_reader(path: Path) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        try:
            size = None if path.is_symlink() else regular_size(path)
            return path.read_bytes() if size is not None and size <= _MOST_ASSET_BYTES else None
        except OSError:
            return None

    return read
