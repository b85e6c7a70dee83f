"""Reads a backup: what it would change here, and changing it. Nothing is touched before all of it was read.

Takes an archive of `backup_archive`, or a single copy of the library. Synchronous: run it in a thread.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from tui.chat.backup_archive import Report
from tui.chat.backup_files import MOST_BYTES_TOGETHER, Places, place_of, programs_in, without_keys
from tui.chat.backup_manifest import (
    FOLDER,
    LIBRARY,
    MANIFEST,
    MANIFEST_BYTES,
    BackedUpFile,
    BackupManifest,
    read_manifest,
)
from tui.dataclass import dataclass
from tui.errors import ConfigError, ForeignFileError, StoreError
from tui.files import MOST_BYTES, make_private_folder, read_regular, regular_size, replace_file
from tui.formats.tar import Member, read_tar
from tui.store.backups import copy_in_use, flush, new_file, part_of, require_room, sweep_parts
from tui.store.comparing import Difference, LibraryFacts, difference, facts_of
from tui.store.faults import in_words
from tui.store.replacing import alone_with, replace_library

Change = Literal["new", "changed", "same"]

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file of the configuration.

    Attributes:
        keys_missing: those that stood in it were left out of the backup.
        starts: programs that it has Chinwag start, each with its arguments.
    """

    name: str
    path: Path
    change: Change
    data: bytes = field(repr=False)
    keys_missing: bool = False
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a backup would change.

    Attributes:
        manifest: None for a single copy of the library.
        library: what the backup's library holds; None when it has none.
        here: what the library that is here holds; None when there is none, or none that can be read.
        difference: of the two, where both can be read.
        files: of the configuration.
        staged: the backup's library, unpacked and looked at.
    """

    manifest: BackupManifest | None
    library: LibraryFacts | None
    here: LibraryFacts | None
    difference: Difference | None
    files: tuple[FileChange, ...]
    staged: Path | None


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the library and the files lie that a restored backup has taken the place of."""

    library: Path | None
    files: tuple[Path, ...]


@contextmanager
def opened_backup(file: Path, places: Places, report: Report) -> Iterator[RestorePlan]:
    """Read a backup, and say what it would change; what was unpacked is gone in the end.

    Args:
        file: the archive, or a copy of the library.
        places: where it belongs.
        report: see `Report`.

    Raises:
        ForeignFileError: it is no backup, or not whole; the message is a part of a sentence.
        StoreError: there is no room.
        OSError: something cannot be read or written.
    """
    library = places.library
    make_private_folder(library.parent)
    sweep_parts(library)
    staged = part_of(library, "restore")
    size_bytes = regular_size(file)
    if size_bytes is None:
        raise ForeignFileError("there is no such file")
    try:
        with file.open("rb") as source:
            plain = source.read(len(_SQLITE)) == _SQLITE
            source.seek(0)
            if plain:
                manifest, contents = None, dict[str, bytes]()
                _copy(file, staged, report)
            else:
                manifest, contents = _unpacked(source, size_bytes, staged, report)
        yield _plan(manifest, contents, staged if staged.exists() else None, places)
    finally:
        staged.unlink(missing_ok=True)


def _copy(file: Path, staged: Path, report: Report) -> None:
    with in_words(file, "read"):
        facts_of(file, check=True)
        require_room(staged.parent, file.stat().st_size)
        copy_in_use(file, staged, lambda done, total: report("reading", done, total))


def _unpacked(
    source: BinaryIO, size_bytes: int, staged: Path, report: Report
) -> tuple[BackupManifest, dict[str, bytes]]:
    members = read_tar(source)
    first = next(members, None)
    if first is None or first.name != FOLDER + MANIFEST or first.size_bytes > MANIFEST_BYTES:
        raise ForeignFileError("it is no backup of Chinwag's")
    manifest = read_manifest(b"".join(first.chunks))
    small = [file.size_bytes for file in manifest.files if file.name != LIBRARY]
    if sum(small) > MOST_BYTES_TOGETHER or any(size > MOST_BYTES for size in small):
        raise ForeignFileError("a file of the configuration in it is too long")
    contents: dict[str, bytes] = {}
    for file in manifest.files:
        member = next(members, None)
        if member is None:
            raise ForeignFileError("it is cut short")
        if (member.name, member.size_bytes) != (FOLDER + file.name, file.size_bytes):
            raise ForeignFileError(f"it holds something else than it says: {member.name[:80]}")
        if file.name == LIBRARY:
            _unpack_library(member, file, staged, lambda: report("unpacking", source.tell(), size_bytes))
        else:
            contents[file.name] = b"".join(member.chunks)
            _compare(hashlib.sha256(contents[file.name]).hexdigest(), file)
    if next(members, None) is not None:
        raise ForeignFileError("it holds more than it says")
    return manifest, contents


def _unpack_library(member: Member, file: BackedUpFile, staged: Path, report: Callable[[], None]) -> None:
    require_room(staged.parent, file.size_bytes)
    digest = hashlib.sha256()
    head = next(member.chunks, b"")
    if not head.startswith(_SQLITE):
        raise ForeignFileError("the library in it is none")
    with new_file(staged).open("wb") as target:
        for chunk in chain([head], member.chunks):
            digest.update(chunk)
            target.write(chunk)
            report()
    _compare(digest.hexdigest(), file)
    flush(staged)


def _compare(digest: str, file: BackedUpFile) -> None:
    if digest != file.sha256:
        raise ForeignFileError(f"it is damaged: {file.name[:80]} is not as it was written")


def _plan(
    manifest: BackupManifest | None, contents: dict[str, bytes], staged: Path | None, places: Places
) -> RestorePlan:
    there, here, between = None, None, None
    if staged is not None:
        with in_words(staged, "read"):
            there = facts_of(staged, check=manifest is not None)  # a single copy was looked at already, twice
        if regular_size(places.library):
            with suppress(ForeignFileError, StoreError), in_words(places.library, "read"):
                here = facts_of(places.library)
                between = difference(places.library, staged)
    masked = manifest.masked if manifest else ()
    files = tuple(
        _change(name, data, place_of(name, places), keys_missing=name in masked) for name, data in contents.items()
    )
    return RestorePlan(manifest, there, here, between, files, staged)


def _change(name: str, data: bytes, path: Path, *, keys_missing: bool) -> FileChange:
    try:
        current: bytes | None = read_regular(path)
        if keys_missing:
            with suppress(ConfigError, ValueError):
                current = without_keys(path, current or b"")
    except FileNotFoundError:
        current = None
    change: Change = "new" if current is None else "same" if current == data else "changed"
    return FileChange(name, path, change, data, keys_missing, programs_in(data) if name.endswith(".toml") else ())


def restore(plan: RestorePlan, library: Path) -> Restored:
    """Do what a plan says, while its backup is open. What is replaced is kept beside the new first.

    Raises:
        StoreError: somebody has the library open, or it could not be replaced; nothing was changed.
        OSError: what is said there could not be written; each file is the old or the new one, whole.
    """
    kept_library = None
    if plan.staged is not None:
        with in_words(library, "replaced"), alone_with(library):
            kept_library = replace_library(library, plan.staged, "restore")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = []
    for file in plan.files:
        if file.change == "same":
            continue
        make_private_folder(file.path.parent)
        if file.change == "changed":
            kept.append(file.path.with_name(f"{file.path.name}.backup-{moment}"))
            replace_file(kept[-1], read_regular(file.path))
        replace_file(file.path, file.data)
    return Restored(kept_library, tuple(kept))
