"""Writes conversations one after the other, into a folder or into one file, and counts what became of them.

A folder gets what is new or changed, under names that stay; what somebody else has put or changed there is left.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.export import Export, export_refusals, file_stem
from tui.chat.export_manifest import ExportedFile, ExportManifest, digest, write_manifest
from tui.dataclass import dataclass
from tui.errors import ChinwagError, ExportError
from tui.files import create_file, make_private_folder, read_regular, replace_file
from tui.formats import FORMATS
from tui.store.records import Conversation, WholeConversation
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.formats.left_out import LeftOut

_LARGEST = 1 << 30
_SAVE_EVERY_S = 10.0
"""How often what was written is noted: the next run knows what one that was killed has written."""


@dataclass(slots=True)
class ExportReport:
    """What became of an export of many conversations.

    Attributes:
        total: how many conversations there were.
        written, unchanged: how many were written, and how many files were as they are to be already.
        gone: files of conversations that are not there any more; they are left where they are.
        failures: why some could not be written, one error each.
        left_out: what the files lack, together.
    """

    total: int = 0
    written: int = 0
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)
    failures: list[ChinwagError] = field(default_factory=list)
    left_out: "LeftOut" = field(default_factory=Counter)


class JoinedWriter:
    """Writes one behind the other; a head stands above the first only."""

    def __init__(self, export: Export, put: Callable[[bytes], object]) -> None:
        self._export = export
        self._put = put
        self._head = FORMATS[export.format].head
        self._begun = False

    def write(self, whole: WholeConversation, report: ExportReport) -> None:
        """Put one behind those before."""
        text = self._export.text(whole)
        self._put((text.removeprefix(self._head) if self._begun else text).encode())
        self._begun = True
        report.written += 1
        report.left_out.update(self._export.left_out(whole))


class FolderWriter:
    """Writes files into a folder, as far as they are new or changed. `stop` may be called from another thread."""

    def __init__(self, folder: Path, export: Export, manifest: ExportManifest, overwrite: bool) -> None:
        self._folder = folder
        self._export = export
        self._manifest = manifest
        self._overwrite = overwrite
        self._suffix = FORMATS[export.format].suffix
        self._names = manifest.names(self._suffix)
        self._taken = {name.casefold() for name in self._names.values()}
        self._there = {entry.name for entry in os.scandir(folder)}
        self._seen: set[str] = set()
        self._saved_at = time.monotonic()
        self._lock = threading.Lock()
        self._stopped = False

    def write(self, whole: WholeConversation, report: ExportReport) -> None:
        """Write its file, and those beside it, as far as they are not there."""
        with self._lock:
            if not self._stopped:
                self._write(whole, report)
                if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
                    self._save()

    def stop(self) -> None:
        """Write nothing more, and keep what was written."""
        with self._lock:
            self._stopped = True
            self._save()

    def _save(self) -> None:
        if self._manifest.changed:
            with export_refusals(self._folder):
                write_manifest(self._folder, self._manifest)
            self._manifest.changed = False
        self._saved_at = time.monotonic()

    def names_of_others(self) -> list[str]:
        """The files of conversations that were not written."""
        return sorted(name for id, name in self._names.items() if id not in self._seen and name in self._there)

    def _write(self, whole: WholeConversation, report: ExportReport) -> None:
        id = whole.conversation.id
        self._seen.add(id)
        name = self._names.get(id) or self._new_name(whole.conversation)
        with export_refusals(self._folder / name):
            files = self._export.side_files(whole)
            folder = f"{name.removesuffix(self._suffix)}-files"
            changed = self._put_beside(folder, files, id) if files else False
            text = self._export.text(whole, folder if files else "")
            changed = self._put(name, id, text.encode()) or changed
        self._names[id] = name
        report.written += changed
        report.unchanged += not changed
        report.left_out.update(self._export.left_out(whole))

    def _new_name(self, conversation: Conversation) -> str:
        """Date, title and the end of the id; more of the id where that is taken."""
        stem = f"{conversation.created_at.date()}-{file_stem(conversation)}"
        name = stem + self._suffix
        number = 2
        while name.casefold() in self._taken:
            name, number = f"{stem}-{number}{self._suffix}", number + 1
        self._taken.add(name.casefold())
        return name

    def _put_beside(self, folder: str, files: dict[str, bytes], id: str) -> bool:
        place = self._folder / folder
        if place.is_symlink():
            raise FileExistsError
        place.mkdir(mode=0o700, exist_ok=True)
        there = {entry.name for entry in os.scandir(place)}
        changed = [self._put(f"{folder}/{name}", id, data, name in there) for name, data in files.items()]
        return any(changed)

    def _put(self, name: str, id: str, data: bytes, is_there: bool | None = None) -> bool:
        """Write a file unless it is as it is to be.

        Raises:
            FileExistsError: somebody else has put or changed it.
        """
        path = self._folder / name
        entry, new = self._manifest.files.get(name), ExportedFile(id, digest(data))
        if not (name in self._there if is_there is None else is_there):
            create_file(path, data, sync=False)
        elif entry == new and path.lstat().st_size == len(data):
            return False
        else:
            old = None if path.is_symlink() else read_regular(path, _LARGEST)
            if old == data:
                self._manifest.put(name, new)
                return False
            if not self._overwrite and (old is None or not _is_ours(old, entry, data)):
                if entry == new:  # it was changed there since, the conversation was not
                    return False
                raise FileExistsError
            replace_file(path, data, sync=False)
        self._manifest.put(name, new)
        return True


def _is_ours(old: bytes, entry: ExportedFile | None, data: bytes) -> bool:
    """Whether a file is as an export left it; one that was killed, or lost its power, may have left a beginning."""
    if entry is None:
        return bool(old) and data.startswith(old)
    return digest(old) == entry.digest or data.startswith(old)


def make_folder(folder: Path) -> None:
    """Have a folder into which files can be written.

    Raises:
        ExportError: there is none, and it cannot be made, or nothing can be written there.
    """
    try:
        make_private_folder(folder)
    except OSError as error:
        raise ExportError(f"{folder} cannot be used: {error.strerror}.", "Name another folder.") from error
    except ValueError:  # a NUL in it, or half a character
        raise ExportError(f"No folder can have the name {clean_line(str(folder))}.", "Name another one.") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"{folder} cannot be written to.", "Change its permissions, or name another folder.")
