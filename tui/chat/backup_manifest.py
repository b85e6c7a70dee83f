"""What stands first in a backup: who made it, when, of what, and how each of its files must look. Pure."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tui.dataclass import dataclass
from tui.errors import ForeignFileError

FORMAT = 1
FOLDER = "chinwag-backup/"
"""What all names in an archive begin with, so that unpacking one by hand makes one folder."""
MANIFEST, LIBRARY = "manifest.json", "library/chats.db"
CONFIG = "config/"
FOLDERS = ("themes", "prompts")
"""The folders beside `config.toml` that are taken along."""
MOST_FILES = 10_000
MANIFEST_BYTES = 4 << 20

_PROGRAM = "chinwag"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A file of the archive; `sha256` is in hexadecimal digits."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup says of itself.

    Attributes:
        version: of the Chinwag that made it.
        made: when, in ISO format, with its zone.
        schema: the format of the library; 0 when there was none.
        chats, messages: how many the library has, the trash included.
        files: in their order in the archive.
        masked: configurations in which keys are left out.
        left_out: what was not taken along, each in a few words.
    """

    version: str
    made: str
    schema: int
    chats: int
    messages: int
    files: tuple[BackedUpFile, ...]
    masked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """As it stands in the archive."""
        table = {"program": _PROGRAM, "format": FORMAT, **asdict(self)}
        return json.dumps(table, indent=2, ensure_ascii=False).encode()


def read_manifest(data: bytes) -> BackupManifest:
    """Read and check what an archive says of itself.

    Raises:
        ForeignFileError: it is none of ours, of a newer version, or makes no sense.
    """
    try:
        table = json.loads(data)
        if table["program"] != _PROGRAM or type(table["format"]) is not int:
            raise ForeignFileError("it is no backup of Chinwag's")
        if table["format"] > FORMAT:
            raise ForeignFileError(
                f"a newer Chinwag made it ({table['version']!s:.20}): its format is {table['format']},"
                f" this one reads up to {FORMAT}"
            )
        return BackupManifest(
            _text(table["version"]), datetime.fromisoformat(_text(table["made"])).isoformat(), _count(table["schema"]),
            _count(table["chats"]), _count(table["messages"]), _files(table["files"]),
            tuple(map(_text, table["masked"])), tuple(map(_text, table["left_out"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ForeignFileError("what it says of itself makes no sense") from None


def _files(listed: Any) -> tuple[BackedUpFile, ...]:
    files = tuple(BackedUpFile(_text(one["name"]), _count(one["size_bytes"]), _text(one["sha256"])) for one in listed)
    if len(files) > MOST_FILES:
        raise ForeignFileError(f"it holds more than {MOST_FILES:,} files")
    for file in files:
        if not is_ours(file.name):
            raise ForeignFileError(f"it holds a file that no backup has: {file.name[:80]}")
    if len({file.name.casefold() for file in files}) < len(files):
        raise ForeignFileError("it holds two files of one name")
    return files


def is_ours(name: str) -> bool:
    """Whether a backup may have a file of this name: the library, or one below the folder of the configuration."""
    if name in (LIBRARY, f"{CONFIG}config.toml", f"{CONFIG}config.local.toml"):
        return True
    parts = name.split("/")
    return (
        len(parts) > 2
        and parts[0] == CONFIG.rstrip("/")
        and parts[1] in FOLDERS
        and not any(not part or part.startswith(".") or _UNSAFE.search(part) for part in parts)
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value
