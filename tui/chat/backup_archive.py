"""Writes a backup: one archive with the library, the configuration, themes and prompts. Keys are never in it.

All of it is synchronous, and is told after each step whether somebody still wants it: run it in a thread.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from tui import __version__
from tui.chat.backup_files import ConfigFiles, Places, config_files
from tui.chat.backup_manifest import FOLDER, LIBRARY, MANIFEST, BackedUpFile, BackupManifest
from tui.errors import ForeignFileError, StoreError
from tui.files import regular_size
from tui.formats.tar import TarWriter
from tui.store.backups import copy_in_use, part_of, require_room, sweep_parts
from tui.store.comparing import LibraryFacts, facts_of
from tui.store.faults import in_words

Report = Callable[[str, int, int], None]
"""Told what is being done, and how many bytes or pages of how many are done; may raise `StoppedError`."""

CREDENTIALS = "stored keys (credentials.toml, the keyring, sign-ins of MCP servers)"
_CHUNK_BYTES = 1 << 20


def write_backup(places: Places, out: BinaryIO, report: Report) -> BackupManifest:
    """Write an archive of what is there at this moment, while others use it.

    Args:
        places: where it is; the library need not be there.
        out: gets the archive; whoever opened it sees to its end.
        report: see `Report`.

    Returns:
        What is in it.

    Raises:
        StoreError: the library is damaged or no library, or there is no room for a copy of it.
        OSError: something cannot be read or written.
    """
    files = config_files(places)
    with _copied(places.library, report) as copy:
        facts = LibraryFacts(0, 0, 0) if copy is None else _facts(places.library, copy)
        manifest = _manifest(facts, files, copy)
        writer = TarWriter(out, datetime.now(UTC).timestamp())
        text = manifest.to_json()
        writer.add(FOLDER + MANIFEST, len(text), iter([text]))
        for file in manifest.files:
            if file.name == LIBRARY and copy is not None:
                chunks = _read(copy, file.size_bytes, report)
            else:
                chunks = iter([files.contents[file.name]])
            writer.add(FOLDER + file.name, file.size_bytes, chunks)
        writer.close()
    return manifest


@contextmanager
def _copied(library: Path, report: Report) -> Iterator[Path | None]:
    """A copy of the library as it is now, for as long as it is needed; None where there is none."""
    copy = part_of(library, "copy")
    try:
        yield copy if _copy(library, copy, report) else None
    finally:
        copy.unlink(missing_ok=True)


def _copy(library: Path, copy: Path, report: Report) -> bool:
    try:
        size_bytes = regular_size(library)
        if not size_bytes:
            return False
        sweep_parts(library)
        require_room(library.parent, size_bytes)
        with in_words(library, "copied"):
            copy_in_use(library, copy, lambda done, total: report("copying the library", done, total))
    except OSError as error:
        raise StoreError(f"The library {library} could not be copied: {error.strerror or error}.") from error
    return True


def _facts(library: Path, copy: Path) -> LibraryFacts:
    try:
        with in_words(library, "read"):
            return facts_of(copy)
    except ForeignFileError as error:
        raise StoreError(f"The library {library} cannot be backed up: {error.message}.", error.hint) from error


def _manifest(facts: LibraryFacts, files: ConfigFiles, copy: Path | None) -> BackupManifest:
    listed = [BackedUpFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.contents.items()]
    if copy is not None:
        with copy.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        listed.append(BackedUpFile(LIBRARY, copy.stat().st_size, digest))
    return BackupManifest(
        __version__, datetime.now(UTC).isoformat(timespec="seconds"), facts.schema, facts.chats, facts.messages,
        tuple(listed), tuple(files.masked), (CREDENTIALS, *files.left_out),
    )  # fmt: skip


def _read(path: Path, size_bytes: int, report: Report) -> Iterator[bytes]:
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            done += len(chunk)
            yield chunk
            report("packing", done, size_bytes)
