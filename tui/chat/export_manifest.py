"""What an export of many conversations has written into a folder: which file is of which, and how it was left.

By it a later export writes only what changed, gives a conversation the same name under whatever title, and never
touches what somebody else has put or changed there. A file of that folder, so it is read as something from outside.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path

from tui.bounds import json_object
from tui.dataclass import dataclass
from tui.errors import ExportError
from tui.files import growing_file, read_regular

NAME = ".chinwag-export.json"
_VERSION = 1
_MOST_BYTES = 256 << 20


def digest(data: bytes) -> str:
    """What tells contents apart."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written.

    Attributes:
        id: of its conversation.
        digest: of what was written.
    """

    id: str
    digest: str


@dataclass(slots=True)
class ExportManifest:
    """The files of a folder that were written by exports, by name; those in folders in it as "folder/name"."""

    files: dict[str, ExportedFile] = field(default_factory=dict)
    changed: bool = False

    def names(self, suffix: str) -> dict[str, str]:
        """The names of the files with one suffix, by the ids of their conversations."""
        ending = [(name, entry) for name, entry in self.files.items() if name.endswith(suffix)]
        return {entry.id: name for name, entry in ending if not set("./") & set(name.removesuffix(suffix))}

    def put(self, name: str, entry: ExportedFile) -> None:
        """Say what was written."""
        if self.files.get(name) != entry:
            self.files[name] = entry
            self.changed = True


def read_manifest(folder: Path) -> ExportManifest:
    """The manifest of a folder; an empty one where there is none.

    Raises:
        ExportError: it is none of ours, or cannot be read.
    """
    path = folder / NAME
    hint = "Name another folder, or remove that file: then only files that are the same are taken for ours."
    try:
        document = json_object(read_regular(path, _MOST_BYTES))
    except FileNotFoundError:
        return ExportManifest()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.", hint) from error
    files = document.get("files")
    if document.get("version") != _VERSION or not isinstance(files, dict):
        raise ExportError(f"{path} is not what this Chinwag writes there.", hint)
    return ExportManifest(_entries(files))


def _entries(files: Mapping[str, object]) -> dict[str, ExportedFile]:
    found = {}
    for name, values in files.items():
        if (
            _stays_inside(name)
            and isinstance(values, list)
            and len(values) == 2
            and all(isinstance(one, str) for one in values)
        ):
            found[name] = ExportedFile(*values)
    return found


def _stays_inside(name: str) -> bool:
    """Whether a name leads to a file in the folder, or in a folder in it."""
    parts = name.split("/")
    return len(parts) <= 2 and not set(name) & set("\\\0") and not {"", ".", ".."} & set(parts)


def write_manifest(folder: Path, manifest: ExportManifest) -> None:
    """Keep it, a line for each file, in the order of their names.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    with growing_file(folder / NAME, overwrite=True) as file:
        file.write(f'{{"format": "chinwag-export", "version": {_VERSION}, "files": {{'.encode())
        before = "\n"
        for name in sorted(manifest.files):
            one = manifest.files[name]
            file.write(f"{before}{quoted(name)}: [{quoted(one.id)}, {quoted(one.digest)}]".encode())
            before = ",\n"
        file.write(b"\n}}\n")
